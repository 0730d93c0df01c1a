#include "services/personnel/candidate/application_import.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/table.h"
#include "common/text/csv.h"
#include "common/time/day.h"
#include "services/personnel/candidate/application.h"

namespace heitie::personnel {

using text::Csv;
using text::CsvCell;
using text::CsvDefect;
using text::CsvRow;

namespace {

constexpr char kContent[] = "content";
constexpr int64_t kMostRows = 1000;

// The columns and how many characters their cells may have, as the contract has them of Applicant and Application.
const std::map<std::string, size_t>& Columns() {
  static const auto& columns = *new std::map<std::string, size_t>{{"display_name", 200}, {"email", 254},     {"phone", 60},
                                                                  {"external_id", 100},  {"apply_date", 10}, {"remarks", 4000}};
  return columns;
}

size_t Characters(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

v1::ImportDefect DefectAt(int line, int column, const status::Reason& reason, const status::Args& args, status::Language language) {
  v1::ImportDefect defect;
  defect.set_line(line);
  defect.set_column(column);
  defect.set_reason(reason.id);
  defect.set_statement(status::Sentence(reason, args, language));
  return defect;
}

absl::StatusOr<std::vector<std::string>> TitlesOf(const Csv& csv) {
  status::BadFields bad;
  std::vector<std::string> titles;
  std::set<std::string> seen;
  if (!csv.rows.empty()) {
    for (const CsvCell& cell : csv.rows[0].cells) {
      titles.emplace_back(absl::StripAsciiWhitespace(cell.text));
      if (Columns().count(titles.back()) == 0) {
        bad.Add(kContent, status::table::kColumnUnknown, {{"place", static_cast<int>(titles.size())}});
      } else if (!seen.insert(titles.back()).second) {
        bad.Add(kContent, status::table::kColumnTwice, {{"column", titles.back()}});
      }
    }
  }
  if (seen.count("display_name") == 0) bad.Add(kContent, status::table::kColumnMissing, {{"column", "display_name"}});
  if (seen.count("email") + seen.count("phone") == 0) bad.Add(kContent, status::table::kColumnMissing, {{"column", "email"}});
  const auto rows = static_cast<int64_t>(csv.rows.size() + csv.defects.size()) - 1;
  if (rows > kMostRows) bad.Add(kContent, status::table::kTooManyRows, {{"count", rows}, {"most", kMostRows}});
  RETURN_IF_ERROR(bad.status());
  return titles;
}

class LineReader {
 public:
  LineReader(const std::vector<std::string>& titles, absl::CivilDay today, status::Language language,
             std::vector<v1::ImportDefect>& defects)
      : titles_(titles), today_(today), language_(language), defects_(defects) {}

  // Nothing for a row with a defect.
  std::optional<ImportLine> Read(const CsvRow& row, const std::string& phone_region) {
    const size_t before = defects_.size();
    ImportLine line;
    line.line = row.line;
    line.applied = today_;
    line.applicant.set_phone_region(phone_region);
    for (size_t i = 0; i < row.cells.size(); ++i) {
      const CsvCell& cell = row.cells[i];
      if (i >= titles_.size()) {
        Add(cell.line, cell.column, status::table::kCellTooMany, {{"count", static_cast<int>(titles_.size())}});
        break;
      }
      ReadCell(titles_[i], cell, line);
    }
    if (line.applicant.display_name().empty()) Add(row.line, 1, status::table::kCellEmpty, {{"column", "display_name"}});
    if (defects_.size() > before) return std::nullopt;
    return line;
  }

 private:
  void Add(int line, int column, const status::Reason& reason, const status::Args& args) {
    defects_.push_back(DefectAt(line, column, reason, args, language_));
  }

  void ReadCell(const std::string& title, const CsvCell& cell, ImportLine& line) {
    const std::string text(absl::StripAsciiWhitespace(cell.text));
    const size_t most = Columns().at(title);
    if (Characters(text) > most)
      return Add(cell.line, cell.column, status::table::kCellTooLong, {{"column", title}, {"most", static_cast<int64_t>(most)}});
    line.places[title] = {cell.line, cell.column};
    if (title == "display_name") line.applicant.set_display_name(text);
    if (title == "email") line.applicant.set_email(text);
    if (title == "phone") line.applicant.set_phone(text);
    if (title == "remarks") line.applicant.set_remarks(text);
    if (title == "external_id") line.external_id = text;
    if (title != "apply_date" || text.empty()) return;
    const std::optional<absl::CivilDay> day = time::ParseDay(text);
    if (!day) return Add(cell.line, cell.column, status::table::kBadDate, {});
    if (*day > today_) return Add(cell.line, cell.column, kAppliedLater, {{"date", text}});
    line.applied = *day;
  }

  const std::vector<std::string>& titles_;
  const absl::CivilDay today_;
  const status::Language language_;
  std::vector<v1::ImportDefect>& defects_;
};

}  // namespace

absl::StatusOr<ImportList> ReadImport(const std::string& content, const std::string& phone_region, absl::CivilDay today,
                                      status::Language language) {
  const Csv csv = text::ParseCsv(content);
  ASSIGN_OR_RETURN(const std::vector<std::string> titles, TitlesOf(csv));
  ImportList list;
  for (const CsvDefect& defect : csv.defects) {
    const status::Reason& reason = defect.kind == CsvDefect::kStrayQuote ? status::table::kStrayQuote : status::table::kOpenQuote;
    list.defects.push_back(DefectAt(defect.line, defect.column, reason, {}, language));
  }
  LineReader reader(titles, today, language, list.defects);
  for (size_t i = 1; i < csv.rows.size(); ++i) {
    if (std::optional<ImportLine> line = reader.Read(csv.rows[i], phone_region)) list.lines.push_back(*std::move(line));
  }
  return list;
}

v1::ImportDefect DefectOf(const ImportLine& line, const Fault& fault, status::Language language) {
  const auto place = line.places.find(fault.field);
  const auto [row, column] = place == line.places.end() ? std::pair(line.line, 1) : place->second;
  return DefectAt(row, column, *fault.reason, fault.args, language);
}

}  // namespace heitie::personnel
