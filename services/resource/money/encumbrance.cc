#include "services/resource/money/encumbrance.h"

#include "common/status/macros.h"
#include "services/resource/material/expiry.h"

namespace heitie::resource {

using record::Target;
using v1::Encumbrance;

Encumbrances::Encumbrances(record::Store& store, Bookings& bookings, job::Runner& jobs) : store_(store), bookings_(bookings) {
  jobs.Handle(kExpireEncumbranceJob, [this](const rpc::Call& call, const job::Job& job) { return Expire(call, job); });
}

void Encumbrances::Bind(record::Methods& methods) {
  methods.Reads(bookings_.encumbrances_);
  methods.Creates(bookings_.encumbrances_, this, &Encumbrances::PreCommit);
  methods.Bind("CommitEncumbrance", this, &Encumbrances::Commit);
  methods.Bind("RaiseEncumbrance", this, &Encumbrances::Raise);
  methods.Bind("RecordActual", this, &Encumbrances::RecordActual);
  methods.Bind("CreditEncumbrance", this, &Encumbrances::Credit);
  methods.Bind("ReleaseEncumbrance", this, &Encumbrances::Release);
}

absl::Status Encumbrances::PreCommit(record::Transaction& tx, Encumbrance& encumbrance) {
  status::BadFields bad;
  CheckExpiry("encumbrance.expire_time", tx.call.now, *encumbrance.mutable_expire_time(), bad);
  absl::StatusOr<LockedBudget> budget = bookings_.budgets_.LockInPeriod(tx, encumbrance.budget());
  if (absl::IsNotFound(budget.status())) bad.Add("encumbrance.budget", kUnknownBudget, {{"budget", encumbrance.budget()}});
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(budget.status());
  return bookings_.Take(tx, *budget, encumbrance);
}

absl::StatusOr<Encumbrance> Encumbrances::Commit(record::Transaction& tx, const v1::CommitEncumbranceRequest& request) {
  return bookings_.Commit(tx, Target(request.name(), request.etag()), request.amount_minor(), Bookings::By::kHand);
}

absl::StatusOr<Encumbrance> Encumbrances::Raise(record::Transaction& tx, const v1::RaiseEncumbranceRequest& request) {
  return bookings_.Raise(tx, Target(request.name(), request.etag()), request.amount_minor(), Bookings::By::kHand);
}

absl::StatusOr<Encumbrance> Encumbrances::RecordActual(record::Transaction& tx, const v1::RecordActualRequest& request) {
  return bookings_.RecordActual(tx, Target(request.name(), request.etag()), request.amount_minor(), request.allow_excess(),
                                Bookings::By::kHand);
}

absl::StatusOr<Encumbrance> Encumbrances::Credit(record::Transaction& tx, const v1::CreditEncumbranceRequest& request) {
  return bookings_.Credit(tx, Target(request.name(), request.etag()), request.amount_minor(), Bookings::By::kHand);
}

absl::StatusOr<Encumbrance> Encumbrances::Release(record::Transaction& tx, const v1::ReleaseEncumbranceRequest& request) {
  return bookings_.Release(tx, Target(request.name(), request.etag()), request.keep_committed_minor(), Bookings::By::kHand);
}

job::Outcome Encumbrances::Expire(const rpc::Call& call, const job::Job& job) {
  const absl::Status status = store_.Write(call, [&](record::Transaction& tx) { return bookings_.Expire(tx, job.payload); });
  return status.ok() ? job::Outcome::Done() : job::Outcome::Failed(status);
}

}  // namespace heitie::resource
