#include "common/observe/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace heitie::observe {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(CountRequest, AppearsByMethodAndCode) {
  CountRequest("t.Svc/ByCode", absl::StatusCode::kOk, absl::Milliseconds(1));
  CountRequest("t.Svc/ByCode", absl::StatusCode::kOk, absl::Milliseconds(1));
  CountRequest("t.Svc/ByCode", absl::StatusCode::kNotFound, absl::Milliseconds(1));
  CountRequest("t.Svc/ByCode", static_cast<absl::StatusCode>(99), absl::Milliseconds(1));
  const std::string text = Scrape();
  EXPECT_THAT(text, HasSubstr("# TYPE heitie_requests_total counter\n"));
  EXPECT_THAT(text, HasSubstr("heitie_requests_total{method=\"t.Svc/ByCode\",code=\"OK\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("heitie_requests_total{method=\"t.Svc/ByCode\",code=\"NOT_FOUND\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("heitie_requests_total{method=\"t.Svc/ByCode\",code=\"UNKNOWN\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("code=\"INTERNAL\"")));
}

TEST(CountRequest, FillsCumulativeBucketsWithInclusiveBounds) {
  CountRequest("t.Svc/Slow", absl::StatusCode::kOk, absl::Milliseconds(10));  // On a bound: inside.
  CountRequest("t.Svc/Slow", absl::StatusCode::kOk, absl::Milliseconds(300));
  CountRequest("t.Svc/Slow", absl::StatusCode::kOk, absl::Seconds(100));
  const std::string text = Scrape();
  EXPECT_THAT(text, HasSubstr("_bucket{method=\"t.Svc/Slow\",le=\"0.005\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{method=\"t.Svc/Slow\",le=\"0.01\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{method=\"t.Svc/Slow\",le=\"0.5\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{method=\"t.Svc/Slow\",le=\"60\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{method=\"t.Svc/Slow\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("_count{method=\"t.Svc/Slow\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("_sum{method=\"t.Svc/Slow\"} 100.31"));
}

TEST(CountRequest, LosesNothingBetweenThreads) {
  constexpr int kThreads = 8, kRequests = 5000;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < kRequests; ++i) CountRequest("t.Svc/Busy", absl::StatusCode::kOk, absl::Microseconds(10));
      });
    }
    Scrape();
  }
  EXPECT_THAT(Scrape(), HasSubstr("heitie_requests_total{method=\"t.Svc/Busy\",code=\"OK\"} 40000\n"));
}

TEST(RegisterGauge, IsReadAtEachScrapeAndReplaced) {
  double value = 1;
  RegisterGauge("heitie_test_gauge", "A test.", [&] { return value; });
  EXPECT_THAT(Scrape(), HasSubstr("heitie_test_gauge 1\n"));
  value = 2.5;
  EXPECT_THAT(Scrape(), HasSubstr("heitie_test_gauge 2.5\n"));
  // A reader that registers another gauge must not deadlock.
  RegisterGauge("heitie_test_gauge", "A test.", [] {
    RegisterGauge("heitie_test_other", "Another.", [] { return 7.0; });
    return 3.0;
  });
  EXPECT_THAT(Scrape(), HasSubstr("heitie_test_gauge 3\n"));
  EXPECT_THAT(Scrape(), HasSubstr("heitie_test_other 7\n"));
  RegisterGauge("heitie_test_gauge", "A test.", [] { return 0.0; });
}

TEST(RegisterFamily, HasAValueForEachLabel) {
  std::vector<std::pair<std::string, double>> values = {{"a", 1.5}, {"b\"", 2}};
  RegisterFamily(Family::kGauge, "heitie_test_lanes", "Lanes.", "lane", [&] { return values; });
  RegisterFamily(Family::kCounter, "heitie_test_kinds_total", "Kinds.", "kind", [] {
    return std::vector<std::pair<std::string, double>>{{"k", 3}};
  });
  EXPECT_THAT(Scrape(),
              HasSubstr("# TYPE heitie_test_lanes gauge\nheitie_test_lanes{lane=\"a\"} 1.5\nheitie_test_lanes{lane=\"b\\\"\"} 2\n"));
  EXPECT_THAT(Scrape(), HasSubstr("# TYPE heitie_test_kinds_total counter\nheitie_test_kinds_total{kind=\"k\"} 3\n"));
  values = {};
  EXPECT_THAT(Scrape(), ::testing::Not(HasSubstr("heitie_test_lanes{")));
  std::vector<std::string> names;
  for (const NamedValue& value : TakeSnapshot().values) names.push_back(value.name);
  EXPECT_THAT(names, ::testing::Contains("heitie_test_kinds_total{kind=\"k\"}"));
  RegisterFamily(Family::kGauge, "heitie_test_lanes", "Lanes.", "lane", [] { return std::vector<std::pair<std::string, double>>(); });
}

TEST(Metrics, ACounterIsOneForItsName) {
  Counter("t_counted_total", "Counted.") += 2;
  ++Counter("t_counted_total", "Counted.");
  EXPECT_THAT(Scrape(), ::testing::HasSubstr("# HELP t_counted_total Counted.\n# TYPE t_counted_total counter\nt_counted_total 3\n"));
}

// 100 requests: the half and the 99 % are found in the buckets of the 50th and the 99th.
TEST(Metrics, ASnapshotTellsQuantilesAndOwnErrors) {
  for (int i = 0; i < 98; ++i) CountRequest("t.Svc/Quantiles", absl::StatusCode::kOk, absl::Milliseconds(2));
  CountRequest("t.Svc/Quantiles", absl::StatusCode::kNotFound, absl::Milliseconds(40));
  CountRequest("t.Svc/Quantiles", absl::StatusCode::kUnavailable, absl::Seconds(2));
  const Snapshot snapshot = TakeSnapshot();
  const auto figure =
      std::find_if(snapshot.methods.begin(), snapshot.methods.end(), [](const auto& m) { return m.method == "t.Svc/Quantiles"; });
  ASSERT_NE(figure, snapshot.methods.end());
  EXPECT_EQ(figure->count, 100u);
  EXPECT_EQ(figure->errors, 1u);
  EXPECT_EQ(figure->p50, absl::Microseconds(2500));
  EXPECT_EQ(figure->p99, absl::Milliseconds(50));
}

TEST(Metrics, TheLatestSlowThingsAreKept) {
  for (size_t i = 0; i < kSlowKept + 5; ++i) NoteSlow("thing " + std::to_string(i), absl::Seconds(1));
  const Snapshot snapshot = TakeSnapshot();
  ASSERT_EQ(snapshot.slow.size(), kSlowKept);
  EXPECT_EQ(snapshot.slow[0].what, "thing " + std::to_string(kSlowKept + 4));
}

}  // namespace
}  // namespace heitie::observe
