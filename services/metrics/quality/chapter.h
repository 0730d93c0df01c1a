#ifndef HEITIE_SERVICES_METRICS_QUALITY_CHAPTER_H_
#define HEITIE_SERVICES_METRICS_QUALITY_CHAPTER_H_

#include "common/record/methods.h"
#include "common/service/main.h"
#include "services/metrics/quality/finding.h"
#include "services/metrics/quality/inspection.h"
#include "services/metrics/quality/quality_check.h"
#include "services/metrics/quality/tables.h"

namespace heitie::metrics {

// Whether the data are right (policy M1, W12). Not to be moved: its concepts refer to each other. Thread-safe.
struct QualityChapter {
  QualityChapter(const service::Context& context, const QualityTables::QualityCalendars& calendars)
      : tables(context, calendars),
        findings(context, tables),
        checks(context, tables, findings),
        inspections(context, tables, checks, findings) {}
  QualityChapter(const QualityChapter&) = delete;
  QualityChapter& operator=(const QualityChapter&) = delete;

  void Bind(record::Methods& methods) {
    checks.Bind(methods);
    findings.Bind(methods);
    inspections.Bind(methods);
  }

  QualityTables tables;
  QualityFindings findings;
  QualityChecks checks;
  Inspections inspections;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_QUALITY_CHAPTER_H_
