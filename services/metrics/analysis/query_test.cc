#include "services/metrics/analysis/query.h"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/metrics/metrics_test.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;
using heitie::test::Violations;
using ::testing::Contains;
using ::testing::StartsWith;

// ---- Against an oracle that keeps every event ----

class OracleTest : public MetricsTest {
 protected:
  int Pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

  // Times over five days that end a minute before the clock's, so that both sides of Taipei's midnight occur. Values are multiples
  // of ¼: their sums are exact in any order.
  v1::Event RandomEvent() {
    v1::Event event = MakeEvent("event_" + std::to_string(Pick(3)), "user-" + std::to_string(Pick(50)),
                                clock_.Now() - absl::Seconds(60 + Pick(5 * 86400)));
    if (Pick(2) == 0) event.set_activity("activities/a" + std::to_string(Pick(2)));
    if (Pick(2) == 0) (*event.mutable_dimensions())["channel"] = "c" + std::to_string(Pick(3));
    if (Pick(3) == 0) (*event.mutable_dimensions())["city"] = Pick(2) == 0 ? "台北" : "高雄";
    if (Pick(2) == 0) {
      event.set_value_minor(Pick(20001) - 10000);
    } else if (Pick(2) == 0) {
      event.set_value((Pick(2001) - 1000) / 4.0);
    }
    return event;
  }

  v1::IngestEventsRequest RandomBatch(const std::string& producer, int64_t sequence, int size) {
    std::vector<v1::Event> events;
    for (int i = 0; i < size; ++i) events.push_back(RandomEvent());
    return MakeBatch(producer, sequence, events);
  }

  struct Expected {
    int64_t count = 0, minor = 0;
    double sum = 0;
    std::multiset<double> values;
    std::set<std::string> users;
    void Add(const v1::Event& event) {
      ++count;
      users.insert(event.user());
      if (event.has_value_minor()) minor += event.value_minor();
      if (event.has_value()) {
        sum += event.value();
        values.insert(event.value());
      }
    }
  };

  static void ExpectFigures(const v1::Figures& figures, const Expected& expected) {
    EXPECT_EQ(figures.count(), expected.count);
    EXPECT_EQ(figures.value(), expected.count) << "the count is asked for where nothing is";
    EXPECT_EQ(figures.distinct_users(), static_cast<int64_t>(expected.users.size()));
    EXPECT_EQ(figures.sum_minor(), expected.minor);
    EXPECT_EQ(figures.sum(), expected.sum);
    EXPECT_EQ(figures.value_count(), static_cast<int64_t>(expected.values.size()));
    EXPECT_EQ(figures.has_min(), !expected.values.empty());
    if (expected.values.empty()) return;
    EXPECT_EQ(figures.min(), *expected.values.begin());
    EXPECT_EQ(figures.max(), *expected.values.rbegin());
  }

  static std::string Day(const v1::Event& event) {
    return absl::FormatTime("%Y-%m-%d", time::ToTime(event.occur_time()), absl::FixedTimeZone(8 * 3600));
  }

  // One query by name, activity and dimension against a look at every event that was counted, for the days from `first` to `last`.
  void ExpectQuery(const std::vector<v1::Event>& events, const std::string& name, const std::string& activity, const std::string& dimension,
                   const std::string& first, const std::string& last) {
    v1::QueryMetricRequest request;
    request.set_event_name(name);
    request.set_activity(activity);
    if (!dimension.empty()) request.add_group_by(dimension);
    *request.mutable_start_date() = time::ToDate(*time::ParseDay(first));
    *request.mutable_end_date() = time::ToDate(*time::ParseDay(last));
    auto answer = Call<v1::QueryMetricResponse>("QueryMetric", Manager(), request);
    ASSERT_THAT(answer, IsOk());

    std::map<std::pair<std::string, std::string>, Expected> days;
    std::map<std::string, Expected> totals;
    for (const v1::Event& event : events) {
      if (event.event_name() != name || (!activity.empty() && event.activity() != activity) || Day(event) < first || Day(event) > last)
        continue;
      if (!dimension.empty() && !event.dimensions().contains(dimension)) continue;
      const std::string value = dimension.empty() ? "" : event.dimensions().at(dimension);
      days[{Day(event), value}].Add(event);
      totals[value].Add(event);
    }
    if (dimension.empty()) totals[""];
    ASSERT_EQ(answer->days_size(), static_cast<int>(days.size()));
    int i = 0;
    for (const auto& [key, expected] : days) {
      const v1::DailyFigures& day = answer->days(i++);
      EXPECT_EQ(time::DayText(time::ToDay(day.date())), key.first);
      if (!dimension.empty()) {
        EXPECT_EQ(day.dimensions().at(dimension), key.second);
      }
      ExpectFigures(day.figures(), expected);
    }
    ASSERT_EQ(answer->totals_size(), static_cast<int>(totals.size()));
    i = 0;
    for (const auto& [value, expected] : totals) ExpectFigures(answer->totals(i++).figures(), expected);
  }

