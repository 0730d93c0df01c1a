#include "services/planning/scheme/scheme_analysis.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/statistics/counter_random.h"
#include "services/planning/control/three_point.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::CashFlow;

const status::Reason kLineTwice{StatusCode::kInvalidArgument, "CASH_FLOW_TWICE", "{line} is a line already.", "已有項目 {line}。"};
const status::Reason kRangeNotAround{StatusCode::kInvalidArgument, "RANGE_NOT_AROUND",
                                     "The most likely amount lies between the least and the most.", "最可能金額須介於最低與最高之間。"};

namespace {

double FactorOf(int month, int32_t rate_bp) { return std::pow(1 + rate_bp / 10000.0, -month / 12.0); }

std::string LineOf(const v1::Scheme& scheme, int i) {
  return scheme.cash_flows(i).id().empty() ? absl::StrCat("#", i) : scheme.cash_flows(i).id();
}

ThreePoint CostOf(const CashFlow& flow) {
  const auto likely = static_cast<double>(flow.cost_minor());
  if (!flow.has_cost_range()) return {likely, likely, likely};
  return {static_cast<double>(flow.cost_range().low_minor()), likely, static_cast<double>(flow.cost_range().high_minor())};
}
ThreePoint BenefitOf(const CashFlow& flow) {
  const auto likely = static_cast<double>(flow.benefit_minor());
  if (!flow.has_benefit_range()) return {likely, likely, likely};
  return {static_cast<double>(flow.benefit_range().low_minor()), likely, static_cast<double>(flow.benefit_range().high_minor())};
}

constexpr int kRangeDraws = 10000;

// The 10th and the 90th hundredth of sums of amounts; those of one group move together.
std::optional<std::pair<double, double>> RangeOf(const std::vector<std::pair<ThreePoint, std::string>>& amounts) {
  double certain = 0;
  std::vector<std::pair<Quantiles, size_t>> varying;
  std::map<std::string, size_t> groups;
  std::vector<statistics::CounterRandom> streams;
  for (const auto& [points, group] : amounts) {
    if (points.low == points.high) {
      certain += points.likely;
      continue;
    }
    const auto known = group.empty() ? groups.end() : groups.find(group);
    const size_t number = known == groups.end() ? streams.size() : known->second;
    if (known == groups.end()) streams.emplace_back(uint64_t{0}, streams.size());
    if (!group.empty()) groups.emplace(group, number);
    varying.emplace_back(Quantiles(Spread::kPert, points), number);
  }
  if (varying.empty()) return std::nullopt;
  std::vector<double> sums(kRangeDraws, certain), drawn(streams.size());
  for (double& sum : sums) {
    for (size_t i = 0; i < streams.size(); ++i) drawn[i] = streams[i].NextUnit();
    for (const auto& [quantiles, number] : varying) sum += quantiles.At(drawn[number]);
  }
  std::sort(sums.begin(), sums.end());
  const auto at = [&](int percent) { return sums[static_cast<size_t>(percent) * (sums.size() - 1) / 100]; };
  return std::make_pair(at(10), at(90));
}

// An amount that varies: what of it is drawn by which number, and what a unit of it is worth today.
struct Varying {
  Quantiles quantiles;
  size_t number;
  double worth;
};

}  // namespace

AmountRanges RangesOf(const v1::Scheme& scheme) {
  std::vector<std::pair<ThreePoint, std::string>> costs, benefits;
  for (const CashFlow& flow : scheme.cash_flows()) {
    costs.emplace_back(CostOf(flow), flow.group());
    benefits.emplace_back(BenefitOf(flow), flow.group());
  }
  return {RangeOf(costs), RangeOf(benefits)};
}

void CheckLines(const v1::Scheme& scheme, status::BadFields& bad) {
  std::set<std::string> ids;
  for (int i = 0; i < scheme.cash_flows_size(); ++i) {
    const CashFlow& flow = scheme.cash_flows(i);
    const std::string path = absl::StrCat("scheme.cash_flows[", i, "].");
    if (!flow.id().empty() && !ids.insert(flow.id()).second) bad.Add(path + "id", kLineTwice, {{"line", flow.id()}});
    const auto around = [](const v1::AmountRange& range, int64_t likely) {
      return range.low_minor() <= likely && likely <= range.high_minor();
    };
    if (flow.has_cost_range() && !around(flow.cost_range(), flow.cost_minor())) bad.Add(path + "cost_range", kRangeNotAround);
    if (flow.has_benefit_range() && !around(flow.benefit_range(), flow.benefit_minor())) bad.Add(path + "benefit_range", kRangeNotAround);
  }
}

