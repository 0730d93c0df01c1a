#include "services/metrics/analysis/funnel.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <random>
#include <sstream>

#include "services/metrics/analysis/fake_events.h"
#include "services/metrics/engine/fake_snapshot.h"

namespace heitie::metrics::analysis {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kNever = std::numeric_limits<int64_t>::max() / 4;

FunnelRules RulesOf(int steps, int64_t window, bool strict = false) {
  FunnelRules rules;
  rules.steps = steps;
  rules.window = window;
  rules.strict = strict;
  rules.start = -kNever;
  rules.end = kNever;
  rules.closed_until = kNever;
  return rules;
}

// "A2 A3 B3": events that match the steps and exclusions at whose place in `letters` their letter stands.
std::vector<Moment> History(const std::string& text, const std::string& letters) {
  std::vector<Moment> moments;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) {
    Moment moment;
    moment.user = 1;
    moment.time = std::stoll(word.substr(1));
    for (size_t i = 0; i < letters.size(); ++i) moment.matches |= letters[i] == word[0] ? 1U << i : 0;
    moments.push_back(moment);
  }
  return moments;
}

int LevelOf(const FunnelRules& rules, const std::vector<Moment>& moments) {
  return FollowFunnel(rules, moments.data(), moments.data() + moments.size()).level;
}

TEST(FunnelTest, Traps) {
  EXPECT_EQ(LevelOf(RulesOf(2, 10, true), History("A2 A3 B3", "AB")), 2);
  EXPECT_EQ(LevelOf(RulesOf(3, 10), History("A0 A5 B9 C12", "ABC")), 3);
  EXPECT_EQ(LevelOf(RulesOf(3, 10), History("A0 B1 A2 C11", "ABC")), 2);
  EXPECT_EQ(LevelOf(RulesOf(3, 10), History("A1 B2", "AAB")), 1);
  EXPECT_EQ(LevelOf(RulesOf(3, 10), History("A1 A1 B1", "AAB")), 3);
  EXPECT_EQ(LevelOf(RulesOf(3, 10, true), History("A1 A1 B1", "AAB")), 1);
  FunnelRules without = RulesOf(2, 10);
  without.exclusions = {{0, 1}};
  EXPECT_EQ(LevelOf(without, History("A1 X2 A3 B4", "ABX")), 2);
  EXPECT_EQ(LevelOf(without, History("A1 X2 B4", "ABX")), 1);
  FunnelRules by_step = RulesOf(3, 12, true);
  by_step.step_windows = {5, 8};
  EXPECT_EQ(LevelOf(by_step, History("A4 A6 B6 C11 C14", "ABC")), 3);
}

TEST(FunnelTest, WindowIsIncluded) {
  EXPECT_EQ(LevelOf(RulesOf(2, 10), History("A0 B10", "AB")), 2);
  EXPECT_EQ(LevelOf(RulesOf(2, 10), History("A0 B11", "AB")), 1);
}

TEST(FunnelTest, OpenUntilTheWindowIsClosed) {
  FunnelRules rules = RulesOf(2, 10);
  const auto open = [&](int64_t closed, const std::string& history) {
    rules.closed_until = closed;
    const std::vector<Moment> moments = History(history, "ABX");
    return FollowFunnel(rules, moments.data(), moments.data() + moments.size()).open;
  };
  EXPECT_TRUE(open(15, "A5"));
  EXPECT_FALSE(open(16, "A5"));
  EXPECT_FALSE(open(10, "A5 B6")) << "converted";
  EXPECT_FALSE(open(10, "B6")) << "no entrant";
  rules.exclusions = {{0, 1}};
  EXPECT_FALSE(open(10, "A5 X6"));
  EXPECT_TRUE(open(10, "A5 X5"));
}

// ---- Brute force: every way of giving events to steps.

struct Found {
  int level = 0;
  std::vector<int64_t> first;              // of each level: when it is first reached
  std::vector<std::vector<int64_t>> ways;  // of each level: the best of those that reach it first
};

bool IsBetter(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  if (a.back() != b.back()) return a.back() < b.back();
  if (a[0] != b[0]) return a[0] > b[0];
  return std::lexicographical_compare(b.rbegin(), b.rend(), a.rbegin(), a.rend());
}

void Take(const std::vector<int64_t>& way, Found& found) {
  const size_t level = way.size();
  if (found.ways.size() < level) found.ways.resize(level);
  auto& best = found.ways[level - 1];
  if (best.empty() || IsBetter(way, best)) best = way;
  found.level = std::max(found.level, static_cast<int>(level));
}

