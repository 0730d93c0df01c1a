#include "services/metrics/import/text_rows.h"

#include <csv.h>
#include <simdjson.h>

#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace heitie::metrics {
namespace {

constexpr char kByteOrderMark[] = "\xEF\xBB\xBF";

struct CsvRow {
  std::vector<std::string> cells;
  int rows = 0;
};

void TakeCell(void* cell, size_t size, void* row) { static_cast<CsvRow*>(row)->cells.emplace_back(static_cast<const char*>(cell), size); }
void EndRow(int, void* row) { ++static_cast<CsvRow*>(row)->rows; }
// The library would trim blanks, which RFC 4180 takes for part of the field.
int IsNoBlank(unsigned char) { return 0; }

struct CsvParser {
  CsvParser() { ok = csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) == 0; }
  ~CsvParser() { csv_free(&parser); }
  CsvParser(const CsvParser&) = delete;
  csv_parser parser;
  bool ok;
};

// A scalar as text; nothing for an object, an array or what is no JSON. Null is an empty optional within.
std::optional<std::optional<std::string>> ScalarText(simdjson::ondemand::value value) {
  simdjson::ondemand::json_type type;
  if (value.type().get(type) != simdjson::SUCCESS) return std::nullopt;
  switch (type) {
    case simdjson::ondemand::json_type::string: {
      std::string_view text;
      if (value.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
      return std::optional<std::string>(std::string(text));
    }
    case simdjson::ondemand::json_type::number: {
      // The text of the number is kept, for 11.10 is an amount and no float; that it is a number is checked by reading it.
      const std::string_view token = value.raw_json_token();
      double number;
      if (value.get_double().get(number) != simdjson::SUCCESS) return std::nullopt;
      const absl::string_view text(token.data(), token.size());
      return std::optional<std::string>(std::string(absl::StripTrailingAsciiWhitespace(text)));
    }
    case simdjson::ondemand::json_type::boolean: {
      bool truth;
      if (value.get_bool().get(truth) != simdjson::SUCCESS) return std::nullopt;
      return std::optional<std::string>(truth ? "true" : "false");
    }
    case simdjson::ondemand::json_type::null: {
      // What begins like null and is none is an error here.
      bool null = false;
      if (value.is_null().get(null) != simdjson::SUCCESS || !null) return std::nullopt;
      return std::optional<std::string>();
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<size_t> RowLength(absl::string_view text, bool quoted, bool last) {
  bool within = false;
  for (size_t i = 0; i < text.size(); ++i) {
    // A quote within quotes is doubled, which leaves and enters them again.
    if (quoted && text[i] == '"') within = !within;
    if (text[i] == '\n' && !within) return i + 1;
  }
  if (!last || text.empty()) return std::nullopt;
  return text.size();
}

size_t MarkLength(absl::string_view text) { return absl::StartsWith(text, kByteOrderMark) ? 3 : 0; }

bool IsUtf8(absl::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

std::optional<std::vector<std::string>> ParseCsvRow(absl::string_view row, char delimiter) {
  CsvParser csv;
  if (!csv.ok) return std::nullopt;
  csv_set_delim(&csv.parser, static_cast<unsigned char>(delimiter));
  csv_set_space_func(&csv.parser, &IsNoBlank);
  CsvRow result;
  if (csv_parse(&csv.parser, row.data(), row.size(), &TakeCell, &EndRow, &result) != row.size()) return std::nullopt;
  if (csv_fini(&csv.parser, &TakeCell, &EndRow, &result) != 0 || result.rows > 1) return std::nullopt;
  return std::move(result.cells);
}

std::optional<std::map<std::string, std::string>> ParseJsonRow(absl::string_view row) {
  static thread_local simdjson::ondemand::parser parser;
  const simdjson::padded_string padded(row.data(), row.size());
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS || document.get_object().get(object) != simdjson::SUCCESS)
    return std::nullopt;
  std::map<std::string, std::string> members;
  std::map<std::string, bool> seen;
  for (auto field : object) {
    std::string_view key;
    simdjson::ondemand::value value;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS || field.value().get(value) != simdjson::SUCCESS) return std::nullopt;
    const std::string name(key);
    if (!seen.emplace(name, true).second) return std::nullopt;
    std::optional<std::optional<std::string>> text = ScalarText(value);
    if (!text) return std::nullopt;
    if (*text) members.emplace(name, std::move(**text));
  }
  const char* beyond;
  if (document.current_location().get(beyond) == simdjson::SUCCESS) return std::nullopt;
  return members;
}

std::string CsvCell(const std::string& text) {
  std::string cell;
  // What begins so is computed by spreadsheets, also after blanks; a number may keep its sign nowhere, for -2+cmd() is one for them.
  const size_t first = text.find_first_not_of(' ');
  if (first != std::string::npos && absl::string_view("=+-@\t\r\n|").find(text[first]) != absl::string_view::npos) cell = "'";
  absl::StrAppend(&cell, text);
  if (cell.find_first_of(",;\t\"\r\n") == std::string::npos && (cell.empty() || (cell.front() != ' ' && cell.back() != ' '))) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace heitie::metrics
