#include "services/metrics/quality/tables.h"

#include "common/status/macros.h"
#include "common/time/day.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/quality/finding.h"
#include "services/metrics/quality/inspection.h"
#include "services/metrics/quality/quality_check.h"
#include "services/metrics/quality/recurrence.h"

namespace heitie::metrics {

const status::Reason kQualityInUse{absl::StatusCode::kFailedPrecondition, "QUALITY_IN_USE", "{name} is {state} and cannot be changed.",
                                   "{name} 狀態為 {state}，不可變更。"};

namespace {
constexpr char kQualityCalendar[] = "calendars/default";
}  // namespace

QualityTables::QualityTables(const service::Context& context, const QualityCalendars& calendars_of)
    : store(context.store),
      zone(context.time_zone),
      checks(store, &QualityCheckMachine()),
      results(store),
      findings(store, &QualityFindingMachine()),
      templates(store, &InspectionTemplateMachine()),
      inspections(store, &InspectionMachine()),
      calendars(calendars_of) {}

absl::StatusOr<google::type::Date> QualityTables::DueDate(sql::Session& session, absl::Time now, int working_days) const {
  ASSIGN_OR_RETURN(const auto calendar, calendars.Named(session, kQualityCalendar));
  ASSIGN_OR_RETURN(const absl::CivilDay day, calendar->arithmetic.WorkingDayFrom(DayOf(now), working_days));
  return time::ToDate(day);
}

absl::StatusOr<absl::Time> QualityTables::NextRun(sql::Session& session, const v1::Recurrence& recurrence, absl::Time after) const {
  ASSIGN_OR_RETURN(const auto calendar, calendars.Named(session, kQualityCalendar));
  return NextOccurrence(recurrence, calendar->arithmetic, zone, after);
}

bool AnswersForQuality(const rpc::Call& call) {
  return call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER) || call.principal.Has(options::v1::ROLE_DATA_ANALYST);
}

}  // namespace heitie::metrics
