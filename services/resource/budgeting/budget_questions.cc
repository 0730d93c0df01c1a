#include "services/resource/budgeting/budget_questions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/resource/budgeting/variance.h"

namespace heitie::resource {

using v1::Budget;
using Variance = v1::ComputeBudgetVarianceResponse;

const status::Reason kVarianceTooLong{absl::StatusCode::kInvalidArgument, "VARIANCE_TOO_LONG",
                                      "At most {most:count} months are compared at once.", "一次最多比較 {most:count} 個月。"};

namespace {

constexpr int kMostMonths = 60;
constexpr int kMostBudgetsOfVariance = 1000;

void PutMonth(int64_t planned, int64_t actual, Variance::Month& month) {
  month.set_planned_minor(planned);
  month.set_actual_minor(actual);
  month.set_variance_minor(planned - actual);
  const std::optional<int64_t> share = VarianceBp(planned, actual);
  if (share) month.set_variance_bp(*share);
}

void AddTo(std::vector<int64_t>& sums, const std::vector<int64_t>& more) {
  sums.resize(more.size());
  for (size_t i = 0; i < more.size(); ++i) sums[i] += more[i];
}

void PutMonths(absl::CivilMonth first, const std::vector<int64_t>& planned, const std::vector<int64_t>& actual, Variance::Line& line) {
  int64_t all_planned = 0, all_actual = 0;
  for (size_t i = 0; i < planned.size(); ++i) {
    Variance::Month& month = *line.add_months();
    *month.mutable_month() = time::ToDate(absl::CivilDay(first + static_cast<int64_t>(i)));
    PutMonth(planned[i], actual[i], month);
    all_planned += planned[i];
    all_actual += actual[i];
  }
  PutMonth(all_planned, all_actual, *line.mutable_total());
}

// Whether a budget above it, of those asked about, is for the same account.
bool IsBelowSameAccount(const Budget& budget, const std::map<std::string, const Budget*>& asked) {
  return std::any_of(budget.ancestors().begin(), budget.ancestors().end(), [&](const std::string& name) {
    const auto above = asked.find(name);
    return above != asked.end() && above->second->expense_account() == budget.expense_account();
  });
}

}  // namespace

void BudgetQuestions::Bind(record::Methods& methods) {
  methods.Bind("FindCoveringBudget", this, &BudgetQuestions::FindCovering);
  methods.Bind("ComputeBudgetVariance", this, &BudgetQuestions::ComputeVariance);
}

absl::StatusOr<v1::FindCoveringBudgetResponse> BudgetQuestions::FindCovering(const rpc::Call& call,
                                                                             const v1::FindCoveringBudgetRequest& request) {
  const absl::CivilDay day = request.has_date() ? time::ToDay(request.date()) : budgets_.Today(call);
  v1::FindCoveringBudgetResponse response;
  RETURN_IF_ERROR(store_.database().Snapshot(call.deadline, [&](sql::Session& session) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(const std::string name, bookings_.FindCovering(session, request.cost_center(), request.expense_account(), day));
    ASSIGN_OR_RETURN(const Budget budget, budgets_.kind().Find(session, name));
    std::vector<std::string> names = {name};
    names.insert(names.end(), budget.ancestors().begin(), budget.ancestors().end());
    response.set_currency_code(budget.currency_code());
    response.set_available_minor(budget.available_minor());
    for (const std::string& one : names) {
      ASSIGN_OR_RETURN(const Budget level, budgets_.kind().Find(session, one));
      auto& out = *response.add_levels();
      out.set_budget(one);
      out.set_available_minor(level.available_minor());
      response.set_available_minor(std::min(response.available_minor(), level.available_minor()));
    }
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<std::vector<Budget>> BudgetQuestions::AskedAbout(sql::Session& session,
                                                                const v1::ComputeBudgetVarianceRequest& request) const {
  if (request.budgets().empty()) {
    return budgets_.kind().Select(
        session, absl::StrCat("WHERE cost_center = ? AND state <> 'STATE_DRAFT' ORDER BY name LIMIT ", kMostBudgetsOfVariance),
        sql::Bind(request.cost_center()));
  }
  std::vector<Budget> budgets;
  for (const std::string& name : request.budgets()) {
    ASSIGN_OR_RETURN(Budget budget, budgets_.kind().Find(session, name));
    budgets.push_back(std::move(budget));
  }
  std::sort(budgets.begin(), budgets.end(), [](const Budget& a, const Budget& b) { return a.name() < b.name(); });
  return budgets;
}

absl::StatusOr<std::map<std::string, BudgetQuestions::Spent>> BudgetQuestions::SpentBy(sql::Session& session,
                                                                                       const std::vector<Budget>& budgets,
                                                                                       absl::CivilMonth first,
                                                                                       absl::CivilMonth last) const {
  const size_t months = static_cast<size_t>(last - first) + 1;
  std::map<std::string, Spent> spent;
  sql::Values names;
  for (const Budget& budget : budgets) {
    spent[budget.name()] = {std::vector<int64_t>(months), std::vector<int64_t>(months)};
    names.push_back(sql::V(budget.name()));
  }
  if (budgets.empty()) return spent;
  const std::string query = absl::StrCat(
      "SELECT budget, CAST(SUM(actual_delta_minor) AS SIGNED), CAST(SUM(CASE origin WHEN '' THEN actual_delta_minor ELSE 0 END) AS SIGNED) "
      "FROM budget_entries WHERE create_time >= ? AND create_time < ? AND actual_delta_minor <> 0 AND budget IN (",
      sql::Placeholders(names.size()), ") GROUP BY budget");
  for (size_t i = 0; i < months; ++i) {
    const absl::CivilMonth month = first + static_cast<int64_t>(i);
    sql::Values values = sql::Bind(absl::FromCivil(absl::CivilSecond(month), budgets_.zone()),
                                   absl::FromCivil(absl::CivilSecond(month + 1), budgets_.zone()));
    values.insert(values.end(), names.begin(), names.end());
    RETURN_IF_ERROR(session.Query(query, values, [&](const sql::Row& row) {
      Spent& of = spent[row.Text(0)];
      of.all[i] = row.Int(1);
      of.own[i] = row.Int(2);
    }));
  }
  return spent;
}

absl::StatusOr<Variance> BudgetQuestions::ComputeVariance(const rpc::Call& call, const v1::ComputeBudgetVarianceRequest& request) {
  const absl::CivilMonth first(time::ToDay(request.start_date())), last(time::ToDay(request.end_date()));
  status::BadFields bad;
  if (last < first) bad.Add("end_date", kPeriodReversed);
  if (last - first >= kMostMonths) bad.Add("end_date", kVarianceTooLong, {{"most", kMostMonths}});
  if (request.budgets().empty() && request.cost_center().empty()) bad.Add("cost_center", status::kRequired);
  RETURN_IF_ERROR(bad.status());
  Variance response;
  RETURN_IF_ERROR(store_.database().Snapshot(call.deadline, [&](sql::Session& session) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(const std::vector<Budget> budgets, AskedAbout(session, request));
    ASSIGN_OR_RETURN(const auto spent, SpentBy(session, budgets, first, last));
    std::map<std::string, const Budget*> asked;
    for (const Budget& budget : budgets) asked[budget.name()] = &budget;
    // By account and currency: plan and actual.
    std::map<std::pair<std::string, std::string>, std::pair<std::vector<int64_t>, std::vector<int64_t>>> accounts;
    for (const Budget& budget : budgets) {
      const std::vector<int64_t> plan = PlanByMonth(budget.approved_minor() + budget.transferred_minor(), time::ToDay(budget.start_date()),
                                                    time::ToDay(budget.end_date()), first, last);
      const Spent& of = spent.at(budget.name());
      Variance::Line& line = *response.add_budgets();
      line.set_budget(budget.name());
      line.set_expense_account(budget.expense_account());
      line.set_currency_code(budget.currency_code());
      PutMonths(first, plan, of.all, line);
      auto& [planned, actual] = accounts[{budget.expense_account(), budget.currency_code()}];
      AddTo(planned, IsBelowSameAccount(budget, asked) ? std::vector<int64_t>(plan.size()) : plan);
      AddTo(actual, of.own);
    }
    for (const auto& [key, sums] : accounts) {
      Variance::Line& line = *response.add_accounts();
      line.set_expense_account(key.first);
      line.set_currency_code(key.second);
      PutMonths(first, sums.first, sums.second, line);
    }
    return absl::OkStatus();
  }));
  return response;
}

}  // namespace heitie::resource
