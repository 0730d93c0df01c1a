#include "services/resource/stock/stock.h"

#include "heitie/resource/v1/stock.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

class StockTest : public ResourceTest {
 protected:
  absl::StatusOr<v1::CheckStockResponse> Check(const std::string& text) {
    return Call<v1::CheckStockResponse>("CheckStock", ServiceCaller(), Proto<v1::CheckStockRequest>(text));
  }
};

TEST_F(StockTest, ACheckTakesNothingAndKnowsTheSubject) {
  HaveItem("mug", 10);
  HaveItem("pen", 1);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 6)}), IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  ASSERT_THAT(Issue("reservations/r1", {Of("items/mug", 2)}), IsOk());
  ASSERT_THAT(Return("reservations/r1", {Of("items/mug", 1)}), IsOk());

  const auto own = Check(R"pb(lines { item: "items/pen" quantity: 3 }
                              lines { item: "items/mug" quantity: 6 }
                              subject: "activities/fair")pb");
  ASSERT_THAT(own, IsOk());
  ASSERT_EQ(own->lines_size(), 2);
  EXPECT_EQ(own->lines(0).item(), "items/pen");
  EXPECT_EQ(own->lines(0).available(), 1);
  EXPECT_EQ(own->lines(0).short_quantity(), 2);
  const auto& mug = own->lines(1);
  EXPECT_EQ(mug.on_hand(), 9);
  EXPECT_EQ(mug.reserved(), 4);
  EXPECT_EQ(mug.available(), 5);
  EXPECT_EQ(mug.reserved_for_subject(), 4);
  EXPECT_EQ(mug.issued_to_subject(), 1);
  EXPECT_EQ(mug.short_quantity(), 0);
  EXPECT_EQ(mug.etag(), StockOf("items/mug").etag());

  const auto other = Check(R"pb(lines { item: "items/mug" quantity: 6 }
                                subject: "activities/other")pb");
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ(other->lines(0).reserved_for_subject(), 0);
  EXPECT_EQ(other->lines(0).issued_to_subject(), 0);
  EXPECT_EQ(other->lines(0).short_quantity(), 1);
  EXPECT_EQ(StockOf("items/mug").entry_count(), 4);
}

TEST_F(StockTest, ACheckCountsNothingThatWasReleased) {
  HaveItem("mug", 10);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 6)}), IsOk());
  ASSERT_THAT(ReleaseReservation("reservations/r1"), IsOk());
  const auto check = Check(R"pb(lines { item: "items/mug" quantity: 6 }
                                subject: "activities/fair")pb");
  ASSERT_THAT(check, IsOk());
  EXPECT_EQ(check->lines(0).reserved_for_subject(), 0);
}

TEST_F(StockTest, ACheckRefusesUnknownAndRepeatedItems) {
  HaveItem("mug");
  const auto unknown = Check(R"pb(lines { item: "items/mug" quantity: 1 }
                                  lines { item: "items/none" quantity: 1 })pb");
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("lines[1].item: items/none"));
  const auto twice = Check(R"pb(lines { item: "items/mug" quantity: 1 }
                                lines { item: "items/mug" quantity: 1 })pb");
  EXPECT_EQ(twice.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(StockTest, TheLedgerTellsWhoMovedWhatAndForWhom) {
  HaveItem("mug", 10);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 6)}), IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  ASSERT_THAT(Issue("reservations/r1", {Of("items/mug", 2)}), IsOk());
  const auto page =
      Call<v1::ListStockEntriesResponse>("ListStockEntries", Analyst(), Proto<v1::ListStockEntriesRequest>("parent: 'items/mug'"));
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->stock_entries_size(), 3);
  const v1::StockEntry& issue = page->stock_entries(2);
  EXPECT_EQ(issue.sequence(), 3);
  EXPECT_EQ(issue.kind(), v1::StockEntry::KIND_ISSUE);
  EXPECT_EQ(issue.on_hand_delta(), -2);
  EXPECT_EQ(issue.on_hand(), 8);
  EXPECT_EQ(issue.reservation(), "reservations/r1");
  EXPECT_EQ(issue.creator(), "employees/specialist");
  EXPECT_EQ(issue.create_time().seconds(), absl::ToUnixSeconds(clock_.Now()));

  v1::GetStockEntryRequest get;
  get.set_name(issue.name());
  const auto read = Call<v1::StockEntry>("GetStockEntry", Analyst(), get);
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(*read, test::EqualsProto(issue));
  const auto receipts = Call<v1::ListStockEntriesResponse>(
      "ListStockEntries", Analyst(), Proto<v1::ListStockEntriesRequest>("parent: 'items/mug' filter: 'kind = KIND_RECEIPT'"));
  ASSERT_THAT(receipts, IsOk());
  EXPECT_EQ(receipts->stock_entries_size(), 1);
}

TEST_F(StockTest, StocksThatRunOutAreFound) {
  HaveItem("mug", 10);
  HaveItem("pen", 2);
  const auto page = Call<v1::ListStocksResponse>("ListStocks", Analyst(), Proto<v1::ListStocksRequest>("filter: 'available < 5'"));
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->stocks_size(), 1);
  EXPECT_EQ(page->stocks(0).item(), "items/pen");
}

TEST_F(StockTest, EveryMovementIsAnEventOfTheStock) {
  HaveItem("mug", 10);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 6)}), IsOk());
  const auto events =
      Call<type::v1::ListEventsResponse>("ListEvents", Manager(), Proto<type::v1::ListEventsRequest>("subject: 'items/mug/stock'"));
  ASSERT_THAT(events, IsOk());
  ASSERT_EQ(events->events_size(), 3);
  EXPECT_EQ(events->events(0).action(), "create");
  EXPECT_EQ(events->events(1).action(), "receive");
  EXPECT_EQ(events->events(2).action(), "reserve");
  EXPECT_EQ(events->events(2).revision(), 3);
}

// The database itself refuses to promise what is not there, whatever the code does.
TEST_F(StockTest, TheDatabaseRefusesOversell) {
  HaveItem("mug", 10);
  const absl::Status refused = database_.get().Write(absl::Now() + absl::Seconds(5), [](sql::Session& session) {
    return session.Execute("UPDATE stocks SET reserved = 11, available = -1 WHERE item = 'items/mug'").status();
  });
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace heitie::resource
