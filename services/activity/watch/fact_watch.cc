#include "services/activity/watch/fact_watch.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/activity/preparation/fact_judgement.h"

namespace heitie::activity {
namespace {

using v1::Activity;

// How often it is looked whether a launch is over, or whether somebody can be asked again.
constexpr absl::Duration kAfterLaunching = absl::Seconds(2);
constexpr absl::Duration kAskAgain = absl::Seconds(10);

Episode EpisodeOf(const Activity& activity, const Standing& standing) {
  Episode episode;
  episode.activity = activity.name();
  episode.cause = v1::Incident::CAUSE_WATCH;
  episode.signal = SignalOf(activity.name(), standing.precondition);
  episode.title = TitleOf(standing.precondition);
  episode.severity = v1::Incident::SEVERITY_MAJOR;
  episode.text = standing.sentence;
  return episode;
}

}  // namespace

FactWatch::FactWatch(const service::Context& context, Activities& activities, const Readiness& readiness, Incidents& incidents)
    : store_(context.store), activities_(activities), readiness_(readiness), incidents_(incidents) {
  event::Reactions plans(context, "planning", "plan-watch");
  plans.On(this, &FactWatch::OnProject);
  plans.On(this, &FactWatch::OnScheme);
  event::Reactions holdings(context, "resource", "holding-watch");
  holdings.On(this, &FactWatch::OnAllotment, {"release", "expire", "update", "draw"});
  holdings.On(this, &FactWatch::OnReservation, {"release", "close", "expire", "give_up", "reshape"});
  holdings.On(this, &FactWatch::OnEncumbrance, {"release", "expire", "lower", "settle"});
  event::Reactions people(context, "personnel", "people-watch");
  people.On(this, &FactWatch::OnEmployee);
  people.On(this, &FactWatch::OnCertificate);
  context.jobs.Handle(kFactJob, [this](const rpc::Call& call, const job::Job& job) { return Judge(call, job.payload); });
}

absl::Status FactWatch::Plan(const rpc::Call& call, const std::string& where, const sql::Values& values) {
  ASSIGN_OR_RETURN(const std::vector<Activity> concerned, store_.Read(call, [&](sql::Session& session) {
    return activities_.kind().Select(
        session, absl::StrCat("WHERE state IN ('STATE_READY', 'STATE_LIVE', 'STATE_PAUSED') AND ", where, " ORDER BY name"), values);
  }));
  if (concerned.empty()) return absl::OkStatus();
  return store_.Write(call, [&](record::Transaction& tx) {
    std::vector<job::Job> jobs;
    for (const Activity& activity : concerned) jobs.push_back(FactJob(activity.name(), activity.name(), tx.call.now));
    return job::ScheduleAll(tx, jobs);
  });
}

absl::Status FactWatch::OnProject(const rpc::Call& call, const event::Change<planning::v1::Project>& change) {
  const bool same = change.before && change.after && change.before->state() == change.after->state();
  return same ? absl::OkStatus() : Plan(call, "project = ?", sql::Bind(change.subject));
}

absl::Status FactWatch::OnScheme(const rpc::Call& call, const event::Change<planning::v1::Scheme>& change) {
  const bool same = change.before && change.after && change.before->state() == change.after->state();
  return same ? absl::OkStatus() : Plan(call, "scheme = ?", sql::Bind(change.subject));
}

absl::Status FactWatch::OnAllotment(const rpc::Call& call, const event::Change<resource::v1::Allotment>& change) {
  return Plan(call, "allotment = ?", sql::Bind(change.subject));
}

absl::Status FactWatch::OnReservation(const rpc::Call& call, const event::Change<resource::v1::Reservation>& change) {
  return Plan(call, "reservation = ?", sql::Bind(change.subject));
}

absl::Status FactWatch::OnEncumbrance(const rpc::Call& call, const event::Change<resource::v1::Encumbrance>& change) {
  return Plan(call, "encumbrance = ?", sql::Bind(change.subject));
}

absl::Status FactWatch::OnEmployee(const rpc::Call& call, const event::Change<personnel::v1::Employee>& change) {
  return OnPerson(call, change.subject);
}

absl::Status FactWatch::OnCertificate(const rpc::Call& call, const event::Change<personnel::v1::Certificate>& change) {
  return OnPerson(call, change.latest().employee());
}

absl::Status FactWatch::OnPerson(const rpc::Call& call, const std::string& employee) {
  return Plan(call, "state <> 'STATE_READY' AND (staffed_by_shifts OR INSTR(staff, ?) > 0)", sql::Bind(absl::StrCat("\"", employee, "\"")));
}

job::Outcome FactWatch::Judge(const rpc::Call& caller, const std::string& name) {
  rpc::Call call = caller;
  call.language = status::Language::kEnglish;  // incidents tell in English
  const absl::StatusOr<GateFacts> facts = readiness_.FactsOf(call, name, call.now);
  if (absl::IsNotFound(facts.status())) return job::Outcome::Done();
  if (!facts.ok()) return job::Outcome::Failed(facts.status());
  const std::vector<Standing> standings = StandingOf(*facts, heitie::activity::Judge(*facts, call.language));
  absl::Time again = absl::InfiniteFuture();
  const absl::Status written = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    again = absl::InfiniteFuture();
    ASSIGN_OR_RETURN(const Activity now, activities_.kind().Lock(tx, name));
    if (now.state() != Activity::STATE_READY && !IsLaunched(now)) return absl::OkStatus();
    // Whoever launches judges for himself; and a verdict on another version tells nothing.
    if (!now.launch().empty() || now.etag() != facts->activity.etag()) {
      again = call.now + kAfterLaunching;
      return absl::OkStatus();
    }
    for (const Standing& standing : standings) {
      if (standing.kind == Standing::Kind::kUnknown) again = call.now + kAskAgain;
    }
    return now.state() == Activity::STATE_READY ? Revise(tx, now, standings) : Settle(tx, now, standings, again);
  });
  if (!written.ok()) return job::Outcome::Failed(written);
  return again == absl::InfiniteFuture() ? job::Outcome::Done() : job::Outcome::Again(again);
}

