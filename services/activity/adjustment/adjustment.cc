#include "services/activity/adjustment/adjustment.h"

#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/status/outage.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/metrics/v1/measure_evaluation.pb.h"
#include "heitie/metrics/v1/optimisation_service.methods.h"
#include "services/activity/adjustment/adjustment_rules.h"
#include "services/activity/incident/incident_rules.h"
#include "services/activity/launch/facts.h"
#include "services/activity/review/figures.h"

namespace heitie::activity {

using metrics::v1::Verdict;
using v1::Activity;
using v1::Adjustment;

const status::Reason kIncidentOfOther{absl::StatusCode::kInvalidArgument, "INCIDENT_OF_OTHER", "The activity has no incident {incident}.",
                                      "活動沒有事故 {incident}。"};
const status::Reason kAdjustmentFrozen{absl::StatusCode::kFailedPrecondition, "ADJUSTMENT_FROZEN",
                                       "{name} is {state}: at most its title and owner change.",
                                       "{name} 狀態為 {state}，至多只能修改標題與負責人。"};
const status::Reason kOwnAdjustment{absl::StatusCode::kPermissionDenied, "OWN_ADJUSTMENT",
                                    "{name} is approved by somebody else than who proposed it or answers for it.",
                                    "{name} 須由提議者與負責人以外的人核准。"};
const status::Reason kNotMeasurable{absl::StatusCode::kFailedPrecondition, "NOT_MEASURABLE", "The effect of {name} cannot be told: {why}",
                                    "{name} 的效果無法衡量：{why}"};
const status::Reason kChangedOnOtherDay{
    absl::StatusCode::kFailedPrecondition, "CHANGED_ON_OTHER_DAY",
    "The plan of {name} has the change on {planned}, but today is {today}; it is applied that day or the day before.",
    "{name} 的分析計畫以 {planned} 為變更日，而今日為 {today}；須於當日或前一日實施。"};
const status::Reason kEvaluationNotDue{absl::StatusCode::kFailedPrecondition, "EVALUATION_NOT_DUE",
                                       "{name} is evaluated on {day}, not earlier.", "{name} 將於 {day} 評估，不得提前。"};
const status::Reason kDataIncomplete{absl::StatusCode::kFailedPrecondition, "DATA_INCOMPLETE",
                                     "{name} needs data until {needed}; they are complete until {until}. It waits for: {producers:list}.",
                                     "{name} 需要至 {needed} 的資料，目前完整至 {until}。等待：{producers:list}。"};

namespace {

constexpr char kEvaluateJob[] = "evaluate-adjustment";
constexpr absl::Duration kMetricsRetry = absl::Seconds(1);

std::string EvaluationJobOf(const std::string& adjustment) { return adjustment + "/evaluate"; }

std::string AdjustmentStateName(const Adjustment& adjustment) {
  return Adjustment::State_Name(adjustment.state()).substr(std::strlen("STATE_"));
}

bool IsDecided(const Adjustment& adjustment) {
  return adjustment.state() == Adjustment::STATE_ADOPTED || adjustment.state() == Adjustment::STATE_REVERTED ||
         adjustment.state() == Adjustment::STATE_DROPPED;
}

// From its application on, whatever became of it.
bool WasApplied(const Adjustment& adjustment) { return adjustment.has_apply_time(); }

void DecideAdjustment(const rpc::Call& call, const std::string& reason, Adjustment& adjustment) {
  adjustment.set_decider(call.principal.name);
  *adjustment.mutable_decide_time() = time::ToTimestamp(call.now);
  adjustment.set_decision_reason(reason);
}

// The events that count are those of the activity.
void SetActivityOfPlan(Adjustment& adjustment) { adjustment.mutable_plan()->set_activity(record::ParentOf(adjustment.name())); }

void Confound(const std::string& other, Adjustment& adjustment) {
  for (const std::string& known : adjustment.confounders()) {
    if (known == other) return;
  }
  adjustment.set_confounded(true);
  adjustment.add_confounders(other);
  if (adjustment.has_verdict()) adjustment.set_strength(StrengthOf(adjustment.verdict().strength(), true));
}

v1::AwaitedData AwaitedOf(const Verdict& verdict, absl::Time needed, absl::Time now) {
  v1::AwaitedData awaited;
  *awaited.mutable_complete_until() = verdict.closed_until();
  *awaited.mutable_needed_until() = time::ToTimestamp(needed);
  *awaited.mutable_producers() = verdict.waiting_for();
  *awaited.mutable_find_time() = time::ToTimestamp(now);
  return awaited;
}

bool IsComplete(const Verdict& verdict, absl::Time needed) { return time::ToTime(verdict.closed_until()) >= needed; }

void SetVerdict(const Verdict& verdict, absl::Time now, Adjustment& adjustment) {
  *adjustment.mutable_verdict() = verdict;
  adjustment.set_conclusion(verdict.conclusion());
  adjustment.set_strength(StrengthOf(verdict.strength(), adjustment.confounded()));
  *adjustment.mutable_evaluate_time() = time::ToTimestamp(now);
  adjustment.clear_awaited_data();
}

}  // namespace

const record::StateMachine& AdjustmentMachine() {
  static const auto& machine = *new record::StateMachine(
      Adjustment::State_descriptor(),
      {
          {Adjustment::STATE_PROPOSED, "approve", Adjustment::STATE_APPROVED, "by somebody else"},
          {Adjustment::STATE_APPROVED, "revise", Adjustment::STATE_PROPOSED, "what was approved changes", record::kConsequence},
          {Adjustment::STATE_APPROVED, "apply", Adjustment::STATE_APPLIED, "the activity runs; hypothesis, metric and dates are frozen"},
          {Adjustment::STATE_APPLIED, "evaluate", Adjustment::STATE_EVALUATED, "its date has come and the data are complete"},
          {Adjustment::STATE_EVALUATED, "adopt", Adjustment::STATE_ADOPTED},
          {Adjustment::STATE_EVALUATED, "revert", Adjustment::STATE_REVERTED},
          {Adjustment::STATE_PROPOSED, "drop", Adjustment::STATE_DROPPED},
          {Adjustment::STATE_APPROVED, "drop", Adjustment::STATE_DROPPED},
          {Adjustment::STATE_APPLIED, "drop", Adjustment::STATE_DROPPED},
      });
  return machine;
}

Adjustments::Adjustments(const service::Context& context, Activities& activities, const ReviewPolicies& policies)
    : context_(context), activities_(activities), policies_(policies), adjustments_(context.store, &AdjustmentMachine()) {
  context.jobs.Handle(kEvaluateJob, [this](const rpc::Call& call, const job::Job& job) { return EvaluateDue(call, job.payload); });
  context.jobs.Recur(
      "remind-of-adjustments", kReviewReminderInterval,
      [this](const rpc::Call& call, const job::Job&) {
        const absl::CivilDay today = absl::ToCivilDay(call.now, context_.time_zone);
        return RemindOfOverdue<Adjustment>(
            call, context_.store, policies_, adjustments_, "open_evaluation_date < ?", sql::Bind(time::DayText(today)),
            [&](const Adjustment& row) { return !IsDecided(row) && time::ToDay(row.evaluation_date()) < today; });
      },
      job::Lane::kDeadlines);
}

absl::Status Adjustments::CheckRunning(record::Transaction& tx, const std::string& activity) const {
  ASSIGN_OR_RETURN(const Activity found, activities_.kind().Guard(tx, activity));
  if (found.state() == Activity::STATE_LIVE || found.state() == Activity::STATE_PAUSED) return absl::OkStatus();
  return status::Error(kActivityNotRunning,
                       {{"activity", activity}, {"state", Activity::State_Name(found.state()).substr(std::strlen("STATE_"))}});
}

absl::Status Adjustments::CheckIncident(sql::Session& session, const Adjustment& adjustment) const {
  if (adjustment.incident().empty()) return absl::OkStatus();
  bool found = false;
  if (record::ParentOf(adjustment.incident()) == record::ParentOf(adjustment.name())) {
    RETURN_IF_ERROR(
        session.Query("SELECT 1 FROM incidents WHERE name = ?", sql::Bind(adjustment.incident()), [&](const sql::Row&) { found = true; }));
  }
  status::BadFields bad;
  if (!found) bad.Add("adjustment.incident", kIncidentOfOther, {{"incident", adjustment.incident()}});
  return bad.status();
}

absl::Status Adjustments::Create(record::Transaction& tx, Adjustment& adjustment) {
  RETURN_IF_ERROR(CheckRunning(tx, record::ParentOf(adjustment.name())));
  SetActivityOfPlan(adjustment);
  RETURN_IF_ERROR(CheckAdjustment(adjustment));
  RETURN_IF_ERROR(CheckIncident(tx.sql, adjustment));
  adjustment.set_state(Adjustment::STATE_PROPOSED);
  return absl::OkStatus();
}

absl::StatusOr<const char*> Adjustments::Update(record::Transaction& tx, const Adjustment& before, Adjustment& after) {
  SetActivityOfPlan(after);
  const bool changes = ChangesProposal(before, after);
  if (IsDecided(before) || (changes && WasApplied(before))) {
    return status::Error(kAdjustmentFrozen, {{"name", before.name()}, {"state", AdjustmentStateName(before)}});
  }
  if (!changes) return nullptr;
  RETURN_IF_ERROR(CheckAdjustment(after));
  RETURN_IF_ERROR(CheckIncident(tx.sql, after));
  if (before.state() != Adjustment::STATE_APPROVED) return nullptr;
  RETURN_IF_ERROR(adjustments_.Advance(after, "revise"));
  after.clear_approver();
  after.clear_approve_time();
  return "revise";
}

absl::StatusOr<Verdict> Adjustments::Ask(const rpc::Call& call, const Adjustment& adjustment) const {
  metrics::v1::EvaluateChangeRequest request;
  *request.mutable_metric() = adjustment.metric();
  request.set_direction(adjustment.direction());
  request.set_smallest_effect(adjustment.smallest_effect());
  *request.mutable_plan() = adjustment.plan();
  absl::StatusOr<Verdict> verdict = context_.Call(AsService(call), metrics::v1::method::EvaluateChange, request);
  if (verdict.ok()) return verdict;
  if (status::IsOutage(verdict.status())) {
    return status::RetryLater(kFiguresMissing, kMetricsRetry, {{"service", "metrics"}, {"why", status::Say(verdict.status())}});
  }
  return status::Error(kNotMeasurable, {{"name", adjustment.name()}, {"why", status::Say(verdict.status())}});
}

absl::StatusOr<Adjustment> Adjustments::Approve(const rpc::Call& call, const v1::ApproveAdjustmentRequest& request) {
  Adjustment seen, approved;
  const auto ask = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(seen, adjustments_.Get(call, request.name()));
    // Any other state is refused below.
    return seen.state() == Adjustment::STATE_PROPOSED ? Ask(call, seen).status() : absl::OkStatus();
  };
  RETURN_IF_ERROR(context_.store.Write(call, request, &approved, ask, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(record::Step<Adjustment> step, adjustments_.Begin(tx, request, "approve"));
    if (ChangesProposal(seen, step.before)) {
      return status::Error(status::kStaleEtag, {{"name", seen.name()}, {"etag", seen.etag()}, {"current", step.before.etag()}});
    }
    const std::string& approver = tx.call.principal.name;
    if (approver == step.before.creator() || approver == step.before.owner()) {
      return status::Error(kOwnAdjustment, {{"name", step.before.name()}});
    }
    step.after.set_approver(approver);
    *step.after.mutable_approve_time() = time::ToTimestamp(tx.call.now);
    ASSIGN_OR_RETURN(approved, adjustments_.Finish(tx, step));
    return absl::OkStatus();
  }));
  return approved;
}

