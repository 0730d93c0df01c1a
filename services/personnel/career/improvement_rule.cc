#include "services/personnel/career/improvement_rule.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/shared.h"
#include "common/time/day.h"

namespace heitie::personnel {

const status::Reason kPlanTooLong{absl::StatusCode::kInvalidArgument, "PLAN_TOO_LONG",
                                  "This would take {days} days; at most {most} are allowed.", "期間為 {days} 天，最長 {most} 天。"};
const status::Reason kActionOutsidePlan{absl::StatusCode::kInvalidArgument, "ACTION_OUTSIDE_PLAN",
                                        "{date} is not within the plan, from {start} to {end}.",
                                        "{date} 不在計劃期間 {start} 至 {end} 內。"};
const status::Reason kReviewDaysOutOfOrder{absl::StatusCode::kInvalidArgument, "REVIEW_DAYS_OUT_OF_ORDER",
                                           "A review on {date} is not after the one before, or not within the plan.",
                                           "{date} 的檢討未晚於前一次，或不在計劃期間內。"};
const status::Reason kReviewsTooFarApart{absl::StatusCode::kInvalidArgument, "REVIEWS_TOO_FAR_APART",
                                         "There is no review from {start} to {end}, which are more than {most} days apart.",
                                         "{start} 至 {end} 之間沒有檢討，間隔超過 {most} 天。"};

std::vector<absl::CivilDay> ReviewDays(absl::CivilDay first, absl::CivilDay last, int most) {
  std::vector<absl::CivilDay> days;
  for (absl::CivilDay day = first; day < last;) {
    day = std::min(day + most, last);
    days.push_back(day);
  }
  return days;
}

void CheckPlanDays(const v1::ImprovementPlan& plan, const v1::CareerPolicy& policy, const std::string& prefix, status::BadFields& bad) {
  const absl::CivilDay start = time::ToDay(plan.start_date()), end = time::ToDay(plan.end_date());
  const status::Args span = {{"start", time::DayText(start)}, {"end", time::DayText(end)}};
  if (end <= start) {
    bad.Add(prefix + "end_date", status::kDatesReversed, span);
    return;  // Nothing else could be right.
  }
  if (end - start + 1 > policy.most_plan_days()) {
    bad.Add(prefix + "end_date", kPlanTooLong, {{"days", end - start + 1}, {"most", policy.most_plan_days()}});
  }
  for (int i = 0; i < plan.actions_size(); ++i) {
    const absl::CivilDay due = time::ToDay(plan.actions(i).due_date());
    if (start <= due && due <= end) continue;
    status::Args args = span;
    args.push_back({"date", time::DayText(due)});
    bad.Add(absl::StrCat(prefix, "actions[", i, "].due_date"), kActionOutsidePlan, args);
  }
  if (plan.reviews().empty() && end - start >= policy.most_plan_days()) return;  // They are set once the end is right.
  absl::CivilDay before = start;
  for (int i = 0; i <= plan.reviews_size(); ++i) {
    const bool last = i == plan.reviews_size();
    const absl::CivilDay day = last ? end : time::ToDay(plan.reviews(i).due_date());
    const std::string field = last ? prefix + "reviews" : absl::StrCat(prefix, "reviews[", i, "].due_date");
    if (!last && (day <= before || day > end)) {
      bad.Add(field, kReviewDaysOutOfOrder, {{"date", time::DayText(day)}});
      continue;
    }
    if (day - before > policy.review_days()) {
      bad.Add(field, kReviewsTooFarApart, {{"start", time::DayText(before)}, {"end", time::DayText(day)}, {"most", policy.review_days()}});
    }
    before = day;
  }
}

int NextReview(const v1::ImprovementPlan& plan) {
  int next = 0;
  while (next < plan.reviews_size() && plan.reviews(next).has_record_time()) ++next;
  return next;
}

}  // namespace heitie::personnel
