#include "services/metrics/optimisation/experiment.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "common/exact/sum.h"

namespace heitie::metrics {

RowsWith::RowsWith(const Rows& rows, const std::string& key, const std::string& wanted) : all_(wanted.empty()) {
  const auto column = rows.columns.find(key);
  if (column == rows.columns.end()) return;
  codes_ = &column->second.codes;
  const auto& values = column->second.values;
  const auto found = std::find(values.begin(), values.end(), wanted);
  if (found != values.end()) code_ = static_cast<uint32_t>(found - values.begin()) + 1;
}

namespace {

using v1::MetricDefinition;

constexpr uint32_t kOtherBit = 1U << 31;

bool AddsAmounts(MetricDefinition::Aggregation aggregation) {
  return aggregation == MetricDefinition::AGGREGATION_SUM_MINOR || aggregation == MetricDefinition::AGGREGATION_SUM ||
         aggregation == MetricDefinition::AGGREGATION_AVERAGE;
}

// The amount of an event; nothing where it has none of the kind.
std::optional<double> AmountOf(const Rows& rows, size_t row, MetricDefinition::Aggregation aggregation) {
  if (aggregation == MetricDefinition::AGGREGATION_SUM_MINOR) {
    if (rows.amounts[row] != Amount::kMinor) return std::nullopt;
    return static_cast<double>(rows.minors[row]);
  }
  if (rows.amounts[row] != Amount::kValue) return std::nullopt;
  return rows.values[row];
}

}  // namespace

ExperimentUsersSlice::ExperimentUsersSlice(const Experiment& experiment, const std::vector<UserMetric>& metrics)
    : experiment_(experiment), metrics_(metrics), figures_(metrics.size()), amounts_(metrics.size()) {}

void ExperimentUsersSlice::TakeExposures(const Rows& rows) {
  const RowsWith of_activity(rows, kActivityColumn, experiment_.activity);
  const auto variants = rows.columns.find(experiment_.variant_key);
  for (size_t i = 0; i < rows.size(); ++i) {
    const int64_t time = rows.times[i];
    if (time < experiment_.first || time >= std::min(experiment_.end, experiment_.closed) || !of_activity[i]) continue;
    const uint32_t code = variants == rows.columns.end() ? 0 : variants->second.codes[i];
    const std::string* variant = code == 0 ? nullptr : &variants->second.values[code - 1];
    uint32_t bit = kOtherBit;
    for (size_t arm = 0; variant != nullptr && arm < experiment_.variants.size(); ++arm) {
      if (*variant == experiment_.variants[arm]) bit = 1U << arm;
    }
    if (bit == kOtherBit) ++other_exposures_;
    if (variant == nullptr) continue;
    const auto [place, is_new] = places_.emplace(rows.users[i], users_.size());
    if (is_new) users_.emplace_back();
    User& user = users_[place->second];
    user.first = std::min(user.first, time);
    user.variants |= bit;
  }
}

void ExperimentUsersSlice::TakeEvents(size_t metric, bool denominator, const Rows& rows) {
  const UserMetric& of = metrics_[metric];
  const MetricDefinition::Aggregation aggregation = denominator ? of.x : of.y;
  figures_[metric].resize(users_.size());
  const RowsWith of_activity(rows, kActivityColumn, experiment_.activity);
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto place = places_.find(rows.users[i]);
    if (place == places_.end() || !of_activity[i]) continue;
    if (rows.times[i] >= experiment_.closed) continue;
    const int64_t since = rows.times[i] - users_[place->second].first;
    const bool inside = since >= 0 && since < experiment_.window, before = since < 0 && since >= -experiment_.covariate;
    if (!inside && (!before || denominator)) continue;
    const Part part = denominator ? kX : inside ? kY : kBefore;
    Figures& figures = figures_[metric][place->second];
    if (!AddsAmounts(aggregation)) {
      double& figure = figures.parts[part];
      figure = aggregation == MetricDefinition::AGGREGATION_DISTINCT_USERS ? 1 : figure + 1;
      continue;
    }
    const std::optional<double> amount = AmountOf(rows, i, aggregation);
    if (!amount) continue;
    amounts_[metric].push_back({place->second, part, *amount});
    if (aggregation == MetricDefinition::AGGREGATION_AVERAGE && part == kY) ++figures.parts[kX];
  }
}

void ExperimentUsersSlice::AddUp(size_t metric) {
  std::vector<Amounts>& amounts = amounts_[metric];
  const auto key = [](const Amounts& one) { return std::pair(one.user, one.part); };
  std::sort(amounts.begin(), amounts.end(), [&](const Amounts& a, const Amounts& b) { return key(a) < key(b); });
  for (auto first = amounts.begin(); first != amounts.end();) {
    exact::Sum sum;
    auto end = first;
    for (; end != amounts.end() && key(*end) == key(*first); ++end) sum.Add(end->value);
    figures_[metric][first->user].parts[first->part] = sum.value();
    first = end;
  }
  amounts.clear();
}

void ExperimentUsersSlice::AddTo(ExperimentArms& arms) {
  arms.other_exposures += other_exposures_;
  for (size_t m = 0; m < metrics_.size(); ++m) AddUp(m);
  for (size_t u = 0; u < users_.size(); ++u) {
    const User& user = users_[u];
    if (!std::has_single_bit(user.variants) || user.variants == kOtherBit) {
      arms.several += user.variants != kOtherBit;
      continue;
    }
    const size_t arm = static_cast<size_t>(std::countr_zero(user.variants));
    ++arms.exposed[arm];
    if (user.first + experiment_.window > experiment_.closed) continue;
    ++arms.judged[arm];
    for (size_t m = 0; m < metrics_.size(); ++m) {
      const Figures figures = figures_[m].empty() ? Figures() : figures_[m][u];
      ExperimentArms::Outcome& outcome = arms.outcomes[m][arm];
      outcome.pairs.Add(figures.parts[metrics_[m].ratio() ? kX : kBefore], figures.parts[kY]);
      outcome.converted += figures.parts[kY] > 0;
    }
  }
}

}  // namespace heitie::metrics
