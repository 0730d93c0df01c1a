#include "services/planning/research/research_import.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/status/status.h"
#include "common/status/table.h"
#include "common/text/csv.h"
#include "common/time/day.h"
#include "services/planning/research/research_item.h"

namespace heitie::planning {

using v1::ResearchItem;

const status::Reason kCellUnreadable{absl::StatusCode::kInvalidArgument, "CELL_UNREADABLE", "{column} is one of {values:list}.",
                                     "{column} 須為 {values:list} 之一。"};

namespace {

constexpr char kImportField[] = "content";
constexpr int64_t kMostResearchRows = 1000;

// The columns, how many characters their cells may have, and whether they must be there and say something.
struct ResearchColumn {
  size_t most;
  bool required;
};
const std::map<std::string, ResearchColumn>& ResearchColumns() {
  static const auto& columns = *new std::map<std::string, ResearchColumn>{
      {"kind", {40, true}},       {"statement", {4000, true}},   {"publisher", {200, true}},   {"author", {200, false}},
      {"address", {1000, false}}, {"publish_date", {10, false}}, {"collect_date", {10, true}}, {"last_valid_date", {10, true}},
      {"reliability", {1, true}}, {"credibility", {1, true}},
  };
  return columns;
}

size_t CharactersOf(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

absl::StatusOr<std::vector<std::string>> ResearchTitlesOf(const text::Csv& csv) {
  status::BadFields bad;
  std::vector<std::string> titles;
  std::set<std::string> seen;
  if (!csv.rows.empty()) {
    for (const text::CsvCell& cell : csv.rows[0].cells) {
      titles.emplace_back(absl::StripAsciiWhitespace(cell.text));
      if (ResearchColumns().count(titles.back()) == 0) {
        bad.Add(kImportField, status::table::kColumnUnknown, {{"place", static_cast<int>(titles.size())}});
      } else if (!seen.insert(titles.back()).second) {
        bad.Add(kImportField, status::table::kColumnTwice, {{"column", titles.back()}});
      }
    }
  }
  for (const auto& [title, column] : ResearchColumns()) {
    if (column.required && seen.count(title) == 0) bad.Add(kImportField, status::table::kColumnMissing, {{"column", title}});
  }
  const auto rows = static_cast<int64_t>(csv.rows.size() + csv.defects.size()) - 1;
  if (rows > kMostResearchRows) bad.Add(kImportField, status::table::kTooManyRows, {{"count", rows}, {"most", kMostResearchRows}});
  RETURN_IF_ERROR(bad.status());
  return titles;
}

// "TREND" of KIND_TREND; 0 when it is none of them.
int ValueNamed(const google::protobuf::EnumDescriptor& type, const std::string& prefix, const std::string& name) {
  const auto* value = type.FindValueByName(absl::StrCat(prefix, absl::AsciiStrToUpper(name)));
  return value == nullptr ? 0 : value->number();
}

std::string ValuesOf(const google::protobuf::EnumDescriptor& type, size_t prefix) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(type.value(i)->name().substr(prefix));
  }
  return absl::StrJoin(names, ", ");
}

class ResearchReader {
 public:
  ResearchReader(const std::vector<std::string>& titles, absl::CivilDay today, status::Language language, ResearchList& list)
      : titles_(titles), today_(today), language_(language), list_(list) {}

  void Read(const text::CsvRow& row) {
    const size_t before = list_.defects.size();
    ResearchLine line;
    line.line = row.line;
    std::set<std::string> said;
    for (size_t i = 0; i < row.cells.size(); ++i) {
      const text::CsvCell& cell = row.cells[i];
      if (i >= titles_.size()) {
        Add(cell.line, cell.column, status::table::kCellTooMany, {{"count", static_cast<int>(titles_.size())}});
        break;
      }
      const std::string text(absl::StripAsciiWhitespace(cell.text));
      if (text.empty()) continue;
      said.insert(titles_[i]);
      ReadCell(titles_[i], cell, text, line.item);
    }
    for (const auto& [title, column] : ResearchColumns()) {
      if (column.required && said.count(title) == 0) Add(row.line, 1, status::table::kCellEmpty, {{"column", title}});
    }
    if (list_.defects.size() == before) CheckDays(line);
    if (list_.defects.size() == before) list_.lines.push_back(std::move(line));
  }

