#include "services/resource/allotment/allotment_purchase.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/service/main.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/type/v1/event.pb.h"
#include "services/resource/purchase/purchase_test.h"

namespace heitie::resource {
namespace {

using ::testing::SizeIs;
using v1::Allotment;
using v1::PurchaseOrder;
using v1::PurchaseRequisition;

class AllotmentPurchaseTest : public PurchaseTest {
 protected:
  static std::string Buys(const std::string& lines, const std::string& more = "") {
    return absl::StrCat("purchase { cost_center: 'operations' need_date { year: 2026 month: 2 day: 1 } ", lines, more, " } ");
  }
  static std::string Bought(const std::string& item, int64_t quantity, int64_t estimate) {
    return absl::StrCat("lines { item: 'items/", item, "' quantity: ", quantity, " estimate_minor: ", estimate,
                        " currency_code: 'TWD' expense_account: '6120' } ");
  }
  absl::StatusOr<Allotment> TakeWith(const std::string& id, const std::string& what, const rpc::Call& call) {
    auto request =
        Proto<v1::CreateAllotmentRequest>(absl::StrCat("allotment_id: '", id, "' allotment { subject: 'projects/spring' ", what, " }"));
    request.mutable_allotment()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()) + 3600);
    return Call<Allotment>("CreateAllotment", call, request);
  }
  absl::StatusOr<Allotment> Change(const std::string& id, const std::string& what) {
    return Call<Allotment>("UpdateAllotment", Specialist(),
                           Proto<v1::UpdateAllotmentRequest>(
                               absl::StrCat("allotment { name: 'allotments/", id, "' ", what, " } update_mask { paths: 'purchase' }")));
  }
  absl::StatusOr<Allotment> Released(const std::string& id) {
    return Call<Allotment>("ReleaseAllotment", Specialist(),
                           Proto<v1::ReleaseAllotmentRequest>("name: 'allotments/" + id + "' reason: 'Off'"));
  }
  static std::string IdOf(const Allotment& allotment) {
    return allotment.purchase().requisition().substr(sizeof("purchaseRequisitions/") - 1);
  }
  int Requisitions() {
    return Call<v1::ListPurchaseRequisitionsResponse>("ListPurchaseRequisitions", Specialist(), v1::ListPurchaseRequisitionsRequest())
        ->purchase_requisitions_size();
  }
};

