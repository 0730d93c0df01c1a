#include "services/metrics/correction/withdrawal.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "nlohmann/json.hpp"
#include "services/metrics/correction/drop.h"
#include "services/metrics/engine/database_snapshot.h"
#include "services/metrics/export/tombstone.h"

namespace heitie::metrics {

const status::Reason kBadSequences{absl::StatusCode::kInvalidArgument, "BAD_SEQUENCES",
                                   "The last sequence is not before the first one, and both and what is between are at most {limit}.",
                                   "最後序號不得小於起始序號，且範圍最多 {limit} 個序號。"};
const status::Reason kNothingToWithdraw{absl::StatusCode::kFailedPrecondition, "NOTHING_TO_WITHDRAW",
                                        "Of {producer} no batch from {first} to {last} has arrived that is not withdrawn already.",
                                        "{producer} 在序號 {first} 至 {last} 之間沒有已送達且尚未撤回的批次。"};

namespace {

using v1::Withdrawal;

constexpr int64_t kMaxSequences = 10000;
constexpr char kWithdrawalJob[] = "withdraw";

// The days of batches that are to be withdrawn.
absl::StatusOr<std::vector<SeriesDay>> DaysIn(sql::Session& session, const Withdrawal& withdrawal, int64_t& batches) {
  std::set<std::tuple<std::string, std::string, absl::CivilDay>> days;
  absl::Status read;
  RETURN_IF_ERROR(session.Query(
      "SELECT kind, extent FROM ingested_batch WHERE producer = ? AND sequence BETWEEN ? AND ? AND withdrawal = '' FOR UPDATE",
      sql::Bind(withdrawal.producer(), withdrawal.first_sequence(), withdrawal.last_sequence()), [&](const sql::Row& row) {
        ++batches;
        const nlohmann::json extent = nlohmann::json::parse(row.Text(1), nullptr, false);
        if (!extent.is_object()) return read.Update(absl::DataLossError("the extent of a batch cannot be read"));
        for (const auto& [name, counts] : extent.items()) {
          for (const auto& [day, count] : counts.items()) days.emplace(row.Text(0), name, *time::ParseDay(day));
        }
      }));
  RETURN_IF_ERROR(read);
  std::vector<SeriesDay> result;
  for (const auto& [kind, name, day] : days) result.push_back({{kind, name}, day});
  return result;
}

absl::StatusOr<std::optional<SeriesDay>> NextDay(sql::Session& session, const std::string& withdrawal) {
  std::optional<SeriesDay> next;
  RETURN_IF_ERROR(session.Query("SELECT kind, name, day FROM withdrawal_day WHERE withdrawal = ? ORDER BY kind, name, day LIMIT 1",
                                sql::Bind(withdrawal), [&](const sql::Row& row) {
                                  next = SeriesDay{{row.Text(0), row.Text(1)}, *time::ParseDay(row.Text(2))};
                                }));
  return next;
}

absl::StatusOr<std::set<int64_t>> SequencesOf(sql::Session& session, const std::string& withdrawal) {
  std::set<int64_t> sequences;
  RETURN_IF_ERROR(session.Query("SELECT sequence FROM ingested_batch WHERE withdrawal = ?", sql::Bind(withdrawal),
                                [&](const sql::Row& row) { sequences.insert(row.Int(0)); }));
  return sequences;
}

// Exactly the batches that were withdrawn: others of the range may have come since.
absl::Status BuryWithdrawn(sql::Session& session, absl::Time now, const Withdrawal& withdrawal) {
  ASSIGN_OR_RETURN(const std::set<int64_t> sequences, SequencesOf(session, withdrawal.name()));
  for (auto it = sequences.begin(); it != sequences.end();) {
    const int64_t first = *it;
    int64_t last = first;
    while (++it != sequences.end() && *it == last + 1) last = *it;
    RETURN_IF_ERROR(BuryBatches(session, now, withdrawal.producer(), first, last));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> DropDay(record::Transaction& tx, const Withdrawal& withdrawal, const SeriesDay& day) {
  ASSIGN_OR_RETURN(const std::set<int64_t> sequences, SequencesOf(tx.sql, withdrawal.name()));
  ASSIGN_OR_RETURN(const int64_t rows, DropAndBook(tx, day, [&](const Block& block, size_t i) {
                     const Column& producers = block.rows.columns.at(kProducerColumn);
                     return producers.values[producers.codes[i] - 1] == withdrawal.producer() && sequences.contains(block.sequences[i]);
                   }));
  RETURN_IF_ERROR(tx.sql
                      .Execute("DELETE FROM withdrawal_day WHERE withdrawal = ? AND kind = ? AND name = ? AND day = ?",
                               sql::Bind(withdrawal.name(), day.series.kind, day.series.name, time::DayText(day.day)))
                      .status());
  return rows;
}

// Rows that the withdrawn batches brought: events and measurements.
absl::StatusOr<std::pair<int64_t, int64_t>> RowsByKind(sql::Session& session, const std::string& withdrawal) {
  std::pair<int64_t, int64_t> rows;
  RETURN_IF_ERROR(
      session.Query("SELECT kind, extent FROM ingested_batch WHERE withdrawal = ?", sql::Bind(withdrawal), [&](const sql::Row& row) {
        const nlohmann::json extent = nlohmann::json::parse(row.Text(1), nullptr, false);
        for (const auto& days : extent) {
          for (const auto& count : days) (row.Text(0) == kEventKind ? rows.first : rows.second) += count.get<int64_t>();
        }
      }));
  return rows;
}

// Greatest time of what is left of the producer.
absl::StatusOr<std::optional<absl::Time>> LastOccurTime(sql::Session& session, const std::string& producer) {
  std::optional<absl::Time> last;
  RETURN_IF_ERROR(
      session.Query("SELECT MAX(last_occur_time) FROM series_producer WHERE producer = ?", sql::Bind(producer), [&](const sql::Row& row) {
        if (!row.IsNull(0)) last = row.Time(0);
      }));
  return last;
}

}  // namespace

const record::StateMachine& WithdrawalMachine() {
  static const auto& machine = *new record::StateMachine(
      Withdrawal::State_descriptor(),
      {{Withdrawal::STATE_RUNNING, "finish", Withdrawal::STATE_DONE, "every day is rewritten", record::kConsequence}});
  return machine;
}

Withdrawals::Withdrawals(const service::Context& context, Producers& producers, DeadLetters& dead_letters)
    : store_(context.store), producers_(producers), dead_letters_(dead_letters), withdrawals_(context.store, &WithdrawalMachine()) {
  context.jobs.Handle(
      kWithdrawalJob, [this](const rpc::Call& call, const job::Job& job) { return WorkOn(call, job); }, job::Lane::kLongWork);
}

void Withdrawals::Bind(record::Methods& methods) {
  methods.Reads(withdrawals_);
  methods.Creates(withdrawals_, this, &Withdrawals::Create);
}

absl::Status Withdrawals::Create(record::Transaction& tx, Withdrawal& withdrawal) {
  if (withdrawal.last_sequence() < withdrawal.first_sequence() ||
      withdrawal.last_sequence() - withdrawal.first_sequence() >= kMaxSequences) {
    status::BadFields bad;
    bad.Add("withdrawal.last_sequence", kBadSequences, {{"limit", kMaxSequences}});
    return bad.status();
  }
  // Batches of the producer take turns with this.
  RETURN_IF_ERROR(producers_.kind().Lock(tx, withdrawal.producer()).status());
  int64_t batches = 0;
  ASSIGN_OR_RETURN(const std::vector<SeriesDay> days, DaysIn(tx.sql, withdrawal, batches));
  if (batches == 0) {
    return status::Error(
        kNothingToWithdraw,
        {{"producer", withdrawal.producer()}, {"first", withdrawal.first_sequence()}, {"last", withdrawal.last_sequence()}});
  }
  for (const SeriesDay& day : days) {
    ASSIGN_OR_RETURN(const bool kept, IsKept(tx.sql, day));
    if (!kept) return status::Error(kRawExpired, {{"name", day.series.name}, {"day", time::DayText(day.day)}});
    RETURN_IF_ERROR(tx.sql.Append("INSERT INTO withdrawal_day (withdrawal, kind, name, day)",
                                  sql::Bind(withdrawal.name(), day.series.kind, day.series.name, time::DayText(day.day)),
                                  sql::Session::ReadBy::kNobody));
  }
  RETURN_IF_ERROR(
      tx.sql
          .Execute("UPDATE ingested_batch SET withdrawal = ? WHERE producer = ? AND sequence BETWEEN ? AND ? AND withdrawal = ''",
                   sql::Bind(withdrawal.name(), withdrawal.producer(), withdrawal.first_sequence(), withdrawal.last_sequence()))
          .status());
  RETURN_IF_ERROR(
      dead_letters_.Withdraw(tx, withdrawal.producer(), withdrawal.first_sequence(), withdrawal.last_sequence(), withdrawal.reason()));
  withdrawal.set_state(Withdrawal::STATE_RUNNING);
  withdrawal.set_batch_count(batches);
  return job::Schedule(tx, {.name = withdrawal.name(), .kind = kWithdrawalJob, .payload = withdrawal.name(), .run_time = tx.call.now});
}

// A day in a transaction of its own, so that batches of other days do not wait; what was done stays done when the process ends under way.
job::Outcome Withdrawals::WorkOn(const rpc::Call& call, const job::Job& job) {
  for (bool done = false; !done;) {
    if (absl::Now() + absl::Seconds(10) >= call.deadline) return job::Outcome::Again(call.now);
    const absl::Status status = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(record::Step<Withdrawal> step, withdrawals_.Begin(tx, record::Target(job.payload)));
      done = step.before.state() != Withdrawal::STATE_RUNNING;
      if (done) return absl::OkStatus();
      ASSIGN_OR_RETURN(const std::optional<SeriesDay> day, NextDay(tx.sql, job.payload));
      if (day.has_value()) {
        ASSIGN_OR_RETURN(const int64_t rows, DropDay(tx, step.before, *day));
        step.after.set_row_count(step.before.row_count() + rows);
        step.verb = "rewrite";
        return withdrawals_.Finish(tx, step).status();
      }
      ASSIGN_OR_RETURN(const v1::Producer before, producers_.kind().Lock(tx, step.before.producer()));
      v1::Producer after = before;
      ASSIGN_OR_RETURN(const auto rows, RowsByKind(tx.sql, job.payload));
      after.set_event_count(before.event_count() - rows.first);
      after.set_measurement_count(before.measurement_count() - rows.second);
      ASSIGN_OR_RETURN(const std::optional<absl::Time> last, LastOccurTime(tx.sql, before.name()));
      after.clear_last_occur_time();
      if (last.has_value()) *after.mutable_last_occur_time() = time::ToTimestamp(*last);
      RETURN_IF_ERROR(producers_.kind().Update(tx, before, after, "withdraw"));
      RETURN_IF_ERROR(BuryWithdrawn(tx.sql, call.now, step.before));
      RETURN_IF_ERROR(withdrawals_.Advance(step.after, "finish"));
      step.verb = "finish";
      *step.after.mutable_end_time() = time::ToTimestamp(call.now);
      done = true;
      return withdrawals_.Finish(tx, step).status();
    });
    if (!status.ok()) return job::Outcome::Failed(status);
  }
  return job::Outcome::Done();
}

}  // namespace heitie::metrics
