#include "services/metrics/analysis/question_plan.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/metrics/analysis/contribution.h"
#include "services/metrics/collection/metric_definition.h"

namespace heitie::metrics::analysis {

const status::Reason kBadPeriod{absl::StatusCode::kInvalidArgument, "BAD_PERIOD", "The period does not fit: {why}.", "期間不適用：{why}。"};
const status::Reason kBadQuestion{absl::StatusCode::kInvalidArgument, "BAD_QUESTION", "The question is incomplete: {why}.",
                                  "問題不完整：{why}。"};
const status::Reason kBadFunnel{absl::StatusCode::kInvalidArgument, "BAD_FUNNEL", "The funnel does not fit together: {why}.",
                                "漏斗設定不一致：{why}。"};

namespace {

const status::Phrase kNoPeriod{"one of dates, last and window is set", "dates、last、window 須設定其中一項"};
const status::Phrase kReversed{"it ends after it begins, at most 3,660 days later", "結束須晚於開始，且最多相隔 3,660 天"};
const status::Phrase kOutOfTime{"it lies from 1970 to 9900", "須介於 1970 年至 9900 年之間"};
const status::Phrase kLongUnit{"the unit is a day, week, month, quarter or year", "單位須為日、週、月、季或年"};
const status::Phrase kManyIntervals{"it has more than 20,000 intervals", "時間區間超過 20,000 個"};
const status::Phrase kWholeDays{"this question is asked of whole days", "此類問題的期間須為整日"};
const status::Phrase kRetentionUnit{"intervals of retention are days, weeks or months", "留存的時間區間須為日、週或月"};
const status::Phrase kNeedsComparison{"a contribution is to a change, so that a comparison is set", "貢獻分析針對變化，須設定比較期間"};
const status::Phrase kMetricSaysSo{"the metric definition states events, measure and amounts", "指標定義已規定事件、計算方式與數額"};
const status::Phrase kShortPast{"variability shows in 8 periods or more", "須有 8 個以上的期間才能看出波動"};
const status::Phrase kNoKind{"one of its kinds is set", "須設定一種問題類型"};
const status::Phrase kNoUsersOf{"measurements have neither users nor minor units", "測量值沒有使用者，也沒有最小貨幣單位"};
const status::Phrase kEventsOnly{"users are counted of events, not of measurements", "使用者只能由事件計算，不能由測量值計算"};
const status::Phrase kEventsOrDefinition{"the events that count are listed, or a definition is named, not both",
                                         "計算的事件須逐一列出或指定一項定義，二者擇一"};
const status::Phrase kVersionOrCode{"a definition is named by its version or by its code, not both", "定義須以版本或代碼指定，二者擇一"};
const status::Phrase kNotAdditive{"contributions are to a number, a sum or users; of a ratio to numbers and sums",
                                  "貢獻分析適用於筆數、總和或使用者數；比率僅適用於筆數與總和"};
const status::Phrase kWindowNeeded{"the window is positive and at most 366 days", "轉換期限須大於零且不超過 366 天"};
const status::Phrase kStepWindow{"only later steps of ordered funnels have a limit of their own, and it is not negative",
                                 "只有依序漏斗的後續步驟可設定各自的期限，且不得為負"};
const status::Phrase kExclusionOrder{"an exclusion lies between two steps of an ordered funnel, the first one before the second",
                                     "排除條件須位於依序漏斗的兩個步驟之間，且前者在前"};
const status::Phrase kFunnelBreakdown{"the step of the breakdown is one of the funnel's, which is not in any order",
                                      "分組所依的步驟須為漏斗中的步驟，且不適用於任意順序"};

const absl::CivilDay kFirstDay(1970, 1, 1), kLastDay(9899, 12, 31);
constexpr absl::Duration kMostWindow = absl::Hours(24 * 366);

std::optional<Granularity> GranularityOf(v1::TimeUnit unit) {
  switch (unit) {
    case v1::TIME_UNIT_FIVE_MINUTES:
      return Granularity::kFiveMinutes;
    case v1::TIME_UNIT_HOUR:
      return Granularity::kHour;
    case v1::TIME_UNIT_DAY:
      return Granularity::kDay;
    case v1::TIME_UNIT_WEEK:
      return Granularity::kWeek;
    case v1::TIME_UNIT_MONTH:
      return Granularity::kMonth;
    case v1::TIME_UNIT_QUARTER:
      return Granularity::kQuarter;
    case v1::TIME_UNIT_YEAR:
      return Granularity::kYear;
    default:
      return std::nullopt;
  }
}

absl::Weekday WeekStartOf(google::type::DayOfWeek day) {
  return day == google::type::DAY_OF_WEEK_UNSPECIFIED ? absl::Weekday::monday : static_cast<absl::Weekday>(day - google::type::MONDAY);
}

std::optional<Comparison> ComparisonOf(v1::Question::Comparison comparison) {
  switch (comparison) {
    case v1::Question::COMPARISON_SAME_LENGTH_BEFORE:
      return Comparison::kSameLengthBefore;
    case v1::Question::COMPARISON_SAME_WEEKDAYS:
      return Comparison::kSameWeekdays;
    case v1::Question::COMPARISON_LAST_MONTH:
      return Comparison::kLastMonth;
    case v1::Question::COMPARISON_LAST_YEAR:
      return Comparison::kLastYear;
    default:
      return std::nullopt;
  }
}

Measure MeasureOf(v1::Figure::Measure measure) {
  switch (measure) {
    case v1::Figure::MEASURE_USERS:
      return Measure::kUsers;
    case v1::Figure::MEASURE_SUM:
      return Measure::kSum;
    case v1::Figure::MEASURE_AVERAGE:
      return Measure::kAverage;
    case v1::Figure::MEASURE_MIN:
      return Measure::kMin;
    case v1::Figure::MEASURE_MAX:
      return Measure::kMax;
    case v1::Figure::MEASURE_QUANTILE:
      return Measure::kQuantile;
    default:
      return Measure::kCount;
  }
}

// A figure by a metric definition, which is not looked up yet.
void CheckMetric(const v1::Figure& figure, const std::string& path, status::BadFields& bad) {
  const bool names = !figure.events().event_name().empty() || !figure.events().measurement_name().empty();
  if (names || figure.measure() != v1::Figure::MEASURE_UNSPECIFIED || figure.minor()) {
    bad.Add(absl::StrCat(path, ".metric"), kBadAggregation,
            {{"aggregation", v1::Figure::Measure_Name(figure.measure())}, {"why", kMetricSaysSo}});
  }
  Filter::Parse(figure.events().condition(), absl::StrCat(path, ".events.condition"), bad);
}

FigurePlan ToFigure(const v1::Figure& figure, const std::string& path, status::BadFields& bad) {
  if (!figure.metric().empty()) {
    CheckMetric(figure, path, bad);
    return {};
  }
  FigurePlan plan{ToSelection(figure.events(), absl::StrCat(path, ".events"), bad),
                  {MeasureOf(figure.measure()), figure.minor(), figure.quantile(), figure.per_user()}};
  const bool of_users = plan.figure.measure == Measure::kUsers || plan.figure.per_user || plan.figure.minor;
  if (plan.events.series.kind == kMeasurementKind && of_users) {
    bad.Add(absl::StrCat(path, ".measure"), kBadAggregation,
            {{"aggregation", v1::Figure::Measure_Name(figure.measure())}, {"why", kNoUsersOf}});
  }
  return plan;
}

// Reads one question.
class Planner {
 public:
  Planner(const v1::Question& question, absl::Time closed_until, const std::string& path, status::BadFields& bad)
      : question_(question), closed_until_(closed_until), path_(path), bad_(bad) {}

