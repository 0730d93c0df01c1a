// Rows that writes of one commit keep for each other: what the writes do and answer is what they would without.
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/record/note_testing.h"
#include "common/status/macros.h"

namespace heitie::record {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::IsOk;

const status::Reason kTooMany{absl::StatusCode::kFailedPrecondition, "TOO_MANY", "no", "否"};

class KeptTest : public NoteTest {
 protected:
  using Statuses = std::vector<std::optional<absl::Status>>;

  // In one commit.
  Statuses Together(const std::vector<Store::Work>& works, bool savepoints = false) {
    std::vector<sql::Database::Work> runs;
    std::vector<const sql::Database::Work*> pointers;
    for (const Store::Work& work : works) {
      runs.push_back({absl::Now() + absl::Seconds(20), [this, &work](sql::Session& session) {
                        Transaction tx{call_, session};
                        return work(tx);
                      }});
    }
    for (const auto& run : runs) pointers.push_back(&run);
    return store_.database().WriteTogether(pointers, savepoints);
  }
  Statuses OneByOne(const std::vector<Store::Work>& works) {
    Statuses statuses;
    for (const Store::Work& work : works) statuses.push_back(store_.Write(call_, work));
    return statuses;
  }
  absl::Status Have(const std::string& name) {
    return store_.Write(call_, [&](Transaction& tx) {
      Note note;
      note.set_name(name);
      return notes_.Insert(tx, note);
    });
  }
  Store::Work Adding(const std::string& name, int64_t number, int64_t most = 1'000'000) {
    return [this, name, number, most](Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Note before, notes_.Lock(tx, name));
      if (before.number() + number > most) return status::Error(kTooMany);
      Note after = before;
      after.set_number(before.number() + number);
      return notes_.Update(tx, before, after, "add");
    };
  }
  int64_t Number(const std::string& sql) {
    int64_t number = -1;
    EXPECT_THAT(store_.Read(Manager(),
                            [&](sql::Session& session) {
                              return session.Query(sql, {}, [&](const sql::Row& row) { number = row.Int(absl::StartsWith(sql, "SHOW")); });
                            }),
                IsOk());
    return number;
  }
  // All that is stored of a book's notes, but for when.
  std::string StoredOf(const std::string& book) {
    std::string all;
    EXPECT_THAT(store_.Read(Manager(),
                            [&](sql::Session& session) {
                              const auto line = [&](const sql::Row& row) {
                                for (int i = 0; i < 5; ++i) absl::StrAppend(&all, row.Text(i), " ");
                                absl::StrAppend(&all, "\n");
                              };
                              const sql::Values like = sql::Bind("books/" + book + "/%");
                              RETURN_IF_ERROR(session.Query(
                                  "SELECT name, number, title, etag, marks FROM notes WHERE name LIKE ? ORDER BY name", like, line));
                              return session.Query(
                                  "SELECT aggregateid, revision, type, before_json, payload FROM event WHERE aggregateid LIKE ? ORDER BY "
                                  "aggregateid, revision, id",
                                  like, line);
                            }),
                IsOk());
    return absl::StrReplaceAll(all, {{"books/" + book + "/", "books/x/"}});
  }

  const rpc::Call call_ = Manager();
};

TEST_F(KeptTest, ManyChangesOfOneRowAreOneStatement) {
  ASSERT_THAT(Have("books/b/notes/hot"), IsOk());
  const int64_t connection = Number("SELECT CONNECTION_ID()"), updates = Number("SHOW SESSION STATUS LIKE 'Com_update'"),
                selects = Number("SHOW SESSION STATUS LIKE 'Com_select'");
  for (const auto& status : Together(std::vector<Store::Work>(20, Adding("books/b/notes/hot", 1)))) EXPECT_THAT(*status, IsOk());
  EXPECT_EQ(Number("SHOW SESSION STATUS LIKE 'Com_update'"), updates + 1);
  EXPECT_EQ(Number("SHOW SESSION STATUS LIKE 'Com_select'"), selects + 1);
  ASSERT_EQ(Number("SELECT CONNECTION_ID()"), connection) << "the counts are of one connection";
  const auto note = Get("books/b/notes/hot");
  ASSERT_THAT(note, IsOk());
  EXPECT_EQ(note->number(), 20);
  EXPECT_EQ(note->etag(), "21");
  EXPECT_EQ(Number("SELECT COUNT(DISTINCT revision) FROM event WHERE type = 'add'"), 20);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM event WHERE type = 'add' AND payload LIKE CONCAT('%\"number\":\"', revision - 1, '\"%')"), 20);
}

