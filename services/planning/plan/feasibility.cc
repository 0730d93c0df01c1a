#include "services/planning/plan/feasibility.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "heitie/planning/v1/scheme.pb.h"

namespace heitie::planning {
namespace {

constexpr double kLowestRate = -0.9999, kHighestRate = 10000;
// A sum smaller than this part of its terms is rounding.
constexpr double kRelativeZero = 1e-12;

// s = ln v = -ln(1 + r) / 12 turns the sum into Σ amount · e^(month · s).
double ToExponent(double rate) { return -std::log1p(rate) / 12; }
double ToRate(double exponent) { return std::expm1(-12 * exponent); }

int SignAt(const std::vector<Term>& terms, double s) {
  double sum = 0, size = 0;
  for (const Term& term : terms) {
    const double value = term.amount * std::exp(term.month * s);
    sum += value;
    size += std::abs(value);
  }
  if (std::abs(sum) <= kRelativeZero * size) return 0;
  return sum > 0 ? 1 : -1;
}

bool ChangesSign(const std::vector<Term>& terms) {
  return std::any_of(terms.begin(), terms.end(), [&](const Term& term) { return (term.amount > 0) != (terms.front().amount > 0); });
}

// The sum divided by its first power, then differentiated: one term less, and between two of its roots the quotient is monotone.
std::vector<Term> Derivative(const std::vector<Term>& terms) {
  std::vector<Term> derivative;
  for (size_t i = 1; i < terms.size(); ++i) {
    const int power = terms[i].month - terms.front().month;
    derivative.push_back({power, terms[i].amount * power});
  }
  return derivative;
}

double Bisect(const std::vector<Term>& terms, double low, double high) {
  const int sign_low = SignAt(terms, low);
  for (int i = 0; i < 100; ++i) {
    const double middle = low + (high - low) / 2;
    const int sign = SignAt(terms, middle);
    if (sign == 0) return middle;
    (sign == sign_low ? low : high) = middle;
  }
  return low;
}

// Roots in [low, high], ascending. Terms have distinct ascending months and no amount of 0.
std::vector<double> Roots(const std::vector<Term>& terms, double low, double high) {
  if (terms.size() < 2 || !ChangesSign(terms)) return {};
  std::vector<double> points = Roots(Derivative(terms), low, high);
  points.insert(points.begin(), low);
  points.push_back(high);
  std::vector<double> roots;
  for (size_t i = 0; i < points.size(); ++i) {
    const int sign = SignAt(terms, points[i]);
    if (i > 0) {
      const int before = SignAt(terms, points[i - 1]);
      if (sign * before < 0) roots.push_back(Bisect(terms, points[i - 1], points[i]));
    }
    if (sign == 0 && (roots.empty() || points[i] > roots.back())) roots.push_back(points[i]);  // A root at a turning point is a double one.
  }
  return roots;
}

struct MonthlyFlow {
  long double cost = 0, benefit = 0;
  long double net() const { return benefit - cost; }
};
using FlowsByMonth = std::map<int, MonthlyFlow>;

long double DiscountFactor(int month, int32_t rate_bp) { return std::pow(1 + rate_bp / 10000.0L, -month / 12.0L); }

// Payback as the contract defines it; sums are judged rounded to a minor unit, as the net present value is.
std::optional<int32_t> Payback(const FlowsByMonth& flows, int32_t rate_bp) {
  std::optional<int32_t> since = 0;
  long double sum = 0;
  for (const auto& [month, flow] : flows) {
    sum += flow.net() * DiscountFactor(month, rate_bp);
    if (std::llroundl(sum) < 0) {
      since.reset();
    } else if (!since) {
      since = month;
    }
  }
  return since;
}

v1::Feasibility::IrrOutcome OutcomeOf(int rates) {
  if (rates == 0) return v1::Feasibility::IRR_OUTCOME_NONE;
  return rates == 1 ? v1::Feasibility::IRR_OUTCOME_UNIQUE : v1::Feasibility::IRR_OUTCOME_MULTIPLE;
}

v1::Feasibility::Verdict VerdictOf(int64_t npv_minor) {
  return npv_minor >= 0 ? v1::Feasibility::VERDICT_FEASIBLE : v1::Feasibility::VERDICT_INFEASIBLE;
}

// Feasibility or CorrectedFigures.
template <typename T>
void PutFigures(const google::protobuf::RepeatedPtrField<v1::CashFlow>& cash_flows, int32_t discount_rate_bp, long double cost_factor,
                long double benefit_factor, T& result) {
  FlowsByMonth flows;
  for (const v1::CashFlow& flow : cash_flows) {
    flows[flow.month()].cost += flow.cost_minor();
    flows[flow.month()].benefit += flow.benefit_minor();
  }
  long double cost = 0, benefit = 0, costs = 0, benefits = 0, net = 0;
  std::vector<Term> terms;
  for (auto& [month, flow] : flows) {
    flow.cost *= cost_factor;
    flow.benefit *= benefit_factor;
    const long double factor = DiscountFactor(month, discount_rate_bp);
    cost += flow.cost;
    benefit += flow.benefit;
    costs += flow.cost * factor;
    benefits += flow.benefit * factor;
    net += flow.net() * factor;
    terms.push_back({month, static_cast<double>(flow.net())});
  }
  result.set_total_cost_minor(std::llroundl(cost));
  result.set_total_benefit_minor(std::llroundl(benefit));
  result.set_npv_minor(std::llroundl(net));
  for (const double rate : InternalRatesOfReturn(terms)) result.add_irr(rate);
  result.set_irr_outcome(OutcomeOf(result.irr_size()));
  if (const auto months = Payback(flows, 0)) result.set_payback_months(*months);
  if (const auto months = Payback(flows, discount_rate_bp)) result.set_discounted_payback_months(*months);
  if (costs > 0) result.set_benefit_cost_ratio(static_cast<double>(benefits / costs));
}

}  // namespace

std::vector<double> InternalRatesOfReturn(const std::vector<Term>& flows) {
  std::map<int, double> by_month;
  for (const Term& flow : flows) by_month[flow.month] += flow.amount;
  std::vector<Term> terms;
  for (const auto& [month, amount] : by_month) {
    if (amount != 0) terms.push_back({month, amount});
  }
  std::vector<double> rates;
  for (const double root : Roots(terms, ToExponent(kHighestRate), ToExponent(kLowestRate))) rates.push_back(ToRate(root));
  std::reverse(rates.begin(), rates.end());
  return rates;
}

v1::Feasibility Assess(const google::protobuf::RepeatedPtrField<v1::CashFlow>& cash_flows, int32_t discount_rate_bp) {
  v1::Feasibility result;
  if (cash_flows.empty()) return result;
  PutFigures(cash_flows, discount_rate_bp, 1, 1, result);
  result.set_verdict(VerdictOf(result.npv_minor()));
  return result;
}

v1::CorrectedFigures AssessCorrected(const google::protobuf::RepeatedPtrField<v1::CashFlow>& cash_flows, int32_t discount_rate_bp,
                                     double cost_factor, double benefit_factor) {
  v1::CorrectedFigures result;
  result.set_cost_factor(cost_factor);
  result.set_benefit_factor(benefit_factor);
  PutFigures(cash_flows, discount_rate_bp, cost_factor, benefit_factor, result);
  return result;
}

void Correct(const google::protobuf::RepeatedPtrField<v1::CashFlow>& cash_flows, int32_t discount_rate_bp, const v1::ForecastClass& cost,
             const v1::ForecastClass& benefit, v1::Feasibility& study) {
  if (cash_flows.empty() || (!cost.has_median() && !benefit.has_median())) return;
  *study.mutable_corrected() =
      AssessCorrected(cash_flows, discount_rate_bp, cost.has_median() ? cost.median() : 1, benefit.has_median() ? benefit.median() : 1);
  *study.mutable_stressed() = AssessCorrected(cash_flows, discount_rate_bp, cost.has_stressed() ? cost.stressed() : 1,
                                              benefit.has_stressed() ? benefit.stressed() : 1);
  study.set_verdict(VerdictOf(study.corrected().npv_minor()));
}

}  // namespace heitie::planning
