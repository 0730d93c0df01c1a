// Forecasts of metrics as calls (policy M2, H1): by what rules read series by, of closed days.
#ifndef HEITIE_SERVICES_METRICS_WARNING_FORECAST_CALLS_H_
#define HEITIE_SERVICES_METRICS_WARNING_FORECAST_CALLS_H_

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/metrics/v1/forecast.pb.h"
#include "services/metrics/warning/series_reader.h"
#include "services/metrics/warning/tables.h"

namespace heitie::metrics {

// Thread-safe.
class ForecastCalls {
 public:
  ForecastCalls(const WarningTables& tables, const SeriesReader& reader) : tables_(tables), reader_(reader) {}
  void Bind(record::Methods& methods) { methods.Bind("ForecastMetric", this, &ForecastCalls::Forecast); }

 private:
  absl::StatusOr<v1::MetricForecast> Forecast(const rpc::Call& call, const v1::ForecastMetricRequest& request);

  const WarningTables& tables_;
  const SeriesReader& reader_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WARNING_FORECAST_CALLS_H_
