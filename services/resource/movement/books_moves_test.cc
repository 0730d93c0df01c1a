// Transfers, write-offs and price differences in the books of one item, without a database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "common/status/shared.h"
#include "common/test/matchers.h"
#include "services/resource/movement/price_difference.h"
#include "services/resource/stock/books.h"

namespace heitie::resource {
namespace {

using test::HasReason;
using test::IsOk;
using ::testing::ElementsAre;

constexpr char kHall[] = "locations/hall";
constexpr char kPound[] = "locations/pound";

const Moment kMayDay{absl::CivilDay(2026, 5, 1), absl::CivilDay(2026, 5, 1)};

Books NewBooks(bool tracked, bool layered) {
  v1::Stock stock;
  stock.set_name("items/cake/stock");
  stock.set_item("items/cake");
  stock.set_tracking(tracked ? v1::ItemRules::TRACKING_LOT : v1::ItemRules::TRACKING_NONE);
  stock.set_valuation(layered ? v1::ItemRules::VALUATION_FIFO : v1::ItemRules::VALUATION_MOVING_AVERAGE);
  return Books(stock);
}

Arrival Came(int64_t quantity, int64_t cost, const std::string& lot = "", absl::CivilDay expiry = kNoEnd,
             const std::string& location = kMainLocation) {
  Arrival arrival;
  arrival.quantity = quantity;
  arrival.cost = cost;
  arrival.lot = lot;
  arrival.expiry = expiry;
  arrival.location = location;
  arrival.blocked = location == kPound;
  return arrival;
}

v1::Reservation::Line LineOf(int64_t quantity, const std::string& location = kMainLocation) {
  v1::Reservation::Line line;
  line.set_item("items/cake");
  line.set_quantity(quantity);
  line.set_location(location);
  return line;
}

TEST(BooksMovesTest, ATransferChangesNoTotalAndNoValue) {
  for (const bool layered : {false, true}) {
    Books books = NewBooks(false, layered);
    ASSERT_THAT(books.Receive(Came(10, 1001), "g", kMayDay), IsOk());
    ASSERT_THAT(books.Transfer(4, kMainLocation, {kHall, false}, "", kMayDay), IsOk());
    EXPECT_EQ(books.stock().on_hand(), 10);
    EXPECT_EQ(books.stock().value_minor(), 1001);
    EXPECT_EQ(books.At(kMainLocation).on_hand, 6);
    EXPECT_EQ(books.At(kHall).on_hand, 4);
    // The coming half first: what is on hand never falls.
    ASSERT_EQ(books.entries().size(), 3);
    EXPECT_EQ(books.entries()[1].kind(), v1::StockEntry::KIND_MOVE_IN);
    EXPECT_EQ(books.entries()[1].on_hand(), 14);
    EXPECT_EQ(books.entries()[2].kind(), v1::StockEntry::KIND_MOVE_OUT);
    EXPECT_EQ(books.entries()[2].location(), kMainLocation);
    EXPECT_THAT(books.Transfer(7, kMainLocation, {kHall, false}, "", kMayDay), HasReason("STOCK_SHORT"));
    EXPECT_THAT(books.Transfer(1, kMainLocation, {kHall, false}, "items/cake/lots/a", kMayDay), HasReason("STOCK_SHORT"));
  }
}

TEST(BooksMovesTest, WhatIsInQuarantineIsBlockedAndComesBackFree) {
  Books books = NewBooks(true, false);
  ASSERT_THAT(books.Receive(Came(10, 1000, "a", absl::CivilDay(2026, 5, 9)), "g", kMayDay), IsOk());
  EXPECT_THAT(books.Transfer(3, kMainLocation, {kPound, true}, "", kMayDay), HasReason("LOT_REQUIRED"));
  ASSERT_THAT(books.Transfer(3, kMainLocation, {kPound, true}, "a", kMayDay), IsOk());
  EXPECT_EQ(books.stock().blocked(), 3);
  EXPECT_EQ(books.stock().available(), 7);
  EXPECT_EQ(books.At(kPound, "a").expiry, absl::CivilDay(2026, 5, 9));
  EXPECT_EQ(books.At(kPound, "a").receive_order, books.At(kMainLocation, "a").receive_order);
  ASSERT_THAT(books.Transfer(2, kPound, {kHall, false}, "a", kMayDay), IsOk());
  EXPECT_EQ(books.stock().blocked(), 1);
  EXPECT_EQ(books.Available(kHall, absl::CivilDay(2026, 5, 9), kMayDay.today), 2);
  // Once it has expired it is blocked wherever it goes.
  const Moment later{absl::CivilDay(2026, 5, 10), absl::CivilDay(2026, 5, 10)};
  ASSERT_THAT(books.Transfer(1, kPound, {kHall, false}, "a", later), IsOk());
  EXPECT_EQ(books.stock().blocked(), 10);
  EXPECT_EQ(books.stock().available(), 0);
}

TEST(BooksMovesTest, WhatIsPromisedStays) {
  Books plain = NewBooks(false, false);
  ASSERT_THAT(plain.Receive(Came(10, 1000), "g", kMayDay), IsOk());
  ASSERT_THAT(plain.Reserve(LineOf(7), "r", kMayDay), IsOk());
  EXPECT_EQ(plain.Removable(kMainLocation, "", kMayDay.today), 3);
  EXPECT_THAT(plain.TakeOut(4, kMainLocation, "", kMayDay).status(), HasReason("STOCK_SHORT"));
  EXPECT_THAT(plain.TakeOut(3, kMainLocation, "", kMayDay).status(), IsOk());

  // Only the lot that lasts serves the promise without a day.
  Books lots = NewBooks(true, false);
  ASSERT_THAT(lots.Receive(Came(5, 500, "short", absl::CivilDay(2026, 5, 9)), "g", kMayDay), IsOk());
  ASSERT_THAT(lots.Receive(Came(5, 500, "long"), "g", kMayDay), IsOk());
  ASSERT_THAT(lots.Reserve(LineOf(4), "r", kMayDay), IsOk());
  EXPECT_EQ(lots.Removable(kMainLocation, "long", kMayDay.today), 1);
  EXPECT_EQ(lots.Removable(kMainLocation, "short", kMayDay.today), 5);
  EXPECT_THAT(lots.Transfer(2, kMainLocation, {kHall, false}, "long", kMayDay), HasReason("LOT_NEEDED"));
  EXPECT_THAT(lots.Transfer(5, kMainLocation, {kHall, false}, "short", kMayDay), IsOk());
}

// What has expired may go although a promise waits in vain for it; but not so much that more is reserved than there is (W7).
TEST(BooksMovesTest, WhatHasExpiredGoesAlthoughAPromiseWaits) {
  Books books = NewBooks(true, false);
  ASSERT_THAT(books.Receive(Came(6, 600, "old", absl::CivilDay(2026, 5, 2)), "g", kMayDay), IsOk());
  ASSERT_THAT(books.Receive(Came(4, 400, "new"), "g", kMayDay), IsOk());
  v1::Reservation::Line line = LineOf(6);
  line.mutable_need_date()->set_year(2026);
  line.mutable_need_date()->set_month(5);
  line.mutable_need_date()->set_day(2);
  ASSERT_THAT(books.Reserve(line, "r", kMayDay), IsOk());
  const Moment later{absl::CivilDay(2026, 5, 3), absl::CivilDay(2026, 5, 3)};
  EXPECT_THAT(books.TakeOut(5, kMainLocation, "old", later).status(), HasReason("LOT_NEEDED"));
  EXPECT_THAT(books.TakeOut(4, kMainLocation, "old", later).status(), IsOk());
  EXPECT_EQ(books.stock().on_hand(), 6);
  EXPECT_EQ(books.stock().reserved(), 6);
}

TEST(BooksMovesTest, ThreeForAThousandLeaveSingly) {
  Books books = NewBooks(false, false);
  ASSERT_THAT(books.Receive(Came(3, 1000), "g", kMayDay), IsOk());
  std::vector<int64_t> values;
  for (int i = 0; i < 3; ++i) {
    const auto value = books.TakeOut(1, kMainLocation, "", kMayDay);
    ASSERT_THAT(value, IsOk());
    values.push_back(*value);
  }
  EXPECT_THAT(values, ElementsAre(333, 334, 333));
  EXPECT_EQ(books.stock().value_minor(), 0);
}

TEST(BooksMovesTest, WhatGoesBackLeavesAsItCame) {
  Books average = NewBooks(false, false);
  ASSERT_THAT(average.Receive(Came(10, 500), "g1", kMayDay), IsOk());
  ASSERT_THAT(average.Receive(Came(10, 1500), "g2", kMayDay), IsOk());
  EXPECT_EQ(average.TakeOut(10, kMainLocation, "", kMayDay, Layer{0, 10, 1500}).value_or(-1), 1500);
  EXPECT_EQ(average.stock().value_minor(), 500);
  // The last unit takes all, whatever it cost.
  EXPECT_EQ(average.TakeOut(10, kMainLocation, "", kMayDay, Layer{0, 10, 1500}).value_or(-1), 500);

  Books layers = NewBooks(false, true);
  ASSERT_THAT(layers.Receive(Came(10, 500), "g1", kMayDay), IsOk());
  ASSERT_THAT(layers.Receive(Came(10, 1500), "g2", kMayDay), IsOk());
  EXPECT_EQ(layers.TakeOut(4, kMainLocation, "", kMayDay, Layer{2, 4, 600}).value_or(-1), 600);
  EXPECT_EQ(layers.TakeOut(4, kMainLocation, "", kMayDay).value_or(-1), 200);
  // What is left of its layer, then the first ones.
  EXPECT_EQ(layers.TakeOut(8, kMainLocation, "", kMayDay, Layer{2, 8, 1200}).value_or(-1), 900 + 100);
  EXPECT_EQ(layers.stock().value_minor(), 200);
  ASSERT_EQ(layers.layers().size(), 1);
  EXPECT_EQ(layers.layers()[0].number, 1);
}

// min(on hand, received)/received of a difference goes to stock; of FIFO what is left in the layer.
TEST(BooksMovesTest, APriceDifferenceGoesToWhatIsStillThere) {
  Books average = NewBooks(false, false);
  ASSERT_THAT(average.Receive(Came(100, 10000), "g", kMayDay), IsOk());
  ASSERT_THAT(average.TakeOut(40, kMainLocation, "", kMayDay), IsOk());
  auto split = average.Reprice(501, 100, 0, kMayDay);
  ASSERT_THAT(split, IsOk());
  EXPECT_EQ(split->to_stock, 301);  // 300.6
  EXPECT_EQ(split->variance, 200);
  EXPECT_EQ(average.stock().value_minor(), 6301);
  ASSERT_THAT(average.Receive(Came(1000, 1), "g", kMayDay), IsOk());
  split = average.Reprice(-100, 100, 0, kMayDay);
  EXPECT_EQ(split->to_stock, -100);  // More is there than came.
  // Nothing is worth less than nothing.
  split = average.Reprice(-100000, 100, 0, kMayDay);
  EXPECT_EQ(split->to_stock, -6202);
  EXPECT_EQ(split->variance, -93798);
  EXPECT_EQ(average.stock().value_minor(), 0);

  Books layers = NewBooks(false, true);
  ASSERT_THAT(layers.Receive(Came(10, 1000), "g1", kMayDay), IsOk());
  ASSERT_THAT(layers.Receive(Came(10, 1200), "g2", kMayDay), IsOk());
  ASSERT_THAT(layers.TakeOut(13, kMainLocation, "", kMayDay), IsOk());
  split = layers.Reprice(100, 10, 1, kMayDay);
  EXPECT_EQ(split->to_stock, 0);
  EXPECT_EQ(split->variance, 100);
  split = layers.Reprice(100, 10, 2, kMayDay);
  EXPECT_EQ(split->to_stock, 70);
  EXPECT_EQ(split->variance, 30);
  EXPECT_EQ(layers.layers()[0].value, 840 + 70);
  EXPECT_EQ(layers.entries().back().layers(0).quantity_delta(), 0);
}

TEST(BooksMovesTest, ADifferenceIsSplitOverWhatCame) {
  const auto sum = [](const std::vector<PricePart>& parts) {
    PricePart all;
    for (const PricePart& part : parts) all.quantity += part.quantity, all.difference += part.difference;
    return std::make_pair(all.quantity, all.difference);
  };
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<Received> received;
    int64_t came = 0;
    for (int i = 0, n = 1 + static_cast<int>(random() % 5); i < n; ++i) {
      received.push_back({i + 1, 1 + static_cast<int64_t>(random() % 20)});
      came += received.back().quantity;
    }
    const int64_t quantity = 1 + static_cast<int64_t>(random() % static_cast<uint64_t>(came));
    const int64_t difference = static_cast<int64_t>(random() % 2001) - 1000;
    const std::vector<PricePart> parts = SplitDifference(difference, quantity, received);
    ASSERT_EQ(sum(parts), std::make_pair(quantity, difference));
    for (const PricePart& part : parts) {
      ASSERT_GT(part.quantity, 0);
      ASSERT_LE(part.quantity, received[part.entry - 1].quantity);
      ASSERT_LE(std::abs(part.difference * quantity - difference * part.quantity), quantity);
    }
  }
}

// Random movements against sums that know nothing of books: what lies where, of which lot; W7 at every place; the value is that of the
// layers, and 0 when nothing is left.
TEST(BooksMovesTest, RandomMovementsKeepTheBooks) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    const bool tracked = seed % 2 == 0, layered = seed % 3 == 0;
    Books books = NewBooks(tracked, layered);
    const std::vector<std::string> places = {kMainLocation, kHall, kPound};
    const std::vector<std::string> lots = tracked ? std::vector<std::string>{"a", "b"} : std::vector<std::string>{""};
    std::map<std::pair<std::string, std::string>, int64_t> there;
    std::map<std::string, int64_t> reserved;
    int64_t value = 0;
    const auto expiry = [&](const std::string& lot) { return lot == "a" ? absl::CivilDay(2026, 5, 20) : kNoEnd; };
    for (int step = 0; step < 200; ++step) {
      const std::string& place = places[random() % 3];
      const std::string& other = places[random() % 3];
      const std::string& lot = lots[random() % lots.size()];
      const int64_t quantity = 1 + static_cast<int64_t>(random() % 9);
      Books trial = books;
      switch (random() % 5) {
        case 0: {
          const int64_t cost = static_cast<int64_t>(random() % 1000);
          ASSERT_THAT(books.Receive(Came(quantity, cost, lot, expiry(lot), place), "g", kMayDay), IsOk());
          there[{place, lot}] += quantity;
          value += cost;
          break;
        }
        case 1: {
          if (place == other) break;
          const bool fits = quantity <= books.Removable(place, lot, kMayDay.today);
          const absl::Status moved = trial.Transfer(quantity, place, {other, other == kPound}, lot, kMayDay);
          ASSERT_EQ(moved.ok(), fits) << moved;
          if (!moved.ok()) break;
          books = trial;
          there[{place, lot}] -= quantity;
          there[{other, lot}] += quantity;
          break;
        }
        case 2: {
          const bool fits = quantity <= books.Removable(place, lot, kMayDay.today);
          const auto worth = trial.TakeOut(quantity, place, lot, kMayDay);
          ASSERT_EQ(worth.ok(), fits) << worth.status();
          if (!worth.ok()) break;
          books = trial;
          there[{place, lot}] -= quantity;
          value -= *worth;
          break;
        }
        case 3: {
          if (place == kPound) break;
          if (!trial.Reserve(LineOf(quantity, place), "r", kMayDay).ok()) break;
          books = trial;
          reserved[place] += quantity;
          break;
        }
        default: {
          if (books.stock().on_hand() == 0 || (layered && books.layers().empty())) break;
          const int64_t number = layered ? books.layers()[random() % books.layers().size()].number : 0;
          const int64_t difference = static_cast<int64_t>(random() % 401) - 200;
          const auto split = books.Reprice(difference, quantity, number, kMayDay);
          ASSERT_THAT(split, IsOk());
          ASSERT_EQ(split->to_stock + split->variance, difference);
          value += split->to_stock;
        }
      }
      int64_t all = 0, blocked = 0, promised = 0, in_layers = 0;
      for (const auto& [key, on_hand] : there) {
        ASSERT_GE(on_hand, 0);
        ASSERT_EQ(books.At(key.first, key.second).on_hand, on_hand) << seed << " " << step;
        all += on_hand;
        if (key.first == kPound) blocked += on_hand;
      }
      for (const std::string& one : places) {
        const Balance at = books.At(one);
        ASSERT_EQ(at.reserved, reserved[one]);
        ASSERT_LE(at.reserved, at.on_hand);
        ASSERT_GE(books.Available(one, kNoEnd, kMayDay.today), 0) << seed << " " << step;
        promised += at.reserved;
      }
      for (const Layer& layer : books.layers()) in_layers += layer.value;
      ASSERT_EQ(books.stock().on_hand(), all);
      ASSERT_EQ(books.stock().blocked(), blocked);
      ASSERT_EQ(books.stock().reserved(), promised);
      ASSERT_EQ(books.stock().value_minor(), value);
      ASSERT_EQ(in_layers, layered ? value : 0);
      ASSERT_TRUE(all > 0 || value == 0);
    }
  }
}

}  // namespace
}  // namespace heitie::resource
