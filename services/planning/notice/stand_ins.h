// Whoever stands in for somebody today sees what waits for them (W14): who that is, in memory, for rules of rows.
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_STAND_INS_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_STAND_INS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/record/rows.h"
#include "common/service/main.h"
#include "services/planning/notice/looked_up.h"

namespace heitie::planning {

// Cheap to copy; the rules may outlive it. Thread-safe. By the copy of personnel's data, a second behind at most.
class StandIns {
 public:
  using ByDeputy = std::map<std::string, std::vector<std::string>>;  // who is away, by who stands in

  explicit StandIns(const service::Context& context);

  // Rows whose `field` names somebody for whom the caller stands in today.
  record::Rule For(const std::string& field) const;

 private:
  std::shared_ptr<LookedUp<ByDeputy>> known_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_STAND_INS_H_
