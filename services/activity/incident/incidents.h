// Incidents (policy A2, W4): one for each episode, with one owner, a timeline that is never changed, and a review at the end.
//
// What raises incidents does so inside its own transaction:
//
//   Episode episode{activity, Incident::CAUSE_PAGE, absl::StrCat(page, "/", down_since)};   // the signal: once for all
//   episode.title = …; episode.severity = …; episode.pauses = true; episode.source = page;
//   ASSIGN_OR_RETURN(const Opened opened, incidents.Open(tx, episode));                     // however often it is repeated
//   …
//   RETURN_IF_ERROR(incidents.Clear(tx, signal, when, "the page is up again"));
//
// Rows are locked in this order: activity, incident. Who calls Open, Join or Recur has locked no incident yet, and holds what it locked of
// its own before.
#ifndef HEITIE_SERVICES_ACTIVITY_INCIDENT_INCIDENTS_H_
#define HEITIE_SERVICES_ACTIVITY_INCIDENT_INCIDENTS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "common/service/main.h"
#include "heitie/activity/v1/incident.pb.h"
#include "services/activity/clock/clocks.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

const record::StateMachine& IncidentMachine();
const record::StateMachine& IncidentActionMachine();

// What raised an incident, once.
struct Episode {
  std::string activity;
  v1::Incident::Cause cause = v1::Incident::CAUSE_PERSON;
  // Names the episode, once for all: at most 400 bytes.
  std::string signal;
  std::string title = "";  // at most 120 characters
  v1::Incident::Severity severity = v1::Incident::SEVERITY_UNSPECIFIED;
  // A LIVE activity is paused, in the same transaction; after a launch that is under way by a job.
  bool pauses = false;
  // What raised it, for example the guardrail; empty: nobody but a person.
  std::string source = "";
  // What was found, for the timeline; the title when empty.
  std::string text = "";
  // Since when; the present when not told.
  absl::Time begin = absl::InfinitePast();
  // Empty: the activity's.
  std::string owner = "";
};

struct Opened {
  v1::Incident incident;
  // It was opened, or opened again, by this call.
  bool news = false;
};

// Thread-safe.
class Incidents {
 public:
  using Incident = v1::Incident;

  // Told of each change of an incident in its transaction; either may be nullptr.
  using Follow = std::function<absl::Status(record::Transaction&, const Incident* before, const Incident* after)>;

  Incidents(const service::Context& context, Activities& activities, Clocks& clocks);
  Incidents(const Incidents&) = delete;
  void Bind(record::Methods& methods);
  void Followed(Follow follow) { follows_.push_back(std::move(follow)); }

  // The incident of the episode: a new one, the one that it has already, or that one again when the signal had cleared.
  absl::StatusOr<Opened> Open(record::Transaction& tx, const Episode& episode);
  // Makes the episode one of an incident of the same activity, which is opened again when it was MITIGATED or more. A signal that is known
  // stays where it is.
  absl::StatusOr<Opened> Join(record::Transaction& tx, const std::string& incident, const Episode& episode);
  // The signal has cleared; OK when it is unknown or has cleared before. That all signals have is noted.
  absl::Status Clear(record::Transaction& tx, const std::string& signal, absl::Time at, const std::string& text);
  // A locked incident that is not MITIGATED yet does no harm any more, though nobody has said so: for what resumes by itself.
  absl::Status Settle(record::Transaction& tx, const Incident& before, const std::string& text);
  // Attaches something to an incident, or to the one that it was merged into; once, whatever is repeated. Locks no incident.
  absl::Status Attach(record::Transaction& tx, const std::string& incident, const std::string& subject);
  // It belongs to the incident no longer, for example a complaint that was retracted.
  absl::Status Detach(record::Transaction& tx, const std::string& incident, const std::string& subject);
  // Adds a line to the timeline, whatever stage the incident is in.
  absl::Status Note(record::Transaction& tx, const std::string& incident, v1::IncidentEntry::Kind kind, const std::string& text,
                    const std::string& subject = "");

  // Takes a page of an activity, which is locked, that is down or up again since `at`, in place of the incident that it would be of itself;
  // false: it is none of its business.
  using PageTaking = std::function<absl::StatusOr<bool>(record::Transaction&, const v1::Activity&, const std::string& page, bool down,
                                                        absl::Time at, const std::string& text)>;
  void PagesTakenBy(PageTaking taking) { page_takings_.push_back(std::move(taking)); }
  // Whether anybody took it.
  absl::StatusOr<bool> TakePage(record::Transaction& tx, const v1::Activity& activity, const std::string& page, bool down, absl::Time at,
                                const std::string& text) const;