TEST_F(AllotmentPurchaseTest, WhatIsMarkedForPurchaseBecomesARequisitionOrNothingIsTaken) {
  const std::string goods = "materials { item: 'items/pen' quantity: 5 } ";
  const auto refused = TakeWith("h", goods + Buys(Bought("mug", 10, 2'000'000'000)), Specialist());
  EXPECT_THAT(refused, test::HasReason("ALLOTMENT_SHORT"));
  EXPECT_THAT(refused, test::HasViolation("budgets/q1", "BUDGET_SHORT"));
  EXPECT_THAT(refused, test::HasViolation("items/pen", "STOCK_SHORT"));
  EXPECT_EQ(Requisitions(), 0);
  EXPECT_EQ(BudgetOf("budgets/q1").pre_committed_minor(), 0);

  EXPECT_THAT(Receive("items/pen", 5, 10), IsOk());
  const auto held = TakeWith("h", goods + Buys(Bought("mug", 10, 5000) + Bought("pen", 3, 60)), Specialist());
  ASSERT_THAT(held, IsOk());
  const PurchaseRequisition made = RequisitionOf(IdOf(*held));
  EXPECT_EQ(made.state(), PurchaseRequisition::STATE_SUBMITTED);
  EXPECT_EQ(made.subject(), "projects/spring");
  EXPECT_EQ(made.origin(), "allotments/h");
  EXPECT_EQ(made.requester(), Specialist().principal.name);
  EXPECT_EQ(made.lines_size(), 2);
  EXPECT_EQ(time::ToTime(made.approval_due_time()),
            absl::FromCivil(absl::ToCivilDay(clock_.Now(), service::DefaultTimeZone()) + 4, service::DefaultTimeZone()));
  EXPECT_EQ(BudgetOf("budgets/q1").pre_committed_minor(), 5060);
  EXPECT_EQ(StockOf("items/pen").reserved(), 5);
  ExpectSound();
}

TEST_F(AllotmentPurchaseTest, TellsEveryBadFieldAndWhoAsks) {
  EXPECT_THAT(TakeWith("h", Buys(Bought("mug", 1, 1) + Bought("mug", 1, 1) + Bought("none", 1, 1)), Specialist()),
              test::HasViolations("allotment.purchase.lines[1].item DUPLICATE_ITEM", "allotment.purchase.lines[2].item UNKNOWN_ITEM"));
  EXPECT_THAT(TakeWith("h", Buys(Bought("mug", 1, 1)), ServiceCaller()), test::HasReason("REQUESTER_NOT_EMPLOYEE"));
  EXPECT_THAT(TakeWith("h", Buys(Bought("mug", 1, 1), "requester: 'employees/li'"), Specialist()), test::HasReason("NOT_THE_REQUESTER"));
  const auto held = TakeWith("h", Buys(Bought("mug", 1, 1), "requester: 'employees/li'"), ServiceCaller());
  ASSERT_THAT(held, IsOk());
  const PurchaseRequisition made = RequisitionOf(IdOf(*held));
  EXPECT_EQ(made.requester(), "employees/li");
  EXPECT_EQ(made.submitter(), "employees/li") << "counts together with what li submits";
}

TEST_F(AllotmentPurchaseTest, ChangesWhileNothingIsOrdered) {
  const auto held = TakeWith("h", Buys(Bought("mug", 10, 5000)), Specialist());
  ASSERT_THAT(held, IsOk());
  const auto same = Change("h", Buys(Bought("mug", 10, 5000)));
  ASSERT_THAT(same, IsOk());
  EXPECT_EQ(IdOf(*same), IdOf(*held));
  const auto more = Change("h", Buys(Bought("mug", 12, 6000)));
  ASSERT_THAT(more, IsOk());
  EXPECT_NE(IdOf(*more), IdOf(*held));
  EXPECT_EQ(RequisitionOf(IdOf(*held)).state(), PurchaseRequisition::STATE_CLOSED);
  EXPECT_EQ(BudgetOf("budgets/q1").pre_committed_minor(), 6000);
  ASSERT_THAT(Approved(IdOf(*more)), IsOk());
  ASSERT_THAT(Ordered("o", Orders("mug", 5, 2500, Part(IdOf(*more), 1, 5))), IsOk());
  const auto refused = Change("h", Buys(Bought("mug", 11, 5500)));
  EXPECT_THAT(refused, test::HasReason("ALLOTMENT_SHORT"));
  EXPECT_THAT(refused, test::HasViolation(more->purchase().requisition(), "PURCHASE_ORDERED"));
  EXPECT_EQ(RequisitionOf(IdOf(*more)).state(), PurchaseRequisition::STATE_PART_ORDERED);
  ExpectSound();
}

TEST_F(AllotmentPurchaseTest, WhatIsReleasedComesBackToBuyerAndRequester) {
  const auto held = TakeWith("h", Buys(Bought("mug", 10, 5000)), Specialist());
  ASSERT_THAT(held, IsOk());
  ASSERT_THAT(Approved(IdOf(*held)), IsOk());
  ASSERT_THAT(Ordered("o", Orders("mug", 6, 3000, Part(IdOf(*held), 1, 6))), IsOk());
  EXPECT_THAT((Do<PurchaseOrder, v1::KeepPurchaseOrderRequest>("KeepPurchaseOrder", "purchaseOrders/o", Specialist())),
              testing::Not(IsOk()))
      << "nothing is asked, and no reason is given";
  ASSERT_THAT(Released("h"), IsOk());
  const PurchaseOrder order = OrderOf("o");
  EXPECT_EQ(order.decision_reason(), "Off");
  const absl::Time due = absl::FromCivil(absl::ToCivilDay(clock_.Now(), service::DefaultTimeZone()) + 6, service::DefaultTimeZone());
  EXPECT_EQ(time::ToTime(order.decision_due_time()), due);
  EXPECT_EQ(time::ToTime(RequisitionOf(IdOf(*held)).decision_due_time()), due);
  EXPECT_EQ(BudgetOf("budgets/q1").committed_minor(), 3000) << "orders and their money stay until somebody decides";

  // The order is kept for something else, the rest is not bought.
  const auto kept = Call<PurchaseOrder>("KeepPurchaseOrder", Specialist(),
                                        Proto<v1::KeepPurchaseOrderRequest>("name: 'purchaseOrders/o' reason: 'For the summer'"));
  ASSERT_THAT(kept, IsOk());
  EXPECT_FALSE(kept->has_decision_due_time());
  EXPECT_THAT(Call<PurchaseOrder>("KeepPurchaseOrder", Specialist(),
                                  Proto<v1::KeepPurchaseOrderRequest>("name: 'purchaseOrders/o' reason: 'Again'")),
              test::HasReason("NOTHING_ASKED"));
  const auto closed = Call<PurchaseRequisition>(
      "ClosePurchaseRequisition", Specialist(),
      Proto<v1::ClosePurchaseRequisitionRequest>(absl::StrCat("name: '", held->purchase().requisition(), "' reason: 'Not any more'")));
  ASSERT_THAT(closed, IsOk());
  EXPECT_FALSE(closed->has_decision_due_time());
  EXPECT_TRUE(closed->decision_reason().empty());
  ExpectSound();
}

TEST_F(AllotmentPurchaseTest, GivingUpWhatIsExpectedIsADecisionToo) {
  const auto held = TakeWith("h", Buys(Bought("mug", 10, 5000)), Specialist());
  ASSERT_THAT(held, IsOk());
  ASSERT_THAT(Approved(IdOf(*held)), IsOk());
  ASSERT_THAT(Ordered("o", Orders("mug", 10, 5000, Part(IdOf(*held), 1, 10))), IsOk());
  clock_.Advance(absl::Hours(2));
  ASSERT_THAT(jobs_.RunDue(), IsOk());  // nobody has confirmed it
  EXPECT_TRUE(OrderOf("o").has_decision_due_time());
  EXPECT_FALSE(RequisitionOf(IdOf(*held)).has_decision_due_time()) << "nothing of it is open";
  const auto given_up = ShortClosed("o", "parts { line: 1 quantity: 4 }", /*reopen=*/false);
  ASSERT_THAT(given_up, IsOk());
  EXPECT_FALSE(given_up->has_decision_due_time());
  EXPECT_EQ(given_up->state(), PurchaseOrder::STATE_PLACED);
}

TEST_F(AllotmentPurchaseTest, WhatWasBoughtForSomethingThatIsOverIsAskedAboutOnce) {
  std::vector<type::v1::Event> told;
  clients_["activity"].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
      "heitie.activity.v1.RecordService/ListEvents", [&told](const rpc::Call&, const type::v1::ListEventsRequest& request) {
        type::v1::ListEventsResponse response;
        for (const type::v1::Event& event : told) {
          if (event.position() > request.after_position()) *response.add_events() = event;
        }
        response.set_last_position(std::max<int64_t>(request.after_position(), static_cast<int64_t>(told.size())));
        return response;
      });
  const auto tell = [&](const std::string& before, const std::string& after) {
    type::v1::Event& event = told.emplace_back();
    event.set_position(static_cast<int64_t>(told.size()));
    event.set_revision(static_cast<int64_t>(told.size()));
    event.set_subject_type("activity.heitie/Activity");
    event.set_subject("activities/fair");
    event.set_action("update");
    event.set_before_json(absl::StrCat(R"({"name": "activities/fair", "state": ")", before, R"("})"));
    event.set_after_json(absl::StrCat(R"({"name": "activities/fair", "state": ")", after, R"("})"));
    for (int i = 0; i < 3; ++i) {
      clock_.Advance(absl::Seconds(2));
      ASSERT_THAT(jobs_.RunDue(), IsOk());
    }
  };
  ASSERT_THAT(Drafted("li", "r", "subject: 'activities/fair' " + Asks("mug", 10, 5000)), IsOk());
  ASSERT_THAT(Submitted("li", "r"), IsOk());
  ASSERT_THAT(Approved("r"), IsOk());
  ASSERT_THAT(Ordered("o", Orders("mug", 10, 5000, Part("r", 1, 10))), IsOk());
  HaveRequisition("other", Asks("mug", 10, 5000));
  tell("STATE_LIVE", "STATE_PAUSED");
  EXPECT_FALSE(OrderOf("o").has_decision_due_time());
  tell("STATE_PAUSED", "STATE_ENDED");
  EXPECT_EQ(OrderOf("o").decision_reason(), "activities/fair is over.");
  EXPECT_FALSE(RequisitionOf("other").has_decision_due_time());
  ASSERT_THAT(Call<PurchaseOrder>("KeepPurchaseOrder", Specialist(),
                                  Proto<v1::KeepPurchaseOrderRequest>("name: 'purchaseOrders/o' reason: 'For the next one'")),
              IsOk());
  tell("STATE_ENDED", "STATE_REVIEWED");
  EXPECT_FALSE(OrderOf("o").has_decision_due_time());
}

}  // namespace
}  // namespace heitie::resource
