#include "services/planning/research/table_import.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/table.h"
#include "common/text/csv.h"
#include "common/time/day.h"

namespace heitie::planning {

const status::Reason kCellUnreadable{absl::StatusCode::kInvalidArgument, "CELL_UNREADABLE", "{column} is one of {values:list}.",
                                     "{column} 須為 {values:list} 之一。"};

namespace {

constexpr char kImportField[] = "content";
constexpr int64_t kMostImported = 1000;

size_t CharactersOf(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

absl::StatusOr<std::vector<std::string>> ImportTitlesOf(const text::Csv& csv, const ImportColumns& columns) {
  status::BadFields bad;
  std::vector<std::string> titles;
  std::set<std::string> seen;
  if (!csv.rows.empty()) {
    for (const text::CsvCell& cell : csv.rows[0].cells) {
      titles.emplace_back(absl::StripAsciiWhitespace(cell.text));
      if (columns.count(titles.back()) == 0) {
        bad.Add(kImportField, status::table::kColumnUnknown, {{"place", static_cast<int>(titles.size())}});
      } else if (!seen.insert(titles.back()).second) {
        bad.Add(kImportField, status::table::kColumnTwice, {{"column", titles.back()}});
      }
    }
  }
  for (const auto& [title, column] : columns) {
    if (column.required && seen.count(title) == 0) bad.Add(kImportField, status::table::kColumnMissing, {{"column", title}});
  }
  const auto rows = static_cast<int64_t>(csv.rows.size() + csv.defects.size()) - 1;
  if (rows > kMostImported) bad.Add(kImportField, status::table::kTooManyRows, {{"count", rows}, {"most", kMostImported}});
  RETURN_IF_ERROR(bad.status());
  return titles;
}

ImportRow ReadImportRow(const text::CsvRow& csv, const std::vector<std::string>& titles, const ImportColumns& columns,
                        ImportDefects& defects) {
  const size_t before = defects.size();
  ImportRow row;
  row.line = csv.line;
  for (size_t i = 0; i < csv.cells.size(); ++i) {
    const text::CsvCell& cell = csv.cells[i];
    if (i >= titles.size()) {
      defects.Add(cell.line, cell.column, status::table::kCellTooMany, {{"count", static_cast<int>(titles.size())}});
      break;
    }
    std::string text(absl::StripAsciiWhitespace(cell.text));
    if (text.empty()) continue;
    const size_t most = columns.at(titles[i]).most;
    if (CharactersOf(text) > most) {
      defects.Add(cell.line, cell.column, status::table::kCellTooLong, {{"column", titles[i]}, {"most", static_cast<int64_t>(most)}});
    }
    row.cells[titles[i]] = {std::move(text), cell.line, cell.column};
  }
  for (const auto& [title, column] : columns) {
    if (column.required && row.cells.count(title) == 0) defects.Add(csv.line, 1, status::table::kCellEmpty, {{"column", title}});
  }
  row.sound = defects.size() == before;
  return row;
}

}  // namespace

void ImportDefects::Add(int line, int column, const status::Reason& reason, const status::Args& args) {
  v1::ResearchImportDefect& defect = defects_.emplace_back();
  defect.set_line(line);
  defect.set_column(column);
  defect.set_reason(reason.id);
  defect.set_statement(status::Sentence(reason, args, language_));
}

std::vector<v1::ResearchImportDefect> ImportDefects::Sorted() const {
  std::vector<v1::ResearchImportDefect> sorted = defects_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return std::tuple(a.line(), a.column()) < std::tuple(b.line(), b.column()); });
  return sorted;
}

absl::StatusOr<std::vector<ImportRow>> ReadRows(const std::string& content, const ImportColumns& columns, ImportDefects& defects) {
  const text::Csv csv = text::ParseCsv(content);
  ASSIGN_OR_RETURN(const std::vector<std::string> titles, ImportTitlesOf(csv, columns));
  for (const text::CsvDefect& defect : csv.defects) {
    defects.Add(defect.line, defect.column,
                defect.kind == text::CsvDefect::kStrayQuote ? status::table::kStrayQuote : status::table::kOpenQuote);
  }
  std::vector<ImportRow> rows;
  for (size_t i = 1; i < csv.rows.size(); ++i) {
    rows.push_back(ReadImportRow(csv.rows[i], titles, columns, defects));
  }
  return rows;
}

int ReadEnum(const ImportRow& row, const std::string& title, const google::protobuf::EnumDescriptor& type, const std::string& prefix,
             ImportDefects& defects) {
  const auto found = row.cells.find(title);
  if (found == row.cells.end()) return 0;
  const ImportCell& cell = found->second;
  const auto* value = type.FindValueByName(absl::StrCat(prefix, absl::AsciiStrToUpper(cell.text)));
  if (value != nullptr && value->number() != 0) return value->number();
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(type.value(i)->name().substr(prefix.size()));
  }
  defects.Add(cell.line, cell.column, kCellUnreadable, {{"column", title}, {"values", absl::StrJoin(names, ", ")}});
  return 0;
}

bool ReadDate(const ImportRow& row, const std::string& title, google::type::Date* day, ImportDefects& defects) {
  const auto cell = row.cells.find(title);
  if (cell == row.cells.end()) return false;
  const std::optional<absl::CivilDay> parsed = time::ParseDay(cell->second.text);
  if (!parsed || !time::IsValid(time::ToDate(*parsed))) {
    defects.Add(cell->second.line, cell->second.column, status::table::kBadDate);
    return false;
  }
  *day = time::ToDate(*parsed);
  return true;
}

}  // namespace heitie::planning
