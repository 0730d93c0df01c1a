// Who stands in for somebody is told what waits for them when the absence begins (W14); what comes to wait meanwhile they are told as it
// comes (tell.h).
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_ABSENCES_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_ABSENCES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/job/runner.h"
#include "services/planning/notice/tell.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

// A stretch of a day in which somebody stands in for somebody else.
struct StandingIn {
  std::string person, deputy;
  absl::CivilDay first, last;
};
// Of the absences that cover this day and name a deputy.
std::vector<StandingIn> StandingInOn(const std::vector<personnel::v1::Employee>& employees, absl::CivilDay day);

// Thread-safe.
class AbsenceReminders {
 public:
  AbsenceReminders(const service::Context& context, Tables& tables, const Notices& notices);
  AbsenceReminders(const AbsenceReminders&) = delete;

 private:
  job::Outcome RemindAll(const rpc::Call& call) const;
  absl::Status Remind(record::Transaction& tx, const StandingIn& one) const;
  // Names of what waits for somebody to act.
  static absl::StatusOr<std::vector<std::string>> WaitingFor(sql::Session& session, const std::string& person);

  Tables& tables_;
  const Notices& notices_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_ABSENCES_H_
