// 留存率: how many of those who began come back.
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_RETENTION_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_RETENTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "roaring/roaring.hh"
#include "services/metrics/analysis/selection.h"

namespace heitie::metrics::analysis {

inline constexpr int kMaxRetentionHorizon = 400;

enum class RetentionKind : uint8_t {
  kBounded,    // back in the interval N after the cohort's
  kUnbounded,  // back in the interval N or a later one, up to the horizon
  kRolling,    // back in [24N, 24N + 24) hours from the user's own first event
};

struct RetentionQuestion {
  // A user's first event of these, ever, decides about the cohort. Who began before the period is in none.
  std::vector<Selection> start;
  std::vector<Selection> returning;
  RetentionKind kind = RetentionKind::kBounded;
  // Cohorts, and the intervals of kBounded and kUnbounded: a day, week or month.
  Granularity unit = Granularity::kDay;
  // Of the first events.
  Days days;
  // The last N.
  int horizon = 7;
  // Empty: a cohort for each interval; else one for each value of this property in the first event, of several at the same time the
  // smallest.
  std::string cohort_by;
  const Roaring* among = nullptr;
};

struct RetentionCell {
  int64_t returned = 0;
  // The whole interval of every member is closed, with kUnbounded up to the horizon.
  bool complete = false;
};

struct RetentionCohort {
  // Of cohorts by interval.
  Window interval;
  // Of cohorts by property; nothing for those who lack it.
  std::optional<std::string> value;
  int64_t size = 0;
  // N from 0 to the horizon. With N = 0 the returning event may be the first event itself, or one of the same interval.
  std::vector<RetentionCell> cells;
};

// Over the cohorts whose cell is complete and that have members.
struct RetentionMean {
  int64_t cohorts = 0;
  // All that returned by all members, and the mean of the cohorts' rates; undefined without cohorts.
  std::optional<double> weighted, simple;
};

struct RetentionAnswer {
  std::vector<RetentionCohort> cohorts;
  // By N.
  std::vector<RetentionMean> means;
};

// Cohorts by interval without filters come from daily figures alone, rolling windows, filters and properties from rows.
absl::StatusOr<RetentionAnswer> AnswerRetention(Snapshot& snapshot, const RetentionQuestion& question, const Calendar& calendar,
                                                absl::Time closed_until);
// The members of a cohort of an answer (index), or those who returned at N (nothing: all members).
absl::StatusOr<Roaring> UsersOfRetention(Snapshot& snapshot, const RetentionQuestion& question, const Calendar& calendar,
                                         const RetentionCohort& cohort, std::optional<int> n);

}  // namespace heitie::metrics::analysis

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_RETENTION_H_
