// Who sees what concerns somebody's training (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_LEARNER_ROWS_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_LEARNER_ROWS_H_

#include <string>
#include <vector>

#include "common/record/rows.h"
#include "heitie/options/v1/access.pb.h"
#include "services/personnel/staff/teams.h"

namespace heitie::personnel {

// All below the caller, and below those for whose absence the caller stands in, for their decisions are the caller's meanwhile.
inline Teams::AskedBy LedBy(const Teams& teams) {
  return [below = teams.Below(), stands_in_for = teams.StandsInFor()](const rpc::Principal& principal) {
    std::vector<std::string> led = below(principal);
    for (const std::string& absent : stands_in_for(principal)) {
      rpc::Principal superior = principal;
      superior.name = absent;
      const std::vector<std::string> others = below(superior);
      led.insert(led.end(), others.begin(), others.end());
    }
    return led;
  };
}

// Rows that concern one employee, named in the field `employee`: seen by this one, by everybody above, and by operations managers.
inline record::Rule LearnerRows(const Teams& teams) {
  return record::Own("employee") || record::Among("employee", LedBy(teams)) || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER);
}

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_LEARNER_ROWS_H_
