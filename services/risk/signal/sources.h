// The services that risk follows for facts that may be signs of a risk (policy R1).
#ifndef HEITIE_SERVICES_RISK_SIGNAL_SOURCES_H_
#define HEITIE_SERVICES_RISK_SIGNAL_SOURCES_H_

#include "absl/time/time.h"
#include "common/service/main.h"
#include "services/risk/signal/signals.h"

namespace heitie::risk {

// What happened longer ago is history: whoever follows a service for the first time reads all of it.
inline constexpr absl::Duration kOldestFact = absl::Hours(24 * 30);

// Tells what happens in planning, resource, personnel, metrics and activity to the signals, each once, whoever is away meanwhile.
void FollowSources(const service::Context& context, Signals& signals);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_SIGNAL_SOURCES_H_
