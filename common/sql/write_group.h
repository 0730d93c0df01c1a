// Writes that share a commit. While one transaction is on its way to the disk, the writes that arrive gather, and ride together in the
// next: one round trip each for begin and commit, one flush. One that fails fails alone. A lone write is a transaction of its own, at
// once.
//
// Group what has the same pattern of locks (the requests of one method): what is grouped holds its locks until the common commit, and
// waits for the locks of those before it.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/sql/database.h"

namespace heitie::sql {

// Thread-safe.
class WriteGroup {
 public:
  // Transactions of one group at a time.
  static constexpr int kLeaders = 3;

  explicit WriteGroup(Database& database);
  ~WriteGroup();

  // As Database::Write. `work` may run in another thread while this one waits. A write inside of a work is on its own.
  absl::Status Write(absl::Time deadline, const std::function<absl::Status(Session&)>& work);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace heitie::sql
