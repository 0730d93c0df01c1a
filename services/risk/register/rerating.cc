#include "services/risk/register/rerating.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/risk/quantity/assessment.h"
#include "services/risk/quantity/rating.h"
#include "services/risk/register/restriction.h"
#include "services/risk/register/summary.h"

namespace heitie::risk {

using v1::Risk;
using v1::RiskMatrix;
using v1::RiskMatrixPreview;

namespace {

// So many are told one by one.
constexpr int kRisksTold = 5000;

// What pauses an activity that runs.
bool Stops(const v1::RiskSummary& summary) {
  return summary.blocking_reason() == v1::RiskSummary::BLOCKING_HIGH_UNTREATED ||
         summary.blocking_reason() == v1::RiskSummary::BLOCKING_HIGH_NOT_REDUCED;
}

struct MatrixChange {
  RiskMatrixPreview::RiskChange told;
  std::vector<std::string> stopped;  // what the risk is on and affects, where that stops
};

MatrixChange ChangeOf(const Risk& before, const Risk& after, absl::Time at) {
  MatrixChange change;
  RiskMatrixPreview::RiskChange& told = change.told;
  told.set_risk(before.name());
  told.set_subject(before.subject());
  told.set_level_before(before.level());
  told.set_level_after(after.level());
  told.set_voids_treatment(before.has_treatment() && !after.has_treatment());
  const v1::RiskSummary old = Summarize(before, at), now = Summarize(after, at);
  told.set_begins_to_block(now.blocking() && !old.blocking());
  told.set_ceases_to_block(old.blocking() && !now.blocking());
  told.set_assessment_due(!FitsTogether(after) && FitsTogether(before));
  if (!Stops(now) || Stops(old)) return change;
  change.stopped.assign(before.affected_subjects().begin(), before.affected_subjects().end());
  change.stopped.push_back(before.subject());
  return change;
}

bool IsChange(const RiskMatrixPreview::RiskChange& change) {
  return change.level_before() != change.level_after() || change.voids_treatment() || change.begins_to_block() ||
         change.ceases_to_block() || change.assessment_due();
}

// FNV-1a. It finds what has changed, and keeps nobody out.
class Digest {
 public:
  void Add(const std::string& text) {
    for (const char c : text) Mix(static_cast<unsigned char>(c));
    Mix(0x100);
  }
  std::string text() const { return absl::StrCat(absl::Hex(hash_, absl::kZeroPad16)); }

 private:
  void Mix(uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3; }
  uint64_t hash_ = 0xcbf29ce484222325;
};

using Cells = std::set<std::pair<int, int>>;

// Whether another level of these cells may change anything for the risk. Most are spared a closer look, of a hundred thousand.
bool MayChange(const Risk& risk, const RiskMatrix& in_force, const Cells& changed, absl::Time at) {
  // It is still to be rated by the matrix in force, or has something that the level permits.
  if (risk.matrix_version() != in_force.version() || StateAt(risk, at) == Risk::STATE_TREATED) return true;
  const auto in = [&](bool set, const v1::Rating& rating) { return set && changed.count({rating.likelihood(), rating.impact()}) > 0; };
  return in(risk.has_current(), risk.current()) || in(risk.has_inherent(), risk.inherent()) || in(risk.has_residual(), risk.residual());
}

std::vector<MatrixChange> ChangesOf(const RiskMatrix& in_force, const RiskMatrix& draft, const std::vector<Risk>& open, absl::Time at) {
  // A draft has no version yet, and is rated by all the same.
  RiskMatrix next = draft;
  next.set_version(in_force.version() + 1);
  Cells changed;
  for (const RiskMatrixPreview::CellChange& cell : risk::ChangesOf(in_force, draft)) changed.emplace(cell.likelihood(), cell.impact());
  std::vector<MatrixChange> changes;
  for (const Risk& risk : open) {
    if (!MayChange(risk, in_force, changed, at)) continue;
    const Risk before = Rerated(risk, in_force, at);
    MatrixChange change = ChangeOf(before, Rerated(before, next, at), at);
    if (IsChange(change.told)) changes.push_back(std::move(change));
  }
  std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.told.risk() < b.told.risk(); });
  return changes;
}

}  // namespace

