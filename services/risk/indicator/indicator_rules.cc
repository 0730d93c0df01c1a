#include "services/risk/indicator/indicator_rules.h"

#include <algorithm>

namespace heitie::risk {

using v1::IndicatorDefinition;
using v1::Light;

const status::Reason kThresholdsNotOrdered{absl::StatusCode::kInvalidArgument, "THRESHOLDS_NOT_ORDERED",
                                           "From safe to bad: the release value of AMBER, AMBER, RED; and the release value of RED, RED.",
                                           "由安全至危險須依序為：AMBER 解除值、AMBER、RED；RED 解除值不得比 RED 更危險。"};

namespace {

const status::Reason kFigureNotOne{absl::StatusCode::kInvalidArgument, "FIGURE_NOT_ONE",
                                   "One figure is judged: of a metric, an item or a budget, or a count; limited only by what it is of.",
                                   "只判斷一個數字：指標、物品、預算或計數；限定條件須與該數字相符。"};

// Figures as if high ones were bad.
double Badness(const IndicatorDefinition& definition, double value) {
  return definition.direction() == IndicatorDefinition::DIRECTION_LOW_IS_BAD ? -value : value;
}

}  // namespace

void CheckDefinition(const std::string& field, const IndicatorDefinition& definition, status::BadFields& bad) {
  const IndicatorDefinition::Count count = definition.count();
  const int figures = !definition.metric().empty() + !definition.item().empty() + !definition.budget().empty() +
                      (count != IndicatorDefinition::COUNT_UNSPECIFIED);
  if (figures != 1) bad.Add(field + ".metric", kFigureNotOne);
  const bool of_activity = !definition.metric().empty() || count == IndicatorDefinition::COUNT_OPEN_COMPLAINTS;
  const bool of_staff = count == IndicatorDefinition::COUNT_VACANCIES || count == IndicatorDefinition::COUNT_MISSING_CERTIFICATES;
  if (!of_activity && !definition.activity().empty()) bad.Add(field + ".activity", kFigureNotOne);
  if (count != IndicatorDefinition::COUNT_OVERDUE_TASKS && !definition.project().empty()) bad.Add(field + ".project", kFigureNotOne);
  if (!of_staff && !definition.department().empty()) bad.Add(field + ".department", kFigureNotOne);
  const double amber = Badness(definition, definition.amber()), red = Badness(definition, definition.red());
  if (red <= amber) bad.Add(field + ".red", kThresholdsNotOrdered);
  if (Badness(definition, definition.amber_release()) > amber) bad.Add(field + ".amber_release", kThresholdsNotOrdered);
  const double red_release = Badness(definition, definition.red_release());
  if (red_release > red) bad.Add(field + ".red_release", kThresholdsNotOrdered);
}

absl::CivilDay PeriodOf(IndicatorDefinition::Period period, absl::CivilDay day) {
  switch (period) {
    case IndicatorDefinition::PERIOD_WEEK:
      return absl::PrevWeekday(day + 1, absl::Weekday::monday);
    case IndicatorDefinition::PERIOD_MONTH:
      return absl::CivilDay(absl::CivilMonth(day));
    default:
      return day;
  }
}

absl::CivilDay PeriodAfter(IndicatorDefinition::Period period, absl::CivilDay first) {
  switch (period) {
    case IndicatorDefinition::PERIOD_WEEK:
      return first + 7;
    case IndicatorDefinition::PERIOD_MONTH:
      return absl::CivilDay(absl::CivilMonth(first) + 1);
    default:
      return first + 1;
  }
}

Light TargetOf(const IndicatorDefinition& definition, Light light, double value) {
  const double bad = Badness(definition, value);
  const auto lit = [&](double threshold, double release, bool was) {
    return bad >= Badness(definition, threshold) || (was && bad >= Badness(definition, release));
  };
  if (lit(definition.red(), definition.red_release(), light == v1::LIGHT_RED)) return v1::LIGHT_RED;
  if (lit(definition.amber(), definition.amber_release(), light >= v1::LIGHT_AMBER)) return v1::LIGHT_AMBER;
  return v1::LIGHT_GREEN;
}

LightState Judge(const IndicatorDefinition& definition, const LightState& before, double value) {
  const Light target = TargetOf(definition, before.light, value);
  if (target == before.light) return {before.light, 0, v1::LIGHT_UNSPECIFIED};
  const bool worse = target > before.light;
  const bool goes_on = before.pending_periods > 0 && (before.pending > before.light) == worse;
  LightState after = before;
  after.pending_periods = goes_on ? before.pending_periods + 1 : 1;
  after.pending = !goes_on ? target : worse ? std::min(before.pending, target) : std::max(before.pending, target);
  if (after.pending_periods < (worse ? definition.enter_periods() : definition.leave_periods())) return after;
  return {after.pending, 0, v1::LIGHT_UNSPECIFIED};
}

}  // namespace heitie::risk
