// What the verdicts of a gate rest on, for those who want to see it.
#ifndef HEITIE_SERVICES_ACTIVITY_LAUNCH_EXAMINATION_H_
#define HEITIE_SERVICES_ACTIVITY_LAUNCH_EXAMINATION_H_

#include "heitie/activity/v1/launch_gate_examination.pb.h"
#include "services/activity/launch/launch_gate.h"

namespace heitie::activity {

// Everything but the gate itself, of facts that were gathered in full (facts.h).
v1::LaunchGateExamination ExaminationOf(const GateFacts& facts);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_LAUNCH_EXAMINATION_H_
