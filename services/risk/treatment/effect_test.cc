#include "services/risk/treatment/effect.h"

#include <optional>
#include <utility>

#include "google/type/date.pb.h"
#include "heitie/metrics/v1/measure.pb.h"
#include "heitie/risk/v1/risk_occurrence.pb.h"
#include "services/risk/risk_fixture.h"
#include "services/risk/treatment/avoidance_preview.h"

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
    JudgeEffect({before, now, occurrences, std::nullopt}, measure);
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

// What rests on more counts, and of as much what is bad: each combination against the plain rule.
TEST(JudgeEffect, MetricsTellAChangeFromChance) {
  using M = RiskMeasure;
  namespace m = metrics::v1;
  const auto judge = [](v1::Light before, v1::Light now, int occurrences, m::Conclusion conclusion, m::Strength strength) {
    RiskMeasure measure;
    JudgeEffect({before, now, occurrences, MetricsVerdict{conclusion, strength}}, measure);
    EXPECT_EQ(measure.conclusion(), conclusion);
    EXPECT_EQ(measure.conclusion_strength(), strength);
    return std::make_pair(measure.effect(), measure.effect_strength());
  };
  const auto none = v1::LIGHT_UNSPECIFIED, red = v1::LIGHT_RED, green = v1::LIGHT_GREEN;
  EXPECT_EQ(judge(none, none, 0, m::CONCLUSION_BETTER, m::STRENGTH_STRONG), std::make_pair(M::EFFECT_EFFECTIVE, M::STRENGTH_STRONG));
  EXPECT_EQ(judge(none, none, 0, m::CONCLUSION_BETTER, m::STRENGTH_MODERATE), std::make_pair(M::EFFECT_EFFECTIVE, M::STRENGTH_MEDIUM));
  EXPECT_EQ(judge(red, green, 0, m::CONCLUSION_BETTER, m::STRENGTH_WEAK), std::make_pair(M::EFFECT_EFFECTIVE, M::STRENGTH_WEAK))
      << "before and since is weak, whatever the lights are";
  EXPECT_EQ(judge(red, green, 0, m::CONCLUSION_WORSE, m::STRENGTH_WEAK), std::make_pair(M::EFFECT_INEFFECTIVE, M::STRENGTH_WEAK));
  EXPECT_EQ(judge(red, green, 0, m::CONCLUSION_OPEN, m::STRENGTH_WEAK), std::make_pair(M::EFFECT_EFFECTIVE, M::STRENGTH_WEAK))
      << "it may be chance";
  EXPECT_EQ(judge(red, green, 0, m::CONCLUSION_UNDEFINED, m::STRENGTH_NONE), std::make_pair(M::EFFECT_EFFECTIVE, M::STRENGTH_MEDIUM));
  EXPECT_EQ(judge(red, red, 0, m::CONCLUSION_BETTER, m::STRENGTH_MODERATE), std::make_pair(M::EFFECT_INEFFECTIVE, M::STRENGTH_MEDIUM));
  EXPECT_EQ(judge(red, red, 0, m::CONCLUSION_BETTER, m::STRENGTH_STRONG), std::make_pair(M::EFFECT_EFFECTIVE, M::STRENGTH_STRONG));
  EXPECT_EQ(judge(green, green, 1, m::CONCLUSION_BETTER, m::STRENGTH_STRONG), std::make_pair(M::EFFECT_INEFFECTIVE, M::STRENGTH_STRONG))
      << "it has happened again";
  EXPECT_EQ(judge(none, none, 0, m::CONCLUSION_WITHHELD, m::STRENGTH_NONE), std::make_pair(M::EFFECT_UNKNOWN, M::STRENGTH_WEAK));
}

