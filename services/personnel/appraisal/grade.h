// Grades of a year: intervals of points, and quotas on the best of them (policy H6). Pure functions.
#ifndef HEITIE_SERVICES_PERSONNEL_APPRAISAL_GRADE_H_
#define HEITIE_SERVICES_PERSONNEL_APPRAISAL_GRADE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/exact/fraction.h"

namespace heitie::personnel {

// Points from `from` up to but not including `to`; the best grade includes the 10,000 at its end.
struct GradeRange {
  std::string grade;
  int64_t from = 0, to = 0;
};

// The place of the grade of `points`, 0 the best. The grades cover all points (CheckPolicy).
size_t GradeOf(const std::vector<GradeRange>& grades, int64_t points);

// The place of the grade that counts once a score is corrected, of a person whose score had the grade `natural` and who had `grade` under
// the caps. A better grade than that of the old score is had whatever the caps, since nobody else's moves; otherwise nobody rises.
size_t CorrectedGrade(const std::vector<GradeRange>& grades, size_t natural, size_t grade, int64_t corrected);

struct QuotaRules {
  std::vector<int64_t> shares;  // of each grade, best first, in basis points; they add to 10,000
  size_t capped = 0;            // so many of the best grades have a cap; less than there are grades
  int64_t least_group = 5;      // smaller groups are exempt
  bool ties_rise = false;       // who is tied at the last seat: all get the better grade, beyond the cap, instead of none
};

struct Candidate {
  int64_t score = 0;
  int64_t own = 0;           // of the year itself
  exact::Fraction measured;  // points
  size_t natural = 0;        // the grade of the score
};

struct Graded {
  size_t grade = 0;
  // The order of those whom the caps judged, 1 the first; equal for who is tied. 0 where nothing is capped.
  size_t rank = 0;
};

// The seats of each grade for a group of n: largest remainders, of equal ones to the better grade.
std::vector<int64_t> Seats(int64_t people, const QuotaRules& rules);

// The grades under the caps. From the best grade down: those who would have it stand in order, by score, the year's own result and the
// measured points, and so many keep it as it and the better ones have seats together, less those already placed; the others fall one grade
// and are judged again there, at most down to the first grade without a cap. Who is tied across the last seat shares the fate of the others
// in the tie. Nobody rises above the grade of the score. The order of `group` does not matter. n people cost O(n log n) for each capped
// grade.
std::vector<Graded> ApplyQuotas(const std::vector<Candidate>& group, const QuotaRules& rules);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_APPRAISAL_GRADE_H_
