#include "services/activity/lesson/lesson.h"

#include <cstring>
#include <vector>

#include "absl/strings/match.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "services/activity/lesson/applicability.h"
#include "services/activity/preparation/preparation_item.h"

namespace heitie::activity {

using v1::Activity;
using v1::Lesson;
using v1::LessonAnswer;
using v1::ReviewAction;

const status::Reason kActivityNotOver{absl::StatusCode::kFailedPrecondition, "ACTIVITY_NOT_OVER",
                                      "{activity} is {state}; lessons are drawn once it is over.",
                                      "{activity} 狀態為 {state}，結束後方可總結經驗。"};
const status::Reason kLessonDecided{absl::StatusCode::kFailedPrecondition, "LESSON_DECIDED",
                                    "{name} is {state}: at most its owner changes.", "{name} 狀態為 {state}，至多只能更換負責人。"};
const status::Reason kActionClosed{absl::StatusCode::kFailedPrecondition, "ACTION_CLOSED",
                                   "{name} is {state} and does not change any more.", "{name} 狀態為 {state}，不可再修改。"};
const status::Reason kNotALesson{absl::StatusCode::kInvalidArgument, "NOT_A_LESSON", "{subject} is neither a lesson nor an action.",
                                 "{subject} 既非經驗教訓，亦非改進行動。"};
const status::Reason kNothingToAnswer{absl::StatusCode::kFailedPrecondition, "NOTHING_TO_ANSWER",
                                      "{activity} does not have to answer {subject}.", "{activity} 無須回應 {subject}。"};
const status::Reason kAlreadyAnswered{absl::StatusCode::kFailedPrecondition, "ALREADY_ANSWERED",
                                      "{activity} has answered {subject} by {answer}.", "{activity} 已以 {answer} 回應 {subject}。"};

namespace {

template <typename T>
std::string StageOf(const T& row) {
  return T::State_Name(row.state()).substr(std::strlen("STATE_"));
}

bool IsOver(const Activity& activity) {
  return activity.state() == Activity::STATE_ENDED || activity.state() == Activity::STATE_REVIEWED ||
         activity.state() == Activity::STATE_ARCHIVED || activity.state() == Activity::STATE_CANCELLED;
}

void DecideLesson(const rpc::Call& call, const std::string& reason, Lesson& lesson) {
  lesson.set_decider(call.principal.name);
  *lesson.mutable_decide_time() = time::ToTimestamp(call.now);
  lesson.set_decision_reason(reason);
}

void CloseAction(const rpc::Call& call, const std::string& outcome, ReviewAction& action) {
  action.set_outcome(outcome);
  action.set_closer(call.principal.name);
  *action.mutable_close_time() = time::ToTimestamp(call.now);
}

}  // namespace

const record::StateMachine& LessonMachine() {
  static const auto& machine =
      *new record::StateMachine(Lesson::State_descriptor(), {
                                                                {Lesson::STATE_PROPOSED, "accept", Lesson::STATE_ACCEPTED},
                                                                {Lesson::STATE_PROPOSED, "reject", Lesson::STATE_REJECTED},
                                                                {Lesson::STATE_ACCEPTED, "retire", Lesson::STATE_RETIRED},
                                                            });
  return machine;
}

const record::StateMachine& ReviewActionMachine() {
  static const auto& machine =
      *new record::StateMachine(ReviewAction::State_descriptor(), {
                                                                      {ReviewAction::STATE_OPEN, "complete", ReviewAction::STATE_DONE},
                                                                      {ReviewAction::STATE_OPEN, "drop", ReviewAction::STATE_DROPPED},
                                                                  });
  return machine;
}

// ---- Lessons

Lessons::Lessons(const service::Context& context, Activities& activities)
    : store_(context.store), activities_(activities), lessons_(context.store, &LessonMachine()) {
  lessons_.SetFollow([](record::Transaction& tx, const Lesson* before, const Lesson* after) -> absl::Status {
    if (after == nullptr || (before != nullptr && before->state() == after->state())) return absl::OkStatus();
    const bool heeded = after->state() == Lesson::STATE_ACCEPTED;
    if (!heeded && (before == nullptr || before->state() != Lesson::STATE_ACCEPTED)) return absl::OkStatus();
    return KeepApplicability(tx, after->name(), after->applicability(),
                             heeded ? std::optional<absl::Time>(time::ToTime(after->accept_time())) : std::nullopt);
  });
}

absl::Status Lessons::Create(record::Transaction& tx, Lesson& lesson) {
  status::BadFields bad;
  RETURN_IF_ERROR(CheckApplicability(store_, tx.sql, "lesson.applicability", lesson.applicability(), bad));
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Find(tx.sql, lesson.activity()));
  if (!IsOver(activity)) return status::Error(kActivityNotOver, {{"activity", activity.name()}, {"state", StageOf(activity)}});
  lesson.set_state(Lesson::STATE_PROPOSED);
  return absl::OkStatus();
}

