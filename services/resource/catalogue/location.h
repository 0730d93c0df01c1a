// Locations (policy S4).
#ifndef HEITIE_SERVICES_RESOURCE_CATALOGUE_LOCATION_H_
#define HEITIE_SERVICES_RESOURCE_CATALOGUE_LOCATION_H_

#include <map>
#include <set>
#include <string>

#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/location.pb.h"

namespace heitie::resource {

extern const status::Reason kUnknownLocation;  // {name}
extern const status::Reason kLocationCycle;    // {path}

// Comes with the schema; what names no location is there.
inline constexpr char kMainLocation[] = "locations/main";
// The location that a line names.
inline std::string LocationOf(const std::string& named) { return named.empty() ? kMainLocation : named; }

// Thread-safe.
class Locations {
 public:
  explicit Locations(record::Store& store) : locations_(store) {}
  void Bind(record::Methods& methods);
  // What the locations are for, of those that exist. The main one is known without a look.
  absl::StatusOr<std::map<std::string, v1::Location::Kind>> KindsOf(sql::Session& session, const std::set<std::string>& names) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::Location& location);
  absl::Status Update(record::Transaction& tx, const v1::Location& before, v1::Location& after);
  absl::Status CheckAbove(record::Transaction& tx, const v1::Location& location) const;

  record::Kind<v1::Location> locations_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_CATALOGUE_LOCATION_H_
