// How forecasts came out and what follows for the next one (P3, W13). Pure rules.
#ifndef HEITIE_SERVICES_PLANNING_CLOSEOUT_FORECAST_CLASS_H_
#define HEITIE_SERVICES_PLANNING_CLOSEOUT_FORECAST_CLASS_H_

#include <string>
#include <vector>

#include "heitie/activity/v1/report.pb.h"
#include "heitie/planning/v1/forecast_record.pb.h"

namespace heitie::planning {

// The value at position p·(n−1) of the sorted values, linear between two; `values` are not empty, 0 ≤ percent ≤ 100.
double AtPercent(std::vector<double> values, int percent);

// Sets actual ÷ forecast where both are known and the forecast is not 0.
void SetRatio(v1::ForecastRecord& record);

// The class that corrects a forecast of a project of this type: of records of one kind, each with a ratio, of the type and of all types.
v1::ForecastClass ClassOf(v1::ForecastRecord::Kind kind, const std::string& project_type, const std::vector<v1::ForecastRecord>& of_type,
                          const std::vector<v1::ForecastRecord>& of_all, int needed, int stressed_percent);

// What a report on an activity leaves, without the type of its project: one for each forecast in it.
std::vector<v1::ForecastRecord> RecordsOf(const activity::v1::Report& report);

// The name of the record that a source leaves at a place.
std::string RecordNameOf(const std::string& source, int place);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CLOSEOUT_FORECAST_CLASS_H_
