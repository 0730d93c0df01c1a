#include "services/metrics/closing/snapshot_until.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "services/metrics/analysis/fake_events.h"
#include "services/metrics/analysis/question_answer.h"
#include "services/metrics/engine/fake_snapshot.h"

namespace heitie::metrics {
namespace {

using heitie::test::IsOk;
using heitie::test::Proto;

// Questions that reach beyond their period, or back to all time.
std::vector<std::string> FarReachingQuestions() {
  return {
      "granularity: TIME_UNIT_DAY figures { figure { events { event_name: 'a' } measure: MEASURE_USERS } breakdown: 'channel' top: 2 }",
      "comparison: COMPARISON_LAST_MONTH figures { figure { events { event_name: 'a' condition: 'quantity > 1' } measure: MEASURE_QUANTILE "
      "minor: true quantile: 0.9 } }",
      "active_users { events { event_name: 'a' } events { event_name: 'b' condition: 'city:*' } }",
      "granularity: TIME_UNIT_WEEK growth { events { event_name: 'a' } }",
      "retention { start_events { event_name: 'a' } returning_events { event_name: 'b' } kind: KIND_ROLLING horizon: 4 }",
      "retention { start_events { event_name: 'a' } kind: KIND_UNBOUNDED horizon: 5 }",
      "granularity: TIME_UNIT_WEEK retention { start_events { event_name: 'a' } horizon: 2 cohort_property: 'city' }",
      "funnel { steps { events { event_name: 'a' } } steps { events { event_name: 'b' } } window { seconds: 400000 } breakdown: 'city' }",
      "comparison: COMPARISON_SAME_LENGTH_BEFORE contribution { figure { events { event_name: 'a' } measure: MEASURE_USERS } breakdown: "
      "'channel' }",
  };
}

// What has occurred later does not show in any answer, whatever the question looks at.
TEST(SnapshotUntilTest, AnswersAsIfNothingHadOccurredLater) {
  const analysis::Calendar calendar = analysis::BusinessCalendar();
  for (unsigned seed = 1; seed <= 12; ++seed) {
    std::mt19937 random(seed);
    const std::vector<Point> all =
        analysis::RandomEvents(random, 500, 25, {absl::CivilDay(2025, 11, 20), absl::CivilDay(2026, 1, 15)}, calendar);
    const absl::CivilDay last(2025, 12, 31);
    std::vector<Point> known;
    std::copy_if(all.begin(), all.end(), std::back_inserter(known), [&](const Point& point) { return point.day <= last; });
    ASSERT_LT(known.size(), all.size());
    FakeSnapshot whole(all), before(known);
    SnapshotUntil until(whole, last);
    const absl::Time end = analysis::StartOf(last + 1, calendar);
    for (const std::string& text : FarReachingQuestions()) {
      status::BadFields bad;
      const analysis::QuestionPlan plan = analysis::PlanOf(
          Proto<v1::Question>("period { last { count: 1 unit: TIME_UNIT_MONTH } } " + text), calendar.zone, end, "question", bad);
      ASSERT_THAT(bad.status(), IsOk());
      EXPECT_EQ(plan.window, (analysis::Window{analysis::StartOf(absl::CivilDay(2025, 12, 1), calendar), end}));
      const auto shown = analysis::BodyOf(until, plan, nullptr, end), expected = analysis::BodyOf(before, plan, nullptr, end);
      ASSERT_THAT(shown, IsOk());
      ASSERT_THAT(expected, IsOk());
      EXPECT_EQ(shown->ShortDebugString(), expected->ShortDebugString()) << text;
    }
  }
}

TEST(SnapshotUntilTest, ShowsNothingOfDaysThatAreAllLater) {
  const analysis::Calendar calendar = analysis::BusinessCalendar();
  FakeSnapshot whole({analysis::EventAt("a", "u", absl::CivilSecond(2026, 1, 5, 9), calendar)});
  SnapshotUntil until(whole, absl::CivilDay(2025, 12, 31));
  const Series series{kEventKind, "a"};
  const Days january{absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 1, 31)};
  const auto extent = until.Extent(series);
  ASSERT_THAT(extent, IsOk());
  EXPECT_FALSE(extent->has_value());
  const auto slices = until.Slices({series}, january, 10);
  ASSERT_THAT(slices, IsOk());
  EXPECT_EQ(slices->size(), 1u) << "a question works through at least one";
  EXPECT_THAT(until.Scan(series, january, {}, 0, [](const Rows&) { return absl::InternalError("a row"); }), IsOk());
  EXPECT_THAT(until.Cells({series, "", "", january, {}},
                          [](absl::CivilDay, const std::string&, const Cell&) { return absl::InternalError("a cell"); }),
              IsOk());
}

}  // namespace
}  // namespace heitie::metrics
