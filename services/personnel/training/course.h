// Courses and the validity of their certificates (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_COURSE_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_COURSE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/skill.pb.h"

namespace heitie::personnel {

extern const status::Reason kUnknownCourse;  // {course}
extern const status::Reason kCourseCircle;   // {course} {path}

// The same day of the month `months` later, or that month's last day when it has no such day.
absl::CivilDay AddMonths(absl::CivilDay day, int months);

// The last day of a certificate of `course` that is valid from `first`; nullopt when it never expires. `first` itself at the earliest.
std::optional<absl::CivilDay> ValidUntil(const v1::Course& course, absl::CivilDay first);

// Thread-safe.
class Courses {
 public:
  Courses(record::Store& store, const record::Kind<v1::Skill>& skills) : courses_(store), skills_(skills) {}
  void Bind(record::Methods& methods);
  const record::Kind<v1::Course>& kind() const { return courses_; }

 private:
  absl::Status Check(record::Transaction& tx, v1::Course& course);
  absl::Status Update(record::Transaction& tx, const v1::Course& before, v1::Course& after);
  absl::Status CheckPrerequisites(record::Transaction& tx, const v1::Course& course, status::BadFields& bad) const;

  record::Kind<v1::Course> courses_;
  const record::Kind<v1::Skill>& skills_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_COURSE_H_
