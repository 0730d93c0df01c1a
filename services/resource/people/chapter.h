#ifndef HEITIE_SERVICES_RESOURCE_PEOPLE_CHAPTER_H_
#define HEITIE_SERVICES_RESOURCE_PEOPLE_CHAPTER_H_

#include "common/record/methods.h"
#include "common/service/main.h"
#include "services/resource/people/demand_sources.h"
#include "services/resource/people/staff_demand.h"
#include "services/resource/people/staff_plan.h"
#include "services/resource/people/staff_watch.h"
#include "services/resource/people/tables.h"
#include "services/resource/people/training_money.h"

namespace heitie::resource {

// People as a resource: who is needed, who does what when, how full they are (policy S1, S2). Not to be moved: its concepts refer to each
// other. Thread-safe.
struct PeopleChapter {
  PeopleChapter(const service::Context& context, const Budgets& budgets, const CostCenters& cost_centers);
  PeopleChapter(const PeopleChapter&) = delete;
  PeopleChapter& operator=(const PeopleChapter&) = delete;

  void Bind(record::Methods& methods);

  StaffTables tables;
  StaffDemands demands;
  DemandSources sources;
  TrainingMoney training_money;
  StaffPlans plans;
  StaffWatch watch;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PEOPLE_CHAPTER_H_
