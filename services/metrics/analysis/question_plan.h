// A question of the contract as the computations take it: checked, and its period resolved. Pure functions; no database.
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_QUESTION_PLAN_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_QUESTION_PLAN_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/question.pb.h"
#include "services/metrics/analysis/activity_level.h"
#include "services/metrics/analysis/figures.h"
#include "services/metrics/analysis/funnel.h"
#include "services/metrics/analysis/period.h"
#include "services/metrics/analysis/retention.h"
#include "services/metrics/analysis/selection.h"

namespace heitie::metrics::analysis {

extern const status::Reason kBadPeriod;    // {why}
extern const status::Reason kBadQuestion;  // {why}
extern const status::Reason kBadFunnel;    // {why}

inline constexpr int kMaxPeriodDays = 3660;
inline constexpr size_t kMaxIntervals = 20'000;
inline constexpr size_t kDefaultTop = 10;
inline constexpr int kDefaultHorizon = 7;
inline constexpr int kDefaultPastPeriods = 12;
inline constexpr double kDefaultDeviations = 2;

struct FigurePlan {
  Selection events;
  Figure figure;
};

struct QuestionPlan {
  v1::Question::KindCase kind = v1::Question::KIND_NOT_SET;
  Calendar calendar;
  Window window;
  // Nothing: the whole period.
  std::optional<Granularity> granularity;
  std::optional<Comparison> comparison;
  // Figures and contribution.
  FigurePlan figure;
  std::optional<FigurePlan> denominator;
  std::vector<std::string> breakdown;
  size_t top = kDefaultTop;
  // Active users and growth.
  std::vector<Selection> definition;
  RetentionQuestion retention;
  FunnelQuestion funnel;
  std::vector<double> quantiles;
  // What changed.
  std::vector<std::pair<std::string, FigurePlan>> candidates;
  int past_periods = kDefaultPastPeriods;
  double deviations = kDefaultDeviations;
};

// Whether the groups of a figure add up to it, those of users with a part for overlap.
bool AddsUp(const Figure& figure);

// Adds every error to `bad` below `path`, for example "questions[2]". BAD_QUESTION, BAD_PERIOD, BAD_METRIC_SOURCE, BAD_AGGREGATION,
// BAD_FUNNEL, BAD_EVENT_FILTER. `closed_until`: what relative periods count back from.
QuestionPlan PlanOf(const v1::Question& question, const absl::TimeZone& zone, absl::Time closed_until, const std::string& path,
                    status::BadFields& bad);

Selection ToSelection(const v1::EventSelection& selection, const std::string& path, status::BadFields& bad);
// An empty window when it is bad.
Window ToWindow(const v1::QuestionPeriod& period, const Calendar& calendar, absl::Time closed_until, const std::string& path,
                status::BadFields& bad);

// Those of events whose users are followed. Adds what is wrong to `bad` below `path`, for example "question.growth.events".
std::vector<Selection> ToUserEvents(const google::protobuf::RepeatedPtrField<v1::EventSelection>& events, const std::string& path,
                                    status::BadFields& bad);

// The saved definitions that the question names, each with the list of events whose place it takes.
struct DefinedPlace {
  v1::DefinedEvents definition;
  google::protobuf::RepeatedPtrField<v1::EventSelection>* events;
};
// Takes them out of the question.
std::vector<DefinedPlace> TakeDefinitions(v1::Question& question);

// The figures of the question, in its order.
std::vector<v1::Figure*> FiguresIn(v1::Question& question);
// What the definition says of a figure in place of its own words.
void ApplyMetric(const v1::MetricDefinition& definition, v1::Figure& figure);

// Every selection of events in the question, in its order.
std::vector<v1::EventSelection> SelectionsOf(const v1::Question& question);
// Every name of events or measurements in the question, without repetition.
std::vector<Series> SeriesOf(const v1::Question& question);

}  // namespace heitie::metrics::analysis

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_QUESTION_PLAN_H_
