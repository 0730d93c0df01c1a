// When complaints are a surge and when it is over (policy W11), as plain functions.
#ifndef HEITIE_SERVICES_ACTIVITY_SURGE_SURGE_RULES_H_
#define HEITIE_SERVICES_ACTIVITY_SURGE_SURGE_RULES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/activity/v1/surge.pb.h"

namespace heitie::activity {

extern const status::Reason kScopeMismatch;  // activity or category do not fit the scope

// Below so many windows what is expected is not known.
inline constexpr int64_t kFewestBaselineWindows = 20;
inline constexpr absl::Duration kLongestBaseline = absl::Hours(24 * 90);

// What a window of the baseline has on the average.
struct SurgeBaseline {
  int64_t windows = 0;
  int64_t customers = 0;  // the sum of the windows' different customers
  // λ; nothing below kFewestBaselineWindows.
  std::optional<double> expected() const;
};

// The least N with N ≥ minimum and, where λ is known, P(X ≥ N) ≤ alpha for X of Poisson(λ).
int64_t OpeningCount(const std::optional<double>& expected, int64_t minimum, double alpha);

// Half-open: [begin, end).
struct SurgeSpan {
  absl::Time begin, end;
};

// The begin of the aligned window in which `time` lies; windows are aligned to the epoch.
absl::Time AlignedStart(absl::Time time, absl::Duration window);

// The baseline of the aligned windows that lie within [end − period, end), where `end` is aligned. `counts`: the different customers of
// each window that has any, by its number from the epoch. Left out are windows that touch one of `surges`, and, given `live`, those that
// are not within one of its spans. Costs the windows and the spans.
SurgeBaseline BaselineOf(absl::Time end, absl::Duration period, absl::Duration window, const std::map<int64_t, int64_t>& counts,
                         const std::vector<SurgeSpan>& surges, const std::vector<SurgeSpan>* live);

// A complaint as far as surges count it.
struct CountedComplaint {
  absl::Time time;
  std::string customer;
};

// When a surge that opened at `open` with N = `opening` is over, as far as these complaints tell, all that were received after open −
// window: the first c ≥ open + window such that in all of [c − window, c) N was below half of `opening`. What is still to come is taken to
// be nothing, so a time after now is when to look again.
absl::Time SurgeEnd(std::vector<CountedComplaint> complaints, absl::Time open, int64_t opening, absl::Duration window);

// SCOPE_MISMATCH, BAD_SURGE_WINDOW, BAD_BASELINE.
void CheckSurgeRule(const v1::SurgeRule& rule, status::BadFields& bad);
// Whether complaints of the activity and category count for the rule.
bool InScope(const v1::SurgeRule& rule, const std::string& activity, const std::string& category);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_SURGE_SURGE_RULES_H_
