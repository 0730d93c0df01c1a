#ifndef HEITIE_SERVICES_RESOURCE_BUDGETING_CHAPTER_H_
#define HEITIE_SERVICES_RESOURCE_BUDGETING_CHAPTER_H_

#include "common/record/methods.h"
#include "common/service/main.h"
#include "services/resource/budgeting/alert_terms.h"
#include "services/resource/budgeting/budget_hold.h"
#include "services/resource/budgeting/budget_questions.h"
#include "services/resource/budgeting/budget_revision.h"
#include "services/resource/budgeting/cost_center.h"
#include "services/resource/budgeting/period_end.h"
#include "services/resource/money/booking.h"
#include "services/resource/money/budget.h"
#include "services/resource/money/encumbrance.h"
#include "services/resource/money/money_policy.h"

namespace heitie::resource {

// Budgets, what is taken of them, and how they are planned (policy S5). Not to be moved: its concepts refer to each other. Other chapters
// take money by `bookings`. Thread-safe.
struct MoneyChapter {
  explicit MoneyChapter(const service::Context& context);
  MoneyChapter(const MoneyChapter&) = delete;
  MoneyChapter& operator=(const MoneyChapter&) = delete;

  void Bind(record::Methods& methods);

  MoneyPolicies policies;
  CostCenters cost_centers;
  Budgets budgets;
  Bookings bookings;
  Encumbrances encumbrances;
  BudgetRevisions revisions;
  BudgetHolds holds;
  PeriodEnds period_ends;
  AlertTerms alert_terms;
  BudgetQuestions questions;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_BUDGETING_CHAPTER_H_
