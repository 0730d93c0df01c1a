#include "services/personnel/onboarding/sharing_series.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/sharing_series.pb.h"
#include "services/personnel/onboarding/cadence.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {

const status::Reason kUnknownHost{absl::StatusCode::kInvalidArgument, "UNKNOWN_HOST", "There is no employee {employee}.",
                                  "沒有員工 {employee}。"};
const status::Reason kUnknownAttendee{absl::StatusCode::kInvalidArgument, "UNKNOWN_ATTENDEE", "There is no employee {employee}.",
                                      "沒有員工 {employee}。"};
const status::Reason kSessionAhead{absl::StatusCode::kFailedPrecondition, "SESSION_AHEAD", "{name} is on {date}, which is still to come.",
                                   "{name} 訂於 {date}，尚未舉行。"};

namespace {

using v1::SharingSeries;
using v1::SharingSession;

constexpr absl::Duration kTendingInterval = absl::Minutes(1);
constexpr char kWake[] = "wake";

}  // namespace

const record::StateMachine& SharingSeriesMachine() {
  using State = SharingSeries;
  static const auto& machine = *new record::StateMachine(
      State::State_descriptor(),
      {
          {State::STATE_ACTIVE, "fall_asleep", State::STATE_ASLEEP, "none was held for so many cadences", record::kConsequence},
          {State::STATE_ASLEEP, kWake, State::STATE_ACTIVE, "a session is held", record::kConsequence},
          {State::STATE_ACTIVE, "end", State::STATE_ENDED},
          {State::STATE_ASLEEP, "end", State::STATE_ENDED},
      });
  return machine;
}

const record::StateMachine& SharingSessionMachine() {
  using State = SharingSession;
  static const auto& machine =
      *new record::StateMachine(State::State_descriptor(), {
                                                               {State::STATE_PLANNED, "hold", State::STATE_HELD, "its day has come"},
                                                               {State::STATE_PLANNED, "cancel", State::STATE_CANCELLED},
                                                           });
  return machine;
}

SharingSeriesBook::SharingSeriesBook(const service::Context& context, const record::Kind<v1::Employee>& employees,
                                     const DevelopmentPolicies& policies, const Steps& steps)
    : store_(context.store),
      series_(context.store, &SharingSeriesMachine()),
      sessions_(context.store, &SharingSessionMachine()),
      employees_(employees),
      policies_(policies),
      steps_(steps) {
  sessions_.SetFollow(
      [this](record::Transaction& tx, const SharingSession* before, const SharingSession* after) { return KeepStep(tx, before, after); });
  context.jobs.Recur(
      "tend-sharing-series", kTendingInterval, [this](const rpc::Call& call, const job::Job&) { return Tend(call); },
      job::Lane::kDeadlines);
}

absl::Status SharingSeriesBook::CheckExists(record::Transaction& tx, const std::string& field, const status::Reason& reason,
                                            const std::string& employee, status::BadFields& bad) const {
  const absl::Status found = employees_.Find(tx.sql, employee).status();
  if (!absl::IsNotFound(found)) return found;
  bad.Add(field, reason, {{"employee", employee}});
  return absl::OkStatus();
}

absl::Status SharingSeriesBook::CheckPeople(record::Transaction& tx, const SharingSeries& series) const {
  status::BadFields bad;
  RETURN_IF_ERROR(CheckExists(tx, "sharing_series.owner", kUnknownHost, series.owner(), bad));
  for (int i = 0; i < series.hosts_size(); ++i) {
    RETURN_IF_ERROR(CheckExists(tx, absl::StrCat("sharing_series.hosts[", i, "]"), kUnknownHost, series.hosts(i), bad));
  }
  return bad.status();
}

absl::Status SharingSeriesBook::Create(record::Transaction& tx, SharingSeries& series) {
  RETURN_IF_ERROR(CheckPeople(tx, series));
  series.set_state(SharingSeries::STATE_ACTIVE);
  return PlanNext(tx, series);
}

absl::Status SharingSeriesBook::Update(record::Transaction& tx, const SharingSeries&, SharingSeries& after) {
  return CheckPeople(tx, after);
}

