#include "services/activity/preparation/lateness.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/escalation.pb.h"
#include "services/activity/preparation/lateness_job.h"

namespace heitie::activity {
namespace {

using v1::LadderStep;

// How often something late is looked at whatever its next step: calendars and terms have new versions.
constexpr absl::Duration kLookAgain = absl::Hours(1);
// Beyond that, nobody ever works again.
constexpr absl::Duration kFarthestOpening = absl::Hours(24 * 366);

// When it is open next, `now` itself if it is open now.
absl::Time OpenFrom(const time::BusinessCalendar& calendar, absl::Time now) {
  const auto open = calendar.Open(now, now + kFarthestOpening, 1);
  return open.empty() ? absl::InfiniteFuture() : open.front().begin;
}

std::string WhatOf(const v1::PreparationItem& item) { return item.title(); }
std::string WhatOf(const v1::SupportCommitment& commitment) { return commitment.description(); }

// Who is to do it now: an inspector what was submitted, else the owner; for a department whoever asked it.
std::string WhoOf(const v1::PreparationItem& item) {
  const bool submitted = item.state() == v1::PreparationItem::STATE_SUBMITTED;
  return submitted && !item.inspector().empty() ? item.inspector() : item.owner();
}
std::string WhoOf(const v1::SupportCommitment& commitment) {
  return absl::StartsWith(commitment.creator(), "employees/") ? commitment.creator() : "";
}

}  // namespace

absl::StatusOr<LateTurn> TakeLateStep(const google::protobuf::RepeatedPtrField<LadderStep>& ladder, const v1::LadderPoint* told,
                                      const time::BusinessCalendar& calendar, absl::Time due, absl::Time now) {
  LateTurn turn;
  const absl::Time opening = OpenFrom(calendar, now);
  for (const LadderStep& step : ladder) {
    if (told != nullptr && !ComesBefore(*told, step.point())) continue;
    const absl::StatusOr<absl::Time> reached = calendar.After(due, ToLength(step.point().after_due()));
    if (absl::IsOutOfRange(reached.status())) break;  // Nobody works so much any more.
    RETURN_IF_ERROR(reached.status());
    if (*reached > now) {
      turn.next = std::min(turn.next, *reached);
      break;
    }
    if (opening > now && !step.in_closed_hours()) {
      turn.next = std::min(turn.next, opening);
      continue;
    }
    if (!turn.step) turn.step.emplace();
    turn.step->point = step.point();
    turn.step->reach_time = *reached;
    turn.step->owner |= step.owner();
    turn.step->activity_owner |= step.activity_owner();
    turn.step->managers |= step.managers();
    turn.step->employees.insert(turn.step->employees.end(), step.employees().begin(), step.employees().end());
  }
  return turn;
}

Lateness::Lateness(const service::Context& context, Activities& activities, const PreparationItems& items,
                   const SupportCommitments& commitments, const PreparationPolicies& policies, const BusinessCalendars& calendars,
                   const Escalations& escalations)
    : store_(context.store), activities_(activities), policies_(policies), calendars_(calendars), escalations_(escalations) {
  context.jobs.Handle(kLateItemJob,
                      [this, &items](const rpc::Call& call, const job::Job& job) { return Look(call, items.kind(), job.payload); });
  context.jobs.Handle(kLateCommitmentJob, [this, &commitments](const rpc::Call& call, const job::Job& job) {
    return Look(call, commitments.kind(), job.payload);
  });
}

template <typename T>
job::Outcome Lateness::Look(const rpc::Call& call, const record::Kind<T>& kind, const std::string& name) {
  absl::Time next = absl::InfiniteFuture();
  const absl::Status looked = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    next = absl::InfiniteFuture();
    const absl::StatusOr<T> before = kind.Lock(tx, name);
    if (absl::IsNotFound(before.status())) return absl::OkStatus();
    RETURN_IF_ERROR(before.status());
    if (!IsAwaited(*before)) return absl::OkStatus();
    const absl::Time due = time::ToTime(before->due_time());
    if (due > call.now) {
      next = due;
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const v1::Activity activity, activities_.kind().Find(tx.sql, record::ParentOf(name)));
    if (!CheckPreparable(activity).ok()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const v1::PreparationPolicy policy, policies_.InForce(tx.sql, call.now));
    ASSIGN_OR_RETURN(const auto calendar, calendars_.by_name.Named(tx.sql, policy.calendar()));
    ASSIGN_OR_RETURN(const LateTurn turn, TakeLateStep(policy.late_ladder(), before->has_told() ? &before->told() : nullptr,
                                                       calendar->arithmetic, due, call.now));
    next = std::min(turn.next, call.now + kLookAgain);
    if (!turn.step) return absl::OkStatus();
    v1::Escalation escalation;
    escalation.set_subject(name);
    escalation.set_activity(activity.name());
    escalation.set_cause(v1::Escalation::CAUSE_LATE_PREPARATION);
    escalation.set_policy(policy.name());
    *escalation.mutable_point() = turn.step->point;
    *escalation.mutable_reach_time() = time::ToTimestamp(turn.step->reach_time);
    *escalation.mutable_due_time() = before->due_time();
    escalation.set_detail(WhatOf(*before));
    RETURN_IF_ERROR(escalations_.Tell(tx, escalation,
                                      {.owner_name = WhoOf(*before),
                                       .owner = turn.step->owner,
                                       .activity_owner = turn.step->activity_owner,
                                       .managers = turn.step->managers,
                                       .employees = turn.step->employees}));
    T after = *before;
    *after.mutable_told() = turn.step->point;
    return kind.Update(tx, *before, after, "tell_late");
  });
  if (!looked.ok()) return job::Outcome::Failed(looked);
  return next == absl::InfiniteFuture() ? job::Outcome::Done() : job::Outcome::Again(next);
}

}  // namespace heitie::activity
