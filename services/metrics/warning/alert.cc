#include "services/metrics/warning/alert.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/record/rows.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/warning/tables.h"

namespace heitie::metrics {

const status::Reason kTooManyComments{absl::StatusCode::kFailedPrecondition, "TOO_MANY_COMMENTS",
                                      "{name} has {limit} comments, and takes no more.", "{name} 已有 {limit} 則備註，不可再增加。"};
const status::Reason kExpiredMute{absl::StatusCode::kInvalidArgument, "EXPIRED_MUTE", "The time until which it is muted is over already.",
                                  "靜音期限已過。"};

namespace {

using v1::Alert;
using v1::AlertRule;

constexpr char kEscalationJob[] = "escalate-alert";
constexpr absl::Duration kOwnersInterval = absl::Minutes(1);
constexpr int kMostComments = 200;

// The job that asks the next one.
absl::Status KeepEscalationJob(record::Transaction& tx, const Alert* before, const Alert* after) {
  const std::string name = absl::StrCat(after != nullptr ? after->name() : before->name(), "/escalate");
  if (after != nullptr && after->state() == Alert::STATE_OPEN && after->has_escalate_time()) {
    absl::Time due = time::ToTime(after->escalate_time());
    if (after->has_mute()) due = std::max(due, time::ToTime(after->mute().expire_time()));
    return job::Schedule(tx, {name, kEscalationJob, after->name(), due});
  }
  return before != nullptr && before->has_escalate_time() ? job::Cancel(tx, name) : absl::OkStatus();
}

bool MutedAt(const Alert& alert, absl::Time now) { return alert.has_mute() && time::ToTime(alert.mute().expire_time()) > now; }

}  // namespace

const record::StateMachine& AlertMachine() {
  constexpr auto kOpen = Alert::STATE_OPEN, kTaken = Alert::STATE_ACKNOWLEDGED, kOver = Alert::STATE_RESOLVED;
  static const auto& machine = *new record::StateMachine(
      Alert::State_descriptor(), {
                                     {kOpen, "acknowledge", kTaken},
                                     {kOpen, "escalate", kOpen, "nobody has acknowledged it in time", record::kConsequence},
                                     {kOpen, "reassign", kOpen, "its owner is away or has left (W14)", record::kConsequence},
                                     {kTaken, "reassign", kTaken, "its owner is away or has left (W14)", record::kConsequence},
                                     {kOpen, "resolve", kOver},
                                     {kTaken, "resolve", kOver},
                                     {kOpen, "clear", kOver, "so many intervals in a row did not breach", record::kConsequence},
                                     {kTaken, "clear", kOver, "so many intervals in a row did not breach", record::kConsequence},
                                     {kOpen, "restate", kOver, "restated figures do not breach", record::kConsequence},
                                     {kTaken, "restate", kOver, "restated figures do not breach", record::kConsequence},
                                     {kOpen, "stop", kOver, "its rule is not judged any more", record::kConsequence},
                                     {kTaken, "stop", kOver, "its rule is not judged any more", record::kConsequence},
                                     {kOver, "recur", kOpen, "figures that were restated again breach", record::kConsequence},
                                     {kOpen, "mute", kOpen},
                                     {kOpen, "comment", kOpen},
                                     {kTaken, "comment", kTaken},
                                     {kOver, "comment", kOver},
                                     {kOpen, "explain", kOpen},
                                     {kTaken, "explain", kTaken},
                                     {kOver, "explain", kOver},
                                 });
  return machine;
}

Addressee NextAddressee(const AlertRule& rule, const StaffFacts& facts, int steps, absl::CivilDay day) {
  for (int i = steps; i < rule.escalation_size(); ++i) {
    if (IsAtWork(facts, rule.escalation(i).employee(), day)) return {rule.escalation(i).employee(), i + 1};
  }
  return {"", steps};
}

Addressee FirstAddressee(const AlertRule& rule, const StaffFacts& facts, const std::string& department, absl::CivilDay day) {
  const std::string first = rule.owner().empty() ? DutyHolder(facts, kWarningDuty, department, day) : rule.owner();
  if (!first.empty() && IsAtWork(facts, first, day)) return {first, 0};
  const Addressee next = NextAddressee(rule, facts, 0, day);
  if (!next.person.empty() || first.empty()) return next;
  const std::string stand_in = StandInFor(facts, first, day);
  return {stand_in.empty() ? DutyHolder(facts, kWarningDuty, department, day) : stand_in, 0};
}

Alerts::Alerts(const service::Context& context, WarningTables& tables) : tables_(tables) {
  tables_.alerts.RestrictRows(record::Own("owner") || record::Own("activity_owner") ||
                              record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) || record::Holds(options::v1::ROLE_DATA_ANALYST) ||
                              record::Holds(options::v1::ROLE_PLATFORM_ENGINEER) || record::IsService("activity") ||
                              record::IsService("risk") || record::IsService("personnel"));
  tables_.alerts.SetFollow(KeepEscalationJob);
  context.jobs.Handle(kEscalationJob, [this](const rpc::Call& call, const job::Job& job) { return Escalate(call, job.payload); });
  context.jobs.Recur(
      "look-after-alert-owners", kOwnersInterval, [this](const rpc::Call& call, const job::Job&) { return LookAfterOwners(call); },
      job::Lane::kDeadlines);
}

