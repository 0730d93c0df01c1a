// Why not everything can be met: demands that cannot be met together, although without any one of them the others can.
#ifndef HEITIE_SERVICES_RESOURCE_ASSIGNMENT_CONFLICT_H_
#define HEITIE_SERVICES_RESOURCE_ASSIGNMENT_CONFLICT_H_

#include <vector>

#include "services/resource/assignment/problem.h"

namespace heitie::resource::assignment {

struct Conflict {
  std::vector<int> demands;  // in order
  bool smallest = false;     // proven: no smaller set of the demands that earlier conflicts have left cannot be met
};

// One conflict after the other, at most `most`; of each its last demand of the lowest priority is left out before the next is sought, until
// what is left can be met. Of 8 demands at most each is a smallest one, beyond that irreducible. Whatever the time does not suffice to
// prove is not answered. The problem is normalized, `solution` one of its best.
//
// An irreducible set: divide and conquer (Junker, QuickXplain, 2004). A smallest one: sets that hit every complement of a set that was seen
// to be possible, the smallest first; the first of them that is not possible is a smallest set that is not (Ignatiev et al., Smallest MUS
// extraction with minimal hitting set dualization, 2015).
std::vector<Conflict> FindConflicts(const Problem& problem, const Solution& solution, size_t most, Deadline deadline);

}  // namespace heitie::resource::assignment

#endif  // HEITIE_SERVICES_RESOURCE_ASSIGNMENT_CONFLICT_H_
