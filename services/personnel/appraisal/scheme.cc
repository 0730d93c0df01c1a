#include "services/personnel/appraisal/scheme.h"

#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/macros.h"

namespace heitie::personnel {

const status::Reason kWeightsNotWhole{absl::StatusCode::kInvalidArgument, "WEIGHTS_NOT_WHOLE", "The weights add to {sum} instead of 10000.",
                                      "各指標的權重合計為 {sum}，應為 10000。"};
const status::Reason kKindMissing{absl::StatusCode::kInvalidArgument, "KIND_MISSING",
                                  "Nothing is said of {kind}: results, attitude and teamwork each have an indicator.",
                                  "缺少{kind}指標：業績、態度與協作各須有指標。"};
const status::Reason kDuplicateIndicator{absl::StatusCode::kInvalidArgument, "DUPLICATE_INDICATOR", "{indicator} is there twice.",
                                         "指標 {indicator} 重複。"};
const status::Reason kRatedOrMeasured{absl::StatusCode::kInvalidArgument, "RATED_OR_MEASURED",
                                      "{indicator} has either levels, to be rated, or a measure.",
                                      "{indicator} 須擇一：以等級評分，或以資料衡量。"};
const status::Reason kTooFewLevels{absl::StatusCode::kInvalidArgument, "TOO_FEW_LEVELS",
                                   "{indicator} has a single level, on which everybody would be.", "{indicator} 只有一個等級，無從區別。"};
const status::Reason kLevelsNotRising{absl::StatusCode::kInvalidArgument, "LEVELS_NOT_RISING",
                                      "Level {level} of {indicator} does not have more points than the one below it.",
                                      "{indicator} 第 {level} 級的分數未高於前一級。"};
const status::Reason kCurveNotRising{absl::StatusCode::kInvalidArgument, "CURVE_NOT_RISING",
                                     "The figures of {indicator} are to rise from point to point; {figure} does not.",
                                     "{indicator} 曲線的數值須逐點遞增，{figure} 並未遞增。"};
const status::Reason kCurveFalling{absl::StatusCode::kInvalidArgument, "CURVE_FALLING",
                                   "At {figure} the curve of {indicator} falls: a better figure would be worth less.",
                                   "{indicator} 的曲線在 {figure} 下降，較佳的數值反而得分較低。"};
const status::Reason kMeasureNeedsMetric{absl::StatusCode::kInvalidArgument, "MEASURE_NEEDS_METRIC",
                                         "{indicator} is measured by a metric, which is to be named.",
                                         "{indicator} 以指標資料衡量，須指明指標。"};
const status::Reason kMeasureMisfit{absl::StatusCode::kInvalidArgument, "MEASURE_MISFIT",
                                    "Only a figure of metrics has this; {indicator} is measured otherwise.",
                                    "此欄位只適用於指標資料，{indicator} 以其他方式衡量。"};

namespace {

using exact::Fraction;
using v1::AppraisalIndicator;
using v1::AppraisalMeasure;

const status::Phrase kResultsPhrase{"results", "業績"}, kAttitudePhrase{"attitude", "態度"}, kTeamworkPhrase{"teamwork", "協作"};

// Digits only, at least one.
std::optional<boost::multiprecision::cpp_int> ParseDigits(const std::string& text) {
  if (text.empty()) return std::nullopt;
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return std::nullopt;
  }
  // A leading zero would make it octal.
  const size_t first = std::min(text.find_first_not_of('0'), text.size() - 1);
  return boost::multiprecision::cpp_int(text.substr(first));
}

void CheckLevelsOf(const AppraisalIndicator& indicator, const std::string& path, status::BadFields& bad) {
  const status::Arg name{"indicator", indicator.id()};
  if (indicator.levels_size() == 1) bad.Add(path + ".levels", kTooFewLevels, {name});
  for (int i = 1; i < indicator.levels_size(); ++i) {
    if (indicator.levels(i).points() > indicator.levels(i - 1).points()) continue;
    bad.Add(absl::StrCat(path, ".levels[", i, "].points"), kLevelsNotRising, {name, {"level", i + 1}});
  }
}

void CheckMeasure(const AppraisalIndicator& indicator, const std::string& path, status::BadFields& bad) {
  const AppraisalMeasure& measure = indicator.measure();
  const status::Arg name{"indicator", indicator.id()};
  const bool metric = measure.source() == AppraisalMeasure::SOURCE_METRIC;
  if (metric && measure.metric().empty()) bad.Add(path + ".measure.metric", kMeasureNeedsMetric, {name});
  if (!metric) {
    if (!measure.metric().empty()) bad.Add(path + ".measure.metric", kMeasureMisfit, {name});
    if (measure.aggregation() != 0) bad.Add(path + ".measure.aggregation", kMeasureMisfit, {name});
    if (!measure.dimension().empty()) bad.Add(path + ".measure.dimension", kMeasureMisfit, {name});
    if (!measure.target_metric().empty()) bad.Add(path + ".measure.target_metric", kMeasureMisfit, {name});
  }
  if (!measure.dimension_value().empty() && measure.dimension().empty()) {
    bad.Add(path + ".measure.dimension_value", kMeasureMisfit, {name});
  }
  const CurveVerdict verdict = CheckCurve(CurveOf(measure));
  if (verdict.defect == CurveDefect::kNone || verdict.at >= static_cast<size_t>(measure.curve_size())) return;
  const std::string point = absl::StrCat(path, ".measure.curve[", verdict.at, "]");
  const status::Arg figure{"figure", measure.curve(static_cast<int>(verdict.at)).figure()};
  if (verdict.defect == CurveDefect::kFiguresNotRising) bad.Add(point + ".figure", kCurveNotRising, {name, figure});
  if (verdict.defect == CurveDefect::kPointsFalling) bad.Add(point + ".points", kCurveFalling, {name, figure});
}

void CheckIndicators(const google::protobuf::RepeatedPtrField<AppraisalIndicator>& indicators, const std::string& field,
                     status::BadFields& bad) {
  std::set<std::string> ids;
  std::set<int> kinds;
  int64_t sum = 0;
  for (int i = 0; i < indicators.size(); ++i) {
    const AppraisalIndicator& indicator = indicators[i];
    const std::string path = absl::StrCat(field, "[", i, "]");
    if (!ids.insert(indicator.id()).second) bad.Add(path + ".id", kDuplicateIndicator, {{"indicator", indicator.id()}});
    kinds.insert(indicator.kind());
    sum += indicator.weight();
    if (indicator.has_measure() == !indicator.levels().empty()) {
      bad.Add(path + ".measure", kRatedOrMeasured, {{"indicator", indicator.id()}});
      continue;
    }
    if (indicator.has_measure()) {
      CheckMeasure(indicator, path, bad);
    } else {
      CheckLevelsOf(indicator, path, bad);
    }
  }
  if (sum != kAllWeight) bad.Add(field, kWeightsNotWhole, {{"sum", sum}});
  const std::pair<AppraisalIndicator::Kind, const status::Phrase*> needed[] = {{AppraisalIndicator::KIND_RESULTS, &kResultsPhrase},
                                                                               {AppraisalIndicator::KIND_ATTITUDE, &kAttitudePhrase},
                                                                               {AppraisalIndicator::KIND_TEAMWORK, &kTeamworkPhrase}};
  for (const auto& [kind, phrase] : needed) {
    if (kinds.count(kind) == 0) bad.Add(field, kKindMissing, {{"kind", *phrase}});
  }
}

}  // namespace

