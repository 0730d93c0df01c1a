#include "common/record/store.h"

#include "common/observe/spans_testing.h"
#include "common/record/note_testing.h"
#include "common/rpc/bounds.h"
#include "common/status/macros.h"

namespace heitie::record {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::IsOk;

// A change that first asks others, whose answer changes with each time they are asked.
class PreparedTest : public NoteTest {
 protected:
  absl::StatusOr<Note> Change(const std::string& request_id, const std::string& title = "t") {
    const auto request =
        test::Proto<test::v1::CreateNoteRequest>("parent: 'books/b' note { title: '" + title + "' } request_id: '" + request_id + "'");
    Note note;
    const absl::Status status = store_.Write(
        Manager(), request, &note,
        [&]() -> absl::Status {
          ++asked_;
          return answer_;
        },
        [&](Transaction& tx) -> absl::Status {
          note = request.note();
          note.set_name("books/b/notes/n" + std::to_string(asked_));
          return notes_.Insert(tx, note);
        });
    if (!status.ok()) return status;
    return note;
  }

  int asked_ = 0;
  absl::Status answer_;
};

TEST_F(PreparedTest, ARepetitionIsAnsweredBeforeAnythingIsAsked) {
  const auto first = Change("r");
  ASSERT_THAT(first, IsOk());
  for (const absl::Status& today : {absl::FailedPreconditionError("the world has moved on"), absl::UnavailableError("away")}) {
    answer_ = today;
    const auto again = Change("r");
    ASSERT_THAT(again, IsOk());
    EXPECT_THAT(*again, test::EqualsProto(*first));
    EXPECT_THAT(Change("r", "other"), HasReason("REQUEST_ID_REUSED"));
  }
  EXPECT_EQ(asked_, 1);
}

TEST_F(PreparedTest, WhatWasNotAnsweredIsAskedAgain) {
  answer_ = absl::UnavailableError("away");
  EXPECT_EQ(Change("r").status(), answer_);
  answer_ = absl::FailedPreconditionError("not yet");
  EXPECT_EQ(Change("r").status(), answer_);
  answer_ = absl::OkStatus();
  EXPECT_THAT(Change("r"), IsOk());
  EXPECT_THAT(Change(""), IsOk());
  EXPECT_THAT(Change(""), IsOk()) << "without an id nothing is a repetition";
  EXPECT_EQ(asked_, 5);
}

// The first one is still at work when the repetition comes, and has ended when the repetition is refused.
TEST_F(PreparedTest, ARefusalGivesWayToAnAnswerThatCameMeanwhile) {
  const auto request = test::Proto<test::v1::CreateNoteRequest>("parent: 'books/b' note { title: 't' } request_id: 'r'");
  Note slow;
  absl::StatusOr<Note> quick;
  const absl::Status status = store_.Write(
      Manager(), request, &slow,
      [&]() -> absl::Status {
        quick = Change("r");
        return absl::FailedPreconditionError("it is done already");
      },
      [&](Transaction&) -> absl::Status { return absl::InternalError("not prepared"); });
  EXPECT_THAT(status, IsOk());
  ASSERT_THAT(quick, IsOk());
  EXPECT_THAT(slow, test::EqualsProto(*quick));
}

TEST_F(PreparedTest, WhatIsForgottenIsAFirstRequest) {
  const auto request = test::Proto<test::v1::CreateNoteRequest>("parent: 'books/b' note { title: 't' } request_id: 'r'");
  const auto first = Change("r");
  ASSERT_THAT(first, IsOk());
  Note other = *first;
  other.set_title("other");
  ASSERT_THAT(store_.Forget(Manager(), request, other), IsOk());
  EXPECT_EQ(Change("r")->name(), first->name()) << "another answer is on record";
  ASSERT_THAT(store_.Forget(Manager(), request, *first), IsOk());
  EXPECT_NE(Change("r")->name(), first->name());
}

// An event holds what was and what is, and its readers get at least one of them in an answer.
TEST_F(NoteTest, ATransactionIsAPartOfItsCallsTrace) {
  observe::ExportedSpans& spans = observe::ExportedSpans::Get();
  rpc::Call call = Manager();
  call.sampled = true;
  call.trace_id = "4bf92f3577b34da6a3ce929d0e0e4711";
  call.span_id = "00f067aa0ba902b7";
  const auto request = test::Proto<test::v1::CreateNoteRequest>("parent: 'books/b' note_id: 'traced' note { title: 'a secret title' }");
  ASSERT_THAT(service_.Invoke<Note>("CreateNote", call, request), IsOk());
  EXPECT_EQ(service_.Invoke<Note>("CreateNote", call, request).status().code(), absl::StatusCode::kAlreadyExists);
  ASSERT_THAT(store_.Write(call, [](Transaction&) { return absl::OkStatus(); }), IsOk());
  EXPECT_FALSE(store_.Write(call, [](Transaction&) { return absl::InternalError("a fault"); }).ok());
  const std::vector<observe::Span> found = spans.OfTrace(call.trace_id, 4);
  ASSERT_EQ(found.size(), 4u);
  std::string outcomes;
  for (const observe::Span& span : found) {
    EXPECT_EQ(span.name, "transaction");
    EXPECT_EQ(span.parent_id, call.span_id);
    EXPECT_LT(span.begin, span.end);
    absl::StrAppend(&outcomes, absl::StatusCodeToString(span.code), " ");
    for (const auto& [key, value] : span.attributes) {
      EXPECT_THAT(value, ::testing::Not(::testing::HasSubstr("secret"))) << key;
      if (key == "heitie.committed") absl::StrAppend(&outcomes, value, " ");
    }
  }
  EXPECT_EQ(outcomes, "OK true OK false OK true INTERNAL false ");
}

TEST_F(NoteTest, WhatDoesNotFitIntoAnEventIsRefused) {
  const std::string fits = LargeNote(680), too_much = LargeNote(690);
  EXPECT_THAT(Create("parent: 'books/b' note_id: 'n' note { " + too_much + " }"), HasReason("RESOURCE_TOO_LARGE"));
  EXPECT_THAT(Get("books/b/notes/n"), HasReason("NOT_FOUND"));
  ASSERT_THAT(Create("parent: 'books/b' note_id: 'n' note { " + fits + " }"), IsOk());
  EXPECT_THAT(Update("note { name: 'books/b/notes/n' " + too_much + " }"), HasReason("RESOURCE_TOO_LARGE"));
  ASSERT_THAT(Update("note { name: 'books/b/notes/n' number: 1 " + fits + " }"), IsOk());
  const auto events = Events("page_size: 1 after_position: 1");
  ASSERT_THAT(events, IsOk());
  ASSERT_EQ(events->events_size(), 1);
  EXPECT_GT(events->ByteSizeLong(), 4'000'000u);
  EXPECT_LT(events->ByteSizeLong(), static_cast<size_t>(rpc::kMaxMessageBytes));
}

class CommitTest : public NoteTest {};

TEST_F(CommitTest, WhoeverWaitsIsToldOfWhatAJobWrites) {
  int told = 0;
  store_.OnCommit([&] { ++told; });
  const auto write = [&](const absl::Status& outcome) {
    return store_.Write(Manager(), [&](Transaction& tx) -> absl::Status {
      Note note;
      note.set_name("books/b/notes/" + std::to_string(told));
      RETURN_IF_ERROR(notes_.Insert(tx, note));
      EXPECT_EQ(told, outcome.ok() ? 0 : 1) << "not before the commit";
      return outcome;
    });
  };
  EXPECT_THAT(write(absl::OkStatus()), IsOk());
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(write(absl::FailedPreconditionError("no")).ok());
  EXPECT_EQ(told, 1) << "of nothing";
}

}  // namespace
}  // namespace heitie::record
