// A hook for tests that kill the process at a named point, to show that what was begun is finished by the next process (W2).
//
// When the environment variable HEITIE_CRASH_AT equals the point's name, the process gets SIGKILL there. With HEITIE_CRASH_ONCE set to
// a file's path that happens only while the file does not exist, and creates it, so that the restarted process passes.
// Without HEITIE_CRASH_AT a point costs one look into the environment.
//
// The points of a launch: launch.begun; launch.<step>.done (the other service has acted, this one has not noted it) and
// launch.<step>.noted, with <step> one of check_gate, take_allotment, recheck_gate, confirm_allotment, go_live;
// launch.take_allotment.given_back (released, not noted). Of the end of an activity: settle.begun, settle.allotment_released.
// Of an amendment: amendment.begun; amendment.<state>.done and amendment.<state>.noted, with <state> one of checking, taking, applying,
// settling, giving_back.
#ifndef HEITIE_SERVICES_ACTIVITY_LAUNCH_FAULT_POINT_H_
#define HEITIE_SERVICES_ACTIVITY_LAUNCH_FAULT_POINT_H_

#include <string>

namespace heitie::activity {

void FaultPoint(const std::string& name);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_LAUNCH_FAULT_POINT_H_
