#include "services/metrics/optimisation/aim.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/status/die.h"
#include "common/status/macros.h"
#include "common/time/day.h"

namespace heitie::metrics {

const status::Reason kDesignMissing{absl::StatusCode::kInvalidArgument, "DESIGN_MISSING",
                                    "Choose a randomised design, difference-in-differences, or before and after.",
                                    "請選擇隨機分組、雙重差分或前後比較。"};
const status::Reason kSameVariant{absl::StatusCode::kInvalidArgument, "SAME_VARIANT", "{variant} cannot be two arms at once.",
                                  "{variant} 不可同時為兩個組別。"};
const status::Reason kBadShares{absl::StatusCode::kInvalidArgument, "BAD_SHARES", "The shares of the arms leave nothing for the others.",
                                "各組占比之和須小於 1。"};
const status::Reason kBadPlanDates{absl::StatusCode::kInvalidArgument, "BAD_PLAN_DATES",
                                   "The last day is not before the first, and at most {days} days after it.",
                                   "最後一天不可早於第一天，且至多在其後 {days} 天。"};
const status::Reason kUnitOnBothSides{absl::StatusCode::kInvalidArgument, "UNIT_ON_BOTH_SIDES",
                                      "{unit} stands among the units with the change and among those without it.",
                                      "{unit} 同時列於有變更與無變更的單位。"};
// Means what UNKNOWN_METRIC means, which whatever is new reports; clients know measures by this one.
const status::Reason kMetricMissing{absl::StatusCode::kInvalidArgument, "METRIC_MISSING", "There is no metric {metric}.",
                                    "沒有指標 {metric}。"};
const status::Reason kNotComparable{absl::StatusCode::kInvalidArgument, "NOT_COMPARABLE",
                                    "{metric} cannot be compared by this design: {why}.", "{metric} 無法以此設計比較：{why}。"};

using v1::MetricDefinition;

namespace {

constexpr int kMostExposureDays = 400;

const status::Phrase kNoUserFigure{"measurements have no users", "測量值沒有使用者"};
const status::Phrase kNoExtremes{"smallest and greatest values have no mean over users", "最小值與最大值沒有使用者平均"};
const status::Phrase kNoRatioOfMeans{"a mean of values is a ratio already", "平均值本身已是比率"};
const status::Phrase kRatiosNeedUsers{"ratios of two metrics need users who were randomised", "兩個指標的比率須以隨機分組的使用者計算"};

void CheckRandomised(const std::string& field, const v1::RandomisedPlan& plan, status::BadFields& bad) {
  if (plan.control() == plan.treatment()) bad.Add(field + ".treatment", kSameVariant, {{"variant", plan.control()}});
  std::set<std::string> variants = {plan.control(), plan.treatment()};
  for (int i = 0; i < plan.further_treatments_size(); ++i) {
    const std::string& variant = plan.further_treatments(i).variant();
    if (variants.insert(variant).second) continue;
    bad.Add(absl::StrCat(field, ".further_treatments[", i, "].variant"), kSameVariant, {{"variant", variant}});
  }
  const std::vector<double> shares = SharesOf(plan);
  if (std::any_of(shares.begin(), shares.end(), [](double share) { return share < 0.0005; })) {
    bad.Add(field + ".further_treatments", kBadShares);
  }
  const auto days = time::ToDay(plan.end_date()) - time::ToDay(plan.start_date());
  if (days < 0 || days > kMostExposureDays) bad.Add(field + ".end_date", kBadPlanDates, {{"days", kMostExposureDays}});
}

void CheckUnits(const std::string& field, const v1::DifferencePlan& plan, status::BadFields& bad) {
  const std::set<std::string> treated(plan.treated_units().begin(), plan.treated_units().end());
  for (int i = 0; i < plan.other_units_size(); ++i) {
    if (treated.count(plan.other_units(i)) == 0) continue;
    bad.Add(absl::StrCat(field, ".other_units[", i, "]"), kUnitOnBothSides, {{"unit", plan.other_units(i)}});
  }
}

void CheckPlan(const std::string& field, const v1::AnalysisPlan& plan, status::BadFields& bad) {
  switch (plan.design_case()) {
    case v1::AnalysisPlan::kRandomised:
      return CheckRandomised(field + ".randomised", plan.randomised(), bad);
    case v1::AnalysisPlan::kDifferenceInDifferences:
      return CheckUnits(field + ".difference_in_differences", plan.difference_in_differences(), bad);
    case v1::AnalysisPlan::kBeforeAfter:
      return;
    case v1::AnalysisPlan::DESIGN_NOT_SET:
      bad.Add(field, kDesignMissing);
  }
}

// Why a metric has no figure of each user; nullptr when it has one.
const status::Phrase* NoUserFigureOf(const v1::FrozenMetric& metric, bool in_ratio) {
  if (metric.event_name().empty()) return &kNoUserFigure;
  switch (metric.aggregation()) {
    case MetricDefinition::AGGREGATION_MIN:
    case MetricDefinition::AGGREGATION_MAX:
      return &kNoExtremes;
    case MetricDefinition::AGGREGATION_AVERAGE:
      return in_ratio ? &kNoRatioOfMeans : nullptr;
    default:
      return nullptr;
  }
}

// Finds a metric, as a violation of `field` when it is not there.
absl::StatusOr<bool> TakeMetric(const FindMetric& find, const std::string& field, const std::string& name, Aim& aim,
                                status::BadFields& bad) {
  const auto known = [&](const v1::FrozenMetric& metric) { return metric.metric() == name; };
  if (std::any_of(aim.metrics.begin(), aim.metrics.end(), known)) return true;
  const absl::StatusOr<MetricDefinition> found = find(name);
  if (absl::IsNotFound(found.status())) {
    bad.Add(field, kMetricMissing, {{"metric", name}});
    return false;
  }
  RETURN_IF_ERROR(found.status());
  v1::FrozenMetric& metric = aim.metrics.emplace_back();
  metric.set_metric(name);
  metric.set_event_name(found->event_name());
  metric.set_measurement_name(found->measurement_name());
  metric.set_aggregation(found->aggregation());
  metric.set_unit(found->unit());
  return true;
}

// The fields of a compared metric in a request.
struct Place {
  std::string metric, denominator;
};

std::vector<Place> PlacesOf(const AimFields& fields, const Aim& aim) {
  std::vector<Place> places = {{fields.target, fields.target_denominator}};
  for (int i = 0; i < aim.plan.further_metrics_size(); ++i) {
    const std::string path = absl::StrCat(fields.plan, ".further_metrics[", i, "].metric");
    places.push_back({path + ".metric", path + ".denominator_metric"});
  }
  for (size_t i = 0; i < aim.guardrails.size(); ++i) {
    const std::string path = absl::StrCat(fields.guardrails, "[", i, "].metric");
    places.push_back({path + ".metric", path + ".denominator_metric"});
  }
  return places;
}

}  // namespace

v1::Design DesignOf(const v1::AnalysisPlan& plan) {
  switch (plan.design_case()) {
    case v1::AnalysisPlan::kRandomised:
      return v1::DESIGN_RANDOMISED;
    case v1::AnalysisPlan::kDifferenceInDifferences:
      return v1::DESIGN_DIFFERENCE_IN_DIFFERENCES;
    case v1::AnalysisPlan::kBeforeAfter:
      return v1::DESIGN_BEFORE_AFTER;
    case v1::AnalysisPlan::DESIGN_NOT_SET:
      break;
  }
  return v1::DESIGN_UNSPECIFIED;
}

std::vector<v1::ComparedMetric> ComparedIn(const Aim& aim) {
  std::vector<v1::ComparedMetric> metrics = {aim.target};
  for (const v1::FurtherMetric& further : aim.plan.further_metrics()) metrics.push_back(further.metric());
  for (const v1::Guardrail& guardrail : aim.guardrails) metrics.push_back(guardrail.metric());
  return metrics;
}

std::vector<std::string> VariantsOf(const v1::RandomisedPlan& plan) {
  std::vector<std::string> variants = {plan.control(), plan.treatment()};
  for (const v1::FurtherTreatment& further : plan.further_treatments()) variants.push_back(further.variant());
  return variants;
}

std::vector<double> SharesOf(const v1::RandomisedPlan& plan) {
  std::vector<std::optional<double>> set(2);
  if (plan.has_treatment_share()) set[1] = plan.treatment_share();
  for (const v1::FurtherTreatment& further : plan.further_treatments()) {
    set.push_back(further.has_share() ? std::optional(further.share()) : std::nullopt);
  }
  double rest = 1;
  for (const auto& share : set) rest -= share.value_or(0);
  const auto open = static_cast<double>(std::count(set.begin(), set.end(), std::nullopt));
  std::vector<double> shares;
  for (const auto& share : set) shares.push_back(share.value_or(rest / open));
  return shares;
}

int PrimaryIn(const Aim& aim) { return 1 + aim.plan.further_metrics_size(); }

const v1::FrozenMetric& MetricIn(const Aim& aim, const std::string& metric) {
  for (const v1::FrozenMetric& frozen : aim.metrics) {
    if (frozen.metric() == metric) return frozen;
  }
  status::Die("metrics", "an aim without the definition of " + metric);
}

absl::CivilDay LastDayOf(const v1::AnalysisPlan& plan) {
  switch (plan.design_case()) {
    case v1::AnalysisPlan::kRandomised:
      return time::ToDay(plan.randomised().end_date()) + (plan.randomised().window_hours() + 23) / 24;
    case v1::AnalysisPlan::kDifferenceInDifferences: {
      const v1::DifferencePlan& units = plan.difference_in_differences();
      return time::ToDay(units.change_date()) + units.period_days() * units.periods_after() - 1;
    }
    case v1::AnalysisPlan::kBeforeAfter:
      return time::ToDay(plan.before_after().change_date()) + plan.before_after().days_after() - 1;
    case v1::AnalysisPlan::DESIGN_NOT_SET:
      break;
  }
  return absl::CivilDay(1970, 1, 1);
}

absl::Status Settle(const FindMetric& find, const AimFields& fields, Aim& aim, status::BadFields& bad) {
  CheckPlan(fields.plan, aim.plan, bad);
  aim.metrics.clear();
  const bool randomised = aim.plan.has_randomised();
  const std::vector<v1::ComparedMetric> compared = ComparedIn(aim);
  const std::vector<Place> places = PlacesOf(fields, aim);
  for (size_t i = 0; i < compared.size(); ++i) {
    const std::string &metric = compared[i].metric(), &denominator = compared[i].denominator_metric();
    const auto refuse = [&](const std::string& field, const std::string& name, const status::Phrase& why) {
      bad.Add(field, kNotComparable, {{"metric", name}, {"why", why}});
    };
    ASSIGN_OR_RETURN(const bool found, TakeMetric(find, places[i].metric, metric, aim, bad));
    if (found && randomised) {
      if (const auto* why = NoUserFigureOf(MetricIn(aim, metric), !denominator.empty())) refuse(places[i].metric, metric, *why);
    }
    if (denominator.empty()) continue;
    ASSIGN_OR_RETURN(const bool divided, TakeMetric(find, places[i].denominator, denominator, aim, bad));
    if (!divided) continue;
    if (!randomised) {
      refuse(places[i].denominator, metric, kRatiosNeedUsers);
    } else if (const auto* why = NoUserFigureOf(MetricIn(aim, denominator), true)) {
      refuse(places[i].denominator, denominator, *why);
    }
  }
  return absl::OkStatus();
}

}  // namespace heitie::metrics
