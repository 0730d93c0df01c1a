#include "services/activity/preparation/waiver.h"

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/waiver.pb.h"
#include "services/activity/launch/risk_judgement.h"

namespace heitie::activity {

using v1::Waiver;

const status::Reason kExpired{absl::StatusCode::kInvalidArgument, "EXPIRED", "The expiry must be in the future.", "到期時間必須在未來。",
                              "到期时间必须在未来。"};
const status::Reason kWaiverRevoked{absl::StatusCode::kFailedPrecondition, "WAIVER_REVOKED", "{waiver} was revoked by {revoker}.",
                                    "{waiver} 已由 {revoker} 撤銷。", "{waiver} 已由 {revoker} 撤销。"};

namespace {

// What is LIVE by the waiver alone is not LIVE without it (W1, W6).
absl::Status PlanEnd(record::Transaction& tx, const Waiver& waiver, absl::Time end) {
  if (waiver.precondition() != v1::PRECONDITION_RISKS_SETTLED) return absl::OkStatus();
  return PlanJudgement(tx, waiver.name(), record::ParentOf(waiver.name()), end);
}

}  // namespace

rpc::Handler Waivers::Creator() {
  return kind_.Creator<v1::CreateWaiverRequest>(
      [this](record::Transaction& tx, const v1::CreateWaiverRequest&, Waiver& waiver) -> absl::Status {
        if (time::ToTime(waiver.expire_time()) <= tx.call.now) {
          status::BadFields bad;
          bad.Add("waiver.expire_time", kExpired);
          return bad.status();
        }
        waiver.set_author(tx.call.principal.name);
        ASSIGN_OR_RETURN(const v1::Activity activity, activities_.kind().Guard(tx, record::ParentOf(waiver.name())));
        RETURN_IF_ERROR(CheckNotClosed(activity));
        return PlanEnd(tx, waiver, time::ToTime(waiver.expire_time()));
      });
}

absl::StatusOr<Waiver> Waivers::Revoke(record::Transaction& tx, const v1::RevokeWaiverRequest& request) {
  ASSIGN_OR_RETURN(const Waiver before, kind_.Lock(tx, request.name()));
  RETURN_IF_ERROR(record::CheckEtag(request.name(), before.etag(), request.etag()));
  if (before.has_revoke_time()) return status::Error(kWaiverRevoked, {{"waiver", before.name()}, {"revoker", before.revoker()}});
  Waiver after = before;
  after.set_revoker(tx.call.principal.name);
  *after.mutable_revoke_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(kind_.Update(tx, before, after, "revoke"));
  RETURN_IF_ERROR(PlanEnd(tx, after, tx.call.now));
  return after;
}

}  // namespace heitie::activity
