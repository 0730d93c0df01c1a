// Comma-separated values as RFC 4180 has them, in UTF-8, with or without a byte order mark. Pure functions.
#ifndef HEITIE_COMMON_TEXT_CSV_H_
#define HEITIE_COMMON_TEXT_CSV_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace heitie::text {

// Lines and columns count from 1, columns in characters.
struct CsvCell {
  std::string text;
  int line = 0, column = 0;
};
struct CsvRow {
  int line = 0;
  std::vector<CsvCell> cells;
};
struct CsvDefect {
  enum Kind { kStrayQuote, kOpenQuote } kind;
  int line = 0, column = 0;
};
struct Csv {
  std::vector<CsvRow> rows;
  // Each is one of a row that is not in `rows`.
  std::vector<CsvDefect> defects;
};

// Only `,` separates: a full-width comma is text. Lines end with LF, CR or both; empty ones are no rows. A quote that is neither at the
// beginning of a cell nor doubled within a quoted one spoils its row, which then ends at the next line; one that is never closed spoils the
// rest.
Csv ParseCsv(absl::string_view text);

}  // namespace heitie::text

#endif  // HEITIE_COMMON_TEXT_CSV_H_