absl::Status FactWatch::Revise(record::Transaction& tx, const Activity& before, const std::vector<Standing>& standings) {
  for (const Standing& standing : standings) {
    if (standing.precondition != v1::PRECONDITION_PLAN_APPROVED || standing.kind != Standing::Kind::kLapsed) continue;
    Activity after = before;
    RETURN_IF_ERROR(activities_.kind().Advance(after, "revise"));
    after.set_state_reason(standing.sentence);
    after.clear_scheduled_launch_time();
    after.clear_launch_scheduler();
    RETURN_IF_ERROR(job::Cancel(tx, ScheduledLaunchJob(before.name())));
    return activities_.kind().Update(tx, before, after, "revise");
  }
  return absl::OkStatus();
}

absl::Status FactWatch::Settle(record::Transaction& tx, const Activity& activity, const std::vector<Standing>& standings,
                               absl::Time& again) {
  for (const Standing& standing : standings) {
    if (standing.kind == Standing::Kind::kLapsed) RETURN_IF_ERROR(Lapse(tx, activity, standing, again));
    if (standing.kind != Standing::Kind::kHolds) continue;
    RETURN_IF_ERROR(incidents_.Clear(tx, SignalOf(activity.name(), standing.precondition), tx.call.now, "It holds again, or is waived."));
    if (standing.precondition == v1::PRECONDITION_STAFF_QUALIFIED) {
      RETURN_IF_ERROR(incidents_.Clear(tx, UncoveredSignalOf(activity.name()), tx.call.now, "Everybody is there, or it is waived."));
    }
  }
  return absl::OkStatus();
}

absl::Status FactWatch::Lapse(record::Transaction& tx, const Activity& activity, const Standing& standing, absl::Time& again) {
  // What comes up while it is paused is for whoever resumes it: the gate judges then.
  if (activity.state() != Activity::STATE_LIVE) return absl::OkStatus();
  const bool now = standing.pause_time <= tx.call.now;
  Episode episode = EpisodeOf(activity, standing);
  const bool staff = standing.precondition == v1::PRECONDITION_STAFF_QUALIFIED;
  episode.pauses = now && !staff;
  ASSIGN_OR_RETURN(const Opened opened, incidents_.Open(tx, episode));
  if (!staff) return absl::OkStatus();
  if (!now) {
    again = std::min(again, standing.pause_time);
    return absl::OkStatus();
  }
  episode.signal = UncoveredSignalOf(activity.name());
  episode.pauses = true;
  return incidents_.Join(tx, opened.incident.name(), episode).status();
}

}  // namespace heitie::activity