  // The incident as it is, also one that is merged.
  absl::StatusOr<Incident> Find(sql::Session& session, const std::string& name) const { return incidents_.Find(session, name); }
  // All of an activity.
  absl::StatusOr<std::vector<Incident>> Of(sql::Session& session, const std::string& activity) const {
    return incidents_.Children(session, activity);
  }
  absl::StatusOr<v1::SummarizeIncidentsResponse> Figures(sql::Session& session, const v1::Activity& activity, absl::Time now) const;

  record::Kind<Incident>& kind() { return incidents_; }

  // For what follows the alerts of metrics (alerts.h).
  //
  // Locks the incident, or the one that it was merged into.
  absl::StatusOr<Incident> LockStanding(record::Transaction& tx, const std::string& name) const;
  // Pauses the activity of an incident that is to pause it, as far as it is LIVE. `activity` is locked.
  absl::Status PauseFor(record::Transaction& tx, const v1::Activity& activity, const std::string& reason, Incident& after);
  // Writes a line of the timeline of `after`, which the caller writes afterwards.
  absl::Status Enter(record::Transaction& tx, v1::IncidentEntry::Kind kind, const std::string& text, const std::string& subject,
                     Incident& after);
  // Moves it to OPEN where it was MITIGATED or more; its clocks go on.
  absl::Status Recur(record::Transaction& tx, Incident& after) const;
  // Starts the clocks of an incident that is about to be inserted. Where no calendar is known yet it has none, which its timeline says.
  absl::Status StartClocks(record::Transaction& tx, Incident& incident);

 private:
  absl::StatusOr<Incident> Report(record::Transaction& tx, const v1::ReportIncidentRequest& request);
  absl::StatusOr<Incident> Acknowledge(record::Transaction& tx, const v1::AcknowledgeIncidentRequest& request);
  absl::StatusOr<Incident> Mitigate(record::Transaction& tx, const v1::MitigateIncidentRequest& request);
  absl::StatusOr<Incident> Resolve(record::Transaction& tx, const v1::ResolveIncidentRequest& request);
  absl::StatusOr<Incident> Close(record::Transaction& tx, const v1::CloseIncidentRequest& request);
  absl::StatusOr<Incident> Reopen(record::Transaction& tx, const v1::ReopenIncidentRequest& request);
  absl::StatusOr<Incident> Merge(record::Transaction& tx, const v1::MergeIncidentRequest& request);
  absl::StatusOr<Incident> Assign(record::Transaction& tx, const v1::AssignIncidentRequest& request);
  absl::StatusOr<Incident> Rate(record::Transaction& tx, const v1::RateIncidentRequest& request);
  absl::StatusOr<Incident> AddNote(record::Transaction& tx, const v1::NoteIncidentRequest& request);
  absl::StatusOr<Incident> Review(const rpc::Call& call, const v1::ReviewIncidentRequest& request);
  absl::StatusOr<v1::IncidentAction> CompleteAction(record::Transaction& tx, const v1::CompleteIncidentActionRequest& request);
  absl::StatusOr<v1::IncidentAction> DropAction(record::Transaction& tx, const v1::DropIncidentActionRequest& request);
  absl::StatusOr<v1::SummarizeIncidentsResponse> Summarize(const rpc::Call& call, const v1::SummarizeIncidentsRequest& request);

  // The clock of the resolution stops, and that of the first response if it still runs.
  absl::Status StopClocks(record::Transaction& tx, Incident& after);
  absl::Status SetSeverity(record::Transaction& tx, Incident::Severity severity, const std::string& reason, Incident& after);
  // Adds a signal that is not there, or begins it again; whether it changed anything.
  absl::StatusOr<bool> Raise(record::Transaction& tx, const v1::Activity& activity, const Episode& episode, Incident& after);
  absl::StatusOr<Opened> RaiseOn(record::Transaction& tx, const v1::Activity& activity, const std::string& incident,
                                 const Episode& episode);
  // What became of the activity stands in the timeline of what paused it.
  absl::Status OnActivity(record::Transaction& tx, const v1::Activity* before, const v1::Activity* after);
  absl::Status CheckAdjustment(record::Transaction& tx, const std::string& activity, const std::string& adjustment) const;
  absl::StatusOr<int64_t> CountAttachments(sql::Session& session, const Incident& incident) const;
  absl::Status PauseLater(record::Transaction& tx, const std::string& incident);

  const service::Context context_;
  record::Store& store_;
  Activities& activities_;
  Clocks& clocks_;
  record::Kind<Incident> incidents_;
  record::Kind<v1::IncidentEntry> entries_;
  record::Kind<v1::IncidentAttachment> attachments_;
  record::Kind<v1::IncidentAction> actions_;
  std::vector<Follow> follows_;
  std::vector<PageTaking> page_takings_;
};

// The incidents that paused the activity and are not MITIGATED, by name: those of PRECONDITION_INCIDENTS_SETTLED.
absl::StatusOr<std::vector<std::string>> UnsettledIncidents(sql::Session& session, const std::string& activity);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_INCIDENT_INCIDENTS_H_
