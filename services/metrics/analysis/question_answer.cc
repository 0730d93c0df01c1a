#include "services/metrics/analysis/question_answer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/metrics/analysis/contribution.h"

namespace heitie::metrics::analysis {

const status::Reason kBadSelection{absl::StatusCode::kInvalidArgument, "BAD_SELECTION", "The answer has no such number: {why}.",
                                   "答案中沒有此項資料：{why}。"};

namespace {

const status::Phrase kNoInterval{"its intervals, days and cohorts are counted from 1", "時間區間、日與世代由 1 起算"};
const status::Phrase kNoUsersBehind{"there are no users behind figures of measurements, ratios and contributions",
                                    "測量值、比率與貢獻分析沒有對應的使用者"};
const status::Phrase kNoStep{"its steps are counted from 1", "步驟由 1 起算"};
const status::Phrase kNoN{"N goes from 0 to the horizon", "N 介於 0 與上限之間"};
const status::Phrase kGroupLength{"a group has a value for each property of the breakdown", "分組須對每個屬性各有一個值"};
const status::Phrase kTrailing{"trailing days are 1, 7 or 30", "回溯天數須為 1、7 或 30"};

absl::Status NoSuch(const char* field, const status::Phrase& why) {
  status::BadFields bad;
  bad.Add(std::string("selection.") + field, kBadSelection, {{"why", why}});
  return bad.status();
}

v1::TimeInterval ToInterval(const Window& window) {
  v1::TimeInterval interval;
  *interval.mutable_start_time() = time::ToTimestamp(window.start);
  *interval.mutable_end_time() = time::ToTimestamp(window.end);
  return interval;
}

v1::GroupValue ToGroupValue(const std::string& property, const std::optional<std::string>& value) {
  v1::GroupValue group;
  group.set_property(property);
  if (value.has_value()) group.set_value(*value);
  return group;
}

std::vector<Window> IntervalsOf(const QuestionPlan& plan) {
  if (!plan.granularity.has_value() || plan.kind == v1::Question::kContribution) return {plan.window};
  return Intervals(plan.window, *plan.granularity, plan.calendar, kMaxIntervals);
}

// ---- Figures.

FigureQuestion QuestionOf(const QuestionPlan& plan, const FigurePlan& figure, const Roaring* among) {
  FigureQuestion question;
  question.events = figure.events;
  question.intervals = IntervalsOf(plan);
  question.breakdown = plan.breakdown;
  question.top = plan.top;
  question.figure = figure.figure;
  question.among = among;
  return question;
}

// The parts that are divided, if anything is.
struct FigureAnswers {
  FigureAnswer numerator;
  std::optional<FigureAnswer> denominator;
};

absl::StatusOr<FigureAnswers> AnswerBoth(Snapshot& snapshot, const QuestionPlan& plan, const Roaring* among) {
  FigureAnswers answers;
  ASSIGN_OR_RETURN(answers.numerator, AnswerFigures(snapshot, QuestionOf(plan, plan.figure, among), plan.calendar));
  if (!plan.denominator.has_value()) return answers;
  std::vector<GroupKey> groups;
  for (const GroupTallies& group : answers.numerator.groups) {
    if (!group.is_other) groups.push_back(group.key);
  }
  const FigureQuestion question = QuestionOf(plan, *plan.denominator, among);
  ASSIGN_OR_RETURN(answers.denominator, AnswerFiguresOf(snapshot, question, groups, plan.calendar));
  return answers;
}

absl::StatusOr<v1::FigureValue> ToValue(const QuestionPlan& plan, const Tally& tally, const Tally* denominator) {
  v1::FigureValue out;
  std::optional<double> value = ValueOf(tally, plan.figure.figure);
  if (denominator != nullptr) {
    const std::optional<double> below = ValueOf(*denominator, plan.denominator->figure);
    if (value.has_value()) out.set_numerator(*value);
    if (below.has_value()) out.set_denominator(*below);
    value = Ratio(value, below);
  }
  const auto error_of = [](const Tally* of) { return of != nullptr && of->approximate ? Sketch::kRelativeError : 0; };
  const double error = (error_of(&tally) + error_of(denominator)) / (1 - error_of(denominator));
  if (value.has_value() && error > 0) out.set_relative_error(error);
  if (value.has_value() && std::isfinite(*value)) out.set_value(*value);
  out.set_count(tally.cell.count);
  out.set_users(tally.users);
  if (tally.cell.sum_minor > std::numeric_limits<int64_t>::max() || tally.cell.sum_minor < std::numeric_limits<int64_t>::min()) {
    return status::Error(kSumTooGreat);
  }
  out.set_sum_minor(static_cast<int64_t>(tally.cell.sum_minor));
  return out;
}

absl::Status FillGroup(const QuestionPlan& plan, const GroupTallies& group, const GroupTallies* below, v1::FigureGroup& out) {
  if (!group.is_other) {
    for (size_t k = 0; k < group.key.size(); ++k) *out.add_values() = ToGroupValue(plan.breakdown[k], group.key[k]);
  }
  out.set_other(group.is_other);
  ASSIGN_OR_RETURN(*out.mutable_total(), ToValue(plan, group.total, below == nullptr ? nullptr : &below->total));
  for (size_t i = 0; i < group.intervals.size(); ++i) {
    ASSIGN_OR_RETURN(*out.add_intervals(), ToValue(plan, group.intervals[i], below == nullptr ? nullptr : &below->intervals[i]));
  }
  return absl::OkStatus();
}

absl::Status FillFigures(Snapshot& snapshot, const QuestionPlan& plan, const Roaring* among, v1::FiguresAnswer& out) {
  ASSIGN_OR_RETURN(const FigureAnswers answers, AnswerBoth(snapshot, plan, among));
  for (const Window& interval : IntervalsOf(plan)) *out.add_intervals() = ToInterval(interval);
  const FigureAnswer* const below = answers.denominator.has_value() ? &*answers.denominator : nullptr;
  RETURN_IF_ERROR(FillGroup(plan, answers.numerator.all, below == nullptr ? nullptr : &below->all, *out.mutable_all()));
  // The denominator has the numerator's groups in their order, and then all others.
  for (size_t g = 0; g < answers.numerator.groups.size(); ++g) {
    RETURN_IF_ERROR(FillGroup(plan, answers.numerator.groups[g], below == nullptr ? nullptr : &below->groups[g], *out.add_groups()));
  }
  const bool rest = below != nullptr && below->groups.size() > answers.numerator.groups.size() && below->groups.back().total.cell.count > 0;
  if (!rest) return absl::OkStatus();
  GroupTallies none;
  none.is_other = true;
  none.intervals.resize(IntervalsOf(plan).size());
  return FillGroup(plan, none, &below->groups.back(), *out.add_groups());
}

// ---- Users.

absl::Status FillActiveUsers(Snapshot& snapshot, const QuestionPlan& plan, const Roaring* among, v1::ActiveUsersAnswer& out) {
  ASSIGN_OR_RETURN(const std::vector<ActiveUsers> days,
                   AnswerActiveUsers(snapshot, plan.definition, DaysOf(plan.window, plan.calendar), among, plan.calendar));
  for (const ActiveUsers& day : days) {
    v1::ActiveUsersAnswer::Day& one = *out.add_days();
    *one.mutable_date() = time::ToDate(day.day);
    one.set_daily(day.daily);
    one.set_weekly(day.weekly);
    one.set_monthly(day.monthly);
    if (const auto stickiness = day.stickiness(); stickiness.has_value()) one.set_stickiness(*stickiness);
  }
  return absl::OkStatus();
}

absl::Status FillGrowth(Snapshot& snapshot, const QuestionPlan& plan, const Roaring* among, v1::GrowthAnswer& out) {
  ASSIGN_OR_RETURN(const std::vector<Growth> intervals, AnswerGrowth(snapshot, plan.definition, DaysOf(plan.window, plan.calendar),
                                                                     plan.granularity.value_or(Granularity::kDay), among, plan.calendar));
  for (const Growth& growth : intervals) {
    v1::GrowthAnswer::Interval& one = *out.add_intervals();
    *one.mutable_interval() = ToInterval(growth.interval);
    one.set_active(growth.active);
    one.set_active_before(growth.active_before);
    one.set_new_users(growth.fresh);
    one.set_retained(growth.retained);
    one.set_resurrected(growth.resurrected);
    one.set_churned(growth.churned);
  }
  return absl::OkStatus();
}

RetentionQuestion RetentionOf(const QuestionPlan& plan, const Roaring* among) {
  RetentionQuestion question = plan.retention;
  question.days = DaysOf(plan.window, plan.calendar);
  question.among = among;
  return question;
}

absl::Status FillRetention(Snapshot& snapshot, const QuestionPlan& plan, const Roaring* among, absl::Time closed_until,
                           v1::RetentionAnswer& out) {
  ASSIGN_OR_RETURN(const RetentionAnswer answer, AnswerRetention(snapshot, RetentionOf(plan, among), plan.calendar, closed_until));
  for (const RetentionCohort& cohort : answer.cohorts) {
    v1::RetentionAnswer::Cohort& one = *out.add_cohorts();
    *one.mutable_interval() = ToInterval(cohort.interval);
    if (!plan.retention.cohort_by.empty()) *one.mutable_value() = ToGroupValue(plan.retention.cohort_by, cohort.value);
    one.set_size(cohort.size);
    for (const RetentionCell& cell : cohort.cells) {
      v1::RetentionAnswer::Cell& to = *one.add_cells();
      to.set_returned(cell.returned);
      to.set_complete(cell.complete);
      const auto rate = Ratio(static_cast<double>(cell.returned), static_cast<double>(cohort.size));
      if (rate.has_value()) to.set_rate(*rate);
    }
  }
  for (const RetentionMean& mean : answer.means) {
    v1::RetentionAnswer::Mean& one = *out.add_means();
    one.set_cohorts(mean.cohorts);
    if (mean.weighted.has_value()) one.set_weighted(*mean.weighted);
    if (mean.simple.has_value()) one.set_simple(*mean.simple);
  }
  return absl::OkStatus();
}

// ---- Funnels.

FunnelQuestion FunnelOf(const QuestionPlan& plan, const Roaring* among) {
  FunnelQuestion question = plan.funnel;
  question.window = plan.window;
  question.among = among;
  return question;
}

void FillFunnelGroup(const QuestionPlan& plan, const FunnelFigures& figures, v1::FunnelAnswer::Group& out) {
  for (size_t s = 0; s < figures.reached.size(); ++s) {
    v1::FunnelAnswer::Step& step = *out.add_steps();
    step.set_reached(figures.reached[s]);
    step.set_open(figures.open[s]);
    if (const auto rate = figures.RateOf(s); rate.has_value()) step.set_rate(*rate);
    if (const auto rate = figures.StepRateOf(s); rate.has_value()) step.set_step_rate(*rate);
    if (s == 0) continue;
    std::vector<double> times(figures.times[s].begin(), figures.times[s].end());
    for (const double p : plan.quantiles) {
      const std::optional<double> at = QuantileOf(times, p);
      if (!at.has_value()) continue;
      v1::FunnelAnswer::TimeQuantile& quantile = *step.add_times();
      quantile.set_quantile(p);
      const int64_t micros = std::llround(*at);
      quantile.mutable_time()->set_seconds(micros / 1'000'000);
      quantile.mutable_time()->set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
    }
  }
  out.set_lost(figures.lost());
}

absl::Status FillFunnel(Snapshot& snapshot, const QuestionPlan& plan, const Roaring* among, absl::Time closed_until,
                        v1::FunnelAnswer& out) {
  ASSIGN_OR_RETURN(const FunnelAnswer answer, AnswerFunnel(snapshot, FunnelOf(plan, among), plan.calendar, closed_until));
  FillFunnelGroup(plan, answer.all, *out.mutable_all());
  for (const auto& [value, figures] : answer.groups) {
    v1::FunnelAnswer::Group& group = *out.add_groups();
    *group.mutable_value() = ToGroupValue(plan.funnel.breakdown, value.empty() ? std::nullopt : std::optional(value));
    FillFunnelGroup(plan, figures, group);
  }
  return absl::OkStatus();
}

// ---- Contributions.

// What a group has before and after, by name.
struct BothParts {
  double numerator = 0, denominator = 0;
};
using ComparedGroups = std::map<std::optional<std::string>, std::array<BothParts, 2>>;

absl::Status AddSide(Snapshot& snapshot, const QuestionPlan& plan, const Roaring* among, size_t side, ComparedGroups& groups,
                     std::array<BothParts, 2>& all) {
  const auto add = [&](const FigureAnswer& answer, const FigurePlan& figure, double BothParts::*to) {
    for (const GroupTallies& group : answer.groups) {
      if (!group.is_other) groups[group.key.front()][side].*to = ValueOf(group.total, figure.figure).value_or(0);
    }
    all[side].*to = ValueOf(answer.all.total, figure.figure).value_or(0);
  };
  ASSIGN_OR_RETURN(const FigureAnswer numerator, AnswerFigures(snapshot, QuestionOf(plan, plan.figure, among), plan.calendar));
  add(numerator, plan.figure, &BothParts::numerator);
  if (!plan.denominator.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const FigureAnswer denominator, AnswerFigures(snapshot, QuestionOf(plan, *plan.denominator, among), plan.calendar));
  add(denominator, *plan.denominator, &BothParts::denominator);
  return absl::OkStatus();
}

// Keys of the computation, which knows no groups that lack the property.
std::string NameOf(const std::optional<std::string>& value) { return value.has_value() ? "=" + *value : ""; }
v1::GroupValue ValueNamed(const QuestionPlan& plan, const std::string& name) {
  return ToGroupValue(plan.breakdown.front(), name.empty() ? std::nullopt : std::optional(name.substr(1)));
}

void FillRateParts(const QuestionPlan& plan, const ComparedGroups& groups, v1::ContributionAnswer& out) {
  std::vector<RateGroup> rates;
  std::map<std::string, std::array<std::optional<double>, 2>> of;
  for (const auto& [value, sides] : groups) {
    const std::string name = NameOf(value);
    rates.push_back({name, sides[0].numerator, sides[0].denominator, sides[1].numerator, sides[1].denominator});
    for (size_t side = 0; side < 2; ++side) of[name][side] = Ratio(sides[side].numerator, sides[side].denominator);
  }
  const RateContribution found = ContributionsOf(rates);
  if (found.before.has_value()) out.set_before(*found.before);
  if (found.after.has_value()) out.set_after(*found.after);
  for (const RatePart& part : found.parts) {
    v1::ContributionAnswer::Part& one = *out.add_parts();
    *one.mutable_value() = ValueNamed(plan, part.key);
    one.set_before(of[part.key][0].value_or(0));
    one.set_after(of[part.key][1].value_or(0));
    one.set_rate_effect(part.rate_effect);
    one.set_mix_effect(part.mix_effect);
    one.set_change(part.rate_effect + part.mix_effect);
    if (const auto share = Ratio(one.change(), *found.after - *found.before); share.has_value()) one.set_share(*share);
  }
}

void FillAdditiveParts(const QuestionPlan& plan, const ComparedGroups& groups, const std::array<BothParts, 2>& all,
                       v1::ContributionAnswer& out) {
  std::vector<AdditiveGroup> sums;
  std::map<std::string, std::array<double, 2>> of;
  for (const auto& [value, sides] : groups) {
    sums.push_back({NameOf(value), sides[0].numerator, sides[1].numerator});
    of[NameOf(value)] = {sides[0].numerator, sides[1].numerator};
  }
  out.set_before(all[0].numerator);
  out.set_after(all[1].numerator);
  const UserContribution found = ContributionsOfUsers(sums, all[0].numerator, all[1].numerator);
  for (const AdditivePart& part : found.parts) {
    v1::ContributionAnswer::Part& one = *out.add_parts();
    *one.mutable_value() = ValueNamed(plan, part.key);
    one.set_before(of[part.key][0]);
    one.set_after(of[part.key][1]);
    one.set_change(part.change);
    if (part.share.has_value()) one.set_share(*part.share);
  }
  // Of numbers and sums the groups add up; what remains of fractions is rounding.
  if (plan.figure.figure.measure == Measure::kUsers) out.set_overlap(found.overlap);
}

absl::Status FillContribution(Snapshot& snapshot, const QuestionPlan& plan, const Roaring* among, absl::Time closed_until,
                              v1::ContributionAnswer& out) {
  ComparedGroups groups;
  std::array<BothParts, 2> all;
  QuestionPlan before = plan, after = plan;
  before.window = ComparedWindow(plan, closed_until);
  // An open period is compared by its elapsed part alone.
  after.window.end = std::clamp(closed_until, after.window.start, after.window.end);
  if (after.window.end == after.window.start) return absl::OkStatus();
  RETURN_IF_ERROR(AddSide(snapshot, before, among, 0, groups, all));
  RETURN_IF_ERROR(AddSide(snapshot, after, among, 1, groups, all));
  if (plan.denominator.has_value()) {
    FillRateParts(plan, groups, out);
  } else {
    FillAdditiveParts(plan, groups, all, out);
  }
  return absl::OkStatus();
}

// ---- What changed.

constexpr int kMostContributors = 10;

// The periods of the past, the oldest first, and the one asked about as far as it has elapsed.
std::vector<Window> PastAndNow(const QuestionPlan& plan, absl::Time closed_until) {
  std::vector<Window> windows = {plan.window};
  windows[0].end = std::clamp(closed_until, plan.window.start, plan.window.end);
  for (int i = 0; i < plan.past_periods && windows.front().start < windows.front().end; ++i) {
    windows.insert(windows.begin(), Compared(windows.front(), Comparison::kSameLengthBefore, absl::InfiniteFuture(), plan.calendar));
  }
  return windows;
}

absl::Status FillContributors(Snapshot& snapshot, QuestionPlan plan, const Window& now, const Roaring* among,
                              v1::WhatChangedAnswer::Change& out) {
  plan.kind = v1::Question::kContribution;
  plan.window = now;
  plan.comparison = Comparison::kSameLengthBefore;
  plan.top = kMaxGroups;
  v1::ContributionAnswer contribution;
  RETURN_IF_ERROR(FillContribution(snapshot, plan, among, absl::InfiniteFuture(), contribution));
  for (int i = 0; i < std::min(contribution.parts_size(), kMostContributors); ++i) *out.add_parts() = contribution.parts(i);
  return absl::OkStatus();
}

absl::StatusOr<v1::WhatChangedAnswer::Change> ChangeOf(Snapshot& snapshot, const QuestionPlan& plan, const std::vector<Window>& windows,
                                                       const std::string& title, const Roaring* among) {
  FigureQuestion question = QuestionOf(plan, plan.figure, among);
  question.intervals = windows;
  question.breakdown.clear();
  ASSIGN_OR_RETURN(const FigureAnswer answer, AnswerFigures(snapshot, question, plan.calendar));
  std::vector<double> past;
  for (size_t i = 0; i + 1 < windows.size(); ++i) {
    const std::optional<double> value = ValueOf(answer.all.intervals[i], plan.figure.figure);
    if (value.has_value()) past.push_back(*value);
  }
  v1::WhatChangedAnswer::Change change;
  change.set_title(title);
  const auto before = ValueOf(answer.all.intervals[windows.size() - 2], plan.figure.figure);
  const auto after = ValueOf(answer.all.intervals.back(), plan.figure.figure);
  if (before.has_value()) change.set_before(*before);
  if (after.has_value()) change.set_after(*after);
  const bool approximate =
      std::any_of(answer.all.intervals.begin(), answer.all.intervals.end(), [](const Tally& t) { return t.approximate; });
  if (approximate) change.set_relative_error(Sketch::kRelativeError);
  if (!before.has_value() || !after.has_value()) return change;
  if (const auto deviations = ChangeInDeviations(past, *after); deviations.has_value()) change.set_deviations(*deviations);
  return change;
}

absl::Status FillWhatChanged(Snapshot& snapshot, const QuestionPlan& plan, const Roaring* among, absl::Time closed_until,
                             v1::WhatChangedAnswer& out) {
  const std::vector<Window> windows = PastAndNow(plan, closed_until);
  if (windows.size() < 2) return absl::OkStatus();
  QuestionPlan one = plan;
  for (const auto& [title, figure] : plan.candidates) {
    one.figure = figure;
    ASSIGN_OR_RETURN(v1::WhatChangedAnswer::Change change, ChangeOf(snapshot, one, windows, title, among));
    if (!change.has_deviations()) {
      *out.add_not_judged() = std::move(change);
    } else if (std::abs(change.deviations()) < plan.deviations) {
      *out.add_usual() = std::move(change);
    } else {
      if (!plan.breakdown.empty() && AddsUp(figure.figure)) {
        RETURN_IF_ERROR(FillContributors(snapshot, one, windows.back(), among, change));
      }
      *out.add_moved() = std::move(change);
    }
  }
  std::stable_sort(out.mutable_moved()->begin(), out.mutable_moved()->end(),
                   [](const auto& a, const auto& b) { return std::abs(a.deviations()) > std::abs(b.deviations()); });
  return absl::OkStatus();
}

absl::StatusOr<GroupKey> ToGroupKey(const v1::UserDisclosure::Selection& selection, size_t properties) {
  if (static_cast<size_t>(selection.group_size()) != properties) return NoSuch("group", kGroupLength);
  GroupKey key;
  for (const std::string& value : selection.group()) key.push_back(value.empty() ? std::nullopt : std::optional(value));
  return key;
}

absl::StatusOr<Roaring> UsersBehindFigure(Snapshot& snapshot, const QuestionPlan& plan, const v1::UserDisclosure::Selection& selection,
                                          const Roaring* among) {
  if (plan.figure.events.series.kind == kMeasurementKind || plan.denominator.has_value()) return NoSuch("interval", kNoUsersBehind);
  const FigureQuestion question = QuestionOf(plan, plan.figure, among);
  if (static_cast<size_t>(selection.interval()) > question.intervals.size()) return NoSuch("interval", kNoInterval);
  if (selection.group().empty()) return UsersOfFigure(snapshot, question, nullptr, selection.interval() - 1, plan.calendar);
  ASSIGN_OR_RETURN(const GroupKey key, ToGroupKey(selection, plan.breakdown.size()));
  return UsersOfFigure(snapshot, question, &key, selection.interval() - 1, plan.calendar);
}

absl::StatusOr<Roaring> UsersBehindRetention(Snapshot& snapshot, const QuestionPlan& plan, const v1::UserDisclosure::Selection& selection,
                                             const Roaring* among, absl::Time closed_until) {
  const RetentionQuestion question = RetentionOf(plan, among);
  ASSIGN_OR_RETURN(const RetentionAnswer answer, AnswerRetention(snapshot, question, plan.calendar, closed_until));
  if (selection.interval() < 1 || static_cast<size_t>(selection.interval()) > answer.cohorts.size()) return NoSuch("interval", kNoInterval);
  if (selection.has_n() && selection.n() > question.horizon) return NoSuch("n", kNoN);
  return UsersOfRetention(snapshot, question, plan.calendar, answer.cohorts[static_cast<size_t>(selection.interval()) - 1],
                          selection.has_n() ? std::optional<int>(selection.n()) : std::nullopt);
}

GrowthPart PartOf(v1::UserDisclosure::Selection::GrowthPart part) {
  using Selection = v1::UserDisclosure::Selection;
  switch (part) {
    case Selection::GROWTH_PART_NEW:
      return GrowthPart::kNew;
    case Selection::GROWTH_PART_RETAINED:
      return GrowthPart::kRetained;
    case Selection::GROWTH_PART_RESURRECTED:
      return GrowthPart::kResurrected;
    case Selection::GROWTH_PART_CHURNED:
      return GrowthPart::kChurned;
    default:
      return GrowthPart::kActive;
  }
}

}  // namespace

Window ComparedWindow(const QuestionPlan& plan, absl::Time closed_until) {
  return Compared(plan.window, plan.comparison.value_or(Comparison::kSameLengthBefore), closed_until, plan.calendar);
}

absl::StatusOr<v1::AnswerBody> BodyOf(Snapshot& snapshot, const QuestionPlan& plan, const Roaring* among, absl::Time closed_until) {
  v1::AnswerBody body;
  *body.mutable_start_time() = time::ToTimestamp(plan.window.start);
  *body.mutable_end_time() = time::ToTimestamp(plan.window.end);
  if (among != nullptr) body.set_segment_users(static_cast<int64_t>(among->cardinality()));
  if (plan.window.end <= plan.window.start) return body;
  switch (plan.kind) {
    case v1::Question::kFigures:
      RETURN_IF_ERROR(FillFigures(snapshot, plan, among, *body.mutable_figures()));
      break;
    case v1::Question::kActiveUsers:
      RETURN_IF_ERROR(FillActiveUsers(snapshot, plan, among, *body.mutable_active_users()));
      break;
    case v1::Question::kGrowth:
      RETURN_IF_ERROR(FillGrowth(snapshot, plan, among, *body.mutable_growth()));
      break;
    case v1::Question::kRetention:
      RETURN_IF_ERROR(FillRetention(snapshot, plan, among, closed_until, *body.mutable_retention()));
      break;
    case v1::Question::kFunnel:
      RETURN_IF_ERROR(FillFunnel(snapshot, plan, among, closed_until, *body.mutable_funnel()));
      break;
    case v1::Question::kContribution:
      RETURN_IF_ERROR(FillContribution(snapshot, plan, among, closed_until, *body.mutable_contribution()));
      break;
    case v1::Question::kWhatChanged:
      RETURN_IF_ERROR(FillWhatChanged(snapshot, plan, among, closed_until, *body.mutable_what_changed()));
      break;
    default:
      break;
  }
  return body;
}

absl::StatusOr<std::vector<v1::ExplainedSet>> Explain(Snapshot& snapshot, const v1::Question& question, const QuestionPlan& plan,
                                                      const Roaring* among) {
  std::vector<v1::ExplainedSet> sets;
  if (plan.window.end <= plan.window.start) return sets;
  for (const v1::EventSelection& selection : SelectionsOf(question)) {
    v1::ExplainedSet& set = sets.emplace_back();
    *set.mutable_events() = selection;
    status::BadFields checked;
    FigureQuestion asked;
    asked.events = ToSelection(selection, "", checked);
    asked.intervals = {plan.window};
    asked.among = among;
    ASSIGN_OR_RETURN(const FigureAnswer after, AnswerFigures(snapshot, asked, plan.calendar));
    asked.events.filter = Filter();
    asked.among = nullptr;
    ASSIGN_OR_RETURN(const FigureAnswer before, AnswerFigures(snapshot, asked, plan.calendar));
    set.set_events_before(before.all.total.cell.count);
    set.set_events_after(after.all.total.cell.count);
    set.set_users(after.all.total.users);
  }
  return sets;
}

absl::StatusOr<Roaring> UsersBehind(Snapshot& snapshot, const QuestionPlan& plan, const v1::UserDisclosure::Selection& selection,
                                    const Roaring* among, absl::Time closed_until) {
  const Days days = DaysOf(plan.window, plan.calendar);
  const auto interval = static_cast<size_t>(selection.interval());
  switch (plan.kind) {
    case v1::Question::kFigures:
      return UsersBehindFigure(snapshot, plan, selection, among);
    case v1::Question::kActiveUsers: {
      if (interval < 1 || days.first + (selection.interval() - 1) > days.last) return NoSuch("interval", kNoInterval);
      const int trailing = selection.trailing_days() == 0 ? 1 : selection.trailing_days();
      if (trailing != 1 && trailing != kWeekDays && trailing != kMonthDays) return NoSuch("trailing_days", kTrailing);
      return UsersOfActiveUsers(snapshot, plan.definition, days.first + (selection.interval() - 1), trailing, among, plan.calendar);
    }
    case v1::Question::kGrowth: {
      const Granularity unit = plan.granularity.value_or(Granularity::kDay);
      const size_t count = Intervals(plan.window, unit, plan.calendar, kMaxIntervals).size();
      if (interval < 1 || interval > count) return NoSuch("interval", kNoInterval);
      return UsersOfGrowth(snapshot, plan.definition, days, unit, among, plan.calendar, interval - 1, PartOf(selection.growth_part()));
    }
    case v1::Question::kRetention:
      return UsersBehindRetention(snapshot, plan, selection, among, closed_until);
    case v1::Question::kFunnel:
      if (selection.step() < 1 || selection.step() > plan.funnel.rules.steps) return NoSuch("step", kNoStep);
      return UsersOfFunnel(snapshot, FunnelOf(plan, among), plan.calendar, closed_until, static_cast<size_t>(selection.step()) - 1,
                           selection.stopped_there());
    default:
      return NoSuch("interval", kNoUsersBehind);
  }
}

}  // namespace heitie::metrics::analysis
