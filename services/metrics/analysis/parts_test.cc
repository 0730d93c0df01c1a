// Events divided by a hash of their users: what the parts answer adds up to what the whole answers. It is what makes it possible to keep
// users in several stores.
#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <random>

#include "services/metrics/analysis/activity_level.h"
#include "services/metrics/analysis/fake_events.h"
#include "services/metrics/analysis/figures.h"
#include "services/metrics/analysis/funnel.h"
#include "services/metrics/analysis/retention.h"
#include "services/metrics/analysis/segment_rules.h"
#include "services/metrics/engine/fake_snapshot.h"

namespace heitie::metrics::analysis {
namespace {

using Counts = std::map<std::string, absl::int128>;

void AddFigures(Snapshot& snapshot, const Calendar& calendar, const Days& days, const std::string& filter, bool minor, Counts& counts) {
  FigureQuestion question;
  question.events = Events("a", filter);
  question.intervals = Intervals(WindowOf(days, calendar), Granularity::kDay, calendar, 100);
  question.breakdown = {"city"};
  question.top = 100;
  question.figure = {Measure::kSum, minor};
  const auto answer = AnswerFigures(snapshot, question, calendar);
  ASSERT_TRUE(answer.ok()) << answer.status();
  const auto add = [&](const std::string& key, const Tally& tally) {
    counts[key + " events"] += tally.cell.count;
    counts[key + " users"] += tally.users;
    counts[key + " minor"] += tally.cell.sum_minor;
    // Multiples of a quarter.
    counts[key + " value"] += static_cast<int64_t>(tally.cell.value_sum.value() * 4);
  };
  add("all", answer->all.total);
  for (size_t i = 0; i < question.intervals.size(); ++i) add("all " + std::to_string(i), answer->all.intervals[i]);
  for (const GroupTallies& group : answer->groups) add("city " + group.key[0].value_or("-"), group.total);
}

void AddActivity(Snapshot& snapshot, const Calendar& calendar, const Days& days, Counts& counts) {
  const std::vector<Selection> definition = {Events("a"), Events("b", "quantity > 1")};
  const auto active = AnswerActiveUsers(snapshot, definition, days, nullptr, calendar);
  ASSERT_TRUE(active.ok());
  for (const ActiveUsers& day : *active) {
    const std::string key = absl::FormatCivilTime(day.day);
    counts[key + " DAU"] += day.daily;
    counts[key + " WAU"] += day.weekly;
    counts[key + " MAU"] += day.monthly;
  }
  const auto growth = AnswerGrowth(snapshot, definition, days, Granularity::kWeek, nullptr, calendar);
  ASSERT_TRUE(growth.ok());
  for (size_t i = 0; i < growth->size(); ++i) {
    const std::string key = "growth " + std::to_string(i);
    counts[key + " new"] += (*growth)[i].fresh;
    counts[key + " retained"] += (*growth)[i].retained;
    counts[key + " resurrected"] += (*growth)[i].resurrected;
    counts[key + " churned"] += (*growth)[i].churned;
  }
}

void AddRetention(Snapshot& snapshot, const Calendar& calendar, const Days& days, RetentionKind kind, Counts& counts) {
  RetentionQuestion question;
  question.start = {Events("a")};
  question.returning = {Events("b"), Events("a", "city:*")};
  question.kind = kind;
  question.days = {days.first, days.first + 6};
  question.horizon = 5;
  const auto answer = AnswerRetention(snapshot, question, calendar, absl::InfiniteFuture());
  ASSERT_TRUE(answer.ok());
  for (const RetentionCohort& cohort : answer->cohorts) {
    const std::string key = "cohort " + absl::FormatTime(cohort.interval.start);
    counts[key] += cohort.size;
    for (size_t n = 0; n < cohort.cells.size(); ++n) counts[key + " " + std::to_string(n)] += cohort.cells[n].returned;
  }
}

void AddFunnel(Snapshot& snapshot, const Calendar& calendar, const Days& days, bool any_order, Counts& counts) {
  FunnelQuestion question;
  question.steps = {Events("a"), Events("b", "channel:*"), Events("c")};
  question.rules.steps = 3;
  question.rules.window = absl::ToInt64Microseconds(absl::Hours(60));
  if (any_order) question.rules.order = FunnelOrder::kAnyOrder;
  question.window = WindowOf(days, calendar);
  const auto answer = AnswerFunnel(snapshot, question, calendar, StartOf(days.last, calendar));
  ASSERT_TRUE(answer.ok());
  for (size_t i = 0; i < 3; ++i) {
    counts["step " + std::to_string(i)] += answer->all.reached[i];
    counts["open " + std::to_string(i)] += answer->all.open[i];
  }
  counts["lost"] += answer->all.lost();
}

void AddSegments(Snapshot& snapshot, const Calendar& calendar, const Days& days, Counts& counts) {
  std::map<std::string, Roaring> sets;
  for (const auto kind : {SegmentCondition::kTimes, SegmentCondition::kDays, SegmentCondition::kFirst}) {
    SegmentCondition condition;
    condition.kind = kind;
    condition.events = Events(kind == SegmentCondition::kDays ? "b" : "a", kind == SegmentCondition::kTimes ? "quantity >= 2" : "");
    condition.window = WindowOf({days.first + 2, days.last}, calendar);
    condition.least = kind == SegmentCondition::kDays ? 2 : 1;
    const auto users = UsersOfCondition(snapshot, condition, calendar);
    ASSERT_TRUE(users.ok());
    sets["c" + std::to_string(static_cast<int>(kind))] = *users;
  }
  for (const auto& [name, set] : sets) counts["segment " + name] += static_cast<int64_t>(set.cardinality());
  status::BadFields bad;
  const auto expression = SegmentExpression::Parse("(c0 OR c1) EXCEPT c2", {"c0", "c1", "c2"}, "expression", bad);
  ASSERT_TRUE(bad.status().ok()) << bad.status();
  counts["segment"] += static_cast<int64_t>(expression.Evaluate(sets).cardinality());
}

TEST(PartsTest, AnswersOfPartsAddUp) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    const Calendar calendar = CalendarOf(seed % 2 == 0 ? "Asia/Taipei" : "Europe/Berlin");
    const Days days{absl::CivilDay(2026, 3, 20), absl::CivilDay(2026, 4, 8)};
    const std::vector<Point> points = RandomEvents(random, 400, 40, days, calendar);
    const auto count = [&](std::vector<Point> some, Counts& counts) {
      FakeSnapshot snapshot(std::move(some), seed);
      AddFigures(snapshot, calendar, days, seed % 3 == 0 ? "" : "quantity > 0", seed % 2 == 0, counts);
      AddActivity(snapshot, calendar, days, counts);
      AddRetention(snapshot, calendar, days, static_cast<RetentionKind>(seed % 3), counts);
      AddFunnel(snapshot, calendar, days, seed % 4 == 0, counts);
      AddSegments(snapshot, calendar, days, counts);
    };
    Counts whole;
    count(points, whole);
    EXPECT_GT(whole["lost"] + whole["segment"], 0);
    for (const size_t stores : {2U, 3U, 8U}) {
      std::vector<std::vector<Point>> parts(stores);
      for (const Point& point : points) parts[std::hash<std::string>()(point.user) % stores].push_back(point);
      Counts sum;
      for (const auto& part : parts) count(part, sum);
      // A figure of a part may be 0 where that of the whole is told.
      for (const auto& [key, value] : whole) EXPECT_TRUE(sum[key] == value) << seed << ' ' << stores << ' ' << key;
      for (const auto& [key, value] : sum) EXPECT_TRUE(whole[key] == value) << seed << ' ' << stores << ' ' << key;
    }
  }
}

}  // namespace
}  // namespace heitie::metrics::analysis
