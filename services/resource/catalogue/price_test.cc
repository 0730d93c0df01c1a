#include "services/resource/catalogue/price.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"

namespace heitie::resource {
namespace {

using test::Proto;

// The published example: 5.00 each, 4.80 from 1,000 on, 4.75 from 2,000 on.
v1::SupplierPrice Published() {
  return Proto<v1::SupplierPrice>(R"pb(name: "suppliers/a/supplierPrices/p"
                                       item: "items/x"
                                       unit: ""
                                       currency_code: "USD"
                                       price_quantity: 1
                                       minimum_quantity: 1
                                       breaks { from_quantity: 1 price_minor: 500 }
                                       breaks { from_quantity: 1000 price_minor: 480 }
                                       breaks { from_quantity: 2000 price_minor: 475 }
                                       valid_from { year: 2026 month: 1 day: 1 }
                                       lead_days: 7)pb");
}

TEST(PriceTest, TheLastBreakAtOrBelowCounts) {
  EXPECT_EQ(CostOf(Published(), 700), 350000);
  EXPECT_EQ(CostOf(Published(), 999), 499500);
  EXPECT_EQ(CostOf(Published(), 1000), 480000);
  EXPECT_EQ(CostOf(Published(), 2000), 950000);
}

TEST(PriceTest, FractionsOfMinorUnitsAreExactUntilTheTotal) {
  v1::SupplierPrice price = Published();
  price.set_price_quantity(1000);  // 4.755 a unit
  price.mutable_breaks(0)->set_price_minor(475500);
  EXPECT_EQ(CostOf(price, 1), 476);   // 475.5, half up
  EXPECT_EQ(CostOf(price, 3), 1427);  // 1,426.5
  EXPECT_EQ(CostOf(price, 100), 47550);
}

TEST(PriceTest, NothingBelowTheLeastQuantityNorBeyondTheBooks) {
  v1::SupplierPrice price = Published();
  price.set_minimum_quantity(10);
  EXPECT_FALSE(CostOf(price, 9));
  EXPECT_TRUE(CostOf(price, 10));
  price.mutable_breaks(2)->set_price_minor(1'000'000'000'000);
  EXPECT_FALSE(CostOf(price, 1'000'000'000));
}

TEST(PriceTest, AnOfferIsInTheSuppliersUnit) {
  v1::SupplierPrice price = Published();
  price.set_unit("box");
  price.set_minimum_quantity(2);
  const auto two = OfferOf(price, {12, 1}, 5);
  ASSERT_TRUE(two);
  EXPECT_EQ(two->order_quantity(), 2);
  EXPECT_EQ(two->base_quantity(), 24);
  EXPECT_EQ(two->cost_minor(), 1000);
  const auto three = OfferOf(price, {12, 1}, 25);
  EXPECT_EQ(three->order_quantity(), 3);
  EXPECT_EQ(three->base_quantity(), 36);
}

TEST(PriceTest, DaysOverlapOrDoNot) {
  v1::SupplierPrice a = Published(), b = Published();
  EXPECT_TRUE(Overlap(a, b));
  *a.mutable_valid_until() = Proto<google::type::Date>("year: 2026 month: 1 day: 31");
  *b.mutable_valid_from() = Proto<google::type::Date>("year: 2026 month: 1 day: 31");
  EXPECT_TRUE(Overlap(a, b));
  b.mutable_valid_from()->set_month(2);
  b.mutable_valid_from()->set_day(1);
  EXPECT_FALSE(Overlap(a, b));
  EXPECT_FALSE(Overlap(b, a));
  EXPECT_TRUE(HoldsOn(a, absl::CivilDay(2026, 1, 31)));
  EXPECT_FALSE(HoldsOn(a, absl::CivilDay(2026, 2, 1)));
}

TEST(PriceTest, BreaksRise) {
  status::BadFields fine, bad;
  CheckBreaks(Published(), "b", fine);
  EXPECT_TRUE(fine.empty());
  v1::SupplierPrice price = Published();
  price.mutable_breaks(0)->set_from_quantity(2);  // Less is sold.
  price.mutable_breaks(2)->set_from_quantity(1000);
  CheckBreaks(price, "b", bad);
  const std::string message(bad.status().message());
  EXPECT_THAT(message, ::testing::HasSubstr("b[0].from_quantity"));
  EXPECT_THAT(message, ::testing::HasSubstr("b[2].from_quantity"));
}

}  // namespace
}  // namespace heitie::resource
