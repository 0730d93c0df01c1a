// How many people a department plans of a position, has and seeks on a day (policy H2), as a plain function of what is recorded.
#ifndef HEITIE_SERVICES_PERSONNEL_RECRUITMENT_HEADCOUNT_H_
#define HEITIE_SERVICES_PERSONNEL_RECRUITMENT_HEADCOUNT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/personnel/v1/headcount_plan.pb.h"
#include "heitie/personnel/v1/offer.pb.h"
#include "heitie/personnel/v1/promotion.pb.h"
#include "heitie/personnel/v1/requisition.pb.h"
#include "services/personnel/staff/assignment.h"

namespace heitie::personnel {

struct HeadcountFacts {
  std::string position, department;
  // Those of the pair's plan, in any state and order.
  std::vector<v1::HeadcountPlanVersion> versions;
  // Whoever held the position on some day, or will, and the employees of the offers.
  People people;
  // Of the position and department, in any state; the computed fields are not read.
  std::vector<v1::Requisition> requisitions;
  std::vector<v1::Offer> offers;
  // To the position in the department, in any state.
  std::vector<v1::Promotion> promotions;
};

// What is planned for a day: of the approved versions whose first month has begun, the one approved last, and in it the last month that has
// begun. Nothing where none has.
struct Planned {
  int32_t planned;
  std::string version;
};
std::optional<Planned> PlannedOn(const std::vector<v1::HeadcountPlanVersion>& versions, absl::CivilDay day);

// Whether a requisition holds its place in the headcount: it is approved or on hold, or its approval is under way.
bool HoldsItsPlace(const v1::Requisition& requisition);

// The terms in the order of their kind, then by name. An accepted offer counts as begun or later by its first day until it has an
// employee, then as later by the employee's until the employment begins, and no more from then on. So do those of requisitions that are
// over. A promotion counts from its approval on: as an accepted offer does, until the assignment that carries it out begins; a
// person counts once. n rows cost O(n log n).
v1::ComputeHeadcountResponse HeadcountOn(const HeadcountFacts& facts, absl::CivilDay day);

// The days on which more people are planned than there are.
struct HeadcountShortage {
  absl::CivilDay first, last;
  v1::ComputeHeadcountResponse worst;  // of the first day on which the most are missing
};
// Of the days `from` … `to`; nothing where on none of them is anybody uncovered. Only days on which facts begin or end are computed:
// O(those days * facts).
std::optional<HeadcountShortage> ShortageIn(const HeadcountFacts& facts, absl::CivilDay from, absl::CivilDay to);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RECRUITMENT_HEADCOUNT_H_