absl::Status SharingSeriesBook::PlanNext(record::Transaction& tx, SharingSeries& series) const {
  const absl::CivilDay today = policies_.DayOf(tx.call.now);
  if (series.has_next_date() && time::ToDay(series.next_date()) >= today) return absl::OkStatus();
  // The last session that was planned, by its day in the cadence: the day of the session itself may be a later working day.
  absl::CivilDay after = today - 1;
  RETURN_IF_ERROR(tx.sql.Query("SELECT MAX(SUBSTRING_INDEX(name, '/', -1)) FROM sharing_sessions WHERE name > ? AND name < ?",
                               record::ChildRange(series.name(), "sessions"), [&](const sql::Row& row) {
                                 if (row.IsNull(0)) return;
                                 if (const auto last = time::ParseDay(row.Text(0))) after = std::max(after, *last);
                               }));
  const absl::CivilDay planned = NextDayOf(series, after);
  // The working day itself or the next one.
  ASSIGN_OR_RETURN(const absl::CivilDay day, policies_.WorkingDayFrom(tx.sql, planned - 1, 1));
  std::map<std::string, v1::Employee> hosts;
  for (const std::string& name : series.hosts()) {
    ASSIGN_OR_RETURN(hosts[name], employees_.Find(tx.sql, name));
  }
  const auto at_work = [&](const std::string& host) { return !FirstInactivity(hosts.at(host), day, day); };
  SharingSession session;
  session.set_name(absl::StrCat(series.name(), "/sessions/", time::DayText(planned)));
  *session.mutable_date() = time::ToDate(day);
  session.set_host(HostOf(series, series.planned_count(), at_work).value_or(series.owner()));
  session.set_state(SharingSession::STATE_PLANNED);
  RETURN_IF_ERROR(sessions_.Insert(tx, session, "plan"));
  *series.mutable_next_date() = time::ToDate(day);
  series.set_planned_count(series.planned_count() + 1);
  return absl::OkStatus();
}

absl::StatusOr<SharingSeries> SharingSeriesBook::End(record::Transaction& tx, const v1::EndSharingSeriesRequest& request) {
  return series_.Change(tx, request, "end", [&](const SharingSeries& before, SharingSeries& after) -> absl::Status {
    after.set_state_reason(request.reason());
    after.clear_next_date();
    ASSIGN_OR_RETURN(const std::vector<SharingSession> planned,
                     sessions_.Select(tx.sql, "WHERE name > ? AND name < ? AND state = 'STATE_PLANNED' ORDER BY name",
                                      record::ChildRange(before.name(), "sessions")));
    for (const SharingSession& found : planned) {
      ASSIGN_OR_RETURN(record::Step<SharingSession> step, sessions_.Begin(tx, record::Target(found.name()), "cancel"));
      step.after.set_state_reason(request.reason());
      RETURN_IF_ERROR(sessions_.Finish(tx, step).status());
    }
    return steps_.DoneAll(tx, before.name());
  });
}

absl::StatusOr<SharingSession> SharingSeriesBook::Hold(record::Transaction& tx, const v1::HoldSharingSessionRequest& request) {
  // The series before its sessions, as everywhere.
  const absl::StatusOr<SharingSeries> series = series_.Lock(tx, record::ParentOf(request.name()));
  if (absl::IsNotFound(series.status())) return status::NotFound(request.name());
  RETURN_IF_ERROR(series.status());
  ASSIGN_OR_RETURN(const SharingSession held,
                   sessions_.Change(tx, request, "hold", [&](const SharingSession& before, SharingSession& after) -> absl::Status {
                     if (time::ToDay(before.date()) > policies_.DayOf(tx.call.now)) {
                       return status::Error(kSessionAhead, {{"name", before.name()}, {"date", time::DayText(time::ToDay(before.date()))}});
                     }
                     status::BadFields bad;
                     for (int i = 0; i < request.attendees_size(); ++i) {
                       RETURN_IF_ERROR(CheckExists(tx, absl::StrCat("attendees[", i, "]"), kUnknownAttendee, request.attendees(i), bad));
                     }
                     RETURN_IF_ERROR(bad.status());
                     after.set_topic(request.topic());
                     after.set_material(request.material());
                     after.add_attendees(before.host());
                     for (const std::string& attendee : request.attendees()) {
                       if (attendee != before.host()) after.add_attendees(attendee);
                     }
                     return absl::OkStatus();
                   }));
  SharingSeries after = *series;
  const char* verb = "note_session";
  if (!series->has_last_held_date() || time::ToDay(series->last_held_date()) < time::ToDay(held.date())) {
    *after.mutable_last_held_date() = held.date();
  }
  if (series->state() == SharingSeries::STATE_ASLEEP) {
    RETURN_IF_ERROR(series_.Advance(after, verb = kWake));
    RETURN_IF_ERROR(steps_.Done(tx, after.name(), kWake));
  }
  RETURN_IF_ERROR(series_.Update(tx, *series, after, verb));
  return held;
}

