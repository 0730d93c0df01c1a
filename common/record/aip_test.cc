// What users of other APIs by the same rules (aip.dev) find here as well.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/record/list.h"
#include "common/record/note_testing.h"
#include "common/status/macros.h"
#include "google/protobuf/empty.pb.h"

namespace heitie::record {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::HasViolation;
using ::heitie::test::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AipTest : public NoteTest {
 protected:
  void Fill() {
    for (const char* id : {"a", "b", "c"}) {
      ASSERT_THAT(Create(absl::StrCat("parent: 'books/b' note_id: '", id, "' note { title: '", id, id, "' origin: 'web' }")), IsOk());
    }
    ASSERT_THAT(Create("parent: 'books/other' note_id: 'd' note { title: 'a*z' ink: INK_RED moment { seconds: 5 } marks { line: 1 } }"),
                IsOk());
  }
  std::string Ids(const std::string& filter, const std::string& parent = "books/-", const std::string& order = "") {
    test::v1::ListNotesRequest request;
    request.set_parent(parent);
    request.set_filter(filter);
    request.set_order_by(order);
    const auto list = service_.Invoke<test::v1::ListNotesResponse>("ListNotes", Manager(), request);
    if (!list.ok()) return status::ReasonOf(list.status());
    std::string ids;
    for (const Note& note : list->notes()) ids += IdOf(note.name());
    return ids;
  }
};

// AIP-203
TEST_F(AipTest, OutputOnlyFieldsOfAMaskArePassedOver) {
  ASSERT_THAT(Create("parent: 'books/b' note_id: 'n' note { title: 'x' }"), IsOk());
  const auto updated = Update(R"(note { name: "books/b/notes/n" title: "y" number: 3 creator: "employees/forged" }
                                 update_mask { paths: "creator" paths: "mark_count" paths: "etag" paths: "name" paths: "title" })");
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->title(), "y");
  EXPECT_EQ(updated->number(), 0);
  EXPECT_EQ(updated->creator(), "employees/manager");
  const auto nothing = Update(R"(note { name: "books/b/notes/n" title: "z" } update_mask { paths: "creator" })");
  ASSERT_THAT(nothing, IsOk());
  EXPECT_EQ(nothing->title(), "y") << "a mask of what does not change is no empty one";
  EXPECT_EQ(nothing->etag(), "2");
}

TEST_F(AipTest, WhatIsImmutableMayBeGivenAsItIs) {
  ASSERT_THAT(Create("parent: 'books/b' note_id: 'n' note { title: 'x' origin: 'web' }"), IsOk());
  for (const char* mask : {"", "update_mask { paths: '*' }", "update_mask { paths: 'origin' paths: 'title' }"}) {
    EXPECT_THAT(Update(absl::StrCat("note { name: 'books/b/notes/n' title: 'y' origin: 'web' } ", mask)), IsOk()) << mask;
    EXPECT_THAT(Update(absl::StrCat("note { name: 'books/b/notes/n' title: 'y' origin: 'press' } ", mask)),
                HasViolation("note.origin", "BAD_VALUE"))
        << mask;
  }
  EXPECT_THAT(Update("note { name: 'books/b/notes/n' title: 'z' } update_mask { paths: '*' }"), IsOk()) << "nothing is said of it";
  EXPECT_THAT(Update("note { name: 'books/b/notes/n' title: 'z' } update_mask { paths: 'origin' }"),
              HasViolation("note.origin", "BAD_VALUE"));
  // Who sends back what was read changes nothing.
  const Note read = *Get("books/b/notes/n");
  test::v1::UpdateNoteRequest request;
  *request.mutable_note() = read;
  const auto same = service_.Invoke<Note>("UpdateNote", Manager(), request);
  ASSERT_THAT(same, IsOk());
  EXPECT_THAT(*same, test::EqualsProto(read));
}

