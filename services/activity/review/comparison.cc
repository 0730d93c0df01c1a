#include "services/activity/review/comparison.h"

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "common/statistics/comparison.h"
#include "services/activity/review/figures.h"

namespace heitie::activity {

using v1::ComparedFigure;
using v1::Report;
using v1::TrackingDefinition;

namespace {

using ValueOf = std::function<std::optional<double>(const v1::ReportSnapshot&)>;

// What one unit comes to; undefined of none.
std::optional<double> Per(double whole, double parts) { return parts == 0 ? std::nullopt : std::optional<double>(whole / parts); }

const v1::ReportCounters& CountersOf(const Report& report) { return report.snapshot().counters(); }

// The users of whom the conversion rate is a share.
int64_t UsersOf(const v1::ReportCounters& counters) {
  switch (counters.conversion_denominator()) {
    case TrackingDefinition::CONVERSION_DENOMINATOR_CLICKERS:
      return counters.clickers();
    case TrackingDefinition::CONVERSION_DENOMINATOR_VIEWERS:
      return counters.viewers();
    default:
      return counters.participants();
  }
}

int64_t ConvertersOf(const v1::ReportCounters& counters) { return counters.converters() - counters.converters_outside_denominator(); }

template <typename F>
bool AllAlike(const std::vector<Report>& reports, const F& what) {
  for (const Report& report : reports) {
    if (what(report) != what(reports.front())) return false;
  }
  return true;
}

class FigureTable {
 public:
  FigureTable(const std::vector<Report>& reports, v1::CompareActivitiesResponse& out) : reports_(reports), out_(out) {
    same_currency_ = AllAlike(reports, [](const Report& r) { return r.snapshot().costs().currency_code(); });
    same_denominator_ = AllAlike(reports, [](const Report& r) { return CountersOf(r).conversion_denominator(); });
  }

  void AddCounts() {
    AddPlain(ComparedFigure::KIND_PARTICIPANTS, [](const auto& s) { return s.counters().participants(); });
    AddPlain(ComparedFigure::KIND_IMPRESSIONS, [](const auto& s) { return s.counters().impressions(); });
    AddPlain(ComparedFigure::KIND_CLICKS, [](const auto& s) { return s.counters().clicks(); });
    AddPlain(ComparedFigure::KIND_CONVERSIONS, [](const auto& s) { return s.counters().conversions(); });
    Add(ComparedFigure::KIND_CLICK_THROUGH_RATE, [](const auto& s) {
      return s.counters().has_click_through_rate() ? std::optional<double>(s.counters().click_through_rate()) : std::nullopt;
    });
    ComparedFigure& rate = Add(ComparedFigure::KIND_CONVERSION_RATE, [](const auto& s) {
      return s.counters().has_conversion_rate() ? std::optional<double>(s.counters().conversion_rate()) : std::nullopt;
    });
    if (!same_denominator_) Mark(ComparedFigure::OBSTACLE_DENOMINATORS, rate);
  }

  void AddCosts() {
    AddMoney(ComparedFigure::KIND_COST, [](const auto& s) { return static_cast<double>(s.costs().actual_minor()); });
    AddMoney(ComparedFigure::KIND_COST_PER_CONVERSION, [](const auto& s) {
      return Per(static_cast<double>(s.costs().actual_minor()), static_cast<double>(s.counters().conversions()));
    });
    AddMoney(ComparedFigure::KIND_COST_PER_LIVE_DAY,
             [](const auto& s) { return Per(static_cast<double>(s.costs().actual_minor()), s.live_days()); });
  }

  void AddDays() {
    Add(ComparedFigure::KIND_PARTICIPANTS_PER_LIVE_DAY,
        [](const auto& s) { return Per(static_cast<double>(s.counters().participants()), s.live_days()); });
    Add(ComparedFigure::KIND_CONVERSIONS_PER_LIVE_DAY,
        [](const auto& s) { return Per(static_cast<double>(s.counters().conversions()), s.live_days()); });
  }

  // Each metric that at least one of the reports has.
  void AddMetrics() {
    std::set<std::string> names;
    for (const Report& report : reports_) {
      for (const v1::ReportMetric& metric : report.snapshot().metrics()) names.insert(metric.metric());
    }
    for (const std::string& name : names) AddMetric(name);
  }

 private:
  ComparedFigure& Add(ComparedFigure::Kind kind, const ValueOf& value_of) {
    ComparedFigure& figure = *out_.add_figures();
    figure.set_kind(kind);
    figure.set_standing(ComparedFigure::STANDING_COMPARABLE);
    for (const Report& report : reports_) {
      v1::FigureValue& value = *figure.add_values();
      if (const std::optional<double> known = value_of(report.snapshot())) value.set_value(*known);
    }
    return figure;
  }

