// Real purchases through the gateway (M1): distinct customers and revenue of each day as the file itself tells them; and the file sent
// again changes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/substitute.h"
#include "google/protobuf/util/message_differencer.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

constexpr int kBatch = 5000;
// Slow enough for an instrumented build on a busy machine; the usual is some seconds.
constexpr absl::Duration kFloodTime = absl::Minutes(2);

struct Purchase {
  std::string customer;
  absl::CivilDay day;
  int64_t cents = 0;
};

// customer,date,quantity,amount: "00001,2021-01-01,1,11.77".
Purchase Parse(const std::string& line) {
  const std::vector<std::string> fields = absl::StrSplit(line, ',');
  Purchase purchase;
  double amount = 0;
  const bool whole = fields.size() == 4 && absl::ParseCivilTime(fields[1], &purchase.day) && absl::SimpleAtod(fields[3], &amount);
  if (!whole) throw std::runtime_error("not a purchase: " + line);
  purchase.customer = fields[0];
  purchase.cents = std::llround(amount * 100);
  return purchase;
}

std::vector<Purchase> Read(std::ifstream file) {
  std::vector<Purchase> purchases;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    purchases.push_back(Parse(line));
  }
  return purchases;
}

// Of the same shape: many customers who come back, eighteen months, free gifts among the amounts.
std::vector<Purchase> Invent() {
  std::mt19937 random(20210101);
  std::vector<Purchase> purchases(60000);
  for (Purchase& purchase : purchases) {
    purchase.customer = absl::StrCat("c", std::geometric_distribution<int>(0.0002)(random));
    purchase.day = absl::CivilDay(2021, 1, 1) + static_cast<int>(random() % 540);
    purchase.cents = random() % 100 == 0 ? 0 : static_cast<int64_t>(random() % 20000);
  }
  return purchases;
}

std::vector<Purchase> Purchases() {
  const char* const configured = std::getenv("HEITIE_PURCHASES");
  const std::string path = configured != nullptr ? configured : HEITIE_SOURCE_DIR "/../shared/data/purchases/purchases.csv";
  std::ifstream file(path);
  if (file) return Read(std::move(file));
  EXPECT_EQ(configured, nullptr) << "cannot read " << path;
  return Invent();
}

struct Day {
  std::set<std::string> customers;
  int64_t cents = 0, count = 0;
};

std::map<absl::CivilDay, Day> ByDay(const std::vector<Purchase>& purchases) {
  std::map<absl::CivilDay, Day> days;
  for (const Purchase& purchase : purchases) {
    Day& day = days[purchase.day];
    day.customers.insert(purchase.customer);
    day.cents += purchase.cents;
    ++day.count;
  }
  return days;
}

metrics::v1::IngestEventsRequest BatchOf(const std::vector<Purchase>& purchases, size_t begin) {
  metrics::v1::IngestEventsRequest request;
  request.set_producer("producers/shop");
  request.set_sequence(static_cast<int64_t>(begin / kBatch) + 1);
  for (size_t i = begin; i < std::min(purchases.size(), begin + kBatch); ++i) {
    auto* event = request.add_events();
    event->set_event_name("purchase");
    event->set_user(purchases[i].customer);
    event->set_value_minor(purchases[i].cents);
    event->mutable_occur_time()->set_seconds(absl::ToUnixSeconds(HourOf(purchases[i].day, 12)));
  }
  return request;
}

// Sends every batch, in turns by both ways in.
void Send(const std::vector<Purchase>& purchases, bool again) {
  const Person grpc = Team(Suite::Get().grpc()).producer, http = Team(Suite::Get().http()).producer;
  for (size_t begin = 0; begin < purchases.size(); begin += kBatch) {
    const auto request = BatchOf(purchases, begin);
    metrics::v1::IngestEventsResponse response;
    const absl::Status status = (begin / kBatch % 2 == 0 ? grpc : http).Call("metrics.IngestEvents", request, &response);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(response.duplicate(), again);
    EXPECT_EQ(response.accepted_count(), again ? 0 : request.events_size());
  }
}

metrics::v1::QueryMetricResponse Query(const std::map<absl::CivilDay, Day>& days, const std::string& aggregation) {
  return Team(Suite::Get().http())
      .analyst.Do<metrics::v1::QueryMetricResponse>(
          "metrics.QueryMetric", absl::Substitute("event_name: 'purchase' aggregation: $0 start_date $1 end_date $2", aggregation,
                                                  Date(days.begin()->first), Date(days.rbegin()->first)));
}

void ExpectFigures(const std::map<absl::CivilDay, Day>& expected, const metrics::v1::QueryMetricResponse& answer) {
  std::map<absl::CivilDay, const metrics::v1::Figures*> found;
  for (const auto& day : answer.days()) found[absl::CivilDay(day.date().year(), day.date().month(), day.date().day())] = &day.figures();
  int different = 0;
  for (const auto& [date, day] : expected) {
    const auto it = found.find(date);
    const bool same = it != found.end() && it->second->distinct_users() == static_cast<int64_t>(day.customers.size()) &&
                      it->second->sum_minor() == day.cents && it->second->count() == day.count;
    if (!same && ++different <= 5) {
      ADD_FAILURE() << date << ": " << day.customers.size() << " customers, " << day.cents << " cents expected, found "
                    << (it == found.end() ? "nothing" : it->second->ShortDebugString());
    }
  }
  EXPECT_EQ(different, 0);
  for (const auto& [date, figures] : found) EXPECT_TRUE(figures->count() == 0 || expected.count(date) == 1) << date;
}

