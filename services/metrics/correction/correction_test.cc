#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "common/status/macros.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/metrics/v1/dead_letter.pb.h"
#include "heitie/metrics/v1/delivery.pb.h"
#include "heitie/metrics/v1/event_schema.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/metrics/v1/user_erasure.pb.h"
#include "heitie/metrics/v1/withdrawal.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/engine/fold.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::EqualsProto;
using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;

class CorrectionTest : public heitie::test::ServiceTest<Service> {
 protected:
  CorrectionTest() : ServiceTest("metrics") {}

  int Pick(int n) { return static_cast<int>(random_() % n); }

  v1::IngestEventsRequest RandomBatch(const std::string& producer, int64_t sequence, int size) {
    v1::IngestEventsRequest request;
    request.set_producer(producer);
    request.set_sequence(sequence);
    for (int i = 0; i < size; ++i) {
      v1::Event& event = *request.add_events();
      event.set_event_name(Pick(2) == 0 ? "purchase" : "visit");
      event.set_user("u" + std::to_string(Pick(12)));
      *event.mutable_occur_time() = time::ToTimestamp(clock_.Now() - absl::Seconds(60 + Pick(3 * 86400)));
      if (Pick(2) == 0) event.set_activity("activities/a" + std::to_string(Pick(2)));
      if (Pick(2) == 0) (*event.mutable_dimensions())["channel"] = "c" + std::to_string(Pick(3));
      if (Pick(2) == 0) event.set_value(Pick(1000) / 7.0);
    }
    return request;
  }
  absl::StatusOr<v1::IngestEventsResponse> Ingest(const v1::IngestEventsRequest& request) {
    return Call<v1::IngestEventsResponse>("IngestEvents", Analyst(), request);
  }
  void FoldSome() {
    absl::StatusOr<std::vector<SeriesDay>> days;
    ASSERT_THAT(database_.get().Read(Soon(),
                                     [&](sql::Session& session) {
                                       days = DaysToFold(session, clock_.Now(),
                                                         {.rows = 1 + Pick(20), .blocks = 1 << 30, .age = absl::Hours(9999)});
                                       return days.status();
                                     }),
                IsOk());
    for (const SeriesDay& day : *days) ASSERT_THAT(FoldDay(database_.get(), Soon(), day), IsOk());
  }
  static absl::Time Soon() { return absl::Now() + absl::Seconds(20); }

  // Every answer about the batches' figures, as one text; versions and times of computation, which only rise, are left out.
  std::string Answers() {
    std::string all;
    for (const char* name : {"purchase", "visit"}) {
      for (const char* activity : {"", "activities/a0", "activities/a1"}) {
        for (const char* dimension : {"", "channel"}) {
          v1::QueryMetricRequest request = Proto<v1::QueryMetricRequest>(
              "start_date { year: 2025 month: 12 day: 1 } end_date { year: 2026 month: 1 day: 31 } aggregation: "
              "AGGREGATION_DISTINCT_USERS");
          request.set_event_name(name);
          request.set_activity(activity);
          if (*dimension != '\0') request.add_group_by(dimension);
          auto answer = Call<v1::QueryMetricResponse>("QueryMetric", Manager(), request);
          EXPECT_THAT(answer, IsOk());
          answer->mutable_source()->clear_version();
          answer->mutable_source()->clear_compute_time();
          for (auto& producer : *answer->mutable_source()->mutable_producers()) producer.clear_last_sequence();
          auto& producers = *answer->mutable_source()->mutable_producers();
          producers.erase(std::remove_if(producers.begin(), producers.end(), [](const auto& one) { return one.count() == 0; }),
                          producers.end());
          absl::StrAppend(&all, answer->ShortDebugString(), "\n");
        }
      }
    }
    for (const char* activity : {"activities/a0", "activities/a1"}) {
      v1::GetActivityCountersRequest request;
      request.set_activity(activity);
      auto counters = Call<v1::ActivityCounters>("GetActivityCounters", Manager(), request);
      EXPECT_THAT(counters, IsOk());
      counters->clear_version();
      counters->clear_compute_time();
      absl::StrAppend(&all, counters->ShortDebugString(), "\n");
    }
    return all;
  }

