#include "services/personnel/training/plan_standing.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"

namespace heitie::personnel {
namespace {

const absl::CivilDay kToday(2026, 3, 20);

v1::Certificate CertificateFor(const std::string& name, absl::CivilDay first, std::optional<absl::CivilDay> last,
                               const std::string& course = "courses/c") {
  v1::Certificate certificate;
  certificate.set_name(name);
  certificate.set_course(course);
  *certificate.mutable_valid_from() = time::ToDate(first);
  if (last) *certificate.mutable_valid_until() = time::ToDate(*last);
  return certificate;
}

TEST(StandingOnTest, OpensSoManyDaysBeforeTheLastDay) {
  const std::vector<v1::Certificate> certificates = {CertificateFor("a", kToday - 100, kToday + 61)};
  const CourseStanding closed = StandingOn("courses/c", certificates, kToday, 60);
  EXPECT_TRUE(closed.closed);
  EXPECT_EQ(closed.certificate, "a");
  EXPECT_EQ(closed.change, kToday + 1);
  const CourseStanding open = StandingOn("courses/c", certificates, kToday + 1, 60);
  EXPECT_FALSE(open.closed);
  EXPECT_EQ(open.certificate, "a") << "it is valid still";
  EXPECT_EQ(open.change, kToday + 62);
  EXPECT_TRUE(StandingOn("courses/c", certificates, kToday + 62, 60).certificate.empty());
}

TEST(StandingOnTest, WhatIsShortCountsForItsFirstHalf) {
  const std::vector<v1::Certificate> certificates = {CertificateFor("a", kToday, kToday + 9)};
  for (int day = 0; day < 10; ++day) EXPECT_EQ(StandingOn("courses/c", certificates, kToday + day, 60).closed, day < 5) << day;
}

TEST(StandingOnTest, NeverOpensWhatDoesNotExpire) {
  const CourseStanding standing =
      StandingOn("courses/c", {CertificateFor("a", kToday - 9, std::nullopt), CertificateFor("b", kToday + 3, kToday + 5)}, kToday, 60);
  EXPECT_TRUE(standing.closed);
  EXPECT_EQ(standing.certificate, "a");
  EXPECT_FALSE(standing.until);
  EXPECT_FALSE(standing.change);
}

// Against a walk over the days; and whatever is said of a day holds until the day on which it is said to change.
TEST(StandingOnTest, IsWhatTheDaysSay) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 4000; ++round) {
    std::vector<v1::Certificate> certificates;
    for (size_t i = 0, n = random() % 5; i < n; ++i) {
      const absl::CivilDay first = kToday + static_cast<int>(random() % 40) - 20;
      std::optional<absl::CivilDay> last;
      if (random() % 8 != 0) last = first + static_cast<int>(random() % 25);
      certificates.push_back(CertificateFor(absl::StrCat("c", i), first, last, random() % 5 == 0 ? "courses/other" : "courses/c"));
    }
    const int renewal = static_cast<int>(random() % 12);
    const auto held = [&](absl::CivilDay day) {
      return std::any_of(certificates.begin(), certificates.end(), [&](const v1::Certificate& c) {
        return c.course() == "courses/c" && time::ToDay(c.valid_from()) <= day &&
               !(c.has_valid_until() && time::ToDay(c.valid_until()) < day);
      });
    };
    constexpr int kFar = 200;  // beyond every last day
    std::optional<CourseStanding> before;
    for (int day = 0; day < 60; ++day) {
      const absl::CivilDay today = kToday + day - 10;
      const CourseStanding standing = StandingOn("courses/c", certificates, today, renewal);
      int days = 0;
      while (days < kFar && held(today + days)) ++days;
      ASSERT_EQ(standing.certificate.empty(), days == 0);
      if (days == 0) {
        ASSERT_FALSE(standing.closed);
      } else if (days == kFar) {
        ASSERT_TRUE(standing.closed);
        ASSERT_FALSE(standing.until);
      } else {
        ASSERT_EQ(standing.until, today + days - 1);
        const auto last = std::find_if(certificates.begin(), certificates.end(),
                                       [&](const v1::Certificate& c) { return c.name() == standing.certificate; });
        const int whole = static_cast<int>(time::ToDay(last->valid_until()) - time::ToDay(last->valid_from())) + 1;
        const int used = static_cast<int>(today - time::ToDay(last->valid_from()));
        ASSERT_EQ(standing.closed, days - 1 > renewal || 2 * used < whole);
      }
      if (standing.change) {
        ASSERT_GT(*standing.change, today);
      }
      if (before && !(before->change && *before->change <= today)) {
        ASSERT_EQ(standing.closed, before->closed) << round << " " << day;
        ASSERT_EQ(standing.certificate, before->certificate);
        ASSERT_EQ(standing.until, before->until);
      } else {
        before = standing;
      }
      if (before->change && *before->change <= today) before = standing;
    }
  }
}

TEST(SettleTest, TakesTheNextDayOfAllItems) {
  v1::TrainingPlan plan;
  for (const char* course : {"courses/a", "courses/b", "courses/c"}) plan.add_items()->set_course(course);
  Settle(plan, {CertificateFor("a", kToday - 300, kToday + 100, "courses/a"), CertificateFor("b", kToday - 300, kToday + 80, "courses/b")},
         kToday, 60);
  EXPECT_EQ(plan.items(0).state(), v1::TrainingPlanItem::STATE_CLOSED);
  EXPECT_EQ(plan.items(2).state(), v1::TrainingPlanItem::STATE_OPEN);
  EXPECT_EQ(time::ToDay(plan.change_date()), kToday + 20);
  EXPECT_FALSE(AllClosed(plan));
  EXPECT_FALSE(DueDayOf(plan)) << "neither a session nor a certificate to renew";
  *plan.mutable_items(2)->mutable_date() = time::ToDate(kToday + 7);
  EXPECT_EQ(DueDayOf(plan), kToday + 7);
  Settle(plan, {CertificateFor("a", kToday - 300, kToday + 10, "courses/a")}, kToday, 60);
  plan.mutable_items(2)->clear_date();
  EXPECT_EQ(DueDayOf(plan), kToday + 10) << "the certificate that is to be renewed";
  EXPECT_FALSE(AllClosed(v1::TrainingPlan())) << "nothing is not done";
}

}  // namespace
}  // namespace heitie::personnel
