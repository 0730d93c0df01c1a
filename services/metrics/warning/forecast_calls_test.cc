// Forecasts through the service, and the rules that are judged by them.
#include "services/metrics/warning/forecast_calls.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/alert.pb.h"
#include "heitie/metrics/v1/alert_rule.pb.h"
#include "heitie/metrics/v1/forecast.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/metrics/v1/watermark.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::HasViolation;
using heitie::test::HasViolations;
using heitie::test::IsOk;
using heitie::test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::CivilDay kFirstDay(2026, 1, 5);  // a Monday

class ForecastTest : public heitie::test::ServiceTest<Service> {
 protected:
  ForecastTest() : ServiceTest("metrics") {
    clock_.Set(Noon(kFirstDay));
    clients_["personnel"].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
        "heitie.personnel.v1.RecordService/ListEvents",
        [](const rpc::Call&, const type::v1::ListEventsRequest&) { return type::v1::ListEventsResponse(); });
    Define("orders", "AGGREGATION_COUNT");
    Define("buyers", "AGGREGATION_DISTINCT_USERS");
  }

  static absl::Time Noon(absl::CivilDay day) { return absl::FromCivil(day, service::DefaultTimeZone()) + absl::Hours(12); }
  void Define(const std::string& id, const std::string& aggregation) {
    ASSERT_THAT(Call<v1::MetricDefinition>(
                    "CreateMetricDefinition", Analyst(),
                    Proto<v1::CreateMetricDefinitionRequest>(absl::StrCat("metric_definition_id: '", id,
                                                                          "' metric_definition { display_name: 'x' event_name: 'purchase'"
                                                                          " unit: 'x' aggregation: ",
                                                                          aggregation, " }"))),
                IsOk());
  }
  void Sell(absl::CivilDay day, int count) {
    clock_.Set(std::max(clock_.Now(), Noon(day) + absl::Hours(1)));
    v1::IngestEventsRequest request;
    request.set_producer("producers/shop");
    request.set_sequence(++sequence_);
    for (int i = 0; i < count; ++i) {
      v1::Event& event = *request.add_events();
      event.set_event_name("purchase");
      event.set_user(absl::StrCat("u", i));
      *event.mutable_occur_time() = time::ToTimestamp(Noon(day) + absl::Seconds(i));
    }
    ASSERT_THAT(Call<v1::IngestEventsResponse>("IngestEvents", Analyst(), request), IsOk());
  }
  // Five days a week more than at weekends.
  static int Usual(absl::CivilDay day) {
    const int64_t n = day - kFirstDay;
    return (n % 7 < 5 ? 40 : 20) + static_cast<int>(n * 5 % 11) - 5;
  }
  void SellUntil(int days) {
    for (absl::CivilDay day = kFirstDay; day < kFirstDay + days; ++day) Sell(day, Usual(day));
    Declare(kFirstDay + days);
  }
  // Everything before the day is delivered.
  void Declare(absl::CivilDay day) {
    const absl::Time time = absl::FromCivil(day, service::DefaultTimeZone());
    clock_.Set(std::max(clock_.Now(), time + absl::Minutes(10)));
    v1::DeclareCompleteRequest request;
    request.set_name("producers/shop");
    *request.mutable_complete_time() = time::ToTimestamp(time);
    ASSERT_THAT(Call<v1::Producer>("DeclareComplete", Analyst(), request), IsOk());
  }
  absl::StatusOr<v1::MetricForecast> Forecast(const std::string& metric, const std::string& more) {
    return Call<v1::MetricForecast>("ForecastMetric", Specialist(),
                                    Proto<v1::ForecastMetricRequest>(absl::StrCat("name: 'metricDefinitions/", metric, "' ", more)));
  }
  absl::StatusOr<v1::AlertRule> Draft(const std::string& text) {
    return Call<v1::AlertRule>("CreateAlertRule", Analyst(),
                               Proto<v1::CreateAlertRuleRequest>(
                                   "alert_rule_id: 'goal' alert_rule { display_name: 'The goal is missed' metric: "
                                   "'metricDefinitions/orders' breaches_to_open: 1 window: 1 clear_to_close: 1 severity: SEVERITY_HIGH " +
                                   text + " }"));
  }
  std::vector<v1::Alert> Alerts() {
    for (int i = 0; i < 3; ++i) EXPECT_THAT(jobs_.RunDue().status(), IsOk());
    const auto listed = Call<v1::ListAlertsResponse>("ListAlerts", Analyst(), v1::ListAlertsRequest());
    EXPECT_THAT(listed, IsOk());
    return {listed->alerts().begin(), listed->alerts().end()};
  }

  int64_t sequence_ = 0;
};

