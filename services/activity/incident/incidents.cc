#include "services/activity/incident/incidents.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/job/runner.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/text/excerpt.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/adjustment.pb.h"
#include "heitie/metrics/v1/analysis_service.methods.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/activity/incident/incident_rules.h"
#include "services/activity/incident/live_spans.h"
#include "services/activity/launch/facts.h"

namespace heitie::activity {
namespace {

using v1::Activity;
using v1::Incident;
using v1::IncidentAction;
using v1::IncidentAttachment;
using v1::IncidentEntry;

constexpr char kPauseJob[] = "pause-at-guardrail";
// How often it is looked whether a launch is over.
constexpr absl::Duration kPauseAgain = absl::Seconds(1);
// What a text of the timeline holds at most, in bytes; a column of 64 KiB takes much more.
constexpr size_t kMostText = 8000;
// Longer stretches are not counted by metrics.
constexpr absl::Duration kMostCounted = absl::Hours(24 * 32);

constexpr char kGuard[] = "nobody has stated its severity, or it is RESOLVED, reviewed where it is severe, and adjusted where it paused";

v1::IncidentSignal* SignalOf(Incident& incident, const std::string& id) {
  for (v1::IncidentSignal& signal : *incident.mutable_signals()) {
    if (signal.id() == id) return &signal;
  }
  return nullptr;
}

std::string AttachmentOf(const std::string& incident, const std::string& subject) {
  return absl::StrCat(incident, "/attachments/", record::IdOf(subject));
}

// The incident of a signal; empty when it is new. The row stays locked.
absl::StatusOr<std::string> IncidentOfSignal(record::Transaction& tx, const std::string& id) {
  std::string incident;
  RETURN_IF_ERROR(tx.sql.Query("SELECT incident FROM incident_signals WHERE id = ? FOR UPDATE", sql::Bind(id),
                               [&](const sql::Row& row) { incident = row.Text(0); }));
  return incident;
}

absl::Status KeepSignal(record::Transaction& tx, const std::string& id, const std::string& incident) {
  return tx.sql
      .Execute("INSERT INTO incident_signals (id, incident) VALUES (?, ?) ON DUPLICATE KEY UPDATE incident = VALUES(incident)",
               sql::Bind(id, incident))
      .status();
}

v1::ServicePriority PriorityOf(Incident::Severity severity) {
  switch (severity) {
    case Incident::SEVERITY_CRITICAL:
      return v1::SERVICE_PRIORITY_URGENT;
    case Incident::SEVERITY_MAJOR:
      return v1::SERVICE_PRIORITY_HIGH;
    default:
      return v1::SERVICE_PRIORITY_NORMAL;
  }
}

void KeepStanding(Incident& incident, const ClockStanding& standing) {
  incident.clear_acknowledge_due_time();
  incident.clear_mitigate_due_time();
  if (standing.first_response_due.has_value()) {
    *incident.mutable_acknowledge_due_time() = time::ToTimestamp(*standing.first_response_due);
  }
  if (standing.resolution_due.has_value()) *incident.mutable_mitigate_due_time() = time::ToTimestamp(*standing.resolution_due);
  incident.set_late(standing.breached);
}

// Graver first; not stated is least.
int Gravity(Incident::Severity severity) { return severity == Incident::SEVERITY_UNSPECIFIED ? 4 : severity; }

}  // namespace

const record::StateMachine& IncidentMachine() {
  constexpr auto kOpen = Incident::STATE_OPEN, kAcknowledged = Incident::STATE_ACKNOWLEDGED, kMitigated = Incident::STATE_MITIGATED,
                 kResolved = Incident::STATE_RESOLVED, kClosed = Incident::STATE_CLOSED, kMerged = Incident::STATE_MERGED;
  static constexpr char kUp[] = "the page that paused the activity is up again, and the activity is to resume by itself";
  static constexpr char kBack[] = "a signal of it has come, or come back";
  static const auto& machine = *new record::StateMachine(
      Incident::State_descriptor(), {
                                        {kOpen, "acknowledge", kAcknowledged},
                                        {kAcknowledged, "mitigate", kMitigated},
                                        {kMitigated, "resolve", kResolved, "by its owner or a manager where it paused the activity"},
                                        {kOpen, "close", kClosed, "nobody has stated its severity"},
                                        {kAcknowledged, "close", kClosed, "nobody has stated its severity"},
                                        {kMitigated, "close", kClosed, "nobody has stated its severity"},
                                        {kResolved, "close", kClosed, kGuard},
                                        {kMitigated, "reopen", kOpen},
                                        {kResolved, "reopen", kOpen},
                                        {kClosed, "reopen", kOpen},
                                        {kOpen, "merge", kMerged},
                                        {kAcknowledged, "merge", kMerged},
                                        {kMitigated, "merge", kMerged},
                                        {kResolved, "merge", kMerged},
                                        {kMitigated, "review", kMitigated},
                                        {kResolved, "review", kResolved},
                                        {kOpen, "assign", kOpen},
                                        {kAcknowledged, "assign", kAcknowledged},
                                        {kMitigated, "assign", kMitigated},
                                        {kResolved, "assign", kResolved},
                                        {kOpen, "rate", kOpen},
                                        {kAcknowledged, "rate", kAcknowledged},
                                        {kMitigated, "rate", kMitigated},
                                        {kResolved, "rate", kResolved},
                                        {kOpen, "note", kOpen},
                                        {kAcknowledged, "note", kAcknowledged},
                                        {kMitigated, "note", kMitigated},
                                        {kResolved, "note", kResolved},
                                        {kClosed, "note", kClosed},
                                        {kOpen, "settle", kMitigated, kUp, record::kConsequence},
                                        {kAcknowledged, "settle", kMitigated, kUp, record::kConsequence},
                                        {kOpen, "recur", kOpen, kBack, record::kConsequence},
                                        {kAcknowledged, "recur", kAcknowledged, kBack, record::kConsequence},
                                        {kMitigated, "recur", kOpen, kBack, record::kConsequence},
                                        {kResolved, "recur", kOpen, kBack, record::kConsequence},
                                        {kClosed, "recur", kOpen, kBack, record::kConsequence},
                                    });
  return machine;
}

const record::StateMachine& IncidentActionMachine() {
  static const auto& machine = *new record::StateMachine(IncidentAction::State_descriptor(),
                                                         {
                                                             {IncidentAction::STATE_OPEN, "complete", IncidentAction::STATE_DONE},
                                                             {IncidentAction::STATE_OPEN, "drop", IncidentAction::STATE_DROPPED},
                                                         });
  return machine;
}

absl::StatusOr<std::vector<std::string>> UnsettledIncidents(sql::Session& session, const std::string& activity) {
  sql::Values values = record::ChildRange(activity, "incidents");
  std::vector<std::string> names;
  RETURN_IF_ERROR(
      session.Query("SELECT name FROM incidents WHERE name > ? AND name < ? AND pause_time IS NOT NULL AND state IN ('STATE_OPEN', "
                    "'STATE_ACKNOWLEDGED') ORDER BY name",
                    values, [&](const sql::Row& row) { names.push_back(row.Text(0)); }));
  return names;
}

Incidents::Incidents(const service::Context& context, Activities& activities, Clocks& clocks)
    : context_(context),
      store_(context.store),
      activities_(activities),
      clocks_(clocks),
      incidents_(context.store, &IncidentMachine()),
      entries_(context.store),
      attachments_(context.store),
      actions_(context.store, &IncidentActionMachine()) {
  incidents_.SetDecorator([](sql::Session&, Incident& incident) {
    if (const auto took = TimeToAcknowledge(incident)) *incident.mutable_time_to_acknowledge() = ToProto(*took);
    if (const auto took = TimeToMitigate(incident)) *incident.mutable_time_to_mitigate() = ToProto(*took);
    return absl::OkStatus();
  });
  clocks_.Serves<Incident>(incidents_, KeepStanding);
  incidents_.SetAllows([](const Incident& incident, const std::string& verb) { return verb != "close" || MayClose(incident); });
  incidents_.SetFollow([this](record::Transaction& tx, const Incident* before, const Incident* after) -> absl::Status {
    if (before != nullptr && after != nullptr && before->owner() != after->owner()) {
      RETURN_IF_ERROR(clocks_.Reassign(tx, after->name(), after->owner(), record::ParentOf(after->name())));
    }
    for (const Follow& follow : follows_) RETURN_IF_ERROR(follow(tx, before, after));
    return absl::OkStatus();
  });
  activities_.Follow([this](record::Transaction& tx, const Activity* before, const Activity* after) -> absl::Status {
    RETURN_IF_ERROR(KeepLiveSpans(tx, before, after));
    return OnActivity(tx, before, after);
  });
  context.jobs.Handle(kPauseJob, [this](const rpc::Call& call, const job::Job& job) {
    return job::Outcome::Failed(store_.Write(call, [&](record::Transaction& tx) { return PauseLater(tx, job.payload); }));
  });
}

absl::Status Incidents::Enter(record::Transaction& tx, IncidentEntry::Kind kind, const std::string& text, const std::string& subject,
                              Incident& after) {
  const absl::Time at = TimeFor(after, tx.call.now);
  after.set_entry_count(after.entry_count() + 1);
  *after.mutable_last_entry_time() = time::ToTimestamp(at);
  IncidentEntry entry;
  entry.set_name(absl::StrCat(after.name(), "/entries/", absl::StrFormat("%06d", after.entry_count())));
  entry.set_kind(kind);
  entry.set_text(text::Excerpt(text, kMostText));
  entry.set_subject(subject);
  entry.set_author(tx.call.principal.name);
  *entry.mutable_entry_time() = time::ToTimestamp(at);
  return entries_.Insert(tx, entry);
}

absl::StatusOr<Incident> Incidents::LockStanding(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(Incident incident, incidents_.Lock(tx, name));
  while (incident.state() == Incident::STATE_MERGED) {
    ASSIGN_OR_RETURN(incident, incidents_.Lock(tx, incident.merged_into()));
  }
  return incident;
}

absl::Status Incidents::StartClocks(record::Transaction& tx, Incident& incident) {
  const ClockSubject subject{incident.name(),  v1::SERVICE_KIND_INCIDENT,        "", PriorityOf(incident.severity()),
                             incident.owner(), record::ParentOf(incident.name())};
  const absl::StatusOr<ClockStanding> standing = clocks_.Start(tx, subject, tx.call.now, tx.call.now);
  // What pauses an activity does not wait for a calendar.
  if (absl::IsUnavailable(standing.status())) {
    return Enter(tx, IncidentEntry::KIND_CHANGED, absl::StrCat("It has no clocks: ", standing.status().message()), "", incident);
  }
  RETURN_IF_ERROR(standing.status());
  KeepStanding(incident, *standing);
  return absl::OkStatus();
}

absl::Status Incidents::Recur(record::Transaction& tx, Incident& after) const {
  const bool again = !IsUnmitigated(after);
  RETURN_IF_ERROR(incidents_.Advance(after, "recur"));
  after.clear_clear_time();
  if (!again) return absl::OkStatus();
  after.set_reopen_count(after.reopen_count() + 1);
  *after.mutable_reopen_time() = time::ToTimestamp(TimeFor(after, tx.call.now));
  after.clear_mitigate_time();
  after.clear_mitigator();
  after.clear_mitigation();
  after.clear_resolve_time();
  after.clear_resolver();
  after.clear_resolution();
  after.clear_close_time();
  const absl::Time at = time::ToTime(after.reopen_time());
  ASSIGN_OR_RETURN(const bool goes_on, clocks_.MayReopen(tx, after.name(), at));
  if (!goes_on) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ClockStanding standing, clocks_.Reopen(tx, after.name(), after.owner(), at));
  KeepStanding(after, standing);
  return absl::OkStatus();
}

