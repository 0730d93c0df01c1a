#include "services/personnel/career/standard.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/personnel/career/improvement_plan.h"

namespace heitie::personnel {
namespace {

constexpr absl::Duration kWatchingInterval = absl::Hours(1);
constexpr char kJudgeJob[] = "judge-standard";
constexpr int kHoldDays = 14;
constexpr absl::Duration kLookedBack = absl::Hours(24 * 60);
// Years are closed within the next one, or brought along later.
constexpr int kYearsBack = 3;

// The points of a sheet: those of the latest approved adjustment, else its own.
constexpr char kPointsOfSheet[] =
    "COALESCE((SELECT j.new_points FROM appraisal_adjustments j WHERE j.name > CONCAT(a.name, '/adjustments/') AND "
    "j.name < CONCAT(a.name, '/adjustments0') AND j.state = 'STATE_APPROVED' ORDER BY j.approve_time DESC, j.name DESC LIMIT 1), a.points)";

bool IsYear(const v1::AppraisalCycle& cycle) { return cycle.period() == v1::AppraisalCycle::PERIOD_YEAR; }

bool IsBelow(const v1::CareerPolicy& policy, const YearGrade& year) {
  const auto& below = policy.below_grades();
  return std::find(below.begin(), below.end(), CountingGrade(year)) != below.end();
}

}  // namespace

StandardWatch::StandardWatch(const service::Context& context, const CareerPolicies& policies, const PerformanceInterviews& interviews,
                             const Employees& employees, AppraisalRows& rows, const YearGrades& year_grades)
    : store_(context.store), policies_(policies), interviews_(interviews), employees_(employees), rows_(rows), year_grades_(year_grades) {
  context.jobs.Recur("watch-standard", kWatchingInterval, [this](const rpc::Call& call, const job::Job&) {
    return Judge(call, "state = 'STATE_CLOSED' AND close_time >= ?", sql::Bind(call.now - kLookedBack));
  });
  context.jobs.Handle(
      kJudgeJob, [this](const rpc::Call& call, const job::Job& job) { return Judge(call, "name = ?", sql::Bind(job.payload)); },
      job::Lane::kLongWork);
  rows.FollowClosing([](record::Transaction& tx, const v1::AppraisalCycle& closed) {
    return job::Schedule(tx, {absl::StrCat(closed.name(), "/standard"), kJudgeJob, closed.name(), tx.call.now});
  });
}

absl::StatusOr<std::set<std::string>> StandardWatch::Candidates(sql::Session& sql, const v1::CareerPolicy& policy,
                                                                const Cycles& cycles) const {
  std::set<std::string> candidates;
  for (const v1::AppraisalCycle& cycle : cycles) {
    if (IsYear(cycle)) {
      if (policy.below_grades().empty()) continue;
      ASSIGN_OR_RETURN(const auto grades, year_grades_.In(sql, cycle));
      for (const auto& [person, grade] : grades) {
        if (IsBelow(policy, grade)) candidates.insert(person);
      }
    } else if (policy.months_in_a_row() > 0) {
      sql::Values values = record::ChildRange(cycle.name(), "appraisals");
      values.emplace_back(int64_t{policy.below_points()});
      RETURN_IF_ERROR(sql.Query(absl::StrCat("SELECT a.employee FROM appraisals a WHERE a.name > ? AND a.name < ? AND a.state = "
                                             "'STATE_CLOSED' AND ",
                                             kPointsOfSheet, " < ?"),
                                values, [&](const sql::Row& row) { candidates.insert(row.Text(0)); }));
    }
  }
  return candidates;
}

absl::StatusOr<Followed> StandardWatch::FollowedOf(sql::Session& sql, const std::string& employee) const {
  Followed followed;
  ASSIGN_OR_RETURN(followed.interviews, interviews_.kind().Select(sql, "WHERE employee = ? ORDER BY name", sql::Bind(employee)));
  RETURN_IF_ERROR(sql.Query("SELECT MAX(end_date) FROM improvement_plans WHERE employee = ? AND state <> 'STATE_WITHDRAWN'",
                            sql::Bind(employee), [&](const sql::Row& row) {
                              if (!row.IsNull(0)) followed.plans_end = *time::ParseDay(row.Text(0));
                            }));
  return followed;
}

absl::StatusOr<std::vector<ScoredMonth>> StandardWatch::MonthsOf(sql::Session& sql, const std::string& employee,
                                                                 const Followed& followed) const {
  std::vector<ScoredMonth> months;
  RETURN_IF_ERROR(sql.Query(absl::StrCat("SELECT * FROM (SELECT a.month, ", kPointsOfSheet,
                                         " AS points, a.name FROM appraisals a JOIN appraisal_cycles c ON c.name = SUBSTRING_INDEX(a.name, "
                                         "'/appraisals/', 1) WHERE a.employee = ? AND a.state = 'STATE_CLOSED' AND c.period = "
                                         "'PERIOD_MONTH') s WHERE points IS NOT NULL ORDER BY month"),
                            sql::Bind(employee), [&](const sql::Row& row) {
                              const absl::CivilMonth month(*time::ParseDay(row.Text(0)));
                              if (!IsFollowed(followed, month)) months.push_back({month, row.Int(1), row.Text(2)});
                            }));
  return months;
}

absl::StatusOr<std::optional<StandardWatch::LatestYear>> StandardWatch::YearOf(sql::Session& sql, const v1::CareerPolicy& policy,
                                                                               const std::string& employee, const Followed& followed,
                                                                               absl::Time now) const {
  if (policy.below_grades().empty()) return std::nullopt;
  const int last = static_cast<int>(policies_.DayOf(now).year()) - 1;
  ASSIGN_OR_RETURN(const auto grades, year_grades_.Of(sql, {employee}, last - kYearsBack + 1, last));
  const auto of_person = grades.find(employee);
  if (of_person == grades.end()) return std::nullopt;
  for (auto it = of_person->second.rbegin(); it != of_person->second.rend(); ++it) {
    const auto& [year, grade] = *it;
    if (CountingGrade(grade).empty()) continue;
    const bool leads = IsBelow(policy, grade) && grade.close_time >= now - kLookedBack && !IsFollowed(followed, year, grade.appraisal);
    return leads ? std::optional<LatestYear>(*it) : std::nullopt;
  }
  return std::nullopt;
}

absl::Status StandardWatch::Consider(record::Transaction& tx, const v1::CareerPolicy& policy, const std::string& name) const {
  // Whoever plans an interview or presents a plan meanwhile waits, or is seen.
  ASSIGN_OR_RETURN(const v1::Employee employee, employees_.kind().Guard(tx, name));
  const absl::CivilDay today = policies_.DayOf(tx.call.now);
  if (!EmployedOn(employee, today)) return absl::OkStatus();
  bool open = false;  // What is being improved leads to nothing besides.
  RETURN_IF_ERROR(tx.sql.Query(absl::StrCat("SELECT 1 FROM improvement_plans WHERE employee = ? AND ", kOpenPlans, " LIMIT 1"),
                               sql::Bind(name), [&](const sql::Row&) { open = true; }));
  if (open) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Followed followed, FollowedOf(tx.sql, name));
  ASSIGN_OR_RETURN(const std::vector<ScoredMonth> months, MonthsOf(tx.sql, name, followed));
  const std::vector<ScoredMonth> below = BelowStandard(months, policy.below_points(), policy.months_in_a_row());
  ASSIGN_OR_RETURN(const std::optional<LatestYear> year, YearOf(tx.sql, policy, name, followed, tx.call.now));
  if (below.empty() && !year) return absl::OkStatus();

