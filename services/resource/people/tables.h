// The resources of people as a resource, shared by the concepts that keep them, and the facts that they rest on.
#ifndef HEITIE_SERVICES_RESOURCE_PEOPLE_TABLES_H_
#define HEITIE_SERVICES_RESOURCE_PEOPLE_TABLES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/event/mirror.h"
#include "common/record/calendars.h"
#include "common/record/kind.h"
#include "common/record/rule_set.h"
#include "common/service/main.h"
#include "heitie/personnel/v1/calendar.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/resource/v1/staff_load.pb.h"
#include "services/resource/people/capacity.h"
#include "services/resource/people/planning.h"

namespace heitie::resource {

extern const status::Reason kRateTwice;  // {position} {department}

inline constexpr char kShippedStaffPolicy[] = "staffPolicies/default";
// By which people work; a calendar of its own for each person is not known.
inline constexpr char kStaffCalendar[] = "calendars/default";

struct StaffTables {
  explicit StaffTables(const service::Context& context);

  absl::CivilDay Today(const rpc::Call& call) const { return absl::ToCivilDay(call.now, zone); }
  // All that is known of people now. UNAVAILABLE, MIRROR_INCOMPLETE or CALENDAR_UNKNOWN, while it is not here yet.
  absl::StatusOr<StaffFacts> Facts(sql::Session& session, absl::Time now) const;
  // The person-days in force from `first` to `last`, by employee, day and demand; of everybody.
  absl::StatusOr<std::vector<PersonDay>> DaysBetween(sql::Session& session, absl::CivilDay first, absl::CivilDay last) const;
  // The same of a plan.
  absl::StatusOr<std::vector<PersonDay>> DaysOfPlan(sql::Session& session, const std::string& plan, absl::CivilDay first) const;
  // What a plan of these demands is computed from. All open ones that have days there where none is named.
  absl::StatusOr<PlanInput> Input(sql::Session& session, absl::Time now, const v1::StaffPlan& plan) const;

  record::Store& store;
  const absl::TimeZone zone;
  record::Kind<v1::StaffDemand> demands;
  record::Kind<v1::StaffPlan> plans;
  record::Kind<v1::StaffOverload> overloads;
  record::RuleSet<v1::StaffPolicy> policies;
  event::Mirror<personnel::v1::Employee> employees;
  event::Mirror<personnel::v1::Position> positions;
  event::Mirror<personnel::v1::Certificate> certificates;
  event::Mirror<personnel::v1::CalendarVersion> calendar_versions;
  event::Mirror<activity::v1::Activity> activities;
  event::Mirror<activity::v1::Shift> shifts;
  event::Mirror<planning::v1::Project> projects;
  event::Mirror<planning::v1::Scheme> schemes;
  record::Calendars<personnel::v1::CalendarVersion> calendars;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PEOPLE_TABLES_H_
