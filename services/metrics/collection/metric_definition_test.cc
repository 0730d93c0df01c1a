#include "services/metrics/collection/metric_definition.h"

#include <gmock/gmock.h>

#include "google/protobuf/empty.pb.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "services/metrics/metrics_test.h"

namespace heitie::metrics {
namespace {

using heitie::test::IsOk;
using heitie::test::Proto;
using heitie::test::Violations;

TEST_F(MetricsTest, MetricDefinitionFromCreationToDeletion) {
  auto created = Call<v1::MetricDefinition>(
      "CreateMetricDefinition", Analyst(), Proto<v1::CreateMetricDefinitionRequest>(R"pb(
        metric_definition_id: "revenue"
        metric_definition { display_name: "Revenue" event_name: "purchase" aggregation: AGGREGATION_SUM_MINOR unit: "TWD" })pb"));
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->name(), "metricDefinitions/revenue");
  EXPECT_EQ(created->creator(), "employees/analyst");

  v1::Event purchase = MakeEvent("purchase", "u1", clock_.Now());
  purchase.set_value_minor(1177);
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, {purchase, purchase})), IsOk());
  auto revenue = Query(R"pb(metric: "metricDefinitions/revenue")pb");
  ASSERT_THAT(revenue, IsOk());
  EXPECT_EQ(revenue->unit(), "TWD");
  EXPECT_EQ(revenue->currency_code(), "TWD");
  EXPECT_THAT(revenue->metric_definition(), test::EqualsProto(*created));
  EXPECT_EQ(revenue->totals(0).figures().value(), 2354);
  EXPECT_EQ(revenue->totals(0).figures().sum_minor(), 2354);

  auto updated = Call<v1::MetricDefinition>(
      "UpdateMetricDefinition", Manager(), Proto<v1::UpdateMetricDefinitionRequest>(R"pb(
        metric_definition { name: "metricDefinitions/revenue" aggregation: AGGREGATION_DISTINCT_USERS unit: "users" }
        update_mask { paths: "aggregation" paths: "unit" })pb"));
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->etag(), "2");
  const auto customers = Query(R"pb(metric: "metricDefinitions/revenue")pb");
  EXPECT_EQ(customers->totals(0).figures().value(), 1);
  EXPECT_EQ(customers->currency_code(), "") << "only sums of minor units are money";
  const auto get = Proto<v1::GetMetricDefinitionRequest>(R"pb(name: "metricDefinitions/revenue")pb");
  EXPECT_EQ(Call<v1::MetricDefinition>("GetMetricDefinition", Specialist(), get)->unit(), "users");
  auto page = Call<v1::ListMetricDefinitionsResponse>(
      "ListMetricDefinitions", Specialist(), Proto<v1::ListMetricDefinitionsRequest>(R"pb(filter: "event_name = \"purchase\"")pb"));
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->metric_definitions_size(), 1);
  EXPECT_THAT(Call<google::protobuf::Empty>("DeleteMetricDefinition", Analyst(),
                                            Proto<v1::DeleteMetricDefinitionRequest>(R"pb(name: "metricDefinitions/revenue" etag: "2")pb")),
              IsOk());
  EXPECT_EQ(Call<v1::MetricDefinition>("GetMetricDefinition", Specialist(), get).status().code(), absl::StatusCode::kNotFound);
}

TEST(CurrencyOf, IsTheUnitOfASumOfMinorUnitsThatIsACode) {
  EXPECT_EQ(CurrencyOf(Proto<v1::MetricDefinition>(R"pb(aggregation: AGGREGATION_SUM_MINOR unit: "CNY")pb")), "CNY");
  EXPECT_EQ(CurrencyOf(Proto<v1::MetricDefinition>(R"pb(aggregation: AGGREGATION_SUM_MINOR unit: "pts")pb")), "");
  EXPECT_EQ(CurrencyOf(Proto<v1::MetricDefinition>(R"pb(aggregation: AGGREGATION_SUM_MINOR unit: "POINTS")pb")), "");
  EXPECT_EQ(CurrencyOf(Proto<v1::MetricDefinition>(R"pb(aggregation: AGGREGATION_SUM unit: "CNY")pb")), "");
}

TEST_F(MetricsTest, BadMetricDefinitionsAreRefused) {
  const auto create = [&](const std::string& text) {
    return Violations(Call<v1::MetricDefinition>(
                          "CreateMetricDefinition", Analyst(),
                          Proto<v1::CreateMetricDefinitionRequest>("metric_definition { display_name: 'x' unit: 'x' " + text + " }"))
                          .status());
  };
  const std::vector<std::string> bad_source = {"metric_definition.event_name BAD_METRIC_SOURCE"};
  EXPECT_EQ(create("aggregation: AGGREGATION_COUNT"), bad_source);
  EXPECT_EQ(create("event_name: 'a' measurement_name: 'b' aggregation: AGGREGATION_COUNT"), bad_source);
  const std::vector<std::string> bad_aggregation = {"metric_definition.aggregation BAD_AGGREGATION"};
  EXPECT_EQ(create("measurement_name: 'b' aggregation: AGGREGATION_DISTINCT_USERS"), bad_aggregation);
  const std::vector<std::string> required = {"metric_definition.aggregation REQUIRED"};
  EXPECT_EQ(create("event_name: 'a'"), required);
  EXPECT_EQ(Call<v1::MetricDefinition>("CreateMetricDefinition", Specialist(), v1::CreateMetricDefinitionRequest()).status().code(),
            absl::StatusCode::kPermissionDenied);
  ASSERT_THAT(
      Call<v1::MetricDefinition>("CreateMetricDefinition", Analyst(), Proto<v1::CreateMetricDefinitionRequest>(R"pb(
                                   metric_definition_id: "x"
                                   metric_definition { display_name: "x" unit: "x" event_name: "a" aggregation: AGGREGATION_COUNT })pb")),
      IsOk());
  EXPECT_EQ(Violations(Call<v1::MetricDefinition>("UpdateMetricDefinition", Analyst(), Proto<v1::UpdateMetricDefinitionRequest>(R"pb(
                                                    metric_definition { name: "metricDefinitions/x" measurement_name: "b" }
                                                    update_mask { paths: "measurement_name" })pb"))
                           .status()),
            bad_source);
}

}  // namespace
}  // namespace heitie::metrics