absl::Status Lessons::Update(record::Transaction& tx, const Lesson& before, Lesson& after) {
  if (before.state() != Lesson::STATE_PROPOSED) {
    Lesson handed = before;
    handed.set_owner(after.owner());
    if (before.state() != Lesson::STATE_ACCEPTED || handed.SerializeAsString() != after.SerializeAsString()) {
      return status::Error(kLessonDecided, {{"name", before.name()}, {"state", StageOf(before)}});
    }
    return absl::OkStatus();
  }
  status::BadFields bad;
  RETURN_IF_ERROR(CheckApplicability(store_, tx.sql, "lesson.applicability", after.applicability(), bad));
  return bad.status();
}

absl::StatusOr<Lesson> Lessons::Accept(record::Transaction& tx, const v1::AcceptLessonRequest& request) {
  return lessons_.Change(tx, request, "accept", [&](Lesson& after) {
    DecideLesson(tx.call, request.reason(), after);
    *after.mutable_accept_time() = after.decide_time();
  });
}

absl::StatusOr<Lesson> Lessons::Reject(record::Transaction& tx, const v1::EndLessonRequest& request) {
  return lessons_.Change(tx, request, "reject", [&](Lesson& after) { DecideLesson(tx.call, request.reason(), after); });
}

absl::StatusOr<Lesson> Lessons::Retire(record::Transaction& tx, const v1::EndLessonRequest& request) {
  return lessons_.Change(tx, request, "retire", [&](Lesson& after) { DecideLesson(tx.call, request.reason(), after); });
}

void Lessons::Bind(record::Methods& methods) {
  methods.Reads(lessons_);
  methods.Creates(lessons_, this, &Lessons::Create);
  methods.Updates(lessons_, this, &Lessons::Update);
  methods.Bind("AcceptLesson", this, &Lessons::Accept);
  methods.Bind("RejectLesson", this, &Lessons::Reject);
  methods.Bind("RetireLesson", this, &Lessons::Retire);
}

// ---- Actions

ReviewActions::ReviewActions(const service::Context& context, Activities& activities, const ReviewPolicies& policies)
    : store_(context.store), activities_(activities), actions_(context.store, &ReviewActionMachine()) {
  actions_.SetFollow([](record::Transaction& tx, const ReviewAction* before, const ReviewAction* after) -> absl::Status {
    if (after == nullptr) return absl::OkStatus();
    if (before != nullptr && before->state() == after->state() && ScopesOf(before->applicability()) == ScopesOf(after->applicability())) {
      return absl::OkStatus();
    }
    const bool open = after->state() == ReviewAction::STATE_OPEN;
    return KeepApplicability(tx, after->name(), after->applicability(), open ? std::optional<absl::Time>(tx.call.now) : std::nullopt);
  });
  context.jobs.Recur(
      "remind-of-review-actions", kReviewReminderInterval,
      [this, &policies](const rpc::Call& call, const job::Job&) {
        return RemindOfOverdue<ReviewAction>(
            call, store_, policies, actions_, "open_due_time < ?", sql::Bind(call.now),
            [&](const ReviewAction& row) { return row.state() == ReviewAction::STATE_OPEN && time::ToTime(row.due_time()) < call.now; });
      },
      job::Lane::kDeadlines);
}

