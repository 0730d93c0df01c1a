#include "services/planning/research/research_import.h"

#include "absl/strings/numbers.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "services/planning/research/research_item.h"
#include "services/planning/research/table_import.h"

namespace heitie::planning {

using v1::ResearchItem;

namespace {

const ImportColumns& ResearchColumns() {
  static const auto& columns = *new ImportColumns{
      {"kind", {40, true}},       {"statement", {4000, true}},   {"publisher", {200, true}},   {"author", {200, false}},
      {"address", {1000, false}}, {"publish_date", {10, false}}, {"collect_date", {10, true}}, {"last_valid_date", {10, true}},
      {"reliability", {1, true}}, {"credibility", {1, true}},
  };
  return columns;
}

void CheckDaysOfRow(const ImportRow& row, const ResearchItem& item, absl::CivilDay today, ImportDefects& defects) {
  const absl::CivilDay collected = time::ToDay(item.collect_date()), last = time::ToDay(item.last_valid_date());
  if (collected > today) defects.Add(row.line, 1, kCollectedLater, {{"date", time::DayText(collected)}});
  const auto in_order = [&](absl::CivilDay start, absl::CivilDay end) {
    if (end < start) defects.Add(row.line, 1, status::kDatesReversed, {{"start", time::DayText(start)}, {"end", time::DayText(end)}});
  };
  if (item.has_publish_date()) in_order(time::ToDay(item.publish_date()), collected);
  in_order(collected, last);
}

ResearchItem ItemOfRow(const ImportRow& row, ImportDefects& defects) {
  ResearchItem item;
  const auto text = [&](const char* title) {
    const auto cell = row.cells.find(title);
    return cell == row.cells.end() ? std::string() : cell->second.text;
  };
  item.set_kind(static_cast<ResearchItem::Kind>(ReadEnum(row, "kind", *ResearchItem::Kind_descriptor(), "KIND_", defects)));
  item.set_statement(text("statement"));
  item.set_publisher(text("publisher"));
  item.set_author(text("author"));
  item.set_address(text("address"));
  google::type::Date day;
  if (ReadDate(row, "publish_date", &day, defects)) *item.mutable_publish_date() = day;
  if (ReadDate(row, "collect_date", &day, defects)) *item.mutable_collect_date() = day;
  if (ReadDate(row, "last_valid_date", &day, defects)) *item.mutable_last_valid_date() = day;
  item.set_reliability(static_cast<v1::Reliability>(ReadEnum(row, "reliability", *v1::Reliability_descriptor(), "RELIABILITY_", defects)));
  const auto found = row.cells.find("credibility");
  if (found == row.cells.end()) return item;
  const ImportCell& credibility = found->second;
  int32_t value = 0;
  if (!absl::SimpleAtoi(credibility.text, &value) || value < 1 || value > 6) {
    defects.Add(credibility.line, credibility.column, kCellUnreadable, {{"column", "credibility"}, {"values", "1, 2, 3, 4, 5, 6"}});
  }
  item.set_credibility(value);
  return item;
}

}  // namespace

absl::StatusOr<ResearchList> ReadResearch(const std::string& content, absl::CivilDay today, status::Language language) {
  ImportDefects defects(language);
  ASSIGN_OR_RETURN(const std::vector<ImportRow> rows, ReadRows(content, ResearchColumns(), defects));
  ResearchList list;
  for (const ImportRow& row : rows) {
    const size_t before = defects.size();
    ResearchItem item = ItemOfRow(row, defects);
    if (row.sound && defects.size() == before) CheckDaysOfRow(row, item, today, defects);
    if (row.sound && defects.size() == before) list.lines.push_back({row.line, std::move(item)});
  }
  list.defects = defects.Sorted();
  return list;
}

}  // namespace heitie::planning
