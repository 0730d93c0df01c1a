#include "services/activity/surge/surge_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/statistics/distributions.h"
#include "common/test/fixture.h"

namespace heitie::activity {
namespace {

using ::heitie::test::HasViolations;
using ::heitie::test::IsOk;
using v1::SurgeRule;

absl::Time AtMinute(int64_t minute) { return absl::UnixEpoch() + absl::Minutes(minute); }

TEST(SurgeRulesTest, PoissonTailIsWhatTheSumSays) {
  for (const double mean : {0.1, 0.5, 1.0, 3.5, 8.0, 20.0}) {
    double below = 0, term = std::exp(-mean);
    for (int n = 0; n < 60; ++n) {
      EXPECT_NEAR(statistics::PoissonTail(n, mean), 1 - below, 1e-12) << n << " of " << mean;
      below += term;
      term *= mean / (n + 1);
    }
  }
  EXPECT_EQ(statistics::PoissonTail(0, 0), 1);
  EXPECT_EQ(statistics::PoissonTail(1, 0), 0);
}

TEST(SurgeRulesTest, OpensAtTheNumbersOfTheTable) {
  const std::map<double, int64_t> table = {{0.5, 5}, {1, 6}, {2, 9}, {3.5, 12}, {8, 19}, {20, 36}};
  for (const auto& [expected, opening] : table) {
    EXPECT_EQ(OpeningCount(expected, 2, 0.001), opening) << expected;
    EXPECT_LE(statistics::PoissonTail(opening, expected), 0.001);
    EXPECT_GT(statistics::PoissonTail(opening - 1, expected), 0.001);
    EXPECT_EQ(OpeningCount(expected, 50, 0.001), 50) << "the floor holds as well";
  }
  EXPECT_EQ(OpeningCount(std::nullopt, 7, 0.001), 7) << "nothing is expected: the floor alone";
  EXPECT_EQ(OpeningCount(0.0, 3, 0.001), 3);
}

TEST(SurgeRulesTest, WindowsAreAlignedToTheEpoch) {
  EXPECT_EQ(AlignedStart(AtMinute(59), absl::Hours(1)), AtMinute(0));
  EXPECT_EQ(AlignedStart(AtMinute(60), absl::Hours(1)), AtMinute(60));
  EXPECT_EQ(AlignedStart(AtMinute(-1), absl::Hours(1)), AtMinute(-60));
}

TEST(SurgeRulesTest, BaselineIsTheMeanOfItsWindows) {
  const absl::Duration hour = absl::Hours(1);
  std::map<int64_t, int64_t> counts = {{100, 3}, {105, 4}, {119, 5}, {120, 99}, {95, 99}};
  SurgeBaseline baseline = BaselineOf(AtMinute(120 * 60), absl::Hours(20), hour, counts, {}, nullptr);
  EXPECT_EQ(baseline.windows, 20);
  EXPECT_EQ(baseline.customers, 12);
  EXPECT_DOUBLE_EQ(*baseline.expected(), 0.6);
  // A surge takes each window with it that it touches.
  baseline = BaselineOf(AtMinute(120 * 60), absl::Hours(20), hour, counts, {{AtMinute(105 * 60 + 59), AtMinute(106 * 60 + 1)}}, nullptr);
  EXPECT_EQ(baseline.windows, 18);
  EXPECT_EQ(baseline.customers, 8);
  EXPECT_FALSE(baseline.expected()) << "18 windows are too few";
  // One that ends where a window begins does not touch it.
  baseline = BaselineOf(AtMinute(120 * 60), absl::Hours(20), hour, counts, {{AtMinute(105 * 60), AtMinute(106 * 60)}}, nullptr);
  EXPECT_EQ(baseline.windows, 19);
  // Only what was LIVE all the time.
  const std::vector<SurgeSpan> live = {{AtMinute(100 * 60 + 1), AtMinute(110 * 60)}, {AtMinute(110 * 60), absl::InfiniteFuture()}};
  baseline = BaselineOf(AtMinute(120 * 60), absl::Hours(20), hour, counts, {}, &live);
  EXPECT_EQ(baseline.windows, 19);
  EXPECT_EQ(baseline.customers, 9);
  const std::vector<SurgeSpan> never;
  EXPECT_EQ(BaselineOf(AtMinute(120 * 60), absl::Hours(20), hour, counts, {}, &never).windows, 0);
}

// N at each minute, by counting; then the first minute that ends a whole window below half.
absl::Time EndByCounting(const std::vector<CountedComplaint>& complaints, int64_t open, int64_t opening, int64_t window) {
  int64_t below = 0;
  for (int64_t minute = open;; ++minute) {
    std::set<std::string> customers;
    for (const CountedComplaint& complaint : complaints) {
      if (complaint.time > AtMinute(minute - window) && complaint.time <= AtMinute(minute)) customers.insert(complaint.customer);
    }
    if (below == window) return AtMinute(minute);
    below = 2 * static_cast<int64_t>(customers.size()) < opening ? below + 1 : 0;
  }
}

TEST(SurgeRulesTest, EndsAsCountingByTheMinuteSays) {
  std::mt19937 random(20260302);
  const auto upto = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most)); };
  for (int round = 0; round < 2000; ++round) {
    const int window = 2 + upto(30), open = 1000, count = upto(40), customers = 1 + upto(12);
    const int64_t opening = 2 + upto(8);
    std::vector<CountedComplaint> complaints;
    for (int i = 0; i < count; ++i) {
      complaints.push_back({AtMinute(open - window + 1 + upto(4 * window)), absl::StrCat("c", upto(customers))});
    }
    EXPECT_EQ(SurgeEnd(complaints, AtMinute(open), opening, absl::Minutes(window)), EndByCounting(complaints, open, opening, window))
        << "round " << round;
  }
}

