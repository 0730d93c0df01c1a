#include "services/metrics/analysis/activity_figures.h"

#include <random>
#include <set>

#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/watermark.pb.h"
#include "services/metrics/metrics_test.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::HasViolation;
using heitie::test::IsOk;
using heitie::test::Proto;

constexpr char kFair[] = "activities/fair";

class ActivityFiguresTest : public MetricsTest {
 protected:
  static void Add(absl::Time start, absl::Time end, v1::ComputeActivityFiguresRequest& request) {
    auto& window = *request.add_windows();
    *window.mutable_start_time() = time::ToTimestamp(start);
    *window.mutable_end_time() = time::ToTimestamp(end);
  }
  absl::StatusOr<v1::ComputeActivityFiguresResponse> Compute(const v1::ComputeActivityFiguresRequest& request) {
    return Call<v1::ComputeActivityFiguresResponse>("ComputeActivityFigures", Analyst(), request);
  }
  void Declare(absl::Time until) {
    v1::DeclareCompleteRequest declare;
    declare.set_name("producers/shop");
    *declare.mutable_complete_time() = time::ToTimestamp(until);
    EXPECT_THAT(Call<v1::Producer>("DeclareComplete", Shop(), declare), IsOk());
  }
};

// Random events and windows over three days, against counting each event of each window.
TEST_F(ActivityFiguresTest, CountsAsCountingOneByOneDoes) {
  std::mt19937 random(7);
  const absl::Time begin = clock_.Now() - absl::Hours(72);
  std::vector<v1::Event> events;
  const std::vector<std::string> names = {"impression", "click", "participate", "convert"};
  for (int i = 0; i < 600; ++i) {
    events.push_back(MakeEvent(names[random() % 4], "u" + std::to_string(random() % 30),
                               begin + absl::Seconds(static_cast<int64_t>(random() % (72 * 3600))), random() % 4 == 0 ? "" : kFair));
  }
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, events)), IsOk());
  v1::ComputeActivityFiguresRequest request;
  request.set_activity(kFair);
  for (int i = 0; i < 20; ++i) {
    const absl::Time start = begin + absl::Seconds(static_cast<int64_t>(random() % (70 * 3600)));
    Add(start, start + absl::Seconds(1 + static_cast<int64_t>(random() % (30 * 3600))), request);
  }
  const auto figures = Compute(request);
  ASSERT_THAT(figures, IsOk());
  ASSERT_EQ(figures->windows_size(), 20);
  for (const auto& window : figures->windows()) {
    std::map<std::string, int64_t> count;
    std::map<std::string, std::set<std::string>> users;
    for (const v1::Event& event : events) {
      const absl::Time at = time::ToTime(event.occur_time());
      const bool inside = at >= time::ToTime(window.start_time()) && at < time::ToTime(window.end_time());
      if (!inside || event.activity() != kFair) continue;
      ++count[event.event_name()];
      users[event.event_name()].insert(event.user());
    }
    const v1::ActivityCounters& counters = window.counters();
    EXPECT_EQ(counters.impressions(), count["impression"]);
    EXPECT_EQ(counters.clicks(), count["click"]);
    EXPECT_EQ(counters.conversions(), count["convert"]);
    EXPECT_EQ(counters.participants(), static_cast<int64_t>(users["participate"].size()));
    EXPECT_EQ(counters.viewers(), static_cast<int64_t>(users["impression"].size()));
    EXPECT_EQ(counters.clickers(), static_cast<int64_t>(users["click"].size()));
    EXPECT_EQ(counters.converters(), static_cast<int64_t>(users["convert"].size()));
  }
  EXPECT_EQ(figures->version(), 1);
}

TEST_F(ActivityFiguresTest, AWindowIsCompleteWhenItsProducersSaySo) {
  v1::ComputeActivityFiguresRequest request;
  request.set_activity(kFair);
  const absl::Time end = clock_.Now() - absl::Minutes(10);
  Add(end - absl::Minutes(5), end, request);
  EXPECT_FALSE(Compute(request)->windows(0).complete()) << "nobody has delivered anything";
  ASSERT_THAT(Ingest(Shop(), MakeBatch("producers/shop", 1, {MakeEvent("click", "u1", end - absl::Minutes(1), kFair)})), IsOk());
  Declare(end - absl::Seconds(1));
  EXPECT_FALSE(Compute(request)->windows(0).complete());
  Declare(end);
  const auto figures = Compute(request);
  EXPECT_TRUE(figures->windows(0).complete());
  EXPECT_EQ(time::ToTime(figures->closed_through_time()), end);
  EXPECT_EQ(figures->windows(0).counters().clicks(), 1);
}

TEST_F(ActivityFiguresTest, MetricsAreOfTheActivity) {
  v1::CreateMetricDefinitionRequest create;
  create.set_metric_definition_id("revenue");
  *create.mutable_metric_definition() =
      Proto<v1::MetricDefinition>(R"pb(display_name: "Revenue" event_name: "purchase" aggregation: AGGREGATION_SUM_MINOR unit: "TWD")pb");
  ASSERT_THAT(Call<v1::MetricDefinition>("CreateMetricDefinition", Analyst(), create), IsOk());
  std::vector<v1::Event> events;
  for (int i = 0; i < 4; ++i) {
    events.push_back(MakeEvent("purchase", "u1", clock_.Now() - absl::Minutes(4 - i), i == 3 ? "" : kFair));
    events.back().set_value_minor(100 + i);
    events.back().set_currency_code("TWD");
  }
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, events)), IsOk());
  v1::ComputeActivityFiguresRequest request;
  request.set_activity(kFair);
  request.add_metrics("metricDefinitions/revenue");
  Add(clock_.Now() - absl::Minutes(3), clock_.Now(), request);
  const auto figures = Compute(request);
  ASSERT_THAT(figures, IsOk());
  EXPECT_DOUBLE_EQ(figures->windows(0).metrics(0).value(), 203);
  EXPECT_EQ(figures->windows(0).metrics(0).count(), 2);
  request.set_metrics(0, "metricDefinitions/none");
  EXPECT_EQ(Compute(request).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ActivityFiguresTest, BadWindowsAreNamed) {
  v1::ComputeActivityFiguresRequest request;
  request.set_activity(kFair);
  Add(clock_.Now(), clock_.Now(), request);
  Add(clock_.Now(), clock_.Now() + absl::Hours(24 * 33), request);
  EXPECT_THAT(Compute(request), HasViolation("windows[0].end_time", "BAD_WINDOW"));
  EXPECT_THAT(Compute(request), HasViolation("windows[1].end_time", "BAD_WINDOW"));
}

}  // namespace
}  // namespace heitie::metrics
