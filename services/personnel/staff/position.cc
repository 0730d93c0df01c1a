#include "services/personnel/staff/position.h"

#include "absl/strings/str_cat.h"
#include "common/record/archived.h"
#include "common/status/macros.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "services/personnel/training/course.h"
#include "services/personnel/training/skill.h"

namespace heitie::personnel {

const status::Reason kRoleNotForPeople{absl::StatusCode::kInvalidArgument, "ROLE_NOT_FOR_PEOPLE",
                                       "{role} is not a role that a person can hold.", "{role} 不是人員可擔任的角色。"};
const status::Reason kUnknownDuty{absl::StatusCode::kInvalidArgument, "UNKNOWN_DUTY", "There is no duty {duty}.", "沒有職責 {duty}。"};

bool IsForPeople(int role) {
  return role != options::v1::ROLE_UNSPECIFIED && role != options::v1::ROLE_PRODUCER && role != options::v1::ROLE_SERVICE;
}

void CheckRoles(const v1::Position& position, status::BadFields& bad) {
  for (int i = 0; i < position.roles_size(); ++i) {
    if (IsForPeople(position.roles(i))) continue;
    bad.Add(absl::StrCat("position.roles[", i, "]"), kRoleNotForPeople, {{"role", options::v1::Role_Name(position.roles(i))}});
  }
}

absl::Status Positions::Check(record::Transaction& tx, v1::Position& position) {
  status::BadFields bad;
  CheckRoles(position, bad);
  for (int i = 0; i < position.required_courses_size(); ++i) {
    const std::string& course = position.required_courses(i);
    const absl::Status found = courses_.Find(tx.sql, course).status();
    if (absl::IsNotFound(found)) {
      bad.Add(absl::StrCat("position.required_courses[", i, "]"), kUnknownCourse, {{"course", course}});
    } else {
      RETURN_IF_ERROR(found);
    }
  }
  RETURN_IF_ERROR(CheckLevels(tx.sql, skills_, "position.required_skills", position.required_skills(), bad));
  for (int i = 0; i < position.duties_size(); ++i) {
    const std::string& duty = position.duties(i);
    const absl::Status found = duties_.Find(tx.sql, duty).status();
    if (absl::IsNotFound(found)) {
      bad.Add(absl::StrCat("position.duties[", i, "]"), kUnknownDuty, {{"duty", duty}});
    } else {
      RETURN_IF_ERROR(found);
    }
  }
  return bad.status();
}

absl::Status Positions::Update(record::Transaction& tx, const v1::Position&, v1::Position& after) { return Check(tx, after); }

void Positions::Bind(record::Methods& methods) {
  methods.Reads(positions_);
  methods.Creates(positions_, this, &Positions::Check);
  methods.Updates(positions_, this, &Positions::Update);
  record::Archives<v1::ArchivePositionRequest, v1::RestorePositionRequest>(methods, positions_);
}

}  // namespace heitie::personnel