  void Add(int line, int column, const status::Reason& reason, const status::Args& args) {
    v1::ResearchImportDefect& defect = list_.defects.emplace_back();
    defect.set_line(line);
    defect.set_column(column);
    defect.set_reason(reason.id);
    defect.set_statement(status::Sentence(reason, args, language_));
  }

 private:
  void CheckDays(const ResearchLine& line) {
    const ResearchItem& item = line.item;
    const absl::CivilDay collected = time::ToDay(item.collect_date()), last = time::ToDay(item.last_valid_date());
    if (collected > today_) Add(line.line, 1, kCollectedLater, {{"date", time::DayText(collected)}});
    const auto in_order = [&](absl::CivilDay start, absl::CivilDay end) {
      if (end < start) Add(line.line, 1, status::kDatesReversed, {{"start", time::DayText(start)}, {"end", time::DayText(end)}});
    };
    if (item.has_publish_date()) in_order(time::ToDay(item.publish_date()), collected);
    in_order(collected, last);
  }

  void ReadCell(const std::string& title, const text::CsvCell& cell, const std::string& text, ResearchItem& item) {
    const size_t most = ResearchColumns().at(title).most;
    if (CharactersOf(text) > most) {
      Add(cell.line, cell.column, status::table::kCellTooLong, {{"column", title}, {"most", static_cast<int64_t>(most)}});
      return;
    }
    const auto unreadable = [&](const std::string& values) {
      Add(cell.line, cell.column, kCellUnreadable, {{"column", title}, {"values", values}});
    };
    if (title == "statement") item.set_statement(text);
    if (title == "publisher") item.set_publisher(text);
    if (title == "author") item.set_author(text);
    if (title == "address") item.set_address(text);
    if (title == "publish_date") ReadDay(cell, text, *item.mutable_publish_date());
    if (title == "collect_date") ReadDay(cell, text, *item.mutable_collect_date());
    if (title == "last_valid_date") ReadDay(cell, text, *item.mutable_last_valid_date());
    if (title == "kind") {
      item.set_kind(static_cast<ResearchItem::Kind>(ValueNamed(*ResearchItem::Kind_descriptor(), "KIND_", text)));
      if (item.kind() == ResearchItem::KIND_UNSPECIFIED) unreadable(ValuesOf(*ResearchItem::Kind_descriptor(), sizeof("KIND_") - 1));
    }
    if (title == "reliability") {
      item.set_reliability(static_cast<v1::Reliability>(ValueNamed(*v1::Reliability_descriptor(), "RELIABILITY_", text)));
      if (item.reliability() == v1::RELIABILITY_UNSPECIFIED) unreadable("A, B, C, D, E, F");
    }
    if (title == "credibility") {
      int32_t value = 0;
      if (!absl::SimpleAtoi(text, &value) || value < 1 || value > 6) return unreadable("1, 2, 3, 4, 5, 6");
      item.set_credibility(value);
    }
  }

  void ReadDay(const text::CsvCell& cell, const std::string& text, google::type::Date& day) {
    const std::optional<absl::CivilDay> parsed = time::ParseDay(text);
    if (!parsed || !time::IsValid(time::ToDate(*parsed))) return Add(cell.line, cell.column, status::table::kBadDate, {});
    day = time::ToDate(*parsed);
  }

  const std::vector<std::string>& titles_;
  const absl::CivilDay today_;
  const status::Language language_;
  ResearchList& list_;
};

}  // namespace

absl::StatusOr<ResearchList> ReadResearch(const std::string& content, absl::CivilDay today, status::Language language) {
  const text::Csv csv = text::ParseCsv(content);
  ASSIGN_OR_RETURN(const std::vector<std::string> titles, ResearchTitlesOf(csv));
  ResearchList list;
  ResearchReader reader(titles, today, language, list);
  for (const text::CsvDefect& defect : csv.defects) {
    reader.Add(defect.line, defect.column,
               defect.kind == text::CsvDefect::kStrayQuote ? status::table::kStrayQuote : status::table::kOpenQuote, {});
  }
  for (size_t i = 1; i < csv.rows.size(); ++i) reader.Read(csv.rows[i]);
  std::stable_sort(list.defects.begin(), list.defects.end(),
                   [](const auto& a, const auto& b) { return std::tuple(a.line(), a.column()) < std::tuple(b.line(), b.column()); });
  return list;
}

}  // namespace heitie::planning
