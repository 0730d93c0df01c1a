#include "services/activity/clock/clocks.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/sql/placeholders.h"
#include "common/status/die.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "google/api/resource.pb.h"
#include "services/activity/clock/attainment.h"
#include "services/activity/clock/simulation.h"

namespace heitie::activity {

using v1::Escalation;
using v1::ServiceClock;
using v1::ServicePolicy;

const status::Reason kLoweringNeedsReason{absl::StatusCode::kInvalidArgument, "LOWERING_NEEDS_REASON", "A lower priority needs a reason.",
                                          "降低優先級須說明原因。"};
const status::Reason kReopenTooLate{absl::StatusCode::kFailedPrecondition, "REOPEN_TOO_LATE",
                                    "The time within which {subject} could be reopened is over.", "{subject} 已超過可重新開啟的時限。"};

namespace {

const status::Reason kNotBreached{absl::StatusCode::kFailedPrecondition, "NOT_BREACHED", "{clock} is not breached.", "{clock} 並未逾期。"};
const status::Reason kOnePolicy{absl::StatusCode::kInvalidArgument, "ONE_POLICY", "Either a version is named or terms are given.",
                                "須指定版本或提供條款，兩者擇一。"};
const status::Reason kAttainmentReversed{absl::StatusCode::kInvalidArgument, "ATTAINMENT_REVERSED", "The period ends after it begins.",
                                         "期間的結束須晚於開始。"};
const status::Reason kAttainmentTooLong{absl::StatusCode::kInvalidArgument, "ATTAINMENT_TOO_LONG", "A period has at most {days} days.",
                                        "期間最多 {days} 天。"};

constexpr absl::Duration kKeepInterval = absl::Milliseconds(500);
constexpr absl::Duration kMoveInterval = absl::Seconds(1);
// A sweep ends so long before its deadline, and goes on at once.
constexpr absl::Duration kSweepMargin = absl::Seconds(10);
// Rows of one transaction of a job.
constexpr int kPortion = 100;
constexpr int kMostAttainmentDays = 366;
// Published versions kept in memory.
constexpr size_t kMostPolicies = 64;

// The verb by which a clock changed that a turn with this verb was about: it may have done nothing but notice what the time has brought.
const char* VerbOf(const ServiceClock& before, const ServiceClock& after, const char* verb) {
  const std::string wanted = verb;
  if (before.state() != after.state() || wanted == "tell" || wanted == "reassign") return verb;
  if (!before.has_breach_time() && after.has_breach_time() && before.terms() == after.terms()) return "breach";
  return wanted == "retarget" ? verb : "move";
}

bool Differ(const ServiceClock& a, const ServiceClock& b) { return a.SerializeAsString() != b.SerializeAsString(); }

sql::Values Texts(const std::set<std::string>& texts) {
  sql::Values values;
  for (const std::string& text : texts) values.emplace_back(text);
  return values;
}

}  // namespace

Clocks::Clocks(const service::Context& context, const BusinessCalendars& calendars, const Escalations& escalations)
    : store_(context.store),
      people_(context.people),
      calendars_(calendars),
      escalations_(escalations),
      policies_(context.store, kShippedServicePolicy,
                [this](const ServicePolicy& policy) {
                  status::BadFields bad;
                  CheckTerms(
                      policy.terms(), "service_policy.terms",
                      [this](const std::string& employee) { return people_.HasLeft(employee, clock_.Now()); }, bad);
                  return bad.status();
                }),
      clocks_(context.store, &ServiceClockMachine()),
      clock_(context.clock) {
  policies_.SetPublishCheck([this](record::Transaction& tx, const ServicePolicy& policy) -> absl::Status {
    std::set<std::string> named;
    for (const v1::ServiceTerms& terms : policy.terms()) {
      if (!named.insert(terms.calendar()).second) continue;
      RETURN_IF_ERROR(calendars_.by_name.Named(tx.sql, terms.calendar()).status());
    }
    return absl::OkStatus();
  });
  clocks_.SetAllows([](const ServiceClock& clock, const std::string& verb) { return verb != "excuse" || clock.has_breach_time(); });
  context.jobs.Recur(
      "keep-clocks", kKeepInterval, [this](const rpc::Call& call, const job::Job&) { return KeepClocks(call); }, job::Lane::kDeadlines);
  context.jobs.Recur(
      "move-clocks", kMoveInterval, [this](const rpc::Call& call, const job::Job&) { return MoveClocks(call); }, job::Lane::kLongWork);
}

void Clocks::Serve(const google::protobuf::Descriptor& resource, Note note) {
  served_.push_back({record::TableOf(resource), resource.options().GetExtension(google::api::resource).pattern(0), std::move(note)});
}

Clockwork Clocks::WorkOf(sql::Session& session) const {
  // One transaction sees each calendar as it was when it first asked.
  auto known = std::make_shared<std::map<std::string, std::shared_ptr<const time::NamedCalendar>>>();
  return Clockwork([this, &session, known](const std::string& name) -> absl::StatusOr<std::shared_ptr<const time::NamedCalendar>> {
    auto& calendar = (*known)[name];
    if (calendar == nullptr) {
      ASSIGN_OR_RETURN(calendar, calendars_.by_name.Named(session, name));
    }
    return calendar;
  });
}

absl::StatusOr<std::shared_ptr<const ServicePolicy>> Clocks::PolicyNamed(sql::Session& session, const std::string& name) const {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto known = known_policies_.find(name); known != known_policies_.end()) return known->second;
  }
  ASSIGN_OR_RETURN(ServicePolicy read, policies_.kind().Find(session, name));
  auto policy = std::make_shared<const ServicePolicy>(std::move(read));
  if (policy->state() == ServicePolicy::STATE_PUBLISHED) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (known_policies_.size() >= kMostPolicies) known_policies_.clear();
    known_policies_[name] = policy;
  }
  return policy;
}

