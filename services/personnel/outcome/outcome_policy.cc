#include "services/personnel/outcome/outcome_policy.h"

#include "services/personnel/outcome/outcome_rule.h"

namespace heitie::personnel {

OutcomePolicies::OutcomePolicies(record::Store& store) : versions_(store, "outcomePolicies/default", CheckOutcomePolicy) {}

}  // namespace heitie::personnel
