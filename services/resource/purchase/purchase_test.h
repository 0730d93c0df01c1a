// What the tests of purchasing share: an item, two suppliers, a quarantine, an approved budget, and papers by short texts.
#ifndef HEITIE_SERVICES_RESOURCE_PURCHASE_PURCHASE_TEST_H_
#define HEITIE_SERVICES_RESOURCE_PURCHASE_PURCHASE_TEST_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/resource/v1/delivery.pb.h"
#include "heitie/resource/v1/location.pb.h"
#include "heitie/resource/v1/purchase_order.pb.h"
#include "heitie/resource/v1/purchase_policy.pb.h"
#include "heitie/resource/v1/purchase_requisition.pb.h"
#include "heitie/resource/v1/supplier.pb.h"
#include "heitie/resource/v1/supplier_invoice.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {

class PurchaseTest : public ResourceTest {
 protected:
  PurchaseTest() {
    HaveItem("mug");
    HaveItem("pen");
    HaveBudget("q1", 1'000'000'000);
    for (const char* id : {"print", "paper"}) {
      EXPECT_THAT(Call<v1::Supplier>(
                      "CreateSupplier", Specialist(),
                      Proto<v1::CreateSupplierRequest>(absl::StrCat("supplier_id: '", id, "' supplier { display_name: '", id, " Ltd' }"))),
                  IsOk());
    }
    EXPECT_THAT(
        Call<v1::Location>("CreateLocation", Specialist(),
                           Proto<v1::CreateLocationRequest>("location_id: 'dock' location { display_name: 'Dock' kind: KIND_QUARANTINE }")),
        IsOk());
  }

  rpc::Call As(const std::string& id, rpc::Role role = options::v1::ROLE_DEPARTMENT_MEMBER) const {
    return test::By("employees/" + id, {role}, clock_.Now());
  }
  rpc::Call OtherManager() const { return As("boss", options::v1::ROLE_OPERATIONS_MANAGER); }

  // ---- Requisitions
  static std::string Asks(const std::string& item, int64_t quantity, int64_t estimate, const std::string& more = "") {
    return absl::StrCat("lines { item: 'items/", item, "' quantity: ", quantity, " estimate_minor: ", estimate, " ",
                        more.find("currency_code") == std::string::npos ? "currency_code: 'TWD' " : "", "expense_account: '6120' ", more,
                        " } ");
  }
  absl::StatusOr<v1::PurchaseRequisition> Drafted(const std::string& who, const std::string& id, const std::string& lines) {
    return Call<v1::PurchaseRequisition>("CreatePurchaseRequisition", As(who),
                                         Proto<v1::CreatePurchaseRequisitionRequest>(absl::StrCat(
                                             "purchase_requisition_id: '", id,
                                             "' purchase_requisition { purpose: 'Gifts' cost_center: 'operations' need_date { year: 2026 "
                                             "month: 2 day: 1 } ",
                                             lines, " }")));
  }
  absl::StatusOr<v1::PurchaseRequisition> Submitted(const std::string& who, const std::string& id) {
    return Do<v1::PurchaseRequisition, v1::SubmitPurchaseRequisitionRequest>("SubmitPurchaseRequisition", "purchaseRequisitions/" + id,
                                                                             As(who));
  }
  absl::StatusOr<v1::PurchaseRequisition> Approved(const std::string& id, const rpc::Call& call) {
    return Do<v1::PurchaseRequisition, v1::ApprovePurchaseRequisitionRequest>("ApprovePurchaseRequisition", "purchaseRequisitions/" + id,
                                                                              call);
  }
  absl::StatusOr<v1::PurchaseRequisition> Approved(const std::string& id) { return Approved(id, Manager()); }
  // Drafted and submitted by li, approved.
  void HaveRequisition(const std::string& id, const std::string& lines) {
    ASSERT_THAT(Drafted("li", id, lines), IsOk());
    ASSERT_THAT(Submitted("li", id), IsOk());
    absl::StatusOr<v1::PurchaseRequisition> approved = Approved(id);
    ASSERT_THAT(approved, IsOk());
    if (approved->state() == v1::PurchaseRequisition::STATE_SUBMITTED) ASSERT_THAT(Approved(id, OtherManager()), IsOk());
  }
  v1::PurchaseRequisition RequisitionOf(const std::string& id) {
    auto found = Do<v1::PurchaseRequisition, v1::GetPurchaseRequisitionRequest>("GetPurchaseRequisition", "purchaseRequisitions/" + id,
                                                                                Specialist());
    EXPECT_THAT(found, IsOk());
    return found.ok() ? *found : v1::PurchaseRequisition();
  }

  // ---- Orders
  static std::string Part(const std::string& requisition, int line, int64_t quantity) {
    return absl::StrCat("allocations { requisition: 'purchaseRequisitions/", requisition, "' line: ", line, " quantity: ", quantity, " } ");
  }
  static std::string Orders(const std::string& item, int64_t quantity, int64_t total, const std::string& parts) {
    return absl::StrCat("lines { item: 'items/", item, "' quantity: ", quantity, " total_minor: ", total, " ", parts, " } ");
  }
  absl::StatusOr<v1::PurchaseOrder> Ordered(const std::string& id, const std::string& lines, const std::string& currency = "TWD",
                                            const std::string& supplier = "print") {
    return Call<v1::PurchaseOrder>("CreatePurchaseOrder", Specialist(),
                                   Proto<v1::CreatePurchaseOrderRequest>(absl::StrCat(
                                       "purchase_order_id: '", id, "' purchase_order { supplier: 'suppliers/", supplier,
                                       "' currency_code: '", currency, "' expected_date { year: 2026 month: 1 day: 20 } ", lines, " }")));
  }
  v1::PurchaseOrder OrderOf(const std::string& id) {
    auto found = Do<v1::PurchaseOrder, v1::GetPurchaseOrderRequest>("GetPurchaseOrder", "purchaseOrders/" + id, Specialist());
    EXPECT_THAT(found, IsOk());
    return found.ok() ? *found : v1::PurchaseOrder();
  }
  absl::StatusOr<v1::PurchaseOrder> ShortClosed(const std::string& id, const std::string& parts, bool reopen) {
    return Call<v1::PurchaseOrder>("ShortClosePurchaseOrder", Specialist(),
                                   Proto<v1::ShortClosePurchaseOrderRequest>(absl::StrCat("name: 'purchaseOrders/", id, "' reason: 'late' ",
                                                                                          parts, reopen ? " reopen: true" : "")));
  }
  absl::StatusOr<v1::PurchaseOrder> Closed(const std::string& id) {
    return Do<v1::PurchaseOrder, v1::ClosePurchaseOrderRequest>("ClosePurchaseOrder", "purchaseOrders/" + id, Specialist());
  }

  // ---- Deliveries
  absl::StatusOr<v1::Delivery> Delivered(const std::string& id, const std::string& order, int line, int64_t quantity,
                                         const std::string& location = "locations/dock") {
    return Call<v1::Delivery>(
        "CreateDelivery", Specialist(),
        Proto<v1::CreateDeliveryRequest>(absl::StrCat("delivery_id: '", id, "' delivery { purchase_order: 'purchaseOrders/", order,
                                                      "' receive_date { year: 2026 month: 1 day: 1 } location: '", location,
                                                      "' lines { order_line: ", line, " quantity: ", quantity, " } }")));
  }
  absl::StatusOr<v1::Delivery> Inspected(const std::string& id, int64_t accepted, int64_t rejected, const std::string& more = "") {
    return Call<v1::Delivery>(
        "InspectDelivery", Specialist(),
        Proto<v1::InspectDeliveryRequest>(absl::StrCat("name: 'deliveries/", id, "' inspections { line: 1 accepted_quantity: ", accepted,
                                                       " rejected_quantity: ", rejected,
                                                       rejected > 0 ? " reason: 'broken' evidence: 'photo-1'" : "", more, " }")));
  }
  // All of it comes and is good.
  void HaveAccepted(const std::string& order, int line, int64_t quantity) {
    const std::string id = absl::StrCat(order, "-", line, "-", ++deliveries_);
    ASSERT_THAT(Delivered(id, order, line, quantity), IsOk());
    ASSERT_THAT(Inspected(id, quantity, 0), IsOk());
  }

  // ---- Invoices
  static std::string Bills(const std::string& order, int line, int64_t quantity, int64_t amount, const std::string& more = "") {
    return absl::StrCat("lines { purchase_order: 'purchaseOrders/", order, "' order_line: ", line, " quantity: ", quantity,
                        " amount_minor: ", amount, " ", more, " } ");
  }
  absl::StatusOr<v1::SupplierInvoice> Entered(const std::string& id, const std::string& lines, const std::string& kind = "KIND_INVOICE",
                                              const std::string& currency = "TWD", int day = 1, const std::string& number = "") {
    return Call<v1::SupplierInvoice>("CreateSupplierInvoice", Specialist(),
                                     Proto<v1::CreateSupplierInvoiceRequest>(absl::StrCat(
                                         "supplier_invoice_id: '", id, "' supplier_invoice { supplier: 'suppliers/print' kind: ", kind,
                                         " number: '", number.empty() ? id : number, "' currency_code: '", currency,
                                         "' invoice_date { year: 2026 month: 1 day: ", day, " } ", lines, " }")));
  }
  absl::StatusOr<v1::SupplierInvoice> Booked(const std::string& id) {
    return Do<v1::SupplierInvoice, v1::BookSupplierInvoiceRequest>("BookSupplierInvoice", "supplierInvoices/" + id, Specialist());
  }
  absl::StatusOr<v1::SupplierInvoice> Invoiced(const std::string& id, const std::string& lines, const std::string& kind = "KIND_INVOICE",
                                               const std::string& currency = "TWD", int day = 1) {
    auto entered = Entered(id, lines, kind, currency, day);
    return entered.ok() ? Booked(id) : entered;
  }

  // What the budget holds: pre-committed, committed, actual.
  std::string Money(const std::string& budget = "q1") {
    const v1::Budget found = BudgetOf("budgets/" + budget);
    return absl::StrCat(found.pre_committed_minor(), " ", found.committed_minor(), " ", found.actual_minor());
  }
  v1::FindOpenPurchasesResponse ToComeOf(const std::string& item) {
    v1::FindOpenPurchasesRequest request;
    request.set_item("items/" + item);
    auto found = Call<v1::FindOpenPurchasesResponse>("FindOpenPurchases", Analyst(), request);
    EXPECT_THAT(found, IsOk());
    return found.ok() ? *found : v1::FindOpenPurchasesResponse();
  }

 private:
  int deliveries_ = 0;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PURCHASE_PURCHASE_TEST_H_
