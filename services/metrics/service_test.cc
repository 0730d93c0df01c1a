#include "services/metrics/service.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>
#include <thread>

#include "common/status/macros.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/empty.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/metrics/collection/business_day.h"
#include "services/metrics/collection/fake_stream.h"
#include "services/metrics/collection/metric_definition.h"
#include "services/metrics/engine/earlier_rows.h"
#include "services/metrics/engine/fold.h"
#include "services/metrics/engine/tables.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;
using heitie::test::Violations;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

v1::Event MakeEvent(const std::string& name, const std::string& user, absl::Time time, const std::string& activity = "") {
  v1::Event event;
  event.set_event_name(name);
  event.set_user(user);
  *event.mutable_occur_time() = time::ToTimestamp(time);
  event.set_activity(activity);
  return event;
}

v1::IngestEventsRequest MakeBatch(const std::string& producer, int64_t sequence, const std::vector<v1::Event>& events) {
  v1::IngestEventsRequest request;
  request.set_producer(producer);
  request.set_sequence(sequence);
  request.mutable_events()->Assign(events.begin(), events.end());
  return request;
}

class MetricsTest : public heitie::test::ServiceTest<Service> {
 protected:
  MetricsTest() : ServiceTest("metrics") {}

  rpc::Call Shop() const { return heitie::test::By("producers/shop", {options::v1::ROLE_PRODUCER}, clock_.Now()); }
  absl::StatusOr<v1::IngestEventsResponse> Ingest(const v1::IngestEventsRequest& request) { return Ingest(Analyst(), request); }
  absl::StatusOr<v1::IngestEventsResponse> Ingest(const rpc::Call& call, const v1::IngestEventsRequest& request) {
    return Call<v1::IngestEventsResponse>("IngestEvents", call, request);
  }
  absl::StatusOr<v1::Producer> GetProducer(const std::string& name) {
    v1::GetProducerRequest request;
    request.set_name(name);
    return Call<v1::Producer>("GetProducer", Analyst(), request);
  }
  absl::StatusOr<v1::QueryMetricResponse> Query(const std::string& text) {
    return Call<v1::QueryMetricResponse>(
        "QueryMetric", Analyst(),
        Proto<v1::QueryMetricRequest>("start_date { year: 2025 month: 12 day: 1 } end_date { year: 2026 month: 1 day: 31 } " + text));
  }
  absl::StatusOr<v1::ActivityCounters> GetCounters(const std::string& activity) {
    v1::GetActivityCountersRequest request;
    request.set_activity(activity);
    return Call<v1::ActivityCounters>("GetActivityCounters", Specialist(), request);
  }
  absl::StatusOr<v1::ActivityTracking> SetTracking(const std::string& text) {
    return Call<v1::ActivityTracking>("SetActivityTracking", Specialist(), Proto<v1::SetActivityTrackingRequest>(text));
  }
  int64_t Count(const std::string& table) {
    int64_t count = -1;
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(10),
                                     [&](sql::Session& session) {
                                       return session.Query("SELECT COUNT(*) FROM " + table, {},
                                                            [&](const sql::Row& row) { count = row.Int(0); });
                                     }),
                IsOk());
    return count;
  }
  // Rows that are stored, folded or not.
  int64_t CountRows() {
    int64_t rows = -1;
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(10),
                                     [&](sql::Session& session) {
                                       return session.Query(
                                           "SELECT CAST(SUM(row_count) AS SIGNED) FROM (SELECT row_count FROM fresh_block UNION ALL SELECT "
                                           "row_count FROM row_block) AS blocks",
                                           {}, [&](const sql::Row& row) { rows = row.Int(0); });
                                     }),
                IsOk());
    return rows;
  }
  // Folds everything, or what makes `least` rows of a day.
  void FoldAll(int64_t least = 1) {
    const FoldLimits limits{.rows = least, .blocks = 1 << 30, .age = absl::Hours(10000)};
    absl::StatusOr<std::vector<SeriesDay>> days;
    ASSERT_THAT(database_.get().Read(absl::Now() + absl::Seconds(10),
                                     [&](sql::Session& session) {
                                       days = DaysToFold(session, clock_.Now(), limits);
                                       return days.status();
                                     }),
                IsOk());
    for (const SeriesDay& day : *days) ASSERT_THAT(FoldDay(database_.get(), absl::Now() + absl::Seconds(10), day), IsOk());
  }
  void ExpectNothingStored() {
    for (const char* table :
         {"fresh_block", "row_block", "day_cell", "ingested_batch", "producers", "series_producer", "known_user", "activity_producer"}) {
      EXPECT_EQ(Count(table), 0) << table;
    }
  }
};

