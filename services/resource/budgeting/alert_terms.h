// Alerts of budgets by the thresholds of the terms in force (policy S5): what a version says anew counts for every open budget within the
// hour.
#ifndef HEITIE_SERVICES_RESOURCE_BUDGETING_ALERT_TERMS_H_
#define HEITIE_SERVICES_RESOURCE_BUDGETING_ALERT_TERMS_H_

#include "common/job/runner.h"
#include "common/record/store.h"
#include "services/resource/money/budget.h"
#include "services/resource/money/money_policy.h"

namespace heitie::resource {

// A budget carries its thresholds, so that a booking looks up no terms. Thread-safe.
class AlertTerms {
 public:
  // Handles the recurring job "take-alert-thresholds".
  AlertTerms(record::Store& store, const Budgets& budgets, const MoneyPolicies& policies, job::Runner& jobs);

 private:
  absl::Status Run(const rpc::Call& call);

  record::Store& store_;
  const Budgets& budgets_;
  const MoneyPolicies& policies_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_BUDGETING_ALERT_TERMS_H_
