#include "services/metrics/optimisation/measure.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/optimisation/evaluation.h"

namespace heitie::metrics {

const status::Reason kNotYourMeasure{absl::StatusCode::kPermissionDenied, "NOT_YOUR_MEASURE",
                                     "Specialists draft and start measures that they answer for themselves; {name} is not one.",
                                     "運營專員僅能擬定與開始自己負責的措施；{name} 並非如此。"};
const status::Reason kOwnMeasure{absl::StatusCode::kPermissionDenied, "OWN_MEASURE",
                                 "{name} is approved by somebody else than who drafted it or answers for it.",
                                 "{name} 須由擬定者與負責人以外的人核准。"};
const status::Reason kMeasureSettled{absl::StatusCode::kFailedPrecondition, "MEASURE_SETTLED",
                                     "{name} is no draft any more; a running measure's plan is changed by changePlan.",
                                     "{name} 已非草案；進行中措施的分析計畫請以 changePlan 修改。"};
const status::Reason kMeasureNotStarted{absl::StatusCode::kFailedPrecondition, "MEASURE_NOT_STARTED", "{name} has not been started.",
                                        "{name} 尚未開始。"};
const status::Reason kEvaluatedTooEarly{absl::StatusCode::kInvalidArgument, "EVALUATED_TOO_EARLY",
                                        "The plan needs data until {day}, so the evaluation comes after it.",
                                        "分析計畫需要至 {day} 的資料，評估日期須在其後。"};
const status::Reason kTooManyPlanChanges{absl::StatusCode::kFailedPrecondition, "TOO_MANY_PLAN_CHANGES",
                                         "The plan of {name} was changed {most} times; drop the measure and draft another one.",
                                         "{name} 的分析計畫已修改 {most} 次；請放棄此措施並另行擬定。"};

using v1::Measure;

namespace {

constexpr int kMostPlanChanges = 20;
constexpr absl::Duration kMeasureReminderInterval = absl::Minutes(10);
constexpr int64_t kRemindedMeasures = 1000;

bool AnswersForFigures(const rpc::Call& call) {
  return call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER) || call.principal.Has(options::v1::ROLE_DATA_ANALYST);
}

absl::Status CheckYours(const rpc::Call& call, const Measure& measure) {
  if (AnswersForFigures(call) || measure.owner() == call.principal.name) return absl::OkStatus();
  return status::Error(kNotYourMeasure, {{"name", measure.name()}});
}

absl::Status CheckIsDraft(const Measure& measure) {
  if (measure.state() == Measure::STATE_DRAFT) return absl::OkStatus();
  return status::Error(kMeasureSettled, {{"name", measure.name()}});
}

bool IsOpen(const Measure& measure) {
  return measure.state() == Measure::STATE_DRAFT || measure.state() == Measure::STATE_APPROVED ||
         measure.state() == Measure::STATE_RUNNING || measure.state() == Measure::STATE_EVALUATED;
}

void SetDecision(const rpc::Call& call, const std::string& reason, Measure& measure) {
  measure.set_decider(call.principal.name);
  *measure.mutable_decide_time() = time::ToTimestamp(call.now);
  measure.set_decision_reason(reason);
}

// What is known of metrics from the start on stays so.
void KeepFrozen(const google::protobuf::RepeatedPtrField<v1::FrozenMetric>& frozen, Aim& aim) {
  for (v1::FrozenMetric& metric : aim.metrics) {
    for (const v1::FrozenMetric& former : frozen) {
      if (former.metric() == metric.metric()) metric = former;
    }
  }
}

}  // namespace

