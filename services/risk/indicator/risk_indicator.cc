#include "services/risk/indicator/risk_indicator.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/risk/indicator/indicator_rules.h"
#include "services/risk/register/merging.h"
#include "services/risk/register/restriction.h"

namespace heitie::risk {

using v1::IndicatorReading;
using v1::RiskIndicator;

namespace {

const status::Reason kStartTooEarly{absl::StatusCode::kInvalidArgument, "START_TOO_EARLY", "{day} is more than a year ago.",
                                    "{day} 已超過一年前。"};
const status::Reason kPeriodFixed{absl::StatusCode::kFailedPrecondition, "PERIOD_FIXED",
                                  "{name} goes on with its periods; define another indicator for other ones.",
                                  "{name} 的週期不可變更；如需其他週期，請另訂指標。"};
const status::Reason kIndicatorRetired{absl::StatusCode::kFailedPrecondition, "INDICATOR_RETIRED", "{name} is no longer judged.",
                                       "{name} 已停用。"};

constexpr const char* kJudgeJob = "judge-indicator";
// While a figure is awaited, and how often it is looked whether an earlier one is another one now.
constexpr absl::Duration kAwait = absl::Minutes(5), kLookAgain = absl::Hours(1);
// How many of the last periods are looked at again.
constexpr int kPeriodsLookedAt = 3;
constexpr int kLongestPast = 366;

std::string JudgeJobOf(const std::string& indicator) { return absl::StrCat(indicator, "/judge"); }

absl::CivilDay LastDayOf(v1::IndicatorDefinition::Period period, absl::CivilDay first) { return PeriodAfter(period, first) - 1; }

LightState StateOf(const RiskIndicator& indicator) {
  const v1::Light known = indicator.known_light() == v1::LIGHT_UNSPECIFIED ? v1::LIGHT_GREEN : indicator.known_light();
  return {known, indicator.pending_periods(), indicator.pending_light()};
}

void SetState(const LightState& state, RiskIndicator& indicator) {
  indicator.set_light(state.light);
  indicator.set_known_light(state.light);
  indicator.set_pending_periods(state.pending_periods);
  indicator.set_pending_light(state.pending);
}

std::string ReadingOf(const std::string& indicator, absl::CivilDay period) {
  return absl::StrCat(indicator, "/readings/", time::DayText(period));
}

}  // namespace

const record::StateMachine& RiskIndicatorMachine() {
  static const auto& machine = *new record::StateMachine(RiskIndicator::State_descriptor(),
                                                         {
                                                             {RiskIndicator::STATE_ACTIVE, "retire", RiskIndicator::STATE_RETIRED},
                                                         });
  return machine;
}

RiskIndicators::RiskIndicators(const service::Context& context, const record::Kind<v1::Risk>& risks, const AssessmentDuties& duties,
                               const RiskProposals& proposals, const Restriction& restriction)
    : context_(context),
      zone_(context.time_zone),
      figures_(context),
      risks_(risks),
      duties_(duties),
      proposals_(proposals),
      indicators_(context.store, &RiskIndicatorMachine()),
      readings_(context.store) {
  indicators_.RestrictRows(restriction.Rows() || record::Own("owner"));
  readings_.RestrictRows(restriction.Rows());
  context.jobs.Handle(
      kJudgeJob, [this](const rpc::Call& call, const job::Job& job) { return JudgeDue(call, job); }, job::Lane::kLongWork);
}

absl::Status RiskIndicators::Create(record::Transaction& tx, RiskIndicator& indicator) {
  status::BadFields bad;
  CheckDefinition("risk_indicator.definition", indicator.definition(), bad);
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, zone_);
  const absl::CivilDay start = indicator.has_start_date() ? time::ToDay(indicator.start_date()) : today;
  if (start < today - kLongestPast) bad.Add("risk_indicator.start_date", kStartTooEarly, {{"day", time::DayText(start)}});
  RETURN_IF_ERROR(bad.status());
  for (const std::string& risk : indicator.risks()) RETURN_IF_ERROR(FindSeen(risks_, tx.call, tx.sql, risk).status());
  ASSIGN_OR_RETURN(const std::string restricted, RestrictedOf(tx.sql, {indicator.risks().begin(), indicator.risks().end()}));
  Mark(restricted, indicator);
  *indicator.mutable_start_date() = time::ToDate(start);
  *indicator.mutable_next_period() = time::ToDate(PeriodOf(indicator.definition().period(), start));
  indicator.set_state(RiskIndicator::STATE_ACTIVE);
  indicator.set_definition_version(1);
  return job::Schedule(tx, {JudgeJobOf(indicator.name()), kJudgeJob, indicator.name(), tx.call.now});
}