// ---- Ingestion ----

TEST_F(MetricsTest, BatchIsCountedOnce) {
  const v1::IngestEventsRequest batch =
      MakeBatch("producers/shop", 1, {MakeEvent("purchase", "u1", clock_.Now()), MakeEvent("purchase", "u2", clock_.Now())});
  auto first = Ingest(Shop(), batch);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->accepted_count(), 2);
  EXPECT_FALSE(first->duplicate());
  EXPECT_EQ(first->last_sequence(), 1);
  for (int i = 0; i < 2; ++i) {
    auto again = Ingest(Shop(), batch);
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(again->accepted_count(), 0);
    EXPECT_TRUE(again->duplicate());
    EXPECT_EQ(again->last_sequence(), 1);
  }
  EXPECT_EQ(CountRows(), 2);
  auto answer = Query(R"pb(event_name: "purchase")pb");
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->totals(0).figures().count(), 2);
  EXPECT_EQ(answer->source().version(), 1);
}

TEST_F(MetricsTest, OtherContentUnderTheSameSequenceIsRefused) {
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
  EXPECT_THAT(Ingest(MakeBatch("producers/shop", 1, {MakeEvent("purchase", "u2", clock_.Now())})), HasReason("BATCH_CHANGED"));
  const auto measurements = Proto<v1::IngestMeasurementsRequest>(R"pb(producer: "producers/shop"
                                                                      sequence: 1
                                                                      measurements {
                                                                        measurement_name: "ms"
                                                                        occur_time { seconds: 5 }
                                                                        value: 1
                                                                      })pb");
  EXPECT_THAT(Call<v1::IngestMeasurementsResponse>("IngestMeasurements", Analyst(), measurements), HasReason("BATCH_CHANGED"));
  EXPECT_EQ(CountRows(), 1);
  EXPECT_EQ(Count("known_user"), 1) << "a refused batch leaves no trace";
  EXPECT_EQ(Count("series_producer"), 1);
}

TEST_F(MetricsTest, SameSequenceOfTwoProducersIsTwoBatches) {
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
  auto other = Ingest(MakeBatch("producers/app", 1, {MakeEvent("purchase", "u1", clock_.Now())}));
  ASSERT_THAT(other, IsOk());
  EXPECT_FALSE(other->duplicate());
  auto answer = Query(R"pb(event_name: "purchase")pb");
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->totals(0).figures().count(), 2);
  EXPECT_EQ(answer->totals(0).figures().distinct_users(), 1);
  ASSERT_EQ(answer->source().producers_size(), 2);
  EXPECT_EQ(answer->source().producers(0).producer(), "producers/app");
  EXPECT_EQ(answer->source().producers(1).producer(), "producers/shop");
  EXPECT_EQ(answer->source().producers(1).count(), 1);
}

TEST_F(MetricsTest, BadBatchIsNamedByIndexAndNothingIsWritten) {
  v1::IngestEventsRequest batch = MakeBatch("producers/shop", 1,
                                            {MakeEvent("purchase", "u1", clock_.Now()), MakeEvent("Purchase!", "", clock_.Now()),
                                             MakeEvent("purchase", "u1", clock_.Now(), "elsewhere/x")});
  EXPECT_THAT(Violations(Ingest(batch).status()),
              UnorderedElementsAre("events[1].event_name BAD_VALUE", "events[1].user REQUIRED", "events[2].activity BAD_VALUE"));
  batch = MakeBatch("producers/shop", 1,
                    {MakeEvent("purchase", "u1", clock_.Now()), MakeEvent("purchase", "u1", clock_.Now() + absl::Minutes(11))});
  (*batch.mutable_events(0)->mutable_dimensions())["channel"] = " ";
  EXPECT_THAT(Violations(Ingest(batch).status()),
              UnorderedElementsAre("events[0].dimensions[channel] BAD_DIMENSION", "events[1].occur_time FUTURE_TIME"));
  ExpectNothingStored();
}

TEST_F(MetricsTest, EmptyAndTooGreatBatchesAreRefused) {
  EXPECT_THAT(Violations(Ingest(MakeBatch("producers/shop", 1, {})).status()), ElementsAre("events REQUIRED"));
  EXPECT_THAT(Violations(Ingest(MakeBatch("producers/shop", 0, {MakeEvent("a", "u", clock_.Now())})).status()),
              Contains(StartsWith("sequence ")));
  EXPECT_THAT(Violations(Ingest(MakeBatch("producers/shop", -1, {MakeEvent("a", "u", clock_.Now())})).status()),
              Contains(StartsWith("sequence ")));
  const std::vector<v1::Event> many(5001, MakeEvent("a", "u", clock_.Now()));
  EXPECT_THAT(Violations(Ingest(MakeBatch("producers/shop", 1, many)).status()), ElementsAre("events BAD_VALUE"));
  ExpectNothingStored();
}

