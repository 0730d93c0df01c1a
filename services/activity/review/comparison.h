// Activities side by side (policy A4), as a plain function of their reports.
#ifndef HEITIE_SERVICES_ACTIVITY_REVIEW_COMPARISON_H_
#define HEITIE_SERVICES_ACTIVITY_REVIEW_COMPARISON_H_

#include <vector>

#include "heitie/activity/v1/comparison.pb.h"
#include "heitie/activity/v1/report.pb.h"

namespace heitie::activity {

// Of at least two reports, each of another activity; `alpha` is the error of the tests. Values that do not mean the same are shown and
// marked, and are neither added nor tested.
v1::CompareActivitiesResponse CompareReports(const std::vector<v1::Report>& reports, double alpha);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_REVIEW_COMPARISON_H_
