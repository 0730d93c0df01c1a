#include "services/personnel/leaving/custody_steps.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heitie/personnel/v1/pending_step.pb.h"
#include "heitie/resource/v1/goods_receipt.pb.h"
#include "heitie/resource/v1/item.pb.h"
#include "services/personnel/recruitment/recruitment_test.h"

namespace heitie::personnel {
namespace {

using resource::v1::CustodyCount;
using test::IsOk;
using test::Proto;

// Li leads Wu, who takes the posters over.
class CustodyStepsTest : public RecruitmentTest {
 protected:
  template <typename Resp, typename Req>
  void Resource(const std::string& method, const std::string& request) {
    ASSERT_THAT(resource_.rpc().Invoke<Resp>(method, Manager(), Proto<Req>(request)), IsOk()) << method;
  }
  CustodyCount Count() {
    const auto counts = resource_.rpc().Invoke<resource::v1::ListCustodyCountsResponse>("ListCustodyCounts", Manager(),
                                                                                        resource::v1::ListCustodyCountsRequest());
    EXPECT_THAT(counts, IsOk());
    return counts->custody_counts(0);
  }
  std::vector<std::string> Waiting() {
    RunJobs(absl::Seconds(1));
    const auto steps = Call<v1::ListPendingStepsResponse>(
        "ListPendingSteps", Manager(),
        Proto<v1::ListPendingStepsRequest>(absl::StrCat("filter: 'subject = \"", Count().name(), "\" AND state = STATE_OPEN'")));
    EXPECT_THAT(steps, IsOk());
    std::vector<std::string> texts;
    for (const v1::PendingStep& step : steps->pending_steps()) texts.push_back(absl::StrCat(step.action(), " ", step.owner()));
    return texts;
  }
  void Confirm(int counted) {
    Resource<CustodyCount, resource::v1::ConfirmCustodyCountRequest>(
        "ConfirmCustodyCount", absl::StrCat("name: '", Count().name(), "' counted_quantity: ", counted));
  }
  void Pass(const std::string& to) {
    Resource<resource::v1::Item, resource::v1::UpdateItemRequest>(
        "UpdateItem", "item { name: 'items/poster' custodian: 'employees/" + to + "' } update_mask { paths: 'custodian' }");
  }
};

TEST_F(CustodyStepsTest, ACountWaitsForWhoeverIsToAct) {
  HavePosition();
  HaveEmployee("li");
  HaveEmployee("wu", "positions/host", "employees/li");
  Resource<resource::v1::ItemCategory, resource::v1::CreateItemCategoryRequest>(
      "CreateItemCategory", "item_category_id: 'p' item_category { display_name: 'p' }");
  Resource<resource::v1::Item, resource::v1::CreateItemRequest>("CreateItem",
                                                                "item_id: 'poster' item { display_name: 'p' category: 'itemCategories/p' "
                                                                "unit: 'piece' currency_code: 'TWD' custodian: 'employees/li' }");
  Resource<resource::v1::GoodsReceipt, resource::v1::CreateGoodsReceiptRequest>(
      "CreateGoodsReceipt",
      "goods_receipt { supplier: 's' delivery_note: 'd' receive_date { year: 2026 month: 1 day: 1 } lines { item: 'items/poster' quantity: "
      "5 "
      "unit_cost_minor: 1 } }");
  Pass("wu");
  EXPECT_THAT(Waiting(), testing::ElementsAre("confirm employees/wu"));
  Confirm(4);
  EXPECT_THAT(Waiting(), testing::ElementsAre("accept employees/li")) << "who leads the custodian";
  Pass("li");
  EXPECT_THAT(Waiting(), testing::ElementsAre("confirm employees/li"));
  Confirm(5);
  EXPECT_THAT(Waiting(), testing::IsEmpty());
}

}  // namespace
}  // namespace heitie::personnel
