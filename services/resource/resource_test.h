// What the tests of the service share: items with stock, approved budgets, and holds on both.
#ifndef HEITIE_SERVICES_RESOURCE_RESOURCE_TEST_H_
#define HEITIE_SERVICES_RESOURCE_RESOURCE_TEST_H_

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "common/test/fixture.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/goods_receipt.pb.h"
#include "heitie/resource/v1/item.pb.h"
#include "heitie/resource/v1/ledger.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/resource/service.h"

namespace heitie::resource {

using test::HasReason;
using test::IsOk;
using test::Proto;
using ::testing::HasSubstr;

class ResourceTest : public test::ServiceTest<Service> {
 protected:
  ResourceTest() : ServiceTest("resource") {}

  // An item `items/<id>` with stock that cost 100 a unit.
  void HaveItem(const std::string& id, int64_t on_hand = 0) {
    if (!Call<v1::ItemCategory>("GetItemCategory", Specialist(), Proto<v1::GetItemCategoryRequest>("name: 'itemCategories/gifts'")).ok()) {
      ASSERT_THAT(
          Call<v1::ItemCategory>("CreateItemCategory", Specialist(),
                                 Proto<v1::CreateItemCategoryRequest>("item_category { display_name: 'Gifts' } item_category_id: 'gifts'")),
          IsOk());
    }
    auto request = Proto<v1::CreateItemRequest>(R"pb(
      item { display_name: "Item" category: "itemCategories/gifts" unit: "piece" currency_code: "TWD" custodian: "employees/keeper" }
    )pb");
    request.set_item_id(id);
    ASSERT_THAT(Call<v1::Item>("CreateItem", Specialist(), request), IsOk());
    if (on_hand > 0) {
      ASSERT_THAT(Receive("items/" + id, on_hand, 100), IsOk());
    }
  }

  absl::StatusOr<v1::GoodsReceipt> Receive(const std::string& item, int64_t quantity, int64_t unit_cost) {
    auto request = Proto<v1::CreateGoodsReceiptRequest>(R"pb(
      goods_receipt {
        supplier: "Printer Ltd"
        receive_date { year: 2026 month: 1 day: 1 }
      }
    )pb");
    auto& line = *request.mutable_goods_receipt()->add_lines();
    line.set_item(item);
    line.set_quantity(quantity);
    line.set_unit_cost_minor(unit_cost);
    return Call<v1::GoodsReceipt>("CreateGoodsReceipt", Specialist(), request);
  }

  // Runs what is due. How many jobs of papers that has done; followers and what else recurs are not counted.
  int RunJobs() {
    const auto names = [this] {
      std::set<std::string> jobs;
      EXPECT_THAT(store_.Read(Specialist(),
                              [&](sql::Session& session) {
                                return session.Query("SELECT name FROM job", {}, [&](const sql::Row& row) { jobs.insert(row.Text(0)); });
                              }),
                  IsOk());
      return jobs;
    };
    const std::set<std::string> before = names();
    EXPECT_THAT(jobs_.RunDue(), IsOk());
    const std::set<std::string> after = names();
    return static_cast<int>(std::count_if(before.begin(), before.end(), [&](const std::string& job) { return after.count(job) == 0; }));
  }

  v1::Stock StockOf(const std::string& item) {
    v1::GetStockRequest request;
    request.set_name(item + "/stock");
    auto stock = Call<v1::Stock>("GetStock", Specialist(), request);
    EXPECT_THAT(stock, IsOk());
    return stock.ok() ? *stock : v1::Stock();
  }

  static v1::ItemQuantity Of(const std::string& item, int64_t quantity) {
    v1::ItemQuantity line;
    line.set_item(item);
    line.set_quantity(quantity);
    return line;
  }

