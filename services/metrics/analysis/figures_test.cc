#include "services/metrics/analysis/figures.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "common/status/status.h"
#include "services/metrics/analysis/fake_events.h"
#include "services/metrics/engine/fake_snapshot.h"

namespace heitie::metrics::analysis {
namespace {

using Civil = absl::CivilDay;

TEST(QuantileTest, InterpolatesLinearly) {
  std::vector<double> none, one = {7}, four = {4, 1, 3, 2};
  EXPECT_EQ(QuantileOf(none, 0.5), std::nullopt);
  EXPECT_EQ(QuantileOf(one, 0.9), 7);
  EXPECT_EQ(QuantileOf(four, 0.5), 2.5);
  EXPECT_EQ(QuantileOf(four, 0), 1);
  EXPECT_EQ(QuantileOf(four, 1), 4);
  EXPECT_DOUBLE_EQ(*QuantileOf(four, 0.9), 3.7);
}

TEST(RatioTest, IsUndefinedOverZero) {
  EXPECT_EQ(Ratio(1, 0), std::nullopt);
  EXPECT_EQ(Ratio(std::nullopt, 2), std::nullopt);
  EXPECT_EQ(Ratio(1, 2), 0.5);
}

// Everything of some events by looking at each.
Tally TallyOf(const std::vector<const Point*>& points, bool sample_minor) {
  Tally tally;
  std::set<std::string> users;
  for (const Point* p : points) {
    ++tally.cell.count;
    users.insert(p->user);
    if (p->value_minor.has_value()) {
      tally.cell.sum_minor += *p->value_minor;
      ++tally.minor_count;
      tally.minor_min = std::min(tally.minor_min.value_or(*p->value_minor), *p->value_minor);
      tally.minor_max = std::max(tally.minor_max.value_or(*p->value_minor), *p->value_minor);
    }
    if (p->value.has_value()) {
      ++tally.cell.value_count;
      tally.cell.value_sum.Add(*p->value);
      tally.cell.value_min = std::min(tally.cell.value_min.value_or(*p->value), *p->value);
      tally.cell.value_max = std::max(tally.cell.value_max.value_or(*p->value), *p->value);
    }
    if (sample_minor ? p->value_minor.has_value() : p->value.has_value()) {
      tally.sample.push_back(sample_minor ? static_cast<double>(*p->value_minor) : *p->value);
    }
  }
  tally.users = static_cast<int64_t>(users.size());
  return tally;
}

GroupKey KeyOf(const Point& point, const std::vector<std::string>& breakdown) {
  GroupKey key;
  for (const std::string& name : breakdown) {
    const auto d = point.dimensions.find(name);
    const auto p = point.properties.find(name);
    key.push_back(d != point.dimensions.end()   ? std::optional(d->second)
                  : p != point.properties.end() ? std::optional(p->second)
                                                : std::nullopt);
  }
  return key;
}

FigureQuestion RandomQuestion(std::mt19937& random, Days days, const Calendar& calendar) {
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  FigureQuestion question;
  static constexpr const char* kFilters[] = {"", "", "quantity > 1", "channel:* OR amount_minor > 0"};
  question.events = Events("a", kFilters[pick(4)]);
  if (pick(3) == 0) question.events.activity = "activities/x1";
  Window window = WindowOf({days.first + pick(2), days.last - pick(2)}, calendar);
  if (pick(3) == 0) window.start += absl::Hours(7);
  question.intervals = Intervals(window, static_cast<Granularity>(1 + pick(4)), calendar, 1000);
  if (pick(3) == 0) question.intervals = {window};
  static const std::vector<std::string> kBreakdowns[] = {{}, {"channel"}, {"city"}, {"channel", "city"}, {"city", "quantity", "channel"}};
  question.breakdown = kBreakdowns[pick(5)];
  question.top = static_cast<size_t>(pick(4));
  question.figure.measure = static_cast<Measure>(pick(7));
  question.figure.minor = pick(2) == 0;
  question.figure.p = pick(5) / 4.0;
  question.figure.per_user = pick(4) == 0;
  return question;
}

class FigureTest : public ::testing::TestWithParam<const char*> {};

TEST_P(FigureTest, EqualsBruteForce) {
  int with_other = 0;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    const Calendar calendar = CalendarOf(GetParam());
    const Days days{Civil(2026, 10, 23), Civil(2026, 10, 27)};
    std::vector<Point> points = RandomEvents(random, 150, 12, days, calendar);
    if (seed % 3 == 0) {
      for (Point& point : points) point.dimensions.emplace("channel", "c9");
    }
    const FigureQuestion plain = RandomQuestion(random, days, calendar);
    FigureQuestion question = plain;
    FakeSnapshot snapshot(points, seed);
    snapshot.LimitMemory(4000);
    Roaring among;
    for (int u = 0; u < 6; ++u) {
      const auto ordinal = snapshot.OrdinalOf("u" + std::to_string(u));
      if (ordinal.ok() && ordinal->has_value()) among.add(**ordinal);
    }
    if (seed % 4 == 0) question.among = &among;
    std::map<GroupKey, std::vector<std::vector<const Point*>>> groups;
    std::vector<std::vector<const Point*>> all(question.intervals.size());
    for (const Point& point : points) {
      if (!Has(question.events, point) || (question.among != nullptr && !among.contains(**snapshot.OrdinalOf(point.user)))) continue;
      for (size_t i = 0; i < question.intervals.size(); ++i) {
        if (point.occur_time < question.intervals[i].start || point.occur_time >= question.intervals[i].end) continue;
        all[i].push_back(&point);
        auto& group = groups[KeyOf(point, question.breakdown)];
        group.resize(question.intervals.size());
        group[i].push_back(&point);
      }
    }
    const auto together = [](const std::vector<std::vector<const Point*>>& parts) {
      std::vector<const Point*> joined;
      for (const auto& part : parts) joined.insert(joined.end(), part.begin(), part.end());
      return joined;
    };
    const auto value = [&](const std::vector<const Point*>& some) {
      Tally tally = TallyOf(some, question.figure.minor);
      tally.quantile = QuantileOf(tally.sample, question.figure.p);
      return ValueOf(tally, question.figure);
    };
    const auto answer = AnswerFigures(snapshot, question, calendar);
    ASSERT_TRUE(answer.ok()) << answer.status();
    const auto expect = [&](const GroupTallies& got, const std::vector<std::vector<const Point*>>& parts) {
      ASSERT_EQ(got.intervals.size(), parts.size());
      ASSERT_EQ(ValueOf(got.total, question.figure), value(together(parts))) << seed;
      for (size_t i = 0; i < parts.size(); ++i) ASSERT_EQ(ValueOf(got.intervals[i], question.figure), value(parts[i])) << seed;
    };
    expect(answer->all, all);
    if (question.breakdown.empty()) continue;
    std::vector<std::pair<double, GroupKey>> ranked;
    for (const auto& [key, parts] : groups) ranked.emplace_back(-value(together(parts)).value_or(-HUGE_VAL), key);
    std::sort(ranked.begin(), ranked.end());
    const size_t shown = std::min(question.top, ranked.size());
    ASSERT_EQ(answer->groups.size(), shown + (shown < ranked.size() ? 1 : 0)) << seed;
    std::vector<std::vector<const Point*>> rest(question.intervals.size());
    for (size_t i = 0; i < ranked.size(); ++i) {
      const auto& parts = groups[ranked[i].second];
      if (i < shown) {
        ASSERT_EQ(answer->groups[i].key, ranked[i].second) << seed;
        expect(answer->groups[i], parts);
        const auto users = UsersOfFigure(snapshot, question, &ranked[i].second, -1, calendar);
        ASSERT_EQ(static_cast<int64_t>(users->cardinality()), TallyOf(together(parts), false).users);
      } else {
        for (size_t k = 0; k < parts.size(); ++k) rest[k].insert(rest[k].end(), parts[k].begin(), parts[k].end());
      }
    }
    if (shown < ranked.size()) {
      ++with_other;
      ASSERT_TRUE(answer->groups.back().is_other);
      expect(answer->groups.back(), rest);
    }
  }
  EXPECT_GT(with_other, 50);
}

INSTANTIATE_TEST_SUITE_P(Zones, FigureTest, ::testing::Values("Asia/Taipei", "Europe/Berlin"));

TEST(FigureAnswerTest, WholeDaysWithoutFilterReadNoRows) {
  std::mt19937 random(1);
  const Calendar calendar = BusinessCalendar();
  const Days days{Civil(2026, 1, 1), Civil(2026, 1, 9)};
  std::vector<Point> points = RandomEvents(random, 100, 10, days, calendar);
  for (Point& point : points) point.dimensions["channel"] = "c" + std::to_string(random() % 3);
  FakeSnapshot snapshot(points);
  FigureQuestion question;
  question.events = Events("a");
  question.intervals = Intervals(WindowOf(days, calendar), Granularity::kDay, calendar, 100);
  question.breakdown = {"channel"};
  question.top = 1;
  question.figure.measure = Measure::kUsers;
  ASSERT_TRUE(AnswerFigures(snapshot, question, calendar).ok());
  EXPECT_EQ(snapshot.scanned(), 0);
  question.breakdown = {"city"};
  ASSERT_TRUE(AnswerFigures(snapshot, question, calendar).ok());
  EXPECT_GT(snapshot.scanned(), 0);
  // Days whose values were joined are read from rows.
  question.breakdown = {"channel"};
  question.top = 5;
  snapshot.LimitValues(2);
  const auto joined = AnswerFigures(snapshot, question, calendar);
  ASSERT_TRUE(joined.ok());
  EXPECT_EQ(joined->groups.size(), 3U);
}

TEST(FigureAnswerTest, OfPurchases) {
  if (Purchases().empty()) GTEST_SKIP() << "no purchases.csv";
  const Calendar calendar = BusinessCalendar();
  FakeSnapshot snapshot(Purchases());
  FigureQuestion question;
  question.events = Events("purchase");
  question.intervals = {WindowOf({Civil(2021, 1, 1), Civil(2022, 6, 30)}, calendar)};
  auto answer = AnswerFigures(snapshot, question, calendar);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->all.total.cell.count, 69659);
  EXPECT_EQ(answer->all.total.users, 23544);
  EXPECT_EQ(static_cast<int64_t>(answer->all.total.cell.sum_minor), 250031563);
  question.figure = {Measure::kQuantile, true, 0.95};
  answer = AnswerFigures(snapshot, question, calendar);
  EXPECT_NEAR(*ValueOf(answer->all.total, question.figure) / 100, 96.601, 1e-9);
  question.figure.p = 0.99;
  answer = AnswerFigures(snapshot, question, calendar);
  EXPECT_NEAR(*ValueOf(answer->all.total, question.figure) / 100, 173.1204, 1e-9);
  question.figure = {Measure::kUsers};
  question.events = Events("purchase", "quantity >= 3 AND amount_minor < 3000");
  question.intervals = {WindowOf({Civil(2021, 3, 1), Civil(2021, 3, 31)}, calendar)};
  answer = AnswerFigures(snapshot, question, calendar);
  EXPECT_EQ(answer->all.total.users, 92);
  // Sets of two conditions answer another question.
  question.events = Events("purchase", "quantity >= 3");
  const auto many = UsersOfFigure(snapshot, question, nullptr, -1, calendar);
  question.events = Events("purchase", "amount_minor < 3000");
  const auto cheap = UsersOfFigure(snapshot, question, nullptr, -1, calendar);
  EXPECT_EQ((*many & *cheap).cardinality(), 488U);
}

