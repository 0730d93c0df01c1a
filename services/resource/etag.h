// The etag of a custom method's request.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "common/status/status.h"

namespace heitie::resource {

// ABORTED, STALE_ETAG, unless `etag` is empty or that of the locked resource.
template <typename T>
absl::Status CheckEtag(const T& resource, const std::string& etag) {
  if (etag.empty() || etag == resource.etag()) return absl::OkStatus();
  return status::Error(status::kStaleEtag, {{"name", resource.name()}, {"etag", etag}, {"current", resource.etag()}});
}

}  // namespace heitie::resource