TEST_F(ForecastTest, SaysWhatIsToComeAndHowGoodItHasBeen) {
  SellUntil(70);
  const auto forecast = Forecast("orders", "horizon_days: 14");
  ASSERT_THAT(forecast, IsOk());
  ASSERT_EQ(forecast->days_size(), 14);
  EXPECT_EQ(time::ToDay(forecast->first_history_date()), kFirstDay);
  EXPECT_EQ(time::ToDay(forecast->last_history_date()), kFirstDay + 69);
  EXPECT_EQ(forecast->history_day_count(), 70);
  EXPECT_EQ(time::ToDay(forecast->days(0).date()), kFirstDay + 70);
  for (const v1::ForecastDay& day : forecast->days()) {
    EXPECT_NEAR(day.value(), (time::ToDay(day.date()) - kFirstDay) % 7 < 5 ? 40 : 20, 5);
    EXPECT_LT(day.interval_95().low(), day.interval_80().low());
    EXPECT_LT(day.interval_80().low(), day.value());
    EXPECT_LT(day.value(), day.interval_80().high());
    EXPECT_LT(day.interval_80().high(), day.interval_95().high());
    EXPECT_GE(day.interval_95().low(), 0);
  }
  EXPECT_EQ(forecast->source(), "events/purchase");
  EXPECT_GT(forecast->source_version(), 0);
  EXPECT_THAT(forecast->waiting_for(), ElementsAre("producers/shop"));
  EXPECT_EQ(forecast->backtest().horizon_days(), 14);
  EXPECT_GT(forecast->backtest().origin_count(), 5);
  EXPECT_LT(forecast->backtest().mase(), 1) << "better than last week's figure";
  EXPECT_GT(forecast->backtest().coverage_95(), 0.85);
  EXPECT_EQ(forecast->SerializeAsString(), Forecast("orders", "horizon_days: 14")->SerializeAsString());
}

TEST_F(ForecastTest, TwoWeeksAreNeededAndTodayIsNoneOfThem) {
  EXPECT_THAT(Forecast("orders", "horizon_days: 7"), HasReason("INSUFFICIENT_HISTORY")) << "nobody has ever bought";
  SellUntil(13);
  Sell(kFirstDay + 13, 40);
  EXPECT_THAT(Forecast("orders", "horizon_days: 7"), HasReason("INSUFFICIENT_HISTORY")) << "the fourteenth day is not closed";
  Declare(kFirstDay + 14);
  const auto forecast = Forecast("orders", "horizon_days: 7");
  ASSERT_THAT(forecast, IsOk());
  EXPECT_EQ(forecast->backtest().origin_count(), 0);
  EXPECT_FALSE(forecast->backtest().has_mase());
  EXPECT_THAT(Forecast("nothing", "horizon_days: 7"), HasReason("NOT_FOUND"));
}

