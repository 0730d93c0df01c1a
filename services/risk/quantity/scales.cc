#include "services/risk/quantity/scales.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace heitie::risk {

using v1::ImpactScale;
using v1::LikelihoodScale;
using v1::RatingWarning;
using v1::RiskMatrix;

namespace {

const status::Reason kScaleTwice{absl::StatusCode::kInvalidArgument, "SCALE_TWICE", "{value} is told already.", "{value} 已有說明。"};
const status::Reason kScaleReversed{absl::StatusCode::kInvalidArgument, "SCALE_REVERSED",
                                    "The greatest figure is not above the least one, {lower}.", "上限未高於下限 {lower}。"};
const status::Reason kScaleOverlaps{absl::StatusCode::kInvalidArgument, "SCALE_OVERLAPS", "It begins below {upper}, where {value} ends.",
                                    "低於 {value} 的上限 {upper}。"};
const status::Reason kCurrencyMissing{absl::StatusCode::kInvalidArgument, "CURRENCY_MISSING", "Say in which currency.", "請說明幣別。"};
const status::Reason kDimensionTwice{absl::StatusCode::kInvalidArgument, "DIMENSION_TWICE", "{dimension} is rated already.",
                                     "{dimension} 已評估。"};
const status::Reason kImpactDiffers{absl::StatusCode::kInvalidArgument, "IMPACT_DIFFERS", "The worst of the dimensions is {worst}.",
                                    "各面向中最嚴重者為 {worst}。"};

// A range of figures for which a likelihood or an impact stands.
struct Range {
  int value = 0;
  int64_t lower = 0, upper = 0;
  std::string field;
};

int64_t UpperOf(const ImpactScale& scale) { return scale.upper_minor() == 0 ? std::numeric_limits<int64_t>::max() : scale.upper_minor(); }

// Those of greater values lie above those of lesser ones.
void CheckAscending(std::vector<Range> ranges, status::BadFields& bad) {
  std::stable_sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.value < b.value; });
  for (size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].upper <= ranges[i].lower) bad.Add(ranges[i].field, kScaleReversed, {{"lower", ranges[i].lower}});
    if (i == 0 || ranges[i].lower >= ranges[i - 1].upper || ranges[i].value == ranges[i - 1].value) continue;
    bad.Add(ranges[i].field, kScaleOverlaps, {{"upper", ranges[i - 1].upper}, {"value", ranges[i - 1].value}});
  }
}

// Where a figure lies among ranges, and whether the value that was rated is there as well.
std::optional<RatingWarning> WarningOf(RatingWarning::Kind kind, const std::vector<Range>& ranges, int rated, int64_t stated) {
  const auto holds = [&](const Range& range) { return range.lower <= stated && stated <= range.upper; };
  const auto own = std::find_if(ranges.begin(), ranges.end(), [&](const Range& range) { return range.value == rated; });
  if (own == ranges.end() || holds(*own)) return std::nullopt;
  RatingWarning warning;
  warning.set_kind(kind);
  warning.set_rated(rated);
  warning.set_lower(own->lower);
  warning.set_upper(own->upper == std::numeric_limits<int64_t>::max() ? 0 : own->upper);
  warning.set_stated(stated);
  const auto fitting = std::find_if(ranges.begin(), ranges.end(), holds);
  if (fitting != ranges.end()) warning.set_fitting(fitting->value);
  return warning;
}

std::vector<Range> LikelihoodsOf(const RiskMatrix& matrix) {
  std::vector<Range> ranges;
  for (int i = 0; i < matrix.likelihood_scales_size(); ++i) {
    const LikelihoodScale& scale = matrix.likelihood_scales(i);
    ranges.push_back({scale.likelihood(), scale.lower_ppm(), scale.upper_ppm(), absl::StrCat("risk_matrix.likelihood_scales[", i, "]")});
  }
  return ranges;
}