absl::StatusOr<std::shared_ptr<const ServicePolicy>> Clocks::PolicyAt(sql::Session& session, absl::Time at) const {
  std::string name;
  RETURN_IF_ERROR(session.Query("SELECT name FROM service_policies WHERE in_force_from <= ? ORDER BY in_force_from DESC LIMIT 1",
                                sql::Bind(at), [&](const sql::Row& row) { name = row.Text(0); }));
  return PolicyNamed(session, name.empty() ? kShippedServicePolicy : name);
}

absl::StatusOr<Clocks::ClocksOfSubject> Clocks::Locked(record::Transaction& tx, const std::string& subject) const {
  return clocks_.Select(tx.sql, "WHERE subject = ? ORDER BY name FOR UPDATE", sql::Bind(subject));
}

absl::Status Clocks::Save(record::Transaction& tx, const ServiceClock& before, ServiceClock& after, const char* turn) const {
  if (!Differ(before, after)) return absl::OkStatus();
  const char* const verb = VerbOf(before, after, turn);
  ServiceClock moved = before;
  RETURN_IF_ERROR(clocks_.Advance(moved, verb));
  if (moved.state() != after.state()) status::Die("clock", absl::StrCat(after.name(), ": ", verb, " leads to another state"));
  return clocks_.Update(tx, before, after, verb);
}

absl::Status Clocks::SaveAll(record::Transaction& tx, const ClocksOfSubject& before, ClocksOfSubject& after, const char* verb) const {
  for (size_t i = 0; i < before.size(); ++i) RETURN_IF_ERROR(Save(tx, before[i], after[i], verb));
  for (size_t i = before.size(); i < after.size(); ++i) {
    after[i].set_name(absl::StrCat("serviceClocks/", record::NewId(tx.call.now)));
    RETURN_IF_ERROR(clocks_.Insert(tx, after[i], "start"));
  }
  return absl::OkStatus();
}

absl::StatusOr<ClockStanding> Clocks::Change(record::Transaction& tx, const std::string& subject, const char* verb,
                                             const std::function<absl::Status(Course&)>& turn) {
  ASSIGN_OR_RETURN(const ClocksOfSubject before, Locked(tx, subject));
  if (before.empty()) return ClockStanding();
  ASSIGN_OR_RETURN(const std::shared_ptr<const ServicePolicy> policy, PolicyNamed(tx.sql, before.front().policy()));
  const Clockwork work = WorkOf(tx.sql);
  ClocksOfSubject after = before;
  Course course(work, *policy, after);
  RETURN_IF_ERROR(turn(course));
  RETURN_IF_ERROR(SaveAll(tx, before, after, verb));
  return activity::StandingOf(after);
}

