#include "services/metrics/collection/counters.h"

#include <gmock/gmock.h>

#include <thread>

#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "services/metrics/metrics_test.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;
using heitie::test::Violations;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::StartsWith;
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

TEST_F(MetricsTest, CountersOfAnActivity) {
  auto none = GetCounters("activities/spring");
  ASSERT_THAT(none, IsOk());
  EXPECT_EQ(none->version(), 0);
  EXPECT_EQ(none->impressions(), 0);
  EXPECT_FALSE(none->has_click_through_rate());
  EXPECT_FALSE(none->has_watermark());

  std::vector<v1::Event> events;
  for (int i = 0; i < 40; ++i)
    events.push_back(MakeEvent("impression", "u" + std::to_string(i % 20), clock_.Now() - absl::Hours(30 * (i % 2)), "activities/spring"));
  for (int i = 0; i < 10; ++i) events.push_back(MakeEvent("click", "u" + std::to_string(i), clock_.Now(), "activities/spring"));
  for (int i = 0; i < 8; ++i)
    events.push_back(MakeEvent("participate", "u" + std::to_string(i % 4), clock_.Now() - absl::Hours(24 * (i / 4)), "activities/spring"));
  events.push_back(MakeEvent("convert", "u1", clock_.Now(), "activities/spring"));
  for (int i = 0; i < 100; ++i) events.push_back(MakeEvent("impression", "u77", clock_.Now(), "activities/other"));
  for (int i = 0; i < 100; ++i) events.push_back(MakeEvent("click", "u78", clock_.Now()));
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, events)), IsOk());

  auto counters = GetCounters("activities/spring");
  ASSERT_THAT(counters, IsOk());
  EXPECT_EQ(counters->activity(), "activities/spring");
  EXPECT_EQ(counters->impressions(), 40);
  EXPECT_EQ(counters->viewers(), 20);
  EXPECT_EQ(counters->clicks(), 10);
  EXPECT_EQ(counters->clickers(), 10);
  EXPECT_EQ(counters->participants(), 4) << "each user once, on whichever days";
  EXPECT_EQ(counters->conversions(), 1);
  EXPECT_EQ(counters->converters(), 1);
  EXPECT_DOUBLE_EQ(counters->click_through_rate(), 0.25);
  EXPECT_DOUBLE_EQ(counters->conversion_rate(), 0.25);
  EXPECT_EQ(counters->version(), 1);
  EXPECT_EQ(time::ToTime(counters->watermark()), clock_.Now());
  EXPECT_EQ(time::ToTime(counters->compute_time()), clock_.Now());
  EXPECT_EQ(counters->tracking_etag(), "");
}

TEST_F(MetricsTest, ConvertersWhoAreNoParticipantsRaiseNoRate) {
  std::vector<v1::Event> events = {MakeEvent("participate", "u1", clock_.Now(), "activities/spring")};
  for (const char* user : {"u2", "u3", "u4"}) events.push_back(MakeEvent("convert", user, clock_.Now(), "activities/spring"));
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, events)), IsOk());
  auto counters = GetCounters("activities/spring");
  ASSERT_THAT(counters, IsOk());
  EXPECT_EQ(counters->participants(), 1);
  EXPECT_EQ(counters->converters(), 3);
  EXPECT_EQ(counters->converters_outside_denominator(), 3);
  ASSERT_TRUE(counters->has_conversion_rate());
  EXPECT_DOUBLE_EQ(counters->conversion_rate(), 0);
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 2, {MakeEvent("convert", "u1", clock_.Now(), "activities/spring")})), IsOk());
  counters = GetCounters("activities/spring");
  ASSERT_THAT(counters, IsOk());
  EXPECT_EQ(counters->converters(), 4);
  EXPECT_EQ(counters->converters_outside_denominator(), 3);
  EXPECT_DOUBLE_EQ(counters->conversion_rate(), 1);
}

TEST_F(MetricsTest, TrackingDeclaresEventsDenominatorAndWindow) {
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1,
                               {MakeEvent("view", "u1", clock_.Now(), "activities/spring"),
                                MakeEvent("view", "u2", clock_.Now() - absl::Hours(48), "activities/spring"),
                                MakeEvent("buy", "u1", clock_.Now(), "activities/spring")})),
              IsOk());
  auto created = SetTracking(R"pb(activity_tracking {
                                    name: "ignored"
                                    activity: "activities/spring"
                                    impression_event: "view"
                                    conversion_event: "buy"
                                    conversion_denominator: CONVERSION_DENOMINATOR_VIEWERS
                                  })pb");
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->name(), "activityTrackings/spring");
  EXPECT_EQ(created->etag(), "1");
  auto counters = GetCounters("activities/spring");
  ASSERT_THAT(counters, IsOk());
  EXPECT_EQ(counters->impressions(), 2);
  EXPECT_DOUBLE_EQ(counters->conversion_rate(), 0.5);
  EXPECT_EQ(counters->version(), 2) << "one batch and one tracking";
  EXPECT_EQ(counters->tracking_etag(), "1");

  auto replaced = SetTracking(R"pb(activity_tracking {
                                     activity: "activities/spring"
                                     impression_event: "view"
                                     etag: "1"
                                     start_date { year: 2026 month: 1 day: 1 }
                                     end_date { year: 2026 month: 1 day: 1 }
                                   })pb");
  ASSERT_THAT(replaced, IsOk());
  EXPECT_EQ(replaced->etag(), "2");
  EXPECT_EQ(replaced->conversion_event(), "") << "what is not set falls back to its default";
  counters = GetCounters("activities/spring");
  ASSERT_THAT(counters, IsOk());
  EXPECT_EQ(counters->impressions(), 1) << "only the declared window";
  EXPECT_EQ(counters->conversions(), 0);
  EXPECT_EQ(counters->version(), 3);

  EXPECT_THAT(SetTracking(R"pb(activity_tracking { activity: "activities/spring" etag: "1" })pb"), HasReason("STALE_ETAG"));
  EXPECT_THAT(Violations(SetTracking(R"pb(activity_tracking {
                                            activity: "activities/spring"
                                            start_date { year: 2026 month: 1 day: 2 }
                                            end_date { year: 2026 month: 1 day: 1 }
                                          })pb")
                             .status()),
              Contains(StartsWith("activity_tracking.end_date ")));
  EXPECT_EQ(GetCounters("activities/spring")->version(), 3) << "a refused tracking changes nothing";
  const auto get = Proto<v1::GetActivityTrackingRequest>(R"pb(name: "activityTrackings/spring")pb");
  EXPECT_EQ(Call<v1::ActivityTracking>("GetActivityTracking", Manager(), get)->etag(), "2");
  auto page = Call<v1::ListActivityTrackingsResponse>("ListActivityTrackings", Manager(), v1::ListActivityTrackingsRequest());
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->activity_trackings_size(), 1);
}

TEST_F(MetricsTest, ConcurrentFirstTrackingsMakeOne) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back(
        [&] { EXPECT_THAT(SetTracking(R"pb(activity_tracking { activity: "activities/spring" click_event: "tap" })pb"), IsOk()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Count("activity_trackings"), 1);
  EXPECT_EQ(GetCounters("activities/spring")->version(), 8);
}

}  // namespace
}  // namespace heitie::metrics