absl::Status Incidents::PauseFor(record::Transaction& tx, const Activity& activity, const std::string& reason, Incident& after) {
  if (!activity.launch().empty()) {
    return job::Schedule(tx, {absl::StrCat(after.name(), "/pause"), kPauseJob, after.name(), tx.call.now + kPauseAgain});
  }
  if (!RunsOrPauses(activity)) return absl::OkStatus();
  const bool live = activity.state() == Activity::STATE_LIVE;
  if (live || !after.has_pause_time()) *after.mutable_pause_time() = time::ToTimestamp(TimeFor(after, tx.call.now));
  if (!live) {
    return Enter(tx, IncidentEntry::KIND_PAUSED, "The activity is paused already.", activity.name(), after);
  }
  v1::PauseActivityRequest request;
  request.set_name(activity.name());
  request.set_reason(reason);
  RETURN_IF_ERROR(activities_.Pause(tx, request).status());
  return Enter(tx, IncidentEntry::KIND_PAUSED, "The activity was paused.", activity.name(), after);
}

absl::Status Incidents::PauseLater(record::Transaction& tx, const std::string& name) {
  const absl::StatusOr<Incident> found = incidents_.Find(tx.sql, name);
  if (absl::IsNotFound(found.status())) return absl::OkStatus();
  RETURN_IF_ERROR(found.status());
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Guard(tx, record::ParentOf(name)));
  ASSIGN_OR_RETURN(const Incident before, incidents_.Lock(tx, name));
  if (!IsUnmitigated(before) || AllCleared(before)) return absl::OkStatus();
  Incident after = before;
  const std::string reason =
      before.alert().empty() ? before.title()
                             : absl::StrCat(before.alert(), ": ", before.title(), " (", before.figure(), " / ", before.reference(), ")");
  RETURN_IF_ERROR(PauseFor(tx, activity, reason, after));
  return incidents_.Update(tx, before, after, "pause");
}

