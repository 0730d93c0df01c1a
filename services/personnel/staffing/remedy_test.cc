#include "services/personnel/staffing/remedy.h"

#include <gmock/gmock.h>

#include "common/test/fixture.h"
#include "common/time/day.h"

namespace heitie::personnel {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using v1::DecideStaffingGapRequest;
using v1::ProposeStaffingResponse;
using v1::StaffingGap;

DecideStaffingGapRequest Hiring(const std::string& more) {
  return Proto<DecideStaffingGapRequest>("name: 'staffingGaps/g' decision: DECISION_HIRE reason: 'spring' requisition { " + more + " }");
}

TEST(RequisitionForTest, TakesFromTheGapWhatIsNotSaid) {
  const auto gap = Proto<StaffingGap>(
      "name: 'staffingGaps/g' position: 'positions/host' department: 'operations' start_date { year: 2026 month: 3 day: 2 }");
  ProposeStaffingResponse proposal;
  proposal.set_hire_count(3);
  const auto plain = RequisitionFor(Hiring("requirements: 'r' budget: 'budgets/b' seat_amount_minor: 7"), gap, proposal);
  ASSERT_THAT(plain, IsOk());
  EXPECT_EQ(plain->position(), "positions/host");
  EXPECT_EQ(plain->department(), "operations");
  EXPECT_EQ(plain->seats(), 3);
  EXPECT_EQ(plain->ground(), v1::Requisition::GROUND_GAP);
  EXPECT_EQ(plain->reason(), "spring");
  EXPECT_EQ(time::ToDay(plain->need_date()), absl::CivilDay(2026, 3, 2));
  EXPECT_EQ(plain->staffing_gap(), gap.name());
  EXPECT_EQ(plain->seat_amount_minor(), 7);
  const auto said = RequisitionFor(Hiring("position: 'positions/lead' department: 'd' seats: 1"), gap, proposal);
  EXPECT_EQ(said->position(), "positions/lead");
  EXPECT_EQ(said->department(), "d");
  EXPECT_EQ(said->seats(), 1);
}

TEST(RequisitionForTest, NamesEverythingThatIsMissing) {
  const auto gap = Proto<StaffingGap>("name: 'staffingGaps/g' staff: 'employees/an'");
  const absl::Status bad = RequisitionFor(Hiring(""), gap, ProposeStaffingResponse()).status();
  EXPECT_THAT(bad, HasViolation("requisition.position", "GAP_TELLS_NOT"));
  EXPECT_THAT(bad, HasViolation("requisition.department", "GAP_TELLS_NOT"));
  EXPECT_THAT(bad, HasViolation("requisition.seats", "NOBODY_TO_HIRE"));
  EXPECT_THAT(RequisitionFor(Proto<DecideStaffingGapRequest>("decision: DECISION_HIRE"), gap, ProposeStaffingResponse()).status(),
              HasViolation("requisition", "REQUISITION_MISSING"));
}

// An by 9 March, Bo never, Cy and Di by 5 March.
ProposeStaffingResponse Trainable(int missing) {
  auto proposal = Proto<ProposeStaffingResponse>(R"pb(
    trainees {
      employee: "employees/an"
      courses { date { year: 2026 month: 3 day: 5 } }
      courses { date { year: 2026 month: 3 day: 9 } }
    }
    trainees { employee: "employees/bo" obstacle: OBSTACLE_NO_SESSION }
    trainees {
      employee: "employees/di"
      courses { date { year: 2026 month: 3 day: 5 } }
    }
    trainees {
      employee: "employees/cy"
      courses { date { year: 2026 month: 3 day: 5 } }
    })pb");
  proposal.set_trainable_count(std::min(missing, 3));
  return proposal;
}

TEST(TraineesForTest, AsManyAsAreMissingWhoAreQualifiedFirst) {
  DecideStaffingGapRequest request;
  EXPECT_THAT(*TraineesFor(request, Trainable(2)), testing::ElementsAre("employees/cy", "employees/di"));
  EXPECT_THAT(*TraineesFor(request, Trainable(9)), testing::ElementsAre("employees/cy", "employees/di", "employees/an"));
  EXPECT_THAT(TraineesFor(request, ProposeStaffingResponse()).status(), HasReason("NOBODY_TRAINABLE"));
  request.add_trainees("employees/an");
  EXPECT_THAT(*TraineesFor(request, Trainable(2)), testing::ElementsAre("employees/an"));
  request.add_trainees("employees/bo");
  EXPECT_THAT(TraineesFor(request, Trainable(2)).status(), HasViolation("trainees[1]", "NOT_TRAINABLE"));
}

}  // namespace
}  // namespace heitie::personnel
