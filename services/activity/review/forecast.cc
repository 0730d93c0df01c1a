#include "services/activity/review/forecast.h"

#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/activity/review/figures.h"

namespace heitie::activity {

using v1::ForecastResult;
using v1::Target;

void SetError(ForecastResult& result) {
  result.clear_error();
  result.clear_ratio();
  if (!result.has_forecast() || !result.has_actual() || result.forecast() == 0) return;
  result.set_error((result.actual() - result.forecast()) / result.forecast());
  result.set_ratio(result.actual() / result.forecast());
}

std::string BenefitMetricOf(const v1::Report& report, const v1::ReportSnapshot& snapshot, const std::string& currency_code) {
  if (!report.benefit_metric().empty() || currency_code.empty()) return report.benefit_metric();
  std::string only;
  for (const v1::TargetResult& result : snapshot.results()) {
    const v1::ReportMetric* const metric = FindMetric(snapshot, result.target().metric());
    if (metric == nullptr || metric->currency_code() != currency_code) continue;
    if (!only.empty()) return "";
    only = metric->metric();
  }
  return only;
}

std::vector<ForecastResult> ForecastsOf(const v1::ReportSnapshot& snapshot, const planning::v1::Scheme* scheme,
                                        const std::string& currency_code, const std::string& benefit_metric) {
  const v1::Activity& activity = snapshot.activity();
  std::vector<ForecastResult> forecasts;
  for (const v1::TargetResult& result : snapshot.results()) {
    ForecastResult& forecast = forecasts.emplace_back();
    forecast.set_kind(ForecastResult::KIND_TARGET);
    forecast.set_measure(result.target().measure());
    forecast.set_metric(result.target().metric());
    forecast.set_forecast(result.target().target());
    if (result.has_actual()) forecast.set_actual(result.actual());
    const v1::ReportMetric* const metric = FindMetric(snapshot, result.target().metric());
    if (result.target().measure() == Target::MEASURE_COST) forecast.set_currency_code(snapshot.costs().currency_code());
    if (metric != nullptr) forecast.set_currency_code(metric->currency_code());
    forecast.set_source(activity.name());
    forecast.set_source_version(activity.etag());
  }
  if (!activity.budget().empty()) {
    ForecastResult& cost = forecasts.emplace_back();
    cost.set_kind(ForecastResult::KIND_COST);
    cost.set_forecast(static_cast<double>(snapshot.costs().planned_minor()));
    cost.set_actual(static_cast<double>(snapshot.costs().actual_minor()));
    cost.set_currency_code(snapshot.costs().currency_code());
    cost.set_source(activity.name());
    cost.set_source_version(activity.etag());
  }
  const bool promised = scheme != nullptr && scheme->feasibility().total_benefit_minor() > 0;
  if (promised || !benefit_metric.empty()) {
    ForecastResult& benefit = forecasts.emplace_back();
    benefit.set_kind(ForecastResult::KIND_BENEFIT);
    benefit.set_metric(benefit_metric);
    if (scheme != nullptr) {
      benefit.set_forecast(static_cast<double>(scheme->feasibility().total_benefit_minor()));
      benefit.set_source(scheme->name());
      benefit.set_source_version(scheme->etag());
    }
    const v1::ReportMetric* const metric = FindMetric(snapshot, benefit_metric);
    if (metric != nullptr && metric->has_value() && metric->currency_code() == currency_code) benefit.set_actual(metric->value());
    benefit.set_currency_code(currency_code);
  }
  for (ForecastResult& forecast : forecasts) SetError(forecast);
  return forecasts;
}

int LiveDays(const v1::Activity& activity) {
  if (!activity.has_launch_time() || !activity.has_close_time()) return 0;
  const absl::TimeZone zone = time::ZoneOf(activity.time_zone());
  return static_cast<int>(absl::ToCivilDay(time::ToTime(activity.close_time()), zone) -
                          absl::ToCivilDay(time::ToTime(activity.launch_time()), zone)) +
         1;
}

}  // namespace heitie::activity
