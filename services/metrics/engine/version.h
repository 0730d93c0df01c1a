// How far a state of the service's data is: what answers and deliveries carry, and questions ask for, so that nobody reads behind their own
// write on a database that follows another one.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_VERSION_H_
#define HEITIE_SERVICES_METRICS_ENGINE_VERSION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/sql/database.h"

namespace heitie::metrics {

// A version asked for. A delivery knows the revision of its producer, which costs it nothing; an answer knows the sum of what all producers
// and series count. Both only rise, and whatever comes later has both at least as great.
struct Version {
  int64_t position = 0;
  std::map<std::string, int64_t> producers;  // revisions
};

// The text of a delivery's version, and of an answer's.
std::string VersionText(const std::string& producer, int64_t revision);
std::string VersionText(int64_t position);
// Several are joined by commas; empty: any. Nothing when it is none.
std::optional<Version> ParseVersion(const std::string& text);

// The position of the state that the session sees. O(producers).
absl::StatusOr<int64_t> ReadPosition(sql::Session& session);
// Whether the session's state, which has that position, has reached the version.
absl::StatusOr<bool> HasReached(sql::Session& session, int64_t position, const Version& version);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_VERSION_H_
