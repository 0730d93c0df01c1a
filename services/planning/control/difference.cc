#include "services/planning/control/difference.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/time/day.h"
#include "google/protobuf/message.h"

namespace heitie::planning {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::FieldDifference;
using v1::PlanDifference;
using v1::ResourceDifference;

namespace {

constexpr const char* kBeside[] = {
    "etag",         "create_time",  "update_time",       "allowed_verbs",     "creator",   "feasibility", "approved_feasibility",
    "approver",     "approve_time", "approved_baseline", "objective_results", "allotment", "approval",    "version",
    "state_reason", "submitter",    "template"};

template <typename T>
void Strip(T& message) {
  for (const char* name : kBeside) {
    const FieldDescriptor* field = T::descriptor()->FindFieldByName(name);
    if (field != nullptr) message.GetReflection()->ClearField(&message, field);
  }
}

// The message with this field alone.
std::string JsonOf(const Message& message, const FieldDescriptor& field) {
  std::unique_ptr<Message> alone(message.New());
  alone->CopyFrom(message);
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* other = message.GetDescriptor()->field(i);
    if (other != &field) alone->GetReflection()->ClearField(alone.get(), other);
  }
  return record::ToJson(*alone);
}

template <typename T>
ResourceDifference Compare(const std::string& subject, const T* from, const T* to) {
  ResourceDifference difference;
  difference.set_subject(subject);
  difference.set_kind(from == nullptr ? ResourceDifference::KIND_ADDED
                      : to == nullptr ? ResourceDifference::KIND_REMOVED
                                      : ResourceDifference::KIND_CHANGED);
  const T nothing;
  const T& before = from == nullptr ? nothing : *from;
  const T& after = to == nullptr ? nothing : *to;
  for (int i = 0; i < T::descriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *T::descriptor()->field(i);
    if (field.name() == "name") continue;
    const std::string was = JsonOf(before, field), is = JsonOf(after, field);
    if (was == is) continue;
    FieldDifference& changed = *difference.add_fields();
    changed.set_field(field.name());
    changed.set_before_json(was);
    changed.set_after_json(is);
  }
  return difference;
}

bool Differs(const ResourceDifference& difference) {
  return difference.kind() != ResourceDifference::KIND_CHANGED || !difference.fields().empty();
}

template <typename T>
void AddMoves(const T& from, const T& to, const time::BusinessCalendar& calendar, ResourceDifference& difference) {
  const auto moved = [&](const google::type::Date& was, const google::type::Date& is) {
    return static_cast<int32_t>(calendar.WorkingDaysBetween(time::ToDay(was), time::ToDay(is)));
  };
  if (from.has_start_date() && to.has_start_date() && time::ToDay(from.start_date()) != time::ToDay(to.start_date()))
    difference.set_start_moved_days(moved(from.start_date(), to.start_date()));
  if (from.has_end_date() && to.has_end_date() && time::ToDay(from.end_date()) != time::ToDay(to.end_date()))
    difference.set_end_moved_days(moved(from.end_date(), to.end_date()));
}

std::map<std::string, const v1::CashFlow*> LinesOf(const v1::Scheme* scheme) {
  std::map<std::string, const v1::CashFlow*> lines;
  if (scheme == nullptr) return lines;
  for (int i = 0; i < scheme->cash_flows_size(); ++i) {
    const v1::CashFlow& flow = scheme->cash_flows(i);
    lines[flow.id().empty() ? absl::StrCat("#", i) : flow.id()] = &flow;
  }
  return lines;
}

void CompareLines(const v1::Scheme* from, const v1::Scheme* to, PlanDifference& difference) {
  const auto before = LinesOf(from), after = LinesOf(to);
  std::set<std::string> names;
  for (const auto& lines : {before, after}) {
    for (const auto& [name, line] : lines) names.insert(name);
  }
  static const auto& nothing = *new v1::CashFlow();
  for (const std::string& name : names) {
    const bool was = before.contains(name), is = after.contains(name);
    const v1::CashFlow& old = was ? *before.at(name) : nothing;
    const v1::CashFlow& now = is ? *after.at(name) : nothing;
    if (old.cost_minor() == now.cost_minor() && old.benefit_minor() == now.benefit_minor()) continue;
    v1::CashFlowDifference& line = *difference.add_cash_flows();
    line.set_line(name);
    line.set_title(is ? now.title() : old.title());
    line.set_cost_delta_minor(now.cost_minor() - old.cost_minor());
    line.set_benefit_delta_minor(now.benefit_minor() - old.benefit_minor());
  }
}

template <typename T>
void ApplyFields(const ResourceDifference& difference, T& message) {
  for (const FieldDifference& field : difference.fields()) {
    const FieldDescriptor* descriptor = T::descriptor()->FindFieldByName(field.field());
    if (descriptor == nullptr) continue;
    T alone;
    if (!record::FromJson(field.after_json(), &alone)) continue;
    message.GetReflection()->ClearField(&message, descriptor);
    message.MergeFrom(alone);
  }
}

template <typename T>
void ApplyOne(const ResourceDifference& difference, std::optional<T>& resource) {
  if (difference.kind() == ResourceDifference::KIND_REMOVED) return resource.reset();
  if (!resource) resource.emplace().set_name(difference.subject());
  ApplyFields(difference, *resource);
}

bool IsTask(const std::string& subject) { return absl::StrContains(subject, "/tasks/"); }
bool IsScheme(const std::string& subject) { return absl::StrContains(subject, "/schemes/"); }

}  // namespace