// Every row of the day's blocks as a text.
absl::Status ReadRows(sql::Session& session, const std::string& name, bool folded, std::vector<std::string>& texts) {
  const auto add = [&](absl::CivilDay day, const StoredBlock& stored) -> absl::Status {
    ASSIGN_OR_RETURN(const Block block, Load(stored, kAttributesPart | kOriginPart));
    for (size_t i = 0; i < block.size(); ++i) {
      std::string text = absl::StrCat(time::DayText(day), "|", name, "|", block.rows.users[i], "|", block.rows.times[i]);
      for (const auto& [key, column] : block.rows.columns) {
        if (column.codes[i] != 0) absl::StrAppend(&text, "|", key, "=", column.values[column.codes[i] - 1]);
      }
      absl::StrAppend(&text, "|", block.rows.minors[i], "|", block.rows.values[i], "|", block.sequences[i], "|", block.positions[i], "|",
                      block.event_ids.empty() ? "" : block.event_ids[i]);
      texts.push_back(text);
    }
    return absl::OkStatus();
  };
  const Series series{kEventKind, name};
  const Days days{absl::CivilDay(2000, 1, 1), absl::CivilDay(2100, 1, 1)};
  if (folded) {
    return ReadFolded(session, series, days, {}, kAttributesPart | kOriginPart,
                      [&](const FoldedBlock& block) { return add(block.day, block.stored); });
  }
  return ReadFresh(session, series, days, {}, kAttributesPart | kOriginPart, 100,
                   [&](const FreshBlock& block) { return add(block.of.day, block.stored); });
}

TEST_F(MetricsTest, RowsKeepEverything) {
  auto batch = Proto<v1::IngestEventsRequest>(R"pb(
    producer: "producers/shop"
    sequence: 3
    events {
      event_id: "e-1"
      event_name: "purchase"
      user: "u1"
      occur_time { seconds: 1767200000 nanos: 5000 }
      activity: "activities/spring"
      dimensions { key: "channel" value: "微信" }
      value_minor: -25
    }
    events {
      event_name: "scroll"
      user: "u1"
      occur_time { seconds: 1767200000 }
      value: 0.5
      properties { key: "depth" value: "3" }
    })pb");
  ASSERT_THAT(Ingest(batch), IsOk());
  for (const bool folded : {false, true}) {
    if (folded) FoldAll();
    std::vector<std::string> rows;
    ASSERT_THAT(database_.get().Read(absl::Now() + absl::Seconds(10),
                                     [&](sql::Session& session) -> absl::Status {
                                       for (const std::string name : {"purchase", "scroll"})
                                         RETURN_IF_ERROR(ReadRows(session, name, folded, rows));
                                       return absl::OkStatus();
                                     }),
                IsOk());
    EXPECT_THAT(rows,
                ElementsAre("2026-01-01|purchase|0|1767200000000005|@activity=activities/spring|@producer=producers/shop|channel=微信|"
                            "-25|0|3|0|e-1",
                            "2026-01-01|scroll|0|1767200000000000|.depth=3|@producer=producers/shop|0|0.5|3|1|"))
        << folded;
  }
}

TEST_F(MetricsTest, RequestIdAnswersAsTheFirstTime) {
  v1::IngestEventsRequest batch = MakeBatch("producers/shop", 1, {MakeEvent("purchase", "u1", clock_.Now())});
  batch.set_request_id("r1");
  for (int i = 0; i < 2; ++i) {
    auto answer = Ingest(batch);
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->accepted_count(), 1);
    EXPECT_FALSE(answer->duplicate());
  }
  batch.set_sequence(2);
  EXPECT_THAT(Ingest(batch), HasReason("REQUEST_ID_REUSED"));
  EXPECT_EQ(CountRows(), 1);
}

