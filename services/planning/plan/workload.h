// Whether one person can do what is asked of them in the time that there is.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_WORKLOAD_H_
#define HEITIE_SERVICES_PLANNING_PLAN_WORKLOAD_H_

#include <cstdint>
#include <optional>
#include <vector>

namespace heitie::planning {

// Work to be done within the workdays [begin, end), in hours. Days count from any common origin.
struct Work {
  int64_t begin, end;
  int64_t hours;
  // Of the plan under judgement; other work only takes time away.
  bool own = true;
};

// A span of workdays whose own work does not fit.
struct Overload {
  int64_t begin, end;
  int64_t hours;      // Of all work that lies wholly inside.
  int64_t available;  // Of the person in the span.
};

// The span that lacks most hours, the first such; nothing when the work fits. Work may be split at will within its days: then it fits
// exactly when no span of days contains more work than hours, which is what is tested. Spans without own work are not reported. O(n²).
std::optional<Overload> FindOverload(std::vector<Work> work, int64_t hours_per_day);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_WORKLOAD_H_
