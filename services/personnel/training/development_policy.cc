#include "services/personnel/training/development_policy.h"

#include "common/status/macros.h"
#include "heitie/personnel/v1/development_policy.pb.h"
#include "services/personnel/staff/calendar.h"

namespace heitie::personnel {
namespace {

constexpr char kBusinessCalendar[] = "calendars/default";

// What each number may be says the contract, and no two of them must fit together.
absl::Status AnyTerms(const v1::DevelopmentPolicy&) { return absl::OkStatus(); }

}  // namespace

// Version 1 comes with the schema.
DevelopmentPolicies::DevelopmentPolicies(const service::Context& context, const Calendars& calendars)
    : zone_(context.time_zone), calendars_(calendars), versions_(context.store, "developmentPolicies/default", AnyTerms) {}

absl::StatusOr<absl::CivilDay> DevelopmentPolicies::WorkingDayFrom(sql::Session& sql, absl::CivilDay day, int n) const {
  ASSIGN_OR_RETURN(const auto calendar, calendars_.Named(sql, kBusinessCalendar));
  const absl::StatusOr<absl::CivilDay> found = calendar->arithmetic.WorkingDayFrom(day, n);
  if (!found.ok()) return status::Error(kBeyondCalendar, {{"calendar", kBusinessCalendar}});
  return found;
}

absl::StatusOr<absl::Time> DevelopmentPolicies::DecisionDue(sql::Session& sql, absl::Time now) const {
  ASSIGN_OR_RETURN(const v1::DevelopmentPolicy policy, InForce(sql, now));
  ASSIGN_OR_RETURN(const absl::CivilDay last, WorkingDayFrom(sql, DayOf(now), policy.decision_working_days()));
  return EndOf(last);
}

void DevelopmentPolicies::Bind(record::Methods& methods) { versions_.Bind<v1::PublishDevelopmentPolicyRequest>(methods); }

}  // namespace heitie::personnel
