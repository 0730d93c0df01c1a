// The best choice for any problem: parts that share nobody are solved on their own, as a flow where they are one, else as an integer
// programme. Pure functions, deterministic but for the time that they are given.
#ifndef HEITIE_SERVICES_RESOURCE_ASSIGNMENT_SOLVER_H_
#define HEITIE_SERVICES_RESOURCE_ASSIGNMENT_SOLVER_H_

#include "services/resource/assignment/problem.h"

namespace heitie::resource::assignment {

// The problem in any order; seats by its indexes. `method` is that of the hardest part. Not proven where the time ended before every part
// was.
Solution Solve(const Problem& problem, Deadline deadline);

// The same of a normalized problem.
Solution SolveNormalized(const Problem& problem, Deadline deadline, Levels levels = Levels::kAll);

}  // namespace heitie::resource::assignment

#endif  // HEITIE_SERVICES_RESOURCE_ASSIGNMENT_SOLVER_H_
