// Expense claims (policy S5): what people have paid for the company, from the draft to the payment, and the terms for it as a rule set.
#ifndef HEITIE_SERVICES_RESOURCE_CLAIM_EXPENSE_CLAIM_H_
#define HEITIE_SERVICES_RESOURCE_CLAIM_EXPENSE_CLAIM_H_

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "heitie/resource/v1/expense_claim.pb.h"
#include "heitie/resource/v1/expense_policy.pb.h"
#include "services/resource/claim/claim_rules.h"
#include "services/resource/claim/claimed_receipts.h"
#include "services/resource/currency/rates.h"
#include "services/resource/money/booking.h"

namespace heitie::resource {

const record::StateMachine& ExpenseClaimMachine();

// Locks are taken in one order: claim, guards of what claims share, encumbrances, budgets. Thread-safe.
class ExpenseClaims {
 public:
  ExpenseClaims(record::Store& store, const Bookings& bookings, const Rates& rates, absl::TimeZone zone);
  ExpenseClaims(const ExpenseClaims&) = delete;
  void Bind(record::Methods& methods);
  // Money that a claim has pre-committed lapses with the period of a budget: it comes back to its holder.
  absl::Status Lapse(record::Transaction& tx, const std::string& name, const std::string& budget) const;

 private:
  using Claim = v1::ExpenseClaim;

  absl::Status Create(record::Transaction& tx, Claim& claim);
  absl::Status Update(record::Transaction& tx, const Claim& before, Claim& after);
  absl::StatusOr<Claim> Submit(record::Transaction& tx, const v1::SubmitExpenseClaimRequest& request);
  absl::StatusOr<Claim> Approve(record::Transaction& tx, const v1::ApproveExpenseClaimRequest& request);
  absl::StatusOr<Claim> Return(record::Transaction& tx, const v1::ReturnExpenseClaimRequest& request);
  absl::StatusOr<Claim> Reject(record::Transaction& tx, const v1::RejectExpenseClaimRequest& request);
  absl::StatusOr<Claim> Withdraw(record::Transaction& tx, const v1::WithdrawExpenseClaimRequest& request);
  absl::StatusOr<Claim> Pay(record::Transaction& tx, const v1::PayExpenseClaimRequest& request);
  absl::StatusOr<v1::FindLikelyDuplicatesResponse> FindLikelyDuplicates(const rpc::Call& call,
                                                                        const v1::FindLikelyDuplicatesRequest& request);

  // What the terms of each line's day say, which are put down in the lines. CLAIM_AGAINST_POLICY, RATE_MISSING.
  absl::Status Judge(record::Transaction& tx, Claim& claim, absl::CivilDay today) const;
  // Converts each line into the currency of the budget that covers its account, and sums up what each budget bears. NO_BUDGET,
  // RATE_MISSING.
  absl::Status Apportion(record::Transaction& tx, Claim& claim, absl::CivilDay today) const;
  // LIKELY_DUPLICATE, NO_LIKELY_DUPLICATE.
  absl::Status CheckConfirmed(record::Transaction& tx, const v1::ApproveExpenseClaimRequest& request) const;
  // Does the same to the encumbrance of each booking, which are locked together.
  absl::Status ForEachBooking(record::Transaction& tx, const Claim& claim,
                              const std::function<absl::Status(const Claim::Booking&)>& what) const;
  absl::Status Release(record::Transaction& tx, const Claim& claim) const;

  record::Store& store_;
  const Bookings& bookings_;
  const Rates& rates_;
  const absl::TimeZone zone_;
  record::Kind<Claim> claims_;
  record::Kind<v1::Budget> budgets_;
  record::RuleSet<v1::ExpensePolicy> policies_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_CLAIM_EXPENSE_CLAIM_H_
