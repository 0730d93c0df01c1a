#include "services/metrics/warning/tables.h"

#include "common/status/macros.h"
#include "common/time/business_calendar.h"
#include "services/metrics/warning/alert.h"
#include "services/metrics/warning/alert_rule.h"

namespace heitie::metrics {

WarningTables::WarningTables(const service::Context& context, const record::Kind<v1::MetricDefinition>& definitions_of,
                             const record::Kind<v1::Segment>& segments_of)
    : store(context.store),
      zone(context.time_zone),
      definitions(definitions_of),
      segments(segments_of),
      rules(store, &AlertRuleMachine()),
      alerts(store, &AlertMachine()),
      policies(store, kShippedWarningPolicy, [](const v1::WarningPolicy&) { return absl::OkStatus(); }),
      employees(context, "personnel"),
      positions(context, "personnel"),
      rotas(context, "personnel"),
      calendar_versions(context, "personnel"),
      calendars(calendar_versions.table(), [this](sql::Session& session, const std::string& tail, const sql::Values& values) {
        return calendar_versions.SelectKnown(session, tail, values);
      }) {}

absl::StatusOr<StaffFacts> WarningTables::Staff(sql::Session& session) const {
  StaffFacts facts;
  ASSIGN_OR_RETURN(std::vector<personnel::v1::Employee> people, employees.SelectKnown(session, ""));
  for (personnel::v1::Employee& person : people) {
    const std::string name = person.name();
    facts.people.emplace(name, std::move(person));
  }
  ASSIGN_OR_RETURN(facts.positions, positions.SelectKnown(session, ""));
  ASSIGN_OR_RETURN(facts.rotas, rotas.SelectKnown(session, "WHERE name > ? AND name < ?", record::ChildRange(kWarningDuty, "rotas")));
  return facts;
}

absl::StatusOr<std::function<DayKind(absl::CivilDay)>> WarningTables::KindsOfDays(const rpc::Call& call) const {
  std::function<DayKind(absl::CivilDay)> kinds;
  ASSIGN_OR_RETURN(const std::shared_ptr<const time::NamedCalendar> calendar,
                   store.Read(call, [&](sql::Session& session) { return calendars.Find(session, kWarningCalendar); }));
  if (calendar == nullptr) return kinds;
  kinds = [calendar](absl::CivilDay day) {
    const absl::Weekday weekday = absl::GetWeekday(day);
    const bool weekend = weekday == absl::Weekday::saturday || weekday == absl::Weekday::sunday;
    const bool worked = calendar->arithmetic.IsWorkingDay(day);
    if (worked && weekend) return DayKind::kMadeUp;
    return !worked && !weekend ? DayKind::kDayOff : DayKind::kByWeekday;
  };
  return kinds;
}

absl::StatusOr<absl::Time> WarningTables::AfterWorkingMinutes(sql::Session& session, absl::Time from, int minutes) const {
  ASSIGN_OR_RETURN(const auto calendar, calendars.Named(session, kWarningCalendar));
  return calendar->arithmetic.After(from, absl::Minutes(minutes));
}

}  // namespace heitie::metrics
