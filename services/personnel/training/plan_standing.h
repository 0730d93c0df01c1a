// How the items of a training plan follow the certificates of its employee (policy H3). Pure functions.
#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_PLAN_STANDING_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_PLAN_STANDING_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/training_plan.pb.h"

namespace heitie::personnel {

// Where a course stands on a day.
struct CourseStanding {
  bool closed = false;
  // Of the certificates that cover the days from that one on without a gap, the one that lasts the longest; empty when none is valid.
  std::string certificate;
  // Its last day; nullopt when it never expires, or there is none.
  std::optional<absl::CivilDay> until;
  // The first day after this one on which any of this becomes otherwise by the dates of the certificates.
  std::optional<absl::CivilDay> change;
};

// `certificates` are the employee's issued ones, of any course. A course is closed while one is valid today and its last day is more than
// `renewal_days` away; one whose whole validity is short counts for the first half of it. O(n log n).
CourseStanding StandingOn(const std::string& course, const std::vector<v1::Certificate>& certificates, absl::CivilDay today,
                          int renewal_days);

// Sets the items and the change_date of a plan to how they stand today. Sessions are left as they are.
void Settle(v1::TrainingPlan& plan, const std::vector<v1::Certificate>& certificates, absl::CivilDay today, int renewal_days);

// Whether there are items and each is closed.
bool AllClosed(const v1::TrainingPlan& plan);

// The last day on which the first of the open items is to be done: that of its session, else the last of the certificate that is to be
// renewed; nullopt when no open item has either.
std::optional<absl::CivilDay> DueDayOf(const v1::TrainingPlan& plan);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_PLAN_STANDING_H_
