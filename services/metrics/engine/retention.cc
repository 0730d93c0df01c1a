#include "services/metrics/engine/retention.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/metrics/engine/fold.h"
#include "services/metrics/export/tombstone.h"

namespace heitie::metrics {

const status::Reason kDuplicateName{absl::StatusCode::kInvalidArgument, "DUPLICATE_NAME", "There are two terms for {name}.",
                                    "{name} 的保留期限重複。"};

namespace {

constexpr absl::Duration kExpireInterval = absl::Hours(1);
constexpr absl::Duration kPartitionInterval = absl::Hours(6);
constexpr int kDaysAhead = 7;
constexpr int kBlocksPerDelete = 32;  // some 50 MiB of texts at most

std::string PartitionName(absl::CivilDay day) { return absl::StrFormat("d%04d%02d%02d", day.year(), day.month(), day.day()); }

absl::StatusOr<std::vector<Series>> AllSeries(sql::Session& session) {
  std::vector<Series> all;
  RETURN_IF_ERROR(session.Query("SELECT DISTINCT kind, name FROM series_producer", {}, [&](const sql::Row& row) {
    all.push_back({row.Text(0), row.Text(1)});
  }));
  return all;
}

// Whether the series has anything before the day that is kept still: rows, or a bound that lies earlier.
absl::StatusOr<bool> HasEarlier(sql::Session& session, const Series& series, absl::CivilDay first) {
  bool fresh = false, folded = false;
  const sql::Values where = sql::Bind(series.kind, series.name, time::DayText(first));
  RETURN_IF_ERROR(session.Query("SELECT 1 FROM fresh_block WHERE kind = ? AND name = ? AND day < ? LIMIT 1", where,
                                [&](const sql::Row&) { fresh = true; }));
  RETURN_IF_ERROR(session.Query("SELECT 1 FROM row_block WHERE kind = ? AND name = ? AND day < ? LIMIT 1", where,
                                [&](const sql::Row&) { folded = true; }));
  return folded && !fresh;
}

// The bound first, in a transaction of its own: from then on nobody answers from a part of the rows, and what is delivered for the days
// before is too late, for which the plan gets another version.
absl::Status RaiseBound(sql::Session& session, absl::Time now, const Series& series, absl::CivilDay first) {
  RETURN_IF_ERROR(BuryDays(session, now, series, first));
  RETURN_IF_ERROR(session.Execute("UPDATE plan_version SET version = version + 1 WHERE id = 1").status());
  return session
      .Execute(
          "INSERT INTO series (kind, name, version, point_count, raw_since) VALUES (?, ?, 0, 0, ?) ON DUPLICATE KEY UPDATE raw_since = "
          "GREATEST(COALESCE(raw_since, VALUES(raw_since)), VALUES(raw_since)), version = version + 1",
          sql::Bind(series.kind, series.name, time::DayText(first)))
      .status();
}

// Days before the first kept one whose rows are here still and whose figures have no sketches: a version folded them that made none.
absl::StatusOr<std::vector<absl::CivilDay>> DaysWithoutSketches(sql::Session& session, const Series& series, absl::CivilDay first) {
  std::vector<absl::CivilDay> days;
  RETURN_IF_ERROR(
      session.Query("SELECT DISTINCT day FROM day_cell WHERE kind = ? AND name = ? AND activity = '' AND dimension = '' AND day < ? AND "
                    "sketches IS NULL AND "
                    "day >= (SELECT COALESCE(MAX(raw_since), '1000-01-01') FROM series WHERE kind = ? AND name = ?) ORDER BY day",
                    sql::Bind(series.kind, series.name, time::DayText(first), series.kind, series.name),
                    [&](const sql::Row& row) { days.push_back(*time::ParseDay(row.Text(0))); }));
  return days;
}

absl::StatusOr<std::vector<DayPartition>> ReadPartitions(sql::Session& session) {
  std::vector<DayPartition> partitions;
  RETURN_IF_ERROR(session.Query(
      "SELECT partition_name, partition_description FROM information_schema.partitions WHERE table_schema = DATABASE() AND table_name = "
      "'row_block' AND partition_name <> 'rest' ORDER BY partition_ordinal_position",
      {}, [&](const sql::Row& row) {
        std::string bound = row.Text(1);
        bound.erase(std::remove(bound.begin(), bound.end(), '\''), bound.end());
        const auto day = time::ParseDay(bound);
        if (day.has_value()) partitions.push_back({row.Text(0), *day});
      }));
  return partitions;
}

}  // namespace

absl::Status CheckRetention(const v1::RowRetention& retention) {
  status::BadFields bad;
  std::set<std::string> names;
  for (int i = 0; i < retention.terms_size(); ++i) {
    const std::string& name = retention.terms(i).name();
    if (!names.insert(name).second) bad.Add(absl::StrCat("row_retention.terms[", i, "].name"), kDuplicateName, {{"name", name}});
  }
  return bad.status();
}

absl::CivilDay FirstKeptDay(const v1::RowRetention& retention, const std::string& name, absl::CivilDay today) {
  const auto term =
      std::find_if(retention.terms().begin(), retention.terms().end(), [&](const v1::RowTerm& one) { return one.name() == name; });
  return today - (term == retention.terms().end() ? retention.default_days() : term->days()) + 1;
}

std::vector<std::string> PartitionStatements(const std::vector<DayPartition>& partitions, absl::CivilDay today, absl::CivilDay last,
                                             absl::CivilDay keeps) {
  std::vector<std::string> statements;
  std::vector<std::string> parts;
  for (absl::CivilDay day = partitions.empty() ? today : partitions.back().before; day <= last; ++day) {
    parts.push_back(absl::StrCat("PARTITION ", PartitionName(day), " VALUES LESS THAN ('", time::DayText(day + 1), "')"));
  }
  if (!parts.empty()) {
    statements.push_back(absl::StrCat("ALTER TABLE row_block REORGANIZE PARTITION rest INTO (", absl::StrJoin(parts, ", "),
                                      ", PARTITION rest VALUES LESS THAN (MAXVALUE))"));
  }
  std::vector<std::string> gone;
  for (const DayPartition& partition : partitions) {
    if (partition.before <= keeps) gone.push_back(partition.name);
  }
  if (!gone.empty()) statements.push_back(absl::StrCat("ALTER TABLE row_block DROP PARTITION ", absl::StrJoin(gone, ", ")));
  return statements;
}

Retention::Retention(const service::Context& context)
    : store_(context.store), zone_(context.time_zone), versions_(context.store, "rowRetentions/default", CheckRetention) {
  context.jobs.Recur("expire-rows", kExpireInterval, [this](const rpc::Call& call, const job::Job&) { return job::Outcome{Expire(call)}; });
  context.jobs.Recur("partition-rows", kPartitionInterval,
                     [this](const rpc::Call& call, const job::Job&) { return job::Outcome{Partition(call)}; });
}

absl::Status Retention::Expire(const rpc::Call& call) {
  v1::RowRetention retention;
  std::vector<Series> all;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(retention, versions_.InForce(session, call.now));
    ASSIGN_OR_RETURN(all, AllSeries(session));
    return absl::OkStatus();
  }));
  for (const Series& series : all) {
    const absl::CivilDay first = FirstKeptDay(retention, series.name, Today(call));
    ASSIGN_OR_RETURN(const bool earlier,
                     store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<bool> { return HasEarlier(session, series, first); }));
    if (!earlier) continue;
    // What can only be told as long as there are rows.
    std::vector<absl::CivilDay> plain;
    RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(plain, DaysWithoutSketches(session, series, first));
      return absl::OkStatus();
    }));
    for (const absl::CivilDay day : plain) {
      if (absl::Now() + absl::Seconds(5) >= call.deadline) return absl::OkStatus();
      RETURN_IF_ERROR(store_.database().Write(call.deadline, [&](sql::Session& session) {
        return Rewrite(session, {series, day}, nullptr).status();
      }));
    }
    RETURN_IF_ERROR(
        store_.database().Write(call.deadline, [&](sql::Session& session) { return RaiseBound(session, call.now, series, first); }));
    for (int64_t deleted = kBlocksPerDelete; deleted == kBlocksPerDelete;) {
      if (absl::Now() + absl::Seconds(5) >= call.deadline) return absl::OkStatus();
      RETURN_IF_ERROR(store_.database().Write(call.deadline, [&](sql::Session& session) -> absl::Status {
        ASSIGN_OR_RETURN(
            deleted, session.Execute(absl::StrCat("DELETE FROM row_block WHERE kind = ? AND name = ? AND day < ? LIMIT ", kBlocksPerDelete),
                                     sql::Bind(series.kind, series.name, time::DayText(first))));
        return absl::OkStatus();
      }));
    }
  }
  return absl::OkStatus();
}

