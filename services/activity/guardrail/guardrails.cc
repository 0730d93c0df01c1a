#include "services/activity/guardrail/guardrails.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/escalation.pb.h"
#include "heitie/metrics/v1/analysis_service.methods.h"
#include "heitie/options/v1/access.pb.h"
#include "services/activity/incident/incident_rules.h"
#include "services/activity/incident/live_spans.h"
#include "services/activity/launch/facts.h"

namespace heitie::activity {

using v1::Activity;
using v1::ActivityGuardrail;
using v1::GuardrailWindow;
using v1::Incident;
using v1::IncidentEntry;

const status::Reason kLoosenedByManager{absl::StatusCode::kPermissionDenied, "LOOSENED_BY_MANAGER",
                                        "{guardrail} is of an activity that runs: only a manager loosens or retires it.",
                                        "活動進行中，僅經理可放寬或停用 {guardrail}。"};
const status::Reason kLoosenedWithoutReason{absl::StatusCode::kFailedPrecondition, "LOOSENED_WITHOUT_REASON",
                                            "{guardrail} is of an activity that runs: loosening it wants a new reason.",
                                            "活動進行中，放寬 {guardrail} 須填寫新的理由。"};
const status::Reason kGuardrailRetired{absl::StatusCode::kFailedPrecondition, "GUARDRAIL_RETIRED",
                                       "{guardrail} is retired and does not change any more.", "{guardrail} 已停用，不可再修改。"};

namespace {

constexpr char kJudgeJob[] = "judge-guardrails";
constexpr char kResumeByGuardrail[] = "resume-by-guardrail";
// After an outage the windows of a rule are caught up with so many at a time.
constexpr int kWindowsOfRound = 12;
// Metrics tells so many windows and metrics at once.
constexpr size_t kMostWindows = 200, kMostMetrics = 20;
// How often it is looked whether a window is complete.
constexpr absl::Duration kLeastPause = absl::Seconds(2), kMostPause = absl::Seconds(30);

std::string GuardrailJobOf(const std::string& activity) { return activity + "/judge-guardrails"; }

absl::Status PlanJudging(record::Transaction& tx, const std::string& activity) {
  return job::Schedule(tx, {GuardrailJobOf(activity), kJudgeJob, activity, tx.call.now});
}

std::string WindowName(const std::string& guardrail, absl::Time start) {
  return absl::StrCat(guardrail, "/windows/", absl::ToUnixSeconds(start));
}

// The episode that a run is in, or was in last.
std::string SignalOf(const ActivityGuardrail& guardrail) { return absl::StrCat(guardrail.name(), "/", guardrail.run().episodes()); }

Incident::Severity SeverityOf(const ActivityGuardrail& guardrail) {
  if (guardrail.severity() != Incident::SEVERITY_UNSPECIFIED) return guardrail.severity();
  return guardrail.action() == ActivityGuardrail::ACTION_PAUSE ? Incident::SEVERITY_MAJOR : Incident::SEVERITY_MINOR;
}

// The end of the last window that was judged; nothing before the first.
absl::StatusOr<std::optional<absl::Time>> JudgedUntil(sql::Session& session, const std::string& guardrail) {
  std::optional<absl::Time> until;
  RETURN_IF_ERROR(session.Query("SELECT end_time FROM guardrail_windows WHERE name > ? AND name < ? ORDER BY name DESC LIMIT 1",
                                record::ChildRange(guardrail, "windows"), [&](const sql::Row& row) { until = row.Time(0); }));
  return until;
}

// Complaints of the activity that were received in [from, to), without those that were merged or retracted.
absl::StatusOr<int64_t> Complaints(sql::Session& session, const std::string& activity, absl::Time from, absl::Time to) {
  int64_t count = 0;
  RETURN_IF_ERROR(session.Query("SELECT COUNT(*) FROM inquiries WHERE activity = ? AND complaint_time >= ? AND complaint_time < ?",
                                sql::Bind(activity, from, to), [&](const sql::Row& row) { count = row.Int(0); }));
  return count;
}

int64_t CountOf(const metrics::v1::ActivityCounters& counters, v1::Target::Measure measure) {
  switch (measure) {
    case v1::Target::MEASURE_PARTICIPANTS:
      return counters.participants();
    case v1::Target::MEASURE_IMPRESSIONS:
      return counters.impressions();
    case v1::Target::MEASURE_CLICKS:
      return counters.clicks();
    default:
      return counters.conversions();
  }
}

int64_t DenominatorOf(const metrics::v1::ActivityCounters& counters) {
  switch (counters.conversion_denominator()) {
    case metrics::v1::ActivityTracking::CONVERSION_DENOMINATOR_CLICKERS:
      return counters.clickers();
    case metrics::v1::ActivityTracking::CONVERSION_DENOMINATOR_VIEWERS:
      return counters.viewers();
    default:
      return counters.participants();
  }
}

// What a rule looks at in the figures of a window; complaints are this service's own.
WindowFigures FiguresFor(const ActivityGuardrail& rule, const metrics::v1::ActivityCounters& counters, const metrics::v1::Figures* metric) {
  WindowFigures figures;
  switch (rule.signal()) {
    case ActivityGuardrail::SIGNAL_CLICK_THROUGH_RATE:
      figures.sample = counters.impressions();
      figures.hits = counters.clicks();
      break;
    case ActivityGuardrail::SIGNAL_CONVERSION_RATE:
      figures.sample = DenominatorOf(counters);
      figures.hits = counters.converters() - counters.converters_outside_denominator();
      break;
    case ActivityGuardrail::SIGNAL_COMPLAINTS_PER_1000:
      figures.sample = counters.participants();
      break;
    case ActivityGuardrail::SIGNAL_METRIC:
      if (metric == nullptr) break;
      figures.sample = metric->count();
      if (metric->has_value()) figures.value = metric->value();
      break;
    default:
      figures.sample = CountOf(counters, rule.count());
  }
  return figures;
}

std::string TextOf(const ActivityGuardrail& rule, const GuardrailWindow& window) {
  return absl::StrCat(rule.display_name(), ": ", window.has_figure() ? absl::StrCat(window.figure()) : "no figure", " (",
                      rule.direction() == v1::Target::DIRECTION_AT_LEAST ? "at least " : "at most ", window.bound(), ")");
}

}  // namespace

const record::StateMachine& GuardrailMachine() {
  static const auto& machine = *new record::StateMachine(
      ActivityGuardrail::State_descriptor(),
      {{ActivityGuardrail::STATE_ACTIVE, "retire", ActivityGuardrail::STATE_RETIRED, "by a manager while the activity runs"}});
  return machine;
}

Guardrails::Guardrails(const service::Context& context, Activities& activities, const Escalations& escalations, Incidents& incidents,
                       Alerts& alerts, Readiness& readiness)
    : context_(context),
      store_(context.store),
      activities_(activities),
      escalations_(escalations),
      incidents_(incidents),
      readiness_(readiness),
      guardrails_(context.store, &GuardrailMachine()),
      windows_(context.store) {
  activities_.Follow(
      [this](record::Transaction& tx, const Activity* before, const Activity* after) { return OnActivity(tx, before, after); });
  alerts.TakenBy(
      [this](record::Transaction& tx, const Activity& activity, const metrics::v1::Alert& alert) { return OnAlert(tx, activity, alert); });
  incidents_.PagesTakenBy([this](record::Transaction& tx, const Activity& activity, const std::string& page, bool down, absl::Time at,
                                 const std::string& text) { return OnPage(tx, activity, page, down, at, text); });
  context.jobs.Handle(kJudgeJob, [this](const rpc::Call& call, const job::Job& job) { return Run(call, job.payload); });
  context.jobs.Handle(kResumeByGuardrail, [this](const rpc::Call& call, const job::Job& job) { return ResumeAgain(call, job.payload); });
}

absl::Status Guardrails::Create(record::Transaction& tx, ActivityGuardrail& guardrail) {
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Guard(tx, record::ParentOf(guardrail.name())));
  RETURN_IF_ERROR(CheckNotClosed(activity));
  status::BadFields bad;
  CheckGuardrail("activity_guardrail", guardrail, activity, bad);
  RETURN_IF_ERROR(bad.status());
  guardrail.set_state(ActivityGuardrail::STATE_ACTIVE);
  return activity.state() == Activity::STATE_LIVE ? PlanJudging(tx, activity.name()) : absl::OkStatus();
}

