#include "services/activity/surge/surge_rules.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/statistics/distributions.h"
#include "services/activity/clock/clockwork.h"

namespace heitie::activity {

using v1::SurgeRule;

const status::Reason kScopeMismatch{absl::StatusCode::kInvalidArgument, "SCOPE_MISMATCH",
                                    "Activity and category are named as the scope of the rule wants it.", "活動與類別須依規則的範圍指定。"};

namespace {

const status::Reason kBadSurgeWindow{absl::StatusCode::kInvalidArgument, "BAD_SURGE_WINDOW",
                                     "A window is of whole seconds, from 1 minute to 24 hours.",
                                     "時間窗須為整秒，介於 1 分鐘與 24 小時之間。"};
const status::Reason kBadBaseline{absl::StatusCode::kInvalidArgument, "BAD_BASELINE",
                                  "The baseline is of at least {least} windows and at most {days} days.",
                                  "基準期至少須含 {least} 個時間窗，最長 {days} 天。"};

int64_t NumberOf(absl::Time time, absl::Duration window) {
  absl::Duration rest;
  const absl::Duration since = time - absl::UnixEpoch();
  const int64_t number = absl::IDivDuration(since, window, &rest);
  return rest < absl::ZeroDuration() ? number - 1 : number;
}

// In ascending order, those that overlap or adjoin made one.
std::vector<SurgeSpan> Joined(std::vector<SurgeSpan> spans) {
  std::sort(spans.begin(), spans.end(), [](const SurgeSpan& a, const SurgeSpan& b) { return a.begin < b.begin; });
  std::vector<SurgeSpan> joined;
  for (const SurgeSpan& span : spans) {
    if (span.begin >= span.end) continue;
    if (!joined.empty() && span.begin <= joined.back().end) {
      joined.back().end = std::max(joined.back().end, span.end);
    } else {
      joined.push_back(span);
    }
  }
  return joined;
}

// The first of joined spans that ends after `time`.
std::vector<SurgeSpan>::const_iterator EndingAfter(const std::vector<SurgeSpan>& spans, absl::Time time) {
  return std::upper_bound(spans.begin(), spans.end(), time, [](absl::Time t, const SurgeSpan& span) { return t < span.end; });
}

}  // namespace

std::optional<double> SurgeBaseline::expected() const {
  if (windows < kFewestBaselineWindows) return std::nullopt;
  return static_cast<double>(customers) / static_cast<double>(windows);
}

int64_t OpeningCount(const std::optional<double>& expected, int64_t minimum, double alpha) {
  if (!expected) return minimum;
  // Below the mean the tail is about a half or more, and alpha at most a tenth.
  int64_t count = std::max(minimum, static_cast<int64_t>(std::floor(*expected)));
  while (statistics::PoissonTail(count, *expected) > alpha) ++count;
  return count;
}

absl::Time AlignedStart(absl::Time time, absl::Duration window) { return absl::UnixEpoch() + NumberOf(time, window) * window; }

SurgeBaseline BaselineOf(absl::Time end, absl::Duration period, absl::Duration window, const std::map<int64_t, int64_t>& counts,
                         const std::vector<SurgeSpan>& surges, const std::vector<SurgeSpan>* live) {
  const std::vector<SurgeSpan> left_out = Joined(surges), alive = live != nullptr ? Joined(*live) : std::vector<SurgeSpan>();
  SurgeBaseline baseline;
  absl::Duration rest;
  const int64_t last = NumberOf(end, window);
  for (int64_t number = last - absl::IDivDuration(period, window, &rest); number < last; ++number) {
    const SurgeSpan span{absl::UnixEpoch() + number * window, absl::UnixEpoch() + (number + 1) * window};
    const auto surge = EndingAfter(left_out, span.begin);
    if (surge != left_out.end() && surge->begin < span.end) continue;
    if (live != nullptr) {
      const auto around = EndingAfter(alive, span.begin);
      if (around == alive.end() || around->begin > span.begin || around->end < span.end) continue;
    }
    ++baseline.windows;
    const auto count = counts.find(number);
    if (count != counts.end()) baseline.customers += count->second;
  }
  return baseline;
}

absl::Time SurgeEnd(std::vector<CountedComplaint> complaints, absl::Time open, int64_t opening, absl::Duration window) {
  struct Step {
    absl::Time time;
    int change;
    const std::string* customer;
  };
  std::vector<Step> steps;
  for (const CountedComplaint& complaint : complaints) {
    steps.push_back({complaint.time, 1, &complaint.customer});
    steps.push_back({complaint.time + window, -1, &complaint.customer});
  }
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.time < b.time; });
  std::map<std::string, int> of_customer;
  int64_t customers = 0;
  // Since when N is below half; nothing while it is not.
  std::optional<absl::Time> below = open;
  for (size_t i = 0; i < steps.size();) {
    const absl::Time time = steps[i].time;
    const bool was_below = below.has_value();
    for (; i < steps.size() && steps[i].time == time; ++i) {
      int& count = of_customer[*steps[i].customer];
      if (count == 0 && steps[i].change > 0) ++customers;
      count += steps[i].change;
      if (count == 0) --customers;
    }
    const bool is_below = 2 * customers < opening;
    if (was_below && time > *below && time - *below >= window) return *below + window;
    if (!is_below) {
      below.reset();
    } else if (!was_below) {
      below = std::max(time, open);
    }
  }
  return below.value_or(open) + window;
}

void CheckSurgeRule(const SurgeRule& rule, status::BadFields& bad) {
  const bool with_category = rule.scope() != SurgeRule::SCOPE_ACTIVITY;
  if (rule.scope() == SurgeRule::SCOPE_CATEGORY && !rule.activity().empty()) bad.Add("surge_rule.activity", kScopeMismatch);
  if (with_category == rule.category().empty()) bad.Add("surge_rule.category", kScopeMismatch);
  const absl::Duration window = ToLength(rule.window()), baseline = ToLength(rule.baseline());
  if (window < absl::Minutes(1) || window > absl::Hours(24) || absl::Floor(window, absl::Seconds(1)) != window) {
    bad.Add("surge_rule.window", kBadSurgeWindow);
  } else if (baseline < kFewestBaselineWindows * window || baseline > kLongestBaseline) {
    bad.Add("surge_rule.baseline", kBadBaseline,
            {{"least", absl::StrCat(kFewestBaselineWindows)}, {"days", absl::StrCat(absl::ToInt64Hours(kLongestBaseline) / 24)}});
  }
}

bool InScope(const SurgeRule& rule, const std::string& activity, const std::string& category) {
  if (rule.scope() != SurgeRule::SCOPE_CATEGORY && (activity.empty() || (!rule.activity().empty() && rule.activity() != activity))) {
    return false;
  }
  return rule.scope() == SurgeRule::SCOPE_ACTIVITY || IsBelow(category, rule.category());
}

}  // namespace heitie::activity