absl::Status Clocks::TellNoPolicy(record::Transaction& tx, const std::string& subject, const std::string& activity, absl::Time at) const {
  Escalation escalation;
  escalation.set_cause(Escalation::CAUSE_NO_POLICY);
  escalation.set_subject(subject);
  escalation.set_activity(activity);
  *escalation.mutable_reach_time() = time::ToTimestamp(at);
  Escalations::Recipients managers;
  managers.managers = true;
  return escalations_.Tell(tx, escalation, managers);
}

absl::StatusOr<ClockStanding> Clocks::Start(record::Transaction& tx, const ClockSubject& subject, absl::Time receive_time, absl::Time now) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const ServicePolicy> policy, PolicyAt(tx.sql, receive_time));
  const Clockwork work = WorkOf(tx.sql);
  ClocksOfSubject clocks;
  ASSIGN_OR_RETURN(const bool fits, Course(work, *policy, clocks).Receive(subject, receive_time, now));
  if (!fits) RETURN_IF_ERROR(TellNoPolicy(tx, subject.name, subject.activity, now));
  RETURN_IF_ERROR(SaveAll(tx, {}, clocks, "start"));
  return activity::StandingOf(clocks);
}

absl::StatusOr<ClockStanding> Clocks::FirstAnswer(record::Transaction& tx, const std::string& subject, absl::Time at) {
  return Change(tx, subject, "stop", [&](Course& course) { return course.Answer(at); });
}

absl::StatusOr<ClockStanding> Clocks::Pause(record::Transaction& tx, const std::string& subject, absl::Time at) {
  return Change(tx, subject, "pause", [&](Course& course) { return course.Pause(at); });
}

absl::StatusOr<ClockStanding> Clocks::Continue(record::Transaction& tx, const std::string& subject, absl::Time at) {
  return Change(tx, subject, "continue", [&](Course& course) { return course.Continue(at); });
}

absl::StatusOr<ClockStanding> Clocks::Resolve(record::Transaction& tx, const std::string& subject, absl::Time at) {
  return Change(tx, subject, "stop", [&](Course& course) { return course.Resolve(at); });
}

absl::StatusOr<bool> Clocks::MayReopen(record::Transaction& tx, const std::string& subject, absl::Time at) {
  ASSIGN_OR_RETURN(ClocksOfSubject clocks, Locked(tx, subject));
  if (clocks.empty()) return true;
  ASSIGN_OR_RETURN(const std::shared_ptr<const ServicePolicy> policy, PolicyNamed(tx.sql, clocks.front().policy()));
  const Clockwork work = WorkOf(tx.sql);
  return Course(work, *policy, clocks).MayReopen(at);
}

absl::StatusOr<ClockStanding> Clocks::Reopen(record::Transaction& tx, const std::string& subject, const std::string& owner, absl::Time at) {
  return Change(tx, subject, "reopen", [&](Course& course) -> absl::Status {
    ASSIGN_OR_RETURN(const bool may, course.MayReopen(at));
    if (!may) return status::Error(kReopenTooLate, {{"subject", subject}});
    return course.Reopen(owner, at);
  });
}

absl::StatusOr<ClockStanding> Clocks::Retarget(record::Transaction& tx, const std::string& subject, v1::ServicePriority priority,
                                               const std::string& category, const std::string& reason, absl::Time at) {
  ASSIGN_OR_RETURN(const ClocksOfSubject clocks, Locked(tx, subject));
  if (clocks.empty()) return ClockStanding();
  if (reason.empty() && priority < clocks.back().priority()) {
    status::BadFields bad;
    bad.Add("reason", kLoweringNeedsReason);
    return bad.status();
  }
  bool fits = true;
  ASSIGN_OR_RETURN(ClockStanding standing, Change(tx, subject, "retarget", [&](Course& course) -> absl::Status {
                     ASSIGN_OR_RETURN(fits, course.Retarget(priority, category, reason, at));
                     return absl::OkStatus();
                   }));
  if (!fits) RETURN_IF_ERROR(TellNoPolicy(tx, subject, clocks.back().activity(), at));
  return standing;
}

absl::StatusOr<ClockStanding> Clocks::Stop(record::Transaction& tx, const std::string& subject, absl::Time at) {
  return Change(tx, subject, "cancel", [&](Course& course) { return course.Cancel(at); });
}

