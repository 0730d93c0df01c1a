// The plan at work: what is delivered is judged, quarantined, counted, replayed and discarded, with books that always add up.
#include <gmock/gmock.h>

#include <map>
#include <random>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/metrics/v1/dead_letter.pb.h"
#include "heitie/metrics/v1/delivery.pb.h"
#include "heitie/metrics/v1/event_schema.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/personal_data_policy.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;
using heitie::test::Violations;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class PlanTest : public heitie::test::ServiceTest<Service> {
 protected:
  PlanTest() : ServiceTest("metrics") {}

  rpc::Call Producer(const std::string& id) const {
    return heitie::test::By("producers/" + id, {options::v1::ROLE_PRODUCER}, clock_.Now());
  }
  rpc::Call Engineer() const { return heitie::test::By("employees/engineer", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now()); }

  absl::StatusOr<v1::EventSchema> Draft(const std::string& id, const std::string& text) {
    v1::CreateEventSchemaRequest request;
    request.set_event_schema_id(id);
    *request.mutable_event_schema() = Proto<v1::EventSchema>(text);
    return Call<v1::EventSchema>("CreateEventSchema", Analyst(), request);
  }
  absl::StatusOr<v1::EventSchema> Activate(const std::string& id) {
    return Call<v1::EventSchema>(
        "ActivateEventSchema", Analyst(),
        Proto<v1::ActivateEventSchemaRequest>(absl::StrCat("name: 'eventSchemas/", id, "' reason: 'Agreed with the shop'")));
  }
  void Plan(const std::string& id, const std::string& text) {
    ASSERT_THAT(Draft(id, text), IsOk());
    ASSERT_THAT(Activate(id), IsOk());
  }
  v1::EventSchema Schema(const std::string& id) {
    auto schema =
        Call<v1::EventSchema>("GetEventSchema", Analyst(), Proto<v1::GetEventSchemaRequest>(absl::StrCat("name: 'eventSchemas/", id, "'")));
    EXPECT_THAT(schema, IsOk());
    return schema.ok() ? *schema : v1::EventSchema();
  }

  v1::Event Purchase(const std::string& user, const std::string& more = "") {
    v1::Event event = Proto<v1::Event>("event_name: 'purchase' " + more);
    event.set_user(user);
    if (!event.has_occur_time()) *event.mutable_occur_time() = time::ToTimestamp(clock_.Now());
    return event;
  }
  absl::StatusOr<v1::IngestEventsResponse> Ingest(const std::string& producer, int64_t sequence, const std::vector<v1::Event>& events) {
    v1::IngestEventsRequest request;
    request.set_producer("producers/" + producer);
    request.set_sequence(sequence);
    request.mutable_events()->Assign(events.begin(), events.end());
    return Call<v1::IngestEventsResponse>("IngestEvents", Producer(producer), request);
  }
  std::vector<v1::DeadLetter> Letters(const std::string& filter = "", const rpc::Call* call = nullptr) {
    v1::ListDeadLettersRequest request;
    request.set_filter(filter);
    request.set_page_size(1000);
    auto letters = Call<v1::ListDeadLettersResponse>("ListDeadLetters", call == nullptr ? Analyst() : *call, request);
    EXPECT_THAT(letters, IsOk());
    if (!letters.ok()) return {};
    return {letters->dead_letters().begin(), letters->dead_letters().end()};
  }
  absl::StatusOr<v1::ReplayDeadLettersResponse> Replay(const std::string& text) {
    return Call<v1::ReplayDeadLettersResponse>("ReplayDeadLetters", Analyst(),
                                               Proto<v1::ReplayDeadLettersRequest>("reason: 'Put right' selection {} " + text));
  }
  absl::StatusOr<v1::DiscardDeadLettersResponse> Discard(const std::string& text) {
    return Call<v1::DiscardDeadLettersResponse>("DiscardDeadLetters", Analyst(),
                                                Proto<v1::DiscardDeadLettersRequest>("reason: 'Test data' " + text));
  }
  std::vector<v1::PlanDeviation> Deviations(const rpc::Call& call) {
    auto list = Call<v1::ListPlanDeviationsResponse>("ListPlanDeviations", call, v1::ListPlanDeviationsRequest());
    EXPECT_THAT(list, IsOk());
    if (!list.ok()) return {};
    return {list->plan_deviations().begin(), list->plan_deviations().end()};
  }
  std::vector<v1::DeliveryAccount> DayAccounts(const std::string& producer) {
    v1::ListDeliveryAccountsRequest request;
    request.set_parent("producers/" + producer);
    request.set_page_size(1000);
    auto list = Call<v1::ListDeliveryAccountsResponse>("ListDeliveryAccounts", Analyst(), request);
    EXPECT_THAT(list, IsOk());
    if (!list.ok()) return {};
    return {list->delivery_accounts().begin(), list->delivery_accounts().end()};
  }
  std::vector<v1::BatchAccount> BatchAccounts(const std::string& producer) {
    v1::ListBatchAccountsRequest request;
    request.set_parent("producers/" + producer);
    request.set_page_size(1000);
    auto list = Call<v1::ListBatchAccountsResponse>("ListBatchAccounts", Analyst(), request);
    EXPECT_THAT(list, IsOk());
    if (!list.ok()) return {};
    return {list->batch_accounts().begin(), list->batch_accounts().end()};
  }
  int64_t Number(const std::string& query) {
    int64_t number = -1;
    EXPECT_THAT(database_.get().Read(
                    absl::Now() + absl::Seconds(20),
                    [&](sql::Session& session) { return session.Query(query, {}, [&](const sql::Row& row) { number = row.Int(0); }); }),
                IsOk());
    return number;
  }
  // Events of a name that figures count, over all days.
  int64_t Counted(const std::string& name) {
    auto answer = Call<v1::QueryMetricResponse>(
        "QueryMetric", Analyst(),
        Proto<v1::QueryMetricRequest>(
            absl::StrCat("start_date { year: 2025 month: 6 day: 1 } end_date { year: 2026 month: 3 day: 1 } event_name: '", name, "'")));
    EXPECT_THAT(answer, IsOk());
    if (!answer.ok()) return -1;
    return answer->totals_size() == 0 ? 0 : answer->totals(0).figures().count();
  }
};

