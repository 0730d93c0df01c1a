// The launch as a saga (policy W2), as pure functions over its record: which step is next, and what the record is after it.
// launch.h performs the steps.
//
// Forward the steps run in their order. A step that is refused makes the saga compensate: what was done, or may have been done, is given
// back in reverse order. Only taking takes something, and releasing it also undoes the confirmation.
//
// A launch takes what it needs by one request, an allotment. One that a process of the version before has begun takes goods and money one
// by one; its steps say so, and it is finished as it was begun.
#ifndef HEITIE_SERVICES_ACTIVITY_LAUNCH_SAGA_H_
#define HEITIE_SERVICES_ACTIVITY_LAUNCH_SAGA_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"

namespace heitie::activity {

// How long a launch may take to find the gate open, and then again to go live: what it reserves and pre-commits expires after this, so that
// a saga that nobody resumes holds nothing.
inline constexpr absl::Duration kLaunchValidity = absl::Minutes(5);

// A launch of `activity` with all of its steps to do; those that it does not need are skipped. `id` is the last segment of its name and
// of what it takes.
v1::Launch NewLaunch(const v1::Activity& activity, const std::string& id, const std::string& launcher, bool scheduled, absl::Time now);

// The next step to take (RUNNING) or to give back (COMPENSATING); none when the launch is over.
std::optional<v1::LaunchStep::Kind> NextStep(const v1::Launch& launch);

// What the launch of `activity` is to take, now that the gate has been checked: what a waiver covers is not taken.
struct Wanted {
  bool materials = false, money = false, people = false;
  bool any() const { return materials || money || people; }
};
Wanted WantedBy(const v1::Launch& launch, const v1::Activity& activity);

// The outcome of the step that NextStep named.
// Done: taken. Of CHECK_GATE and RECHECK_GATE with the verdicts; what was waived is not taken.
void NoteDone(v1::Launch& launch, absl::Time now);
void NoteGate(v1::Launch& launch, const v1::Activity& activity, const std::vector<v1::PreconditionVerdict>& verdicts, absl::Time now);
// The allotment was taken: what it holds is known.
void NoteTaken(v1::Launch& launch, const std::string& reservation, const std::string& encumbrance, absl::Time now);
// Refused: nothing was taken by this step. `verdicts` say why. The launch compensates, or has failed when there is nothing to give back.
void NoteRefused(v1::Launch& launch, const std::vector<v1::PreconditionVerdict>& verdicts, absl::Time now);
// No answer came in time: the step may have been taken.
void NoteUncertain(v1::Launch& launch, const std::vector<v1::PreconditionVerdict>& verdicts, absl::Time now);
// Given back. The launch has failed when it was the last.
void NoteGivenBack(v1::Launch& launch, absl::Time now);

bool IsOver(const v1::Launch& launch);
v1::LaunchStep::State StateOf(const v1::Launch& launch, v1::LaunchStep::Kind kind);

// What the launch has taken so far, by name; empty for nothing.
std::string TakenReservation(const v1::Launch& launch);
std::string TakenEncumbrance(const v1::Launch& launch);
std::string TakenAllotment(const v1::Launch& launch);

// "reserve_materials".
std::string StepName(v1::LaunchStep::Kind kind);
// The request_id of a step's call and of its compensation: the same however often it is repeated, at most 64 characters.
std::string RequestIdOf(const v1::Launch& launch, v1::LaunchStep::Kind kind, bool compensation);
// The precondition that a refusal of the step stands for.
v1::Precondition PreconditionOf(v1::LaunchStep::Kind kind);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_LAUNCH_SAGA_H_
