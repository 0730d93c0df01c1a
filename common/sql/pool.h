// The connections of a process to its schema.
#ifndef HEITIE_COMMON_SQL_POOL_H_
#define HEITIE_COMMON_SQL_POOL_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "common/sql/connection.h"
#include "common/sql/database.h"

namespace heitie::sql {

// Thread-safe.
class Pool {
 public:
  // Holds a connection for a scope.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection) : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&& other) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_ != nullptr) pool_->Return(std::move(connection_));
    }
    Connection& operator*() { return *connection_; }
    Connection* operator->() { return connection_.get(); }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  explicit Pool(Options options);

  // A connection that is free, or a new one while there are fewer than `pool_size`. DEADLINE_EXCEEDED.
  absl::StatusOr<Lease> Take(absl::Time deadline);
  // A connection with a transaction begun. Connections that turn out dead by that are replaced: nothing has happened yet.
  absl::StatusOr<Lease> Begin(absl::Time deadline) { return Begin(deadline, {"START TRANSACTION"}); }
  // The same for reads that all see the moment of its beginning.
  absl::StatusOr<Lease> BeginSnapshot(absl::Time deadline) {
    return Begin(deadline, {"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"});
  }
  // Runs `work` in autocommit mode, again when its connection turned out dead by the first query.
  absl::Status Run(absl::Time deadline, const std::function<absl::Status(Session&)>& work);
  // A connection that does not belong to the pool.
  absl::StatusOr<std::unique_ptr<Connection>> Connect(absl::Time deadline, bool with_schema) {
    return Connection::Open(options_, common_, deadline, with_schema);
  }

  const Options& options() const { return options_; }
  Database::Stats stats() const;

 private:
  using Connections = std::vector<std::unique_ptr<Connection>>;

  absl::StatusOr<Lease> Begin(absl::Time deadline, const std::vector<std::string>& statements);
  void Return(std::unique_ptr<Connection> connection);
  void CloseIdle();
  // Under the lock: those that lay idle for too long or are too old.
  Connections TakeExpired();
  // Under the lock.
  void Leave(size_t connections);
  // How often a dead connection is replaced: as often as there may be one.
  bool MayReplace(int attempt) const { return attempt < options_.pool_size; }

  const Options options_;
  Common common_;
  mutable std::mutex mutex_;
  std::condition_variable released_;
  Connections idle_;  // The most recently used last.
  int open_ = 0, busy_ = 0, waiting_ = 0;
};

}  // namespace heitie::sql

#endif  // HEITIE_COMMON_SQL_POOL_H_
