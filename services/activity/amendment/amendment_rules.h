// Amendments of the scope of an activity that runs (policy W1, W3), as pure functions: what they change, what is to be held for them, and
// which verdicts count. amendment.h carries them out.
#ifndef HEITIE_SERVICES_ACTIVITY_AMENDMENT_AMENDMENT_RULES_H_
#define HEITIE_SERVICES_ACTIVITY_AMENDMENT_AMENDMENT_RULES_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/record/state_machine.h"
#include "common/status/status.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/amendment.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/resource/v1/allotment.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "services/activity/launch/saga.h"

namespace heitie::activity {

extern const status::Reason kNotRunning;          // {activity} {state}
extern const status::Reason kNothingAmended;      // {activity}
extern const status::Reason kEndPassed;           // {end}
extern const status::Reason kBudgetFixed;         // {budget}
extern const status::Reason kAmendedByHand;       // {activity}
extern const status::Reason kOwnAmendment;        // {amendment} {proposer}
extern const status::Reason kAmendmentUnderWay;   // {activity} {amendment}
extern const status::Reason kScopeChanged;        // {amendment}
extern const status::Reason kAmendmentRefused;    // {activity} {preconditions}
extern const status::Reason kAmendedBelowUse;     // {used}
extern const status::Reason kAmendmentGivenUp;    // {amendment}: nobody answered in time
extern const status::Reason kAmendmentOvertaken;  // {activity}: it ended or changed while the amendment was carried out

const record::StateMachine& AmendmentMachine();

v1::ActivityScope CurrentScope(const v1::Activity& activity);
// Staff that the amendment leaves as it was stays as it is by now, since people who leave are succeeded in the meantime.
void Amend(const v1::Amendment& amendment, v1::Activity& activity);
// Whether the activity's scope is still that of the proposal, apart from staff that the amendment does not change.
bool IsScopeOf(const v1::Amendment& amendment, const v1::Activity& activity);

// The rules of a proposal for an activity that is LIVE or PAUSED: INVALID_FIELDS with all that is wrong; NOT_RUNNING, NOTHING_AMENDED,
// AMENDED_BY_HAND.
absl::Status CheckProposal(const v1::Amendment& amendment, const v1::Activity& activity, absl::Time now);

// Those of the gate's verdicts that decide: what it takes is judged by taking it, and incidents are for whoever resumes the activity.
std::vector<v1::PreconditionVerdict> Deciding(const std::vector<v1::PreconditionVerdict>& verdicts);
// What of materials and money is changed by the amendment and not waived.
Wanted AmendedParts(const v1::Amendment& amendment, const std::vector<v1::PreconditionVerdict>& verdicts);

// What an activity of that scope is to hold of what is wanted.
resource::v1::Allotment NeedsOf(const v1::Activity& activity, const v1::ActivityScope& scope, const Wanted& wanted,
                                const absl::TimeZone& zone);
// What is held while nobody knows yet which scope will hold: of each item and of the money the greater amount, until the later day.
resource::v1::Allotment Both(const resource::v1::Allotment& before, const resource::v1::Allotment& after);
// Whether less is needed after than both.
bool GivesBack(const resource::v1::Allotment& both, const resource::v1::Allotment& after);
// What an allotment is to hold after it was taken too much for: nothing that it does not hold, and of nothing more than before.
resource::v1::Allotment AtMost(const resource::v1::Allotment& held, const resource::v1::Allotment& before);
// What is to be held less of than was handed out or spent already; AMENDED_BELOW_USE, one verdict for each precondition.
std::vector<v1::PreconditionVerdict> BelowUse(const resource::v1::Allotment& after, const Wanted& wanted,
                                              const resource::v1::Reservation& reservation, const resource::v1::Encumbrance& encumbrance,
                                              status::Language language);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_AMENDMENT_AMENDMENT_RULES_H_