const record::StateMachine& MeasureMachine() {
  static const auto& machine = *new record::StateMachine(
      Measure::State_descriptor(), {
                                       {Measure::STATE_DRAFT, "approve", Measure::STATE_APPROVED, "by somebody else"},
                                       {Measure::STATE_APPROVED, "start", Measure::STATE_RUNNING, "the plan is frozen"},
                                       {Measure::STATE_RUNNING, "change_plan", Measure::STATE_RUNNING, "recorded"},
                                       {Measure::STATE_RUNNING, "evaluate", Measure::STATE_EVALUATED},
                                       {Measure::STATE_EVALUATED, "evaluate", Measure::STATE_EVALUATED},
                                       {Measure::STATE_EVALUATED, "adopt", Measure::STATE_ADOPTED},
                                       {Measure::STATE_EVALUATED, "repeat", Measure::STATE_REPEATED, "another measure is drafted"},
                                       {Measure::STATE_APPROVED, "drop", Measure::STATE_DROPPED},
                                       {Measure::STATE_RUNNING, "drop", Measure::STATE_DROPPED},
                                       {Measure::STATE_EVALUATED, "drop", Measure::STATE_DROPPED},
                                   });
  return machine;
}

Aim AimOf(const Measure& measure) {
  Aim aim;
  aim.target.set_metric(measure.target_metric());
  aim.target.set_denominator_metric(measure.target_denominator_metric());
  aim.direction = measure.direction();
  aim.smallest_effect = measure.smallest_effect();
  aim.guardrails.assign(measure.guardrails().begin(), measure.guardrails().end());
  aim.plan = measure.plan();
  aim.metrics.assign(measure.frozen_metrics().begin(), measure.frozen_metrics().end());
  aim.plan_changes = measure.plan_changes_size();
  return aim;
}

Measures::Measures(const service::Context& context, const record::Kind<v1::MetricDefinition>& definitions,
                   const EvaluationPolicies& policies, LookAt look, FindClosing closing)
    : store_(context.store),
      zone_(context.time_zone),
      definitions_(definitions),
      policies_(policies),
      look_(std::move(look)),
      closing_(std::move(closing)),
      measures_(context.store, &MeasureMachine()),
      evaluations_(context.store) {
  context.jobs.Recur(
      "remind-of-measures", kMeasureReminderInterval, [this](const rpc::Call& call, const job::Job&) { return Remind(call); },
      job::Lane::kDeadlines);
}

absl::StatusOr<std::string> Measures::UseOf(record::Transaction& tx, const std::string& metric) const {
  ASSIGN_OR_RETURN(
      const std::vector<Measure> open,
      measures_.Select(tx.sql, "WHERE state IN ('STATE_DRAFT', 'STATE_APPROVED', 'STATE_RUNNING', 'STATE_EVALUATED') ORDER BY name"));
  for (const Measure& measure : open) {
    for (const v1::ComparedMetric& compared : ComparedIn(AimOf(measure))) {
      if (compared.metric() == metric || compared.denominator_metric() == metric) return measure.name();
    }
  }
  return "";
}

absl::Status Measures::Check(record::Transaction& tx, const std::string& path, const Measure& measure, Aim& aim,
                             status::BadFields& bad) const {
  aim = AimOf(measure);
  const AimFields fields = {path + "target_metric", path + "target_denominator_metric", path + "guardrails", path + "plan"};
  // The metrics stay as long as the measure is open (UseOf).
  const FindMetric keep = [&](const std::string& name) { return definitions_.Guard(tx, name); };
  RETURN_IF_ERROR(Settle(keep, fields, aim, bad));
  const absl::CivilDay last = LastDayOf(measure.plan());
  if (time::ToDay(measure.evaluation_date()) <= last) {
    bad.Add(path + "evaluation_date", kEvaluatedTooEarly, {{"day", time::DayText(last)}});
  }
  return absl::OkStatus();
}

absl::Status Measures::CheckDraft(record::Transaction& tx, const Measure& measure) const {
  RETURN_IF_ERROR(CheckYours(tx.call, measure));
  status::BadFields bad;
  Aim aim;
  RETURN_IF_ERROR(Check(tx, "measure.", measure, aim, bad));
  return bad.status();
}

absl::Status Measures::Create(record::Transaction& tx, Measure& measure) {
  RETURN_IF_ERROR(CheckDraft(tx, measure));
  measure.set_state(Measure::STATE_DRAFT);
  measure.set_design(DesignOf(measure.plan()));
  return absl::OkStatus();
}

