#include "services/planning/collaboration/working_group.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "services/planning/plan/project.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::WorkingGroup;

const status::Reason kMemberTwice{StatusCode::kInvalidArgument, "MEMBER_TWICE", "{employee} belongs to it already.",
                                  "{employee} 已在小組中。"};
const status::Reason kGroupTaken{StatusCode::kFailedPrecondition, "GROUP_TAKEN", "{project} has {other} already.",
                                 "{project} 已有 {other}。"};
const status::Reason kGroupSeriesOther{StatusCode::kFailedPrecondition, "GROUP_SERIES_OTHER", "{series} does not coordinate {project}.",
                                       "{series} 並非 {project} 的協調會議系列。"};
const status::Reason kGroupRobotElsewhere{StatusCode::kFailedPrecondition, "GROUP_ROBOT_ELSEWHERE",
                                          "{robot} is a webhook of {department}, which has nobody in the group.",
                                          "{robot} 傳送至 {department} 的系統，該部門未參與小組。"};
const status::Reason kGroupEnded{StatusCode::kFailedPrecondition, "GROUP_ENDED", "{name} was ended.", "{name} 已結束。"};

namespace {

const status::Phrase kInGroup{"You belong to “{title}” now.", "您已加入「{title}」。"};
const status::Phrase kGroupGrew{"New in “{title}”: {people}.", "「{title}」新增成員：{people}。"};
const status::Phrase kGroupIsOver{"The group was ended.", "小組已結束。"};

constexpr char kProjectIsOver[] = "The project is over.";

std::set<std::string> EverybodyOf(const WorkingGroup& group) {
  std::set<std::string> people{group.lead()};
  for (const v1::GroupMember& member : group.members()) people.insert(member.employee());
  return people;
}

}  // namespace

const record::StateMachine& WorkingGroupMachine() {
  static const auto& machine = *new record::StateMachine(
      WorkingGroup::State_descriptor(),
      {
          {WorkingGroup::STATE_ACTIVE, "end", WorkingGroup::STATE_ENDED},
          {WorkingGroup::STATE_ACTIVE, "end_with_project", WorkingGroup::STATE_ENDED, "its project is over", record::kConsequence},
      });
  return machine;
}

bool SitsOn(const v1::GroupMember& member, absl::CivilDay day) {
  if (member.has_start_date() && time::ToDay(member.start_date()) > day) return false;
  return !member.has_end_date() || time::ToDay(member.end_date()) >= day;
}

std::vector<std::string> PeopleOf(const WorkingGroup& group, absl::CivilDay day) {
  std::set<std::string> people{group.lead()};
  for (const v1::GroupMember& member : group.members()) {
    if (SitsOn(member, day)) people.insert(member.employee());
  }
  return {people.begin(), people.end()};
}

absl::StatusOr<std::string> RobotOfGroup(sql::Session& session, const Tables& tables, const std::string& project) {
  ASSIGN_OR_RETURN(const std::vector<WorkingGroup> groups,
                   tables.working_groups.Select(session, "WHERE of_project = ?", sql::Bind(project)));
  return groups.empty() ? std::string() : groups[0].robot();
}

WorkingGroups::WorkingGroups(MeetingTables& tables, const RobotTables& robots, const Notices& notices)
    : tables_(tables), robots_(robots), notices_(notices) {
  tables_.planning.working_groups.SetFollow(
      [this](record::Transaction& tx, const WorkingGroup* before, const WorkingGroup* after) { return Follow(tx, before, after); });
}

absl::Status WorkingGroups::Check(sql::Session& session, const WorkingGroup& group) const {
  status::BadFields bad;
  std::set<std::string> seen{group.lead()};
  for (int i = 0; i < group.members_size(); ++i) {
    const v1::GroupMember& member = group.members(i);
    const std::string path = absl::StrCat("working_group.members[", i, "]");
    if (!seen.insert(member.employee()).second) bad.Add(path + ".employee", kMemberTwice, {{"employee", member.employee()}});
    if (!member.has_start_date() || !member.has_end_date()) continue;
    const absl::CivilDay start = time::ToDay(member.start_date()), end = time::ToDay(member.end_date());
    if (end < start) bad.Add(path + ".end_date", status::kDatesReversed, {{"start", time::DayText(start)}, {"end", time::DayText(end)}});
  }
  RETURN_IF_ERROR(bad.status());
  const std::string project = record::ParentOf(group.name());
  if (!group.robot().empty()) RETURN_IF_ERROR(CheckRobot(session, group));
  if (group.series().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::MeetingSeries series, tables_.series.Find(session, group.series()));
  if (series.project() == project && series.state() == v1::MeetingSeries::STATE_ACTIVE) return absl::OkStatus();
  return status::Error(kGroupSeriesOther, {{"series", series.name()}, {"project", project}});
}

