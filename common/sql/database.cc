#include "common/sql/database.h"

#include <algorithm>
#include <random>

#include "absl/time/clock.h"
#include "common/sql/database_impl.h"
#include "common/sql/figures.h"
#include "common/status/macros.h"

namespace heitie::sql {
namespace {

absl::Duration Jitter(int attempt) {
  thread_local std::minstd_rand random(std::random_device{}());
  const int ceiling = std::min(1 << std::min(attempt, 6), 64) * 2;  // 2 … 128 ms
  return absl::Milliseconds(std::uniform_int_distribution<int>(1, ceiling)(random));
}

// One transaction, begun, of several works; see Database::WriteTogether.
class Together {
 public:
  Together(Connection& session, const std::vector<const Database::Work*>& works, bool savepoints)
      : session_(session), works_(works), savepoints_(savepoints), statuses_(works.size()) {}

  std::vector<std::optional<absl::Status>> Run() {
    if (!savepoints_) session_.GatherAndKeep();
    for (size_t i = 0; i < works_.size(); ++i) {
      if (!RunOne(i)) return Undecided();
    }
    session_.set_deadline(absl::InfiniteFuture());
    if (!savepoints_ && !session_.EndGathering()) return Undecided();
    const absl::Status committed = session_.Direct("COMMIT");
    if (IsOf(committed, ErrorKind::kConflict)) return Undecided();  // Clusters certify at COMMIT.
    if (!committed.ok()) {
      // A refusal rests on what may not have been committed: it is no answer.
      for (auto& status : statuses_) status = status->ok() ? std::optional(committed) : std::nullopt;
    }
    return std::move(statuses_);
  }

 private:
  // False when the transaction cannot go on.
  bool RunOne(size_t i) {
    session_.set_deadline(absl::InfiniteFuture());
    if (savepoints_ && !session_.Direct("SAVEPOINT work").ok()) return false;
    session_.set_deadline(works_[i]->deadline);
    const uint64_t changes = session_.changes();
    absl::Status status = session_.Run(works_[i]->run);
    session_.set_deadline(absl::InfiniteFuture());
    if (session_.GatheringFailed()) return false;
    // After a deadlock the server has undone everything; a lock that does not come would hold up everybody behind.
    if (!session_.usable() || IsOf(status, ErrorKind::kConflict)) return false;
    // Who is refused before changing anything leaves nothing to be undone.
    const bool undo = !status.ok() && (savepoints_ || session_.changes() != changes);
    if (undo && (!savepoints_ || !session_.Direct("ROLLBACK TO SAVEPOINT work").ok())) return false;
    statuses_[i] = std::move(status);
    return true;
  }

  std::vector<std::optional<absl::Status>> Undecided() {
    ++Figures::Get().reruns;
    session_.Forget();
    session_.set_deadline(absl::InfiniteFuture());
    if (session_.usable()) session_.Direct("ROLLBACK").IgnoreError();
    return std::vector<std::optional<absl::Status>>(works_.size());
  }

  Connection& session_;
  const std::vector<const Database::Work*>& works_;
  const bool savepoints_;
  std::vector<std::optional<absl::Status>> statuses_;
};

}  // namespace

absl::Status Database::Impl::TryWrite(absl::Time deadline, const std::function<absl::Status(Session&)>& work, bool* retry) {
  *retry = false;
  ASSIGN_OR_RETURN(Pool::Lease lease, pool.Begin(deadline));
  absl::Status status = lease->Run(work);
  lease->set_deadline(absl::InfiniteFuture());
  if (!status.ok()) {
    // Only the database's own aborts are re-run, not a handler's answer of the same code.
    *retry = IsOf(status, ErrorKind::kConflict);
    if (lease->usable()) lease->Direct("ROLLBACK").IgnoreError();
    return status;
  }
  status = lease->Direct("COMMIT");
  *retry = IsOf(status, ErrorKind::kConflict);  // Clusters certify at COMMIT: not committed.
  return status;
}

Database::Database(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Database::~Database() = default;

const Options& Database::options() const { return impl_->pool.options(); }
Database::Stats Database::stats() const { return impl_->pool.stats(); }

absl::Status Database::Read(absl::Time deadline, const std::function<absl::Status(Session&)>& work) {
  return impl_->pool.Run(deadline, work);
}

absl::Status Database::Snapshot(absl::Time deadline, const std::function<absl::Status(Session&)>& work) {
  for (int attempt = 0;; ++attempt) {
    ASSIGN_OR_RETURN(Pool::Lease lease, impl_->pool.BeginSnapshot(deadline));
    const absl::Status status = lease->Run(work);
    lease->set_deadline(absl::InfiniteFuture());
    if (lease->usable()) lease->Direct("ROLLBACK").IgnoreError();
    // A connection that was lost under way: nothing was changed, so another one may do.
    if (status.ok() || lease->usable() || attempt > 0 || absl::Now() >= deadline) return status;
  }
}

absl::Status Database::Write(absl::Time deadline, const std::function<absl::Status(Session&)>& work) {
  for (int attempt = 0;; ++attempt) {
    bool retry = false;
    const absl::Status status = impl_->TryWrite(deadline, work, &retry);
    if (status.ok() || !retry) return status;
    const absl::Duration pause = Jitter(attempt);
    if (absl::Now() + pause >= deadline) return status;
    ++Figures::Get().reruns;
    absl::SleepFor(pause);
  }
}

std::vector<std::optional<absl::Status>> Database::WriteTogether(const std::vector<const Work*>& works, bool savepoints) {
  absl::Time deadline = absl::InfinitePast();
  for (const Work* work : works) deadline = std::max(deadline, work->deadline);
  absl::StatusOr<Pool::Lease> lease = impl_->pool.Begin(deadline);
  if (!lease.ok()) return std::vector<std::optional<absl::Status>>(works.size(), lease.status());
  return Together(**lease, works, savepoints).Run();
}

}  // namespace heitie::sql
