#include "services/planning/template/project_template.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/planning/control/progress.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/project.h"
#include "services/planning/plan/schedule.h"
#include "services/planning/plan/task.h"
#include "services/planning/plan/task_tree.h"
#include "services/planning/scheme/scheme_analysis.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::ProjectTemplate;
using v1::Task;
using v1::TemplateTask;

const status::Reason kTaskIdTwice{StatusCode::kInvalidArgument, "TASK_ID_TWICE", "There is a task {id} already.", "已有任務 {id}。"};
const status::Reason kUnknownTemplateTask{StatusCode::kInvalidArgument, "UNKNOWN_TEMPLATE_TASK", "The template has no other task {id}.",
                                          "範本沒有其他任務 {id}。"};
const status::Reason kTemplateCycle{StatusCode::kFailedPrecondition, "TEMPLATE_CYCLE",
                                    "Tasks of {name} wait for each other: {count} time(s).", "{name} 的任務互相等待：{count} 處。"};
const status::Reason kTemplatePublished{StatusCode::kFailedPrecondition, "TEMPLATE_PUBLISHED",
                                        "{name} is published and never changes: draft the next version.",
                                        "{name} 已發布，不再變更：請擬定下一版。"};
const status::Reason kTemplateNotPublished{StatusCode::kFailedPrecondition, "TEMPLATE_NOT_PUBLISHED", "{name} is not in use.",
                                           "{name} 未在使用中。"};
const status::Reason kRoleNotHeld{StatusCode::kInvalidArgument, "TEMPLATE_ROLE_NOT_HELD", "Say who is {role}, once.",
                                  "請指定 {role} 由誰擔任，且僅一次。"};

namespace {

// As tasks of a project without dates, by which trees and links are judged.
std::vector<Task> AsTasks(const ProjectTemplate& project_template) {
  std::vector<Task> tasks;
  std::map<std::string, int> parts;
  for (const TemplateTask& task : project_template.tasks()) ++parts[task.parent()];
  for (const TemplateTask& task : project_template.tasks()) {
    Task made;
    const auto name = [](const std::string& id) { return absl::StrCat("projects/template/tasks/", id); };
    made.set_name(name(task.id()));
    if (!task.parent().empty()) made.set_parent_task(name(task.parent()));
    made.set_part_count(parts[task.id()]);
    made.set_state(Task::STATE_OPEN);
    if (task.has_duration_estimate()) *made.mutable_duration_estimate() = task.duration_estimate();
    for (const v1::TemplateLink& link : task.links()) {
      v1::Dependency& dependency = *made.add_dependencies();
      dependency.set_predecessor(name(link.predecessor()));
      dependency.set_type(link.type());
      dependency.set_lag_days(link.lag_days());
    }
    tasks.push_back(std::move(made));
  }
  return tasks;
}

std::set<std::string> RolesOf(const ProjectTemplate& project_template) {
  std::set<std::string> roles;
  for (const TemplateTask& task : project_template.tasks()) {
    roles.insert(task.role());
    for (const v1::TemplateRole& role : task.roles()) roles.insert(role.role());
  }
  return roles;
}

v1::Scheme SchemeOf(const v1::TemplateScheme& from) {
  v1::Scheme scheme;
  scheme.set_title(from.title());
  scheme.set_strategy(from.strategy());
  *scheme.mutable_channels() = from.channels();
  *scheme.mutable_cash_flows() = from.cash_flows();
  scheme.set_discount_rate_bp(from.discount_rate_bp());
  return scheme;
}

}  // namespace

const record::StateMachine& ProjectTemplateMachine() {
  using P = ProjectTemplate;
  static const auto& machine = *new record::StateMachine(
      P::State_descriptor(), {
                                 {P::STATE_DRAFT, "publish", P::STATE_PUBLISHED},
                                 {P::STATE_PUBLISHED, "retire", P::STATE_RETIRED, "also when a later version is published"},
                             });
  return machine;
}

