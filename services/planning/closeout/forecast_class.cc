#include "services/planning/closeout/forecast_class.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/text/markdown.h"

namespace heitie::planning {

using activity::v1::ForecastResult;
using v1::ForecastClass;
using v1::ForecastRecord;

namespace {

constexpr size_t kIdLength = 26;

ForecastRecord::Kind KindOf(ForecastResult::Kind kind) {
  switch (kind) {
    case ForecastResult::KIND_COST:
      return ForecastRecord::KIND_COST;
    case ForecastResult::KIND_BENEFIT:
      return ForecastRecord::KIND_BENEFIT;
    case ForecastResult::KIND_TARGET:
      return ForecastRecord::KIND_TARGET;
    default:
      return ForecastRecord::KIND_UNSPECIFIED;
  }
}

std::string MeasureOf(const ForecastResult& forecast) {
  if (forecast.kind() != ForecastResult::KIND_TARGET) return "";
  if (forecast.measure() == activity::v1::Target::MEASURE_METRIC) return forecast.metric();
  return std::string(absl::StripPrefix(activity::v1::Target::Measure_Name(forecast.measure()), "MEASURE_"));
}

}  // namespace

double AtPercent(std::vector<double> values, int percent) {
  std::sort(values.begin(), values.end());
  // Hundredths of a place, so that what falls on a value is this value.
  const size_t place = percent * (values.size() - 1), below = place / 100;
  const double above = values[std::min(below + 1, values.size() - 1)];
  return values[below] + static_cast<double>(place % 100) / 100 * (above - values[below]);
}

void SetRatio(ForecastRecord& record) {
  record.clear_ratio();
  if (record.has_forecast() && record.has_actual() && record.forecast() != 0) record.set_ratio(record.actual() / record.forecast());
}

ForecastClass ClassOf(ForecastRecord::Kind kind, const std::string& project_type, const std::vector<ForecastRecord>& of_type,
                      const std::vector<ForecastRecord>& of_all, int needed, int stressed_percent) {
  ForecastClass result;
  result.set_kind(kind);
  result.set_project_type(project_type);
  result.set_type_count(static_cast<int32_t>(of_type.size()));
  result.set_all_count(static_cast<int32_t>(of_all.size()));
  result.set_needed_count(needed);
  const auto enough = [&](const std::vector<ForecastRecord>& records) { return !records.empty() && std::ssize(records) >= needed; };
  if (!enough(of_type) && !enough(of_all)) return result;
  const std::vector<ForecastRecord>& records = enough(of_type) ? of_type : of_all;
  result.set_scope(enough(of_type) ? ForecastClass::SCOPE_TYPE : ForecastClass::SCOPE_ALL_TYPES);
  std::vector<double> ratios;
  int32_t ranged = 0, inside = 0;
  for (const ForecastRecord& record : records) {
    ratios.push_back(record.ratio());
    result.add_records(record.name());
    if (!record.has_low() || !record.has_high()) continue;
    ++ranged;
    inside += record.low() <= record.actual() && record.actual() <= record.high();
  }
  std::sort(result.mutable_records()->begin(), result.mutable_records()->end());
  result.set_median(AtPercent(ratios, 50));
  result.set_stressed(AtPercent(ratios, stressed_percent));
  result.set_ranged_count(ranged);
  result.set_inside_count(inside);
  return result;
}

std::vector<ForecastRecord> RecordsOf(const activity::v1::Report& report) {
  const activity::v1::ReportSnapshot& snapshot = report.snapshot();
  std::vector<ForecastRecord> records;
  for (int i = 0; i < snapshot.forecasts_size(); ++i) {
    const ForecastResult& forecast = snapshot.forecasts(i);
    if (KindOf(forecast.kind()) == ForecastRecord::KIND_UNSPECIFIED) continue;
    ForecastRecord record;
    record.set_name(RecordNameOf(report.name(), i));
    record.set_kind(KindOf(forecast.kind()));
    record.set_measure(MeasureOf(forecast));
    record.set_project(snapshot.activity().project());
    record.set_subject(snapshot.activity().name());
    record.set_source(report.name());
    *record.mutable_source_time() = report.create_time();
    if (forecast.has_forecast()) record.set_forecast(forecast.forecast());
    if (forecast.has_actual()) record.set_actual(forecast.actual());
    record.set_currency_code(forecast.currency_code());
    record.set_state(ForecastRecord::STATE_IN_FORCE);
    SetRatio(record);
    records.push_back(std::move(record));
  }
  return records;
}

std::string RecordNameOf(const std::string& source, int place) {
  return absl::StrCat("forecastRecords/", text::Sha256Hex(absl::StrCat(source, "#", place)).substr(0, kIdLength));
}

}  // namespace heitie::planning
