// Whatever is done to purchases at once, in any order: quantities stay within what was approved, and money, stock and the table of what is
// to come say what the papers say.
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "services/resource/purchase/purchase_rules.h"
#include "services/resource/purchase/purchase_test.h"

namespace heitie::resource {
namespace {

using v1::PurchaseOrder;

class PurchasePropertyTest : public PurchaseTest {
 protected:
  static constexpr int kRequisitions = 3, kOrders = 6;

  // One of many; most of what it tries is refused, which is as good.
  void Act(std::mt19937& random, const std::string& id) {
    const auto pick = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
    const std::string order = absl::StrCat("o", pick(kOrders)), item = pick(2) == 0 ? "mug" : "pen";
    const int line = 1 + pick(2);
    const int64_t units = 1 + pick(6);
    absl::Status status;
    switch (pick(9)) {
      case 0:
      case 1: {
        const int64_t first = 1 + pick(4), second = 1 + pick(4);
        status = Ordered(order, Orders("mug", first + second, (first + second) * 100 + pick(30),
                                       Part(absl::StrCat("r", pick(kRequisitions)), 1, first) + Part("r3", 1, second)) +
                                    Orders("pen", units, units * 10, Part(absl::StrCat("r", pick(kRequisitions)), 2, units)))
                     .status();
        break;
      }
      case 2:
        status = Delivered(id, order, line, units).status();
        break;
      case 3:
      case 4: {
        // Whatever is not inspected of it.
        auto waiting = Call<v1::ListDeliveriesResponse>(
            "ListDeliveries", Analyst(), Proto<v1::ListDeliveriesRequest>(R"pb(filter: "state = STATE_UNINSPECTED" page_size: 3)pb"));
        if (!waiting.ok() || waiting->deliveries_size() == 0) return;
        const v1::Delivery& delivery = waiting->deliveries(pick(waiting->deliveries_size()));
        const int64_t left = UninspectedOf(delivery.lines(0)), bad = pick(static_cast<int>(left) + 1);
        status = Inspected(delivery.name().substr(11), left - bad, bad).status();
        break;
      }
      case 5: {
        // Some of what is accepted and not invoiced yet, a coin too dear at times.
        const std::vector<PurchaseOrder> orders = AllOrders();
        if (orders.empty()) return;
        const PurchaseOrder& billed = orders[static_cast<size_t>(pick(static_cast<int>(orders.size())))];
        const PurchaseOrder::Line& of = billed.lines(line - 1);
        const int64_t left = of.accepted_quantity() - of.invoiced_quantity();
        if (left == 0) return;
        const int64_t count = 1 + pick(static_cast<int>(left));
        const int64_t price = *CostUpTo(of.total_minor(), of.invoiced_quantity() + count, of.quantity()) -
                              *CostUpTo(of.total_minor(), of.invoiced_quantity(), of.quantity());
        status = Invoiced(id, Bills(billed.name().substr(15), line, count, price + pick(3) / 2)).status();
        break;
      }
      case 6:
        status = ShortClosed(order, absl::StrCat("parts { line: ", line, " quantity: ", units, " }"), pick(2) == 0).status();
        break;
      case 7:
        status = pick(2) == 0 ? Invoiced(id, Bills(order, line, 0, 1 + pick(20)), "KIND_CREDIT_NOTE").status() : Closed(order).status();
        break;
      default:
        status = Call<v1::SupplierReturn>("CreateSupplierReturn", Specialist(),
                                          Proto<v1::CreateSupplierReturnRequest>(
                                              absl::StrCat("supplier_return { purchase_order: 'purchaseOrders/", order,
                                                           "' order_line: ", line, " reason: 'cracked' quantity: ", 1 + pick(2), " }")))
                     .status();
    }
    EXPECT_TRUE(status.ok() || !status::ReasonOf(status).empty()) << status;
  }

  std::vector<PurchaseOrder> AllOrders() {
    auto orders = Call<v1::ListPurchaseOrdersResponse>("ListPurchaseOrders", Analyst(), v1::ListPurchaseOrdersRequest());
    EXPECT_THAT(orders, IsOk());
    return {orders->purchase_orders().begin(), orders->purchase_orders().end()};
  }

