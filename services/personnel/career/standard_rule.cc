#include "services/personnel/career/standard_rule.h"

#include <algorithm>

#include "common/time/day.h"

namespace heitie::personnel {

std::vector<ScoredMonth> BelowStandard(const std::vector<ScoredMonth>& months, int64_t points, int in_a_row) {
  const size_t wanted = static_cast<size_t>(in_a_row);
  if (in_a_row == 0 || months.size() < wanted) return {};
  std::vector<ScoredMonth> latest(months.end() - in_a_row, months.end());
  const bool below = std::all_of(latest.begin(), latest.end(), [&](const ScoredMonth& month) { return month.points < points; });
  return below ? latest : std::vector<ScoredMonth>();
}

bool IsFollowed(const Followed& followed, absl::CivilMonth month) {
  if (followed.plans_end && month <= absl::CivilMonth(*followed.plans_end)) return true;
  return std::any_of(followed.interviews.begin(), followed.interviews.end(), [&](const v1::PerformanceInterview& interview) {
    return interview.has_ground_month() && month <= absl::CivilMonth(time::ToDay(interview.ground_month()));
  });
}

bool IsFollowed(const Followed& followed, int year, const std::string& appraisal) {
  const absl::CivilMonth december(year, 12);
  if (followed.plans_end && december <= absl::CivilMonth(*followed.plans_end)) return true;
  return std::any_of(followed.interviews.begin(), followed.interviews.end(), [&](const v1::PerformanceInterview& interview) {
    const auto& grounds = interview.appraisals();
    if (std::find(grounds.begin(), grounds.end(), appraisal) != grounds.end()) return true;
    return interview.state() == v1::PerformanceInterview::STATE_HELD && interview.has_ground_month() &&
           december <= absl::CivilMonth(time::ToDay(interview.ground_month()));
  });
}

}  // namespace heitie::personnel