absl::Status Adjustments::MarkConfounded(record::Transaction& tx, Adjustment& adjustment) const {
  ASSIGN_OR_RETURN(const std::vector<Adjustment> all, adjustments_.Children(tx.sql, record::ParentOf(adjustment.name())));
  const ComparedDays days = DaysOf(adjustment.plan());
  for (const Adjustment& other : all) {
    if (other.name() == adjustment.name() || !WasApplied(other) || !ShareMetric(adjustment, other)) continue;
    const ComparedDays others = DaysOf(other.plan());
    if (IsInTheWay(days, others)) Confound(other.name(), adjustment);
    if (!IsInTheWay(others, days)) continue;
    ASSIGN_OR_RETURN(const Adjustment before, adjustments_.Lock(tx, other.name()));
    Adjustment after = before;
    Confound(adjustment.name(), after);
    RETURN_IF_ERROR(adjustments_.Update(tx, before, after, "confound"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Adjustment> Adjustments::Apply(record::Transaction& tx, const v1::ApplyAdjustmentRequest& request) {
  // Of two that are applied at once one sees the other.
  RETURN_IF_ERROR(CheckRunning(tx, record::ParentOf(request.name())));
  return adjustments_.Change(tx, request, "apply", [&](Adjustment& after) -> absl::Status {
    const absl::CivilDay today = absl::ToCivilDay(tx.call.now, context_.time_zone);
    const absl::CivilDay planned = DaysOf(after.plan()).change;
    if (planned != today && planned != today + 1) {
      return status::Error(kChangedOnOtherDay,
                           {{"name", after.name()}, {"planned", time::DayText(planned)}, {"today", time::DayText(today)}});
    }
    after.set_applier(tx.call.principal.name);
    *after.mutable_apply_time() = time::ToTimestamp(tx.call.now);
    RETURN_IF_ERROR(MarkConfounded(tx, after));
    const absl::Time due = absl::FromCivil(time::ToDay(after.evaluation_date()), context_.time_zone);
    return job::Schedule(tx, {EvaluationJobOf(after.name()), kEvaluateJob, after.name(), due});
  });
}

absl::Time Adjustments::NeededUntil(const Adjustment& adjustment) const {
  return absl::FromCivil(DaysOf(adjustment.plan()).last + 1, context_.time_zone);
}

absl::Status Adjustments::CheckDue(const Adjustment& adjustment, absl::Time now) const {
  const absl::CivilDay day = time::ToDay(adjustment.evaluation_date());
  if (absl::ToCivilDay(now, context_.time_zone) >= day) return absl::OkStatus();
  return status::Error(kEvaluationNotDue, {{"name", adjustment.name()}, {"day", time::DayText(day)}});
}

absl::StatusOr<Adjustment> Adjustments::Evaluate(const rpc::Call& call, const v1::EvaluateAdjustmentRequest& request) {
  Adjustment seen, evaluated;
  Verdict verdict;
  const auto ask = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(seen, adjustments_.Get(call, request.name()));
    // Any other state is refused below.
    if (seen.state() != Adjustment::STATE_APPLIED) return absl::OkStatus();
    RETURN_IF_ERROR(CheckDue(seen, call.now));
    ASSIGN_OR_RETURN(verdict, Ask(call, seen));
    const absl::Time needed = NeededUntil(seen);
    if (IsComplete(verdict, needed)) return absl::OkStatus();
    return status::Error(kDataIncomplete, {{"name", seen.name()},
                                           {"needed", time::InstantText(needed)},
                                           {"until", time::InstantText(time::ToTime(verdict.closed_until()))},
                                           {"producers", absl::StrJoin(verdict.waiting_for(), ", ")}});
  };
  RETURN_IF_ERROR(context_.store.Write(call, request, &evaluated, ask, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(record::Step<Adjustment> step, adjustments_.Begin(tx, request, "evaluate"));
    SetVerdict(verdict, tx.call.now, step.after);
    RETURN_IF_ERROR(job::Cancel(tx, EvaluationJobOf(request.name())));
    ASSIGN_OR_RETURN(evaluated, adjustments_.Finish(tx, step));
    return absl::OkStatus();
  }));
  return evaluated;
}

job::Outcome Adjustments::EvaluateDue(const rpc::Call& call, const std::string& name) {
  Adjustment seen;
  absl::Duration again;
  const absl::Status read = context_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(seen, adjustments_.Find(session, name));
    ASSIGN_OR_RETURN(const v1::ReviewPolicy policy, policies_.InForce(session, call.now));
    again = absl::Minutes(policy.retry_minutes());
    return absl::OkStatus();
  });
  if (absl::IsNotFound(read)) return job::Outcome::Done();
  if (!read.ok()) return job::Outcome::Failed(read);
  if (seen.state() != Adjustment::STATE_APPLIED) return job::Outcome::Done();
  const absl::StatusOr<Verdict> verdict = Ask(call, seen);
  // What cannot be measured today, for example because a metric is gone, comes back as overdue; a manager drops it or has it measured.
  if (status::ReasonOf(verdict.status()) == kNotMeasurable.id) return job::Outcome::Again(call.now + again);
  if (!verdict.ok()) return job::Outcome::Failed(verdict.status());
  const absl::Time needed = NeededUntil(seen);
  const bool complete = IsComplete(*verdict, needed);
  const absl::Status written = context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Adjustment before, adjustments_.Lock(tx, name));
    if (before.state() != Adjustment::STATE_APPLIED) return absl::OkStatus();
    Adjustment after = before;
    if (!complete) {
      *after.mutable_awaited_data() = AwaitedOf(*verdict, needed, tx.call.now);
      return adjustments_.Update(tx, before, after, "await");
    }
    RETURN_IF_ERROR(adjustments_.Advance(after, "evaluate"));
    SetVerdict(*verdict, tx.call.now, after);
    return adjustments_.Update(tx, before, after, "evaluate");
  });
  if (!written.ok()) return job::Outcome::Failed(written);
  return complete ? job::Outcome::Done() : job::Outcome::Again(call.now + again);
}

