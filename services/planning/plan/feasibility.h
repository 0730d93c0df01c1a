// The feasibility study of a scheme (P3): what its cash flows are worth.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_FEASIBILITY_H_
#define HEITIE_SERVICES_PLANNING_PLAN_FEASIBILITY_H_

#include <cstdint>
#include <map>
#include <vector>

#include "google/protobuf/repeated_field.h"
#include "heitie/planning/v1/scheme.pb.h"

namespace heitie::planning {

// A term of a sum of the form Σ amount · v^month, v > 0.
struct Term {
  int month;
  double amount;
};

// Every internal rate of return per year in [-0.9999, 10000], ascending: the rates r with Σ amount · (1 + r)^(-month/12) = 0. At most as
// many as the amounts, in the order of months, change sign. Exact up to rounding: no root is lost between the points of a grid, because the
// roots are separated by those of a derivative with one term less. Months may repeat.
std::vector<double> InternalRatesOfReturn(const std::vector<Term>& flows);

// All figures; discount rate per year in basis points. Sums stay exact up to the 200 flows of 10^14 that the contract allows.
v1::Feasibility Assess(const google::protobuf::RepeatedPtrField<v1::CashFlow>& cash_flows, int32_t discount_rate_bp);

// The same with all costs and all benefits multiplied, each figure rounded once.
v1::CorrectedFigures AssessCorrected(const google::protobuf::RepeatedPtrField<v1::CashFlow>& cash_flows, int32_t discount_rate_bp,
                                     double cost_factor, double benefit_factor);

// Puts what follows from earlier forecasts beside the estimate, and judges by it. `cost` and `benefit`: how such forecasts came out.
void Correct(const google::protobuf::RepeatedPtrField<v1::CashFlow>& cash_flows, int32_t discount_rate_bp, const v1::ForecastClass& cost,
             const v1::ForecastClass& benefit, v1::Feasibility& study);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_FEASIBILITY_H_
