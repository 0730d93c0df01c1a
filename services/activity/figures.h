// The figures of a finished activity (policy A4): where they come from, and targets against what was reached.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/service/main.h"
#include "heitie/activity/v1/report.pb.h"

namespace heitie::activity {

extern const status::Reason kFiguresMissing;  // {service} {why}
extern const status::Reason kFiguresRefused;  // {service} {why}

// Figures of metric definitions by name; without a value where it is undefined.
using MetricFigures = std::map<std::string, std::optional<double>>;

// A target against the figures.
v1::TargetResult Compare(const v1::Target& target, const v1::ReportSnapshot& snapshot, const MetricFigures& metrics);

// Reads every figure of `activity` from metrics and resource, and compares its targets. Blocks.
absl::StatusOr<v1::ReportSnapshot> TakeSnapshot(const service::Context& context, const rpc::Call& call, const v1::Activity& activity);

}  // namespace heitie::activity
