#ifndef HEITIE_SERVICES_ACTIVITY_REVIEW_CHAPTER_H_
#define HEITIE_SERVICES_ACTIVITY_REVIEW_CHAPTER_H_

#include "common/record/methods.h"
#include "common/service/main.h"
#include "services/activity/adjustment/adjustment.h"
#include "services/activity/archive/archive.h"
#include "services/activity/lesson/lesson.h"
#include "services/activity/preparation/activity.h"
#include "services/activity/review/report.h"
#include "services/activity/review/review_policy.h"

namespace heitie::activity {

// What is changed while an activity runs and what is learnt of it (policy A3, A4). Not to be moved: its concepts refer to each other.
// Thread-safe.
struct ReviewChapter {
  ReviewChapter(const service::Context& context, Activities& activities, const Employees& employees, Clocks& clocks, Pages& pages);
  ReviewChapter(const ReviewChapter&) = delete;
  ReviewChapter& operator=(const ReviewChapter&) = delete;

  void Bind(record::Methods& methods);

  ReviewPolicies policies;
  Adjustments adjustments;
  Lessons lessons;
  ReviewActions actions;
  LessonAnswers answers;
  Reports reports;
  Archives archives;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_REVIEW_CHAPTER_H_
