#include "services/risk/policy/risk_policy.h"

#include "common/status/macros.h"

namespace heitie::risk {

namespace {

// Beyond the days that a calendar knows.
constexpr absl::CivilDay kLastDay(2399, 12, 31);

}  // namespace

RiskPolicies::RiskPolicies(const service::Context& context)
    : zone_(context.time_zone),
      versions_(context.store, "riskPolicies/shipped", [](const v1::RiskPolicy&) { return absl::OkStatus(); }),
      calendar_versions_(context, "personnel"),
      calendars_(calendar_versions_.table(), [this](sql::Session& session, const std::string& tail, const sql::Values& values) {
        return calendar_versions_.SelectKnown(session, tail, values);
      }) {}

absl::StatusOr<absl::CivilDay> RiskPolicies::DueDay(sql::Session& session, const v1::RiskPolicy& policy, int32_t working_days,
                                                    absl::Time now) const {
  ASSIGN_OR_RETURN(const auto calendar, calendars_.Named(session, policy.calendar()));
  return calendar->arithmetic.WorkingDayFrom(absl::ToCivilDay(now, zone_), working_days).value_or(kLastDay);
}

absl::StatusOr<absl::Time> RiskPolicies::DueTime(sql::Session& session, const v1::RiskPolicy& policy, absl::Duration working,
                                                 absl::Time now) const {
  ASSIGN_OR_RETURN(const auto calendar, calendars_.Named(session, policy.calendar()));
  return calendar->arithmetic.After(now, working).value_or(absl::FromCivil(kLastDay, zone_));
}

absl::StatusOr<absl::Time> RiskPolicies::ReviewTime(sql::Session& session, const v1::RiskPolicy& policy, int32_t days,
                                                    absl::Time now) const {
  const absl::Time due = now + absl::Hours(24) * days;
  ASSIGN_OR_RETURN(const auto calendar, calendars_.Named(session, policy.calendar()));
  const absl::CivilDay day = absl::ToCivilDay(due, zone_);
  if (calendar->arithmetic.IsWorkingDay(day)) return due;
  // A calendar that knows no later day moves nothing.
  const absl::StatusOr<absl::CivilDay> next = calendar->arithmetic.WorkingDayFrom(day, 1);
  return next.ok() ? absl::FromCivil(*next, zone_) : due;
}

void RiskPolicies::Bind(record::Methods& methods) { versions_.Bind<v1::PublishRiskPolicyRequest>(methods); }

}  // namespace heitie::risk
