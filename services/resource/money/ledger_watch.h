// Every balance against its ledger, once a day without anybody asking (policy 一 legality, W7, W8).
#ifndef HEITIE_SERVICES_RESOURCE_MONEY_LEDGER_WATCH_H_
#define HEITIE_SERVICES_RESOURCE_MONEY_LEDGER_WATCH_H_

#include "common/job/runner.h"
#include "common/record/store.h"
#include "services/resource/money/ledger_audit.h"

namespace heitie::resource {

inline constexpr char kVerifyJob[] = "verify-ledgers";
inline constexpr absl::Duration kVerifyInterval = absl::Hours(24);

// Thread-safe.
class LedgerWatch {
 public:
  // Handles the recurring job "verify-ledgers". Both outlive it.
  LedgerWatch(record::Store& store, LedgerAudit& audit, job::Runner& jobs);
  LedgerWatch(const LedgerWatch&) = delete;

 private:
  job::Outcome Run(const rpc::Call& call) const;

  record::Store& store_;
  LedgerAudit& audit_;
};

// Makes gauges of what the last look has found and of how long ago it was, the same in every replica. The store outlives the process's last
// scrape.
void ShowLedgers(record::Store& store);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MONEY_LEDGER_WATCH_H_
