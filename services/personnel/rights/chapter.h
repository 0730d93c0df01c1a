#ifndef HEITIE_SERVICES_PERSONNEL_RIGHTS_CHAPTER_H_
#define HEITIE_SERVICES_PERSONNEL_RIGHTS_CHAPTER_H_

#include "common/service/main.h"
#include "services/personnel/rights/access_policy.h"
#include "services/personnel/rights/delegation.h"
#include "services/personnel/rights/managers.h"

namespace heitie::personnel {

struct StaffChapter;

// What posts and delegations let people do (H1). Not to be moved: its concepts refer to each other. Thread-safe.
struct RightsChapter {
  RightsChapter(const service::Context& context, StaffChapter& staff);
  RightsChapter(const RightsChapter&) = delete;
  RightsChapter& operator=(const RightsChapter&) = delete;

  void Bind(record::Methods& methods);

  ManagerRule manager_rule;
  AccessPolicies access_policies;
  Delegations delegations;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RIGHTS_CHAPTER_H_