TEST_F(MetricsTest, AProducerDeliversUnderItsOwnNameOnly) {
  ASSERT_THAT(Ingest(Shop(), MakeBatch("producers/shop", 1, {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
  for (const char* name : {"producers/thief", "systems/shop", "employees/shop", "services/shop"}) {
    const rpc::Call thief = heitie::test::By(name, {options::v1::ROLE_PRODUCER}, clock_.Now());
    EXPECT_THAT(Ingest(thief, MakeBatch("producers/shop", 2, {MakeEvent("purchase", "u9", clock_.Now())})), HasReason("PRODUCER_OWNED"));
    EXPECT_THAT(Ingest(thief, MakeBatch("producers/shop", 1, {MakeEvent("purchase", "u1", clock_.Now())})), HasReason("PRODUCER_OWNED"));
    EXPECT_THAT(Ingest(thief, MakeBatch("producers/nobody", 1, {MakeEvent("purchase", "u9", clock_.Now())})), HasReason("PRODUCER_OWNED"))
        << "also one that nobody has claimed";
    v1::IngestMeasurementsRequest measured;
    measured.set_producer("producers/nobody");
    measured.set_sequence(1);
    auto& measurement = *measured.add_measurements();
    measurement.set_measurement_name("queue");
    *measurement.mutable_occur_time() = time::ToTimestamp(clock_.Now());
    EXPECT_THAT(Call<v1::IngestMeasurementsResponse>("IngestMeasurements", thief, measured), HasReason("PRODUCER_OWNED"));
    for (const char* other : {"producers/shop", "producers/nobody"}) {
      v1::GetProducerRequest request;
      request.set_name(other);
      EXPECT_THAT(Call<v1::Producer>("GetProducer", thief, request), HasReason("PRODUCER_OWNED"));
    }
  }
  EXPECT_EQ(Count("known_user"), 1);
  EXPECT_EQ(GetProducer("producers/nobody").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Ingest(Analyst(), MakeBatch("producers/shop", 2, {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
  v1::GetProducerRequest own;
  own.set_name("producers/shop");
  auto producer = Call<v1::Producer>("GetProducer", Shop(), own);
  ASSERT_THAT(producer, IsOk());
  EXPECT_EQ(producer->owner(), "producers/shop");
  EXPECT_EQ(producer->last_sequence(), 2);
}

TEST_F(MetricsTest, WhatAnAnalystBeganBelongsToTheProducerOfTheName) {
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
  EXPECT_EQ(GetProducer("producers/shop")->owner(), "");
  ASSERT_THAT(Ingest(Shop(), MakeBatch("producers/shop", 2, {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
  EXPECT_EQ(GetProducer("producers/shop")->owner(), "producers/shop");
}

TEST_F(MetricsTest, OthersMayNotIngest) {
  const v1::IngestEventsRequest batch = MakeBatch("producers/shop", 1, {MakeEvent("purchase", "u1", clock_.Now())});
  EXPECT_EQ(Ingest(Specialist(), batch).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Ingest(Manager(), batch).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(MetricsTest, GapsAreAllowedAndVisible) {
  for (int64_t sequence : {2, 3, 7, 12}) {
    auto answer = Ingest(MakeBatch("producers/shop", sequence, {MakeEvent("purchase", "u1", clock_.Now())}));
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->last_sequence(), sequence);
  }
  auto gaps = GetProducer("producers/shop");
  ASSERT_THAT(gaps, IsOk());
  EXPECT_EQ(gaps->last_sequence(), 12);
  EXPECT_EQ(gaps->batch_count(), 4);
  EXPECT_EQ(gaps->missing_count(), 8);
  EXPECT_EQ(gaps->complete_sequence(), 0);
  std::vector<std::pair<int64_t, int64_t>> ranges;
  for (const auto& range : gaps->missing_ranges()) ranges.emplace_back(range.first(), range.last());
  EXPECT_THAT(ranges, ElementsAre(Pair(1, 1), Pair(4, 6), Pair(8, 11)));
  for (int64_t sequence : {5, 1, 9, 4, 11, 6, 8, 10}) {
    auto late = Ingest(MakeBatch("producers/shop", sequence, {MakeEvent("purchase", "u1", clock_.Now())}));
    ASSERT_THAT(late, IsOk());
    EXPECT_FALSE(late->duplicate());
    EXPECT_EQ(late->last_sequence(), 12);
  }
  auto whole = GetProducer("producers/shop");
  ASSERT_THAT(whole, IsOk());
  EXPECT_EQ(whole->missing_count(), 0);
  EXPECT_EQ(whole->missing_ranges_size(), 0);
  EXPECT_EQ(whole->complete_sequence(), 12);
  EXPECT_EQ(whole->event_count(), 12);
}

TEST_F(MetricsTest, MissingRangesEqualBruteForce) {
  std::mt19937 random(3);
  std::vector<int64_t> sequences;
  for (int64_t i = 1; i <= 60; ++i) sequences.push_back(i);
  std::shuffle(sequences.begin(), sequences.end(), random);
  std::set<int64_t> arrived;
  for (size_t i = 0; i < 30; ++i) {
    ASSERT_THAT(Ingest(MakeBatch("producers/shop", sequences[i], {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
    arrived.insert(sequences[i]);
    auto producer = GetProducer("producers/shop");
    ASSERT_THAT(producer, IsOk());
    std::set<int64_t> missing, told;
    for (int64_t s = 1; s < *arrived.rbegin(); ++s) {
      if (!arrived.contains(s)) missing.insert(s);
    }
    for (const auto& range : producer->missing_ranges()) {
      for (int64_t s = range.first(); s <= range.last(); ++s) told.insert(s);
    }
    EXPECT_EQ(told, missing);
    EXPECT_EQ(producer->missing_count(), static_cast<int64_t>(missing.size()));
    EXPECT_EQ(producer->complete_sequence(), missing.empty() ? *arrived.rbegin() : *missing.begin() - 1);
  }
}

TEST_F(MetricsTest, ProducersAreListed) {
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 3, {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
  ASSERT_THAT(Ingest(MakeBatch("producers/app", 1, {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
  auto page = Call<v1::ListProducersResponse>("ListProducers", Manager(), v1::ListProducersRequest());
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->producers_size(), 2);
  EXPECT_EQ(page->producers(0).name(), "producers/app");
  EXPECT_EQ(page->producers(1).missing_count(), 2);
  EXPECT_EQ(GetProducer("producers/none").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(MetricsTest, IngestionIsAuditedByBatch) {
  ASSERT_THAT(Ingest(Shop(), MakeBatch("producers/shop", 1,
                                       {MakeEvent("purchase", "u1", clock_.Now()), MakeEvent("purchase", "u2", clock_.Now())})),
              IsOk());
  auto events = Call<type::v1::ListEventsResponse>("ListEvents", Manager(), type::v1::ListEventsRequest());
  ASSERT_THAT(events, IsOk());
  std::vector<std::string> actions;
  for (const auto& event : events->events()) {
    EXPECT_EQ(event.subject(), "producers/shop");
    EXPECT_EQ(event.principal(), "producers/shop");
    EXPECT_EQ(event.method(), "heitie.metrics.v1.CollectionService/IngestEvents");
    actions.push_back(event.action());
  }
  EXPECT_THAT(actions, ElementsAre("register", "ingest"));
}

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

// ---- Live counters ----

TEST_F(MetricsTest, CountersOfAnActivity) {
  auto none = GetCounters("activities/spring");
  ASSERT_THAT(none, IsOk());
  EXPECT_EQ(none->version(), 0);
  EXPECT_EQ(none->impressions(), 0);
  EXPECT_FALSE(none->has_click_through_rate());
  EXPECT_FALSE(none->has_watermark());

  std::vector<v1::Event> events;
  for (int i = 0; i < 40; ++i)
    events.push_back(MakeEvent("impression", "u" + std::to_string(i % 20), clock_.Now() - absl::Hours(30 * (i % 2)), "activities/spring"));
  for (int i = 0; i < 10; ++i) events.push_back(MakeEvent("click", "u" + std::to_string(i), clock_.Now(), "activities/spring"));
  for (int i = 0; i < 8; ++i)
    events.push_back(MakeEvent("participate", "u" + std::to_string(i % 4), clock_.Now() - absl::Hours(24 * (i / 4)), "activities/spring"));
  events.push_back(MakeEvent("convert", "u1", clock_.Now(), "activities/spring"));
  for (int i = 0; i < 100; ++i) events.push_back(MakeEvent("impression", "u77", clock_.Now(), "activities/other"));
  for (int i = 0; i < 100; ++i) events.push_back(MakeEvent("click", "u78", clock_.Now()));
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, events)), IsOk());

  auto counters = GetCounters("activities/spring");
  ASSERT_THAT(counters, IsOk());
  EXPECT_EQ(counters->activity(), "activities/spring");
  EXPECT_EQ(counters->impressions(), 40);
  EXPECT_EQ(counters->viewers(), 20);
  EXPECT_EQ(counters->clicks(), 10);
  EXPECT_EQ(counters->clickers(), 10);
  EXPECT_EQ(counters->participants(), 4) << "each user once, on whichever days";
  EXPECT_EQ(counters->conversions(), 1);
  EXPECT_EQ(counters->converters(), 1);
  EXPECT_DOUBLE_EQ(counters->click_through_rate(), 0.25);
  EXPECT_DOUBLE_EQ(counters->conversion_rate(), 0.25);
  EXPECT_EQ(counters->version(), 1);
  EXPECT_EQ(time::ToTime(counters->watermark()), clock_.Now());
  EXPECT_EQ(time::ToTime(counters->compute_time()), clock_.Now());
  EXPECT_EQ(counters->tracking_etag(), "");
}

TEST_F(MetricsTest, ConvertersWhoAreNoParticipantsRaiseNoRate) {
  std::vector<v1::Event> events = {MakeEvent("participate", "u1", clock_.Now(), "activities/spring")};
  for (const char* user : {"u2", "u3", "u4"}) events.push_back(MakeEvent("convert", user, clock_.Now(), "activities/spring"));
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, events)), IsOk());
  auto counters = GetCounters("activities/spring");
  ASSERT_THAT(counters, IsOk());
  EXPECT_EQ(counters->participants(), 1);
  EXPECT_EQ(counters->converters(), 3);
  EXPECT_EQ(counters->converters_outside_denominator(), 3);
  ASSERT_TRUE(counters->has_conversion_rate());
  EXPECT_DOUBLE_EQ(counters->conversion_rate(), 0);
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 2, {MakeEvent("convert", "u1", clock_.Now(), "activities/spring")})), IsOk());
  counters = GetCounters("activities/spring");
  ASSERT_THAT(counters, IsOk());
  EXPECT_EQ(counters->converters(), 4);
  EXPECT_EQ(counters->converters_outside_denominator(), 3);
  EXPECT_DOUBLE_EQ(counters->conversion_rate(), 1);
}

TEST_F(MetricsTest, TrackingDeclaresEventsDenominatorAndWindow) {
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1,
                               {MakeEvent("view", "u1", clock_.Now(), "activities/spring"),
                                MakeEvent("view", "u2", clock_.Now() - absl::Hours(48), "activities/spring"),
                                MakeEvent("buy", "u1", clock_.Now(), "activities/spring")})),
              IsOk());
  auto created = SetTracking(R"pb(activity_tracking {
                                    name: "ignored"
                                    activity: "activities/spring"
                                    impression_event: "view"
                                    conversion_event: "buy"
                                    conversion_denominator: CONVERSION_DENOMINATOR_VIEWERS
                                  })pb");
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->name(), "activityTrackings/spring");
  EXPECT_EQ(created->etag(), "1");
  auto counters = GetCounters("activities/spring");
  ASSERT_THAT(counters, IsOk());
  EXPECT_EQ(counters->impressions(), 2);
  EXPECT_DOUBLE_EQ(counters->conversion_rate(), 0.5);
  EXPECT_EQ(counters->version(), 2) << "one batch and one tracking";
  EXPECT_EQ(counters->tracking_etag(), "1");

  auto replaced = SetTracking(R"pb(activity_tracking {
                                     activity: "activities/spring"
                                     impression_event: "view"
                                     etag: "1"
                                     start_date { year: 2026 month: 1 day: 1 }
                                     end_date { year: 2026 month: 1 day: 1 }
                                   })pb");
  ASSERT_THAT(replaced, IsOk());
  EXPECT_EQ(replaced->etag(), "2");
  EXPECT_EQ(replaced->conversion_event(), "") << "what is not set falls back to its default";
  counters = GetCounters("activities/spring");
  ASSERT_THAT(counters, IsOk());
  EXPECT_EQ(counters->impressions(), 1) << "only the declared window";
  EXPECT_EQ(counters->conversions(), 0);
  EXPECT_EQ(counters->version(), 3);

  EXPECT_THAT(SetTracking(R"pb(activity_tracking { activity: "activities/spring" etag: "1" })pb"), HasReason("STALE_ETAG"));
  EXPECT_THAT(Violations(SetTracking(R"pb(activity_tracking {
                                            activity: "activities/spring"
                                            start_date { year: 2026 month: 1 day: 2 }
                                            end_date { year: 2026 month: 1 day: 1 }
                                          })pb")
                             .status()),
              Contains(StartsWith("activity_tracking.end_date ")));
  EXPECT_EQ(GetCounters("activities/spring")->version(), 3) << "a refused tracking changes nothing";
  const auto get = Proto<v1::GetActivityTrackingRequest>(R"pb(name: "activityTrackings/spring")pb");
  EXPECT_EQ(Call<v1::ActivityTracking>("GetActivityTracking", Manager(), get)->etag(), "2");
  auto page = Call<v1::ListActivityTrackingsResponse>("ListActivityTrackings", Manager(), v1::ListActivityTrackingsRequest());
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->activity_trackings_size(), 1);
}

TEST_F(MetricsTest, ConcurrentFirstTrackingsMakeOne) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back(
        [&] { EXPECT_THAT(SetTracking(R"pb(activity_tracking { activity: "activities/spring" click_event: "tap" })pb"), IsOk()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Count("activity_trackings"), 1);
  EXPECT_EQ(GetCounters("activities/spring")->version(), 8);
}

auto Clicks(int64_t clicks) {
  return [clicks](const std::vector<FakeStream::Received>& received) {
    return !received.empty() && received.back().counters.clicks() == clicks;
  };
}

TEST_F(MetricsTest, WatcherSeesEveryBatchOfItsActivity) {
  auto stream = std::make_shared<FakeStream>();
  service_->hub().Watch(stream, "activities/spring");
  ASSERT_TRUE(stream->WaitFor(Clicks(0)));
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, {MakeEvent("click", "u1", clock_.Now(), "activities/spring")})), IsOk());
  ASSERT_TRUE(stream->WaitFor(Clicks(1)));
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 2, {MakeEvent("click", "u1", clock_.Now(), "activities/other")})), IsOk());
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 3, {MakeEvent("click", "u2", clock_.Now(), "activities/spring")})), IsOk());
  ASSERT_TRUE(stream->WaitFor(Clicks(2)));
  EXPECT_EQ(stream->received().size(), 3u) << "nothing is sent for others";
  EXPECT_EQ(stream->received().back().counters.version(), 2);
  ASSERT_THAT(SetTracking(R"pb(activity_tracking { activity: "activities/spring" click_event: "tap" })pb"), IsOk());
  EXPECT_TRUE(stream->WaitFor(Clicks(0))) << "a new tracking is counted as well";
}

