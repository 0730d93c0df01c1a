#include "common/job/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/job/back_off.h"
#include "common/sql/alone.h"
#include "common/sql/placeholders.h"
#include "common/status/line.h"
#include "common/status/macros.h"

namespace heitie::job {
namespace {

// What each statement has.
constexpr absl::Duration kTableTime = absl::Seconds(30);

// The database's time; a test's where it has stopped the clock (parameter).
constexpr char kNow[] = "CAST(COALESCE(?, UTC_TIMESTAMP(6)) AS DATETIME(6))";

// A number of microseconds (second parameter) after now (first one).
std::string After() { return absl::StrCat("DATE_ADD(", kNow, ", INTERVAL ? MICROSECOND)"); }
sql::Value Micros(absl::Duration duration) { return sql::V(absl::ToInt64Microseconds(duration)); }

absl::Time Deadline() { return absl::Now() + kTableTime; }

std::optional<absl::Time> TimeOrNull(const sql::Row& row, int column) {
  return row.IsNull(column) ? std::nullopt : std::optional<absl::Time>(row.Time(column));
}
sql::Value ValueOf(const std::optional<absl::Time>& time) { return time ? sql::Value(*time) : sql::Value(); }
sql::Value ValueOf(const std::optional<std::string>& text) { return text ? sql::Value(*text) : sql::Value(); }

constexpr char kEndOfSettling[] =
    ", payload = COALESCE(?, payload), anchor_time = COALESCE(?, anchor_time), lease_token = NULL, lease_until = NULL, last_error = ? "
    "WHERE name = ? AND lease_token = ?";

}  // namespace

Table::Table(sql::Database& database, const time::Clock& clock, absl::Duration lease) : database_(database), clock_(clock), lease_(lease) {}

sql::Value Table::Now() const { return ValueOf(clock_.Stopped()); }

absl::StatusOr<Table::Look> Table::LookAround() {
  // The first entry of each kind in the index.
  static const std::string& kSelect = *new std::string(absl::StrCat("SELECT kind, MIN(run_time), ", kNow, " FROM job GROUP BY kind"));
  Look look;
  RETURN_IF_ERROR(database_.Read(Deadline(), [&](sql::Session& session) {
    look = {};
    return session.Query(kSelect, {Now()}, [&](const sql::Row& row) {
      look.first[row.Text(0)] = row.Time(1);
      look.now = row.Time(2);
    });
  }));
  return look;
}

absl::StatusOr<std::vector<Leased>> Table::Take(const std::vector<std::string>& kinds, const Allotment& allotment) {
  // Kind by kind, so that each is read in the order of its index and no row is locked in vain. A lease never ends farther away than it
  // lasts; one that does is of a clock that was wrong.
  static const std::string& kSelect =
      *new std::string(absl::StrCat("SELECT name, payload, run_time, attempt, anchor_time, ", kNow,
                                    " FROM job WHERE kind = ? AND run_time <= ", kNow, " AND (lease_until IS NULL OR lease_until < ", kNow,
                                    " OR lease_until > ", After(), ") ORDER BY run_time LIMIT ? FOR UPDATE SKIP LOCKED"));
  const sql::Value now = Now();
  std::vector<Leased> taken;
  RETURN_IF_ERROR(database_.Write(Deadline(), [&](sql::Session& session) -> absl::Status {
    std::vector<Leased> due;
    for (const std::string& kind : kinds) {
      const int most = allotment.MostOf(kind);
      if (most < 1) continue;
      RETURN_IF_ERROR(session.Query(
          kSelect, {now, kind, now, now, now, Micros(std::max(2 * lease_, absl::Minutes(1))), sql::V(most)}, [&](const sql::Row& row) {
            due.push_back(
                {{row.Text(0), kind, row.Text(1), row.Time(2), static_cast<int>(row.Int(3))}, row.Time(5), TimeOrNull(row, 4), ""});
          }));
    }
    std::stable_sort(due.begin(), due.end(), [](const Leased& a, const Leased& b) { return a.job.run_time < b.job.run_time; });
    Allotment left = allotment;
    taken.clear();
    std::copy_if(due.begin(), due.end(), std::back_inserter(taken), [&](const Leased& leased) { return left.Take(leased.job.kind); });
    if (taken.empty()) return absl::OkStatus();
    const std::string token = record::NewId(taken[0].now);
    sql::Values values = {token, now, Micros(lease_)};
    for (Leased& leased : taken) {
      leased.token = token;
      values.emplace_back(leased.job.name);
    }
    return session
        .Execute(absl::StrCat("UPDATE job SET lease_token = ?, lease_until = ", After(), " WHERE name IN (",
                              sql::Placeholders(taken.size()), ")"),
                 values)
        .status();
  }));
  return taken;
}

absl::StatusOr<std::vector<Lease>> Table::Renew(const std::vector<Lease>& leases) {
  static const std::string& kRenew = *new std::string(absl::StrCat("UPDATE job SET lease_until = ", After(), " WHERE name = ?"));
  std::vector<Lease> lost;
  RETURN_IF_ERROR(database_.Write(absl::Now() + lease_, [&](sql::Session& session) -> absl::Status {
    lost.clear();
    for (const Lease& lease : leases) {
      std::optional<std::string> token;
      RETURN_IF_ERROR(session.Query("SELECT lease_token FROM job WHERE name = ? FOR UPDATE SKIP LOCKED", sql::Bind(lease.job),
                                    [&](const sql::Row& row) { token = row.Text(0); }));
      if (!token) continue;
      if (*token != lease.token) {
        lost.push_back(lease);
        continue;
      }
      RETURN_IF_ERROR(session.Execute(kRenew, {Now(), Micros(lease_), lease.job}).status());
    }
    return absl::OkStatus();
  }));
  return lost;
}

absl::Status Table::Release(const std::vector<Leased>& leased) {
  return database_.Write(Deadline(), [&](sql::Session& session) -> absl::Status {
    for (const Leased& each : leased) {
      RETURN_IF_ERROR(session
                          .Execute("UPDATE job SET lease_token = NULL, lease_until = NULL WHERE name = ? AND lease_token = ?",
                                   sql::Bind(each.job.name, each.token))
                          .status());
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::set<std::string>> Table::Hasten(const std::set<std::string>& names) {
  sql::Values values(names.begin(), names.end());
  std::set<std::string> running;
  sql::Values waiting = {Now()};
  RETURN_IF_ERROR(database_.Read(Deadline(), [&](sql::Session& session) {
    running.clear();
    waiting.resize(1);
    return session.Query(
        absl::StrCat("SELECT name, lease_token IS NOT NULL FROM job WHERE name IN (", sql::Placeholders(names.size()), ")"), values,
        [&](const sql::Row& row) {
          if (row.Int(1) != 0) {
            running.insert(row.Text(0));
          } else {
            waiting.emplace_back(row.Text(0));
          }
        });
  }));
  const size_t count = waiting.size() - 1;
  if (count == 0) return running;
  waiting.push_back(Now());
  // What has begun to run since needs nothing: it began after whoever hastens it knew why.
  RETURN_IF_ERROR(sql::ExecuteAlone(database_, Deadline(),
                                    absl::StrCat("UPDATE job SET run_time = ", kNow, " WHERE name IN (", sql::Placeholders(count),
                                                 ") AND attempt = 0 AND lease_token IS NULL AND run_time > ", kNow),
                                    waiting)
                      .status());
  return running;
}

absl::Status Table::Remove(const Leased& leased) {
  return sql::ExecuteAlone(database_, Deadline(), "DELETE FROM job WHERE name = ? AND lease_token = ?",
                           sql::Bind(leased.job.name, leased.token))
      .status();
}

// What ends a lease ends it once, whoever repeats it.
absl::Status Table::Fail(const Leased& leased, const absl::Status& failure, const Kept& kept) {
  static const std::string& kFail =
      *new std::string(absl::StrCat("UPDATE job SET attempt = attempt + 1, run_time = ", After(), kEndOfSettling));
  return sql::ExecuteAlone(database_, Deadline(), kFail,
                           {Now(), Micros(BackOff(leased.job.attempt + 1)), ValueOf(kept.payload), ValueOf(kept.anchor),
                            status::Line(failure), leased.job.name, leased.token})
      .status();
}

absl::Status Table::RunAfter(const Leased& leased, absl::Duration duration, const Kept& kept) {
  static const std::string& kAfter = *new std::string(absl::StrCat("UPDATE job SET attempt = 0, run_time = ", After(), kEndOfSettling));
  return sql::ExecuteAlone(
             database_, Deadline(), kAfter,
             {Now(), Micros(duration), ValueOf(kept.payload), ValueOf(kept.anchor), sql::Value(), leased.job.name, leased.token})
      .status();
}

absl::Status Table::RunAt(const Leased& leased, absl::Time time, const Kept& kept) {
  static const std::string& kAt = *new std::string(absl::StrCat("UPDATE job SET attempt = 0, run_time = ?", kEndOfSettling));
  return sql::ExecuteAlone(database_, Deadline(), kAt,
                           {time, ValueOf(kept.payload), ValueOf(kept.anchor), sql::Value(), leased.job.name, leased.token})
      .status();
}

absl::StatusOr<Table::Recurrings> Table::Find(const std::vector<std::string>& names) {
  sql::Values values = {Now()};
  for (const std::string& name : names) values.emplace_back(name);
  Recurrings found;
  RETURN_IF_ERROR(database_.Read(Deadline(), [&](sql::Session& session) {
    found = {};
    return session.Query(absl::StrCat("SELECT clock.now, name, run_time, attempt, anchor_time FROM (SELECT ", kNow,
                                      " AS now) AS clock LEFT JOIN job ON name IN (", sql::Placeholders(names.size()), ")"),
                         values, [&](const sql::Row& row) {
                           found.now = row.Time(0);
                           if (row.IsNull(1)) return;
                           found.rows.push_back({row.Text(1), row.Time(2), static_cast<int>(row.Int(3)), TimeOrNull(row, 4)});
                         });
  }));
  return found;
}

absl::Status Table::Create(const std::vector<Recurring>& jobs) {
  return database_.Write(Deadline(), [&](sql::Session& session) -> absl::Status {
    for (const Recurring& job : jobs) {
      RETURN_IF_ERROR(session
                          .Execute("INSERT IGNORE INTO job (name, kind, payload, run_time, anchor_time) VALUES (?, ?, '', ?, ?)",
                                   {job.name, job.name, job.run_time, ValueOf(job.anchor)})
                          .status());
    }
    return absl::OkStatus();
  });
}

absl::Status Table::Move(const Recurring& before, const Recurring& after) {
  return database_.Write(Deadline(), [&](sql::Session& session) -> absl::Status {
    bool there = false;
    RETURN_IF_ERROR(session.Query("SELECT name FROM job WHERE name = ? AND run_time = ? FOR UPDATE SKIP LOCKED",
                                  sql::Bind(before.name, before.run_time), [&](const sql::Row&) { there = true; }));
    if (!there) return absl::OkStatus();
    return session
        .Execute("UPDATE job SET run_time = ?, anchor_time = ? WHERE name = ?", {after.run_time, ValueOf(after.anchor), before.name})
        .status();
  });
}

absl::StatusOr<Table::Failing> Table::FindFailing(const std::vector<std::string>& kinds, int most) {
  // Who has failed is due again within the longest back-off.
  const std::string where =
      absl::StrCat(" FROM job WHERE kind IN (", sql::Placeholders(kinds.size()), ") AND run_time <= ", After(), " AND attempt > 0 ");
  Failing failing;
  sql::Values values;
  for (const std::string& kind : kinds) values.emplace_back(kind);
  values.push_back(Now());
  values.push_back(Micros(kLongestBackOff));
  RETURN_IF_ERROR(database_.Read(Deadline(), [&](sql::Session& session) -> absl::Status {
    failing = {};
    RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT kind, COUNT(*)", where, "GROUP BY kind"), values,
                                  [&](const sql::Row& row) { failing.count[row.Text(0)] = row.Int(1); }));
    if (failing.count.empty()) return absl::OkStatus();
    sql::Values bounded = values;
    bounded.push_back(sql::V(most));
    return session.Query(absl::StrCat("SELECT name, kind, attempt, run_time, last_error", where, "ORDER BY attempt DESC, run_time LIMIT ?"),
                         bounded, [&](const sql::Row& row) {
                           failing.worst.push_back({row.Text(0), row.Text(1), static_cast<int>(row.Int(2)), row.Time(3), row.Text(4)});
                         });
  }));
  return failing;
}

}  // namespace heitie::job
