// Ordinals of users: 0, 1, 2, … in the order in which users appear, the positions in the bitmaps of users.
#ifndef HEITIE_SERVICES_METRICS_COLLECTION_USER_DIRECTORY_H_
#define HEITIE_SERVICES_METRICS_COLLECTION_USER_DIRECTORY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "common/status/status.h"
#include "services/metrics/collection/rollup.h"

namespace heitie::metrics {

extern const status::Reason kTooManyUsers;  // {limit}

// The ordinals of `users` (each once), given now to those who have none. It commits by itself: an ordinal that is given and then not used
// harms nothing, and the lock that orders new users is not held while a batch is counted. Concurrent calls are safe.
absl::StatusOr<Ordinals> OrdinalsOf(sql::Database& database, absl::Time deadline, const std::vector<std::string>& users);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_COLLECTION_USER_DIRECTORY_H_