TEST_F(MetricsTest, WatcherSeesWhatAnotherReplicaTookIn) {
  Service other(service::Context{store_, clock_, jobs_, [this](const std::string& target) -> client::Client& { return clients_[target]; }});
  auto stream = std::make_shared<FakeStream>();
  other.hub().Watch(stream, "activities/spring");
  ASSERT_TRUE(stream->WaitFor(Clicks(0)));
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, {MakeEvent("click", "u1", clock_.Now(), "activities/spring")})), IsOk());
  EXPECT_TRUE(stream->WaitFor(Clicks(1), std::chrono::seconds(3)));
}

// What a version before blocks has stored is moved, and counted with what this one stores.
TEST_F(MetricsTest, RowsOfAnEarlierVersionAreMoved) {
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
  ASSERT_THAT(
      database_.get().Write(
          absl::Now() + absl::Seconds(10),
          [&](sql::Session& session) -> absl::Status {
            for (const char* statement :
                 {"INSERT INTO raw_event (day, producer, sequence, position, event_name, event_id, user_id, activity, occur_time, "
                  "dimensions, value_minor, value) VALUES "
                  "('2026-01-01', 'producers/shop', 2, 0, 'purchase', 'e1', 'u1', '', '2026-01-01 03:00:00', '{}', 700, NULL), "
                  "('2026-01-01', 'producers/shop', 2, 1, 'purchase', '', 'u2', 'activities/a', '2026-01-01 03:00:00', "
                  "'{\"channel\":\"a\\\\\"b\"}', NULL, 0.5), "
                  "('2026-01-02', 'producers/shop', 2, 2, 'refund', '', 'u3', '', '2026-01-01 23:00:00', '{}', NULL, NULL)",
                  "INSERT INTO raw_measurement (day, producer, sequence, position, measurement_name, activity, occur_time, dimensions, "
                  "value) VALUES ('2026-01-01', 'producers/shop', 3, 0, 'ms', '', '2026-01-01 03:00:00', '{}', 12)"}) {
              RETURN_IF_ERROR(session.Execute(statement).status());
            }
            return absl::OkStatus();
          }),
      IsOk());
  UserDirectory directory(database_.get());
  for (const int64_t moved : {4, 0}) {
    const auto answer = MoveEarlierRows(database_.get(), absl::Now() + absl::Seconds(10), clock_.Now(), directory);
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(*answer, moved);
  }
  EXPECT_EQ(Count("raw_event"), 0);
  EXPECT_EQ(Count("raw_measurement"), 0);
  EXPECT_EQ(CountRows(), 5);
  const auto purchases = Query(R"pb(event_name: "purchase" group_by: "channel")pb");
  ASSERT_THAT(purchases, IsOk());
  ASSERT_EQ(purchases->totals_size(), 1);
  EXPECT_EQ(purchases->totals(0).dimensions().at("channel"), "a\"b");
  EXPECT_EQ(purchases->totals(0).figures().sum(), 0.5);
  const auto all = Query(R"pb(event_name: "purchase")pb");
  EXPECT_EQ(all->totals(0).figures().count(), 3);
  EXPECT_EQ(all->totals(0).figures().distinct_users(), 2);
  EXPECT_EQ(all->totals(0).figures().sum_minor(), 700);
  EXPECT_EQ(Query(R"pb(event_name: "refund")pb")->days(0).date().day(), 2);
  EXPECT_EQ(Query(R"pb(measurement_name: "ms")pb")->totals(0).figures().sum(), 12);
}

