#include "services/gateway/project_overview.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/test/fixture.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/gateway/v1/project_overview.pb.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/planning/v1/baseline.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/risk/v1/risk_view.pb.h"
#include "heitie/risk/v1/summary.pb.h"
#include "services/gateway/service.h"

namespace heitie::gateway {
namespace {

using test::HasReason;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;

template <typename T>
std::vector<std::string> Names(const T& list) {
  std::vector<std::string> names;
  for (const auto& each : list) names.push_back(each.name());
  return names;
}

// A project with two tasks and two activities, of which one was launched, as six services tell it.
class ProjectOverviewTest : public ::testing::Test {
 protected:
  ProjectOverviewTest() : call_(test::By("employees/a", {options::v1::ROLE_OPERATIONS_MANAGER}, absl::FromUnixSeconds(1767225600))) {
    On<planning::v1::GetProjectRequest, planning::v1::Project>(
        "planning", "heitie.planning.v1.PlanService/GetProject", [](const auto& request) {
          auto project = Proto<planning::v1::Project>(R"pb(owner: "employees/li" approved_baseline: "projects/spring/baselines/1")pb");
          project.set_name(request.name());
          return project;
        });
    On<planning::v1::ListTasksRequest, planning::v1::ListTasksResponse>(
        "planning", "heitie.planning.v1.PlanService/ListTasks", [](const auto& request) {
          EXPECT_EQ(request.parent(), "projects/spring");
          return Proto<planning::v1::ListTasksResponse>(R"pb(tasks { name: "t1" owner: "employees/bo" }
                                                             tasks { name: "t2" owner: "employees/li" }
                                                             tasks { name: "t3" })pb");
        });
    On<planning::v1::ListSchemesRequest, planning::v1::ListSchemesResponse>(
        "planning", "heitie.planning.v1.SchemeService/ListSchemes",
        [](const auto&) { return Proto<planning::v1::ListSchemesResponse>(R"pb(schemes { name: "s1" })pb"); });
    On<planning::v1::GetBaselineRequest, planning::v1::Baseline>("planning", "heitie.planning.v1.PlanService/GetBaseline",
                                                                 [](const auto& request) {
                                                                   planning::v1::Baseline baseline;
                                                                   baseline.set_name(request.name());
                                                                   return baseline;
                                                                 });
    On<activity::v1::ListActivitiesRequest, activity::v1::ListActivitiesResponse>(
        "activity", "heitie.activity.v1.PreparationService/ListActivities", [](const auto& request) {
          EXPECT_EQ(request.filter(), "project = \"projects/spring\"");
          return Proto<activity::v1::ListActivitiesResponse>(R"pb(
            activities {
              name: "activities/live"
              owner: "employees/mo"
              launch_time { seconds: 1 }
            }
            activities { name: "activities/draft" owner: "employees/li" })pb");
        });
    On<resource::v1::ListReservationsRequest, resource::v1::ListReservationsResponse>(
        "resource", "heitie.resource.v1.MaterialService/ListReservations", [](const auto& request) {
          resource::v1::ListReservationsResponse response;
          response.add_reservations()->set_name(absl::StrCat("reservation where ", request.filter()));
          return response;
        });
    On<resource::v1::ListEncumbrancesRequest, resource::v1::ListEncumbrancesResponse>(
        "resource", "heitie.resource.v1.MoneyService/ListEncumbrances", [](const auto& request) {
          resource::v1::ListEncumbrancesResponse response;
          response.add_encumbrances()->set_name(absl::StrCat("encumbrance where ", request.filter()));
          return response;
        });
    OnEmployees("");
    On<risk::v1::SummarizeRisksRequest, risk::v1::SummarizeRisksResponse>("risk", "heitie.risk.v1.RegisterService/SummarizeRisks",
                                                                          [](const auto& request) {
                                                                            risk::v1::SummarizeRisksResponse response;
                                                                            for (const std::string& subject : request.subjects())
                                                                              response.add_risks()->set_subject(subject);
                                                                            EXPECT_TRUE(request.with_exposure());
                                                                            response.mutable_exposure()->set_open_count(3);
                                                                            return response;
                                                                          });
    On<risk::v1::ComputeOverdueRequest, risk::v1::Overdue>("risk", "heitie.risk.v1.ViewService/ComputeOverdue", [](const auto& request) {
      risk::v1::Overdue overdue;
      overdue.set_count(request.subjects_size());
      return overdue;
    });
    On<risk::v1::ComputeRiskCalendarRequest, risk::v1::RiskCalendar>("risk", "heitie.risk.v1.ViewService/ComputeRiskCalendar",
                                                                     [](const auto& request) {
                                                                       risk::v1::RiskCalendar calendar;
                                                                       calendar.set_count(request.subjects_size());
                                                                       return calendar;
                                                                     });
    On<metrics::v1::GetActivityCountersRequest, metrics::v1::ActivityCounters>(
        "metrics", "heitie.metrics.v1.AnalysisService/GetActivityCounters", [](const auto& request) {
          metrics::v1::ActivityCounters counters;
          counters.set_activity(request.activity());
          return counters;
        });
  }

