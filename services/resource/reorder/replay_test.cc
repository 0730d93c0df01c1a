// Real demand of eighteen months, day by day: issues of one gift, proposals that people carry out, deliveries that come when they come. It
// is skipped where the data is not beside the checkout (HEITIE_PURCHASES names another place).
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "heitie/resource/v1/delivery.pb.h"
#include "heitie/resource/v1/location.pb.h"
#include "heitie/resource/v1/purchase_order.pb.h"
#include "heitie/resource/v1/supplier_statistics.pb.h"
#include "services/resource/reorder/reorder_test.h"

namespace heitie::resource {
namespace {

constexpr char kGift[] = "items/mug";
constexpr int64_t kPriceMinor = 500;
constexpr int64_t kOpening = 20'000;
constexpr int kPromisedDays = 7;
// What the supplier needs in turns, seven days on average.
constexpr int kLeadDays[] = {5, 9, 7, 6, 8};

class ReplayTest : public ReorderTest {
 protected:
  // Pieces that were bought on each day; nothing where there is no data.
  static std::map<absl::CivilDay, int64_t> ReadPurchases() {
    const char* configured = std::getenv("HEITIE_PURCHASES");
    std::ifstream file(configured != nullptr ? configured : HEITIE_SOURCE_DIR "/../shared/data/purchases/purchases.csv");
    std::map<absl::CivilDay, int64_t> days;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
      const std::vector<std::string> cells = absl::StrSplit(line, ',');
      int64_t quantity = 0;
      if (cells.size() != 4 || !absl::SimpleAtoi(cells[2], &quantity)) continue;
      if (const auto day = time::ParseDay(cells[1])) days[*day] += quantity;
    }
    return days;
  }

