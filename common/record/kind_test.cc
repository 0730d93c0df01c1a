#include "common/record/kind.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <random>
#include <set>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/record/note_testing.h"
#include "common/status/macros.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/util/message_differencer.h"

namespace heitie::record {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::IsOk;

using KindTest = NoteTest;

TEST_F(KindTest, EveryFieldComesBack) {
  const auto created = Create(R"(parent: "books/b" note_id: "n" note {
      title: "運營 %_' \" \\" number: -9223372036854775808 flag: true ratio: 0.1 ink: INK_RED moment { seconds: 1700000000 nanos: 123456000 }
      day { year: 2026 month: 2 day: 28 } blob: "\000\377\n'" marks { line: 1 text: "a" } marks { line: 2 } labels { key: "k" value: "v" } maybe: 0
      origin: "here" })");
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->name(), "books/b/notes/n");
  EXPECT_EQ(created->etag(), "1");
  EXPECT_EQ(created->creator(), "employees/manager");
  EXPECT_EQ(created->mark_count(), 2);
  EXPECT_TRUE(created->has_maybe());
  const auto read = Get("books/b/notes/n");
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(*created, test::EqualsProto(*read));
}

TEST_F(KindTest, MissingAndTakenNamesAreErrors) {
  EXPECT_THAT(Get("books/b/notes/none"), HasReason("NOT_FOUND"));
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" })"), IsOk());
  EXPECT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" })"), HasReason("ALREADY_EXISTS"));
  EXPECT_THAT(Create(R"(parent: "books/b" note_id: "../n" note { title: "x" })"), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(Create(R"(parent: "books/b" note { number: 1 })"), HasReason("INVALID_FIELDS"));
}

TEST_F(KindTest, OutputOnlyFieldsOfACreationAreIgnored) {
  const auto created = Create(R"(parent: "books/b" note { title: "x" creator: "employees/forged" mark_count: 7 })");
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->creator(), "employees/manager");
  EXPECT_EQ(created->mark_count(), 0);
}

TEST_F(KindTest, UpdateChangesWhatTheMaskNames) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" number: 1 marks { line: 1 } origin: "o" })"), IsOk());
  const auto updated = Update(R"(note { name: "books/b/notes/n" title: "y" number: 9 } update_mask { paths: "number" paths: "marks" })");
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->title(), "x");
  EXPECT_EQ(updated->number(), 9);
  EXPECT_EQ(updated->marks_size(), 0);
  EXPECT_EQ(updated->etag(), "2");
  const auto unmasked = Update(R"(note { name: "books/b/notes/n" title: "z" })");
  ASSERT_THAT(unmasked, IsOk());
  EXPECT_EQ(unmasked->title(), "z");
  EXPECT_EQ(unmasked->number(), 9);
  EXPECT_EQ(unmasked->origin(), "o");
  EXPECT_EQ(Get("books/b/notes/n")->etag(), "3");
}

TEST_F(KindTest, UpdateRefusesWhatMayNotChange) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" })"), IsOk());
  for (const char* path : {"nothing", "marks.line", "create_time.seconds"}) {
    EXPECT_THAT(Update(absl::StrCat(R"(note { name: "books/b/notes/n" title: "y" } update_mask { paths: ")", path, "\" }")),
                HasReason("INVALID_FIELDS"))
        << path;
  }
  EXPECT_THAT(Update(R"(note { name: "books/b/notes/n" } update_mask { paths: "title" })"), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(Update(R"(note { name: "books/b/notes/n" title: "y" etag: "7" })"), HasReason("STALE_ETAG"));
  EXPECT_THAT(Update(R"(note { name: "books/b/notes/none" title: "y" })"), HasReason("NOT_FOUND"));
  EXPECT_EQ(Get("books/b/notes/n")->etag(), "1");
}