absl::Status Guardrails::Add(record::Transaction& tx, ActivityGuardrail& guardrail) {
  RETURN_IF_ERROR(Create(tx, guardrail));
  return guardrails_.Insert(tx, guardrail);
}

absl::Status Guardrails::Update(record::Transaction& tx, const ActivityGuardrail& before, ActivityGuardrail& after) {
  if (before.state() != ActivityGuardrail::STATE_ACTIVE) return status::Error(kGuardrailRetired, {{"guardrail", before.name()}});
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Find(tx.sql, record::ParentOf(before.name())));
  RETURN_IF_ERROR(CheckNotClosed(activity));
  status::BadFields bad;
  CheckGuardrail("activity_guardrail", after, activity, bad);
  RETURN_IF_ERROR(bad.status());
  if (RunsOrPauses(activity) && Loosens(before, after)) {
    if (!tx.call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) {
      return status::Error(kLoosenedByManager, {{"guardrail", before.name()}});
    }
    if (after.change_reason().empty() || after.change_reason() == before.change_reason()) {
      return status::Error(kLoosenedWithoutReason, {{"guardrail", before.name()}});
    }
  }
  return activity.state() == Activity::STATE_LIVE ? PlanJudging(tx, activity.name()) : absl::OkStatus();
}

absl::StatusOr<ActivityGuardrail> Guardrails::Retire(record::Transaction& tx, const v1::RetireActivityGuardrailRequest& request) {
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Guard(tx, record::ParentOf(request.name())));
  return guardrails_.Change(tx, request, "retire", [&](ActivityGuardrail& after) -> absl::Status {
    if (RunsOrPauses(activity) && !tx.call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) {
      return status::Error(kLoosenedByManager, {{"guardrail", after.name()}});
    }
    after.set_change_reason(request.reason());
    if (!after.run().open()) return absl::OkStatus();
    const GuardrailTurn turn = Switch(after, false, tx.call.now, *after.mutable_run());
    return Act(tx, activity, turn, tx.call.now, absl::StrCat("The guardrail was retired: ", request.reason()), after);
  });
}