absl::Status RiskIndicators::Update(record::Transaction& tx, const RiskIndicator& before, RiskIndicator& after) {
  if (before.state() != RiskIndicator::STATE_ACTIVE) return status::Error(kIndicatorRetired, {{"name", before.name()}});
  for (const std::string& risk : after.risks()) {
    // What was named before may have gone since.
    if (std::find(before.risks().begin(), before.risks().end(), risk) != before.risks().end()) continue;
    RETURN_IF_ERROR(FindSeen(risks_, tx.call, tx.sql, risk).status());
  }
  ASSIGN_OR_RETURN(const std::string restricted, RestrictedOf(tx.sql, {after.risks().begin(), after.risks().end()}));
  Mark(restricted, after);
  if (google::protobuf::util::MessageDifferencer::Equals(before.definition(), after.definition())) return absl::OkStatus();
  if (before.definition().period() != after.definition().period()) return status::Error(kPeriodFixed, {{"name", before.name()}});
  status::BadFields bad;
  CheckDefinition("risk_indicator.definition", after.definition(), bad);
  RETURN_IF_ERROR(bad.status());
  after.set_definition_version(before.definition_version() + 1);
  after.set_pending_periods(0);
  after.set_pending_light(v1::LIGHT_UNSPECIFIED);
  return absl::OkStatus();
}

absl::StatusOr<RiskIndicator> RiskIndicators::Retire(record::Transaction& tx, const v1::RetireRiskIndicatorRequest& request) {
  return indicators_.Change(tx, request, "retire", [&](RiskIndicator& after) { return job::Cancel(tx, JudgeJobOf(after.name())); });
}

absl::Status RiskIndicators::AskForAssessments(record::Transaction& tx, const RiskIndicator& indicator,
                                               const IndicatorReading& reading) const {
  std::vector<std::string> shown(indicator.risks().begin(), indicator.risks().end());
  ASSIGN_OR_RETURN(const std::string accepted, proposals_.AcceptedOf(tx.sql, indicator.name()));
  if (!accepted.empty()) shown.push_back(accepted);
  std::set<std::string> asked;
  for (const std::string& name : shown) {
    // What was merged into another one is shown by it there.
    const absl::StatusOr<v1::Risk> risk = LivesOnIn(risks_, tx.sql, name);
    if (absl::IsNotFound(risk.status())) continue;
    RETURN_IF_ERROR(risk.status());
    if (risk->state() == v1::Risk::STATE_CLOSED || !asked.insert(risk->name()).second) continue;
    RETURN_IF_ERROR(duties_.Ask(tx, *risk, v1::AssessmentDuty::CAUSE_INDICATOR, reading.name()));
  }
  return asked.empty() ? proposals_.Propose(tx, indicator, reading) : absl::OkStatus();
}

