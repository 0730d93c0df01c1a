#include "services/metrics/analysis/retention.h"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <set>

#include "services/metrics/analysis/fake_events.h"
#include "services/metrics/engine/fake_snapshot.h"

namespace heitie::metrics::analysis {
namespace {

using Civil = absl::CivilDay;

bool HasAny(const std::vector<Selection>& selections, const Point& point) {
  for (const Selection& selection : selections) {
    if (Has(selection, point)) return true;
  }
  return false;
}

struct ExpectedCohort {
  int64_t size = 0;
  std::vector<int64_t> returned;
};
// By cohort: the first day of its unit, or the value.
using Expected = std::map<std::string, ExpectedCohort>;

std::optional<std::string> ValueIn(const Point& point, const std::string& key) {
  const auto it = point.properties.find(key);
  return it == point.properties.end() ? std::nullopt : std::optional(it->second);
}

std::string NameOf(const std::optional<std::string>& value) { return value.has_value() ? "=" + *value : "none"; }

// Number of units from one day to a later one, by counting.
int UnitsBetween(Civil from, Civil to, Granularity unit, const Calendar& calendar) {
  from = UnitStart(from, unit, calendar);
  to = UnitStart(to, unit, calendar);
  int n = 0;
  for (; from < to; from = NextUnit(from, unit)) ++n;
  for (; from > to; from = UnitStart(from - 1, unit, calendar)) --n;
  return n;
}

Expected BruteForce(const std::vector<Point>& points, const RetentionQuestion& question, const Calendar& calendar) {
  std::map<std::string, std::vector<const Point*>> users;
  for (const Point& point : points) users[point.user].push_back(&point);
  Expected expected;
  for (const auto& [user, events] : users) {
    const Point* first = nullptr;
    std::optional<std::string> value;
    for (const Point* p : events) {
      if (!HasAny(question.start, *p)) continue;
      const auto here = ValueIn(*p, question.cohort_by);
      if (first == nullptr || p->occur_time < first->occur_time) {
        first = p;
        value = here;
      } else if (p->occur_time == first->occur_time) {
        value = std::min(value, here);
      }
    }
    if (first == nullptr || first->day < question.days.first || first->day > question.days.last) continue;
    ExpectedCohort& cohort =
        expected[question.cohort_by.empty() ? absl::FormatCivilTime(UnitStart(first->day, question.unit, calendar)) : NameOf(value)];
    ++cohort.size;
    cohort.returned.resize(static_cast<size_t>(question.horizon) + 1);
    std::set<int> back;
    for (const Point* p : events) {
      if (!HasAny(question.returning, *p)) continue;
      const bool rolling = question.kind == RetentionKind::kRolling;
      if (rolling && p->occur_time < first->occur_time) continue;
      const int n = rolling ? static_cast<int>((p->occur_time - first->occur_time) / absl::Hours(24))
                            : UnitsBetween(first->day, p->day, question.unit, calendar);
      if (n < 0 || n > question.horizon) continue;
      for (int m = question.kind == RetentionKind::kUnbounded ? 0 : n; m <= n; ++m) back.insert(m);
    }
    for (const int n : back) ++cohort.returned[static_cast<size_t>(n)];
  }
  return expected;
}

TEST(RetentionTest, EqualsBruteForce) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    const Calendar calendar = CalendarOf(seed % 2 == 0 ? "Asia/Taipei" : "Europe/Berlin");
    RetentionQuestion question;
    question.kind = static_cast<RetentionKind>(random() % 3);
    question.unit = static_cast<Granularity>(2 + random() % 3);
    const int length = question.unit == Granularity::kDay ? 12 : question.unit == Granularity::kWeek ? 50 : 150;
    const Days all{Civil(2026, 3, 1), Civil(2026, 3, 1) + length};
    const std::vector<Point> points = RandomEvents(random, 200, 40, all, calendar);
    question.start = {Events("a", random() % 2 == 0 ? "quantity > 0" : "")};
    question.returning = {Events("b"), Events("a", random() % 2 == 0 ? "city:*" : "")};
    question.days = {all.first + random() % 4, all.first + 4 + random() % static_cast<unsigned>(length / 2)};
    question.horizon = static_cast<int>(random() % 6);
    if (random() % 3 == 0) question.cohort_by = "city";
    FakeSnapshot snapshot(points, seed);
    snapshot.LimitMemory(3000);
    const auto answer = AnswerRetention(snapshot, question, calendar, absl::InfiniteFuture());
    ASSERT_TRUE(answer.ok());
    Expected expected = BruteForce(points, question, calendar);
    for (const RetentionCohort& cohort : answer->cohorts) {
      const std::string name = question.cohort_by.empty()
                                   ? absl::FormatCivilTime(UnitStart(DayOf(cohort.interval.start, calendar), question.unit, calendar))
                                   : NameOf(cohort.value);
      ExpectedCohort want = expected[name];
      want.returned.resize(static_cast<size_t>(question.horizon) + 1);
      expected.erase(name);
      ASSERT_EQ(cohort.size, want.size) << seed;
      for (size_t n = 0; n < want.returned.size(); ++n) ASSERT_EQ(cohort.cells[n].returned, want.returned[n]) << seed << " N " << n;
      ASSERT_EQ(static_cast<int64_t>(UsersOfRetention(snapshot, question, calendar, cohort, question.horizon)->cardinality()),
                want.returned.back());
      ASSERT_EQ(static_cast<int64_t>(UsersOfRetention(snapshot, question, calendar, cohort, std::nullopt)->cardinality()), want.size);
    }
    EXPECT_TRUE(expected.empty()) << seed;
  }
}

