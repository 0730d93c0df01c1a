#include "services/planning/plan/task_tree.h"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/record/store.h"
#include "common/time/day.h"
#include "google/protobuf/util/message_differencer.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Task;

const status::Reason kUnknownParent{StatusCode::kInvalidArgument, "UNKNOWN_PARENT", "{parent} is not another task of the project.",
                                    "{parent} 不是本專案的其他任務。"};
const status::Reason kTaskTreeCircle{StatusCode::kInvalidArgument, "TASK_TREE_CIRCLE", "{parent} is a part of this task.",
                                     "{parent} 是此任務的一部分。"};
const status::Reason kTaskTreeTooDeep{StatusCode::kInvalidArgument, "TASK_TREE_TOO_DEEP", "Tasks have at most {levels} levels.",
                                      "任務最多 {levels} 層。"};
const status::Reason kLinkToParent{StatusCode::kInvalidArgument, "LINK_TO_PARENT", "{task} has parts: link those.",
                                   "{task} 有子任務，請改為連結其子任務。"};
const status::Reason kOfItsParts{StatusCode::kInvalidArgument, "OF_ITS_PARTS", "It comes from the parts of the task.",
                                 "此值由子任務得出。"};
const status::Reason kParentInUse{StatusCode::kFailedPrecondition, "PARENT_IN_USE",
                                  "{parent} has links, is a milestone or was begun, and gets no parts.",
                                  "{parent} 有依賴關係、為時間節點或已開始，不能加入子任務。"};

namespace {

using ByName = std::map<std::string, const Task*>;
using PartsByName = std::map<std::string, std::vector<const Task*>>;

int HeightOf(const std::string& name, const PartsByName& parts) {
  int height = 1;
  const auto found = parts.find(name);
  if (found == parts.end()) return height;
  for (const Task* part : found->second) height = std::max(height, 1 + HeightOf(part->name(), parts));
  return height;
}

bool IsLinked(const std::string& name, const std::vector<Task>& tasks) {
  return std::any_of(tasks.begin(), tasks.end(), [&](const Task& task) {
    return std::any_of(task.dependencies().begin(), task.dependencies().end(),
                       [&](const v1::Dependency& link) { return task.name() == name || link.predecessor() == name; });
  });
}

// Whether it may get its first part.
bool MayHaveParts(const Task& parent, const std::vector<Task>& tasks) {
  return HasParts(parent) || (!parent.milestone() && parent.state() == Task::STATE_OPEN && !IsLinked(parent.name(), tasks));
}

}  // namespace

absl::Status CheckPlace(const Task& task, const std::vector<Task>& tasks, status::BadFields& bad) {
  ByName by_name;
  PartsByName parts;
  for (const Task& other : tasks) {
    by_name[other.name()] = &other;
    if (!other.parent_task().empty() && other.name() != task.name()) parts[other.parent_task()].push_back(&other);
  }
  for (int i = 0; i < task.dependencies_size(); ++i) {
    const std::string field = absl::StrCat("task.dependencies[", i, "].predecessor");
    const auto predecessor = by_name.find(task.dependencies(i).predecessor());
    if (HasParts(task)) {
      bad.Add(field, kLinkToParent, {{"task", task.name()}});
    } else if (predecessor != by_name.end() && HasParts(*predecessor->second)) {
      bad.Add(field, kLinkToParent, {{"task", predecessor->first}});
    }
  }
  if (task.parent_task().empty()) return absl::OkStatus();
  const auto parent = by_name.find(task.parent_task());
  if (parent == by_name.end() || parent->second->state() == Task::STATE_CANCELLED) {
    bad.Add("task.parent_task", kUnknownParent, {{"parent", task.parent_task()}});
    return absl::OkStatus();
  }
  int level = 1;
  for (std::string above = task.parent_task(); !above.empty(); ++level) {
    // Of a template the circle may be further up.
    if (above == task.name() || level > static_cast<int>(tasks.size())) {
      bad.Add("task.parent_task", kTaskTreeCircle, {{"parent", task.parent_task()}});
      return absl::OkStatus();
    }
    const auto found = by_name.find(above);
    above = found == by_name.end() ? "" : found->second->parent_task();
  }
  if (level - 1 + HeightOf(task.name(), parts) > kMostLevels) bad.Add("task.parent_task", kTaskTreeTooDeep, {{"levels", kMostLevels}});
  if (bad.empty() && !MayHaveParts(*parent->second, tasks)) return status::Error(kParentInUse, {{"parent", parent->first}});
  return absl::OkStatus();
}

void CheckOfParts(const Task& before, const Task& after, status::BadFields& bad) {
  if (!HasParts(before)) return;
  const auto* descriptor = Task::descriptor();
  for (const char* field : {"start_date", "end_date", "estimate_hours", "milestone", "progress_percent", "planned_cost_minor",
                            "duration_estimate", "measurement_rule"}) {
    google::protobuf::util::MessageDifferencer differencer;
    if (!differencer.CompareWithFields(before, after, {descriptor->FindFieldByName(field)}, {descriptor->FindFieldByName(field)})) {
      bad.Add(absl::StrCat("task.", field), kOfItsParts);
    }
  }
}

std::vector<Task> Leaves(std::vector<Task> tasks) {
  std::erase_if(tasks, HasParts);
  return tasks;
}

std::vector<TreeRow> InTreeOrder(const std::vector<Task>& tasks) {
  std::map<std::string, int> index;
  for (size_t i = 0; i < tasks.size(); ++i) index[tasks[i].name()] = static_cast<int>(i);
  std::map<std::string, std::vector<int>> parts;
  for (size_t i = 0; i < tasks.size(); ++i) {
    const std::string& parent = tasks[i].parent_task();
    parts[index.contains(parent) ? parent : ""].push_back(static_cast<int>(i));
  }
  for (auto& [parent, rows] : parts) {
    std::sort(rows.begin(), rows.end(), [&](int a, int b) {
      const auto key = [&](int i) {
        const Task& task = tasks[i];
        return std::make_tuple(!task.has_start_date(), task.has_start_date() ? time::ToDay(task.start_date()) : absl::CivilDay(),
                               task.name());
      };
      return key(a) < key(b);
    });
  }
  std::vector<TreeRow> order;
  const std::function<void(const std::string&, int)> walk = [&](const std::string& parent, int level) {
    for (const int task : parts[parent]) {
      order.push_back({task, level});
      if (parts.contains(tasks[task].name())) walk(tasks[task].name(), level + 1);
    }
  };
  walk("", 1);
  return order;
}

}  // namespace heitie::planning
