#include "services/activity/launch/settlement.h"

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/material_service.methods.h"
#include "heitie/resource/v1/money_service.methods.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "services/activity/launch/allotting.h"
#include "services/activity/launch/facts.h"
#include "services/activity/launch/fault_point.h"

namespace heitie::activity {

using v1::Activity;

namespace {

constexpr char kJob[] = "settle";
constexpr absl::Duration kSettleAfter = absl::Seconds(2);

std::string SettlementJobOf(const std::string& activity) { return activity + "/settle"; }

template <typename Request, typename Response>
absl::Status Release(const service::Context& context, const rpc::Call& call, const client::Method<Request, Response>& method,
                     const std::string& name, const std::string& request_id) {
  if (name.empty()) return absl::OkStatus();
  Request request;
  request.set_name(name);
  request.set_request_id(request_id);
  const absl::Status status = context.Call(call, method, request).status();
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

}  // namespace

absl::Status ReleaseReservation(const service::Context& context, const rpc::Call& call, const std::string& name,
                                const std::string& request_id) {
  return Release(context, call, resource::v1::method::ReleaseReservation, name, request_id);
}

absl::Status ReleaseEncumbrance(const service::Context& context, const rpc::Call& call, const std::string& name,
                                const std::string& request_id) {
  return Release(context, call, resource::v1::method::ReleaseEncumbrance, name, request_id);
}

Settlement::Settlement(service::Context context, Activities& activities) : context_(context), activities_(activities) {
  context_.jobs.Handle(kJob,
                       [this](const rpc::Call& call, const job::Job& job) { return job::Outcome::Failed(Settle(call, job.payload)); });
}

absl::StatusOr<Activity> Settlement::End(const rpc::Call& call, const v1::EndActivityRequest& request) {
  return Close(call, request, "end");
}

absl::StatusOr<Activity> Settlement::Cancel(const rpc::Call& call, const v1::CancelActivityRequest& request) {
  return Close(call, request, "cancel");
}

template <typename Request>
absl::StatusOr<Activity> Settlement::Close(const rpc::Call& call, const Request& request, const char* verb) {
  const auto close = [&](record::Transaction& tx) {
    return activities_.kind().Change(tx, request, verb, [&](const Activity& before, Activity& after) -> absl::Status {
      after.set_state_reason(request.reason());
      *after.mutable_close_time() = time::ToTimestamp(call.now);
      after.clear_scheduled_launch_time();
      after.clear_launch_scheduler();
      RETURN_IF_ERROR(job::Cancel(tx, ScheduledLaunchJob(before.name())));
      return job::Schedule(
          tx, {.name = SettlementJobOf(before.name()), .kind = kJob, .payload = before.name(), .run_time = call.now + kSettleAfter});
    });
  };
  RETURN_IF_ERROR(context_.store.Write(call, request, close).status());
  FaultPoint("settle.begun");
  Settle(call, request.name()).IgnoreError();  // The job repeats it.
  return activities_.kind().Get(call, request.name());
}

absl::Status Settlement::Settle(const rpc::Call& call, const std::string& name) {
  ASSIGN_OR_RETURN(const Activity closed, activities_.kind().Get(call, name));
  if (closed.has_settle_time()) return absl::OkStatus();
  const rpc::Call own = AsService(call);
  // The ids of what was taken are unique, so that the request ids are.
  if (!closed.allotment().empty()) {
    RETURN_IF_ERROR(
        ReleaseAllotment(context_, own, closed.allotment(), "end-" + record::IdOf(closed.allotment()) + "-allotment", name + " is over."));
    FaultPoint("settle.allotment_released");
    return NoteSettled(call, name);
  }
  RETURN_IF_ERROR(ReleaseReservation(context_, own, closed.reservation(), "end-" + record::IdOf(closed.reservation()) + "-stock"));
  FaultPoint("settle.materials_released");
  RETURN_IF_ERROR(ReleaseEncumbrance(context_, own, closed.encumbrance(), "end-" + record::IdOf(closed.encumbrance()) + "-money"));
  FaultPoint("settle.money_released");
  return NoteSettled(call, name);
}

absl::Status Settlement::NoteSettled(const rpc::Call& call, const std::string& name) {
  return context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Activity before, activities_.kind().Lock(tx, name));
    if (before.has_settle_time()) return absl::OkStatus();
    Activity after = before;
    *after.mutable_settle_time() = time::ToTimestamp(context_.clock.Now());
    RETURN_IF_ERROR(activities_.kind().Update(tx, before, after, "settle"));
    return job::Cancel(tx, SettlementJobOf(name));
  });
}

void Settlement::Bind(record::Methods& methods) {
  methods.Bind("EndActivity", this, &Settlement::End);
  methods.Bind("CancelActivity", this, &Settlement::Cancel);
}

}  // namespace heitie::activity