absl::CivilDay Alerts::DayOf(absl::Time time) const { return absl::ToCivilDay(time, tables_.zone); }

absl::Status Alerts::SetAddressee(record::Transaction& tx, const AlertRule& rule, const Addressee& asked, Alert& alert) const {
  alert.set_owner(asked.person);
  alert.set_escalation_count(asked.steps);
  alert.clear_escalate_time();
  if (asked.steps >= rule.escalation_size()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const absl::Time next, tables_.AfterWorkingMinutes(tx.sql, tx.call.now, rule.escalation(asked.steps).after_minutes()));
  *alert.mutable_escalate_time() = time::ToTimestamp(next);
  return absl::OkStatus();
}

absl::Status Alerts::Open(record::Transaction& tx, const AlertSubject& subject, const Episode& episode) {
  const AlertRule& rule = subject.rule;
  ASSIGN_OR_RETURN(const v1::WarningPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const StaffFacts facts, tables_.Staff(tx.sql));
  Alert alert;
  alert.set_name("alerts/" + record::NewId(tx.call.now));
  alert.set_rule(rule.name());
  alert.set_metric(rule.metric());
  alert.set_activity(rule.activity());
  alert.set_dimension_value(subject.value);
  alert.set_display_name(rule.display_name());
  alert.set_severity(rule.severity());
  alert.set_guardrail(rule.guardrail());
  *alert.mutable_episode_time() = time::ToTimestamp(episode.first);
  *alert.mutable_last_breach_time() = time::ToTimestamp(episode.last);
  alert.set_figure(episode.figure);
  alert.set_reference(episode.reference);
  alert.set_early(episode.early);
  alert.set_source(subject.source);
  alert.set_source_version(subject.source_version);
  alert.set_activity_owner(IsAtWork(facts, rule.activity_owner(), DayOf(tx.call.now)) ? rule.activity_owner() : "");
  alert.set_state(Alert::STATE_OPEN);
  RETURN_IF_ERROR(SetAddressee(tx, rule, FirstAddressee(rule, facts, policy.department(), DayOf(tx.call.now)), alert));
  RETURN_IF_ERROR(tables_.alerts.Insert(tx, alert, "open"));
  // One that was found late is over already.
  return episode.cleared ? End(tx, alert, "clear", Alert::RESOLUTION_CLEARED) : absl::OkStatus();
}

absl::Status Alerts::End(record::Transaction& tx, const Alert& before, const char* verb, Alert::Resolution resolution) {
  Alert after = before;
  RETURN_IF_ERROR(tables_.alerts.Advance(after, verb));
  after.set_resolution(resolution);
  *after.mutable_resolve_time() = time::ToTimestamp(tx.call.now);
  after.clear_escalate_time();
  return tables_.alerts.Update(tx, before, after, verb);
}

