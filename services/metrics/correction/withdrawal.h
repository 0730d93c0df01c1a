// Batches that are taken back (policy M1).
#ifndef HEITIE_SERVICES_METRICS_CORRECTION_WITHDRAWAL_H_
#define HEITIE_SERVICES_METRICS_CORRECTION_WITHDRAWAL_H_

#include <string>

#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/withdrawal.pb.h"
#include "services/metrics/collection/producer.h"
#include "services/metrics/plan/dead_letter.h"

namespace heitie::metrics {

extern const status::Reason kBadSequences;       // {limit}
extern const status::Reason kNothingToWithdraw;  // {producer} {first} {last}

const record::StateMachine& WithdrawalMachine();

// Thread-safe.
class Withdrawals {
 public:
  // Plans what works through them.
  Withdrawals(const service::Context& context, Producers& producers, DeadLetters& dead_letters);
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::Withdrawal& withdrawal);
  job::Outcome WorkOn(const rpc::Call& call, const job::Job& job);

  record::Store& store_;
  Producers& producers_;
  DeadLetters& dead_letters_;
  record::Kind<v1::Withdrawal> withdrawals_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_CORRECTION_WITHDRAWAL_H_
