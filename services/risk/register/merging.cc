#include "services/risk/register/merging.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/risk/quantity/assessment.h"
#include "services/risk/quantity/rating.h"
#include "services/risk/register/restriction.h"
#include "services/risk/register/risk.h"
#include "services/risk/register/treat_by.h"

namespace heitie::risk {

using v1::Risk;

namespace {

const status::Reason kAffectsTooMuch{absl::StatusCode::kFailedPrecondition, "AFFECTS_TOO_MUCH",
                                     "Together they affect {count} subjects; a risk affects {most} at most.",
                                     "合併後影響 {count} 個對象，單一風險最多 {most} 個。"};

// As the contract says of `affected_subjects`.
constexpr int kMostAffected = 50;

void Affect(const std::string& subject, Risk& risk) {
  const auto& known = risk.affected_subjects();
  if (subject == risk.subject() || std::find(known.begin(), known.end(), subject) != known.end()) return;
  risk.add_affected_subjects(subject);
}

// Mergers of mergers that are followed; people do not merge so often.
constexpr int kMostMergers = 20;

bool IsMerged(const Risk& risk) { return risk.state() == Risk::STATE_CLOSED && !risk.merged_into().empty(); }

// Whether it has a residual rating that stands, which is then the one that counts.
bool HasResidualAt(const Risk& risk, absl::Time at) {
  return StateAt(risk, at) == Risk::STATE_TREATED && WithoutLapsed(risk, at).has_residual();
}

v1::Rating CountingAt(const Risk& risk, const v1::RiskMatrix& matrix, absl::Time at) {
  return Rate(matrix, HasResidualAt(risk, at) ? risk.residual() : risk.current());
}

// What the residual rating of a risk rests on, as it stands with it.
std::vector<Evidence> EvidenceOf(const Risk& risk) {
  std::vector<Evidence> evidence;
  for (const std::string& name : risk.evidence()) {
    evidence.push_back({name, risk.has_evidence_end_time() ? time::ToTime(risk.evidence_end_time()) : absl::InfiniteFuture()});
  }
  return evidence;
}

}  // namespace

absl::StatusOr<Risk> LivesOnIn(const record::Kind<Risk>& risks, sql::Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(Risk risk, risks.Find(session, name));
  for (int i = 0; i < kMostMergers && IsMerged(risk); ++i) {
    ASSIGN_OR_RETURN(risk, risks.Find(session, risk.merged_into()));
  }
  return risk;
}

absl::StatusOr<Risk> GuardLiving(const record::Kind<Risk>& risks, record::Transaction& tx, const std::string& name) {
  ASSIGN_OR_RETURN(Risk risk, risks.Guard(tx, name));
  if (!risks.Sees(tx.call, risk)) return status::NotFound(name);
  for (int i = 0; i < kMostMergers && IsMerged(risk); ++i) {
    ASSIGN_OR_RETURN(risk, risks.Guard(tx, risk.merged_into()));
  }
  if (!risks.Sees(tx.call, risk)) return status::NotFound(name);
  return risk;
}

std::optional<v1::Assessment> JoinedRating(const Risk& target, const Risk& source, const v1::RiskMatrix& matrix, absl::Time now) {
  if (!source.has_current()) return std::nullopt;
  const v1::Rating ours = Rate(matrix, source.current());
  const bool stricter = !target.has_current() || Exceeds(ours, Rate(matrix, target.current()));
  const bool counts_more =
      !stricter && HasResidualAt(target, now) && Exceeds(CountingAt(source, matrix, now), CountingAt(target, matrix, now));
  if (!stricter && !counts_more) return std::nullopt;
  v1::Assessment entry;
  Mark(target.restricted_risk(), entry);
  entry.set_origin(v1::Assessment::ORIGIN_MERGED);
  entry.set_risk_matrix(matrix.name());
  entry.set_matrix_version(matrix.version());
  // What everybody sees names no restricted risk.
  const bool veiled = source.restricted() && !target.restricted();
  entry.set_rationale(absl::StrCat(veiled ? "a restricted risk" : source.name(), " was merged into it"));
  *entry.mutable_current() = stricter ? ours : Rate(matrix, target.current());
  if (counts_more) {
    *entry.mutable_residual() = CountingAt(source, matrix, now);
    *entry.mutable_evidence() = target.evidence();
  }
  v1::Rating inherent = entry.current();
  for (const Risk* risk : {&target, &source}) {
    if (risk->has_inherent() && Exceeds(Rate(matrix, risk->inherent()), inherent)) inherent = Rate(matrix, risk->inherent());
  }
  *entry.mutable_inherent() = inherent;
  entry.set_voided_treatment(target.state() == Risk::STATE_TREATED && !TreatmentHolds(target, entry.current().level(), now));
  return entry;
}

absl::Status Mergers::Join(record::Transaction& tx, const Risk& source, const Risk& before) const {
  Risk after = before;
  Affect(source.subject(), after);
  for (const std::string& subject : source.affected_subjects()) Affect(subject, after);
  if (after.affected_subjects_size() > kMostAffected) {
    return status::Error(kAffectsTooMuch, {{"count", after.affected_subjects_size()}, {"most", kMostAffected}});
  }
  KeepTouches(after);
  ASSIGN_OR_RETURN(const v1::RiskMatrix matrix, matrices_.InForce(tx.sql, tx.call.now));
  std::optional<v1::Assessment> entry = JoinedRating(before, source, matrix, tx.call.now);
  if (!entry.has_value()) return risks_.Update(tx, before, after, "join");
  entry->set_name(absl::StrCat(before.name(), "/assessments/", record::NewId(tx.call.now)));
  RETURN_IF_ERROR(assessments_.Insert(tx, *entry, "join"));
  const char* const verb = entry->voided_treatment() ? "void_treatment" : "assess";
  RETURN_IF_ERROR(risks_.Advance(after, verb));
  Apply(*entry, EvidenceOf(before), after);
  RETURN_IF_ERROR(KeepTreatBy(tx, policies_, after));
  return risks_.Update(tx, before, after, verb);
}

absl::StatusOr<Risk> Mergers::Merge(record::Transaction& tx, const v1::MergeRiskRequest& request) {
  return risks_.Change(tx, request, "merge", [&](const Risk& before, Risk& after) -> absl::Status {
    if (request.into() == before.name()) {
      status::BadFields bad;
      bad.Add("into", kSameRisk, {{"name", before.name()}});
      return bad.status();
    }
    ASSIGN_OR_RETURN(const Risk target, risks_.Lock(tx, request.into()));
    if (!risks_.Sees(tx.call, target)) return status::NotFound(target.name());
    if (target.restricted() && !before.restricted()) {
      status::BadFields bad;
      bad.Add("into", kNamesRestricted, {{"name", target.name()}});
      return bad.status();
    }
    if (target.state() == Risk::STATE_CLOSED) return status::Error(kRiskClosed, {{"name", target.name()}});
    RETURN_IF_ERROR(Join(tx, before, target));
    after.set_merged_into(target.name());
    SetClosed(absl::StrCat("merged into ", target.name()), tx.call.now, after);
    return duties_.Done(tx, before.name(), "");
  });
}

void Mergers::Bind(record::Methods& methods) { methods.Bind("MergeRisk", this, &Mergers::Merge); }

}  // namespace heitie::risk
