#include "services/resource/people/chapter.h"

#include "heitie/resource/v1/staff_policy.pb.h"

namespace heitie::resource {

PeopleChapter::PeopleChapter(const service::Context& context, const Budgets& budgets, const CostCenters& cost_centers)
    : tables(context),
      demands(tables),
      sources(tables, demands),
      training_money(budgets, cost_centers),
      plans(tables),
      watch(tables, sources, training_money, context.jobs) {}

void PeopleChapter::Bind(record::Methods& methods) {
  tables.policies.Bind<v1::PublishStaffPolicyRequest>(methods);
  demands.Bind(methods);
  plans.Bind(methods);
  watch.Bind(methods);
}

}  // namespace heitie::resource
