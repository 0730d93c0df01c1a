#include "services/risk/register/merging.h"

#include <algorithm>
#include <string>

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

}  // namespace

std::optional<v1::Assessment> JoinedRating(const Risk& target, const Risk& source, const v1::RiskMatrix& matrix, absl::Time now) {
  if (!source.has_current()) return std::nullopt;
  const v1::Rating ours = Rate(matrix, source.current());
  const bool stricter = !target.has_current() || Exceeds(ours, Rate(matrix, target.current()));
  if (!stricter) return std::nullopt;
  v1::Assessment entry;
  Mark(target.restricted_risk(), entry);
  entry.set_origin(v1::Assessment::ORIGIN_MERGED);
  entry.set_risk_matrix(matrix.name());
  entry.set_matrix_version(matrix.version());
  entry.set_rationale(absl::StrCat(source.name(), " was merged into it"));
  *entry.mutable_current() = ours;
  v1::Rating inherent = ours;
  for (const Risk* risk : {&target, &source}) {
    if (risk->has_inherent() && Exceeds(Rate(matrix, risk->inherent()), inherent)) inherent = Rate(matrix, risk->inherent());
  }
  *entry.mutable_inherent() = inherent;
  entry.set_voided_treatment(target.state() == Risk::STATE_TREATED && !TreatmentHolds(target, ours.level(), now));
  return entry;
}

absl::Status Mergers::Join(record::Transaction& tx, const Risk& source, const Risk& before) const {
  Risk after = before;
  Affect(source.subject(), after);
  for (const std::string& subject : source.affected_subjects()) Affect(subject, after);
  if (after.affected_subjects_size() > kMostAffected) {
    return status::Error(kAffectsTooMuch, {{"count", after.affected_subjects_size()}, {"most", kMostAffected}});
  }
  ASSIGN_OR_RETURN(const v1::RiskMatrix matrix, matrices_.InForce(tx.sql, tx.call.now));
  std::optional<v1::Assessment> entry = JoinedRating(before, source, matrix, tx.call.now);
  if (!entry.has_value()) return risks_.Update(tx, before, after, "join");
  entry->set_name(absl::StrCat(before.name(), "/assessments/", record::NewId(tx.call.now)));
  RETURN_IF_ERROR(assessments_.Insert(tx, *entry, "join"));
  const char* const verb = entry->voided_treatment() ? "void_treatment" : "assess";
  RETURN_IF_ERROR(risks_.Advance(after, verb));
  Apply(*entry, {}, after);
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
