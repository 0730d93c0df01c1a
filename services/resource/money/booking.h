// What papers (requisitions, orders, invoices, claims) do with money, in their own transaction (policy S5, W8): one encumbrance for each
// line of money that a paper holds, taken from a budget and from every budget above it.
//
//   ASSIGN_OR_RETURN(const std::string budget, bookings.Covering(tx, "operations", "travel", today));
//   v1::Encumbrance draft;                       // budget, subject, description, amount_minor, paper; an expiry is not needed
//   ASSIGN_OR_RETURN(v1::Encumbrance held, bookings.PreCommit(tx, draft));           // submitted
//   ASSIGN_OR_RETURN(held, bookings.Commit(tx, held.name(), 20'000));                // ordered: the rest stays pre-committed
//   ASSIGN_OR_RETURN(held, bookings.RecordActual(tx, held.name(), 20'000));          // invoiced
//   ASSIGN_OR_RETURN(held, bookings.Release(tx, held.name()));                       // the paper is closed
//
// Locks: papers, then encumbrances by name, then budgets, the deepest first and of one depth by name, so that the budget which most share
// is held for the shortest time. A paper that touches one encumbrance needs nothing else. One that touches several takes all of them by
// Lock first, which also locks their budgets and those of new encumbrances in that order; without it two papers may wait for each other,
// and the database undoes one of them.
//
// Amounts are more than 0 and in minor units of the budget's currency. Each call books one entry in the ledger of the budget and of every
// budget above it. What does not fit is BUDGET_SHORT of the lowest level that is short, with every short level and what is available there
// as violations; nothing is written then if the caller gives the status on.
#ifndef HEITIE_SERVICES_RESOURCE_MONEY_BOOKING_H_
#define HEITIE_SERVICES_RESOURCE_MONEY_BOOKING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/kind.h"
#include "common/record/store.h"
#include "common/status/status.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "services/resource/budgeting/cost_center.h"
#include "services/resource/money/budget.h"
#include "services/resource/money/money_policy.h"

namespace heitie::resource {

extern const status::Reason kNoBudget;                  // {cost_center} {account} {day}
extern const status::Reason kInvoiceExceedsCommitment;  // {encumbrance} {excess} {limit} {policy} {currency}
extern const status::Reason kCreditExceedsActual;       // {encumbrance} {actual} {asked} {currency}
extern const status::Reason kEncumbranceOfPaper;        // {encumbrance} {paper}
extern const status::Reason kEncumbranceExpired;        // {name} {time}
extern const status::Reason kRaiseLimit;                // {encumbrance} {raised} {limit} {policy} {currency}

// The kind of the jobs that free what nobody committed in time; Encumbrances handles them.
inline constexpr char kExpireEncumbranceJob[] = "expire-encumbrance";

// commit, record_actual, release are methods; expire is a job's; settle follows from the last actual or from a release.
const record::StateMachine& EncumbranceMachine();

// Thread-safe.
class Bookings {
 public:
  Bookings(record::Store& store, const Budgets& budgets, const MoneyPolicies& policies, const CostCenters& cost_centers);

  // The approved budget that covers an account of a cost centre on a day: of the cost centre, else of the nearest one above it that has
  // any; for the account, else for the nearest one above it, else for no account in particular; of several the one whose period is
  // shortest, then by name. An account may be empty: then only budgets for no account in particular. `cost_center` may be its id, as
  // budgets have it, or its name ("costCenters/operations"), `account` likewise. FAILED_PRECONDITION, NO_BUDGET.
  absl::StatusOr<std::string> Covering(record::Transaction& tx, const std::string& cost_center, const std::string& account,
                                       absl::CivilDay day) const;

  // The same for whoever only asks.
  absl::StatusOr<std::string> FindCovering(sql::Session& session, const std::string& cost_center, const std::string& account,
                                           absl::CivilDay day) const;

  // Locks encumbrances, then their budgets and those named, with all that are above them.
  absl::Status Lock(record::Transaction& tx, std::vector<std::string> encumbrances, std::vector<std::string> budgets = {}) const;

