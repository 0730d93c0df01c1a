// What a database can be given.
#ifndef HEITIE_TESTS_FUZZ_VALUE_H_
#define HEITIE_TESTS_FUZZ_VALUE_H_

#include <cmath>

#include "absl/time/civil_time.h"
#include "common/record/columns.h"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {

// Numbers that are finite, times of a calendar, days that exist.
inline void RequireStorable(const sql::Value& value, record::ColumnType type) {
  if (const auto* number = std::get_if<double>(&value)) Require(std::isfinite(*number), "a number is finite");
  if (const auto* time = std::get_if<absl::Time>(&value)) {
    const int64_t year = absl::ToCivilYear(*time, absl::UTCTimeZone()).year();
    Require(year >= 0 && year <= 9999, "a time has a year of four digits");
  }
  if (const auto* text = std::get_if<std::string>(&value); text != nullptr && type == record::ColumnType::kDate) {
    absl::CivilDay day;
    Require(text->size() == 10 && (*text)[0] != '-' && absl::ParseCivilTime(*text, &day) && absl::FormatCivilTime(day) == *text,
            "a date is a day of the calendar");
  }
}

}  // namespace heitie::fuzz

#endif  // HEITIE_TESTS_FUZZ_VALUE_H_
