#include "services/planning/notice/waiting.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "services/planning/plan/task_tree.h"

namespace heitie::planning {

using v1::Notice;
using v1::Project;
using v1::Task;

namespace {

const status::Phrase kProjectSubmitted{"{title} ({project}) waits for approval.", "「{title}」（{project}）待核准。"};
const status::Phrase kProjectBack{"{title} ({project}) is a draft again.", "「{title}」（{project}）已退回草稿。"};
const status::Phrase kProjectDecided{"It is decided.", "已有決定。"};
const status::Phrase kTasksGiven{"{title} is approved: {count:count} tasks of it are yours.",
                                 "{title} 已核准：其中 {count:count} 項任務由您負責。"};
const status::Phrase kTaskGiven{"“{title}” is yours to do.", "「{title}」由您負責。"};
const status::Phrase kTaskIsOver{"The task is over.", "任務已結束。"};

bool IsUnfinished(const Task& task) { return task.state() == Task::STATE_OPEN || task.state() == Task::STATE_IN_PROGRESS; }

// One notice for each owner, however many tasks are hers.
absl::Status TellOwners(record::Transaction& tx, const Tables& tables, const Notices& notices, const Project& project) {
  ASSIGN_OR_RETURN(const std::vector<Task> tasks, tables.tasks.Children(tx.sql, project.name()));
  std::map<std::string, int64_t> counts;
  for (const Task& task : tasks) {
    if (IsUnfinished(task) && !HasParts(task) && task.owner() != tx.call.principal.name) ++counts[task.owner()];
  }
  for (const auto& [owner, count] : counts) {
    RETURN_IF_ERROR(notices.Tell(tx, {.cause = absl::StrCat(project.name(), " tasks ", project.etag(), " of ", owner),
                                      .recipient = owner,
                                      .subject = project.name(),
                                      .wording = "tasks-given",
                                      .phrase = kTasksGiven,
                                      .args = {{"title", project.title()}, {"count", count}},
                                      .waits = true}));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status TellOfProject(record::Transaction& tx, const Tables& tables, const Notices& notices, const Recipients& recipients,
                           const Project* before, const Project* after) {
  if (after == nullptr || (before != nullptr && before->state() == after->state())) return absl::OkStatus();
  Telling telling{.cause = absl::StrCat(after->name(), " ", Project::State_Name(after->state()), " ", after->etag()),
                  .subject = after->name(),
                  .wording = "project-submitted",
                  .phrase = kProjectSubmitted,
                  .args = {{"title", after->title()}, {"project", after->name()}},
                  .waits = true};
  if (after->state() == Project::STATE_SUBMITTED) {
    ASSIGN_OR_RETURN(const std::vector<std::string> managers,
                     recipients.WithRole(tx.sql, options::v1::ROLE_OPERATIONS_MANAGER, tx.call.now));
    return notices.TellAll(tx, telling, managers);
  }
  if (before == nullptr || before->state() != Project::STATE_SUBMITTED) return absl::OkStatus();
  RETURN_IF_ERROR(notices.End(tx, after->name(), kProjectDecided));
  if (after->state() == Project::STATE_APPROVED) return TellOwners(tx, tables, notices, *after);
  if (after->state() != Project::STATE_DRAFT) return absl::OkStatus();
  const Telling back{.cause = telling.cause,
                     .recipient = after->owner(),
                     .subject = telling.subject,
                     .wording = "project-back",
                     .phrase = kProjectBack,
                     .args = telling.args,
                     .waits = true};
  return notices.Tell(tx, back);
}

absl::Status TellOfTask(record::Transaction& tx, const Tables& tables, const Notices& notices, const Task* before, const Task* after) {
  if (after == nullptr) return before == nullptr ? absl::OkStatus() : notices.End(tx, before->name(), kTaskIsOver);
  if (!IsUnfinished(*after))
    return before == nullptr || !IsUnfinished(*before) ? absl::OkStatus() : notices.End(tx, after->name(), kTaskIsOver);
  const bool is_new = before == nullptr || before->owner() != after->owner() || before->state() != after->state();
  if (!is_new || HasParts(*after) || after->owner() == tx.call.principal.name) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Project project, tables.projects.Find(tx.sql, record::ParentOf(after->name())));
  if (project.state() != Project::STATE_APPROVED) return absl::OkStatus();
  return notices.Tell(tx, {.cause = absl::StrCat(after->name(), " owner ", after->etag()),
                           .recipient = after->owner(),
                           .subject = after->name(),
                           .wording = "task-given",
                           .phrase = kTaskGiven,
                           .args = {{"title", after->title()}},
                           .waits = true});
}

}  // namespace heitie::planning