constexpr char kChannel[] =
    "event_name: 'purchase' properties { key: 'channel' place: PLACE_DIMENSION required: true allowed_values: ['wechat', 'web'] }";

// ---- Schemas

TEST_F(PlanTest, ANameHasOneActiveVersion) {
  Plan("one", kChannel);
  EXPECT_EQ(Schema("one").version(), 1);
  EXPECT_EQ(Schema("one").activate_reason(), "Agreed with the shop");
  Plan("two", "event_name: 'purchase' closed: true");
  EXPECT_EQ(Schema("one").state(), v1::EventSchema::STATE_RETIRED);
  EXPECT_EQ(Schema("one").retire_reason(), "eventSchemas/two");
  EXPECT_EQ(Schema("two").version(), 2);
  Plan("other", "measurement_name: 'purchase'");
  EXPECT_EQ(Schema("two").state(), v1::EventSchema::STATE_ACTIVE) << "measurements have names of their own";
  EXPECT_EQ(Schema("other").version(), 1);
  EXPECT_THAT(Activate("one"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Activate("two"), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(PlanTest, WhatWasActiveNeverChanges) {
  Plan("one", kChannel);
  const auto update =
      Proto<v1::UpdateEventSchemaRequest>("event_schema { name: 'eventSchemas/one' closed: true } update_mask { paths: 'closed' }");
  EXPECT_THAT(Call<v1::EventSchema>("UpdateEventSchema", Analyst(), update), HasReason("RULES_IMMUTABLE"));
  EXPECT_THAT(
      Call<google::protobuf::Empty>("DeleteEventSchema", Analyst(), Proto<v1::DeleteEventSchemaRequest>("name: 'eventSchemas/one'")),
      HasReason("RULES_IMMUTABLE"));
  ASSERT_THAT(Draft("two", "event_name: 'purchase'"), IsOk());
  EXPECT_THAT(Call<v1::EventSchema>(
                  "UpdateEventSchema", Analyst(),
                  Proto<v1::UpdateEventSchemaRequest>("event_schema { name: 'eventSchemas/two' currency_code: 'TWD' } update_mask { paths: "
                                                      "'currency_code' }")),
              HasReason("INVALID_FIELDS"));
}

TEST_F(PlanTest, OfManyActivationsAtOnceOneStays) {
  constexpr int kVersions = 6;
  for (int i = 0; i < kVersions; ++i) ASSERT_THAT(Draft(absl::StrCat("v", i), kChannel), IsOk());
  std::vector<std::thread> threads;
  for (int i = 0; i < kVersions; ++i) threads.emplace_back([this, i] { EXPECT_THAT(Activate(absl::StrCat("v", i)), IsOk()); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Number("SELECT COUNT(*) FROM event_schemas WHERE state = 'STATE_ACTIVE'"), 1);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM event_schemas WHERE state = 'STATE_RETIRED'"), kVersions - 1);
  EXPECT_EQ(Number("SELECT COUNT(DISTINCT version) FROM event_schemas"), kVersions);
  EXPECT_EQ(Number("SELECT MAX(version) FROM event_schemas WHERE state = 'STATE_ACTIVE'"), kVersions);
}

TEST_F(PlanTest, AnotherReplicaJudgesByTheNewPlanFromItsNextBatchOn) {
  job::Runner jobs(store_, clock_, "services/metrics");
  Service replica(service::Context{store_, clock_, jobs, [this](const std::string& target) -> client::Client& { return clients_[target]; },
                                   service::DefaultTimeZone(), people_});
  const auto deliver = [&](int64_t sequence) {
    v1::IngestEventsRequest request;
    request.set_producer("producers/shop");
    request.set_sequence(sequence);
    *request.add_events() = Purchase("u1");
    auto answer = replica.rpc().Invoke<v1::IngestEventsResponse>("IngestEvents", Producer("shop"), request);
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? answer->quarantined_count() : -1;
  };
  EXPECT_EQ(deliver(1), 0);
  Plan("one", kChannel);
  EXPECT_EQ(deliver(2), 1);
  ASSERT_THAT(Call<v1::EventSchema>("RetireEventSchema", Analyst(),
                                    Proto<v1::RetireEventSchemaRequest>("name: 'eventSchemas/one' reason: 'Not sent any more'")),
              IsOk());
  EXPECT_EQ(deliver(3), 0);
}

// ---- What is delivered

TEST_F(PlanTest, ViolationsQuarantineTheirRowsAndKeepThemAsDelivered) {
  Plan("one", kChannel);
  const v1::Event good = Purchase("u1", "dimensions { key: 'channel' value: 'web' }");
  const v1::Event bad = Purchase("u2",
                                 "event_id: 'e2' activity: 'activities/fair' dimensions { key: 'channel' value: 'mail' } "
                                 "properties { key: 'quantity' value: '3' } value_minor: 250 currency_code: 'TWD' "
                                 "occur_time { seconds: 1767225000 nanos: 123456000 }");
  const auto answer = Ingest("shop", 1, {bad, good, Purchase("u3")});
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->accepted_count(), 1);
  EXPECT_EQ(answer->quarantined_count(), 2);
  EXPECT_EQ(answer->duplicate_count(), 0);
  EXPECT_EQ(Counted("purchase"), 1);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM known_user"), 1) << "who is in dead letters alone is no user";
  const std::vector<v1::DeadLetter> letters = Letters("reason = REASON_PROPERTY_NOT_ALLOWED");
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_THAT(letters[0].event(), heitie::test::EqualsProto(bad));
  EXPECT_EQ(letters[0].producer(), "producers/shop");
  EXPECT_EQ(letters[0].sequence(), 1);
  EXPECT_EQ(letters[0].position(), 0);
  EXPECT_EQ(letters[0].event_schema(), "eventSchemas/one");
  ASSERT_EQ(letters[0].violations_size(), 1);
  EXPECT_EQ(letters[0].violations(0).field(), "dimensions[channel]");
  EXPECT_EQ(letters[0].violations(0).text(), "mail is none of the values that are allowed.");
  EXPECT_EQ(Letters("reason = REASON_PROPERTY_MISSING").size(), 1u);
  const auto again = Ingest("shop", 1, {bad, good, Purchase("u3")});
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->duplicate());
  EXPECT_EQ(again->quarantined_count(), 0);
  EXPECT_EQ(Letters().size(), 2u);
}

TEST_F(PlanTest, ABatchOfDeadLettersOnlyArrives) {
  Plan("one", kChannel);
  const auto answer = Ingest("shop", 1, {Purchase("u1")});
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->accepted_count(), 0);
  EXPECT_EQ(answer->last_sequence(), 1);
  auto producer = Call<v1::Producer>("GetProducer", Analyst(), Proto<v1::GetProducerRequest>("name: 'producers/shop'"));
  ASSERT_THAT(producer, IsOk());
  EXPECT_EQ(producer->batch_count(), 1);
  EXPECT_EQ(producer->event_count(), 0);
  EXPECT_FALSE(producer->has_last_occur_time());
}

TEST_F(PlanTest, ARuleRefusesTheBatchWithAllThatIsWrong) {
  Plan("one", std::string(kChannel) + " amount: AMOUNT_MINOR currency_code: 'TWD' rules { reason: REASON_CURRENCY action: ACTION_REFUSE }");
  const auto answer = Ingest("shop", 1,
                             {Purchase("u1", "dimensions { key: 'channel' value: 'web' } value_minor: 1 currency_code: 'TWD'"),
                              Purchase("u2", "dimensions { key: 'channel' value: 'mail' } value_minor: 1 currency_code: 'USD'")});
  EXPECT_THAT(Violations(answer.status()),
              UnorderedElementsAre("events[1].dimensions[channel] PROPERTY_NOT_ALLOWED", "events[1].currency_code WRONG_CURRENCY"));
  for (const char* table : {"dead_letters", "batch_accounts", "delivery_accounts", "ingested_batch", "producers", "known_user"}) {
    EXPECT_EQ(Number(absl::StrCat("SELECT COUNT(*) FROM ", table)), 0) << table;
  }
}

TEST_F(PlanTest, NamesWithoutASchemaAreCountedOrRefused) {
  ASSERT_THAT(Ingest("shop", 1, {Purchase("u1"), Purchase("u2")}), IsOk());
  const absl::Time first = clock_.Now();
  clock_.Advance(absl::Hours(1));
  ASSERT_THAT(Ingest("shop", 2, {Purchase("u1")}), IsOk());
  ASSERT_THAT(Ingest("app", 1, {Purchase("u1")}), IsOk());
  const std::vector<v1::PlanDeviation> all = Deviations(Analyst());
  ASSERT_EQ(all.size(), 2u);
  const std::vector<v1::PlanDeviation> own = Deviations(Producer("shop"));
  ASSERT_EQ(own.size(), 1u) << "a producer sees its own";
  EXPECT_EQ(own[0].reason(), v1::Violation::REASON_UNPLANNED_NAME);
  EXPECT_EQ(own[0].event_name(), "purchase");
  EXPECT_EQ(own[0].count(), 3);
  EXPECT_EQ(time::ToTime(own[0].first_time()), first);
  EXPECT_EQ(time::ToTime(own[0].last_time()), clock_.Now());

  const auto strict = Proto<v1::UpdateProducerRequest>(
      "producer { name: 'producers/shop' refuses_unplanned: true } update_mask { paths: 'refuses_unplanned' }");
  EXPECT_THAT(Call<v1::Producer>("UpdateProducer", Producer("shop"), strict), HasReason("PERMISSION_DENIED"));
  ASSERT_THAT(Call<v1::Producer>("UpdateProducer", Analyst(), strict), IsOk());
  EXPECT_THAT(Violations(Ingest("shop", 3, {Purchase("u1"), Purchase("u2")}).status()),
              ElementsAre("events[0].event_name UNPLANNED_NAME", "events[1].event_name UNPLANNED_NAME"));
  EXPECT_THAT(Ingest("app", 2, {Purchase("u1")}), IsOk()) << "others may";
  Plan("one", "event_name: 'purchase'");
  EXPECT_THAT(Ingest("shop", 3, {Purchase("u1")}), IsOk());
}

TEST_F(PlanTest, ObservedViolationsAreAcceptedAndCounted) {
  Plan("one", std::string(kChannel) + " rules { reason: REASON_PROPERTY_NOT_ALLOWED action: ACTION_OBSERVE }");
  const auto answer = Ingest(
      "shop", 1,
      {Purchase("u1", "dimensions { key: 'channel' value: 'mail' }"), Purchase("u2", "dimensions { key: 'channel' value: 'post' }")});
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->accepted_count(), 2);
  const std::vector<v1::PlanDeviation> deviations = Deviations(Analyst());
  ASSERT_EQ(deviations.size(), 1u);
  EXPECT_EQ(deviations[0].field(), "dimensions[channel]");
  EXPECT_EQ(deviations[0].count(), 2);
}

