#include "services/metrics/closing/difference.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
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
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> TextsOf(const std::vector<v1::FigureDifference>& differences) {
  std::vector<std::string> texts;
  for (const v1::FigureDifference& one : differences) {
    texts.push_back(absl::StrCat(one.path(), " ", one.has_before() ? absl::StrCat(one.before()) : "-", " ",
                                 one.has_after() ? absl::StrCat(one.after()) : "-", " ", one.difference()));
  }
  return texts;
}

TEST(DifferenceTest, NamesEachNumberByWhatItIsOf) {
  const auto before = Proto<v1::Answer>(
      "digest: 'x' body { figures { all { total { value: 3 count: 3 users: 2 } } "
      "groups { values { property: 'channel' value: 'web' } total { value: 2 count: 2 users: 1 } } "
      "groups { values { property: 'channel' value: 'app' } total { value: 1 count: 1 users: 1 } } } }");
  const auto after = Proto<v1::Answer>(
      "digest: 'y' body { figures { all { total { value: 5 count: 5 users: 2 } } "
      "groups { values { property: 'channel' value: 'live' } total { value: 3 count: 3 users: 1 } } "
      "groups { values { property: 'channel' value: 'web' } total { value: 2 count: 2 users: 1 } } } }");
  EXPECT_THAT(TextsOf(DifferencesOf(before, after)),
              ElementsAre("body.figures.all.total.value 3 5 2", "body.figures.all.total.count 3 5 2",
                          "body.figures.groups[channel=live].total.value - 3 3", "body.figures.groups[channel=live].total.count - 3 3",
                          "body.figures.groups[channel=live].total.users - 1 1", "body.figures.groups[channel=app].total.value 1 - -1",
                          "body.figures.groups[channel=app].total.count 1 - -1", "body.figures.groups[channel=app].total.users 1 - -1"));
  EXPECT_THAT(DifferencesOf(before, before), IsEmpty());
  // What is undefined has no number; 0 is one.
  EXPECT_THAT(TextsOf(DifferencesOf(Proto<v1::Answer>("body { figures { all { total { count: 1 } } } }"),
                                    Proto<v1::Answer>("body { figures { all { total { value: 0 } } } }"))),
              ElementsAre("body.figures.all.total.value - 0 0", "body.figures.all.total.count 1 0 -1"));
}

TEST(DifferenceTest, KnowsDaysCohortsTitlesAndDurations) {
  EXPECT_THAT(TextsOf(DifferencesOf(
                  Proto<v1::Answer>("body { active_users { days { date { year: 2025 month: 12 day: 1 } daily: 1 } } }"),
                  Proto<v1::Answer>("body { active_users { days { date { year: 2025 month: 12 day: 1 } daily: 2 } days { date { year: 2025 "
                                    "month: 12 day: 2 } weekly: 4 } } }"))),
              ElementsAre("body.active_users.days[2025-12-01].daily 1 2 1", "body.active_users.days[2025-12-02].weekly - 4 4"));
  EXPECT_THAT(TextsOf(DifferencesOf(
                  Proto<v1::Answer>(
                      "body { retention { cohorts { interval { start_time { seconds: 1764518400 } } size: 4 cells { returned: 4 } } } }"),
                  Proto<v1::Answer>(
                      "body { retention { cohorts { interval { start_time { seconds: 1764518400 } } size: 4 cells { returned: 5 } } } }"))),
              ElementsAre("body.retention.cohorts[2025-11-30T16:00:00+00:00].cells[0].returned 4 5 1"));
  EXPECT_THAT(TextsOf(DifferencesOf(Proto<v1::Answer>("body { what_changed { usual { title: 'Sales' after: 2 } } }"),
                                    Proto<v1::Answer>("body { what_changed { moved { title: 'Sales' after: 9 } } }"))),
              ElementsAre("body.what_changed.moved[Sales].after - 9 9", "body.what_changed.usual[Sales].after 2 - -2"));
  EXPECT_THAT(
      TextsOf(DifferencesOf(
          Proto<v1::Answer>("body { funnel { all { steps { times { quantile: 0.5 time { seconds: 60 } } } } } }"),
          Proto<v1::Answer>("body { funnel { all { steps { times { quantile: 0.5 time { seconds: 61 nanos: 500000000 } } } } } }"))),
      ElementsAre("body.funnel.all.steps[0].times[0.5].time 60 61.5 1.5"));
}