  absl::StatusOr<v1::Withdrawal> Withdraw(const std::string& text) {
    return Call<v1::Withdrawal>("CreateWithdrawal", Analyst(), Proto<v1::CreateWithdrawalRequest>(text));
  }
  void Work() {
    for (int i = 0; i < 2; ++i) ASSERT_THAT(jobs_.RunDue(), IsOk());
  }
  void Plan(const std::string& text) {
    const auto schema = Call<v1::EventSchema>("CreateEventSchema", Analyst(), Proto<v1::CreateEventSchemaRequest>(text));
    ASSERT_THAT(schema, IsOk());
    v1::ActivateEventSchemaRequest request;
    request.set_name(schema->name());
    request.set_reason("Agreed");
    ASSERT_THAT(Call<v1::EventSchema>("ActivateEventSchema", Analyst(), request), IsOk());
  }
  // Proposed, approved and done.
  void Erase(const std::string& text) {
    const auto proposed = Call<v1::UserErasure>("ProposeUserErasure", Analyst(), Proto<v1::ProposeUserErasureRequest>(text));
    ASSERT_THAT(proposed, IsOk());
    v1::ApproveUserErasureRequest approve;
    approve.set_name(proposed->name());
    ASSERT_THAT(Call<v1::UserErasure>("ApproveUserErasure", Manager(), approve), IsOk());
    Work();
    v1::GetUserErasureRequest get;
    get.set_name(proposed->name());
    EXPECT_EQ(Call<v1::UserErasure>("GetUserErasure", Manager(), get)->state(), v1::UserErasure::STATE_DONE);
  }
  int64_t Number(const std::string& query) {
    int64_t number = -1;
    EXPECT_THAT(
        database_.get().Read(
            Soon(), [&](sql::Session& session) { return session.Query(query, {}, [&](const sql::Row& row) { number = row.Int(0); }); }),
        IsOk());
    return number;
  }
  rpc::Call OtherManager() const { return heitie::test::By("employees/other", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()); }

  // No table of the schema, events and jobs among them, has the text in any row.
  void ExpectNowhere(const std::string& text) {
    std::vector<std::pair<std::string, std::string>> columns;
    ASSERT_THAT(database_.get().Read(Soon(),
                                     [&](sql::Session& session) {
                                       return session.Query(
                                           "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()",
                                           {}, [&](const sql::Row& row) { columns.emplace_back(row.Text(0), row.Text(1)); });
                                     }),
                IsOk());
    ASSERT_GT(columns.size(), 100u);
    for (const auto& [table, column] : columns) {
      int64_t rows = -1;
      ASSERT_THAT(database_.get().Read(Soon(),
                                       [&](sql::Session& session) {
                                         return session.Query(
                                             "SELECT COUNT(*) FROM `" + table + "` WHERE INSTR(CAST(`" + column + "` AS BINARY), ?) > 0",
                                             sql::Bind(text), [&](const sql::Row& row) { rows = row.Int(0); });
                                       }),
                  IsOk());
      EXPECT_EQ(rows, 0) << table << "." << column;
    }
  }

  std::mt19937 random_{11};
};

TEST_F(CorrectionTest, WhatIsWithdrawnHasNeverCome) {
  std::vector<v1::IngestEventsRequest> batches;
  for (int i = 0; i < 18; ++i) batches.push_back(RandomBatch("producers/p" + std::to_string(i % 2), i / 2 + 1, 40));
  const auto withdrawn = [](const v1::IngestEventsRequest& batch) {
    return batch.producer() == "producers/p1" && batch.sequence() >= 3 && batch.sequence() <= 6;
  };
  for (const auto& batch : batches) {
    if (!withdrawn(batch)) ASSERT_THAT(Ingest(batch), IsOk());
  }
  const std::string expected = Answers();
  for (const auto& batch : batches) {
    if (withdrawn(batch)) ASSERT_THAT(Ingest(batch), IsOk());
    if (Pick(2) == 0) FoldSome();
  }
  ASSERT_NE(Answers(), expected);

  auto withdrawal = Withdraw(R"pb(withdrawal { producer: "producers/p1" first_sequence: 3 last_sequence: 6 reason: "wrong currency" }
                                  withdrawal_id: "w1")pb");
  ASSERT_THAT(withdrawal, IsOk());
  EXPECT_EQ(withdrawal->state(), v1::Withdrawal::STATE_RUNNING);
  EXPECT_EQ(withdrawal->batch_count(), 4);
  Work();
  EXPECT_EQ(Answers(), expected);
  v1::GetWithdrawalRequest get;
  get.set_name("withdrawals/w1");
  const auto done = Call<v1::Withdrawal>("GetWithdrawal", Manager(), get);
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->state(), v1::Withdrawal::STATE_DONE);
  EXPECT_EQ(done->row_count(), 160);
  v1::GetProducerRequest get_producer;
  get_producer.set_name("producers/p1");
  EXPECT_EQ(Call<v1::Producer>("GetProducer", Manager(), get_producer)->event_count(), 200);
  // The sequences stay taken, and are not withdrawn twice.
  EXPECT_TRUE(Ingest(batches[5])->duplicate());
  EXPECT_EQ(Answers(), expected);
  EXPECT_THAT(Withdraw(R"pb(withdrawal { producer: "producers/p1" first_sequence: 3 last_sequence: 6 reason: "again" })pb"),
              HasReason("NOTHING_TO_WITHDRAW"));
}

