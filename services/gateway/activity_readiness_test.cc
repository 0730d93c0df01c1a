#include "services/gateway/activity_readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/testing/fixture.h"
#include "heitie/activity/v1/activity_service.pb.h"
#include "heitie/personnel/v1/personnel_service.pb.h"
#include "heitie/resource/v1/resource_service.pb.h"
#include "heitie/risk/v1/risk_service.pb.h"

namespace heitie::gateway {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using testing::IsOk;
using testing::Proto;
using ::testing::UnorderedElementsAre;

class ActivityReadinessTest : public ::testing::Test {
 protected:
  ActivityReadinessTest() : call_(testing::By("employees/a", {options::v1::ROLE_OPERATIONS_MANAGER}, absl::FromUnixSeconds(1767225600))) {
    Answer<activity::v1::GetActivityRequest>("activity", "heitie.activity.v1.ActivityService/GetActivity", activity_);
    Answer<activity::v1::EvaluateLaunchGateRequest>("activity", "heitie.activity.v1.ActivityService/EvaluateLaunchGate",
                                                    Proto<activity::v1::EvaluateLaunchGateResponse>(R"pb(activity: "activities/sale"
                                                                                                         open: true)pb"));
    Answer<activity::v1::ListPreparationItemsRequest>(
        "activity", "heitie.activity.v1.ActivityService/ListPreparationItems",
        Proto<activity::v1::ListPreparationItemsResponse>(R"pb(preparation_items { name: "p" })pb"));
    Answer<activity::v1::ListSupportCommitmentsRequest>(
        "activity", "heitie.activity.v1.ActivityService/ListSupportCommitments",
        Proto<activity::v1::ListSupportCommitmentsResponse>(R"pb(support_commitments { name: "s" })pb"));
    Answer<activity::v1::ListWaiversRequest>("activity", "heitie.activity.v1.ActivityService/ListWaivers",
                                             Proto<activity::v1::ListWaiversResponse>(R"pb(waivers { name: "w" })pb"));
    Answer<resource::v1::ListReservationsRequest>("resource", "heitie.resource.v1.ResourceService/ListReservations",
                                                  Proto<resource::v1::ListReservationsResponse>(R"pb(reservations { name: "r" })pb"));
    Answer<resource::v1::CheckStockRequest>("resource", "heitie.resource.v1.ResourceService/CheckStock",
                                            Proto<resource::v1::CheckStockResponse>(R"pb(lines { item: "items/poster" available: 7 })pb"));
    Answer<resource::v1::ListEncumbrancesRequest>("resource", "heitie.resource.v1.ResourceService/ListEncumbrances",
                                                  Proto<resource::v1::ListEncumbrancesResponse>(R"pb(encumbrances { name: "e" })pb"));
    Answer<resource::v1::GetBudgetRequest>("resource", "heitie.resource.v1.ResourceService/GetBudget",
                                           Proto<resource::v1::Budget>(R"pb(name: "budgets/q1" available_minor: 5)pb"));
    Answer<personnel::v1::CheckQualificationRequest>("personnel", "heitie.personnel.v1.PersonnelService/CheckQualification",
                                                     Proto<personnel::v1::CheckQualificationResponse>(R"pb(qualified: true)pb"));
    Answer<risk::v1::SummarizeRisksRequest>("risk", "heitie.risk.v1.RiskService/SummarizeRisks",
                                            Proto<risk::v1::SummarizeRisksResponse>(R"pb(risks { risk: "risks/1" })pb"));
  }

  // Answers and keeps the request as text.
  template <typename Req, typename Resp>
  void Answer(const std::string& service, const std::string& method, absl::StatusOr<Resp> response) {
    clients_[service].On<Req, Resp>(method, [this, method, response](const rpc::Call&, const Req& request) -> absl::StatusOr<Resp> {
      std::lock_guard lock(mutex_);
      requests_[method] = request.ShortDebugString();
      return response;
    });
  }
  template <typename Req, typename Resp>
  void Fail(const std::string& service, const std::string& method, const absl::Status& status) {
    Answer<Req, Resp>(service, method, absl::StatusOr<Resp>(status));
  }
  absl::StatusOr<v1::ActivityReadiness> Get() {
    v1::GetActivityReadinessRequest request;
    request.set_name("activities/sale");
    return GetActivityReadiness([this](const std::string& service) -> client::Client& { return clients_[service]; }, call_, request);
  }
  template <typename Req, typename Resp>
  void Answer(const std::string& service, const std::string& method, const Resp& response) {
    Answer<Req, Resp>(service, method, absl::StatusOr<Resp>(response));
  }

  const rpc::Call call_;
  const activity::v1::Activity activity_ = Proto<activity::v1::Activity>(R"pb(
    name: "activities/sale"
    project: "projects/spring"
    budget: "budgets/q1"
    time_zone: "Asia/Taipei"
    bill_of_materials { item: "items/poster" quantity: 3 }
    staff { employee: "employees/li" role: "host" }
    staff { employee: "employees/bo" role: "host" }
    staff { employee: "employees/li" role: "cashier" }
    training_requirement { courses: "courses/service" }
    start_time { seconds: 1767283200 }
    end_time { seconds: 1767369599 })pb");
  std::map<std::string, testing::FakeClient> clients_;
  std::mutex mutex_;
  std::map<std::string, std::string> requests_;
};

TEST_F(ActivityReadinessTest, PutsAllPartsTogether) {
  const auto readiness = Get();
  ASSERT_THAT(readiness, IsOk());
  EXPECT_EQ(readiness->activity().name(), "activities/sale");
  EXPECT_TRUE(readiness->ready());
  EXPECT_EQ(readiness->preparation_items_size(), 1);
  EXPECT_EQ(readiness->support_commitments_size(), 1);
  EXPECT_EQ(readiness->waivers_size(), 1);
  EXPECT_EQ(readiness->materials(0).available(), 7);
  EXPECT_EQ(readiness->reservations_size(), 1);
  EXPECT_EQ(readiness->budget().available_minor(), 5);
  EXPECT_EQ(readiness->encumbrances_size(), 1);
  EXPECT_TRUE(readiness->staff().qualified());
  EXPECT_EQ(readiness->risks_size(), 1);
  EXPECT_TRUE(readiness->missing().empty()) << readiness->missing(0).DebugString();
  EXPECT_EQ(readiness->compute_time().seconds(), 1767225600);
}

TEST_F(ActivityReadinessTest, AsksWhatTheActivityNeeds) {
  ASSERT_THAT(Get(), IsOk());
  EXPECT_EQ(requests_["heitie.resource.v1.ResourceService/CheckStock"],
            R"(lines { item: "items/poster" quantity: 3 } subject: "activities/sale")");
  // 2026-01-01T16:00Z to 2026-01-02T15:59:59Z is the second of January in Taipei; each person once.
  EXPECT_EQ(requests_["heitie.personnel.v1.PersonnelService/CheckQualification"],
            R"(employees: "employees/bo" employees: "employees/li" requirement { courses: "courses/service" } )"
            R"(start_date { year: 2026 month: 1 day: 2 } end_date { year: 2026 month: 1 day: 2 })");
  EXPECT_EQ(requests_["heitie.risk.v1.RiskService/SummarizeRisks"],
            R"(subjects: "activities/sale" subjects: "projects/spring" time_zone: "Asia/Taipei")");
  EXPECT_EQ(requests_["heitie.resource.v1.ResourceService/ListReservations"], R"(page_size: 200 filter: "subject = \"activities/sale\"")");
}

TEST_F(ActivityReadinessTest, AServiceThatCannotBeReachedIsNamed) {
  Fail<personnel::v1::CheckQualificationRequest, personnel::v1::CheckQualificationResponse>(
      "personnel", "heitie.personnel.v1.PersonnelService/CheckQualification", status::Error(status::kUnavailable, {{"what", "personnel"}}));
  const auto readiness = Get();
  ASSERT_THAT(readiness, IsOk());
  ASSERT_EQ(readiness->missing_size(), 1);
  EXPECT_EQ(readiness->missing(0).part(), "staff");
  EXPECT_EQ(readiness->missing(0).service(), "personnel");
  EXPECT_EQ(readiness->missing(0).code(), "UNAVAILABLE");
  EXPECT_FALSE(readiness->has_staff());
  EXPECT_EQ(readiness->risks_size(), 1);
}

TEST_F(ActivityReadinessTest, WithoutTheGateNothingIsReady) {
  Fail<activity::v1::EvaluateLaunchGateRequest, activity::v1::EvaluateLaunchGateResponse>(
      "activity", "heitie.activity.v1.ActivityService/EvaluateLaunchGate", status::Error(status::kPermissionDenied));
  const auto readiness = Get();
  ASSERT_THAT(readiness, IsOk());
  EXPECT_FALSE(readiness->ready());
  ASSERT_EQ(readiness->missing_size(), 1);
  EXPECT_EQ(readiness->missing(0).reason(), "PERMISSION_DENIED");
}

TEST_F(ActivityReadinessTest, AnActivityThatNeedsNothingAsksForNothing) {
  Answer<activity::v1::GetActivityRequest>("activity", "heitie.activity.v1.ActivityService/GetActivity",
                                           Proto<activity::v1::Activity>(R"pb(name: "activities/sale" project: "projects/spring")pb"));
  ASSERT_THAT(Get(), IsOk());
  for (const char* method : {"heitie.resource.v1.ResourceService/CheckStock", "heitie.resource.v1.ResourceService/GetBudget",
                             "heitie.personnel.v1.PersonnelService/CheckQualification"}) {
    EXPECT_EQ(requests_.count(method), 0u) << method;
  }
}

TEST_F(ActivityReadinessTest, FailsWhenTheActivityCannotBeHad) {
  Fail<activity::v1::GetActivityRequest, activity::v1::Activity>("activity", "heitie.activity.v1.ActivityService/GetActivity",
                                                                 status::NotFound("activities/sale"));
  EXPECT_THAT(Get(), HasReason("NOT_FOUND"));
}

}  // namespace
}  // namespace heitie::gateway
