// The expiry that every hold on stock or money carries, so that a crashed workflow frees what it held.
#ifndef HEITIE_SERVICES_RESOURCE_MATERIAL_EXPIRY_H_
#define HEITIE_SERVICES_RESOURCE_MATERIAL_EXPIRY_H_

#include <string>

#include "absl/time/time.h"
#include "common/status/status.h"
#include "common/time/instant.h"
#include "google/protobuf/timestamp.pb.h"

namespace heitie::resource {

extern const status::Reason kExpiryNotInFuture;

// Rounds the expiry of a new hold to what the database keeps, and reports it when it does not lie after `now`.
inline void CheckExpiry(const std::string& field, absl::Time now, google::protobuf::Timestamp& expiry, status::BadFields& bad) {
  expiry = time::ToTimestamp(time::ToTime(expiry));
  if (time::ToTime(expiry) <= now) bad.Add(field, kExpiryNotInFuture);
}

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MATERIAL_EXPIRY_H_