  void AddPlain(ComparedFigure::Kind kind, const std::function<int64_t(const v1::ReportSnapshot&)>& count) {
    Add(kind, [&count](const v1::ReportSnapshot& snapshot) { return std::optional<double>(static_cast<double>(count(snapshot))); });
  }

  void AddMoney(ComparedFigure::Kind kind, const ValueOf& value_of) {
    ComparedFigure& figure = Add(kind, value_of);
    if (!same_currency_) return Mark(ComparedFigure::OBSTACLE_CURRENCIES, figure);
    figure.set_unit(reports_.front().snapshot().costs().currency_code());
  }

  void AddMetric(const std::string& name) {
    const v1::ReportMetric* first = nullptr;
    bool currencies = false, definitions = false;
    for (const Report& report : reports_) {
      const v1::ReportMetric* const metric = FindMetric(report.snapshot(), name);
      if (metric == nullptr) continue;
      if (first == nullptr) first = metric;
      currencies = currencies || metric->currency_code() != first->currency_code();
      definitions = definitions || metric->metric_etag() != first->metric_etag() || metric->unit() != first->unit();
    }
    ComparedFigure& figure = Add(ComparedFigure::KIND_METRIC, [&name](const v1::ReportSnapshot& snapshot) {
      const v1::ReportMetric* const metric = FindMetric(snapshot, name);
      return metric != nullptr && metric->has_value() ? std::optional<double>(metric->value()) : std::nullopt;
    });
    figure.set_metric(name);
    if (currencies) return Mark(ComparedFigure::OBSTACLE_CURRENCIES, figure);
    if (definitions) return Mark(ComparedFigure::OBSTACLE_DEFINITIONS, figure);
    figure.set_unit(first->currency_code().empty() ? first->unit() : first->currency_code());
  }

  static void Mark(ComparedFigure::Obstacle obstacle, ComparedFigure& figure) {
    figure.set_standing(ComparedFigure::STANDING_NOT_COMPARABLE);
    figure.set_obstacle(obstacle);
    figure.clear_unit();
  }

  const std::vector<Report>& reports_;
  v1::CompareActivitiesResponse& out_;
  bool same_currency_ = false, same_denominator_ = false;
};

v1::RateComparison CompareRates(const Report& base, const Report& report, double alpha) {
  const v1::ReportCounters& control = CountersOf(base);
  const v1::ReportCounters& treatment = CountersOf(report);
  v1::RateComparison rates;
  rates.set_activity(report.snapshot().activity().name());
  rates.set_base(base.snapshot().activity().name());
  rates.set_observational(true);
  rates.set_converters(ConvertersOf(treatment));
  rates.set_users(UsersOf(treatment));
  rates.set_base_converters(ConvertersOf(control));
  rates.set_base_users(UsersOf(control));
  const bool alike = control.conversion_denominator() == treatment.conversion_denominator();
  rates.set_standing(alike ? ComparedFigure::STANDING_COMPARABLE : ComparedFigure::STANDING_NOT_COMPARABLE);
  if (!alike) return rates;
  const auto found =
      statistics::CompareProportions({rates.base_converters(), rates.base_users()}, {rates.converters(), rates.users()}, alpha);
  if (!found) return rates;
  rates.set_difference(found->estimate.effect);
  rates.set_low(found->estimate.interval.low);
  rates.set_high(found->estimate.interval.high);
  rates.set_statistic(found->estimate.statistic);
  rates.set_p_value(found->estimate.p_value);
  return rates;
}

}  // namespace

v1::CompareActivitiesResponse CompareReports(const std::vector<Report>& reports, double alpha) {
  v1::CompareActivitiesResponse out;
  for (const Report& report : reports) {
    const v1::ReportSnapshot& snapshot = report.snapshot();
    v1::ComparedActivity& activity = *out.add_activities();
    activity.set_activity(snapshot.activity().name());
    activity.set_report(report.name());
    activity.set_title(snapshot.activity().title());
    activity.set_live_days(snapshot.live_days());
    *activity.mutable_results() = snapshot.results();
    activity.set_conversion_denominator(snapshot.counters().conversion_denominator());
    activity.set_currency_code(snapshot.costs().currency_code());
  }
  FigureTable table(reports, out);
  table.AddCounts();
  table.AddCosts();
  table.AddDays();
  table.AddMetrics();
  for (size_t i = 1; i < reports.size(); ++i) *out.add_rates() = CompareRates(reports.front(), reports[i], alpha);
  return out;
}

}  // namespace heitie::activity
