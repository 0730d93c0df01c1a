#include "services/personnel/leaving/purchase_steps.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/pending_step.pb.h"
#include "heitie/resource/v1/item.pb.h"
#include "heitie/resource/v1/purchase_requisition.pb.h"
#include "heitie/resource/v1/supplier.pb.h"
#include "services/personnel/recruitment/recruitment_test.h"

namespace heitie::personnel {
namespace {

using resource::v1::PurchaseOrder;
using resource::v1::PurchaseRequisition;
using test::IsOk;
using test::Proto;

class PurchaseStepsTest : public RecruitmentTest {
 protected:
  template <typename Resp, typename Req>
  void Resource(const std::string& method, const rpc::Call& call, const std::string& request) {
    ASSERT_THAT(resource_.rpc().Invoke<Resp>(method, call, Proto<Req>(request)), IsOk()) << method;
  }
  std::vector<std::string> Waiting(const std::string& subject = "purchaseOrders/mugs") {
    RunJobs(absl::Seconds(1));
    const auto steps = Call<v1::ListPendingStepsResponse>(
        "ListPendingSteps", Manager(),
        Proto<v1::ListPendingStepsRequest>(absl::StrCat("filter: 'subject = \"", subject, "\" AND state = STATE_OPEN'")));
    EXPECT_THAT(steps, IsOk());
    std::vector<std::string> texts;
    for (const v1::PendingStep& step : steps->pending_steps()) texts.push_back(absl::StrCat(step.action(), " ", step.owner()));
    return texts;
  }
};

TEST_F(PurchaseStepsTest, WhatIsBoughtWaitsForWhoeverIsToAct) {
  HaveBudget(1'000'000);
  Resource<resource::v1::ItemCategory, resource::v1::CreateItemCategoryRequest>(
      "CreateItemCategory", Specialist(), "item_category_id: 'p' item_category { display_name: 'p' }");
  Resource<resource::v1::Item, resource::v1::CreateItemRequest>("CreateItem", Specialist(),
                                                                "item_id: 'mug' item { display_name: 'm' category: 'itemCategories/p' "
                                                                "unit: 'piece' currency_code: 'TWD' custodian: 'employees/li' }");
  Resource<resource::v1::Supplier, resource::v1::CreateSupplierRequest>("CreateSupplier", Specialist(),
                                                                        "supplier_id: 's' supplier { display_name: 's' }");
  Resource<PurchaseRequisition, resource::v1::CreatePurchaseRequisitionRequest>(
      "CreatePurchaseRequisition", Specialist(),
      "purchase_requisition_id: 'mugs' purchase_requisition { purpose: 'p' cost_center: 'operations' need_date { year: 2026 month: 12 day: "
      "31 } lines { item: 'items/mug' quantity: 5 estimate_minor: 500 currency_code: 'TWD' expense_account: '6120' } }");
  EXPECT_THAT(Waiting("purchaseRequisitions/mugs"), testing::IsEmpty());
  Resource<PurchaseRequisition, resource::v1::SubmitPurchaseRequisitionRequest>(
      "SubmitPurchaseRequisition", Specialist(),
      absl::StrCat("name: 'purchaseRequisitions/mugs' approver: '", Manager().principal.name, "'"));
  EXPECT_THAT(Waiting("purchaseRequisitions/mugs"), testing::ElementsAre("approve " + Manager().principal.name));
  Resource<PurchaseRequisition, resource::v1::ApprovePurchaseRequisitionRequest>("ApprovePurchaseRequisition", Manager(),
                                                                                 "name: 'purchaseRequisitions/mugs'");
  EXPECT_THAT(Waiting("purchaseRequisitions/mugs"), testing::IsEmpty());
  const google::type::Date today = time::ToDate(absl::ToCivilDay(clock_.Now(), absl::UTCTimeZone()));
  Resource<PurchaseOrder, resource::v1::CreatePurchaseOrderRequest>(
      "CreatePurchaseOrder", Specialist(),
      absl::StrCat("purchase_order_id: 'mugs' purchase_order { supplier: 'suppliers/s' currency_code: 'TWD' expected_date { ",
                   today.ShortDebugString(),
                   " } lines { item: 'items/mug' quantity: 5 total_minor: 500 allocations { requisition: 'purchaseRequisitions/mugs' line: "
                   "1 quantity: 5 } } }"));
  EXPECT_THAT(Waiting(), testing::IsEmpty());
  RunJobs(absl::Hours(24));
  EXPECT_THAT(Waiting(), testing::ElementsAre("postpone " + Specialist().principal.name));
  Resource<PurchaseOrder, resource::v1::ShortClosePurchaseOrderRequest>("ShortClosePurchaseOrder", Specialist(),
                                                                        "name: 'purchaseOrders/mugs' reason: 'they do not come'");
  EXPECT_THAT(Waiting(), testing::IsEmpty());
}

}  // namespace
}  // namespace heitie::personnel
