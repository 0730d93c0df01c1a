#include "services/risk/register/risk.h"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "heitie/risk/v1/treatment.pb.h"
#include "services/risk/quantity/assessment.h"
#include "services/risk/quantity/rating.h"
#include "services/risk/register/restriction.h"
#include "services/risk/register/standing.h"
#include "services/risk/register/treat_by.h"
#include "services/risk/treatment/treatment.h"

namespace heitie::risk {

const status::Reason kRiskClosed{absl::StatusCode::kFailedPrecondition, "RISK_CLOSED", "{name} is closed; reopen it first.",
                                 "{name} 已關閉，請先重新開啟。"};
const status::Reason kSameRisk{absl::StatusCode::kInvalidArgument, "SAME_RISK", "{name} is this risk itself.", "{name} 就是這個風險本身。"};
const status::Reason kNotRestricted{absl::StatusCode::kInvalidArgument, "NOT_RESTRICTED", "Only a restricted risk names its readers.",
                                    "只有限制閱覽的風險才指定可閱覽的人。"};
const status::Reason kPartOfItself{absl::StatusCode::kInvalidArgument, "PART_OF_ITSELF", "{parent} is a part of {name} already.",
                                   "{parent} 已屬於 {name}。"};
const status::Reason kNamesRestricted{absl::StatusCode::kInvalidArgument, "NAMES_RESTRICTED",
                                      "Few people see {name}; what everybody sees does not name it.",
                                      "{name} 僅限少數人閱覽，眾人可見的風險不可提及。"};

void SetClosed(const std::string& reason, absl::Time at, v1::Risk& risk) {
  risk.set_close_reason(reason);
  *risk.mutable_close_time() = time::ToTimestamp(at);
  risk.clear_reopen_reason();
  risk.clear_proposed_treatment();
  risk.clear_treatment_proposer();
  risk.clear_treatment_propose_time();
  risk.clear_treat_by_time();
  risk.clear_treatment_overdue();
  risk.clear_review_time();
}

void KeepTouches(v1::Risk& risk) {
  risk.set_touches(absl::StrCat(" ", risk.subject(), " "));
  for (const std::string& subject : risk.affected_subjects()) absl::StrAppend(risk.mutable_touches(), subject, " ");
}

namespace {

using v1::Risk;

const status::Reason kOtherCategory{absl::StatusCode::kInvalidArgument, "OTHER_CATEGORY", "{type} belongs to {category}.",
                                    "{type} 屬於 {category}。"};

constexpr const char* kExpiryJob = "expire-treatment";

// A job that is due at a moment that the risk tells.
struct DueJob {
  const char* id;
  const char* kind;
  // Of the risk as it is; nothing where there is no such moment.
  std::optional<absl::Time> (*due)(const Risk& risk);
};

std::optional<absl::Time> Moment(bool set, const google::protobuf::Timestamp& moment) {
  return set ? std::optional(time::ToTime(moment)) : std::nullopt;
}

constexpr DueJob kDueJobs[] = {
    // Reopens it when its acceptance or instrument expires (R3, W6).
    {"expire", kExpiryJob,
     [](const Risk& risk) { return Moment(risk.state() == Risk::STATE_TREATED && risk.has_expire_time(), risk.expire_time()); }},
    {"lapse", kLapseJob,
     [](const Risk& risk) {
       return Moment(risk.state() == Risk::STATE_TREATED && risk.has_evidence_end_time(), risk.evidence_end_time());
     }},
    {"treat-by", kTreatByJob, [](const Risk& risk) { return Moment(risk.has_treat_by_time(), risk.treat_by_time()); }},
    {"review", kReviewJob, [](const Risk& risk) { return Moment(risk.has_review_time(), risk.review_time()); }},
};

absl::Status KeepJobs(record::Transaction& tx, const Risk* before, const Risk& after) {
  for (const DueJob& job : kDueJobs) {
    const std::optional<absl::Time> old = before == nullptr ? std::nullopt : job.due(*before), now = job.due(after);
    if (old == now) continue;
    const std::string name = absl::StrCat(after.name(), "/", job.id);
    RETURN_IF_ERROR(now.has_value() ? job::Schedule(tx, {name, job.kind, after.name(), *now}) : job::Cancel(tx, name));
  }
  return absl::OkStatus();
}

// What a risk affects besides its subject is asked for from the side of the subjects.
absl::Status KeepAffected(record::Transaction& tx, const Risk* before, const Risk& after) {
  const auto changed = [&](const Risk& of, const Risk* other, const char* statement) -> absl::Status {
    for (const std::string& subject : of.affected_subjects()) {
      const auto* const known = other == nullptr ? nullptr : &other->affected_subjects();
      if (known != nullptr && std::find(known->begin(), known->end(), subject) != known->end()) continue;
      RETURN_IF_ERROR(tx.sql.Execute(statement, sql::Bind(subject, of.name())).status());
    }
    return absl::OkStatus();
  };
  if (before != nullptr) RETURN_IF_ERROR(changed(*before, &after, "DELETE FROM risk_links WHERE resource = ? AND risk = ?"));
  return changed(after, before, "INSERT INTO risk_links (resource, risk) VALUES (?, ?)");
}

int32_t ReviewDays(const v1::RiskPolicy& policy, v1::Level level) {
  switch (level) {
    case v1::LEVEL_HIGH:
      return policy.high_review_days();
    case v1::LEVEL_MEDIUM:
      return policy.medium_review_days();
    default:
      return policy.low_review_days();
  }
}

}  // namespace

void CheckCategory(const std::string& field, const v1::RiskType& type, Risk::Category category, status::BadFields& bad) {
  if (type.category() == category) return;
  bad.Add(field, kOtherCategory, {{"type", type.name()}, {"category", Risk::Category_Name(type.category())}});
}

const record::StateMachine& RiskMachine() {
  static const auto& machine = *new record::StateMachine(
      Risk::State_descriptor(),
      {
          {Risk::STATE_IDENTIFIED, "assess", Risk::STATE_ASSESSED},
          {Risk::STATE_ASSESSED, "assess", Risk::STATE_ASSESSED},
          {Risk::STATE_TREATED, "assess", Risk::STATE_TREATED, "the treatment is still permitted"},
          {Risk::STATE_REOPENED, "assess", Risk::STATE_ASSESSED},
          {Risk::STATE_TREATED, "void_treatment", Risk::STATE_ASSESSED, "assessed beyond what the treatment is permitted for",
           record::kConsequence},
          {Risk::STATE_ASSESSED, "rerate", Risk::STATE_ASSESSED, "another matrix is in force", record::kConsequence},
          {Risk::STATE_TREATED, "rerate", Risk::STATE_TREATED, "another matrix is in force, which permits the treatment",
           record::kConsequence},
          {Risk::STATE_REOPENED, "rerate", Risk::STATE_REOPENED, "another matrix is in force", record::kConsequence},
          {Risk::STATE_ASSESSED, "propose_treatment", Risk::STATE_ASSESSED},
          {Risk::STATE_TREATED, "propose_treatment", Risk::STATE_TREATED},
          {Risk::STATE_ASSESSED, "treat", Risk::STATE_TREATED, "somebody else has proposed it, and the level permits it"},
          {Risk::STATE_TREATED, "treat", Risk::STATE_TREATED, "somebody else has proposed it, and the level permits it"},
          {Risk::STATE_TREATED, "check_acceptance", Risk::STATE_TREATED, "it is accepted"},
          {Risk::STATE_TREATED, "lapse", Risk::STATE_TREATED, "what the residual rating rested on has fallen", record::kConsequence},
          {Risk::STATE_TREATED, "expire", Risk::STATE_REOPENED, "the acceptance or the instrument has expired", record::kConsequence},
          {Risk::STATE_IDENTIFIED, "close", Risk::STATE_CLOSED},
          {Risk::STATE_ASSESSED, "close", Risk::STATE_CLOSED},
          {Risk::STATE_TREATED, "close", Risk::STATE_CLOSED},
          {Risk::STATE_REOPENED, "close", Risk::STATE_CLOSED},
          {Risk::STATE_IDENTIFIED, "merge", Risk::STATE_CLOSED},
          {Risk::STATE_ASSESSED, "merge", Risk::STATE_CLOSED},
          {Risk::STATE_TREATED, "merge", Risk::STATE_CLOSED},
          {Risk::STATE_REOPENED, "merge", Risk::STATE_CLOSED},
          {Risk::STATE_TREATED, "report_avoidance", Risk::STATE_TREATED, "it is being avoided"},
          {Risk::STATE_CLOSED, "reopen", Risk::STATE_REOPENED},
      });
  return machine;
}

Risks::Risks(record::Store& store, const RiskMatrices& matrices, const RiskPolicies& policies, const AssessmentDuties& duties,
             const EvidenceBook& book, const Restriction& restriction)
    : store_(store),
      matrices_(matrices),
      policies_(policies),
      duties_(duties),
      book_(book),
      restriction_(restriction),
      risks_(store, &RiskMachine()),
      assessments_(store),
      types_(store) {
  risks_.RestrictRows(restriction.Rows());
  assessments_.RestrictRows(restriction.Rows());
  risks_.SetStateAt([](const Risk& risk, const rpc::Call& call) { return StateAt(risk, call.now); });
  risks_.SetAllows([](const Risk& risk, const std::string& verb) {
    if (verb == "treat") return risk.has_proposed_treatment();
    if (verb == "report_avoidance") return risk.treatment().has_avoidance();
    return verb != "check_acceptance" || risk.treatment().has_acceptance();
  });
  risks_.SetFollow([this](record::Transaction& tx, const Risk* before, const Risk* after) { return Follow(tx, before, after); });
}

absl::Status Risks::Follow(record::Transaction& tx, const Risk* before, const Risk* after) const {
  if (after->restricted()) restriction_.Changing();
  RETURN_IF_ERROR(KeepJobs(tx, before, *after));
  RETURN_IF_ERROR(KeepAffected(tx, before, *after));
  return before != nullptr && before->owner() != after->owner() ? duties_.Pass(tx, *after) : absl::OkStatus();
}

absl::StatusOr<Risk> Risks::Assess(record::Transaction& tx, const v1::AssessRiskRequest& request) {
  return risks_.Change(tx, request, "assess", [&](const Risk& before, Risk& after) -> absl::Status {
    RETURN_IF_ERROR(CheckDoes(tx.call, before.owner(), before.name()));
    ASSIGN_OR_RETURN(const v1::RiskMatrix matrix, matrices_.InForce(tx.sql, tx.call.now));
    ASSIGN_OR_RETURN(const v1::RiskPolicy policy, policies_.InForce(tx.sql, tx.call.now));
    std::vector<Evidence> standing;
    if (request.has_residual()) {
      ASSIGN_OR_RETURN(standing, book_.StandingOf(tx.sql, before, tx.call.now));
    }
    ASSIGN_OR_RETURN(v1::Assessment assessment, risk::Assess(before, request, matrix, tx.call.now, standing));
    assessment.set_name(absl::StrCat(before.name(), "/assessments/", record::NewId(tx.call.now)));
    ASSIGN_OR_RETURN(*assessment.mutable_risk_type_version(), types_.VersionAt(tx.sql, before.risk_type(), tx.call.now));
    RETURN_IF_ERROR(assessments_.Insert(tx, assessment, "assess"));
    RETURN_IF_ERROR(duties_.Done(tx, before.name(), assessment.name()));
    if (assessment.voided_treatment()) {
      after.set_state(before.state());
      RETURN_IF_ERROR(risks_.Advance(after, "void_treatment"));
    }
    Apply(assessment, standing, after);
    after.clear_review_time();
    if (const int32_t days = ReviewDays(policy, after.level()); days > 0) {
      ASSIGN_OR_RETURN(const absl::Time review, policies_.ReviewTime(tx.sql, policy, days, tx.call.now));
      *after.mutable_review_time() = time::ToTimestamp(review);
    }
    return KeepTreatBy(tx, policies_, after);
  });
}

absl::StatusOr<Risk> Risks::Close(record::Transaction& tx, const v1::CloseRiskRequest& request) {
  return risks_.Change(tx, request, "close", [&](Risk& after) {
    SetClosed(request.reason(), tx.call.now, after);
    return duties_.Done(tx, after.name(), "");
  });
}

absl::StatusOr<Risk> Risks::Reopen(record::Transaction& tx, const v1::ReopenRiskRequest& request) {
  return risks_.Change(tx, request, "reopen", [&](Risk& after) {
    ClearTreatment(after);
    after.clear_close_reason();
    after.clear_close_time();
    // Once more it is one of its own.
    after.clear_merged_into();
    after.set_reopen_reason(request.reason());
  });
}

job::Outcome Risks::Expire(const rpc::Call& call, const job::Job& job) {
  absl::Time again = absl::InfiniteFuture();
  const absl::Status status = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    again = absl::InfiniteFuture();
    ASSIGN_OR_RETURN(record::Step<Risk> step, risks_.Begin(tx, record::Target(job.payload)));
    // Somebody may have decided anew between the lease and the lock.
    if (step.before.state() != Risk::STATE_TREATED || !step.before.has_expire_time()) return absl::OkStatus();
    const absl::Time expiry = time::ToTime(step.before.expire_time());
    if (expiry > call.now) {
      again = expiry;
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(risks_.Advance(step.after, step.verb = "expire"));
    ClearResidual(step.after);
    step.after.set_reopen_reason(absl::StrCat(StrategyText(step.before.strategy()), " expired at ", time::InstantText(expiry)));
    return risks_.Finish(tx, step).status();
  });
  if (!status.ok()) return job::Outcome::Failed(status);
  return again == absl::InfiniteFuture() ? job::Outcome::Done() : job::Outcome::Again(again);
}

