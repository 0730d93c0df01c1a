// Who is below whom today, and who stands in for whom: in memory, for rules of who sees what, which must not ask the database for each row.
#ifndef HEITIE_SERVICES_PERSONNEL_STAFF_TEAMS_H_
#define HEITIE_SERVICES_PERSONNEL_STAFF_TEAMS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/rpc/call.h"
#include "common/service/main.h"

namespace heitie::personnel {

// What is below each: `reports` has the direct ones. Sorted; a circle that a mistake has stored ends the search.
std::vector<std::string> AllBelow(const std::map<std::string, std::vector<std::string>>& reports, const std::string& superior);

// What this process has committed is seen at once, what another replica has, within a second. While the database cannot be read nobody is
// below anybody, so that a rule shows too little, never too much. Thread-safe.
class Teams {
 public:
  using AskedBy = std::function<std::vector<std::string>(const rpc::Principal&)>;

  explicit Teams(const service::Context& context);

  // For record::Among: the employees whom somebody leads today, at any depth. Who has no superior is below nobody here; operations
  // managers, who then stand in, see by their role. Both functions may be called as long as the store and the clock exist.
  AskedBy Below() const;
  // The employees who are absent today and have named the caller as deputy for it.
  AskedBy StandsInFor() const;

  // A transaction changes who leads or stands in: what is in memory is read again once it has committed.
  void Changing();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFF_TEAMS_H_
