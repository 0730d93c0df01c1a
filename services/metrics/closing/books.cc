#include "services/metrics/closing/books.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/metrics/closing/happening.h"
#include "services/metrics/engine/point.h"

namespace heitie::metrics {

std::string Books::Through(absl::CivilDay last) const {
  BookedDay sum = {};
  for (const auto& [day, booked] : days) {
    if (day > last) break;
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += booked[i];
  }
  return absl::StrCat(absl::StrJoin(sum, ","), ",", corrections, ",", renamed);
}

absl::StatusOr<std::map<std::string, int64_t>> VersionsOf(sql::Session& session) {
  std::map<std::string, int64_t> versions;
  const auto add = [&](const sql::Row& row) { versions[SeriesKey(row.Text(0), row.Text(1))] += row.Int(2); };
  RETURN_IF_ERROR(session.Query("SELECT kind, name, version FROM series", {}, add));
  RETURN_IF_ERROR(session.Query("SELECT kind, name, CAST(SUM(version) AS SIGNED) FROM series_producer GROUP BY kind, name", {}, add));
  return versions;
}

absl::StatusOr<Books> BooksOf(sql::Session& session, const std::string& series) {
  const size_t slash = series.find('/');
  const std::string kind = series.substr(0, slash), name = series.substr(slash + 1);
  Books books;
  RETURN_IF_ERROR(session.Query("SELECT version FROM series WHERE kind = ? AND name = ?", sql::Bind(kind, name),
                                [&](const sql::Row& row) { books.corrections = row.Int(0); }));
  RETURN_IF_ERROR(session.Query("SELECT CAST(COALESCE(SUM(point_count), 0) AS SIGNED) FROM series_producer WHERE kind = ? AND name = ?",
                                sql::Bind(kind, name), [&](const sql::Row& row) { books.renamed = row.Int(0); }));
  const bool events = kind == kEventKind;
  RETURN_IF_ERROR(session.Query(
      "SELECT date, CAST(SUM(delivered_count) AS SIGNED), CAST(SUM(accepted_count) AS SIGNED), CAST(SUM(duplicate_count) AS SIGNED), "
      "CAST(SUM(quarantined_count) AS SIGNED), CAST(SUM(discarded_count) AS SIGNED) FROM delivery_accounts "
      "WHERE event_name = ? AND measurement_name = ? AND date IS NOT NULL GROUP BY date",
      sql::Bind(events ? name : "", events ? "" : name), [&](const sql::Row& row) {
        BookedDay& day = books.days[*time::ParseDay(row.Text(0))];
        for (size_t i = 0; i < day.size(); ++i) day[i] = row.Int(static_cast<int>(i) + 1);
        books.renamed -= day[1];
      }));
  return books;
}

}  // namespace heitie::metrics