absl::StatusOr<bool> Risks::IsAbove(record::Transaction& tx, const std::string& name, const std::string& part) const {
  // Two that are made parts of each other take turns. Of earlier releases a ring may be left.
  std::set<std::string> seen = {name};
  for (std::string at = part; !at.empty() && seen.insert(at).second;) {
    ASSIGN_OR_RETURN(const Risk risk, risks_.Guard(tx, at));
    at = risk.parent_risk();
    if (at == name) return true;
  }
  return false;
}

absl::Status Risks::CheckNamed(record::Transaction& tx, const Risk& before, const Risk& after) const {
  status::BadFields bad;
  if (!after.restricted() && !after.readers().empty()) bad.Add("risk.readers", kNotRestricted);
  if (!after.risk_type().empty() && (after.risk_type() != before.risk_type() || after.category() != before.category())) {
    ASSIGN_OR_RETURN(const v1::RiskType type, types_.kind().Find(tx.sql, after.risk_type()));
    CheckCategory("risk.risk_type", type, after.category(), bad);
  }
  const auto check = [&](const std::string& field, const std::string& name) -> absl::Status {
    if (name == after.name()) {
      bad.Add(field, kSameRisk, {{"name", name}});
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const Risk named, FindSeen(risks_, tx.call, tx.sql, name));
    if (named.restricted() && !after.restricted()) bad.Add(field, kNamesRestricted, {{"name", name}});
    return absl::OkStatus();
  };
  if (!after.parent_risk().empty() && after.parent_risk() != before.parent_risk()) {
    RETURN_IF_ERROR(check("risk.parent_risk", after.parent_risk()));
    ASSIGN_OR_RETURN(const bool above, IsAbove(tx, after.name(), after.parent_risk()));
    if (above) bad.Add("risk.parent_risk", kPartOfItself, {{"name", after.name()}, {"parent", after.parent_risk()}});
  }
  for (int i = 0; i < after.related_risks_size(); ++i) {
    const auto& known = before.related_risks();
    if (std::find(known.begin(), known.end(), after.related_risks(i)) != known.end()) continue;
    RETURN_IF_ERROR(check(absl::StrCat("risk.related_risks[", i, "]"), after.related_risks(i)));
  }
  return bad.status();
}

absl::Status Risks::Create(record::Transaction& tx, Risk& risk) {
  risk.set_state(Risk::STATE_IDENTIFIED);
  Mark(risk.restricted() ? risk.name() : "", risk);
  KeepTouches(risk);
  return CheckNamed(tx, {}, risk);
}

absl::Status Risks::Update(record::Transaction& tx, const Risk& before, Risk& after) {
  if (before.state() == Risk::STATE_CLOSED) return status::Error(kRiskClosed, {{"name", before.name()}});
  KeepTouches(after);
  return CheckNamed(tx, before, after);
}

void Risks::Handle(job::Runner& jobs) {
  jobs.Handle(kExpiryJob, [this](const rpc::Call& call, const job::Job& job) { return Expire(call, job); });
}

void Risks::Bind(record::Methods& methods) {
  methods.Reads(risks_);
  methods.Creates(risks_, this, &Risks::Create);
  methods.Updates(risks_, this, &Risks::Update);
  methods.Bind("AssessRisk", this, &Risks::Assess);
  methods.Bind("CloseRisk", this, &Risks::Close);
  methods.Bind("ReopenRisk", this, &Risks::Reopen);
  methods.Reads(assessments_);
  types_.Bind(methods);
}

}  // namespace heitie::risk