// A change of partitions waits for questions that run, and those that come after wait for it: it gives up soon and tries again later.
absl::Status Retention::Partition(const rpc::Call& call) {
  return store_.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::RowRetention retention, versions_.InForce(session, call.now));
    ASSIGN_OR_RETURN(const std::vector<DayPartition> partitions, ReadPartitions(session));
    absl::CivilDay keeps = FirstKeptDay(retention, "", Today(call));
    for (const v1::RowTerm& term : retention.terms()) keeps = std::min(keeps, FirstKeptDay(retention, term.name(), Today(call)));
    // Only what Expire has let go already: rows that are not folded are not in the figures.
    for (const DayPartition& partition : partitions) {
      if (partition.before > keeps) break;
      bool empty = true;
      RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT 1 FROM row_block PARTITION (", partition.name, ") LIMIT 1"), {},
                                    [&](const sql::Row&) { empty = false; }));
      if (!empty) keeps = partition.before - 1;
    }
    const std::vector<std::string> statements = PartitionStatements(partitions, Today(call), Today(call) + kDaysAhead, keeps);
    if (statements.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(session.Execute("SET SESSION lock_wait_timeout = 3").status());
    absl::Status status;
    for (const std::string& statement : statements) {
      if (status.ok()) status = session.Execute(statement).status();
    }
    status.Update(session.Execute("SET SESSION lock_wait_timeout = DEFAULT").status());
    return status;
  });
}

}  // namespace heitie::metrics