TEST_F(PlanTest, KeysThatNobodyKnowsAreCountedTogether) {
  Plan("one", "event_name: 'purchase' closed: true rules { reason: REASON_PROPERTY_UNKNOWN action: ACTION_OBSERVE }");
  ASSERT_THAT(Ingest("shop", 1,
                     {Purchase("u1", "properties { key: 'a' value: '1' } properties { key: 'b' value: '1' }"),
                      Purchase("u2", "properties { key: 'c' value: '1' }")}),
              IsOk());
  const std::vector<v1::PlanDeviation> deviations = Deviations(Analyst());
  ASSERT_EQ(deviations.size(), 1u);
  EXPECT_EQ(deviations[0].field(), "properties");
  EXPECT_EQ(deviations[0].count(), 3);
}

TEST_F(PlanTest, WhatTheShippedPatternsFindIsQuarantinedWithoutAnySchema) {
  const auto answer = Ingest("shop", 1,
                             {Purchase("u1", "properties { key: 'note' value: 'call 0912-345-678' }"), Purchase("li@example.com"),
                              Purchase("u2", "properties { key: 'id' value: 'A123456789' }"),
                              Purchase("u3", "properties { key: 'id' value: '11010519491231002X' }"),
                              Purchase("u4", "properties { key: 'phone' value: '+8613812345678' }"),
                              Purchase("u5", "properties { key: 'order' value: 'A123456788' }"),
                              Purchase("u6", "properties { key: 'time' value: '2026-01-31T08:00:00.123456+08:00' }"),
                              Purchase("u7", "properties { key: 'hash' value: '5f1d7a84a139123456789012345678ab' }")});
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->quarantined_count(), 5);
  EXPECT_EQ(answer->accepted_count(), 3);
  for (const v1::DeadLetter& letter : Letters()) EXPECT_EQ(letter.reason(), v1::Violation::REASON_PERSONAL_DATA);
}

