#include "services/personnel/outcome/bonus_money.h"

#include <algorithm>

#include "common/time/instant.h"

namespace heitie::personnel {

using v1::MoneyStep;

void AskForMoney(MoneySteps& steps, int64_t amount_minor, const std::string& encumbrance, const std::string& approver, absl::Time now) {
  steps.erase(std::remove_if(steps.begin(), steps.end(),
                             [](const MoneyStep& step) {
                               return step.kind() == MoneyStep::KIND_PRE_COMMIT && step.state() == MoneyStep::STATE_REFUSED;
                             }),
              steps.end());
  MoneyStep& step = AddMoneyStep(steps, MoneyStep::KIND_PRE_COMMIT, encumbrance, amount_minor);
  step.set_approver(approver);
  *step.mutable_expire_time() = time::ToTimestamp(now + kBonusMoneyTerm);
}

void PayMoney(MoneySteps& steps, const std::string& encumbrance, int64_t amount_minor) {
  AddMoneyStep(steps, MoneyStep::KIND_PAY, encumbrance, amount_minor);
}

MoneyNote NoteMoney(MoneySteps& steps, int place, const absl::StatusOr<std::string>& outcome, const std::string& currency, absl::Time now) {
  MoneyNote note;
  if (!outcome.ok()) {
    note.missing_minor = MarkRefused(steps[place], outcome.status(), now);
    const MoneyStep refused = steps[place];
    if (refused.kind() == MoneyStep::KIND_RELEASE) return note;
    note.news = note.missing_minor > 0 ? MoneyNews::kShort : MoneyNews::kRefused;
    note.reason = refused.reason();
    if (refused.kind() == MoneyStep::KIND_COMMIT) AddMoneyStep(steps, MoneyStep::KIND_RELEASE, refused.encumbrance(), 0);
    return note;
  }
  MarkDone(steps[place], now);
  const MoneyStep done = steps[place];
  if (done.kind() == MoneyStep::KIND_COMMIT) note.news = MoneyNews::kCommitted;
  if (done.kind() == MoneyStep::KIND_PAY) note.news = MoneyNews::kPaid;
  if (done.kind() != MoneyStep::KIND_PRE_COMMIT) return note;
  if (*outcome == currency) {
    AddMoneyStep(steps, MoneyStep::KIND_COMMIT, done.encumbrance(), done.amount_minor());
    return note;
  }
  AddMoneyStep(steps, MoneyStep::KIND_RELEASE, done.encumbrance(), 0);
  note.news = MoneyNews::kForeign;
  note.reason = kCurrencyDiffers;
  return note;
}

}  // namespace heitie::personnel
