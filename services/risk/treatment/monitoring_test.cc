// Who sees that a measure is done, and what watches an accepted risk.
#include "heitie/risk/v1/risk_indicator.pb.h"
#include "heitie/risk/v1/risk_view.pb.h"
#include "services/risk/risk_fixture.h"

namespace heitie::risk {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using v1::Risk;
using v1::RiskMeasure;
using v1::RiskSummary;

using MonitoringTest = RiskFixture;

TEST_F(MonitoringTest, WhoSaysThatAMeasureIsDoneDoesNotVerifyIt) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Assess("r", 2, 3), IsOk());
  const auto treated = Treat("r", Reduce());
  ASSERT_THAT(treated, IsOk());
  const std::string named = absl::StrCat("name: '", treated->treatment().reduction().measures(0).risk_measure(), "' ");
  const auto finish = [&] {
    ASSERT_THAT((Try<RiskMeasure, v1::StartRiskMeasureRequest>("StartRiskMeasure", Specialist(), named)), IsOk());
    const auto done = Try<RiskMeasure, v1::FinishRiskMeasureRequest>("FinishRiskMeasure", Specialist(), named);
    ASSERT_THAT(done, IsOk());
    EXPECT_EQ(done->finisher(), "employees/specialist") << "on behalf of its owner, employees/li-ming";
  };
  const auto verify = [&](const rpc::Call& call) {
    return Try<RiskMeasure, v1::VerifyRiskMeasureRequest>("VerifyRiskMeasure", call, named + "evidence: 'e'");
  };
  finish();
  EXPECT_THAT(verify(Specialist()), HasReason("OWN_WORK"));
  ASSERT_THAT(verify(Analyst()), IsOk());
  const auto again = Try<RiskMeasure, v1::ReopenRiskMeasureRequest>("ReopenRiskMeasure", Analyst(), named + "reason: 'r'");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->finisher(), "");
  finish();
}

// What is proposed of a measure is decided, and is so of the thing that it becomes.
TEST_F(MonitoringTest, AMeasureIsProposedWithAllThatIsSaidOfIt) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Assess("r", 2, 3), IsOk());
  const auto reduce = [](const std::string& more) {
    return absl::StrCat("reduction { measures { description: 'd' owner: 'employees/li-ming' due_date { year: 2026 month: 2 day: 1 } ", more,
                        " } }");
  };
  EXPECT_THAT(Propose("r", reduce("evaluation_date { year: 2026 month: 1 day: 31 }")),
              HasViolation("treatment.reduction.measures[0].evaluation_date", "EFFECT_TOO_EARLY"));
  EXPECT_THAT(Propose("r", reduce("indicator: 'riskIndicators/nothing'")), HasReason("NOT_FOUND"));
  const auto treated =
      Treat("r", reduce("kind: KIND_TECHNICAL cost_minor: 900 currency_code: 'CNY' target { likelihood: 1 impact: 3 level: "
                        "LEVEL_HIGH } evaluation_date { year: 2026 month: 3 day: 1 }"));
  ASSERT_THAT(treated, IsOk());
  const std::string& name = treated->treatment().reduction().measures(0).risk_measure();
  const auto measure = Try<RiskMeasure, v1::GetRiskMeasureRequest>("GetRiskMeasure", Analyst(), absl::StrCat("name: '", name, "'"));
  ASSERT_THAT(measure, IsOk());
  EXPECT_EQ(measure->kind(), RiskMeasure::KIND_TECHNICAL);
  EXPECT_EQ(measure->cost_minor(), 900);
  EXPECT_EQ(measure->currency_code(), "CNY");
  EXPECT_EQ(measure->target().likelihood(), 1);
  EXPECT_EQ(measure->target().level(), v1::LEVEL_UNSPECIFIED) << "a hope has no level of the caller's";
  EXPECT_EQ(measure->evaluation_date().month(), 3);
}

TEST_F(MonitoringTest, AnAcceptanceThatSaysNothingElseIsCheckedByThePolicy) {
  for (const char* id : {"long", "short", "shown"}) {
    ASSERT_THAT(Create(id), IsOk());
    ASSERT_THAT(Assess(id, 1, 1), IsOk());
  }
  const auto indicator = Try<v1::RiskIndicator, v1::CreateRiskIndicatorRequest>(
      "CreateRiskIndicator", Manager(),
      "risk_indicator_id: 'calls' risk_indicator { title: 'Calls' subject: 'activities/sale' owner: 'employees/tan' risks: 'risks/shown' "
      "definition { metric: 'metricDefinitions/m' direction: DIRECTION_HIGH_IS_BAD period: PERIOD_MONTH amber: 8 amber_release: 7 red: 9 "
      "red_release: 8 enter_periods: 1 leave_periods: 1 allowed_age_hours: 1 reason: 'r' } }");
  ASSERT_THAT(indicator, IsOk());
  const absl::Duration day = absl::Hours(24);
  ASSERT_THAT(Treat("long", Accept(day * 200)), IsOk());
  ASSERT_THAT(Treat("short", Accept(day * 30)), IsOk());
  ASSERT_THAT(Treat("shown", Accept(day * 200)), IsOk());
  EXPECT_EQ(Get("long").treatment().acceptance().check_days(), 30);
  EXPECT_EQ(time::ToTime(Get("long").check_due_time()), clock_.Now() + day * 30);
  EXPECT_EQ(time::ToTime(Get("long").expire_time()), clock_.Now() + day * 33) << "with the grace";
  for (const char* id : {"short", "shown"}) {
    EXPECT_EQ(Get(id).treatment().acceptance().check_days(), 0);
    EXPECT_FALSE(Get(id).has_check_due_time());
  }
  clock_.Advance(day * 29);
  ASSERT_THAT((Try<Risk, v1::CheckAcceptanceRequest>("CheckAcceptance", Analyst(), "name: 'risks/long' finding: 'calm'")), IsOk());
  EXPECT_EQ(time::ToTime(Get("long").check_due_time()), clock_.Now() + day * 30) << "again and again";
  // What shows it no more is for checks from the next decision on.
  ASSERT_THAT((Try<v1::RiskIndicator, v1::RetireRiskIndicatorRequest>("RetireRiskIndicator", Manager(), "name: 'riskIndicators/calls'")),
              IsOk());
  ASSERT_THAT(Assess("shown", 1, 1), IsOk());
  ASSERT_THAT(Treat("shown", Accept(day * 200)), IsOk());
  EXPECT_EQ(Get("shown").treatment().acceptance().check_days(), 30);
}

}  // namespace
}  // namespace heitie::risk
