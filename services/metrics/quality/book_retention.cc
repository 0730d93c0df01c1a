#include "services/metrics/quality/book_retention.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/day.h"
#include "services/metrics/collection/batch.h"

namespace heitie::metrics {
namespace {

constexpr absl::Duration kExpireBooksInterval = absl::Hours(1);
// What is left of a deadline when another portion begins.
constexpr absl::Duration kPortionTime = absl::Seconds(5);
constexpr int kExpiredLetters = 500;
constexpr int kExpiredAccounts = 200;
constexpr size_t kIdDigitsOfEarlier = 24;  // as of the accounts of a day

bool HasTime(const rpc::Call& call) { return absl::Now() + kPortionTime < call.deadline; }

// The accounts of one producer and name.
struct AccountGroup {
  std::string producer, event_name, measurement_name;
  std::string kind() const { return event_name.empty() ? kMeasurementKind : kEventKind; }
  std::string name() const { return event_name.empty() ? measurement_name : event_name; }
};

absl::StatusOr<std::vector<AccountGroup>> GroupsBefore(sql::Session& session, absl::CivilDay first_kept) {
  std::vector<AccountGroup> groups;
  RETURN_IF_ERROR(session.Query(
      "SELECT DISTINCT producer, event_name, measurement_name FROM delivery_accounts WHERE date < ? AND quarantined_count = 0",
      sql::Bind(time::DayText(first_kept)), [&](const sql::Row& row) {
        groups.push_back({row.Text(0), row.Text(1), row.Text(2)});
      }));
  return groups;
}

// The first day of the name that may not go, because its rows can still be corrected: those of rows that are kept. Nothing may go while all
// are, but for a name of which nothing was ever accepted.
absl::StatusOr<std::optional<absl::CivilDay>> RowsSince(sql::Session& session, const AccountGroup& group) {
  std::optional<absl::CivilDay> since;
  bool delivered = false;
  RETURN_IF_ERROR(session.Query("SELECT raw_since FROM series WHERE kind = ? AND name = ?", sql::Bind(group.kind(), group.name()),
                                [&](const sql::Row& row) {
                                  if (!row.IsNull(0)) since = time::ParseDay(row.Text(0));
                                }));
  if (since) return since;
  RETURN_IF_ERROR(session.Query("SELECT 1 FROM series_producer WHERE kind = ? AND name = ? LIMIT 1", sql::Bind(group.kind(), group.name()),
                                [&](const sql::Row&) { delivered = true; }));
  return delivered ? std::nullopt : std::optional<absl::CivilDay>(absl::CivilDay(9999, 12, 31));
}

// Adds the oldest accounts of the group to the one that stands for them, and removes them; how many.
absl::StatusOr<int> SumUp(sql::Session& session, const AccountGroup& group, absl::CivilDay first_kept) {
  ASSIGN_OR_RETURN(const std::optional<absl::CivilDay> rows_since, RowsSince(session, group));
  if (!rows_since) return 0;
  std::vector<std::string> names, days;
  int64_t sums[6] = {};
  RETURN_IF_ERROR(session.Query(
      absl::StrCat(
          "SELECT name, date, delivered_count, accepted_count, duplicate_count, quarantined_count, discarded_count, sum_minor FROM "
          "delivery_accounts WHERE event_name = ? AND measurement_name = ? AND producer = ? AND date < ? AND quarantined_count = 0 "
          "ORDER BY date LIMIT ",
          kExpiredAccounts, " FOR UPDATE"),
      sql::Bind(group.event_name, group.measurement_name, group.producer, time::DayText(std::min(first_kept, *rows_since))),
      [&](const sql::Row& row) {
        names.push_back(row.Text(0));
        days.push_back(row.Text(1));
        for (int i = 0; i < 6; ++i) sums[i] += row.Int(2 + i);
      }));
  if (names.empty()) return 0;
  const std::string id = text::Sha256Hex(absl::StrCat(group.kind(), " ", group.name())).substr(0, kIdDigitsOfEarlier);
  RETURN_IF_ERROR(
      session
          .Execute(
              "INSERT INTO delivery_accounts (name, producer, date, event_name, measurement_name, delivered_count, accepted_count, "
              "duplicate_count, quarantined_count, discarded_count, sum_minor, through_date) VALUES (?, ?, NULL, ?, ?, ?, ?, ?, ?, ?, ?, "
              "?) ON DUPLICATE KEY UPDATE delivered_count = delivered_count + VALUES(delivered_count), accepted_count = accepted_count + "
              "VALUES(accepted_count), duplicate_count = duplicate_count + VALUES(duplicate_count), discarded_count = discarded_count + "
              "VALUES(discarded_count), sum_minor = sum_minor + VALUES(sum_minor), through_date = GREATEST(through_date, "
              "VALUES(through_date))",
              sql::Bind(absl::StrCat(group.producer, "/deliveryAccounts/earlier-", id), group.producer, group.event_name,
                        group.measurement_name, sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], days.back()))
          .status());
  // What was declared of a day has the same last part as its account; without that it would seem to disagree.
  std::vector<std::string> totals;
  for (const std::string& name : names) totals.push_back(absl::StrCat(group.producer, "/controlTotals/", record::IdOf(name)));
  for (const auto& [table, gone] : {std::pair("delivery_accounts", &names), std::pair("control_totals", &totals)}) {
    RETURN_IF_ERROR(session
                        .Execute(absl::StrCat("DELETE FROM ", table, " WHERE name IN (", sql::Placeholders(gone->size()), ")"),
                                 sql::Values(gone->begin(), gone->end()))
                        .status());
  }
  return static_cast<int>(names.size());
}

}  // namespace

