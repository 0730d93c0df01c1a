// Goods that are gone, or not worth keeping (policy S4): they leave at book value, above a limit with somebody else's approval.
#ifndef HEITIE_SERVICES_RESOURCE_MOVEMENT_WRITE_OFF_H_
#define HEITIE_SERVICES_RESOURCE_MOVEMENT_WRITE_OFF_H_

#include <string>
#include <vector>

#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "common/record/state_machine.h"
#include "common/status/status.h"
#include "heitie/resource/v1/movement_policy.pb.h"
#include "heitie/resource/v1/write_off.pb.h"
#include "services/resource/custody/custodies.h"
#include "services/resource/movement/paper_lines.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

extern const status::Reason kNotExpired;     // {lot} {expiry}
extern const status::Reason kOwnWriteOff;    // {name}
extern const status::Reason kCurrencyTwice;  // {currency}

const record::StateMachine& WriteOffMachine();

// Whether what the lines are worth, with those of the others that count, is above the limit of their currency, for any of them; in a
// currency without limit everything is.
bool NeedsApproval(const v1::WriteOff& write_off, const std::vector<v1::WriteOff>& together, const v1::MovementPolicy& policy);
// Each currency once.
absl::Status CheckMovementPolicy(const v1::MovementPolicy& policy);

// Locks are taken in one order: write-off or custody, then reservation, then stocks. Thread-safe.
class WriteOffs {
 public:
  WriteOffs(record::Store& store, const Stocks& stocks, const PaperLines& lines, const Custodies& custodies)
      : stocks_(stocks),
        lines_(lines),
        custodies_(custodies),
        write_offs_(store, &WriteOffMachine()),
        policies_(store, "movementPolicies/default", CheckMovementPolicy) {}
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::WriteOff& write_off);
  absl::StatusOr<v1::WriteOff> ReportLoss(record::Transaction& tx, const v1::ReportCustodyLossRequest& request);
  absl::StatusOr<v1::WriteOff> Approve(record::Transaction& tx, const v1::ApproveWriteOffRequest& request);
  absl::StatusOr<v1::WriteOff> Reject(record::Transaction& tx, const v1::RejectWriteOffRequest& request);
  absl::StatusOr<v1::WriteOff> Withdraw(record::Transaction& tx, const v1::WithdrawWriteOffRequest& request);

  // Takes the lines out of the books, which the caller saves or drops, and says what they are worth.
  absl::Status TakeOut(const std::vector<PaperLine>& lines, const Moment& moment, v1::WriteOff& write_off, StockChange& change) const;
  absl::StatusOr<Moment> MomentOf(record::Transaction& tx, const v1::WriteOff& write_off, status::BadFields& bad) const;
  // Of two that count together one waits for the other. Sets the day on which it is reported. Before stocks are locked.
  absl::Status TakeTurn(record::Transaction& tx, v1::WriteOff& write_off) const;
  // Whether it needs approval; sets the policy and what counted.
  absl::StatusOr<bool> Judge(record::Transaction& tx, v1::WriteOff& write_off) const;
  absl::Status BookStock(record::Transaction& tx, v1::WriteOff& after) const;
  // How much of a custody waits to be written off.
  absl::StatusOr<int64_t> WaitingOf(sql::Session& session, const std::string& custody) const;

  const Stocks& stocks_;
  const PaperLines& lines_;
  const Custodies& custodies_;
  record::Kind<v1::WriteOff> write_offs_;
  record::RuleSet<v1::MovementPolicy> policies_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MOVEMENT_WRITE_OFF_H_