TEST_F(PlanTest, PublishedPatternsJudgeFromTheirStartOn) {
  const auto create = Proto<v1::CreatePersonalDataPolicyRequest>(
      "personal_data_policy_id: 'cards' personal_data_policy { reason: 'Cards' patterns { title: 'card' pattern: '[0-9]{16}' } "
      "start_time { seconds: 1767229200 } }");
  ASSERT_THAT(Call<v1::PersonalDataPolicy>("CreatePersonalDataPolicy", Analyst(), create), IsOk());
  ASSERT_THAT(Call<v1::PersonalDataPolicy>("PublishPersonalDataPolicy", Analyst(),
                                           Proto<v1::PublishPersonalDataPolicyRequest>("name: 'personalDataPolicies/cards'")),
              IsOk());
  const std::string card = "properties { key: 'note' value: '4111111111111111' }", mail = "properties { key: 'note' value: 'a@b.cd' }";
  const auto quarantined = [&](int64_t sequence, const std::string& text) {
    auto answer = Ingest("shop", sequence, {Purchase("u1", text)});
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? answer->quarantined_count() : -1;
  };
  EXPECT_EQ(quarantined(1, card), 0);
  EXPECT_EQ(quarantined(2, mail), 1);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(quarantined(3, card), 1);
  EXPECT_EQ(quarantined(4, mail), 0);
}