TEST_F(KindTest, AGuardedRowIsChangedUnseen) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" })"), IsOk());
  const Note before = *Get("books/b/notes/n");
  const google::protobuf::Empty none;
  google::protobuf::Empty answer;
  for (int i = 0; i < 2; ++i) {
    ASSERT_THAT(store_.Write(Manager(), none, &answer,
                             [&](Transaction& tx) -> absl::Status {
                               ASSIGN_OR_RETURN(const Note guarded, notes_.Guard(tx, "books/b/notes/n"));
                               EXPECT_EQ(guarded.title(), "x");
                               EXPECT_THAT(notes_.Guard(tx, "books/b/notes/none"), HasReason("NOT_FOUND"));
                               return absl::OkStatus();
                             }),
                IsOk());
  }
  EXPECT_THAT(before, test::EqualsProto(*Get("books/b/notes/n")));
  EXPECT_EQ(Events("")->events_size(), 1);
  int64_t guard = 0;
  ASSERT_THAT(store_.Read(Manager(),
                          [&](sql::Session& session) {
                            return session.Query("SELECT guard FROM notes", {}, [&](const sql::Row& row) { guard = row.Int(0); });
                          }),
              IsOk());
  EXPECT_EQ(guard, 2) << "a node of a cluster sees a conflict only where a row changes";
}

// The one that comes second waits for the guard, and what it reads after that includes what the first has written.
TEST_F(KindTest, WhoGuardsReadsWhatThoseBeforeHaveWritten) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "set" note { title: "x" })"), IsOk());
  constexpr int kWriters = 8;
  std::vector<size_t> seen(kWriters);
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] {
      const google::protobuf::Empty none;
      google::protobuf::Empty answer;
      EXPECT_THAT(store_.Write(Manager(), none, &answer,
                               [&](Transaction& tx) -> absl::Status {
                                 RETURN_IF_ERROR(notes_.Guard(tx, "books/b/notes/set").status());
                                 ASSIGN_OR_RETURN(const std::vector<Note> notes, notes_.Select(tx.sql, "WHERE origin = 'race'"));
                                 seen[i] = notes.size();
                                 Note note;
                                 note.set_name(absl::StrCat("books/b/notes/writer-", i));
                                 note.set_origin("race");
                                 return notes_.Insert(tx, note);
                               }),
                  IsOk());
    });
  }
  for (std::thread& writer : writers) writer.join();
  std::sort(seen.begin(), seen.end());
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], i);
}

// A date or a time is one value: a part of it means nothing by itself.
TEST_F(KindTest, AMaskEntersNoValue) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" day { year: 2020 month: 1 day: 31 } moment { seconds: 1 } })"),
              IsOk());
  const auto update = [&](const std::string& values, const std::string& paths) {
    std::string mask;
    for (const auto& path : absl::StrSplit(paths, ',')) absl::StrAppend(&mask, " paths: '", std::string(path), "'");
    return Update(absl::StrCat("note { name: 'books/b/notes/n' ", values, " } update_mask {", mask, " }"));
  };
  const Note before = *Get("books/b/notes/n");
  for (const auto& [values, paths] :
       std::vector<std::pair<std::string, std::string>>{{"day { month: 3 }", "day.month"},
                                                        {"day { month: 4 }", "day.month"},
                                                        {"title: 'y' day { day: 1 }", "title,day.day"},
                                                        {"day { year: 2026 month: 4 day: 30 }", "day.month,day"},
                                                        {"moment { nanos: 5 }", "moment.nanos"}}) {
    const auto refused = update(values, paths);
    EXPECT_THAT(refused, HasReason("INVALID_FIELDS")) << paths;
    EXPECT_THAT(std::string(refused.status().message()), ::testing::HasSubstr("changes as a whole")) << paths;
  }
  EXPECT_THAT(*Get("books/b/notes/n"), test::EqualsProto(before));
  EXPECT_THAT(update("day { year: 2026 month: 2 day: 30 }", "day"), HasReason("INVALID_FIELDS"));
  EXPECT_EQ(update("day { year: 2026 month: 4 day: 30 }", "day")->day().year(), 2026);
}

