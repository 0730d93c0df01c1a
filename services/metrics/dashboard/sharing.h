// Whose something is and with whom it is shared: by roles, as a text that rules of rows can decide by.
#ifndef HEITIE_SERVICES_METRICS_DASHBOARD_SHARING_H_
#define HEITIE_SERVICES_METRICS_DASHBOARD_SHARING_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/record/rows.h"
#include "common/record/store.h"
#include "common/rpc/call.h"
#include "common/status/status.h"
#include "google/protobuf/repeated_field.h"

namespace heitie::metrics {

extern const status::Reason kBadReader;        // {role}
extern const status::Reason kOwnedByAnother;   // {name} {owner}
extern const status::Reason kTooManyVersions;  // {name} {limit:count}

// The roles that something can be shared with, in the order of their values.
const std::vector<rpc::Role>& SharedRoles();

// The names of the roles without prefix, in the order of their values and joined by blanks; "" of none. BAD_READER for other roles.
std::string ReadershipOf(const google::protobuf::RepeatedField<int>& readers, const std::string& path, status::BadFields& bad);
// Every readership that holds one of the principal's roles.
std::vector<std::string> ReadershipsOf(const rpc::Principal& principal);
// Rows of the owner, of readers, and for operations managers all.
record::Rule SharedRows();

// OWNED_BY_ANOTHER unless the caller is the owner or an operations manager.
absl::Status CheckOwner(const rpc::Call& call, const std::string& name, const std::string& owner);

// Whose it becomes, with whom it is shared, and who edits it. `before` is nullptr at creation: the caller's own, unless a manager names
// somebody. An owner that is emptied stays.
template <typename T>
absl::Status SettleSharing(const record::Transaction& tx, const T* before, const std::string& path, T& after, status::BadFields& bad) {
  if (before != nullptr) {
    absl::Status status = CheckOwner(tx.call, before->name(), before->owner());
    if (!status.ok()) return status;
    if (after.owner().empty()) after.set_owner(before->owner());
  } else {
    if (after.owner().empty()) after.set_owner(tx.call.principal.name);
    absl::Status status = CheckOwner(tx.call, after.name(), after.owner());
    if (!status.ok()) return status;
  }
  after.set_readership(ReadershipOf(after.readers(), path + ".readers", bad));
  return absl::OkStatus();
}

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_DASHBOARD_SHARING_H_
