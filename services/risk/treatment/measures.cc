#include "services/risk/treatment/measures.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/risk/register/restriction.h"
#include "services/risk/register/risk.h"
#include "services/risk/treatment/treatment.h"

namespace heitie::risk {

using v1::RiskMeasure;

namespace {

const status::Reason kMeasureSettled{absl::StatusCode::kFailedPrecondition, "RISK_MEASURE_SETTLED",
                                     "{name} is done or given up; reopen it first.", "{name} 已完成或取消，請先重新開啟。"};

constexpr char kEvaluateJob[] = "evaluate-measure";
// How long after the evaluation date figures are awaited that are not delivered, and how often it is looked.
constexpr int kPatienceDays = 3;
constexpr absl::Duration kAwaitFigures = absl::Hours(1);

bool IsUnderWay(const RiskMeasure& measure) {
  return measure.state() == RiskMeasure::STATE_OPEN || measure.state() == RiskMeasure::STATE_IN_PROGRESS ||
         measure.state() == RiskMeasure::STATE_REOPENED;
}

}  // namespace

Measures::Measures(const service::Context& context, const record::Kind<v1::Risk>& risks, const record::Kind<v1::RiskIndicator>& indicators,
                   const RiskPolicies& policies, const AssessmentDuties& duties, EvidenceBook& book, const Standing& standing)
    : store_(context.store),
      verdicts_(context),
      risks_(risks),
      indicators_(indicators),
      policies_(policies),
      duties_(duties),
      measures_(book.measures()) {
  measures_.SetFollow([this, &standing](record::Transaction& tx, const RiskMeasure* before, const RiskMeasure* after) -> absl::Status {
    RETURN_IF_ERROR(KeepEvaluation(tx, before, *after));
    if (before == nullptr) return absl::OkStatus();
    const bool moved = before->state() != after->state() &&
                       (before->state() == RiskMeasure::STATE_VERIFIED || after->state() == RiskMeasure::STATE_CANCELLED);
    const bool fails = before->effect() != after->effect() && after->effect() == RiskMeasure::EFFECT_INEFFECTIVE;
    return moved || fails ? standing.Recheck(tx, after->risk(), after->name()) : absl::OkStatus();
  });
  context.jobs.Handle(kEvaluateJob, [this](const rpc::Call& call, const job::Job& job) { return EvaluateDue(call, job.payload); });
}

absl::Status Measures::KeepEvaluation(record::Transaction& tx, const RiskMeasure* before, const RiskMeasure& after) const {
  const auto moment = [&](const RiskMeasure* measure) -> std::optional<absl::Time> {
    const bool due = measure != nullptr && measure->state() == RiskMeasure::STATE_VERIFIED && measure->has_evaluation_date() &&
                     measure->effect() == RiskMeasure::EFFECT_UNSPECIFIED;
    if (!due) return std::nullopt;
    return absl::FromCivil(time::ToDay(measure->evaluation_date()), policies_.zone());
  };
  const std::optional<absl::Time> old = moment(before), now = moment(&after);
  if (old == now) return absl::OkStatus();
  const std::string job = absl::StrCat(after.name(), "/evaluate");
  return now.has_value() ? job::Schedule(tx, {job, kEvaluateJob, after.name(), *now}) : job::Cancel(tx, job);
}

absl::StatusOr<v1::Light> Measures::LightOf(sql::Session& session, const RiskMeasure& measure) const {
  if (measure.indicator().empty()) return v1::LIGHT_UNSPECIFIED;
  ASSIGN_OR_RETURN(const v1::RiskIndicator indicator, indicators_.Find(session, measure.indicator()));
  return indicator.light();
}

bool Measures::IsDue(const RiskMeasure& measure, absl::Time now) const {
  return measure.state() == RiskMeasure::STATE_VERIFIED && measure.has_evaluation_date() &&
         measure.effect() == RiskMeasure::EFFECT_UNSPECIFIED &&
         absl::FromCivil(time::ToDay(measure.evaluation_date()), policies_.zone()) <= now;
}

job::Outcome Measures::EvaluateDue(const rpc::Call& call, const std::string& name) const {
  RiskMeasure measure;
  std::optional<v1::RiskIndicator> indicator;
  const absl::Status read = store_.Read(call, [&](sql::Session& session) -> absl::Status {
    indicator.reset();
    ASSIGN_OR_RETURN(measure, measures_.Find(session, name));
    if (measure.indicator().empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(indicator, indicators_.Find(session, measure.indicator()));
    return absl::OkStatus();
  });
  if (!read.ok()) return job::Outcome::Failed(read);
  if (!IsDue(measure, call.now)) return job::Outcome::Done();
  const absl::StatusOr<EffectVerdicts::Answer> answer =
      verdicts_.Ask(call, measure, indicator.has_value() ? &indicator->definition() : nullptr);
  if (!answer.ok()) return job::Outcome::Failed(answer.status());
  const absl::Time patience = absl::FromCivil(time::ToDay(measure.evaluation_date()) + kPatienceDays, policies_.zone());
  if (answer->awaited && call.now < patience) return job::Outcome::Again(call.now + kAwaitFigures);
  return job::Outcome::Failed(store_.Write(call, [&](record::Transaction& tx) { return Evaluate(tx, name, answer->verdict); }));
}

absl::Status Measures::Evaluate(record::Transaction& tx, const std::string& name, const std::optional<MetricsVerdict>& verdict) const {
  // The risk first, as everywhere that both are changed.
  ASSIGN_OR_RETURN(const RiskMeasure known, measures_.Find(tx.sql, name));
  ASSIGN_OR_RETURN(const v1::Risk risk, risks_.Guard(tx, known.risk()));
  ASSIGN_OR_RETURN(const RiskMeasure before, measures_.Lock(tx, name));
  if (!IsDue(before, tx.call.now)) return absl::OkStatus();
  EffectFacts facts;
  facts.verdict = verdict;
  facts.before = before.light_before();
  ASSIGN_OR_RETURN(facts.now, LightOf(tx.sql, before));
  RETURN_IF_ERROR(tx.sql.Query(
      "SELECT COUNT(*) FROM risk_occurrences WHERE name IN (SELECT resource FROM risk_links WHERE risk = ?) AND "
      "occur_time > ?",
      sql::Bind(before.risk(), time::ToTime(before.verify_time())), [&](const sql::Row& row) { facts.occurrences = row.Int(0); }));
  RiskMeasure after = before;
  JudgeEffect(facts, after);
  *after.mutable_evaluate_time() = time::ToTimestamp(tx.call.now);
  if (after.effect() == RiskMeasure::EFFECT_INEFFECTIVE) {
    RETURN_IF_ERROR(duties_.Ask(tx, risk, v1::AssessmentDuty::CAUSE_INEFFECTIVE, name));
  }
  return measures_.Update(tx, before, after, "evaluate");
}

absl::Status Measures::CheckNews(record::Transaction& tx, const RiskMeasure& measure) const {
  const absl::CivilDay due = time::ToDay(measure.due_date());
  if (due < absl::ToCivilDay(tx.call.now, policies_.zone())) {
    status::BadFields bad;
    bad.Add("risk_measure.due_date", kAlreadyPast, {{"time", time::DayText(due)}});
    return bad.status();
  }
  status::BadFields early;
  CheckEvaluation("risk_measure.evaluation_date", measure, early);
  RETURN_IF_ERROR(early.status());
  return measure.indicator().empty() ? absl::OkStatus() : indicators_.Find(tx.sql, measure.indicator()).status();
}

absl::Status Measures::Create(record::Transaction& tx, RiskMeasure& measure) {
  RETURN_IF_ERROR(CheckNews(tx, measure));
  ASSIGN_OR_RETURN(const v1::Risk risk, risks_.Guard(tx, measure.risk()));
  if (!risks_.Sees(tx.call, risk)) return status::NotFound(risk.name());
  if (risk.state() == v1::Risk::STATE_CLOSED) return status::Error(kRiskClosed, {{"name", risk.name()}});
  Mark(risk.restricted_risk(), measure);
  measure.set_state(RiskMeasure::STATE_OPEN);
  return absl::OkStatus();
}

absl::Status Measures::Update(record::Transaction& tx, const RiskMeasure& before, RiskMeasure& after) {
  if (!IsUnderWay(before)) return status::Error(kMeasureSettled, {{"name", before.name()}});
  using google::protobuf::util::MessageDifferencer;
  const bool same = before.indicator() == after.indicator() && MessageDifferencer::Equals(before.due_date(), after.due_date()) &&
                    MessageDifferencer::Equals(before.evaluation_date(), after.evaluation_date());
  return same ? absl::OkStatus() : CheckNews(tx, after);
}

absl::StatusOr<RiskMeasure> Measures::Start(record::Transaction& tx, const v1::StartRiskMeasureRequest& request) {
  return measures_.Change(tx, request, "start", [&](RiskMeasure& after) { return CheckDoes(tx.call, after.owner(), after.name()); });
}

absl::StatusOr<RiskMeasure> Measures::Done(record::Transaction& tx, const v1::FinishRiskMeasureRequest& request) {
  return measures_.Change(tx, request, "finish", [&](RiskMeasure& after) {
    after.set_finisher(tx.call.principal.name);
    return CheckDoes(tx.call, after.owner(), after.name());
  });
}

absl::StatusOr<RiskMeasure> Measures::Verify(record::Transaction& tx, const v1::VerifyRiskMeasureRequest& request) {
  return measures_.Change(tx, request, "verify", [&](const RiskMeasure& before, RiskMeasure& after) -> absl::Status {
    const std::string& verifier = tx.call.principal.name;
    if (verifier == before.owner() || verifier == before.finisher()) return status::Error(kOwnWork, {{"person", verifier}});
    after.set_evidence(request.evidence());
    after.set_verifier(verifier);
    *after.mutable_verify_time() = time::ToTimestamp(tx.call.now);
    after.clear_state_reason();
    ASSIGN_OR_RETURN(const v1::Light light, LightOf(tx.sql, after));
    after.set_light_before(light);
    return absl::OkStatus();
  });
}

absl::StatusOr<RiskMeasure> Measures::Reopen(record::Transaction& tx, const v1::ReopenRiskMeasureRequest& request) {
  return measures_.Change(tx, request, "reopen", [&](RiskMeasure& after) {
    after.set_state_reason(request.reason());
    after.clear_evidence();
    after.clear_finisher();
    after.clear_verifier();
    after.clear_verify_time();
    after.clear_light_before();
    after.clear_effect();
    after.clear_effect_strength();
    after.clear_effect_statement();
    after.clear_evaluate_time();
    after.clear_conclusion();
    after.clear_conclusion_strength();
  });
}

absl::StatusOr<RiskMeasure> Measures::Cancel(record::Transaction& tx, const v1::CancelRiskMeasureRequest& request) {
  return measures_.Change(tx, request, "cancel", [&](RiskMeasure& after) { after.set_state_reason(request.reason()); });
}

void Measures::Bind(record::Methods& methods) {
  methods.Reads(measures_);
  methods.Creates(measures_, this, &Measures::Create);
  methods.Updates(measures_, this, &Measures::Update);
  methods.Bind("StartRiskMeasure", this, &Measures::Start);
  methods.Bind("FinishRiskMeasure", this, &Measures::Done);
  methods.Bind("VerifyRiskMeasure", this, &Measures::Verify);
  methods.Bind("ReopenRiskMeasure", this, &Measures::Reopen);
  methods.Bind("CancelRiskMeasure", this, &Measures::Cancel);
}

}  // namespace heitie::risk