TEST_F(CorrectionTest, BadWithdrawalsAreRefused) {
  ASSERT_THAT(Ingest(RandomBatch("producers/p0", 1, 3)), IsOk());
  EXPECT_THAT(heitie::test::Violations(
                  Withdraw(R"pb(withdrawal { producer: "producers/p0" first_sequence: 3 last_sequence: 2 reason: "r" })pb").status()),
              ::testing::ElementsAre("withdrawal.last_sequence BAD_SEQUENCES"));
  EXPECT_THAT(heitie::test::Violations(
                  Withdraw(R"pb(withdrawal { producer: "producers/p0" first_sequence: 1 last_sequence: 10001 reason: "r" })pb").status()),
              ::testing::ElementsAre("withdrawal.last_sequence BAD_SEQUENCES"));
  EXPECT_TRUE(absl::IsNotFound(
      Withdraw(R"pb(withdrawal { producer: "producers/none" first_sequence: 1 last_sequence: 1 reason: "r" })pb").status()));
  EXPECT_THAT(Withdraw(R"pb(withdrawal { producer: "producers/p0" first_sequence: 2 last_sequence: 9 reason: "r" })pb"),
              HasReason("NOTHING_TO_WITHDRAW"));
  EXPECT_TRUE(
      absl::IsInvalidArgument(Withdraw(R"pb(withdrawal { producer: "producers/p0" first_sequence: 1 last_sequence: 1 })pb").status()));
}