absl::Status Measures::Update(record::Transaction& tx, const Measure& before, Measure& after) {
  RETURN_IF_ERROR(CheckYours(tx.call, before));
  RETURN_IF_ERROR(CheckIsDraft(before));
  RETURN_IF_ERROR(CheckDraft(tx, after));
  after.set_design(DesignOf(after.plan()));
  return absl::OkStatus();
}

absl::Status Measures::Delete(record::Transaction& tx, const Measure& measure) {
  RETURN_IF_ERROR(CheckYours(tx.call, measure));
  return CheckIsDraft(measure);
}

absl::StatusOr<Measure> Measures::Approve(record::Transaction& tx, const v1::ApproveMeasureRequest& request) {
  return measures_.Change(tx, request, "approve", [&](Measure& after) -> absl::Status {
    const std::string& approver = tx.call.principal.name;
    if (approver == after.creator() || approver == after.owner()) return status::Error(kOwnMeasure, {{"name", after.name()}});
    after.set_approver(approver);
    *after.mutable_approve_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<Measure> Measures::Start(record::Transaction& tx, const v1::StartMeasureRequest& request) {
  return measures_.Change(tx, request, "start", [&](Measure& after) -> absl::Status {
    RETURN_IF_ERROR(CheckYours(tx.call, after));
    status::BadFields bad;  // Definitions may have changed since the draft.
    Aim aim;
    RETURN_IF_ERROR(Check(tx, "", after, aim, bad));
    RETURN_IF_ERROR(bad.status());
    after.mutable_frozen_metrics()->Assign(aim.metrics.begin(), aim.metrics.end());
    *after.mutable_start_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<Measure> Measures::ChangePlan(record::Transaction& tx, const v1::ChangeMeasurePlanRequest& request) {
  return measures_.Change(tx, request, "change_plan", [&](const Measure& before, Measure& after) -> absl::Status {
    if (before.plan_changes_size() >= kMostPlanChanges) {
      return status::Error(kTooManyPlanChanges, {{"name", before.name()}, {"most", kMostPlanChanges}});
    }
    *after.mutable_plan() = request.plan();
    if (request.has_evaluation_date()) *after.mutable_evaluation_date() = request.evaluation_date();
    status::BadFields bad;
    Aim aim;
    RETURN_IF_ERROR(Check(tx, "", after, aim, bad));
    RETURN_IF_ERROR(bad.status());
    KeepFrozen(before.frozen_metrics(), aim);
    after.mutable_frozen_metrics()->Assign(aim.metrics.begin(), aim.metrics.end());
    after.set_design(DesignOf(after.plan()));
    v1::PlanChange& change = *after.add_plan_changes();
    change.set_author(tx.call.principal.name);
    *change.mutable_change_time() = time::ToTimestamp(tx.call.now);
    change.set_reason(request.reason());
    *change.mutable_former_plan() = before.plan();
    return absl::OkStatus();
  });
}

absl::StatusOr<Measure> Measures::Adopt(record::Transaction& tx, const v1::DecideMeasureRequest& request) {
  return measures_.Change(tx, request, "adopt", [&](Measure& after) { SetDecision(tx.call, request.reason(), after); });
}

absl::StatusOr<Measure> Measures::Drop(record::Transaction& tx, const v1::DecideMeasureRequest& request) {
  return measures_.Change(tx, request, "drop", [&](Measure& after) { SetDecision(tx.call, request.reason(), after); });
}

absl::StatusOr<Measure> Measures::Repeat(record::Transaction& tx, const v1::RepeatMeasureRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Measure> step, measures_.Begin(tx, request, "repeat"));
  Measure next;
  next.set_name(absl::StrCat("measures/", record::NewId(tx.call.now)));
  next.set_title(step.before.title());
  next.set_kind(step.before.kind());
  next.set_hypothesis(step.before.hypothesis());
  next.set_owner(step.before.owner());
  next.set_target_metric(step.before.target_metric());
  next.set_target_denominator_metric(step.before.target_denominator_metric());
  next.set_direction(step.before.direction());
  next.set_smallest_effect(step.before.smallest_effect());
  *next.mutable_guardrails() = step.before.guardrails();
  *next.mutable_plan() = request.plan();
  *next.mutable_evaluation_date() = request.evaluation_date();
  next.set_origin(step.before.origin());
  next.set_state(Measure::STATE_DRAFT);
  next.set_design(DesignOf(request.plan()));
  next.set_repeats(step.before.name());
  status::BadFields bad;
  Aim aim;
  RETURN_IF_ERROR(Check(tx, "", next, aim, bad));
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(measures_.Insert(tx, next));
  SetDecision(tx.call, request.reason(), step.after);
  step.after.set_repeated_by(next.name());
  RETURN_IF_ERROR(measures_.Finish(tx, step).status());
  return measures_.Decorated(tx.sql, std::move(next));
}

absl::StatusOr<Closed> Measures::ClosedOf(sql::Session& session, const Aim& aim, absl::Time now) const {
  std::vector<Closed> names;
  for (const Series& series : SeriesIn(aim)) {
    ASSIGN_OR_RETURN(Closed one, closing_(session, series));
    names.push_back(std::move(one));
  }
  Closed closed = ClosedOfAll(names);
  if (closed.awaited()) {
    closed.through = std::clamp(closed.through.value_or(absl::UnixEpoch()), absl::UnixEpoch(), now);
  } else {
    closed.through = absl::FromCivil(absl::ToCivilDay(now, zone_), zone_);
  }
  return closed;
}

absl::StatusOr<v1::Verdict> Measures::Judge(const rpc::Call& call, const Aim& aim) const {
  v1::EvaluationPolicy numbers;
  Closed closed;
  // Before the figures are: what is closed then is in them.
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(numbers, policies_.InForce(session, call.now));
    ASSIGN_OR_RETURN(closed, ClosedOf(session, aim, call.now));
    return absl::OkStatus();
  }));
  v1::Verdict verdict;
  RETURN_IF_ERROR(look_(call, [&](Snapshot& snapshot) -> absl::Status {
    ASSIGN_OR_RETURN(verdict, metrics::Evaluate(snapshot, aim, numbers, *closed.through, zone_));
    return absl::OkStatus();
  }));
  if (*closed.through < absl::FromCivil(LastDayOf(aim.plan) + 1, zone_)) {
    verdict.mutable_waiting_for()->Assign(closed.because_of.begin(), closed.because_of.end());
  }
  return verdict;
}

absl::StatusOr<Measure> Measures::Evaluate(const rpc::Call& call, const v1::EvaluateMeasureRequest& request) {
  Measure seen, answer;
  v1::Verdict verdict;
  const auto judge = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(seen, measures_.Get(call, request.name()));
    // Any other state is refused below.
    if (seen.state() != Measure::STATE_RUNNING && seen.state() != Measure::STATE_EVALUATED) return absl::OkStatus();
    ASSIGN_OR_RETURN(verdict, Judge(call, AimOf(seen)));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(store_.Write(call, request, &answer, judge, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(record::Step<Measure> step, measures_.Begin(tx, request, "evaluate"));
    if (step.before.etag() != seen.etag()) {
      return status::Error(status::kStaleEtag, {{"name", seen.name()}, {"etag", seen.etag()}, {"current", step.before.etag()}});
    }
    v1::MeasureEvaluation evaluation;
    evaluation.set_name(absl::StrCat(seen.name(), "/evaluations/", record::NewId(tx.call.now)));
    *evaluation.mutable_verdict() = verdict;
    *evaluation.mutable_plan() = seen.plan();
    *evaluation.mutable_plan_changes() = seen.plan_changes();
    RETURN_IF_ERROR(evaluations_.Insert(tx, evaluation, "evaluate"));
    step.after.set_evaluation(evaluation.name());
    step.after.set_conclusion(verdict.conclusion());
    step.after.set_strength(verdict.strength());
    ASSIGN_OR_RETURN(answer, measures_.Finish(tx, step));
    return absl::OkStatus();
  }));
  return answer;
}

absl::StatusOr<v1::Verdict> Measures::Examine(const rpc::Call& call, const v1::ExamineMeasureRequest& request) {
  ASSIGN_OR_RETURN(const Measure measure, measures_.Get(call, request.name()));
  if (!measure.has_start_time()) return status::Error(kMeasureNotStarted, {{"name", measure.name()}});
  return Judge(call, AimOf(measure));
}

absl::StatusOr<v1::Verdict> Measures::EvaluateChange(const rpc::Call& call, const v1::EvaluateChangeRequest& request) {
  Aim aim;
  aim.target = request.metric();
  aim.direction = request.direction();
  aim.smallest_effect = request.smallest_effect();
  aim.guardrails.assign(request.guardrails().begin(), request.guardrails().end());
  aim.plan = request.plan();
  status::BadFields bad;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) {
    const FindMetric find = [&](const std::string& name) { return definitions_.Find(session, name); };
    return Settle(find, {"metric.metric", "metric.denominator_metric", "guardrails", "plan"}, aim, bad);
  }));
  RETURN_IF_ERROR(bad.status());
  return Judge(call, aim);
}