  QuestionPlan Run(const absl::TimeZone& zone) {
    plan_.kind = question_.kind_case();
    plan_.calendar = {zone, WeekStartOf(question_.week_start())};
    plan_.window = ToWindow(question_.period(), plan_.calendar, closed_until_, At(".period"), bad_);
    plan_.granularity = GranularityOf(question_.granularity());
    plan_.comparison = ComparisonOf(question_.comparison());
    const bool real = plan_.window.start < plan_.window.end;
    if (real && plan_.granularity.has_value() &&
        Intervals(plan_.window, *plan_.granularity, plan_.calendar, kMaxIntervals + 1).size() > kMaxIntervals) {
      bad_.Add(At(".granularity"), kBadPeriod, {{"why", kManyIntervals}});
    }
    Kind(real);
    return std::move(plan_);
  }

 private:
  std::string At(const std::string& field) const { return absl::StrCat(path_, field); }

  void Kind(bool real) {
    switch (plan_.kind) {
      case v1::Question::kFigures:
        return Figures();
      case v1::Question::kActiveUsers:
        plan_.definition = Defined(question_.active_users().events(), question_.active_users().has_definition(),
                                   question_.active_users().definition(), true, ".active_users.events", ".active_users.definition");
        return NeedDays(real);
      case v1::Question::kGrowth:
        plan_.definition = Defined(question_.growth().events(), question_.growth().has_definition(), question_.growth().definition(), true,
                                   ".growth.events", ".growth.definition");
        if (plan_.granularity.value_or(Granularity::kDay) < Granularity::kDay)
          bad_.Add(At(".granularity"), kBadPeriod, {{"why", kLongUnit}});
        return NeedDays(real);
      case v1::Question::kRetention:
        return Retention(real);
      case v1::Question::kFunnel:
        return Funnel();
      case v1::Question::kContribution:
        return Contribution();
      case v1::Question::kWhatChanged:
        return WhatChanged();
      default:
        bad_.Add(At(""), kBadQuestion, {{"why", kNoKind}});
    }
  }

