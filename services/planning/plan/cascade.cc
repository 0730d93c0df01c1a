#include "services/planning/plan/cascade.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/time/day.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "services/planning/plan/calendar.h"

namespace heitie::planning {

using absl::StatusCode;

const status::Reason kPeriodStartDay{StatusCode::kInvalidArgument, "PERIOD_START_DAY",
                                     "A period begins on the 28th of a month at the latest.", "期間最晚從每月 28 日開始。"};
const status::Reason kPeriodLength{StatusCode::kInvalidArgument, "PERIOD_LENGTH",
                                   "A period of this cadence that begins on {start} ends on {end}.",
                                   "從 {start} 開始的此類期間應結束於 {end}。"};
const status::Reason kTargetTwice{StatusCode::kInvalidArgument, "TARGET_TWICE", "The metric {metric} has a target already.",
                                  "指標 {metric} 已有目標。"};
const status::Reason kPeriodCadence{StatusCode::kFailedPrecondition, "PERIOD_CADENCE", "A part of {parent} must be shorter than it.",
                                    "{parent} 的下級期間必須比它短。"};
const status::Reason kPeriodOutsideParent{StatusCode::kFailedPrecondition, "PERIOD_OUTSIDE_PARENT",
                                          "{child} is not wholly inside {parent}.", "{child} 不完全在 {parent} 之內。"};
const status::Reason kPeriodsOverlap{StatusCode::kFailedPrecondition, "PERIODS_OVERLAP", "It shares days with {other}.",
                                     "與 {other} 的日期重疊。"};
const status::Reason kTargetExceeded{StatusCode::kFailedPrecondition, "TARGET_EXCEEDED",
                                     "The targets of its parts for {metric} add up to {sum}, more than its own target {target}.",
                                     "下級期間 {metric} 的目標合計 {sum}，超過本期目標 {target}。"};
const status::Reason kTargetNotCovered{StatusCode::kFailedPrecondition, "TARGET_NOT_COVERED",
                                       "The targets of its parts for {metric} add up to {sum}, less than its own target {target}.",
                                       "下級期間 {metric} 的目標合計 {sum}，低於本期目標 {target}。"};
const status::Reason kTargetUnitDiffers{StatusCode::kFailedPrecondition, "TARGET_UNIT_DIFFERS",
                                        "Its target for {metric} is in {unit}, that of {parent} in {parent_unit}.",
                                        "{metric} 的目標單位為 {unit}，而 {parent} 為 {parent_unit}。"};

namespace {

int Months(v1::PlanPeriod::Cadence cadence) {
  switch (cadence) {
    case v1::PlanPeriod::CADENCE_ANNUAL:
      return 12;
    case v1::PlanPeriod::CADENCE_QUARTERLY:
      return 3;
    default:
      return 1;
  }
}

bool Inside(const v1::PlanPeriod& child, const v1::PlanPeriod& parent) {
  return time::ToDay(child.start_date()) >= time::ToDay(parent.start_date()) &&
         time::ToDay(child.end_date()) <= time::ToDay(parent.end_date());
}

bool Overlap(const v1::PlanPeriod& a, const v1::PlanPeriod& b) {
  return time::ToDay(a.start_date()) <= time::ToDay(b.end_date()) && time::ToDay(b.start_date()) <= time::ToDay(a.end_date());
}

// Children do not overlap and lie inside the parent, so that counting days suffices.
bool Cover(const v1::PlanPeriod& parent, const std::vector<v1::PlanPeriod>& children) {
  const auto days = [](const v1::PlanPeriod& period) { return time::ToDay(period.end_date()) - time::ToDay(period.start_date()) + 1; };
  absl::civil_diff_t covered = 0;
  for (const v1::PlanPeriod& child : children) covered += days(child);
  return covered >= days(parent);
}

void CheckTarget(const v1::PlanPeriod& parent, const v1::PeriodTarget& target, const std::vector<v1::PlanPeriod>& children,
                 Defects& defects) {
  double sum = 0;
  bool same_unit = true;
  for (const v1::PlanPeriod& child : children) {
    for (const v1::PeriodTarget& part : child.targets()) {
      if (part.metric() != target.metric()) continue;
      sum += part.target();
      if (part.unit() == target.unit()) continue;
      same_unit = false;
      defects.push_back({child.name(),
                         &kTargetUnitDiffers,
                         {{"metric", part.metric()}, {"unit", part.unit()}, {"parent", parent.name()}, {"parent_unit", target.unit()}}});
    }
  }
  if (!same_unit || std::abs(sum - target.target()) <= 1e-9 * std::max(sum, target.target())) return;
  const status::Args args = {{"metric", target.metric()}, {"sum", absl::StrCat(sum)}, {"target", absl::StrCat(target.target())}};
  if (sum > target.target()) defects.push_back({parent.name(), &kTargetExceeded, args});
  if (sum < target.target() && Cover(parent, children)) defects.push_back({parent.name(), &kTargetNotCovered, args});
}

}  // namespace

absl::CivilDay LastDay(v1::PlanPeriod::Cadence cadence, absl::CivilDay start) {
  const absl::CivilMonth end = absl::CivilMonth(start) + Months(cadence);
  return absl::CivilDay(end.year(), end.month(), start.day()) - 1;
}

void CheckFields(const v1::PlanPeriod& period, status::BadFields& bad) {
  const absl::CivilDay start = time::ToDay(period.start_date());
  if (start.day() > 28) {
    bad.Add("plan_period.start_date", kPeriodStartDay);
  } else if (const absl::CivilDay end = LastDay(period.cadence(), start); time::ToDay(period.end_date()) != end) {
    bad.Add("plan_period.end_date", kPeriodLength, {{"start", time::DayText(start)}, {"end", time::DayText(end)}});
  }
  std::set<std::string> metrics;
  for (int i = 0; i < period.targets_size(); ++i) {
    const std::string& metric = period.targets(i).metric();
    if (!metrics.insert(metric).second) bad.Add(absl::StrCat("plan_period.targets[", i, "].metric"), kTargetTwice, {{"metric", metric}});
  }
}

Defects CheckFit(const v1::PlanPeriod& child, const v1::PlanPeriod& parent, const std::vector<v1::PlanPeriod>& siblings) {
  Defects defects;
  if (Months(child.cadence()) >= Months(parent.cadence())) defects.push_back({child.name(), &kPeriodCadence, {{"parent", parent.name()}}});
  if (!Inside(child, parent))
    defects.push_back({child.name(), &kPeriodOutsideParent, {{"child", child.name()}, {"parent", parent.name()}}});
  for (const v1::PlanPeriod& sibling : siblings) {
    if (sibling.name() != child.name() && Overlap(child, sibling))
      defects.push_back({child.name(), &kPeriodsOverlap, {{"other", sibling.name()}}});
  }
  return defects;
}

Defects CheckTargets(const v1::PlanPeriod& parent, const std::vector<v1::PlanPeriod>& children) {
  Defects defects;
  if (children.empty()) return defects;
  for (const v1::PeriodTarget& target : parent.targets()) {
    if (target.aggregation() != v1::PeriodTarget::AGGREGATION_LEVEL) CheckTarget(parent, target, children, defects);
  }
  return defects;
}

}  // namespace heitie::planning
