// By what a change of closed figures is noticed without computing them.
#ifndef HEITIE_SERVICES_METRICS_CLOSING_BOOKS_H_
#define HEITIE_SERVICES_METRICS_CLOSING_BOOKS_H_

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/sql/database.h"

namespace heitie::metrics {

// What was booked of a name on a day, all producers together: delivered, accepted, duplicate, quarantined, discarded.
using BookedDay = std::array<int64_t, 5>;

// The books of a name (plan/accounts.h), how often rows of it were taken back, and how many were replayed under this name or from it to
// another one. No change of its rows up to a day leaves all of this as it was: delivered, duplicate and discarded never become less, so
// that what is quarantined, and with it what is accepted, cannot come back to what it was without another one of them moving. Rows that
// versions before the books took in change by being taken back only.
struct Books {
  std::map<absl::CivilDay, BookedDay> days;
  int64_t corrections = 0;
  // Rows that are stored less rows that are booked as accepted: a replay under another name is booked under the one that was delivered.
  int64_t renamed = 0;
  // As a text; equal texts, equal rows.
  std::string Through(absl::CivilDay last) const;
};

// The versions of names (FigureSource.version); a name that has none is left out.
absl::StatusOr<std::map<std::string, int64_t>> VersionsOf(sql::Session& session);
// `series`: as SeriesKey makes it.
absl::StatusOr<Books> BooksOf(sql::Session& session, const std::string& series);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_CLOSING_BOOKS_H_
