// Simulations of what several risks cost together, as jobs with progress and an end (policy R2).
#ifndef HEITIE_SERVICES_RISK_EXPOSURE_LOSS_SIMULATION_H_
#define HEITIE_SERVICES_RISK_EXPOSURE_LOSS_SIMULATION_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "heitie/risk/v1/loss_simulation.pb.h"
#include "services/risk/exposure/loss_estimate.h"
#include "services/risk/exposure/portfolio.h"
#include "services/risk/register/restriction.h"

namespace heitie::risk {

const record::StateMachine& LossSimulationMachine();

// What is drawn, with the estimates in the order of the risks. CURRENCY_RATE_MISSING, CURRENCY_RATE_TWICE, NOT_IN_SIMULATION,
// RISK_HAS_OTHER_CAUSE, RISK_HAS_OTHER_LIMIT, COMMON_CAUSE_IMPOSSIBLE, SIMULATION_TOO_LARGE. Pure.
absl::StatusOr<Portfolio> PortfolioOf(const v1::LossSimulation& simulation, const std::vector<v1::LossEstimate>& estimates);

// Thread-safe.
class LossSimulations {
 public:
  LossSimulations(record::Store& store, const LossEstimates& estimates, const Restriction& restriction);
  void Bind(record::Methods& methods);
  void Handle(job::Runner& jobs);

 private:
  // A run in this process's memory, which goes on with each portion of its job.
  struct Held;

  absl::Status Create(record::Transaction& tx, v1::LossSimulation& simulation);
  absl::StatusOr<v1::LossSimulation> Cancel(record::Transaction& tx, const v1::CancelLossSimulationRequest& request);
  absl::Status MarkStale(sql::Session& session, v1::LossSimulation& simulation) const;
  absl::StatusOr<std::vector<v1::LossEstimate>> EstimatesOf(sql::Session& session, const v1::LossSimulation& simulation) const;
  job::Outcome Draw(const rpc::Call& call, const job::Job& job);
  // nullptr while others take the room that there is.
  std::shared_ptr<Held> Hold(const std::string& name);
  void Forget(const std::string& name);

  record::Store& store_;
  const LossEstimates& estimates_;
  record::Kind<v1::LossSimulation> simulations_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Held>> held_;  // guarded by mutex_
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_EXPOSURE_LOSS_SIMULATION_H_