TEST_F(KindTest, AStarReplacesAllThatMayChange) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" number: 1 maybe: 2 day { year: 2026 month: 1 day: 1 }
                        marks { line: 1 } labels { key: "k" value: "v" } origin: "o" })"),
              IsOk());
  const auto replaced = Update(R"(note { name: "books/b/notes/n" title: "y" flag: true origin: "o" creator: "forged" }
                                  update_mask { paths: "*" })");
  ASSERT_THAT(replaced, IsOk());
  EXPECT_THAT(*replaced, test::EqualsProto(*Get("books/b/notes/n")));
  Note rest = *replaced;
  for (const char* field : {"create_time", "update_time"}) {
    rest.GetReflection()->ClearField(&rest, Note::descriptor()->FindFieldByName(field));
  }
  EXPECT_EQ(rest.ShortDebugString(), R"(name: "books/b/notes/n" title: "y" flag: true origin: "o" etag: "2" creator: "employees/manager")");
  EXPECT_THAT(Update(R"(note { name: "books/b/notes/n" flag: true } update_mask { paths: "*" })"), HasReason("INVALID_FIELDS"))
      << "a whole note has a title";
}

TEST_F(KindTest, MasksAreOfPathsAsTheContractSpellsThem) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" day { year: 2020 month: 1 day: 31 } })"), IsOk());
  const auto update = [&](const std::vector<std::string>& paths) {
    test::v1::UpdateNoteRequest request = test::Proto<test::v1::UpdateNoteRequest>(
        "note { name: 'books/b/notes/n' title: 'y' number: 1 day { year: 2026 month: 1 day: 31 } }");
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return service_.Invoke<Note>("UpdateNote", Manager(), request);
  };
  for (const std::vector<std::string>& bad : std::vector<std::vector<std::string>>{{""},
                                                                                   {"."},
                                                                                   {"title."},
                                                                                   {".title"},
                                                                                   {"day..month"},
                                                                                   {"day.month."},
                                                                                   {"Title"},
                                                                                   {"title", "*"},
                                                                                   {"*", "*"},
                                                                                   {"*.title"},
                                                                                   {"day.*"},
                                                                                   {"marks.line"},
                                                                                   {"labels.k"},
                                                                                   {"title.x"},
                                                                                   {"day.week"},
                                                                                   {"create_time.seconds"},
                                                                                   {"na\"me"},
                                                                                   {std::string("title\0", 6)},
                                                                                   {std::string(100'000, 'x')},
                                                                                   {std::string(100'000, '.')},
                                                                                   {"title" + std::string(100'000, '.')},
                                                                                   std::vector<std::string>(1001, "title")}) {
    EXPECT_THAT(update(bad), HasReason("INVALID_FIELDS")) << bad[0].substr(0, 100);
  }
  const auto all = update({"nothing", "title", "day.month", "day.week"});
  for (const char* path : {"nothing is none", "day.month leads into one", "day.week is none"}) {
    EXPECT_THAT(std::string(all.status().message()), ::testing::HasSubstr(path));
  }
  EXPECT_EQ(Get("books/b/notes/n")->etag(), "1");
  EXPECT_THAT(update(std::vector<std::string>(1000, "title")), IsOk());
  EXPECT_THAT(update({"title", "number", "title", "day"}), IsOk());
}

// What is finer than the database keeps is cut before anybody sees it.
TEST_F(KindTest, AnswersAndRowsAndEventsAgreeToTheMicrosecond) {
  const std::string request =
      R"(parent: "books/b" note_id: "n" request_id: "r" note { title: "x" moment { seconds: 1700000000 nanos: 123456789 } })";
  const auto created = Create(request);
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->moment().nanos(), 123456000);
  EXPECT_THAT(*created, test::EqualsProto(*Get("books/b/notes/n")));
  EXPECT_THAT(*created, test::EqualsProto(*Create(request)));
  const auto updated =
      Update(R"(note { name: "books/b/notes/n" moment { seconds: 253402300799 nanos: 999999999 } } update_mask { paths: "moment" })");
  ASSERT_THAT(updated, IsOk());
  EXPECT_THAT(*updated, test::EqualsProto(*Get("books/b/notes/n")));
  const auto events = Events("");
  EXPECT_THAT(events->events(0).after_json(), ::testing::HasSubstr("22:13:20.123456Z"));
  EXPECT_THAT(events->events(1).after_json(), ::testing::HasSubstr("9999-12-31T23:59:59.999999Z"));
}

TEST_F(KindTest, AnUpdateThatChangesNothingWritesNothing) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" })"), IsOk());
  ASSERT_THAT(Update(R"(note { name: "books/b/notes/n" title: "x" })"), IsOk());
  EXPECT_EQ(Get("books/b/notes/n")->etag(), "1");
  EXPECT_EQ(Events("")->events_size(), 1);
}

TEST_F(KindTest, DeleteTakesTheRowAndKeepsTheHistory) {
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "n" note { title: "x" })"), IsOk());
  const auto remove = [&](const std::string& request) {
    return Call<google::protobuf::Empty, test::v1::DeleteNoteRequest>("DeleteNote", request);
  };
  EXPECT_THAT(remove(R"(name: "books/b/notes/n" etag: "2")"), HasReason("STALE_ETAG"));
  ASSERT_THAT(remove(R"(name: "books/b/notes/n" etag: "1")"), IsOk());
  EXPECT_THAT(Get("books/b/notes/n"), HasReason("NOT_FOUND"));
  const auto events = Events(R"(subject: "books/b/notes/n")");
  ASSERT_EQ(events->events_size(), 2);
  EXPECT_EQ(events->events(1).action(), "delete");
  EXPECT_EQ(events->events(1).after_json(), "");
  EXPECT_NE(events->events(1).before_json(), "");
}

