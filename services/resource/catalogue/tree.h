// Trees of resources: each names the one above it.
#ifndef HEITIE_SERVICES_RESOURCE_CATALOGUE_TREE_H_
#define HEITIE_SERVICES_RESOURCE_CATALOGUE_TREE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "common/record/kind.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace heitie::resource {

// Whether what `resource` names above itself exists (`unknown`, {name}) and does not lead back to it (`cycle`, {path}); either is a
// violation of `field`. A circle that two transactions would close together has a step of each, so each of them meets the other's row on
// its way up. That row is changed here (Kind::Guard), so one of them waits, or is undone and run again, and finds the circle. Costs a
// statement a step.
template <typename T, typename Above>
absl::Status CheckWayUp(record::Transaction& tx, const record::Kind<T>& kind, const T& resource, Above above, const std::string& field,
                        const status::Reason& unknown, const status::Reason& cycle) {
  status::BadFields bad;
  std::vector<std::string> path = {resource.name()};
  for (std::string name = above(resource); !name.empty();) {
    path.push_back(name);
    if (name == resource.name()) {
      bad.Add(field, cycle, {{"path", absl::StrJoin(path, " → ")}});
      break;
    }
    const absl::StatusOr<T> found = kind.Guard(tx, name);
    if (absl::IsNotFound(found.status())) {
      bad.Add(field, unknown, {{"name", name}});
      break;
    }
    RETURN_IF_ERROR(found.status());
    name = above(*found);
  }
  return bad.status();
}

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_CATALOGUE_TREE_H_