absl::Status Incidents::SetSeverity(record::Transaction& tx, Incident::Severity severity, const std::string& reason, Incident& after) {
  after.set_severity(severity);
  if (!IsUnmitigated(after)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ClockStanding standing,
                   clocks_.Retarget(tx, after.name(), PriorityOf(severity), "", reason, TimeFor(after, tx.call.now)));
  KeepStanding(after, standing);
  return absl::OkStatus();
}

absl::StatusOr<bool> Incidents::Raise(record::Transaction& tx, const Activity& activity, const Episode& episode, Incident& after) {
  v1::IncidentSignal* signal = SignalOf(after, episode.signal);
  const bool back = signal != nullptr;
  if (back && !signal->has_clear_time()) return false;
  if (!back) {
    signal = after.add_signals();
    signal->set_id(episode.signal);
    signal->set_cause(episode.cause);
    signal->set_source(episode.source);
    *signal->mutable_begin_time() = time::ToTimestamp(episode.begin == absl::InfinitePast() ? tx.call.now : episode.begin);
  }
  signal->clear_clear_time();
  RETURN_IF_ERROR(Recur(tx, after));
  if (Gravity(episode.severity) < Gravity(after.severity())) {
    RETURN_IF_ERROR(SetSeverity(tx, episode.severity, episode.title, after));
  }
  RETURN_IF_ERROR(Enter(tx, IncidentEntry::KIND_SIGNAL, episode.text.empty() ? episode.title : episode.text, episode.source, after));
  if (episode.pauses) RETURN_IF_ERROR(PauseFor(tx, activity, episode.title, after));
  RETURN_IF_ERROR(KeepSignal(tx, episode.signal, after.name()));
  return true;
}

