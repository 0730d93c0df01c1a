#include "services/personnel/course.h"

#include <algorithm>

namespace heitie::personnel {

Day AddMonths(Day day, int months) {
  const absl::CivilMonth month = absl::CivilMonth(day) + months;
  const int last = (Day(month + 1) - 1).day();
  return Day(month) + (std::min(day.day(), last) - 1);
}

std::optional<Day> ValidUntil(const v1::Course& course, Day first) {
  if (course.validity_months() == 0 && course.validity_days() == 0) return std::nullopt;
  return AddMonths(first, course.validity_months()) + course.validity_days() - 1;
}

void Courses::Bind(rpc::Service& service) {
  service.Bind("GetCourse", kind_.Getter());
  service.Bind("ListCourses", kind_.Lister());
  service.Bind("CreateCourse", kind_.Creator());
  service.Bind("UpdateCourse", kind_.Updater());
}

}  // namespace heitie::personnel
