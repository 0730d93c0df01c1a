// What of the facts of W1 no longer holds for an activity that runs, and what is to be done about it. Pure; fact_watch.h does it.
#ifndef HEITIE_SERVICES_ACTIVITY_WATCH_LAPSE_H_
#define HEITIE_SERVICES_ACTIVITY_WATCH_LAPSE_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "services/activity/launch/launch_gate.h"

namespace heitie::activity {

// The facts that are watched, but for the risks (reactions.h): plan, budget, materials, staff.
bool IsWatched(v1::Precondition precondition);

// What is to be done about one watched fact.
struct Standing {
  enum class Kind {
    kHolds,    // or is waived
    kUnknown,  // nobody knows: it tells nothing
    kLapsed,   // an incident
  };
  v1::Precondition precondition = v1::PRECONDITION_UNSPECIFIED;
  Kind kind = Kind::kHolds;
  // The verdict in plain English.
  std::string sentence;
  // From when on a LIVE activity is paused for it: at once, of a person who is lost when the first hour begins that nobody covers.
  absl::Time pause_time = absl::InfiniteFuture();
};
// By the verdicts of a gate on these facts, in the order of the preconditions.
std::vector<Standing> StandingOf(const GateFacts& facts, const std::vector<v1::PreconditionVerdict>& verdicts);

// When the staff is missing first: the start of the first shift that lacks somebody or of the first gap, without shifts the first day on
// which somebody is not qualified; infinitely late when nobody is missing.
absl::Time UncoveredFrom(const GateFacts& facts);

// The episode that stands for a fact of an activity, and the one that stands for its hours that nobody covers.
std::string SignalOf(const std::string& activity, v1::Precondition precondition);
std::string UncoveredSignalOf(const std::string& activity);
// "What it was launched on no longer holds: BUDGET", at most 120 characters.
std::string TitleOf(v1::Precondition precondition);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_WATCH_LAPSE_H_
