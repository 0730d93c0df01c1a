// A service in a fake world, with an activity that is ready to be launched.
#ifndef HEITIE_SERVICES_ACTIVITY_PREPARATION_ACTIVITY_FIXTURE_H_
#define HEITIE_SERVICES_ACTIVITY_PREPARATION_ACTIVITY_FIXTURE_H_

#include <string>

#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch.pb.h"
#include "heitie/activity/v1/preparation_item.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/activity/fake_world.h"
#include "services/activity/service.h"

namespace heitie::activity {

class ActivityTest : public test::ServiceTest<Service> {
 protected:
  // With what is copied from others, unless told otherwise.
  explicit ActivityTest(bool copied = true) : ServiceTest("activity") {
    if (!copied) return;
    EXPECT_THAT(jobs_.RunDue(), test::IsOk());
  }

  rpc::Call Member(const std::string& department) const {
    rpc::Call call = test::By("employees/wu", {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now());
    call.principal.department = department;
    return call;
  }

  // An activity of one day from now on that needs 10 gifts and 500 of budgets/b.
  v1::CreateActivityRequest NewActivity(const std::string& id) const {
    auto request = test::Proto<v1::CreateActivityRequest>(R"pb(
      activity {
        title: "Spring sale"
        project: "projects/p"
        scheme: "projects/p/schemes/s"
        owner: "employees/li"
        time_zone: "Asia/Taipei"
        budget: "budgets/b"
        budget_amount_minor: 500
        bill_of_materials { item: "items/gift" quantity: 10 }
        staff { employee: "employees/li" role: "host" }
        training_requirement { courses: "courses/safety" }
        tracking { click_event: "tap" conversion_denominator: CONVERSION_DENOMINATOR_CLICKERS }
        targets { measure: MEASURE_CLICKS target: 100 }
        targets { measure: MEASURE_METRIC metric: "metricDefinitions/revenue" target: 10000 }
      })pb");
    request.set_activity_id(id);
    *request.mutable_activity()->mutable_start_time() = time::ToTimestamp(clock_.Now());
    *request.mutable_activity()->mutable_end_time() = time::ToTimestamp(clock_.Now() + absl::Hours(24));
    return request;
  }

  template <typename Request>
  static Request Named(const std::string& name, const std::string& request_id = "") {
    Request request;
    request.set_name(name);
    if constexpr (requires { request.set_request_id(request_id); }) request.set_request_id(request_id);
    return request;
  }

  v1::Activity Get(const std::string& name) {
    v1::GetActivityRequest request;
    request.set_name(name);
    auto activity = Call<v1::Activity>("GetActivity", Analyst(), request);
    EXPECT_THAT(activity, test::IsOk());
    return activity.value_or(v1::Activity());
  }

  void AddItem(const std::string& activity, bool done) {
    auto request = test::Proto<v1::CreatePreparationItemRequest>(R"pb(preparation_item {
                                                                        title: "Poster"
                                                                        kind: KIND_POSTER
                                                                        owner: "employees/li"
                                                                        due_time { seconds: 1767225600 }
                                                                      }
                                                                      preparation_item_id: "poster")pb");
    request.set_parent(activity);
    ASSERT_THAT(Call<v1::PreparationItem>("CreatePreparationItem", Specialist(), request), test::IsOk());
    if (!done) return;
    const auto complete = Named<v1::CompletePreparationItemRequest>(activity + "/preparationItems/poster");
    ASSERT_THAT(Call<v1::PreparationItem>("CompletePreparationItem", Specialist(), complete), test::IsOk());
  }

  static bool HasRetryInfo(const absl::Status& status) { return status.GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value(); }

  // A READY activity; its name.
  std::string Ready(const std::string& id = "spring") { return Ready(NewActivity(id)); }
  std::string Ready(const v1::CreateActivityRequest& request) {
    const auto created = Call<v1::Activity>("CreateActivity", Specialist(), request);
    EXPECT_THAT(created, test::IsOk());
    const std::string name = "activities/" + request.activity_id();
    EXPECT_THAT(Call<v1::Activity>("PrepareActivity", Specialist(), Named<v1::PrepareActivityRequest>(name)), test::IsOk());
    AddItem(name, true);
    EXPECT_THAT(Call<v1::Activity>("MarkActivityReady", Specialist(), Named<v1::MarkActivityReadyRequest>(name)), test::IsOk());
    return name;
  }

  absl::StatusOr<v1::Activity> Launch(const std::string& name, const std::string& request_id = "") {
    return Call<v1::Activity>("LaunchActivity", Manager(), Named<v1::LaunchActivityRequest>(name, request_id));
  }

  // A LIVE activity; its name.
  std::string Live(const std::string& id = "spring") {
    const std::string name = Ready(id);
    EXPECT_THAT(Launch(name), test::IsOk());
    return name;
  }

  std::vector<v1::Launch> LaunchesOf(const std::string& activity) {
    v1::ListLaunchesRequest request;
    request.set_parent(activity);
    auto response = Call<v1::ListLaunchesResponse>("ListLaunches", Analyst(), request);
    EXPECT_THAT(response, test::IsOk());
    return {response->launches().begin(), response->launches().end()};
  }

  // Runs what is due after `after`, as the process that comes next would.
  void RunJobs(absl::Duration after = absl::Seconds(3)) {
    clock_.Advance(after);
    EXPECT_THAT(jobs_.RunDue(), test::IsOk());
  }

  FakeWorld world_{clients_};
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PREPARATION_ACTIVITY_FIXTURE_H_
