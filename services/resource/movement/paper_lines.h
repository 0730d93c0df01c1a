// What papers that move stock (transfers, write-offs) have in common: lines of items and lots at a place.
#ifndef HEITIE_SERVICES_RESOURCE_MOVEMENT_PAPER_LINES_H_
#define HEITIE_SERVICES_RESOURCE_MOVEMENT_PAPER_LINES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/lot.pb.h"
#include "services/resource/catalogue/location.h"
#include "services/resource/material/item.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

extern const status::Reason kTransitPlace;  // {location}

// Come with the schema: where goods are on their way, and where what comes back damaged waits.
inline constexpr char kTransitLocation[] = "locations/transit";
inline constexpr char kQuarantineLocation[] = "locations/quarantine";

// One line, in the item's own unit.
struct PaperLine {
  std::string item, lot;
  int64_t quantity = 0;
  std::string currency;
  absl::CivilDay expiry = kNoEnd;  // of the lot
};

// A line as it was asked for.
struct AskedLine {
  std::string item, lot, unit;
  int64_t quantity = 0;
};

// Thread-safe.
class PaperLines {
 public:
  PaperLines(record::Store& store, const Items& items, const Locations& locations) : items_(items), locations_(locations), lots_(store) {}

  // Adds what is wrong with a line below `path`: UNKNOWN_ITEM, UNKNOWN_LOT, COUNTED_TWICE, UNIT_NOT_WHOLE. One for each that was asked for.
  absl::StatusOr<std::vector<PaperLine>> Read(sql::Session& session, const std::vector<AskedLine>& asked, const std::string& path,
                                              status::BadFields& bad) const;
  // Where goods go at a location that papers may name: UNKNOWN_LOCATION, TRANSIT_PLACE.
  absl::StatusOr<Destination> PlaceOf(sql::Session& session, const std::string& location, const std::string& field,
                                      status::BadFields& bad) const;
  // Whether the lines name lots where the books have some, and only there: UNKNOWN_LOT.
  static void CheckLots(const StockChange& change, const std::vector<PaperLine>& lines, const std::string& path, status::BadFields& bad);
  // STOCK_SHORT with each line of which less can go.
  static absl::Status CheckRemovable(const StockChange& change, const std::vector<PaperLine>& lines, const std::string& location,
                                     absl::CivilDay today);
  // In the order in which they are locked, each once.
  static std::vector<std::string> ItemsOf(const std::vector<PaperLine>& lines);

 private:
  const Items& items_;
  const Locations& locations_;
  record::Kind<v1::Lot> lots_;
};

// The lines of a paper's message, which have item, lot, quantity and unit.
template <typename Lines>
std::vector<AskedLine> AskedOf(const Lines& lines) {
  std::vector<AskedLine> asked;
  for (const auto& line : lines) asked.push_back({line.item(), line.lot(), line.unit(), line.quantity()});
  return asked;
}

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MOVEMENT_PAPER_LINES_H_
