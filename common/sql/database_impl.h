// What Database holds.
#pragma once

#include "common/sql/pool.h"

namespace heitie::sql {

struct Database::Impl {
  explicit Impl(Options options) : pool(std::move(options)) {}

  // One attempt; `retry` tells whether another may succeed.
  absl::Status TryWrite(absl::Time deadline, const std::function<absl::Status(Session&)>& work, bool* retry);

  Pool pool;
};

}  // namespace heitie::sql
