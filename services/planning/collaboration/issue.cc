#include "services/planning/collaboration/issue.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/collaboration/raci.h"
#include "services/planning/collaboration/working_group.h"
#include "services/planning/followup/due_day.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/project.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Issue;

const status::Reason kNotInProject{StatusCode::kPermissionDenied, "NOT_IN_PROJECT", "You take no part in {project}.",
                                   "您未參與 {project}。"};
const status::Reason kNotYourIssue{StatusCode::kPermissionDenied, "NOT_YOUR_ISSUE", "{name} is for somebody else to decide about.",
                                   "{name} 由他人決定。"};
const status::Reason kIssueClosed{StatusCode::kFailedPrecondition, "ISSUE_CLOSED", "{name} is closed.", "{name} 已結案。"};

namespace {

constexpr int64_t kMostIssueFacts = 500;

const status::Phrase kIssueGiven{"You are to solve “{title}” by {time}.", "請於 {time} 前解決「{title}」。"};
const status::Phrase kIssueResolved{"“{title}” is solved, as its owner says: is it?", "「{title}」負責人已回報解決，請確認。"};
const status::Phrase kIssueBack{"“{title}” is not solved: {reason}", "「{title}」尚未解決：{reason}"};
const status::Phrase kIssueOverdue{"“{title}” is overdue.", "「{title}」已逾期。"};
const status::Phrase kIssueForGroup{"“{title}” is to be solved by {time}: {owner}.", "「{title}」須於 {time} 前解決：{owner}。"};
const status::Phrase kIssueSolvedForGroup{"“{title}” is solved: {resolution}", "「{title}」已解決：{resolution}"};
const status::Phrase kIssueMovedOn{"It has moved on.", "事項已有進展。"};

// By when what it waits for is to come; nothing where it waits for nobody.
std::optional<absl::Time> IssueAwaitedBy(const Issue& issue) {
  if (HoldsTasks(issue)) return time::ToTime(issue.due_time());
  if (issue.state() == Issue::STATE_RESOLVED) return time::ToTime(issue.close_due_time());
  return std::nullopt;
}

const std::string& ActorOfIssue(const Issue& issue) { return issue.state() == Issue::STATE_RESOLVED ? issue.raiser() : issue.owner(); }

bool HasName(const google::protobuf::RepeatedPtrField<std::string>& names, const std::string& name) {
  return std::count(names.begin(), names.end(), name) > 0;
}

bool NamesCaller(const v1::RaciEntry& entry, const rpc::Principal& who) {
  if (entry.accountable() == who.name || HasName(entry.responsible(), who.name) || HasName(entry.consulted(), who.name) ||
      HasName(entry.informed(), who.name)) {
    return true;
  }
  return !who.department.empty() &&
         (HasName(entry.responsible_departments(), who.department) || HasName(entry.consulted_departments(), who.department));
}

bool SitsIn(const v1::WorkingGroup& group, const rpc::Principal& who) {
  return group.lead() == who.name || std::any_of(group.members().begin(), group.members().end(),
                                                 [&](const v1::GroupMember& member) { return member.employee() == who.name; });
}

v1::Notice::Urgency UrgencyOf(const Issue& issue) {
  return issue.severity() == Issue::SEVERITY_CRITICAL ? v1::Notice::URGENCY_HIGH : v1::Notice::URGENCY_NORMAL;
}

bool EndsIssues(const v1::Project& project) {
  return project.state() == v1::Project::STATE_COMPLETED || project.state() == v1::Project::STATE_CANCELLED;
}

bool RunsProjects(const rpc::Principal& who) {
  return who.Has(options::v1::ROLE_OPERATIONS_MANAGER) || who.Has(options::v1::ROLE_OPERATIONS_SPECIALIST);
}

}  // namespace

