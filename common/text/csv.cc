#include "common/text/csv.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace heitie::text {
namespace {

constexpr char kByteOrderMark[] = "\xEF\xBB\xBF";

class CsvReader {
 public:
  explicit CsvReader(absl::string_view text) : text_(text) { absl::ConsumePrefix(&text_, kByteOrderMark); }

  Csv Read() {
    while (at_ < text_.size()) {
      if (AtLineEnd()) {
        NextLine();
      } else {
        ReadRow();
      }
    }
    return std::move(csv_);
  }

 private:
  bool AtLineEnd() const { return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }
  void NextLine() {
    if (at_ < text_.size() && text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    if (at_ < text_.size()) ++at_;
    ++line_;
    column_ = 1;
  }
  void Take(std::string& into) {
    // A character begins with its first byte.
    if ((static_cast<unsigned char>(text_[at_]) & 0xC0) != 0x80) ++column_;
    into += text_[at_++];
  }
  void Skip() {
    std::string skipped;
    Take(skipped);
  }

  void ReadRow() {
    CsvRow row;
    row.line = line_;
    bool good = true;
    while (true) {
      CsvCell cell;
      cell.line = line_;
      cell.column = column_;
      good = !AtLineEnd() && text_[at_] == '"' ? ReadQuoted(cell) : ReadBare(cell);
      if (!good) break;
      row.cells.push_back(std::move(cell));
      if (AtLineEnd()) break;
      Skip();  // ,
      if (AtLineEnd()) {
        row.cells.push_back({"", line_, column_});
        break;
      }
    }
    if (good) csv_.rows.push_back(std::move(row));
    while (!AtLineEnd()) Skip();
    NextLine();
  }

  bool ReadBare(CsvCell& cell) {
    while (!AtLineEnd() && text_[at_] != ',') {
      if (text_[at_] == '"') return Spoiled(CsvDefect::kStrayQuote, line_, column_);
      Take(cell.text);
    }
    return true;
  }

  bool ReadQuoted(CsvCell& cell) {
    Skip();
    while (at_ < text_.size()) {
      if (text_[at_] != '"') {
        if (AtLineEnd()) {
          const size_t begin = at_;
          NextLine();
          absl::StrAppend(&cell.text, text_.substr(begin, at_ - begin));
        } else {
          Take(cell.text);
        }
        continue;
      }
      Skip();
      if (at_ < text_.size() && text_[at_] == '"') {
        Take(cell.text);
        continue;
      }
      if (AtLineEnd() || text_[at_] == ',') return true;
      return Spoiled(CsvDefect::kStrayQuote, line_, column_);
    }
    return Spoiled(CsvDefect::kOpenQuote, cell.line, cell.column);
  }

  bool Spoiled(CsvDefect::Kind kind, int line, int column) {
    csv_.defects.push_back({kind, line, column});
    return false;
  }

  absl::string_view text_;
  size_t at_ = 0;
  int line_ = 1, column_ = 1;
  Csv csv_;
};

}  // namespace

Csv ParseCsv(absl::string_view text) { return CsvReader(text).Read(); }

}  // namespace heitie::text
