// The figures of a finished activity (policy A4): where they come from, and targets against what was reached.
#ifndef HEITIE_SERVICES_ACTIVITY_REVIEW_FIGURES_H_
#define HEITIE_SERVICES_ACTIVITY_REVIEW_FIGURES_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/service/main.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/report.pb.h"

namespace heitie::activity {

extern const status::Reason kFiguresMissing;  // {service} {why}
extern const status::Reason kFiguresRefused;  // {service} {why}

// Whether success is the target or less.
bool IsCeiling(const v1::Target& target);

// The figures of a metric definition, or null.
const v1::ReportMetric* FindMetric(const v1::ReportSnapshot& snapshot, const std::string& metric);

// A target against the figures.
v1::TargetResult Compare(const v1::Target& target, const v1::ReportSnapshot& snapshot);

// Reads every figure of `activity` from metrics and resource and what project and scheme are called and promised, and compares targets and
// forecasts. `report` names the metric of the benefit, if any. Blocks.
absl::StatusOr<v1::ReportSnapshot> TakeSnapshot(const service::Context& context, const rpc::Call& call, const v1::Activity& activity,
                                                const v1::Report& report);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_REVIEW_FIGURES_H_
