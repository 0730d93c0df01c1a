// The problem as a flow of least cost, with LEMON's network simplex: days of equal minutes that different people may fill.
#ifndef HEITIE_SERVICES_RESOURCE_ASSIGNMENT_FLOW_H_
#define HEITIE_SERVICES_RESOURCE_ASSIGNMENT_FLOW_H_

#include "services/resource/assignment/problem.h"

namespace heitie::resource::assignment {

// Units flow from a source over a place (a day of a demand, as many as people are wanted), a person on that day (an arc for each option,
// one unit: nobody is there twice) and the person to a sink and back. Of a person's day there is as much as whole shares of `minutes` fit;
// of a person there are as many parallel arcs as shares, the n-th as dear as the n-th share adds to the square of the load, so that a
// cheapest flow takes them in turn.
//
// Levels one after the other, with integers of 64 bits and no weights: after each, an arc whose reduced cost is not 0 keeps its flow. These
// are all flows that are optimal so far, by complementary slackness, and the next level chooses among them. `minutes` is FlowMinutes, above
// 0; the problem is normalized. Past the deadline the levels that are left are not tried and the answer is not proven.
Solution SolveFlow(const Problem& problem, int minutes, Levels levels, Deadline deadline);

}  // namespace heitie::resource::assignment

#endif  // HEITIE_SERVICES_RESOURCE_ASSIGNMENT_FLOW_H_
