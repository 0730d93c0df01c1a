#include "common/status/table.h"

namespace heitie::status::table {

const status::Reason kColumnMissing{absl::StatusCode::kInvalidArgument, "COLUMN_MISSING", "There is no column {column}.",
                                    "缺少欄位 {column}。"};
const status::Reason kColumnUnknown{absl::StatusCode::kInvalidArgument, "COLUMN_UNKNOWN", "The title of column {place} is not known.",
                                    "第 {place} 欄的名稱不在可用的欄位之中。"};
const status::Reason kColumnTwice{absl::StatusCode::kInvalidArgument, "COLUMN_TWICE", "There are two columns {column}.",
                                  "欄位 {column} 重複。"};
const status::Reason kTooManyRows{absl::StatusCode::kInvalidArgument, "TOO_MANY_ROWS",
                                  "{count:count} rows are more than {most:count} at a time.",
                                  "一次最多 {most:count} 列，不可為 {count:count} 列。"};
const status::Reason kStrayQuote{absl::StatusCode::kInvalidArgument, "STRAY_QUOTE",
                                 "A quotation mark stands within the cell; quote the whole cell and double it.",
                                 "儲存格中有引號；請將整格加上引號，並重複該引號。"};
const status::Reason kOpenQuote{absl::StatusCode::kInvalidArgument, "OPEN_QUOTE", "The quotation mark is never closed.", "引號沒有結尾。"};
const status::Reason kCellTooMany{absl::StatusCode::kInvalidArgument, "CELL_TOO_MANY", "The row has more than {count} cells.",
                                  "此列超過 {count} 格。"};
const status::Reason kCellEmpty{absl::StatusCode::kInvalidArgument, "CELL_EMPTY", "The row says nothing in {column}.",
                                "此列的 {column} 是空的。"};
const status::Reason kCellTooLong{absl::StatusCode::kInvalidArgument, "CELL_TOO_LONG", "{column} has at most {most:count} characters.",
                                  "{column} 最多 {most:count} 個字元。"};
const status::Reason kBadDate{absl::StatusCode::kInvalidArgument, "BAD_DATE", "This is no date such as 2026-03-31.",
                              "這不是如 2026-03-31 的日期。"};

}  // namespace heitie::status::table
