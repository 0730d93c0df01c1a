// The money of a release, or of a further amount after it, as plain functions over the steps in its row (policy H7, S5):
//
//   set aside -> committed -> (released) -> paid
//
// What resource refuses has no effect and leaves nothing set aside, so that it may be asked for again. release.h takes the steps.
#ifndef HEITIE_SERVICES_PERSONNEL_OUTCOME_BONUS_MONEY_H_
#define HEITIE_SERVICES_PERSONNEL_OUTCOME_BONUS_MONEY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/personnel/recruitment/money_step.h"

namespace heitie::personnel {

// For so long money is set aside that is to be committed at once.
inline constexpr absl::Duration kBonusMoneyTerm = absl::Hours(24);

// The state_reason of money in another currency than the bonuses'.
inline constexpr char kCurrencyDiffers[] = "CURRENCY_DIFFERS";

// Adds what sets an amount aside on a new encumbrance. Earlier attempts that were refused, which had no effect, are dropped, so that a
// shortage of weeks leaves no long list. No step is due.
void AskForMoney(MoneySteps& steps, int64_t amount_minor, const std::string& encumbrance, const std::string& approver, absl::Time now);

// Books as spent what an encumbrance has committed.
void PayMoney(MoneySteps& steps, const std::string& encumbrance, int64_t amount_minor);

// What an answer of resource means.
enum class MoneyNews {
  kOnTheWay,   // another step follows, or nothing does
  kCommitted,  // the amount is committed
  kPaid,
  kShort,    // the budget has not enough
  kRefused,  // for another reason
  kForeign,  // the budget is in another currency; the money goes back
};
struct MoneyNote {
  MoneyNews news = MoneyNews::kOnTheWay;
  int64_t missing_minor = 0;  // of kShort
  std::string reason;         // of kShort, kRefused, kForeign
};
// Notes the outcome of the due step at a place, the currency of what was set aside for example, and adds what follows from it.
MoneyNote NoteMoney(MoneySteps& steps, int place, const absl::StatusOr<std::string>& outcome, const std::string& currency, absl::Time now);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_OUTCOME_BONUS_MONEY_H_
