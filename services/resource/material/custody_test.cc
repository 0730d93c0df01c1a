#include "services/resource/material/custody.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "heitie/resource/v1/goods_receipt.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/resource/service.h"

namespace heitie::resource {
namespace {

using test::HasReason;
using test::IsOk;
using test::Proto;
using v1::CustodyCount;

// Li keeps the posters, of which 50 are in stock.
class CustodyTest : public test::ServiceTest<Service> {
 protected:
  CustodyTest() : ServiceTest("resource") {
    EXPECT_THAT(Call<v1::ItemCategory>("CreateItemCategory", Specialist(),
                                       Proto<v1::CreateItemCategoryRequest>("item_category_id: 'p' item_category { display_name: 'p' }")),
                IsOk());
    EXPECT_THAT(Call<v1::Item>("CreateItem", Specialist(),
                               Proto<v1::CreateItemRequest>("item_id: 'poster' item { display_name: 'p' category: 'itemCategories/p' unit: "
                                                            "'piece' currency_code: 'TWD' custodian: 'employees/li' }")),
                IsOk());
    Receive(50);
  }

  void Receive(int quantity) {
    EXPECT_THAT(Call<v1::GoodsReceipt>(
                    "CreateGoodsReceipt", Specialist(),
                    Proto<v1::CreateGoodsReceiptRequest>(absl::StrCat(
                        "goods_receipt { supplier: 's' delivery_note: 'd' receive_date { year: 2026 month: 1 day: 1 } lines { item: "
                        "'items/poster' unit_cost_minor: 1 quantity: ",
                        quantity, " } }"))),
                IsOk());
  }
  absl::Status HandOver(const std::string& from, const std::string& to) {
    return Call<type::v1::Holding>("HandOver", Manager(),
                                   Proto<type::v1::HandOverRequest>(absl::StrCat("resource: 'items/poster' field: 'custodian' employee: "
                                                                                 "'employees/",
                                                                                 from, "' successor: 'employees/", to, "' reason: 'r'")))
        .status();
  }
  std::vector<CustodyCount> Counts() {
    const auto counts = Call<v1::ListCustodyCountsResponse>("ListCustodyCounts", Analyst(), v1::ListCustodyCountsRequest());
    EXPECT_THAT(counts, IsOk());
    return {counts->custody_counts().begin(), counts->custody_counts().end()};
  }
  rpc::Call As(const std::string& id) const { return test::By("employees/" + id, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()); }
  absl::StatusOr<CustodyCount> Confirm(const rpc::Call& call, int64_t counted) {
    v1::ConfirmCustodyCountRequest request;
    request.set_name(Counts().back().name());
    request.set_counted_quantity(counted);
    return Call<CustodyCount>("ConfirmCustodyCount", call, request);
  }
  absl::StatusOr<CustodyCount> Accept(const rpc::Call& call) {
    v1::AcceptCustodyDifferenceRequest request;
    request.set_name(Counts().back().name());
    request.set_reason("mice");
    return Call<CustodyCount>("AcceptCustodyDifference", call, request);
  }
};

TEST_F(CustodyTest, WhoTakesOverCounts) {
  ASSERT_THAT(HandOver("li", "wu"), IsOk());
  ASSERT_EQ(Counts().size(), 1u);
  const CustodyCount open = Counts().front();
  EXPECT_EQ(open.state(), CustodyCount::STATE_OPEN);
  EXPECT_EQ(open.item(), "items/poster");
  EXPECT_EQ(open.giver(), "employees/li");
  EXPECT_EQ(open.custodian(), "employees/wu");
  EXPECT_EQ(time::ToTime(open.due_time()), clock_.Now() + absl::Hours(120));
  EXPECT_EQ(open.policy(), "custodyPolicies/default");
  EXPECT_FALSE(open.has_book_quantity()) << "who counts does not read what to find";
  EXPECT_THAT(Confirm(As("li"), 50), HasReason("NOT_THE_CUSTODIAN"));
  const auto confirmed = Confirm(As("wu"), 50);
  ASSERT_THAT(confirmed, IsOk());
  EXPECT_EQ(confirmed->state(), CustodyCount::STATE_CONFIRMED);
  EXPECT_EQ(confirmed->counter(), "employees/wu");
  EXPECT_EQ(confirmed->difference(), 0);
  EXPECT_EQ(confirmed->ledger_position(), 1);
  EXPECT_THAT(Confirm(As("wu"), 50), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(CustodyTest, ADifferenceIsShownAndNotBooked) {
  ASSERT_THAT(HandOver("li", "wu"), IsOk());
  const auto different = Confirm(As("wu"), 47);
  ASSERT_THAT(different, IsOk());
  EXPECT_EQ(different->state(), CustodyCount::STATE_DIFFERENT);
  EXPECT_EQ(different->difference(), -3);
  EXPECT_EQ(different->book_quantity(), 50);
  v1::GetStockRequest stock;
  stock.set_name("items/poster/stock");
  EXPECT_EQ(Call<v1::Stock>("GetStock", Analyst(), stock)->on_hand(), 50);
  // What is found later counts by the books of then.
  Receive(10);
  EXPECT_EQ(Confirm(As("wu"), 59)->difference(), -1);
  EXPECT_THAT(Accept(test::By("employees/wu", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now())), HasReason("OWN_COUNT"));
  const auto accepted = Accept(Manager());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->state(), CustodyCount::STATE_ACCEPTED);
  EXPECT_EQ(accepted->acceptor(), "employees/manager");
}

TEST_F(CustodyTest, AnOpenCountPassesOnWithTheItem) {
  ASSERT_THAT(HandOver("li", "wu"), IsOk());
  const CustodyCount open = Counts().front();
  ASSERT_THAT(Confirm(As("wu"), 49), IsOk());
  clock_.Advance(absl::Hours(1));
  ASSERT_THAT(HandOver("wu", "bo"), IsOk());
  ASSERT_EQ(Counts().size(), 1u) << "one at a time for each item";
  const CustodyCount passed = Counts().front();
  EXPECT_EQ(passed.custodian(), "employees/bo");
  EXPECT_EQ(passed.state(), CustodyCount::STATE_OPEN);
  EXPECT_FALSE(passed.has_difference());
  EXPECT_EQ(time::ToTime(passed.due_time()), time::ToTime(open.due_time())) << "another custodian moves no due time";
  ASSERT_THAT(Confirm(Manager(), 50), IsOk());
  // A change by hand is one of custody as well; of nothing there is nothing to count.
  auto update = Proto<v1::UpdateItemRequest>("item { name: 'items/poster' custodian: 'employees/li' } update_mask { paths: 'custodian' }");
  ASSERT_THAT(Call<v1::Item>("UpdateItem", Specialist(), update), IsOk());
  EXPECT_EQ(Counts().size(), 2u);
  EXPECT_EQ(Counts().back().giver(), "employees/bo");
}

TEST_F(CustodyTest, OfNothingThereIsNothingToCount) {
  ASSERT_THAT(Call<v1::Item>("CreateItem", Specialist(),
                             Proto<v1::CreateItemRequest>("item_id: 'gift' item { display_name: 'g' category: 'itemCategories/p' unit: "
                                                          "'piece' currency_code: 'TWD' custodian: 'employees/li' }")),
              IsOk());
  auto update = Proto<v1::UpdateItemRequest>("item { name: 'items/gift' custodian: 'employees/wu' } update_mask { paths: 'custodian' }");
  ASSERT_THAT(Call<v1::Item>("UpdateItem", Specialist(), update), IsOk());
  update = Proto<v1::UpdateItemRequest>("item { name: 'items/poster' description: 'big' } update_mask { paths: 'description' }");
  ASSERT_THAT(Call<v1::Item>("UpdateItem", Specialist(), update), IsOk());
  EXPECT_TRUE(Counts().empty());
}

}  // namespace
}  // namespace heitie::resource
