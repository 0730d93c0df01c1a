// The resources of planning, shared by the concepts that keep them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/resource/kind.h"
#include "common/resource/state_machine.h"
#include "common/resource/store.h"
#include "common/status/status.h"
#include "heitie/planning/v1/baseline.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/planning/v1/task.pb.h"

namespace heitie::planning {

struct Tables {
  explicit Tables(resource::Store& s) : store(s), periods(s), projects(s), tasks(s), schemes(s), baselines(s) {}

  resource::Store& store;
  resource::Kind<v1::PlanPeriod> periods;
  resource::Kind<v1::Project> projects;
  resource::Kind<v1::Task> tasks;
  resource::Kind<v1::Scheme> schemes;
  resource::Kind<v1::Baseline> baselines;
};

// Every row of a child collection ("tasks") of a project.
template <typename T>
absl::StatusOr<std::vector<T>> ChildrenOf(sql::Session& session, const resource::Kind<T>& kind, const std::string& project,
                                          const std::string& collection) {
  const std::string prefix = project + "/" + collection;
  return kind.Select(session, "WHERE name > ? AND name < ? ORDER BY name", sql::Bind(prefix + "/", prefix + "0"));  // '0' follows '/'.
}

// STALE_ETAG when the caller gave an etag that is not the resource's.
template <typename T>
absl::Status CheckEtag(const T& resource, const std::string& etag) {
  if (etag.empty() || etag == resource.etag()) return absl::OkStatus();
  return status::Error(status::kStaleEtag, {{"name", resource.name()}, {"etag", etag}, {"current", resource.etag()}});
}

template <typename T>
void SetAllowedVerbs(const resource::StateMachine& states, T& resource) {
  resource.clear_allowed_verbs();
  for (const std::string& verb : states.AllowedVerbs(resource.state())) resource.add_allowed_verbs(verb);
}

}  // namespace heitie::planning
