// Encumbrances: money that is pre-committed, committed, spent or released (policy S5, W2, W5, W8).
#ifndef HEITIE_SERVICES_RESOURCE_MONEY_ENCUMBRANCE_H_
#define HEITIE_SERVICES_RESOURCE_MONEY_ENCUMBRANCE_H_

#include <string>
#include <vector>

#include "common/job/runner.h"
#include "common/record/methods.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "services/resource/money/budget.h"

namespace heitie::resource {

extern const status::Reason kUnknownBudget;       // {budget}
extern const status::Reason kEncumbranceExpired;  // {name} {time}

// commit, record_actual, release are methods; expire is a job's; settle follows from the last actual or from a release.
const record::StateMachine& EncumbranceMachine();

// Locks are taken in one order: encumbrance, then budget. Thread-safe.
class Encumbrances {
 public:
  // Handles the jobs of kind "expire-encumbrance".
  Encumbrances(record::Store& store, const Budgets& budgets, job::Runner& jobs);
  void Bind(record::Methods& methods);

 private:
  absl::Status PreCommit(record::Transaction& tx, v1::Encumbrance& encumbrance);
  absl::StatusOr<v1::Encumbrance> Commit(record::Transaction& tx, const v1::CommitEncumbranceRequest& request);
  absl::StatusOr<v1::Encumbrance> RecordActual(record::Transaction& tx, const v1::RecordActualRequest& request);
  absl::StatusOr<v1::Encumbrance> Release(record::Transaction& tx, const v1::ReleaseEncumbranceRequest& request);
  job::Outcome Expire(const rpc::Call& call, const job::Job& job);
  absl::Status ExpirePreCommitted(record::Transaction& tx, const std::string& name) const;

  // Gives what is open back to the budget, but `keep` of the commitment.
  absl::Status GiveBack(record::Transaction& tx, v1::Encumbrance& encumbrance, int64_t keep = 0) const;

  record::Store& store_;
  const Budgets& budgets_;
  record::Kind<v1::Encumbrance> encumbrances_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MONEY_ENCUMBRANCE_H_
