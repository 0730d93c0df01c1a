#include "services/risk/register/summary.h"

#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/summary.pb.h"

namespace heitie::risk {
namespace {

using test::Proto;
using v1::Risk;
using v1::RiskSummary;

const absl::Time kAsked = absl::FromUnixSeconds(1767268800);

Risk In(Risk::State state, v1::Level level, const std::string& rest = "") {
  Risk risk = Proto<Risk>(rest);
  risk.set_name("risks/r");
  risk.set_etag("5");
  risk.set_title("servers overload");
  risk.set_subject("activities/a");
  risk.set_state(state);
  risk.set_level(level);
  if (!risk.has_current()) risk.mutable_current()->set_level(level);
  return risk;
}

TEST(Summarize, BlocksWhatIsNotAssessed) {
  EXPECT_EQ(Summarize(In(Risk::STATE_IDENTIFIED, v1::LEVEL_UNSPECIFIED), kAsked).blocking_reason(), RiskSummary::BLOCKING_UNASSESSED);
  EXPECT_EQ(Summarize(In(Risk::STATE_REOPENED, v1::LEVEL_LOW), kAsked).blocking_reason(), RiskSummary::BLOCKING_UNASSESSED);
}

TEST(Summarize, BlocksUntreatedHighAndMediumOnly) {
  EXPECT_EQ(Summarize(In(Risk::STATE_ASSESSED, v1::LEVEL_HIGH), kAsked).blocking_reason(), RiskSummary::BLOCKING_HIGH_UNTREATED);
  EXPECT_EQ(Summarize(In(Risk::STATE_ASSESSED, v1::LEVEL_MEDIUM), kAsked).blocking_reason(), RiskSummary::BLOCKING_MEDIUM_UNTREATED);
  EXPECT_FALSE(Summarize(In(Risk::STATE_ASSESSED, v1::LEVEL_LOW), kAsked).blocking());
}

TEST(Summarize, BlocksAReducedHighUntilItsResidualIsLower) {
  const std::string reduced = "strategy: STRATEGY_REDUCE treatment { reduction {} controllable: true } current { level: LEVEL_HIGH }";
  EXPECT_EQ(Summarize(In(Risk::STATE_TREATED, v1::LEVEL_HIGH, reduced), kAsked).blocking_reason(), RiskSummary::BLOCKING_HIGH_NOT_REDUCED);
  EXPECT_FALSE(Summarize(In(Risk::STATE_TREATED, v1::LEVEL_MEDIUM, reduced), kAsked).blocking());
}

TEST(Summarize, BlocksWhatIsToBeAvoidedAtEveryLevel) {
  const std::string avoided = "strategy: STRATEGY_AVOID treatment { avoidance {} }";
  for (const v1::Level level : {v1::LEVEL_LOW, v1::LEVEL_MEDIUM, v1::LEVEL_HIGH}) {
    EXPECT_EQ(Summarize(In(Risk::STATE_TREATED, level, avoided), kAsked).blocking_reason(), RiskSummary::BLOCKING_TO_BE_AVOIDED);
  }
}

TEST(Summarize, JudgesAnAcceptanceByTimeWhateverTheJobHasDone) {
  Risk risk = In(Risk::STATE_TREATED, v1::LEVEL_LOW, "strategy: STRATEGY_ACCEPT treatment { acceptance {} }");
  *risk.mutable_expire_time() = time::ToTimestamp(kAsked);
  EXPECT_FALSE(Summarize(risk, kAsked - absl::Microseconds(1)).blocking());
  EXPECT_EQ(Summarize(risk, kAsked).blocking_reason(), RiskSummary::BLOCKING_ACCEPTANCE_EXPIRED);
  risk.set_state(Risk::STATE_REOPENED);
  EXPECT_EQ(Summarize(risk, kAsked).blocking_reason(), RiskSummary::BLOCKING_ACCEPTANCE_EXPIRED);
}

TEST(Summarize, JudgesATransferByTheValidityOfItsInstrument) {
  Risk risk =
      In(Risk::STATE_TREATED, v1::LEVEL_LOW, "strategy: STRATEGY_TRANSFER treatment { transfer {} } current { level: LEVEL_MEDIUM }");
  *risk.mutable_treatment()->mutable_transfer()->mutable_start_time() = time::ToTimestamp(kAsked);
  *risk.mutable_expire_time() = time::ToTimestamp(kAsked + absl::Hours(1));
  EXPECT_EQ(Summarize(risk, kAsked - absl::Microseconds(1)).blocking_reason(), RiskSummary::BLOCKING_TRANSFER_NOT_BEGUN);
  EXPECT_FALSE(Summarize(risk, kAsked).blocking());
  EXPECT_EQ(Summarize(risk, kAsked).level(), v1::LEVEL_LOW);
  const RiskSummary expired = Summarize(risk, kAsked + absl::Hours(1));
  EXPECT_EQ(expired.blocking_reason(), RiskSummary::BLOCKING_TRANSFER_EXPIRED);
  EXPECT_EQ(expired.level(), v1::LEVEL_MEDIUM) << "without its treatment the current rating counts";
}

TEST(Summarize, StatesItsFact) {
  const RiskSummary summary = Summarize(In(Risk::STATE_ASSESSED, v1::LEVEL_HIGH), kAsked);
  EXPECT_EQ(summary.fact().subject(), "risks/r");
  EXPECT_EQ(summary.fact().version(), "5");
  EXPECT_EQ(summary.fact().statement(), "\"servers overload\" on activities/a, level HIGH: HIGH and not treated");
}

TEST(Summarize, WritesMomentsInTheTimeZoneOfTheQuestion) {
  Risk risk = In(Risk::STATE_TREATED, v1::LEVEL_LOW, "strategy: STRATEGY_ACCEPT treatment { acceptance {} }");
  *risk.mutable_expire_time() = time::ToTimestamp(kAsked + absl::Hours(1));
  EXPECT_EQ(Summarize(risk, kAsked, "Asia/Taipei").fact().statement(),
            "\"servers overload\" on activities/a, level LOW, treatment ACCEPT until 2026-01-01 21:00 +08:00: stands against nothing");
  EXPECT_THAT(Summarize(risk, kAsked).fact().statement(), ::testing::HasSubstr("until 2026-01-01 13:00 +00:00:"));
}

}  // namespace
}  // namespace heitie::risk