absl::StatusOr<v1::TryActivityGuardrailResponse> Guardrails::Try(const rpc::Call& call, const v1::TryActivityGuardrailRequest& request) {
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Get(call, request.parent()));
  const ActivityGuardrail& rule = request.activity_guardrail();
  status::BadFields bad;
  CheckGuardrail("activity_guardrail", rule, activity, bad);
  if (!IsOnFigures(rule.signal())) bad.Add("activity_guardrail.signal", kBadGuardrailSignal);
  RETURN_IF_ERROR(bad.status());
  std::vector<WindowFigures> windows;
  for (const auto& given : request.windows()) {
    WindowFigures figures{given.sample(), given.hits()};
    if (given.has_value()) figures.value = given.value();
    figures.missing = given.missing();
    windows.push_back(figures);
  }
  return TryWindows(rule, *BoundsOf(rule, activity), windows, absl::UnixEpoch());
}

absl::Status Guardrails::Tell(record::Transaction& tx, const ActivityGuardrail& guardrail, absl::Time at, const std::string& text) const {
  v1::Escalation escalation;
  escalation.set_cause(v1::Escalation::CAUSE_GUARDRAIL);
  escalation.set_subject(guardrail.name());
  escalation.set_activity(record::ParentOf(guardrail.name()));
  *escalation.mutable_reach_time() = time::ToTimestamp(at);
  escalation.set_detail(text);
  Escalations::Recipients recipients;
  recipients.activity_owner = true;
  return escalations_.Tell(tx, escalation, recipients);
}

