#include "services/resource/budgeting/budget_forecast.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/resource/budgeting/variance.h"

namespace heitie::resource {

namespace {

constexpr int kMostPlanned = 1000;
constexpr size_t kSubjectsAtOnce = 500;

// A budget and all below it.
constexpr char kBudgetsBelow[] =
    "WITH RECURSIVE below AS (SELECT name FROM budgets WHERE name = ? UNION ALL SELECT b.name FROM budgets b JOIN below ON b.parent_budget "
    "= "
    "below.name) SELECT name FROM below";

}  // namespace

int64_t NotYetHeld(int64_t amount, int64_t of_activity, int64_t& of_project) {
  const int64_t beside = std::max<int64_t>(0, amount - of_activity);
  const int64_t drawn = std::min(beside, of_project);
  of_project -= drawn;
  return beside - drawn;
}

void BudgetForecasts::Bind(record::Methods& methods) { methods.Bind("ForecastBudget", this, &BudgetForecasts::Forecast); }

absl::StatusOr<std::map<std::string, int64_t>> BudgetForecasts::HeldBy(sql::Session& session, const std::vector<std::string>& budgets,
                                                                       const std::vector<activity::v1::Activity>& activities) const {
  std::map<std::string, int64_t> held;
  std::set<std::string> subjects;
  for (const activity::v1::Activity& one : activities) {
    subjects.insert(one.name());
    if (!one.project().empty()) subjects.insert(one.project());
  }
  const std::set<std::string> ours(budgets.begin(), budgets.end());
  for (auto next = subjects.begin(); next != subjects.end();) {
    sql::Values names;
    for (; next != subjects.end() && names.size() < kSubjectsAtOnce; ++next) names.push_back(sql::V(*next));
    RETURN_IF_ERROR(session.Query(
        absl::StrCat("SELECT subject, budget, pre_committed_minor + committed_minor, actual_minor FROM encumbrances WHERE subject IN (",
                     sql::Placeholders(names.size()), ") AND state IN ('STATE_PRE_COMMITTED', 'STATE_COMMITTED', 'STATE_SETTLED')"),
        names, [&](const sql::Row& row) {
          if (ours.count(row.Text(1)) == 0) return;
          // What a project has spent is not there for its activities any more.
          const bool of_project = row.Text(0).rfind("projects/", 0) == 0;
          held[row.Text(0)] += row.Int(2) + (of_project ? 0 : row.Int(3));
        }));
  }
  return held;
}

absl::Status BudgetForecasts::PutPlanned(sql::Session& session, const std::string& budget, v1::ForecastBudgetResponse& response) const {
  std::vector<std::string> budgets;
  RETURN_IF_ERROR(session.Query(kBudgetsBelow, sql::Bind(budget), [&](const sql::Row& row) { budgets.push_back(row.Text(0)); }));
  std::vector<activity::v1::Activity> planned;
  for (const std::string& name : budgets) {
    // A launch sets the money aside, and then it is consumed.
    ASSIGN_OR_RETURN(
        const std::vector<activity::v1::Activity> rows,
        facts_.activities.Select(session,
                                 "WHERE budget = ? AND budget_amount_minor > 0 AND encumbrance = '' AND state IN ('STATE_DRAFT', "
                                 "'STATE_PREPARING', 'STATE_READY')",
                                 sql::Bind(name)));
    planned.insert(planned.end(), rows.begin(), rows.end());
  }
  std::sort(planned.begin(), planned.end(), [](const auto& a, const auto& b) { return a.name() < b.name(); });
  ASSIGN_OR_RETURN(auto held, HeldBy(session, budgets, planned));
  int64_t sum = 0;
  for (const activity::v1::Activity& one : planned) {
    const int64_t amount = NotYetHeld(one.budget_amount_minor(), held[one.name()], held[one.project()]);
    if (amount == 0) continue;
    sum += amount;
    if (response.planned_size() >= kMostPlanned) continue;
    auto& out = *response.add_planned();
    out.set_activity(one.name());
    out.set_amount_minor(amount);
  }
  response.set_planned_minor(sum);
  return absl::OkStatus();
}

absl::StatusOr<v1::ForecastBudgetResponse> BudgetForecasts::Forecast(const rpc::Call& call, const v1::ForecastBudgetRequest& request) {
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ForecastBudgetResponse> {
    ASSIGN_OR_RETURN(const v1::Budget budget, budgets_.kind().Find(session, request.name()));
    ASSIGN_OR_RETURN(const auto calendar, facts_.calendars.Named(session, kStaffCalendar));
    v1::ForecastBudgetResponse response;
    response.set_limit_minor(budget.approved_minor() + budget.transferred_minor());
    response.set_consumed_minor(budget.pre_committed_minor() + budget.committed_minor() + budget.actual_minor());
    RETURN_IF_ERROR(PutPlanned(session, budget.name(), response));
    response.set_by_plan_minor(response.consumed_minor() + response.planned_minor());
    response.set_actual_minor(budget.actual_minor());
    const absl::CivilDay start = time::ToDay(budget.start_date()), end = time::ToDay(budget.end_date()) + 1;
    const absl::CivilDay today = std::clamp(budgets_.Today(call), start, end);
    const int64_t elapsed = calendar->arithmetic.WorkingDaysBetween(start, today);
    const int64_t all = calendar->arithmetic.WorkingDaysBetween(start, end);
    response.set_elapsed_working_days(static_cast<int32_t>(elapsed));
    response.set_working_days(static_cast<int32_t>(all));
    const std::optional<int64_t> by_run_rate = RunRate(budget.actual_minor(), elapsed, all);
    if (by_run_rate) response.set_by_run_rate_minor(*by_run_rate);
    for (const std::string& version : calendar->versions) response.add_calendar_versions(version);
    return response;
  });
}

}  // namespace heitie::resource
