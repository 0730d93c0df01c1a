// The times within which risks are seen to, as versions (policy R1, R2, R3), and the working days by which they count.
#ifndef HEITIE_SERVICES_RISK_POLICY_RISK_POLICY_H_
#define HEITIE_SERVICES_RISK_POLICY_RISK_POLICY_H_

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/event/mirror.h"
#include "common/record/calendars.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "common/service/main.h"
#include "heitie/personnel/v1/calendar.pb.h"
#include "heitie/risk/v1/risk_policy.pb.h"

namespace heitie::risk {

// Thread-safe.
class RiskPolicies {
 public:
  explicit RiskPolicies(const service::Context& context);
  void Bind(record::Methods& methods);
  absl::StatusOr<v1::RiskPolicy> InForce(sql::Session& session, absl::Time at) const { return versions_.InForce(session, at); }
  // The day that lies so many working days of the policy's calendar after that of `now`. CALENDAR_UNKNOWN.
  absl::StatusOr<absl::CivilDay> DueDay(sql::Session& session, const v1::RiskPolicy& policy, int32_t working_days, absl::Time now) const;
  // When so much time of the policy's calendar will have been worked after `now`. CALENDAR_UNKNOWN.
  absl::StatusOr<absl::Time> DueTime(sql::Session& session, const v1::RiskPolicy& policy, absl::Duration working, absl::Time now) const;
  // So many days after `now`, or where nobody works then the beginning of the next working day of the policy's calendar. CALENDAR_UNKNOWN.
  absl::StatusOr<absl::Time> ReviewTime(sql::Session& session, const v1::RiskPolicy& policy, int32_t days, absl::Time now) const;
  // In which days begin.
  absl::TimeZone zone() const { return zone_; }

 private:
  const absl::TimeZone zone_;
  record::RuleSet<v1::RiskPolicy> versions_;
  // Personnel's. Until the service has heard from personnel for the first time, it knows the version that the suite comes with.
  event::Mirror<personnel::v1::CalendarVersion> calendar_versions_;
  record::Calendars<personnel::v1::CalendarVersion> calendars_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_POLICY_RISK_POLICY_H_
