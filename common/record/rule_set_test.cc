#include "common/record/rule_set.h"

#include <gtest/gtest.h>

#include "common/test/fixture.h"
#include "heitie/personnel/v1/calendar.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"

// What of the kit is pure; the rest is tried with its users, risk matrices and calendars.
namespace heitie::record::rules {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::IsOk;

const absl::Time kNow = absl::FromUnixSeconds(1767225600);
const absl::Duration kStep = absl::Microseconds(1);

TEST(RuleSetTest, TheVersionsOfASetAreARangeOfNames) {
  EXPECT_EQ(RangeOf(*risk::v1::RiskMatrix::descriptor(), ""), sql::Bind("riskMatrices/", "riskMatrices0"));
  EXPECT_EQ(RangeOf(*personnel::v1::CalendarVersion::descriptor(), "calendars/a"),
            sql::Bind("calendars/a/versions/", "calendars/a/versions0"));
}

TEST(RuleSetTest, TheFirstVersionBeginsWithItsPublication) {
  for (const std::optional<absl::Time>& wanted : {std::optional<absl::Time>(), {kNow + absl::Hours(1)}, {kNow - absl::Hours(1)}}) {
    EXPECT_EQ(StartOf("v", {}, wanted, kNow).value(), kNow);
  }
}

TEST(RuleSetTest, NoVersionBeginsBeforeItsPublicationOrWithAnother) {
  const std::vector<Start> published = {{"first", kNow - absl::Hours(9)}, {"next", kNow + absl::Hours(9)}};
  EXPECT_EQ(StartOf("v", published, std::nullopt, kNow).value(), kNow);
  EXPECT_EQ(StartOf("v", published, kNow, kNow).value(), kNow);
  EXPECT_EQ(StartOf("v", published, kNow + absl::Hours(1), kNow).value(), kNow + absl::Hours(1)) << "before one that is published already";
  EXPECT_THAT(StartOf("v", published, kNow - kStep, kNow), HasReason("START_IN_THE_PAST"));
  EXPECT_THAT(StartOf("v", published, kNow + absl::Hours(9), kNow), HasReason("START_TAKEN"));
}

// Who waited for its turn arrived before the first one was published, which counts for all time before.
TEST(RuleSetTest, NoVersionBeginsBeforeTheFirstOne) {
  const std::vector<Start> published = {{"first", kNow + 5 * kStep}, {"next", kNow + 6 * kStep}};
  EXPECT_EQ(StartOf("v", {published[0]}, std::nullopt, kNow).value(), kNow + 6 * kStep);
  EXPECT_EQ(StartOf("v", published, std::nullopt, kNow).value(), kNow + 7 * kStep);
  EXPECT_THAT(StartOf("v", published, kNow + 2 * kStep, kNow), HasReason("START_IN_THE_PAST"));
  EXPECT_THAT(StartOf("v", published, kNow + 5 * kStep, kNow), HasReason("START_TAKEN"));
  EXPECT_EQ(StartOf("v", published, kNow + 8 * kStep, kNow).value(), kNow + 8 * kStep);
}

TEST(RuleSetTest, WhoWantsNoInstantGetsTheFirstFreeOne) {
  EXPECT_EQ(StartOf("v", {{"a", kNow}, {"b", kNow + kStep}, {"c", kNow + 3 * kStep}}, std::nullopt, kNow).value(), kNow + 2 * kStep);
}

}  // namespace
}  // namespace heitie::record::rules