TEST_F(PlanTest, IdsAreKnownWithinTheirHorizonWhoeverDelivers) {
  Plan("one", "event_name: 'purchase' identity: IDENTITY_EVENT_ID identity_days: 2");
  const auto deliver = [&](const std::string& producer, int64_t sequence, const std::string& id) {
    auto answer = Ingest(producer, sequence, {Purchase("u1", absl::StrCat("event_id: '", id, "'"))});
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? std::pair(answer->accepted_count(), answer->duplicate_count()) : std::pair(-1, -1);
  };
  EXPECT_EQ(deliver("shop", 1, "e1"), std::pair(1, 0));
  EXPECT_EQ(deliver("shop", 2, "e1"), std::pair(0, 1));
  EXPECT_EQ(deliver("app", 1, "e1"), std::pair(0, 1));
  EXPECT_EQ(deliver("app", 2, "e2"), std::pair(1, 0));
  clock_.Advance(absl::Hours(48));
  jobs_.RunDue();
  EXPECT_EQ(Number("SELECT COUNT(*) FROM event_identity"), 0) << "ids are forgotten when their time is over";
  EXPECT_EQ(deliver("shop", 3, "e1"), std::pair(1, 0));
  EXPECT_EQ(Counted("purchase"), 3);
  EXPECT_THAT(Letters(), IsEmpty()) << "a duplicate is no dead letter";
  const auto missing = Ingest("shop", 4, {Purchase("u1")});
  ASSERT_THAT(missing, IsOk());
  EXPECT_EQ(missing->quarantined_count(), 1);
}