absl::StatusOr<Opened> Incidents::RaiseOn(record::Transaction& tx, const Activity& activity, const std::string& incident,
                                          const Episode& episode) {
  Opened opened;
  ASSIGN_OR_RETURN(const Incident before, LockStanding(tx, incident));
  opened.incident = before;
  ASSIGN_OR_RETURN(opened.news, Raise(tx, activity, episode, opened.incident));
  if (opened.news) RETURN_IF_ERROR(incidents_.Update(tx, before, opened.incident, "recur"));
  return opened;
}

absl::StatusOr<Opened> Incidents::Open(record::Transaction& tx, const Episode& episode) {
  // Its lock orders those who open incidents of the activity.
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Guard(tx, episode.activity));
  ASSIGN_OR_RETURN(const std::string known, IncidentOfSignal(tx, episode.signal));
  if (!known.empty()) return RaiseOn(tx, activity, known, episode);
  Opened opened;
  opened.news = true;
  Incident& incident = opened.incident;
  const absl::Time begin = episode.begin == absl::InfinitePast() ? tx.call.now : episode.begin;
  incident.set_name(absl::StrCat(activity.name(), "/incidents/", record::NewId(tx.call.now)));
  incident.set_title(episode.title);
  *incident.mutable_episode_time() = time::ToTimestamp(begin);
  incident.set_source(episode.source);
  incident.set_owner(episode.owner.empty() ? activity.owner() : episode.owner);
  incident.set_cause(episode.cause);
  incident.set_severity(episode.severity);
  incident.set_state(Incident::STATE_OPEN);
  if (episode.cause != Incident::CAUSE_PERSON) {
    v1::IncidentSignal& signal = *incident.add_signals();
    signal.set_id(episode.signal);
    signal.set_cause(episode.cause);
    signal.set_source(episode.source);
    *signal.mutable_begin_time() = time::ToTimestamp(begin);
  }
  RETURN_IF_ERROR(KeepSignal(tx, episode.signal, incident.name()));
  RETURN_IF_ERROR(Enter(tx, IncidentEntry::KIND_OPENED, episode.text.empty() ? episode.title : episode.text, episode.source, incident));
  if (episode.pauses) RETURN_IF_ERROR(PauseFor(tx, activity, episode.title, incident));
  RETURN_IF_ERROR(StartClocks(tx, incident));
  RETURN_IF_ERROR(incidents_.Insert(tx, incident, "open"));
  return opened;
}

absl::StatusOr<Opened> Incidents::Join(record::Transaction& tx, const std::string& incident, const Episode& episode) {
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Guard(tx, episode.activity));
  ASSIGN_OR_RETURN(const std::string known, IncidentOfSignal(tx, episode.signal));
  return RaiseOn(tx, activity, known.empty() ? incident : known, episode);
}

absl::Status Incidents::Clear(record::Transaction& tx, const std::string& id, absl::Time at, const std::string& text) {
  ASSIGN_OR_RETURN(const std::string known, IncidentOfSignal(tx, id));
  if (known.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Incident before, LockStanding(tx, known));
  Incident after = before;
  v1::IncidentSignal* const signal = SignalOf(after, id);
  if (signal == nullptr || signal->has_clear_time()) return absl::OkStatus();
  *signal->mutable_clear_time() = time::ToTimestamp(std::max(at, time::ToTime(signal->begin_time())));
  RETURN_IF_ERROR(Enter(tx, IncidentEntry::KIND_CLEARED, text, signal->source(), after));
  if (AllCleared(after)) {
    *after.mutable_clear_time() = after.last_entry_time();
    if (after.signals_size() > 1) RETURN_IF_ERROR(Enter(tx, IncidentEntry::KIND_CLEARED, "All signals have cleared.", "", after));
  }
  return incidents_.Update(tx, before, after, "clear");
}

absl::Status Incidents::StopClocks(record::Transaction& tx, Incident& after) {
  ASSIGN_OR_RETURN(const ClockStanding standing, clocks_.Resolve(tx, after.name(), time::ToTime(after.last_entry_time())));
  KeepStanding(after, standing);
  return absl::OkStatus();
}

absl::Status Incidents::Settle(record::Transaction& tx, const Incident& before, const std::string& text) {
  if (!IsUnmitigated(before)) return absl::OkStatus();
  Incident after = before;
  RETURN_IF_ERROR(incidents_.Advance(after, "settle"));
  RETURN_IF_ERROR(Enter(tx, IncidentEntry::KIND_STAGE, absl::StrCat("Mitigated: ", text), "", after));
  after.set_mitigation(text);
  after.set_mitigator(tx.call.principal.name);
  *after.mutable_mitigate_time() = after.last_entry_time();
  RETURN_IF_ERROR(StopClocks(tx, after));
  return incidents_.Update(tx, before, after, "settle");
}