  // A request that expires an hour from now.
  v1::CreateReservationRequest Wanted(const std::string& id, const std::vector<v1::ItemQuantity>& lines) {
    v1::CreateReservationRequest request;
    request.set_reservation_id(id);
    request.mutable_reservation()->set_subject("activities/fair");
    request.mutable_reservation()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()) + 3600);
    for (const v1::ItemQuantity& wanted : lines) {
      auto& line = *request.mutable_reservation()->add_lines();
      line.set_item(wanted.item());
      line.set_quantity(wanted.quantity());
    }
    return request;
  }

  absl::StatusOr<v1::Reservation> Reserve(const std::string& id, const std::vector<v1::ItemQuantity>& lines) {
    return Call<v1::Reservation>("CreateReservation", Specialist(), Wanted(id, lines));
  }

  // `Request` of a custom method that needs nothing but the name.
  template <typename Resource, typename Request>
  absl::StatusOr<Resource> Do(const std::string& method, const std::string& name, const rpc::Call& call) {
    Request request;
    request.set_name(name);
    return Call<Resource>(method, call, request);
  }

  absl::StatusOr<v1::Reservation> Confirm(const std::string& name) {
    return Do<v1::Reservation, v1::ConfirmReservationRequest>("ConfirmReservation", name, Specialist());
  }
  absl::StatusOr<v1::Reservation> ReleaseReservation(const std::string& name) {
    return Do<v1::Reservation, v1::ReleaseReservationRequest>("ReleaseReservation", name, Specialist());
  }
  absl::StatusOr<v1::Reservation> ReservationOf(const std::string& name) {
    return Do<v1::Reservation, v1::GetReservationRequest>("GetReservation", name, Specialist());
  }
  absl::StatusOr<v1::Reservation> Issue(const std::string& name, const std::vector<v1::ItemQuantity>& lines) {
    v1::IssueReservationRequest request;
    request.set_name(name);
    for (const auto& line : lines) *request.add_lines() = line;
    return Call<v1::Reservation>("IssueReservation", Specialist(), request);
  }
  absl::StatusOr<v1::Reservation> Return(const std::string& name, const std::vector<v1::ItemQuantity>& lines) {
    v1::ReturnReservationRequest request;
    request.set_name(name);
    for (const auto& line : lines) *request.add_lines() = line;
    return Call<v1::Reservation>("ReturnReservation", Specialist(), request);
  }

  // A draft `budgets/<id>` of the first quarter.
  absl::StatusOr<v1::Budget> Draft(const std::string& id, int64_t amount, const std::string& currency = "TWD") {
    auto request = Proto<v1::CreateBudgetRequest>(R"pb(
      budget {
        display_name: "Operations Q1"
        cost_center: "operations"
        start_date { year: 2026 month: 1 day: 1 }
        end_date { year: 2026 month: 3 day: 31 }
      }
    )pb");
    request.set_budget_id(id);
    request.mutable_budget()->set_requested_minor(amount);
    request.mutable_budget()->set_currency_code(currency);
    return Call<v1::Budget>("CreateBudget", Specialist(), request);
  }
  absl::StatusOr<v1::Budget> Approve(const std::string& name) {
    return Do<v1::Budget, v1::ApproveBudgetRequest>("ApproveBudget", name, Manager());
  }
  void HaveBudget(const std::string& id, int64_t amount, const std::string& currency = "TWD") {
    ASSERT_THAT(Draft(id, amount, currency), IsOk());
    ASSERT_THAT(Approve("budgets/" + id), IsOk());
  }
  v1::Budget BudgetOf(const std::string& name) {
    auto budget = Do<v1::Budget, v1::GetBudgetRequest>("GetBudget", name, Specialist());
    EXPECT_THAT(budget, IsOk());
    return budget.ok() ? *budget : v1::Budget();
  }

  // A request for the pre-commitment of `amount`, which expires an hour from now.
  v1::CreateEncumbranceRequest Wanted(const std::string& id, const std::string& budget, int64_t amount) {
    v1::CreateEncumbranceRequest request;
    request.set_encumbrance_id(id);
    request.mutable_encumbrance()->set_budget(budget);
    request.mutable_encumbrance()->set_subject("activities/fair");
    request.mutable_encumbrance()->set_amount_minor(amount);
    request.mutable_encumbrance()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()) + 3600);
    return request;
  }
  absl::StatusOr<v1::Encumbrance> PreCommit(const std::string& id, const std::string& budget, int64_t amount) {
    return Call<v1::Encumbrance>("CreateEncumbrance", Specialist(), Wanted(id, budget, amount));
  }
  absl::StatusOr<v1::Encumbrance> Commit(const std::string& name, int64_t amount) {
    v1::CommitEncumbranceRequest request;
    request.set_name(name);
    request.set_amount_minor(amount);
    return Call<v1::Encumbrance>("CommitEncumbrance", Specialist(), request);
  }
  absl::StatusOr<v1::Encumbrance> RecordActual(const std::string& name, int64_t amount) {
    v1::RecordActualRequest request;
    request.set_name(name);
    request.set_amount_minor(amount);
    return Call<v1::Encumbrance>("RecordActual", Specialist(), request);
  }
  absl::StatusOr<v1::Encumbrance> ReleaseEncumbrance(const std::string& name) {
    return Do<v1::Encumbrance, v1::ReleaseEncumbranceRequest>("ReleaseEncumbrance", name, Specialist());
  }
  absl::StatusOr<v1::Encumbrance> EncumbranceOf(const std::string& name) {
    return Do<v1::Encumbrance, v1::GetEncumbranceRequest>("GetEncumbrance", name, Specialist());
  }
  absl::StatusOr<v1::TransferBudgetResponse> Transfer(const std::string& source, const std::string& target, int64_t amount) {
    v1::TransferBudgetRequest request;
    request.set_name(source);
    request.set_target(target);
    request.set_amount_minor(amount);
    request.set_reason("the fair moved");
    return Call<v1::TransferBudgetResponse>("TransferBudget", Manager(), request);
  }

  v1::VerifyLedgersResponse Verify() {
    auto response = Call<v1::VerifyLedgersResponse>("VerifyLedgers", Manager(), v1::VerifyLedgersRequest());
    EXPECT_THAT(response, IsOk());
    return response.ok() ? *response : v1::VerifyLedgersResponse();
  }
  // W7 and W8 hold at every prefix of every ledger, and every balance is the sum of its ledger.
  void ExpectSound() { EXPECT_EQ(Verify().discrepancies_size(), 0) << Verify().DebugString(); }
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_RESOURCE_TEST_H_
