// What may come of a scheme (P3): the distribution of its net present value, what each line does to it, and the modified rate of return.
// Pure arithmetic; the same seed gives the same bits.
#ifndef HEITIE_SERVICES_PLANNING_SCHEME_SCHEME_ANALYSIS_H_
#define HEITIE_SERVICES_PLANNING_SCHEME_SCHEME_ANALYSIS_H_

#include <cstdint>
#include <optional>
#include <utility>

#include "common/status/status.h"
#include "heitie/planning/v1/scheme.pb.h"

namespace heitie::planning {

extern const status::Reason kLineTwice;       // A field; {line}
extern const status::Reason kRangeNotAround;  // A field.

// The lines by themselves: bad fields below "scheme.".
void CheckLines(const v1::Scheme& scheme, status::BadFields& bad);

// Rates per year in basis points. Nothing where nothing is spent, nothing earned, or all of it in the first month.
std::optional<double> ModifiedRateOfReturn(const v1::Scheme& scheme, int32_t finance_rate_bp, int32_t reinvestment_rate_bp);

v1::SchemeAnalysis AnalyzeScheme(const v1::Scheme& scheme, int64_t seed, int iterations, int32_t finance_rate_bp,
                                 int32_t reinvestment_rate_bp);

// Between what the sums of a scheme's costs and benefits lie, not discounted: the values that are not exceeded with 10 and 90 %
// probability. Not set where no line of them has a range.
struct AmountRanges {
  std::optional<std::pair<double, double>> cost, benefit;
};
AmountRanges RangesOf(const v1::Scheme& scheme);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_SCHEME_SCHEME_ANALYSIS_H_