absl::Status RiskIndicators::Read(record::Transaction& tx, const std::string& name, absl::CivilDay first, const Figure& figure) const {
  ASSIGN_OR_RETURN(record::Step<RiskIndicator> step, indicators_.Begin(tx, record::Target(name)));
  const RiskIndicator& before = step.before;
  // Somebody may have judged it, or changed how it is judged, since the figure was asked for.
  if (before.state() != RiskIndicator::STATE_ACTIVE || time::ToDay(before.next_period()) != first) return absl::OkStatus();
  const LightState state = StateOf(before);
  IndicatorReading reading;
  reading.set_name(ReadingOf(name, first));
  *reading.mutable_period() = before.next_period();
  *reading.mutable_last_date() = time::ToDate(LastDayOf(before.definition().period(), first));
  Mark(before.restricted_risk(), reading);
  reading.set_definition_version(before.definition_version());
  *reading.mutable_definition() = before.definition();
  if (figure.watermark.has_value()) *reading.mutable_watermark() = *figure.watermark;
  reading.set_source_version(figure.version);
  reading.set_metric_etag(figure.metric_etag);
  reading.set_light_before(state.light);
  reading.set_pending_before(state.pending_periods);
  reading.set_pending_light_before(state.pending);
  if (figure.value.has_value()) {
    reading.set_value(*figure.value);
    SetState(Judge(before.definition(), state, *figure.value), step.after);
  } else {
    step.after.set_light(v1::LIGHT_UNKNOWN);
  }
  reading.set_light(step.after.light());
  RETURN_IF_ERROR(readings_.Insert(tx, reading, "judge"));
  step.after.set_reading(reading.name());
  *step.after.mutable_next_period() = time::ToDate(PeriodAfter(before.definition().period(), first));
  step.verb = before.light() != step.after.light() ? "turn" : "judge";
  RETURN_IF_ERROR(indicators_.Finish(tx, step).status());
  const bool turned_red = step.after.light() == v1::LIGHT_RED && state.light != v1::LIGHT_RED;
  return turned_red ? AskForAssessments(tx, step.after, reading) : absl::OkStatus();
}

absl::Status RiskIndicators::Correct(record::Transaction& tx, const std::string& name, const IndicatorReading& latest,
                                     const Figure& figure) const {
  ASSIGN_OR_RETURN(record::Step<RiskIndicator> step, indicators_.Begin(tx, record::Target(name)));
  if (step.before.state() != RiskIndicator::STATE_ACTIVE) return absl::OkStatus();
  const std::string first = ReadingOf(name, time::ToDay(latest.period()));
  int64_t readings = 0;
  std::string newest;
  RETURN_IF_ERROR(tx.sql.Query("SELECT name FROM indicator_readings WHERE name = ? OR (name > ? AND name < ?) ORDER BY name",
                               sql::Bind(first, first + "-", first + "."), [&](const sql::Row& row) {
                                 ++readings;
                                 newest = row.Text(0);
                               }));
  // Somebody has corrected it since the figure was asked for.
  if (newest != latest.name()) return absl::OkStatus();
  IndicatorReading reading = latest;
  reading.set_name(absl::StrFormat("%s-%03d", first, readings));
  reading.set_correction(true);
  Mark(step.before.restricted_risk(), reading);
  reading.set_value(*figure.value);
  reading.clear_watermark();
  if (figure.watermark.has_value()) *reading.mutable_watermark() = *figure.watermark;
  reading.set_source_version(figure.version);
  reading.set_metric_etag(figure.metric_etag);
  const LightState judged =
      Judge(latest.definition(), {latest.light_before(), latest.pending_before(), latest.pending_light_before()}, *figure.value);
  reading.set_light(judged.light);
  RETURN_IF_ERROR(readings_.Insert(tx, reading, "correct"));
  const v1::Light known = StateOf(step.before).light;
  // The figure that was missing last has come.
  const bool found = step.before.light() == v1::LIGHT_UNKNOWN && latest.light() == v1::LIGHT_UNKNOWN &&
                     time::ToDay(step.before.next_period()) == time::ToDay(latest.last_date()) + 1;
  if (judged.light <= known && !found) return absl::OkStatus();
  SetState({std::max(judged.light, known), 0, v1::LIGHT_UNSPECIFIED}, step.after);
  step.after.set_reading(reading.name());
  step.verb = "turn";
  RETURN_IF_ERROR(indicators_.Finish(tx, step).status());
  const bool turned_red = step.after.light() == v1::LIGHT_RED && known != v1::LIGHT_RED;
  return turned_red ? AskForAssessments(tx, step.after, reading) : absl::OkStatus();
}