TEST(RetentionTest, OfPurchases) {
  if (Purchases().empty()) GTEST_SKIP() << "no purchases.csv";
  const Calendar calendar = BusinessCalendar();
  FakeSnapshot snapshot(Purchases());
  RetentionQuestion question;
  question.start = question.returning = {Events("purchase")};
  question.unit = Granularity::kMonth;
  question.days = {Civil(2021, 1, 1), Civil(2021, 3, 31)};
  question.horizon = 3;
  const auto answer = AnswerRetention(snapshot, question, calendar, absl::InfiniteFuture());
  ASSERT_TRUE(answer.ok());
  ASSERT_EQ(answer->cohorts.size(), 3U);
  EXPECT_EQ(answer->cohorts[0].size, 7844);
  EXPECT_EQ(answer->cohorts[1].size, 8475);
  EXPECT_EQ(answer->cohorts[2].size, 7225);
  EXPECT_EQ(answer->cohorts[0].cells[1].returned, 1157);
  EXPECT_EQ(answer->cohorts[0].cells[2].returned, 964);
  EXPECT_EQ(answer->cohorts[0].cells[3].returned, 810);
  EXPECT_NEAR(*answer->means[1].weighted, 0.14870, 0.000005);
  EXPECT_NEAR(*answer->means[1].simple, 0.14838, 0.000005);
  EXPECT_EQ(answer->means[1].cohorts, 3);
  EXPECT_EQ(snapshot.scanned(), 0) << "from daily figures alone";
}

TEST(RetentionTest, OnlyWholeIntervalsThatAreClosedCount) {
  const Calendar calendar = BusinessCalendar();
  std::vector<Point> points;
  for (int day = 1; day <= 3; ++day) {
    points.push_back(EventAt("a", "u" + std::to_string(day), absl::CivilSecond(2026, 1, day, 12), calendar));
    points.push_back(EventAt("a", "u" + std::to_string(day), absl::CivilSecond(2026, 1, day + 1, 11), calendar));
  }
  FakeSnapshot snapshot(points);
  RetentionQuestion question;
  question.start = question.returning = {Events("a")};
  question.days = {Civil(2026, 1, 1), Civil(2026, 1, 3)};
  question.horizon = 2;
  const auto complete = [&](RetentionKind kind, absl::Time closed) {
    question.kind = kind;
    std::vector<int64_t> counts;
    const auto answer = AnswerRetention(snapshot, question, calendar, closed);
    for (const RetentionMean& mean : answer->means) counts.push_back(mean.cohorts);
    return counts;
  };
  const absl::Time day4 = StartOf(Civil(2026, 1, 4), calendar);
  EXPECT_THAT(complete(RetentionKind::kBounded, day4), ::testing::ElementsAre(3, 2, 1));
  EXPECT_THAT(complete(RetentionKind::kBounded, day4 - absl::Microseconds(1)), ::testing::ElementsAre(2, 1, 0));
  EXPECT_THAT(complete(RetentionKind::kUnbounded, day4), ::testing::ElementsAre(1, 1, 1));
  EXPECT_THAT(complete(RetentionKind::kRolling, day4), ::testing::ElementsAre(2, 1, 0));
  EXPECT_EQ(AnswerRetention(snapshot, question, calendar, absl::UnixEpoch())->means[0].weighted, std::nullopt);
  // 23 hours later: the next day, and within the first 24 hours.
  question.kind = RetentionKind::kRolling;
  EXPECT_EQ(AnswerRetention(snapshot, question, calendar, day4)->cohorts[0].cells[1].returned, 0);
  question.kind = RetentionKind::kBounded;
  EXPECT_EQ(AnswerRetention(snapshot, question, calendar, day4)->cohorts[0].cells[1].returned, 1);
}

}  // namespace
}  // namespace heitie::metrics::analysis
