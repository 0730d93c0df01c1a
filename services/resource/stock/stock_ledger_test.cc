#include "services/resource/stock/stock_ledger.h"

#include <random>
#include <vector>

#include "common/test/fixture.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"

namespace heitie::resource {
namespace {

using test::HasReason;
using test::IsOk;
using Line = v1::Reservation::Line;

v1::Stock Posters(int64_t on_hand = 0, int64_t value = 0) {
  v1::Stock stock;
  stock.set_name("items/poster/stock");
  stock.set_item("items/poster");
  stock.set_on_hand(on_hand);
  stock.set_available(on_hand);
  stock.set_value_minor(value);
  return stock;
}

Line LineOf(int64_t quantity) {
  Line line;
  line.set_item("items/poster");
  line.set_quantity(quantity);
  return line;
}

TEST(ShareOfTest, RoundsHalfUpAndIsExactForAll) {
  EXPECT_EQ(ShareOf(100, 1, 3), 33);
  EXPECT_EQ(ShareOf(101, 1, 2), 51);
  EXPECT_EQ(ShareOf(101, 2, 2), 101);
  EXPECT_EQ(ShareOf(101, 0, 2), 0);
  EXPECT_EQ(ShareOf(0, 5, 7), 0);
}

TEST(ShareOfTest, DoesNotOverflowAtTheLimits) {
  EXPECT_EQ(ShareOf(kMaxValueMinor, kMaxQuantity, kMaxQuantity), kMaxValueMinor);
  EXPECT_EQ(ShareOf(kMaxValueMinor, kMaxQuantity - 1, kMaxQuantity), kMaxValueMinor - 9000);
}

// (Q·V + q·c)/(Q + q): 10 at 100 and 30 at 200 make 40 at 175.
TEST(StockLedgerTest, ReceiptsMakeAMovingAverage) {
  v1::Stock stock = Posters();
  ASSERT_THAT(Receive(stock, 10, 100, "goodsReceipts/a"), IsOk());
  ASSERT_THAT(Receive(stock, 30, 200, "goodsReceipts/b"), IsOk());
  EXPECT_EQ(stock.on_hand(), 40);
  EXPECT_EQ(stock.value_minor(), 7000);

  Line line = LineOf(4);
  ASSERT_THAT(Reserve(stock, line, "reservations/r"), IsOk());
  const auto entry = Issue(stock, line, 4, "reservations/r");
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->value_delta_minor(), -700);
  EXPECT_EQ(stock.value_minor(), 6300);
}

TEST(StockLedgerTest, AnEntryCarriesDeltasAndBalancesAndTheLine) {
  v1::Stock stock = Posters(10, 1000);
  Line line = LineOf(6);
  ASSERT_THAT(Reserve(stock, line, "reservations/r"), IsOk());
  ASSERT_THAT(Issue(stock, line, 4, "reservations/r"), IsOk());
  const auto entry = Return(stock, line, 1, "reservations/r");
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->name(), "items/poster/stockEntries/000000000003");
  EXPECT_EQ(entry->sequence(), 3);
  EXPECT_EQ(entry->kind(), v1::StockEntry::KIND_RETURN);
  EXPECT_EQ(entry->on_hand_delta(), 1);
  EXPECT_EQ(entry->reserved_delta(), 0);
  EXPECT_EQ(entry->value_delta_minor(), 100);
  EXPECT_EQ(entry->on_hand(), 7);
  EXPECT_EQ(entry->reserved(), 2);
  EXPECT_EQ(entry->value_minor(), 700);
  EXPECT_EQ(entry->reservation(), "reservations/r");
  EXPECT_EQ(entry->line_reserved(), 6);
  EXPECT_EQ(entry->line_issued(), 4);
  EXPECT_EQ(entry->line_returned(), 1);
}

TEST(StockLedgerTest, NothingIsPromisedTwice) {
  v1::Stock stock = Posters(5, 500);
  ASSERT_THAT(Reserve(stock, LineOf(4), "reservations/a"), IsOk());
  const v1::Stock before = stock;
  EXPECT_THAT(Reserve(stock, LineOf(2), "reservations/b"), HasReason("STOCK_SHORT"));
  EXPECT_THAT(stock, test::EqualsProto(before));
  EXPECT_THAT(Reserve(stock, LineOf(1), "reservations/b"), IsOk());
}