absl::Status ReviewActions::Create(record::Transaction& tx, ReviewAction& action) {
  status::BadFields bad;
  RETURN_IF_ERROR(CheckApplicability(store_, tx.sql, "review_action.applicability", action.applicability(), bad));
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(activities_.kind().Find(tx.sql, action.activity()).status());
  action.set_state(ReviewAction::STATE_OPEN);
  return absl::OkStatus();
}

absl::Status ReviewActions::Update(record::Transaction& tx, const ReviewAction& before, ReviewAction& after) {
  if (before.state() != ReviewAction::STATE_OPEN) {
    return status::Error(kActionClosed, {{"name", before.name()}, {"state", StageOf(before)}});
  }
  status::BadFields bad;
  RETURN_IF_ERROR(CheckApplicability(store_, tx.sql, "review_action.applicability", after.applicability(), bad));
  return bad.status();
}

absl::StatusOr<ReviewAction> ReviewActions::Complete(record::Transaction& tx, const v1::CloseReviewActionRequest& request) {
  return actions_.Change(tx, request, "complete", [&](ReviewAction& after) { CloseAction(tx.call, request.outcome(), after); });
}

absl::StatusOr<ReviewAction> ReviewActions::Drop(record::Transaction& tx, const v1::CloseReviewActionRequest& request) {
  return actions_.Change(tx, request, "drop", [&](ReviewAction& after) { CloseAction(tx.call, request.outcome(), after); });
}

void ReviewActions::Bind(record::Methods& methods) {
  methods.Reads(actions_);
  methods.Creates(actions_, this, &ReviewActions::Create);
  methods.Updates(actions_, this, &ReviewActions::Update);
  methods.Bind("CompleteReviewAction", this, &ReviewActions::Complete);
  methods.Bind("DropReviewAction", this, &ReviewActions::Drop);
}

// ---- Answers

LessonAnswers::LessonAnswers(Activities& activities) : activities_(activities), answers_(activities.store()) {}

// Guards the activity: the gate of its launch sees the answer or does not, and of two answers to one lesson the second one sees the first.
absl::Status LessonAnswers::Create(record::Transaction& tx, LessonAnswer& answer) {
  if (!absl::StartsWith(answer.subject(), "lessons/") && !absl::StartsWith(answer.subject(), "reviewActions/")) {
    status::BadFields bad;
    bad.Add("lesson_answer.subject", kNotALesson, {{"subject", answer.subject()}});
    return bad.status();
  }
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Guard(tx, record::ParentOf(answer.name())));
  RETURN_IF_ERROR(CheckPreparable(activity));
  ASSIGN_OR_RETURN(const std::vector<v1::LessonToAnswer> lessons, LessonsOf(tx.sql, activity));
  for (const v1::LessonToAnswer& lesson : lessons) {
    if (lesson.subject() != answer.subject()) continue;
    if (lesson.answer().empty()) return absl::OkStatus();
    return status::Error(kAlreadyAnswered, {{"activity", activity.name()}, {"subject", answer.subject()}, {"answer", lesson.answer()}});
  }
  return status::Error(kNothingToAnswer, {{"activity", activity.name()}, {"subject", answer.subject()}});
}

absl::Status LessonAnswers::Update(record::Transaction& tx, const LessonAnswer& before, LessonAnswer&) {
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Guard(tx, record::ParentOf(before.name())));
  return CheckPreparable(activity);
}

absl::StatusOr<v1::ListLessonsToAnswerResponse> LessonAnswers::ListToAnswer(const rpc::Call& call,
                                                                            const v1::ListLessonsToAnswerRequest& request) {
  return activities_.store().Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ListLessonsToAnswerResponse> {
    ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Find(session, request.name()));
    ASSIGN_OR_RETURN(const std::vector<v1::LessonToAnswer> lessons, LessonsOf(session, activity));
    v1::ListLessonsToAnswerResponse response;
    response.mutable_lessons_to_answer()->Add(lessons.begin(), lessons.end());
    return response;
  });
}

void LessonAnswers::Bind(record::Methods& methods) {
  methods.Reads(answers_);
  methods.Creates(answers_, this, &LessonAnswers::Create);
  methods.Updates(answers_, this, &LessonAnswers::Update);
  methods.Bind("ListLessonsToAnswer", this, &LessonAnswers::ListToAnswer);
}

}  // namespace heitie::activity
