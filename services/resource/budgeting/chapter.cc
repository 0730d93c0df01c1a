#include "services/resource/budgeting/chapter.h"

namespace heitie::resource {

MoneyChapter::MoneyChapter(const service::Context& context)
    : policies(context.store),
      cost_centers(context.store),
      budgets(context.store, context.time_zone, policies, cost_centers),
      bookings(context.store, budgets, policies, cost_centers),
      encumbrances(context.store, bookings, context.jobs),
      revisions(context.store, budgets),
      holds(context.store, budgets, context.jobs),
      period_ends(context.store, budgets, bookings, holds, policies, context.jobs),
      alert_terms(context.store, budgets, policies, context.jobs),
      questions(context.store, budgets, bookings) {}

void MoneyChapter::Bind(record::Methods& methods) {
  policies.Bind(methods);
  cost_centers.Bind(methods);
  budgets.Bind(methods);
  encumbrances.Bind(methods);
  revisions.Bind(methods);
  holds.Bind(methods);
  questions.Bind(methods);
}

}  // namespace heitie::resource
