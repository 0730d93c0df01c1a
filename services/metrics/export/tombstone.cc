#include "services/metrics/export/tombstone.h"

#include "common/record/kind.h"
#include "common/time/day.h"

namespace heitie::metrics {
namespace {

absl::Status Bury(sql::Session& session, absl::Time now, sql::Values what) {
  sql::Values values = sql::Bind(record::NewId(now), now);
  values.insert(values.end(), what.begin(), what.end());
  return session
      .Execute(
          "INSERT INTO export_tombstone (id, insert_time, producer, first_sequence, last_sequence, user_ordinal, kind, name, "
          "first_kept_day) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
          values)
      .status();
}

}  // namespace

absl::Status BuryBatches(sql::Session& session, absl::Time now, const std::string& producer, int64_t first_sequence,
                         int64_t last_sequence) {
  return Bury(session, now, {producer, first_sequence, last_sequence, {}, std::string(), std::string(), {}});
}

absl::Status BuryUser(sql::Session& session, absl::Time now, uint32_t ordinal) {
  return Bury(session, now, {std::string(), int64_t{0}, int64_t{0}, int64_t{ordinal}, std::string(), std::string(), {}});
}

absl::Status BuryDays(sql::Session& session, absl::Time now, const Series& series, absl::CivilDay first_kept) {
  return Bury(session, now, {std::string(), int64_t{0}, int64_t{0}, {}, series.kind, series.name, time::DayText(first_kept)});
}

}  // namespace heitie::metrics