job::Outcome Measures::Remind(const rpc::Call& call) {
  const auto due = store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<std::vector<Measure>> {
    ASSIGN_OR_RETURN(const v1::EvaluationPolicy policy, policies_.InForce(session, call.now));
    return measures_.Select(
        session,
        "WHERE open_evaluation_date < ? AND (remind_time IS NULL OR remind_time <= ?)"
        " ORDER BY open_evaluation_date, name LIMIT ?",
        {time::DayText(absl::ToCivilDay(call.now, zone_)), call.now - absl::Hours(policy.reminder_hours()), kRemindedMeasures});
  });
  if (!due.ok()) return job::Outcome::Failed(due.status());
  absl::Status failure;
  for (const Measure& measure : *due) {
    failure.Update(store_.Write(call, [&](record::Transaction& tx) { return RemindOf(tx, measure.name()); }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

absl::Status Measures::RemindOf(record::Transaction& tx, const std::string& name) const {
  const absl::StatusOr<Measure> before = measures_.Lock(tx, name);
  if (absl::IsNotFound(before.status())) return absl::OkStatus();  // deleted meanwhile
  RETURN_IF_ERROR(before.status());
  if (!IsOpen(*before) || time::ToDay(before->evaluation_date()) >= absl::ToCivilDay(tx.call.now, zone_)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::EvaluationPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  if (before->has_remind_time() && time::ToTime(before->remind_time()) > tx.call.now - absl::Hours(policy.reminder_hours())) {
    return absl::OkStatus();  // another replica was first
  }
  Measure after = *before;
  *after.mutable_remind_time() = time::ToTimestamp(tx.call.now);
  return measures_.Update(tx, *before, after, "remind");
}

void Measures::Bind(record::Methods& methods) {
  methods.Reads(measures_);
  methods.Creates(measures_, this, &Measures::Create);
  methods.Updates(measures_, this, &Measures::Update);
  methods.Deletes(measures_, this, &Measures::Delete);
  methods.Reads(evaluations_);
  methods.Bind("ApproveMeasure", this, &Measures::Approve);
  methods.Bind("StartMeasure", this, &Measures::Start);
  methods.Bind("ChangeMeasurePlan", this, &Measures::ChangePlan);
  methods.Bind("EvaluateMeasure", this, &Measures::Evaluate);
  methods.Bind("ExamineMeasure", this, &Measures::Examine);
  methods.Bind("AdoptMeasure", this, &Measures::Adopt);
  methods.Bind("DropMeasure", this, &Measures::Drop);
  methods.Bind("RepeatMeasure", this, &Measures::Repeat);
  methods.Bind("EvaluateChange", this, &Measures::EvaluateChange);
}

}  // namespace heitie::metrics