Risk Rerated(const Risk& risk, const RiskMatrix& matrix, absl::Time at) {
  if (!risk.has_current() || (risk.has_matrix_version() && risk.matrix_version() == matrix.version())) return risk;
  Risk rated = risk;
  *rated.mutable_current() = Rate(matrix, risk.current());
  if (risk.has_inherent()) *rated.mutable_inherent() = Rate(matrix, risk.inherent());
  if (risk.has_residual()) *rated.mutable_residual() = Rate(matrix, risk.residual());
  rated.set_level(rated.has_residual() ? rated.residual().level() : rated.current().level());
  rated.set_matrix_version(matrix.version());
  if (StateAt(risk, at) == Risk::STATE_TREATED && !TreatmentHolds(rated, rated.current().level(), at)) {
    ClearTreatment(rated);
    rated.set_state(Risk::STATE_ASSESSED);
  }
  return rated;
}

bool FitsTogether(const Risk& risk) {
  if (risk.has_residual() && risk.residual().level() > risk.current().level()) return false;
  return !risk.has_inherent() || risk.current().level() <= risk.inherent().level();
}

v1::Assessment RerateEntry(const Risk& before, const Risk& after, const RiskMatrix& matrix) {
  v1::Assessment entry;
  Mark(before.restricted_risk(), entry);
  entry.set_origin(v1::Assessment::ORIGIN_RE_RATED);
  if (after.has_inherent()) *entry.mutable_inherent() = after.inherent();
  *entry.mutable_current() = after.current();
  if (after.has_residual()) *entry.mutable_residual() = after.residual();
  entry.set_risk_matrix(matrix.name());
  entry.set_matrix_version(matrix.version());
  entry.set_rationale(matrix.reason());
  entry.set_voided_treatment(before.has_treatment() && !after.has_treatment());
  *entry.mutable_evidence() = after.evidence();
  return entry;
}

std::vector<RiskMatrixPreview::CellChange> ChangesOf(const RiskMatrix& before, const RiskMatrix& after) {
  std::vector<RiskMatrixPreview::CellChange> changes;
  for (int likelihood = 1; likelihood <= kScale; ++likelihood) {
    for (int impact = 1; impact <= kScale; ++impact) {
      v1::Rating rating;
      rating.set_likelihood(likelihood);
      rating.set_impact(impact);
      const v1::Level old = Rate(before, rating).level(), now = Rate(after, rating).level();
      if (old == now) continue;
      RiskMatrixPreview::CellChange change;
      change.set_likelihood(likelihood);
      change.set_impact(impact);
      change.set_level_before(old);
      change.set_level_after(now);
      changes.push_back(change);
    }
  }
  return changes;
}

RiskMatrixPreview PreviewOf(const RiskMatrix& in_force, const RiskMatrix& draft, const std::vector<Risk>& open, absl::Time at) {
  RiskMatrixPreview preview;
  *preview.mutable_risk_matrix() = draft;
  preview.set_matrix_in_force(in_force.name());
  for (RiskMatrixPreview::CellChange& change : ChangesOf(in_force, draft)) *preview.add_cells() = std::move(change);
  const std::vector<MatrixChange> changes = ChangesOf(in_force, draft, open, at);
  preview.set_changed_count(static_cast<int32_t>(changes.size()));
  preview.set_open_count(static_cast<int32_t>(open.size()));
  std::set<std::string> stopped;
  for (const MatrixChange& change : changes) {
    for (const std::string& subject : change.stopped) {
      if (absl::StartsWith(subject, "activities/") || absl::StartsWith(subject, "projects/")) stopped.insert(subject);
    }
    if (preview.risks_size() < kRisksTold) *preview.add_risks() = change.told;
  }
  for (const std::string& subject : stopped) preview.add_stopped_activities(subject);
  return preview;
}

std::string DigestOf(const RiskMatrix& in_force, const RiskMatrix& draft, const std::vector<Risk>& open, absl::Time at) {
  Digest digest;
  digest.Add(in_force.name());
  for (const v1::RiskMatrixCell& cell : draft.cells()) {
    digest.Add(absl::StrCat(cell.likelihood(), " ", cell.impact(), " ", cell.level()));
  }
  const std::vector<MatrixChange> changes = ChangesOf(in_force, draft, open, at);
  std::map<std::string, std::string> etags;
  for (const MatrixChange& change : changes) etags[change.told.risk()];
  for (const Risk& risk : open) {
    if (const auto changed = etags.find(risk.name()); changed != etags.end()) changed->second = risk.etag();
  }
  for (const auto& [risk, etag] : etags) {
    digest.Add(risk);
    digest.Add(etag);
  }
  return digest.text();
}

}  // namespace heitie::risk