TEST_F(CorrectionTest, AnErasedUserIsNowhereAndComesBackAsSomebodyNew) {
  for (int i = 0; i < 6; ++i) ASSERT_THAT(Ingest(RandomBatch("producers/p0", i + 1, 30)), IsOk());
  FoldSome();
  const std::string expected = Answers();
  for (int i = 6; i < 10; ++i) {
    v1::IngestEventsRequest batch = RandomBatch("producers/p0", i + 1, 20);
    for (auto& event : *batch.mutable_events()) event.set_user("the-erased-one");
    ASSERT_THAT(Ingest(batch), IsOk());
    if (i == 7) FoldSome();
  }
  ASSERT_NE(Answers(), expected);
  auto proposed = Call<v1::UserErasure>("ProposeUserErasure", Manager(),
                                        Proto<v1::ProposeUserErasureRequest>(R"pb(user: "the-erased-one" reference: "DSR-1")pb"));
  ASSERT_THAT(proposed, IsOk());
  v1::ApproveUserErasureRequest approve;
  approve.set_name(proposed->name());
  EXPECT_THAT(Call<v1::UserErasure>("ApproveUserErasure", Manager(), approve), HasReason("OWN_ERASURE"));
  ASSERT_THAT(Call<v1::UserErasure>("ApproveUserErasure", OtherManager(), approve), IsOk());
  Work();
  v1::GetUserErasureRequest get;
  get.set_name(proposed->name());
  const auto done = Call<v1::UserErasure>("GetUserErasure", Manager(), get);
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->state(), v1::UserErasure::STATE_DONE);
  EXPECT_EQ(done->row_count(), 80);
  ExpectNowhere("the-erased-one");
  EXPECT_EQ(Answers(), expected);

  // The same id is a new user: one more in the sets, and nothing of the old events.
  v1::IngestEventsRequest again = RandomBatch("producers/p0", 11, 1);
  again.mutable_events(0)->set_user("the-erased-one");
  again.mutable_events(0)->clear_activity();
  again.mutable_events(0)->set_event_name("purchase");
  const auto answer = Ingest(again);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->accepted_count(), 1);
  EXPECT_NE(Answers(), expected);

  // Who keeps something of users by the same ids finds out whom it has to forget, and until when.
  v1::FindErasedUsersRequest find;
  for (const char* user : {"somebody", "the-erased-one", "the-erased-one"}) find.add_users(user);
  const auto service = heitie::test::By("services/activity", {options::v1::ROLE_SERVICE}, clock_.Now());
  auto erased = Call<v1::FindErasedUsersResponse>("FindErasedUsers", service, find);
  ASSERT_THAT(erased, IsOk());
  ASSERT_EQ(erased->erased_users_size(), 1);
  EXPECT_EQ(erased->erased_users(0).user(), "the-erased-one");
  EXPECT_EQ(erased->erased_users(0).user_erasure(), done->name());
  EXPECT_EQ(erased->erased_users(0).reference(), "DSR-1");
  EXPECT_THAT(erased->erased_users(0).erase_time(), EqualsProto(done->decide_time()));

  // The restored backup knows the user again: the digest tells who it is.
  v1::RepeatUserErasuresRequest repeat;
  repeat.add_user_digests(done->user_digest());
  repeat.add_user_digests(std::string(64, '0'));
  repeat.set_reference("DSR-1 after the restoration");
  repeat.set_bar_later_events(true);
  const auto repeated = Call<v1::RepeatUserErasuresResponse>("RepeatUserErasures", Manager(), repeat);
  ASSERT_THAT(repeated, IsOk());
  ASSERT_EQ(repeated->user_erasures_size(), 1);
  erased = Call<v1::FindErasedUsersResponse>("FindErasedUsers", service, find);
  ASSERT_THAT(erased, IsOk());
  EXPECT_EQ(erased->erased_users(0).user_erasure(), done->name()) << "what is only proposed erases nobody";
  approve.set_name(repeated->user_erasures(0).name());
  ASSERT_THAT(Call<v1::UserErasure>("ApproveUserErasure", OtherManager(), approve), IsOk());
  erased = Call<v1::FindErasedUsersResponse>("FindErasedUsers", service, find);
  ASSERT_THAT(erased, IsOk());
  EXPECT_EQ(erased->erased_users(0).user_erasure(), approve.name());
  Work();
  EXPECT_EQ(Answers(), expected);
  // And this time later events stay out; the batch with them is taken in all the same.
  v1::IngestEventsRequest later = RandomBatch("producers/p0", 12, 3);
  later.mutable_events(1)->set_user("the-erased-one");
  const auto without = Ingest(later);
  ASSERT_THAT(without, IsOk());
  EXPECT_EQ(without->accepted_count(), 2);
  EXPECT_EQ(without->discarded_count(), 1);
  ExpectNowhere("the-erased-one");
  EXPECT_TRUE(Ingest(later)->duplicate());
}