absl::StatusOr<bool> Incidents::TakePage(record::Transaction& tx, const Activity& activity, const std::string& page, bool down,
                                         absl::Time at, const std::string& text) const {
  bool taken = false;
  for (const PageTaking& taking : page_takings_) {
    ASSIGN_OR_RETURN(const bool takes, taking(tx, activity, page, down, at, text));
    taken = taken || takes;
  }
  return taken;
}

absl::Status Incidents::Attach(record::Transaction& tx, const std::string& incident, const std::string& subject) {
  ASSIGN_OR_RETURN(Incident standing, incidents_.Find(tx.sql, incident));
  while (standing.state() == Incident::STATE_MERGED) {
    ASSIGN_OR_RETURN(standing, incidents_.Find(tx.sql, standing.merged_into()));
  }
  IncidentAttachment attachment;
  attachment.set_name(AttachmentOf(standing.name(), subject));
  attachment.set_subject(subject);
  const absl::Status found = attachments_.Find(tx.sql, attachment.name()).status();
  if (!absl::IsNotFound(found)) return found;
  return attachments_.Insert(tx, attachment);
}

absl::Status Incidents::Detach(record::Transaction& tx, const std::string& incident, const std::string& subject) {
  std::string name = incident;
  while (true) {
    const absl::StatusOr<IncidentAttachment> attachment = attachments_.Lock(tx, AttachmentOf(name, subject));
    if (attachment.ok()) {
      RETURN_IF_ERROR(attachments_.Delete(tx, *attachment));
    } else if (!absl::IsNotFound(attachment.status())) {
      return attachment.status();
    }
    ASSIGN_OR_RETURN(const Incident found, incidents_.Find(tx.sql, name));
    if (found.state() != Incident::STATE_MERGED) return absl::OkStatus();
    name = found.merged_into();
  }
}

absl::Status Incidents::Note(record::Transaction& tx, const std::string& incident, IncidentEntry::Kind kind, const std::string& text,
                             const std::string& subject) {
  ASSIGN_OR_RETURN(const Incident before, LockStanding(tx, incident));
  Incident after = before;
  RETURN_IF_ERROR(Enter(tx, kind, text, subject, after));
  return incidents_.Update(tx, before, after, "note");
}

absl::Status Incidents::OnActivity(record::Transaction& tx, const Activity* before, const Activity* after) {
  const bool resumed =
      before != nullptr && after != nullptr && before->state() == Activity::STATE_PAUSED && after->state() == Activity::STATE_LIVE;
  if (!resumed) return absl::OkStatus();
  sql::Values range = record::ChildRange(after->name(), "incidents");
  ASSIGN_OR_RETURN(const std::vector<Incident> paused,
                   incidents_.Select(tx.sql,
                                     "WHERE name > ? AND name < ? AND pause_time IS NOT NULL AND state IN ('STATE_OPEN', "
                                     "'STATE_ACKNOWLEDGED', 'STATE_MITIGATED', 'STATE_RESOLVED') ORDER BY name",
                                     range));
  for (const Incident& incident : paused) {
    RETURN_IF_ERROR(Note(tx, incident.name(), IncidentEntry::KIND_RESUMED, "The activity resumed.", after->name()));
  }
  return absl::OkStatus();
}

absl::StatusOr<Incident> Incidents::Report(record::Transaction& tx, const v1::ReportIncidentRequest& request) {
  status::BadFields bad;
  if (request.has_episode_time() && time::ToTime(request.episode_time()) > tx.call.now) bad.Add("episode_time", kEpisodeToCome);
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Guard(tx, request.parent()));
  if (!RunsOrPauses(activity)) {
    return status::Error(kActivityNotRunning,
                         {{"activity", activity.name()}, {"state", Activity::State_Name(activity.state()).substr(std::strlen("STATE_"))}});
  }
  const rpc::Principal& who = tx.call.principal;
  if (request.pause() && !who.Has(options::v1::ROLE_OPERATIONS_MANAGER) && !who.Has(options::v1::ROLE_OPERATIONS_SPECIALIST)) {
    return status::Error(kPausedByOperators, {{"activity", activity.name()}});
  }
  Episode episode{activity.name(), Incident::CAUSE_PERSON, absl::StrCat("people/", record::NewId(tx.call.now)),
                  request.title(), request.severity(),     request.pause()};
  episode.text = request.description();
  if (request.has_episode_time()) episode.begin = time::ToTime(request.episode_time());
  episode.owner = request.owner();
  ASSIGN_OR_RETURN(const Opened opened, Open(tx, episode));
  return incidents_.Decorated(tx.sql, opened.incident);
}

absl::StatusOr<Incident> Incidents::Acknowledge(record::Transaction& tx, const v1::AcknowledgeIncidentRequest& request) {
  return incidents_.Change(tx, request, "acknowledge", [&](Incident& after) -> absl::Status {
    RETURN_IF_ERROR(Enter(tx, IncidentEntry::KIND_STAGE, "Acknowledged.", "", after));
    ASSIGN_OR_RETURN(const ClockStanding standing, clocks_.FirstAnswer(tx, after.name(), time::ToTime(after.last_entry_time())));
    KeepStanding(after, standing);
    if (after.has_acknowledge_time()) return absl::OkStatus();
    after.set_acknowledger(tx.call.principal.name);
    *after.mutable_acknowledge_time() = after.last_entry_time();
    return absl::OkStatus();
  });
}

