#include "services/metrics/warning/alert_rule.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/record/unused.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/metrics/analysis/query.h"
#include "services/metrics/collection/metric_definition.h"
#include "services/metrics/warning/alert.h"
#include "services/metrics/warning/rule_judging.h"
#include "services/metrics/warning/series_reader.h"
#include "services/metrics/warning/tables.h"

namespace heitie::metrics {

const status::Reason kConditionMissing{absl::StatusCode::kInvalidArgument, "CONDITION_MISSING", "Say what is abnormal: exactly one kind.",
                                       "請說明何為異常：恰好設定一種條件。"};
const status::Reason kBadBounds{absl::StatusCode::kInvalidArgument, "BAD_BOUNDS",
                                "At least one bound is set, and a lower one is below the upper one.",
                                "至少設定一個界限，且下限須低於上限。"};
const status::Reason kBadOpening{absl::StatusCode::kInvalidArgument, "BAD_OPENING",
                                 "Of the last {window} intervals no more than these can breach, so {breaches} never do.",
                                 "最近 {window} 個區間至多全數超限，不可能有 {breaches} 個。"};
const status::Reason kGuardrailWithoutActivity{absl::StatusCode::kInvalidArgument, "GUARDRAIL_WITHOUT_ACTIVITY",
                                               "A guardrail names the activity that it pauses.", "護欄須指明要暫停的活動。"};
const status::Reason kBreakdownOfSource{absl::StatusCode::kInvalidArgument, "BREAKDOWN_OF_SOURCE",
                                        "A source delivers or is silent as a whole: no dimension, no segment and no activity.",
                                        "資料來源以整體判定是否中斷，不可設定維度、分群或活動。"};
const status::Reason kSilenceTooShort{absl::StatusCode::kInvalidArgument, "SILENCE_TOO_SHORT",
                                      "Silence is told in whole intervals: at least {minutes} minutes.",
                                      "靜默以整個區間計算，至少 {minutes} 分鐘。"};
const status::Reason kForecastNeedsDays{absl::StatusCode::kInvalidArgument, "FORECAST_NEEDS_DAYS", "A forecast is judged by days.",
                                        "預測以日為區間判定。"};
const status::Reason kSegmentOfMeasurements{absl::StatusCode::kInvalidArgument, "SEGMENT_OF_MEASUREMENTS",
                                            "Measurements have no users, so that no segment divides them.",
                                            "測量值沒有使用者，無法以分群區分。"};
const status::Reason kUnknownSegment{absl::StatusCode::kInvalidArgument, "UNKNOWN_SEGMENT", "There is no segment {segment}.",
                                     "沒有分群 {segment}。"};
const status::Reason kRuleInUse{absl::StatusCode::kFailedPrecondition, "RULE_IN_USE",
                                "{name} is {state}; only a draft or a paused rule can be changed.",
                                "{name} 狀態為 {state}，僅草稿或已暫停的規則可以變更。"};
const status::Reason kSourceWatched{absl::StatusCode::kFailedPrecondition, "SOURCE_WATCHED",
                                    "{rule} watches {source} already, and one interruption is one alert.",
                                    "{rule} 已在監看 {source}，一次中斷只產生一則預警。"};

namespace {

using v1::AlertRule;

constexpr int64_t kMostPlayedDays = 92, kMostPlayedFineDays = 31;

int MinutesOf(AlertRule::Interval interval) {
  switch (interval) {
    case AlertRule::INTERVAL_DAY:
      return 1440;
    case AlertRule::INTERVAL_HOUR:
      return 60;
    default:
      return 5;
  }
}

bool BoundsFit(const v1::AlertCondition& condition) {
  if (condition.has_threshold()) {
    const v1::ThresholdCondition& threshold = condition.threshold();
    if (threshold.has_upper() && threshold.has_lower()) return threshold.lower() < threshold.upper();
    return threshold.has_upper() || threshold.has_lower();
  }
  return !condition.has_change() || condition.change().has_rise_percent() || condition.change().has_fall_percent();
}

}  // namespace

const record::StateMachine& AlertRuleMachine() {
  static const auto& machine =
      *new record::StateMachine(AlertRule::State_descriptor(), {
                                                                   {AlertRule::STATE_DRAFT, "activate", AlertRule::STATE_ACTIVE},
                                                                   {AlertRule::STATE_PAUSED, "activate", AlertRule::STATE_ACTIVE},
                                                                   {AlertRule::STATE_ACTIVE, "pause", AlertRule::STATE_PAUSED},
                                                                   {AlertRule::STATE_DRAFT, "retire", AlertRule::STATE_RETIRED},
                                                                   {AlertRule::STATE_ACTIVE, "retire", AlertRule::STATE_RETIRED},
                                                                   {AlertRule::STATE_PAUSED, "retire", AlertRule::STATE_RETIRED},
                                                               });
  return machine;
}

void CheckAlertRule(const AlertRule& rule, status::BadFields& bad) {
  const v1::AlertCondition& condition = rule.condition();
  if (condition.kind_case() == v1::AlertCondition::KIND_NOT_SET) bad.Add("alert_rule.condition", kConditionMissing);
  if (!BoundsFit(condition)) bad.Add("alert_rule.condition", kBadBounds);
  if (rule.breaches_to_open() > rule.window()) {
    bad.Add("alert_rule.breaches_to_open", kBadOpening, {{"breaches", rule.breaches_to_open()}, {"window", rule.window()}});
  }
  if (rule.guardrail() && rule.activity().empty()) bad.Add("alert_rule.activity", kGuardrailWithoutActivity);
  if (condition.has_forecast()) {
    CheckTarget(condition.forecast().target(), "alert_rule.condition.forecast.target", bad);
    if (rule.interval() != AlertRule::INTERVAL_DAY) bad.Add("alert_rule.interval", kForecastNeedsDays);
  }
  if (!condition.has_missing_data()) return;
  if (!rule.dimension().empty()) bad.Add("alert_rule.dimension", kBreakdownOfSource);
  if (!rule.segment().empty()) bad.Add("alert_rule.segment", kBreakdownOfSource);
  if (!rule.activity().empty()) bad.Add("alert_rule.activity", kBreakdownOfSource);
  const int least = MinutesOf(rule.interval());
  if (condition.missing_data().silence_minutes() < least) {
    bad.Add("alert_rule.condition.missing_data.silence_minutes", kSilenceTooShort, {{"minutes", least}});
  }
}

AlertRules::AlertRules(WarningTables& tables, Alerts& alerts, const RuleJudging& judging)
    : tables_(tables), alerts_(alerts), judging_(judging) {
  tables_.rules.SetDecorator([](sql::Session& session, AlertRule& rule) {
    return session.Query("SELECT judge_time, blind_time, blind_because_of FROM alert_rule_progress WHERE rule = ?", sql::Bind(rule.name()),
                         [&](const sql::Row& row) {
                           *rule.mutable_judge_time() = time::ToTimestamp(row.Time(0));
                           if (!row.IsNull(1)) *rule.mutable_blind_time() = time::ToTimestamp(row.Time(1));
                           if (row.IsNull(2)) return;
                           for (const absl::string_view producer : absl::StrSplit(row.Text(2), ' ', absl::SkipEmpty())) {
                             rule.add_blind_because_of(std::string(producer));
                           }
                         });
  });
}

absl::Status AlertRules::Check(record::Transaction& tx, const AlertRule& rule) const {
  status::BadFields bad;
  CheckAlertRule(rule, bad);
  if (!rule.segment().empty()) {
    const absl::Status segment = tables_.segments.Guard(tx, rule.segment()).status();
    if (absl::IsNotFound(segment)) {
      bad.Add("alert_rule.segment", kUnknownSegment, {{"segment", rule.segment()}});
    } else {
      RETURN_IF_ERROR(segment);
    }
  }
  const absl::StatusOr<v1::MetricDefinition> metric = tables_.definitions.Guard(tx, rule.metric());
  if (absl::IsNotFound(metric.status())) {
    bad.Add("alert_rule.metric", kUnknownMetric, {{"metric", rule.metric()}});
    return bad.status();
  }
  RETURN_IF_ERROR(metric.status());
  if (!rule.segment().empty() && metric->event_name().empty()) bad.Add("alert_rule.segment", kSegmentOfMeasurements);
  if (rule.condition().forecast().target().has_start_date() && !AddsUp(metric->aggregation())) {
    bad.Add("alert_rule.condition.forecast.target.start_date", kNotAdditive,
            {{"metric", metric->name()}, {"aggregation", v1::MetricDefinition::Aggregation_Name(metric->aggregation())}});
  }
  return bad.status();
}

absl::Status AlertRules::Create(record::Transaction& tx, AlertRule& rule) {
  rule.set_state(AlertRule::STATE_DRAFT);
  return Check(tx, rule);
}

absl::Status AlertRules::Update(record::Transaction& tx, const AlertRule& before, AlertRule& after) {
  if (before.state() != AlertRule::STATE_DRAFT && before.state() != AlertRule::STATE_PAUSED) {
    return status::Error(kRuleInUse, {{"name", before.name()}, {"state", AlertRule::State_Name(before.state())}});
  }
  return Check(tx, after);
}

absl::StatusOr<std::string> AlertRules::FirstUse(record::Transaction& tx, const std::string& field, const std::string& name) const {
  ASSIGN_OR_RETURN(const std::vector<AlertRule> rules,
                   tables_.rules.Select(tx.sql, absl::StrCat("WHERE ", field, " = ? AND state <> 'STATE_RETIRED' ORDER BY name LIMIT 1"),
                                        sql::Bind(name)));
  return rules.empty() ? "" : rules.front().name();
}

absl::StatusOr<std::string> AlertRules::UseOf(record::Transaction& tx, const std::string& metric) const {
  return FirstUse(tx, "metric", metric);
}

absl::StatusOr<std::string> AlertRules::UseOfSegment(record::Transaction& tx, const std::string& segment) const {
  return FirstUse(tx, "segment", segment);
}

absl::Status AlertRules::CheckUnwatched(record::Transaction& tx, const AlertRule& rule) const {
  // Two that are activated at once take turns.
  RETURN_IF_ERROR(tables_.policies.kind().Guard(tx, kShippedWarningPolicy).status());
  ASSIGN_OR_RETURN(const v1::MetricDefinition own, tables_.definitions.Find(tx.sql, rule.metric()));
  ASSIGN_OR_RETURN(const std::vector<AlertRule> active, tables_.rules.Select(tx.sql, "WHERE state = 'STATE_ACTIVE'"));
  for (const AlertRule& other : active) {
    if (!other.condition().has_missing_data()) continue;
    const absl::StatusOr<v1::MetricDefinition> definition = tables_.definitions.Find(tx.sql, other.metric());
    if (absl::IsNotFound(definition.status())) continue;
    RETURN_IF_ERROR(definition.status());
    if (SourceName(SourceOf(*definition)) != SourceName(SourceOf(own))) continue;
    return status::Error(kSourceWatched, {{"rule", other.name()}, {"source", SourceName(SourceOf(own))}});
  }
  return absl::OkStatus();
}

absl::StatusOr<AlertRule> AlertRules::Activate(record::Transaction& tx, const v1::ActivateAlertRuleRequest& request) {
  return tables_.rules.Change(tx, request, "activate", [&](AlertRule& after) -> absl::Status {
    RETURN_IF_ERROR(Check(tx, after));  // It may have been drafted when the metric still was.
    if (after.condition().has_missing_data()) RETURN_IF_ERROR(CheckUnwatched(tx, after));
    *after.mutable_activate_time() = time::ToTimestamp(tx.call.now);
    after.clear_state_reason();
    return judging_.Begin(tx, after);
  });
}

absl::StatusOr<AlertRule> AlertRules::Pause(record::Transaction& tx, const v1::PauseAlertRuleRequest& request) {
  return tables_.rules.Change(tx, request, "pause", [&](AlertRule& after) -> absl::Status {
    after.set_state_reason(request.reason());
    RETURN_IF_ERROR(judging_.End(tx, after.name()));
    return alerts_.Stop(tx, after.name());
  });
}

absl::StatusOr<AlertRule> AlertRules::Retire(record::Transaction& tx, const v1::RetireAlertRuleRequest& request) {
  return tables_.rules.Change(tx, request, "retire", [&](AlertRule& after) -> absl::Status {
    after.set_state_reason(request.reason());
    RETURN_IF_ERROR(judging_.End(tx, after.name()));
    return alerts_.Stop(tx, after.name());
  });
}

absl::StatusOr<v1::PlayAlertRuleResponse> AlertRules::Play(const rpc::Call& call, const v1::PlayAlertRuleRequest& request) {
  ASSIGN_OR_RETURN(const AlertRule rule, tables_.rules.Get(call, request.name()));
  const absl::CivilDay first = time::ToDay(request.start_date()), last = time::ToDay(request.end_date());
  const int64_t most = rule.interval() == AlertRule::INTERVAL_FIVE_MINUTES ? kMostPlayedFineDays : kMostPlayedDays;
  if (last < first || last - first > most) {
    status::BadFields bad;
    bad.Add("end_date", kBadDateRange, {{"days", most}});
    return bad.status();
  }
  return judging_.Play(call, rule, first, last);
}

void AlertRules::Bind(record::Methods& methods) {
  methods.Reads(tables_.rules);
  methods.Creates(tables_.rules, this, &AlertRules::Create);
  methods.Updates(tables_.rules, this, &AlertRules::Update);
  record::DeletesUnused(methods, tables_.rules);
  methods.Bind("ActivateAlertRule", this, &AlertRules::Activate);
  methods.Bind("PauseAlertRule", this, &AlertRules::Pause);
  methods.Bind("RetireAlertRule", this, &AlertRules::Retire);
  methods.Bind("PlayAlertRule", this, &AlertRules::Play);
  tables_.policies.Bind<v1::PublishWarningPolicyRequest>(methods);
}

}  // namespace heitie::metrics
