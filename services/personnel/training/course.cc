#include "services/personnel/training/course.h"

#include <algorithm>

#include "heitie/personnel/v1/course.pb.h"

namespace heitie::personnel {

absl::CivilDay AddMonths(absl::CivilDay day, int months) {
  const absl::CivilMonth month = absl::CivilMonth(day) + months;
  const int last = (absl::CivilDay(month + 1) - 1).day();
  return absl::CivilDay(month) + (std::min(day.day(), last) - 1);
}

std::optional<absl::CivilDay> ValidUntil(const v1::Course& course, absl::CivilDay first) {
  if (course.validity_months() == 0 && course.validity_days() == 0) return std::nullopt;
  return AddMonths(first, course.validity_months()) + course.validity_days() - 1;
}

void Courses::Bind(record::Methods& methods) {
  methods.Reads(courses_);
  methods.Creates(courses_);
  methods.Updates(courses_);
}

}  // namespace heitie::personnel