BookRetention::BookRetention(const service::Context& context, const record::RuleSet<v1::RowRetention>& terms, DeadLetters& dead_letters)
    : store_(context.store), zone_(context.time_zone), terms_(terms), dead_letters_(dead_letters) {
  context.jobs.Recur("expire-books", kExpireBooksInterval,
                     [this](const rpc::Call& call, const job::Job&) { return job::Outcome{Expire(call)}; });
}

absl::Status BookRetention::Expire(const rpc::Call& call) {
  ASSIGN_OR_RETURN(const v1::RowRetention terms,
                   store_.Read(call, [&](sql::Session& session) { return terms_.InForce(session, call.now); }));
  if (terms.has_dead_letter_days()) RETURN_IF_ERROR(ExpireLetters(call, terms.dead_letter_days()));
  return terms.has_account_days() ? ExpireAccounts(call, terms.account_days()) : absl::OkStatus();
}

absl::Status BookRetention::ExpireLetters(const rpc::Call& call, int days) {
  const absl::Time before = call.now - absl::Hours(24) * days;
  const std::string reason = absl::StrCat("等候逾保存期限 ", days, " 天");
  for (int done = kExpiredLetters; done == kExpiredLetters && HasTime(call);) {
    RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(done, dead_letters_.DiscardWaiting(tx, before, reason, kExpiredLetters));
      return absl::OkStatus();
    }));
  }
  for (int64_t done = kExpiredLetters; done == kExpiredLetters && HasTime(call);) {
    RETURN_IF_ERROR(store_.database().Write(call.deadline, [&](sql::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(
          done, session.Execute("DELETE FROM dead_letters WHERE settle_time < ? AND state <> 'STATE_OPEN' LIMIT 500", sql::Bind(before)));
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

absl::Status BookRetention::ExpireAccounts(const rpc::Call& call, int days) {
  const absl::CivilDay first_kept = absl::ToCivilDay(call.now, zone_) - days + 1;
  ASSIGN_OR_RETURN(const std::vector<AccountGroup> groups,
                   store_.Read(call, [&](sql::Session& session) { return GroupsBefore(session, first_kept); }));
  for (const AccountGroup& group : groups) {
    for (int done = kExpiredAccounts; done == kExpiredAccounts && HasTime(call);) {
      RETURN_IF_ERROR(store_.database().Write(call.deadline, [&](sql::Session& session) -> absl::Status {
        ASSIGN_OR_RETURN(done, SumUp(session, group, first_kept));
        return absl::OkStatus();
      }));
    }
  }
  return absl::OkStatus();
}

}  // namespace heitie::metrics
