// Funnels: how far users come through steps. Exact: a user's level is the best over all ways of giving different events to the steps.
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_FUNNEL_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_FUNNEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "roaring/roaring.hh"
#include "services/metrics/analysis/selection.h"

namespace heitie::metrics::analysis {

inline constexpr int kMaxFunnelSteps = 12;
inline constexpr int kMaxFunnelExclusions = 6;

enum class FunnelOrder : uint8_t {
  kOrdered,  // step after step, whatever happens between them
  // Step after step, and no other event of the steps' names between the first and the last, whether or not a step would take it. What has
  // the time of the first may come before it, what has that of the last after it.
  kNothingBetween,
  kAnyOrder,  // steps 1 to n in any order, the window from the earliest of them
};

// No event of a kind may lie between two steps: at a time after that of the one and before that of the other.
struct FunnelExclusion {
  int from = 0, to = 1;  // steps from 0, from < to
};

// What is asked of the events of one user.
struct FunnelRules {
  int steps = 1;
  // A later step is at most so long after the first: t ≤ window.
  int64_t window = 0;  // microseconds
  // For each step but the first at most so long after the one before; empty: no such limit.
  std::vector<int64_t> step_windows;
  // A later step has a later time; else it may have the same.
  bool strict = false;
  FunnelOrder order = FunnelOrder::kOrdered;
  // In order only; exclusion e is the bit steps + e of Moment::matches.
  std::vector<FunnelExclusion> exclusions;
  // Step 1 lies in here; later steps may lie beyond.
  int64_t start = 0, end = 0;
  // What happens from this instant on is not known to be complete.
  int64_t closed_until = 0;
};

// What became of one user.
struct FunnelPath {
  int level = 0;
  // Not converted, but events that are still to come could bring the user to the last step.
  bool open = false;
  // When each level was first reached, counted from the latest first step with which it could be by then; of levels up to `level`.
  std::vector<int64_t> times;
  // The times of the steps of that way to the level: the latest first step, then the latest last but one, and so on backwards. Empty in
  // any order, where only the time of the first step is told.
  std::vector<int64_t> steps;
};

// The events of a user by time. O(events × steps) in order, except for exclusions between steps that are not neighbours and not from the
// first, which keep more than one way at a time.
FunnelPath FollowFunnel(const FunnelRules& rules, const Moment* begin, const Moment* end);

struct FunnelQuestion {
  // The step's events, each different from the others'.
  std::vector<Selection> steps;
  std::vector<Selection> exclusions;
  FunnelRules rules;
  // Entrants are who did step 1 in here.
  Window window;
  const Roaring* among = nullptr;
  // Groups by this key of the event at `breakdown_step` (from 0), of several at the same time by the smallest value; empty: one group.
  std::string breakdown;
  int breakdown_step = 0;
};

struct FunnelFigures {
  // Who came at least to each step, and who is there with everything still open; [0] are the entrants.
  std::vector<int64_t> reached, open;
  // For each step but the first the microseconds from step 1, ascending.
  std::vector<std::vector<int64_t>> times;

  // Not converted, and the window is closed.
  int64_t lost() const;
  // Of the entrants, and of those at the step before; undefined over zero.
  std::optional<double> RateOf(size_t step) const;
  std::optional<double> StepRateOf(size_t step) const;
};

struct FunnelAnswer {
  FunnelFigures all;
  // By value, "" for events without the key and for users who did not come to that step.
  std::map<std::string, FunnelFigures> groups;
};

// SAMPLE_TOO_GREAT when there are more times than a question may hold.
absl::StatusOr<FunnelAnswer> AnswerFunnel(Snapshot& snapshot, const FunnelQuestion& question, const Calendar& calendar,
                                          absl::Time closed_until);
// The users at least at a step (from 0), or those who are at it and no further.
absl::StatusOr<Roaring> UsersOfFunnel(Snapshot& snapshot, const FunnelQuestion& question, const Calendar& calendar, absl::Time closed_until,
                                      size_t step, bool stopped_there);

}  // namespace heitie::metrics::analysis

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_FUNNEL_H_
