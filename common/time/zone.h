// Time zones by their names in the IANA database, and by nothing else: the library beneath takes paths of files as well.
#ifndef HEITIE_COMMON_TIME_ZONE_H_
#define HEITIE_COMMON_TIME_ZONE_H_

#include <optional>
#include <set>
#include <string>

#include "absl/time/time.h"

namespace heitie::time {

// The zone that the installed database lists under exactly this name. Of any other text nothing is opened. Thread-safe.
std::optional<absl::TimeZone> FindZone(const std::string& name);

// Where the database lies: $TZDIR, else /usr/share/zoneinfo.
std::string ZoneFolder();
// The names that the database in a folder lists, zones and links alike (its file tzdata.zi); none where it has no list.
std::set<std::string> ZoneNames(const std::string& folder);

}  // namespace heitie::time

#endif  // HEITIE_COMMON_TIME_ZONE_H_