absl::StatusOr<Incident> Incidents::Mitigate(record::Transaction& tx, const v1::MitigateIncidentRequest& request) {
  return incidents_.Change(tx, request, "mitigate", [&](Incident& after) -> absl::Status {
    RETURN_IF_ERROR(Enter(tx, IncidentEntry::KIND_STAGE, absl::StrCat("Mitigated: ", request.mitigation()), "", after));
    after.set_mitigation(request.mitigation());
    after.set_mitigator(tx.call.principal.name);
    *after.mutable_mitigate_time() = after.last_entry_time();
    return StopClocks(tx, after);
  });
}

absl::StatusOr<Incident> Incidents::Resolve(record::Transaction& tx, const v1::ResolveIncidentRequest& request) {
  return incidents_.Change(tx, request, "resolve", [&](Incident& after) -> absl::Status {
    RETURN_IF_ERROR(CheckResolves(after, tx.call.principal));
    RETURN_IF_ERROR(Enter(tx, IncidentEntry::KIND_STAGE, absl::StrCat("Resolved: ", request.resolution()), "", after));
    after.set_resolution(request.resolution());
    after.set_resolver(tx.call.principal.name);
    *after.mutable_resolve_time() = after.last_entry_time();
    return absl::OkStatus();
  });
}

absl::Status Incidents::CheckAdjustment(record::Transaction& tx, const std::string& activity, const std::string& adjustment) const {
  if (adjustment.empty()) return absl::OkStatus();
  if (record::ParentOf(adjustment) != activity || !record::MatchesPattern(adjustment, "activities/{activity}/adjustments/{adjustment}")) {
    return status::NotFound(adjustment);
  }
  const std::optional<record::Collection> kept = record::Collection::Of(store_, *v1::Adjustment::descriptor());
  if (!kept.has_value()) return absl::OkStatus();
  v1::Adjustment found;
  return kept->Find(tx.sql, adjustment, &found);
}

absl::StatusOr<Incident> Incidents::Close(record::Transaction& tx, const v1::CloseIncidentRequest& request) {
  return incidents_.Change(tx, request, "close", [&](const Incident& before, Incident& after) -> absl::Status {
    RETURN_IF_ERROR(CheckCloses(before, request, tx.call.principal));
    RETURN_IF_ERROR(CheckAdjustment(tx, record::ParentOf(before.name()), request.adjustment()));
    RETURN_IF_ERROR(Enter(tx, IncidentEntry::KIND_STAGE, absl::StrCat("Closed: ", request.outcome()), request.adjustment(), after));
    after.set_outcome(request.outcome());
    after.set_closer(tx.call.principal.name);
    after.set_adjustment(request.adjustment());
    after.set_no_adjustment_reason(request.no_adjustment_reason());
    *after.mutable_close_time() = after.last_entry_time();
    return IsUnmitigated(before) ? StopClocks(tx, after) : absl::OkStatus();
  });
}

absl::StatusOr<Incident> Incidents::Reopen(record::Transaction& tx, const v1::ReopenIncidentRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Incident> step, incidents_.Begin(tx, request, "reopen"));
  // What coming back means is the same whoever says so.
  step.after = step.before;
  RETURN_IF_ERROR(Recur(tx, step.after));
  RETURN_IF_ERROR(Enter(tx, IncidentEntry::KIND_STAGE, absl::StrCat("Opened again: ", request.reason()), "", step.after));
  return incidents_.Finish(tx, step);
}