bool FirstFits(const FunnelRules& rules, const Moment& moment) { return moment.time >= rules.start && moment.time < rules.end; }

bool Follows(const FunnelRules& rules, const std::vector<int64_t>& way, int64_t time) {
  const int64_t gap = time - way.back();
  if (gap < 0 || (rules.strict && gap == 0) || time - way[0] > rules.window) return false;
  return rules.step_windows.empty() || gap <= rules.step_windows[way.size() - 1];
}

bool HasExcluded(const FunnelRules& rules, const std::vector<Moment>& moments, const std::vector<int64_t>& way) {
  for (size_t e = 0; e < rules.exclusions.size(); ++e) {
    const auto [from, to] = rules.exclusions[e];
    if (static_cast<size_t>(to) >= way.size()) continue;
    for (const Moment& m : moments) {
      if ((m.matches >> (static_cast<size_t>(rules.steps) + e) & 1) != 0 && m.time > way[static_cast<size_t>(from)] &&
          m.time < way[static_cast<size_t>(to)]) {
        return true;
      }
    }
  }
  return false;
}

void TryInOrder(const FunnelRules& rules, const std::vector<Moment>& moments, unsigned used, std::vector<int64_t>& way, Found& found) {
  for (size_t i = 0; i < moments.size(); ++i) {
    if ((used >> i & 1U) != 0 || (moments[i].matches >> way.size() & 1U) == 0) continue;
    if (way.empty() ? !FirstFits(rules, moments[i]) : !Follows(rules, way, moments[i].time)) continue;
    way.push_back(moments[i].time);
    if (!HasExcluded(rules, moments, way)) {
      Take(way, found);
      if (way.size() < static_cast<size_t>(rules.steps)) TryInOrder(rules, moments, used | 1U << i, way, found);
    }
    way.pop_back();
  }
}

// In every order in which events may have happened.
Found TryNothingBetween(const FunnelRules& rules, std::vector<Moment> moments) {
  Found found;
  std::vector<size_t> order(moments.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  do {
    const auto time = [&](size_t i) { return moments[order[i]].time; };
    bool sorted = true;
    for (size_t i = 1; i < order.size(); ++i) sorted &= time(i - 1) <= time(i);
    if (!sorted) continue;
    for (size_t start = 0; start < order.size(); ++start) {
      std::vector<int64_t> way;
      for (size_t i = start; i < order.size() && way.size() < static_cast<size_t>(rules.steps); ++i) {
        const Moment& m = moments[order[i]];
        if ((m.matches >> way.size() & 1U) == 0) break;
        if (way.empty() ? !FirstFits(rules, m) : !Follows(rules, way, m.time)) break;
        way.push_back(m.time);
        Take(way, found);
      }
    }
  } while (std::next_permutation(order.begin(), order.end()));
  return found;
}

void TryAnyOrder(const FunnelRules& rules, const std::vector<Moment>& moments, unsigned used, std::vector<int64_t>& chosen, Found& found) {
  for (size_t i = 0; i < moments.size(); ++i) {
    if ((used >> i & 1U) != 0 || (moments[i].matches >> chosen.size() & 1U) == 0) continue;
    if (chosen.empty() && !FirstFits(rules, moments[i])) continue;
    chosen.push_back(moments[i].time);
    const auto [first, last] = std::minmax_element(chosen.begin(), chosen.end());
    if (*last - *first <= rules.window) {
      std::vector<int64_t> way(chosen.size(), *first);
      way.back() = *last;
      way[0] = *first;
      Take(way, found);
      if (chosen.size() < static_cast<size_t>(rules.steps)) TryAnyOrder(rules, moments, used | 1U << i, chosen, found);
    }
    chosen.pop_back();
  }
}

Found BruteForce(const FunnelRules& rules, const std::vector<Moment>& moments) {
  Found found;
  std::vector<int64_t> way;
  if (rules.order == FunnelOrder::kNothingBetween) return TryNothingBetween(rules, moments);
  if (rules.order == FunnelOrder::kOrdered) {
    TryInOrder(rules, moments, 0, way, found);
  } else {
    TryAnyOrder(rules, moments, 0, way, found);
  }
  return found;
}

// Open: some event, or some events, from closed_until on would bring the user to the last step. Tried with one event of every step at that
// instant and, where times must grow, at the following ones.
bool CouldStillConvert(FunnelRules rules, std::vector<Moment> moments) {
  moments.erase(std::remove_if(moments.begin(), moments.end(), [&](const Moment& m) { return m.time >= rules.closed_until; }),
                moments.end());
  const Found before = BruteForce(rules, moments);
  if (before.level == 0 || before.level == rules.steps) return false;
  // New first steps do not count: the user is to be open by what is known.
  rules.end = std::min(rules.end, rules.closed_until);
  for (int steps_to_come = 1; steps_to_come < rules.steps; ++steps_to_come) {
    std::vector<Moment> more = moments;
    for (int s = rules.steps - steps_to_come; s < rules.steps; ++s) {
      more.push_back({1, 1U << s, rules.closed_until + (rules.strict ? s - (rules.steps - steps_to_come) : 0), 0});
    }
    if (BruteForce(rules, more).level == rules.steps) return true;
  }
  return false;
}

FunnelRules RandomRules(std::mt19937& random) {
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  FunnelRules rules = RulesOf(1 + pick(4), pick(14), pick(2) == 0);
  rules.order = static_cast<FunnelOrder>(pick(3));
  rules.start = pick(4);
  rules.end = rules.start + 4 + pick(12);
  rules.closed_until = pick(2) == 0 ? kNever : pick(20);
  if (rules.order == FunnelOrder::kAnyOrder) rules.strict = false;
  if (rules.order != FunnelOrder::kAnyOrder && pick(2) == 0) {
    for (int i = 1; i < rules.steps; ++i) rules.step_windows.push_back(pick(8));
  }
  if (rules.order == FunnelOrder::kOrdered && rules.steps > 1) {
    for (int e = pick(3); e > 0; --e) {
      const int from = pick(rules.steps - 1);
      rules.exclusions.push_back({from, from + 1 + pick(rules.steps - 1 - from)});
    }
  }
  return rules;
}

std::vector<Moment> RandomMoments(std::mt19937& random, int bits, int most) {
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  std::vector<Moment> moments(static_cast<size_t>(1 + pick(most)));
  for (Moment& moment : moments) moment = {1, static_cast<uint32_t>(pick(1 << bits) & (pick(2) == 0 ? ~0 : pick(1 << bits))), pick(16), 0};
  std::stable_sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) { return a.time < b.time; });
  return moments;
}