void ExpectTotals(const std::map<absl::CivilDay, Day>& days, const metrics::v1::QueryMetricResponse& answer) {
  Day all;
  for (const auto& [date, day] : days) {
    all.customers.insert(day.customers.begin(), day.customers.end());
    all.cents += day.cents;
  }
  ASSERT_EQ(answer.totals_size(), 1);
  EXPECT_EQ(answer.totals(0).figures().distinct_users(), static_cast<int64_t>(all.customers.size()));
  EXPECT_EQ(answer.totals(0).figures().sum_minor(), all.cents);
}

struct Quarter {
  int64_t cents = 0;     // of all its days
  int64_t visitors = 0;  // different customers of its last day with purchases
};

// What was attained of the targets of quarters is what the file adds up to: sums over the days, levels at the last day (P2).
void ExpectAttainment(const std::map<absl::CivilDay, Day>& days) {
  const Team team(Suite::Get().http());
  for (const char* definition :
       {"purchase-revenue' metric_definition { display_name: 'Revenue' aggregation: AGGREGATION_SUM_MINOR unit: 'TWD'",
        "purchase-visitors' metric_definition { display_name: 'Visitors' aggregation: AGGREGATION_DISTINCT_USERS "
        "unit: 'users'"}) {
    team.analyst.Do("metrics.CreateMetricDefinition", absl::Substitute("metric_definition_id: '$0 event_name: 'purchase' }", definition));
  }
  std::map<absl::CivilMonth, Quarter> quarters;
  for (const auto& [date, day] : days) {
    Quarter& quarter = quarters[absl::CivilMonth(date) - (date.month() - 1) % 3];
    quarter.cents += day.cents;
    quarter.visitors = static_cast<int64_t>(day.customers.size());
  }
  ASSERT_GT(quarters.size(), 4u);
  for (const auto& [first, quarter] : quarters) {
    const std::string id = absl::StrCat("revenue-", first.year(), "-", first.month());
    SCOPED_TRACE(id);
    const int64_t baseline = quarter.cents / 4, target = quarter.cents * 2 + 1;
    team.specialist.Do(
        "planning.CreatePlanPeriod",
        absl::Substitute("plan_period_id: '$0' plan_period { title: 'A quarter' cadence: CADENCE_QUARTERLY start_date $1 end_date $2 "
                         "targets { metric: 'purchase_revenue' unit: 'TWD' baseline: $3 target: $4 } "
                         "targets { metric: 'purchase_visitors' unit: 'users' aggregation: AGGREGATION_LEVEL target: $5 } }",
                         id, Date(absl::CivilDay(first)), Date(absl::CivilDay(first + 3) - 1), baseline, target, quarter.visitors * 4));
    const auto attained = team.analyst.Do<planning::v1::ComputePeriodAttainmentResponse>("planning.ComputePeriodAttainment",
                                                                                         absl::Substitute("name: 'planPeriods/$0'", id));
    ASSERT_EQ(attained.targets_size(), 2);
    EXPECT_EQ(attained.targets(0).actual(), static_cast<double>(quarter.cents)) << attained.targets(0).gap();
    EXPECT_EQ(attained.targets(0).attained(), static_cast<double>(quarter.cents - baseline) / static_cast<double>(target - baseline));
    EXPECT_EQ(attained.targets(1).actual(), static_cast<double>(quarter.visitors)) << attained.targets(1).gap();
    EXPECT_EQ(attained.targets(1).attained(), 0.25);
  }
}

// Without the moment of the answer.
std::string Stable(metrics::v1::QueryMetricResponse answer) {
  answer.mutable_source()->clear_compute_time();
  return answer.DebugString();
}

TEST(Purchases, DailyCustomersAndRevenueAreThoseOfTheFile) {
  const std::vector<Purchase> purchases = Purchases();
  ASSERT_FALSE(purchases.empty());
  const auto days = ByDay(purchases);
  const absl::Time begun = absl::Now();
  ASSERT_NO_FATAL_FAILURE(Send(purchases, false));
  EXPECT_LT(absl::Now() - begun, kFloodTime);

  const auto customers = Query(days, "AGGREGATION_DISTINCT_USERS"), revenue = Query(days, "AGGREGATION_SUM_MINOR");
  ExpectFigures(days, customers);
  ExpectFigures(days, revenue);
  ExpectTotals(days, customers);
  ASSERT_NO_FATAL_FAILURE(ExpectAttainment(days));

  ASSERT_NO_FATAL_FAILURE(Send(purchases, true));
  EXPECT_EQ(Stable(Query(days, "AGGREGATION_DISTINCT_USERS")), Stable(customers));
  EXPECT_EQ(Stable(Query(days, "AGGREGATION_SUM_MINOR")), Stable(revenue));
  const auto producer = Team(Suite::Get().grpc()).analyst.Do<metrics::v1::Producer>("metrics.GetProducer", "name: 'producers/shop'");
  EXPECT_EQ(producer.event_count(), static_cast<int64_t>(purchases.size()));
  EXPECT_EQ(producer.missing_count(), 0);
}

}  // namespace
}  // namespace heitie::e2e