absl::StatusOr<Incident> Incidents::Merge(record::Transaction& tx, const v1::MergeIncidentRequest& request) {
  const status::Args both = {{"incident", request.name()}, {"into", request.into()}};
  if (record::ParentOf(request.name()) != record::ParentOf(request.into())) return status::Error(kMergeOfActivities, both);
  // Its lock orders all merges of the activity, so that no two make a cycle.
  RETURN_IF_ERROR(activities_.kind().Guard(tx, record::ParentOf(request.name())).status());
  ASSIGN_OR_RETURN(record::Step<Incident> step, incidents_.Begin(tx, request, "merge"));
  ASSIGN_OR_RETURN(const Incident before, LockStanding(tx, request.into()));
  if (before.name() == step.before.name()) return status::Error(kMergeCycle, both);
  Incident into = before;
  if (IsUnmitigated(step.before)) RETURN_IF_ERROR(Recur(tx, into));
  for (const v1::IncidentSignal& signal : step.before.signals()) *into.add_signals() = signal;
  if (!step.before.alert().empty()) {
    v1::IncidentSignal& signal = *into.add_signals();
    signal.set_id(step.before.alert());
    signal.set_cause(Incident::CAUSE_ALERT);
    signal.set_source(step.before.alert());
    *signal.mutable_begin_time() = step.before.episode_time();
    if (step.before.has_alert_end_time()) *signal.mutable_clear_time() = step.before.alert_end_time();
    RETURN_IF_ERROR(KeepSignal(tx, step.before.alert(), into.name()));
  }
  if (!AllCleared(into)) into.clear_clear_time();
  if (step.before.has_pause_time() &&
      (!into.has_pause_time() || time::ToTime(step.before.pause_time()) < time::ToTime(into.pause_time()))) {
    *into.mutable_pause_time() = step.before.pause_time();
  }
  if (Gravity(step.before.severity()) < Gravity(into.severity())) {
    RETURN_IF_ERROR(SetSeverity(tx, step.before.severity(), step.before.title(), into));
  }
  RETURN_IF_ERROR(
      Enter(tx, IncidentEntry::KIND_MERGED, absl::StrCat(step.before.title(), " was merged into it."), step.before.name(), into));
  RETURN_IF_ERROR(incidents_.Update(tx, before, into, "recur"));
  RETURN_IF_ERROR(
      tx.sql.Execute("UPDATE incident_signals SET incident = ? WHERE incident = ?", sql::Bind(into.name(), step.before.name())).status());
  ASSIGN_OR_RETURN(const std::vector<IncidentAttachment> attached, attachments_.Children(tx.sql, step.before.name()));
  for (const IncidentAttachment& attachment : attached) RETURN_IF_ERROR(Attach(tx, into.name(), attachment.subject()));
  step.after.set_merged_into(into.name());
  RETURN_IF_ERROR(Enter(tx, IncidentEntry::KIND_MERGED, absl::StrCat("It was merged into ", into.title(), "."), into.name(), step.after));
  *step.after.mutable_merge_time() = step.after.last_entry_time();
  ASSIGN_OR_RETURN(const ClockStanding standing, clocks_.Stop(tx, step.after.name(), time::ToTime(step.after.merge_time())));
  KeepStanding(step.after, standing);
  return incidents_.Finish(tx, step);
}

absl::StatusOr<Incident> Incidents::Assign(record::Transaction& tx, const v1::AssignIncidentRequest& request) {
  return incidents_.Change(tx, request, "assign", [&](Incident& after) -> absl::Status {
    after.set_owner(request.owner());
    const std::string why = request.reason().empty() ? "" : absl::StrCat(": ", request.reason());
    return Enter(tx, IncidentEntry::KIND_CHANGED, absl::StrCat("Assigned", why), request.owner(), after);
  });
}

absl::StatusOr<Incident> Incidents::Rate(record::Transaction& tx, const v1::RateIncidentRequest& request) {
  return incidents_.Change(tx, request, "rate", [&](Incident& after) -> absl::Status {
    RETURN_IF_ERROR(SetSeverity(tx, request.severity(), request.reason(), after));
    const std::string severity = Incident::Severity_Name(request.severity()).substr(std::strlen("SEVERITY_"));
    return Enter(tx, IncidentEntry::KIND_CHANGED, absl::StrCat(severity, ": ", request.reason()), "", after);
  });
}

absl::StatusOr<Incident> Incidents::AddNote(record::Transaction& tx, const v1::NoteIncidentRequest& request) {
  return incidents_.Change(tx, record::Target(request.name()), "note",
                           [&](Incident& after) { return Enter(tx, IncidentEntry::KIND_NOTE, request.text(), "", after); });
}

absl::StatusOr<int64_t> Incidents::CountAttachments(sql::Session& session, const Incident& incident) const {
  // What was merged into it was attached to it as well.
  return attachments_.CountChildren(session, incident.name());
}