std::optional<Fraction> ParseNumber(const std::string& text) {
  const bool negative = !text.empty() && text[0] == '-';
  const std::string magnitude = negative ? text.substr(1) : text;
  const size_t slash = magnitude.find('/'), point = magnitude.find('.');
  std::optional<boost::multiprecision::cpp_int> top, bottom = boost::multiprecision::cpp_int(1);
  if (slash != std::string::npos) {
    top = ParseDigits(magnitude.substr(0, slash));
    bottom = ParseDigits(magnitude.substr(slash + 1));
  } else if (point != std::string::npos) {
    const std::string decimals = magnitude.substr(point + 1);
    if (decimals.empty() || point == 0) return std::nullopt;
    top = ParseDigits(magnitude.substr(0, point) + decimals);
    for (size_t i = 0; i < decimals.size(); ++i) *bottom *= 10;
  } else {
    top = ParseDigits(magnitude);
  }
  if (!top || !bottom || *bottom == 0) return std::nullopt;
  const Fraction fraction(*top, *bottom);
  return negative ? Fraction(-fraction) : fraction;
}

std::string NumberText(const Fraction& number) { return number.str(); }

std::string DecimalText(double value) {
  if (!std::isfinite(value) || std::abs(value) >= 1e15) return "";
  std::string text = absl::StrFormat("%.6f", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::vector<CurvePoint> CurveOf(const AppraisalMeasure& measure) {
  std::vector<CurvePoint> curve;
  for (const v1::AppraisalCurvePoint& point : measure.curve()) {
    curve.push_back({ParseNumber(point.figure()).value_or(Fraction(0)), point.points()});
  }
  return curve;
}

absl::Status CheckScheme(const v1::AppraisalScheme& scheme) {
  status::BadFields bad;
  CheckIndicators(scheme.indicators(), "appraisal_scheme.indicators", bad);
  if (!scheme.year_indicators().empty()) CheckIndicators(scheme.year_indicators(), "appraisal_scheme.year_indicators", bad);
  return bad.status();
}

absl::StatusOr<std::optional<v1::AppraisalScheme>> AppraisalSchemes::InForce(sql::Session& sql, absl::Time at,
                                                                             const std::string& position) const {
  absl::StatusOr<v1::AppraisalScheme> scheme = versions_.InForce(sql, at, position);
  if (scheme.ok()) return std::optional<v1::AppraisalScheme>(*std::move(scheme));
  if (status::ReasonOf(scheme.status()) == record::kNoVersionInForce.id) return std::optional<v1::AppraisalScheme>();
  return scheme.status();
}

}  // namespace heitie::personnel