// A figure whose bytes are damaged is never answered; the next fold makes it anew from the rows.
TEST_F(MetricsTest, DamagedFiguresAreMadeAnew) {
  const auto batch = [&](int64_t sequence) {
    return MakeBatch("producers/shop", sequence,
                     {MakeEvent("purchase", "u1", clock_.Now()), MakeEvent("purchase", "u" + std::to_string(sequence), clock_.Now())});
  };
  ASSERT_THAT(Ingest(batch(2)), IsOk());
  FoldAll();
  const auto execute = [&](const char* statement) {
    ASSERT_THAT(
        database_.get().Write(absl::Now() + absl::Seconds(10), [&](sql::Session& session) { return session.Execute(statement).status(); }),
        IsOk());
  };
  execute("UPDATE day_cell SET users = CONCAT(SUBSTR(users, 1, LENGTH(users) - 1), 'x')");
  EXPECT_EQ(Query(R"pb(event_name: "purchase")pb").status().code(), absl::StatusCode::kDataLoss);
  ASSERT_THAT(Ingest(batch(3)), IsOk());
  FoldAll();
  EXPECT_EQ(Query(R"pb(event_name: "purchase")pb")->totals(0).figures().distinct_users(), 3);
  EXPECT_EQ(CountRows(), 4);
  // Rows that are damaged themselves stay visibly so.
  execute("UPDATE row_block SET row_keys = CONCAT('x', row_keys)");
  execute("UPDATE day_cell SET users = ''");
  ASSERT_THAT(Ingest(batch(4)), IsOk());
  EXPECT_EQ(
      FoldDay(database_.get(), absl::Now() + absl::Seconds(10), {{kEventKind, "purchase"}, absl::CivilDay(2026, 1, 1)}).status().code(),
      absl::StatusCode::kDataLoss);
  EXPECT_EQ(CountRows(), 6);
}