absl::StatusOr<Incident> Incidents::Review(const rpc::Call& call, const v1::ReviewIncidentRequest& request) {
  status::BadFields bad;
  const absl::CivilDay today = absl::ToCivilDay(call.now, context_.time_zone);
  for (int i = 0; i < request.actions_size(); ++i) {
    if (time::ToDay(request.actions(i).due_date()) < today) bad.Add(absl::StrCat("actions[", i, "].due_date"), kDueDatePast);
  }
  RETURN_IF_ERROR(bad.status());
  Incident reviewed;
  v1::IncidentImpact counted;
  const auto until = [&](const Incident& incident) {
    return incident.has_mitigate_time() ? time::ToTime(incident.mitigate_time()) : TimeFor(incident, call.now);
  };
  // What metrics says is asked for before the transaction; without an answer the figures stay out.
  const auto count = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const Incident incident, incidents_.Get(call, request.name()));
    const absl::Time start = time::ToTime(incident.episode_time()), end = until(incident);
    if (start >= end || end - start > kMostCounted) return absl::OkStatus();
    metrics::v1::ComputeActivityFiguresRequest question;
    question.set_activity(record::ParentOf(incident.name()));
    for (const auto& [from, to] : {std::pair(start, end), std::pair(start - (end - start), start)}) {
      auto& window = *question.add_windows();
      *window.mutable_start_time() = time::ToTimestamp(from);
      *window.mutable_end_time() = time::ToTimestamp(to);
    }
    const auto figures = context_.Call(AsService(call), metrics::v1::method::ComputeActivityFigures, question);
    if (!figures.ok() || figures->windows_size() != 2) return absl::OkStatus();
    counted.set_conversions(figures->windows(0).counters().conversions());
    counted.set_conversions_before(figures->windows(1).counters().conversions());
    counted.set_source_version(figures->version());
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(store_.Write(call, request, &reviewed, count, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(record::Step<Incident> step, incidents_.Begin(tx, request, "review"));
    ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Find(tx.sql, record::ParentOf(step.before.name())));
    ASSIGN_OR_RETURN(const std::vector<LiveSpan> spans, LiveSpansOf(tx.sql, activity.name()));
    v1::IncidentReview& review = *step.after.mutable_review();
    review.set_cause(request.cause());
    review.set_reviewer(call.principal.name);
    v1::IncidentImpact& impact = *review.mutable_impact() = counted;
    const absl::Time start = time::ToTime(step.before.episode_time()), end = until(step.before);
    *impact.mutable_start_time() = time::ToTimestamp(start);
    *impact.mutable_end_time() = time::ToTimestamp(end);
    const absl::Time close = activity.has_close_time() ? time::ToTime(activity.close_time()) : absl::InfiniteFuture();
    *impact.mutable_paused() = ToProto(PausedWithin(spans, close, start, std::max(start, end)));
    ASSIGN_OR_RETURN(const int64_t complaints, CountAttachments(tx.sql, step.before));
    impact.set_complaints(complaints);
    RETURN_IF_ERROR(Enter(tx, IncidentEntry::KIND_REVIEWED, request.cause(), "", step.after));
    *review.mutable_review_time() = step.after.last_entry_time();
    for (const auto& asked : request.actions()) {
      IncidentAction action;
      action.set_name(absl::StrCat(step.before.name(), "/actions/", record::NewId(call.now)));
      action.set_title(asked.title());
      action.set_owner(asked.owner());
      *action.mutable_due_date() = asked.due_date();
      action.set_state(IncidentAction::STATE_OPEN);
      RETURN_IF_ERROR(actions_.Insert(tx, action));
    }
    ASSIGN_OR_RETURN(reviewed, incidents_.Finish(tx, step));
    return absl::OkStatus();
  }));
  return reviewed;
}

absl::StatusOr<IncidentAction> Incidents::CompleteAction(record::Transaction& tx, const v1::CompleteIncidentActionRequest& request) {
  return actions_.Change(tx, request, "complete", [&](IncidentAction& after) {
    after.set_outcome(request.outcome());
    after.set_closer(tx.call.principal.name);
    *after.mutable_close_time() = time::ToTimestamp(tx.call.now);
  });
}

absl::StatusOr<IncidentAction> Incidents::DropAction(record::Transaction& tx, const v1::DropIncidentActionRequest& request) {
  return actions_.Change(tx, request, "drop", [&](IncidentAction& after) {
    after.set_outcome(request.reason());
    after.set_closer(tx.call.principal.name);
    *after.mutable_close_time() = time::ToTimestamp(tx.call.now);
  });
}

absl::StatusOr<v1::SummarizeIncidentsResponse> Incidents::Figures(sql::Session& session, const Activity& activity, absl::Time now) const {
  ASSIGN_OR_RETURN(const std::vector<Incident> incidents, Of(session, activity.name()));
  v1::SummarizeIncidentsResponse figures = FiguresOf(incidents);
  figures.set_activity(activity.name());
  ASSIGN_OR_RETURN(const std::vector<LiveSpan> spans, LiveSpansOf(session, activity.name()));
  const absl::Time close = activity.has_close_time() ? time::ToTime(activity.close_time()) : absl::InfiniteFuture();
  *figures.mutable_paused_time() = ToProto(PausedWithin(spans, close, absl::InfinitePast(), now));
  return figures;
}

absl::StatusOr<v1::SummarizeIncidentsResponse> Incidents::Summarize(const rpc::Call& call, const v1::SummarizeIncidentsRequest& request) {
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::SummarizeIncidentsResponse> {
    ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Find(session, request.parent()));
    return Figures(session, activity, call.now);
  });
}

void Incidents::Bind(record::Methods& methods) {
  methods.Reads(incidents_);
  methods.Lists(entries_);
  methods.Lists(attachments_);
  methods.Lists(actions_);
  methods.Bind("ReportIncident", this, &Incidents::Report);
  methods.Bind("AcknowledgeIncident", this, &Incidents::Acknowledge);
  methods.Bind("MitigateIncident", this, &Incidents::Mitigate);
  methods.Bind("ResolveIncident", this, &Incidents::Resolve);
  methods.Bind("CloseIncident", this, &Incidents::Close);
  methods.Bind("ReopenIncident", this, &Incidents::Reopen);
  methods.Bind("MergeIncident", this, &Incidents::Merge);
  methods.Bind("AssignIncident", this, &Incidents::Assign);
  methods.Bind("RateIncident", this, &Incidents::Rate);
  methods.Bind("NoteIncident", this, &Incidents::AddNote);
  methods.Bind("ReviewIncident", this, &Incidents::Review);
  methods.Bind("CompleteIncidentAction", this, &Incidents::CompleteAction);
  methods.Bind("DropIncidentAction", this, &Incidents::DropAction);
  methods.Bind("SummarizeIncidents", this, &Incidents::Summarize);
}

}  // namespace heitie::activity