// Works on different rows of a kind read and write each its own, and all their other rows go out together.
TEST_F(KeptTest, AQueryWritesOnlyWhatItCouldSee) {
  for (int i = 0; i < 4; ++i) ASSERT_THAT(Have(absl::StrCat("books/b/notes/n", i)), IsOk());
  const std::string inserts = "SHOW SESSION STATUS LIKE 'Com_insert'";
  const int64_t before = Number(inserts);
  std::vector<Store::Work> works;
  for (int i = 0; i < 4; ++i) {
    works.push_back([this, i, change = Adding(absl::StrCat("books/b/notes/n", i), 1)](Transaction& tx) -> absl::Status {
      RETURN_IF_ERROR(tx.sql.Append("INSERT INTO job (name, kind, payload, run_time)",
                                    sql::Bind(absl::StrCat("j", i), "kind", "", tx.call.now), sql::Session::ReadBy::kTransaction));
      return change(tx);
    });
  }
  works.push_back([](Transaction& tx) -> absl::Status {
    int64_t jobs = 0;
    RETURN_IF_ERROR(tx.sql.Query("SELECT COUNT(*) FROM job WHERE kind = 'kind'", {}, [&](const sql::Row& row) { jobs = row.Int(0); }));
    return jobs == 4 ? absl::OkStatus() : status::Error(kTooMany);
  });
  for (const auto& status : Together(works)) EXPECT_THAT(*status, IsOk());
  EXPECT_EQ(Number(inserts), before + 2) << "of jobs, before they are read, and of events";
  EXPECT_EQ(Number("SELECT COUNT(*) FROM notes WHERE number = 1"), 4);
}

// Whoever is refused before changing anything is answered with the others, and what was changed before is undone with all.
TEST_F(KeptTest, ARefusalLeavesTheOthers) {
  ASSERT_THAT(Have("books/b/notes/hot"), IsOk());
  const Store::Work one = Adding("books/b/notes/hot", 1, 2);
  Statuses statuses = Together({one, one, one, Adding("books/b/notes/hot", 0, 2), one});
  ASSERT_TRUE(statuses[0]);
  EXPECT_THAT(*statuses[0], IsOk());
  EXPECT_THAT(*statuses[1], IsOk());
  EXPECT_THAT(*statuses[2], HasReason("TOO_MANY"));
  EXPECT_THAT(*statuses[3], IsOk());
  EXPECT_THAT(*statuses[4], HasReason("TOO_MANY"));
  EXPECT_EQ(Get("books/b/notes/hot")->number(), 2);

  const Store::Work late = [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(Adding("books/b/notes/hot", 1)(tx));
    return status::Error(kTooMany);
  };
  for (const auto& status : Together({Adding("books/b/notes/hot", 1), late})) EXPECT_FALSE(status);
  EXPECT_EQ(Get("books/b/notes/hot")->number(), 2);
  statuses = Together({Adding("books/b/notes/hot", 1), late}, true);
  EXPECT_THAT(*statuses[0], IsOk());
  EXPECT_THAT(*statuses[1], HasReason("TOO_MANY"));
  EXPECT_EQ(Get("books/b/notes/hot")->number(), 3);
}

TEST_F(KeptTest, WhatCannotBeWrittenInTheEndUndoesAll) {
  ASSERT_THAT(Have("books/b/notes/hot"), IsOk());
  const Store::Work too_long = [&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Note before, notes_.Lock(tx, "books/b/notes/hot"));
    Note after = before;
    after.set_title(std::string(5000, 'x'));
    return notes_.Update(tx, before, after, "write");
  };
  for (const auto& status : Together({Adding("books/b/notes/hot", 1), too_long})) EXPECT_FALSE(status);
  EXPECT_EQ(Get("books/b/notes/hot")->etag(), "1");
  EXPECT_EQ(Number("SELECT COUNT(*) FROM event WHERE type <> 'create'"), 0);
  const Statuses statuses = Together({Adding("books/b/notes/hot", 1), too_long}, true);
  EXPECT_THAT(*statuses[0], IsOk());
  EXPECT_FALSE(statuses[1]->ok());
}

