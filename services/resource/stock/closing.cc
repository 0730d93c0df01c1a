#include "services/resource/stock/closing.h"

#include "common/status/macros.h"
#include "common/time/day.h"

namespace heitie::resource {

const status::Reason kNotAMonthsEnd{absl::StatusCode::kInvalidArgument, "NOT_A_MONTHS_END", "{day} is not the last day of a month.",
                                    "{day} 不是月份的最後一天。"};
const status::Reason kMonthNotOver{absl::StatusCode::kFailedPrecondition, "STOCK_MONTH_NOT_OVER",
                                   "The month up to {day} can be closed from {first} on.", "截至 {day} 的月份可自 {first} 起結帳。"};

absl::Status StockClosings::Create(record::Transaction& tx, v1::StockClosing& closing) {
  const absl::CivilDay last = time::ToDay(closing.last_day());
  if ((last + 1).day() != 1) {
    status::BadFields bad;
    bad.Add("stock_closing.last_day", kNotAMonthsEnd, {{"day", time::DayText(last)}});
    return bad.status();
  }
  // What began before midnight and counts on the last day is over by then.
  if (stocks_.Today(tx.call) <= last + 1) {
    return status::Error(kMonthNotOver, {{"day", time::DayText(last)}, {"first", time::DayText(last + 2)}});
  }
  status::BadFields bad;
  RETURN_IF_ERROR(stocks_.MomentOf(tx, &closing.last_day(), "stock_closing.last_day", bad).status());
  return bad.status();
}

void StockClosings::Bind(record::Methods& methods) {
  methods.Reads(closings_);
  methods.Creates(closings_, this, &StockClosings::Create);
}

}  // namespace heitie::resource
