#include "services/resource/reorder/judge.h"

#include <algorithm>

#include "common/test/fixture.h"
#include "common/time/day.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heitie::resource {
namespace {

using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::ReorderTerm;

const absl::CivilDay kJudgeDay(2026, 3, 30);  // a Monday

// Twenty a week for ten weeks, five of deviation: 15 and 25 in turns. By week: lead 56 days and review 7 are 9 weeks.
ReorderInputs Regular() {
  ReorderInputs inputs;
  inputs.today = kJudgeDay;
  inputs.policy = Proto<v1::ReorderPolicy>(R"pb(
    name: "reorderPolicies/p"
    period: PERIOD_WEEK
    history_days: 728
    size_smoothing_bp: 1000
    interval_smoothing_bp: 1000
    regular_interval_hundredths: 132
    stale_intervals: 3
    service_level_bp: 9500
    review_days: 7
    order_cost_minor: 4900
    currency_code: "TWD"
    holding_bp: 2000
    least_deliveries: 3
    delivery_days: 730
  )pb");
  inputs.term = Proto<ReorderTerm>(R"pb(name: "reorderTerms/t" item: "items/mug" supplier: "suppliers/printer" lead_days: 56)pb");
  inputs.item = Proto<v1::Item>(R"pb(
    name: "items/mug"
    unit: "piece"
    currency_code: "TWD"
    state: STATE_ACTIVE
    units { unit: "box" numerator: 12 denominator: 1 }
  )pb");
  inputs.first_day = kJudgeDay - 70;
  for (int week = 0; week < 10; ++week) inputs.uses.push_back({kJudgeDay - 70 + 7 * week, week % 2 == 0 ? 15 : 25, 0});
  inputs.price = Proto<v1::SupplierPrice>(R"pb(
    name: "suppliers/printer/supplierPrices/p"
    item: "items/mug"
    currency_code: "TWD"
    price_quantity: 1
    minimum_quantity: 1
    breaks { from_quantity: 1 price_minor: 500 }
  )pb");
  inputs.price_quote = Quote{};
  inputs.price_quote->conversion.set_currency_code("TWD");
  inputs.price_quote->conversion.set_quote_currency_code("TWD");
  inputs.order_cost_quote = inputs.price_quote;
  inputs.usable = 40;
  return inputs;
}

std::string StepOf(const v1::ReorderVerdict& verdict, const std::string& figure) {
  for (const auto& step : verdict.figures().steps()) {
    if (step.figure() == figure) return step.numbers() + " = " + step.result();
  }
  return "";
}

std::vector<v1::ReorderGap> GapsOf(const ReorderInputs& inputs) {
  const v1::ReorderVerdict verdict = JudgeReorder(inputs).verdict;
  std::vector<v1::ReorderGap> gaps;
  for (const int gap : verdict.gaps()) gaps.push_back(static_cast<v1::ReorderGap>(gap));
  if (!gaps.empty()) {
    EXPECT_EQ(verdict.outcome(), ReorderTerm::OUTCOME_INCOMPLETE);
    EXPECT_EQ(verdict.quantity(), 0);
  }
  return gaps;
}

TEST(ReorderJudgeTest, ShowsEveryFigureAndFormula) {
  ReorderInputs inputs = Regular();
  inputs.on_order = 250;
  inputs.reserved = 30;
  inputs.planned.uses = {{"activities/a", "projects/p", kJudgeDay + 63, 9}, {"activities/b", "projects/p", kJudgeDay + 64, 100}};
  const Judgement judged = JudgeReorder(inputs);
  const v1::ReorderVerdict& verdict = judged.verdict;
  const v1::ReorderFigures& figures = verdict.figures();
  EXPECT_THAT(GapsOf(inputs), IsEmpty());
  EXPECT_EQ(figures.method(), v1::FORECAST_METHOD_MEAN);
  EXPECT_EQ(figures.period_count(), 10);
  EXPECT_EQ(figures.demands_size(), 10);
  EXPECT_DOUBLE_EQ(figures.demand_per_period(), 20);
  EXPECT_DOUBLE_EQ(figures.deviation(), 5);
  EXPECT_DOUBLE_EQ(figures.cover_periods(), 9);
  EXPECT_EQ(StepOf(verdict, "mean_interval"), "10/10 = 1");
  EXPECT_EQ(StepOf(verdict, "safety_stock"), "1.64485·√(9·5² + 20²·0²) = 24.6728");
  EXPECT_EQ(StepOf(verdict, "reorder_point"), "⌈20·9 + 24.6728⌉ = 205");
  // The activity of the 64th day lies beyond what is to be covered.
  EXPECT_EQ(StepOf(verdict, "position"), "40 + 250 − 30 − 9 = 251");
  EXPECT_EQ(verdict.outcome(), ReorderTerm::OUTCOME_ENOUGH);
  EXPECT_EQ(verdict.quantity(), 0);
  EXPECT_TRUE(judged.yearly_cost);
}

TEST(ReorderJudgeTest, DeliveriesTellTheLeadTime) {
  ReorderInputs inputs = Regular();
  inputs.term.clear_lead_days();
  inputs.leads = {.count = 3, .mean = 56, .deviation = 14};
  const v1::ReorderVerdict verdict = JudgeReorder(inputs).verdict;
  // The published case: d̄ 20, σ 5, L 9, σ_L 2.
  EXPECT_NEAR(verdict.figures().safety_stock(), 70.268, 5e-4);
  EXPECT_EQ(verdict.figures().reorder_point(), 251);
  EXPECT_EQ(verdict.figures().delivery_count(), 3);
  // Two are too few: what the supplier promises counts, and without a promise nothing is known.
  inputs.leads = {.count = 2, .mean = 56, .deviation = 14};
  EXPECT_THAT(GapsOf(inputs), ElementsAre(v1::REORDER_GAP_LEAD_TIME));
  inputs.price->set_lead_days(21);
  EXPECT_DOUBLE_EQ(JudgeReorder(inputs).verdict.figures().cover_periods(), 4);
}

TEST(ReorderJudgeTest, ProposesWhatIsCheapest) {
  ReorderInputs inputs = Regular();
  const v1::ReorderVerdict verdict = JudgeReorder(inputs).verdict;
  EXPECT_EQ(verdict.outcome(), ReorderTerm::OUTCOME_PROPOSED);
  // D = 20·365/7 = 1042.857, 2DS/H = 102200: m = 320, as 319·320 ≤ 102200 ≤ 320·321.
  EXPECT_EQ(verdict.quantity(), 320);
  EXPECT_EQ(verdict.cost_minor(), 160000);
  EXPECT_EQ(StepOf(verdict, "economic_quantity"), "2·D·S/(H·k²) = 2·1042.86·4900/(100·1²) = 102200, m = 320 = 320");
  ASSERT_EQ(verdict.figures().options_size(), 1);
  EXPECT_EQ(verdict.figures().options(0).yearly_cost_minor(), 553397);

  // Boxes of twelve, three together: 36 · 9 = 324 pieces are 27 boxes.
  inputs.term.set_unit("box");
  inputs.term.set_pack_quantity(3);
  inputs.price->set_unit("box");
  inputs.price->mutable_breaks(0)->set_price_minor(6000);
  const v1::ReorderVerdict boxes = JudgeReorder(inputs).verdict;
  EXPECT_EQ(boxes.figures().pack_quantity(), 36);
  EXPECT_EQ(boxes.quantity(), 324);
  EXPECT_EQ(boxes.order_quantity(), 27);
  EXPECT_EQ(boxes.cost_minor(), 162000);
}

TEST(ReorderJudgeTest, PackIsAWholeNumberOfTheItemsUnit) {
  ReorderInputs inputs = Regular();
  *inputs.item.add_units() = Proto<v1::ItemUnit>("unit: 'strip' numerator: 5 denominator: 2");
  inputs.term.set_unit("strip");
  inputs.term.set_pack_quantity(3);
  const v1::ReorderVerdict verdict = JudgeReorder(inputs).verdict;
  EXPECT_EQ(verdict.figures().pack_quantity(), 15);  // six strips
  EXPECT_EQ(verdict.quantity() % 15, 0);
  EXPECT_EQ(verdict.order_quantity() * 5, verdict.quantity() * 2);
}

TEST(ReorderJudgeTest, WhatIsNotKnownIsNamed) {
  ReorderInputs inputs = Regular();
  inputs.uses.clear();
  EXPECT_THAT(GapsOf(inputs), ElementsAre(v1::REORDER_GAP_DEMAND));
  EXPECT_FALSE(JudgeReorder(inputs).verdict.figures().has_demand_per_period());

  inputs = Regular();
  inputs.policy.clear_order_cost_minor();
  inputs.policy.clear_holding_bp();
  inputs.price.reset();
  EXPECT_THAT(GapsOf(inputs), ElementsAre(v1::REORDER_GAP_ORDER_COST, v1::REORDER_GAP_HOLDING_COST, v1::REORDER_GAP_PRICE));
  inputs.term.set_order_cost_minor(0);
  inputs.term.set_holding_bp(2000);
  EXPECT_THAT(GapsOf(inputs), ElementsAre(v1::REORDER_GAP_PRICE));

  inputs = Regular();
  inputs.price->mutable_breaks(0)->set_price_minor(0);
  EXPECT_THAT(GapsOf(inputs), ElementsAre(v1::REORDER_GAP_PRICE));

  inputs = Regular();
  inputs.price_quote.reset();
  inputs.order_cost_quote.reset();
  EXPECT_THAT(GapsOf(inputs), ElementsAre(v1::REORDER_GAP_EXCHANGE_RATE));

  inputs = Regular();
  inputs.term.set_unit("crate");
  EXPECT_THAT(GapsOf(inputs), ElementsAre(v1::REORDER_GAP_UNIT));

  // Demand for the first time, in the last period.
  inputs = Regular();
  inputs.uses = {{kJudgeDay - 1, 7, 0}};
  EXPECT_THAT(GapsOf(inputs), ElementsAre(v1::REORDER_GAP_DEVIATION));

  inputs = Regular();
  inputs.item.set_state(v1::Item::STATE_RETIRED);
  EXPECT_EQ(JudgeReorder(inputs).verdict.outcome(), ReorderTerm::OUTCOME_RETIRED);
}

TEST(ReorderJudgeTest, ForeignPricesAreConvertedExactly) {
  ReorderInputs inputs = Regular();
  inputs.price->set_currency_code("JPY");  // without minor units
  inputs.price->mutable_breaks(0)->set_price_minor(24);
  inputs.price_quote->rate = exact::Fraction(5, 24);  // 24 yen are 5 dollars
  inputs.price_quote->conversion.set_currency_code("JPY");
  const v1::ReorderVerdict verdict = JudgeReorder(inputs).verdict;
  EXPECT_EQ(verdict.quantity(), 320);
  EXPECT_EQ(verdict.cost_minor(), 320 * 24);
  EXPECT_EQ(verdict.currency_code(), "JPY");
  EXPECT_DOUBLE_EQ(verdict.figures().options(0).unit_cost_minor(), 500);
  EXPECT_TRUE(verdict.figures().has_conversion());
}

TEST(ReorderJudgeTest, RoomRoundsDownAndSaysSo) {
  ReorderInputs inputs = Regular();
  inputs.term.set_maximum_stock(300);
  v1::ReorderVerdict verdict = JudgeReorder(inputs).verdict;
  EXPECT_EQ(verdict.quantity(), 260);
  EXPECT_THAT(verdict.figures().bounds(), ElementsAre(v1::REORDER_BOUND_MAXIMUM_STOCK));
  // Within 91 days 260 are used, of which 40 are there.
  inputs.shelf_life_days = 91;
  verdict = JudgeReorder(inputs).verdict;
  EXPECT_EQ(verdict.quantity(), 220);
  EXPECT_THAT(verdict.figures().bounds(), ElementsAre(v1::REORDER_BOUND_SHELF_LIFE));
  inputs.price->set_minimum_quantity(221);
  verdict = JudgeReorder(inputs).verdict;
  EXPECT_EQ(verdict.outcome(), ReorderTerm::OUTCOME_NO_ROOM);
  EXPECT_EQ(verdict.quantity(), 0);
}

TEST(ReorderJudgeTest, TheCheapestSupplierGetsTheOrder) {
  const auto judge = [](int64_t price, int32_t lead) {
    ReorderInputs inputs = Regular();
    inputs.price->mutable_breaks(0)->set_price_minor(price);
    inputs.term.set_lead_days(lead);
    return JudgeReorder(inputs);
  };
  std::vector<Judgement> judged = {judge(510, 56), judge(500, 56), judge(500, 56)};
  ChooseSupplier(judged);
  EXPECT_EQ(judged[0].verdict.outcome(), ReorderTerm::OUTCOME_OTHER_SUPPLIER);
  EXPECT_EQ(judged[1].verdict.outcome(), ReorderTerm::OUTCOME_PROPOSED);
  EXPECT_EQ(judged[2].verdict.outcome(), ReorderTerm::OUTCOME_OTHER_SUPPLIER);
  // Of equal prices the one who delivers sooner needs less safety stock, and may not be due yet.
  judged = {judge(500, 56), judge(500, 0)};
  EXPECT_EQ(judged[1].verdict.outcome(), ReorderTerm::OUTCOME_ENOUGH);
  ChooseSupplier(judged);
  EXPECT_EQ(judged[0].verdict.outcome(), ReorderTerm::OUTCOME_OTHER_SUPPLIER);
  EXPECT_EQ(judged[0].verdict.quantity(), 0);
}

TEST(PlannedUsesTest, EachUnitCountsOnce) {
  PlannedUses planned;
  planned.uses = {{"activities/a", "projects/p", kJudgeDay, 10},
                  {"activities/b", "projects/p", kJudgeDay + 5, 20},
                  {"activities/c", "projects/q", kJudgeDay + 5, -3},
                  {"activities/d", "", kJudgeDay - 2, 4}};
  EXPECT_EQ(PlannedUntil(planned, kJudgeDay), 14);
  EXPECT_EQ(PlannedUntil(planned, kJudgeDay + 5), 34);
  planned.held = {{"projects/p", 25}, {"projects/q", 50}};
  EXPECT_EQ(PlannedUntil(planned, kJudgeDay), 4);
  EXPECT_EQ(PlannedUntil(planned, kJudgeDay + 5), 9);
}

TEST(FigureTextTest, ShowsSixDigitsThatCount) {
  EXPECT_EQ(FigureText(0), "0");
  EXPECT_EQ(FigureText(-0.0), "0");
  EXPECT_EQ(FigureText(3.5), "3.5");
  EXPECT_EQ(FigureText(0.186327), "0.186327");
  EXPECT_EQ(FigureText(0.0001234567), "0.000123457");
  EXPECT_EQ(FigureText(70.2681234), "70.2681");
  EXPECT_EQ(FigureText(1234567.8), "1234568");
  EXPECT_EQ(FigureText(100), "100");
  EXPECT_EQ(FigureText(-2.25), "-2.25");
}

TEST(SupplierHistoryTest, ComputesFromWhatCame) {
  const absl::CivilDay day(2026, 1, 10);
  const std::vector<Delivered> deliveries = {
      {.item = "items/b",
       .currency_code = "TWD",
       .receipt = "deliveries/2",
       .received = day + 4,
       .ordered = day,
       .due = day + 3,
       .quantity = 30,
       .cost_minor = 1000,
       .inspected = 40,
       .accepted = 30},
      {.item = "items/a",
       .currency_code = "TWD",
       .receipt = "deliveries/1",
       .received = day + 6,
       .ordered = day,
       .due = day + 6,
       .quantity = 10,
       .cost_minor = 500,
       .inspected = 10,
       .accepted = 10},
      {.item = "items/b",
       .currency_code = "TWD",
       .receipt = "deliveries/3",
       .received = day + 8,
       .ordered = day,
       .due = day + 9,
       .inspected = 5},
      {.item = "items/b", .currency_code = "TWD", .receipt = "goodsReceipts/4", .received = day, .quantity = 1, .cost_minor = 40},
  };
  const auto statistics = StatisticsOf(deliveries);
  EXPECT_EQ(statistics.delivery().delivery_count(), 3);
  EXPECT_DOUBLE_EQ(statistics.delivery().mean_lead_days(), 6);
  EXPECT_DOUBLE_EQ(statistics.delivery().lead_deviation_days(), 2);
  EXPECT_EQ(statistics.delivery().on_time_count(), 2);
  EXPECT_EQ(statistics.delivery().on_time_bp(), 6667);
  EXPECT_EQ(statistics.delivery().accepted_bp(), 7273);  // 40 of 55
  ASSERT_EQ(statistics.items_size(), 2);
  EXPECT_FALSE(statistics.items(0).delivery().has_lead_deviation_days());
  EXPECT_EQ(statistics.items(0).delivery().accepted_bp(), 10000);
  ASSERT_EQ(statistics.items(1).prices_size(), 2);  // What was rejected was not paid.
  EXPECT_EQ(statistics.items(1).prices(0).receipt(), "goodsReceipts/4");
  EXPECT_EQ(statistics.items(1).prices(1).cost_minor(), 1000);
  EXPECT_FALSE(StatisticsOf({}).delivery().has_mean_lead_days());
  EXPECT_FALSE(StatisticsOf({}).delivery().has_on_time_bp());
}

// Twelve of the forty expire before what would be ordered now can be here; five of these are reserved for before.
TEST(ReorderJudgeTest, WhatExpiresWithinTheCoverIsNotThereThen) {
  ReorderInputs inputs = Regular();
  inputs.reserved = 5;
  inputs.lots = {{kJudgeDay + 10, 12}, {kNoEnd, 28}};
  inputs.needs = {{kJudgeDay + 5, 5}};
  const v1::ReorderVerdict verdict = JudgeReorder(inputs).verdict;
  EXPECT_EQ(verdict.figures().usable(), 33);
  EXPECT_EQ(verdict.figures().position(), 28);
  EXPECT_EQ(StepOf(verdict, "usable"), "40 − 7 = 33");
  inputs.lots = {{kJudgeDay + 100, 12}, {kNoEnd, 28}};
  EXPECT_EQ(JudgeReorder(inputs).verdict.figures().usable(), 40) << "it lasts";
}

}  // namespace
}  // namespace heitie::resource