absl::StatusOr<Adjustment> Adjustments::Adopt(record::Transaction& tx, const v1::DecideAdjustmentRequest& request) {
  return adjustments_.Change(tx, request, "adopt", [&](Adjustment& after) { DecideAdjustment(tx.call, request.reason(), after); });
}

absl::StatusOr<Adjustment> Adjustments::Revert(record::Transaction& tx, const v1::DecideAdjustmentRequest& request) {
  return adjustments_.Change(tx, request, "revert", [&](Adjustment& after) { DecideAdjustment(tx.call, request.reason(), after); });
}

absl::StatusOr<Adjustment> Adjustments::Drop(record::Transaction& tx, const v1::DecideAdjustmentRequest& request) {
  return adjustments_.Change(tx, request, "drop", [&](Adjustment& after) {
    DecideAdjustment(tx.call, request.reason(), after);
    return job::Cancel(tx, EvaluationJobOf(after.name()));
  });
}

void Adjustments::Bind(record::Methods& methods) {
  methods.Reads(adjustments_);
  methods.Creates(adjustments_, this, &Adjustments::Create);
  methods.Updates(adjustments_, this, &Adjustments::Update);
  methods.Bind("ApproveAdjustment", this, &Adjustments::Approve);
  methods.Bind("ApplyAdjustment", this, &Adjustments::Apply);
  methods.Bind("EvaluateAdjustment", this, &Adjustments::Evaluate);
  methods.Bind("AdoptAdjustment", this, &Adjustments::Adopt);
  methods.Bind("RevertAdjustment", this, &Adjustments::Revert);
  methods.Bind("DropAdjustment", this, &Adjustments::Drop);
}

}  // namespace heitie::activity
