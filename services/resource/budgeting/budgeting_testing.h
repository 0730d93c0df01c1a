// What the tests of budgeting share: trees of budgets, and what is done with them.
#ifndef HEITIE_SERVICES_RESOURCE_BUDGETING_BUDGETING_TESTING_H_
#define HEITIE_SERVICES_RESOURCE_BUDGETING_BUDGETING_TESTING_H_

#include <string>
#include <vector>

#include "common/time/day.h"
#include "heitie/resource/v1/budget_hold.pb.h"
#include "heitie/resource/v1/budget_report.pb.h"
#include "heitie/resource/v1/budget_revision.pb.h"
#include "heitie/resource/v1/cost_center.pb.h"
#include "heitie/resource/v1/money_policy.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {

class BudgetingTest : public ResourceTest {
 protected:
  // What a budget is besides its id and amount.
  struct Shape {
    std::string parent = "", account = "", cost_center = "operations";
    absl::CivilDay start = absl::CivilDay(2026, 1, 1), end = absl::CivilDay(2026, 3, 31);
  };

  absl::StatusOr<v1::Budget> DraftOf(const std::string& id, int64_t amount, const Shape& of) {
    v1::CreateBudgetRequest request;
    request.set_budget_id(id);
    v1::Budget& budget = *request.mutable_budget();
    budget.set_display_name(id);
    budget.set_cost_center(of.cost_center);
    budget.set_expense_account(of.account);
    budget.set_parent_budget(of.parent);
    budget.set_currency_code("TWD");
    budget.set_requested_minor(amount);
    *budget.mutable_start_date() = time::ToDate(of.start);
    *budget.mutable_end_date() = time::ToDate(of.end);
    return Call<v1::Budget>("CreateBudget", Specialist(), request);
  }
  void HaveBudgetOf(const std::string& id, int64_t amount, const Shape& of) {
    ASSERT_THAT(DraftOf(id, amount, of), IsOk());
    ASSERT_THAT(Approve("budgets/" + id), IsOk());
  }
  // top 1000 > middle 600 > leaf 400, and side 500 below top.
  void HaveTree() {
    HaveBudgetOf("top", 1000, {});
    HaveBudgetOf("middle", 600, {.parent = "budgets/top"});
    HaveBudgetOf("leaf", 400, {.parent = "budgets/middle"});
    HaveBudgetOf("side", 500, {.parent = "budgets/top"});
  }
  int64_t Available(const std::string& id) { return BudgetOf("budgets/" + id).available_minor(); }

  absl::StatusOr<v1::BudgetRevision> Propose(const std::string& budget, const std::string& id, int64_t amount) {
    v1::CreateBudgetRevisionRequest request;
    request.set_parent(budget);
    request.set_budget_revision_id(id);
    request.mutable_budget_revision()->set_amount_minor(amount);
    request.mutable_budget_revision()->set_reason("the fair grew");
    return Call<v1::BudgetRevision>("CreateBudgetRevision", Specialist(), request);
  }
  absl::StatusOr<v1::BudgetRevision> ApproveRevision(const std::string& name) {
    return Do<v1::BudgetRevision, v1::ApproveBudgetRevisionRequest>("ApproveBudgetRevision", name, Manager());
  }

  absl::StatusOr<v1::BudgetHold> HoldSome(const std::string& id, const std::string& budget, int64_t amount) {
    v1::CreateBudgetHoldRequest request;
    request.set_budget_hold_id(id);
    v1::BudgetHold& hold = *request.mutable_budget_hold();
    hold.set_budget(budget);
    hold.set_amount_minor(amount);
    hold.set_reason("the contract is in dispute");
    hold.set_holder("employees/keeper");
    hold.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()) + 7200);
    return Call<v1::BudgetHold>("CreateBudgetHold", Manager(), request);
  }
  absl::StatusOr<v1::BudgetHold> ReleaseHold(const std::string& name) {
    v1::ReleaseBudgetHoldRequest request;
    request.set_name(name);
    request.set_reason("settled");
    return Call<v1::BudgetHold>("ReleaseBudgetHold", Manager(), request);
  }

  absl::StatusOr<v1::Encumbrance> Raise(const std::string& name, int64_t amount, const rpc::Call& call) {
    v1::RaiseEncumbranceRequest request;
    request.set_name(name);
    request.set_amount_minor(amount);
    return Call<v1::Encumbrance>("RaiseEncumbrance", call, request);
  }
  absl::StatusOr<v1::Encumbrance> Pay(const std::string& name, int64_t amount, bool allow_excess = true) {
    v1::RecordActualRequest request;
    request.set_name(name);
    request.set_amount_minor(amount);
    request.set_allow_excess(allow_excess);
    return Call<v1::Encumbrance>("RecordActual", Specialist(), request);
  }
  absl::StatusOr<v1::Encumbrance> CreditSome(const std::string& name, int64_t amount) {
    v1::CreditEncumbranceRequest request;
    request.set_name(name);
    request.set_amount_minor(amount);
    return Call<v1::Encumbrance>("CreditEncumbrance", Specialist(), request);
  }

  // Terms from now on: text is what differs from no alerts, no excess, five closing days and nothing carried.
  void HavePolicy(const std::string& id, const std::string& text) {
    v1::CreateMoneyPolicyRequest request;
    request.set_money_policy_id(id);
    v1::MoneyPolicy& policy = *request.mutable_money_policy();
    policy.set_reason("a test");
    policy.set_closing_days(5);
    policy.set_carry(v1::MoneyPolicy::CARRY_NONE);
    policy.MergeFrom(Proto<v1::MoneyPolicy>(text));
    ASSERT_THAT(Call<v1::MoneyPolicy>("CreateMoneyPolicy", Manager(), request), IsOk());
    ASSERT_THAT((Do<v1::MoneyPolicy, v1::PublishMoneyPolicyRequest>("PublishMoneyPolicy", "moneyPolicies/" + id, Manager())), IsOk());
  }

  std::vector<v1::BudgetEntry> EntriesOf(const std::string& budget) {
    v1::ListBudgetEntriesRequest request;
    request.set_parent(budget);
    request.set_page_size(1000);
    const auto page = Call<v1::ListBudgetEntriesResponse>("ListBudgetEntries", Specialist(), request);
    EXPECT_THAT(page, IsOk());
    return page.ok() ? std::vector<v1::BudgetEntry>(page->budget_entries().begin(), page->budget_entries().end())
                     : std::vector<v1::BudgetEntry>();
  }
  void GoTo(absl::CivilDay day) { clock_.Advance(absl::FromCivil(day, absl::UTCTimeZone()) + absl::Hours(1) - clock_.Now()); }
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_BUDGETING_BUDGETING_TESTING_H_