absl::Status Guardrails::Act(record::Transaction& tx, const Activity& activity, const GuardrailTurn& turn, absl::Time at,
                             const std::string& text, ActivityGuardrail& after) {
  if (turn.opens && after.action() != ActivityGuardrail::ACTION_NOTIFY) {
    Episode episode{activity.name(),
                    after.signal() == ActivityGuardrail::SIGNAL_PAGE ? Incident::CAUSE_PAGE : Incident::CAUSE_GUARDRAIL,
                    SignalOf(after),
                    after.display_name(),
                    SeverityOf(after),
                    after.action() == ActivityGuardrail::ACTION_PAUSE,
                    IsOnFigures(after.signal()) ? after.name() : after.source(),
                    text,
                    time::ToTime(after.run().episode_time())};
    const bool same = turn.same_incident && !after.run().incident().empty();
    ASSIGN_OR_RETURN(const Opened opened, same ? incidents_.Join(tx, after.run().incident(), episode) : incidents_.Open(tx, episode));
    after.mutable_run()->set_incident(opened.incident.name());
  }
  if (turn.opens && after.action() == ActivityGuardrail::ACTION_NOTIFY) RETURN_IF_ERROR(Tell(tx, after, at, text));
  if (turn.tells_missing) {
    RETURN_IF_ERROR(Tell(tx, after, at, absl::StrCat(after.display_name(), ": windows are missing (", after.run().missing(), ").")));
  }
  if (!turn.clears) return absl::OkStatus();
  RETURN_IF_ERROR(incidents_.Clear(tx, SignalOf(after), at, text));
  if (!after.resume_by_itself() || after.run().incident().empty() || activity.state() != Activity::STATE_PAUSED) return absl::OkStatus();
  return job::Schedule(tx, {after.name() + "/resume", kResumeByGuardrail, after.name(), tx.call.now});
}

absl::StatusOr<bool> Guardrails::OnSource(record::Transaction& tx, const Activity& activity, ActivityGuardrail::Signal signal,
                                          const std::string& source, bool breached, absl::Time at, const std::string& text) {
  bool taken = false;
  ASSIGN_OR_RETURN(const std::vector<ActivityGuardrail> all, guardrails_.Children(tx.sql, activity.name()));
  for (const ActivityGuardrail& guardrail : all) {
    if (guardrail.state() != ActivityGuardrail::STATE_ACTIVE || guardrail.signal() != signal || guardrail.source() != source) continue;
    ASSIGN_OR_RETURN(const ActivityGuardrail before, guardrails_.Lock(tx, guardrail.name()));
    taken = taken || before.action() != ActivityGuardrail::ACTION_NOTIFY;
    // What is not LIVE opens nothing; what was open may end.
    if (breached && activity.state() != Activity::STATE_LIVE) continue;
    ActivityGuardrail after = before;
    const GuardrailTurn turn = Switch(before, breached, at, *after.mutable_run());
    // An earlier guardrail may have paused it by now.
    ASSIGN_OR_RETURN(const Activity now, activities_.kind().Lock(tx, activity.name()));
    RETURN_IF_ERROR(Act(tx, now, turn, at, text, after));
    RETURN_IF_ERROR(guardrails_.Update(tx, before, after, turn.opens ? "breach" : "clear"));
  }
  return taken;
}

absl::StatusOr<bool> Guardrails::OnPage(record::Transaction& tx, const Activity& activity, const std::string& page, bool down,
                                        absl::Time at, const std::string& text) {
  return OnSource(tx, activity, ActivityGuardrail::SIGNAL_PAGE, page, down, at, text);
}

absl::StatusOr<bool> Guardrails::OnAlert(record::Transaction& tx, const Activity& activity, const metrics::v1::Alert& alert) {
  const bool open = alert.state() != metrics::v1::Alert::STATE_RESOLVED;
  const auto& at = open ? alert.episode_time() : alert.resolve_time();
  return OnSource(tx, activity, ActivityGuardrail::SIGNAL_ALERT_RULE, alert.rule(), open, time::ToTime(at),
                  open ? absl::StrCat(alert.name(), ": ", alert.display_name(), " (", alert.figure(), " / ", alert.reference(), ")")
                       : absl::StrCat(alert.name(), " has ended."));
}

