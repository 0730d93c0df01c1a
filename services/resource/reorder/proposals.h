// Orders that are proposed (policy S4): each night one at most for an item and a supplier, kept in step with the need; a person makes a
// requisition of it, or decides otherwise.
#ifndef HEITIE_SERVICES_RESOURCE_REORDER_PROPOSALS_H_
#define HEITIE_SERVICES_RESOURCE_REORDER_PROPOSALS_H_

#include <optional>
#include <string>
#include <vector>

#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/reorder_proposal.pb.h"
#include "services/resource/purchase/open_purchases.h"
#include "services/resource/reorder/sources.h"
#include "services/resource/reorder/terms.h"

namespace heitie::resource {

extern const status::Reason kQuantityReason;  // a field
extern const status::Reason kNotSold;         // {quantity} {supplier_price}
extern const status::Reason kNeedGone;        // {item} {outcome}
extern const status::Reason kQuietDays;       // {day} {today} {last}

const record::StateMachine& ReorderProposalMachine();

// Thread-safe.
class ReorderProposals {
 public:
  // Recurs as the job "propose-reorders": each hour it judges the items that were not judged today, so that all are soon after midnight,
  // and what was interrupted goes on.
  ReorderProposals(record::Store& store, ReorderTerms& terms, const ReorderSources& sources, const OpenPurchases& purchases,
                   job::Runner& jobs);
  void Bind(record::Methods& methods);

 private:
  using Term = v1::ReorderTerm;
  using Proposal = v1::ReorderProposal;

  // Locks are taken in one order: terms of an item by their names, its proposals, then what a requisition locks.
  absl::StatusOr<std::vector<Judgement>> Judge(sql::Session& session, const std::string& item, const std::vector<Term>& terms,
                                               absl::Time now) const;
  // Judges an item, writes what was found to its terms, and keeps its proposals.
  absl::StatusOr<std::vector<Judgement>> Keep(record::Transaction& tx, const std::string& item) const;
  absl::Status KeepOne(record::Transaction& tx, record::Step<Term>& term, v1::ReorderVerdict& verdict) const;
  absl::StatusOr<std::string> Open(record::Transaction& tx, const Term& term, const v1::ReorderVerdict& verdict) const;
  absl::Status Withdraw(record::Transaction& tx, const std::string& proposal, const std::string& why) const;
  absl::Status Leave(record::Transaction& tx, const Term& term) const;
  absl::StatusOr<bool> IsQuiet(record::Transaction& tx, const Term& term) const;
  job::Outcome RunNight(const rpc::Call& call) const;

  // Locks the terms of a proposal, then it, and takes it from the terms. `verb` decides it.
  absl::StatusOr<record::Step<Proposal>> Decide(record::Transaction& tx, const std::string& name, const std::string& etag,
                                                const char* verb) const;
  absl::StatusOr<v1::PurchaseRequisition> DraftOf(record::Transaction& tx, const v1::AcceptReorderProposalRequest& request,
                                                  const Proposal& proposal) const;
  absl::StatusOr<Proposal> Accept(record::Transaction& tx, const v1::AcceptReorderProposalRequest& request);
  absl::StatusOr<Proposal> Dismiss(record::Transaction& tx, const v1::DismissReorderProposalRequest& request);
  absl::StatusOr<v1::ComputeReorderResponse> Compute(const rpc::Call& call, const v1::ComputeReorderRequest& request);
  absl::StatusOr<v1::ProposeReorderResponse> Propose(record::Transaction& tx, const v1::ProposeReorderRequest& request);

  record::Store& store_;
  const ReorderTerms& terms_;
  const ReorderSources& sources_;
  const OpenPurchases& purchases_;
  record::Kind<Proposal> proposals_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_REORDER_PROPOSALS_H_
