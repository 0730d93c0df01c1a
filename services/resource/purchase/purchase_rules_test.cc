#include "services/resource/purchase/purchase_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "services/resource/purchase/delivery.h"
#include "services/resource/purchase/invoice_match.h"
#include "services/resource/stock/stock_ledger.h"

namespace heitie::resource {
namespace {

using test::Proto;
using ::testing::ElementsAre;

TEST(PurchaseCostTest, CostsOfPartsAddUp) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    const int64_t whole = 1 + static_cast<int64_t>(random() % 50), total = static_cast<int64_t>(random() % 10'000);
    int64_t before = 0, sum = 0;
    while (before < whole) {
      const int64_t after = std::min<int64_t>(whole, before + 1 + static_cast<int64_t>(random() % 7));
      sum += *CostUpTo(total, after, whole) - *CostUpTo(total, before, whole);
      before = after;
    }
    EXPECT_EQ(sum, total);
    // Half up of the exact quotient.
    const int64_t part = static_cast<int64_t>(random() % 200);
    EXPECT_EQ(*CostUpTo(total, part, whole), (2 * total * part + whole) / (2 * whole));
  }
  EXPECT_EQ(CostUpTo(1000, 3, 2), 1500);
  EXPECT_EQ(CostUpTo(kMaxValueMinor, 2, 1), std::nullopt);
}

TEST(PurchaseLimitTest, TheNearestCostCentreThatIsNamedCounts) {
  const auto policy = Proto<v1::PurchasePolicy>(R"pb(
    limits { role: "OPERATIONS_MANAGER" amount_minor: 100 }
    limits { role: "OPERATIONS_MANAGER" cost_center: "events" amount_minor: 50 }
    limits { role: "OPERATIONS_MANAGER" cost_center: "spring" amount_minor: 0 }
    limits { role: "DATA_ANALYST" amount_minor: 70 }
  )pb");
  EXPECT_EQ(LimitFor(policy, {"OPERATIONS_MANAGER"}, {"shop"}), 100);
  EXPECT_EQ(LimitFor(policy, {"OPERATIONS_MANAGER"}, {"autumn", "events"}), 50);
  EXPECT_EQ(LimitFor(policy, {"OPERATIONS_MANAGER"}, {"spring", "events"}), 0);
  EXPECT_EQ(LimitFor(policy, {"OPERATIONS_MANAGER", "DATA_ANALYST"}, {"spring", "events"}), 70);
  EXPECT_EQ(LimitFor(policy, {"OPERATIONS_SPECIALIST"}, {"shop"}), 0);
}

// Whoever ends up as the supplier of the lines that name none: the most that may come to be one supplier's of the lines of this
// requisition.
int64_t MostOfOneSupplier(const std::string& requisition, const std::vector<CountedLine>& lines) {
  std::vector<std::string> names = {"a", "b", "c", "other"};
  int64_t most = 0;
  for (const std::string& supplier : names) {
    bool own = false;
    int64_t sum = 0;
    for (const CountedLine& line : lines) {
      if (!line.supplier.empty() && line.supplier != supplier) continue;
      sum += line.minor;
      own = own || line.requisition == requisition;
    }
    if (own) most = std::max(most, sum);
  }
  return most;
}

TEST(PurchaseSplitTest, SplittingDoesNotHelp) {
  std::mt19937 random(2);
  const std::vector<std::string> suppliers = {"", "a", "b", "c"};
  for (int round = 0; round < 5000; ++round) {
    std::vector<CountedLine> lines;
    const int count = 1 + static_cast<int>(random() % 6);
    for (int i = 0; i < count; ++i) {
      lines.push_back(
          {i == 0 ? "r0" : "r" + std::to_string(random() % 3), suppliers[random() % 4], 1 + static_cast<int64_t>(random() % 100)});
    }
    const CountedTogether counted = CountTogether("r0", lines);
    EXPECT_EQ(counted.minor, MostOfOneSupplier("r0", lines));
    EXPECT_EQ(counted.requisitions.count("r0"), 0u);
  }
}

v1::PurchaseOrder::Line LineOfParts(const std::vector<std::pair<int64_t, int64_t>>& parts) {
  v1::PurchaseOrder::Line line;
  for (const auto& [quantity, closed] : parts) {
    auto& part = *line.add_allocations();
    part.set_quantity(quantity);
    part.set_closed_quantity(closed);
    line.set_quantity(line.quantity() + quantity);
    line.set_closed_quantity(line.closed_quantity() + closed);
  }
  return line;
}

TEST(PurchaseUnitsTest, UnitsGoToTheFirstPartsFirst) {
  const v1::PurchaseOrder::Line line = LineOfParts({{5, 0}, {4, 2}, {3, 0}});
  EXPECT_THAT(UnitsOf(line, 0, 6), ElementsAre(5, 1, 0));
  EXPECT_THAT(UnitsOf(line, 6, 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(UnitsOf(line, 9, 2), ElementsAre(0, 0, 2));  // More than was ordered: the last part's.
  EXPECT_THAT(UnitsOf(line, 4, 0), ElementsAre(0, 0, 0));
}

TEST(PurchaseUnitsTest, NothingIsLostOrGivenTwice) {
  std::mt19937 random(3);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::pair<int64_t, int64_t>> parts;
    const int count = 1 + static_cast<int>(random() % 4);
    for (int i = 0; i < count; ++i) {
      const int64_t quantity = 1 + static_cast<int64_t>(random() % 6);
      parts.push_back({quantity, static_cast<int64_t>(random()) % (quantity + 1)});
    }
    v1::PurchaseOrder::Line line = LineOfParts(parts);
    const int64_t live = line.quantity() - line.closed_quantity();
    // Unit by unit, the oracle: the part of each.
    std::vector<int> part_of;
    for (int i = 0; i < count; ++i) part_of.insert(part_of.end(), static_cast<size_t>(parts[i].first - parts[i].second), i);
    const int64_t from = static_cast<int64_t>(random()) % (live + 2), units = static_cast<int64_t>(random() % 8);
    std::vector<int64_t> expected(static_cast<size_t>(count));
    for (int64_t unit = from; unit < from + units; ++unit) {
      ++expected[static_cast<size_t>(unit < live ? part_of[static_cast<size_t>(unit)] : count - 1)];
    }
    EXPECT_EQ(UnitsOf(line, from, units), expected);

    line.set_accepted_quantity(static_cast<int64_t>(random()) % (live + 1));
    const int64_t open = OpenOf(line);
    EXPECT_EQ(open, live - line.accepted_quantity());
    const int64_t given_up = static_cast<int64_t>(random()) % (open + 1);
    std::vector<int64_t> last(static_cast<size_t>(count));
    for (int64_t unit = live - given_up; unit < live; ++unit) ++last[static_cast<size_t>(part_of[static_cast<size_t>(unit)])];
    EXPECT_EQ(GivenUpOf(line, given_up), last);
  }
}

TEST(PurchaseUnitsTest, WhatIsForASubjectIsTheSumOfItsParts) {
  v1::PurchaseOrder order;
  order.set_name("purchaseOrders/o");
  order.set_supplier("suppliers/print");
  order.set_state(v1::PurchaseOrder::STATE_PART_RECEIVED);
  *order.add_lines() = LineOfParts({{5, 1}, {3, 0}, {4, 2}});
  v1::PurchaseOrder::Line& line = *order.mutable_lines(0);
  line.set_item("items/mug");
  line.set_number(1);
  line.set_accepted_quantity(6);
  for (int i = 0; i < 3; ++i) line.mutable_allocations(i)->set_requisition(absl::StrCat("purchaseRequisitions/r", i));
  // Of 4 + 3 + 2 live units six have come, to the first parts first.
  const auto found = OrderedFor(order, {{"purchaseRequisitions/r0", "activities/a"},
                                        {"purchaseRequisitions/r2", "activities/a"},
                                        {"purchaseRequisitions/r1", "activities/b"},
                                        {"purchaseRequisitions/r9", "activities/c"}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].subject(), "activities/a");
  EXPECT_EQ(found[0].accepted_quantity(), 4);
  EXPECT_EQ(found[0].open_quantity(), 2);
  EXPECT_EQ(found[1].subject(), "activities/b");
  EXPECT_EQ(found[1].accepted_quantity(), 2);
  EXPECT_EQ(found[1].open_quantity(), 1);
  EXPECT_TRUE(OrderedFor(order, {}).empty());
}

TEST(PurchaseUnitsTest, WhatWasAcceptedIsFoundInOrder) {
  const std::vector<AcceptedUnits> accepted = {{"r1", 3}, {"r2", 2}, {"r3", 4}};
  const std::vector<AcceptedUnits> found = UnitsBetween(accepted, 2, 4);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].quantity, 1);
  EXPECT_EQ(found[1].quantity, 2);
  EXPECT_EQ(found[2].goods_receipt, "r3");
  EXPECT_EQ(found[2].quantity, 1);
  EXPECT_TRUE(UnitsBetween(accepted, 9, 1).empty());
}