const record::StateMachine& IssueMachine() {
  static const auto& machine = *new record::StateMachine(
      Issue::State_descriptor(),
      {
          {Issue::STATE_OPEN, "start", Issue::STATE_IN_PROGRESS},
          {Issue::STATE_OPEN, "resolve", Issue::STATE_RESOLVED},
          {Issue::STATE_IN_PROGRESS, "resolve", Issue::STATE_RESOLVED},
          {Issue::STATE_RESOLVED, "close", Issue::STATE_CLOSED},
          {Issue::STATE_RESOLVED, "reopen", Issue::STATE_OPEN},
          {Issue::STATE_CLOSED, "reopen", Issue::STATE_OPEN, "its project is not over"},
          {Issue::STATE_OPEN, "end_with_project", Issue::STATE_CLOSED, "its project is over", record::kConsequence},
          {Issue::STATE_IN_PROGRESS, "end_with_project", Issue::STATE_CLOSED, "its project is over", record::kConsequence},
          {Issue::STATE_RESOLVED, "end_with_project", Issue::STATE_CLOSED, "its project is over", record::kConsequence},
          {Issue::STATE_OPEN, "propose_risk", Issue::STATE_OPEN},
          {Issue::STATE_IN_PROGRESS, "propose_risk", Issue::STATE_IN_PROGRESS},
          {Issue::STATE_OPEN, "escalate", Issue::STATE_OPEN, "it is not solved in time", record::kConsequence},
          {Issue::STATE_IN_PROGRESS, "escalate", Issue::STATE_IN_PROGRESS, "it is not solved in time", record::kConsequence},
          {Issue::STATE_RESOLVED, "escalate", Issue::STATE_RESOLVED, "nobody says in time whether it is solved", record::kConsequence},
      });
  return machine;
}

bool HoldsTasks(const Issue& issue) { return issue.state() == Issue::STATE_OPEN || issue.state() == Issue::STATE_IN_PROGRESS; }

Issues::Issues(const service::Context& context, Tables& tables, CollaborationPolicies& policies, const Notices& notices,
               const Recipients& recipients)
    : tables_(tables),
      policies_(policies),
      notices_(notices),
      recipients_(recipients),
      ladder_(context, "watch-issues", tables.issues,
              {.awaited_by = IssueAwaitedBy,
               .steps = [this](sql::Session& session, const Issue& issue) { return StepsOf(session, issue); },
               .told = [this](sql::Session& session, const Issue& issue, absl::Time now) { return ToldAt(session, issue, now); },
               .tell = [this](record::Transaction& tx, const Issue& issue, const std::string& cause,
                              const std::string& person) { return Tell(tx, issue, cause, "issue-overdue", kIssueOverdue, person); }}) {
  tables_.issues.SetFollow([this](record::Transaction& tx, const Issue* before, const Issue* after) { return Follow(tx, before, after); });
}

absl::StatusOr<LadderSteps> Issues::StepsOf(sql::Session& session, const Issue& issue) const {
  ASSIGN_OR_RETURN(const v1::CollaborationPolicy policy, policies_.kind().Find(session, issue.collaboration_policy()));
  LadderSteps steps{{policy.escalation_seconds().begin(), policy.escalation_seconds().end()}, nullptr};
  ASSIGN_OR_RETURN(steps.calendar, tables_.calendars.Named(session, kDefaultCalendar));
  return steps;
}

absl::StatusOr<absl::Time> Issues::WorkingAfter(sql::Session& session, absl::Time from, absl::Duration amount) const {
  ASSIGN_OR_RETURN(const auto calendar, tables_.calendars.Named(session, kDefaultCalendar));
  return calendar->arithmetic.After(from, amount);
}

absl::Status Issues::CheckTakesPart(record::Transaction& tx, const v1::Project& project) const {
  const rpc::Principal& who = tx.call.principal;
  if (RunsProjects(who) || who.name == project.owner()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<v1::Task> tasks, tables_.tasks.Children(tx.sql, project.name()));
  for (const v1::Task& task : tasks) {
    if (task.owner() == who.name) return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::vector<v1::RaciEntry> entries, tables_.raci_entries.Children(tx.sql, project.name()));
  for (const v1::RaciEntry& entry : entries) {
    if (NamesCaller(entry, who)) return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::vector<v1::WorkingGroup> groups, tables_.working_groups.Children(tx.sql, project.name()));
  for (const v1::WorkingGroup& group : groups) {
    if (group.state() == v1::WorkingGroup::STATE_ACTIVE && SitsIn(group, who)) return absl::OkStatus();
  }
  return status::Error(kNotInProject, {{"project", project.name()}});
}