  void ExpectConsistent() {
    std::map<std::pair<std::string, int>, int64_t> ordered;
    std::map<std::string, int64_t> committed, actual, on_hand, to_come;
    for (const PurchaseOrder& order : AllOrders()) {
      for (const PurchaseOrder::Line& line : order.lines()) {
        int64_t closed = 0, spent = 0;
        for (const PurchaseOrder::Allocation& part : line.allocations()) {
          EXPECT_GE(part.committed_minor(), 0);
          EXPECT_GE(part.quantity(), part.closed_quantity());
          ordered[{part.requisition(), part.line()}] += part.quantity() - part.closed_quantity();
          committed[part.encumbrance()] += part.committed_minor();
          actual[part.encumbrance()] += part.actual_minor();
          closed += part.closed_quantity();
          spent += part.actual_minor();
        }
        EXPECT_EQ(closed, line.closed_quantity());
        EXPECT_EQ(spent, line.invoiced_minor());  // One currency.
        EXPECT_LE(line.accepted_quantity() + line.closed_quantity(), line.quantity());
        EXPECT_LE(line.invoiced_quantity(), line.accepted_quantity());
        EXPECT_LE(line.returned_quantity(), line.accepted_quantity());
        on_hand[line.item()] += line.accepted_quantity() - line.returned_quantity();
        if (order.state() == PurchaseOrder::STATE_PLACED || order.state() == PurchaseOrder::STATE_PART_RECEIVED) {
          to_come[line.item()] += OpenOf(line);
        }
      }
      if (order.state() != PurchaseOrder::STATE_CLOSED && order.state() != PurchaseOrder::STATE_CANCELLED) {
        EXPECT_EQ(order.state(), StateOf(order));
      }
    }
    for (int i = 0; i <= kRequisitions; ++i) {
      const v1::PurchaseRequisition requisition = RequisitionOf(absl::StrCat("r", i));
      EXPECT_EQ(requisition.state(), StateOf(requisition));
      for (const auto& line : requisition.lines()) {
        EXPECT_GE(OpenOf(line), 0);
        EXPECT_EQ(line.ordered_quantity(), (ordered[{requisition.name(), line.number()}]));
        if (requisition.state() == v1::PurchaseRequisition::STATE_APPROVED ||
            requisition.state() == v1::PurchaseRequisition::STATE_PART_ORDERED) {
          to_come[line.item()] += OpenOf(line);
        }
      }
    }
    int64_t all_committed = 0, all_actual = 0;
    for (const auto& [name, minor] : committed) {
      EXPECT_EQ(EncumbranceOf(name)->committed_minor(), minor) << name;
      all_committed += minor;
    }
    for (const auto& [name, minor] : actual) {
      EXPECT_EQ(EncumbranceOf(name)->actual_minor(), minor) << name;
      all_actual += minor;
    }
    EXPECT_EQ(BudgetOf("budgets/q1").committed_minor(), all_committed);
    EXPECT_EQ(BudgetOf("budgets/q1").actual_minor(), all_actual);
    for (const char* item : {"mug", "pen"}) {
      const std::string name = absl::StrCat("items/", item);
      EXPECT_EQ(StockOf(name).on_hand(), on_hand[name]);
      const auto found = ToComeOf(item);
      EXPECT_EQ(found.requisitioned_quantity() + found.ordered_quantity(), to_come[name]);
    }
    ExpectSound();
  }
};

TEST_F(PurchasePropertyTest, PapersMoneyAndStockAgree) {
  for (int i = 0; i <= kRequisitions; ++i) HaveRequisition(absl::StrCat("r", i), Asks("mug", 20, 2000) + Asks("pen", 20, 200));
  std::mt19937 random(7);
  for (int step = 0; step < 160; ++step) {
    Act(random, absl::StrCat("s", step));
    if (HasFailure()) return;
    if (step % 20 == 19) ExpectConsistent();
  }
  EXPECT_GT(AllOrders().size(), 2u);
  EXPECT_GT(BudgetOf("budgets/q1").actual_minor(), 0);
}

TEST_F(PurchasePropertyTest, AlsoWhenManyActAtOnce) {
  for (int i = 0; i <= kRequisitions; ++i) HaveRequisition(absl::StrCat("r", i), Asks("mug", 20, 2000) + Asks("pen", 20, 200));
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(100 + t);
      for (int step = 0; step < 50; ++step) Act(random, absl::StrCat("t", t, "-", step));
    });
  }
  for (std::thread& thread : threads) thread.join();
  ExpectConsistent();
  EXPECT_GT(AllOrders().size(), 2u);
}

}  // namespace
}  // namespace heitie::resource