  void ExpectAllQueries(const std::vector<v1::Event>& events) {
    for (const std::string name : {"event_0", "event_1", "event_2", "event_9"}) {
      for (const std::string activity : {"", "activities/a0", "activities/a1"}) {
        for (const std::string dimension : {"", "channel", "city"}) {
          ExpectQuery(events, name, activity, dimension, "2025-12-01", "2026-01-31");
          ExpectQuery(events, name, activity, dimension, "2025-12-28", "2025-12-30");
        }
      }
    }
  }

  std::mt19937 random_{2026};
};

TEST_F(OracleTest, RandomBatchesWithRepetitions) {
  std::vector<v1::Event> counted;
  std::vector<v1::IngestEventsRequest> sent;
  for (int i = 0; i < 40; ++i) {
    if (!sent.empty() && Pick(4) == 0) {
      auto again = Ingest(sent[Pick(static_cast<int>(sent.size()))]);
      ASSERT_THAT(again, IsOk());
      EXPECT_TRUE(again->duplicate());
      continue;
    }
    sent.push_back(RandomBatch("producers/p" + std::to_string(Pick(3)), i + 1, 1 + Pick(80)));
    ASSERT_THAT(Ingest(sent.back()), IsOk());
    counted.insert(counted.end(), sent.back().events().begin(), sent.back().events().end());
    if (Pick(5) == 0) FoldAll(1 + Pick(60));
  }
  EXPECT_EQ(CountRows(), static_cast<int64_t>(counted.size()));
  ExpectAllQueries(counted);
  FoldAll();
  EXPECT_EQ(Count("fresh_block"), 0);
  EXPECT_EQ(CountRows(), static_cast<int64_t>(counted.size()));
  ExpectAllQueries(counted);
}

TEST_F(OracleTest, ConcurrentProducersAreCountedExactlyOnce) {
  constexpr int kThreads = 16;
  std::vector<v1::IngestEventsRequest> batches;
  std::vector<v1::Event> counted;
  for (int i = 0; i < 24; ++i) {
    batches.push_back(RandomBatch("producers/p" + std::to_string(i % 6), i / 6 + 1, 60));
    counted.insert(counted.end(), batches.back().events().begin(), batches.back().events().end());
  }
  std::vector<std::atomic<int>> accepted(batches.size());
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(t);
      std::vector<size_t> order(batches.size());
      for (size_t i = 0; i < order.size(); ++i) order[i] = i;
      std::shuffle(order.begin(), order.end(), random);
      for (size_t i : order) {
        auto answer = Ingest(batches[i]);
        ASSERT_THAT(answer, IsOk());
        if (!answer->duplicate()) ++accepted[i];
      }
    });
  }
  // Folding and questions go on beside them: no question sees a batch twice or in part.
  std::atomic<bool> done = false;
  std::thread folder([&] {
    while (!done) FoldAll();
  });
  std::thread reader([&] {
    int64_t last = 0;
    while (!done) {
      auto answer = Query(R"pb(event_name: "event_0")pb");
      ASSERT_THAT(answer, IsOk());
      EXPECT_EQ(answer->totals(0).figures().count(), answer->source().count());
      EXPECT_GE(answer->source().count(), last);
      last = answer->source().count();
    }
  });
  for (std::thread& thread : threads) thread.join();
  done = true;
  folder.join();
  reader.join();
  for (size_t i = 0; i < batches.size(); ++i) EXPECT_EQ(accepted[i], 1) << "batch " << i;
  EXPECT_EQ(CountRows(), static_cast<int64_t>(counted.size()));
  EXPECT_EQ(Count("known_user"), 50);
  ExpectAllQueries(counted);
  auto answer = Query(R"pb(event_name: "event_0")pb");
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->source().version(), 24);
  for (int p = 0; p < 6; ++p) {
    auto producer = GetProducer("producers/p" + std::to_string(p));
    ASSERT_THAT(producer, IsOk());
    EXPECT_EQ(producer->complete_sequence(), 4);
    EXPECT_EQ(producer->event_count(), 240);
  }
}