TEST_F(MetricsTest, ManyFoldsAreMergedAndADimensionWithTooManyValuesLosesThem) {
  std::vector<v1::Event> counted;
  for (int sequence = 1; sequence <= 40; ++sequence) {
    std::vector<v1::Event> events;
    for (int i = 0; i < 60; ++i) {
      events.push_back(MakeEvent("purchase", "u" + std::to_string(i * 7 % 50), clock_.Now() - absl::Seconds(i)));
      (*events.back().mutable_dimensions())["order"] = std::to_string(sequence * 60 + i);
      (*events.back().mutable_dimensions())["channel"] = i % 3 == 0 ? "web" : "app";
      events.back().set_value(0.1 * i);
    }
    counted.insert(counted.end(), events.begin(), events.end());
    ASSERT_THAT(Ingest(MakeBatch("producers/shop", sequence, events)), IsOk());
    FoldAll();
  }
  EXPECT_EQ(CountRows(), 2400);
  EXPECT_LT(Count("row_block"), 20);
  const auto orders = Query(R"pb(event_name: "purchase" group_by: "order")pb");
  ASSERT_THAT(orders, IsOk());
  ASSERT_EQ(orders->totals_size(), 1);
  EXPECT_EQ(orders->totals(0).dimensions().at("order"), "");
  EXPECT_EQ(orders->totals(0).figures().count(), 2400);
  EXPECT_EQ(orders->totals(0).figures().distinct_users(), 50);
  const auto channels = Query(R"pb(event_name: "purchase" group_by: "channel")pb");
  ASSERT_EQ(channels->totals_size(), 2);
  EXPECT_EQ(channels->totals(1).figures().count(), 800);
  exact::Sum sum;
  for (const v1::Event& event : counted) sum.Add(event.value());
  EXPECT_EQ(Query(R"pb(event_name: "purchase")pb")->totals(0).figures().sum(), sum.value());
}

TEST_F(MetricsTest, FirstStartFixesTheTimeZone) {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  EXPECT_THAT(KeepTimeZone(database_.get(), deadline, service::DefaultTimeZone()), IsOk());
  EXPECT_THAT(KeepTimeZone(database_.get(), deadline, absl::UTCTimeZone()), HasReason("TIME_ZONE_CHANGED"));
}

}  // namespace
}  // namespace heitie::metrics