absl::Status CheckTemplate(const ProjectTemplate& project_template, status::BadFields& bad) {
  std::set<std::string> ids;
  for (const TemplateTask& task : project_template.tasks()) ids.insert(task.id());
  std::set<std::string> seen;
  for (int i = 0; i < project_template.tasks_size(); ++i) {
    const TemplateTask& task = project_template.tasks(i);
    const std::string path = absl::StrCat("project_template.tasks[", i, "].");
    if (!seen.insert(task.id()).second) bad.Add(path + "id", kTaskIdTwice, {{"id", task.id()}});
    const auto check = [&](const std::string& field, const std::string& other) {
      if (!ids.contains(other) || other == task.id()) bad.Add(path + field, kUnknownTemplateTask, {{"id", other}});
    };
    if (!task.parent().empty()) check("parent", task.parent());
    for (int link = 0; link < task.links_size(); ++link)
      check(absl::StrCat("links[", link, "].predecessor"), task.links(link).predecessor());
  }
  status::BadFields lines;
  CheckLines(SchemeOf(project_template.scheme()), lines);
  if (!lines.empty()) bad.Add("project_template.scheme", kRangeNotAround);
  if (!bad.empty()) return absl::OkStatus();
  const std::vector<Task> tasks = AsTasks(project_template);
  for (size_t i = 0; i < tasks.size(); ++i) {
    status::BadFields of_task;
    CheckFields(tasks[i], of_task);
    const absl::Status placed = CheckPlace(tasks[i], tasks, of_task);
    if (!of_task.empty()) return of_task.status();
    RETURN_IF_ERROR(placed);
  }
  const Defects cycles = CheckCycles(Leaves(tasks));
  return Refusal(cycles, kTemplateCycle, project_template.name());
}

MadeProject Make(const ProjectTemplate& project_template, const v1::InstantiateProjectTemplateRequest& request,
                 const std::map<std::string, std::string>& holders, const time::BusinessCalendar& calendar) {
  MadeProject made;
  v1::Project& project = made.project;
  project.set_name("projects/" + request.project_id());
  project.set_title(request.title());
  project.set_description(project_template.description());
  project.set_plan_period(request.plan_period());
  project.set_owner(request.owner());
  project.set_currency_code(request.currency_code());
  project.set_project_type(project_template.project_type());
  project.set_template_(project_template.name());
  project.set_state(v1::Project::STATE_DRAFT);
  *project.mutable_start_date() = request.start_date();
  const absl::CivilDay origin = time::ToDay(request.start_date());
  absl::CivilDay last = origin;
  const std::vector<Task> shapes = AsTasks(project_template);
  std::map<std::string, std::vector<Task>> parts;
  for (const TreeRow& row : InTreeOrder(shapes)) {
    const TemplateTask& from = project_template.tasks(row.task);
    const auto name = [&](const std::string& id) { return absl::StrCat(project.name(), "/tasks/", id); };
    Task task;
    task.set_name(name(from.id()));
    task.set_title(from.title());
    task.set_description(from.description());
    task.set_owner(holders.at(from.role()));
    if (!from.parent().empty()) task.set_parent_task(name(from.parent()));
    task.set_state(Task::STATE_OPEN);
    for (const v1::TemplateRole& role : from.roles()) {
      v1::TaskRole& held = *task.add_roles();
      held.set_employee(holders.at(role.role()));
      held.set_kind(role.kind());
    }
    if (!HasParts(shapes[row.task])) {
      const absl::CivilDay start = WorkdayAt(calendar, origin, from.start_offset_days());
      const int days = from.milestone() ? 1 : std::max(1, from.duration_days());
      const absl::CivilDay end = WorkdayAt(calendar, start, days - 1);
      last = std::max(last, end);
      *task.mutable_start_date() = time::ToDate(start);
      *task.mutable_end_date() = time::ToDate(end);
      if (from.estimate_hours() != 0) task.set_estimate_hours(from.estimate_hours());
      task.set_planned_cost_minor(from.planned_cost_minor());
      task.set_milestone(from.milestone());
      task.set_measurement_rule(from.measurement_rule());
      if (from.has_duration_estimate()) *task.mutable_duration_estimate() = from.duration_estimate();
      for (const v1::TemplateLink& link : from.links()) {
        v1::Dependency& dependency = *task.add_dependencies();
        dependency.set_predecessor(name(link.predecessor()));
        dependency.set_type(link.type());
        dependency.set_lag_days(link.lag_days());
      }
    }
    made.tasks.push_back(std::move(task));
  }
  *project.mutable_end_date() = time::ToDate(last);
  if (project_template.has_scheme()) {
    v1::Scheme scheme = SchemeOf(project_template.scheme());
    scheme.set_name(project.name() + "/schemes/template");
    scheme.set_version(1);
    scheme.set_state(v1::Scheme::STATE_DRAFT);
    made.schemes.push_back(std::move(scheme));
  }
  return made;
}