TEST_F(OracleTest, ConcurrentBatchesUnderOneSequenceLeaveOne) {
  constexpr int kThreads = 16;
  std::vector<v1::IngestEventsRequest> rivals;
  for (int t = 0; t < kThreads; ++t) rivals.push_back(RandomBatch("producers/shop", 1, 50));
  std::atomic<int> refused{0}, winner{-1};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      auto answer = Ingest(rivals[t]);
      if (answer.ok()) {
        winner = t;
      } else {
        EXPECT_THAT(answer, HasReason("BATCH_CHANGED"));
        ++refused;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(refused, kThreads - 1);
  ExpectAllQueries({rivals[winner].events().begin(), rivals[winner].events().end()});
}

// ---- Measurements, definitions, queries ----

TEST_F(MetricsTest, MeasurementsAreCountedOnceAndQueried) {
  const auto batch = Proto<v1::IngestMeasurementsRequest>(R"pb(
    producer: "producers/probe"
    sequence: 1
    measurements {
      measurement_name: "page_load_ms"
      occur_time { seconds: 1767139200 }
      value: 100
      dimensions { key: "page" value: "home" }
    }
    measurements {
      measurement_name: "page_load_ms"
      occur_time { seconds: 1767139300 }
      value: 50
      dimensions { key: "page" value: "cart" }
    }
    measurements {
      measurement_name: "page_load_ms"
      occur_time { seconds: 1767139400 }
      value: 0
      activity: "activities/spring"
    })pb");
  for (const bool duplicate : {false, true}) {
    auto answer = Call<v1::IngestMeasurementsResponse>("IngestMeasurements", Analyst(), batch);
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->duplicate(), duplicate);
    EXPECT_EQ(answer->accepted_count(), duplicate ? 0 : 3);
  }
  EXPECT_EQ(CountRows(), 3);
  auto average = Query(R"pb(measurement_name: "page_load_ms" aggregation: AGGREGATION_AVERAGE)pb");
  ASSERT_THAT(average, IsOk());
  ASSERT_EQ(average->days_size(), 1);
  EXPECT_EQ(average->days(0).figures().value(), 50);
  EXPECT_EQ(average->days(0).figures().min(), 0);
  EXPECT_EQ(average->days(0).figures().max(), 100);
  EXPECT_EQ(average->days(0).figures().distinct_users(), 0);
  auto by_page = Query(R"pb(measurement_name: "page_load_ms" group_by: "page" aggregation: AGGREGATION_MAX)pb");
  ASSERT_THAT(by_page, IsOk());
  ASSERT_EQ(by_page->totals_size(), 2);
  EXPECT_EQ(by_page->totals(0).dimensions().at("page"), "cart");
  EXPECT_EQ(by_page->totals(0).figures().value(), 50);
  auto of_activity = Query(R"pb(measurement_name: "page_load_ms" activity: "activities/spring")pb");
  ASSERT_THAT(of_activity, IsOk());
  EXPECT_EQ(of_activity->totals(0).figures().count(), 1);
  EXPECT_EQ(GetProducer("producers/probe")->measurement_count(), 3);
}

TEST_F(MetricsTest, EventAndMeasurementOfOneNameAreApart) {
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, {MakeEvent("load", "u1", clock_.Now())})), IsOk());
  const auto batch = Proto<v1::IngestMeasurementsRequest>(
      R"pb(producer: "producers/shop"
           sequence: 2
           measurements {
             measurement_name: "load"
             occur_time { seconds: 1767139200 }
             value: 1
           }
           measurements {
             measurement_name: "load"
             occur_time { seconds: 1767139200 }
             value: 2
           })pb");
  ASSERT_THAT(Call<v1::IngestMeasurementsResponse>("IngestMeasurements", Analyst(), batch), IsOk());
  EXPECT_EQ(Query(R"pb(event_name: "load")pb")->totals(0).figures().count(), 1);
  EXPECT_EQ(Query(R"pb(measurement_name: "load")pb")->totals(0).figures().count(), 2);
}

TEST_F(MetricsTest, LateEventRestatesItsDay) {
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, {MakeEvent("purchase", "u1", clock_.Now() - absl::Hours(72))})), IsOk());
  clock_.Advance(absl::Hours(24 * 30));
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 2, {MakeEvent("purchase", "u2", clock_.Now() - absl::Hours(24 * 33))})), IsOk());
  auto answer = Query(R"pb(event_name: "purchase")pb");
  ASSERT_THAT(answer, IsOk());
  ASSERT_EQ(answer->days_size(), 1);
  EXPECT_EQ(answer->days(0).figures().distinct_users(), 2);
}

TEST_F(MetricsTest, AnswerNamesItsSource) {
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 4,
                               {MakeEvent("purchase", "u1", clock_.Now() - absl::Hours(24 * 200)),
                                MakeEvent("purchase", "u1", clock_.Now() - absl::Hours(2))})),
              IsOk());
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 9, {MakeEvent("click", "u1", clock_.Now())})), IsOk());
  clock_.Advance(absl::Hours(1));
  auto answer = Query(R"pb(event_name: "purchase")pb");
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->time_zone(), "Asia/Taipei");
  EXPECT_EQ(answer->unit(), "");
  EXPECT_FALSE(answer->has_metric_definition());
  EXPECT_EQ(answer->totals(0).figures().count(), 1) << "inside the period";
  EXPECT_EQ(answer->source().count(), 2) << "over all days";
  EXPECT_EQ(answer->source().version(), 1);
  EXPECT_EQ(time::ToTime(answer->source().watermark()), clock_.Now() - absl::Hours(3));
  EXPECT_EQ(time::ToTime(answer->source().compute_time()), clock_.Now());
  ASSERT_EQ(answer->source().producers_size(), 1);
  EXPECT_EQ(answer->source().producers(0).producer(), "producers/shop");
  EXPECT_EQ(answer->source().producers(0).last_sequence(), 4);
  EXPECT_EQ(answer->source().producers(0).count(), 2);
}