// On a cluster a batch on another node may have looked the user up before the erasure, and be stored after it.
TEST_F(CorrectionTest, RowsThatCameOverAnErasureAreFoundByTheSecondLook) {
  ASSERT_THAT(Ingest(RandomBatch("producers/p0", 1, 30)), IsOk());
  const std::string expected = Answers();
  v1::IngestEventsRequest batch = RandomBatch("producers/p0", 2, 20);
  for (auto& event : *batch.mutable_events()) event.set_user("the-erased-one");
  ASSERT_THAT(Ingest(batch), IsOk());
  std::vector<sql::Values> rows;
  const std::string columns =
      "kind, name, day, producer, sequence, part, first_user, last_user, row_count, insert_time, row_keys, attributes, origin";
  ASSERT_THAT(database_.get().Read(
                  Soon(),
                  [&](sql::Session& session) {
                    return session.Query("SELECT " + columns + " FROM fresh_block WHERE sequence = 2", {}, [&](const sql::Row& row) {
                      rows.push_back(sql::Bind(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Int(4), row.Int(5), row.Int(6),
                                               row.Int(7), row.Int(8), row.Time(9), row.Text(10), row.Text(11), row.Text(12)));
                    });
                  }),
              IsOk());
  auto proposed = Call<v1::UserErasure>("ProposeUserErasure", Manager(),
                                        Proto<v1::ProposeUserErasureRequest>(R"pb(user: "the-erased-one" reference: "DSR-1")pb"));
  ASSERT_THAT(proposed, IsOk());
  v1::ApproveUserErasureRequest approve;
  approve.set_name(proposed->name());
  ASSERT_THAT(Call<v1::UserErasure>("ApproveUserErasure", OtherManager(), approve), IsOk());
  Work();
  EXPECT_EQ(Answers(), expected);
  // What the other node commits now; the books of the first time say already that it is discarded.
  ASSERT_THAT(database_.get().Write(
                  Soon(),
                  [&](sql::Session& session) -> absl::Status {
                    RETURN_IF_ERROR(session.Execute("DELETE FROM batch_accounts WHERE sequence = 2").status());
                    for (const sql::Values& values : rows) {
                      RETURN_IF_ERROR(
                          session.Execute("INSERT INTO fresh_block (" + columns + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", values).status());
                      RETURN_IF_ERROR(
                          session.Execute("UPDATE series_producer SET point_count = point_count + ? WHERE name = ?", {values[8], values[1]})
                              .status());
                    }
                    return absl::OkStatus();
                  }),
              IsOk());
  ASSERT_NE(Answers(), expected);
  FoldSome();
  clock_.Set(clock_.Now() + absl::Minutes(9));
  Work();
  ASSERT_NE(Answers(), expected);
  clock_.Set(clock_.Now() + absl::Minutes(2));
  Work();
  EXPECT_EQ(Answers(), expected);
  v1::GetUserErasureRequest get;
  get.set_name(proposed->name());
  EXPECT_EQ(Call<v1::UserErasure>("GetUserErasure", Manager(), get)->row_count(), 40);
}

// Accounts are by the name under which a row was delivered, also when a replay has renamed it.
TEST_F(CorrectionTest, BooksBalanceWhenARenamedRowIsTakenBack) {
  Plan(R"pb(event_schema_id: "cart"
            event_schema {
              event_name: "cart"
              properties { key: "channel" required: true }
            })pb");
  v1::IngestEventsRequest batch = RandomBatch("producers/p0", 1, 2);
  for (auto& event : *batch.mutable_events()) {
    event.set_event_name("cart");
    event.clear_dimensions();
    *event.mutable_occur_time() = time::ToTimestamp(clock_.Now());
  }
  batch.mutable_events(0)->set_user("renamed-and-erased");
  ASSERT_THAT(Ingest(batch), IsOk());
  const auto replayed = Call<v1::ReplayDeadLettersResponse>(
      "ReplayDeadLetters", Analyst(), Proto<v1::ReplayDeadLettersRequest>(R"pb(selection { event_name: "cart" }
                                                                               repair {
                                                                                 point_name: "purchase"
                                                                                 dimensions { key: "channel" value: "web" }
                                                                               }
                                                                               reason: "r")pb"));
  ASSERT_THAT(replayed, IsOk());
  ASSERT_EQ(replayed->replayed_count(), 2);
  const auto ExpectAccounts = [&](int64_t accepted) {
    const auto days = Call<v1::ListDeliveryAccountsResponse>("ListDeliveryAccounts", Analyst(),
                                                             Proto<v1::ListDeliveryAccountsRequest>(R"pb(parent: "producers/p0")pb"));
    ASSERT_THAT(days, IsOk());
    ASSERT_EQ(days->delivery_accounts_size(), 1);
    EXPECT_EQ(days->delivery_accounts(0).event_name(), "cart");
    EXPECT_EQ(days->delivery_accounts(0).accepted_count(), accepted);
    EXPECT_EQ(days->delivery_accounts(0).discarded_count(), 2 - accepted);
    const auto batches = Call<v1::ListBatchAccountsResponse>("ListBatchAccounts", Analyst(),
                                                             Proto<v1::ListBatchAccountsRequest>(R"pb(parent: "producers/p0")pb"));
    ASSERT_THAT(batches, IsOk());
    ASSERT_EQ(batches->batch_accounts_size(), 1);
    EXPECT_EQ(batches->batch_accounts(0).accepted_count(), accepted);
  };
  ExpectAccounts(2);
  Erase(R"pb(user: "renamed-and-erased" reference: "DSR")pb");
  ExpectAccounts(1);
  ASSERT_THAT(Withdraw(R"pb(withdrawal { producer: "producers/p0" first_sequence: 1 last_sequence: 1 reason: "r" })pb"), IsOk());
  Work();
  ExpectAccounts(0);
}

// What is delivered again after a withdrawal, put right and under the ids it had, is no duplicate of what never came.
TEST_F(CorrectionTest, IdsMayComeAgainAfterAWithdrawal) {
  Plan(R"pb(event_schema_id: "ticket"
            event_schema { event_name: "ticket" identity: IDENTITY_EVENT_ID })pb");
  const auto batch = [&](const std::string& producer, int64_t sequence) {
    v1::IngestEventsRequest request = RandomBatch(producer, sequence, 3);
    for (int i = 0; i < 3; ++i) {
      request.mutable_events(i)->set_event_name("ticket");
      request.mutable_events(i)->set_event_id("t" + std::to_string(i));
    }
    return request;
  };
  ASSERT_THAT(Ingest(batch("producers/p0", 1)), IsOk());
  EXPECT_EQ(Ingest(batch("producers/p1", 1))->duplicate_count(), 3);
  ASSERT_THAT(Withdraw(R"pb(withdrawal { producer: "producers/p1" first_sequence: 1 last_sequence: 1 reason: "r" })pb"), IsOk());
  Work();
  EXPECT_EQ(Ingest(batch("producers/p1", 2))->duplicate_count(), 3) << "ids that are others' stay";
  ASSERT_THAT(Withdraw(R"pb(withdrawal { producer: "producers/p0" first_sequence: 1 last_sequence: 1 reason: "r" })pb"), IsOk());
  Work();
  EXPECT_EQ(Ingest(batch("producers/p0", 2))->accepted_count(), 3);
  EXPECT_EQ(Ingest(batch("producers/p1", 3))->duplicate_count(), 3);
}

TEST_F(CorrectionTest, WhoComesBetweenProposalAndApprovalIsErasedToo) {
  ASSERT_THAT(Ingest(RandomBatch("producers/p0", 1, 20)), IsOk());
  const std::string expected = Answers();
  const auto proposed =
      Call<v1::UserErasure>("ProposeUserErasure", Analyst(),
                            Proto<v1::ProposeUserErasureRequest>(R"pb(user: "early-refuser" reference: "DSR" bar_later_events: true)pb"));
  ASSERT_THAT(proposed, IsOk());
  v1::IngestEventsRequest batch = RandomBatch("producers/p0", 2, 10);
  for (auto& event : *batch.mutable_events()) event.set_user("early-refuser");
  ASSERT_THAT(Ingest(batch), IsOk());
  v1::ApproveUserErasureRequest approve;
  approve.set_name(proposed->name());
  ASSERT_THAT(Call<v1::UserErasure>("ApproveUserErasure", Manager(), approve), IsOk());
  Work();
  EXPECT_EQ(Answers(), expected);
  ExpectNowhere("early-refuser");
}

TEST_F(CorrectionTest, WhoIsKnownByDeadLettersAloneCanBeErased) {
  Plan(R"pb(event_schema_id: "cart"
            event_schema {
              event_name: "cart"
              properties { key: "channel" required: true }
            })pb");
  v1::IngestEventsRequest batch = RandomBatch("producers/p0", 1, 1);
  batch.mutable_events(0)->set_event_name("cart");
  batch.mutable_events(0)->clear_dimensions();
  batch.mutable_events(0)->set_user("never-accepted");
  EXPECT_EQ(Ingest(batch)->quarantined_count(), 1);
  Erase(R"pb(user: "never-accepted" reference: "DSR")pb");
  ExpectNowhere("never-accepted");
}

// What was delivered before an erasure does not come back by a replay, not even while the erasure is at work.
TEST_F(CorrectionTest, AReplayBringsNobodyBack) {
  Plan(R"pb(event_schema_id: "cart"
            event_schema {
              event_name: "cart"
              properties { key: "channel" required: true }
            })pb");
  v1::IngestEventsRequest batch = RandomBatch("producers/p0", 1, 8);
  for (int i = 0; i < 8; ++i) {
    batch.mutable_events(i)->set_user("gone-and-new");
    batch.mutable_events(i)->set_event_name(i < 4 ? "cart" : "visit");
    batch.mutable_events(i)->clear_dimensions();
  }
  ASSERT_THAT(Ingest(batch), IsOk());
  std::atomic<bool> done = false;
  std::thread replay([&] {
    while (!done) {
      const auto replayed = Call<v1::ReplayDeadLettersResponse>(
          "ReplayDeadLetters", Analyst(), Proto<v1::ReplayDeadLettersRequest>(R"pb(selection { event_name: "cart" }
                                                                                   repair { dimensions { key: "channel" value: "web" } }
                                                                                   reason: "r"
                                                                                   max_count: 1)pb"));
      EXPECT_TRUE(replayed.ok() || absl::IsUnavailable(replayed.status())) << replayed.status();
    }
  });
  Erase(R"pb(user: "gone-and-new" reference: "DSR")pb");
  done = true;
  replay.join();
  ExpectNowhere("gone-and-new");
  EXPECT_EQ(Number("SELECT COUNT(*) FROM day_cell") + Number("SELECT COUNT(*) FROM fresh_block"), 0);
  EXPECT_EQ(Number("SELECT discarded_count FROM batch_accounts"), 8);
}

// Whoever is barred while batches with their rows are on the way, good rows and others, is nowhere afterwards.
TEST_F(CorrectionTest, BarredUsersStayOutWhileTheirRowsAreOnTheWay) {
  Plan(R"pb(event_schema_id: "cart"
            event_schema {
              event_name: "cart"
              properties { key: "channel" required: true }
            })pb");
  constexpr int kUsers = 12, kThreads = 4;
  std::atomic<bool> done = false;
  std::vector<std::thread> producers;
  for (int t = 0; t < kThreads; ++t) {
    producers.emplace_back([&, t] {
      for (int64_t sequence = 1; !done; ++sequence) {
        v1::IngestEventsRequest batch;
        batch.set_producer("producers/t" + std::to_string(t));
        batch.set_sequence(sequence);
        v1::Event& event = *batch.add_events();
        event.set_event_name((sequence + t) % 2 == 0 ? "cart" : "purchase");
        event.set_user("barred-" + std::to_string(sequence % kUsers) + "-");
        *event.mutable_occur_time() = time::ToTimestamp(clock_.Now());
        absl::Status status;
        do {
          status = Ingest(batch).status();
        } while (absl::IsUnavailable(status));
        EXPECT_THAT(status, IsOk());
      }
    });
  }
  for (int i = 0; i < kUsers; ++i) {
    Erase("bar_later_events: true reference: 'DSR' user: 'barred-" + std::to_string(i) + "-'");
  }
  done = true;
  for (std::thread& producer : producers) producer.join();
  ExpectNowhere("barred-");
  EXPECT_EQ(Number("SELECT COUNT(*) FROM day_cell") + Number("SELECT COUNT(*) FROM fresh_block"), 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM batch_accounts WHERE discarded_count <> delivered_count"), 0);
}

TEST_F(CorrectionTest, ARejectedErasureErasesNothing) {
  ASSERT_THAT(Ingest(RandomBatch("producers/p0", 1, 20)), IsOk());
  const std::string before = Answers();
  auto proposed =
      Call<v1::UserErasure>("ProposeUserErasure", Analyst(), Proto<v1::ProposeUserErasureRequest>(R"pb(user: "u1" reference: "DSR-2")pb"));
  ASSERT_THAT(proposed, IsOk());
  v1::RejectUserErasureRequest reject;
  reject.set_name(proposed->name());
  reject.set_reason("not the same person");
  ASSERT_THAT(Call<v1::UserErasure>("RejectUserErasure", Manager(), reject), IsOk());
  v1::ApproveUserErasureRequest approve;
  approve.set_name(proposed->name());
  EXPECT_THAT(Call<v1::UserErasure>("ApproveUserErasure", Manager(), approve), HasReason("ILLEGAL_TRANSITION"));
  Work();
  EXPECT_EQ(Answers(), before);
  EXPECT_TRUE(absl::IsNotFound(Call<v1::UserErasure>("ProposeUserErasure", Analyst(),
                                                     Proto<v1::ProposeUserErasureRequest>(R"pb(user: "nobody" reference: "DSR-3")pb"))
                                   .status()));
}

}  // namespace
}  // namespace heitie::metrics
