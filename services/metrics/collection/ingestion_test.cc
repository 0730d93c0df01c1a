#include "services/metrics/collection/ingestion.h"

#include <gmock/gmock.h>

#include "heitie/type/v1/event.pb.h"
#include "services/metrics/metrics_test.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;
using heitie::test::Violations;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

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

}  // namespace
}  // namespace heitie::metrics
