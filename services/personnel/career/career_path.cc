#include "services/personnel/career/career_path.h"

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/record/unused.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/personnel/career/year_grade.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {

const status::Reason kCareerCircle{absl::StatusCode::kInvalidArgument, "CAREER_CIRCLE",
                                   "The path would lead back to where it begins: {path}.", "此路徑會回到起點：{path}。"};
const status::Reason kCareerPathExists{absl::StatusCode::kFailedPrecondition, "CAREER_PATH_EXISTS",
                                       "{path} leads from {from} to {to} already; draft a version of it.",
                                       "{path} 已由 {from} 通往 {to}，請為其起草新版本。"};

namespace {

using v1::CareerPath;

absl::Status CheckConditions(const v1::CareerPathVersion& version) {
  status::BadFields bad;
  if ((version.grade_years() > 0) != !version.least_grade().empty()) {
    const bool years = version.grade_years() > 0;
    bad.Add(years ? "career_path_version.least_grade" : "career_path_version.grade_years", kHalfACondition,
            {{"other", years ? "grade_years" : "least_grade"}});
  }
  return bad.status();
}

}  // namespace

CareerPaths::CareerPaths(record::Store& store, const record::Kind<v1::Position>& positions, const AppraisalPolicies& appraisal_policies)
    : paths_(store), versions_(store, paths_, CheckConditions), positions_(positions) {
  versions_.SetPublishCheck([&appraisal_policies](record::Transaction& tx, const v1::CareerPathVersion& version) -> absl::Status {
    if (version.least_grade().empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const v1::AppraisalPolicy policy, appraisal_policies.InForce(tx.sql, time::ToTime(version.start_time())));
    return CheckGrades(policy, {version.least_grade()});
  });
}

// Breadth first, so that the circle that is told is a shortest one. Every position that is passed is guarded: of two paths that close a
// circle together, one passes the position where the other begins.
absl::Status CareerPaths::CheckCareerCircle(record::Transaction& tx, const CareerPath& path, status::BadFields& bad) const {
  std::map<std::string, std::string> from = {{path.to_position(), path.from_position()}};  // how a position was reached
  std::deque<std::string> open = {path.to_position()};
  for (; !open.empty(); open.pop_front()) {
    const std::string position = open.front();
    if (position == path.from_position()) {
      std::vector<std::string> circle = {position};
      for (std::string at = from.at(position); at != position; at = from.at(at)) circle.push_back(at);
      circle.push_back(position);
      std::reverse(circle.begin(), circle.end());
      bad.Add("career_path.to_position", kCareerCircle, {{"path", absl::StrJoin(circle, " → ")}});
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(positions_.Guard(tx, position).status());
    ASSIGN_OR_RETURN(const std::vector<CareerPath> onward,
                     paths_.Select(tx.sql, "WHERE from_position = ? ORDER BY name", sql::Bind(position)));
    for (const CareerPath& next : onward) {
      if (from.emplace(next.to_position(), position).second) open.push_back(next.to_position());
    }
  }
  return absl::OkStatus();
}

absl::Status CareerPaths::Create(record::Transaction& tx, CareerPath& path) {
  status::BadFields bad;
  const absl::Status begin = positions_.Guard(tx, path.from_position()).status();
  const absl::Status end = positions_.Find(tx.sql, path.to_position()).status();
  if (absl::IsNotFound(begin)) {
    bad.Add("career_path.from_position", kUnknownPosition, {{"position", path.from_position()}});
  } else {
    RETURN_IF_ERROR(begin);
  }
  if (absl::IsNotFound(end)) {
    bad.Add("career_path.to_position", kUnknownPosition, {{"position", path.to_position()}});
  } else {
    RETURN_IF_ERROR(end);
  }
  if (begin.ok() && end.ok()) RETURN_IF_ERROR(CheckCareerCircle(tx, path, bad));
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const std::vector<CareerPath> others, paths_.Select(tx.sql, "WHERE from_position = ? AND to_position = ?",
                                                                       sql::Bind(path.from_position(), path.to_position())));
  if (others.empty()) return absl::OkStatus();
  return status::Error(kCareerPathExists, {{"path", others.front().name()}, {"from", path.from_position()}, {"to", path.to_position()}});
}

void CareerPaths::Bind(record::Methods& methods) {
  methods.Reads(paths_);
  methods.Creates(paths_, this, &CareerPaths::Create);
  methods.Updates(paths_);
  record::DeletesUnused(methods, paths_);
  versions_.Bind<v1::PublishCareerPathVersionRequest>(methods);
}

}  // namespace heitie::personnel
