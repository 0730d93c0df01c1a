#include "services/metrics/quality/quality_check.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/record/unused.h"
#include "common/record/verification.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/metrics/analysis/query.h"
#include "services/metrics/collection/batch.h"
#include "services/metrics/collection/metric_definition.h"
#include "services/metrics/quality/criterion.h"
#include "services/metrics/quality/examination.h"
#include "services/metrics/quality/finding.h"
#include "services/metrics/quality/recurrence.h"
#include "services/metrics/quality/tables.h"

namespace heitie::metrics {

const status::Reason kQualityCheckRetired{absl::StatusCode::kFailedPrecondition, "QUALITY_CHECK_RETIRED",
                                          "{name} is retired and runs no more.", "{name} 已停用，不再執行。"};

namespace {

using v1::QualityCheck;
using v1::QualityResult;

constexpr char kRunJob[] = "run-quality-check";
constexpr int64_t kMostVerifiedDays = 31;
// What is left of a deadline for writing.
constexpr absl::Duration kWritingTime = absl::Seconds(3);

// What is due runs once; where the recurrence is another one, it counts from now.
absl::Status KeepRunJob(record::Transaction& tx, const QualityTables& tables, const QualityCheck* before, const QualityCheck* after) {
  const std::string name = absl::StrCat(after != nullptr ? after->name() : before->name(), "/run");
  const bool runs = after != nullptr && after->state() == QualityCheck::STATE_ACTIVE;
  const bool ran = before != nullptr && before->state() == QualityCheck::STATE_ACTIVE;
  if (!runs) return ran ? job::Cancel(tx, name) : absl::OkStatus();
  if (ran) return absl::OkStatus();  // An active one keeps its recurrence.
  ASSIGN_OR_RETURN(const absl::Time next, tables.NextRun(tx.sql, after->recurrence(), tx.call.now));
  return job::Schedule(tx, {name, kRunJob, after->name(), next});
}

absl::Status CheckDraftOf(const QualityCheck& check) {
  status::BadFields bad;
  CheckQuality(check, bad);
  CheckRecurrence(check.recurrence(), "quality_check.recurrence", bad);
  return bad.status();
}

}  // namespace

const record::StateMachine& QualityCheckMachine() {
  static const auto& machine =
      *new record::StateMachine(QualityCheck::State_descriptor(), {
                                                                      {QualityCheck::STATE_DRAFT, "activate", QualityCheck::STATE_ACTIVE},
                                                                      {QualityCheck::STATE_PAUSED, "activate", QualityCheck::STATE_ACTIVE},
                                                                      {QualityCheck::STATE_ACTIVE, "pause", QualityCheck::STATE_PAUSED},
                                                                      {QualityCheck::STATE_DRAFT, "retire", QualityCheck::STATE_RETIRED},
                                                                      {QualityCheck::STATE_ACTIVE, "retire", QualityCheck::STATE_RETIRED},
                                                                      {QualityCheck::STATE_PAUSED, "retire", QualityCheck::STATE_RETIRED},
                                                                  });
  return machine;
}

std::string ResultId(absl::Time time, const std::string& what) {
  return absl::StrCat(absl::FormatTime("%Y%m%dt%H%M%S", time, absl::UTCTimeZone()), "-", what);
}

QualityChecks::QualityChecks(const service::Context& context, QualityTables& tables, QualityFindings& findings)
    : tables_(tables), findings_(findings) {
  tables_.checks.SetFollow([this](record::Transaction& tx, const QualityCheck* before, const QualityCheck* after) {
    return KeepRunJob(tx, tables_, before, after);
  });
  context.jobs.Handle(
      kRunJob, [this](const rpc::Call& call, const job::Job& job) { return RunDue(call, job); }, job::Lane::kLongWork);
}

absl::StatusOr<QualityResult> QualityChecks::Judge(const rpc::Call& call, const QualityCheck& check) const {
  QualityResult result;
  const Occasion occasion{call.now, tables_.zone, call.deadline - kWritingTime};
  RETURN_IF_ERROR(tables_.store.database().Snapshot(call.deadline, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(result, Examine(session, tables_.results, check, occasion));
    return absl::OkStatus();
  }));
  return result;
}

absl::StatusOr<QualityResult> QualityChecks::Keep(record::Transaction& tx, const QualityCheck& check, const std::string& id,
                                                  QualityResult result) const {
  // Runs of a check take turns, on every node of a cluster.
  RETURN_IF_ERROR(tables_.checks.Guard(tx, check.name()).status());
  result.set_name(absl::StrCat(check.name(), "/results/", id));
  absl::StatusOr<QualityResult> kept = tables_.results.Find(tx.sql, result.name());
  if (!absl::IsNotFound(kept.status())) return kept;
  RETURN_IF_ERROR(tables_.results.Insert(tx, result, "run"));
  RETURN_IF_ERROR(findings_.Follow(tx, check, result));
  return result;
}

job::Outcome QualityChecks::RunDue(const rpc::Call& call, const job::Job& job) {
  const absl::StatusOr<QualityCheck> check =
      tables_.store.Read(call, [&](sql::Session& session) { return tables_.checks.Find(session, job.payload); });
  if (absl::IsNotFound(check.status())) return job::Outcome::Done();
  if (!check.ok()) return job::Outcome::Failed(check.status());
  if (check->state() != QualityCheck::STATE_ACTIVE) return job::Outcome::Done();
  const absl::StatusOr<QualityResult> result = Judge(call, *check);
  if (!result.ok()) return job::Outcome::Failed(result.status());
  // The run is known by the time for which it was due, so that a repetition finds it.
  const std::string id = ResultId(job.run_time, "due");
  const absl::Status kept = tables_.store.Write(call, [&](record::Transaction& tx) { return Keep(tx, *check, id, *result).status(); });
  if (!kept.ok()) return job::Outcome::Failed(kept);
  const absl::StatusOr<absl::Time> next = tables_.store.Read(
      call, [&](sql::Session& session) { return tables_.NextRun(session, check->recurrence(), std::max(call.now, job.run_time)); });
  return next.ok() ? job::Outcome::Again(*next) : job::Outcome::Failed(next.status());
}

