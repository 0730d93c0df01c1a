#include "services/personnel/appraisal/grade.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "common/exact/apportion.h"
#include "services/personnel/appraisal/score.h"

namespace heitie::personnel {
namespace {

bool Before(const Candidate& a, const Candidate& b) { return std::tie(a.score, a.own, a.measured) > std::tie(b.score, b.own, b.measured); }

}  // namespace

size_t GradeOf(const std::vector<GradeRange>& grades, int64_t points) {
  const auto found = std::find_if(grades.begin(), grades.end(), [&](const GradeRange& grade) { return points >= grade.from; });
  return static_cast<size_t>(found - grades.begin());
}

size_t CorrectedGrade(const std::vector<GradeRange>& grades, size_t natural, size_t grade, int64_t corrected) {
  const size_t now = GradeOf(grades, corrected);
  return now < natural ? now : std::max(now, grade);
}

std::vector<int64_t> Seats(int64_t people, const QuotaRules& rules) { return exact::Apportion(people, rules.shares); }

std::vector<Graded> ApplyQuotas(const std::vector<Candidate>& group, const QuotaRules& rules) {
  std::vector<Graded> graded(group.size());
  for (size_t i = 0; i < group.size(); ++i) graded[i].grade = group[i].natural;
  if (static_cast<int64_t>(group.size()) < rules.least_group) return graded;
  std::vector<size_t> order(group.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return Before(group[a], group[b]); });
  for (size_t i = 0; i < order.size(); ++i) {
    const bool tied = i > 0 && !Before(group[order[i - 1]], group[order[i]]);
    graded[order[i]].rank = tied ? graded[order[i - 1]].rank : i + 1;
  }
  const std::vector<int64_t> seats = Seats(static_cast<int64_t>(group.size()), rules);
  // Of this grade and the better ones together; fewer than none where a tie has risen beyond the cap.
  int64_t open = 0;
  for (size_t grade = 0; grade < rules.capped; ++grade) {
    open += seats[grade];
    bool full = false;
    for (size_t i = 0, end = 0; i < order.size(); i = end) {
      int64_t wish = 0;
      for (; end < order.size() && graded[order[end]].rank == graded[order[i]].rank; ++end) wish += graded[order[end]].grade == grade;
      if (wish == 0) continue;
      full = full || open < (rules.ties_rise ? 1 : wish);
      if (!full) open -= wish;
      for (size_t k = i; full && k < end; ++k) {
        if (graded[order[k]].grade == grade) ++graded[order[k]].grade;
      }
    }
  }
  return graded;
}

}  // namespace heitie::personnel