  // Events that are listed or defined; of a definition, which is not looked up yet, none.
  std::vector<Selection> Defined(const google::protobuf::RepeatedPtrField<v1::EventSelection>& events, bool has_definition,
                                 const v1::DefinedEvents& definition, bool needed, const std::string& at_events,
                                 const std::string& at_definition) {
    const bool both = !events.empty() && has_definition;
    const bool neither = events.empty() && !has_definition && needed;
    if (both || neither) bad_.Add(At(both ? at_definition : at_events), kBadQuestion, {{"why", kEventsOrDefinition}});
    if (has_definition && definition.version().empty() == definition.code().empty())
      bad_.Add(At(at_definition), kBadQuestion, {{"why", kVersionOrCode}});
    return ToUserEvents(events, At(at_events), bad_);
  }

  void NeedDays(bool real) {
    if (real && !WholeDays(plan_.window, plan_.calendar).has_value()) bad_.Add(At(".period"), kBadPeriod, {{"why", kWholeDays}});
  }

  void Figures() {
    const v1::FiguresQuestion& figures = question_.figures();
    plan_.figure = ToFigure(figures.figure(), At(".figures.figure"), bad_);
    if (figures.has_denominator()) plan_.denominator = ToFigure(figures.denominator(), At(".figures.denominator"), bad_);
    plan_.breakdown.assign(figures.breakdown().begin(), figures.breakdown().end());
    if (figures.top() > 0) plan_.top = static_cast<size_t>(figures.top());
  }

  void Contribution() {
    const v1::ContributionQuestion& asked = question_.contribution();
    plan_.figure = ToFigure(asked.figure(), At(".contribution.figure"), bad_);
    if (asked.has_denominator()) plan_.denominator = ToFigure(asked.denominator(), At(".contribution.denominator"), bad_);
    plan_.breakdown = {asked.breakdown()};
    plan_.top = kMaxGroups;
    if (!plan_.comparison.has_value()) bad_.Add(At(".comparison"), kBadPeriod, {{"why", kNeedsComparison}});
    const auto adds_up = [&](const FigurePlan& figure) {
      return AddsUp(figure.figure) && (figure.figure.measure != Measure::kUsers || !plan_.denominator.has_value());
    };
    const auto complain = [&](const char* field, const v1::Figure& figure) {
      bad_.Add(At(field), kBadAggregation, {{"aggregation", v1::Figure::Measure_Name(figure.measure())}, {"why", kNotAdditive}});
    };
    if (asked.figure().metric().empty() && !adds_up(plan_.figure)) complain(".contribution.figure", asked.figure());
    if (asked.denominator().metric().empty() && plan_.denominator.has_value() && !adds_up(*plan_.denominator))
      complain(".contribution.denominator", asked.denominator());
  }

  void WhatChanged() {
    const v1::WhatChangedQuestion& asked = question_.what_changed();
    for (int c = 0; c < asked.candidates_size(); ++c) {
      const std::string at = absl::StrCat(path_, ".what_changed.candidates[", c, "].figure");
      plan_.candidates.emplace_back(asked.candidates(c).title(), ToFigure(asked.candidates(c).figure(), at, bad_));
    }
    if (!asked.breakdown().empty()) plan_.breakdown = {asked.breakdown()};
    if (asked.past_periods() > 0) plan_.past_periods = asked.past_periods();
    if (asked.deviations() > 0) plan_.deviations = asked.deviations();
    if (plan_.past_periods < static_cast<int>(kLeastPast)) bad_.Add(At(".what_changed.past_periods"), kBadPeriod, {{"why", kShortPast}});
  }

