// Events or measurements of one name as questions read them: column by column, in the order of users and times. Plain data; no database.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_ROWS_H_
#define HEITIE_SERVICES_METRICS_ENGINE_ROWS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace heitie::metrics {

// The values of one key in all rows: a filter judges each value once, then looks up codes.
struct Column {
  // Different values, in no particular order.
  std::vector<std::string> values;
  // For each row 0 when it lacks the key, else 1 + the index of its value.
  std::vector<uint32_t> codes;
};

// Keys of columns that are no dimension or property, whose own keys begin with a letter.
inline constexpr char kActivityColumn[] = "@activity";
inline constexpr char kCurrencyColumn[] = "@currency";
inline constexpr char kProducerColumn[] = "@producer";

enum class Amount : uint8_t { kNone, kMinor, kValue };

// Columns that were not asked for are empty; all others have a place for each row.
struct Rows {
  // Ordinals, ascending; 0 for measurements.
  std::vector<uint32_t> users;
  // Microseconds since 1970 in UTC, ascending within a user.
  std::vector<int64_t> times;
  // Dimensions, properties and the columns named above, by key. Without those that no row has.
  std::map<std::string, Column, std::less<>> columns;
  // Which of the two amounts a row has; the other one is 0.
  std::vector<Amount> amounts;
  std::vector<int64_t> minors;
  std::vector<double> values;

  size_t size() const { return users.size(); }
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_ROWS_H_
