#include "common/status/shared.h"

#include "absl/strings/str_cat.h"

namespace heitie::status {

const status::Reason kDatesReversed{absl::StatusCode::kInvalidArgument, "DATES_REVERSED", "{end} is before {start}.",
                                    "{end} 早於 {start}。"};
const status::Reason kBudgetNotApproved{absl::StatusCode::kFailedPrecondition, "BUDGET_NOT_APPROVED",
                                        "{budget} is not approved: it is {state}.", "{budget} 尚未核准，狀態為 {state}。"};
const status::Reason kOutsideBudgetPeriod{absl::StatusCode::kFailedPrecondition, "OUTSIDE_BUDGET_PERIOD",
                                          "{day} is outside the period of {budget}, which is {start} to {end}.",
                                          "{day} 不在 {budget} 的期間（{start} 至 {end}）之內。"};
const status::Reason kBudgetShort{absl::StatusCode::kFailedPrecondition, "BUDGET_SHORT",
                                  "{budget}: {available:money} is available, {asked:money} is needed.",
                                  "{budget}：可用 {available:money}，需要 {asked:money}。"};
const status::Reason kStockShort{absl::StatusCode::kFailedPrecondition, "STOCK_SHORT", "Stock is short (available/needed): {items:list}.",
                                 "庫存不足（可用/需要）：{items:list}。"};

std::string StockLine(const std::string& item, int64_t available, int64_t needed) {
  return absl::StrCat(item, " (", available, "/", needed, ")");
}

}  // namespace heitie::status
