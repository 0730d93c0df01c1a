// What the door asks the directory about each caller who is an employee (policy H1):
//
//   who has left            is refused, whatever the token says (LEFT_THE_COMPANY);
//   mode REPORT             roles beyond the post and its delegations count, and are counted and listed;
//   mode ENFORCE            they do not count; nor does a department that is not the post's. Of whom nothing is known has no role.
//
// Services and producers are not people and are left alone. Cost: one hash lookup and some comparisons, no allocation; who has excess roles
// waits for a lock that is held for as long.
#ifndef HEITIE_COMMON_PEOPLE_DOORKEEPER_H_
#define HEITIE_COMMON_PEOPLE_DOORKEEPER_H_

#include <array>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/people/directory.h"
#include "common/record/store.h"
#include "common/rpc/door.h"
#include "common/status/reason.h"

namespace heitie::people {

extern const status::Reason kLeftTheCompany;  // {name}

// Beyond so many people with excess roles, further ones are counted, but not listed, until the list was written.
inline constexpr size_t kMostListed = 10'000;

// What is left of the caller's roles and department, and whether the request is refused; `excess` are the roles that neither post nor
// delegation grants. For `employees/…` only.
absl::Status Judge(const Known& known, absl::Time now, rpc::Principal& principal, uint32_t* excess);

// Thread-safe.
class Doorkeeper final : public rpc::Rights {
 public:
  explicit Doorkeeper(const Directory& directory) : directory_(directory) { ShowFigures(); }
  absl::Status Judge(const google::protobuf::MethodDescriptor* method, absl::Time now, rpc::Principal& principal) const override;
  // Writes what excess it has seen into the table `excess_role`, for ListExcessRoles. Nothing is written when there was none.
  absl::Status KeepExcess(record::Store& store);

 private:
  static constexpr size_t kRoles = 32;
  struct Seen {
    std::array<int64_t, kRoles> requests{};
    absl::Time first, last;
  };
  void Note(const std::string& person, uint32_t excess, absl::Time now) const;
  void PutBack(const absl::flat_hash_map<std::string, Seen>& seen);
  void ShowFigures() const;

  const Directory& directory_;
  mutable std::mutex mutex_;
  mutable absl::flat_hash_map<std::string, Seen> seen_;  // guarded by mutex_
};

}  // namespace heitie::people

#endif  // HEITIE_COMMON_PEOPLE_DOORKEEPER_H_
