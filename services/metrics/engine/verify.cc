#include "services/metrics/engine/verify.h"

#include <map>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"

namespace heitie::metrics {
namespace {

using FigureMap = std::map<CellKey, Cell>;

sql::Values VerifiedDay(const SeriesDay& of) { return sql::Bind(of.series.kind, of.series.name, time::DayText(of.day)); }

// The ranges of users that the day has rows or figures of.
absl::StatusOr<std::set<uint32_t>> RangesOf(sql::Session& session, const SeriesDay& of, DayVerification& found) {
  std::set<uint32_t> ranges;
  RETURN_IF_ERROR(ReadFolded(session, of.series, {of.day, of.day}, {}, kNoTexts, [&](const FoldedBlock& block) {
    for (uint32_t range = block.stored.first_user >> kRangeBits; range <= block.stored.last_user >> kRangeBits; ++range) {
      ranges.insert(range);
    }
    found.rows += block.stored.row_count;
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(session.Query("SELECT DISTINCT user_range FROM day_cell WHERE kind = ? AND name = ? AND day = ?", VerifiedDay(of),
                                [&](const sql::Row& row) { ranges.insert(static_cast<uint32_t>(row.Int(0))); }));
  return ranges;
}

// Dimensions that have lost their values on the day: their figure is that of all values.
absl::StatusOr<std::set<std::string>> CollapsedOf(sql::Session& session, const SeriesDay& of) {
  std::set<std::string> dimensions;
  RETURN_IF_ERROR(session.Query(
      "SELECT DISTINCT dimension FROM day_cell WHERE kind = ? AND name = ? AND day = ? AND dimension <> '' AND dimension_value = ''",
      VerifiedDay(of), [&](const sql::Row& row) { dimensions.insert(row.Text(0)); }));
  return dimensions;
}

// OK also where rows are damaged, which is a difference then.
absl::StatusOr<FigureMap> Recompute(sql::Session& session, const SeriesDay& of, uint32_t range, const std::set<std::string>& collapsed,
                                    DayVerification& found) {
  FigureMap cells;
  const Users users{range << kRangeBits, (range << kRangeBits) + ((1u << kRangeBits) - 1)};
  RETURN_IF_ERROR(ReadFolded(session, of.series, {of.day, of.day}, users, kAttributesPart, [&](const FoldedBlock& folded) -> absl::Status {
    const absl::StatusOr<Block> block = Load(folded.stored, kAttributesPart);
    if (absl::IsDataLoss(block.status())) {
      found.differences.push_back({{"", "", "", range}, "damaged", 1, 0});
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(block.status());
    for (auto& [key, cell] : RollUp(block->rows, of.series.kind == kEventKind)) {
      if (key.range != range) continue;
      CellKey kept = key;
      if (collapsed.contains(key.dimension)) kept.value.clear();
      cells[kept].Add(cell);
    }
    return absl::OkStatus();
  }));
  return cells;
}

absl::StatusOr<FigureMap> ReadStored(sql::Session& session, const SeriesDay& of, uint32_t range, DayVerification& found,
                                     std::set<CellKey>& damaged) {
  FigureMap cells;
  sql::Values values = VerifiedDay(of);
  values.emplace_back(static_cast<int64_t>(range));
  absl::Status read;
  RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT activity, dimension, dimension_value, ", kCellColumns,
                                             " FROM day_cell WHERE kind = ? AND name = ? AND day = ? AND user_range = ?"),
                                values, [&](const sql::Row& row) {
                                  const CellKey key{row.Text(0), row.Text(1), row.Text(2), range};
                                  absl::StatusOr<Cell> cell = ReadCell(row, 3);
                                  if (absl::IsDataLoss(cell.status())) {
                                    found.differences.push_back({key, "damaged", 1, 0});
                                    damaged.insert(key);
                                  } else if (cell.ok()) {
                                    cells.emplace(key, *std::move(cell));
                                  } else {
                                    read.Update(cell.status());
                                  }
                                }));
  RETURN_IF_ERROR(read);
  return cells;
}

void CompareCells(const CellKey& key, const Cell& stored, const Cell& recomputed, std::vector<FigureDifference>& differences) {
  const auto add = [&](const char* figure, double was, double is) { differences.push_back({key, figure, was, is}); };
  if (stored.count != recomputed.count) add("count", static_cast<double>(stored.count), static_cast<double>(recomputed.count));
  if (stored.sum_minor != recomputed.sum_minor) {
    add("sum_minor", static_cast<double>(stored.sum_minor), static_cast<double>(recomputed.sum_minor));
  }
  if (stored.value_count != recomputed.value_count) {
    add("value_count", static_cast<double>(stored.value_count), static_cast<double>(recomputed.value_count));
  }
  if (!(stored.value_sum == recomputed.value_sum)) add("value_sum", stored.value_sum.value(), recomputed.value_sum.value());
  if (stored.value_min != recomputed.value_min) add("value_min", stored.value_min.value_or(0), recomputed.value_min.value_or(0));
  if (stored.value_max != recomputed.value_max) add("value_max", stored.value_max.value_or(0), recomputed.value_max.value_or(0));
  if (!(stored.users == recomputed.users)) {
    add("users", static_cast<double>((stored.users - recomputed.users).cardinality()),
        static_cast<double>((recomputed.users - stored.users).cardinality()));
  }
}

}  // namespace

absl::StatusOr<DayVerification> VerifyDay(sql::Session& session, const SeriesDay& of) {
  DayVerification found;
  ASSIGN_OR_RETURN(const std::set<uint32_t> ranges, RangesOf(session, of, found));
  ASSIGN_OR_RETURN(const std::set<std::string> collapsed, CollapsedOf(session, of));
  int64_t counted = 0;
  RETURN_IF_ERROR(session.Query("SELECT row_count FROM day_fold WHERE kind = ? AND name = ? AND day = ?", VerifiedDay(of),
                                [&](const sql::Row& row) { counted = row.Int(0); }));
  if (counted != found.rows) found.differences.push_back({{}, "rows", static_cast<double>(counted), static_cast<double>(found.rows)});
  for (const uint32_t range : ranges) {
    const size_t before = found.differences.size();
    ASSIGN_OR_RETURN(const FigureMap recomputed, Recompute(session, of, range, collapsed, found));
    const bool whole = found.differences.size() == before;
    std::set<CellKey> damaged;
    ASSIGN_OR_RETURN(const FigureMap stored, ReadStored(session, of, range, found, damaged));
    if (!whole) continue;  // What remains of damaged rows is not what figures can be judged by.
    for (const auto& [key, cell] : recomputed) {
      ++found.figures;
      const auto other = stored.find(key);
      if (other != stored.end()) {
        CompareCells(key, other->second, cell, found.differences);
      } else if (!damaged.contains(key)) {
        found.differences.push_back({key, "figures", 0, 1});
      }
    }
    for (const auto& [key, cell] : stored) {
      if (!recomputed.contains(key)) found.differences.push_back({key, "figures", 1, 0});
    }
  }
  return found;
}

}  // namespace heitie::metrics