absl::Status Clocks::Reassign(record::Transaction& tx, const std::string& subject, const std::string& owner, const std::string& activity) {
  ASSIGN_OR_RETURN(const ClocksOfSubject before, Locked(tx, subject));
  ClocksOfSubject after = before;
  for (ServiceClock& clock : after) {
    if (clock.state() != ServiceClock::STATE_RUNNING && clock.state() != ServiceClock::STATE_PAUSED) continue;
    clock.set_owner(owner);
    clock.set_activity(activity);
  }
  return SaveAll(tx, before, after, "reassign");
}

absl::StatusOr<ClockStanding> Clocks::StandingOf(sql::Session& session, const std::string& subject) {
  ASSIGN_OR_RETURN(const ClocksOfSubject clocks, clocks_.Select(session, "WHERE subject = ? ORDER BY name", sql::Bind(subject)));
  return activity::StandingOf(clocks);
}

job::Outcome Clocks::KeepClocks(const rpc::Call& call) {
  return Sweep(call, "next_time <= ?", sql::Bind(call.now),
               [this](record::Transaction& tx, const std::set<std::string>& subjects) { return Keep(tx, subjects); });
}

job::Outcome Clocks::MoveClocks(const rpc::Call& call) {
  std::map<std::string, int64_t> calendars;
  absl::Status read = store_.Read(call, [&](sql::Session& session) {
    return session.Query(absl::StrCat("SELECT SUBSTRING_INDEX(name, '/versions/', 1) AS calendar, COUNT(*) FROM ",
                                      calendars_.versions.table(), " WHERE state = 'STATE_PUBLISHED' GROUP BY calendar"),
                         {}, [&](const sql::Row& row) { calendars[row.Text(0)] = row.Int(1); });
  });
  if (!read.ok()) return job::Outcome::Failed(read);
  for (const auto& [calendar, versions] : calendars) {
    job::Outcome outcome = Sweep(call, "calendar = ? AND state = 'STATE_RUNNING' AND calendar_versions < ?", sql::Bind(calendar, versions),
                                 [this](record::Transaction& tx, const std::set<std::string>& subjects) { return Move(tx, subjects); });
    if (!outcome.status.ok() || outcome.again != absl::InfiniteFuture()) return outcome;
  }
  return job::Outcome::Done();
}

job::Outcome Clocks::Sweep(const rpc::Call& call, const std::string& where, const sql::Values& values, const Work& work) const {
  // What somebody else has locked stays for the next sweep, so that each passes over a row once.
  std::set<std::string> passed;
  while (true) {
    std::set<std::string> subjects;
    const absl::Status read = store_.Read(call, [&](sql::Session& session) {
      subjects.clear();
      sql::Values all = values;
      all.emplace_back(static_cast<int64_t>(kPortion + passed.size()));
      return session.Query(absl::StrCat("SELECT subject FROM service_clocks WHERE ", where, " LIMIT ?"), all, [&](const sql::Row& row) {
        if (passed.count(row.Text(0)) == 0) subjects.insert(row.Text(0));
      });
    });
    if (!read.ok()) return job::Outcome::Failed(read);
    if (subjects.empty()) return job::Outcome::Done();
    std::set<std::string> free;
    const absl::Status written = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(free, LockFree(tx, subjects));
      return work(tx, free);
    });
    if (!written.ok()) return job::Outcome::Failed(written);
    for (const std::string& subject : subjects) {
      if (free.count(subject) == 0) passed.insert(subject);
    }
    if (absl::Now() + kSweepMargin > call.deadline) return job::Outcome::Again(call.now);
  }
}

absl::StatusOr<std::set<std::string>> Clocks::LockFree(record::Transaction& tx, const std::set<std::string>& subjects) const {
  std::set<std::string> free = subjects;
  for (const Served& served : served_) {
    std::set<std::string> own, locked;
    for (const std::string& subject : subjects) {
      if (record::MatchesPattern(subject, served.pattern)) own.insert(subject);
    }
    if (own.empty()) continue;
    RETURN_IF_ERROR(tx.sql.Query(absl::StrCat("SELECT name FROM ", served.table, " WHERE name IN (", sql::Placeholders(own.size()),
                                              ") ORDER BY name FOR UPDATE SKIP LOCKED"),
                                 Texts(own), [&](const sql::Row& row) { locked.insert(row.Text(0)); }));
    for (const std::string& subject : own) {
      if (locked.count(subject) == 0) free.erase(subject);
    }
  }
  return free;
}

