#ifndef HEITIE_SERVICES_METRICS_CLOSING_CHAPTER_H_
#define HEITIE_SERVICES_METRICS_CLOSING_CHAPTER_H_

#include "services/metrics/closing/month.h"
#include "services/metrics/closing/official_metric.h"
#include "services/metrics/closing/restatement.h"

namespace heitie::metrics {

// Figures that were signed off and never move (policy M2, W10). Not to be moved: its concepts refer to each other. Thread-safe.
struct ClosingChapter {
  ClosingChapter(const service::Context& context, const record::Kind<v1::MetricDefinition>& definitions, const Questions& questions)
      : metrics(context.store, definitions, questions), months(context, questions, metrics), restatements(context, questions, months) {}
  ClosingChapter(const ClosingChapter&) = delete;
  ClosingChapter& operator=(const ClosingChapter&) = delete;

  void Bind(record::Methods& methods) {
    metrics.Bind(methods);
    months.Bind(methods);
  }

  OfficialMetrics metrics;
  MonthClosings months;
  Restatements restatements;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_CLOSING_CHAPTER_H_
