#include "services/metrics/warning/rule_judging.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/metrics/warning/alert.h"
#include "services/metrics/warning/tables.h"

namespace heitie::metrics {
namespace {

using v1::AlertRule;

constexpr absl::Duration kJudgeInterval = absl::Minutes(1);
constexpr char kBegunJob[] = "judge-begun-rule";
// Of a turn's time, for the last rule.
constexpr absl::Duration kReserve = absl::Seconds(10);
constexpr int kMostPlayedEpisodes = 1000;

bool IsMissingData(const AlertRule& rule) { return rule.condition().has_missing_data(); }

// A count of what did not happen is 0; a mean of it is none.
std::optional<double> OfNothing(const SeriesQuery& query) {
  switch (query.aggregation) {
    case v1::MetricDefinition::AGGREGATION_AVERAGE:
    case v1::MetricDefinition::AGGREGATION_MIN:
    case v1::MetricDefinition::AGGREGATION_MAX:
      return std::nullopt;
    default:
      return 0.0;
  }
}

// The first interval that has not closed and breaches for good all the same.
std::optional<JudgedInterval> EarlyOf(const AlertRule& rule, const std::vector<absl::Time>& bounds, const IntervalFigures& figures,
                                      size_t closed) {
  for (size_t i = closed; i + 1 < bounds.size(); ++i) {
    if (!figures[i]) continue;
    if (std::optional<JudgedInterval> early = JudgeEarly(rule, bounds[i], bounds[i + 1], *figures[i])) return early;
  }
  return std::nullopt;
}

v1::PlayedEpisode ToPlayed(const std::string& value, const Episode& episode) {
  v1::PlayedEpisode played;
  played.set_dimension_value(value);
  *played.mutable_episode_time() = time::ToTimestamp(episode.first);
  *played.mutable_open_time() = time::ToTimestamp(episode.opened);
  if (episode.cleared) *played.mutable_clear_time() = time::ToTimestamp(*episode.cleared);
  played.set_figure(episode.figure);
  played.set_breach_count(episode.breaches);
  return played;
}

}  // namespace

RuleJudging::RuleJudging(const service::Context& context, WarningTables& tables, Alerts& alerts, const SeriesReader& reader)
    : tables_(tables), alerts_(alerts), reader_(reader) {
  context.jobs.Recur(
      "judge-alert-rules", kJudgeInterval, [this](const rpc::Call& call, const job::Job&) { return JudgeAll(call); },
      job::Lane::kDeadlines);
  // Whoever activates a rule sees at once what it says.
  context.jobs.Handle(kBegunJob, [this](const rpc::Call& call, const job::Job&) { return JudgeAll(call); });
}

absl::Status RuleJudging::Begin(record::Transaction& tx, const AlertRule& rule) const {
  RETURN_IF_ERROR(End(tx, rule.name()));
  RETURN_IF_ERROR(job::Schedule(tx, {.name = absl::StrCat(rule.name(), "/begun"), .kind = kBegunJob, .run_time = tx.call.now}));
  const absl::Time base = IntervalStart(rule.interval(), tx.call.now, tables_.zone);
  return tx.sql
      .Execute(
          "INSERT INTO alert_rule_progress (rule, version, base_time, judge_time, blind_time, source_version) VALUES (?, 0, ?, ?, NULL, "
          "-1)",
          sql::Bind(rule.name(), base, base))
      .status();
}

absl::Status RuleJudging::End(record::Transaction& tx, const std::string& rule) const {
  RETURN_IF_ERROR(tx.sql.Execute("DELETE FROM alert_rule_progress WHERE rule = ?", sql::Bind(rule)).status());
  return tx.sql.Execute("DELETE FROM alert_rule_state WHERE rule = ?", sql::Bind(rule)).status();
}

absl::StatusOr<JudgeWorld> RuleJudging::WorldOf(const rpc::Call& call) const {
  JudgeWorld world;
  world.zone = tables_.zone;
  ASSIGN_OR_RETURN(world.day_kind, tables_.KindsOfDays(call));
  return world;
}

SeriesQuery RuleJudging::QueryOf(const Case& of, std::vector<absl::Time> bounds) const {
  SeriesQuery query;
  query.source = SourceOf(of.metric);
  query.aggregation = of.metric.aggregation();
  query.activity = of.rule.activity();
  query.dimension = of.rule.dimension();
  query.segment = of.rule.segment();
  query.segment_time = of.segment_time;
  if (IsMissingData(of.rule)) query.aggregation = v1::MetricDefinition::AGGREGATION_COUNT;
  query.bounds = std::move(bounds);
  query.interval = of.rule.interval();
  query.most_values = static_cast<size_t>(of.policy.most_values());
  return query;
}

absl::Status RuleJudging::Teach(const rpc::Call& call, const Case& of, absl::Time base, std::map<std::string, RuleState>& states) const {
  const absl::Time from = IntervalStart(of.rule.interval(), base - absl::Hours(24) * of.policy.teaching_days(), tables_.zone);
  const SeriesQuery query = QueryOf(of, IntervalsBetween(of.rule.interval(), from, base, tables_.zone));
  ASSIGN_OR_RETURN(const FiguresByValue figures, reader_.Read(call, query));
  // What came before the first row that there is teaches nothing.
  for (auto& [value, state] : states) {
    const auto own = figures.find(value);
    if (own == figures.end()) continue;
    bool begun = false;
    for (size_t i = 0; i + 1 < query.bounds.size(); ++i) {
      begun = begun || (own->second[i] && *own->second[i] != 0);
      if (begun) JudgeInterval(of.rule, of.world, query.bounds[i], query.bounds[i + 1], own->second[i], state);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, std::map<absl::Time, double>>> RuleJudging::Before(const rpc::Call& call, const Case& of,
                                                                                        absl::Time from, absl::Time to) const {
  std::map<std::string, std::map<absl::Time, double>> before;
  if (!of.rule.condition().has_change() || from >= to) return before;
  const v1::ChangeCondition::Base base = of.rule.condition().change().base();
  const absl::Time first = IntervalStart(of.rule.interval(), IntervalBefore(base, from, tables_.zone), tables_.zone);
  const absl::Time last = IntervalBefore(base, to, tables_.zone);
  SeriesQuery query = QueryOf(of, IntervalsBetween(of.rule.interval(), first, last, tables_.zone));
  ASSIGN_OR_RETURN(const FiguresByValue figures, reader_.Read(call, query));
  for (const auto& [value, own] : figures) {
    for (size_t i = 0; i < own.size(); ++i) {
      if (own[i]) before[value][query.bounds[i]] = *own[i];
    }
  }
  return before;
}

absl::StatusOr<std::map<std::string, DailyFigures>> RuleJudging::DaysBefore(const rpc::Call& call, const Case& of, absl::Time from,
                                                                            absl::Time to) const {
  std::map<std::string, DailyFigures> days;
  if (!of.rule.condition().has_forecast() || from >= to) return days;
  const absl::CivilDay first = absl::ToCivilDay(from, tables_.zone) - statistics::kMostHistoryDays;
  const absl::CivilDay last = absl::ToCivilDay(to, tables_.zone) - 1;
  SeriesQuery query = DailyQuery(of.metric, of.rule.activity(), of.rule.dimension(), first, last,
                                 static_cast<size_t>(of.policy.most_values()), tables_.zone);
  query.segment = of.rule.segment();
  query.segment_time = of.segment_time;
  ASSIGN_OR_RETURN(FiguresByValue figures, reader_.Read(call, query));
  for (auto& [value, own] : figures) days[value] = {first, std::move(own)};
  return days;
}

absl::StatusOr<RuleJudging::Past> RuleJudging::PastOf(const rpc::Call& call, const Case& of, absl::Time from, absl::Time to) const {
  Past past;
  ASSIGN_OR_RETURN(past.before, Before(call, of, from, to));
  ASSIGN_OR_RETURN(past.days, DaysBefore(call, of, from, to));
  return past;
}

void RuleJudging::Past::SetWorld(const std::string& value, JudgeWorld& world) const {
  const auto own_before = before.find(value);
  world.before = own_before == before.end() ? std::map<absl::Time, double>() : own_before->second;
  const auto own_days = days.find(value);
  world.days = own_days == days.end() ? DailyFigures() : own_days->second;
}

absl::StatusOr<std::optional<RuleJudging::Case>> RuleJudging::ReadCase(const rpc::Call& call, const AlertRule& rule) const {
  Case of;
  of.rule = rule;
  bool known = false;
  RETURN_IF_ERROR(tables_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    const absl::StatusOr<v1::MetricDefinition> metric = tables_.definitions.Find(session, rule.metric());
    RETURN_IF_ERROR(metric.status());
    of.metric = *metric;
    ASSIGN_OR_RETURN(of.policy, tables_.policies.InForce(session, call.now));
    bool begun = false;
    RETURN_IF_ERROR(session.Query(
        "SELECT version, source_version, base_time, judge_time, blind_time, blind_because_of FROM alert_rule_progress WHERE rule = ?",
        sql::Bind(rule.name()), [&](const sql::Row& row) {
          begun = true;
          of.progress = {row.Int(0), row.Int(1), row.Time(2), row.Time(3), {}, {}};
          if (!row.IsNull(4)) of.progress.blind.since = row.Time(4);
          if (!row.IsNull(5)) of.progress.blind.because_of = row.Text(5);
        }));
    known = begun;
    return session.Query("SELECT value, state FROM alert_rule_state WHERE rule = ?", sql::Bind(rule.name()),
                         [&](const sql::Row& row) { of.progress.states[row.Text(0)] = row.Text(1); });
  }));
  if (!known) return std::optional<Case>();
  ASSIGN_OR_RETURN(of.source, reader_.StateOf(call, SourceOf(of.metric)));
  ASSIGN_OR_RETURN(of.world, WorldOf(call));
  of.world.aggregation = of.metric.aggregation();
  of.segment_time = ClosedUntil(of.source, of.policy, call.now);
  return std::optional<Case>(std::move(of));
}

absl::Time RuleJudging::ClosedFrom(const Case& of, absl::Time base, absl::Time now) const {
  if (!IsMissingData(of.rule) && !of.source.closed.awaited()) return base;
  const absl::Time until =
      IsMissingData(of.rule) ? now - absl::Minutes(of.policy.allowed_lateness_minutes()) : ClosedUntil(of.source, of.policy, now);
  return IntervalStart(of.rule.interval(), std::max(base, until), tables_.zone);
}

RuleJudging::Blindness RuleJudging::BlindnessOf(const Case& of, absl::Time closed, absl::Time now) const {
  const Closed& source = of.source.closed;
  const absl::Time due = now - absl::Minutes(of.policy.allowed_lateness_minutes()) - source.allowed_lateness;
  if (IsMissingData(of.rule) || closed >= IntervalStart(of.rule.interval(), due, tables_.zone)) return {};
  // Of a source that has never delivered: since the rule has looked for it.
  return {std::max(source.through.value_or(absl::InfinitePast()), time::ToTime(of.rule.activate_time())),
          absl::StrJoin(source.because_of, " ")};
}

absl::StatusOr<RuleJudging::Outcome> RuleJudging::Judge(const rpc::Call& call, Case& of) const {
  const AlertRule::Interval interval = of.rule.interval();
  Outcome outcome;
  const absl::Time closed_from = ClosedFrom(of, of.progress.base, call.now);
  outcome.blind = BlindnessOf(of, closed_from, call.now);
  // What was judged stays judged where a watermark goes back: a producer that is new, or required now.
  outcome.closed = std::max(closed_from, of.progress.judged);
  outcome.base = std::clamp(IntervalStart(interval, call.now - absl::Hours(of.policy.restatement_hours()), tables_.zone), of.progress.base,
                            outcome.closed);
  const absl::Time end = NextInterval(interval, IntervalStart(interval, call.now, tables_.zone), tables_.zone);
  SeriesQuery query = QueryOf(of, IntervalsBetween(interval, of.progress.base, end, tables_.zone));
  ASSIGN_OR_RETURN(FiguresByValue figures, reader_.Read(call, query));
  for (const auto& [value, state] : of.progress.states) {
    figures.try_emplace(value, query.bounds.size() - 1, OfNothing(query));
  }
  std::map<std::string, RuleState> states, untaught;
  for (const auto& [value, own] : figures) {
    const auto kept = of.progress.states.find(value);
    if (kept == of.progress.states.end()) {
      untaught.emplace(value, RuleState(OpeningOf(of.rule)));
      continue;
    }
    ASSIGN_OR_RETURN(RuleState state, RuleState::Load(OpeningOf(of.rule), kept->second));
    states.emplace(value, std::move(state));
  }
  if (!untaught.empty() && of.rule.condition().has_anomaly()) RETURN_IF_ERROR(Teach(call, of, of.progress.base, untaught));
  states.merge(untaught);
  ASSIGN_OR_RETURN(const Past past, PastOf(call, of, of.progress.base, outcome.closed));
  const auto closed_at = std::lower_bound(query.bounds.begin(), query.bounds.end(), outcome.closed);
  const size_t closed = static_cast<size_t>(closed_at - query.bounds.begin());
  const std::vector<absl::Time> closed_bounds(query.bounds.begin(), closed_at + 1);
  for (auto& [value, state] : states) {
    const IntervalFigures& own = figures.at(value);
    past.SetWorld(value, of.world);
    std::optional<JudgedInterval> early;
    // Users can leave a segment, and what they did with them.
    if (OnlyGrows(of.metric.aggregation()) && of.rule.segment().empty()) early = EarlyOf(of.rule, query.bounds, own, closed);
    outcome.series.emplace(value, JudgeSeries(of.rule, of.world, closed_bounds, {own.begin(), own.begin() + static_cast<int64_t>(closed)},
                                              std::move(state), outcome.base, early));
  }
  return outcome;
}

absl::Status RuleJudging::Keep(record::Transaction& tx, const Case& of, const Outcome& outcome) const {
  sql::Value blind_time, because_of;
  if (outcome.blind.since) {
    blind_time = *outcome.blind.since;
    because_of = outcome.blind.because_of;
  }
  // Whoever judges first changes the row; the others have judged for nothing.
  ASSIGN_OR_RETURN(
      const int64_t first,
      tx.sql.Execute("UPDATE alert_rule_progress SET version = version + 1, base_time = ?, judge_time = ?, blind_time = ?, "
                     "blind_because_of = ?, source_version = ? WHERE rule = ? AND version = ?",
                     {outcome.base, outcome.closed, blind_time, because_of, of.source.version, of.rule.name(), of.progress.version}));
  if (first == 0) return absl::OkStatus();
  const AlertSubject subject{of.rule, "", SourceName(SourceOf(of.metric)), of.source.version};
  for (const auto& [value, judgement] : outcome.series) {
    AlertSubject of_value = {subject.rule, value, subject.source, subject.source_version};
    ASSIGN_OR_RETURN(const std::vector<KeptEpisode> kept, alerts_.Kept(tx, of.rule.name(), value, of.progress.base));
    RETURN_IF_ERROR(alerts_.Apply(tx, of_value, Reconcile(judgement.episodes, kept)));
    const auto known = of.progress.states.find(value);
    const std::string state = judgement.base->Save();
    if (known != of.progress.states.end() && known->second == state) continue;
    RETURN_IF_ERROR(tx.sql
                        .Execute("INSERT INTO alert_rule_state (rule, value, state) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE state = ?",
                                 sql::Bind(of.rule.name(), value, state, state))
                        .status());
  }
  return absl::OkStatus();
}

absl::Status RuleJudging::JudgeOne(const rpc::Call& call, const AlertRule& rule) {
  absl::StatusOr<std::optional<Case>> read = ReadCase(call, rule);
  if (absl::IsNotFound(read.status())) return PauseLost(call, rule.name());
  RETURN_IF_ERROR(read.status());
  std::optional<Case>& of = *read;
  if (!of) return absl::OkStatus();
  const absl::Time closed = ClosedFrom(*of, of->progress.base, call.now);
  const bool as_before = of->source.version == of->progress.source_version && closed <= of->progress.judged;
  if (as_before && BlindnessOf(*of, closed, call.now) == of->progress.blind) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Outcome outcome, Judge(call, *of));
  return tables_.store.Write(call, [&](record::Transaction& tx) { return Keep(tx, *of, outcome); });
}

absl::Status RuleJudging::PauseLost(const rpc::Call& call, const std::string& rule) {
  return tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const AlertRule before, tables_.rules.Lock(tx, rule));
    if (before.state() != AlertRule::STATE_ACTIVE) return absl::OkStatus();
    AlertRule after = before;
    RETURN_IF_ERROR(tables_.rules.Advance(after, "pause"));
    after.set_state_reason(absl::StrCat(before.metric(), " is gone."));
    RETURN_IF_ERROR(End(tx, rule));
    RETURN_IF_ERROR(alerts_.Stop(tx, rule));
    return tables_.rules.Update(tx, before, after, "pause");
  });
}

