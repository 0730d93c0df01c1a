#include "services/metrics/warning/rule_judge.h"

#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "common/status/macros.h"
#include "services/metrics/warning/archive.h"

namespace heitie::metrics {
namespace {

using v1::AlertCondition;
using v1::AlertRule;

void JudgeThreshold(const v1::ThresholdCondition& condition, JudgedInterval& judged) {
  const bool above = condition.has_upper() && judged.figure > condition.upper();
  const bool below = condition.has_lower() && judged.figure < condition.lower();
  judged.breach = above || below ? Breach::kYes : Breach::kNo;
  judged.reference = below || !condition.has_upper() ? condition.lower() : condition.upper();
}

void JudgeChange(const v1::ChangeCondition& condition, const JudgeWorld& world, JudgedInterval& judged) {
  const auto before = world.before.find(IntervalBefore(condition.base(), judged.start, world.zone));
  if (before == world.before.end() || before->second == 0) return;
  judged.reference = before->second;
  const double percent = (judged.figure - before->second) / std::abs(before->second) * 100;
  const bool risen = condition.has_rise_percent() && percent > condition.rise_percent();
  const bool fallen = condition.has_fall_percent() && -percent > condition.fall_percent();
  judged.breach = risen || fallen ? Breach::kYes : Breach::kNo;
}

void JudgeAnomaly(const JudgeWorld& world, Detector& detector, JudgedInterval& judged) {
  SeriesPoint point;
  point.time = absl::ToDoubleSeconds(judged.start - absl::UnixEpoch());
  point.local_time = point.time + world.zone.At(judged.start).offset;
  point.value = judged.figure;
  if (world.day_kind) point.day = world.day_kind(absl::ToCivilDay(judged.start, world.zone));
  const PointScore verdict = detector.Take(point);
  judged.breach = verdict.alert ? Breach::kYes : Breach::kNo;
  judged.reference = verdict.expected;
}

void JudgeSilence(const v1::MissingDataCondition& condition, RuleState& state, JudgedInterval& judged) {
  if (state.delivered == absl::InfinitePast()) state.delivered = judged.start;
  if (judged.figure > 0) state.delivered = judged.end;
  judged.reference = condition.silence_minutes();
  judged.breach = judged.end - state.delivered >= absl::Minutes(condition.silence_minutes()) ? Breach::kYes : Breach::kNo;
}

void JudgeForecast(const v1::ForecastCondition& condition, const JudgeWorld& world, JudgedInterval& judged) {
  const absl::CivilDay today = absl::ToCivilDay(judged.start, world.zone);
  const std::optional<absl::CivilDay> end = LastDayOf(condition.target(), today);
  DailyFigures known = world.days;
  if (!end || today < known.first || today > known.last()) return;
  known.values.resize(static_cast<size_t>(today - known.first) + 1);
  known = Begun(std::move(known));
  const auto history = HistoryOf(known, world.aggregation, static_cast<int>(*end - today), SortBy(world.day_kind));
  const statistics::Defined<statistics::Forecast> forecast = statistics::Forecast::Of(history);
  if (!forecast) return;
  const v1::TargetForecast target = TargetOf(condition.target(), *end, known, *forecast);
  judged.figure = target.value();
  judged.reference = condition.target().amount();
  judged.breach = target.chance() < condition.least_chance() ? Breach::kYes : Breach::kNo;
}

}  // namespace

SortOfDay SortBy(std::function<DayKind(absl::CivilDay)> kinds) {
  return [kinds = std::move(kinds)](absl::CivilDay day) {
    const DayKind kind = kinds ? kinds(day) : DayKind::kByWeekday;
    return kind == DayKind::kDayOff   ? statistics::DaySort::kDayOff
           : kind == DayKind::kMadeUp ? statistics::DaySort::kMadeUp
                                      : statistics::DaySort::kUsual;
  };
}

OpeningRule OpeningOf(const AlertRule& rule) { return {rule.breaches_to_open(), rule.window(), rule.clear_to_close()}; }

std::string RuleState::Save() const {
  ArchiveWriter out;
  out(delivered == absl::InfinitePast() ? int64_t{-1} : absl::ToUnixMicros(delivered));
  const std::string learnt = detector.Save();
  out(static_cast<int32_t>(learnt.size()));
  return out.out + learnt + finder.Save();
}

absl::StatusOr<RuleState> RuleState::Load(OpeningRule opening, absl::string_view text) {
  RuleState state(opening);
  ArchiveReader in{text};
  int64_t delivered = 0;
  int32_t size = 0;
  in(delivered);
  in(size);
  if (!in.ok || size < 0 || static_cast<size_t>(size) > in.in.size()) return absl::DataLossError("not the state of a rule");
  if (delivered >= 0) state.delivered = absl::FromUnixMicros(delivered);
  ASSIGN_OR_RETURN(state.detector, Detector::Load(in.in.substr(0, size)));
  ASSIGN_OR_RETURN(state.finder, EpisodeFinder::Load(opening, in.in.substr(size)));
  return state;
}

absl::Time IntervalBefore(v1::ChangeCondition::Base base, absl::Time start, absl::TimeZone zone) {
  const absl::CivilSecond at = absl::ToCivilSecond(start, zone);
  const absl::CivilDay day = absl::CivilDay(at) - (base == v1::ChangeCondition::BASE_WEEK_BEFORE ? 7 : 1);
  return absl::FromCivil(absl::CivilSecond(day) + (at - absl::CivilSecond(absl::CivilDay(at))), zone);
}

JudgedInterval JudgeInterval(const AlertRule& rule, const JudgeWorld& world, absl::Time start, absl::Time end, std::optional<double> figure,
                             RuleState& state) {
  JudgedInterval judged{start, end, Breach::kUnknown, figure.value_or(0)};
  const AlertCondition& condition = rule.condition();
  if (condition.has_missing_data()) {
    JudgeSilence(condition.missing_data(), state, judged);
    return judged;
  }
  if (!figure || !std::isfinite(*figure)) return judged;
  if (condition.has_threshold()) JudgeThreshold(condition.threshold(), judged);
  if (condition.has_change()) JudgeChange(condition.change(), world, judged);
  if (condition.has_forecast()) JudgeForecast(condition.forecast(), world, judged);
  if (condition.has_anomaly()) JudgeAnomaly(world, state.detector, judged);
  return judged;
}

std::optional<JudgedInterval> JudgeEarly(const AlertRule& rule, absl::Time start, absl::Time end, double figure) {
  const v1::ThresholdCondition& condition = rule.condition().threshold();
  if (!rule.condition().has_threshold() || !condition.has_upper() || !(figure > condition.upper())) return std::nullopt;
  return JudgedInterval{start, end, Breach::kYes, figure, condition.upper(), true};
}

SeriesJudgement JudgeSeries(const AlertRule& rule, const JudgeWorld& world, const std::vector<absl::Time>& bounds,
                            const std::vector<std::optional<double>>& figures, RuleState state, absl::Time new_base,
                            const std::optional<JudgedInterval>& early) {
  SeriesJudgement judgement;
  for (size_t i = 0; i + 1 < bounds.size(); ++i) {
    if (bounds[i] == new_base) judgement.base = state;
    const JudgedInterval judged = JudgeInterval(rule, world, bounds[i], bounds[i + 1], figures[i], state);
    ++judgement.intervals;
    if (judged.breach == Breach::kUnknown) ++judgement.unknown;
    if (std::optional<Episode> over = state.finder.Take(judged)) judgement.episodes.push_back(*std::move(over));
  }
  if (bounds.back() == new_base) judgement.base = state;
  if (early) state.finder.Take(*early);
  if (state.finder.open()) judgement.episodes.push_back(*state.finder.open());
  return judgement;
}

}  // namespace heitie::metrics
