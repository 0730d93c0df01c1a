// From verdicts on intervals to episodes: an alert opens when k of the last n intervals breach, and is over when m in a row do not (policy
// H1, W4). And from the episodes that the figures tell to what is done about the alerts that there are. Pure.
#ifndef HEITIE_SERVICES_METRICS_WARNING_EPISODE_H_
#define HEITIE_SERVICES_METRICS_WARNING_EPISODE_H_

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace heitie::metrics {

// kUnknown: there is no figure to judge, because data is missing. It takes its place among the n, and neither breaches nor clears.
enum class Breach { kUnknown, kNo, kYes };

struct JudgedInterval {
  absl::Time start, end;
  Breach breach = Breach::kUnknown;
  double figure = 0, reference = 0;
  // It has not closed yet, and breaches for good all the same.
  bool early = false;
};

// 1 ≤ breaches ≤ window, 1 ≤ clear.
struct OpeningRule {
  int breaches = 1, window = 1, clear = 1;
};

struct Episode {
  // The first of the breaching intervals, which may lie before the one that opened it; the last of them so far.
  absl::Time first, last;
  // The end of the interval that opened it.
  absl::Time opened;
  // The end of the interval with which it was over; none while it is not.
  std::optional<absl::Time> cleared;
  // Of the interval that opened it.
  double figure = 0, reference = 0;
  bool early = false;
  int breaches = 0;

  bool operator==(const Episode&) const = default;
};

// Takes the intervals of a series one after the other. O(1) each, memory O(n).
class EpisodeFinder {
 public:
  explicit EpisodeFinder(OpeningRule rule) : rule_(rule) {}

  // Returns the episode when it is over with this interval.
  std::optional<Episode> Take(const JudgedInterval& interval);
  // The one that is not over.
  const std::optional<Episode>& open() const { return open_; }

  // What is to be known to go on; Load for the same rule. DATA_LOSS for what Save did not make.
  std::string Save() const;
  static absl::StatusOr<EpisodeFinder> Load(OpeningRule rule, absl::string_view state);

 private:
  struct Slot {
    absl::Time start;
    bool breach;
  };

  OpeningRule rule_;
  std::deque<Slot> window_;  // the latest, at most n
  std::optional<Episode> open_;
  int clear_ = 0;  // in a row
};

// All episodes of the intervals, in order; the last one may be open. `finder` is left as of the end.
std::vector<Episode> EpisodesOf(EpisodeFinder& finder, const std::vector<JudgedInterval>& intervals);

// An alert as it is kept.
struct KeptEpisode {
  std::string name;
  absl::Time first, last;
  // Not resolved.
  bool open = false;
  // Resolved because its breach had gone.
  bool restated = false;
};

struct AlertDecision {
  enum class Kind {
    kOpen,     // a new alert
    kRecur,    // one that was resolved as restated, whose breach has come back
    kClear,    // it is over
    kRestate,  // there is no such episode any more
  };
  Kind kind;
  // Of the alert; empty for kOpen.
  std::string name;
  // Not of kRestate.
  Episode episode;
};

// What is to be done so that alerts and episodes agree. `kept` are the alerts of the series that are open or reach to `base` or later; the
// episodes are all that reach so far. An episode and an alert are the same one when they have an interval in common: a restatement may move
// its ends. An alert that somebody resolved stays so. Running it again on what it led to decides nothing.
std::vector<AlertDecision> Reconcile(const std::vector<Episode>& episodes, const std::vector<KeptEpisode>& kept);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WARNING_EPISODE_H_
