// How an application moves and what it has reached (policy H2). Pure functions.
#ifndef HEITIE_SERVICES_PERSONNEL_CANDIDATE_PIPELINE_H_
#define HEITIE_SERVICES_PERSONNEL_CANDIDATE_PIPELINE_H_

#include <string>

#include "absl/time/time.h"
#include "common/record/state_machine.h"
#include "heitie/personnel/v1/application.pb.h"

namespace heitie::personnel {

// Verbs: screen, interview; make_offer, accept_offer, hire, decline_offer, retract_offer and close, by what becomes of offers and
// requisitions; reject, withdraw; return_to_applied, return_to_screening.
const record::StateMachine& ApplicationMachine();

bool IsLive(v1::Application::State state);

// The furthest stage that was reached and not retracted.
v1::Stage FurthestStage(const v1::Application& application);

// Writes into the history what a verb that has moved the application means for its stages: a stage is reached, unless it is one that counts
// already, or those beyond one are retracted. An offer that was declined was made; one that was retracted was not.
void NoteStages(v1::Application& application, const std::string& verb, absl::Time time, const std::string& actor);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CANDIDATE_PIPELINE_H_