absl::Status Guardrails::OnActivity(record::Transaction& tx, const Activity* before, const Activity* after) {
  const bool begins =
      after != nullptr && after->state() == Activity::STATE_LIVE && (before == nullptr || before->state() != Activity::STATE_LIVE);
  if (!begins) return absl::OkStatus();
  bool judged = false;
  ASSIGN_OR_RETURN(const std::vector<ActivityGuardrail> all, guardrails_.Children(tx.sql, after->name()));
  for (const ActivityGuardrail& guardrail : all) {
    if (guardrail.state() != ActivityGuardrail::STATE_ACTIVE || !IsOnFigures(guardrail.signal())) continue;
    judged = true;
    const v1::GuardrailRun& run = guardrail.run();
    if (!run.open() && run.breaches() == 0 && run.missing() == 0) continue;
    ASSIGN_OR_RETURN(const ActivityGuardrail old, guardrails_.Lock(tx, guardrail.name()));
    ActivityGuardrail fresh = old;
    const GuardrailTurn turn = Switch(old, false, tx.call.now, *fresh.mutable_run());
    fresh.mutable_run()->set_breaches(0);
    fresh.mutable_run()->set_missing(0);
    RETURN_IF_ERROR(Act(tx, *after, turn, tx.call.now, "The activity resumed: windows begin anew.", fresh));
    RETURN_IF_ERROR(guardrails_.Update(tx, old, fresh, "begin_anew"));
  }
  return judged ? PlanJudging(tx, after->name()) : absl::OkStatus();
}

absl::StatusOr<Guardrails::Round> Guardrails::Look(sql::Session& session, const std::string& name, absl::Time now) {
  Round round;
  ASSIGN_OR_RETURN(round.activity, activities_.kind().Find(session, name));
  if (round.activity.state() != Activity::STATE_LIVE) return round;
  ASSIGN_OR_RETURN(const std::vector<LiveSpan> spans, LiveSpansOf(session, name));
  const std::optional<absl::Time> live = LiveSince(spans);
  if (!live.has_value()) return round;
  ASSIGN_OR_RETURN(const std::vector<ActivityGuardrail> all, guardrails_.Children(session, name));
  for (const ActivityGuardrail& rule : all) {
    if (rule.state() != ActivityGuardrail::STATE_ACTIVE || !IsOnFigures(rule.signal())) continue;
    const absl::Duration length = FromProto(rule.window());
    absl::Time start = AlignUp(std::max(*live + FromProto(rule.warm_up()), time::ToTime(rule.create_time())), length);
    ASSIGN_OR_RETURN(const std::optional<absl::Time> judged, JudgedUntil(session, rule.name()));
    if (judged.has_value()) start = std::max(start, AlignUp(*judged, length));
    for (int i = 0; i < kWindowsOfRound && start + length <= now && round.due.size() < kMostWindows; ++i, start += length) {
      Due& due = round.due.emplace_back();
      due.rule = rule;
      due.start = start;
      due.end = start + length;
      if (rule.signal() != ActivityGuardrail::SIGNAL_COMPLAINTS_PER_1000) continue;
      ASSIGN_OR_RETURN(due.figures.hits, Complaints(session, name, due.start, due.end));
    }
    round.next = std::min(round.next, std::max(start + length, now + kLeastPause));
  }
  return round;
}

