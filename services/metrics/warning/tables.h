// The resources of early warning, shared by the concepts that keep them, and personnel's facts that they rest on.
#ifndef HEITIE_SERVICES_METRICS_WARNING_TABLES_H_
#define HEITIE_SERVICES_METRICS_WARNING_TABLES_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/event/mirror.h"
#include "common/record/calendars.h"
#include "common/record/kind.h"
#include "common/record/rule_set.h"
#include "common/service/main.h"
#include "heitie/metrics/v1/alert.pb.h"
#include "heitie/metrics/v1/alert_rule.pb.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/segment.pb.h"
#include "heitie/metrics/v1/warning_policy.pb.h"
#include "heitie/personnel/v1/calendar.pb.h"
#include "heitie/personnel/v1/duty.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "services/metrics/warning/detector.h"
#include "services/metrics/warning/duty_holder.h"

namespace heitie::metrics {

inline constexpr char kShippedWarningPolicy[] = "warningPolicies/default";
inline constexpr char kWarningCalendar[] = "calendars/default";

struct WarningTables {
  WarningTables(const service::Context& context, const record::Kind<v1::MetricDefinition>& definitions,
                const record::Kind<v1::Segment>& segments);

  // What is known of people; before personnel's history has been read, less than all.
  absl::StatusOr<StaffFacts> Staff(sql::Session& session) const;
  // What sort of day each is by the calendar of the suite; before it has arrived, empty.
  absl::StatusOr<std::function<DayKind(absl::CivilDay)>> KindsOfDays(const rpc::Call& call) const;
  // So many working minutes later, by the calendar of the suite.
  absl::StatusOr<absl::Time> AfterWorkingMinutes(sql::Session& session, absl::Time from, int minutes) const;

  record::Store& store;
  const absl::TimeZone zone;
  const record::Kind<v1::MetricDefinition>& definitions;
  const record::Kind<v1::Segment>& segments;
  record::Kind<v1::AlertRule> rules;
  record::Kind<v1::Alert> alerts;
  record::RuleSet<v1::WarningPolicy> policies;
  event::Mirror<personnel::v1::Employee> employees;
  event::Mirror<personnel::v1::Position> positions;
  event::Mirror<personnel::v1::Rota> rotas;
  event::Mirror<personnel::v1::CalendarVersion> calendar_versions;
  record::Calendars<personnel::v1::CalendarVersion> calendars;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WARNING_TABLES_H_
