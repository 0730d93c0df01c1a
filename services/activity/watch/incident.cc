#include "services/activity/watch/incident.h"

#include "absl/strings/str_cat.h"
#include "common/job/runner.h"
#include "common/status/macros.h"
#include "common/time/instant.h"

namespace heitie::activity {
namespace {

using metrics::v1::Alert;
using v1::Activity;
using v1::Incident;

constexpr char kGuardrailJob[] = "pause-at-guardrail";
// How often it is looked whether a launch is over.
constexpr absl::Duration kPauseAgain = absl::Seconds(1);

std::string IncidentOf(const Activity& activity, const Alert& alert) {
  return absl::StrCat(activity.name(), "/incidents/", record::IdOf(alert.name()));
}

}  // namespace

const record::StateMachine& IncidentMachine() {
  static const auto& machine = *new record::StateMachine(
      Incident::State_descriptor(),
      {
          {Incident::STATE_OPEN, "end_alert", Incident::STATE_OPEN, "the alert has ended", record::kConsequence},
          {Incident::STATE_CLOSED, "end_alert", Incident::STATE_CLOSED, "the alert has ended", record::kConsequence},
          {Incident::STATE_OPEN, "close", Incident::STATE_CLOSED},
          {Incident::STATE_OPEN, "recur", Incident::STATE_OPEN, "the alert has come back", record::kConsequence},
          {Incident::STATE_CLOSED, "recur", Incident::STATE_OPEN, "the alert has come back", record::kConsequence},
      });
  return machine;
}

Incidents::Incidents(const service::Context& context, Activities& activities)
    : store_(context.store), activities_(activities), incidents_(context.store, &IncidentMachine()) {
  event::Reactions reactions(context, "metrics", "alert-watch");
  reactions.On(this, &Incidents::OnAlert, {"open", "recur", "clear", "restate", "resolve", "stop"});
  context.jobs.Handle(kGuardrailJob, [this](const rpc::Call& call, const job::Job& job) {
    return job::Outcome::Failed(store_.Write(call, [&](record::Transaction& tx) { return PauseFor(tx, job.payload); }));
  });
}

absl::Status Incidents::OnAlert(const rpc::Call& call, const event::Change<Alert>& change) {
  const Alert& alert = change.latest();
  if (alert.activity().empty()) return absl::OkStatus();
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    const absl::StatusOr<Activity> activity = activities_.kind().Find(tx.sql, alert.activity());
    if (absl::IsNotFound(activity.status())) return absl::OkStatus();
    RETURN_IF_ERROR(activity.status());
    RETURN_IF_ERROR(Follow(tx, *activity, alert));
    const bool begins = change.action == "open" || change.action == "recur";
    return begins && alert.guardrail() ? PauseFor(tx, IncidentOf(*activity, alert)) : absl::OkStatus();
  });
}

absl::Status Incidents::Follow(record::Transaction& tx, const Activity& activity, const Alert& alert) {
  const absl::StatusOr<Incident> before = incidents_.Lock(tx, IncidentOf(activity, alert));
  const bool over = alert.state() == Alert::STATE_RESOLVED;
  if (before.ok()) {
    // The event came before.
    if (before->has_alert_end_time() == over) return absl::OkStatus();
    const char* const verb = over ? "end_alert" : "recur";
    Incident after = *before;
    RETURN_IF_ERROR(incidents_.Advance(after, verb));
    after.clear_alert_end_time();
    if (over) *after.mutable_alert_end_time() = alert.resolve_time();
    return incidents_.Update(tx, *before, after, verb);
  }
  if (!absl::IsNotFound(before.status())) return before.status();
  Incident incident;
  incident.set_name(IncidentOf(activity, alert));
  incident.set_alert(alert.name());
  incident.set_title(alert.display_name());
  incident.set_high(alert.severity() == metrics::v1::AlertRule::SEVERITY_HIGH);
  incident.set_guardrail(alert.guardrail());
  *incident.mutable_episode_time() = alert.episode_time();
  incident.set_figure(alert.figure());
  incident.set_reference(alert.reference());
  incident.set_source(alert.source());
  incident.set_owner(activity.owner());
  if (over) *incident.mutable_alert_end_time() = alert.resolve_time();
  incident.set_state(Incident::STATE_OPEN);
  return incidents_.Insert(tx, incident, "open");
}

absl::Status Incidents::PauseFor(record::Transaction& tx, const std::string& name) {
  const absl::StatusOr<Incident> incident = incidents_.Find(tx.sql, name);
  if (absl::IsNotFound(incident.status())) return absl::OkStatus();
  RETURN_IF_ERROR(incident.status());
  if (incident->state() != Incident::STATE_OPEN || incident->has_alert_end_time()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Lock(tx, record::ParentOf(name)));
  if (!activity.launch().empty()) {
    return job::Schedule(tx, {absl::StrCat(name, "/pause"), kGuardrailJob, name, tx.call.now + kPauseAgain});
  }
  if (activity.state() != Activity::STATE_LIVE) return absl::OkStatus();
  v1::PauseActivityRequest request;
  request.set_name(activity.name());
  request.set_reason(absl::StrCat(incident->alert(), ": ", incident->title(), " (", incident->figure(), " / ", incident->reference(), ")"));
  return activities_.Pause(tx, request).status();
}

absl::StatusOr<Incident> Incidents::Close(record::Transaction& tx, const v1::CloseIncidentRequest& request) {
  return incidents_.Change(tx, request, "close", [&](Incident& after) {
    after.set_outcome(request.outcome());
    after.set_closer(tx.call.principal.name);
  });
}

void Incidents::Bind(record::Methods& methods) {
  methods.Reads(incidents_);
  methods.Bind("CloseIncident", this, &Incidents::Close);
}

}  // namespace heitie::activity
