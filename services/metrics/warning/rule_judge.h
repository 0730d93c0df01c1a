// What a rule says of the figures of a series, interval by interval (policy H1, M2). Pure.
#ifndef HEITIE_SERVICES_METRICS_WARNING_RULE_JUDGE_H_
#define HEITIE_SERVICES_METRICS_WARNING_RULE_JUDGE_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "heitie/metrics/v1/alert_rule.pb.h"
#include "services/metrics/forecast/outlook.h"
#include "services/metrics/warning/detector.h"
#include "services/metrics/warning/episode.h"

namespace heitie::metrics {

OpeningRule OpeningOf(const v1::AlertRule& rule);

// What is known of a series before an interval.
struct RuleState {
  explicit RuleState(OpeningRule opening) : finder(opening) {}

  Detector detector;
  EpisodeFinder finder;
  // Of missing data: the end of the last interval that had rows, or the beginning of the first one that was looked at; InfinitePast before.
  absl::Time delivered = absl::InfinitePast();

  std::string Save() const;
  // DATA_LOSS for what Save did not make.
  static absl::StatusOr<RuleState> Load(OpeningRule opening, absl::string_view state);
};

// What the verdicts rest on beside the figure.
struct JudgeWorld {
  absl::TimeZone zone;
  // What sort of day it is; none says that the weekday tells it.
  std::function<DayKind(absl::CivilDay)> day_kind;
  // The figures of earlier intervals by their beginnings, for rules of change.
  std::map<absl::Time, double> before;
  // The figures of all days, for rules of forecasts, and what sort of days these are.
  DailyFigures days;
  v1::MetricDefinition::Aggregation aggregation = v1::MetricDefinition::AGGREGATION_UNSPECIFIED;
};

// What sorts of days are to forecasts.
SortOfDay SortBy(std::function<DayKind(absl::CivilDay)> kinds);

// The same interval of a day or a week before, on the clock of the zone.
absl::Time IntervalBefore(v1::ChangeCondition::Base base, absl::Time start, absl::TimeZone zone);

// The verdict on [start, end). The detector learns from it, whatever the rule's kind is not; O(1), of a forecast its cost.
JudgedInterval JudgeInterval(const v1::AlertRule& rule, const JudgeWorld& world, absl::Time start, absl::Time end,
                             std::optional<double> figure, RuleState& state);

// The verdict on an interval that is under way, of a figure that can only grow: kYes where it is above the upper bound already, else
// nothing.
std::optional<JudgedInterval> JudgeEarly(const v1::AlertRule& rule, absl::Time start, absl::Time end, double figure);

// What has come of judging a series from a base on.
struct SeriesJudgement {
  std::vector<Episode> episodes;
  // As of the new base.
  std::optional<RuleState> base;
  int64_t intervals = 0, unknown = 0;
};

// Judges the closed intervals between `bounds`, of which `figures` has one for each, from `state` on, and then `early`, if there is one.
// `new_base` is one of the bounds.
SeriesJudgement JudgeSeries(const v1::AlertRule& rule, const JudgeWorld& world, const std::vector<absl::Time>& bounds,
                            const std::vector<std::optional<double>>& figures, RuleState state, absl::Time new_base,
                            const std::optional<JudgedInterval>& early);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WARNING_RULE_JUDGE_H_
