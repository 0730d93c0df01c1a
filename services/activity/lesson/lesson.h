// Lessons of activities, what is done because of them, and what later activities make of both (policy A4, W12).
#ifndef HEITIE_SERVICES_ACTIVITY_LESSON_LESSON_H_
#define HEITIE_SERVICES_ACTIVITY_LESSON_LESSON_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/activity/v1/lesson.pb.h"
#include "services/activity/preparation/activity.h"
#include "services/activity/review/review_policy.h"

namespace heitie::activity {

extern const status::Reason kActivityNotOver;  // {activity} {state}
extern const status::Reason kLessonDecided;    // {name} {state}
extern const status::Reason kActionClosed;     // {name} {state}
extern const status::Reason kNotALesson;       // {subject}
extern const status::Reason kNothingToAnswer;  // {activity} {subject}
extern const status::Reason kAlreadyAnswered;  // {activity} {subject} {answer}

const record::StateMachine& LessonMachine();
const record::StateMachine& ReviewActionMachine();

// Thread-safe.
class Lessons {
 public:
  Lessons(const service::Context& context, Activities& activities);
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::Lesson& lesson);
  absl::Status Update(record::Transaction& tx, const v1::Lesson& before, v1::Lesson& after);
  absl::StatusOr<v1::Lesson> Accept(record::Transaction& tx, const v1::AcceptLessonRequest& request);
  absl::StatusOr<v1::Lesson> Reject(record::Transaction& tx, const v1::EndLessonRequest& request);
  absl::StatusOr<v1::Lesson> Retire(record::Transaction& tx, const v1::EndLessonRequest& request);

  record::Store& store_;
  Activities& activities_;
  record::Kind<v1::Lesson> lessons_;
};

// What is open after its date comes back, by an event `remind`. Thread-safe.
class ReviewActions {
 public:
  ReviewActions(const service::Context& context, Activities& activities, const ReviewPolicies& policies);
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::ReviewAction& action);
  absl::Status Update(record::Transaction& tx, const v1::ReviewAction& before, v1::ReviewAction& after);
  absl::StatusOr<v1::ReviewAction> Complete(record::Transaction& tx, const v1::CloseReviewActionRequest& request);
  absl::StatusOr<v1::ReviewAction> Drop(record::Transaction& tx, const v1::CloseReviewActionRequest& request);

  record::Store& store_;
  Activities& activities_;
  record::Kind<v1::ReviewAction> actions_;
};

// Thread-safe.
class LessonAnswers {
 public:
  explicit LessonAnswers(Activities& activities);
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::LessonAnswer& answer);
  absl::Status Update(record::Transaction& tx, const v1::LessonAnswer& before, v1::LessonAnswer& after);
  absl::StatusOr<v1::ListLessonsToAnswerResponse> ListToAnswer(const rpc::Call& call, const v1::ListLessonsToAnswerRequest& request);

  Activities& activities_;
  record::Kind<v1::LessonAnswer> answers_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_LESSON_LESSON_H_