absl::StatusOr<std::map<std::string, Clocks::ClocksOfSubject>> Clocks::LockedOf(record::Transaction& tx,
                                                                                const std::set<std::string>& subjects) const {
  std::map<std::string, ClocksOfSubject> clocks;
  if (subjects.empty()) return clocks;
  ASSIGN_OR_RETURN(
      ClocksOfSubject rows,
      clocks_.Select(tx.sql, absl::StrCat("WHERE subject IN (", sql::Placeholders(subjects.size()), ") ORDER BY subject, name FOR UPDATE"),
                     Texts(subjects)));
  for (ServiceClock& clock : rows) clocks[clock.subject()].push_back(std::move(clock));
  return clocks;
}

absl::Status Clocks::Keep(record::Transaction& tx, const std::set<std::string>& subjects) const {
  ASSIGN_OR_RETURN(const auto all, LockedOf(tx, subjects));
  const Clockwork work = WorkOf(tx.sql);
  std::map<std::string, ClockStanding> standings;
  for (const auto& [subject, before] : all) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const ServicePolicy> policy, PolicyNamed(tx.sql, before.front().policy()));
    ClocksOfSubject after = before;
    bool breached = false;
    for (size_t i = 0; i < after.size(); ++i) {
      ServiceClock& clock = after[i];
      if (!clock.has_next_time() || time::ToTime(clock.next_time()) > tx.call.now) continue;
      RETURN_IF_ERROR(work.Advance(*policy, clock, tx.call.now));
      const bool breach = clock.has_breach_time() && !before[i].has_breach_time();
      breached |= breach;
      ASSIGN_OR_RETURN(const std::optional<TakenStep> step, work.TakeStep(*policy, clock, tx.call.now));
      if (step) RETURN_IF_ERROR(TellStep(tx, clock, *step));
      RETURN_IF_ERROR(Save(tx, before[i], clock, !breach && step ? "tell" : "move"));
    }
    if (breached) standings[subject] = activity::StandingOf(after);
  }
  return NoteStandings(tx, standings);
}

absl::Status Clocks::TellStep(record::Transaction& tx, const ServiceClock& clock, const TakenStep& step) const {
  Escalation escalation;
  escalation.set_cause(Escalation::CAUSE_LADDER);
  escalation.set_subject(clock.subject());
  escalation.set_clock(clock.name());
  escalation.set_activity(clock.activity());
  escalation.set_policy(clock.policy());
  *escalation.mutable_point() = step.point;
  *escalation.mutable_reach_time() = time::ToTimestamp(step.reach_time);
  if (clock.has_due_time()) *escalation.mutable_due_time() = clock.due_time();
  Escalations::Recipients recipients;
  recipients.owner_name = clock.owner();
  recipients.owner = step.owner;
  recipients.activity_owner = step.activity_owner;
  recipients.managers = step.managers;
  recipients.employees = step.employees;
  return escalations_.Tell(tx, escalation, recipients);
}

absl::Status Clocks::Move(record::Transaction& tx, const std::set<std::string>& subjects) const {
  ASSIGN_OR_RETURN(const auto all, LockedOf(tx, subjects));
  const Clockwork work = WorkOf(tx.sql);
  ClocksOfSubject from, to;  // those that nothing but the calendar has changed
  std::map<std::string, ClockStanding> standings;
  for (const auto& [subject, before] : all) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const ServicePolicy> policy, PolicyNamed(tx.sql, before.front().policy()));
    ClocksOfSubject after = before;
    for (size_t i = 0; i < after.size(); ++i) {
      RETURN_IF_ERROR(work.Advance(*policy, after[i], tx.call.now));
      if (!Differ(before[i], after[i])) continue;
      if (after[i].has_breach_time() != before[i].has_breach_time()) {
        RETURN_IF_ERROR(Save(tx, before[i], after[i], "breach"));
        continue;
      }
      from.push_back(before[i]);
      to.push_back(after[i]);
    }
    standings[subject] = activity::StandingOf(after);
  }
  RETURN_IF_ERROR(NoteStandings(tx, standings));
  return clocks_.UpdateAll(tx, from, to, "move");
}

absl::Status Clocks::NoteStandings(record::Transaction& tx, const std::map<std::string, ClockStanding>& standings) const {
  for (const Served& served : served_) {
    std::map<std::string, ClockStanding> own;
    for (const auto& [subject, standing] : standings) {
      if (record::MatchesPattern(subject, served.pattern)) own[subject] = standing;
    }
    if (!own.empty()) RETURN_IF_ERROR(served.note(tx, own));
  }
  return absl::OkStatus();
}

