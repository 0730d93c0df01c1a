// Gathers what the launch gate judges by, from the services that know it, in parallel.
#ifndef HEITIE_SERVICES_ACTIVITY_LAUNCH_FACTS_H_
#define HEITIE_SERVICES_ACTIVITY_LAUNCH_FACTS_H_

#include <string>

#include "common/service/main.h"
#include "services/activity/launch/launch_gate.h"

namespace heitie::activity {

// A call of this service's own, for the same trace and language: what the gate says must not depend on who asks, and what a launch
// takes is taken by the service (the launch names its launcher).
rpc::Call AsService(const rpc::Call& call);

// Thread-safe.
class FactGatherer {
 public:
  explicit FactGatherer(service::Context context) : context_(std::move(context)) {}

  // How much is gathered: what the verdicts need, or also the stock and the budget of a launched activity, which its verdicts no longer
  // need.
  enum class Extent { kVerdicts, kFull };

  // Completes `facts`, of which activity, moment and the local resources are set. `reservation` and `encumbrance` name what the launch has
  // taken so far, empty for nothing. A service that does not answer within 3 s leaves an error in its place. Blocks.
  void Gather(const rpc::Call& call, const std::string& reservation, const std::string& encumbrance, Extent extent, GateFacts& facts) const;

 private:
  service::Context context_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_LAUNCH_FACTS_H_
