#include "services/risk/register/overdue.h"

#include <algorithm>

#include "services/risk/told_fixture.h"

namespace heitie::risk {
namespace {

using test::IsOk;

TEST(OverdueVerb, TellsEachDayOnceAndEscalatesOnce) {
  EXPECT_EQ(OverdueVerb(0, 0, 5), nullptr);
  EXPECT_STREQ(OverdueVerb(0, 1, 5), "overdue");
  EXPECT_EQ(OverdueVerb(3, 3, 5), nullptr);
  EXPECT_STREQ(OverdueVerb(4, 5, 5), "escalate");
  EXPECT_STREQ(OverdueVerb(2, 9, 5), "escalate") << "a day that was missed hides nothing";
  EXPECT_STREQ(OverdueVerb(5, 6, 5), "overdue");
  EXPECT_STREQ(OverdueVerb(9, 5, 5), "escalate") << "counted anew";
  EXPECT_STREQ(OverdueVerb(9, 0, 5), "in_time");
  EXPECT_STREQ(OverdueVerb(4, 5, 0), "overdue");
}

using OverdueTest = ToldFixture;

TEST_F(OverdueTest, MeasuresTestsReviewsChecksAndRenewalsComeBackEveryDay) {
  const auto count = [&](const std::string& subject, const std::string& action) {
    const std::vector<std::string> actions = ActionsOn(subject);
    return std::count(actions.begin(), actions.end(), action);
  };
  for (const char* id : {"r", "s", "t"}) ASSERT_THAT(Create(id), IsOk());
  ASSERT_THAT(Assess("r", 2, 3), IsOk());
  const auto reduced = Treat("r", Reduce());  // its measure is due on 2026-02-01
  ASSERT_THAT(reduced, IsOk());
  const std::string measure = reduced->treatment().reduction().measures(0).risk_measure();
  ASSERT_THAT(Register("c", "r", 10), IsOk());
  ASSERT_THAT(Assess("t", 1, 1), IsOk());
  ASSERT_THAT(Treat("t", Accept(kDay * 300, "check_days: 31")), IsOk());
  ASSERT_THAT(Conclude("i", "s"), IsOk());  // ends in ten days: within the days of the policy
  Later(absl::Minutes(20));
  EXPECT_EQ(count("riskControls/c", "overdue"), 1) << "it was never tested";
  EXPECT_EQ(count("transferInstruments/i", "escalate"), 1) << "its renewal has been due for twenty days";
  Later(absl::Minutes(20));
  EXPECT_EQ(count("riskControls/c", "overdue"), 1);
  ASSERT_THAT(Test("c", true), IsOk());
  Later(absl::Minutes(20));
  EXPECT_EQ(count("riskControls/c", "in_time"), 1);
  clock_.Advance(kDay * 32);
  Later(absl::Minutes(20));
  EXPECT_EQ(count(measure, "overdue"), 1);
  EXPECT_EQ(count("risks/t", "overdue"), 1) << "its check";
  EXPECT_EQ(Get("t").check_overdue_days(), 2);
  clock_.Advance(kDay * 4);
  Later(absl::Minutes(20));
  EXPECT_EQ(count(measure, "escalate"), 1);
  EXPECT_EQ(count("risks/t", "escalate"), 0) << "its acceptance has lapsed, and it is open again";
  Verify(measure);
  clock_.Advance(kDay * 4);
  Later(absl::Minutes(20));
  EXPECT_EQ(count(measure, "escalate") + count(measure, "overdue"), 2) << "it is done";
}

}  // namespace
}  // namespace heitie::risk