absl::Status WorkingGroups::CheckRobot(sql::Session& session, const WorkingGroup& group) const {
  ASSIGN_OR_RETURN(const v1::Robot robot, robots_.robots.Find(session, group.robot()));
  const bool sits = std::any_of(group.members().begin(), group.members().end(),
                                [&](const v1::GroupMember& member) { return member.department() == robot.department(); });
  if (robot.kind() != v1::Robot::KIND_WEBHOOK || sits) return absl::OkStatus();
  return status::Error(kGroupRobotElsewhere, {{"robot", robot.name()}, {"department", robot.department()}});
}

absl::Status WorkingGroups::Create(record::Transaction& tx, WorkingGroup& group) {
  const std::string project = record::ParentOf(group.name());
  RETURN_IF_ERROR(GuardOpenProject(tx, tables_.planning, project).status());
  RETURN_IF_ERROR(Check(tx.sql, group));
  ASSIGN_OR_RETURN(const std::vector<WorkingGroup> others,
                   tables_.planning.working_groups.Select(tx.sql, "WHERE of_project = ?", sql::Bind(project)));
  if (!others.empty()) return status::Error(kGroupTaken, {{"project", project}, {"other", others[0].name()}});
  group.set_state(WorkingGroup::STATE_ACTIVE);
  return absl::OkStatus();
}

absl::Status WorkingGroups::Update(record::Transaction& tx, const WorkingGroup& before, WorkingGroup& after) {
  if (before.state() != WorkingGroup::STATE_ACTIVE) return status::Error(kGroupEnded, {{"name", before.name()}});
  return Check(tx.sql, after);
}

absl::StatusOr<WorkingGroup> WorkingGroups::End(record::Transaction& tx, const v1::EndWorkingGroupRequest& request) {
  return tables_.planning.working_groups.Change(tx, request, "end", [&](WorkingGroup& after) { after.set_end_reason(request.reason()); });
}

// Whoever changes it, also a handover: who is newly in it is told.
absl::Status WorkingGroups::Follow(record::Transaction& tx, const WorkingGroup* before, const WorkingGroup* after) const {
  if (after == nullptr) return absl::OkStatus();
  if (after->state() != WorkingGroup::STATE_ACTIVE) return notices_.End(tx, after->name(), kGroupIsOver);
  const std::set<std::string> was = before == nullptr ? std::set<std::string>() : EverybodyOf(*before);
  std::vector<std::string> joined;
  for (const std::string& person : EverybodyOf(*after)) {
    if (was.count(person) == 0) joined.push_back(person);
  }
  if (before != nullptr && !joined.empty()) {
    RETURN_IF_ERROR(notices_.Tell(tx, {.cause = absl::StrCat(after->name(), " grew ", after->etag()),
                                       .subject = after->name(),
                                       .wording = "group-grew",
                                       .phrase = kGroupGrew,
                                       .args = {{"title", after->title()}, {"people", absl::StrJoin(joined, ", ")}},
                                       .robot = after->robot()}));
  }
  std::erase(joined, tx.call.principal.name);
  return notices_.TellAll(tx,
                          {.cause = absl::StrCat(after->name(), " joined ", after->etag()),
                           .subject = after->name(),
                           .wording = "group-joined",
                           .phrase = kInGroup,
                           .args = {{"title", after->title()}}},
                          joined);
}

absl::Status WorkingGroups::FollowProject(record::Transaction& tx, const v1::Project* before, const v1::Project* after) const {
  if (before == nullptr || after == nullptr || before->state() == after->state()) return absl::OkStatus();
  if (after->state() != v1::Project::STATE_COMPLETED && after->state() != v1::Project::STATE_CANCELLED) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<WorkingGroup> groups,
                   tables_.planning.working_groups.Select(tx.sql, "WHERE of_project = ?", sql::Bind(after->name())));
  for (const WorkingGroup& group : groups) {
    RETURN_IF_ERROR(tables_.planning.working_groups
                        .Change(tx, record::Target(group.name()), "end_with_project",
                                [&](WorkingGroup& ended) { ended.set_end_reason(kProjectIsOver); })
                        .status());
  }
  return absl::OkStatus();
}

void WorkingGroups::Bind(record::Methods& methods) {
  methods.Reads(tables_.planning.working_groups);
  methods.Creates(tables_.planning.working_groups, this, &WorkingGroups::Create);
  methods.Updates(tables_.planning.working_groups, this, &WorkingGroups::Update);
  methods.Bind("EndWorkingGroup", this, &WorkingGroups::End);
}

}  // namespace heitie::planning