TEST(FunnelTest, EqualsBruteForce) {
  int wide = 0, open = 0;
  for (unsigned seed = 1; seed <= 8000; ++seed) {
    std::mt19937 random(seed);
    const FunnelRules rules = RandomRules(random);
    const int bits = rules.steps + static_cast<int>(rules.exclusions.size());
    const std::vector<Moment> moments = RandomMoments(random, bits, rules.order == FunnelOrder::kNothingBetween ? 6 : 8);
    const Found found = BruteForce(rules, moments);
    const FunnelPath path = FollowFunnel(rules, moments.data(), moments.data() + moments.size());
    ASSERT_EQ(path.level, found.level) << seed;
    for (size_t level = 0; level < found.ways.size(); ++level) {
      ASSERT_EQ(path.times[level], found.ways[level].back() - found.ways[level][0]) << seed << " level " << level + 1;
    }
    if (rules.order != FunnelOrder::kAnyOrder && found.level > 0) {
      ASSERT_EQ(path.steps, found.ways.back()) << seed;
    }
    for (const auto& e : rules.exclusions) wide += e.from > 0 && e.to > e.from + 1 ? 1 : 0;
    const bool could = found.level < rules.steps && rules.closed_until != kNever && CouldStillConvert(rules, moments);
    open += could ? 1 : 0;
    // What lies beyond the closed time may have made a longer way, whose user is open all the same; in strict order the steps to come need
    // more time than the last allows.
    if (!rules.strict) {
      ASSERT_EQ(path.open, could) << seed;
    }
  }
  EXPECT_GT(wide, 60);
  EXPECT_GT(open, 60);
}

// ---- Over a snapshot.

