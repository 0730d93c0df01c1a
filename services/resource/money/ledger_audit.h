// VerifyLedgers: every balance against its ledger (policy 一 legality, W7, W8).
#ifndef HEITIE_SERVICES_RESOURCE_MONEY_LEDGER_AUDIT_H_
#define HEITIE_SERVICES_RESOURCE_MONEY_LEDGER_AUDIT_H_

#include <utility>

#include "absl/time/time.h"
#include "common/record/methods.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/ledger.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/money/ledger_fold.h"

namespace heitie::resource {

// Takes no locks. Entries never change and those up to a balance's entry_count are committed with it, so a balance read first and its
// entries read afterwards belong together; everything else is compared inside one statement. Thread-safe.
class LedgerAudit {
 public:
  LedgerAudit(record::Store& store, absl::TimeZone zone);
  void Bind(record::Methods& methods);
  absl::StatusOr<v1::VerifyLedgersResponse> Verify(const rpc::Call& call, const v1::VerifyLedgersRequest& request);

 private:
  absl::Status VerifyStocks(sql::Session& session, v1::VerifyLedgersResponse& response) const;
  // The totals of an item and what is stored besides, of one moment.
  absl::StatusOr<std::pair<v1::Stock, StoredStock>> StoredOf(const v1::Stock& stock) const;
  absl::Status VerifyBudgets(sql::Session& session, v1::VerifyLedgersResponse& response) const;

  record::Store& store_;
  const absl::TimeZone zone_;
  record::Kind<v1::Stock> stocks_;
  record::Kind<v1::StockEntry> stock_entries_;
  record::Kind<v1::Budget> budgets_;
  record::Kind<v1::BudgetEntry> budget_entries_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MONEY_LEDGER_AUDIT_H_