absl::Status RiskIndicators::LookBack(const rpc::Call& call, const RiskIndicator& indicator) const {
  const auto latest = context_.store.Read(call, [&](sql::Session& session) {
    sql::Values values = record::ChildRange(indicator.name(), "readings");
    values.emplace_back(int64_t{kPeriodsLookedAt} * 2);
    return readings_.Select(session, "WHERE name > ? AND name < ? ORDER BY name DESC LIMIT ?", values);
  });
  RETURN_IF_ERROR(latest.status());
  std::vector<absl::CivilDay> seen;
  for (const IndicatorReading& reading : *latest) {
    const absl::CivilDay period = time::ToDay(reading.period());
    // Corrections come after what they correct, so the latest of a period is met first.
    if (std::find(seen.begin(), seen.end(), period) != seen.end()) continue;
    if (static_cast<int>(seen.size()) == kPeriodsLookedAt) break;
    seen.push_back(period);
    ASSIGN_OR_RETURN(const Figure figure, figures_.Ask(call, reading.definition(), period, time::ToDay(reading.last_date())));
    const bool same = !figure.value.has_value() || (reading.has_value() && reading.value() == *figure.value);
    if (!figure.closed || same) continue;
    RETURN_IF_ERROR(context_.store.Write(call, [&](record::Transaction& tx) { return Correct(tx, indicator.name(), reading, figure); }));
  }
  return absl::OkStatus();
}

job::Outcome RiskIndicators::JudgeDue(const rpc::Call& call, const job::Job& job) {
  // A year of days is more than a call may take; the rest is for the next ones.
  constexpr int kAtOnce = 60;
  for (int i = 0; i < kAtOnce; ++i) {
    const auto indicator = context_.store.Read(call, [&](sql::Session& session) { return indicators_.Find(session, job.payload); });
    if (!indicator.ok()) return job::Outcome::Failed(indicator.status());
    if (indicator->state() != RiskIndicator::STATE_ACTIVE) return job::Outcome::Done();
    const absl::CivilDay first = time::ToDay(indicator->next_period());
    const absl::CivilDay last = LastDayOf(indicator->definition().period(), first);
    const absl::Time end = figures_.EndOf(last);
    if (end > call.now) {
      const absl::Status looked = LookBack(call, *indicator);
      if (!looked.ok()) return job::Outcome::Failed(looked);
      return job::Outcome::Again(std::min(end, call.now + kLookAgain));
    }
    absl::StatusOr<Figure> figure = figures_.Ask(call, indicator->definition(), first, last);
    const bool told = figure.ok() && figure->closed && figure->value.has_value();
    if (!told && call.now < end + absl::Hours(indicator->definition().allowed_age_hours())) {
      return figure.ok() ? job::Outcome::Again(call.now + kAwait) : job::Outcome::Failed(figure.status());
    }
    if (!told) {
      if (!figure.ok()) figure = Figure();
      figure->value.reset();
    }
    const absl::Status read = context_.store.Write(call, [&](record::Transaction& tx) { return Read(tx, job.payload, first, *figure); });
    if (!read.ok()) return job::Outcome::Failed(read);
  }
  return job::Outcome::Again(call.now);
}

void RiskIndicators::Bind(record::Methods& methods) {
  methods.Reads(indicators_);
  methods.Creates(indicators_, this, &RiskIndicators::Create);
  methods.Updates(indicators_, this, &RiskIndicators::Update);
  methods.Bind("RetireRiskIndicator", this, &RiskIndicators::Retire);
  methods.Reads(readings_);
}

}  // namespace heitie::risk