  void Prepare(absl::CivilDay first) {
    clock_.Set(absl::FromCivil(first - 1, service::DefaultTimeZone()) + absl::Hours(12));
    HaveItem("mug");
    HaveSupplier("printer", kPriceMinor, kPromisedDays);
    ASSERT_THAT(CreateTerm("printer"), IsOk());
    ASSERT_THAT(Call<v1::ReorderPolicy>("CreateReorderPolicy", Specialist(), Proto<v1::CreateReorderPolicyRequest>(R"pb(
                                          reorder_policy_id: 'daily'
                                          reorder_policy {
                                            reason: 'By day'
                                            period: PERIOD_DAY
                                            history_days: 91
                                            size_smoothing_bp: 1000
                                            interval_smoothing_bp: 1000
                                            regular_interval_hundredths: 132
                                            stale_intervals: 3
                                            service_level_bp: 9500
                                            review_days: 1
                                            order_cost_minor: 4900
                                            currency_code: 'TWD'
                                            holding_bp: 2000
                                            least_deliveries: 3
                                            delivery_days: 730
                                          })pb")),
                IsOk());
    ASSERT_THAT((Do<v1::ReorderPolicy, v1::PublishReorderPolicyRequest>("PublishReorderPolicy", "reorderPolicies/daily", Manager())),
                IsOk());
    ASSERT_THAT(Call<v1::Location>("CreateLocation", Specialist(), Proto<v1::CreateLocationRequest>(R"pb(
                                     location_id: 'dock'
                                     location { display_name: 'Dock' kind: KIND_QUARANTINE owner: 'employees/keeper' })pb")),
                IsOk());
    auto budget = Proto<v1::CreateBudgetRequest>(R"pb(
      budget_id: 'gifts'
      budget {
        display_name: 'Gifts'
        cost_center: 'operations'
        currency_code: 'TWD'
        requested_minor: 1000000000000
        start_date { year: 2020 month: 12 day: 1 }
        end_date { year: 2022 month: 12 day: 31 }
      })pb");
    ASSERT_THAT(Call<v1::Budget>("CreateBudget", Specialist(), budget), IsOk());
    ASSERT_THAT(Approve("budgets/gifts"), IsOk());
    auto opening = Proto<v1::CreateGoodsReceiptRequest>("goods_receipt { supplier: 'Opening stock' }");
    *opening.mutable_goods_receipt()->mutable_receive_date() = time::ToDate(first - 1);
    auto& line = *opening.mutable_goods_receipt()->add_lines();
    line.set_item(kGift);
    line.set_quantity(kOpening);
    line.set_unit_cost_minor(kPriceMinor);
    ASSERT_THAT(Call<v1::GoodsReceipt>("CreateGoodsReceipt", Specialist(), opening), IsOk());
    received_ = kOpening;
  }

  // A manager approves, and the buyer orders.
  void Order(const std::string& proposal) {
    auto accepted = Call<v1::ReorderProposal>(
        "AcceptReorderProposal", Specialist(),
        Proto<v1::AcceptReorderProposalRequest>(absl::StrCat("name: '", proposal, "' cost_center: 'operations' expense_account: '6120'")));
    ASSERT_THAT(accepted, IsOk());
    ASSERT_THAT((Do<v1::PurchaseRequisition, v1::ApprovePurchaseRequisitionRequest>("ApprovePurchaseRequisition", accepted->requisition(),
                                                                                    Manager())),
                IsOk());
    v1::CreatePurchaseOrderRequest request;
    v1::PurchaseOrder& order = *request.mutable_purchase_order();
    order.set_supplier(accepted->supplier());
    order.set_currency_code(accepted->currency_code());
    *order.mutable_expected_date() = time::ToDate(Today() + kPromisedDays);
    auto& line = *order.add_lines();
    line.set_item(kGift);
    line.set_quantity(accepted->quantity());
    line.set_total_minor(accepted->cost_minor());
    auto& allocation = *line.add_allocations();
    allocation.set_requisition(accepted->requisition());
    allocation.set_line(1);
    allocation.set_quantity(accepted->quantity());
    auto placed = Call<v1::PurchaseOrder>("CreatePurchaseOrder", Specialist(), request);
    ASSERT_THAT(placed, IsOk());
    coming_.emplace(Today() + kLeadDays[orders_++ % std::size(kLeadDays)], std::make_pair(placed->name(), accepted->quantity()));
  }

  void TakeDeliveries() {
    while (!coming_.empty() && coming_.begin()->first <= Today()) {
      const auto [order, quantity] = coming_.begin()->second;
      coming_.erase(coming_.begin());
      v1::CreateDeliveryRequest request;
      request.mutable_delivery()->set_purchase_order(order);
      request.mutable_delivery()->set_location("locations/dock");
      *request.mutable_delivery()->mutable_receive_date() = time::ToDate(Today());
      auto& line = *request.mutable_delivery()->add_lines();
      line.set_order_line(1);
      line.set_quantity(quantity);
      auto delivery = Call<v1::Delivery>("CreateDelivery", Specialist(), request);
      ASSERT_THAT(delivery, IsOk());
      v1::InspectDeliveryRequest inspect;
      inspect.set_name(delivery->name());
      auto& found = *inspect.add_inspections();
      found.set_line(1);
      found.set_accepted_quantity(quantity);
      ASSERT_THAT(Call<v1::Delivery>("InspectDelivery", Specialist(), inspect), IsOk());
      received_ += quantity;
    }
  }

  std::multimap<absl::CivilDay, std::pair<std::string, int64_t>> coming_;  // order and quantity by day
  int orders_ = 0;
  int64_t received_ = 0;
};

TEST_F(ReplayTest, EighteenMonthsOfOneGift) {
  const std::map<absl::CivilDay, int64_t> demand = ReadPurchases();
  if (demand.empty()) GTEST_SKIP() << "there is no ../shared/data/purchases";
  const absl::CivilDay first = demand.begin()->first, last = demand.rbegin()->first;
  Prepare(first);
  if (HasFatalFailure()) return;
  int64_t days = 0, short_days = 0, asked = 0, issued = 0, held = 0;
  for (absl::CivilDay day = first; day <= last; ++day) {
    clock_.Set(absl::FromCivil(day, service::DefaultTimeZone()) + absl::Hours(9));
    TakeDeliveries();
    RunJobs();
    for (const v1::ReorderProposal& proposal : Open()) Order(proposal.name());
    if (HasFatalFailure()) return;
    const auto of = demand.find(day);
    const int64_t wanted = of == demand.end() ? 0 : of->second;
    const int64_t used = std::min(wanted, StockOf(kGift).available());
    if (used > 0) {
      ASSERT_THAT(Use(kGift, used), IsOk());
    }
    ++days;
    short_days += used < wanted;
    asked += wanted;
    issued += used;
    held += StockOf(kGift).on_hand();
  }
  const double served = 1 - static_cast<double>(short_days) / static_cast<double>(days);
  const double kept = static_cast<double>(held) / static_cast<double>(days);
  std::printf(
      "%lld days, %lld of %lld pieces issued, %d orders: %.2f %% of days without stock-out (95 %% asked for), %.0f pieces held on average, "
      "which cost %.2f TWD a year at 20 %% of their price\n",
      static_cast<long long>(days), static_cast<long long>(issued), static_cast<long long>(asked), orders_, served * 100, kept,
      kept * kPriceMinor * 0.20 / 100);
  EXPECT_GE(served, 0.95);
  EXPECT_GT(orders_, 20);
  // It is kept by orders and not by never running low: nobody holds more than some weeks' demand.
  EXPECT_LT(kept, static_cast<double>(asked) / static_cast<double>(days) * 28);

  // The books are exact: pieces, money, and every balance by its ledger.
  const v1::Stock stock = StockOf(kGift);
  EXPECT_EQ(stock.on_hand(), received_ - issued);
  EXPECT_EQ(stock.value_minor(), stock.on_hand() * kPriceMinor);
  EXPECT_EQ(stock.reserved(), 0);
  ExpectSound();

  v1::ComputeSupplierStatisticsRequest ask;
  ask.set_name("suppliers/printer");
  *ask.mutable_start_date() = time::ToDate(first);
  const auto statistics = Call<v1::ComputeSupplierStatisticsResponse>("ComputeSupplierStatistics", Analyst(), ask);
  ASSERT_THAT(statistics, IsOk());
  EXPECT_EQ(statistics->delivery().delivery_count(), orders_ - static_cast<int64_t>(coming_.size()));
  EXPECT_NEAR(statistics->delivery().mean_lead_days(), 7, 0.2);
  EXPECT_EQ(statistics->delivery().accepted_bp(), 10000);
  EXPECT_NEAR(statistics->delivery().on_time_bp(), 6000, 500);  // three of five
  ASSERT_EQ(statistics->items_size(), 1);
  EXPECT_EQ(statistics->items(0).prices_size(), statistics->delivery().delivery_count());
  for (const auto& price : statistics->items(0).prices()) EXPECT_EQ(price.cost_minor(), price.quantity() * kPriceMinor);
}

}  // namespace
}  // namespace heitie::resource