TEST(ChangeToEvaluate, AsksForTheCourseSinceItWasVerified) {
  const absl::TimeZone zone = service::DefaultTimeZone();
  const auto asked = [&](const std::string& definition, int evaluation_day) {
    RiskMeasure measure;
    *measure.mutable_verify_time() = time::ToTimestamp(absl::FromCivil(absl::CivilHour(2026, 3, 2, 10), zone));
    *measure.mutable_evaluation_date() = Proto<google::type::Date>(absl::StrCat("year: 2026 month: 3 day: ", evaluation_day));
    return ChangeToEvaluate(measure, Proto<v1::IndicatorDefinition>(definition), zone);
  };
  const std::string metric = "metric: 'metricDefinitions/errors' activity: 'activities/sale' ";
  const auto request = asked(metric + "direction: DIRECTION_HIGH_IS_BAD", 22);
  ASSERT_TRUE(request.has_value());
  EXPECT_THAT(*request, EqualsProto(Proto<metrics::v1::EvaluateChangeRequest>(R"pb(
    metric { metric: "metricDefinitions/errors" }
    direction: DIRECTION_DECREASE
    plan {
      activity: "activities/sale"
      before_after {
        change_date { year: 2026 month: 3 day: 2 }
        days_before: 28
        days_after: 20
        weekday_terms: true
      }
    }
  )pb")));
  EXPECT_EQ(asked(metric + "direction: DIRECTION_LOW_IS_BAD", 4)->direction(), metrics::v1::DIRECTION_INCREASE);
  EXPECT_FALSE(asked(metric + "direction: DIRECTION_LOW_IS_BAD", 4)->plan().before_after().weekday_terms());
  EXPECT_FALSE(asked(metric, 3).has_value()) << "a day tells nothing";
  EXPECT_FALSE(asked("item: 'items/a'", 22).has_value());
  EXPECT_FALSE(asked("count: COUNT_VACANCIES", 22).has_value());
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
  AddOrder(Proto<resource::v1::SubjectOrder>("subject: 'activities/sale' purchase_order: 'purchaseOrders/o' line: 1 item: 'items/a' "
                                             "supplier: 'suppliers/s' state: STATE_PART_RECEIVED open_quantity: 2 accepted_quantity: 1 "
                                             "expected_date { year: 2026 month: 3 day: 1 }"),
           preview);
  AddOrder(Proto<resource::v1::SubjectOrder>("subject: 'activities/sale' purchase_order: 'purchaseOrders/given-up'"), preview);
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
                orders {
                  subject: "activities/sale"
                  purchase_order: "purchaseOrders/o"
                  item: "items/a"
                  supplier: "suppliers/s"
                  state: "STATE_PART_RECEIVED"
                  open_quantity: 2
                  accepted_quantity: 1
                  expected_date { year: 2026 month: 3 day: 1 }
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

// While metrics are away it is judged later; then what they say counts, of a measure of theirs its verdict.
TEST_F(EffectTest, MetricsAreAskedOnTheDay) {
  const std::string measure = Verified();
  ASSERT_THAT((Try<RiskMeasure, v1::UpdateRiskMeasureRequest>("UpdateRiskMeasure", Specialist(),
                                                              absl::StrCat("risk_measure { name: '", measure,
                                                                           "' metrics_measure: 'measures/queue' } update_mask { paths: "
                                                                           "'metrics_measure' }"))),
              test::HasReason("RISK_MEASURE_SETTLED"));
  ASSERT_THAT((Try<RiskMeasure, v1::ReopenRiskMeasureRequest>("ReopenRiskMeasure", Specialist(),
                                                              absl::StrCat("name: '", measure, "' reason: 'r'"))),
              IsOk());
  ASSERT_THAT((Try<RiskMeasure, v1::UpdateRiskMeasureRequest>("UpdateRiskMeasure", Specialist(),
                                                              absl::StrCat("risk_measure { name: '", measure,
                                                                           "' metrics_measure: 'measures/queue' } update_mask { paths: "
                                                                           "'metrics_measure' }"))),
              IsOk());
  Verify(measure);
  int asked = 0;
  bool away = true;
  clients_["metrics"].On<metrics::v1::GetMeasureRequest, metrics::v1::Measure>(
      "heitie.metrics.v1.OptimisationService/GetMeasure",
      [&](const rpc::Call& call, const metrics::v1::GetMeasureRequest& request) -> absl::StatusOr<metrics::v1::Measure> {
        EXPECT_EQ(call.principal.name, "services/risk");
        EXPECT_EQ(request.name(), "measures/queue");
        ++asked;
        if (away) return absl::UnavailableError("away");
        return Proto<metrics::v1::Measure>("start_time { seconds: 1 }");
      });
  clients_["metrics"].On<metrics::v1::ExamineMeasureRequest, metrics::v1::Verdict>(
      "heitie.metrics.v1.OptimisationService/ExamineMeasure", [&](const rpc::Call&, const metrics::v1::ExamineMeasureRequest&) {
        const bool waits = clock_.Now() < absl::FromCivil(absl::CivilDay(2026, 3, 2), service::DefaultTimeZone());
        return Proto<metrics::v1::Verdict>(
            absl::StrCat("conclusion: CONCLUSION_BETTER strength: STRENGTH_STRONG ", waits ? "waiting_for: 'producers/shop'" : ""));
      });
  clock_.Set(absl::FromCivil(absl::CivilHour(2026, 3, 1, 1), service::DefaultTimeZone()));
  RunJobs();
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(Measured(measure).effect(), RiskMeasure::EFFECT_UNSPECIFIED);
  away = false;
  clock_.Advance(absl::Hours(1));
  RunJobs();
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(Measured(measure).effect(), RiskMeasure::EFFECT_UNSPECIFIED) << "figures of the days before are awaited";
  clock_.Advance(absl::Hours(24));
  RunJobs();
  const RiskMeasure judged = Measured(measure);
  EXPECT_EQ(judged.effect(), RiskMeasure::EFFECT_EFFECTIVE);
  EXPECT_EQ(judged.effect_strength(), RiskMeasure::STRENGTH_STRONG);
  EXPECT_EQ(judged.conclusion(), metrics::v1::CONCLUSION_BETTER);
  EXPECT_EQ(judged.effect_statement(), "metrics judge that it made things better, beyond chance");
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

TEST_F(EffectTest, WhatWasTakenBackSaysNothingOfAMeasure) {
  const std::string measure = Verified();
  clock_.Advance(absl::Hours(24 * 10));
  const auto occurrence = Try<v1::RiskOccurrence, v1::CreateRiskOccurrenceRequest>(
      "CreateRiskOccurrence", Specialist(),
      absl::StrCat("risk_occurrence { occur_time ", At(-absl::Hours(1)),
                   " cause: 'c' currency_code: 'CNY' loss_minor: 5 shares { risk: 'risks/r' loss_minor: 5 } }"));
  ASSERT_THAT(occurrence, IsOk());
  ASSERT_THAT((Try<v1::RiskOccurrence, v1::WithdrawRiskOccurrenceRequest>(
                  "WithdrawRiskOccurrence", Specialist(), absl::StrCat("name: '", occurrence->name(), "' reason: 'told by mistake'"))),
              IsOk());
  clock_.Advance(absl::Hours(24 * 49));
  RunJobs();
  EXPECT_EQ(Measured(measure).effect(), RiskMeasure::EFFECT_UNKNOWN);
}

}  // namespace
}  // namespace heitie::risk
