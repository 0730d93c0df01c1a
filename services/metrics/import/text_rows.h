// Rows of CSV (RFC 4180) and NDJSON. Pure; a row is looked at by itself, so that reading can go on at any row.
#ifndef HEITIE_SERVICES_METRICS_IMPORT_TEXT_ROWS_H_
#define HEITIE_SERVICES_METRICS_IMPORT_TEXT_ROWS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace heitie::metrics {

// The length of the row that `text` begins with, with its line break; of the last row of a file (`last`) that of all that is left. Nothing
// when the row does not end in the text. In CSV (`quoted`) line breaks between quotes are part of the row.
std::optional<size_t> RowLength(absl::string_view text, bool quoted, bool last);
// 3 when the text begins with the byte order mark of UTF-8, else 0.
size_t MarkLength(absl::string_view text);
bool IsUtf8(absl::string_view text);

// The cells of one row of CSV, as they are: blanks are not trimmed. No cells for an empty line; nothing for what RFC 4180 does not know,
// such as a quote within a field that does not begin with one.
std::optional<std::vector<std::string>> ParseCsvRow(absl::string_view row, char delimiter);
// The members of a JSON object as texts, numbers as they are written; without those that are null. Nothing for what is no object, has
// arrays or objects within, or has a member twice.
std::optional<std::map<std::string, std::string>> ParseJsonRow(absl::string_view row);

// A cell of CSV that we write: quoted where needed, and with an apostrophe before what a spreadsheet would compute.
std::string CsvCell(const std::string& text);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_IMPORT_TEXT_ROWS_H_
