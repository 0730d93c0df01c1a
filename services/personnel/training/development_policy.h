// Terms of training, onboarding and staffing as versions of a rule set, and the deadlines that follow from them (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_DEVELOPMENT_POLICY_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_DEVELOPMENT_POLICY_H_

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/record/calendars.h"
#include "common/record/rule_set.h"
#include "common/service/main.h"
#include "heitie/personnel/v1/calendar.pb.h"
#include "heitie/personnel/v1/development_policy.pb.h"

namespace heitie::personnel {

// Thread-safe.
class DevelopmentPolicies {
 public:
  using Calendars = record::Calendars<v1::CalendarVersion>;

  // Deadlines count by the working days of `calendars/default`.
  DevelopmentPolicies(const service::Context& context, const Calendars& calendars);
  void Bind(record::Methods& methods);
  // The version in force at an instant; there always is one.
  absl::StatusOr<v1::DevelopmentPolicy> InForce(sql::Session& sql, absl::Time at) const { return versions_.InForce(sql, at); }
  // When what comes up at an instant is to be decided: the end of the last of the working days that the version in force gives.
  absl::StatusOr<absl::Time> DecisionDue(sql::Session& sql, absl::Time now) const;
  // The n-th working day after a day; for 0 the day itself.
  absl::StatusOr<absl::CivilDay> WorkingDayFrom(sql::Session& sql, absl::CivilDay day, int n) const;
  // The midnight with which a day ends, in the business time zone.
  absl::Time EndOf(absl::CivilDay day) const { return absl::FromCivil(day + 1, zone_); }
  absl::CivilDay DayOf(absl::Time time) const { return absl::ToCivilDay(time, zone_); }

 private:
  const absl::TimeZone zone_;
  const Calendars& calendars_;
  record::RuleSet<v1::DevelopmentPolicy> versions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_DEVELOPMENT_POLICY_H_
