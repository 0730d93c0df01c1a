#include "services/metrics/quality/finding.h"

#include <vector>

#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/metrics/quality/tables.h"

namespace heitie::metrics {

const status::Reason kNotYourFinding{absl::StatusCode::kPermissionDenied, "NOT_YOUR_FINDING",
                                     "{name} is closed by who answers for it, by an analyst or by a manager.",
                                     "{name} 僅能由負責人、資料分析員或經理結案。"};

namespace {

using v1::QualityFinding;
using v1::QualityResult;

constexpr absl::Duration kRemindInterval = absl::Minutes(10);
// W12: what is overdue comes back each day.
constexpr absl::Duration kReminderPause = absl::Hours(24);
constexpr int64_t kRemindedTogether = 1000;

template <typename T>
absl::Status RemindOfOne(record::Transaction& tx, const QualityTables& tables, const record::Kind<T>& kind, const std::string& name) {
  ASSIGN_OR_RETURN(const T before, kind.Lock(tx, name));
  if (time::ToDay(before.due_date()) >= tables.DayOf(tx.call.now)) return absl::OkStatus();
  if (before.has_remind_time() && time::ToTime(before.remind_time()) > tx.call.now - kReminderPause) {
    return absl::OkStatus();  // another replica was first
  }
  T after = before;
  // What was settled meanwhile is not to be reminded of.
  if (!kind.Advance(after, "remind").ok()) return absl::OkStatus();
  *after.mutable_remind_time() = time::ToTimestamp(tx.call.now);
  return kind.Update(tx, before, after, "remind");
}

template <typename T>
absl::Status RemindOfAll(const rpc::Call& call, const QualityTables& tables, const record::Kind<T>& kind) {
  ASSIGN_OR_RETURN(const std::vector<T> due, tables.store.Read(call, [&](sql::Session& session) {
    return kind.Select(session,
                       "WHERE open_due_date < ? AND (remind_time IS NULL OR remind_time <= ?) ORDER BY open_due_date, name LIMIT ?",
                       {time::DayText(tables.DayOf(call.now)), call.now - kReminderPause, kRemindedTogether});
  }));
  absl::Status status;
  for (const T& one : due) {
    status.Update(tables.store.Write(call, [&](record::Transaction& tx) { return RemindOfOne(tx, tables, kind, one.name()); }));
  }
  return status;
}

}  // namespace

const record::StateMachine& QualityFindingMachine() {
  constexpr auto kOpen = QualityFinding::STATE_OPEN, kClosed = QualityFinding::STATE_CLOSED;
  static const auto& machine = *new record::StateMachine(
      QualityFinding::State_descriptor(), {
                                              {kOpen, "close", kClosed, "what was done is said"},
                                              {kOpen, "fail_again", kOpen, "another run fails", record::kConsequence},
                                              {kClosed, "reopen", kOpen, "the check still fails", record::kConsequence},
                                              {kOpen, "recover", kOpen, "a run passes: the episode is over", record::kConsequence},
                                              {kClosed, "recover", kClosed, "a run passes: the episode is over", record::kConsequence},
                                              {kOpen, "remind", kOpen, "it is overdue (W12)", record::kConsequence},
                                          });
  return machine;
}

QualityFindings::QualityFindings(const service::Context& context, QualityTables& tables) : tables_(tables) {
  context.jobs.Recur(
      "remind-of-quality", kRemindInterval, [this](const rpc::Call& call, const job::Job&) { return Remind(call); }, job::Lane::kDeadlines);
}

absl::StatusOr<std::string> QualityFindings::EpisodeOf(sql::Session& session, const std::string& check) const {
  std::string name;
  RETURN_IF_ERROR(session.Query("SELECT name FROM quality_findings WHERE episode = ?", sql::Bind(check),
                                [&](const sql::Row& row) { name = row.Text(0); }));
  return name;
}

absl::Status QualityFindings::Begin(record::Transaction& tx, const v1::QualityCheck& check, const QualityResult& result) {
  QualityFinding finding;
  finding.set_name("qualityFindings/" + record::NewId(tx.call.now));
  finding.set_title(check.display_name());
  finding.set_quality_check(check.name());
  finding.set_first_result(result.name());
  finding.set_last_result(result.name());
  finding.set_failure_count(1);
  finding.set_owner(check.owner());
  ASSIGN_OR_RETURN(*finding.mutable_due_date(), tables_.DueDate(tx.sql, tx.call.now, check.finding_working_days()));
  finding.set_state(QualityFinding::STATE_OPEN);
  return tables_.findings.Insert(tx, finding, "open");
}

absl::Status QualityFindings::Follow(record::Transaction& tx, const v1::QualityCheck& check, const QualityResult& result) {
  if (result.outcome() == QualityResult::OUTCOME_UNDECIDED) return absl::OkStatus();
  const bool failed = result.outcome() == QualityResult::OUTCOME_FAILED;
  ASSIGN_OR_RETURN(const std::string name, EpisodeOf(tx.sql, check.name()));
  if (name.empty()) return failed ? Begin(tx, check, result) : absl::OkStatus();
  ASSIGN_OR_RETURN(const QualityFinding before, tables_.findings.Lock(tx, name));
  QualityFinding after = before;
  const bool closed = before.state() == QualityFinding::STATE_CLOSED;
  const char* verb = !failed ? "recover" : closed ? "reopen" : "fail_again";
  RETURN_IF_ERROR(tables_.findings.Advance(after, verb));
  if (failed) {
    after.set_failure_count(before.failure_count() + 1);
    after.set_last_result(result.name());
  } else {
    *after.mutable_recover_time() = result.run_time();
  }
  if (failed && closed) {
    after.clear_remind_time();
    ASSIGN_OR_RETURN(*after.mutable_due_date(), tables_.DueDate(tx.sql, tx.call.now, check.finding_working_days()));
  }
  return tables_.findings.Update(tx, before, after, verb);
}

absl::StatusOr<std::string> QualityFindings::Open(record::Transaction& tx, const v1::Inspection& inspection,
                                                  const v1::InspectionEntry& entry) {
  QualityFinding finding;
  finding.set_name("qualityFindings/" + record::NewId(tx.call.now));
  finding.set_title(entry.question());
  finding.set_inspection(inspection.name());
  finding.set_note(entry.note());
  finding.set_owner(entry.finding_owner().empty() ? inspection.inspector() : entry.finding_owner());
  ASSIGN_OR_RETURN(*finding.mutable_due_date(), tables_.DueDate(tx.sql, tx.call.now, inspection.finding_working_days()));
  finding.set_state(QualityFinding::STATE_OPEN);
  RETURN_IF_ERROR(tables_.findings.Insert(tx, finding, "open"));
  return finding.name();
}

absl::Status QualityFindings::Update(record::Transaction& tx, const QualityFinding& before, QualityFinding& after) {
  if (before.state() != QualityFinding::STATE_OPEN) {
    return status::Error(kQualityInUse, {{"name", before.name()}, {"state", QualityFinding::State_Name(before.state())}});
  }
  // Who is given another day is reminded after that one again.
  if (time::ToDay(after.due_date()) >= tables_.DayOf(tx.call.now)) after.clear_remind_time();
  return absl::OkStatus();
}

absl::StatusOr<QualityFinding> QualityFindings::Close(record::Transaction& tx, const v1::CloseQualityFindingRequest& request) {
  return tables_.findings.Change(tx, request, "close", [&](QualityFinding& after) -> absl::Status {
    if (!AnswersForQuality(tx.call) && after.owner() != tx.call.principal.name) {
      return status::Error(kNotYourFinding, {{"name", after.name()}});
    }
    after.set_done(request.done());
    after.set_closer(tx.call.principal.name);
    *after.mutable_close_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

job::Outcome QualityFindings::Remind(const rpc::Call& call) {
  absl::Status status = RemindOfAll(call, tables_, tables_.findings);
  status.Update(RemindOfAll(call, tables_, tables_.inspections));
  return {status};
}

void QualityFindings::Bind(record::Methods& methods) {
  methods.Reads(tables_.findings);
  methods.Updates(tables_.findings, this, &QualityFindings::Update);
  methods.Bind("CloseQualityFinding", this, &QualityFindings::Close);
}

}  // namespace heitie::metrics