  void Retention(bool real) {
    const v1::RetentionQuestion& asked = question_.retention();
    RetentionQuestion& retention = plan_.retention;
    retention.start = Defined(asked.start_events(), asked.has_start_definition(), asked.start_definition(), true, ".retention.start_events",
                              ".retention.start_definition");
    retention.returning = Defined(asked.returning_events(), asked.has_returning_definition(), asked.returning_definition(), false,
                                  ".retention.returning_events", ".retention.returning_definition");
    if (retention.returning.empty()) retention.returning = retention.start;
    retention.kind = asked.kind() == v1::RetentionQuestion::KIND_ROLLING     ? RetentionKind::kRolling
                     : asked.kind() == v1::RetentionQuestion::KIND_UNBOUNDED ? RetentionKind::kUnbounded
                                                                             : RetentionKind::kBounded;
    retention.unit = plan_.granularity.value_or(Granularity::kDay);
    retention.horizon = asked.horizon() > 0 ? asked.horizon() : kDefaultHorizon;
    retention.cohort_by = asked.cohort_property();
    if (retention.unit < Granularity::kDay || retention.unit > Granularity::kMonth) {
      bad_.Add(At(".granularity"), kBadPeriod, {{"why", kRetentionUnit}});
    }
    NeedDays(real);
  }

  void Funnel() {
    const v1::FunnelQuestion& asked = question_.funnel();
    const std::string at = At(".funnel");
    FunnelQuestion& funnel = plan_.funnel;
    FunnelRules& rules = funnel.rules;
    rules.steps = asked.steps_size();
    rules.strict = asked.strictly_later();
    rules.order = asked.order() == v1::FunnelQuestion::ORDER_ANY               ? FunnelOrder::kAnyOrder
                  : asked.order() == v1::FunnelQuestion::ORDER_NOTHING_BETWEEN ? FunnelOrder::kNothingBetween
                                                                               : FunnelOrder::kOrdered;
    rules.window = MicrosIn(asked.window(), absl::StrCat(at, ".window"), kWindowNeeded, absl::Microseconds(1));
    Steps(at);
    for (int e = 0; e < asked.exclusions_size(); ++e) Exclusion(asked.exclusions(e), absl::StrCat(at, ".exclusions[", e, "]"));
    funnel.breakdown = asked.breakdown();
    funnel.breakdown_step = std::max(asked.breakdown_step() - 1, 0);
    const bool has_step = funnel.breakdown_step < rules.steps && rules.order != FunnelOrder::kAnyOrder;
    if (!funnel.breakdown.empty() && !has_step) bad_.Add(absl::StrCat(at, ".breakdown_step"), kBadFunnel, {{"why", kFunnelBreakdown}});
    plan_.quantiles.assign(asked.quantiles().begin(), asked.quantiles().end());
    if (plan_.quantiles.empty()) plan_.quantiles = {0.5};
  }

  int64_t MicrosIn(const google::protobuf::Duration& duration, const std::string& field, const status::Phrase& rule, absl::Duration least) {
    const absl::Duration length = absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
    if (length < least || length > kMostWindow) {
      bad_.Add(field, kBadFunnel, {{"why", rule}});
      return 0;
    }
    return absl::ToInt64Microseconds(length);
  }

  void Steps(const std::string& at) {
    const v1::FunnelQuestion& asked = question_.funnel();
    FunnelRules& rules = plan_.funnel.rules;
    bool limited = false;
    for (int s = 0; s < asked.steps_size(); ++s) {
      const std::string step = absl::StrCat(at, ".steps[", s, "]");
      plan_.funnel.steps.push_back(OfEvents(asked.steps(s).events(), absl::StrCat(step, ".events")));
      int64_t within = rules.window;
      if (asked.steps(s).has_within()) {
        limited = true;
        if (s == 0 || rules.order == FunnelOrder::kAnyOrder) bad_.Add(absl::StrCat(step, ".within"), kBadFunnel, {{"why", kStepWindow}});
        within = MicrosIn(asked.steps(s).within(), absl::StrCat(step, ".within"), kStepWindow, absl::ZeroDuration());
      }
      if (s > 0) rules.step_windows.push_back(within);
    }
    if (!limited) rules.step_windows.clear();
  }

