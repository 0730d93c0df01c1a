#include "services/metrics/analysis/segment_rules.h"

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <random>

#include "services/metrics/analysis/fake_events.h"
#include "services/metrics/engine/fake_snapshot.h"

namespace heitie::metrics::analysis {
namespace {

using Civil = absl::CivilDay;

bool IsRefused(const std::string& text) {
  status::BadFields bad;
  SegmentExpression::Parse(text, {"a", "b", "c"}, "expression", bad);
  return !bad.empty();
}

TEST(SegmentTest, Syntax) {
  for (const char* good :
       {"a", "a AND NOT b", "a EXCEPT b", "(a OR b) EXCEPT segments/staff", "NOT (NOT a OR b)", "NOT NOT a", "NOT a EXCEPT NOT b"}) {
    EXPECT_FALSE(IsRefused(good)) << good;
  }
  for (const char* bad :
       {"", "NOT a", "a OR NOT b", "NOT a AND NOT b", "d", "a b", "(a", "a)", "AND", "a AND", "a,b", "()", "a EXCEPT", "((NOT a))"}) {
    EXPECT_TRUE(IsRefused(bad)) << bad;
  }
  EXPECT_TRUE(IsRefused(std::string(100, '(') + "a"));
  EXPECT_TRUE(IsRefused(std::string(kMaxExpressionBytes + 1, ' ')));
  status::BadFields bad;
  const auto expression = SegmentExpression::Parse("a AND segments/x OR segments/y", {"a"}, "e", bad);
  EXPECT_THAT(expression.segments(), ::testing::ElementsAre("segments/x", "segments/y"));
  EXPECT_THAT(expression.conditions(), ::testing::ElementsAre("a"));
}

// By asking of every user; NOT is "not among all".
TEST(SegmentTest, SetsEqualBruteForce) {
  int checked = 0;
  for (unsigned seed = 1; seed <= 2000; ++seed) {
    std::mt19937 random(seed);
    std::map<std::string, Roaring> sets;
    for (const char* name : {"a", "b", "c"}) {
      for (uint32_t user = 0; user < 12; ++user) {
        if (random() % 2 == 0) sets[name].add(user);
      }
    }
    using Judge = std::function<bool(uint32_t)>;
    std::function<std::pair<std::string, Judge>(int)> make = [&](int depth) -> std::pair<std::string, Judge> {
      const unsigned kind = depth == 0 ? 0 : random() % 5;
      if (kind == 0) {
        const std::string name(1, static_cast<char>('a' + random() % 3));
        return {name, [&sets, name](uint32_t user) { return sets[name].contains(user); }};
      }
      const auto [left, l] = make(depth - 1);
      if (kind == 1) return {"NOT (" + left + ")", [l = l](uint32_t user) { return !l(user); }};
      const auto [right, r] = make(depth - 1);
      if (kind == 2) return {"(" + left + " AND " + right + ")", [l = l, r = r](uint32_t user) { return l(user) && r(user); }};
      if (kind == 3) return {"(" + left + " EXCEPT " + right + ")", [l = l, r = r](uint32_t user) { return l(user) && !r(user); }};
      return {"(" + left + " OR " + right + ")", [l = l, r = r](uint32_t user) { return l(user) || r(user); }};
    };
    const auto [text, judge] = make(4);
    status::BadFields bad;
    const auto expression = SegmentExpression::Parse(text, {"a", "b", "c"}, "expression", bad);
    // One who is in no set is in no bounded expression.
    EXPECT_TRUE(bad.empty() || judge(99) || text.find("NOT") != std::string::npos);
    if (!bad.empty()) continue;
    ASSERT_FALSE(judge(99)) << text;
    ++checked;
    const Roaring found = expression.Evaluate(sets);
    for (uint32_t user = 0; user < 12; ++user) ASSERT_EQ(found.contains(user), judge(user)) << text;
  }
  EXPECT_GT(checked, 500);
}

bool HoldsFor(const SegmentCondition& condition, const std::vector<const Point*>& events) {
  int64_t times = 0;
  std::map<Civil, int> days;
  std::optional<absl::Time> first, latest;
  std::string latest_value;
  for (const Point* p : events) {
    if (!Has(condition.events, *p)) continue;
    first = std::min(first.value_or(p->occur_time), p->occur_time);
    if (p->occur_time < condition.window.start || p->occur_time >= condition.window.end) continue;
    ++times;
    ++days[p->day];
    const auto it = p->properties.find(condition.key);
    if (it == p->properties.end() || (latest.has_value() && p->occur_time < *latest)) continue;
    latest_value = latest.has_value() && p->occur_time == *latest ? std::min(latest_value, it->second) : it->second;
    latest = p->occur_time;
  }
  switch (condition.kind) {
    case SegmentCondition::kTimes:
      return times >= condition.least;
    case SegmentCondition::kDays:
      return static_cast<int64_t>(days.size()) >= condition.least;
    case SegmentCondition::kFirst:
      return first.has_value() && *first >= condition.window.start && *first < condition.window.end;
    case SegmentCondition::kLatest:
      return latest.has_value() && latest_value == condition.value;
  }
  return false;
}

TEST(SegmentTest, ConditionsEqualBruteForce) {
  int found = 0;
  for (unsigned seed = 1; seed <= 400; ++seed) {
    std::mt19937 random(seed);
    const Calendar calendar = CalendarOf(seed % 2 == 0 ? "Asia/Taipei" : "Europe/Berlin");
    const Days days{Civil(2026, 10, 22), Civil(2026, 10, 28)};
    const std::vector<Point> points = RandomEvents(random, 120, 15, days, calendar);
    FakeSnapshot snapshot(points, seed);
    snapshot.LimitMemory(3000);
    SegmentCondition condition;
    condition.kind = static_cast<SegmentCondition::Kind>(random() % 4);
    condition.events = Events("a", random() % 2 == 0 ? "channel:*" : "");
    condition.window = WindowOf({days.first + random() % 3, days.last - random() % 3}, calendar);
    if (random() % 3 == 0) condition.window.start += absl::Hours(6);
    condition.least = 1 + random() % 3;
    condition.key = "city";
    condition.value = "t1";
    std::map<std::string, std::vector<const Point*>> users;
    for (const Point& point : points) users[point.user].push_back(&point);
    const auto set = UsersOfCondition(snapshot, condition, calendar);
    ASSERT_TRUE(set.ok());
    for (const auto& [user, events] : users) {
      const bool holds = HoldsFor(condition, events);
      found += holds ? 1 : 0;
      ASSERT_EQ(set->contains(**snapshot.OrdinalOf(user)), holds) << seed << " " << user;
    }
  }
  EXPECT_GT(found, 500);
}

TEST(SegmentTest, CyclesAreFound) {
  EXPECT_TRUE(FindSegmentCycle({{"s/a", {"s/b"}}, {"s/b", {"s/c"}}}, "s/a").empty());
  EXPECT_THAT(FindSegmentCycle({{"s/a", {"s/b", "s/c"}}, {"s/b", {"s/d"}}, {"s/c", {"s/a"}}}, "s/a"),
              ::testing::ElementsAre("s/a", "s/c", "s/a"));
  EXPECT_THAT(FindSegmentCycle({{"s/a", {"s/a"}}}, "s/a"), ::testing::ElementsAre("s/a", "s/a"));
}

}  // namespace
}  // namespace heitie::metrics::analysis