absl::Status Issues::Check(record::Transaction& tx, const Issue& issue, bool due_is_new) const {
  status::BadFields bad;
  RETURN_IF_ERROR(CheckTasksOf(tx.sql, tables_, record::ParentOf(issue.name()), issue.tasks(), "issue.tasks", bad));
  if (due_is_new && issue.has_due_time()) {
    const absl::CivilDay due = absl::ToCivilDay(time::ToTime(issue.due_time()), tables_.zone);
    const absl::CivilDay today = absl::ToCivilDay(tx.call.now, tables_.zone);
    if (time::ToTime(issue.due_time()) <= tx.call.now) {
      bad.Add("issue.due_time", kDueDayOver, {{"date", time::DayText(due)}, {"today", time::DayText(today)}});
    }
    CheckNotTooFar(due, today, "issue.due_time", bad);
  }
  return bad.status();
}

absl::Status Issues::Create(record::Transaction& tx, Issue& issue) {
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, record::ParentOf(issue.name())));
  RETURN_IF_ERROR(CheckTakesPart(tx, project));
  RETURN_IF_ERROR(Check(tx, issue, true));
  ASSIGN_OR_RETURN(const v1::CollaborationPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  issue.set_collaboration_policy(policy.name());
  if (issue.owner().empty()) issue.set_owner(project.owner());
  issue.set_raiser(tx.call.principal.name);
  issue.set_state(Issue::STATE_OPEN);
  if (!issue.has_due_time()) {
    ASSIGN_OR_RETURN(const absl::Time due, WorkingAfter(tx.sql, tx.call.now, TermOf(policy, issue.severity())));
    *issue.mutable_due_time() = time::ToTimestamp(due);
  }
  return ladder_.SetNext(tx.sql, issue);
}

absl::Status Issues::Update(record::Transaction& tx, const Issue& before, Issue& after) {
  if (!RunsProjects(tx.call.principal)) {
    RETURN_IF_ERROR(recipients_.CheckActsForOne(tx, {before.owner(), before.raiser()}, kNotYourIssue, after));
  }
  if (before.state() == Issue::STATE_CLOSED) return status::Error(kIssueClosed, {{"name", before.name()}});
  if (after.owner().empty()) after.set_owner(before.owner());
  if (!after.has_due_time()) *after.mutable_due_time() = before.due_time();
  const bool due_is_new = time::ToTime(after.due_time()) != time::ToTime(before.due_time());
  RETURN_IF_ERROR(Check(tx, after, due_is_new));
  if (!due_is_new || !HoldsTasks(after)) return absl::OkStatus();
  return ladder_.Restart(tx.sql, after);
}

absl::StatusOr<Issue> Issues::Start(record::Transaction& tx, const v1::StartIssueRequest& request) {
  return tables_.issues.Change(tx, request, "start", [&](const Issue& before, Issue& after) {
    return recipients_.CheckActs(tx, before.owner(), kNotYourIssue, after);
  });
}

absl::StatusOr<Issue> Issues::Resolve(record::Transaction& tx, const v1::ResolveIssueRequest& request) {
  return tables_.issues.Change(tx, request, "resolve", [&](const Issue& before, Issue& after) -> absl::Status {
    RETURN_IF_ERROR(recipients_.CheckActs(tx, before.owner(), kNotYourIssue, after));
    ASSIGN_OR_RETURN(const v1::CollaborationPolicy policy, policies_.kind().Find(tx.sql, before.collaboration_policy()));
    ASSIGN_OR_RETURN(const absl::Time due, WorkingAfter(tx.sql, tx.call.now, absl::Seconds(policy.close_seconds())));
    after.set_resolution(request.resolution());
    *after.mutable_resolve_time() = time::ToTimestamp(tx.call.now);
    *after.mutable_close_due_time() = time::ToTimestamp(due);
    return ladder_.Restart(tx.sql, after);
  });
}

absl::StatusOr<Issue> Issues::Close(record::Transaction& tx, const v1::CloseIssueRequest& request) {
  return tables_.issues.Change(tx, request, "close", [&](const Issue& before, Issue& after) -> absl::Status {
    RETURN_IF_ERROR(recipients_.CheckActs(tx, before.raiser(), kNotYourIssue, after));
    *after.mutable_close_time() = time::ToTimestamp(tx.call.now);
    return ladder_.SetNext(tx.sql, after);
  });
}

