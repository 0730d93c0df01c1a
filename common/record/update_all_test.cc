// Many rows changed at once: as Update of each of them.
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/record/note_testing.h"
#include "common/status/macros.h"
#include "google/protobuf/util/message_differencer.h"

namespace heitie::record {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::IsOk;

class UpdateAllTest : public NoteTest {
 protected:
  absl::Status Write(const Store::Work& work) { return store_.Write(Manager(), work); }
  void Do(const std::string& sql) {
    EXPECT_THAT(store_.Read(Manager(), [&](sql::Session& session) { return session.Execute(sql).status(); }), IsOk()) << sql;
  }
  std::vector<Note> Notes(const std::string& book = "b") {
    const auto notes = store_.Read(Manager(), [&](sql::Session& session) { return notes_.Children(session, "books/" + book); });
    EXPECT_THAT(notes, IsOk());
    return notes.ok() ? *notes : std::vector<Note>();
  }
  void Make(int count, const std::string& book = "b") {
    ASSERT_THAT(Write([&](Transaction& tx) -> absl::Status {
                  for (int i = 0; i < count; ++i) {
                    Note note;
                    note.set_name(absl::StrCat("books/", book, "/notes/n", 1000 + i));
                    note.set_title(absl::StrCat("運 ' ", i));
                    note.set_number(i);
                    if (i % 2 == 0) note.add_marks()->set_line(i);
                    if (i % 3 == 0) note.mutable_moment()->set_seconds(1700000000 + i);
                    RETURN_IF_ERROR(notes_.Insert(tx, note));
                  }
                  return absl::OkStatus();
                }),
                IsOk());
  }
  std::map<std::string, std::string> EventsBy(const std::string& action) {
    std::map<std::string, std::string> events;
    EXPECT_THAT(store_.Read(Manager(),
                            [&](sql::Session& session) {
                              return session.Query("SELECT aggregateid, revision, before_json, payload FROM event WHERE type = ?",
                                                   sql::Bind(action), [&](const sql::Row& row) {
                                                     EXPECT_EQ(events.count(row.Text(0)), 0u) << "one event each";
                                                     events[row.Text(0)] = absl::StrCat(row.Int(1), " ", row.Text(2), " ", row.Text(3));
                                                   });
                            }),
                IsOk());
    return events;
  }
};

// What a random work on random rows makes of them, at once and one by one.
TEST_F(UpdateAllTest, DoesWhatUpdateDoesForEach) {
  std::mt19937 random(7);
  Make(300, "b");
  Make(300, "c");
  for (int round = 0; round < 3; ++round) {
    std::vector<Note> before = Notes("b"), single = Notes("c");
    ASSERT_EQ(before.size(), 300u);
    std::vector<Note> after = before, single_after = single;
    for (size_t i = 0; i < after.size(); ++i) {
      const auto dice = random();
      for (Note* note : {&after[i], &single_after[i]}) {
        if (dice % 4 == 0) continue;
        if (dice % 4 == 1) note->set_title(absl::StrCat("title ", dice));
        if (dice % 5 == 1) note->add_marks()->set_text(absl::StrCat("mark ", dice));
        if (dice % 5 == 2) note->clear_marks();
        if (dice % 7 == 1) note->clear_moment();
        if (dice % 7 == 2) note->set_ink(Note::INK_RED);
        if (dice % 11 == 1) note->set_maybe(static_cast<int64_t>(dice % 100));
        if (dice % 11 == 2) note->set_blob(std::string("\xff\x00'\\", 4));
      }
    }
    clock_.Advance(absl::Seconds(1));
    const std::string action = absl::StrCat("round", round);
    ASSERT_THAT(Write([&](Transaction& tx) { return notes_.UpdateAll(tx, before, after, action); }), IsOk());
    ASSERT_THAT(Write([&](Transaction& tx) -> absl::Status {
                  for (size_t i = 0; i < single.size(); ++i) RETURN_IF_ERROR(notes_.Update(tx, single[i], single_after[i], action));
                  return absl::OkStatus();
                }),
                IsOk());
    const std::vector<Note> all = Notes("b"), one_by_one = Notes("c");
    std::map<std::string, std::string> events = EventsBy(action);
    size_t told = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(all[i].SerializeAsString(), after[i].SerializeAsString()) << "what is stored is what the caller holds";
      Note expected = one_by_one[i];
      expected.set_name(all[i].name());
      ASSERT_EQ(all[i].DebugString(), expected.DebugString());
      std::string event = events[one_by_one[i].name()];
      for (size_t at = event.find("books/c"); at != std::string::npos; at = event.find("books/c")) event.replace(at, 7, "books/b");
      EXPECT_EQ(events[all[i].name()], event);
      told += !event.empty();
    }
    EXPECT_GT(told, 100u);
    EXPECT_LT(told, 300u) << "where nothing changes, nothing is told";
  }
}

TEST_F(UpdateAllTest, ARowThatHasChangedStopsAll) {
  Make(5);
  const std::vector<Note> before = Notes();
  std::vector<Note> after = before;
  for (Note& note : after) note.set_number(note.number() + 100);
  ASSERT_THAT(Update("note { name: 'books/b/notes/n1003' title: 'meanwhile' }"), IsOk());
  const auto update = [&] { return Write([&](Transaction& tx) { return notes_.UpdateAll(tx, before, after, "raise"); }); };
  EXPECT_THAT(update(), HasReason("STALE_ETAG"));
  EXPECT_EQ(Notes()[0].number(), 0);
  EXPECT_TRUE(EventsBy("raise").empty());
  Do("DELETE FROM notes WHERE name = 'books/b/notes/n1003'");
  EXPECT_THAT(update(), HasReason("NOT_FOUND"));
  EXPECT_EQ(Notes().size(), 4u);
}

TEST_F(UpdateAllTest, KeepsWhatANewerVersionKnows) {
  Make(4);
  Do(R"(UPDATE notes SET marks = '{"marks":[{"line":"1","colour":"red"}],"more":1}' WHERE name = 'books/b/notes/n1001')");
  std::vector<Note> before = Notes(), after = before;
  for (Note& note : after) note.add_marks()->set_line(9);
  ASSERT_THAT(Write([&](Transaction& tx) { return notes_.UpdateAll(tx, before, after, "mark"); }), IsOk());
  std::string stored;
  ASSERT_THAT(store_.Read(Manager(),
                          [&](sql::Session& session) {
                            return session.Query("SELECT marks FROM notes WHERE name = 'books/b/notes/n1001'", {},
                                                 [&](const sql::Row& row) { stored = row.Text(0); });
                          }),
              IsOk());
  EXPECT_THAT(stored, ::testing::HasSubstr("colour"));
  EXPECT_THAT(stored, ::testing::HasSubstr("\"9\""));
  Do("UPDATE notes SET ink = 'INK_GREEN' WHERE name = 'books/b/notes/n1002'");
  before = Notes();
  after = before;
  for (Note& note : after) note.set_number(7);
  EXPECT_THAT(Write([&](Transaction& tx) { return notes_.UpdateAll(tx, before, after, "seven"); }), HasReason("NEWER_VERSION"));
  EXPECT_EQ(Notes()[0].number(), 0);
}

}  // namespace
}  // namespace heitie::record
