#include "services/activity/incident/alerts.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"

namespace heitie::activity {
namespace {

using metrics::v1::Alert;
using v1::Activity;
using v1::Incident;
using v1::IncidentEntry;

std::string IncidentOf(const Activity& activity, const Alert& alert) {
  return absl::StrCat(activity.name(), "/incidents/", record::IdOf(alert.name()));
}

Incident IncidentFrom(const Activity& activity, const Alert& alert) {
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
  incident.set_cause(Incident::CAUSE_ALERT);
  incident.set_state(Incident::STATE_OPEN);
  return incident;
}

std::string TextOf(const Alert& alert) {
  return absl::StrCat(alert.name(), ": ", alert.display_name(), " (", alert.figure(), " / ", alert.reference(), ")");
}

}  // namespace

Alerts::Alerts(const service::Context& context, Activities& activities, Incidents& incidents)
    : store_(context.store), activities_(activities), incidents_(incidents) {
  event::Reactions reactions(context, "metrics", "alert-watch");
  reactions.On(this, &Alerts::OnAlert, {"open", "recur", "clear", "restate", "resolve", "stop"});
}

absl::Status Alerts::OnAlert(const rpc::Call& call, const event::Change<Alert>& change) {
  const Alert& alert = change.latest();
  if (alert.activity().empty()) return absl::OkStatus();
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    const absl::StatusOr<Activity> activity = activities_.kind().Guard(tx, alert.activity());
    if (absl::IsNotFound(activity.status())) return absl::OkStatus();
    RETURN_IF_ERROR(activity.status());
    for (const Taking& taking : takings_) {
      ASSIGN_OR_RETURN(const bool taken, taking(tx, *activity, alert));
      if (taken) return absl::OkStatus();
    }
    return Keep(tx, *activity, alert, change.action == "open" || change.action == "recur");
  });
}

absl::Status Alerts::Keep(record::Transaction& tx, const Activity& activity, const Alert& alert, bool begins) {
  const bool over = alert.state() == Alert::STATE_RESOLVED;
  const bool pauses = begins && alert.guardrail() && !over;
  const absl::StatusOr<Incident> before = incidents_.LockStanding(tx, IncidentOf(activity, alert));
  if (absl::IsNotFound(before.status())) {
    Incident incident = IncidentFrom(activity, alert);
    RETURN_IF_ERROR(incidents_.Enter(tx, IncidentEntry::KIND_OPENED, TextOf(alert), alert.name(), incident));
    if (over) {
      *incident.mutable_alert_end_time() = alert.resolve_time();
      *incident.mutable_clear_time() = alert.resolve_time();
    }
    if (pauses) RETURN_IF_ERROR(incidents_.PauseFor(tx, activity, TextOf(alert), incident));
    RETURN_IF_ERROR(incidents_.StartClocks(tx, incident));
    return incidents_.kind().Insert(tx, incident, "open");
  }
  RETURN_IF_ERROR(before.status());
  if (before->alert() != alert.name()) {
    // Merged, it is a signal among others.
    if (over) return incidents_.Clear(tx, alert.name(), time::ToTime(alert.resolve_time()), "The alert has ended.");
    if (!begins) return absl::OkStatus();
    Episode episode{activity.name(), Incident::CAUSE_ALERT, alert.name(), alert.display_name()};
    episode.pauses = pauses;
    episode.source = alert.name();
    episode.text = TextOf(alert);
    return incidents_.Join(tx, before->name(), episode).status();
  }
  // The event came before.
  if (before->has_alert_end_time() == over) return absl::OkStatus();
  Incident after = *before;
  if (over) {
    *after.mutable_alert_end_time() = alert.resolve_time();
    *after.mutable_clear_time() = alert.resolve_time();
    RETURN_IF_ERROR(incidents_.Enter(tx, IncidentEntry::KIND_CLEARED, "The alert has ended.", alert.name(), after));
    return incidents_.kind().Update(tx, *before, after, "end_alert");
  }
  RETURN_IF_ERROR(incidents_.Recur(tx, after));
  after.clear_alert_end_time();
  RETURN_IF_ERROR(incidents_.Enter(tx, IncidentEntry::KIND_SIGNAL, TextOf(alert), alert.name(), after));
  if (pauses) RETURN_IF_ERROR(incidents_.PauseFor(tx, activity, TextOf(alert), after));
  return incidents_.kind().Update(tx, *before, after, "recur");
}

}  // namespace heitie::activity
