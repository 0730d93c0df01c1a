#include "services/metrics/optimisation/experiment.h"

#include <algorithm>
#include <optional>

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

constexpr uint8_t kControlBit = 1, kTreatmentBit = 2, kOtherBit = 4;

// What one event adds to a user's figure; nothing where it has no such amount.
std::optional<double> Added(const Rows& rows, size_t row, MetricDefinition::Aggregation aggregation) {
  switch (aggregation) {
    case MetricDefinition::AGGREGATION_SUM_MINOR:
      if (rows.amounts[row] != Amount::kMinor) return std::nullopt;
      return static_cast<double>(rows.minors[row]);
    case MetricDefinition::AGGREGATION_SUM:
    case MetricDefinition::AGGREGATION_AVERAGE:
      if (rows.amounts[row] != Amount::kValue) return std::nullopt;
      return rows.values[row];
    default:
      return 1;
  }
}

void Accrue(double& figure, double added, MetricDefinition::Aggregation aggregation) {
  figure = aggregation == MetricDefinition::AGGREGATION_DISTINCT_USERS ? 1 : figure + added;
}

}  // namespace

ExperimentUsersSlice::ExperimentUsersSlice(const Experiment& experiment, const std::vector<UserMetric>& metrics)
    : experiment_(experiment), metrics_(metrics), figures_(metrics.size()) {}

void ExperimentUsersSlice::TakeExposures(const Rows& rows) {
  const RowsWith of_activity(rows, kActivityColumn, experiment_.activity);
  const auto variants = rows.columns.find(experiment_.variant_key);
  for (size_t i = 0; i < rows.size(); ++i) {
    const int64_t time = rows.times[i];
    if (time < experiment_.first || time >= std::min(experiment_.end, experiment_.closed) || !of_activity[i]) continue;
    const uint32_t code = variants == rows.columns.end() ? 0 : variants->second.codes[i];
    const std::string* variant = code == 0 ? nullptr : &variants->second.values[code - 1];
    const bool control = variant != nullptr && *variant == experiment_.control;
    const bool treatment = variant != nullptr && *variant == experiment_.treatment;
    if (!control && !treatment) ++other_exposures_;
    if (variant == nullptr) continue;
    const auto [place, is_new] = places_.emplace(rows.users[i], users_.size());
    if (is_new) users_.emplace_back();
    User& user = users_[place->second];
    user.first = std::min(user.first, time);
    user.variants |= control ? kControlBit : treatment ? kTreatmentBit : kOtherBit;
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
    if (!inside && !before) continue;
    const std::optional<double> added = Added(rows, i, aggregation);
    if (!added) continue;
    Figures& figures = figures_[metric][place->second];
    if (denominator) {
      if (inside) Accrue(figures.x, *added, aggregation);
    } else if (inside) {
      Accrue(figures.y, *added, aggregation);
      if (aggregation == MetricDefinition::AGGREGATION_AVERAGE) ++figures.x;
    } else {
      Accrue(figures.before, *added, aggregation);
    }
  }
}

void ExperimentUsersSlice::AddTo(ExperimentArms& arms) const {
  arms.other_exposures += other_exposures_;
  for (size_t u = 0; u < users_.size(); ++u) {
    const User& user = users_[u];
    if (user.variants != kControlBit && user.variants != kTreatmentBit) {
      arms.several += user.variants != kOtherBit;
      continue;
    }
    const int arm = user.variants == kControlBit ? kControlArm : kTreatmentArm;
    ++arms.exposed[arm];
    if (user.first + experiment_.window > experiment_.closed) continue;
    ++arms.judged[arm];
    for (size_t m = 0; m < metrics_.size(); ++m) {
      const Figures figures = figures_[m].empty() ? Figures() : figures_[m][u];
      ExperimentArms::Outcome& outcome = arms.outcomes[m][arm];
      outcome.pairs.Add(metrics_[m].ratio() ? figures.x : figures.before, figures.y);
      outcome.converted += figures.y > 0;
    }
  }
}

}  // namespace heitie::metrics
