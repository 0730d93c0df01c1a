// The problem as an integer programme, with GLPK: one person over several days, or unequal minutes, which no flow can express.
#ifndef HEITIE_SERVICES_RESOURCE_ASSIGNMENT_PROGRAM_H_
#define HEITIE_SERVICES_RESOURCE_ASSIGNMENT_PROGRAM_H_

#include "services/resource/assignment/problem.h"

namespace heitie::resource::assignment {

// A variable of 0 or 1 for each person and demand of one person for all days, and for each option of others; rows for the minutes of each
// person's day and for the places. Squares are sums of steps of rising cost, a row for each person. Levels one after the other, each fixed
// by a row before the next.
//
// GLPK computes with doubles and compares to a relative 1e-7. What is claimed to be proven is what that can tell apart: objectives are
// whole numbers without common factors and without what is constant, and one beyond 4,000,000 is answered as not proven, as is one for
// which the time did not suffice; then the best that was found is answered, at least what a plain choice by priority and name gives. The
// problem is normalized. One at a time in a process, and where GLPK gives up (glpk_guard.h) it is answered as not proven as well.
Solution SolveProgramme(const Problem& problem, Levels levels, Deadline deadline);

}  // namespace heitie::resource::assignment

#endif  // HEITIE_SERVICES_RESOURCE_ASSIGNMENT_PROGRAM_H_