// AIP-163
TEST_F(AipTest, WhatIsOnlyTriedChangesNothing) {
  const auto tried = Create("parent: 'books/b' note_id: 'n' note { title: 'x' } request_id: 'r' validate_only: true");
  ASSERT_THAT(tried, IsOk());
  EXPECT_EQ(tried->name(), "books/b/notes/n");
  EXPECT_EQ(tried->etag(), "1");
  EXPECT_THAT(Get("books/b/notes/n"), HasReason("NOT_FOUND"));
  EXPECT_EQ(Events("")->events_size(), 0);
  EXPECT_THAT(Create("parent: 'books/b' note_id: 'n' note { title: 'other' } request_id: 'r'"), IsOk()) << "the id is not used up";
  EXPECT_THAT(Create("parent: 'books/b' note_id: 'n' note { title: 'x' } validate_only: true"), HasReason("ALREADY_EXISTS"));
  EXPECT_THAT(Create("parent: 'books/b' note_id: 'm' note { number: 1 } validate_only: true"), HasViolation("note.title", "REQUIRED"));

  const auto changed = Update("note { name: 'books/b/notes/n' title: 'y' } validate_only: true");
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->title(), "y");
  EXPECT_THAT(Update("note { name: 'books/b/notes/n' title: 'y' etag: '9' } validate_only: true"), HasReason("STALE_ETAG"));
  EXPECT_THAT((Call<google::protobuf::Empty, test::v1::DeleteNoteRequest>("DeleteNote", "name: 'books/b/notes/n' validate_only: true")),
              IsOk());
  const auto note = Get("books/b/notes/n");
  ASSERT_THAT(note, IsOk());
  EXPECT_EQ(note->title(), "other");
  EXPECT_EQ(Events("")->events_size(), 1);
}

// AIP-158
TEST_F(AipTest, APageIsNoGreaterThanTheGreatestAndSaysHowManyThereAre) {
  Fill();
  const auto plain = List("parent: 'books/b' page_size: 2");
  EXPECT_FALSE(plain->has_total_size());
  const auto page = List("parent: 'books/b' page_size: 2 return_total_size: true");
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->notes_size(), 2);
  EXPECT_EQ(page->total_size(), 3);
  EXPECT_TRUE(page->has_total_size_capped());
  EXPECT_FALSE(page->total_size_capped());
  const auto next =
      List(absl::StrCat("parent: 'books/b' page_size: 2 return_total_size: true page_token: '", page->next_page_token(), "'"));
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(next->total_size(), 3) << "of all pages";
  EXPECT_EQ(List("parent: 'books/b' filter: 'title = \"bb\"' return_total_size: true")->total_size(), 1);
  EXPECT_EQ(List("parent: 'books/none' return_total_size: true")->total_size(), 0);
  EXPECT_THAT(List("parent: 'books/b' page_size: 1000000"), IsOk());
  EXPECT_THAT(List("parent: 'books/b' page_size: -1"), HasViolation("page_size", "BAD_VALUE"));
}

TEST_F(AipTest, CountingStops) {
  const absl::Status filled = store_.database().Write(absl::Now() + absl::Seconds(60), [&](sql::Session& session) -> absl::Status {
    std::string rows;
    for (int i = 0; i < 10'001; ++i) {
      absl::StrAppend(&rows, rows.empty() ? "" : ", ", "('books/c/notes/n", i,
                      "', '', 0, FALSE, 0, 'INK_BLUE', '', '{}', '{}', '', '1', '2026-01-01', '2026-01-01', '')");
    }
    return session
        .Execute(
            "INSERT INTO notes (name, title, number, flag, ratio, ink, `blob`, marks, labels, origin, etag, create_time, update_time, "
            "creator) VALUES " +
            rows)
        .status();
  });
  ASSERT_TRUE(filled.ok()) << filled;
  const auto page = List("parent: 'books/c' page_size: 1 return_total_size: true");
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->total_size(), kMostCounted);
  EXPECT_TRUE(page->total_size_capped());
}

// AIP-159
TEST_F(AipTest, ADashStandsForAllParents) {
  Fill();
  EXPECT_EQ(Ids("", "books/-"), "abcd");
  EXPECT_EQ(Ids("title = \"bb\"", "books/-"), "b");
  EXPECT_EQ(Ids("", "books/b"), "abc");
  EXPECT_THAT(Create("parent: 'books/-' note { title: 'x' }"), HasReason("INVALID_FIELDS"));
}

