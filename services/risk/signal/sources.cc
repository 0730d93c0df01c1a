#include "services/risk/signal/sources.h"

#include "common/event/reactions.h"
#include "services/risk/signal/facts.h"

namespace heitie::risk {
namespace {

// Tells the facts of the changes of T.
template <typename T>
void Tell(event::Reactions& source, record::Store& store, Signals& signals) {
  event::Reactions::Actions actions;
  for (const FactRow& row : FactRowsOf(T::default_instance())) actions.push_back(row.action);
  source.On<T>(actions, [&store, &signals](const rpc::Call& call, const event::Change<T>& change) -> absl::Status {
    if (change.occur_time < call.now - kOldestFact) return absl::OkStatus();
    const Facts facts = FactsOf(change);
    return facts.empty() ? absl::OkStatus() : store.Write(call, [&](record::Transaction& tx) { return signals.TellAll(tx, facts); });
  });
}

}  // namespace

void FollowSources(const service::Context& context, Signals& signals) {
  event::Reactions planning(context, "planning", "plan-facts");
  Tell<planning::v1::ScheduleVariance>(planning, context.store, signals);
  Tell<planning::v1::EvidenceFlag>(planning, context.store, signals);
  Tell<planning::v1::Issue>(planning, context.store, signals);
  event::Reactions resource(context, "resource", "resource-facts");
  Tell<resource::v1::Stock>(resource, context.store, signals);
  Tell<resource::v1::Reservation>(resource, context.store, signals);
  Tell<resource::v1::PurchaseOrder>(resource, context.store, signals);
  Tell<resource::v1::Budget>(resource, context.store, signals);
  event::Reactions personnel(context, "personnel", "staff-facts");
  Tell<personnel::v1::StaffingGap>(personnel, context.store, signals);
  Tell<personnel::v1::HandoverItem>(personnel, context.store, signals);
  event::Reactions metrics(context, "metrics", "alert-facts");
  Tell<metrics::v1::Alert>(metrics, context.store, signals);
  event::Reactions activity(context, "activity", "activity-facts");
  Tell<activity::v1::Activity>(activity, context.store, signals);
  Tell<activity::v1::ActivityGuardrail>(activity, context.store, signals);
}

}  // namespace heitie::risk