absl::StatusOr<Issue> Issues::Reopen(record::Transaction& tx, const v1::ReopenIssueRequest& request) {
  RETURN_IF_ERROR(GuardOpenProject(tx, tables_, record::ParentOf(request.name())).status());
  return tables_.issues.Change(tx, request, "reopen", [&](const Issue& before, Issue& after) -> absl::Status {
    RETURN_IF_ERROR(recipients_.CheckActs(tx, before.raiser(), kNotYourIssue, after));
    ASSIGN_OR_RETURN(const v1::CollaborationPolicy policy, policies_.kind().Find(tx.sql, before.collaboration_policy()));
    ASSIGN_OR_RETURN(const absl::Time due, WorkingAfter(tx.sql, tx.call.now, TermOf(policy, before.severity())));
    // What is left of its deadline is its deadline; one that has passed begins anew.
    if (time::ToTime(before.due_time()) <= tx.call.now) *after.mutable_due_time() = time::ToTimestamp(due);
    after.set_state_reason(request.reason());
    after.set_reopen_count(before.reopen_count() + 1);
    after.clear_close_due_time();
    after.clear_close_time();
    return ladder_.Restart(tx.sql, after);
  });
}

absl::StatusOr<Issue> Issues::ProposeRisk(record::Transaction& tx, const v1::ProposeRiskOfIssueRequest& request) {
  return tables_.issues.Change(tx, request, "propose_risk", [&](Issue& after) {
    *after.mutable_propose_time() = time::ToTimestamp(tx.call.now);
    after.set_proposer(tx.call.principal.name);
    after.set_proposal_reason(request.reason());
  });
}

absl::Status Issues::Tell(record::Transaction& tx, const Issue& issue, const std::string& cause, const std::string& wording,
                          const status::Phrase& phrase, const std::string& recipient) const {
  if (recipient.empty() || recipient == tx.call.principal.name) return absl::OkStatus();
  const v1::Notice::Urgency urgency = UrgencyOf(issue);
  return notices_.Tell(tx, {.cause = absl::StrCat(issue.name(), " ", cause, " ", issue.etag()),
                            .recipient = recipient,
                            .subject = issue.name(),
                            .urgency = urgency,
                            .wording = wording,
                            .phrase = phrase,
                            .args = {{"title", issue.title()},
                                     {"time", absl::FormatTime("%Y-%m-%d %H:%M", time::ToTime(issue.due_time()), tables_.zone)},
                                     {"reason", issue.state_reason()}},
                            .waits = true});
}

absl::Status Issues::TellGroup(record::Transaction& tx, const Issue& issue, const std::string& cause, const status::Phrase& phrase) const {
  ASSIGN_OR_RETURN(const std::string robot, RobotOfGroup(tx.sql, tables_, record::ParentOf(issue.name())));
  return notices_.Tell(tx, {.cause = absl::StrCat(issue.name(), " ", cause, " ", issue.etag()),
                            .subject = issue.name(),
                            .urgency = UrgencyOf(issue),
                            .wording = "group-issue",
                            .phrase = phrase,
                            .args = {{"title", issue.title()},
                                     {"owner", issue.owner()},
                                     {"resolution", issue.resolution()},
                                     {"time", absl::FormatTime("%Y-%m-%d %H:%M", time::ToTime(issue.due_time()), tables_.zone)}},
                            .robot = robot});
}

absl::Status Issues::FollowForGroup(record::Transaction& tx, const Issue* before, const Issue& after) const {
  if (before != nullptr && before->escalation() < after.escalation()) return TellGroup(tx, after, "overdue", kIssueOverdue);
  if (HoldsTasks(after) && (before == nullptr || !HoldsTasks(*before))) return TellGroup(tx, after, "open", kIssueForGroup);
  const bool solved = before != nullptr && HoldsTasks(*before) && after.state() == Issue::STATE_RESOLVED;
  return solved ? TellGroup(tx, after, "solved", kIssueSolvedForGroup) : absl::OkStatus();
}

absl::Status Issues::Follow(record::Transaction& tx, const Issue* before, const Issue* after) const {
  if (after == nullptr) return absl::OkStatus();
  RETURN_IF_ERROR(FollowForGroup(tx, before, *after));
  const bool moved = before == nullptr || before->state() != after->state();
  if (!moved && ActorOfIssue(*before) == ActorOfIssue(*after)) return absl::OkStatus();
  if (before != nullptr && moved) RETURN_IF_ERROR(notices_.End(tx, after->name(), kIssueMovedOn));
  if (after->state() == Issue::STATE_RESOLVED) return Tell(tx, *after, "resolved", "issue-resolved", kIssueResolved, after->raiser());
  if (!HoldsTasks(*after)) return absl::OkStatus();
  const bool back = before != nullptr && !HoldsTasks(*before);
  return Tell(tx, *after, "given", back ? "issue-back" : "issue-given", back ? kIssueBack : kIssueGiven, after->owner());
}

