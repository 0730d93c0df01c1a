// From demands, facts and person-days in force to a problem of the solver, and from its solution to a plan that people read. Pure
// functions.
#ifndef HEITIE_SERVICES_RESOURCE_PEOPLE_PLANNING_H_
#define HEITIE_SERVICES_RESOURCE_PEOPLE_PLANNING_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "services/resource/assignment/problem.h"
#include "services/resource/people/capacity.h"

namespace heitie::resource {

// What a plan is computed from.
struct PlanInput {
  StaffFacts facts;
  absl::CivilDay today;
  absl::CivilDay first, last;  // that may be planned: none before today
  std::vector<v1::StaffDemand> demands;
  std::vector<PersonDay> in_force;  // from the first day of the policy's window to the last one, of everybody
};

// Minutes that are left to each person on each day from `first` to `last` beside what the plan's own demands take: without activities,
// other demands in force and training.
std::map<EmployeeDay, int> LeftBeside(const PlanInput& input);

// What a demand asks, in short: in place of its etag, which also changes with what the service notes in it.
std::string DemandVersion(const v1::StaffDemand& demand);

// Every resource that the plan rests on, by name: its demands, whoever holds one of their positions on one of the days, those people's
// certificates of the courses asked for, the positions, their activities, the calendar.
std::vector<v1::StaffPlan::Fact> FactsOf(const PlanInput& input);

// Person-days of one person that are wanted on all days or not at all are left out where the plan has only some of the demand's days to
// come. Such demands, which a plan with other days can meet, have no days here and are answered as unmet.
assignment::Problem ProblemOf(const PlanInput& input);

// Computes the plan, given the input's problem: sets what it says of assignments, unmet demands, conflicts, objective, method, proof,
// policy and facts.
void ComputePlan(const PlanInput& input, const assignment::Problem& problem, assignment::Deadline deadline, v1::StaffPlan& plan);

// The assignments of person-days, by demand and employee.
std::vector<v1::StaffPlan::Assignment> AssignmentsOf(const std::vector<PersonDay>& days);

// The person-days of a plan from `first` on.
std::vector<PersonDay> PersonDaysOf(const v1::StaffPlan& plan, const std::map<std::string, v1::StaffDemand>& demands, absl::CivilDay first);

// What is missing of a demand from `first` on, of so many assigned people by day; not set when nothing is.
void SetShortage(const StaffFacts& facts, const std::map<absl::CivilDay, int>& assigned, absl::CivilDay first, v1::StaffDemand& demand);

// Who holds the demand's position and cannot be had on its days from `first` on, because of what is taken of them in all less `own`, the
// person-days of the demand itself: on any day where one person is wanted for all, on every day where each may have people of its own. By
// name, without those whom the demand has.
std::vector<std::string> AssignedElsewhere(const StaffFacts& facts, const v1::StaffDemand& demand, const std::map<EmployeeDay, int>& taken,
                                           const std::map<EmployeeDay, int>& own, absl::CivilDay first);

// Facts that have changed, come or gone, as they are now.
std::vector<v1::StaffPlan::Fact> ChangedFacts(const v1::StaffPlan& plan, const std::vector<v1::StaffPlan::Fact>& now);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PEOPLE_PLANNING_H_
