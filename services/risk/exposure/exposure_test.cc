#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "heitie/risk/v1/loss.pb.h"
#include "heitie/risk/v1/loss_simulation.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_measure.pb.h"
#include "services/risk/service.h"

namespace heitie::risk {
namespace {

using test::HasReason;
using test::HasViolations;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using v1::LossEstimate;
using v1::LossSimulation;

class ExposureTest : public test::ServiceTest<Service> {
 protected:
  ExposureTest() : ServiceTest("risk") {
    for (const std::string id : {"fire", "flood", "theft"}) {
      EXPECT_THAT(Call<v1::Risk>("CreateRisk", Specialist(),
                                 Proto<v1::CreateRiskRequest>(absl::StrCat("risk_id: '", id, R"pb('
                                                                                                  risk {
                                                                                                    category: CATEGORY_OPERATIONAL
                                                                                                    subject: "projects/spring"
                                                                                                    title: "Loss"
                                                                                                    cause: "It happens"
                                                                                                    owner: "employees/li-ming"
                                                                                                  })pb"))),
                  IsOk());
    }
  }

  absl::StatusOr<LossEstimate> Estimate(const std::string& risk, const std::string& figures, const std::string& more = "") {
    return Call<LossEstimate>(
        "CreateLossEstimate", Analyst(),
        Proto<v1::CreateLossEstimateRequest>(absl::StrCat("parent: 'risks/", risk,
                                                          "' loss_estimate { currency_code: 'TWD' source: 'insurers' rationale: 'as ours' ",
                                                          "untreated { ", figures, " } ", more, " }")));
  }
  absl::StatusOr<LossSimulation> Simulate(const std::string& id, const std::string& more) {
    return Call<LossSimulation>("CreateLossSimulation", Analyst(),
                                Proto<v1::CreateLossSimulationRequest>(absl::StrCat(
                                    "loss_simulation_id: '", id, "' loss_simulation { title: 'Year' currency_code: 'TWD' ", more, " }")));
  }
  LossSimulation Done(const std::string& id) {
    for (int i = 0; i < 100; ++i) {
      EXPECT_THAT(jobs_.RunDue().status(), IsOk());
      const auto now = Get(id);
      if (!now.ok() || now->state() == LossSimulation::STATE_DONE) return now.value_or(LossSimulation());
    }
    ADD_FAILURE() << id << " is never done";
    return LossSimulation();
  }
  absl::StatusOr<LossSimulation> Get(const std::string& id) {
    return Call<LossSimulation>("GetLossSimulation", Analyst(),
                                Proto<v1::GetLossSimulationRequest>(absl::StrCat("name: 'lossSimulations/", id, "'")));
  }
  absl::StatusOr<v1::QuantifyLossResponse> Quantify(const std::string& risk, const std::string& more = "") {
    return Call<v1::QuantifyLossResponse>("QuantifyLoss", Analyst(),
                                          Proto<v1::QuantifyLossRequest>(absl::StrCat("name: 'risks/", risk, "' ", more)));
  }
};

// 100,000 to 1,000,000 with two decimals.
constexpr char kGolden[] = "probability_ppm: 100000 lower_minor: 10000000 upper_minor: 100000000";

TEST_F(ExposureTest, QuantifiesTheLatestEstimate) {
  EXPECT_THAT(Quantify("fire"), HasReason("NO_LOSS_ESTIMATE"));
  ASSERT_THAT(Estimate("fire", "probability_ppm: 5000 lower_minor: 10000000 upper_minor: 100000000"), IsOk());
  const auto latest = Estimate("fire", kGolden, "cover { deductible_minor: 20000000 cover_minor: 60000000 } treatment_cost_minor: 1000000");
  ASSERT_THAT(latest, IsOk());
  EXPECT_EQ(latest->creator(), "employees/analyst");
  EXPECT_FALSE(latest->heavy_tail());
  const auto figure = Quantify("fire", "levels_ppm: 900000 levels_ppm: 990000 thresholds_minor: 50000000");
  ASSERT_THAT(figure, IsOk());
  EXPECT_EQ(figure->loss_estimate(), latest->name());
  EXPECT_EQ(figure->untreated().annual_loss_minor(), 4'040'013);
  ASSERT_THAT(figure->untreated().levels(), SizeIs(2));
  EXPECT_EQ(figure->untreated().levels(0).value_at_risk_minor(), 0);
  EXPECT_EQ(figure->untreated().levels(1).value_at_risk_minor(), 77'546'824);
  EXPECT_EQ(figure->untreated().levels(1).expected_shortfall_minor(), 113'287'165);
  EXPECT_NEAR(figure->untreated().exceedances(0).probability(), 0.0256378, 5e-8);
  EXPECT_EQ(figure->treated().annual_loss_minor(), 2'175'734);
  EXPECT_EQ(figure->treated().recovered_per_event_minor(), 18'642'787);
  EXPECT_EQ(figure->treated().levels(1).value_at_risk_minor(), 20'000'000);
  EXPECT_NEAR(figure->treatment_return(), (4'040'013 - 2'175'734 - 1'000'000) / 1e6, 1e-6);
  const auto all = Call<v1::ListLossEstimatesResponse>("ListLossEstimates", Analyst(),
                                                       Proto<v1::ListLossEstimatesRequest>("parent: 'risks/fire' order_by: 'name desc'"));
  ASSERT_THAT(all, IsOk());
  ASSERT_THAT(all->loss_estimates(), SizeIs(2));
  EXPECT_EQ(all->loss_estimates(0).name(), latest->name());
}

TEST_F(ExposureTest, TellsWhatEachMeasureBringsByItself) {
  const auto have = [&](const std::string& id, const std::string& risk) {
    EXPECT_THAT(Call<v1::RiskMeasure>(
                    "CreateRiskMeasure", Specialist(),
                    Proto<v1::CreateRiskMeasureRequest>(absl::StrCat(
                        "risk_measure_id: '", id, "' risk_measure { risk: 'risks/", risk,
                        "' kind: KIND_TECHNICAL description: 'd' owner: 'employees/li-ming' due_date { year: 2026 month: 6 day: 1 } }"))),
                IsOk());
  };
  have("sprinkler", "fire");
  have("guard", "fire");
  have("dam", "flood");
  const auto with = [](const std::string& measure, int64_t probability, int64_t cost) {
    return absl::StrCat("measures { risk_measure: 'riskMeasures/", measure, "' figures { probability_ppm: ", probability,
                        " lower_minor: 10000000 upper_minor: 100000000 } cost_minor: ", cost, " } ");
  };
  EXPECT_THAT(Estimate("fire", kGolden, with("dam", 1, 0) + with("guard", 1, 0) + with("guard", 1, 0)),
              HasViolations("loss_estimate.measures[0].risk_measure MEASURE_OF_OTHER_RISK",
                            "loss_estimate.measures[2].risk_measure MEASURE_ESTIMATED_TWICE"));
  // The annual loss is 40,400.13 by 10 %: half of the probability saves half of it.
  ASSERT_THAT(Estimate("fire", kGolden, with("sprinkler", 50'000, 1'000'000) + with("guard", 75'000, 0)), IsOk());
  const auto figure = Quantify("fire");
  ASSERT_THAT(figure, IsOk());
  ASSERT_THAT(figure->measures(), SizeIs(2));
  EXPECT_EQ(figure->measures(0).risk_measure(), "riskMeasures/sprinkler");
  EXPECT_EQ(figure->measures(0).saving_minor(), 2'020'006);
  EXPECT_NEAR(figure->measures(0).measure_return(), 1.020006, 1e-6);
  EXPECT_EQ(figure->measures(0).measure_return_error(), 0);
  EXPECT_EQ(figure->measures(1).saving_minor(), 1'010'003);
  EXPECT_FALSE(figure->measures(1).has_measure_return()) << "it costs nothing";

  auto request = Proto<v1::CreateLossSimulationRequest>(
      "loss_simulation_id: 'year' loss_simulation { title: 'Year' currency_code: 'JPY' seed: 5 years: 400000 risks: 'risks/fire' "
      "rates { currency_code: 'TWD' rate_nanos: 2000000000 } }");
  ASSERT_THAT(Call<LossSimulation>("CreateLossSimulation", Analyst(), request), IsOk());
  const LossSimulation done = Done("year");
  ASSERT_THAT(done.measures(), SizeIs(2));
  const v1::MeasureReturn& sprinkler = done.measures(0);
  EXPECT_EQ(sprinkler.risk(), "risks/fire");
  EXPECT_EQ(sprinkler.cost_minor(), 2'000'000) << "in the other currency";
  EXPECT_GT(sprinkler.saving_error_minor(), 0);
  EXPECT_NEAR(sprinkler.saving_minor(), 2 * 2'020'006, 5 * sprinkler.saving_error_minor());
  EXPECT_NEAR(sprinkler.measure_return(), 1.020006, 5 * sprinkler.measure_return_error());
  EXPECT_FALSE(done.measures(1).has_measure_return());
}

TEST_F(ExposureTest, RefusesWhatIsNoEstimate) {
  EXPECT_THAT(
      Estimate("fire", "probability_ppm: 1 lower_minor: 5 upper_minor: 5",
               "treated { probability_ppm: 1 lower_minor: 1 upper_minor: 1000000000000 }"),
      HasViolations("loss_estimate.untreated.upper_minor LOSS_BOUNDS_REVERSED", "loss_estimate.treated.upper_minor LOSS_TOO_GREAT"));
  EXPECT_THAT(Estimate("nothing", kGolden), HasReason("NOT_FOUND"));
  ASSERT_THAT(Call<v1::Risk>("CloseRisk", Manager(), Proto<v1::CloseRiskRequest>("name: 'risks/fire' reason: 'gone'")), IsOk());
  EXPECT_THAT(Estimate("fire", kGolden), HasReason("RISK_CLOSED"));
}

TEST_F(ExposureTest, SimulatesAndTellsWhatItRestsOn) {
  ASSERT_THAT(Estimate("fire", kGolden), IsOk());
  ASSERT_THAT(Estimate("flood", kGolden, "treated { probability_ppm: 50000 lower_minor: 10000000 upper_minor: 100000000 }"), IsOk());
  const auto running =
      Simulate("year", "risks: 'risks/fire' risks: 'risks/flood' seed: 7 years: 200000 levels_ppm: 990000 levels_ppm: 950000");
  ASSERT_THAT(running, IsOk());
  EXPECT_EQ(running->state(), LossSimulation::STATE_RUNNING);
  EXPECT_THAT(running->levels_ppm(), ElementsAre(950'000, 990'000));
  const LossSimulation done = Done("year");
  EXPECT_EQ(done.years_done(), 200'000);
  EXPECT_EQ(done.generator(), "philox4x32-10/1");
  EXPECT_THAT(done.loss_estimates(), SizeIs(2));
  EXPECT_FALSE(done.stale());
  EXPECT_NEAR(done.untreated().annual_loss_minor(), 2 * 4'040'013, 5 * done.untreated().annual_loss_error_minor());
  EXPECT_NEAR(done.treated().annual_loss_minor(), 1.5 * 4'040'013, 5 * done.treated().annual_loss_error_minor());
  EXPECT_NEAR(done.untreated().no_loss_probability(), 0.81, 5 * done.untreated().no_loss_probability_error());
  ASSERT_THAT(done.untreated().shares(), SizeIs(2));
  EXPECT_NEAR(done.untreated().shares(0).share_minor() + done.untreated().shares(1).share_minor(),
              done.untreated().levels(1).expected_shortfall_minor(), 2);
  EXPECT_EQ(done.treated().shares(1).risk(), "risks/flood");

  ASSERT_THAT(Simulate("again", "risks: 'risks/fire' risks: 'risks/flood' seed: 7 years: 200000 levels_ppm: 990000 levels_ppm: 950000"),
              IsOk());
  EXPECT_EQ(Done("again").untreated().SerializeAsString(), done.untreated().SerializeAsString());

  ASSERT_THAT(Estimate("theft", kGolden), IsOk());
  EXPECT_FALSE(Get("year")->stale());
  ASSERT_THAT(Estimate("fire", kGolden), IsOk());
  EXPECT_TRUE(Get("year")->stale());
}

TEST_F(ExposureTest, RefusesWhatCannotBeDrawn) {
  ASSERT_THAT(Estimate("fire", kGolden), IsOk());
  EXPECT_THAT(Simulate("a", "years: 10000 risks: 'risks/flood'"), HasReason("NO_LOSS_ESTIMATE"));
  EXPECT_THAT(
      Simulate("a",
               R"pb(years: 10000
                    risks: "risks/fire"
                    rates { currency_code: "TWD" rate_nanos: 1 }
                    causes { title: "x" risks: "risks/fire" risks: "risks/theft" probability_ppm: 200000 member_probability_ppm: 600000 }
                    causes { title: "y" risks: "risks/fire" probability_ppm: 1 member_probability_ppm: 1 }
                    limits { risks: "risks/flood" limit_minor: 1 })pb"),
      HasViolations("loss_simulation.rates[0].currency_code CURRENCY_RATE_TWICE", "loss_simulation.causes[0].risks[1] NOT_IN_SIMULATION",
                    "loss_simulation.causes[1].risks[0] RISK_HAS_OTHER_CAUSE", "loss_simulation.limits[0].risks[0] NOT_IN_SIMULATION",
                    "loss_simulation.causes[0].probability_ppm COMMON_CAUSE_IMPOSSIBLE"));
  v1::CreateLossSimulationRequest yen;
  yen.mutable_loss_simulation()->set_title("Year");
  yen.mutable_loss_simulation()->set_currency_code("JPY");
  yen.mutable_loss_simulation()->set_years(10'000);
  yen.mutable_loss_simulation()->add_risks("risks/fire");
  EXPECT_THAT(Call<LossSimulation>("CreateLossSimulation", Analyst(), yen), HasViolations("loss_simulation.rates CURRENCY_RATE_MISSING"));
  v1::LossRate& rate = *yen.mutable_loss_simulation()->add_rates();
  rate.set_currency_code("TWD");
  rate.set_rate_nanos(4'500'000'000);
  yen.set_loss_simulation_id("yen");
  ASSERT_THAT(Call<LossSimulation>("CreateLossSimulation", Analyst(), yen), IsOk());
  const LossSimulation done = Done("yen");
  EXPECT_NEAR(done.untreated().annual_loss_minor(), 4.5 * 4'040'013, 5 * done.untreated().annual_loss_error_minor());
}

TEST_F(ExposureTest, ACallerHasTwoAtATimeAndMayGiveThemUp) {
  ASSERT_THAT(Estimate("fire", kGolden), IsOk());
  const std::string small = "risks: 'risks/fire' years: 10000";
  ASSERT_THAT(Simulate("one", small), IsOk());
  ASSERT_THAT(Simulate("two", small), IsOk());
  EXPECT_THAT(Simulate("three", small), HasReason("TOO_MANY_SIMULATIONS"));
  const auto cancelled =
      Call<LossSimulation>("CancelLossSimulation", Analyst(), Proto<v1::CancelLossSimulationRequest>("name: 'lossSimulations/one'"));
  ASSERT_THAT(cancelled, IsOk());
  EXPECT_EQ(cancelled->state(), LossSimulation::STATE_CANCELLED);
  EXPECT_THAT(Simulate("three", small), IsOk());
  EXPECT_THAT(
      Call<LossSimulation>("CancelLossSimulation", Analyst(), Proto<v1::CancelLossSimulationRequest>("name: 'lossSimulations/one'")),
      HasReason("ILLEGAL_TRANSITION"));
  EXPECT_EQ(Done("three").state(), LossSimulation::STATE_DONE);
  EXPECT_EQ(Get("one")->state(), LossSimulation::STATE_CANCELLED);
}

}  // namespace
}  // namespace heitie::risk
