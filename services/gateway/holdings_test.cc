#include "services/gateway/holdings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "heitie/gateway/v1/holdings.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/handover.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/gateway/service.h"

namespace heitie::gateway {
namespace {

using test::HasReason;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using type::v1::ListHoldingsRequest;
using type::v1::ListHoldingsResponse;

// Six services, in which li and bo hold what `held_` says; li has left, bo leaves today.
class HoldingsCompositeTest : public ::testing::Test {
 protected:
  HoldingsCompositeTest() : call_(test::By("employees/a", {options::v1::ROLE_OPERATIONS_MANAGER}, absl::FromUnixSeconds(1767225600))) {
    call_.deadline = absl::Now() + absl::Seconds(20);
    for (const char* name : {"activity", "metrics", "personnel", "planning", "resource", "risk"}) {
      clients_[name].On<ListHoldingsRequest, ListHoldingsResponse>(
          absl::StrCat("heitie.", name, ".v1.RecordService/ListHoldings"),
          [this, name = std::string(name)](const rpc::Call&, const ListHoldingsRequest& request) -> absl::StatusOr<ListHoldingsResponse> {
            const std::lock_guard lock(mutex_);
            if (away_ == name) return absl::UnavailableError("away");
            EXPECT_EQ(request.open_only(), open_only_);
            ListHoldingsResponse response;
            // Two to a page.
            const auto& held = held_[name + " " + request.employee()];
            size_t at = request.page_token().empty() ? 0 : std::stoul(request.page_token());
            for (const size_t end = std::min(held.size(), at + 2); at < end; ++at) response.add_holdings()->set_resource(held[at]);
            if (at < held.size()) response.set_next_page_token(absl::StrCat(at));
            return response;
          });
    }
    clients_["personnel"].On<personnel::v1::ListEmployeesRequest, personnel::v1::ListEmployeesResponse>(
        "heitie.personnel.v1.StaffService/ListEmployees",
        [this](const rpc::Call&,
               const personnel::v1::ListEmployeesRequest& request) -> absl::StatusOr<personnel::v1::ListEmployeesResponse> {
          if (away_ == "personnel") return absl::UnavailableError("away");
          EXPECT_EQ(request.filter(), "leave_date < \"2026-01-02\"");
          EXPECT_EQ(request.page_size(), 20);
          return test::Proto<personnel::v1::ListEmployeesResponse>(R"pb(
            employees {
              name: "employees/bo"
              leave_date { year: 2026 month: 1 day: 1 }
              state: STATE_ACTIVE
            }
            employees {
              name: "employees/li"
              leave_date { year: 2025 month: 12 day: 31 }
              state: STATE_LEFT
            }
            next_page_token: "more")pb");
        });
  }

  client::Clients Clients() {
    return [this](const std::string& name) -> client::Client& { return clients_[name]; };
  }

  rpc::Call call_;
  std::mutex mutex_;
  std::map<std::string, test::FakeClient> clients_;
  std::map<std::string, std::vector<std::string>> held_;
  std::string away_;
  bool open_only_ = true;
};

TEST_F(HoldingsCompositeTest, AreThoseOfAllServices) {
  held_["planning employees/li"] = {"projects/a", "projects/b", "projects/c"};
  held_["risk employees/li"] = {"risks/a"};
  held_["risk employees/bo"] = {"risks/b"};
  open_only_ = false;
  v1::ListEmployeeHoldingsRequest request;
  request.set_name("employees/li");
  auto answer = ListEmployeeHoldings(Clients(), call_, request);
  ASSERT_THAT(answer, IsOk());
  std::vector<std::string> resources;
  for (const auto& holding : answer->holdings()) resources.push_back(holding.resource());
  EXPECT_THAT(resources, ElementsAre("projects/a", "projects/b", "projects/c", "risks/a"));
  EXPECT_THAT(answer->missing(), IsEmpty());
  away_ = "planning";
  answer = ListEmployeeHoldings(Clients(), call_, request);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->holdings_size(), 1);
  ASSERT_EQ(answer->missing_size(), 1);
  EXPECT_EQ(answer->missing(0).service(), "planning");
  EXPECT_EQ(answer->missing(0).subject(), "employees/li");
}

TEST_F(HoldingsCompositeTest, OwnerlessIsWhatIsOpenOfThoseWhoHaveLeft) {
  held_["planning employees/bo"] = {"projects/a"};
  held_["resource employees/li"] = {"items/gift"};
  auto answer = ListOwnerlessHoldings(Clients(), call_, {});
  ASSERT_THAT(answer, IsOk());
  ASSERT_EQ(answer->holdings_size(), 1) << "bo's last day is not over";
  EXPECT_EQ(answer->holdings(0).employee(), "employees/li");
  EXPECT_EQ(answer->holdings(0).leave_date().day(), 31);
  EXPECT_EQ(answer->holdings(0).holding().resource(), "items/gift");
  EXPECT_EQ(answer->next_page_token(), "more");
  held_.clear();
  EXPECT_THAT(ListOwnerlessHoldings(Clients(), call_, {})->holdings(), IsEmpty());
  away_ = "risk";
  EXPECT_EQ(ListOwnerlessHoldings(Clients(), call_, {})->missing_size(), 1);
  away_ = "personnel";
  EXPECT_TRUE(absl::IsUnavailable(ListOwnerlessHoldings(Clients(), call_, {}).status())) << "who has left is not known";
}

TEST_F(HoldingsCompositeTest, AHandoverIsShownWithWhoGetsWhat) {
  clients_["personnel"].On<personnel::v1::GetHandoverRequest, personnel::v1::Handover>(
      "heitie.personnel.v1.LeavingService/GetHandover",
      [](const rpc::Call&, const personnel::v1::GetHandoverRequest&) -> absl::StatusOr<personnel::v1::Handover> {
        return test::Proto<personnel::v1::Handover>(R"pb(
          employee: "employees/li"
          state: STATE_PLANNED
          successions { resource: "projects/a" successor: "employees/bo" }
          successions { resource: "projects/b" successor: "employees/bo" })pb");
      });
  held_["planning employees/li"] = {"projects/a", "projects/b", "projects/c"};
  held_["risk employees/bo"] = {"risks/a", "risks/b", "risks/c"};
  const auto overview = GetHandoverOverview(Clients(), call_, {});
  ASSERT_THAT(overview, IsOk());
  std::vector<std::string> planned;
  for (const auto& holding : overview->holdings()) planned.push_back(holding.holding().resource() + " " + holding.successor());
  EXPECT_THAT(planned, ElementsAre("projects/a employees/bo", "projects/b employees/bo", "projects/c "));
  ASSERT_EQ(overview->successors_size(), 1);
  EXPECT_EQ(overview->successors(0).open_holdings(), 3);
  EXPECT_EQ(overview->successors(0).taken_over(), 2);
}

}  // namespace
}  // namespace heitie::gateway
