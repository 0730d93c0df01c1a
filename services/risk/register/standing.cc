#include "services/risk/register/standing.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/risk/quantity/assessment.h"
#include "services/risk/register/treat_by.h"
#include "services/risk/treatment/treatment.h"

namespace heitie::risk {

using v1::Risk;

Standing::Standing(record::Store& store, job::Runner& jobs, const record::Kind<Risk>& risks, const RiskPolicies& policies,
                   const AssessmentDuties& duties, const EvidenceBook& book)
    : risks_(risks), policies_(policies), duties_(duties), book_(book) {
  const auto handle = [&](const char* kind, auto work) {
    jobs.Handle(kind, [&store, work](const rpc::Call& call, const job::Job& job) {
      return job::Outcome::Failed(store.Write(call, [&](record::Transaction& tx) { return work(tx, job.payload); }));
    });
  };
  handle(kLapseJob, [this](record::Transaction& tx, const std::string& risk) { return Recheck(tx, risk, risk); });
  handle(kTreatByJob, [this](record::Transaction& tx, const std::string& risk) { return TellOverdue(tx, risk); });
  handle(kReviewJob, [this](record::Transaction& tx, const std::string& risk) { return AskForReview(tx, risk); });
}

absl::StatusOr<std::string> Standing::EndOfTransfer(sql::Session& session, const Risk& risk) const {
  const std::string& name = risk.treatment().transfer().transfer_instrument();
  // Of what was decided by earlier releases only the times are known.
  if (risk.strategy() != v1::STRATEGY_TRANSFER || name.empty()) return "";
  ASSIGN_OR_RETURN(const v1::TransferInstrument instrument, book_.instruments().Find(session, name));
  const bool covers = std::find(instrument.risks().begin(), instrument.risks().end(), risk.name()) != instrument.risks().end();
  if (instrument.state() == v1::TransferInstrument::STATE_CONCLUDED && covers) return "";
  return absl::StrCat(StrategyText(risk.strategy()), " ended with ", name);
}

absl::StatusOr<bool> Standing::NothingLeft(sql::Session& session, const Risk& risk) const {
  if (risk.strategy() != v1::STRATEGY_REDUCE) return false;
  for (const v1::Measure& measure : risk.treatment().reduction().measures()) {
    if (measure.risk_measure().empty()) return false;
    ASSIGN_OR_RETURN(const v1::RiskMeasure found, book_.measures().Find(session, measure.risk_measure()));
    const bool failed = found.effect() == v1::RiskMeasure::EFFECT_INEFFECTIVE && found.state() == v1::RiskMeasure::STATE_VERIFIED;
    if (found.state() != v1::RiskMeasure::STATE_CANCELLED && !failed) return false;
  }
  return true;
}

absl::Status Standing::JudgeEvidence(record::Transaction& tx, const Risk& before, const std::string& cause) const {
  if (before.evidence().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<Evidence> standing, book_.StandingOf(tx.sql, before, tx.call.now));
  const std::vector<std::string> fallen = FallenOf(before.evidence(), standing);
  Risk after = before;
  // What has ended by time does not come back, though nobody has said so yet.
  const bool over = before.has_evidence_end_time() && time::ToTime(before.evidence_end_time()) <= tx.call.now;
  if (fallen.empty() && !over) {
    SetEvidence(before.evidence(), standing, after);
    return risks_.Update(tx, before, after, "renew_evidence");
  }
  RETURN_IF_ERROR(risks_.Advance(after, "lapse"));
  ClearResidual(after);
  RETURN_IF_ERROR(risks_.Update(tx, before, after, "lapse"));
  return duties_.Ask(tx, after, v1::AssessmentDuty::CAUSE_LAPSED, cause);
}

absl::Status Standing::Recheck(record::Transaction& tx, const std::string& risk, const std::string& cause) const {
  ASSIGN_OR_RETURN(const Risk before, risks_.Guard(tx, risk));
  // What has expired is for the job that says so.
  if (StateAt(before, tx.call.now) != Risk::STATE_TREATED) return absl::OkStatus();
  Risk after = before;
  ASSIGN_OR_RETURN(const std::string end, EndOfTransfer(tx.sql, before));
  if (!end.empty()) {
    RETURN_IF_ERROR(risks_.Advance(after, "expire"));
    *after.mutable_expire_time() = time::ToTimestamp(tx.call.now);
    ClearResidual(after);
    after.set_reopen_reason(end);
    return risks_.Update(tx, before, after, "expire");
  }
  ASSIGN_OR_RETURN(const bool nothing, NothingLeft(tx.sql, before));
  if (nothing) {
    RETURN_IF_ERROR(risks_.Advance(after, "void_treatment"));
    ClearTreatment(after);
    RETURN_IF_ERROR(KeepTreatBy(tx, policies_, after));
    RETURN_IF_ERROR(risks_.Update(tx, before, after, "void_treatment"));
    return duties_.Ask(tx, after, v1::AssessmentDuty::CAUSE_LAPSED, cause);
  }
  return JudgeEvidence(tx, before, cause);
}

absl::Status Standing::Recheck(record::Transaction& tx, const google::protobuf::RepeatedPtrField<std::string>& risks,
                               const std::string& cause) const {
  // One order for all, so that two of them do not wait for each other.
  std::vector<std::string> sorted(risks.begin(), risks.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  for (const std::string& risk : sorted) RETURN_IF_ERROR(Recheck(tx, risk, cause));
  return absl::OkStatus();
}

absl::Status Standing::TellOverdue(record::Transaction& tx, const std::string& risk) const {
  ASSIGN_OR_RETURN(const Risk before, risks_.Lock(tx, risk));
  if (!before.has_treat_by_time() || time::ToTime(before.treat_by_time()) > tx.call.now) return absl::OkStatus();
  Risk after = before;
  after.set_treatment_overdue(true);
  return risks_.Update(tx, before, after, "overdue");
}

absl::Status Standing::AskForReview(record::Transaction& tx, const std::string& risk) const {
  ASSIGN_OR_RETURN(const Risk found, risks_.Lock(tx, risk));
  if (!found.has_review_time() || time::ToTime(found.review_time()) > tx.call.now) return absl::OkStatus();
  return duties_.Ask(tx, found, v1::AssessmentDuty::CAUSE_REVIEW, risk);
}

}  // namespace heitie::risk
