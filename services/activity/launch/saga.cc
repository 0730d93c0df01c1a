#include "services/activity/launch/saga.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/record/store.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"

namespace heitie::activity {

using v1::Launch;
using v1::LaunchStep;

namespace {

constexpr auto kSteps =
    std::to_array<LaunchStep::Kind>({LaunchStep::KIND_CHECK_GATE, LaunchStep::KIND_TAKE_ALLOTMENT, LaunchStep::KIND_RECHECK_GATE,
                                     LaunchStep::KIND_CONFIRM_ALLOTMENT, LaunchStep::KIND_GO_LIVE});

bool IsTaking(LaunchStep::Kind kind) {
  return kind == LaunchStep::KIND_TAKE_ALLOTMENT || kind == LaunchStep::KIND_RESERVE_MATERIALS || kind == LaunchStep::KIND_PRE_COMMIT_MONEY;
}

bool IsToGiveBack(const LaunchStep& step) {
  return IsTaking(step.kind()) && (step.state() == LaunchStep::STATE_DONE || step.state() == LaunchStep::STATE_UNCERTAIN);
}

LaunchStep* StepOf(Launch& launch, LaunchStep::Kind kind) {
  for (LaunchStep& step : *launch.mutable_steps()) {
    if (step.kind() == kind) return &step;
  }
  return nullptr;
}

void Set(Launch& launch, LaunchStep::Kind kind, LaunchStep::State state, absl::Time now) {
  LaunchStep* const step = StepOf(launch, kind);
  if (step == nullptr) return;
  step->set_state(state);
  *step->mutable_finish_time() = time::ToTimestamp(now);
}

void Skip(Launch& launch, std::initializer_list<LaunchStep::Kind> kinds, absl::Time now) {
  for (LaunchStep::Kind kind : kinds) Set(launch, kind, LaunchStep::STATE_SKIPPED, now);
}

void SkipMaterials(Launch& launch, absl::Time now) {
  Skip(launch, {LaunchStep::KIND_RESERVE_MATERIALS, LaunchStep::KIND_CONFIRM_RESERVATION}, now);
  launch.clear_reservation();
}

void SkipMoney(Launch& launch, absl::Time now) {
  Skip(launch, {LaunchStep::KIND_PRE_COMMIT_MONEY, LaunchStep::KIND_COMMIT_MONEY}, now);
  launch.clear_encumbrance();
}

void SkipAllotment(Launch& launch, absl::Time now) {
  Skip(launch, {LaunchStep::KIND_TAKE_ALLOTMENT, LaunchStep::KIND_CONFIRM_ALLOTMENT}, now);
  launch.clear_allotment();
}

bool IsWaived(const Launch& launch, v1::Precondition precondition) {
  for (const v1::PreconditionVerdict& verdict : launch.verdicts()) {
    if (verdict.precondition() == precondition) return verdict.verdict() == v1::VERDICT_WAIVED;
  }
  return false;
}

void SetVerdicts(Launch& launch, const std::vector<v1::PreconditionVerdict>& verdicts) {
  launch.mutable_verdicts()->Assign(verdicts.begin(), verdicts.end());
}

void FailWhenNothingIsLeft(Launch& launch) {
  launch.set_state(Launch::STATE_COMPENSATING);
  if (!NextStep(launch).has_value()) launch.set_state(Launch::STATE_FAILED);
}

bool IsTaken(const Launch& launch, LaunchStep::Kind kind) { return StateOf(launch, kind) == LaunchStep::STATE_DONE; }

}  // namespace

Launch NewLaunch(const v1::Activity& activity, const std::string& id, const std::string& launcher, bool scheduled, absl::Time now) {
  Launch launch;
  launch.set_name(absl::StrCat(activity.name(), "/launches/", id));
  launch.set_launcher(launcher);
  launch.set_scheduled(scheduled);
  launch.set_state(Launch::STATE_RUNNING);
  launch.set_allotment(absl::StrCat("allotments/launch-", id));
  *launch.mutable_expire_time() = time::ToTimestamp(now + kLaunchValidity);
  for (LaunchStep::Kind kind : kSteps) {
    LaunchStep* const step = launch.add_steps();
    step->set_kind(kind);
    step->set_state(LaunchStep::STATE_PENDING);
  }
  if (!WantedBy(launch, activity).any()) SkipAllotment(launch, now);
  return launch;
}

Wanted WantedBy(const Launch& launch, const v1::Activity& activity) {
  return {.materials = !activity.bill_of_materials().empty() && !IsWaived(launch, v1::PRECONDITION_MATERIALS),
          .money = activity.budget_amount_minor() > 0 && !IsWaived(launch, v1::PRECONDITION_BUDGET),
          .people = !activity.staff_plan().empty() && !IsWaived(launch, v1::PRECONDITION_STAFF_QUALIFIED)};
}

std::optional<LaunchStep::Kind> NextStep(const Launch& launch) {
  if (launch.state() == Launch::STATE_RUNNING) {
    for (const LaunchStep& step : launch.steps()) {
      if (step.state() == LaunchStep::STATE_PENDING) return step.kind();
    }
  }
  if (launch.state() == Launch::STATE_COMPENSATING) {
    for (int i = launch.steps_size() - 1; i >= 0; --i) {
      if (IsToGiveBack(launch.steps(i))) return launch.steps(i).kind();
    }
  }
  return std::nullopt;
}

void NoteDone(Launch& launch, absl::Time now) {
  Set(launch, *NextStep(launch), LaunchStep::STATE_DONE, now);
  if (!NextStep(launch).has_value()) launch.set_state(Launch::STATE_SUCCEEDED);
}

void NoteTaken(Launch& launch, const std::string& reservation, const std::string& encumbrance, absl::Time now) {
  launch.set_reservation(reservation);
  launch.set_encumbrance(encumbrance);
  NoteDone(launch, now);
}

void NoteGate(Launch& launch, const v1::Activity& activity, const std::vector<v1::PreconditionVerdict>& verdicts, absl::Time now) {
  const bool first = NextStep(launch) == LaunchStep::KIND_CHECK_GATE;
  SetVerdicts(launch, verdicts);
  NoteDone(launch, now);
  if (!first) return;
  // Nothing was taken yet: what is taken from now on has its full time, however long the gate could not be asked.
  *launch.mutable_expire_time() = time::ToTimestamp(now + kLaunchValidity);
  for (const v1::PreconditionVerdict& verdict : verdicts) {
    if (verdict.verdict() != v1::VERDICT_WAIVED) continue;
    if (verdict.precondition() == v1::PRECONDITION_MATERIALS) SkipMaterials(launch, now);
    if (verdict.precondition() == v1::PRECONDITION_BUDGET) SkipMoney(launch, now);
  }
  if (!WantedBy(launch, activity).any()) SkipAllotment(launch, now);
}

void NoteRefused(Launch& launch, const std::vector<v1::PreconditionVerdict>& verdicts, absl::Time now) {
  Set(launch, *NextStep(launch), LaunchStep::STATE_REFUSED, now);
  SetVerdicts(launch, verdicts);
  FailWhenNothingIsLeft(launch);
}

void NoteUncertain(Launch& launch, const std::vector<v1::PreconditionVerdict>& verdicts, absl::Time now) {
  Set(launch, *NextStep(launch), LaunchStep::STATE_UNCERTAIN, now);
  SetVerdicts(launch, verdicts);
  FailWhenNothingIsLeft(launch);
}

void NoteGivenBack(Launch& launch, absl::Time now) {
  Set(launch, *NextStep(launch), LaunchStep::STATE_COMPENSATED, now);
  FailWhenNothingIsLeft(launch);
}

bool IsOver(const Launch& launch) { return launch.state() == Launch::STATE_SUCCEEDED || launch.state() == Launch::STATE_FAILED; }

LaunchStep::State StateOf(const Launch& launch, LaunchStep::Kind kind) {
  for (const LaunchStep& step : launch.steps()) {
    if (step.kind() == kind) return step.state();
  }
  return LaunchStep::STATE_UNSPECIFIED;
}

std::string TakenReservation(const Launch& launch) {
  const bool taken = IsTaken(launch, LaunchStep::KIND_TAKE_ALLOTMENT) || IsTaken(launch, LaunchStep::KIND_RESERVE_MATERIALS);
  return taken ? launch.reservation() : "";
}

std::string TakenEncumbrance(const Launch& launch) {
  const bool taken = IsTaken(launch, LaunchStep::KIND_TAKE_ALLOTMENT) || IsTaken(launch, LaunchStep::KIND_PRE_COMMIT_MONEY);
  return taken ? launch.encumbrance() : "";
}

std::string TakenAllotment(const Launch& launch) { return IsTaken(launch, LaunchStep::KIND_TAKE_ALLOTMENT) ? launch.allotment() : ""; }

std::string StepName(LaunchStep::Kind kind) { return absl::AsciiStrToLower(LaunchStep::Kind_Name(kind).substr(sizeof("KIND_") - 1)); }

std::string RequestIdOf(const Launch& launch, LaunchStep::Kind kind, bool compensation) {
  return absl::StrCat(record::IdOf(launch.name()), compensation ? "-undo-" : "-", StepName(kind));
}

v1::Precondition PreconditionOf(LaunchStep::Kind kind) {
  switch (kind) {
    case LaunchStep::KIND_TAKE_ALLOTMENT:
    case LaunchStep::KIND_CONFIRM_ALLOTMENT:
    case LaunchStep::KIND_RESERVE_MATERIALS:
    case LaunchStep::KIND_CONFIRM_RESERVATION:
      return v1::PRECONDITION_MATERIALS;
    case LaunchStep::KIND_PRE_COMMIT_MONEY:
    case LaunchStep::KIND_COMMIT_MONEY:
      return v1::PRECONDITION_BUDGET;
    default:
      return v1::PRECONDITION_SCHEDULE;
  }
}

}  // namespace heitie::activity
