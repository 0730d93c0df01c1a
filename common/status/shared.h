// Reasons that several services report, so that each id means one thing in the suite: the launch gate of activities says of budgets and
// stock what their own service says.
#ifndef HEITIE_COMMON_STATUS_SHARED_H_
#define HEITIE_COMMON_STATUS_SHARED_H_

#include <cstdint>
#include <string>

#include "common/status/reason.h"

namespace heitie::status {

extern const status::Reason kDatesReversed;        // {start} {end}: a field
extern const status::Reason kBudgetNotApproved;    // {budget} {state}
extern const status::Reason kOutsideBudgetPeriod;  // {day} {budget} {start} {end}
extern const status::Reason kBudgetShort;          // {budget} {available} {asked} {currency}
extern const status::Reason kStockShort;           // {items}, as StockLine has them

// "items/mug (3/5)": what is available and what is needed.
std::string StockLine(const std::string& item, int64_t available, int64_t needed);

}  // namespace heitie::status

#endif  // HEITIE_COMMON_STATUS_SHARED_H_
