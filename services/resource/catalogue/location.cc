#include "services/resource/catalogue/location.h"

#include "absl/strings/str_cat.h"
#include "common/record/archived.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "services/resource/catalogue/tree.h"

namespace heitie::resource {

using v1::Location;

const status::Reason kUnknownLocation{absl::StatusCode::kInvalidArgument, "UNKNOWN_LOCATION", "There is no location {name}.",
                                      "沒有倉位 {name}。"};
const status::Reason kLocationCycle{absl::StatusCode::kInvalidArgument, "LOCATION_CYCLE", "The location would be a part of itself: {path}.",
                                    "倉位將成為自己的一部分：{path}。"};

absl::Status Locations::CheckAbove(record::Transaction& tx, const Location& location) const {
  return CheckWayUp(
      tx, locations_, location, [](const Location& one) { return one.parent_location(); }, "location.parent_location", kUnknownLocation,
      kLocationCycle);
}

absl::Status Locations::Create(record::Transaction& tx, Location& location) { return CheckAbove(tx, location); }

absl::Status Locations::Update(record::Transaction& tx, const Location& before, Location& after) {
  return before.parent_location() == after.parent_location() ? absl::OkStatus() : CheckAbove(tx, after);
}

absl::StatusOr<std::map<std::string, Location::Kind>> Locations::KindsOf(sql::Session& session, const std::set<std::string>& names) const {
  std::map<std::string, Location::Kind> kinds;
  sql::Values others;
  for (const std::string& name : names) {
    if (name == kMainLocation) {
      kinds[name] = Location::KIND_STORE;
    } else {
      others.push_back(sql::V(name));
    }
  }
  if (others.empty()) return kinds;
  ASSIGN_OR_RETURN(
      const std::vector<Location> found,
      locations_.Select(session, absl::StrCat("WHERE archived = FALSE AND name IN (", sql::Placeholders(others.size()), ")"), others));
  for (const Location& location : found) kinds[location.name()] = location.kind();
  return kinds;
}

void Locations::Bind(record::Methods& methods) {
  methods.Reads(locations_);
  methods.Creates(locations_, this, &Locations::Create);
  methods.Updates(locations_, this, &Locations::Update);
  record::Archives<v1::ArchiveLocationRequest, v1::RestoreLocationRequest>(methods, locations_);
}

}  // namespace heitie::resource
