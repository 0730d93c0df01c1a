// The loss of one risk in a year, in closed form (policy R2): it occurs with a probability, once at most, and then costs a lognormal
// amount, of which an instrument may carry a part. Pure functions; amounts are minor units of one currency.
#ifndef HEITIE_SERVICES_RISK_EXPOSURE_LOSS_H_
#define HEITIE_SERVICES_RISK_EXPOSURE_LOSS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "common/status/status.h"
#include "heitie/risk/v1/loss.pb.h"

namespace heitie::risk {

extern const status::Reason kLossBoundsReversed;  // {lower} {upper}
extern const status::Reason kLossTooGreat;        // {mean} {most}

// One in so many parts.
inline constexpr int64_t kMillion = 1'000'000;
// Mean losses above it are refused, so that no figure leaves the range of an amount: at most 1,000 times a mean is told (levels up to 99.9
// %) of at most 1,000 risks.
inline constexpr double kGreatestMeanLoss = 1e12;

// The lognormal loss of an occurrence.
struct LossShape {
  double mu = 0, sigma = 1;
};

// What an instrument pays of an occurrence: min(max(x − deductible, 0), cover). Nothing with a cover of 0.
struct LossCover {
  double deductible = 0, cover = 0;

  double Recovered(double loss) const;
};

struct YearlyLoss {
  int64_t probability_ppm = 0;
  LossShape shape;
  LossCover cover;
};

// μ = (ln lower + ln upper) / 2, σ = ln(upper / lower) / (2·Φ⁻¹(0.95)), of a 90 % interval 0 < lower < upper.
LossShape ShapeOf(double lower, double upper);
// e^(μ + σ²/2).
double MeanLoss(const LossShape& shape);
// The limited expected value E min(X, limit); limit ≥ 0.
double LimitedMeanLoss(const LossShape& shape, double limit);
// What the instrument pays on average of an occurrence.
double MeanRecovered(const YearlyLoss& loss);

// Of the year, net of what the instrument pays.
double MeanYearlyLoss(const YearlyLoss& loss);
// P(L > x), strictly; x ≥ 0.
double ExceedanceOf(const YearlyLoss& loss, double x);
// The least x with P(L ≤ x) ≥ level: exactly 0 when p ≤ 1 − level, by which integers are compared. 0 < level < 1,000,000.
double ValueAtRisk(const YearlyLoss& loss, int64_t level_ppm);
// The mean of the worst 1 − level of all years.
double ExpectedShortfall(const YearlyLoss& loss, int64_t level_ppm);

// The least and greatest loss of an estimate are in this order, and its mean can be told. LOSS_BOUNDS_REVERSED, LOSS_TOO_GREAT.
void CheckLossFigures(const std::string& field, const v1::LossFigures& figures, status::BadFields& bad);
// Whether the mean loss is above the upper bound: the tail decides, and the estimate deserves a second look.
bool HasHeavyTail(const v1::LossFigures& figures);

// By `figures` and an instrument that may be empty.
YearlyLoss YearlyLossOf(const v1::LossFigures& figures, const v1::LossCover& cover);
// Without and with the treatment.
YearlyLoss Untreated(const v1::LossEstimate& estimate);
YearlyLoss Treated(const v1::LossEstimate& estimate);

// Rounded to the nearest minor unit; what no amount can hold becomes the greatest one.
int64_t ToMinor(double amount);

// What is told of a year: at each level and above each threshold.
v1::LossFigure FigureOf(const YearlyLoss& loss, const google::protobuf::RepeatedField<int32_t>& levels_ppm,
                        const google::protobuf::RepeatedField<int64_t>& thresholds_minor);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_EXPOSURE_LOSS_H_
