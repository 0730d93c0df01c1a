#include <map>

#include "heitie/risk/v1/risk_occurrence.pb.h"
#include "services/risk/risk_fixture.h"
#include "services/risk/treatment/avoidance_preview.h"
#include "services/risk/treatment/measures.h"

namespace heitie::risk {
namespace {

using test::EqualsProto;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using v1::AssessmentDuty;
using v1::AvoidancePreview;
using v1::Risk;
using v1::RiskMeasure;

TEST(JudgeEffect, ByWhatHasHappenedThenByTheIndicatorAndNeverAsProof) {
  const auto judge = [](v1::Light before, v1::Light now, int occurrences) {
    RiskMeasure measure;
    JudgeEffect({before, now, occurrences}, measure);
    EXPECT_FALSE(measure.effect_statement().empty());
    return std::make_pair(measure.effect(), measure.effect_strength());
  };
  using M = RiskMeasure;
  EXPECT_EQ(judge(v1::LIGHT_RED, v1::LIGHT_GREEN, 1), std::make_pair(M::EFFECT_INEFFECTIVE, M::STRENGTH_STRONG));
  EXPECT_EQ(judge(v1::LIGHT_AMBER, v1::LIGHT_RED, 0), std::make_pair(M::EFFECT_INEFFECTIVE, M::STRENGTH_MEDIUM));
  EXPECT_EQ(judge(v1::LIGHT_RED, v1::LIGHT_AMBER, 0), std::make_pair(M::EFFECT_EFFECTIVE, M::STRENGTH_MEDIUM));
  EXPECT_EQ(judge(v1::LIGHT_AMBER, v1::LIGHT_AMBER, 0), std::make_pair(M::EFFECT_UNKNOWN, M::STRENGTH_WEAK));
  EXPECT_EQ(judge(v1::LIGHT_GREEN, v1::LIGHT_GREEN, 0), std::make_pair(M::EFFECT_EFFECTIVE, M::STRENGTH_WEAK));
  EXPECT_EQ(judge(v1::LIGHT_UNKNOWN, v1::LIGHT_GREEN, 0), std::make_pair(M::EFFECT_EFFECTIVE, M::STRENGTH_WEAK));
  EXPECT_EQ(judge(v1::LIGHT_RED, v1::LIGHT_UNKNOWN, 0), std::make_pair(M::EFFECT_UNKNOWN, M::STRENGTH_WEAK));
  EXPECT_EQ(judge(v1::LIGHT_UNSPECIFIED, v1::LIGHT_UNSPECIFIED, 0), std::make_pair(M::EFFECT_UNKNOWN, M::STRENGTH_WEAK));
}

TEST(AddStock, GivesBackWhatIsNotIssuedAndTellsWhatStays) {
  AvoidancePreview preview;
  AddStock(Proto<resource::v1::Reservation>(R"pb(
             subject: "activities/sale"
             state: STATE_CONFIRMED
             lines { item: "items/a" quantity: 10 issued_quantity: 4 returned_quantity: 1 released_quantity: 2 }
             lines { item: "items/b" quantity: 3 released_quantity: 3 }
           )pb"),
           preview);
  AddStock(Proto<resource::v1::Reservation>(
               "subject: 'activities/sale' state: STATE_CLOSED lines { item: 'items/c' quantity: 5 issued_quantity: 5 }"),
           preview);
  AddMoney(Proto<resource::v1::Encumbrance>("subject: 'activities/sale' budget: 'budgets/b' state: STATE_COMMITTED pre_committed_minor: 7 "
                                            "committed_minor: 5 actual_minor: 2 currency_code: 'CNY' paper: 'purchaseOrders/o'"),
           preview);
  AddMoney(Proto<resource::v1::Encumbrance>("subject: 'activities/sale' budget: 'budgets/b' state: STATE_RELEASED"), preview);
  EXPECT_THAT(preview, EqualsProto(Proto<AvoidancePreview>(R"pb(
                stocks { subject: "activities/sale" item: "items/a" freed_quantity: 4 issued_quantity: 3 }
                stocks { subject: "activities/sale" item: "items/c" issued_quantity: 5 }
                money {
                  subject: "activities/sale"
                  budget: "budgets/b"
                  freed_minor: 12
                  actual_minor: 2
                  currency_code: "CNY"
                  paper: "purchaseOrders/o"
                }
              )pb")));
}

class EffectTest : public RiskFixture {
 protected:
  // A reduction by a measure that is verified, and evaluated on 2026-03-01; its risk rests on it.
  std::string Verified() {
    EXPECT_THAT(Create("r"), IsOk());
    EXPECT_THAT(Assess("r", 2, 3), IsOk());
    const auto treated = Treat("r", Reduce());
    EXPECT_THAT(treated, IsOk());
    const std::string measure = treated->treatment().reduction().measures(0).risk_measure();
    EXPECT_THAT(Set(measure, "month: 1 day: 31"), HasViolation("risk_measure.evaluation_date", "EFFECT_TOO_EARLY"));
    EXPECT_THAT(Set(measure, "month: 3 day: 1"), IsOk());
    Verify(measure);
    EXPECT_THAT(Assess("r", 2, 3, "residual { likelihood: 1 impact: 2 }"), IsOk());
    EXPECT_EQ(Get("r").level(), v1::LEVEL_LOW);
    return measure;
  }
  absl::Status Set(const std::string& measure, const std::string& day) {
    return Try<RiskMeasure, v1::UpdateRiskMeasureRequest>("UpdateRiskMeasure", Specialist(),
                                                          absl::StrCat("risk_measure { name: '", measure, "' evaluation_date { year: 2026 ",
                                                                       day, " } } update_mask { paths: 'evaluation_date' }"))
        .status();
  }
  RiskMeasure Measured(const std::string& name) {
    const auto measure = Try<RiskMeasure, v1::GetRiskMeasureRequest>("GetRiskMeasure", Analyst(), absl::StrCat("name: '", name, "'"));
    EXPECT_THAT(measure, IsOk());
    return measure.value_or(RiskMeasure());
  }
};

TEST_F(EffectTest, WhatNothingTellsOfStays) {
  const std::string measure = Verified();
  clock_.Advance(absl::Hours(24 * 58));
  RunJobs();
  EXPECT_EQ(Measured(measure).effect(), RiskMeasure::EFFECT_UNSPECIFIED) << "its day has not come";
  clock_.Advance(absl::Hours(24));
  RunJobs();
  EXPECT_EQ(Measured(measure).effect(), RiskMeasure::EFFECT_UNKNOWN);
  EXPECT_EQ(Get("r").level(), v1::LEVEL_LOW);
}

TEST_F(EffectTest, AMeasureWithoutEffectVoidsTheReductionThatHasNoOther) {
  const std::string measure = Verified();
  clock_.Advance(absl::Hours(24 * 10));
  ASSERT_THAT((Try<v1::RiskOccurrence, v1::CreateRiskOccurrenceRequest>(
                  "CreateRiskOccurrence", Specialist(),
                  absl::StrCat("risk_occurrence { occur_time ", At(-absl::Hours(1)),
                               " cause: 'c' currency_code: 'CNY' loss_minor: 5 shares { risk: 'risks/r' loss_minor: 5 } }"))),
              IsOk());
  ASSERT_THAT(Assess("r", 2, 3, "residual { likelihood: 1 impact: 2 }"), IsOk());
  clock_.Advance(absl::Hours(24 * 49));
  RunJobs();
  EXPECT_EQ(Measured(measure).effect(), RiskMeasure::EFFECT_INEFFECTIVE);
  const Risk risk = Get("r");
  EXPECT_EQ(risk.state(), Risk::STATE_ASSESSED);
  EXPECT_EQ(risk.level(), v1::LEVEL_MEDIUM);
  EXPECT_FALSE(risk.has_treatment());
  EXPECT_THAT(Duties("r"), ElementsAre(AssessmentDuty::CAUSE_INEFFECTIVE));
}

}  // namespace
}  // namespace heitie::risk
