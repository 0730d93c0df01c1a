// Rules of the law that are still ahead are told of as signals, also before anybody has said what they demand (policy R1).
#ifndef HEITIE_SERVICES_RISK_REGULATION_OUTLOOK_H_
#define HEITIE_SERVICES_RISK_REGULATION_OUTLOOK_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/service/main.h"
#include "heitie/risk/v1/regulation.pb.h"
#include "heitie/risk/v1/risk_signal.pb.h"
#include "services/risk/policy/risk_policy.h"
#include "services/risk/regulation/obligations.h"
#include "services/risk/regulation/regulations.h"
#include "services/risk/regulation/subjects.h"
#include "services/risk/signal/signals.h"

namespace heitie::risk {

// The fact that a regulation lies ahead of a subject that it would bind, by the least lead of the policy that is reached at `at`: the same
// key as what its obligations tell, so that both are one fact. One that is merely proposed is less bad than one that was enacted; proposed
// for no day it is the least bad. Nothing while no lead is reached, of one that is in force or repealed, and of one that was enacted whose
// obligations tell by themselves (`demands`). Pure.
std::optional<v1::PostRiskSignalRequest> ForesightOf(const v1::Regulation& regulation, bool demands, const std::string& subject,
                                                     const std::vector<int32_t>& lead_days, absl::TimeZone zone, absl::Time at);

// Thread-safe.
class Outlook {
 public:
  // Handles the job of a regulation: when it changes, and at each lead, what it may bind is noted as changed; and tells of what has changed
  // as the obligations list it, each fact once.
  Outlook(const service::Context& context, const Regulations& regulations, const Subjects& subjects, const RiskPolicies& policies,
          const Signals& signals, Obligations& obligations);

 private:
  // A regulation of which something is to be told now.
  struct Ahead {
    v1::Regulation regulation;
    bool demands = false;
  };

  job::Outcome Foresee(const rpc::Call& call, const std::string& regulation) const;
  // Looks at all that are ahead, for another policy may tell earlier.
  absl::Status ForeseeAll(const rpc::Call& call) const;
  absl::Status TellOf(record::Transaction& tx, const std::vector<std::string>& names) const;
  absl::StatusOr<std::vector<int32_t>> Leads(sql::Session& session, absl::Time at) const;

  record::Store& store_;
  const Regulations& regulations_;
  const Subjects& subjects_;
  const RiskPolicies& policies_;
  const Signals& signals_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGULATION_OUTLOOK_H_