absl::Status Alerts::Apply(record::Transaction& tx, const AlertSubject& subject, const std::vector<AlertDecision>& decisions) {
  for (const AlertDecision& decision : decisions) {
    if (decision.kind == AlertDecision::Kind::kOpen) {
      RETURN_IF_ERROR(Open(tx, subject, decision.episode));
      continue;
    }
    ASSIGN_OR_RETURN(Alert before, tables_.alerts.Lock(tx, decision.name));
    if (decision.kind == AlertDecision::Kind::kRestate) {
      RETURN_IF_ERROR(End(tx, before, "restate", Alert::RESOLUTION_RESTATED));
      continue;
    }
    Alert after = before;
    *after.mutable_last_breach_time() = time::ToTimestamp(decision.episode.last);
    if (decision.kind == AlertDecision::Kind::kRecur) {
      RETURN_IF_ERROR(tables_.alerts.Advance(after, "recur"));
      after.set_resolution(Alert::RESOLUTION_UNSPECIFIED);
      after.clear_resolve_time();
      after.set_figure(decision.episode.figure);
      after.set_reference(decision.episode.reference);
      ASSIGN_OR_RETURN(const v1::WarningPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
      ASSIGN_OR_RETURN(const StaffFacts facts, tables_.Staff(tx.sql));
      RETURN_IF_ERROR(SetAddressee(tx, subject.rule, FirstAddressee(subject.rule, facts, policy.department(), DayOf(tx.call.now)), after));
      RETURN_IF_ERROR(tables_.alerts.Update(tx, before, after, "recur"));
      continue;
    }
    RETURN_IF_ERROR(tables_.alerts.Advance(after, "clear"));
    after.set_resolution(Alert::RESOLUTION_CLEARED);
    *after.mutable_resolve_time() = time::ToTimestamp(tx.call.now);
    after.clear_escalate_time();
    RETURN_IF_ERROR(tables_.alerts.Update(tx, before, after, "clear"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<KeptEpisode>> Alerts::Kept(record::Transaction& tx, const std::string& rule, const std::string& value,
                                                      absl::Time base) const {
  ASSIGN_OR_RETURN(const std::vector<Alert> alerts,
                   tables_.alerts.Select(tx.sql,
                                         "WHERE rule = ? AND dimension_value = ? AND (state <> 'STATE_RESOLVED' OR last_breach_time >= ?) "
                                         "ORDER BY episode_time",
                                         sql::Bind(rule, value, base)));
  std::vector<KeptEpisode> kept;
  for (const Alert& alert : alerts) {
    if (alert.resolution() == Alert::RESOLUTION_RULE_STOPPED) continue;
    kept.push_back({alert.name(), time::ToTime(alert.episode_time()), time::ToTime(alert.last_breach_time()),
                    alert.state() != Alert::STATE_RESOLVED, alert.resolution() == Alert::RESOLUTION_RESTATED});
  }
  return kept;
}

absl::Status Alerts::Stop(record::Transaction& tx, const std::string& rule) {
  ASSIGN_OR_RETURN(const std::vector<Alert> open,
                   tables_.alerts.Select(tx.sql, "WHERE rule = ? AND state <> 'STATE_RESOLVED'", sql::Bind(rule)));
  for (const Alert& alert : open) {
    ASSIGN_OR_RETURN(const Alert before, tables_.alerts.Lock(tx, alert.name()));
    if (before.state() == Alert::STATE_RESOLVED) continue;
    RETURN_IF_ERROR(End(tx, before, "stop", Alert::RESOLUTION_RULE_STOPPED));
  }
  return absl::OkStatus();
}

absl::StatusOr<Alert> Alerts::Acknowledge(record::Transaction& tx, const v1::AcknowledgeAlertRequest& request) {
  return tables_.alerts.Change(tx, request, "acknowledge", [&](Alert& after) {
    after.set_acknowledger(tx.call.principal.name);
    *after.mutable_acknowledge_time() = time::ToTimestamp(tx.call.now);
    after.clear_escalate_time();
  });
}

absl::StatusOr<Alert> Alerts::Comment(record::Transaction& tx, const v1::CommentOnAlertRequest& request) {
  return tables_.alerts.Change(tx, request, "comment", [&](Alert& after) -> absl::Status {
    if (after.comments_size() >= kMostComments) {
      return status::Error(kTooManyComments, {{"name", after.name()}, {"limit", kMostComments}});
    }
    v1::AlertComment& comment = *after.add_comments();
    comment.set_author(tx.call.principal.name);
    comment.set_text(request.text());
    *comment.mutable_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<Alert> Alerts::Explain(record::Transaction& tx, const v1::ExplainAlertRequest& request) {
  return tables_.alerts.Change(tx, request, "explain", [&](Alert& after) { after.set_cause(request.cause()); });
}

absl::StatusOr<Alert> Alerts::Mute(record::Transaction& tx, const v1::MuteAlertRequest& request) {
  if (time::ToTime(request.expire_time()) <= tx.call.now) {
    status::BadFields bad;
    bad.Add("expire_time", kExpiredMute);
    return bad.status();
  }
  return tables_.alerts.Change(tx, request, "mute", [&](Alert& after) {
    v1::AlertMute& mute = *after.mutable_mute();
    mute.set_author(tx.call.principal.name);
    mute.set_reason(request.reason());
    *mute.mutable_expire_time() = request.expire_time();
  });
}

absl::StatusOr<Alert> Alerts::Resolve(record::Transaction& tx, const v1::ResolveAlertRequest& request) {
  return tables_.alerts.Change(tx, request, "resolve", [&](Alert& after) {
    after.set_cause(request.cause());
    after.set_resolution(Alert::RESOLUTION_BY_HAND);
    after.set_resolver(tx.call.principal.name);
    *after.mutable_resolve_time() = time::ToTimestamp(tx.call.now);
    after.clear_escalate_time();
  });
}

job::Outcome Alerts::Escalate(const rpc::Call& call, const std::string& name) {
  return job::Outcome::Failed(tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    const absl::StatusOr<Alert> before = tables_.alerts.Lock(tx, name);
    if (absl::IsNotFound(before.status())) return absl::OkStatus();
    RETURN_IF_ERROR(before.status());
    if (before->state() != Alert::STATE_OPEN || !before->has_escalate_time()) return absl::OkStatus();
    if (time::ToTime(before->escalate_time()) > call.now || MutedAt(*before, call.now)) return absl::OkStatus();
    ASSIGN_OR_RETURN(const AlertRule rule, tables_.rules.Find(tx.sql, before->rule()));
    ASSIGN_OR_RETURN(const StaffFacts facts, tables_.Staff(tx.sql));
    Addressee asked = NextAddressee(rule, facts, before->escalation_count(), DayOf(call.now));
    // Of a chain that has come to its end nobody else is asked.
    if (asked.person.empty()) asked = {before->owner(), rule.escalation_size()};
    Alert after = *before;
    RETURN_IF_ERROR(tables_.alerts.Advance(after, "escalate"));
    RETURN_IF_ERROR(SetAddressee(tx, rule, asked, after));
    return tables_.alerts.Update(tx, *before, after, "escalate");
  }));
}

absl::Status Alerts::Replace(record::Transaction& tx, const std::string& name, const StaffFacts& facts) {
  ASSIGN_OR_RETURN(const Alert before, tables_.alerts.Lock(tx, name));
  const absl::CivilDay today = DayOf(tx.call.now);
  if (before.state() == Alert::STATE_RESOLVED || (!before.owner().empty() && IsAtWork(facts, before.owner(), today)))
    return absl::OkStatus();
  ASSIGN_OR_RETURN(const AlertRule rule, tables_.rules.Find(tx.sql, before.rule()));
  ASSIGN_OR_RETURN(const v1::WarningPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  Addressee asked = NextAddressee(rule, facts, before.escalation_count(), today);
  if (asked.person.empty() && !before.owner().empty()) asked.person = StandInFor(facts, before.owner(), today);
  if (asked.person.empty()) asked.person = DutyHolder(facts, kWarningDuty, policy.department(), today);
  if (asked.person.empty() || asked.person == before.owner()) return absl::OkStatus();
  Alert after = before;
  RETURN_IF_ERROR(tables_.alerts.Advance(after, "reassign"));
  RETURN_IF_ERROR(SetAddressee(tx, rule, asked, after));
  if (after.state() != Alert::STATE_OPEN) after.clear_escalate_time();
  return tables_.alerts.Update(tx, before, after, "reassign");
}

job::Outcome Alerts::LookAfterOwners(const rpc::Call& call) {
  std::vector<Alert> open;
  StaffFacts facts;
  absl::Status status = tables_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(open, tables_.alerts.Select(session, "WHERE state IN ('STATE_OPEN', 'STATE_ACKNOWLEDGED')"));
    if (open.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(facts, tables_.Staff(session));
    return absl::OkStatus();
  });
  for (const Alert& alert : open) {
    if (!alert.owner().empty() && IsAtWork(facts, alert.owner(), DayOf(call.now))) continue;
    status.Update(tables_.store.Write(call, [&](record::Transaction& tx) { return Replace(tx, alert.name(), facts); }));
  }
  return job::Outcome::Failed(status);
}

void Alerts::Bind(record::Methods& methods) {
  methods.Reads(tables_.alerts);
  methods.Bind("AcknowledgeAlert", this, &Alerts::Acknowledge);
  methods.Bind("CommentOnAlert", this, &Alerts::Comment);
  methods.Bind("ExplainAlert", this, &Alerts::Explain);
  methods.Bind("MuteAlert", this, &Alerts::Mute);
  methods.Bind("ResolveAlert", this, &Alerts::Resolve);
}

}  // namespace heitie::metrics
