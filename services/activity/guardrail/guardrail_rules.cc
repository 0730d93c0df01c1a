#include "services/activity/guardrail/guardrail_rules.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/time/instant.h"
#include "services/activity/incident/incident_rules.h"

namespace heitie::activity {

using v1::ActivityGuardrail;
using v1::GuardrailRun;
using v1::Target;

const status::Reason kBadGuardrailSignal{absl::StatusCode::kInvalidArgument, "BAD_GUARDRAIL_SIGNAL",
                                         "This belongs to another signal, or the signal lacks it.",
                                         "此欄位不適用於該訊號，或該訊號缺少此欄位。"};
const status::Reason kBadGuardrailBound{
    absl::StatusCode::kInvalidArgument, "BAD_GUARDRAIL_BOUND",
    "A figure has one bound, fixed or as a share of a target, with a direction; a page or alert has none.",
    "資料訊號須有一個界限（固定值或目標的比例）與方向；頁面與警示則無。"};
const status::Reason kClearBoundSide{absl::StatusCode::kInvalidArgument, "CLEAR_BOUND_SIDE",
                                     "The clear bound lies on the good side of the bound.", "恢復界限必須位於界限的良好一側。"};
const status::Reason kBadGuardrailWindow{
    absl::StatusCode::kInvalidArgument, "BAD_GUARDRAIL_WINDOW",
    "A window is a minute to a day long, in whole seconds that divide a day; waits are at most seven days.",
    "時段長度須為一分鐘至一日、可整除一日的整數秒；等待時間最多七日。"};
const status::Reason kTargetMissing{absl::StatusCode::kInvalidArgument, "TARGET_MISSING",
                                    "The activity has no target of this measure, of which the bound would be a share.",
                                    "活動沒有此衡量方式的目標，無法以比例訂定界限。"};
const status::Reason kResumesNotByFigures{absl::StatusCode::kInvalidArgument, "RESUMES_NOT_BY_FIGURES",
                                          "Only a page that paused the activity lets it resume by itself.",
                                          "僅因頁面而暫停的活動可以自動恢復。"};

namespace {

const absl::Duration kDay = absl::Hours(24);
const absl::Duration kLongestWait = absl::Hours(24 * 7);

int AtLeastOne(int n) { return std::max(1, n); }

bool IsCounted(Target::Measure measure) {
  return measure == Target::MEASURE_PARTICIPANTS || measure == Target::MEASURE_IMPRESSIONS || measure == Target::MEASURE_CLICKS ||
         measure == Target::MEASURE_CONVERSIONS;
}

Target::Measure MeasureOf(const ActivityGuardrail& rule) {
  switch (rule.signal()) {
    case ActivityGuardrail::SIGNAL_CLICK_THROUGH_RATE:
      return Target::MEASURE_CLICK_THROUGH_RATE;
    case ActivityGuardrail::SIGNAL_CONVERSION_RATE:
      return Target::MEASURE_CONVERSION_RATE;
    case ActivityGuardrail::SIGNAL_COUNT:
      return rule.count();
    case ActivityGuardrail::SIGNAL_METRIC:
      return Target::MEASURE_METRIC;
    default:
      return Target::MEASURE_UNSPECIFIED;
  }
}

// What a share of 1 is in a window of the rule; nothing without such a target.
std::optional<double> TargetOf(const ActivityGuardrail& rule, const v1::Activity& activity) {
  for (const Target& target : activity.targets()) {
    if (target.measure() != MeasureOf(rule) || target.metric() != rule.metric()) continue;
    if (IsRate(rule.signal())) return target.target();
    const absl::Duration planned = time::ToTime(activity.end_time()) - time::ToTime(activity.start_time());
    return target.target() * absl::FDivDuration(FromProto(rule.window()), planned);
  }
  return std::nullopt;
}

bool IsSourced(ActivityGuardrail::Signal signal) {
  return signal == ActivityGuardrail::SIGNAL_PAGE || signal == ActivityGuardrail::SIGNAL_ALERT_RULE;
}

void CheckSignal(const std::string& field, const ActivityGuardrail& rule, status::BadFields& bad) {
  const bool counts = rule.signal() == ActivityGuardrail::SIGNAL_COUNT;
  if (counts != (rule.count() != Target::MEASURE_UNSPECIFIED) || (counts && !IsCounted(rule.count()))) {
    bad.Add(field + ".count", kBadGuardrailSignal);
  }
  if ((rule.signal() == ActivityGuardrail::SIGNAL_METRIC) == rule.metric().empty()) bad.Add(field + ".metric", kBadGuardrailSignal);
  if (IsSourced(rule.signal()) == rule.source().empty()) bad.Add(field + ".source", kBadGuardrailSignal);
  if (rule.resume_by_itself() && (rule.signal() != ActivityGuardrail::SIGNAL_PAGE || rule.action() != ActivityGuardrail::ACTION_PAUSE)) {
    bad.Add(field + ".resume_by_itself", kResumesNotByFigures);
  }
}

void CheckBounds(const std::string& field, const ActivityGuardrail& rule, const v1::Activity& activity, status::BadFields& bad) {
  const bool figures = IsOnFigures(rule.signal());
  if (figures != (rule.direction() != Target::DIRECTION_UNSPECIFIED)) bad.Add(field + ".direction", kBadGuardrailBound);
  const int given = (rule.has_bound() ? 1 : 0) + (rule.has_target_share() ? 1 : 0);
  if (given != (figures ? 1 : 0)) bad.Add(field + ".bound", kBadGuardrailBound);
  if (rule.has_clear_bound() && !rule.has_bound()) bad.Add(field + ".clear_bound", kBadGuardrailBound);
  if (rule.has_clear_target_share() && !rule.has_target_share()) bad.Add(field + ".clear_target_share", kBadGuardrailBound);
  if (rule.confidence_z() != 0 && !IsRate(rule.signal())) bad.Add(field + ".confidence_z", kBadGuardrailBound);
  const bool least = rule.direction() == Target::DIRECTION_AT_LEAST;
  const auto wrong = [&](double bound, double clear) { return least ? clear < bound : clear > bound; };
  if (rule.has_bound() && rule.has_clear_bound() && wrong(rule.bound(), rule.clear_bound())) {
    bad.Add(field + ".clear_bound", kClearBoundSide);
  }
  if (rule.has_target_share() && rule.has_clear_target_share() && wrong(rule.target_share(), rule.clear_target_share())) {
    bad.Add(field + ".clear_target_share", kClearBoundSide);
  }
  if (!figures || !rule.has_target_share()) return;
  if (rule.signal() == ActivityGuardrail::SIGNAL_COMPLAINTS_PER_1000 || !(rule.target_share() > 0)) {
    bad.Add(field + ".target_share", kBadGuardrailBound);
  } else if (!TargetOf(rule, activity).has_value()) {
    bad.Add(field + ".target_share", kTargetMissing);
  }
}

void CheckTimes(const std::string& field, const ActivityGuardrail& rule, status::BadFields& bad) {
  const absl::Duration window = FromProto(rule.window());
  if (IsOnFigures(rule.signal())) {
    if (rule.window().nanos() != 0 || window < absl::Minutes(1) || window > kDay || kDay % window != absl::ZeroDuration()) {
      bad.Add(field + ".window", kBadGuardrailWindow);
    }
  } else {
    if (rule.has_window()) bad.Add(field + ".window", kBadGuardrailWindow);
    if (rule.has_warm_up()) bad.Add(field + ".warm_up", kBadGuardrailWindow);
  }
  for (const auto& [name, wait] :
       {std::pair(".warm_up", FromProto(rule.warm_up())), std::pair(".reopen_within", FromProto(rule.reopen_within()))}) {
    if (wait < absl::ZeroDuration() || wait > kLongestWait) bad.Add(field + name, kBadGuardrailWindow);
  }
}

// z²/n terms of Wilson's interval: its middle and half width.
std::pair<double, double> Wilson(int64_t hits, int64_t sample, double z) {
  const auto n = static_cast<double>(sample);
  const double p = static_cast<double>(hits) / n, zz = z * z;
  const double scale = 1 + zz / n;
  return {(p + zz / (2 * n)) / scale, z * std::sqrt(p * (1 - p) / n + zz / (4 * n * n)) / scale};
}

std::optional<double> FigureOf(const ActivityGuardrail& rule, const WindowFigures& figures) {
  if (rule.signal() == ActivityGuardrail::SIGNAL_COUNT) return static_cast<double>(figures.sample);
  if (rule.signal() == ActivityGuardrail::SIGNAL_METRIC) return figures.value;
  if (figures.sample <= 0) return std::nullopt;
  const double rate = static_cast<double>(figures.hits) / static_cast<double>(figures.sample);
  return rule.signal() == ActivityGuardrail::SIGNAL_COMPLAINTS_PER_1000 ? 1000 * rate : rate;
}

void Open(const ActivityGuardrail& rule, absl::Time episode, absl::Time now, GuardrailRun& run, GuardrailTurn& turn) {
  turn.opens = true;
  const absl::Duration within = FromProto(rule.reopen_within());
  turn.same_incident =
      run.episodes() > 0 && run.has_clear_time() && rule.has_reopen_within() && now - time::ToTime(run.clear_time()) <= within;
  run.set_open(true);
  run.set_breaches(0);
  run.set_clears(0);
  *run.mutable_episode_time() = time::ToTimestamp(episode);
  run.clear_clear_time();
  run.set_episodes(run.episodes() + 1);
}

void Close(absl::Time at, GuardrailRun& run, GuardrailTurn& turn) {
  turn.clears = true;
  run.set_open(false);
  run.set_breaches(0);
  run.set_clears(0);
  *run.mutable_clear_time() = time::ToTimestamp(at);
}

}  // namespace

bool IsOnFigures(ActivityGuardrail::Signal signal) { return signal != ActivityGuardrail::SIGNAL_UNSPECIFIED && !IsSourced(signal); }

bool IsRate(ActivityGuardrail::Signal signal) {
  return signal == ActivityGuardrail::SIGNAL_CLICK_THROUGH_RATE || signal == ActivityGuardrail::SIGNAL_CONVERSION_RATE;
}

void CheckGuardrail(const std::string& field, const ActivityGuardrail& rule, const v1::Activity& activity, status::BadFields& bad) {
  CheckSignal(field, rule, bad);
  CheckTimes(field, rule, bad);
  CheckBounds(field, rule, activity, bad);
}

std::optional<GuardrailBounds> BoundsOf(const ActivityGuardrail& rule, const v1::Activity& activity) {
  GuardrailBounds bounds;
  bounds.at_least = rule.direction() == Target::DIRECTION_AT_LEAST;
  if (rule.has_bound()) {
    bounds.bound = rule.bound();
    bounds.clear = rule.has_clear_bound() ? rule.clear_bound() : rule.bound();
    return bounds;
  }
  const std::optional<double> target = TargetOf(rule, activity);
  if (!target.has_value()) return std::nullopt;
  bounds.bound = rule.target_share() * *target;
  bounds.clear = (rule.has_clear_target_share() ? rule.clear_target_share() : rule.target_share()) * *target;
  return bounds;
}

double WilsonUpper(int64_t hits, int64_t sample, double z) {
  const auto [middle, half] = Wilson(hits, sample, z);
  return middle + half;
}

double WilsonLower(int64_t hits, int64_t sample, double z) {
  const auto [middle, half] = Wilson(hits, sample, z);
  return middle - half;
}

WindowJudgement JudgeWindow(const ActivityGuardrail& rule, const GuardrailBounds& bounds, const WindowFigures& figures) {
  WindowJudgement judgement;
  if (figures.missing) {
    judgement.verdict = v1::WINDOW_VERDICT_MISSING;
    return judgement;
  }
  judgement.figure = FigureOf(rule, figures);
  if (!judgement.figure.has_value() || figures.sample < rule.min_sample()) {
    judgement.verdict = v1::WINDOW_VERDICT_THIN;
    return judgement;
  }
  const double figure = *judgement.figure;
  // Clicks that are delivered without their impressions make a rate above 1, which has no interval.
  if (rule.confidence_z() > 0 && IsRate(rule.signal()) && figures.hits <= figures.sample) {
    judgement.wilson = bounds.at_least ? WilsonUpper(figures.hits, figures.sample, rule.confidence_z())
                                       : WilsonLower(figures.hits, figures.sample, rule.confidence_z());
  }
  const double judged = judgement.wilson.value_or(figure);
  if (bounds.at_least ? judged < bounds.bound : judged > bounds.bound) {
    judgement.verdict = v1::WINDOW_VERDICT_BREACH;
  } else if (bounds.at_least ? figure >= bounds.clear : figure <= bounds.clear) {
    judgement.verdict = v1::WINDOW_VERDICT_CLEAR;
  } else {
    judgement.verdict = v1::WINDOW_VERDICT_HOLD;
  }
  return judgement;
}

GuardrailTurn Advance(const ActivityGuardrail& rule, v1::WindowVerdict verdict, absl::Time start, absl::Time end, GuardrailRun& run) {
  GuardrailTurn turn;
  if (verdict == v1::WINDOW_VERDICT_MISSING) {
    run.set_missing(run.missing() + 1);
    turn.tells_missing = run.missing() == AtLeastOne(rule.missing_after());
  } else {
    run.set_missing(0);
  }
  if (run.breaches() > 0 && start - time::ToTime(run.last_breach_time()) > kForgetAfter * (end - start)) run.set_breaches(0);
  switch (verdict) {
    case v1::WINDOW_VERDICT_BREACH: {
      if (!run.open() && run.breaches() == 0) *run.mutable_episode_time() = time::ToTimestamp(start);
      *run.mutable_last_breach_time() = time::ToTimestamp(start);
      run.set_clears(0);
      if (run.open()) break;
      run.set_breaches(run.breaches() + 1);
      if (run.breaches() >= AtLeastOne(rule.open_after())) Open(rule, time::ToTime(run.episode_time()), start, run, turn);
      break;
    }
    case v1::WINDOW_VERDICT_CLEAR:
      run.set_breaches(0);
      if (!run.open()) break;
      run.set_clears(run.clears() + 1);
      if (run.clears() >= AtLeastOne(rule.clear_after())) Close(end, run, turn);
      break;
    case v1::WINDOW_VERDICT_HOLD:
      run.set_breaches(0);
      run.set_clears(0);
      break;
    default:
      break;
  }
  return turn;
}

GuardrailTurn Switch(const ActivityGuardrail& rule, bool breached, absl::Time at, GuardrailRun& run) {
  GuardrailTurn turn;
  if (breached == run.open()) return turn;
  if (breached) {
    *run.mutable_last_breach_time() = time::ToTimestamp(at);
    Open(rule, at, at, run, turn);
  } else {
    Close(at, run, turn);
  }
  return turn;
}

absl::Time AlignUp(absl::Time time, absl::Duration window) {
  const absl::Duration since = time - absl::UnixEpoch();
  const absl::Duration over = since % window;
  return over == absl::ZeroDuration() ? time : time + (window - over);
}

bool Loosens(const ActivityGuardrail& before, const ActivityGuardrail& after) {
  const bool least = before.direction() == Target::DIRECTION_AT_LEAST;
  const auto easier = [&](double from, double to) { return least ? to < from : to > from; };
  // A bound of another kind may be either; whoever changes it answers for it as for a looser one.
  if (before.direction() != after.direction() || before.has_bound() != after.has_bound()) return true;
  if (before.count() != after.count() || before.metric() != after.metric() || before.source() != after.source()) return true;
  if (easier(before.bound(), after.bound()) || easier(before.target_share(), after.target_share())) return true;
  const auto clear = [](const ActivityGuardrail& rule) { return rule.has_clear_bound() ? rule.clear_bound() : rule.bound(); };
  const auto clear_share = [](const ActivityGuardrail& rule) {
    return rule.has_clear_target_share() ? rule.clear_target_share() : rule.target_share();
  };
  if (easier(clear(before), clear(after)) || easier(clear_share(before), clear_share(after))) return true;
  if (FromProto(before.window()) != FromProto(after.window())) return true;
  if (after.min_sample() > before.min_sample() || after.confidence_z() > before.confidence_z()) return true;
  if (AtLeastOne(after.open_after()) > AtLeastOne(before.open_after())) return true;
  if (AtLeastOne(after.clear_after()) < AtLeastOne(before.clear_after())) return true;
  if (AtLeastOne(after.missing_after()) > AtLeastOne(before.missing_after())) return true;
  if (FromProto(after.warm_up()) > FromProto(before.warm_up())) return true;
  if (after.action() < before.action() || (after.resume_by_itself() && !before.resume_by_itself())) return true;
  const auto gravity = [](v1::Incident::Severity s) { return s == v1::Incident::SEVERITY_UNSPECIFIED ? 4 : static_cast<int>(s); };
  return gravity(after.severity()) > gravity(before.severity());
}

v1::TryActivityGuardrailResponse TryWindows(const ActivityGuardrail& rule, const GuardrailBounds& bounds,
                                            const std::vector<WindowFigures>& windows, absl::Time start) {
  v1::TryActivityGuardrailResponse response;
  response.set_bound(bounds.bound);
  response.set_clear_bound(bounds.clear);
  const absl::Duration length = FromProto(rule.window());
  GuardrailRun run;
  int incidents = 0;
  for (size_t i = 0; i < windows.size(); ++i) {
    const WindowJudgement judgement = JudgeWindow(rule, bounds, windows[i]);
    const absl::Time begin = start + static_cast<int64_t>(i) * length;
    const GuardrailTurn turn = Advance(rule, judgement.verdict, begin, begin + length, run);
    auto& out = *response.add_windows();
    if (judgement.figure.has_value()) out.set_figure(*judgement.figure);
    if (judgement.wilson.has_value()) out.set_wilson_bound(*judgement.wilson);
    out.set_verdict(judgement.verdict);
    out.set_opens(turn.opens);
    out.set_clears(turn.clears);
    out.set_tells_missing(turn.tells_missing);
    if (turn.opens && !turn.same_incident) ++incidents;
    if (turn.opens) out.set_incident(incidents);
    *out.mutable_run() = run;
  }
  return response;
}

}  // namespace heitie::activity