absl::Status Guardrails::Ask(const rpc::Call& call, const Activity& activity, const std::vector<Due*>& due) {
  metrics::v1::ComputeActivityFiguresRequest question;
  question.set_activity(activity.name());
  std::map<std::pair<absl::Time, absl::Time>, int> windows;
  std::map<std::string, int> metrics;
  std::vector<Due*> asked, rest;
  for (Due* const one : due) {
    const std::string& metric = one->rule.metric();
    if (!metric.empty() && !metrics.contains(metric) && metrics.size() >= kMostMetrics) {
      rest.push_back(one);
      continue;
    }
    asked.push_back(one);
    if (!metric.empty() && metrics.try_emplace(metric, question.metrics_size()).second) question.add_metrics(metric);
    if (!windows.try_emplace({one->start, one->end}, question.windows_size()).second) continue;
    auto& window = *question.add_windows();
    *window.mutable_start_time() = time::ToTimestamp(one->start);
    *window.mutable_end_time() = time::ToTimestamp(one->end);
  }
  ASSIGN_OR_RETURN(const auto answer, context_.Call(AsService(call), metrics::v1::method::ComputeActivityFigures, question));
  for (Due* const one : asked) {
    const int at = windows.at({one->start, one->end});
    if (at >= answer.windows_size()) continue;
    const auto& window = answer.windows(at);
    const auto metric = metrics.find(one->rule.metric());
    const bool told = metric != metrics.end() && metric->second < window.metrics_size();
    const int64_t complaints = one->figures.hits;
    one->figures = FiguresFor(one->rule, window.counters(), told ? &window.metrics(metric->second) : nullptr);
    if (one->rule.signal() == ActivityGuardrail::SIGNAL_COMPLAINTS_PER_1000) one->figures.hits = complaints;
    one->complete = window.complete();
    one->version = answer.version();
  }
  return rest.empty() ? absl::OkStatus() : Ask(call, activity, rest);
}

absl::Status Guardrails::JudgeOne(record::Transaction& tx, const Activity& activity, const Due& due, ActivityGuardrail& guardrail) {
  const ActivityGuardrail before = guardrail;
  const std::optional<GuardrailBounds> bounds = BoundsOf(before, activity);
  // A target that was there when the rule was made may be gone by the launch: nothing can be said then.
  WindowJudgement judgement;
  judgement.verdict = due.figures.missing ? v1::WINDOW_VERDICT_MISSING : v1::WINDOW_VERDICT_THIN;
  if (bounds.has_value()) judgement = JudgeWindow(before, *bounds, due.figures);
  GuardrailWindow window;
  window.set_name(WindowName(before.name(), due.start));
  *window.mutable_start_time() = time::ToTimestamp(due.start);
  *window.mutable_end_time() = time::ToTimestamp(due.end);
  if (!due.figures.missing) {
    window.set_sample(due.figures.sample);
    window.set_hits(due.figures.hits);
    window.set_source_version(due.version);
  }
  if (judgement.figure.has_value()) window.set_figure(*judgement.figure);
  if (bounds.has_value()) {
    window.set_bound(bounds->bound);
    window.set_clear_bound(bounds->clear);
  }
  if (judgement.wilson.has_value()) window.set_wilson_bound(*judgement.wilson);
  window.set_verdict(judgement.verdict);
  window.set_guardrail_etag(before.etag());
  RETURN_IF_ERROR(windows_.Insert(tx, window, "judge"));
  const GuardrailTurn turn = Advance(before, judgement.verdict, due.start, due.end, *guardrail.mutable_run());
  RETURN_IF_ERROR(Act(tx, activity, turn, due.end, TextOf(before, window), guardrail));
  const char* const action = turn.opens ? "breach" : turn.clears ? "clear" : turn.tells_missing ? "miss" : "judge";
  return guardrails_.Update(tx, before, guardrail, action);
}

absl::Status Guardrails::Judge(record::Transaction& tx, const std::vector<Due>& due) {
  const ActivityGuardrail& rule = due.front().rule;
  ASSIGN_OR_RETURN(Activity activity, activities_.kind().Guard(tx, record::ParentOf(rule.name())));
  ASSIGN_OR_RETURN(ActivityGuardrail guardrail, guardrails_.Lock(tx, rule.name()));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> judged, JudgedUntil(tx.sql, rule.name()));
  // By another rule than the one that was read, or of an activity that was paused meanwhile, they would not be what was asked for.
  if (guardrail.etag() != rule.etag() || (judged.has_value() && *judged > due.front().start)) return absl::OkStatus();
  for (const Due& one : due) {
    if (activity.state() != Activity::STATE_LIVE) return absl::OkStatus();
    RETURN_IF_ERROR(JudgeOne(tx, activity, one, guardrail));
    ASSIGN_OR_RETURN(activity, activities_.kind().Lock(tx, activity.name()));
  }
  return absl::OkStatus();
}

