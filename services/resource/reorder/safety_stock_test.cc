// The pure computations of safe stock: golden figures, published examples, and brute force over all quantities.
#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "services/resource/reorder/demand.h"
#include "services/resource/reorder/order_size.h"
#include "services/resource/reorder/safety.h"

namespace heitie::resource {
namespace {

using exact::Fraction;

const std::vector<int64_t> kSporadic = {0, 0, 6, 0, 0, 0, 3, 0, 5, 0, 0, 0, 0, 4, 0};

std::vector<int64_t> WithZeros(std::vector<int64_t> periods, int count) {
  periods.insert(periods.end(), count, 0);
  return periods;
}

TEST(DemandTest, GoldenOfSporadicDemand) {
  const auto shape = ShapeOf(kSporadic);
  ASSERT_TRUE(shape);
  EXPECT_DOUBLE_EQ(shape->mean_interval, 3.5);
  EXPECT_NEAR(shape->squared_variation, 0.0617, 5e-5);
  EXPECT_EQ(shape->demand_count, 4);
  EXPECT_EQ(shape->periods_since, 1);
  EXPECT_NEAR(CrostonOf(kSporadic, {})->demand, 1.713256, 5e-7);
  EXPECT_NEAR(SbaOf(kSporadic, {})->demand, 1.627593, 5e-7);
  EXPECT_NEAR(TsbOf(kSporadic, {})->demand, 1.532586, 5e-7);
  const std::vector<int64_t> later = WithZeros(kSporadic, 20);
  EXPECT_EQ(SbaOf(later, {})->demand, SbaOf(kSporadic, {})->demand);
  EXPECT_NEAR(TsbOf(later, {})->demand, 0.186327, 5e-7);
}

TEST(DemandTest, MethodFollowsTheShape) {
  EXPECT_FALSE(ForecastOf({}, {}));
  EXPECT_FALSE(ForecastOf({0, 0, 0}, {}));
  EXPECT_EQ(ForecastOf({3, 4, 0, 5}, {})->method, v1::FORECAST_METHOD_SBA);  // 4/3 is above 1.32
  EXPECT_EQ(ForecastOf({3, 4, 1, 0, 5}, {})->method, v1::FORECAST_METHOD_MEAN);
  EXPECT_EQ(ForecastOf(kSporadic, {})->method, v1::FORECAST_METHOD_SBA);
  // 3 · 3.5 = 10.5: ten periods are not more, eleven are.
  EXPECT_EQ(ForecastOf(WithZeros(kSporadic, 9), {})->method, v1::FORECAST_METHOD_SBA);
  EXPECT_EQ(ForecastOf(WithZeros(kSporadic, 10), {})->method, v1::FORECAST_METHOD_TSB);
}

TEST(DemandTest, DeviationIsOfForecastsOfOnePeriod) {
  const auto mean = MeanOf({2, 4, 6, 8});
  EXPECT_DOUBLE_EQ(mean->demand, 5);
  EXPECT_DOUBLE_EQ(*mean->deviation, std::sqrt(5.0));
  EXPECT_FALSE(MeanOf({7})->deviation);
  EXPECT_FALSE(SbaOf({0, 0, 7}, {})->deviation);
  // After 6 in the third period SBA says 6/3·0.95 = 1.9 until the next demand.
  EXPECT_DOUBLE_EQ(*SbaOf({0, 0, 6, 0, 4}, {})->deviation, std::sqrt((1.9 * 1.9 + 2.1 * 2.1) / 2));
  EXPECT_EQ(SbaOf({0, 0, 6, 0, 4}, {})->error_count, 2);
  // TSB says 6/3 = 2 first, 2·0.9 after a period without.
  EXPECT_DOUBLE_EQ(*TsbOf({0, 0, 6, 0, 4}, {})->deviation, std::sqrt((2 * 2 + 2.2 * 2.2) / 2));
}

TEST(DemandTest, PeriodsAreWholeAndReturnsLowerWhatWasUsed) {
  const absl::CivilDay friday(2026, 1, 2);
  const std::vector<DailyUse> uses = {{friday, 9, 0}, {friday + 3, 5, 0}, {friday + 10, 4, 1}, {friday + 17, 0, 5}, {friday + 25, 8, 0}};
  const DemandSeries days = SeriesOf(uses, friday, friday + 4, 1);
  EXPECT_EQ(days.start, friday);
  EXPECT_EQ(days.periods, (std::vector<int64_t>{9, 0, 0, 5}));
  // Weeks from Monday 5 January; that of 26 January is not over on the 28th, 5 that came back lower 3 and 5 before.
  const DemandSeries weeks = SeriesOf(uses, friday, friday + 26, 7);
  EXPECT_EQ(weeks.start, friday + 3);
  EXPECT_EQ(weeks.periods, (std::vector<int64_t>{3, 0, 0}));
  EXPECT_TRUE(SeriesOf(uses, friday, friday, 1).periods.empty());
  EXPECT_TRUE(SeriesOf(uses, friday, friday + 9, 7).periods.empty());
  // More comes back than was used since the first period.
  EXPECT_EQ(SeriesOf({{friday, 1, 0}, {friday + 1, 0, 4}, {friday + 2, 3, 0}}, friday, friday + 3, 1).periods,
            (std::vector<int64_t>{0, 0, 3}));
}

// Issues less returns, however they lie, unless more came back than went out.
TEST(DemandTest, NothingIsLostOfWhatWasUsed) {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    const absl::CivilDay monday(2026, 1, 5);
    std::vector<DailyUse> uses;
    int64_t out = 0;
    for (int day = 0; day < 70; ++day) {
      const int64_t issued = random() % 4 == 0 ? random() % 9 : 0;
      const int64_t returned = out + issued > 0 && random() % 5 == 0 ? random() % (out + issued + 1) : 0;
      out += issued - returned;
      uses.push_back({monday + day, issued, returned});
    }
    for (const int period : {1, 7}) {
      int64_t sum = 0;
      for (const int64_t quantity : SeriesOf(uses, monday, monday + 70, period).periods) {
        EXPECT_GE(quantity, 0);
        sum += quantity;
      }
      EXPECT_EQ(sum, out);
    }
  }
}

TEST(SafetyTest, Golden) {
  const Coverage coverage{.demand = 20, .deviation = 5, .periods = 9, .lead_deviation = 2};
  EXPECT_NEAR(QuantileOf(0.95), 1.6448536269514722, 1e-12);
  const double safety = SafetyStock(QuantileOf(0.95), coverage);
  EXPECT_NEAR(safety, 70.268, 5e-4);
  EXPECT_EQ(ReorderPoint(safety, coverage), 251);
  EXPECT_EQ(SafetyStock(QuantileOf(0.5), coverage), 0);
}

TEST(SafetyTest, PointIsRoundedOnce) {
  // 0.1 · 30 is a little more than 3 as doubles.
  EXPECT_EQ(ReorderPoint(0, {.demand = 0.1, .periods = 30}), 3);
  EXPECT_EQ(ReorderPoint(0.001, {.demand = 0.1, .periods = 30}), 4);
  EXPECT_EQ(ReorderPoint(0, {.demand = 0, .periods = 30}), 0);
  EXPECT_FALSE(ReorderPoint(0, {.demand = 1e300, .periods = 1e300}));
  EXPECT_FALSE(ReorderPoint(std::nan(""), {}));
}

TEST(SafetyTest, DueAtThePointAndBelowZeroWhereItIsZero) {
  EXPECT_TRUE(IsDue(251, 251));
  EXPECT_FALSE(IsDue(252, 251));
  EXPECT_FALSE(IsDue(0, 0));
  EXPECT_TRUE(IsDue(-1, 0));
  for (int64_t point = 0; point < 5; ++point) {
    for (int64_t position = -5; position < 8; ++position) {
      const int64_t least = LeastToOrder(position, point);
      EXPECT_FALSE(IsDue(position + least, point));
      if (least > 0) {
        EXPECT_TRUE(IsDue(position + least - 1, point));
      }
    }
  }
}

OrderTerms Published() {
  return {.yearly_demand = 5000, .order_cost = 4900, .holding = Fraction(20, 100), .levels = {{1, 500}, {1000, 480}, {2000, 475}}};
}

TEST(OrderSizeTest, PublishedPriceBreaks) {
  const OrderSize size = SizeOf(Published());
  EXPECT_EQ(size.quantity, 1000);
  ASSERT_EQ(size.options.size(), 3u);
  EXPECT_EQ(size.options[0].quantity, 700);
  EXPECT_EQ(size.options[0].yearly_cost, 2570000);
  EXPECT_EQ(size.options[1].yearly_cost, 2472500);
  EXPECT_EQ(size.options[2].quantity, 2000);
  EXPECT_EQ(size.options[2].yearly_cost, 2482250);
  EXPECT_EQ(size.bounds, std::vector<v1::ReorderBound>{v1::REORDER_BOUND_PRICE_BREAK});
}

TEST(OrderSizeTest, MultipleIsTheSmallerOfTwo) {
  // 2DS/(Hk²) = 6 = 2·3: 2 and 3 cost the same.
  EXPECT_EQ(EconomicMultiple(3, 1, 1, 1), 2);
  EXPECT_EQ(EconomicMultiple(Fraction(301, 100), 1, 1, 1), 3);
  EXPECT_EQ(EconomicMultiple(0, 1, 1, 12), 1);
  EXPECT_EQ(EconomicMultiple(3 * 144, 1, 1, 12), 2);
  EXPECT_EQ(EconomicMultiple(Fraction(1e18), 1000000, Fraction(1, 1000000), 7), 1000000000 / 7);
}

TEST(OrderSizeTest, BoundsAreToldAndRoomRoundsDown) {
  OrderTerms terms = Published();
  terms.levels = {{1, 500}};
  terms.pack = 12;
  EXPECT_EQ(SizeOf(terms).quantity, 696);
  EXPECT_TRUE(SizeOf(terms).bounds.empty());
  terms.minimum = 800;
  EXPECT_EQ(SizeOf(terms).quantity, 804);
  EXPECT_EQ(SizeOf(terms).bounds, std::vector<v1::ReorderBound>{v1::REORDER_BOUND_MINIMUM_ORDER});
  terms.need = 900;
  EXPECT_EQ(SizeOf(terms).quantity, 900);
  EXPECT_EQ(SizeOf(terms).bounds, std::vector<v1::ReorderBound>{v1::REORDER_BOUND_NEED});
  terms.stock_room = 850;
  EXPECT_EQ(SizeOf(terms).quantity, 840);
  EXPECT_EQ(SizeOf(terms).bounds.back(), v1::REORDER_BOUND_MAXIMUM_STOCK);
  terms.shelf_room = 830;
  EXPECT_EQ(SizeOf(terms).quantity, 828);
  EXPECT_EQ(SizeOf(terms).bounds.back(), v1::REORDER_BOUND_SHELF_LIFE);
  terms.shelf_room = 803;
  EXPECT_EQ(SizeOf(terms).quantity, 0);
  terms.shelf_room = -5;
  EXPECT_EQ(SizeOf(terms).quantity, 0);
}

// The cheapest of all multiples between the bounds, by trying each.
TEST(OrderSizeTest, NoOtherQuantityIsCheaper) {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    OrderTerms terms;
    terms.yearly_demand = Fraction(random() % 20000, 1 + random() % 7);
    terms.order_cost = random() % 5000;
    terms.holding = Fraction(1 + random() % 4000, 10000);
    terms.pack = 1 + random() % 13;
    terms.minimum = random() % 60;
    terms.need = random() % 200;
    if (random() % 3 == 0) terms.stock_room = static_cast<int64_t>(random() % 300) - 20;
    if (random() % 3 == 0) terms.shelf_room = static_cast<int64_t>(random() % 300) - 20;
    int64_t from = 1;
    for (int i = random() % 4; i >= 0; --i) {
      terms.levels.push_back({from, Fraction(100 + random() % 900, 1 + random() % 3)});
      from += 1 + random() % 90;
    }
    const int64_t most = std::min(terms.stock_room.value_or(1000), terms.shelf_room.value_or(1000));
    int64_t best = 0;
    Fraction cheapest;
    for (int pass = 0; pass < 2 && best == 0; ++pass) {  // Without room for what is needed, for as much as there is.
      for (int64_t quantity = terms.pack; quantity <= most; quantity += terms.pack) {
        if (quantity < terms.minimum || (pass == 0 && quantity < terms.need)) continue;
        if (pass == 1 && quantity + terms.pack <= most) continue;
        Fraction cost;
        for (const PriceLevel& level : terms.levels) {
          if (level.from <= quantity) cost = YearlyCost(terms, level.unit_cost, quantity);
        }
        if (best == 0 || cost < cheapest) {
          best = quantity;
          cheapest = cost;
        }
      }
    }
    const OrderSize size = SizeOf(terms);
    if (size.quantity > 1000) continue;  // Beyond what was tried.
    ASSERT_EQ(size.quantity, best) << "round " << round;
  }
}

}  // namespace
}  // namespace heitie::resource