TEST_F(MetricsTest, NothingIsZero) {
  auto answer = Query(R"pb(event_name: "never" aggregation: AGGREGATION_DISTINCT_USERS)pb");
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->days_size(), 0);
  ASSERT_EQ(answer->totals_size(), 1);
  EXPECT_TRUE(answer->totals(0).figures().has_value());
  EXPECT_EQ(answer->totals(0).figures().value(), 0);
  EXPECT_EQ(answer->source().version(), 0);
  EXPECT_FALSE(answer->source().has_watermark());
  EXPECT_EQ(Query(R"pb(event_name: "never" group_by: "channel")pb")->totals_size(), 0);
}

TEST_F(MetricsTest, QueriesThatMakeNoSenseAreRefused) {
  const std::vector<std::string> bad_source = {"metric BAD_METRIC_SOURCE"};
  EXPECT_EQ(Violations(Query("").status()), bad_source);
  EXPECT_EQ(Violations(Query(R"pb(event_name: "a" measurement_name: "b")pb").status()), bad_source);
  EXPECT_EQ(Violations(Query(R"pb(metric: "metricDefinitions/x" event_name: "a")pb").status()), bad_source);
  const std::vector<std::string> bad_aggregation = {"aggregation BAD_AGGREGATION"};
  EXPECT_EQ(Violations(Query(R"pb(measurement_name: "a" aggregation: AGGREGATION_DISTINCT_USERS)pb").status()), bad_aggregation);
  EXPECT_EQ(Violations(Query(R"pb(measurement_name: "a" aggregation: AGGREGATION_SUM_MINOR)pb").status()), bad_aggregation);
  EXPECT_EQ(Violations(Query(R"pb(metric: "metricDefinitions/x" aggregation: AGGREGATION_SUM)pb").status()), bad_aggregation);
  EXPECT_EQ(Query(R"pb(metric: "metricDefinitions/none")pb").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Violations(Query(R"pb(event_name: "a" group_by: "Bad!")pb").status()), Contains(StartsWith("group_by[0] ")));
  EXPECT_THAT(Violations(Query(R"pb(event_name: "a" group_by: "a" group_by: "b")pb").status()), Contains(StartsWith("group_by ")));
  const auto period = [&](const std::string& text) {
    return Violations(
        Call<v1::QueryMetricResponse>("QueryMetric", Analyst(), Proto<v1::QueryMetricRequest>("event_name: 'a' " + text)).status());
  };
  const std::vector<std::string> bad_range = {"end_date BAD_DATE_RANGE"};
  EXPECT_EQ(period("start_date { year: 2026 month: 1 day: 2 } end_date { year: 2026 month: 1 day: 1 }"), bad_range);
  EXPECT_EQ(period("start_date { year: 2000 month: 1 day: 1 } end_date { year: 2026 month: 1 day: 1 }"), bad_range);
  EXPECT_THAT(period("start_date { year: 2026 month: 2 day: 30 } end_date { year: 2026 month: 3 day: 1 }"),
              Contains(StartsWith("start_date ")));
}

TEST_F(MetricsTest, TooManyFiguresAreRefused) {
  for (int sequence = 1; sequence <= 5; ++sequence) {
    std::vector<v1::Event> events;
    for (int i = 0; i < (sequence == 5 ? 1 : 5000); ++i) {
      events.push_back(MakeEvent("purchase", "u1", clock_.Now()));
      (*events.back().mutable_dimensions())["order"] = std::to_string(sequence * 5000 + i);
    }
    ASSERT_THAT(Ingest(MakeBatch("producers/shop", sequence, events)), IsOk());
    if (sequence == 4) {
      auto all = Query(R"pb(event_name: "purchase" group_by: "order")pb");
      ASSERT_THAT(all, IsOk());
      EXPECT_EQ(all->days_size(), 20000);
    }
  }
  EXPECT_THAT(Query(R"pb(event_name: "purchase" group_by: "order")pb"), HasReason("TOO_MANY_FIGURES"));
  EXPECT_EQ(Query(R"pb(event_name: "purchase")pb")->totals(0).figures().count(), 20001);
}

}  // namespace
}  // namespace heitie::metrics