// A sketch in place of rows that are gone is no restatement.
TEST(DifferenceTest, TellsWhatHasOnlyBecomeLessExact) {
  const auto exact = Proto<v1::Answer>("body { figures { all { total { value: 100 } } } }");
  const auto sketched = Proto<v1::Answer>("body { figures { all { total { value: 100.5 relative_error: 0.01 } } } }");
  const auto later = Proto<v1::Answer>("body { figures { all { total { value: 90 relative_error: 0.01 } } } }");
  EXPECT_TRUE(IsLessExact(DifferencesOf(exact, sketched)));
  EXPECT_FALSE(IsLessExact(DifferencesOf(sketched, later)));
  EXPECT_FALSE(IsLessExact(DifferencesOf(sketched, exact)));
  EXPECT_FALSE(IsLessExact(DifferencesOf(exact, exact)));
}

// Of answers to random events: the differences of a pair are those of the pair turned round with the other sign, there are none exactly
// where the figures are the same, and each one says what both answers say.
TEST(DifferenceTest, TurnsRoundWithThePair) {
  const analysis::Calendar calendar = analysis::BusinessCalendar();
  const std::vector<std::string> questions = {
      "granularity: TIME_UNIT_WEEK figures { figure { events { event_name: 'a' } measure: MEASURE_USERS } breakdown: 'channel' breakdown: "
      "'city' top: 3 }",
      "growth { events { event_name: 'a' } }", "active_users { events { event_name: 'b' } }",
      "retention { start_events { event_name: 'a' } horizon: 3 }",
      "funnel { steps { events { event_name: 'a' } } steps { events { event_name: 'b' } } window { seconds: 200000 } breakdown: 'city' }"};
  int same = 0, other = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    std::vector<Point> points =
        analysis::RandomEvents(random, 60, 12, {absl::CivilDay(2025, 12, 1), absl::CivilDay(2025, 12, 31)}, calendar);
    FakeSnapshot before(points);
    if (seed % 3 == 0) {
      std::shuffle(points.begin(), points.end(), random);
    } else {
      points.resize(points.size() - seed % 3);
    }
    FakeSnapshot after(points, seed);
    for (const std::string& text : questions) {
      status::BadFields bad;
      const absl::Time end = analysis::StartOf(absl::CivilDay(2026, 1, 1), calendar);
      const analysis::QuestionPlan plan = analysis::PlanOf(
          Proto<v1::Question>("period { last { count: 1 unit: TIME_UNIT_MONTH } } " + text), calendar.zone, end, "question", bad);
      v1::Answer one, two;
      *one.mutable_body() = *analysis::BodyOf(before, plan, nullptr, end);
      *two.mutable_body() = *analysis::BodyOf(after, plan, nullptr, end);
      const auto there = DifferencesOf(one, two), back = DifferencesOf(two, one);
      const bool equal = one.ShortDebugString() == two.ShortDebugString();
      EXPECT_EQ(there.empty(), equal) << text;
      ++(equal ? same : other);
      std::map<std::string, const v1::FigureDifference*> by_path;
      for (const auto& difference : back) EXPECT_TRUE(by_path.emplace(difference.path(), &difference).second) << difference.path();
      ASSERT_EQ(there.size(), back.size());
      for (const auto& difference : there) {
        ASSERT_TRUE(by_path.contains(difference.path())) << difference.path();
        const v1::FigureDifference& turned = *by_path[difference.path()];
        EXPECT_EQ(difference.difference(), -turned.difference());
        EXPECT_EQ(difference.has_before(), turned.has_after());
        EXPECT_EQ(difference.before(), turned.after());
        EXPECT_EQ(difference.after() - difference.before(), difference.difference());
        EXPECT_NE(std::pair(difference.has_before(), difference.before()), std::pair(difference.has_after(), difference.after()));
      }
    }
  }
  EXPECT_GT(same, 20);
  EXPECT_GT(other, 60);
}

}  // namespace
}  // namespace heitie::metrics