absl::StatusOr<ServiceClock> Clocks::Excuse(record::Transaction& tx, const v1::ExcuseServiceClockRequest& request) {
  return clocks_.Change(tx, request, "excuse", [&](const ServiceClock& before, ServiceClock& after) -> absl::Status {
    if (!before.has_breach_time()) return status::Error(kNotBreached, {{"clock", before.name()}});
    after.set_excused(true);
    after.set_excuse_reason(request.reason());
    after.set_excuser(tx.call.principal.name);
    *after.mutable_excuse_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::ComputeServiceAttainmentResponse> Clocks::ComputeAttainment(const rpc::Call& call,
                                                                               const v1::ComputeServiceAttainmentRequest& request) {
  const absl::Time from = time::ToTime(request.start_time()), to = time::ToTime(request.end_time());
  status::BadFields bad;
  if (to <= from) {
    bad.Add("end_time", kAttainmentReversed);
  } else if (to - from > absl::Hours(24 * kMostAttainmentDays)) {
    bad.Add("end_time", kAttainmentTooLong, {{"days", kMostAttainmentDays}});
  }
  RETURN_IF_ERROR(bad.status());
  std::string where = "decide_time >= ? AND decide_time < ? AND state <> 'STATE_CANCELLED'";
  sql::Values values = sql::Bind(from, to);
  if (request.kind() != v1::SERVICE_KIND_UNSPECIFIED) {
    where += " AND kind = ?";
    values.emplace_back(v1::ServiceKind_Name(request.kind()));
  }
  if (!request.category().empty()) {
    where += " AND (category = ? OR (category >= ? AND category < ?))";  // "0" comes next after "/"
    for (const char* end : {"", "/", "0"}) values.emplace_back(request.category() + end);
  }
  if (!request.activity().empty()) {
    where += " AND activity = ?";
    values.emplace_back(request.activity());
  }
  if (!request.owner().empty()) {
    where += " AND owner = ?";
    values.emplace_back(request.owner());
  }
  std::vector<DecidedClock> decided;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) {
    decided.clear();
    return session.Query(absl::StrCat("SELECT kind, priority, target, result, excused, state, consumed FROM service_clocks WHERE ", where),
                         values, [&](const sql::Row& row) {
                           DecidedClock& clock = decided.emplace_back();
                           ServiceClock read;
                           v1::ServiceKind_Parse(row.Text(0), &clock.kind);
                           v1::ServicePriority_Parse(row.Text(1), &clock.priority);
                           ServiceClock::Target_Parse(row.Text(2), &clock.target);
                           clock.met = row.Text(3) == "RESULT_MET";
                           clock.excused = row.Int(4) != 0;
                           if (row.Text(5) == "STATE_STOPPED" && record::FromJson(row.Text(6), &read))
                             clock.consumed = ToLength(read.consumed());
                         });
  }));
  return AttainmentOf(decided, {request.percentiles().begin(), request.percentiles().end()});
}

absl::StatusOr<v1::SimulateServiceClocksResponse> Clocks::Simulate(const rpc::Call& call, const v1::SimulateServiceClocksRequest& request) {
  status::BadFields bad;
  if (request.policy().empty() == request.terms().empty()) bad.Add(request.policy().empty() ? "policy" : "terms", kOnePolicy);
  CheckTerms(request.terms(), "terms", {}, bad);
  CheckSimulation(request, bad);
  RETURN_IF_ERROR(bad.status());
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::SimulateServiceClocksResponse> {
    ServicePolicy policy;
    *policy.mutable_terms() = request.terms();
    if (!request.policy().empty()) {
      ASSIGN_OR_RETURN(const std::shared_ptr<const ServicePolicy> named, PolicyNamed(session, request.policy()));
      policy = *named;
    }
    return SimulateClocks(WorkOf(session), policy, request);
  });
}

void Clocks::Bind(record::Methods& methods) {
  policies_.Bind<v1::PublishServicePolicyRequest>(methods);
  methods.Reads(clocks_);
  methods.Bind("ExcuseServiceClock", this, &Clocks::Excuse);
  methods.Bind("ComputeServiceAttainment", this, &Clocks::ComputeAttainment);
  methods.Bind("SimulateServiceClocks", this, &Clocks::Simulate);
}

}  // namespace heitie::activity
