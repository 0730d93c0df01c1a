#include "services/metrics/collection/counters.h"

#include <gmock/gmock.h>

#include "common/test/fixture.h"
#include "heitie/metrics/v1/counters.pb.h"

namespace heitie::metrics {
namespace {

using heitie::test::IsOk;
using heitie::test::Proto;
using ::testing::ElementsAre;
using v1::ActivityTracking;

Cell Of(int64_t count, const std::vector<uint32_t>& users) {
  Cell cell;
  cell.count = count;
  for (uint32_t user : users) cell.users.add(user);
  return cell;
}

TEST(WithDefaultsTest, FillsOnlyWhatIsNotSet) {
  const ActivityTracking all = WithDefaults({});
  EXPECT_EQ(all.impression_event(), "impression");
  EXPECT_EQ(all.click_event(), "click");
  EXPECT_THAT(all.participant_events(), ElementsAre("participate"));
  EXPECT_EQ(all.conversion_event(), "convert");
  EXPECT_EQ(all.conversion_denominator(), ActivityTracking::CONVERSION_DENOMINATOR_PARTICIPANTS);
  const ActivityTracking some = WithDefaults(Proto<ActivityTracking>(R"pb(click_event: "tap"
                                                                          participant_events: "join"
                                                                          participant_events: "share"
                                                                          conversion_denominator: CONVERSION_DENOMINATOR_CLICKERS)pb"));
  EXPECT_EQ(some.impression_event(), "impression");
  EXPECT_EQ(some.click_event(), "tap");
  EXPECT_THAT(some.participant_events(), ElementsAre("join", "share"));
  EXPECT_EQ(some.conversion_denominator(), ActivityTracking::CONVERSION_DENOMINATOR_CLICKERS);
}

TEST(TrackedEventsTest, EachOnce) {
  EXPECT_THAT(TrackedEvents(Proto<ActivityTracking>(R"pb(impression_event: "view"
                                                         click_event: "tap"
                                                         participant_events: "tap"
                                                         participant_events: "buy"
                                                         conversion_event: "buy")pb")),
              ElementsAre("buy", "tap", "view"));
}

TEST(CountActivityTest, CountsEventsAndDifferentUsers) {
  const ActivityTracking tracking = WithDefaults(Proto<ActivityTracking>(R"pb(participant_events: "join" participant_events: "share")pb"));
  const v1::ActivityCounters counters = CountActivity(tracking, {{"impression", Of(200, {1, 2, 3, 4, 5})},
                                                                 {"click", Of(50, {1, 2, 3})},
                                                                 {"join", Of(3, {1, 2})},
                                                                 {"share", Of(9, {2, 3, 9})},
                                                                 {"convert", Of(7, {1})},
                                                                 {"other", Of(1000, {77})}});
  EXPECT_EQ(counters.impressions(), 200);
  EXPECT_EQ(counters.clicks(), 50);
  EXPECT_EQ(counters.conversions(), 7);
  EXPECT_EQ(counters.viewers(), 5);
  EXPECT_EQ(counters.clickers(), 3);
  EXPECT_EQ(counters.participants(), 4);
  EXPECT_EQ(counters.converters(), 1);
  EXPECT_DOUBLE_EQ(counters.click_through_rate(), 0.25);
  EXPECT_DOUBLE_EQ(counters.conversion_rate(), 0.25);
}

TEST(CountActivityTest, DeclaredDenominator) {
  const EventCells cells = {
      {"impression", Of(200, {1, 2, 3, 4})}, {"click", Of(50, {1, 2})}, {"participate", Of(1, {1})}, {"convert", Of(1, {1})}};
  const std::vector<std::pair<ActivityTracking::ConversionDenominator, double>> expected = {
      {ActivityTracking::CONVERSION_DENOMINATOR_VIEWERS, 0.25},
      {ActivityTracking::CONVERSION_DENOMINATOR_CLICKERS, 0.5},
      {ActivityTracking::CONVERSION_DENOMINATOR_PARTICIPANTS, 1}};
  for (const auto& [denominator, rate] : expected) {
    ActivityTracking tracking;
    tracking.set_conversion_denominator(denominator);
    const v1::ActivityCounters counters = CountActivity(WithDefaults(tracking), cells);
    EXPECT_DOUBLE_EQ(counters.conversion_rate(), rate);
    EXPECT_EQ(counters.conversion_denominator(), denominator);
  }
}

TEST(CountActivityTest, WhoConvertsOutsideTheDenominatorIsToldApart) {
  struct Case {
    std::vector<uint32_t> users, converters;
    double rate;
    int64_t outside;
  };
  const std::vector<Case> cases = {
      {{1}, {2, 3, 4}, 0, 3}, {{1}, {1, 2, 3, 4}, 1, 3}, {{1, 2, 3, 4}, {1, 2, 3, 4}, 1, 0}, {{1, 2, 3, 4}, {4, 5}, 0.25, 1}};
  const std::vector<std::pair<ActivityTracking::ConversionDenominator, std::string>> denominators = {
      {ActivityTracking::CONVERSION_DENOMINATOR_VIEWERS, "impression"},
      {ActivityTracking::CONVERSION_DENOMINATOR_CLICKERS, "click"},
      {ActivityTracking::CONVERSION_DENOMINATOR_PARTICIPANTS, "participate"}};
  for (const Case& c : cases) {
    for (const auto& [denominator, event] : denominators) {
      ActivityTracking tracking;
      tracking.set_conversion_denominator(denominator);
      EventCells cells = {{"impression", Of(9, {70})}, {"click", Of(9, {71})}, {"participate", Of(9, {72})}};
      cells["convert"] = Of(9, c.converters);
      cells[event] = Of(9, c.users);
      const v1::ActivityCounters counters = CountActivity(WithDefaults(tracking), cells);
      EXPECT_DOUBLE_EQ(counters.conversion_rate(), c.rate) << event;
      EXPECT_EQ(counters.converters_outside_denominator(), c.outside) << event;
      EXPECT_EQ(counters.converters(), static_cast<int64_t>(c.converters.size()));
    }
  }
}

TEST(CountActivityTest, ZeroDenominatorIsUndefined) {
  const v1::ActivityCounters none = CountActivity(WithDefaults({}), {});
  EXPECT_FALSE(none.has_click_through_rate());
  EXPECT_FALSE(none.has_conversion_rate());
  const v1::ActivityCounters seen = CountActivity(WithDefaults({}), {{"impression", Of(1, {1})}});
  EXPECT_TRUE(seen.has_click_through_rate());
  EXPECT_EQ(seen.click_through_rate(), 0);
  EXPECT_FALSE(seen.has_conversion_rate());
}

TEST(CheckTrackingTest, Period) {
  auto tracking = Proto<ActivityTracking>(R"pb(start_date { year: 2026 month: 1 day: 2 }
                                               end_date { year: 2026 month: 1 day: 2 })pb");
  EXPECT_THAT(CheckTracking(tracking), IsOk());
  tracking.mutable_end_date()->set_day(1);
  EXPECT_EQ(CheckTracking(tracking).code(), absl::StatusCode::kInvalidArgument);
  tracking.clear_start_date();
  EXPECT_THAT(CheckTracking(tracking), IsOk());
}

}  // namespace
}  // namespace heitie::metrics