SurgeRule ARule(const std::string& more) {
  auto rule = test::Proto<SurgeRule>("scope: SCOPE_ACTIVITY window { seconds: 3600 } minimum: 5 alpha: 0.001 baseline { seconds: 86400 }");
  rule.MergeFrom(test::Proto<SurgeRule>(more));
  return rule;
}

absl::Status Checked(const SurgeRule& rule) {
  status::BadFields bad;
  CheckSurgeRule(rule, bad);
  return bad.status();
}

TEST(SurgeRulesTest, RulesAreChecked) {
  EXPECT_THAT(Checked(ARule("")), IsOk());
  EXPECT_THAT(Checked(ARule("activity: 'activities/a'")), IsOk());
  EXPECT_THAT(Checked(ARule("category: 'payment'")), HasViolations("surge_rule.category SCOPE_MISMATCH"));
  EXPECT_THAT(Checked(ARule("scope: SCOPE_CATEGORY activity: 'activities/a'")),
              HasViolations("surge_rule.activity SCOPE_MISMATCH", "surge_rule.category SCOPE_MISMATCH"));
  EXPECT_THAT(Checked(ARule("scope: SCOPE_ACTIVITY_AND_CATEGORY category: 'payment'")), IsOk());
  EXPECT_THAT(Checked(ARule("window { seconds: 59 }")), HasViolations("surge_rule.window BAD_SURGE_WINDOW"));
  EXPECT_THAT(Checked(ARule("window { nanos: 5 }")), HasViolations("surge_rule.window BAD_SURGE_WINDOW"));
  EXPECT_THAT(Checked(ARule("window { seconds: 86401 } baseline { seconds: 7000000 }")),
              HasViolations("surge_rule.window BAD_SURGE_WINDOW"));
  EXPECT_THAT(Checked(ARule("baseline { seconds: 71999 }")), HasViolations("surge_rule.baseline BAD_BASELINE"));
  EXPECT_THAT(Checked(ARule("baseline { seconds: 7776001 }")), HasViolations("surge_rule.baseline BAD_BASELINE"));
}

TEST(SurgeRulesTest, ScopesHoldWhatTheyName) {
  const SurgeRule each = ARule(""), one = ARule("activity: 'activities/a'"), category = ARule("scope: SCOPE_CATEGORY category: 'payment'"),
                  both = ARule("scope: SCOPE_ACTIVITY_AND_CATEGORY category: 'payment'");
  EXPECT_TRUE(InScope(each, "activities/b", "delivery"));
  EXPECT_FALSE(InScope(each, "", "delivery"));
  EXPECT_FALSE(InScope(one, "activities/b", "delivery"));
  EXPECT_TRUE(InScope(category, "", "payment/refund"));
  EXPECT_FALSE(InScope(category, "", "payments"));
  EXPECT_TRUE(InScope(both, "activities/b", "payment"));
  EXPECT_FALSE(InScope(both, "", "payment"));
  EXPECT_FALSE(InScope(both, "activities/b", "delivery"));
}

}  // namespace
}  // namespace heitie::activity
