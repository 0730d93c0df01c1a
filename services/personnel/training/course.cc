#include "services/personnel/training/course.h"

#include <algorithm>
#include <deque>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/record/archived.h"
#include "common/status/macros.h"
#include "heitie/personnel/v1/course.pb.h"
#include "services/personnel/training/skill.h"

namespace heitie::personnel {

const status::Reason kUnknownCourse{absl::StatusCode::kInvalidArgument, "UNKNOWN_COURSE", "There is no course {course}.",
                                    "沒有課程 {course}。"};
const status::Reason kCourseCircle{absl::StatusCode::kInvalidArgument, "COURSE_CIRCLE", "{course} would presuppose itself: {path}.",
                                   "{course} 會成為自己的先修課程：{path}。"};

absl::CivilDay AddMonths(absl::CivilDay day, int months) {
  const absl::CivilMonth month = absl::CivilMonth(day) + months;
  const int last = (absl::CivilDay(month + 1) - 1).day();
  return absl::CivilDay(month) + (std::min(day.day(), last) - 1);
}

std::optional<absl::CivilDay> ValidUntil(const v1::Course& course, absl::CivilDay first) {
  if (course.validity_months() == 0 && course.validity_days() == 0) return std::nullopt;
  return AddMonths(first, course.validity_months()) + course.validity_days() - 1;
}

// Breadth first, so that the circle that is told is a shortest one. Every course that is passed is guarded: of two changes that close a
// circle together, one passes what the other changes.
absl::Status Courses::CheckPrerequisites(record::Transaction& tx, const v1::Course& course, status::BadFields& bad) const {
  std::map<std::string, std::string> from;  // how a course was reached
  std::deque<std::string> open;
  const auto reach = [&](const std::string& prerequisite, const std::string& by) {
    if (from.emplace(prerequisite, by).second) open.push_back(prerequisite);
  };
  for (const std::string& prerequisite : course.prerequisites()) reach(prerequisite, course.name());
  for (; !open.empty(); open.pop_front()) {
    const std::string name = open.front();
    if (name == course.name()) {
      std::vector<std::string> path = {name};
      for (std::string at = from.at(name); at != course.name(); at = from.at(at)) path.push_back(at);
      path.push_back(course.name());
      std::reverse(path.begin(), path.end());
      bad.Add("course.prerequisites", kCourseCircle, {{"course", course.name()}, {"path", absl::StrJoin(path, " → ")}});
      break;
    }
    const absl::StatusOr<v1::Course> reached = courses_.Guard(tx, name);
    if (absl::IsNotFound(reached.status())) {
      const auto& named = course.prerequisites();
      bad.Add(absl::StrCat("course.prerequisites[", std::find(named.begin(), named.end(), name) - named.begin(), "]"), kUnknownCourse,
              {{"course", name}});
      continue;
    }
    RETURN_IF_ERROR(reached.status());
    for (const std::string& prerequisite : reached->prerequisites()) reach(prerequisite, name);
  }
  return absl::OkStatus();
}

absl::Status Courses::Check(record::Transaction& tx, v1::Course& course) {
  status::BadFields bad;
  RETURN_IF_ERROR(CheckLevels(tx.sql, skills_, "course.granted_skills", course.granted_skills(), bad));
  RETURN_IF_ERROR(CheckPrerequisites(tx, course, bad));
  return bad.status();
}

absl::Status Courses::Update(record::Transaction& tx, const v1::Course&, v1::Course& after) { return Check(tx, after); }

void Courses::Bind(record::Methods& methods) {
  methods.Reads(courses_);
  methods.Creates(courses_, this, &Courses::Check);
  methods.Updates(courses_, this, &Courses::Update);
  record::Archives<v1::ArchiveCourseRequest, v1::RestoreCourseRequest>(methods, courses_);
}

}  // namespace heitie::personnel
