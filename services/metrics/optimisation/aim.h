// What is to be judged: metrics, plan and wishes, of a measure or of a change that is none (policy M3). Pure functions.
#ifndef HEITIE_SERVICES_METRICS_OPTIMISATION_AIM_H_
#define HEITIE_SERVICES_METRICS_OPTIMISATION_AIM_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/analysis_plan.pb.h"
#include "heitie/metrics/v1/metric_definition.pb.h"

namespace heitie::metrics {

extern const status::Reason kDesignMissing;
extern const status::Reason kSameVariant;  // {variant}
extern const status::Reason kBadShares;
extern const status::Reason kBadPlanDates;     // {days}
extern const status::Reason kUnitOnBothSides;  // {unit}
extern const status::Reason kMetricMissing;    // {metric}
extern const status::Reason kNotComparable;    // {metric} {why}

struct Aim {
  v1::ComparedMetric target;
  v1::Direction direction = v1::DIRECTION_UNSPECIFIED;
  double smallest_effect = 0;
  std::vector<v1::Guardrail> guardrails;
  v1::AnalysisPlan plan;
  // Of every metric that is named, by which it is judged.
  std::vector<v1::FrozenMetric> metrics;
  // How often the plan was changed after the start.
  int plan_changes = 0;
};

v1::Design DesignOf(const v1::AnalysisPlan& plan);
// Target, further primary metrics and guardrails, in this order, which is that of their effects everywhere.
std::vector<v1::ComparedMetric> ComparedIn(const Aim& aim);
// How many of them are primary.
int PrimaryIn(const Aim& aim);
// The definition by which the metric is judged; one of the aim.
const v1::FrozenMetric& MetricIn(const Aim& aim, const std::string& metric);

// The variants of an experiment, the control first, and the shares of users that they are to have.
std::vector<std::string> VariantsOf(const v1::RandomisedPlan& plan);
std::vector<double> SharesOf(const v1::RandomisedPlan& plan);

// The last day that the plan needs.
absl::CivilDay LastDayOf(const v1::AnalysisPlan& plan);

// Where the parts of an aim stand in a request.
struct AimFields {
  std::string target, target_denominator, guardrails, plan;
};

// Looks definitions up; NOT_FOUND for one that is not there.
using FindMetric = std::function<absl::StatusOr<v1::MetricDefinition>(const std::string&)>;

// What the contract's rules cannot say of plan and metrics, as violations of fields: DESIGN_MISSING, SAME_VARIANT, BAD_SHARES,
// BAD_PLAN_DATES, UNIT_ON_BOTH_SIDES, METRIC_MISSING, NOT_COMPARABLE. Sets the aim's metrics as they are defined now. Another error is the
// database's.
absl::Status Settle(const FindMetric& find, const AimFields& fields, Aim& aim, status::BadFields& bad);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_OPTIMISATION_AIM_H_