TEST_F(KindTest, TheSameRequestIdReturnsTheFirstAnswer) {
  const std::string request = R"(parent: "books/b" note { title: "x" } request_id: "r1")";
  const auto first = Create(request);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(Update(absl::StrCat(R"(note { name: ")", first->name(), R"(" title: "changed" })")), IsOk());
  const auto second = Create(request);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->name(), first->name());
  EXPECT_EQ(second->title(), "x");
  EXPECT_EQ(List(R"(parent: "books/b")")->notes_size(), 1);
  EXPECT_THAT(Create(R"(parent: "books/b" note { title: "other" } request_id: "r1")"), HasReason("REQUEST_ID_REUSED"));
}

TEST_F(KindTest, ARepeatedRequestWhoseWorkWouldNowFailStillGetsTheFirstAnswer) {
  const std::string request = R"(parent: "books/b" note_id: "n" note { title: "x" } request_id: "r1")";
  ASSERT_THAT(Create(request), IsOk());
  EXPECT_THAT(Create(request), IsOk());
}

TEST_F(KindTest, OneRequestIdRacingWithItselfHappensOnce) {
  std::atomic<int> fine = 0;
  std::vector<std::thread> threads;
  std::set<std::string> names;
  std::mutex mutex;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      const auto note = Create(R"(parent: "books/b" note { title: "x" } request_id: "race")");
      if (!note.ok()) return;
      ++fine;
      std::lock_guard<std::mutex> lock(mutex);
      names.insert(note->name());
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(fine, 16);
  EXPECT_EQ(names.size(), 1u);
  EXPECT_EQ(List(R"(parent: "books/b")")->notes_size(), 1);
}

