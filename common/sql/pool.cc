#include "common/sql/pool.h"

#include <algorithm>
#include <iterator>

#include "absl/time/clock.h"
#include "common/sql/figures.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace heitie::sql {

Pool::Pool(Options options) : options_(std::move(options)) {
  Figures::Get();  // who watches them sees zeros, not nothing
  common_.free_statements = [this] { CloseIdle(); };
}

absl::StatusOr<Pool::Lease> Pool::Take(absl::Time deadline) {
  Connections expired;  // closed outside of the lock
  std::unique_lock<std::mutex> lock(mutex_);
  const auto is_free = [&] { return !idle_.empty() || open_ < options_.pool_size; };
  if (!is_free()) {
    ++waiting_;
    const absl::Time began = absl::Now();
    released_.wait_until(lock, absl::ToChronoTime(std::min(deadline, began + absl::Minutes(5))), is_free);
    --waiting_;
    Figures::Get().NoteWait(absl::Now() - began);
  }
  if (!is_free()) return status::Error(status::kDeadline);
  expired = TakeExpired();
  ++busy_;
  if (!idle_.empty()) {
    std::unique_ptr<Connection> connection = std::move(idle_.back());
    idle_.pop_back();
    lock.unlock();
    connection->Lend(deadline, true);
    return Lease(*this, std::move(connection));
  }
  ++open_;
  lock.unlock();
  expired.clear();
  absl::StatusOr<std::unique_ptr<Connection>> connection = Connect(deadline, true);
  if (connection.ok()) {
    (*connection)->Lend(deadline, false);
    return Lease(*this, *std::move(connection));
  }
  lock.lock();
  --busy_;
  Leave(1);
  return connection.status();
}

absl::StatusOr<Pool::Lease> Pool::Begin(absl::Time deadline, const std::vector<std::string>& statements) {
  for (int attempt = 0;; ++attempt) {
    ASSIGN_OR_RETURN(Lease lease, Take(deadline));
    absl::Status begun;
    for (const std::string& statement : statements) {
      if (begun.ok()) begun = lease->Direct(statement);
    }
    if (begun.ok()) return lease;
    if (!lease->WasStale() || !MayReplace(attempt)) return begun;
  }
}

absl::Status Pool::Run(absl::Time deadline, const std::function<absl::Status(Session&)>& work) {
  for (int attempt = 0;; ++attempt) {
    ASSIGN_OR_RETURN(Lease lease, Take(deadline));
    const absl::Status status = lease->Run(work);
    if (status.ok() || !lease->WasStale() || !MayReplace(attempt)) return status;
  }
}

void Pool::Return(std::unique_ptr<Connection> connection) {
  connection->set_deadline(absl::InfiniteFuture());
  connection->Rest();
  Connections dead;  // closed outside of the lock
  std::lock_guard<std::mutex> lock(mutex_);
  --busy_;
  if (connection->usable()) {
    idle_.push_back(std::move(connection));
    released_.notify_one();
    return;
  }
  if (connection->then() == Then::kCloseAll) dead.swap(idle_);
  dead.push_back(std::move(connection));
  Leave(dead.size());
}

void Pool::CloseIdle() {
  Connections idle;
  std::lock_guard<std::mutex> lock(mutex_);
  idle.swap(idle_);
  Leave(idle.size());
}

Pool::Connections Pool::TakeExpired() {
  const auto is_expired = [this, now = Connection::Clock::now()](const auto& connection) {
    return connection->Expired(now, options_.greatest_idle);
  };
  if (std::none_of(idle_.begin(), idle_.end(), is_expired)) return {};
  const auto kept = std::stable_partition(idle_.begin(), idle_.end(), is_expired);
  Connections expired(std::make_move_iterator(idle_.begin()), std::make_move_iterator(kept));
  idle_.erase(idle_.begin(), kept);
  Leave(expired.size());
  return expired;
}

void Pool::Leave(size_t connections) {
  open_ -= static_cast<int>(connections);
  released_.notify_all();
}

Database::Stats Pool::stats() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return {open_, busy_, waiting_, common_.writes};
}

}  // namespace heitie::sql