absl::StatusOr<SharingSession> SharingSeriesBook::Cancel(record::Transaction& tx, const v1::CancelSharingSessionRequest& request) {
  return sessions_.Change(tx, request, "cancel", [&](SharingSession& after) { after.set_state_reason(request.reason()); });
}

absl::Status SharingSeriesBook::KeepStep(record::Transaction& tx, const SharingSession* before, const SharingSession* after) const {
  if (after == nullptr) return steps_.DoneAll(tx, before->name());
  if (after->state() != SharingSession::STATE_PLANNED) return steps_.DoneAll(tx, after->name());
  if (before != nullptr && before->host() == after->host()) return absl::OkStatus();
  return steps_.Open(tx, {after->name(), "hold", after->host(), policies_.EndOf(time::ToDay(after->date()))});
}

job::Outcome SharingSeriesBook::Tend(const rpc::Call& call) {
  const absl::CivilDay today = policies_.DayOf(call.now);
  int cadences = 0;
  const absl::StatusOr<std::vector<SharingSeries>> all =
      store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<std::vector<SharingSeries>> {
        ASSIGN_OR_RETURN(const v1::DevelopmentPolicy policy, policies_.InForce(session, call.now));
        cadences = policy.sleeping_cadences();
        return series_.Select(session, "WHERE state IN ('STATE_ACTIVE', 'STATE_ASLEEP') ORDER BY name");
      });
  if (!all.ok()) return job::Outcome::Failed(all.status());
  absl::Status failure;
  for (const SharingSeries& series : *all) {
    const bool planned = series.has_next_date() && time::ToDay(series.next_date()) >= today;
    if (planned && (series.state() == SharingSeries::STATE_ASLEEP || !AsleepOn(series, today, cadences))) continue;
    failure.Update(store_.Write(call, [&](record::Transaction& tx) { return TendTo(tx, series.name()); }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

absl::Status SharingSeriesBook::TendTo(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const SharingSeries before, series_.Lock(tx, name));
  if (before.state() == SharingSeries::STATE_ENDED) return absl::OkStatus();
  SharingSeries after = before;
  RETURN_IF_ERROR(PlanNext(tx, after));
  const char* verb = "plan";
  if (before.state() == SharingSeries::STATE_ACTIVE) {
    ASSIGN_OR_RETURN(const v1::DevelopmentPolicy policy, policies_.InForce(tx.sql, tx.call.now));
    if (AsleepOn(before, policies_.DayOf(tx.call.now), policy.sleeping_cadences())) {
      RETURN_IF_ERROR(series_.Advance(after, verb = "fall_asleep"));
      ASSIGN_OR_RETURN(const absl::Time due, policies_.DecisionDue(tx.sql, tx.call.now));
      RETURN_IF_ERROR(steps_.Open(tx, {name, kWake, before.owner(), due}));
    }
  }
  return series_.Update(tx, before, after, verb);
}

void SharingSeriesBook::Bind(record::Methods& methods) {
  methods.Reads(series_);
  methods.Creates(series_, this, &SharingSeriesBook::Create);
  methods.Updates(series_, this, &SharingSeriesBook::Update);
  methods.Bind("EndSharingSeries", this, &SharingSeriesBook::End);
  methods.Reads(sessions_);
  methods.Bind("HoldSharingSession", this, &SharingSeriesBook::Hold);
  methods.Bind("CancelSharingSession", this, &SharingSeriesBook::Cancel);
}

}  // namespace heitie::personnel
