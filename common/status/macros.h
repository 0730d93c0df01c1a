// Propagation of absl::Status, which Abseil 20220623 leaves to its users.
#ifndef HEITIE_COMMON_STATUS_MACROS_H_
#define HEITIE_COMMON_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function when `expr` is an error.
#define RETURN_IF_ERROR(expr)                                         \
  do {                                                                \
    if (absl::Status status_ = (expr); !status_.ok()) return status_; \
  } while (false)

// ASSIGN_OR_RETURN(auto x, F()): declares or assigns the value, or returns the error.
#define ASSIGN_OR_RETURN(lhs, expr) HEITIE_ASSIGN_OR_RETURN_(HEITIE_CONCAT_(statusor_, __LINE__), lhs, expr)
#define HEITIE_CONCAT_INNER_(a, b) a##b
#define HEITIE_CONCAT_(a, b) HEITIE_CONCAT_INNER_(a, b)
#define HEITIE_ASSIGN_OR_RETURN_(tmp, lhs, expr) \
  auto tmp = (expr);                             \
  if (!tmp.ok()) return std::move(tmp).status(); \
  lhs = *std::move(tmp)

#endif  // HEITIE_COMMON_STATUS_MACROS_H_
