// What Database holds.
#ifndef HEITIE_COMMON_SQL_DATABASE_IMPL_H_
#define HEITIE_COMMON_SQL_DATABASE_IMPL_H_

#include "common/sql/pool.h"

namespace heitie::sql {

struct Database::Impl {
  explicit Impl(Options options) : pool(std::move(options)) {}

  // One attempt; `retry` tells whether another may succeed.
  absl::Status TryWrite(absl::Time deadline, const std::function<absl::Status(Session&)>& work, bool* retry);

  Pool pool;
};

}  // namespace heitie::sql

#endif  // HEITIE_COMMON_SQL_DATABASE_IMPL_H_