std::vector<Range> LossesOf(const RiskMatrix& matrix, const std::string& currency) {
  std::vector<Range> ranges;
  for (int i = 0; i < matrix.impact_scales_size(); ++i) {
    const ImpactScale& scale = matrix.impact_scales(i);
    if (scale.dimension() != v1::IMPACT_DIMENSION_MONEY || scale.currency_code() != currency) continue;
    ranges.push_back({scale.impact(), scale.lower_minor(), UpperOf(scale), absl::StrCat("risk_matrix.impact_scales[", i, "]")});
  }
  return ranges;
}

int WorstOf(const v1::AssessRiskRequest& request) {
  int worst = 0;
  for (const v1::DimensionImpact& one : request.dimensions()) worst = std::max(worst, one.impact());
  return worst;
}

}  // namespace

absl::Status CheckScales(const RiskMatrix& matrix) {
  status::BadFields bad;
  std::set<int> likelihoods;
  for (int i = 0; i < matrix.likelihood_scales_size(); ++i) {
    const int value = matrix.likelihood_scales(i).likelihood();
    if (!likelihoods.insert(value).second) bad.Add(absl::StrCat("risk_matrix.likelihood_scales[", i, "]"), kScaleTwice, {{"value", value}});
  }
  CheckAscending(LikelihoodsOf(matrix), bad);
  std::set<std::tuple<int, std::string, int>> impacts;
  std::set<std::string> currencies;
  for (int i = 0; i < matrix.impact_scales_size(); ++i) {
    const ImpactScale& scale = matrix.impact_scales(i);
    const std::string field = absl::StrCat("risk_matrix.impact_scales[", i, "]");
    const bool money = scale.dimension() == v1::IMPACT_DIMENSION_MONEY;
    if (money && scale.currency_code().empty()) bad.Add(field + ".currency_code", kCurrencyMissing);
    if (money) currencies.insert(scale.currency_code());
    if (!impacts.insert({scale.dimension(), money ? scale.currency_code() : "", scale.impact()}).second) {
      bad.Add(field, kScaleTwice, {{"value", scale.impact()}});
    }
  }
  for (const std::string& currency : currencies) CheckAscending(LossesOf(matrix, currency), bad);
  return bad.status();
}

void CheckStated(const v1::AssessRiskRequest& request, status::BadFields& bad) {
  std::set<int> seen;
  for (int i = 0; i < request.dimensions_size(); ++i) {
    const v1::ImpactDimension dimension = request.dimensions(i).dimension();
    if (seen.insert(dimension).second) continue;
    bad.Add(absl::StrCat("dimensions[", i, "]"), kDimensionTwice, {{"dimension", v1::ImpactDimension_Name(dimension)}});
  }
  const int worst = WorstOf(request);
  if (worst > 0 && worst != request.current().impact()) bad.Add("current.impact", kImpactDiffers, {{"worst", worst}});
  if (request.has_stated_loss_minor() && request.currency_code().empty()) bad.Add("currency_code", kCurrencyMissing);
}

void SetStated(const v1::AssessRiskRequest& request, const RiskMatrix& matrix, v1::Assessment& assessment) {
  *assessment.mutable_dimensions() = request.dimensions();
  assessment.set_currency_code(request.currency_code());
  std::vector<std::optional<RatingWarning>> warnings;
  if (request.has_stated_probability_ppm()) {
    assessment.set_stated_probability_ppm(request.stated_probability_ppm());
    warnings.push_back(WarningOf(RatingWarning::KIND_PROBABILITY, LikelihoodsOf(matrix), request.current().likelihood(),
                                 request.stated_probability_ppm()));
  }
  if (request.has_stated_loss_minor()) {
    assessment.set_stated_loss_minor(request.stated_loss_minor());
    // The money of it, where dimensions are told: the worst of them may be another one.
    int rated = request.current().impact();
    for (const v1::DimensionImpact& one : request.dimensions()) {
      if (one.dimension() == v1::IMPACT_DIMENSION_MONEY) rated = one.impact();
    }
    warnings.push_back(WarningOf(RatingWarning::KIND_LOSS, LossesOf(matrix, request.currency_code()), rated, request.stated_loss_minor()));
  }
  for (const std::optional<RatingWarning>& warning : warnings) {
    if (warning.has_value()) *assessment.add_warnings() = *warning;
  }
}

}  // namespace heitie::risk
