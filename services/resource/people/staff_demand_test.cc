#include "services/resource/people/staff_demand.h"

#include "common/test/fixture.h"
#include "services/resource/service.h"

namespace heitie::resource {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using v1::StaffDemand;

class StaffDemandTest : public test::ServiceTest<Service> {
 protected:
  StaffDemandTest() : ServiceTest("resource") {}

  absl::StatusOr<StaffDemand> Create(int last) {
    return Call<StaffDemand>(
        "CreateStaffDemand", Specialist(),
        Proto<v1::CreateStaffDemandRequest>(absl::StrCat(
            "staff_demand_id: 'fair' staff_demand { subject: 'activities/fair' title: 'Fair' position: 'positions/host' required_count: 2 "
            "owner: 'employees/li' start_date { year: 2026 month: 3 day: 5 } end_date { year: 2026 month: 3 day: ",
            last, " } }")));
  }
  absl::StatusOr<StaffDemand> Move(int last) {
    return Call<StaffDemand>("UpdateStaffDemand", Specialist(),
                             Proto<v1::UpdateStaffDemandRequest>(absl::StrCat(
                                 "staff_demand { name: 'staffDemands/fair' end_date { year: 2026 month: 3 day: ", last, " } }")));
  }
};

TEST_F(StaffDemandTest, IsOpenUntilItIsWithdrawn) {
  EXPECT_THAT(Create(4), HasViolation("staff_demand.end_date", "DATES_REVERSED"));
  ASSERT_THAT(Create(6), IsOk());
  EXPECT_THAT(Move(4), HasViolation("staff_demand.end_date", "DATES_REVERSED"));
  EXPECT_EQ(Move(8)->state(), StaffDemand::STATE_OPEN);
  const auto withdraw = Proto<v1::WithdrawStaffDemandRequest>("name: 'staffDemands/fair' reason: 'rain'");
  const auto withdrawn = Call<StaffDemand>("WithdrawStaffDemand", Specialist(), withdraw);
  ASSERT_THAT(withdrawn, IsOk());
  EXPECT_EQ(withdrawn->state_reason(), "rain");
  EXPECT_THAT(Move(9), HasReason("DEMAND_WITHDRAWN"));
  EXPECT_THAT(Call<StaffDemand>("WithdrawStaffDemand", Specialist(), withdraw), HasReason("ILLEGAL_TRANSITION"));
}

}  // namespace
}  // namespace heitie::resource
