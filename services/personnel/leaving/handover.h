// Handovers: personnel decides who takes over what somebody who leaves answers for, and keeps what became of it (policy W14). Each service
// carries out its own part (common/people/handovers.h).
#ifndef HEITIE_SERVICES_PERSONNEL_LEAVING_HANDOVER_H_
#define HEITIE_SERVICES_PERSONNEL_LEAVING_HANDOVER_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/event/reactions.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/personnel/v1/handover.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/type/v1/handover.pb.h"
#include "services/personnel/leaving/handover_policy.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/step.h"
#include "services/personnel/training/certificate.h"

namespace heitie::personnel {

const record::StateMachine& HandoverMachine();
const record::StateMachine& HandoverItemMachine();

// Thread-safe.
class Handovers {
 public:
  // Follows what the other services report, and opens a handover with each leave date.
  Handovers(const service::Context& context, Employees& employees, const record::Kind<v1::Position>& positions,
            const Certificates& certificates, const Steps& steps, const HandoverPolicies& policies);
  void Bind(record::Methods& methods);

 private:
  absl::Status OnLeaveDate(record::Transaction& tx, const v1::Employee& employee);
  absl::Status Update(record::Transaction& tx, const v1::Handover& before, v1::Handover& after);
  absl::StatusOr<v1::HandoverItem> Settle(record::Transaction& tx, const v1::SettleHandoverItemRequest& request);
  // Keeps its job and its pending step in step.
  absl::Status Follow(record::Transaction& tx, const v1::Handover& after);
  // What a day makes of it: successions that have come into force, and the state when the last day is over.
  absl::Status ShowDay(record::Transaction& tx, v1::Handover& handover, const v1::Employee& employee);
  // Who gets what is left over: who leads the employee on the last day, or further above, and is employed on the next and today, else a
  // manager.
  absl::StatusOr<std::string> FallbackFor(sql::Session& session, const v1::Employee& employee, absl::CivilDay leave,
                                          absl::CivilDay today) const;
  absl::Status CheckSuccessor(record::Transaction& tx, const v1::Handover& handover, const std::string& path,
                              const v1::Succession& succession, status::BadFields& bad) const;
  job::Outcome Advance(const rpc::Call& call, const job::Job& job);
  // For leave dates that were recorded before there were handovers.
  job::Outcome OpenMissing(const rpc::Call& call);
  // What reports that are taken in one transaction have read, so that none of them reads it again.
  struct Read {
    std::map<std::string, v1::Handover> handovers;  // those that are there
    std::map<std::string, v1::HandoverItem> items;
    // In force when the first of them that is to be decided was reported.
    std::optional<v1::HandoverPolicy> policy;
  };
  absl::Status TakeReports(record::Transaction& tx, const std::vector<event::Change<type::v1::HandoverReport>>& reports);
  absl::Status TakeReport(record::Transaction& tx, const type::v1::HandoverReport& report, absl::Time at, Read& read);
  absl::Status TakeFinish(record::Transaction& tx, const std::string& handover, const std::string& service);
  absl::CivilDay DayOf(absl::Time time) const { return absl::ToCivilDay(time, zone_); }
  absl::Time BeginOf(absl::CivilDay day) const { return absl::FromCivil(day, zone_); }

  record::Store& store_;
  const absl::TimeZone zone_;
  Employees& employees_;
  const record::Kind<v1::Position>& positions_;
  const Certificates& certificates_;
  const Steps& steps_;
  const HandoverPolicies& policies_;
  record::Kind<v1::Handover> handovers_;
  record::Kind<v1::HandoverItem> items_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_LEAVING_HANDOVER_H_