TEST(PurchaseToleranceTest, RoundsDown) {
  v1::PurchaseOrder::Line line = LineOfParts({{30, 0}});
  EXPECT_EQ(MostAccepted(line, 0), 30);
  EXPECT_EQ(MostAccepted(line, 500), 31);
  line.set_closed_quantity(10);
  EXPECT_EQ(MostAccepted(line, 500), 21);
  EXPECT_FALSE(IsTooDear(110, 1, 300, 3, 1000));
  EXPECT_TRUE(IsTooDear(111, 1, 300, 3, 1000));
  EXPECT_FALSE(IsTooDear(100, 1, 300, 3, 0));
  v1::PurchasePolicy policy;
  policy.set_price_tolerance_bp(150);
  policy.set_price_tolerance_minor(20);
  EXPECT_EQ(PriceTolerance(policy, 1000), 20);
  EXPECT_EQ(PriceTolerance(policy, 1999), 29);
}

TEST(PurchaseUsableTest, UnitsToComeKeepTheirShare) {
  auto part = Proto<v1::PurchaseOrder::Allocation>("quantity: 4 booked_minor: 10 committed_minor: 10");
  EXPECT_EQ(Usable(part, 1), 3);   // 10 less 7: the first of four is 2.5, rounded half up
  EXPECT_EQ(Usable(part, 4), 10);  // the last may use all
  part.set_committed_minor(13);    // raised by 3
  EXPECT_EQ(Usable(part, 1), 6);
  part.set_closed_quantity(2);  // whose 5 are free
  part.set_committed_minor(5);
  EXPECT_EQ(Usable(part, 1), 3);
  EXPECT_EQ(Usable(part, 2), 5);
  EXPECT_EQ(Usable(part, 5), 5);
}

