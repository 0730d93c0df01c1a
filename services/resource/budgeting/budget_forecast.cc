#include "services/resource/budgeting/budget_forecast.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/resource/budgeting/variance.h"

namespace heitie::resource {

namespace {

constexpr int kMostPlanned = 1000;

// A budget and all below it.
constexpr char kBudgetsBelow[] =
    "WITH RECURSIVE below AS (SELECT name FROM budgets WHERE name = ? UNION ALL SELECT b.name FROM budgets b JOIN below ON b.parent_budget "
    "= "
    "below.name) SELECT name FROM below";

}  // namespace

void BudgetForecasts::Bind(record::Methods& methods) { methods.Bind("ForecastBudget", this, &BudgetForecasts::Forecast); }

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
  int64_t sum = 0;
  for (const activity::v1::Activity& one : planned) {
    sum += one.budget_amount_minor();
    if (response.planned_size() >= kMostPlanned) continue;
    auto& out = *response.add_planned();
    out.set_activity(one.name());
    out.set_amount_minor(one.budget_amount_minor());
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