  v1::PerformanceInterview interview;
  interview.set_employee(name);
  interview.set_policy(policy.name());
  std::string reason;
  if (!below.empty()) {
    for (const ScoredMonth& month : below) interview.add_appraisals(month.appraisal);
    *interview.mutable_ground_month() = time::ToDate(absl::CivilDay(below.back().month));
    const std::string points = absl::StrFormat("%d.%02d", policy.below_points() / 100, policy.below_points() % 100);
    reason = absl::StrCat(below.size(), " months in a row below ", points, " points. 連續 ", below.size(), " 個月低於 ", points, " 分。");
  }
  if (year) {
    interview.add_appraisals(year->second.appraisal);
    const absl::CivilMonth december(year->first, 12);
    if (below.empty() || below.back().month < december) *interview.mutable_ground_month() = time::ToDate(absl::CivilDay(december));
    const std::string& grade = CountingGrade(year->second);
    absl::StrAppend(&reason, reason.empty() ? "" : " ", "Grade ", grade, " in ", year->first, ". ", year->first, " 年度等第為 ", grade,
                    "。");
  }
  interview.set_reason(reason);
  for (const v1::PerformanceInterview& other : followed.interviews) {
    if (other.state() == v1::PerformanceInterview::STATE_PLANNED) return interviews_.AddGrounds(tx, other.name(), interview);
  }
  ASSIGN_OR_RETURN(const std::optional<Superior> superior, employees_.LeaderOf(tx.sql, name, today));
  if (superior) interview.set_interviewer(superior->name);
  absl::CivilDay planned = today + (policy.hold_days() == 0 ? kHoldDays : policy.hold_days());
  if (employee.has_leave_date()) planned = std::min(planned, time::ToDay(employee.leave_date()));
  *interview.mutable_planned_date() = time::ToDate(planned);
  return interviews_.PlanByRule(tx, interview);
}

// One by one: somebody who cannot be considered holds up nobody else.
job::Outcome StandardWatch::Judge(const rpc::Call& call, const std::string& condition, const sql::Values& values) const {
  v1::CareerPolicy policy;
  std::set<std::string> candidates;
  const absl::Status read = store_.Read(call, [&](sql::Session& sql) -> absl::Status {
    candidates.clear();
    ASSIGN_OR_RETURN(policy, policies_.InForce(sql, call.now));
    ASSIGN_OR_RETURN(const Cycles cycles, rows_.cycles.Select(sql, absl::StrCat("WHERE ", condition, " ORDER BY name"), values));
    ASSIGN_OR_RETURN(candidates, Candidates(sql, policy, cycles));
    return absl::OkStatus();
  });
  if (!read.ok()) return job::Outcome::Failed(read);
  absl::Status failure;
  for (const std::string& name : candidates) {
    failure.Update(store_.Write(call, [&](record::Transaction& tx) { return Consider(tx, policy, name); }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

}  // namespace heitie::personnel
