#include "services/personnel/rights/chapter.h"

#include "services/personnel/staff/chapter.h"

namespace heitie::personnel {

RightsChapter::RightsChapter(const service::Context& context, StaffChapter& staff)
    : manager_rule(context, staff.employees, staff.positions),
      access_policies(context.store, manager_rule),
      delegations(context, access_policies, staff.employees, staff.positions.kind(), staff.approvals, staff.steps) {}

void RightsChapter::Bind(record::Methods& methods) {
  access_policies.Bind(methods);
  delegations.Bind(methods);
}

}  // namespace heitie::personnel
