#include "services/personnel/recruitment/money.h"

#include <algorithm>
#include <set>
#include <vector>

#include "common/status/shared.h"
#include "services/personnel/recruitment/money_step.h"

namespace heitie::personnel {

const status::Reason kMoneyRefused{absl::StatusCode::kFailedPrecondition, "MONEY_REFUSED",
                                   "The money of {requisition} was not set aside: {reason}.", "{requisition} 的款項未能預留：{reason}。"};

namespace {

using v1::MoneyStep;
using v1::Requisition;

MoneyStep& Add(Requisition& requisition, MoneyStep::Kind kind, const std::string& encumbrance, int64_t amount) {
  return AddMoneyStep(*requisition.mutable_money_steps(), kind, encumbrance, amount);
}

bool Counts(const MoneyStep& step, MoneyStep::Kind kind) {
  return step.kind() == kind && (step.state() == MoneyStep::STATE_DONE || step.state() == MoneyStep::STATE_DUE);
}

// Committed for seats, or about to be; on one encumbrance where it is given.
int64_t SeatsCommitted(const Requisition& requisition, const std::string& encumbrance = "") {
  int64_t sum = 0;
  for (const MoneyStep& step : requisition.money_steps()) {
    if (!encumbrance.empty() && step.encumbrance() != encumbrance) continue;
    if (Counts(step, MoneyStep::KIND_COMMIT_SEAT)) sum += step.amount_minor();
  }
  return sum;
}

// Those that were taken, in order; also one whose step is due, which may be there by the time that it is given back.
std::vector<std::string> Encumbrances(const Requisition& requisition) {
  std::vector<std::string> taken;
  for (const MoneyStep& step : requisition.money_steps()) {
    if (Counts(step, MoneyStep::KIND_PRE_COMMIT)) taken.push_back(step.encumbrance());
  }
  return taken;
}

}  // namespace

std::optional<int> NextStep(const Requisition& requisition) { return NextDue(requisition.money_steps()); }

std::string RequestIdOf(const Requisition& requisition, int step, int part) {
  return MoneyRequestId(requisition.money_steps(step), step, part);
}

int64_t AdvertisingLeft(const Requisition& requisition) {
  int64_t left = requisition.advertising_minor();
  for (const MoneyStep& step : requisition.money_steps()) {
    if (Counts(step, MoneyStep::KIND_PAY_OPENING)) left -= step.amount_minor();
  }
  return left;
}

int64_t Wanted(const Requisition& requisition) {
  return requisition.seats() * requisition.seat_amount_minor() - SeatsCommitted(requisition) + AdvertisingLeft(requisition);
}

void AddPreCommitment(Requisition& requisition, const std::string& encumbrance, const std::string& approver) {
  const std::string present = requisition.encumbrance();
  if (!present.empty()) Add(requisition, MoneyStep::KIND_RELEASE, present, SeatsCommitted(requisition, present));
  Add(requisition, MoneyStep::KIND_PRE_COMMIT, encumbrance, Wanted(requisition)).set_approver(approver);
}

void AddSeat(Requisition& requisition, const std::string& offer, int taken) {
  if (SeatsCommitted(requisition) >= taken * requisition.seat_amount_minor()) return;
  Add(requisition, MoneyStep::KIND_COMMIT_SEAT, requisition.encumbrance(), requisition.seat_amount_minor()).set_subject(offer);
}

void AddCost(Requisition& requisition, const std::string& opening, int64_t cost_minor) {
  if (cost_minor == 0) return;
  Add(requisition, MoneyStep::KIND_PAY_OPENING, requisition.encumbrance(), cost_minor).set_subject(opening);
}

void AddRelease(Requisition& requisition, int taken) {
  const std::vector<std::string> encumbrances = Encumbrances(requisition);
  int64_t needed = taken * requisition.seat_amount_minor();
  for (const std::string& encumbrance : encumbrances) {
    const int64_t committed = SeatsCommitted(requisition, encumbrance), keep = std::min(needed, committed);
    needed -= keep;
    // Of the earlier ones nothing else is left.
    if (keep < committed || encumbrance == encumbrances.back()) Add(requisition, MoneyStep::KIND_RELEASE, encumbrance, keep);
  }
}

void NoteDone(Requisition& requisition, int step, const std::string& currency, absl::Time now) {
  MoneyStep& done = *requisition.mutable_money_steps(step);
  MarkDone(done, now);
  if (done.kind() != MoneyStep::KIND_PRE_COMMIT) return;
  requisition.set_encumbrance(done.encumbrance());
  requisition.set_currency_code(currency);
  requisition.clear_shortage_minor();
}

void NoteRefused(Requisition& requisition, int step, const absl::Status& refusal, absl::Time now) {
  MoneyStep& refused = *requisition.mutable_money_steps(step);
  const int64_t missing = MarkRefused(refused, refusal, now);
  if (refused.kind() == MoneyStep::KIND_PRE_COMMIT) requisition.set_shortage_minor(missing);
}

void AddOwed(Requisition& requisition, int taken) {
  const std::string& encumbrance = requisition.encumbrance();
  std::set<std::string> paid;
  std::vector<MoneyStep> refused;
  for (const MoneyStep& step : requisition.money_steps()) {
    if (Counts(step, MoneyStep::KIND_PAY_OPENING)) paid.insert(step.subject());
    if (step.state() == MoneyStep::STATE_REFUSED) refused.push_back(step);
  }
  for (const MoneyStep& step : refused) {
    if (step.kind() == MoneyStep::KIND_COMMIT_SEAT) AddSeat(requisition, step.subject(), taken);
    if (step.kind() != MoneyStep::KIND_PAY_OPENING || !paid.insert(step.subject()).second) continue;
    Add(requisition, MoneyStep::KIND_PAY_OPENING, encumbrance, step.amount_minor()).set_subject(step.subject());
  }
}

absl::Status RefusalOf(const Requisition& requisition, int step) {
  const MoneyStep& refused = requisition.money_steps(step);
  if (refused.reason() == status::kBudgetShort.id) {
    return status::Error(status::kBudgetShort, {{"budget", requisition.budget()},
                                                {"available", refused.available_minor()},
                                                {"asked", refused.amount_minor()},
                                                {"currency", refused.currency_code()}});
  }
  return status::Error(kMoneyRefused, {{"requisition", requisition.name()}, {"reason", refused.reason()}});
}

}  // namespace heitie::personnel