TEST_F(PlanTest, OfManyRowsWithOneIdAtOnceOneIsAccepted) {
  Plan("one", "event_name: 'purchase' identity: IDENTITY_EVENT_ID");
  constexpr int kProducers = 6, kIds = 20;
  std::vector<std::thread> threads;
  for (int p = 0; p < kProducers; ++p) {
    threads.emplace_back([this, p] {
      std::vector<v1::Event> events;
      for (int i = 0; i < kIds; ++i) {
        events.push_back(Purchase(absl::StrCat("u", i), absl::StrCat("event_id: 'e", p % 2 == 0 ? i : kIds - 1 - i, "'")));
      }
      EXPECT_THAT(Ingest(absl::StrCat("p", p), 1, events), IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Counted("purchase"), kIds);
  EXPECT_EQ(Number("SELECT SUM(duplicate_count) FROM batch_accounts"), (kProducers - 1) * kIds);
}

TEST_F(PlanTest, WhatIsNoDurationIsRefused) {
  for (const char* duration : {"seconds: 5 nanos: -1", "seconds: -5 nanos: 1", "nanos: 1000000000", "seconds: 315576000001"}) {
    EXPECT_THAT(Draft("one", absl::StrCat("event_name: 'purchase' allowed_lateness { ", duration, " }")),
                heitie::test::HasViolation("event_schema.allowed_lateness", "BAD_VALUE"))
        << duration;
  }
}

TEST_F(PlanTest, LaterThanAllowedIsADeadLetter) {
  Plan("one", "event_name: 'purchase' allowed_lateness { seconds: 86400 }");
  v1::Event late = Purchase("u1");
  *late.mutable_occur_time() = time::ToTimestamp(clock_.Now() - absl::Hours(25));
  const auto answer = Ingest("shop", 1, {late, Purchase("u2")});
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->quarantined_count(), 1);
  ASSERT_THAT(Letters("reason = REASON_TOO_LATE"), ::testing::SizeIs(1));
  clock_.Advance(absl::Hours(100));
  auto healed = Replay("");
  ASSERT_THAT(healed, IsOk());
  EXPECT_EQ(healed->open_count(), 1);
  Plan("two", "event_name: 'purchase' allowed_lateness { seconds: 90000 }");
  healed = Replay("");
  ASSERT_THAT(healed, IsOk());
  EXPECT_EQ(healed->replayed_count(), 1) << "it was 25 hours late when it came, however long it has lain";
}

TEST_F(PlanTest, KeysStandInOneMap) {
  EXPECT_THAT(
      Violations(Ingest("shop", 1, {Purchase("u1", "dimensions { key: 'a' value: '1' } properties { key: 'a' value: '2' }")}).status()),
      ElementsAre("events[0].properties[a] KEY_TWICE"));
}

// ---- Replay and discard

TEST_F(PlanTest, AReplayHealsWithRenamedAndConstantKeysExactlyOnce) {
  Plan("one", kChannel);
  ASSERT_THAT(Ingest("shop", 1,
                     {Purchase("u1", "dimensions { key: 'chanel' value: 'web' }"),
                      Purchase("u2", "dimensions { key: 'channel' value: 'web' }"), Purchase("u3")}),
              IsOk());
  EXPECT_EQ(Counted("purchase"), 1);
  const std::string rename = "repair { renamed_keys { key: 'chanel' value: 'channel' } } ";
  auto dry = Replay(rename + "dry_run: true");
  ASSERT_THAT(dry, IsOk());
  EXPECT_EQ(dry->replayed_count(), 1);
  EXPECT_EQ(dry->open_count(), 1);
  EXPECT_EQ(Counted("purchase"), 1);
  auto first = Replay(rename);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->replayed_count(), 1);
  EXPECT_EQ(first->open_count(), 1);
  EXPECT_EQ(Counted("purchase"), 2);
  auto second = Replay("repair { renamed_keys { key: 'chanel' value: 'channel' } dimensions { key: 'channel' value: 'wechat' } }");
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->replayed_count(), 1);
  EXPECT_EQ(Counted("purchase"), 3);
  auto third = Replay("repair { dimensions { key: 'channel' value: 'wechat' } }");
  ASSERT_THAT(third, IsOk());
  EXPECT_EQ(third->replayed_count(), 0);
  EXPECT_EQ(Counted("purchase"), 3);
  for (const v1::DeadLetter& letter : Letters()) {
    EXPECT_EQ(letter.state(), v1::DeadLetter::STATE_REPLAYED);
    EXPECT_EQ(letter.settler(), "employees/analyst");
    EXPECT_EQ(letter.settle_reason(), "Put right");
    EXPECT_FALSE(letter.event().dimensions().contains("channel")) << "it stays as it was delivered";
  }
  EXPECT_EQ(Number("SELECT CAST(SUM(row_count) AS SIGNED) FROM fresh_block WHERE sequence = 1"), 3);
  auto producer = Call<v1::Producer>("GetProducer", Analyst(), Proto<v1::GetProducerRequest>("name: 'producers/shop'"));
  ASSERT_THAT(producer, IsOk());
  EXPECT_EQ(producer->event_count(), 3);
  EXPECT_EQ(producer->batch_count(), 1);
}

TEST_F(PlanTest, ManyReplaysAtOnceAcceptEachRowOnce) {
  Plan("one", kChannel);
  std::vector<v1::Event> events;
  for (int i = 0; i < 60; ++i) events.push_back(Purchase(absl::StrCat("u", i)));
  ASSERT_THAT(Ingest("shop", 1, events), IsOk());
  std::vector<std::thread> threads;
  std::atomic<int> replayed = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const auto answer = Replay(absl::StrCat("repair { dimensions { key: 'channel' value: 'web' } } max_count: ", 20 + t));
      EXPECT_THAT(answer, IsOk());
      if (answer.ok()) replayed += answer->replayed_count();
    });
  }
  threads.emplace_back([&] {
    const auto answer = Discard("selection { producer: 'producers/shop' } max_count: 30");
    EXPECT_THAT(answer, IsOk());
    if (answer.ok()) replayed += answer->discarded_count();
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Number("SELECT COUNT(*) FROM dead_letters WHERE state <> 'STATE_OPEN'"), replayed.load());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM dead_letters WHERE state = 'STATE_REPLAYED'"), Counted("purchase"));
  const std::vector<v1::BatchAccount> accounts = BatchAccounts("shop");
  ASSERT_EQ(accounts.size(), 1u);
  EXPECT_EQ(accounts[0].accepted_count(), Counted("purchase"));
  EXPECT_EQ(accounts[0].delivered_count(), 60);
}

TEST_F(PlanTest, AReplayGoesOnWhereItStopped) {
  Plan("one", kChannel);
  std::vector<v1::Event> events;
  for (int i = 0; i < 7; ++i) events.push_back(Purchase(absl::StrCat("u", i)));
  ASSERT_THAT(Ingest("shop", 1, events), IsOk());
  std::string after;
  int calls = 0, open = 0;
  do {
    auto answer = Replay(absl::StrCat("max_count: 3 after: '", after, "'"));
    ASSERT_THAT(answer, IsOk());
    open += answer->open_count();
    after = answer->next_after();
    ++calls;
  } while (!after.empty());
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(open, 7);
}

