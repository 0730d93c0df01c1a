#include "services/risk/indicator/indicator_rules.h"

#include <algorithm>
#include <random>
#include <vector>

#include "common/test/fixture.h"

namespace heitie::risk {
namespace {

using test::HasViolations;
using test::IsOk;
using test::Proto;
using v1::IndicatorDefinition;
using v1::Light;

IndicatorDefinition Golden(int enter = 1, int leave = 1) {
  IndicatorDefinition definition =
      Proto<IndicatorDefinition>("direction: DIRECTION_HIGH_IS_BAD period: PERIOD_DAY amber: 80 amber_release: 70 red: 90 red_release: 85");
  definition.set_enter_periods(enter);
  definition.set_leave_periods(leave);
  return definition;
}

std::string Sequence(const IndicatorDefinition& definition, const std::vector<double>& values) {
  std::string lights;
  LightState state;
  for (const double value : values) {
    state = Judge(definition, state, value);
    lights += state.light == v1::LIGHT_RED ? 'R' : state.light == v1::LIGHT_AMBER ? 'A' : 'G';
  }
  return lights;
}

TEST(IndicatorRulesTest, GoldenSequence) {
  const std::vector<double> values = {75, 80, 79, 69, 91, 86, 84, 70, 69, 92, 60};
  EXPECT_EQ(Sequence(Golden(), values), "GAAGRRAAGRG");
  // The same the other way round.
  IndicatorDefinition low = Golden();
  low.set_direction(IndicatorDefinition::DIRECTION_LOW_IS_BAD);
  low.set_amber(-80);
  low.set_amber_release(-70);
  low.set_red(-90);
  low.set_red_release(-85);
  std::vector<double> negative = values;
  for (double& value : negative) value = -value;
  EXPECT_EQ(Sequence(low, negative), "GAAGRRAAGRG");
}

TEST(IndicatorRulesTest, SeveralPeriodsEnterAndLeave) {
  EXPECT_EQ(Sequence(Golden(2, 1), {95, 60, 95, 95, 60}), "GGGRG") << "once is not enough";
  EXPECT_EQ(Sequence(Golden(2, 1), {95, 82, 95, 95}), "GAAR") << "both are AMBER at least; RED takes two of its own";
  EXPECT_EQ(Sequence(Golden(1, 3), {95, 60, 60, 60}), "RRRG");
  EXPECT_EQ(Sequence(Golden(1, 3), {95, 60, 80, 60, 60, 60, 60}), "RRRAAAG") << "the worst of the three counts";
  EXPECT_EQ(Sequence(Golden(1, 2), {95, 60, 90, 60, 60}), "RRRRG") << "back in between begins anew";
}

// Of the whole history: what the last figures in a row say against the light since its last change.
Light ByHistory(const IndicatorDefinition& definition, const std::vector<double>& values) {
  Light light = v1::LIGHT_GREEN;
  size_t since = 0;
  for (size_t end = 1; end <= values.size(); ++end) {
    for (const bool worse : {true, false}) {
      const size_t wanted = static_cast<size_t>(worse ? definition.enter_periods() : definition.leave_periods());
      if (end - since < wanted) continue;
      std::vector<Light> said;
      for (size_t i = end - wanted; i < end; ++i) said.push_back(TargetOf(definition, light, values[i]));
      const auto beyond = [&](Light target) { return worse ? target > light : target < light; };
      if (!std::all_of(said.begin(), said.end(), beyond)) continue;
      light = worse ? *std::min_element(said.begin(), said.end()) : *std::max_element(said.begin(), said.end());
      since = end;
      break;
    }
  }
  return light;
}

TEST(IndicatorRulesTest, EqualsAModelThatLooksAtTheWholeHistory) {
  std::mt19937 random(4);
  for (int round = 0; round < 400; ++round) {
    const IndicatorDefinition definition = Golden(1 + static_cast<int>(random() % 3), 1 + static_cast<int>(random() % 3));
    std::vector<double> values;
    LightState state;
    for (int i = 0; i < 40; ++i) {
      values.push_back(60 + static_cast<double>(random() % 40));
      state = Judge(definition, state, values.back());
      ASSERT_EQ(state.light, ByHistory(definition, values)) << round << " " << i;
    }
  }
}

TEST(IndicatorRulesTest, ThresholdsAreOrdered) {
  const auto check = [](const char* more) {
    IndicatorDefinition definition = Golden();
    definition.set_metric("metricDefinitions/m");
    definition.MergeFrom(Proto<IndicatorDefinition>(more));
    status::BadFields bad;
    CheckDefinition("d", definition, bad);
    return bad.status();
  };
  EXPECT_THAT(check(""), IsOk());
  EXPECT_THAT(check("amber_release: 80 red_release: 90"), IsOk());
  EXPECT_THAT(
      check("amber: 90 amber_release: 91 red_release: 91"),
      HasViolations("d.red THRESHOLDS_NOT_ORDERED", "d.amber_release THRESHOLDS_NOT_ORDERED", "d.red_release THRESHOLDS_NOT_ORDERED"));
  EXPECT_THAT(
      check("direction: DIRECTION_LOW_IS_BAD"),
      HasViolations("d.red THRESHOLDS_NOT_ORDERED", "d.amber_release THRESHOLDS_NOT_ORDERED", "d.red_release THRESHOLDS_NOT_ORDERED"));
}

TEST(IndicatorRulesTest, PeriodsFollowTheCalendar) {
  const absl::CivilDay sunday(2026, 3, 1);
  EXPECT_EQ(PeriodOf(IndicatorDefinition::PERIOD_DAY, sunday), sunday);
  EXPECT_EQ(PeriodOf(IndicatorDefinition::PERIOD_WEEK, sunday), absl::CivilDay(2026, 2, 23));
  EXPECT_EQ(PeriodOf(IndicatorDefinition::PERIOD_WEEK, sunday + 1), sunday + 1);
  EXPECT_EQ(PeriodOf(IndicatorDefinition::PERIOD_MONTH, absl::CivilDay(2026, 2, 28)), absl::CivilDay(2026, 2, 1));
  EXPECT_EQ(PeriodAfter(IndicatorDefinition::PERIOD_MONTH, absl::CivilDay(2026, 12, 1)), absl::CivilDay(2027, 1, 1));
  EXPECT_EQ(PeriodAfter(IndicatorDefinition::PERIOD_WEEK, absl::CivilDay(2026, 2, 23)), sunday + 1);
}

}  // namespace
}  // namespace heitie::risk
