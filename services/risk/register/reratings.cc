#include "services/risk/register/reratings.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/risk/register/rerating.h"
#include "services/risk/register/treat_by.h"

namespace heitie::risk {

using v1::Risk;
using v1::RiskMatrix;

namespace {

const status::Reason kPreviewMissing{absl::StatusCode::kFailedPrecondition, "PREVIEW_MISSING",
                                     "{name} changes levels of open risks: look at its preview first.",
                                     "{name} 會改變未結風險的等級，請先預覽。"};
const status::Reason kPreviewStale{absl::StatusCode::kAborted, "PREVIEW_STALE",
                                   "What {name} changes is no longer what its preview told: look at it again.",
                                   "{name} 的影響已與預覽時不同，請重新預覽。"};

constexpr const char* kRerateJob = "rerate-risks";
constexpr const char *kRerate = "rerate", *kVoid = "void_treatment";
constexpr int64_t kReratedAtOnce = 128;
// Longer than any transaction: an assessment by the matrix before, which was under way when the new one came into force, has committed by
// then.
constexpr absl::Duration kLatecomers = absl::Minutes(2);
// Of the half minute that a job's call may take.
constexpr absl::Duration kRatePortion = absl::Seconds(10);

}  // namespace

Reratings::Reratings(record::Store& store, job::Runner& jobs, RiskMatrices& matrices, const record::Kind<Risk>& risks,
                     const record::Kind<v1::Assessment>& assessments, const RiskPolicies& policies, const AssessmentDuties& duties)
    : store_(store), matrices_(matrices), risks_(risks), assessments_(assessments), policies_(policies), duties_(duties) {
  matrices.SetPublishCheck([this](record::Transaction& tx, const RiskMatrix& published) -> absl::Status {
    RETURN_IF_ERROR(CheckPreview(tx, published));
    const std::string job = absl::StrCat(published.name(), "/rerate");
    return job::Schedule(tx, {job, kRerateJob, published.name(), time::ToTime(published.start_time())});
  });
  jobs.Handle(kRerateJob, [this](const rpc::Call& call, const job::Job& job) { return RateAll(call, job); });
}

absl::StatusOr<std::vector<Risk>> Reratings::OpenRisks(sql::Session& session) const {
  return risks_.Select(session, "WHERE open_matrix_version IS NOT NULL");
}

absl::StatusOr<v1::RiskMatrixPreview> Reratings::Preview(record::Transaction& tx, const v1::PreviewRiskMatrixRequest& request) {
  ASSIGN_OR_RETURN(record::Step<RiskMatrix> step, matrices_.kind().Begin(tx, request));
  if (step.before.state() != RiskMatrix::STATE_DRAFT) return status::Error(record::kRulesImmutable, {{"name", request.name()}});
  ASSIGN_OR_RETURN(const RiskMatrix in_force, matrices_.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const std::vector<Risk> open, OpenRisks(tx.sql));
  step.after.set_preview(DigestOf(in_force, step.before, open, tx.call.now));
  step.verb = "preview";
  ASSIGN_OR_RETURN(const RiskMatrix draft, matrices_.kind().Finish(tx, step));
  v1::RiskMatrixPreview preview = PreviewOf(in_force, draft, open, tx.call.now);
  RETURN_IF_ERROR(NameActivities(tx.sql, preview));
  return preview;
}

absl::Status Reratings::NameActivities(sql::Session& session, v1::RiskMatrixPreview& preview) const {
  std::set<std::string> named;
  for (const std::string& subject : preview.stopped_activities()) {
    if (!absl::StartsWith(subject, "projects/")) {
      named.insert(subject);
      continue;
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> activities, activities_(session, subject));
    named.insert(activities.begin(), activities.end());
  }
  preview.mutable_stopped_activities()->Assign(named.begin(), named.end());
  return absl::OkStatus();
}

absl::StatusOr<std::set<int64_t>> Reratings::Before(sql::Session& session, const RiskMatrix& matrix) const {
  // What was rated by releases that kept no number counts as 0.
  std::set<int64_t> earlier = {0};
  RETURN_IF_ERROR(session.Query("SELECT version FROM risk_matrices WHERE in_force_from < ?", sql::Bind(time::ToTime(matrix.start_time())),
                                [&](const sql::Row& row) { earlier.insert(row.Int(0)); }));
  return earlier;
}

absl::Status Reratings::CheckPreview(record::Transaction& tx, const RiskMatrix& published) const {
  ASSIGN_OR_RETURN(const RiskMatrix in_force, matrices_.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const std::vector<Risk> open, OpenRisks(tx.sql));
  if (published.preview().empty()) {
    if (PreviewOf(in_force, published, open, tx.call.now).changed_count() == 0) return absl::OkStatus();
    return status::Error(kPreviewMissing, {{"name", published.name()}});
  }
  if (published.preview() == DigestOf(in_force, published, open, tx.call.now)) return absl::OkStatus();
  return status::Error(kPreviewStale, {{"name", published.name()}});
}

absl::Status Reratings::RateSome(record::Transaction& tx, const std::vector<std::string>& names, const RiskMatrix& matrix,
                                 const std::set<int64_t>& earlier) const {
  ASSIGN_OR_RETURN(const std::vector<Risk> risks,
                   risks_.Select(tx.sql, absl::StrCat("WHERE name IN (", sql::Placeholders(names.size()), ") ORDER BY name FOR UPDATE"),
                                 sql::Values(names.begin(), names.end())));
  ASSIGN_OR_RETURN(const absl::Time treat_by, TreatByTime(tx, policies_));
  std::map<const char*, std::pair<std::vector<Risk>, std::vector<Risk>>> changes;  // before and after, by verb
  std::vector<v1::Assessment> entries;
  std::vector<Risk> due;
  for (const Risk& before : risks) {
    // Somebody may have closed or assessed it meanwhile.
    if (before.state() == Risk::STATE_CLOSED || !before.has_current() || earlier.count(before.matrix_version()) == 0) continue;
    const Risk rated = Rerated(before, matrix, tx.call.now);
    Risk after = before;
    const char* const verb = before.has_treatment() && !rated.has_treatment() ? kVoid : kRerate;
    RETURN_IF_ERROR(risks_.Advance(after, verb));
    const Risk::State state = after.state();
    after = rated;
    after.set_state(state);
    v1::Assessment& entry = entries.emplace_back(RerateEntry(before, after, matrix));
    entry.set_name(absl::StrCat(before.name(), "/assessments/", record::NewId(tx.call.now)));
    after.set_assessment(entry.name());
    KeepTreatBy(treat_by, after);
    if (!FitsTogether(after)) due.push_back(after);
    changes[verb].first.push_back(before);
    changes[verb].second.push_back(std::move(after));
  }
  RETURN_IF_ERROR(tx.sql.Together([&]() -> absl::Status {
    for (v1::Assessment& entry : entries) RETURN_IF_ERROR(assessments_.Insert(tx, entry, kRerate));
    return absl::OkStatus();
  }));
  for (auto& [verb, rows] : changes) RETURN_IF_ERROR(risks_.UpdateAll(tx, rows.first, rows.second, verb));
  for (const Risk& risk : due) RETURN_IF_ERROR(duties_.Ask(tx, risk, v1::AssessmentDuty::CAUSE_RERATED, matrix.name()));
  return absl::OkStatus();
}

job::Outcome Reratings::RateAll(const rpc::Call& call, const job::Job& job) {
  const absl::Time begin = absl::Now();
  while (absl::Now() - begin < kRatePortion) {
    std::vector<std::string> names;
    std::set<int64_t> earlier;
    const auto matrix = store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<RiskMatrix> {
      names.clear();
      ASSIGN_OR_RETURN(RiskMatrix in_force, matrices_.InForce(session, call.now));
      ASSIGN_OR_RETURN(earlier, Before(session, in_force));
      sql::Values values(earlier.begin(), earlier.end());
      values.emplace_back(kReratedAtOnce);
      RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT name FROM risks WHERE open_matrix_version IN (", sql::Placeholders(earlier.size()),
                                                 ") ORDER BY open_matrix_version, name LIMIT ?"),
                                    values, [&](const sql::Row& row) { names.push_back(row.Text(0)); }));
      return in_force;
    });
    if (!matrix.ok()) return job::Outcome::Failed(matrix.status());
    if (names.empty()) {
      const absl::Time until = time::ToTime(matrix->start_time()) + kLatecomers;
      return call.now < until ? job::Outcome::Again(until) : job::Outcome::Done();
    }
    const absl::Status rated = store_.Write(call, [&](record::Transaction& tx) { return RateSome(tx, names, *matrix, earlier); });
    if (!rated.ok()) return job::Outcome::Failed(rated);
  }
  return job::Outcome::Again(call.now);
}

void Reratings::Bind(record::Methods& methods) { methods.Bind("PreviewRiskMatrix", this, &Reratings::Preview); }

}  // namespace heitie::risk