job::Outcome RuleJudging::JudgeAll(const rpc::Call& call) {
  // Those that have waited longest come first, so that none is left out where there are more than a turn can judge.
  const absl::StatusOr<std::vector<AlertRule>> rules = tables_.store.Read(call, [&](sql::Session& session) {
    return tables_.rules.Select(session,
                                "WHERE state = 'STATE_ACTIVE' ORDER BY "
                                "(SELECT p.judge_time FROM alert_rule_progress p WHERE p.rule = alert_rules.name), name");
  });
  if (!rules.ok()) return job::Outcome::Failed(rules.status());
  absl::Status status;
  for (const AlertRule& rule : *rules) {
    if (absl::Now() > call.deadline - kReserve) return job::Outcome::Again(call.now);
    // One that cannot be judged keeps no other from it.
    status.Update(JudgeOne(call, rule));
  }
  return job::Outcome::Failed(status);
}

absl::StatusOr<v1::PlayAlertRuleResponse> RuleJudging::Play(const rpc::Call& call, const AlertRule& rule, absl::CivilDay first,
                                                            absl::CivilDay last) const {
  Case of;
  of.rule = rule;
  RETURN_IF_ERROR(tables_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(of.metric, tables_.definitions.Find(session, rule.metric()));
    ASSIGN_OR_RETURN(of.policy, tables_.policies.InForce(session, call.now));
    return absl::OkStatus();
  }));
  ASSIGN_OR_RETURN(of.world, WorldOf(call));
  ASSIGN_OR_RETURN(of.source, reader_.StateOf(call, SourceOf(of.metric)));
  of.world.aggregation = of.metric.aggregation();
  of.segment_time = ClosedUntil(of.source, of.policy, call.now);
  const absl::Time from = IntervalStart(rule.interval(), absl::FromCivil(first, tables_.zone), tables_.zone);
  const absl::Time to = std::max(from, std::min(absl::FromCivil(last + 1, tables_.zone), ClosedFrom(of, from, call.now)));
  const SeriesQuery query = QueryOf(of, IntervalsBetween(rule.interval(), from, to, tables_.zone));
  ASSIGN_OR_RETURN(const FiguresByValue figures, reader_.Read(call, query));
  std::map<std::string, RuleState> states;
  for (const auto& [value, own] : figures) states.emplace(value, RuleState(OpeningOf(rule)));
  if (rule.condition().has_anomaly()) RETURN_IF_ERROR(Teach(call, of, from, states));
  ASSIGN_OR_RETURN(const Past past, PastOf(call, of, from, to));
  v1::PlayAlertRuleResponse response;
  for (auto& [value, state] : states) {
    past.SetWorld(value, of.world);
    const SeriesJudgement judgement = JudgeSeries(rule, of.world, query.bounds, figures.at(value), std::move(state), to, std::nullopt);
    response.set_interval_count(response.interval_count() + judgement.intervals);
    response.set_unknown_count(response.unknown_count() + judgement.unknown);
    for (const Episode& episode : judgement.episodes) {
      if (response.episodes_size() < kMostPlayedEpisodes) *response.add_episodes() = ToPlayed(value, episode);
    }
  }
  return response;
}

}  // namespace heitie::metrics