  // Sets money aside. The draft has budget, subject, amount_minor, description, and `paper` (its name) or an expiry; a name only where it
  // is to be a certain one. Sets currency_code. NOT_FOUND of the budget, BUDGET_NOT_APPROVED, OUTSIDE_BUDGET_PERIOD, BUDGET_SHORT.
  absl::StatusOr<v1::Encumbrance> PreCommit(record::Transaction& tx, v1::Encumbrance draft) const;
  // Pre-commitment becomes commitment. STAGE_SHORT, ILLEGAL_TRANSITION, ENCUMBRANCE_EXPIRED, OUTSIDE_BUDGET_PERIOD.
  absl::StatusOr<v1::Encumbrance> Commit(record::Transaction& tx, const std::string& name, int64_t amount) const;
  // Takes more of what is available: into the pre-commitment while nothing is ordered, into the commitment afterwards; amount_minor and
  // raised_minor grow. BUDGET_SHORT, OUTSIDE_BUDGET_PERIOD, ILLEGAL_TRANSITION once nothing is open any more.
  absl::StatusOr<v1::Encumbrance> Raise(record::Transaction& tx, const std::string& name, int64_t amount) const;
  // Commitment becomes actual; with the last of it the encumbrance is settled. Also after the period, until the budget is closed.
  // STAGE_SHORT; with `allow_excess` what is beyond the commitment is an excess instead.
  absl::StatusOr<v1::Encumbrance> RecordActual(record::Transaction& tx, const std::string& name, int64_t amount,
                                               bool allow_excess = false) const;
  // Actual beyond what is committed, taken from what is available, up to max(basis points of what was committed, amount) of the policy in
  // force for the whole of the encumbrance (its `excess_minor`); of a settled one as well. INVOICE_EXCEEDS_COMMITMENT, BUDGET_SHORT.
  absl::StatusOr<v1::Encumbrance> Excess(record::Transaction& tx, const std::string& name, int64_t amount) const;
  // A credit note: actual falls and the money is available again, in the budget or, once that is closed, in its successor.
  // CREDIT_EXCEEDS_ACTUAL; BUDGET_NOT_APPROVED when no successor is open either.
  absl::StatusOr<v1::Encumbrance> Credit(record::Transaction& tx, const std::string& name, int64_t amount) const;
  // What a credit note took back is promised again, of what is available. False, and nothing is done, where the budget is closed or outside
  // of its period. BUDGET_SHORT.
  absl::StatusOr<bool> Recommit(record::Transaction& tx, const std::string& name, int64_t amount) const;
  // Gives back so much of the commitment, at most what is committed, and leaves what is pre-committed.
  absl::StatusOr<v1::Encumbrance> LowerCommitment(record::Transaction& tx, const std::string& name, int64_t amount) const;
  // Gives back what is open but `keep` of the commitment (at most what is committed). Once more is as good as once.
  absl::StatusOr<v1::Encumbrance> Release(record::Transaction& tx, const std::string& name, int64_t keep = 0) const;
  // Gives back so much, at most what is open: of the pre-commitment first.
  absl::StatusOr<v1::Encumbrance> Lower(record::Transaction& tx, const std::string& name, int64_t amount) const;

 private:
  friend class Encumbrances;
  friend class PeriodEnds;
  // Who acts: the paper that holds the money, or somebody by a method, to whom what a paper holds is closed.
  enum class By { kPaper, kHand };
  using Target = record::Target;

  // The pre-commitment of an encumbrance that is to be inserted.
  absl::Status Take(record::Transaction& tx, LockedBudget& budget, v1::Encumbrance& encumbrance) const;
  absl::StatusOr<v1::Encumbrance> Commit(record::Transaction& tx, const Target& target, int64_t amount, By by) const;
  absl::StatusOr<v1::Encumbrance> Raise(record::Transaction& tx, const Target& target, int64_t amount, By by) const;
  absl::StatusOr<v1::Encumbrance> RecordActual(record::Transaction& tx, const Target& target, int64_t amount, bool allow_excess,
                                               By by) const;
  absl::StatusOr<v1::Encumbrance> Credit(record::Transaction& tx, const Target& target, int64_t amount, By by) const;
  absl::StatusOr<v1::Encumbrance> Release(record::Transaction& tx, const Target& target, int64_t keep, By by) const;
  // OK when it is not pre-committed any more.
  absl::Status Expire(record::Transaction& tx, const std::string& name) const;

  // Gives what is open back to the budget, but `keep` of the commitment.
  absl::Status GiveBack(record::Transaction& tx, v1::Encumbrance& encumbrance, int64_t keep) const;
  // Whether the caller may raise it by so much.
  absl::Status CheckRaise(record::Transaction& tx, const v1::Encumbrance& encumbrance, int64_t amount) const;
  absl::Status CheckExcess(record::Transaction& tx, const v1::Encumbrance& encumbrance, int64_t excess) const;
  absl::StatusOr<LockedBudget> LockForCredit(record::Transaction& tx, const std::string& budget) const;

  const Budgets& budgets_;
  const MoneyPolicies& policies_;
  const CostCenters& cost_centers_;
  record::Kind<v1::Encumbrance> encumbrances_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MONEY_BOOKING_H_
