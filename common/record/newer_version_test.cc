// Rows and columns that a newer version has written, under this one.
#include "common/record/columns.h"
#include "common/record/list.h"
#include "common/record/note_testing.h"
#include "common/status/macros.h"
#include "google/protobuf/empty.pb.h"

namespace heitie::record {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::IsOk;
using ::testing::HasSubstr;

class NewerVersionTest : public NoteTest {
 protected:
  void Do(const std::string& sql) {
    EXPECT_THAT(store_.Read(Manager(), [&](sql::Session& session) { return session.Execute(sql).status(); }), IsOk()) << sql;
  }
  std::string Stored(const std::string& column, const std::string& id = "n") {
    std::string text;
    EXPECT_THAT(store_.Read(Manager(),
                            [&](sql::Session& session) {
                              return session.Query("SELECT " + column + " FROM notes WHERE name = ?", sql::Bind("books/b/notes/" + id),
                                                   [&](const sql::Row& row) { text = row.Text(0); });
                            }),
                IsOk());
    return text;
  }
  void Make(const std::string& id, const std::string& fields = "") {
    ASSERT_THAT(Create(absl::StrCat("parent: 'books/b' note_id: '", id, "' note { title: 't' ", fields, " }")), IsOk());
  }
  absl::Status Delete(const std::string& id) {
    return Call<google::protobuf::Empty, test::v1::DeleteNoteRequest>("DeleteNote", absl::StrCat("name: 'books/b/notes/", id, "'"))
        .status();
  }
  absl::Status Write(const Store::Work& work) {
    const google::protobuf::Empty none;
    google::protobuf::Empty answer;
    return store_.Write(Manager(), none, &answer, work);
  }
};

TEST_F(NewerVersionTest, ColumnsThatFillThemselvesAreNoMatter) {
  Do("ALTER TABLE notes ADD COLUMN first_null BLOB NULL FIRST, ADD COLUMN number_default BIGINT NOT NULL DEFAULT 7 AFTER name, ADD COLUMN "
     "text_default VARBINARY(64) NOT NULL DEFAULT '', ADD COLUMN time_default DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), ADD "
     "COLUMN "
     "computed BIGINT GENERATED ALWAYS AS (number + 1) STORED, ADD COLUMN computed_late BIGINT GENERATED ALWAYS AS (number + 2) VIRTUAL, "
     "ADD COLUMN expression DOUBLE NOT NULL DEFAULT (1 + 1)");
  Kind<Note> notes(store_);  // would end the process
  Make("n");
  EXPECT_THAT(Update("note { name: 'books/b/notes/n' number: 5 } update_mask { paths: 'number' }"), IsOk());
  EXPECT_EQ(Get("books/b/notes/n")->number(), 5);
  EXPECT_EQ(Stored("computed"), "6");
  EXPECT_EQ(Stored("number_default"), "7");
  EXPECT_EQ(List("parent: 'books/b' filter: 'number = 5' order_by: 'origin'")->notes_size(), 1);
  EXPECT_THAT(Delete("n"), IsOk());
}

TEST_F(NewerVersionTest, AColumnThatMustBeFilledStopsTheStart) {
  Do("ALTER TABLE notes ADD COLUMN needed BIGINT NOT NULL");
  const absl::Status status =
      store_.Read(Manager(), [](sql::Session& session) { return ReadTable(session, *Note::descriptor()).status(); });
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("column needed of notes"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("no default"));
}

TEST_F(NewerVersionTest, AnUnknownValueReadsAsUnspecified) {
  Make("n", "ink: INK_RED number: 3");
  Make("o", "ink: INK_BLUE number: 4");
  Do("UPDATE notes SET ink = 'INK_GOLD' WHERE number = 3");
  ASSERT_THAT(Get("books/b/notes/n"), IsOk());
  EXPECT_EQ(Get("books/b/notes/n")->ink(), Note::INK_UNSPECIFIED);
  EXPECT_EQ(Get("books/b/notes/n")->number(), 3);
  const auto all = List("parent: 'books/b' order_by: 'ink'");
  ASSERT_THAT(all, IsOk());
  ASSERT_EQ(all->notes_size(), 2);
  EXPECT_EQ(all->notes(1).name(), "books/b/notes/n") << "in the order of what is stored";
  EXPECT_EQ(all->notes(1).ink(), Note::INK_UNSPECIFIED);
  EXPECT_EQ(List("parent: 'books/b' filter: 'ink != INK_BLUE'")->notes_size(), 1);
  EXPECT_EQ(List("parent: 'books/b' filter: 'ink = INK_RED OR ink = INK_BLUE'")->notes_size(), 1);
  EXPECT_THAT(List("parent: 'books/b' filter: 'ink = INK_GOLD'"), HasReason("INVALID_FIELDS"));
}

// What no version writes is damage.
TEST_F(NewerVersionTest, WhatIsNoNameIsDataLoss) {
  Make("n");
  for (const char* broken : {"", "gold", "INK-GOLD", "7"}) {
    Do(absl::StrCat("UPDATE notes SET ink = '", broken, "'"));
    EXPECT_TRUE(absl::IsDataLoss(Get("books/b/notes/n").status())) << broken;
  }
  Do("UPDATE notes SET ink = 'INK_RED', marks = '{\"marks\": 7}'");
  EXPECT_TRUE(absl::IsDataLoss(Get("books/b/notes/n").status()));
}

TEST_F(NewerVersionTest, PagesGoThroughUnknownValuesInEveryOrder) {
  const std::vector<std::string> inks = {"INK_BLUE", "INK_GOLD",        "INK_RED", "INK_SILVER",
                                         "INK_GOLD", "INK_UNSPECIFIED", "INK_A",   "INK_GOLD"};
  for (size_t i = 0; i < inks.size(); ++i) {
    Make(absl::StrCat("n", i), absl::StrCat("number: ", i % 3));
    Do(absl::StrCat("UPDATE notes SET ink = '", inks[i], "' WHERE name = 'books/b/notes/n", i, "'"));
  }
  for (const std::string order : {"ink", "ink desc", "ink, number", "number, ink desc", "number desc"}) {
    for (const int size : {1, 2, 3}) {
      std::vector<std::string> names;
      std::string token;
      do {
        const auto page = List(absl::StrCat("parent: 'books/b' order_by: '", order, "' page_size: ", size, " page_token: '", token, "'"));
        ASSERT_THAT(page, IsOk()) << order;
        for (const Note& note : page->notes()) names.push_back(note.name());
        token = page->next_page_token();
      } while (!token.empty() && names.size() <= inks.size());
      std::vector<std::string> whole;
      const auto all = List(absl::StrCat("parent: 'books/b' order_by: '", order, "'"));
      ASSERT_THAT(all, IsOk()) << order;
      for (const Note& note : all->notes()) whole.push_back(note.name());
      EXPECT_EQ(names, whole) << order << " by " << size;
      EXPECT_EQ(names.size(), inks.size());
    }
  }
}

TEST_F(NewerVersionTest, ARowWithAnUnknownValueIsNotChanged) {
  Make("n", "ink: INK_RED number: 3 marks { line: 1 }");
  Make("o", "ink: INK_RED");
  const Note stale = *Get("books/b/notes/n");
  Do("UPDATE notes SET ink = 'INK_GOLD' WHERE number = 3");
  const Note before = *Get("books/b/notes/n");
  const int events = Events("")->events_size();
  const auto refuses = [](const absl::Status& status) {
    EXPECT_THAT(status, HasReason("NEWER_VERSION"));
    EXPECT_TRUE(absl::IsUnavailable(status)) << "what clients try again";
    EXPECT_TRUE(status.GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value());
  };
  refuses(Update("note { name: 'books/b/notes/n' number: 5 } update_mask { paths: 'number' }").status());
  refuses(Update("note { name: 'books/b/notes/n' ink: INK_BLUE } update_mask { paths: 'ink' }").status());
  refuses(Delete("n"));
  refuses(Write([&](Transaction& tx) { return notes_.Lock(tx, before.name()).status(); }));
  refuses(Write([&](Transaction& tx) { return notes_.Guard(tx, before.name()).status(); }));
  // Rows that were read in another way, now or before, and only then changed.
  for (const Note& read : {before, stale}) {
    refuses(Write([&](Transaction& tx) {
      Note after = read;
      after.set_number(9);
      return notes_.Update(tx, read, after, "changed");
    }));
    refuses(Write([&](Transaction& tx) {
      Note after = read;
      after.clear_marks();
      return notes_.Update(tx, read, after, "changed");
    }));
    refuses(Write([&](Transaction& tx) { return notes_.Delete(tx, read); }));
  }
  EXPECT_EQ(Stored("ink"), "INK_GOLD");
  EXPECT_EQ(Stored("number"), "3");
  EXPECT_EQ(Stored("guard"), "0");
  EXPECT_EQ(Stored("etag"), "1");
  EXPECT_EQ(Events("")->events_size(), events);
  EXPECT_THAT(Update("note { name: 'books/b/notes/o' number: 5 } update_mask { paths: 'number' }"), IsOk()) << "others are";
  Do("UPDATE notes SET ink = 'INK_BLUE' WHERE ink = 'INK_GOLD'");
  EXPECT_THAT(Update("note { name: 'books/b/notes/n' number: 5 } update_mask { paths: 'number' }"), IsOk());
  EXPECT_THAT(Delete("n"), IsOk());
}

TEST_F(NewerVersionTest, UnknownMembersSurviveAnUpdate) {
  Make("n", "marks { line: 1 text: 'a' } marks { line: 2 text: 'b' } labels { key: 'k' value: 'v' }");
  const std::string marks =
      R"({"marks":[{"line":"1","text":"a","shade":{"deep":[1.5,"x"]}},{"line":"2","text":"b","shade":null}],"more":true})";
  Do("UPDATE notes SET marks = '" + marks + "'");
  EXPECT_EQ(Get("books/b/notes/n")->marks_size(), 2);
  EXPECT_THAT(Update("note { name: 'books/b/notes/n' number: 5 } update_mask { paths: 'number' }"), IsOk());
  EXPECT_EQ(Stored("marks"), marks) << "what is not written stays to the letter";
  const auto updated = Update(
      "note { name: 'books/b/notes/n' marks { line: 7 } marks { line: 1 text: 'changed' } marks { line: 2 text: 'b' } } update_mask { "
      "paths: "
      "'marks' }");
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->etag(), "3");
  EXPECT_EQ(
      Stored("marks"),
      R"({"marks":[{"line":"7"},{"line":"1","shade":{"deep":[1.5,"x"]},"text":"changed"},{"line":"2","shade":null,"text":"b"}],"more":true})");
  const Note read = *Get("books/b/notes/n");
  EXPECT_EQ(read.marks(1).text(), "changed");
  EXPECT_EQ(read.marks_size(), 3);
  EXPECT_THAT(Update("note { name: 'books/b/notes/n' } update_mask { paths: 'marks' }"), IsOk());
  EXPECT_EQ(Stored("marks"), R"({"more":true})");
  EXPECT_EQ(Get("books/b/notes/n")->marks_size(), 0);
  EXPECT_THAT(Delete("n"), IsOk()) << "what is only added is deleted with the rest";
}

// JSON that another program has written, in another order or with blanks, is no newer version's for that.
TEST_F(NewerVersionTest, TheSameInOtherWordsIsChangedAsUsual) {
  Make("n", "marks { line: 1 text: 'a' }");
  Do(R"(UPDATE notes SET marks = '{ "marks" : [ {"text": "a", "line": 1} ] }')");
  EXPECT_THAT(Update("note { name: 'books/b/notes/n' marks { line: 3 } } update_mask { paths: 'marks' }"), IsOk());
  EXPECT_EQ(Stored("marks"), R"({"marks":[{"line":"3"}]})");
}

}  // namespace
}  // namespace heitie::record
