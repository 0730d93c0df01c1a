#include "services/metrics/quality/book_retention.h"

#include <gmock/gmock.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/dead_letter.pb.h"
#include "heitie/metrics/v1/delivery.pb.h"
#include "heitie/metrics/v1/event_schema.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/watermark.pb.h"
#include "services/metrics/engine/fold.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::IsOk;
using heitie::test::Proto;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class BookRetentionTest : public heitie::test::ServiceTest<Service> {
 protected:
  BookRetentionTest() : ServiceTest("metrics") {}

  void Ingest(int64_t sequence, int count, const std::string& more) {
    v1::IngestEventsRequest request;
    request.set_producer("producers/shop");
    request.set_sequence(sequence);
    for (int i = 0; i < count; ++i) {
      v1::Event& event = *request.add_events();
      event = Proto<v1::Event>("event_name: 'purchase' value_minor: 10 " + more);
      event.set_user(absl::StrCat("u", i));
      *event.mutable_occur_time() = time::ToTimestamp(clock_.Now());
    }
    ASSERT_THAT(Call<v1::IngestEventsResponse>("IngestEvents", Analyst(), request), IsOk());
  }
  void Keep(const std::string& id, const std::string& terms) {
    ASSERT_THAT(Call<v1::RowRetention>("CreateRowRetention", Manager(),
                                       Proto<v1::CreateRowRetentionRequest>(
                                           absl::StrCat("row_retention_id: '", id, "' row_retention { reason: 'space' ", terms, " }"))),
                IsOk());
    ASSERT_THAT(
        Call<v1::RowRetention>("PublishRowRetention", Manager(), Proto<v1::PublishRowRetentionRequest>("name: 'rowRetentions/" + id + "'")),
        IsOk());
  }
  std::vector<v1::DeliveryAccount> Accounts() {
    auto list = Call<v1::ListDeliveryAccountsResponse>("ListDeliveryAccounts", Analyst(),
                                                       Proto<v1::ListDeliveryAccountsRequest>("parent: 'producers/shop' page_size: 1000"));
    EXPECT_THAT(list, IsOk());
    return {list->delivery_accounts().begin(), list->delivery_accounts().end()};
  }
  // What all accounts say together.
  std::map<std::string, int64_t> Books() {
    std::map<std::string, int64_t> books;
    for (const v1::DeliveryAccount& account : Accounts()) {
      books["delivered"] += account.delivered_count();
      books["accepted"] += account.accepted_count();
      books["settled"] += account.quarantined_count() + account.discarded_count();
      books["sum"] += account.sum_minor();
    }
    return books;
  }
  std::vector<v1::DeadLetter> Letters() {
    auto list = Call<v1::ListDeadLettersResponse>("ListDeadLetters", Analyst(), v1::ListDeadLettersRequest());
    EXPECT_THAT(list, IsOk());
    return {list->dead_letters().begin(), list->dead_letters().end()};
  }
  void Expire() {
    for (int i = 0; i < 2; ++i) {
      clock_.Set(clock_.Now() + absl::Hours(2));
      ASSERT_THAT(jobs_.RunDue(), IsOk());
    }
  }
};

TEST_F(BookRetentionTest, WhatGoesHasItsSumsInWhatStays) {
  ASSERT_THAT(Call<v1::EventSchema>("CreateEventSchema", Analyst(), Proto<v1::CreateEventSchemaRequest>(R"pb(
                                      event_schema_id: "purchase"
                                      event_schema {
                                        event_name: "purchase"
                                        properties { key: "channel" place: PLACE_DIMENSION required: true }
                                      })pb")),
              IsOk());
  ASSERT_THAT(Call<v1::EventSchema>("ActivateEventSchema", Analyst(),
                                    Proto<v1::ActivateEventSchemaRequest>("name: 'eventSchemas/purchase' reason: 'Agreed'")),
              IsOk());
  const std::string good = "dimensions { key: 'channel' value: 'web' }";
  for (int day = 0; day < 3; ++day) {
    Ingest(2 * day + 1, 4, good);
    Ingest(2 * day + 2, 2, "");
    ASSERT_THAT(FoldDay(database_.get(), absl::Now() + absl::Seconds(10), {{kEventKind, "purchase"}, absl::CivilDay(2026, 1, 1 + day)}),
                IsOk());
    ASSERT_THAT(Call<v1::DeclareControlTotalsResponse>(
                    "DeclareControlTotals", Analyst(),
                    Proto<v1::DeclareControlTotalsRequest>(absl::StrCat("name: 'producers/shop' date { year: 2026 month: 1 day: ", 1 + day,
                                                                        " } totals { event_name: 'purchase' "
                                                                        "declared_count: 6 }"))),
                IsOk());
    clock_.Set(clock_.Now() + absl::Hours(24));
  }
  const auto before = Books();
  EXPECT_EQ(before.at("delivered"), 18);
  Keep("short", "default_days: 1000 dead_letter_days: 30 account_days: 400");
  clock_.Set(clock_.Now() + absl::Hours(24) * 28);
  Expire();
  EXPECT_THAT(Letters(), SizeIs(6));
  int waiting = 0;
  for (const v1::DeadLetter& letter : Letters()) waiting += letter.state() == v1::DeadLetter::STATE_OPEN;
  EXPECT_EQ(waiting, 2) << "those of the third day have waited for less";
  EXPECT_EQ(Books(), before);
  clock_.Set(clock_.Now() + absl::Hours(24) * 31);
  Expire();
  EXPECT_THAT(Letters(), SizeIs(2)) << "the others were discarded 31 days ago";
  EXPECT_EQ(Letters().front().settler(), "services/metrics");

  // Rows that are kept can still be withdrawn, so their accounts stay.
  clock_.Set(clock_.Now() + absl::Hours(24) * 500);
  Expire();
  EXPECT_THAT(Accounts(), SizeIs(3));
  Keep("shorter", "default_days: 100 dead_letter_days: 30 account_days: 400");
  Expire();
  ASSERT_THAT(Accounts(), SizeIs(1));
  const v1::DeliveryAccount rest = Accounts().front();
  EXPECT_FALSE(rest.has_date());
  EXPECT_EQ(time::ToDay(rest.through_date()), absl::CivilDay(2026, 1, 3));
  EXPECT_EQ(rest.event_name(), "purchase");
  EXPECT_EQ(Books(), before);
  EXPECT_THAT(Letters(), IsEmpty());
  auto totals =
      Call<v1::ListControlTotalsResponse>("ListControlTotals", Analyst(), Proto<v1::ListControlTotalsRequest>("parent: 'producers/shop'"));
  ASSERT_THAT(totals, IsOk());
  EXPECT_EQ(totals->control_totals_size(), 0);
  Expire();
  EXPECT_EQ(Books(), before);
}

}  // namespace
}  // namespace heitie::metrics
