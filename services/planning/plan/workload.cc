#include "services/planning/plan/workload.h"

#include <algorithm>
#include <set>

namespace heitie::planning {

std::optional<Overload> FindOverload(std::vector<Work> work, int64_t hours_per_day) {
  std::sort(work.begin(), work.end(), [](const Work& a, const Work& b) { return a.end < b.end; });
  std::set<int64_t> begins;
  for (const Work& w : work) begins.insert(w.begin);
  std::optional<Overload> worst;
  for (const int64_t begin : begins) {
    int64_t hours = 0;
    bool own = false;
    for (const Work& w : work) {  // By end: `hours` is always the work inside [begin, w.end).
      if (w.begin < begin) continue;
      hours += w.hours;
      own = own || w.own;
      const int64_t available = (w.end - begin) * hours_per_day;
      if (own && hours > available && (!worst || hours - available > worst->hours - worst->available))
        worst = Overload{begin, w.end, hours, available};
    }
  }
  return worst;
}

}  // namespace heitie::planning