  Selection OfEvents(const v1::EventSelection& events, const std::string& path) {
    Selection selection = ToSelection(events, path, bad_);
    if (selection.series.kind == kMeasurementKind) bad_.Add(absl::StrCat(path, ".measurement_name"), kBadQuestion, {{"why", kEventsOnly}});
    return selection;
  }

  void Exclusion(const v1::FunnelQuestion::Exclusion& exclusion, const std::string& path) {
    plan_.funnel.exclusions.push_back(OfEvents(exclusion.events(), absl::StrCat(path, ".events")));
    const int from = exclusion.after_step(), to = exclusion.before_step();
    if (from >= to || to > plan_.funnel.rules.steps || plan_.funnel.rules.order != FunnelOrder::kOrdered) {
      bad_.Add(path, kBadFunnel, {{"why", kExclusionOrder}});
    }
    plan_.funnel.rules.exclusions.push_back({from - 1, to - 1});
  }

  const v1::Question& question_;
  const absl::Time closed_until_;
  const std::string path_;
  status::BadFields& bad_;
  QuestionPlan plan_;
};

}  // namespace

std::vector<Selection> ToUserEvents(const google::protobuf::RepeatedPtrField<v1::EventSelection>& events, const std::string& path,
                                    status::BadFields& bad) {
  std::vector<Selection> selections;
  for (int i = 0; i < events.size(); ++i) {
    const std::string at = absl::StrCat(path, "[", i, "]");
    selections.push_back(ToSelection(events[i], at, bad));
    if (selections.back().series.kind == kMeasurementKind)
      bad.Add(absl::StrCat(at, ".measurement_name"), kBadQuestion, {{"why", kEventsOnly}});
  }
  return selections;
}

std::vector<DefinedPlace> TakeDefinitions(v1::Question& question) {
  std::vector<DefinedPlace> places;
  const auto take = [&](auto& asked) {
    if (!asked.has_definition()) return;
    places.push_back({asked.definition(), asked.mutable_events()});
    asked.clear_definition();
  };
  if (question.has_active_users()) take(*question.mutable_active_users());
  if (question.has_growth()) take(*question.mutable_growth());
  if (!question.has_retention()) return places;
  v1::RetentionQuestion& retention = *question.mutable_retention();
  if (retention.has_start_definition()) places.push_back({retention.start_definition(), retention.mutable_start_events()});
  if (retention.has_returning_definition()) places.push_back({retention.returning_definition(), retention.mutable_returning_events()});
  retention.clear_start_definition();
  retention.clear_returning_definition();
  return places;
}

std::vector<v1::Figure*> FiguresIn(v1::Question& question) {
  std::vector<v1::Figure*> figures;
  const auto add_both = [&](auto& asked) {
    figures.push_back(asked.mutable_figure());
    if (asked.has_denominator()) figures.push_back(asked.mutable_denominator());
  };
  if (question.has_figures()) add_both(*question.mutable_figures());
  if (question.has_contribution()) add_both(*question.mutable_contribution());
  if (question.has_what_changed()) {
    for (auto& candidate : *question.mutable_what_changed()->mutable_candidates()) figures.push_back(candidate.mutable_figure());
  }
  return figures;
}

void ApplyMetric(const v1::MetricDefinition& definition, v1::Figure& figure) {
  figure.clear_metric();
  figure.mutable_events()->set_event_name(definition.event_name());
  figure.mutable_events()->set_measurement_name(definition.measurement_name());
  figure.set_minor(definition.aggregation() == v1::MetricDefinition::AGGREGATION_SUM_MINOR);
  switch (definition.aggregation()) {
    case v1::MetricDefinition::AGGREGATION_DISTINCT_USERS:
      return figure.set_measure(v1::Figure::MEASURE_USERS);
    case v1::MetricDefinition::AGGREGATION_SUM_MINOR:
    case v1::MetricDefinition::AGGREGATION_SUM:
      return figure.set_measure(v1::Figure::MEASURE_SUM);
    case v1::MetricDefinition::AGGREGATION_AVERAGE:
      return figure.set_measure(v1::Figure::MEASURE_AVERAGE);
    case v1::MetricDefinition::AGGREGATION_MIN:
      return figure.set_measure(v1::Figure::MEASURE_MIN);
    case v1::MetricDefinition::AGGREGATION_MAX:
      return figure.set_measure(v1::Figure::MEASURE_MAX);
    default:
      return figure.set_measure(v1::Figure::MEASURE_COUNT);
  }
}

bool AddsUp(const Figure& figure) {
  return !figure.per_user && (figure.measure == Measure::kCount || figure.measure == Measure::kSum || figure.measure == Measure::kUsers);
}

Selection ToSelection(const v1::EventSelection& selection, const std::string& path, status::BadFields& bad) {
  if (selection.event_name().empty() == selection.measurement_name().empty()) {
    bad.Add(absl::StrCat(path, ".event_name"), kBadMetricSource, {{"fields", "event_name, measurement_name"}});
  }
  const bool is_event = !selection.event_name().empty();
  return {{is_event ? kEventKind : kMeasurementKind, is_event ? selection.event_name() : selection.measurement_name()},
          selection.activity(),
          Filter::Parse(selection.condition(), absl::StrCat(path, ".condition"), bad)};
}

Window ToWindow(const v1::QuestionPeriod& period, const Calendar& calendar, absl::Time closed_until, const std::string& path,
                status::BadFields& bad) {
  Window window{absl::UnixEpoch(), absl::UnixEpoch()};
  const auto complain = [&](const status::Phrase& why) { bad.Add(path, kBadPeriod, {{"why", why}}); };
  switch (period.period_case()) {
    case v1::QuestionPeriod::kDates:
      window = WindowOf({time::ToDay(period.dates().start_date()), time::ToDay(period.dates().end_date())}, calendar);
      break;
    case v1::QuestionPeriod::kWindow:
      window = {time::ToTime(period.window().start_time()), time::ToTime(period.window().end_time())};
      break;
    case v1::QuestionPeriod::kLast: {
      const std::optional<Granularity> unit = GranularityOf(period.last().unit());
      if (!unit.has_value() || *unit < Granularity::kDay) {
        complain(kLongUnit);
        return window;
      }
      window = LastClosed(period.last().count(), *unit, closed_until, calendar);
      break;
    }
    default:
      complain(kNoPeriod);
      return window;
  }
  if (window.end <= window.start || window.end - window.start > absl::Hours(24) * kMaxPeriodDays + absl::Hours(2)) {
    complain(kReversed);
    return {window.start, window.start};
  }
  // What questions look at before and after it still has days that a database knows.
  const Window whole = WindowOf({kFirstDay, kLastDay}, calendar);
  if (window.start < whole.start || window.end > whole.end) {
    complain(kOutOfTime);
    return {window.start, window.start};
  }
  return window;
}

QuestionPlan PlanOf(const v1::Question& question, const absl::TimeZone& zone, absl::Time closed_until, const std::string& path,
                    status::BadFields& bad) {
  return Planner(question, closed_until, path, bad).Run(zone);
}

std::vector<v1::EventSelection> SelectionsOf(const v1::Question& question) {
  std::vector<v1::EventSelection> all;
  const auto add_all = [&](const auto& list) { all.insert(all.end(), list.begin(), list.end()); };
  switch (question.kind_case()) {
    case v1::Question::kFigures:
      all.push_back(question.figures().figure().events());
      if (question.figures().has_denominator()) all.push_back(question.figures().denominator().events());
      break;
    case v1::Question::kContribution:
      all.push_back(question.contribution().figure().events());
      if (question.contribution().has_denominator()) all.push_back(question.contribution().denominator().events());
      break;
    case v1::Question::kActiveUsers:
      add_all(question.active_users().events());
      break;
    case v1::Question::kGrowth:
      add_all(question.growth().events());
      break;
    case v1::Question::kRetention:
      add_all(question.retention().start_events());
      add_all(question.retention().returning_events());
      break;
    case v1::Question::kFunnel:
      for (const auto& step : question.funnel().steps()) all.push_back(step.events());
      for (const auto& exclusion : question.funnel().exclusions()) all.push_back(exclusion.events());
      break;
    case v1::Question::kWhatChanged:
      for (const auto& candidate : question.what_changed().candidates()) all.push_back(candidate.figure().events());
      break;
    default:
      break;
  }
  return all;
}

std::vector<Series> SeriesOf(const v1::Question& question) {
  status::BadFields ignored;
  std::vector<Selection> all;
  for (v1::EventSelection selection : SelectionsOf(question)) {
    selection.clear_condition();
    all.push_back(ToSelection(selection, "", ignored));
  }
  return SeriesOf(all);
}

}  // namespace heitie::metrics::analysis