TEST_F(KeptTest, WhatOnlyANewerVersionKnowsStays) {
  ASSERT_THAT(Have("books/b/notes/hot"), IsOk());
  ASSERT_THAT(
      store_.Read(Manager(),
                  [](sql::Session& session) {
                    return session.Execute(R"(UPDATE notes SET marks = '{"marks":[{"line":"1","colour":"red"}],"more":1}')").status();
                  }),
      IsOk());
  const Store::Work mark = [&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Note before, notes_.Lock(tx, "books/b/notes/hot"));
    Note after = before;
    after.mutable_marks(0)->set_line(before.marks(0).line() + 1);
    return notes_.Update(tx, before, after, "mark");
  };
  for (const auto& status : Together({mark, Adding("books/b/notes/hot", 1), mark})) EXPECT_THAT(*status, IsOk());
  EXPECT_EQ(Get("books/b/notes/hot")->marks(0).line(), 3);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM notes WHERE marks LIKE '%\"colour\":\"red\"%' AND marks LIKE '%\"more\":1%'"), 1);
}

// Random works on few notes, all of them together in one book, one by one in the other.
TEST_F(KeptTest, DoesWhatOneByOneDoes) {
  std::mt19937 random(11);
  const auto work_on = [this](const std::string& book, int kind, const std::string& id, int64_t number) -> Store::Work {
    const std::string name = absl::StrCat("books/", book, "/notes/", id);
    switch (kind) {
      case 0:  // By hand, beside the kind.
        return [name, number](Transaction& tx) {
          return tx.sql.Execute("UPDATE notes SET number = number + ? WHERE name = ?", sql::Bind(number, name)).status();
        };
      case 1:  // What was changed before is seen by a query.
        return [this, name, number](Transaction& tx) -> absl::Status {
          ASSIGN_OR_RETURN(const Note found, notes_.Find(tx.sql, name));
          return Adding(name, found.number() % 7 + number)(tx);
        };
      case 2:  // It may be gone, or there again.
        return [this, name](Transaction& tx) -> absl::Status {
          ASSIGN_OR_RETURN(const std::vector<Note> found, notes_.Select(tx.sql, "WHERE name = ? FOR UPDATE", sql::Bind(name)));
          if (!found.empty()) return notes_.Delete(tx, found[0]);
          Note note;
          note.set_name(name);
          return notes_.Insert(tx, note);
        };
      case 3:
        return [this, name](Transaction& tx) -> absl::Status {
          RETURN_IF_ERROR(notes_.Find(tx.sql, name).status());
          ASSIGN_OR_RETURN(const Note before, notes_.Guard(tx, name));
          Note after = before;
          after.set_title(absl::StrCat(before.title().substr(0, 30), "+"));
          return notes_.Update(tx, before, after, "guard");
        };
      case 4:  // Twice, and back again.
        return [this, name, number](Transaction& tx) -> absl::Status {
          RETURN_IF_ERROR(Adding(name, number)(tx));
          return Adding(name, -number)(tx);
        };
      default:
        return Adding(name, number, 30);
    }
  };
  int ok = 0, refused = 0;
  for (int round = 0; round < 40; ++round) {
    std::vector<Store::Work> together, single;
    for (int i = 0; i < 12; ++i) {
      const int kind = static_cast<int>(random() % 10);
      const std::string id = absl::StrCat("n", random() % 3);
      const auto number = static_cast<int64_t>(random() % 9);
      together.push_back(work_on("b", kind, id, number));
      single.push_back(work_on("c", kind, id, number));
    }
    const Statuses one_by_one = OneByOne(single);
    const Statuses at_once = Together(together);
    ASSERT_TRUE(at_once[0]) << "no work fails after a change";
    for (size_t i = 0; i < at_once.size(); ++i) {
      EXPECT_EQ(at_once[i]->code(), one_by_one[i]->code()) << *at_once[i] << " " << *one_by_one[i];
      (at_once[i]->ok() ? ok : refused)++;
    }
    ASSERT_EQ(StoredOf("b"), StoredOf("c")) << "round " << round;
  }
  EXPECT_GT(ok, 100);
  EXPECT_GT(refused, 50);
}

}  // namespace
}  // namespace heitie::record
