#include "services/activity/adjustment/adjustment_rules.h"

#include <algorithm>
#include <set>

#include "common/time/day.h"

namespace heitie::activity {

using metrics::v1::AnalysisPlan;
using metrics::v1::ComparedMetric;
using v1::Adjustment;

const status::Reason kMethodMissing{absl::StatusCode::kInvalidArgument, "METHOD_MISSING",
                                    "The plan is randomised, difference-in-differences, or before and after.",
                                    "分析計畫須為隨機、雙重差分或前後比較其中之一。"};
const status::Reason kEvaluatedBeforeData{absl::StatusCode::kInvalidArgument, "EVALUATED_BEFORE_DATA",
                                          "The plan needs data until {day}; it is evaluated after that.",
                                          "分析計畫需要至 {day} 的資料，評估日期須在其後。"};

namespace {

std::set<std::string> PrimaryMetrics(const Adjustment& adjustment) {
  std::set<std::string> names;
  const auto add = [&](const ComparedMetric& metric) {
    names.insert(metric.metric());
    if (!metric.denominator_metric().empty()) names.insert(metric.denominator_metric());
  };
  add(adjustment.metric());
  for (const auto& further : adjustment.plan().further_metrics()) add(further.metric());
  return names;
}

// What was proposed, as bytes to compare.
std::string ProposalOf(const Adjustment& adjustment) {
  Adjustment part;
  part.set_hypothesis(adjustment.hypothesis());
  part.set_change(adjustment.change());
  *part.mutable_metric() = adjustment.metric();
  part.set_direction(adjustment.direction());
  part.set_smallest_effect(adjustment.smallest_effect());
  *part.mutable_plan() = adjustment.plan();
  *part.mutable_evaluation_date() = adjustment.evaluation_date();
  part.set_incident(adjustment.incident());
  return part.SerializeAsString();
}

}  // namespace

ComparedDays DaysOf(const AnalysisPlan& plan) {
  switch (plan.design_case()) {
    case AnalysisPlan::kRandomised: {
      const auto& trial = plan.randomised();
      const absl::CivilDay start = time::ToDay(trial.start_date());
      return {start - trial.covariate_days(), start, time::ToDay(trial.end_date()) + (trial.window_hours() + 23) / 24};
    }
    case AnalysisPlan::kDifferenceInDifferences: {
      const auto& units = plan.difference_in_differences();
      const absl::CivilDay change = time::ToDay(units.change_date());
      return {change - int64_t{units.period_days()} * units.periods_before(), change,
              change + int64_t{units.period_days()} * units.periods_after() - 1};
    }
    case AnalysisPlan::kBeforeAfter: {
      const auto& series = plan.before_after();
      const absl::CivilDay change = time::ToDay(series.change_date());
      return {change - series.days_before(), change, change + series.days_after() - 1};
    }
    case AnalysisPlan::DESIGN_NOT_SET:
      break;
  }
  return {};
}

bool IsInTheWay(const ComparedDays& of, const ComparedDays& other) {
  const bool overlap = std::max(of.change, other.change) <= std::min(of.last, other.last);
  return overlap || (of.first <= other.change && other.change <= of.last);
}

bool ShareMetric(const Adjustment& a, const Adjustment& b) {
  const std::set<std::string> names = PrimaryMetrics(a);
  const std::set<std::string> others = PrimaryMetrics(b);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return others.count(name) > 0; });
}

absl::Status CheckAdjustment(const Adjustment& adjustment) {
  status::BadFields bad;
  if (adjustment.plan().design_case() == AnalysisPlan::DESIGN_NOT_SET) {
    bad.Add("adjustment.plan", kMethodMissing);
  } else {
    const absl::CivilDay last = DaysOf(adjustment.plan()).last;
    if (time::ToDay(adjustment.evaluation_date()) <= last) {
      bad.Add("adjustment.evaluation_date", kEvaluatedBeforeData, {{"day", time::DayText(last)}});
    }
  }
  return bad.status();
}

bool ChangesProposal(const Adjustment& before, const Adjustment& after) { return ProposalOf(before) != ProposalOf(after); }

metrics::v1::Strength StrengthOf(metrics::v1::Strength of_verdict, bool confounded) {
  const bool more = of_verdict == metrics::v1::STRENGTH_STRONG || of_verdict == metrics::v1::STRENGTH_MODERATE;
  return confounded && more ? metrics::v1::STRENGTH_WEAK : of_verdict;
}

}  // namespace heitie::activity
