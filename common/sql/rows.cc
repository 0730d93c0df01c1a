#include "common/sql/rows.h"

#include "absl/time/civil_time.h"

namespace heitie::sql {
namespace {

constexpr char kTimeFormat[] = "%Y-%m-%d %H:%M:%E6S";

// "2026-01-31 08:00:00" with up to six decimals, as both servers write it. absl::ParseTime costs twenty times as much.
absl::Time ParseTime(const std::string& text) {
  const auto number = [&](size_t begin, size_t size) {
    int value = 0;
    for (size_t i = begin; i < begin + size; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  if (text.size() < 19) return absl::UnixEpoch();
  const absl::CivilSecond second(number(0, 4), number(5, 2), number(8, 2), number(11, 2), number(14, 2), number(17, 2));
  absl::Time time = absl::FromCivil(second, absl::UTCTimeZone());
  if (text.size() <= 20) return time;
  int micros = 0;
  for (size_t i = 20; i < 26; ++i) micros = micros * 10 + (i < text.size() ? text[i] - '0' : 0);
  return time + absl::Microseconds(micros);
}

void BindValue(::sql::PreparedStatement& statement, unsigned index, const Value& value) {
  if (std::holds_alternative<std::monostate>(value)) {
    statement.setNull(index, 0);
  } else if (const auto* i = std::get_if<int64_t>(&value)) {
    statement.setInt64(index, *i);
  } else if (const auto* d = std::get_if<double>(&value)) {
    statement.setDouble(index, *d);
  } else if (const auto* s = std::get_if<std::string>(&value)) {
    statement.setString(index, *s);
  } else {
    statement.setDateTime(index, absl::FormatTime(kTimeFormat, std::get<absl::Time>(value), absl::UTCTimeZone()));
  }
}

}  // namespace

absl::Time ConnectorRow::Time(int column) const { return IsNull(column) ? absl::UnixEpoch() : ParseTime(Text(column)); }

void BindValues(::sql::PreparedStatement& statement, const Values& values) {
  for (size_t i = 0; i < values.size(); ++i) BindValue(statement, static_cast<unsigned>(i + 1), values[i]);
}

size_t RowsTogether(const std::vector<Values>& rows, size_t begin) {
  constexpr size_t kRows = 32, kBytes = 1 << 20;
  size_t fit = 0;
  for (size_t bytes = 0; fit < kRows && begin + fit < rows.size(); ++fit) {
    for (const Value& value : rows[begin + fit]) {
      if (const auto* text = std::get_if<std::string>(&value)) bytes += text->size();
    }
    if (fit > 0 && bytes > kBytes) break;
  }
  size_t together = 1;
  while (together * 2 <= fit) together *= 2;
  return together;
}

}  // namespace heitie::sql
