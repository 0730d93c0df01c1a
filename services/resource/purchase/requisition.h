// Requisitions (policy S4): what is asked for, who decides, and the money that it holds.
#ifndef HEITIE_SERVICES_RESOURCE_PURCHASE_REQUISITION_H_
#define HEITIE_SERVICES_RESOURCE_PURCHASE_REQUISITION_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/purchase_order.pb.h"
#include "heitie/resource/v1/purchase_requisition.pb.h"
#include "services/resource/catalogue/supplier.h"
#include "services/resource/currency/rates.h"
#include "services/resource/material/item.h"
#include "services/resource/money/booking.h"
#include "services/resource/purchase/purchase_policy.h"

namespace heitie::resource {

extern const status::Reason kNotOrderable;          // {name}
extern const status::Reason kNotOpenEnough;         // {name} {line} {open} {asked}
extern const status::Reason kTooDear;               // {name} {line} {asked} {estimate} {policy} {currency}
extern const status::Reason kPastDay;               // {day} {today}
extern const status::Reason kNothingAsked;          // {name}
extern const status::Reason kNotTheRequester;       // {name} {requester}
extern const status::Reason kRequesterNotEmployee;  // {name}

const record::StateMachine& RequisitionMachine();

// Locks are taken in one order: requisition, encumbrances, budgets. Thread-safe.
class Requisitions {
 public:
  Requisitions(record::Store& store, const Items& items, const Suppliers& suppliers, const Rates& rates, const Bookings& bookings,
               const PurchasePolicies& policies, absl::TimeZone zone);
  Requisitions(const Requisitions&) = delete;
  void Bind(record::Methods& methods);

  // Drafts and submits one of the caller.
  absl::StatusOr<v1::PurchaseRequisition> Make(record::Transaction& tx, v1::PurchaseRequisition draft) const;

  // ---- For papers that make one beside other things. Writes a draft, of the requester that it names, without money; what is wrong with
  // its fields is told below `path`, for example "allotment.purchase.", and then it is not written. A name, if it has none, is chosen.
  absl::StatusOr<v1::PurchaseRequisition> Write(record::Transaction& tx, v1::PurchaseRequisition draft, const std::string& path,
                                                status::BadFields& bad) const;
  // The budgets that would bear it today, those of accounts that none covers left out.
  absl::StatusOr<std::vector<std::string>> BudgetsOf(record::Transaction& tx, const v1::PurchaseRequisition& requisition) const;
  absl::StatusOr<v1::PurchaseRequisition> SubmitWritten(record::Transaction& tx, const std::string& name) const;
  // Gives it up, wherever it stands, unless something of it is ordered: PURCHASE_ORDERED.
  absl::Status CloseUnordered(record::Transaction& tx, const std::string& name, const std::string& reason) const;
  // Asks its requester whether what is not ordered is still wanted. Nothing where nothing is open, or it is asked already.
  absl::Status Ask(record::Transaction& tx, const std::string& name, const std::string& reason) const;
  // What is pre-committed of it lapses with the period of a budget: tells the requester. The requisition is locked then.
  absl::Status Lapse(record::Transaction& tx, const std::string& name, const std::string& budget) const;
  // By when something that is asked today is to be decided: the end of a day.
  absl::Time DecisionDue(const record::Transaction& tx, const v1::PurchasePolicy& policy) const;
  const record::Kind<v1::PurchaseRequisition>& kind() const { return requisitions_; }

  // ---- For orders. Of the requisitions that a transaction has locked, by name; those that do not exist are left out.
  using Steps = std::map<std::string, record::Step<v1::PurchaseRequisition>>;
  absl::StatusOr<Steps> Lock(record::Transaction& tx, const std::set<std::string>& names) const;
  // Takes the part's quantity out of the line that it names, and commits `part.ordered_minor` of `currency` for it: as much as was
  // pre-committed for these units, and what is dearer on top. Sets what the part says about money. What the terms do not allow is added to
  // `unmet`. RATE_MISSING, NO_BUDGET, BUDGET_SHORT.
  absl::Status Take(record::Transaction& tx, const v1::PurchasePolicy& policy, const std::string& currency, absl::CivilDay day,
                    v1::PurchaseRequisition& requisition, v1::PurchaseOrder::Allocation& part, status::Unmet& unmet) const;
  // Gives units of a part back, with `minor` of its commitment: to the line, where they are open again, or for good.
  absl::Status GiveBack(record::Transaction& tx, v1::PurchaseRequisition& requisition, v1::PurchaseOrder::Allocation& part,
                        int64_t quantity, int64_t minor, bool reopen) const;
  // Takes more for a part.
  absl::Status TakeMore(record::Transaction& tx, v1::PurchaseOrder::Allocation& part, int64_t minor) const;
  // Writes what became of them.
  absl::Status Finish(record::Transaction& tx, Steps& steps) const;

  static v1::PurchaseRequisition::Line* LineOf(v1::PurchaseRequisition& requisition, int32_t number);

 private:
  using Requisition = v1::PurchaseRequisition;

  absl::Status Create(record::Transaction& tx, Requisition& requisition);
  absl::Status Update(record::Transaction& tx, const Requisition& before, Requisition& after);
  absl::StatusOr<Requisition> Submit(record::Transaction& tx, const v1::SubmitPurchaseRequisitionRequest& request);
  absl::StatusOr<Requisition> Approve(record::Transaction& tx, const v1::ApprovePurchaseRequisitionRequest& request);
  absl::StatusOr<Requisition> Reject(record::Transaction& tx, const v1::RejectPurchaseRequisitionRequest& request);
  absl::StatusOr<Requisition> Return(record::Transaction& tx, const v1::ReturnPurchaseRequisitionRequest& request);
  absl::StatusOr<Requisition> Close(record::Transaction& tx, const v1::ClosePurchaseRequisitionRequest& request);
  absl::StatusOr<Requisition> Keep(record::Transaction& tx, const v1::KeepPurchaseRequisitionRequest& request);

  // For papers and jobs, whoever sees it.
  absl::StatusOr<record::Step<Requisition>> LockStep(record::Transaction& tx, const std::string& name) const;
  absl::Status GiveUp(record::Transaction& tx, const Requisition& before, Requisition& after, const std::string& reason) const;
  // Of a draft: sets the requester and numbers the lines. INVALID_ARGUMENT.
  absl::Status Draft(record::Transaction& tx, Requisition& requisition) const;
  absl::Status CheckLines(record::Transaction& tx, Requisition& requisition, const std::string& parent, status::BadFields& bad) const;
  // Pre-commits the estimates.
  absl::Status TakeMoney(record::Transaction& tx, Requisition& requisition) const;
  // Frees what is not ordered.
  absl::Status FreeMoney(record::Transaction& tx, const Requisition& requisition) const;
  // What counts for the approval, and what the caller decides alone.
  absl::StatusOr<Requisition::Approval> Judge(record::Transaction& tx, const Requisition& requisition) const;
  absl::StatusOr<v1::Encumbrance> PreCommit(record::Transaction& tx, const Requisition& requisition, Requisition::Line& line,
                                            const std::string& budget, int64_t minor) const;
  absl::CivilDay Today(const record::Transaction& tx) const { return absl::ToCivilDay(tx.call.now, zone_); }

  const Items& items_;
  const Suppliers& suppliers_;
  const Rates& rates_;
  const Bookings& bookings_;
  const PurchasePolicies& policies_;
  const absl::TimeZone zone_;
  record::Kind<Requisition> requisitions_;
  record::Kind<v1::Budget> budgets_;
  record::Kind<v1::Encumbrance> encumbrances_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PURCHASE_REQUISITION_H_