TEST_F(PlanTest, AKeyThatIsTakenKeepsTheRowOpen) {
  Plan("one", "event_name: 'purchase' closed: true properties { key: 'a' } properties { key: 'b' }");
  ASSERT_THAT(Ingest("shop", 1,
                     {Purchase("u1", "dimensions { key: 'a' value: '1' } properties { key: 'c' value: '2' }"),
                      Purchase("u2", "dimensions { key: 'a' value: '1' } properties { key: 'd' value: '2' }")}),
              IsOk());
  auto answer = Replay("repair { renamed_keys { key: 'c' value: 'a' } renamed_keys { key: 'd' value: 'b' } }");
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->replayed_count(), 1);
  EXPECT_EQ(answer->open_count(), 1);
  EXPECT_EQ(Letters("state = STATE_OPEN")[0].reason(), v1::Violation::REASON_KEY_TAKEN);
  EXPECT_THAT(Violations(Replay("repair { renamed_keys { key: 'c' value: 'A B' } dimensions { key: 'x' value: ' ' } }").status()),
              UnorderedElementsAre("repair.renamed_keys[A B] BAD_DIMENSION", "repair.dimensions[x] BAD_DIMENSION"));
}

TEST_F(PlanTest, AReplayedIdThatWasAcceptedMeanwhileIsADuplicate) {
  Plan("one", std::string(kChannel) + " identity: IDENTITY_EVENT_ID");
  ASSERT_THAT(Ingest("shop", 1, {Purchase("u1", "event_id: 'e1'")}), IsOk());
  ASSERT_THAT(Ingest("shop", 2, {Purchase("u1", "event_id: 'e1' dimensions { key: 'channel' value: 'web' }")}), IsOk());
  auto answer = Replay("repair { dimensions { key: 'channel' value: 'web' } }");
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->duplicate_count(), 1);
  EXPECT_EQ(Counted("purchase"), 1);
  EXPECT_EQ(Letters()[0].state(), v1::DeadLetter::STATE_DUPLICATE);
}

TEST_F(PlanTest, DiscardedRowsNeverCount) {
  Plan("one", kChannel);
  ASSERT_THAT(Ingest("shop", 1, {Purchase("u1"), Purchase("u2"), Purchase("u3")}), IsOk());
  auto some = Discard("selection { event_name: 'purchase' reason: REASON_PROPERTY_MISSING } max_count: 2");
  ASSERT_THAT(some, IsOk());
  EXPECT_EQ(some->discarded_count(), 2);
  EXPECT_TRUE(some->more());
  auto rest = Discard("selection { start_date { year: 2026 month: 1 day: 1 } end_date { year: 2026 month: 1 day: 1 } }");
  ASSERT_THAT(rest, IsOk());
  EXPECT_EQ(rest->discarded_count(), 1);
  EXPECT_FALSE(rest->more());
  auto replay = Replay("repair { dimensions { key: 'channel' value: 'web' } }");
  ASSERT_THAT(replay, IsOk());
  EXPECT_EQ(replay->replayed_count(), 0);
  EXPECT_EQ(BatchAccounts("shop")[0].discarded_count(), 3);
  EXPECT_THAT(Discard("selection { start_date { year: 2026 month: 1 day: 2 } end_date { year: 2026 month: 1 day: 1 } }"),
              HasReason("INVALID_FIELDS"));
}

TEST_F(PlanTest, WhoSeesWhat) {
  Plan("one", kChannel);
  ASSERT_THAT(Ingest("shop", 1, {Purchase("u1")}), IsOk());
  ASSERT_THAT(Ingest("app", 1, {Purchase("u2")}), IsOk());
  const rpc::Call shop = Producer("shop"), engineer = Engineer();
  ASSERT_EQ(Letters("", &shop).size(), 1u);
  EXPECT_EQ(Letters("", &shop)[0].event().user(), "u1");
  ASSERT_EQ(Letters("", &engineer).size(), 2u);
  EXPECT_FALSE(Letters("", &engineer)[0].has_event()) << "who runs the suite counts dead letters and does not read them";
  EXPECT_EQ(Letters("", &engineer)[0].reason(), v1::Violation::REASON_PROPERTY_MISSING);
  const auto summary = [&](const rpc::Call& call, const std::string& text) {
    auto answer = Call<v1::SummarizeDeadLettersResponse>("SummarizeDeadLetters", call, Proto<v1::SummarizeDeadLettersRequest>(text));
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? answer->total_count() : -1;
  };
  EXPECT_EQ(summary(Analyst(), ""), 2);
  EXPECT_EQ(summary(Analyst(), "producer: 'producers/app'"), 1);
  EXPECT_EQ(summary(shop, "producer: 'producers/app'"), 1) << "its own, whatever it asks for";
  EXPECT_EQ(summary(shop, ""), 1);
  v1::ListBatchAccountsRequest others;
  others.set_parent("producers/app");
  auto accounts = Call<v1::ListBatchAccountsResponse>("ListBatchAccounts", shop, others);
  ASSERT_THAT(accounts, IsOk());
  EXPECT_EQ(accounts->batch_accounts_size(), 0);
}