absl::Status ProjectTemplates::Check(record::Transaction& tx, const ProjectTemplate& project_template) const {
  status::BadFields bad;
  const absl::Status checked = CheckTemplate(project_template, bad);
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(checked);
  if (project_template.project_type().empty()) return absl::OkStatus();
  return tables_.project_types.Find(tx.sql, project_template.project_type()).status();
}

absl::Status ProjectTemplates::Create(record::Transaction& tx, ProjectTemplate& project_template) {
  RETURN_IF_ERROR(Check(tx, project_template));
  project_template.set_state(ProjectTemplate::STATE_DRAFT);
  project_template.set_version(1);
  if (project_template.replaces().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ProjectTemplate before, tables_.project_templates.Find(tx.sql, project_template.replaces()));
  project_template.set_version(before.version() + 1);
  return absl::OkStatus();
}

absl::Status ProjectTemplates::Update(record::Transaction& tx, const ProjectTemplate& before, ProjectTemplate& after) {
  if (before.state() != ProjectTemplate::STATE_DRAFT) return status::Error(kTemplatePublished, {{"name", before.name()}});
  return Check(tx, after);
}

absl::StatusOr<ProjectTemplate> ProjectTemplates::Publish(record::Transaction& tx, const v1::PublishProjectTemplateRequest& request) {
  return tables_.project_templates.Change(tx, request, "publish", [&](ProjectTemplate& after) -> absl::Status {
    if (after.replaces().empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const ProjectTemplate before, tables_.project_templates.Lock(tx, after.replaces()));
    if (before.state() != ProjectTemplate::STATE_PUBLISHED) return absl::OkStatus();
    return tables_.project_templates.Change(tx, record::Target(before.name()), "retire").status();
  });
}

absl::StatusOr<ProjectTemplate> ProjectTemplates::Retire(record::Transaction& tx, const v1::RetireProjectTemplateRequest& request) {
  return tables_.project_templates.Change(tx, request, "retire");
}

absl::StatusOr<v1::Project> ProjectTemplates::Instantiate(record::Transaction& tx, const v1::InstantiateProjectTemplateRequest& request) {
  ASSIGN_OR_RETURN(const ProjectTemplate from, tables_.project_templates.Find(tx.sql, request.name()));
  if (from.state() != ProjectTemplate::STATE_PUBLISHED) return status::Error(kTemplateNotPublished, {{"name", from.name()}});
  std::map<std::string, std::string> holders;
  status::BadFields bad;
  for (int i = 0; i < request.holders_size(); ++i) {
    const v1::RoleHolder& holder = request.holders(i);
    if (!holders.emplace(holder.role(), holder.employee()).second) {
      bad.Add(absl::StrCat("holders[", i, "].role"), kRoleNotHeld, {{"role", holder.role()}});
    }
  }
  for (const std::string& role : RolesOf(from)) {
    if (!holders.contains(role)) bad.Add("holders", kRoleNotHeld, {{"role", role}});
  }
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const v1::PlanPeriod period, tables_.periods.Guard(tx, request.plan_period()));
  ASSIGN_OR_RETURN(const auto calendar, tables_.calendars.Named(tx.sql, period.calendar()));
  MadeProject made = Make(from, request, holders, calendar->arithmetic);
  RETURN_IF_ERROR(tables_.projects.Insert(tx, made.project));
  for (Task& task : made.tasks) RETURN_IF_ERROR(tables_.tasks.Insert(tx, task));
  for (v1::Scheme& scheme : made.schemes) RETURN_IF_ERROR(tables_.schemes.Insert(tx, scheme));
  ASSIGN_OR_RETURN(v1::Project project, tables_.projects.Find(tx.sql, made.project.name()));
  return tables_.projects.Decorated(tx.sql, std::move(project));
}

void ProjectTemplates::Bind(record::Methods& methods) {
  methods.Reads(tables_.project_templates);
  methods.Creates(tables_.project_templates, this, &ProjectTemplates::Create);
  methods.Updates(tables_.project_templates, this, &ProjectTemplates::Update);
  methods.Bind("PublishProjectTemplate", this, &ProjectTemplates::Publish);
  methods.Bind("RetireProjectTemplate", this, &ProjectTemplates::Retire);
  methods.Bind("InstantiateProjectTemplate", this, &ProjectTemplates::Instantiate);
}

}  // namespace heitie::planning
