// What is asked about budgets: which one pays, and plan against actual (policy S5).
#ifndef HEITIE_SERVICES_RESOURCE_BUDGETING_BUDGET_QUESTIONS_H_
#define HEITIE_SERVICES_RESOURCE_BUDGETING_BUDGET_QUESTIONS_H_

#include <map>
#include <string>
#include <vector>

#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/budget_report.pb.h"
#include "services/resource/money/booking.h"
#include "services/resource/money/budget.h"

namespace heitie::resource {

extern const status::Reason kVarianceTooLong;  // {most}

// Thread-safe.
class BudgetQuestions {
 public:
  BudgetQuestions(record::Store& store, const Budgets& budgets, const Bookings& bookings)
      : store_(store), budgets_(budgets), bookings_(bookings) {}
  void Bind(record::Methods& methods);

 private:
  // What was spent in each month of a budget with all below it, and at the budget itself.
  struct Spent {
    std::vector<int64_t> all, own;
  };

  absl::StatusOr<v1::FindCoveringBudgetResponse> FindCovering(const rpc::Call& call, const v1::FindCoveringBudgetRequest& request);
  absl::StatusOr<v1::ComputeBudgetVarianceResponse> ComputeVariance(const rpc::Call& call, const v1::ComputeBudgetVarianceRequest& request);
  absl::StatusOr<std::vector<v1::Budget>> AskedAbout(sql::Session& session, const v1::ComputeBudgetVarianceRequest& request) const;
  absl::StatusOr<std::map<std::string, Spent>> SpentBy(sql::Session& session, const std::vector<v1::Budget>& budgets,
                                                       absl::CivilMonth first, absl::CivilMonth last) const;

  record::Store& store_;
  const Budgets& budgets_;
  const Bookings& bookings_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_BUDGETING_BUDGET_QUESTIONS_H_