// ---- The books

// Random schemas, batches, repetitions, replays and discards: after each step every account adds up, and all accounts agree with the rows.
TEST_F(PlanTest, TheBooksAlwaysAddUp) {
  std::mt19937 random(20260101);
  const auto any = [&](int n) { return static_cast<int>(random() % n); };
  std::map<std::string, int64_t> sequence;
  std::map<std::string, std::vector<v1::Event>> last;
  int64_t delivered = 0;
  int versions = 0;
  for (int step = 0; step < 60; ++step) {
    const std::string producer = absl::StrCat("p", any(3));
    switch (any(8)) {
      case 0: {
        const char* rules[] = {"", "identity: IDENTITY_EVENT_ID", "allowed_lateness { seconds: 86400 }",
                               "rules { reason: REASON_PROPERTY_MISSING action: ACTION_OBSERVE }",
                               "rules { reason: REASON_PROPERTY_NOT_ALLOWED action: ACTION_REFUSE }"};
        Plan(absl::StrCat("v", ++versions), absl::StrCat(kChannel, " ", rules[any(5)]));
        break;
      }
      case 1:
        ASSERT_THAT(Replay(any(2) == 0 ? "" : "repair { dimensions { key: 'channel' value: 'web' } } max_count: 7"), IsOk());
        break;
      case 2:
        ASSERT_THAT(Discard(absl::StrCat("selection { producer: 'producers/", producer, "' } max_count: ", 1 + any(3))), IsOk());
        break;
      case 3:
        if (sequence[producer] > 0) {
          const auto again = Ingest(producer, sequence[producer], last[producer]);
          ASSERT_THAT(again, IsOk());
          EXPECT_TRUE(again->duplicate());
        }
        break;
      default: {
        std::vector<v1::Event> events;
        std::set<std::string> ids;
        for (int i = any(12); i >= 0; --i) {
          const char* channels[] = {"", "dimensions { key: 'channel' value: 'web' }", "dimensions { key: 'channel' value: 'mail' }"};
          v1::Event event = Purchase(absl::StrCat("u", any(20)), channels[any(3)]);
          if (any(5) == 0) event.set_event_name("visit");
          if (any(2) == 0) event.set_event_id(absl::StrCat("e", any(30)));
          if (!event.event_id().empty() && !ids.insert(event.event_id()).second) continue;
          *event.mutable_occur_time() = time::ToTimestamp(clock_.Now() - absl::Hours(any(60)));
          events.push_back(event);
        }
        const auto answer = Ingest(producer, sequence[producer] + 1, events);
        if (!answer.ok()) {
          EXPECT_THAT(answer, HasReason("INVALID_FIELDS"));
          break;
        }
        EXPECT_EQ(answer->accepted_count() + answer->quarantined_count() + answer->duplicate_count(), static_cast<int>(events.size()));
        ++sequence[producer];
        last[producer] = events;
        delivered += static_cast<int64_t>(events.size());
      }
    }
    clock_.Advance(absl::Minutes(any(600)));
    for (const char* table : {"batch_accounts", "delivery_accounts"}) {
      const auto sum = [&](const std::string& column) {
        return Number(absl::StrCat("SELECT COALESCE(SUM(", column, "), 0) FROM ", table));
      };
      EXPECT_EQ(sum("delivered_count"), delivered) << table << " after step " << step;
      EXPECT_EQ(sum("accepted_count + duplicate_count + quarantined_count + discarded_count"), delivered) << table;
      EXPECT_EQ(sum("accepted_count"), Counted("purchase") + Counted("visit")) << table;
      EXPECT_EQ(sum("quarantined_count"), Number("SELECT COUNT(*) FROM dead_letters WHERE state = 'STATE_OPEN'")) << table;
      EXPECT_EQ(sum("discarded_count"), Number("SELECT COUNT(*) FROM dead_letters WHERE state = 'STATE_DISCARDED'")) << table;
    }
  }
  EXPECT_GT(Number("SELECT COUNT(*) FROM dead_letters WHERE state = 'STATE_REPLAYED'"), 0);
  EXPECT_GT(Number("SELECT SUM(duplicate_count) FROM batch_accounts"), 0);
  for (const v1::DeliveryAccount& account : DayAccounts("p0")) {
    EXPECT_EQ(account.accepted_count() + account.duplicate_count() + account.quarantined_count() + account.discarded_count(),
              account.delivered_count());
  }
}

}  // namespace
}  // namespace heitie::metrics
