#include "services/activity/review/chapter.h"

namespace heitie::activity {

ReviewChapter::ReviewChapter(const service::Context& context, Activities& activities, const Employees& employees, Clocks& clocks,
                             Pages& pages)
    : policies(context.store, kShippedReviewPolicy, [](const v1::ReviewPolicy&) { return absl::OkStatus(); }),
      adjustments(context, activities, policies),
      lessons(context, activities),
      actions(context, activities, policies),
      answers(activities),
      reports(context, activities, adjustments, policies, employees, clocks, pages),
      archives(context, activities, reports) {}

void ReviewChapter::Bind(record::Methods& methods) {
  policies.Bind<v1::PublishReviewPolicyRequest>(methods);
  adjustments.Bind(methods);
  lessons.Bind(methods);
  actions.Bind(methods);
  answers.Bind(methods);
  reports.Bind(methods);
  archives.Bind(methods);
}

}  // namespace heitie::activity
