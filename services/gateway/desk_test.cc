#include "services/gateway/desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "common/test/fixture.h"
#include "heitie/activity/v1/preparation_item.pb.h"
#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/cooperation_request.pb.h"
#include "heitie/planning/v1/issue.pb.h"
#include "heitie/planning/v1/liaison.pb.h"
#include "heitie/planning/v1/meeting.pb.h"
#include "heitie/planning/v1/notice.pb.h"
#include "heitie/planning/v1/plan_duty.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/risk/v1/risk_measure.pb.h"
#include "heitie/type/v1/holding.pb.h"

namespace heitie::gateway {
namespace {

using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <typename T>
std::vector<std::string> NamesOnDesk(const T& list) {
  std::vector<std::string> names;
  for (const auto& each : list) names.push_back(each.name());
  return names;
}

// It is Thursday, the 1st of January 2026.
class DeskTest : public ::testing::Test {
 protected:
  template <typename Req, typename Resp>
  void Answer(const std::string& service, const std::string& method, const std::string& response) {
    clients_[service].On<Req, Resp>(method,
                                    [response](const rpc::Call&, const Req&) -> absl::StatusOr<Resp> { return Proto<Resp>(response); });
  }
  void AnswerAll() {
    Answer<planning::v1::ListNoticesRequest, planning::v1::ListNoticesResponse>(
        "planning", "heitie.planning.v1.NoticeService/ListNotices",
        "notices { name: 'n1' urgency: URGENCY_LOW } notices { name: 'n2' urgency: URGENCY_CRITICAL }");
    Answer<planning::v1::ListMeetingsRequest, planning::v1::ListMeetingsResponse>(
        "planning", "heitie.planning.v1.MeetingService/ListMeetings",
        "meetings { name: 'm2' start_time { seconds: 20 } } meetings { name: 'm1' start_time { seconds: 10 } }");
    Answer<planning::v1::ListTasksRequest, planning::v1::ListTasksResponse>(
        "planning", "heitie.planning.v1.PlanService/ListTasks",
        "tasks { name: 't1' end_date { year: 2025 month: 12 day: 31 } } tasks { name: 't2' end_date { year: 2026 month: 1 day: 5 } } "
        "tasks { name: 't3' }");
    Answer<planning::v1::ListActionItemsRequest, planning::v1::ListActionItemsResponse>(
        "planning", "heitie.planning.v1.FollowUpService/ListActionItems",
        "action_items { name: 'a1' due_date { year: 2026 month: 1 day: 4 } }");
    Answer<planning::v1::ListPlanDutiesRequest, planning::v1::ListPlanDutiesResponse>(
        "planning", "heitie.planning.v1.PolicyService/ListPlanDuties",
        "plan_duties { name: 'd1' kind: KIND_EVIDENCE due_date { year: 2025 month: 12 day: 1 } } "
        "plan_duties { name: 'd2' kind: KIND_COLLECTION due_date { year: 2026 month: 1 day: 1 } }");
    Answer<activity::v1::ListPreparationItemsRequest, activity::v1::ListPreparationItemsResponse>(
        "activity", "heitie.activity.v1.PreparationService/ListPreparationItems",
        "preparation_items { name: 'p1' due_time { seconds: 1767225600 } }");
    Answer<risk::v1::ListRiskMeasuresRequest, risk::v1::ListRiskMeasuresResponse>("risk", "heitie.risk.v1.MeasureService/ListRiskMeasures",
                                                                                  "");
    clients_["planning"].On<planning::v1::ListIssuesRequest, planning::v1::ListIssuesResponse>(
        "heitie.planning.v1.CollaborationService/ListIssues",
        [](const rpc::Call&, const planning::v1::ListIssuesRequest& request) -> absl::StatusOr<planning::v1::ListIssuesResponse> {
          const bool to_close = request.filter() == R"(raiser = "employees/a" AND state = STATE_RESOLVED)";
          return Proto<planning::v1::ListIssuesResponse>(to_close
                                                             ? "issues { name: 'i2' state: STATE_RESOLVED close_due_time { seconds: "
                                                               "1767312000 } due_time { seconds: 1 } }"
                                                             : "issues { name: 'i1' state: STATE_OPEN due_time { seconds: 1767052800 } }");
        });
    clients_["planning"].On<planning::v1::ListCooperationRequestsRequest, planning::v1::ListCooperationRequestsResponse>(
        "heitie.planning.v1.CooperationService/ListCooperationRequests",
        [](const rpc::Call&,
           const planning::v1::ListCooperationRequestsRequest& request) -> absl::StatusOr<planning::v1::ListCooperationRequestsResponse> {
          const bool to_answer = request.filter() == R"(liaison = "liaisons/a" OR liaison = "liaisons/b" AND state = STATE_SENT)";
          return Proto<planning::v1::ListCooperationRequestsResponse>(
              to_answer ? "cooperation_requests { name: 'c1' state: STATE_SENT response_due_time { seconds: 1767312000 } }" : "");
        });
    Answer<planning::v1::ListLiaisonsRequest, planning::v1::ListLiaisonsResponse>(
        "planning", "heitie.planning.v1.CooperationService/ListLiaisons",
        "liaisons { name: 'liaisons/a' } liaisons { name: 'liaisons/b' }");
    for (const char* service : {"activity", "metrics", "personnel", "planning", "resource", "risk"}) {
      Answer<type::v1::ListHoldingsRequest, type::v1::ListHoldingsResponse>(
          service, std::string("heitie.") + service + ".v1.RecordService/ListHoldings", "holdings { resource: 'x' }");
    }
  }
  v1::Desk Get() {
    const auto desk =
        GetDesk([this](const std::string& service) -> client::Client& { return clients_[service]; }, call_, v1::GetDeskRequest());
    EXPECT_THAT(desk, IsOk());
    return desk.ok() ? *desk : v1::Desk();
  }

  const rpc::Call call_ = test::By("employees/a", {options::v1::ROLE_OPERATIONS_SPECIALIST}, absl::FromUnixSeconds(1767225600));
  std::map<std::string, test::FakeClient> clients_;
};

TEST_F(DeskTest, IsOneAnswerFromAllServices) {
  AnswerAll();
  const v1::Desk desk = Get();
  EXPECT_EQ(desk.employee(), "employees/a");
  EXPECT_THAT(NamesOnDesk(desk.notices()), ElementsAre("n2", "n1"));
  EXPECT_THAT(NamesOnDesk(desk.meetings()), ElementsAre("m1", "m2"));
  EXPECT_THAT(NamesOnDesk(desk.overdue()), ElementsAre("d1", "i1", "t1"));
  EXPECT_THAT(NamesOnDesk(desk.due_this_week()), ElementsAre("d2", "p1", "i2", "c1", "a1")) << "to Sunday, the 4th";
  EXPECT_THAT(NamesOnDesk(desk.flags()), ElementsAre("d1"));
  EXPECT_EQ(desk.waiting_size(), 6);
  EXPECT_THAT(desk.missing(), IsEmpty());
}

TEST_F(DeskTest, NamesWhatIsMissing) {
  const v1::Desk desk = Get();
  EXPECT_EQ(desk.missing_size(), 18);
  EXPECT_THAT(desk.overdue(), IsEmpty());
}

}  // namespace
}  // namespace heitie::gateway
