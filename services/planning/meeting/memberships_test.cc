#include "services/planning/meeting/memberships.h"

#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/agenda_entry.pb.h"
#include "heitie/planning/v1/meeting.pb.h"
#include "heitie/planning/v1/meeting_minutes.pb.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::IsOk;
using ::testing::SizeIs;
using v1::AgendaEntry;
using v1::Meeting;
using v1::MeetingSeries;

rpc::Principal Colleague(const std::string& name, const std::string& department) {
  rpc::Principal principal;
  principal.name = "employees/" + name;
  principal.department = department;
  return principal;
}

TEST(MembershipTest, OneBelongsByNameDepartmentRoleOrGroup) {
  const std::map<std::string, std::set<std::string>> groups{{"projects/p/workingGroups/g", {"employees/hsu"}}};
  const rpc::Principal li = Colleague("li", "technology"), hsu = Colleague("hsu", ""), nobody = Colleague("nobody", "");
  const auto belongs = [&](const std::string& series, const rpc::Principal& who) {
    return BelongsTo(test::Proto<MeetingSeries>(series), groups, who);
  };
  EXPECT_TRUE(belongs("members: 'employees/wu' members: 'employees/li'", li));
  EXPECT_FALSE(belongs("members: 'employees/wu'", li));
  EXPECT_TRUE(belongs("member_departments: 'technology'", li));
  EXPECT_FALSE(belongs("departments: 'technology'", li)) << "whose meeting it is says nothing of who belongs to it";
  EXPECT_FALSE(belongs("member_departments: ''", nobody)) << "who is of no department";
  EXPECT_TRUE(belongs("member_groups: 'projects/p/workingGroups/other' member_groups: 'projects/p/workingGroups/g'", hsu));
  EXPECT_FALSE(belongs("member_groups: 'projects/p/workingGroups/g'", li));
  const rpc::Principal analyst = test::By("employees/an", {options::v1::ROLE_DATA_ANALYST}, absl::UnixEpoch()).principal;
  EXPECT_TRUE(belongs("member_roles: ROLE_DATA_ANALYST", analyst));
  EXPECT_FALSE(belongs("member_roles: ROLE_OPERATIONS_SPECIALIST", analyst));
}

// The clock stands at the 1st of January 2026, 08:00 in Taipei, a Thursday. Design and technology meet; chair and secretary are of design.
class MembersTest : public PlanningTest {
 protected:
  MembersTest() {
    EXPECT_THAT(Call<MeetingSeries>("CreateMeetingSeries", Specialist(), test::Proto<v1::CreateMeetingSeriesRequest>(R"pb(
                                      meeting_series_id: "both"
                                      meeting_series {
                                        title: "Design and technology"
                                        kind: KIND_CROSS_DEPARTMENT
                                        chair: "employees/zhao"
                                        members: "employees/li"
                                        departments: "design"
                                        departments: "technology"
                                        standing: true
                                        schedule {
                                          start_date { year: 2026 month: 1 day: 5 }
                                          start_clock: "09:30"
                                          time_zone: "Asia/Taipei"
                                          duration_minutes: 60
                                          rule: "FREQ=WEEKLY;BYDAY=MO"
                                          day_off_policy: DAY_OFF_POLICY_NEXT
                                        }
                                      })pb")),
                IsOk());
  }
  rpc::Call Of(const std::string& who, const std::string& department) const {
    rpc::Call call = test::By("employees/" + who, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now());
    call.principal.department = department;
    return call;
  }
};

TEST_F(MembersTest, WhoBelongsToAMeetingReadsItAndProposes) {
  const std::string named = "name: 'meetingSeries/both/meetings/d20260105' ", below = "parent: 'meetingSeries/both/meetings/d20260105' ";
  const rpc::Call li = Of("li", "technology"), stranger = Of("sun", "technology");
  EXPECT_THAT((Refused<MeetingSeries, v1::GetMeetingSeriesRequest>("GetMeetingSeries", stranger, "name: 'meetingSeries/both'")),
              HasReason("NOT_FOUND"));
  EXPECT_THAT((Refused<AgendaEntry, v1::CreateAgendaEntryRequest>("CreateAgendaEntry", stranger, below + "agenda_entry { title: 'Me' }")),
              HasReason("NOT_FOUND"));
  Do<MeetingSeries, v1::GetMeetingSeriesRequest>("GetMeetingSeries", li, "name: 'meetingSeries/both'");
  Do<Meeting, v1::GetMeetingRequest>("GetMeeting", li, named);
  Do<AgendaEntry, v1::CreateAgendaEntryRequest>("CreateAgendaEntry", li, below + "agenda_entry { title: 'The till' }");
  Do<v1::ActionItem, v1::CreateActionItemRequest>(
      "CreateActionItem", Specialist(),
      "action_item_id: 'ask' action_item { title: 'Ask' owner: 'employees/wu' series: 'meetingSeries/both' due_date { year: 2026 month: 1 "
      "day: 30 } }");
  Do<v1::ActionItem, v1::GetActionItemRequest>("GetActionItem", li, "name: 'actionItems/ask'");
  EXPECT_THAT((Do<v1::ComputeAgendaResponse, v1::ComputeAgendaRequest>("ComputeAgenda", li, named)).agenda_entries(), SizeIs(2));
  Do<Meeting, v1::PublishAgendaRequest>("PublishAgenda", Specialist(), named);
  Do<Meeting, v1::HoldMeetingRequest>("HoldMeeting", Specialist(), named);
  const auto entries = Do<v1::ListAgendaEntriesResponse, v1::ListAgendaEntriesRequest>("ListAgendaEntries", li, below);
  EXPECT_THAT(entries.agenda_entries(), SizeIs(2));
  Do<v1::MeetingMinutes, v1::GetMeetingMinutesRequest>("GetMeetingMinutes", li,
                                                       "name: 'meetingSeries/both/meetings/d20260105/meetingMinutes/minutes'");
  EXPECT_THAT((Refused<v1::ListAgendaEntriesResponse, v1::ListAgendaEntriesRequest>("ListAgendaEntries", stranger, below)),
              HasReason("NOT_FOUND"));
  Do<MeetingSeries, v1::UpdateMeetingSeriesRequest>(
      "UpdateMeetingSeries", Specialist(),
      "meeting_series { name: 'meetingSeries/both' member_departments: 'technology' } update_mask { paths: 'member_departments' }");
  Do<Meeting, v1::GetMeetingRequest>("GetMeeting", stranger, named);
  EXPECT_THAT((Do<v1::ListAgendaEntriesResponse, v1::ListAgendaEntriesRequest>("ListAgendaEntries", stranger, below)).agenda_entries(),
              SizeIs(2));
}

}  // namespace
}  // namespace heitie::planning