TEST(FunnelAnswerTest, OfPurchases) {
  if (Purchases().empty()) GTEST_SKIP() << "no purchases.csv";
  FakeSnapshot snapshot(Purchases());
  snapshot.LimitMemory(500'000);
  FunnelQuestion question;
  question.steps = {Events("purchase"), Events("purchase")};
  question.rules = RulesOf(2, absl::ToInt64Microseconds(absl::Hours(24 * 7)), true);
  const Calendar calendar = BusinessCalendar();
  question.window = WindowOf({absl::CivilDay(2021, 1, 1), absl::CivilDay(2021, 1, 31)}, calendar);
  const auto answer = AnswerFunnel(snapshot, question, calendar, absl::InfiniteFuture());
  ASSERT_TRUE(answer.ok());
  EXPECT_THAT(answer->all.reached, ElementsAre(7844, 487));
  EXPECT_EQ(answer->all.lost(), 7844 - 487);
  const auto who = UsersOfFunnel(snapshot, question, calendar, absl::InfiniteFuture(), 1, false);
  ASSERT_TRUE(who.ok());
  EXPECT_EQ(who->cardinality(), 487U);
}

// Every user's history by itself.
TEST(FunnelAnswerTest, IsTheSumOfItsUsers) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    const Calendar calendar = CalendarOf(seed % 2 == 0 ? "Asia/Taipei" : "Europe/Berlin");
    const Days days{absl::CivilDay(2026, 3, 27), absl::CivilDay(2026, 4, 2)};
    const std::vector<Point> points = RandomEvents(random, 160, 20, days, calendar);
    FakeSnapshot snapshot(points, seed);
    snapshot.LimitMemory(6000);
    FunnelQuestion question;
    question.steps = {Events("a"), Events("b", "channel:*"), Events("a", "quantity >= 2")};
    question.exclusions = {Events("c")};
    question.rules = RulesOf(3, absl::ToInt64Microseconds(absl::Hours(40)), seed % 3 == 0);
    question.rules.exclusions = {{0, 1}};
    question.window = {StartOf(days.first + 1, calendar) + absl::Hours(5), StartOf(days.last - 1, calendar)};
    question.breakdown = "city";
    question.breakdown_step = static_cast<int>(seed % 2);
    std::map<std::string, std::vector<Moment>> users;
    std::map<std::string, std::vector<const Point*>> events;
    for (const Point& point : points) {
      uint32_t matches = 0;
      for (size_t s = 0; s < 3; ++s) matches |= Has(question.steps[s], point) ? 1U << s : 0;
      matches |= Has(question.exclusions[0], point) ? 8U : 0;
      users[point.user].push_back({1, matches, absl::ToUnixMicros(point.occur_time), 0});
      events[point.user].push_back(&point);
    }
    FunnelRules rules = question.rules;
    rules.start = MicrosOf(question.window.start);
    rules.end = MicrosOf(question.window.end);
    const absl::Time closed = StartOf(days.last - 2, calendar);
    rules.closed_until = MicrosOf(closed);
    std::vector<int64_t> reached(3), open(3);
    std::map<std::string, int64_t> groups;
    for (auto& [user, moments] : users) {
      std::vector<Moment> sorted = moments;
      std::stable_sort(sorted.begin(), sorted.end(), [](const Moment& a, const Moment& b) { return a.time < b.time; });
      const FunnelPath path = FollowFunnel(rules, sorted.data(), sorted.data() + sorted.size());
      if (path.level == 0) continue;
      for (int i = 0; i < path.level; ++i) ++reached[static_cast<size_t>(i)];
      if (path.open) ++open[static_cast<size_t>(path.level) - 1];
      std::optional<std::string> group;
      const auto step = static_cast<size_t>(question.breakdown_step);
      for (size_t i = 0; i < moments.size() && step < path.steps.size(); ++i) {
        if (moments[i].time != path.steps[step] || (moments[i].matches >> step & 1U) == 0) continue;
        const auto it = events[user][i]->properties.find("city");
        const std::string value = it == events[user][i]->properties.end() ? "" : it->second;
        group = std::min(group.value_or(value), value);
      }
      ++groups[group.value_or("")];
    }
    const auto answer = AnswerFunnel(snapshot, question, calendar, closed);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->all.reached, reached);
    EXPECT_EQ(answer->all.open, open);
    EXPECT_EQ(answer->groups.size(), groups.size());
    for (const auto& [value, count] : groups) EXPECT_EQ(answer->groups.at(value).reached[0], count) << value;
    EXPECT_EQ(answer->all.RateOf(2),
              reached[0] == 0 ? std::nullopt : std::optional(static_cast<double>(reached[2]) / static_cast<double>(reached[0])));
  }
}

}  // namespace
}  // namespace heitie::metrics::analysis
