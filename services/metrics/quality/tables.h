// The resources of quality, shared by the concepts that keep them, and the calendar that they go by.
#ifndef HEITIE_SERVICES_METRICS_QUALITY_TABLES_H_
#define HEITIE_SERVICES_METRICS_QUALITY_TABLES_H_

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/record/calendars.h"
#include "common/record/kind.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/inspection.pb.h"
#include "heitie/metrics/v1/inspection_template.pb.h"
#include "heitie/metrics/v1/quality_check.pb.h"
#include "heitie/metrics/v1/quality_finding.pb.h"
#include "heitie/metrics/v1/quality_result.pb.h"
#include "heitie/personnel/v1/calendar.pb.h"

namespace heitie::metrics {

extern const status::Reason kQualityInUse;  // {name} {state}: it cannot be changed

struct QualityTables {
  using QualityCalendars = record::Calendars<personnel::v1::CalendarVersion>;

  // `calendars` must outlive this.
  QualityTables(const service::Context& context, const QualityCalendars& calendars);

  // The last day of so many working days after today.
  absl::StatusOr<google::type::Date> DueDate(sql::Session& session, absl::Time now, int working_days) const;
  absl::StatusOr<absl::Time> NextRun(sql::Session& session, const v1::Recurrence& recurrence, absl::Time after) const;
  absl::CivilDay DayOf(absl::Time time) const { return absl::ToCivilDay(time, zone); }

  record::Store& store;
  const absl::TimeZone zone;
  record::Kind<v1::QualityCheck> checks;
  record::Kind<v1::QualityResult> results;
  record::Kind<v1::QualityFinding> findings;
  record::Kind<v1::InspectionTemplate> templates;
  record::Kind<v1::Inspection> inspections;
  const QualityCalendars& calendars;
};

// Whether the caller answers for figures: an analyst or a manager.
bool AnswersForQuality(const rpc::Call& call);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_QUALITY_TABLES_H_
