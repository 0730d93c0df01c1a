// Who works on a project together 協作小組: one group for each project, which ends with it (policy C4).
#ifndef HEITIE_SERVICES_PLANNING_COLLABORATION_WORKING_GROUP_H_
#define HEITIE_SERVICES_PLANNING_COLLABORATION_WORKING_GROUP_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/working_group.pb.h"
#include "services/planning/meeting/meeting_tables.h"
#include "services/planning/notice/tell.h"
#include "services/planning/robot/robots.h"

namespace heitie::planning {

extern const status::Reason kMemberTwice;          // {employee}
extern const status::Reason kGroupTaken;           // {project} {other}
extern const status::Reason kGroupSeriesOther;     // {series} {project}
extern const status::Reason kGroupEnded;           // {name}
extern const status::Reason kGroupRobotElsewhere;  // {robot} {department}

const record::StateMachine& WorkingGroupMachine();
// Whether a day is within the dates of a member.
bool SitsOn(const v1::GroupMember& member, absl::CivilDay day);
// Lead and members of a group on a day, each once.
std::vector<std::string> PeopleOf(const v1::WorkingGroup& group, absl::CivilDay day);
// The robot that tells the group of a project things; empty where there is no group, or it has none.
absl::StatusOr<std::string> RobotOfGroup(sql::Session& session, const Tables& tables, const std::string& project);

// Thread-safe.
class WorkingGroups {
 public:
  WorkingGroups(MeetingTables& tables, const RobotTables& robots, const Notices& notices);
  WorkingGroups(const WorkingGroups&) = delete;
  void Bind(record::Methods& methods);

  // A project that is over ends its group.
  absl::Status FollowProject(record::Transaction& tx, const v1::Project* before, const v1::Project* after) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::WorkingGroup& group);
  absl::Status Update(record::Transaction& tx, const v1::WorkingGroup& before, v1::WorkingGroup& after);
  absl::StatusOr<v1::WorkingGroup> End(record::Transaction& tx, const v1::EndWorkingGroupRequest& request);
  absl::Status Check(sql::Session& session, const v1::WorkingGroup& group) const;
  // GROUP_ROBOT_ELSEWHERE: a webhook gets only what a department of the group may read.
  absl::Status CheckRobot(sql::Session& session, const v1::WorkingGroup& group) const;
  absl::Status Follow(record::Transaction& tx, const v1::WorkingGroup* before, const v1::WorkingGroup* after) const;

  MeetingTables& tables_;
  const RobotTables& robots_;
  const Notices& notices_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_COLLABORATION_WORKING_GROUP_H_
