// The optimistic lock of custom methods.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "common/status/status.h"

namespace heitie::personnel {

// STALE_ETAG when `etag` is set and is not that of `current`.
template <typename T>
absl::Status CheckEtag(const T& current, const std::string& etag) {
  if (etag.empty() || etag == current.etag()) return absl::OkStatus();
  return status::Error(status::kStaleEtag, {{"name", current.name()}, {"etag", etag}, {"current", current.etag()}});
}

}  // namespace heitie::personnel