std::optional<double> ModifiedRateOfReturn(const v1::Scheme& scheme, int32_t finance_rate_bp, int32_t reinvestment_rate_bp) {
  std::map<int, double> by_month;
  for (const CashFlow& flow : scheme.cash_flows()) {
    by_month[flow.month()] += static_cast<double>(flow.benefit_minor() - flow.cost_minor());
  }
  if (by_month.empty()) return std::nullopt;
  const int last = by_month.rbegin()->first;
  double spent = 0, earned = 0;
  for (const auto& [month, amount] : by_month) {
    if (amount < 0) spent -= amount * FactorOf(month, finance_rate_bp);
    if (amount > 0) earned += amount / FactorOf(last - month, reinvestment_rate_bp);
  }
  if (spent == 0 || earned == 0 || last == 0) return std::nullopt;
  return std::pow(earned / spent, 12.0 / last) - 1;
}

v1::SchemeAnalysis AnalyzeScheme(const v1::Scheme& scheme, int64_t seed, int iterations, int32_t finance_rate_bp,
                                 int32_t reinvestment_rate_bp) {
  v1::SchemeAnalysis result;
  result.set_scheme(scheme.name());
  result.set_scheme_etag(scheme.etag());
  double likely = 0, mean = 0, certain = 0, costs = 0, benefits = 0;
  std::vector<Varying> varying;
  std::map<std::string, size_t> groups;
  size_t numbers = 0;
  for (const CashFlow& flow : scheme.cash_flows()) {
    const double factor = FactorOf(flow.month(), scheme.discount_rate_bp());
    for (const auto& [points, worth] : {std::make_pair(CostOf(flow), -factor), std::make_pair(BenefitOf(flow), factor)}) {
      likely += points.likely * worth;
      mean += MeanOf(Spread::kPert, points) * worth;
      (worth < 0 ? costs : benefits) += points.likely * factor;
      if (points.low == points.high) {
        certain += points.likely * worth;
        continue;
      }
      size_t number = numbers;
      if (flow.group().empty() || groups.emplace(flow.group(), numbers).second) {
        ++numbers;
      } else {
        number = groups[flow.group()];
      }
      varying.push_back({Quantiles(Spread::kPert, points), number, worth});
    }
  }
  result.set_npv_likely_minor(std::llround(likely));
  result.set_npv_mean_minor(std::llround(mean));
  if (benefits > 0) result.set_break_even_benefit_factor(costs / benefits);
  if (const auto mirr = ModifiedRateOfReturn(scheme, finance_rate_bp, reinvestment_rate_bp)) result.set_mirr(*mirr);
  if (scheme.cash_flows().empty()) return result;

  std::vector<double> values(iterations, certain);
  std::vector<statistics::CounterRandom> streams;
  for (size_t i = 0; i < numbers; ++i) streams.emplace_back(static_cast<uint64_t>(seed), i);
  std::vector<double> drawn(numbers);
  for (double& value : values) {
    for (size_t i = 0; i < numbers; ++i) drawn[i] = streams[i].NextUnit();
    for (const Varying& amount : varying) value += amount.quantiles.At(drawn[amount.number]) * amount.worth;
  }
  std::sort(values.begin(), values.end());
  for (const int percent : {5, 10, 50, 90, 95}) {
    const double place = percent / 100.0 * (iterations - 1);
    const auto below = static_cast<size_t>(place);
    const double next = values[std::min(below + 1, values.size() - 1)];
    v1::NpvQuantile& quantile = *result.add_quantiles();
    quantile.set_percent(percent);
    quantile.set_npv_minor(std::llround(values[below] + (place - static_cast<double>(below)) * (next - values[below])));
  }
  const auto negative = std::lower_bound(values.begin(), values.end(), 0.0) - values.begin();
  result.set_probability_negative(static_cast<double>(negative) / iterations);

  std::vector<std::pair<double, v1::LineSensitivity>> lines;
  for (int i = 0; i < scheme.cash_flows_size(); ++i) {
    const CashFlow& flow = scheme.cash_flows(i);
    const double factor = FactorOf(flow.month(), scheme.discount_rate_bp());
    const ThreePoint cost = CostOf(flow), benefit = BenefitOf(flow);
    const double swing = (cost.high - cost.low + benefit.high - benefit.low) * factor;
    if (swing == 0) continue;
    v1::LineSensitivity line;
    line.set_line(LineOf(scheme, i));
    line.set_title(flow.title());
    line.set_npv_worst_minor(std::llround(likely + (cost.likely - cost.high + benefit.low - benefit.likely) * factor));
    line.set_npv_best_minor(std::llround(likely + (cost.likely - cost.low + benefit.high - benefit.likely) * factor));
    lines.emplace_back(swing, std::move(line));
  }
  std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (auto& [swing, line] : lines) *result.add_lines() = std::move(line);
  return result;
}

}  // namespace heitie::planning