TEST_F(KindTest, ConcurrentGetsShareQueriesAndEachGetsItsOwn) {
  for (int i = 0; i < 40; ++i)
    ASSERT_THAT(Create(absl::StrCat("parent: 'books/b' note_id: 'n", i, "' note { title: 'x' number: ", i, " }")), IsOk());
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int k = 0; k < 60; ++k) {
        const int i = (t * 7 + k * 3) % 45;
        const auto note = Get(absl::StrCat("books/b/notes/n", i));
        if (i >= 40) {
          EXPECT_THAT(note, HasReason("NOT_FOUND"));
        } else {
          ASSERT_THAT(note, IsOk());
          EXPECT_EQ(note->number(), i);
          EXPECT_EQ(note->name(), absl::StrCat("books/b/notes/n", i));
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_F(KindTest, FiltersSelectAndOtherBooksStayOut) {
  ASSERT_THAT(
      Create(R"(parent: "books/b" note_id: "a" note { title: "100% spring" number: 1 ink: INK_RED day { year: 2026 month: 1 day: 1 } })"),
      IsOk());
  ASSERT_THAT(Create(R"(parent: "books/b" note_id: "b" note { title: "autumn" number: 2 flag: true moment { seconds: 1700000000 } })"),
              IsOk());
  ASSERT_THAT(Create(R"(parent: "books/b2" note_id: "c" note { title: "other book" number: 3 })"), IsOk());
  const auto names = [&](const std::string& filter) {
    test::v1::ListNotesRequest request;
    request.set_parent("books/b");
    request.set_filter(filter);
    const auto list = service_.Invoke<test::v1::ListNotesResponse>("ListNotes", Manager(), request);
    std::string ids;
    if (!list.ok()) return status::ReasonOf(list.status());
    for (const Note& note : list->notes()) ids += IdOf(note.name());
    return ids;
  };
  EXPECT_EQ(names(""), "ab");
  EXPECT_EQ(names("number > 1"), "b");
  EXPECT_EQ(names("number>=1 AND flag=true"), "b");
  EXPECT_EQ(names("ink = INK_RED"), "a");
  EXPECT_EQ(names("ink != INK_RED"), "b");
  EXPECT_EQ(names("title : '0%'"), "a");
  EXPECT_EQ(names("title : '_'"), "");
  EXPECT_EQ(names("moment > \"2023-01-01T00:00:00Z\""), "b");
  EXPECT_EQ(names("day <= 2026-01-01"), "a");
  EXPECT_EQ(names("title = \"x' OR 1=1 -- \""), "");
  EXPECT_EQ(names("number = 1 OR number = 2"), "ab");
  EXPECT_EQ(names("number = 7 OR number = 2 OR number = 9"), "b");
  EXPECT_EQ(names("number = 1 OR number = 2 AND flag = true"), "b") << "OR binds more strongly";
  EXPECT_EQ(names("flag = true AND number = 1 OR number = 2"), "b");
  for (const char* bad : {"day = 2026-02-30",
                          "day > \" 2026-1-31\"",
                          "day = 0000-01-01",
                          "moment < infinite-future",
                          "moment > infinite-past",
                          "moment < \"10000-01-01T00:00:00Z\"",
                          "moment < \"9999-12-31T23:59:59-01:00\"",
                          "moment > \"-001-01-01T00:00:00Z\"",
                          "moment > \"0001-01-01T00:00:00+08:00\"",
                          "ratio < inf",
                          "ratio > -1e999",
                          "ratio = nan",
                          "number > 9223372036854775808",
                          "nothing = 1",
                          "number = x",
                          "number",
                          "= 1",
                          "number = 1 OR title = 'autumn'",
                          "number > 1 OR number = 1",
                          "number = 1 OR",
                          "OR number = 1",
                          "number = 1 XOR number = 2",
                          "ink = BLUE",
                          "marks = 1",
                          "mark_count = 1",
                          "number : 1",
                          "title = \"open",
                          "(number = 1)",
                          "AND",
                          "number = 1 AND"}) {
    EXPECT_EQ(names(bad), "INVALID_FIELDS") << bad;
  }
}

// Walks all pages and returns the ids in order.
TEST_F(KindTest, PagesAreCompleteInEveryOrder) {
  std::mt19937 random(7);
  std::vector<std::pair<int, std::string>> expected;
  for (int i = 0; i < 53; ++i) {
    const int number = static_cast<int>(random() % 5);
    const std::string id = absl::StrCat("n", 100 + i);
    expected.emplace_back(number, id);
    ASSERT_THAT(Create(absl::StrCat("parent: 'books/b' note_id: '", id, "' note { title: 'x' number: ", number,
                                    " flag: ", i % 3 == 0 ? "true" : "false", " ratio: ", i % 4, ".1 }")),
                IsOk());
  }
  const auto walk = [&](const std::string& order) {
    std::vector<std::string> ids;
    std::string token;
    do {
      const auto page = List(absl::StrCat("parent: 'books/b' page_size: 7 order_by: '", order, "' page_token: '", token, "'"));
      if (!page.ok()) {
        ADD_FAILURE() << page.status();
        break;
      }
      for (const Note& note : page->notes()) ids.push_back(IdOf(note.name()));
      token = page->next_page_token();
    } while (!token.empty());
    return ids;
  };
  const auto sorted = [&](auto less) {
    auto rows = expected;
    std::sort(rows.begin(), rows.end(), less);
    std::vector<std::string> ids;
    for (const auto& row : rows) ids.push_back(row.second);
    return ids;
  };
  EXPECT_EQ(walk(""), sorted([](const auto& a, const auto& b) { return a.second < b.second; }));
  EXPECT_EQ(walk("name desc"), sorted([](const auto& a, const auto& b) { return a.second > b.second; }));
  EXPECT_EQ(walk("number"), sorted([](const auto& a, const auto& b) { return a < b; }));
  EXPECT_EQ(walk("number desc"), sorted([](const auto& a, const auto& b) { return a > b; }));
  EXPECT_EQ(walk("number desc, name"),
            sorted([](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; }));
  EXPECT_EQ(walk("create_time, number").size(), 53u);
  EXPECT_EQ(walk("flag, ratio desc, ink").size(), 53u);
  EXPECT_THAT(List("parent: 'books/b' order_by: 'moment'"), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(List("parent: 'books/b' order_by: 'number sideways'"), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(List("parent: 'books/b' page_token: 'garbage'"), HasReason("INVALID_FIELDS"));
  const std::string token = List("parent: 'books/b' page_size: 7")->next_page_token();
  EXPECT_THAT(List(absl::StrCat("parent: 'books/other' page_token: '", token, "'")), HasReason("INVALID_FIELDS"));
}

// Whatever stands in the rows, pages of every size give each of them once, in the order of one great page.
TEST_F(KindTest, AWalkGivesEveryRowOnceWhateverTheRowsHold) {
  const std::vector<std::string> texts = {"x\x1Fy",
                                          "x\x1Fz",
                                          "x\x1Fz",
                                          "x",
                                          "x\x1F",
                                          "\x1F",
                                          "\x1F\x1F",
                                          "",
                                          "\n",
                                          "\t\r\n",
                                          "%",
                                          "_",
                                          "\\",
                                          "'",
                                          "\"",
                                          "0",
                                          "-1",
                                          "null",
                                          "true",
                                          "價格",
                                          "價格\x1F",
                                          "\U0001F600",
                                          "\U0010FFFF",
                                          "\uFFFF",
                                          "\x7F",
                                          "\x01",
                                          "a,b",
                                          "a=b",
                                          std::string(100, '\x1F'),
                                          "\U0001F600\U0001F600\U0001F600\U0001F600"};
  const std::vector<int64_t> numbers = {
      0, 1, -1, INT64_MAX, INT64_MIN, INT64_MAX - 1, INT64_MIN + 1, (int64_t{1} << 53) + 1, -(int64_t{1} << 53) - 1};
  using Limits = std::numeric_limits<double>;
  const std::vector<double> ratios = {0,
                                      -0.0,
                                      0.1,
                                      0.1 + 0.2,
                                      0.3,
                                      1.0 / 3,
                                      Limits::max(),
                                      Limits::lowest(),
                                      Limits::min(),
                                      Limits::epsilon(),
                                      1e-300,
                                      -1e300,
                                      123456789.123456789};
  std::mt19937 random(11);
  const auto pick = [&](const auto& values) { return values[random() % values.size()]; };
  constexpr int kNotes = 60;
  for (int i = 0; i < kNotes; ++i) {
    test::v1::CreateNoteRequest request;
    request.set_parent("books/b");
    request.mutable_note()->set_title("x");
    request.mutable_note()->set_origin(i < static_cast<int>(texts.size()) ? texts[i] : pick(texts));
    request.mutable_note()->set_number(pick(numbers));
    request.mutable_note()->set_ratio(pick(ratios));
    request.mutable_note()->set_flag(random() % 2 == 0);
    request.mutable_note()->set_ink(static_cast<Note::Ink>(random() % 3));
    clock_.Advance(absl::Microseconds(random() % 3));
    ASSERT_THAT(service_.Invoke<Note>("CreateNote", Manager(), request), IsOk()) << request.ShortDebugString();
  }
  const auto walk = [&](const std::string& order, int size) {
    std::vector<std::string> ids;
    std::string token;
    do {
      const auto page = List(absl::StrCat("parent: 'books/b' page_size: ", size, " order_by: '", order, "' page_token: '", token, "'"));
      if (!page.ok()) {
        ADD_FAILURE() << order << " by " << size << ": " << page.status();
        break;
      }
      for (const Note& note : page->notes()) ids.push_back(IdOf(note.name()));
      token = page->next_page_token();
    } while (!token.empty() && ids.size() <= kNotes);
    return ids;
  };
  for (const char* order :
       {"origin", "origin desc", "number", "number desc", "ratio", "ratio desc", "flag, origin", "ink desc, ratio, origin desc",
        "create_time desc, number", "update_time, origin", "flag, ink, ratio, number, origin", "creator, etag, origin"}) {
    const std::vector<std::string> all = walk(order, 1000);
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), static_cast<size_t>(kNotes)) << order;
    for (const int size : {1, 2, 7, 59, 60, 61}) EXPECT_EQ(walk(order, size), all) << order << " by " << size;
  }
}

// A token is as long as its request allows, whatever stands in the row.
TEST_F(KindTest, TheLongestTextsFitIntoAToken) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "\U0001F600";
  for (const char* id : {"a", "b"}) {
    test::v1::CreateNoteRequest request;
    request.set_parent("books/b");
    request.set_note_id(id);
    request.mutable_note()->set_title("x");
    request.mutable_note()->set_origin(text);
    ASSERT_THAT(service_.Invoke<Note>("CreateNote", Manager(), request), IsOk());
  }
  const std::string order = "parent: 'books/b' page_size: 1 order_by: 'origin, origin, origin, origin, origin' page_token: '";
  const auto first = List(order + "'");
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(List(order + first->next_page_token() + "'"), IsOk());
  EXPECT_THAT(List("parent: 'books/b' order_by: 'origin, origin, origin, origin, origin, origin'"), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(List("parent: 'books/b' order_by: 'title'"), HasReason("INVALID_FIELDS")) << "a thousand characters";
  EXPECT_THAT(List("parent: 'books/b' order_by: 'blob'"), HasReason("INVALID_FIELDS"));
}

TEST_F(KindTest, ForeignTokensAreRefused) {
  for (const char* id : {"a", "b"})
    ASSERT_THAT(Create(absl::StrCat("parent: 'books/b' note_id: '", id, "' note { title: 'x' number: 1 }")), IsOk());
  const auto page = [&](const std::string& order, const std::string& token) {
    return List(absl::StrCat("parent: 'books/b' page_size: 1 order_by: '", order, "' page_token: '", token, "'"));
  };
  const std::string token = page("number", "")->next_page_token();
  ASSERT_THAT(page("number", token), IsOk());
  std::string bytes;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(token, &bytes));
  EXPECT_EQ(bytes.find("books/b"), std::string::npos) << "nobody reads what a token holds";
  std::vector<std::string> all_bad = {"A",
                                      "garbage",
                                      "AAAA",
                                      token + "A",
                                      token.substr(1),
                                      token.substr(0, token.size() - 2),
                                      std::string(8192, 'A'),
                                      std::string(9000, 'A')};
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    all_bad.push_back(absl::WebSafeBase64Escape(changed));
  }
  for (const std::string& bad : all_bad) {
    const auto answer = page("number", bad);
    EXPECT_THAT(answer, HasReason("INVALID_FIELDS")) << bad.substr(0, 200);
    EXPECT_THAT(std::string(answer.status().message()), ::testing::HasSubstr("page_token")) << bad.substr(0, 200);
  }
  EXPECT_THAT(service_.Invoke<test::v1::ListNotesResponse>(
                  "ListNotes", test::By("employees/other", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()),
                  test::Proto<test::v1::ListNotesRequest>(
                      absl::StrCat("parent: 'books/b' page_size: 1 order_by: 'number' page_token: '", token, "'"))),
              HasReason("INVALID_FIELDS"))
      << "somebody else's";
  EXPECT_THAT(page("number desc", token), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(page("", token), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(List(absl::StrCat("parent: 'books/b' page_size: 1 order_by: 'number' filter: 'number = 1' page_token: '", token, "'")),
              HasReason("INVALID_FIELDS"));
}

// Only what a parent or a text with an index has narrowed is ever sorted.
TEST_F(KindTest, AWholeTableIsOrderedByIndexesOnly) {
  ASSERT_THAT(Create("parent: 'books/b' note_id: 'n' note { title: 'x' number: 1 origin: 'press' }"), IsOk());
  for (const char* order : {"", "name", "name desc", "number", "number desc", "number desc, name desc", "number, name"}) {
    EXPECT_THAT(List(absl::StrCat("order_by: '", order, "'")), IsOk()) << order;
  }
  for (const char* order : {"creator", "flag", "flag, number", "number desc, name", "number, creator", "create_time"}) {
    EXPECT_THAT(List(absl::StrCat("order_by: '", order, "'")), HasReason("INVALID_FIELDS")) << order;
    EXPECT_THAT(List(absl::StrCat("order_by: '", order, "' filter: 'number = 1 AND title = \"x\" AND origin != \"web\"'")),
                HasReason("INVALID_FIELDS"))
        << order;
    EXPECT_THAT(List(absl::StrCat("order_by: '", order, "' filter: 'number = 1 AND origin = \"press\"'")), IsOk()) << order;
    EXPECT_THAT(List(absl::StrCat("order_by: '", order, "' parent: 'books/b'")), IsOk()) << order;
  }
}

TEST(NameTest, ParentsIdsAndPatterns) {
  EXPECT_EQ(ParentOf("projects/a/tasks/b"), "projects/a");
  EXPECT_EQ(ParentOf("projects/a"), "");
  EXPECT_EQ(IdOf("projects/a/tasks/b"), "b");
  EXPECT_TRUE(MatchesPattern("projects/a-1", "projects/{project}"));
  for (const char* bad : {"projects/", "projects/-a", "projects/A", "projects/a/b", "tasks/a", "projects/a b", "projects/a'"}) {
    EXPECT_FALSE(MatchesPattern(bad, "projects/{project}")) << bad;
  }
}

TEST(NewIdTest, AscendsAndFitsAName) {
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewId(absl::FromUnixSeconds(1767225600));
    EXPECT_LT(last, id);
    EXPECT_TRUE(MatchesPattern("x/" + id, "x/{x}"));
    last = id;
  }
}

// The last page costs what the first does: rows are read from the index where the page begins, none is skipped and none is sorted.
TEST_F(KindTest, EveryPageReadsOnlyItsOwnRows) {
  constexpr int kNotes = 400, kPage = 10;
  for (int i = 0; i < kNotes; ++i)
    ASSERT_THAT(Create(absl::StrCat("parent: 'books/b' note { title: 'x' } note_id: 'n", 1000 + i, "'")), IsOk());
  // A test's calls follow each other on one connection, so its session's figures are theirs.
  const auto read = [&](const std::string& figures) {
    int64_t sum = 0;
    EXPECT_THAT(store_.Read(Manager(),
                            [&](sql::Session& session) {
                              return session.Query("SHOW SESSION STATUS WHERE variable_name IN (" + figures + ")", {},
                                                   [&](const sql::Row& row) { sum += std::stoll(row.Text(1)); });
                            }),
                IsOk());
    return sum;
  };
  // What an action costs; asking costs as well.
  const auto cost = [&](const std::string& figures, const std::function<void()>& action) {
    const int64_t before = read(figures);
    action();
    return read(figures) - before;
  };
  const std::string rows = "'HANDLER_READ_NEXT', 'HANDLER_READ_KEY', 'HANDLER_READ_FIRST'",
                    scans = "'SORT_ROWS', 'SORT_SCAN', 'SELECT_SCAN'";
  const int64_t asking_rows = cost(rows, [] {}), asking_scans = cost(scans, [] {});
  std::string token, next;
  int pages = 0;
  do {
    const auto list = [&] {
      const auto page = List(absl::StrCat("parent: 'books/b' page_size: ", kPage, " page_token: '", token, "'"));
      ASSERT_THAT(page, IsOk());
      next = page->next_page_token();
    };
    EXPECT_LE(cost(rows, list) - asking_rows, kPage + 2) << "page " << pages;
    EXPECT_EQ(cost(scans, list) - asking_scans, 0) << "page " << pages;
    token = next;
    ++pages;
  } while (!token.empty());
  EXPECT_EQ(pages, kNotes / kPage);
}

}  // namespace
}  // namespace heitie::record