job::Outcome Guardrails::Run(const rpc::Call& call, const std::string& activity) {
  absl::StatusOr<Round> round =
      store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<Round> { return Look(session, activity, call.now); });
  if (absl::IsNotFound(round.status())) return job::Outcome::Done();
  if (!round.ok()) return job::Outcome::Failed(round.status());
  absl::Time again = round->next;
  // What could not be asked counts as what is not complete: it is asked again, and MISSING in the end.
  std::vector<Due*> asked;
  for (Due& one : round->due) asked.push_back(&one);
  if (!asked.empty() && absl::IsNotFound(Ask(call, round->activity, asked))) {
    // A metric that has gone is missing to its own guardrails only.
    std::erase_if(asked, [](const Due* one) { return !one->rule.metric().empty(); });
    if (!asked.empty()) Ask(call, round->activity, asked).IgnoreError();
  }
  std::map<std::string, std::vector<Due>> ready;
  std::string stuck;
  for (Due& one : round->due) {
    if (one.rule.name() == stuck) continue;
    const absl::Duration length = one.end - one.start;
    one.figures.missing = !one.complete;
    if (!one.complete && call.now < one.end + 2 * length) {
      stuck = one.rule.name();
      again = std::min(again, call.now + std::clamp(length / 30, kLeastPause, kMostPause));
      continue;
    }
    ready[one.rule.name()].push_back(std::move(one));
  }
  for (const auto& [rule, due] : ready) {
    const absl::Status judged = store_.Write(call, [&due, this](record::Transaction& tx) { return Judge(tx, due); });
    if (!judged.ok()) return job::Outcome::Failed(judged);
  }
  return again == absl::InfiniteFuture() ? job::Outcome::Done() : job::Outcome::Again(again);
}

job::Outcome Guardrails::ResumeAgain(const rpc::Call& call, const std::string& name) {
  v1::ResumeActivityRequest request;
  std::string incident;
  const absl::Status settled = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    request.Clear();
    ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Guard(tx, record::ParentOf(name)));
    ASSIGN_OR_RETURN(const ActivityGuardrail guardrail, guardrails_.Lock(tx, name));
    const bool wanted = guardrail.state() == ActivityGuardrail::STATE_ACTIVE && guardrail.resume_by_itself() && !guardrail.run().open();
    if (!wanted || activity.state() != Activity::STATE_PAUSED) return absl::OkStatus();
    ASSIGN_OR_RETURN(const Incident found, incidents_.LockStanding(tx, guardrail.run().incident()));
    // What was paused by somebody or something else stays so.
    ASSIGN_OR_RETURN(const std::vector<LiveSpan> spans, LiveSpansOf(tx.sql, activity.name()));
    if (!found.has_pause_time() || spans.empty() || spans.back().end != time::ToTime(found.pause_time())) return absl::OkStatus();
    RETURN_IF_ERROR(incidents_.Settle(tx, found, absl::StrCat(guardrail.source(), " is up again.")));
    incident = found.name();
    request.set_name(activity.name());
    return absl::OkStatus();
  });
  if (absl::IsNotFound(settled)) return job::Outcome::Done();
  if (!settled.ok() || request.name().empty()) return job::Outcome::Failed(settled);
  const absl::Status resumed = readiness_.Resume(AsService(call), request).status();
  if (resumed.ok()) return job::Outcome::Done();
  // What nobody knows decides nothing; what the gate says stands in the timeline, and people decide.
  if (absl::IsUnavailable(resumed) || absl::IsAborted(resumed)) return job::Outcome::Failed(resumed);
  return job::Outcome::Failed(store_.Write(call, [&](record::Transaction& tx) {
    return incidents_.Note(tx, incident, IncidentEntry::KIND_REFUSED, std::string(resumed.message()), request.name());
  }));
}

void Guardrails::Bind(record::Methods& methods) {
  methods.Reads(guardrails_);
  methods.Creates(guardrails_, this, &Guardrails::Create);
  methods.Updates(guardrails_, this, &Guardrails::Update);
  methods.Bind("RetireActivityGuardrail", this, &Guardrails::Retire);
  methods.Lists(windows_);
  methods.Bind("TryActivityGuardrail", this, &Guardrails::Try);
}

}  // namespace heitie::activity