absl::Status QualityChecks::Create(record::Transaction&, QualityCheck& check) {
  check.set_state(QualityCheck::STATE_DRAFT);
  return CheckDraftOf(check);
}

absl::Status QualityChecks::Update(record::Transaction&, const QualityCheck& before, QualityCheck& after) {
  if (before.state() != QualityCheck::STATE_DRAFT && before.state() != QualityCheck::STATE_PAUSED) {
    return status::Error(kQualityInUse, {{"name", before.name()}, {"state", QualityCheck::State_Name(before.state())}});
  }
  return CheckDraftOf(after);
}

absl::StatusOr<QualityCheck> QualityChecks::Activate(record::Transaction& tx, const v1::ActivateQualityCheckRequest& request) {
  return tables_.checks.Change(tx, request, "activate", [](QualityCheck& after) { after.clear_state_reason(); });
}

absl::StatusOr<QualityCheck> QualityChecks::Pause(record::Transaction& tx, const v1::PauseQualityCheckRequest& request) {
  return tables_.checks.Change(tx, request, "pause", [&](QualityCheck& after) { after.set_state_reason(request.reason()); });
}

absl::StatusOr<QualityCheck> QualityChecks::Retire(record::Transaction& tx, const v1::RetireQualityCheckRequest& request) {
  return tables_.checks.Change(tx, request, "retire", [&](QualityCheck& after) { after.set_state_reason(request.reason()); });
}

absl::StatusOr<QualityResult> QualityChecks::Run(const rpc::Call& call, const v1::RunQualityCheckRequest& request) {
  QualityCheck check;
  QualityResult judged, answer;
  const auto judge = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(check, tables_.checks.Get(call, request.name()));
    if (check.state() == QualityCheck::STATE_RETIRED) return status::Error(kQualityCheckRetired, {{"name", check.name()}});
    ASSIGN_OR_RETURN(judged, Judge(call, check));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(tables_.store.Write(call, request, &answer, judge, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(answer, Keep(tx, check, ResultId(tx.call.now, record::NewId(tx.call.now)), judged));
    return absl::OkStatus();
  }));
  return answer;
}

absl::StatusOr<QualityResult> QualityChecks::Try(const rpc::Call& call, const v1::TryQualityCheckRequest& request) {
  ASSIGN_OR_RETURN(const QualityCheck check, tables_.checks.Get(call, request.name()));
  return Judge(call, check);
}

absl::StatusOr<v1::VerifyFiguresResponse> QualityChecks::Verify(const rpc::Call& call, const v1::VerifyFiguresRequest& request) {
  const Days days{time::ToDay(request.start_date()), time::ToDay(request.end_date())};
  status::BadFields bad;
  if (days.last < days.first || days.last - days.first >= kMostVerifiedDays) {
    bad.Add("end_date", kBadDateRange, {{"days", kMostVerifiedDays}});
  }
  if (!request.event_name().empty() && !request.measurement_name().empty()) {
    bad.Add("event_name", kBadMetricSource, {{"fields", "event_name, measurement_name"}});
  }
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(record::NoteVerification(tables_.store, call, "figures", request.reason()));
  std::vector<Series> series;
  if (!request.event_name().empty()) series.push_back({kEventKind, request.event_name()});
  if (!request.measurement_name().empty()) series.push_back({kMeasurementKind, request.measurement_name()});
  v1::VerifyFiguresResponse response;
  RETURN_IF_ERROR(tables_.store.database().Snapshot(call.deadline, [&](sql::Session& session) -> absl::Status {
    Judged judged;
    RETURN_IF_ERROR(ExamineFigures(session, series, days, {call.now, tables_.zone, call.deadline - kWritingTime}, judged));
    int64_t omitted = 0;
    const std::vector<v1::QualityEvidence> evidence = judged.Evidence(omitted);
    response.mutable_evidence()->Assign(evidence.begin(), evidence.end());
    response.set_omitted_count(omitted);
    response.set_outcome(judged.outcome());
    response.set_cause(judged.cause());
    return absl::OkStatus();
  }));
  return response;
}

void QualityChecks::Bind(record::Methods& methods) {
  methods.Reads(tables_.checks);
  methods.Creates(tables_.checks, this, &QualityChecks::Create);
  methods.Updates(tables_.checks, this, &QualityChecks::Update);
  record::DeletesUnused(methods, tables_.checks);
  methods.Bind("ActivateQualityCheck", this, &QualityChecks::Activate);
  methods.Bind("PauseQualityCheck", this, &QualityChecks::Pause);
  methods.Bind("RetireQualityCheck", this, &QualityChecks::Retire);
  methods.Bind("RunQualityCheck", this, &QualityChecks::Run);
  methods.Bind("TryQualityCheck", this, &QualityChecks::Try);
  methods.Bind("VerifyFigures", this, &QualityChecks::Verify);
  methods.Reads(tables_.results);
}

}  // namespace heitie::metrics