PlanVersion Comparable(PlanVersion version) {
  if (version.project) {
    Strip(*version.project);
    version.project->clear_state();
  }
  for (v1::Task& task : version.tasks) Strip(task);
  std::sort(version.tasks.begin(), version.tasks.end(), [](const v1::Task& a, const v1::Task& b) { return a.name() < b.name(); });
  if (version.scheme) {
    Strip(*version.scheme);
    version.scheme->clear_state();
  }
  return version;
}

PlanDifference DifferenceOf(const PlanVersion& from, const PlanVersion& to, const time::BusinessCalendar* calendar) {
  PlanDifference difference;
  const auto add = [&](ResourceDifference found) {
    if (Differs(found)) *difference.add_resources() = std::move(found);
  };
  if (from.project || to.project) {
    ResourceDifference found = Compare((to.project ? *to.project : *from.project).name(), from.project ? &*from.project : nullptr,
                                       to.project ? &*to.project : nullptr);
    if (calendar != nullptr && from.project && to.project) AddMoves(*from.project, *to.project, *calendar, found);
    add(std::move(found));
  }
  const v1::Scheme* before = from.scheme ? &*from.scheme : nullptr;
  const v1::Scheme* after = to.scheme ? &*to.scheme : nullptr;
  if (before != nullptr || after != nullptr) add(Compare((after != nullptr ? after : before)->name(), before, after));
  std::map<std::string, std::pair<const v1::Task*, const v1::Task*>> tasks;
  for (const v1::Task& task : from.tasks) tasks[task.name()].first = &task;
  for (const v1::Task& task : to.tasks) tasks[task.name()].second = &task;
  for (const auto& [name, pair] : tasks) {
    ResourceDifference found = Compare(name, pair.first, pair.second);
    if (calendar != nullptr && pair.first != nullptr && pair.second != nullptr) AddMoves(*pair.first, *pair.second, *calendar, found);
    add(std::move(found));
  }
  CompareLines(before, after, difference);
  return difference;
}

PlanVersion Apply(const PlanDifference& difference, PlanVersion version) {
  std::map<std::string, v1::Task> tasks;
  for (v1::Task& task : version.tasks) tasks[task.name()] = std::move(task);
  for (const ResourceDifference& resource : difference.resources()) {
    if (!IsTask(resource.subject())) {
      if (IsScheme(resource.subject())) {
        ApplyOne(resource, version.scheme);
        if (version.scheme) version.scheme->set_name(resource.subject());
      } else {
        ApplyOne(resource, version.project);
      }
    } else if (resource.kind() == ResourceDifference::KIND_REMOVED) {
      tasks.erase(resource.subject());
    } else {
      v1::Task& task = tasks[resource.subject()];
      task.set_name(resource.subject());
      ApplyFields(resource, task);
    }
  }
  version.tasks.clear();
  for (auto& [name, task] : tasks) version.tasks.push_back(std::move(task));
  return version;
}

PlanDifference Reversed(PlanDifference difference) {
  std::swap(*difference.mutable_from(), *difference.mutable_to());
  for (ResourceDifference& resource : *difference.mutable_resources()) {
    if (resource.kind() == ResourceDifference::KIND_ADDED) {
      resource.set_kind(ResourceDifference::KIND_REMOVED);
    } else if (resource.kind() == ResourceDifference::KIND_REMOVED) {
      resource.set_kind(ResourceDifference::KIND_ADDED);
    }
    for (FieldDifference& field : *resource.mutable_fields()) std::swap(*field.mutable_before_json(), *field.mutable_after_json());
    if (resource.has_start_moved_days()) resource.set_start_moved_days(-resource.start_moved_days());
    if (resource.has_end_moved_days()) resource.set_end_moved_days(-resource.end_moved_days());
  }
  for (v1::CashFlowDifference& line : *difference.mutable_cash_flows()) {
    line.set_cost_delta_minor(-line.cost_delta_minor());
    line.set_benefit_delta_minor(-line.benefit_delta_minor());
  }
  return difference;
}

}  // namespace heitie::planning
