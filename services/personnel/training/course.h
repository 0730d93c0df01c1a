// Courses and the validity of their certificates (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_COURSE_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_COURSE_H_

#include <optional>

#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "heitie/personnel/v1/course.pb.h"

namespace heitie::personnel {

// The same day of the month `months` later, or that month's last day when it has no such day.
absl::CivilDay AddMonths(absl::CivilDay day, int months);

// The last day of a certificate of `course` that is valid from `first`; nullopt when it never expires. `first` itself at the earliest.
std::optional<absl::CivilDay> ValidUntil(const v1::Course& course, absl::CivilDay first);

// Thread-safe.
class Courses {
 public:
  explicit Courses(record::Store& store) : courses_(store) {}
  void Bind(record::Methods& methods);
  const record::Kind<v1::Course>& kind() const { return courses_; }

 private:
  record::Kind<v1::Course> courses_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_COURSE_H_
