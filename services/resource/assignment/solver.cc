#include "services/resource/assignment/solver.h"

#include <algorithm>

#include "services/resource/assignment/flow.h"
#include "services/resource/assignment/program.h"

namespace heitie::resource::assignment {

Solution SolveNormalized(const Problem& problem, Deadline deadline, Levels levels) {
  Solution whole;
  for (const std::vector<int>& demands : PartsOf(problem)) {
    const Problem part = Restrict(problem, demands);
    const auto& days = part.demands.front().days;
    const bool nobody =
        part.demands.size() == 1 && std::all_of(days.begin(), days.end(), [](const Day& day) { return day.options.empty(); });
    if (nobody) continue;
    const int minutes = FlowMinutes(part);
    const Solution solved = minutes > 0 ? SolveFlow(part, minutes, levels, deadline) : SolveProgramme(part, levels, deadline);
    whole.method = std::max(whole.method, solved.method);
    whole.proven = whole.proven && solved.proven;
    for (const Seat& seat : solved.seats) whole.seats.insert({demands[seat.demand], seat.day, seat.person});
  }
  whole.objective = Evaluate(problem, whole.seats);
  return whole;
}

Solution Solve(const Problem& problem, Deadline deadline) {
  Problem normal = problem;
  const Order order = Normalize(normal);
  Solution solution = SolveNormalized(normal, deadline);
  Seats seats;
  for (const Seat& seat : solution.seats) seats.insert({order.demands[seat.demand], seat.day, order.people[seat.person]});
  solution.seats = std::move(seats);
  return solution;
}

}  // namespace heitie::resource::assignment