  template <typename Req, typename Resp>
  void On(const std::string& service, const std::string& method, std::function<absl::StatusOr<Resp>(const Req&)> answer) {
    clients_[service].On<Req, Resp>(method, [this, answer](const rpc::Call& call, const Req& request) {
      EXPECT_LT(call.deadline, call_.deadline);
      return answer(request);
    });
  }
  // Personnel knows everybody but `stranger`.
  void OnEmployees(const std::string& stranger) {
    On<personnel::v1::ListEmployeesRequest, personnel::v1::ListEmployeesResponse>(
        "personnel", "heitie.personnel.v1.StaffService/ListEmployees", [stranger](const auto& request) {
          personnel::v1::ListEmployeesResponse response;
          const std::vector<std::string> wanted = absl::StrSplit(request.filter(), " OR ");
          EXPECT_GE(request.page_size(), static_cast<int>(wanted.size()));
          for (const std::string& equality : wanted) {
            const std::vector<std::string> parts = absl::StrSplit(equality, '"');
            EXPECT_EQ(parts[0], "name = ");
            if (parts[1] != stranger) response.add_employees()->set_name(parts[1]);
          }
          return response;
        });
  }
  client::Clients clients() {
    return [this](const std::string& service) -> client::Client& { return clients_[service]; };
  }
  absl::StatusOr<v1::ProjectOverview> Get() {
    v1::GetProjectOverviewRequest request;
    request.set_name("projects/spring");
    return GetProjectOverview(clients(), call_, request);
  }

