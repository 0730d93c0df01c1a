#include "services/activity/preparation/waiver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "heitie/activity/v1/launch.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/activity/v1/waiver.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using test::HasReason;
using test::IsOk;
using ::testing::ElementsAre;

class WaiverTest : public ActivityTest {
 protected:
  absl::StatusOr<v1::Waiver> Waive(const std::string& activity, v1::Precondition precondition, absl::Duration lasting) {
    v1::CreateWaiverRequest request;
    request.set_parent(activity);
    request.set_waiver_id("w");
    request.mutable_waiver()->set_precondition(precondition);
    request.mutable_waiver()->set_reason("it comes by courier");
    *request.mutable_waiver()->mutable_expire_time() = time::ToTimestamp(clock_.Now() + lasting);
    return Call<v1::Waiver>("CreateWaiver", Manager(), request);
  }
};

TEST_F(WaiverTest, OpensTheGateUntilItExpires) {
  const std::string name = Ready();
  world_.unqualified = {"employees/li"};
  const auto waiver = Waive(name, v1::PRECONDITION_STAFF_QUALIFIED, absl::Minutes(10));
  ASSERT_THAT(waiver, IsOk());
  EXPECT_EQ(waiver->author(), "employees/manager");
  clock_.Advance(absl::Minutes(10));
  EXPECT_THAT(Launch(name), HasReason("LAUNCH_GATE_CLOSED"));
  clock_.Advance(-absl::Seconds(1));
  EXPECT_THAT(Launch(name), IsOk());
  EXPECT_EQ(LaunchesOf(name).back().verdicts(4).waiver(), waiver->name());
}

TEST_F(WaiverTest, WaivedMaterialsAreNotReserved) {
  const std::string name = Ready();
  world_.stock = 0;
  ASSERT_THAT(Waive(name, v1::PRECONDITION_MATERIALS, absl::Hours(1)), IsOk());
  const auto live = Launch(name);
  ASSERT_THAT(live, IsOk());
  EXPECT_EQ(live->reservation(), "");
  EXPECT_NE(live->encumbrance(), "");
  EXPECT_THAT(world_.calls, ElementsAre("CreateAllotment", "ConfirmAllotment"));
}

TEST_F(WaiverTest, IsRevokedOnce) {
  const std::string name = Ready();
  world_.unqualified = {"employees/li"};
  const auto waiver = Waive(name, v1::PRECONDITION_STAFF_QUALIFIED, absl::Hours(1));
  ASSERT_THAT(waiver, IsOk());
  const auto revoked = Call<v1::Waiver>("RevokeWaiver", Manager(), Named<v1::RevokeWaiverRequest>(waiver->name()));
  ASSERT_THAT(revoked, IsOk());
  EXPECT_EQ(revoked->revoker(), "employees/manager");
  EXPECT_THAT(Call<v1::Waiver>("RevokeWaiver", Manager(), Named<v1::RevokeWaiverRequest>(waiver->name())), HasReason("WAIVER_REVOKED"));
  EXPECT_THAT(Launch(name), HasReason("LAUNCH_GATE_CLOSED"));
}

TEST_F(WaiverTest, IsForManagersAndTheFuture) {
  const std::string name = Ready();
  EXPECT_THAT(Waive(name, v1::PRECONDITION_BUDGET, absl::ZeroDuration()), HasReason("INVALID_FIELDS"));
  auto request = test::Proto<v1::CreateWaiverRequest>(R"pb(parent: "activities/spring"
                                                           waiver {
                                                             precondition: PRECONDITION_BUDGET
                                                             reason: "because"
                                                             expire_time { seconds: 4000000000 }
                                                           })pb");
  EXPECT_EQ(Call<v1::Waiver>("CreateWaiver", Specialist(), request).status().code(), absl::StatusCode::kPermissionDenied);
  request.mutable_waiver()->clear_reason();
  EXPECT_THAT(Call<v1::Waiver>("CreateWaiver", Manager(), request), HasReason("INVALID_FIELDS"));
}

}  // namespace
}  // namespace heitie::activity
