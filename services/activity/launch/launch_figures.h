// What operators see of launches under way.
#ifndef HEITIE_SERVICES_ACTIVITY_LAUNCH_LAUNCH_FIGURES_H_
#define HEITIE_SERVICES_ACTIVITY_LAUNCH_LAUNCH_FIGURES_H_

#include "common/record/store.h"

namespace heitie::activity {

// heitie_sagas_open by state and heitie_sagas_oldest_seconds, of all replicas, from now on among the metrics; `store` must live as long as
// the process. A launch is over within minutes: one that is older is stuck.
void ShowLaunches(record::Store& store);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_LAUNCH_LAUNCH_FIGURES_H_