TEST_F(ForecastTest, SaysWhetherATargetWillBeMet) {
  SellUntil(56);
  // The third week of the month so far, and two more.
  const std::string sum =
      "horizon_days: 1 target { wanted: WANTED_AT_LEAST start_date { year: 2026 month: 2 day: 23 }"
      " end_date { year: 2026 month: 3 day: 15 } amount: ";
  const auto likely = Forecast("orders", sum + "600 }"), unlikely = Forecast("orders", sum + "900 }");
  ASSERT_THAT(likely, IsOk());
  ASSERT_THAT(unlikely, IsOk());
  EXPECT_NEAR(likely->target().value(), 3 * 240, 30);
  EXPECT_NEAR(likely->target().so_far(), 240, 12);
  EXPECT_GT(likely->target().chance(), 0.95);
  EXPECT_LT(unlikely->target().chance(), 0.05);
  EXPECT_EQ(likely->days_size(), 1) << "as many days as asked for";
  const auto day = Forecast("buyers", "horizon_days: 7 target { wanted: WANTED_AT_MOST horizon_days: 7 amount: 40 }");
  ASSERT_THAT(day, IsOk());
  EXPECT_EQ(time::ToDay(day->target().end_date()), kFirstDay + 62);
  EXPECT_GT(day->target().chance(), 0.95) << "a Sunday";
  EXPECT_THAT(Forecast("buyers", sum + "600 }"), HasViolation("target.start_date", "NOT_ADDITIVE"));
  EXPECT_THAT(Forecast("orders", "horizon_days: 7 target { wanted: WANTED_AT_LEAST end_date { year: 2026 month: 2 day: 1 } }"),
              HasViolation("target.end_date", "BAD_FORECAST_TARGET"));
}

TEST_F(ForecastTest, ARuleWarnsOnceATargetIsUnlikelyToBeMet) {
  SellUntil(49);
  EXPECT_THAT(
      Draft("interval: INTERVAL_HOUR condition { forecast { least_chance: 0.2 target { wanted: WANTED_AT_LEAST } } }"),
      HasViolations("alert_rule.condition.forecast.target.end_date BAD_FORECAST_TARGET", "alert_rule.interval FORECAST_NEEDS_DAYS"));
  // Four weeks from the first day of the fourth one: 960 as a rule.
  const auto rule = Draft(
      "interval: INTERVAL_DAY condition { forecast { least_chance: 0.2 target { wanted: WANTED_AT_LEAST amount: 920"
      " start_date { year: 2026 month: 2 day: 16 } end_date { year: 2026 month: 3 day: 15 } } } }");
  ASSERT_THAT(rule, IsOk());
  ASSERT_THAT(Call<v1::AlertRule>("ActivateAlertRule", Analyst(), Proto<v1::ActivateAlertRuleRequest>("name: 'alertRules/goal'")), IsOk());
  for (int day = 49; day < 52; ++day) Sell(kFirstDay + day, Usual(kFirstDay + day));
  Declare(kFirstDay + 52);
  EXPECT_THAT(Alerts(), IsEmpty()) << "all goes as it should";
  for (int day = 52; day < 56; ++day) Sell(kFirstDay + day, 5);
  Declare(kFirstDay + 56);
  const std::vector<v1::Alert> alerts = Alerts();
  ASSERT_THAT(alerts, SizeIs(1));
  EXPECT_EQ(alerts[0].reference(), 920);
  EXPECT_LT(alerts[0].figure(), 920) << "what is expected now";
  const auto played = Call<v1::PlayAlertRuleResponse>("PlayAlertRule", Analyst(), Proto<v1::PlayAlertRuleRequest>(R"pb(
                                                        name: "alertRules/goal"
                                                        start_date { year: 2026 month: 1 day: 6 }
                                                        end_date { year: 2026 month: 3 day: 1 })pb"));
  ASSERT_THAT(played, IsOk());
  ASSERT_EQ(played->episodes_size(), 1) << "the past is judged by what was known then";
  EXPECT_EQ(time::ToTime(played->episodes(0).episode_time()), time::ToTime(alerts[0].episode_time()));
  EXPECT_GE(played->unknown_count(), 12) << "before there were two weeks";
}

}  // namespace
}  // namespace heitie::metrics