  const rpc::Call call_;
  std::map<std::string, test::FakeClient> clients_;
};

TEST_F(ProjectOverviewTest, PutsAllPartsTogether) {
  const auto overview = Get();
  ASSERT_THAT(overview, IsOk());
  EXPECT_EQ(overview->project().name(), "projects/spring");
  EXPECT_THAT(Names(overview->tasks()), ElementsAre("t1", "t2", "t3"));
  EXPECT_THAT(Names(overview->schemes()), ElementsAre("s1"));
  EXPECT_EQ(overview->baseline().name(), "projects/spring/baselines/1");
  EXPECT_THAT(Names(overview->activities()), ElementsAre("activities/live", "activities/draft"));
  EXPECT_THAT(Names(overview->reservations()),
              ElementsAre("reservation where subject = \"activities/live\" OR subject = \"activities/draft\""));
  EXPECT_THAT(Names(overview->encumbrances()),
              ElementsAre("encumbrance where subject = \"activities/live\" OR subject = \"activities/draft\""));
  EXPECT_THAT(Names(overview->owners()), ElementsAre("employees/bo", "employees/li", "employees/mo"));
  ASSERT_EQ(overview->risks_size(), 3);
  EXPECT_EQ(overview->risks(0).subject(), "projects/spring");
  EXPECT_EQ(overview->risk_exposure().open_count(), 3);
  EXPECT_EQ(overview->risk_overdue().count(), 3);
  EXPECT_EQ(overview->risk_calendar().count(), 3);
  ASSERT_EQ(overview->counters_size(), 1);
  EXPECT_EQ(overview->counters(0).activity(), "activities/live");
  EXPECT_TRUE(overview->missing().empty());
}

TEST_F(ProjectOverviewTest, NamesWhatCouldNotBeReached) {
  clients_.erase("metrics");  // a new one answers UNIMPLEMENTED
  On<risk::v1::SummarizeRisksRequest, risk::v1::SummarizeRisksResponse>("risk", "heitie.risk.v1.RegisterService/SummarizeRisks",
                                                                        [](const auto&) {
                                                                          return status::Error(status::kUnavailable, {{"what", "risk"}});
                                                                        });
  OnEmployees("employees/bo");
  const auto overview = Get();
  ASSERT_THAT(overview, IsOk());
  std::vector<std::string> missing;
  for (const auto& each : overview->missing())
    missing.push_back(absl::StrCat(each.part(), " ", each.subject(), " ", each.service(), " ", each.code()));
  EXPECT_THAT(missing, ::testing::UnorderedElementsAre("counters activities/live metrics UNIMPLEMENTED", "risks  risk UNAVAILABLE",
                                                       "risk_overdue  risk UNAVAILABLE", "risk_calendar  risk UNAVAILABLE",
                                                       "owners employees/bo personnel NOT_FOUND"))
      << "of a service that is away nothing more is asked";
  EXPECT_THAT(Names(overview->owners()), ElementsAre("employees/li", "employees/mo"));
  EXPECT_EQ(overview->reservations_size(), 1);
}

TEST_F(ProjectOverviewTest, WithoutActivitiesTheRestStillComes) {
  On<activity::v1::ListActivitiesRequest, activity::v1::ListActivitiesResponse>(
      "activity", "heitie.activity.v1.PreparationService/ListActivities", [](const auto&) { return status::Error(status::kDeadline); });
  const auto overview = Get();
  ASSERT_THAT(overview, IsOk());
  ASSERT_EQ(overview->missing_size(), 1);
  EXPECT_EQ(overview->missing(0).part(), "activities");
  EXPECT_EQ(overview->tasks_size(), 3);
  EXPECT_EQ(overview->risks_size(), 1);
}

TEST_F(ProjectOverviewTest, FailsWhenTheProjectCannotBeHad) {
  On<planning::v1::GetProjectRequest, planning::v1::Project>("planning", "heitie.planning.v1.PlanService/GetProject",
                                                             [](const auto& request) { return status::NotFound(request.name()); });
  EXPECT_THAT(Get(), HasReason("NOT_FOUND"));
}

TEST_F(ProjectOverviewTest, MoreOwnersThanFitAreNamed) {
  On<planning::v1::ListTasksRequest, planning::v1::ListTasksResponse>("planning", "heitie.planning.v1.PlanService/ListTasks",
                                                                      [](const auto&) {
                                                                        planning::v1::ListTasksResponse response;
                                                                        for (int i = 0; i < 150; ++i)
                                                                          response.add_tasks()->set_owner(absl::StrCat("employees/e", i));
                                                                        return response;
                                                                      });
  const auto overview = Get();
  ASSERT_THAT(overview, IsOk());
  EXPECT_EQ(overview->owners_size(), 100);
  ASSERT_EQ(overview->missing_size(), 1);
  EXPECT_EQ(overview->missing(0).reason(), "TRUNCATED");
}

TEST_F(ProjectOverviewTest, TheServiceBindsItsContract) {
  Service service(clients());
  service.rpc().CheckComplete();
  v1::GetProjectOverviewRequest request;
  EXPECT_EQ(service.rpc().Invoke<v1::ProjectOverview>("GetProjectOverview", call_, request).status().code(),
            absl::StatusCode::kInvalidArgument);
  request.set_name("projects/spring");
  EXPECT_THAT(service.rpc().Invoke<v1::ProjectOverview>("GetProjectOverview", call_, request), IsOk());
  rpc::Call producer = call_;
  producer.principal.roles = 0;
  producer.principal.Grant(options::v1::ROLE_PRODUCER);
  EXPECT_THAT(service.rpc().Invoke<v1::ProjectOverview>("GetProjectOverview", producer, request), HasReason("PERMISSION_DENIED"));
}

}  // namespace
}  // namespace heitie::gateway