absl::StatusOr<std::vector<std::string>> Issues::ToldAt(sql::Session& session, const Issue& issue, absl::Time now) const {
  std::vector<std::string> told{ActorOfIssue(issue)};
  if (issue.escalation() == 1) {
    ASSIGN_OR_RETURN(const std::string superior, recipients_.SuperiorOf(session, told[0], now));
    told.push_back(superior);
  } else if (issue.escalation() == 2) {
    ASSIGN_OR_RETURN(const v1::Project project, tables_.projects.Find(session, record::ParentOf(issue.name())));
    told.push_back(project.owner());
  } else if (issue.escalation() > 2) {
    ASSIGN_OR_RETURN(const std::vector<std::string> managers, recipients_.WithRole(session, options::v1::ROLE_OPERATIONS_MANAGER, now));
    told.insert(told.end(), managers.begin(), managers.end());
  }
  return told;
}

absl::Status Issues::AddFacts(sql::Session& session, const AgendaScope& scope, absl::Time at, std::vector<AgendaFact>& facts) const {
  sql::Values values;
  const std::string of_projects = scope.BelowProjects("name", "issues", &values);
  values.emplace_back(kMostIssueFacts);
  ASSIGN_OR_RETURN(const std::vector<Issue> open,
                   tables_.issues.Select(session,
                                         absl::StrCat("WHERE state IN ('STATE_OPEN', 'STATE_IN_PROGRESS', 'STATE_RESOLVED')", of_projects,
                                                      " ORDER BY name LIMIT ?"),
                                         values));
  for (const Issue& issue : open) {
    const char* reason = HoldsTasks(issue) ? "OPEN" : "TO_CLOSE";
    const absl::Time due = *IssueAwaitedBy(issue);
    facts.push_back({v1::AgendaEntry::KIND_ISSUE, issue.title(), issue.name(), due < at ? "OVERDUE" : reason, issue.etag(),
                     ActorOfIssue(issue), absl::ToCivilDay(due, tables_.zone), static_cast<int>(issue.severity())});
  }
  return absl::OkStatus();
}

absl::Status Issues::FollowProject(record::Transaction& tx, const v1::Project* before, const v1::Project* after) const {
  if (before == nullptr || after == nullptr || EndsIssues(*before) || !EndsIssues(*after)) return absl::OkStatus();
  const sql::Values range = record::ChildRange(after->name(), "issues");
  ASSIGN_OR_RETURN(
      const std::vector<Issue> open,
      tables_.issues.Select(
          tx.sql, "WHERE name > ? AND name < ? AND state IN ('STATE_OPEN', 'STATE_IN_PROGRESS', 'STATE_RESOLVED') ORDER BY name", range));
  const bool cancelled = after->state() == v1::Project::STATE_CANCELLED;
  for (const Issue& issue : open) {
    RETURN_IF_ERROR(tables_.issues
                        .Change(tx, record::Target(issue.name()), "end_with_project",
                                [&](Issue& ended) -> absl::Status {
                                  ended.set_state_reason(absl::StrCat(after->name(), cancelled ? " was cancelled." : " is completed."));
                                  *ended.mutable_close_time() = time::ToTimestamp(tx.call.now);
                                  return ladder_.SetNext(tx.sql, ended);
                                })
                        .status());
  }
  return absl::OkStatus();
}

void Issues::Bind(record::Methods& methods) {
  methods.Reads(tables_.issues);
  methods.Creates(tables_.issues, this, &Issues::Create);
  methods.Updates(tables_.issues, this, &Issues::Update);
  methods.Bind("StartIssue", this, &Issues::Start);
  methods.Bind("ResolveIssue", this, &Issues::Resolve);
  methods.Bind("CloseIssue", this, &Issues::Close);
  methods.Bind("ReopenIssue", this, &Issues::Reopen);
  methods.Bind("ProposeRiskOfIssue", this, &Issues::ProposeRisk);
}

}  // namespace heitie::planning
