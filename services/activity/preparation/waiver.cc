#include "services/activity/preparation/waiver.h"

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/waiver.pb.h"
#include "services/activity/preparation/fact_judgement.h"
#include "services/activity/preparation/risk_judgement.h"

namespace heitie::activity {

using v1::Waiver;

const status::Reason kExpired{absl::StatusCode::kInvalidArgument, "EXPIRED", "The expiry must be in the future.", "到期時間必須在未來。"};
const status::Reason kWaiverRevoked{absl::StatusCode::kFailedPrecondition, "WAIVER_REVOKED", "{waiver} was revoked by {revoker}.",
                                    "{waiver} 已由 {revoker} 撤銷。"};

namespace {

// What is LIVE by the waiver alone is not LIVE without it (W1, W6).
absl::Status PlanEnd(record::Transaction& tx, const Waiver& waiver, absl::Time end) {
  if (waiver.precondition() != v1::PRECONDITION_RISKS_SETTLED) {
    return PlanFactJudgement(tx, waiver.name(), record::ParentOf(waiver.name()), end);
  }
  return PlanJudgement(tx, waiver.name(), record::ParentOf(waiver.name()), end);
}

}  // namespace

absl::Status Waivers::Create(record::Transaction& tx, Waiver& waiver) {
  if (time::ToTime(waiver.expire_time()) <= tx.call.now) {
    status::BadFields bad;
    bad.Add("waiver.expire_time", kExpired);
    return bad.status();
  }
  waiver.set_author(tx.call.principal.name);
  ASSIGN_OR_RETURN(const v1::Activity activity, activities_.kind().Guard(tx, record::ParentOf(waiver.name())));
  RETURN_IF_ERROR(CheckNotClosed(activity));
  return PlanEnd(tx, waiver, time::ToTime(waiver.expire_time()));
}

absl::StatusOr<Waiver> Waivers::Revoke(record::Transaction& tx, const v1::RevokeWaiverRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Waiver> step, waivers_.Begin(tx, request));
  if (step.before.has_revoke_time()) {
    return status::Error(kWaiverRevoked, {{"waiver", step.before.name()}, {"revoker", step.before.revoker()}});
  }
  step.verb = "revoke";
  step.after.set_revoker(tx.call.principal.name);
  *step.after.mutable_revoke_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(PlanEnd(tx, step.after, tx.call.now));
  return waivers_.Finish(tx, step);
}

void Waivers::Bind(record::Methods& methods) {
  methods.Reads(waivers_);
  methods.Creates(waivers_, this, &Waivers::Create);
  methods.Bind("RevokeWaiver", this, &Waivers::Revoke);
}

}  // namespace heitie::activity
