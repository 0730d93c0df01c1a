#include "services/metrics/analysis/activity_level.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "services/metrics/analysis/fake_events.h"
#include "services/metrics/engine/fake_snapshot.h"

namespace heitie::metrics::analysis {
namespace {

using Civil = absl::CivilDay;
using Names = std::set<std::string>;

Names Active(const std::vector<Point>& points, const std::vector<Selection>& definition, Window window, const Names* among) {
  Names names;
  for (const Point& point : points) {
    if (point.occur_time < window.start || point.occur_time >= window.end) continue;
    if (among != nullptr && among->count(point.user) == 0) continue;
    for (const Selection& selection : definition) {
      if (Has(selection, point)) names.insert(point.user);
    }
  }
  return names;
}

Names Minus(const Names& a, const Names& b) {
  Names left;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(left, left.end()));
  return left;
}
int64_t Size(const Names& names) { return static_cast<int64_t>(names.size()); }

TEST(ActivityLevelTest, EqualsBruteForce) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    const Calendar calendar = CalendarOf(seed % 2 == 0 ? "Asia/Taipei" : "Europe/Berlin");
    const Days all{Civil(2026, 1, 20), Civil(2026, 4, 20)};
    const std::vector<Point> points = RandomEvents(random, 250, 40, all, calendar);
    FakeSnapshot snapshot(points, seed);
    snapshot.LimitMemory(3000);
    std::vector<Selection> definition = {Events("a"), Events("b", seed % 3 == 0 ? "quantity > 0" : "")};
    if (seed % 5 == 0) definition[0].activity = "activities/x0";
    Names some;
    Roaring among;
    for (int u = 0; u < 20; ++u) {
      const std::string name = "u" + std::to_string(u);
      some.insert(name);
      if (const auto ordinal = *snapshot.OrdinalOf(name); ordinal.has_value()) among.add(*ordinal);
    }
    const bool restricted = seed % 4 == 0;
    const Names* const names = restricted ? &some : nullptr;
    const Roaring* const bitmap = restricted ? &among : nullptr;
    const Days days{Civil(2026, 3, 5) + random() % 40, Civil(2026, 4, 14)};
    const auto answer = AnswerActiveUsers(snapshot, definition, days, bitmap, calendar);
    ASSERT_TRUE(answer.ok());
    for (const ActiveUsers& day : *answer) {
      const auto trailing = [&](int n) { return Active(points, definition, WindowOf({day.day - (n - 1), day.day}, calendar), names); };
      ASSERT_EQ(day.daily, Size(trailing(1)));
      ASSERT_EQ(day.weekly, Size(trailing(7)));
      ASSERT_EQ(day.monthly, Size(trailing(30)));
    }
    const auto granularity = static_cast<Granularity>(2 + random() % 3);
    const auto growth = AnswerGrowth(snapshot, definition, days, granularity, bitmap, calendar);
    ASSERT_TRUE(growth.ok());
    const auto intervals = Intervals(WindowOf(days, calendar), granularity, calendar, 100);
    ASSERT_EQ(growth->size(), intervals.size());
    const Civil unit = UnitStart(days.first, granularity, calendar);
    Window before = WindowOf({UnitStart(unit - 1, granularity, calendar), unit - 1}, calendar);
    for (size_t i = 0; i < intervals.size(); ++i) {
      const Growth& got = (*growth)[i];
      const Names now = Active(points, definition, intervals[i], names), last = Active(points, definition, before, names);
      const Names seen = Active(points, definition, {absl::InfinitePast(), intervals[i].start}, names);
      const Names fresh = Minus(now, seen), retained = Minus(now, Minus(now, last));
      ASSERT_EQ(got.interval, intervals[i]);
      ASSERT_EQ(got.active, Size(now)) << seed;
      ASSERT_EQ(got.active_before, Size(last));
      ASSERT_EQ(got.fresh, Size(fresh));
      ASSERT_EQ(got.retained, Size(retained));
      ASSERT_EQ(got.resurrected, Size(Minus(Minus(now, fresh), retained)));
      ASSERT_EQ(got.churned, Size(Minus(last, now)));
      ASSERT_EQ(got.active, got.fresh + got.retained + got.resurrected);
      for (const auto& [part, count] :
           {std::pair(GrowthPart::kActive, got.active), std::pair(GrowthPart::kNew, got.fresh),
            std::pair(GrowthPart::kRetained, got.retained), std::pair(GrowthPart::kResurrected, got.resurrected),
            std::pair(GrowthPart::kChurned, got.churned)}) {
        ASSERT_EQ(static_cast<int64_t>(UsersOfGrowth(snapshot, definition, days, granularity, bitmap, calendar, i, part)->cardinality()),
                  count);
      }
      before = intervals[i];
    }
  }
}

TEST(ActivityLevelTest, OfPurchases) {
  if (Purchases().empty()) GTEST_SKIP() << "no purchases.csv";
  const Calendar calendar = BusinessCalendar();
  FakeSnapshot snapshot(Purchases());
  const Civil day(2021, 3, 31);
  const auto active = AnswerActiveUsers(snapshot, {Events("purchase")}, {day, day}, nullptr, calendar);
  ASSERT_TRUE(active.ok());
  EXPECT_EQ(active->front().daily, 129);
  EXPECT_EQ(active->front().weekly, 1081);
  EXPECT_EQ(active->front().monthly, 9192);
  EXPECT_DOUBLE_EQ(*active->front().stickiness(), 129.0 / 9192);
  EXPECT_EQ(UsersOfActiveUsers(snapshot, {Events("purchase")}, day, 7, nullptr, calendar)->cardinality(), 1081U);
  const auto growth =
      AnswerGrowth(snapshot, {Events("purchase")}, {Civil(2021, 2, 1), Civil(2021, 2, 28)}, Granularity::kMonth, nullptr, calendar);
  ASSERT_EQ(growth->size(), 1U);
  EXPECT_EQ(growth->front().fresh, 8475);
  EXPECT_EQ(growth->front().retained, 1157);
  EXPECT_EQ(growth->front().churned, 6687);
  EXPECT_EQ(growth->front().active, 9632);
  EXPECT_EQ(snapshot.scanned(), 0) << "from daily figures alone";
}

}  // namespace
}  // namespace heitie::metrics::analysis
