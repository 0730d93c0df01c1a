// Encumbrances: money that is pre-committed, committed, spent or released (policy S5, W2, W5, W8), by whoever calls their methods. What
// papers do with money is booking.h.
#ifndef HEITIE_SERVICES_RESOURCE_MONEY_ENCUMBRANCE_H_
#define HEITIE_SERVICES_RESOURCE_MONEY_ENCUMBRANCE_H_

#include "common/job/runner.h"
#include "common/record/methods.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "services/resource/money/booking.h"

namespace heitie::resource {

// Thread-safe.
class Encumbrances {
 public:
  // Handles the jobs of kind "expire-encumbrance".
  Encumbrances(record::Store& store, Bookings& bookings, job::Runner& jobs);
  void Bind(record::Methods& methods);

 private:
  absl::Status PreCommit(record::Transaction& tx, v1::Encumbrance& encumbrance);
  absl::StatusOr<v1::Encumbrance> Commit(record::Transaction& tx, const v1::CommitEncumbranceRequest& request);
  absl::StatusOr<v1::Encumbrance> Raise(record::Transaction& tx, const v1::RaiseEncumbranceRequest& request);
  absl::StatusOr<v1::Encumbrance> RecordActual(record::Transaction& tx, const v1::RecordActualRequest& request);
  absl::StatusOr<v1::Encumbrance> Credit(record::Transaction& tx, const v1::CreditEncumbranceRequest& request);
  absl::StatusOr<v1::Encumbrance> Release(record::Transaction& tx, const v1::ReleaseEncumbranceRequest& request);
  job::Outcome Expire(const rpc::Call& call, const job::Job& job);

  record::Store& store_;
  Bookings& bookings_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MONEY_ENCUMBRANCE_H_
