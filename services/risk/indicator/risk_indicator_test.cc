#include "services/risk/indicator/risk_indicator.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/metrics/v1/watermark.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/risk_proposal.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/risk/service.h"

namespace heitie::risk {
namespace {

using test::HasReason;
using test::HasViolations;
using test::IsOk;
using test::Proto;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::IndicatorReading;
using v1::RiskIndicator;

constexpr char kDefinition[] = R"pb(
  metric: "metricDefinitions/errors"
  direction: DIRECTION_HIGH_IS_BAD
  period: PERIOD_DAY
  unit: "errors"
  amber: 80
  amber_release: 70
  red: 90
  red_release: 85
  enter_periods: 1
  leave_periods: 1
  allowed_age_hours: 24
  reason: "First")pb";

// It is the morning of 2026-01-01 in Taipei.
class RiskIndicatorTest : public test::ServiceTest<Service> {
 protected:
  RiskIndicatorTest() : ServiceTest("risk") {
    clients_["metrics"].On<metrics::v1::QueryMetricRequest, metrics::v1::QueryMetricResponse>(
        "heitie.metrics.v1.AnalysisService/QueryMetric",
        [this](const rpc::Call& call, const metrics::v1::QueryMetricRequest& request) -> absl::StatusOr<metrics::v1::QueryMetricResponse> {
          EXPECT_EQ(call.principal.name, "services/risk");
          EXPECT_EQ(time::ToDay(request.start_date()), time::ToDay(request.end_date()));
          metrics::v1::QueryMetricResponse response;
          response.mutable_metric_definition()->set_event_name("error");
          response.mutable_metric_definition()->set_aggregation(metrics::v1::MetricDefinition::AGGREGATION_AVERAGE);
          const auto value = values_.find(time::ToDay(request.start_date()));
          if (value != values_.end()) response.add_totals()->mutable_figures()->set_value(value->second);
          return response;
        });
    clients_["metrics"].On<metrics::v1::ComputeWatermarkRequest, metrics::v1::ComputeWatermarkResponse>(
        "heitie.metrics.v1.PlanService/ComputeWatermark",
        [this](const rpc::Call&,
               const metrics::v1::ComputeWatermarkRequest& request) -> absl::StatusOr<metrics::v1::ComputeWatermarkResponse> {
          EXPECT_EQ(request.event_name(), "error");
          metrics::v1::ComputeWatermarkResponse response;
          *response.mutable_closed_through_time() = time::ToTimestamp(absl::FromCivil(closed_, service::DefaultTimeZone()));
          return response;
        });
    EXPECT_THAT(Call<v1::Risk>("CreateRisk", Specialist(), Proto<v1::CreateRiskRequest>(R"pb(
                                 risk_id: "overload"
                                 risk {
                                   category: CATEGORY_TECHNOLOGY
                                   subject: "activities/sale"
                                   title: "Overload"
                                   cause: "Visitors"
                                   owner: "employees/li-ming"
                                 })pb")),
                IsOk());
  }

  absl::StatusOr<RiskIndicator> Create(const std::string& more, const std::string& definition = "") {
    auto request = Proto<v1::CreateRiskIndicatorRequest>(absl::StrCat(
        "risk_indicator_id: 'errors' risk_indicator { title: 'Errors' subject: 'activities/sale' owner: 'employees/li-ming' ", more, " }"));
    *request.mutable_risk_indicator()->mutable_definition() = Proto<v1::IndicatorDefinition>(kDefinition);
    request.mutable_risk_indicator()->mutable_definition()->MergeFrom(Proto<v1::IndicatorDefinition>(definition));
    return Call<RiskIndicator>("CreateRiskIndicator", Analyst(), request);
  }
  // From 2026-02-01 on, a figure a day.
  void Tell(const std::vector<double>& values) {
    absl::CivilDay day(2026, 2, 1);
    for (const double value : values) values_[day++] = value;
    closed_ = day;
    clock_.Set(absl::FromCivil(day, service::DefaultTimeZone()) + absl::Hours(1));
  }
  void Run() {
    for (int i = 0; i < 4; ++i) EXPECT_THAT(jobs_.RunDue().status(), IsOk());
  }
  RiskIndicator Get() {
    const auto indicator =
        Call<RiskIndicator>("GetRiskIndicator", Analyst(), Proto<v1::GetRiskIndicatorRequest>("name: 'riskIndicators/errors'"));
    EXPECT_THAT(indicator, IsOk());
    return indicator.value_or(RiskIndicator());
  }
  std::vector<IndicatorReading> Readings() {
    const auto all = Call<v1::ListIndicatorReadingsResponse>("ListIndicatorReadings", Analyst(),
                                                             Proto<v1::ListIndicatorReadingsRequest>("parent: 'riskIndicators/errors'"));
    EXPECT_THAT(all, IsOk());
    return {all->indicator_readings().begin(), all->indicator_readings().end()};
  }
  std::vector<v1::AssessmentDuty> Duties() {
    const auto all = Call<v1::ListAssessmentDutiesResponse>("ListAssessmentDuties", Analyst(), Proto<v1::ListAssessmentDutiesRequest>(""));
    EXPECT_THAT(all, IsOk());
    return {all->assessment_duties().begin(), all->assessment_duties().end()};
  }
  std::vector<v1::RiskProposal> Proposals() {
    const auto all = Call<v1::ListRiskProposalsResponse>("ListRiskProposals", Analyst(), Proto<v1::ListRiskProposalsRequest>(""));
    EXPECT_THAT(all, IsOk());
    return {all->risk_proposals().begin(), all->risk_proposals().end()};
  }
  int Turns() {
    const auto events = Call<type::v1::ListEventsResponse>(
        "ListEvents", Manager(), Proto<type::v1::ListEventsRequest>("page_size: 500 subject: 'riskIndicators/errors'"));
    EXPECT_THAT(events, IsOk());
    return static_cast<int>(
        std::count_if(events->events().begin(), events->events().end(), [](const auto& e) { return e.action() == "turn"; }));
  }

  std::map<absl::CivilDay, double> values_;
  absl::CivilDay closed_;
};

TEST_F(RiskIndicatorTest, WhatItShowedOfAMergedRiskItShowsOfTheOther) {
  ASSERT_THAT(
      Call<v1::Risk>("CreateRisk", Specialist(),
                     Proto<v1::CreateRiskRequest>("risk_id: 'traffic' risk { category: CATEGORY_TECHNOLOGY subject: 'activities/sale' "
                                                  "title: 'Traffic' cause: 'c' owner: 'employees/wu' }")),
      IsOk());
  ASSERT_THAT(Call<v1::Risk>("MergeRisk", Manager(), Proto<v1::MergeRiskRequest>("name: 'risks/overload' into: 'risks/traffic'")), IsOk());
  Tell({95});
  ASSERT_THAT(Create("start_date { year: 2026 month: 2 day: 1 } risks: 'risks/overload' risks: 'risks/traffic'"), IsOk());
  Run();
  ASSERT_THAT(Duties(), SizeIs(1)) << "once";
  EXPECT_EQ(Duties()[0].risk(), "risks/traffic");
  EXPECT_THAT(Proposals(), IsEmpty());
}

TEST_F(RiskIndicatorTest, JudgesTheGoldenSequenceOnceForEachPeriod) {
  Tell({75, 80, 79, 69, 91, 86, 84, 70, 69, 92, 60});
  ASSERT_THAT(Create("start_date { year: 2026 month: 2 day: 1 } risks: 'risks/overload'"), IsOk());
  Run();
  std::string lights;
  for (const IndicatorReading& reading : Readings()) lights += v1::Light_Name(reading.light())[6];
  EXPECT_EQ(lights, "GAAGRRAAGRG");
  EXPECT_EQ(Turns(), 8) << "the first one, and each change";
  const RiskIndicator indicator = Get();
  EXPECT_EQ(indicator.light(), v1::LIGHT_GREEN);
  EXPECT_EQ(indicator.reading(), "riskIndicators/errors/readings/2026-02-11");
  EXPECT_EQ(time::ToDay(indicator.next_period()), absl::CivilDay(2026, 2, 12));
  // Twice RED, one duty while it is open.
  const std::vector<v1::AssessmentDuty> duties = Duties();
  ASSERT_THAT(duties, SizeIs(1));
  EXPECT_EQ(duties[0].risk(), "risks/overload");
  EXPECT_EQ(duties[0].owner(), "employees/li-ming");
  EXPECT_EQ(duties[0].source(), "riskIndicators/errors/readings/2026-02-05");
  EXPECT_EQ(time::ToDay(duties[0].due_date()), absl::CivilDay(2026, 2, 17)) << "three working days after Thursday the 12th";
  EXPECT_THAT(Proposals(), IsEmpty());
  ASSERT_THAT(Call<v1::Risk>("AssessRisk", Analyst(),
                             Proto<v1::AssessRiskRequest>("name: 'risks/overload' rationale: 'seen' current { likelihood: 1 impact: 1 }")),
              IsOk());
  EXPECT_EQ(Duties()[0].state(), v1::AssessmentDuty::STATE_DONE);
  EXPECT_THAT(Duties()[0].assessment(), ::testing::StartsWith("risks/overload/assessments/"));
}

// What is free of an item, and how much of a budget is taken, as the ledgers stood when the period ended.
TEST_F(RiskIndicatorTest, JudgesStockAndBudgetsByTheirLedgers) {
  std::vector<std::string> filters;
  clients_["resource"].On<resource::v1::ListStockEntriesRequest, resource::v1::ListStockEntriesResponse>(
      "heitie.resource.v1.MaterialService/ListStockEntries",
      [&](const rpc::Call& call, const resource::v1::ListStockEntriesRequest& request) {
        EXPECT_EQ(call.principal.name, "services/risk");
        EXPECT_EQ(request.parent(), "items/gift");
        filters.push_back(request.filter());
        return Proto<resource::v1::ListStockEntriesResponse>("stock_entries { on_hand: 12 reserved: 5 sequence: 9 }");
      });
  clients_["resource"].On<resource::v1::ListBudgetEntriesRequest, resource::v1::ListBudgetEntriesResponse>(
      "heitie.resource.v1.MoneyService/ListBudgetEntries", [&](const rpc::Call&, const resource::v1::ListBudgetEntriesRequest& request) {
        EXPECT_EQ(request.parent(), "budgets/fair");
        return Proto<resource::v1::ListBudgetEntriesResponse>(
            "budget_entries { approved_minor: 900 transferred_minor: 100 pre_committed_minor: 10 committed_minor: 200 actual_minor: 700 }");
      });
  Tell({});
  clock_.Set(absl::FromCivil(absl::CivilDay(2026, 2, 2), service::DefaultTimeZone()) + absl::Hours(1));
  const auto create = [&](const char* id, const char* figure) {
    auto request = Proto<v1::CreateRiskIndicatorRequest>(
        absl::StrCat("risk_indicator_id: '", id,
                     "' risk_indicator { title: 't' subject: 'activities/sale' owner: 'employees/li-ming' "
                     "start_date { year: 2026 month: 2 day: 1 } }"));
    auto& definition = *request.mutable_risk_indicator()->mutable_definition();
    definition = Proto<v1::IndicatorDefinition>(kDefinition);
    definition.clear_metric();
    definition.MergeFrom(Proto<v1::IndicatorDefinition>(figure));
    return Call<RiskIndicator>("CreateRiskIndicator", Analyst(), request);
  };
  ASSERT_THAT(create("stock", "item: 'items/gift'"), IsOk());
  ASSERT_THAT(create("money", "budget: 'budgets/fair'"), IsOk());
  EXPECT_THAT(create("none", ""), test::HasViolation("risk_indicator.definition.metric", "FIGURE_NOT_ONE"));
  EXPECT_THAT(create("both", "item: 'items/gift' budget: 'budgets/fair'"),
              test::HasViolation("risk_indicator.definition.metric", "FIGURE_NOT_ONE"));
  Run();
  const auto reading = [&](const char* id) {
    const auto found =
        Call<IndicatorReading>("GetIndicatorReading", Analyst(),
                               Proto<v1::GetIndicatorReadingRequest>(absl::StrCat("name: 'riskIndicators/", id, "/readings/2026-02-01'")));
    EXPECT_THAT(found, IsOk());
    return found.value_or(IndicatorReading());
  };
  EXPECT_EQ(reading("stock").value(), 7);
  EXPECT_EQ(reading("stock").source_version(), 9);
  EXPECT_EQ(reading("stock").light(), v1::LIGHT_GREEN);
  EXPECT_EQ(reading("money").value(), 91);
  EXPECT_EQ(reading("money").light(), v1::LIGHT_RED);
  ASSERT_FALSE(filters.empty());
  EXPECT_EQ(filters.front(), "create_time < \"2026-02-01T16:00:00+00:00\"") << "the end of the day in Taipei";
}

TEST_F(RiskIndicatorTest, AwaitsTheFigureAndThenDoesNotKnow) {
  Tell({75});
  ASSERT_THAT(Create("start_date { year: 2026 month: 2 day: 1 }"), IsOk());
  Run();
  EXPECT_EQ(Get().light(), v1::LIGHT_GREEN);
  clock_.Advance(absl::Hours(24));
  Run();
  EXPECT_THAT(Readings(), SizeIs(1)) << "the second day is over and not closed";
  EXPECT_EQ(Get().light(), v1::LIGHT_GREEN);
  clock_.Advance(absl::Hours(24));
  Run();
  ASSERT_THAT(Readings(), SizeIs(2));
  EXPECT_FALSE(Readings()[1].has_value());
  EXPECT_EQ(Get().light(), v1::LIGHT_UNKNOWN);
  EXPECT_EQ(Get().known_light(), v1::LIGHT_GREEN);
  // It comes late: a correction.
  values_[absl::CivilDay(2026, 2, 2)] = 95;
  closed_ = absl::CivilDay(2026, 2, 3);
  clock_.Advance(absl::Hours(2));
  Run();
  ASSERT_THAT(Readings(), SizeIs(2)) << "the third day is awaited first";
  values_[absl::CivilDay(2026, 2, 3)] = 50;
  values_[absl::CivilDay(2026, 2, 4)] = 50;
  closed_ = absl::CivilDay(2026, 2, 5);
  clock_.Set(absl::FromCivil(absl::CivilDay(2026, 2, 5), service::DefaultTimeZone()) + absl::Minutes(1));
  Run();
  ASSERT_THAT(Readings(), SizeIs(5));
  EXPECT_EQ(Readings()[2].name(), "riskIndicators/errors/readings/2026-02-02-001");
  EXPECT_TRUE(Readings()[2].correction());
  EXPECT_EQ(Get().light(), v1::LIGHT_RED) << "what came late opens";
}

TEST_F(RiskIndicatorTest, ARestatementOpensAndNeverUndoes) {
  Tell({75, 75});
  ASSERT_THAT(Create("start_date { year: 2026 month: 2 day: 1 } risks: 'risks/overload'"), IsOk());
  Run();
  values_[absl::CivilDay(2026, 2, 2)] = 93;
  clock_.Advance(absl::Hours(1));
  Run();
  EXPECT_EQ(Get().light(), v1::LIGHT_RED);
  EXPECT_THAT(Duties(), SizeIs(1));
  values_[absl::CivilDay(2026, 2, 2)] = 60;
  clock_.Advance(absl::Hours(1));
  Run();
  EXPECT_THAT(Readings(), SizeIs(4));
  EXPECT_EQ(Readings()[3].light(), v1::LIGHT_GREEN);
  EXPECT_EQ(Get().light(), v1::LIGHT_RED) << "it stays until a period is better";
  EXPECT_EQ(Readings()[1].value(), 75) << "what was read stays";
  Run();
  clock_.Advance(absl::Hours(1));
  Run();
  EXPECT_THAT(Readings(), SizeIs(4)) << "once";
}

TEST_F(RiskIndicatorTest, RedWithoutARiskIsProposedAndAsksOfWhatBecomesOfIt) {
  Tell({95});
  ASSERT_THAT(Create("start_date { year: 2026 month: 2 day: 1 }"), IsOk());
  Run();
  ASSERT_THAT(Proposals(), SizeIs(1));
  EXPECT_EQ(Proposals()[0].source(), "riskIndicators/errors");
  EXPECT_EQ(Proposals()[0].indicator().value(), 95);
  const auto accepted = Call<v1::RiskProposal>("AcceptRiskProposal", Specialist(),
                                               Proto<v1::AcceptRiskProposalRequest>(absl::StrCat("name: '", Proposals()[0].name(), "'")));
  ASSERT_THAT(accepted, IsOk());
  Tell({95, 60, 95});
  Run();
  EXPECT_THAT(Proposals(), SizeIs(1));
  ASSERT_THAT(Duties(), SizeIs(1));
  EXPECT_EQ(Duties()[0].risk(), accepted->risk());
}

TEST_F(RiskIndicatorTest, ADefinitionIsAVersion) {
  Tell({75, 85});
  ASSERT_THAT(Create("start_date { year: 2026 month: 2 day: 1 }"), IsOk());
  Run();
  EXPECT_EQ(Get().light(), v1::LIGHT_AMBER);
  const auto changed =
      Call<RiskIndicator>("UpdateRiskIndicator", Analyst(), Proto<v1::UpdateRiskIndicatorRequest>(R"pb(
                            risk_indicator {
                              name: "riskIndicators/errors"
                              definition { red: 85 red_release: 84 reason: "Sooner" }
                            }
                            update_mask { paths: "definition.red" paths: "definition.red_release" paths: "definition.reason" })pb"));
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->definition_version(), 2);
  Tell({75, 85, 85});
  Run();
  EXPECT_EQ(Get().light(), v1::LIGHT_RED);
  EXPECT_EQ(Readings()[1].definition_version(), 1);
  EXPECT_EQ(Readings()[1].definition().red(), 90);
  EXPECT_EQ(Readings()[2].definition_version(), 2);
  EXPECT_THAT(Call<RiskIndicator>("UpdateRiskIndicator", Analyst(), Proto<v1::UpdateRiskIndicatorRequest>(R"pb(
                                    risk_indicator {
                                      name: "riskIndicators/errors"
                                      definition { period: PERIOD_WEEK }
                                    }
                                    update_mask { paths: "definition.period" })pb")),
              HasReason("PERIOD_FIXED"));
  ASSERT_THAT(Call<RiskIndicator>("RetireRiskIndicator", Analyst(), Proto<v1::RetireRiskIndicatorRequest>("name: 'riskIndicators/errors'")),
              IsOk());
  Tell({75, 85, 85, 60});
  Run();
  EXPECT_THAT(Readings(), SizeIs(3));
  EXPECT_THAT(Call<RiskIndicator>("UpdateRiskIndicator", Analyst(), Proto<v1::UpdateRiskIndicatorRequest>(R"pb(
                                    risk_indicator { name: "riskIndicators/errors" title: "x" }
                                    update_mask { paths: "title" })pb")),
              HasReason("INDICATOR_RETIRED"));
}

TEST_F(RiskIndicatorTest, RefusesEveryBadField) {
  EXPECT_THAT(Create("start_date { year: 2020 month: 1 day: 1 }", " red: 80 amber_release: 81"),
              HasViolations("risk_indicator.definition.red THRESHOLDS_NOT_ORDERED",
                            "risk_indicator.definition.amber_release THRESHOLDS_NOT_ORDERED",
                            "risk_indicator.definition.red_release THRESHOLDS_NOT_ORDERED", "risk_indicator.start_date START_TOO_EARLY"));
  EXPECT_THAT(Create("risks: 'risks/nothing'"), HasReason("NOT_FOUND"));
}

}  // namespace
}  // namespace heitie::risk
