#ifndef HEITIE_SERVICES_METRICS_WARNING_CHAPTER_H_
#define HEITIE_SERVICES_METRICS_WARNING_CHAPTER_H_

#include "common/service/main.h"
#include "services/metrics/warning/alert.h"
#include "services/metrics/warning/alert_rule.h"
#include "services/metrics/warning/forecast_calls.h"
#include "services/metrics/warning/rule_judging.h"
#include "services/metrics/warning/series_reader.h"
#include "services/metrics/warning/tables.h"

namespace heitie::metrics {

// Early warning (policy H1, M2, W4). Not to be moved: its concepts refer to each other. Thread-safe.
struct WarningChapter {
  WarningChapter(const service::Context& context, const record::Kind<v1::MetricDefinition>& definitions, const Segments& segments,
                 LookAt look, FindSourceState state)
      : tables(context, definitions, segments.kind()),
        reader(context.store, std::move(look), std::move(state), segments, context.time_zone),
        alerts(context, tables),
        judging(context, tables, alerts, reader),
        rules(tables, alerts, judging),
        forecasts(tables, reader) {}
  WarningChapter(const WarningChapter&) = delete;
  WarningChapter& operator=(const WarningChapter&) = delete;

  void Bind(record::Methods& methods) {
    alerts.Bind(methods);
    forecasts.Bind(methods);
    rules.Bind(methods);
  }

  WarningTables tables;
  SnapshotReader reader;
  Alerts alerts;
  RuleJudging judging;
  AlertRules rules;
  ForecastCalls forecasts;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WARNING_CHAPTER_H_
