// Terms of service tried on a course of events (policy A3), by the code of the clocks that run.
#ifndef HEITIE_SERVICES_ACTIVITY_CLOCK_SIMULATION_H_
#define HEITIE_SERVICES_ACTIVITY_CLOCK_SIMULATION_H_

#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "heitie/activity/v1/service_simulation.pb.h"
#include "services/activity/clock/course.h"

namespace heitie::activity {

// EVENTS_NOT_ASCENDING, BAD_SIMULATED_EVENT.
void CheckSimulation(const v1::SimulateServiceClocksRequest& request, status::BadFields& bad);

// Of a request in which CheckSimulation finds nothing wrong. CALENDAR_UNKNOWN.
absl::StatusOr<v1::SimulateServiceClocksResponse> SimulateClocks(const Clockwork& work, const v1::ServicePolicy& policy,
                                                                 const v1::SimulateServiceClocksRequest& request);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_CLOCK_SIMULATION_H_
