#include "services/gateway/activity_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/guardrail.pb.h"
#include "heitie/activity/v1/incident.pb.h"
#include "heitie/activity/v1/page.pb.h"
#include "heitie/activity/v1/service_clock.pb.h"
#include "heitie/activity/v1/shift.pb.h"
#include "heitie/gateway/v1/activity_watch.pb.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/personnel/v1/employee.pb.h"

namespace heitie::gateway {
namespace {

using test::HasReason;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;

template <typename T>
std::vector<std::string> NamesOf(const T& list) {
  std::vector<std::string> names;
  for (const auto& each : list) names.push_back(each.name());
  return names;
}

class ActivityWatchTest : public ::testing::Test {
 protected:
  ActivityWatchTest() : call_(test::By("employees/a", {options::v1::ROLE_OPERATIONS_SPECIALIST}, absl::FromUnixSeconds(1767225600))) {
    AnswerActivity(R"pb(
      name: "activities/fair"
      owner: "employees/li"
      launch_time { seconds: 5 }
      staffed_by_shifts: true
      staff { employee: "employees/zo" })pb");
    Answer<activity::v1::ListShiftsRequest>("activity", "heitie.activity.v1.ShiftService/ListShifts",
                                            Proto<activity::v1::ListShiftsResponse>(R"pb(
                                              shifts {
                                                name: "s1"
                                                people { employee: "employees/bo" }
                                                people { employee: "employees/mo" }
                                              }
                                              shifts {
                                                name: "s2"
                                                people { employee: "employees/bo" }
                                              })pb"));
    Answer<metrics::v1::GetActivityCountersRequest>("metrics", "heitie.metrics.v1.AnalysisService/GetActivityCounters",
                                                    Proto<metrics::v1::ActivityCounters>(R"pb(participants: 130)pb"));
    AnswerPeople(R"pb(employees { name: "employees/bo" }
                      employees { name: "employees/li" }
                      employees { name: "employees/mo" })pb");
    Answer<activity::v1::ListActivityGuardrailsRequest>(
        "activity", "heitie.activity.v1.GuardrailService/ListActivityGuardrails",
        Proto<activity::v1::ListActivityGuardrailsResponse>(R"pb(activity_guardrails {
                                                                   name: "g1"
                                                                   run { open: false }
                                                                 }
                                                                 activity_guardrails {
                                                                   name: "g2"
                                                                   run { open: true }
                                                                 }
                                                                 activity_guardrails { name: "g3" })pb"));
    Answer<activity::v1::ListPagesRequest>("activity", "heitie.activity.v1.PageService/ListPages",
                                           Proto<activity::v1::ListPagesResponse>(R"pb(pages { name: "p1" state: STATE_UP }
                                                                                       pages { name: "p2" state: STATE_UNKNOWN }
                                                                                       pages { name: "p3" state: STATE_DOWN })pb"));
    Answer<activity::v1::ListIncidentsRequest>("activity", "heitie.activity.v1.WatchService/ListIncidents",
                                               Proto<activity::v1::ListIncidentsResponse>(R"pb(
                                                 incidents { name: "i1" }
                                                 incidents { name: "i2" severity: SEVERITY_MINOR }
                                                 incidents { name: "i3" severity: SEVERITY_CRITICAL })pb"));
    Answer<activity::v1::ListServiceClocksRequest>("activity", "heitie.activity.v1.ClockService/ListServiceClocks",
                                                   Proto<activity::v1::ListServiceClocksResponse>(R"pb(
                                                     service_clocks {
                                                       name: "c1"
                                                       due_time { seconds: 30 }
                                                     }
                                                     service_clocks {
                                                       name: "c2"
                                                       due_time { seconds: 20 nanos: 7 }
                                                     }
                                                     service_clocks {
                                                       name: "c3"
                                                       due_time { seconds: 20 nanos: 3 }
                                                     })pb"));
  }

  void AnswerActivity(const std::string& text) {
    Answer<activity::v1::GetActivityRequest>("activity", "heitie.activity.v1.PreparationService/GetActivity",
                                             Proto<activity::v1::Activity>(text));
  }
  void AnswerPeople(const std::string& text) {
    Answer<personnel::v1::ListEmployeesRequest>("personnel", "heitie.personnel.v1.StaffService/ListEmployees",
                                                Proto<personnel::v1::ListEmployeesResponse>(text));
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
  void Answer(const std::string& service, const std::string& method, const Resp& response) {
    Answer<Req, Resp>(service, method, absl::StatusOr<Resp>(response));
  }
  absl::StatusOr<v1::ActivityWatch> Get() {
    v1::GetActivityWatchRequest request;
    request.set_name("activities/fair");
    return GetActivityWatch([this](const std::string& service) -> client::Client& { return clients_[service]; }, call_, request);
  }

  const rpc::Call call_;
  std::map<std::string, test::FakeClient> clients_;
  std::mutex mutex_;
  std::map<std::string, std::string> requests_;
};

TEST_F(ActivityWatchTest, WhatIsToBeLookedAtFirstComesFirst) {
  const auto watch = Get();
  ASSERT_THAT(watch, IsOk());
  EXPECT_EQ(watch->activity().name(), "activities/fair");
  EXPECT_EQ(watch->counters().participants(), 130);
  EXPECT_THAT(NamesOf(watch->guardrails()), ElementsAre("g2", "g1", "g3"));
  EXPECT_THAT(NamesOf(watch->pages()), ElementsAre("p3", "p2", "p1"));
  EXPECT_THAT(NamesOf(watch->incidents()), ElementsAre("i3", "i2", "i1"));
  EXPECT_THAT(NamesOf(watch->clocks()), ElementsAre("c3", "c2", "c1"));
  EXPECT_THAT(NamesOf(watch->shifts()), ElementsAre("s1", "s2"));
  EXPECT_THAT(NamesOf(watch->people()), ElementsAre("employees/bo", "employees/li", "employees/mo"));
  EXPECT_TRUE(watch->missing().empty()) << watch->missing(0).DebugString();
  EXPECT_EQ(watch->compute_time().seconds(), 1767225600);
}

TEST_F(ActivityWatchTest, AsksForWhatIsStillOfConcernAndForThoseOfThisMoment) {
  ASSERT_THAT(Get(), IsOk());
  EXPECT_EQ(requests_["heitie.activity.v1.GuardrailService/ListActivityGuardrails"],
            R"(parent: "activities/fair" page_size: 200 filter: "state = STATE_ACTIVE")");
  EXPECT_EQ(requests_["heitie.activity.v1.WatchService/ListIncidents"],
            R"(parent: "activities/fair" page_size: 200 filter: "state != STATE_CLOSED AND state != STATE_MERGED")");
  EXPECT_EQ(
      requests_["heitie.activity.v1.ClockService/ListServiceClocks"],
      R"(page_size: 200 filter: "activity = \"activities/fair\" AND state = STATE_RUNNING AND due_time <= \"2026-01-04T00:00:00+00:00\"")");
  EXPECT_EQ(requests_["heitie.activity.v1.ShiftService/ListShifts"],
            R"(parent: "activities/fair" page_size: 200 filter: "state = STATE_PLANNED AND start_time <= \"2026-01-01T00:00:00+00:00\")"
            R"( AND end_time > \"2026-01-01T00:00:00+00:00\"")");
  EXPECT_EQ(requests_["heitie.personnel.v1.StaffService/ListEmployees"],
            R"(page_size: 100 filter: "name = \"employees/bo\" OR name = \"employees/li\" OR name = \"employees/mo\"")");
}

TEST_F(ActivityWatchTest, WithoutShiftsTheStaffIsOnDutyAndBeforeTheLaunchThereAreNoCounters) {
  AnswerActivity(R"pb(name: "activities/fair"
                      owner: "employees/li"
                      staff { employee: "employees/zo" })pb");
  Answer<activity::v1::ListShiftsRequest>("activity", "heitie.activity.v1.ShiftService/ListShifts", activity::v1::ListShiftsResponse());
  AnswerPeople(R"pb(employees { name: "employees/li" })pb");
  const auto watch = Get();
  ASSERT_THAT(watch, IsOk());
  EXPECT_FALSE(watch->has_counters());
  EXPECT_THAT(NamesOf(watch->people()), ElementsAre("employees/li"));
  ASSERT_EQ(watch->missing_size(), 1) << "whom personnel does not know";
  EXPECT_EQ(watch->missing(0).part(), "people");
  EXPECT_EQ(watch->missing(0).subject(), "employees/zo");
  EXPECT_EQ(watch->missing(0).reason(), "NOT_FOUND");
}

TEST_F(ActivityWatchTest, WhatCannotBeHadIsNamedAndTheRestStands) {
  Answer<metrics::v1::GetActivityCountersRequest, metrics::v1::ActivityCounters>(
      "metrics", "heitie.metrics.v1.AnalysisService/GetActivityCounters", status::Error(status::kUnavailable, {{"what", "metrics"}}));
  Answer<activity::v1::ListServiceClocksRequest, activity::v1::ListServiceClocksResponse>(
      "activity", "heitie.activity.v1.ClockService/ListServiceClocks", absl::PermissionDeniedError("not for you"));
  const auto watch = Get();
  ASSERT_THAT(watch, IsOk());
  EXPECT_FALSE(watch->has_counters());
  EXPECT_EQ(watch->clocks_size(), 0);
  EXPECT_EQ(watch->incidents_size(), 3);
  std::map<std::string, std::string> missing;
  for (const auto& part : watch->missing()) missing[part.part()] = part.code();
  EXPECT_EQ(missing, (std::map<std::string, std::string>{{"clocks", "PERMISSION_DENIED"}, {"counters", "UNAVAILABLE"}}));
}

TEST_F(ActivityWatchTest, MoreThanTheAnswerHoldsIsNamed) {
  activity::v1::ListPagesResponse pages;
  for (int i = 0; i < 200; ++i) pages.add_pages()->set_name(absl::StrCat("p", i));
  pages.set_next_page_token("more");
  Answer<activity::v1::ListPagesRequest>("activity", "heitie.activity.v1.PageService/ListPages", pages);
  const auto watch = Get();
  ASSERT_THAT(watch, IsOk());
  ASSERT_EQ(watch->missing_size(), 1);
  EXPECT_EQ(watch->missing(0).part(), "pages");
  EXPECT_EQ(watch->missing(0).reason(), "TRUNCATED");
}

TEST_F(ActivityWatchTest, WithoutTheActivityThereIsNoAnswer) {
  Answer<activity::v1::GetActivityRequest, activity::v1::Activity>("activity", "heitie.activity.v1.PreparationService/GetActivity",
                                                                   status::NotFound("activities/fair"));
  EXPECT_THAT(Get(), HasReason("NOT_FOUND"));
}

}  // namespace
}  // namespace heitie::gateway