// AIP-160
TEST_F(AipTest, FiltersKnowPresenceAndStars) {
  Fill();
  EXPECT_EQ(Ids("ink:*"), "d");
  EXPECT_EQ(Ids("moment:*"), "d");
  EXPECT_EQ(Ids("marks:*"), "d");
  EXPECT_EQ(Ids("origin:*"), "abc");
  EXPECT_EQ(Ids("number:*"), "");
  EXPECT_EQ(Ids("origin:* AND title = \"bb\""), "b");
  EXPECT_EQ(Ids("title = \"a*\""), "ad");
  EXPECT_EQ(Ids("title = \"*b\""), "b");
  EXPECT_EQ(Ids("title = \"*b*\""), "b");
  EXPECT_EQ(Ids("title = \"*\""), "abcd");
  EXPECT_EQ(Ids("title = \"a\\*z\""), "d") << "a star itself";
  EXPECT_EQ(Ids("title : \"*\""), "d") << "what holds a star";
  EXPECT_EQ(Ids("title = \"a*z\""), "INVALID_FIELDS");
  EXPECT_EQ(Ids("title != \"a*\""), "INVALID_FIELDS");
  EXPECT_EQ(Ids("title = \"a%\""), "");
}

TEST_F(AipTest, AnUnknownValueOfAnEnumIsToldWhichThereAre) {
  Fill();
  EXPECT_EQ(Ids("ink = INK_RED"), "d");
  EXPECT_EQ(Ids("ink = INK_GREEN"), "INVALID_FIELDS");
  const auto list = List("parent: 'books/b' filter: 'ink = INK_GREEN'");
  EXPECT_THAT(status::ToProto(list.status(), status::Language::kEnglish).SerializeAsString(), HasSubstr("one of INK_BLUE, INK_RED"));
}

TEST_F(AipTest, FieldsGoByTheirJsonNames) {
  Fill();
  EXPECT_EQ(Ids("createTime > \"2020-01-01T00:00:00Z\" AND title = \"cc\""), "c");
  EXPECT_EQ(Ids("", "books/b", "createTime, name desc"), "cba");
  EXPECT_EQ(Ids("create_Time:*"), "INVALID_FIELDS");
  const auto updated = Update("note { name: 'books/b/notes/a' title: 'y' } update_mask { paths: 'markCount' paths: 'title' }");
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->title(), "y");
}

// AIP-231
TEST_F(AipTest, SeveralAreHadAtOnce) {
  Fill();
  const auto get = [&](const std::string& names) {
    return Call<test::v1::BatchGetNotesResponse, test::v1::BatchGetNotesRequest>("BatchGetNotes", names);
  };
  const auto notes = get("names: 'books/b/notes/c' names: 'books/b/notes/a' names: 'books/b/notes/c'");
  ASSERT_THAT(notes, IsOk());
  std::vector<std::string> ids;
  for (const Note& note : notes->notes()) ids.push_back(IdOf(note.name()));
  EXPECT_THAT(ids, ElementsAre("c", "a", "c"));
  EXPECT_THAT(notes->notes(1), test::EqualsProto(*Get("books/b/notes/a")));
  const auto missing = get("names: 'books/b/notes/c' names: 'books/b/notes/x'");
  EXPECT_THAT(missing, HasReason("NOT_FOUND"));
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("books/b/notes/x"));
  EXPECT_THAT(get(""), HasReason("INVALID_FIELDS"));
}

TEST_F(AipTest, NoEventIsBeforeTheChangeBefore) {
  ASSERT_THAT(Create("parent: 'books/b' note_id: 'n' note { title: 'x' }"), IsOk());
  // A call that came first and had to wait.
  const rpc::Call early = test::By("employees/manager", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now() - absl::Seconds(3));
  const auto updated =
      service_.Invoke<Note>("UpdateNote", early, test::Proto<test::v1::UpdateNoteRequest>("note { name: 'books/b/notes/n' title: 'y' }"));
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->update_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  const auto events = Events("");
  ASSERT_EQ(events->events_size(), 2);
  EXPECT_GE(events->events(1).occur_time().seconds(), events->events(0).occur_time().seconds());
}

TEST(CallNameTest, VerbsAreNamedAsMethodsAreCalled) {
  EXPECT_EQ(CallName("submit"), "submit");
  EXPECT_EQ(CallName("record_objective_result"), "recordObjectiveResult");
}

}  // namespace
}  // namespace heitie::record
