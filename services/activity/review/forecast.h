// What was forecast against what came (policy A4, W13), and on how many days an activity was live.
#ifndef HEITIE_SERVICES_ACTIVITY_REVIEW_FORECAST_H_
#define HEITIE_SERVICES_ACTIVITY_REVIEW_FORECAST_H_

#include <optional>
#include <string>
#include <vector>

#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/report.pb.h"
#include "heitie/planning/v1/scheme.pb.h"

namespace heitie::activity {

// Sets error = (actual − forecast) ÷ forecast and ratio = actual ÷ forecast where both figures are known and the forecast is not 0.
void SetError(v1::ForecastResult& result);

// The metric that says what the activity brought: the one asked for, else the only metric of a target that is in the currency. Empty: none.
std::string BenefitMetricOf(const v1::Report& report, const v1::ReportSnapshot& snapshot, const std::string& currency_code);

// The forecasts of the snapshot's activity: each target, its cost if money pays for it, and the benefit if the scheme tells one or a metric
// of it is there. `scheme`: null when it is gone. `currency_code`: the project's, empty when it is gone; a metric in another currency, or
// of no money, is no figure of the benefit.
std::vector<v1::ForecastResult> ForecastsOf(const v1::ReportSnapshot& snapshot, const planning::v1::Scheme* scheme,
                                            const std::string& currency_code, const std::string& benefit_metric);

// The days, in the activity's time zone, from that of the launch to that of the end, both included; 0 when it was not launched and ended.
int LiveDays(const v1::Activity& activity);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_REVIEW_FORECAST_H_
