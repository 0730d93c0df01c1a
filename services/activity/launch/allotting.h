// What an activity takes of the resource service, in its terms: one request for materials, money and people's days (policy W2). Launches
// and amendments use it.
#ifndef HEITIE_SERVICES_ACTIVITY_LAUNCH_ALLOTTING_H_
#define HEITIE_SERVICES_ACTIVITY_LAUNCH_ALLOTTING_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/service/main.h"
#include "common/status/reason.h"
#include "google/type/date.pb.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/resource/v1/allotment.pb.h"
#include "services/activity/launch/saga.h"

namespace heitie::activity {

// By which an activity's allotment names its money.
inline constexpr char kMoneyCode[] = "activity";

// The last day on which the activity uses its materials, in the business time zone; an end at midnight does not begin a day.
google::type::Date LastDayOfUse(const v1::Activity& activity, const absl::TimeZone& zone);

// What the activity is to hold of what is wanted, drawn first on what its project holds: subject, materials, money, people.
resource::v1::Allotment AllotmentFor(const v1::Activity& activity, const Wanted& wanted, const absl::TimeZone& zone);

// The encumbrance of an allotment's money; empty without.
std::string EncumbranceOf(const resource::v1::Allotment& allotment);

// The preconditions that a refusal of an allotment stands for, each once: of what its conditions name, else of what was wanted first.
std::vector<v1::Precondition> PreconditionsOf(const absl::Status& refusal, const Wanted& wanted);
// What it says: sentence by sentence in English, in Chinese what is short with the reason, for another service answers in one language.
status::Words ShortagesIn(const absl::Status& refusal);

// The verdicts that a refusal stands for: what the gate says of these preconditions where it says that they are not met, otherwise what the
// refusal says.
std::vector<v1::PreconditionVerdict> RefusedAllotment(const absl::Status& refusal, const Wanted& wanted,
                                                      const std::vector<v1::PreconditionVerdict>& gate, status::Language language);

// Gives back what is left of an allotment; one that does not exist, or holds nothing any more, is fine; so is an empty name.
absl::Status ReleaseAllotment(const service::Context& context, const rpc::Call& call, const std::string& name,
                              const std::string& request_id, const std::string& reason);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_LAUNCH_ALLOTTING_H_