TEST(PurchaseStateTest, FollowsFromTheLines) {
  auto order = Proto<v1::PurchaseOrder>("lines { quantity: 4 } lines { quantity: 1 }");
  EXPECT_EQ(StateOf(order), v1::PurchaseOrder::STATE_PLACED);
  order.mutable_lines(0)->set_received_quantity(4);
  order.mutable_lines(0)->set_accepted_quantity(3);
  order.mutable_lines(0)->set_rejected_quantity(1);
  EXPECT_EQ(StateOf(order), v1::PurchaseOrder::STATE_PART_RECEIVED);  // What is rejected is still open.
  order.mutable_lines(0)->set_closed_quantity(1);
  order.mutable_lines(1)->set_closed_quantity(1);
  EXPECT_EQ(StateOf(order), v1::PurchaseOrder::STATE_RECEIVED);
  EXPECT_EQ(StateOf(Proto<v1::PurchaseOrder>("lines { quantity: 4 closed_quantity: 4 }")), v1::PurchaseOrder::STATE_CANCELLED);
  auto requisition = Proto<v1::PurchaseRequisition>("lines { quantity: 4 } lines { quantity: 2 }");
  EXPECT_EQ(StateOf(requisition), v1::PurchaseRequisition::STATE_APPROVED);
  requisition.mutable_lines(0)->set_ordered_quantity(4);
  EXPECT_EQ(StateOf(requisition), v1::PurchaseRequisition::STATE_PART_ORDERED);
  requisition.mutable_lines(1)->set_closed_quantity(2);
  EXPECT_EQ(StateOf(requisition), v1::PurchaseRequisition::STATE_ORDERED);
}

TEST(PurchaseShareTest, NegativeAmountsAddUpToo) {
  EXPECT_THAT(ShareOut(-10, {1, 1, 1}), ElementsAre(-4, -3, -3));
  EXPECT_THAT(ShareOut(10, {3, 0, 1}), ElementsAre(8, 0, 2));
}

}  // namespace
}  // namespace heitie::resource