TEST(FigureAnswerTest, RowsThatAreGone) {
  const Calendar calendar = BusinessCalendar();
  FakeSnapshot snapshot({EventAt("a", "u", absl::CivilSecond(2026, 1, 1), calendar)});
  snapshot.Expire(Civil(2026, 2, 1));
  FigureQuestion question;
  question.events = Events("a");
  question.intervals = {WindowOf({Civil(2026, 1, 1), Civil(2026, 1, 1)}, calendar)};
  EXPECT_EQ(AnswerFigures(snapshot, question, calendar)->all.total.cell.count, 1);
  question.events = Events("a", "channel:*");
  EXPECT_EQ(status::ReasonOf(AnswerFigures(snapshot, question, calendar).status()), "RAW_EXPIRED");
}

// Once rows are gone, whole days without conditions have quantiles within the error that they are labelled with; what needs more is
// refused.
TEST(FigureAnswerTest, QuantilesOfRowsThatAreGoneAreApproximate) {
  const Calendar calendar = BusinessCalendar();
  int approximate = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    const Days days{Civil(2026, 1, 1), Civil(2026, 1, 6)};
    std::vector<Point> points = RandomEvents(random, 400, 20, days, calendar);
    for (Point& point : points) {
      point.dimensions["channel"] = "c" + std::to_string(random() % 3);
      if (point.value.has_value()) point.value = std::exp(std::normal_distribution<>(0, 4)(random));
    }
    FigureQuestion question;
    question.events = Events("a");
    question.intervals = Intervals(WindowOf(days, calendar), Granularity::kDay, calendar, 100);
    if (seed % 2 == 0) question.breakdown = {"channel"};
    question.top = 2;
    question.figure = {Measure::kQuantile, seed % 3 == 0, static_cast<double>(random() % 101) / 100};
    FakeSnapshot kept(points, seed), gone(points, seed);
    const auto exact = AnswerFigures(kept, question, calendar);
    ASSERT_TRUE(exact.ok());
    gone.Expire(Civil(2026, 1, 1 + static_cast<int>(2 + random() % 8)));
    const auto answer = AnswerFigures(gone, question, calendar);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(gone.scanned(), 0);
    const auto expect = [&](const Tally& got, const Tally& want) {
      ASSERT_EQ(got.quantile.has_value(), want.quantile.has_value());
      EXPECT_FALSE(want.approximate);
      if (!got.quantile.has_value()) return;
      ++approximate;
      EXPECT_TRUE(got.approximate);
      // Between amounts of both signs the error is relative to these.
      if (question.figure.minor) return;
      EXPECT_NEAR(*got.quantile, *want.quantile, Sketch::kRelativeError * std::abs(*want.quantile)) << seed;
    };
    expect(answer->all.total, exact->all.total);
    for (size_t i = 0; i < question.intervals.size(); ++i) expect(answer->all.intervals[i], exact->all.intervals[i]);
    for (const GroupTallies& group : answer->groups) {
      for (const GroupTallies& same : exact->groups) {
        if (same.key == group.key && !same.is_other && !group.is_other) expect(group.total, same.total);
      }
    }
    question.intervals = {{question.intervals.front().start + absl::Hours(1), question.intervals.back().end}};
    EXPECT_EQ(status::ReasonOf(AnswerFigures(gone, question, calendar).status()), "RAW_EXPIRED") << "not whole days";
  }
  EXPECT_GT(approximate, 300);
}

}  // namespace
}  // namespace heitie::metrics::analysis
