#include "services/resource/money/ledger_watch.h"

#include <memory>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"

namespace heitie::resource {
namespace {

// The ledgers of years are read as a whole; nobody waits for it, and no single statement may take longer than the server lets it.
constexpr absl::Duration kVerifyTime = absl::Hours(1);
// How long a look at the row holds, and how long one may take: who scrapes is not kept waiting.
constexpr absl::Duration kLedgerFiguresAge = absl::Seconds(5), kLedgerFiguresTime = absl::Seconds(1);

class LedgerFigures {
 public:
  struct Figures {
    double findings = 0, entries = 0;
    absl::Time verified = absl::Now();
  };

  explicit LedgerFigures(record::Store& store) : store_(store) {}

  // As they were when they could be read last.
  Figures Get() {
    const std::lock_guard lock(mutex_);
    const absl::Time now = absl::Now();
    if (now < read_ + kLedgerFiguresAge) return figures_;
    read_ = now;
    Figures figures;
    const absl::Status read = store_.database().Read(now + kLedgerFiguresTime, [&](sql::Session& session) {
      return session.Query("SELECT finding_count, entry_count, verify_time FROM ledger_watch WHERE id = 1", {}, [&](const sql::Row& row) {
        figures = {static_cast<double>(row.Int(0)), static_cast<double>(row.Int(1)), row.Time(2)};
      });
    });
    if (read.ok()) figures_ = figures;
    return figures_;
  }

 private:
  record::Store& store_;
  std::mutex mutex_;
  absl::Time read_ = absl::InfinitePast();
  Figures figures_;
};

}  // namespace

LedgerWatch::LedgerWatch(record::Store& store, LedgerAudit& audit, job::Runner& jobs) : store_(store), audit_(audit) {
  jobs.Recur(
      kVerifyJob, kVerifyInterval, [this](const rpc::Call& call, const job::Job&) { return Run(call); }, job::Lane::kLongWork);
}

job::Outcome LedgerWatch::Run(const rpc::Call& call) const {
  rpc::Call own = call;
  own.deadline = absl::Now() + kVerifyTime;
  const absl::StatusOr<v1::VerifyLedgersResponse> verified = audit_.Verify(own, v1::VerifyLedgersRequest());
  if (!verified.ok()) return job::Outcome::Failed(verified.status());
  const int64_t findings = verified->discrepancies_size();
  const int64_t entries = verified->stock_entry_count() + verified->budget_entry_count();
  if (findings > 0) {
    observe::Log(observe::Severity::kError, "balances differ from their ledgers", {{"findings", absl::StrCat(findings)}});
  }
  const absl::Status kept = store_.database().Write(own.deadline, [&](sql::Session& session) {
    return session
        .Execute("UPDATE ledger_watch SET verify_time = ?, finding_count = ?, entry_count = ? WHERE id = 1",
                 sql::Bind(own.now, findings, entries))
        .status();
  });
  return kept.ok() ? job::Outcome::Done() : job::Outcome::Failed(kept);
}

void ShowLedgers(record::Store& store) {
  const auto figures = std::make_shared<LedgerFigures>(store);
  observe::RegisterGauge("heitie_ledger_findings", "Figures that differed from their ledgers at the last look at all of them.",
                         [figures] { return figures->Get().findings; });
  observe::RegisterGauge("heitie_ledger_entries", "Entries that were read then.", [figures] { return figures->Get().entries; });
  observe::RegisterGauge("heitie_ledger_verified_seconds", "Time since that look.",
                         [figures] { return absl::ToDoubleSeconds(absl::Now() - figures->Get().verified); });
}

}  // namespace heitie::resource