TEST(StockLedgerTest, ALineGivesNoMoreThanItHolds) {
  v1::Stock stock = Posters(10, 1000);
  Line line = LineOf(3);
  ASSERT_THAT(Reserve(stock, line, "reservations/a"), IsOk());
  EXPECT_EQ(Issue(stock, line, 4, "reservations/a").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Release(stock, line, 4, "reservations/a").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Return(stock, line, 1, "reservations/a").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(stock.reserved(), 3);
  EXPECT_EQ(Outstanding(line), 3);
}

// 3 units worth 100 go out one by one and come back one by one: not a cent is lost or made.
TEST(StockLedgerTest, ValueDoesNotDrift) {
  v1::Stock stock = Posters(3, 100);
  Line line = LineOf(3);
  ASSERT_THAT(Reserve(stock, line, "reservations/a"), IsOk());
  for (int i = 0; i < 3; ++i) ASSERT_THAT(Issue(stock, line, 1, "reservations/a"), IsOk());
  EXPECT_EQ(stock.value_minor(), 0);
  EXPECT_EQ(line.issued_value_minor(), 100);
  for (int i = 0; i < 3; ++i) ASSERT_THAT(Return(stock, line, 1, "reservations/a"), IsOk());
  EXPECT_EQ(stock.value_minor(), 100);
  EXPECT_EQ(line.returned_value_minor(), 100);
}

TEST(StockLedgerTest, RefusesWhatCannotBeKeptExactly) {
  v1::Stock stock = Posters();
  EXPECT_THAT(Receive(stock, 1'000'000'000, 1'000'000'000, "goodsReceipts/a"), HasReason("STOCK_LIMIT"));
  stock = Posters(kMaxQuantity, 0);
  const auto full = Receive(stock, 1, 0, "goodsReceipts/a");
  EXPECT_THAT(full, HasReason("STOCK_LIMIT"));
  EXPECT_EQ(full.status().message(), "items/poster: the stock would exceed 1,000,000,000,000 units, or the value that its books can hold.");
  EXPECT_EQ(stock.on_hand(), kMaxQuantity);
}

// Random movements against plain sums: the value that is here and the value that is out are always what came in.
TEST(StockLedgerTest, ConservesUnitsAndValueUnderRandomMovements) {
  std::mt19937 random(20260101);
  const auto upto = [&](int64_t n) { return static_cast<int64_t>(random() % static_cast<uint64_t>(n)) + 1; };
  v1::Stock stock = Posters();
  std::vector<Line> lines;
  int64_t received = 0, cost = 0;
  for (int step = 0; step < 20'000; ++step) {
    const int verb = static_cast<int>(random() % 5);
    Line* line = lines.empty() ? nullptr : &lines[random() % lines.size()];
    if (verb == 0) {
      const int64_t quantity = upto(9), unit_cost = upto(1000);
      ASSERT_THAT(Receive(stock, quantity, unit_cost, "goodsReceipts/a"), IsOk());
      received += quantity;
      cost += quantity * unit_cost;
    } else if (verb == 1 && lines.size() < 200) {
      const Line wanted = LineOf(upto(12));
      const bool fits = wanted.quantity() <= stock.on_hand() - stock.reserved();
      ASSERT_EQ(Reserve(stock, wanted, "reservations/a").ok(), fits);
      if (fits) lines.push_back(wanted);
    } else if (verb == 2 && line != nullptr && Outstanding(*line) > 0) {
      ASSERT_THAT(Issue(stock, *line, upto(Outstanding(*line)), "reservations/a"), IsOk());
    } else if (verb == 3 && line != nullptr && Out(*line) > 0) {
      ASSERT_THAT(Return(stock, *line, upto(Out(*line)), "reservations/a"), IsOk());
    } else if (verb == 4 && line != nullptr && Outstanding(*line) > 0) {
      ASSERT_THAT(Release(stock, *line, upto(Outstanding(*line)), "reservations/a"), IsOk());
    }
    int64_t out = 0, out_value = 0, outstanding = 0;
    for (const Line& l : lines) {
      out += Out(l);
      out_value += l.issued_value_minor() - l.returned_value_minor();
      outstanding += Outstanding(l);
      ASSERT_LE(l.issued_quantity(), l.quantity() - l.released_quantity());  // W7
    }
    ASSERT_EQ(stock.on_hand(), received - out);
    ASSERT_EQ(stock.reserved(), outstanding);
    ASSERT_LE(stock.reserved(), stock.on_hand());  // W7
    ASSERT_EQ(stock.available(), stock.on_hand() - stock.reserved());
    ASSERT_EQ(stock.value_minor() + out_value, cost);
    ASSERT_TRUE(stock.on_hand() > 0 || stock.value_minor() == 0);
  }
}

}  // namespace
}  // namespace heitie::resource
