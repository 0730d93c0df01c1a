// What the figures of a closed month rested on when they were looked at last (table closing_look).
#ifndef HEITIE_SERVICES_METRICS_CLOSING_LOOK_H_
#define HEITIE_SERVICES_METRICS_CLOSING_LOOK_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/record/store.h"
#include "services/metrics/closing/happening.h"

namespace heitie::metrics {

struct ClosingLook {
  struct Figure {
    // Of the latest answer, and the number of the adjustment that holds it, 0 for the closing.
    std::string digest;
    int number = 0;
    std::set<std::string> series;
  };
  std::string closing;
  int64_t look = 0;
  absl::Time time;
  // Books::Through the end of the month, by name.
  std::map<std::string, std::string> books;
  // What had happened shortly before and was seen: another look knows it again though it asks for more than has happened since.
  std::set<std::string> seen;
  // By name of resource.
  std::map<std::string, Figure> figures;

  std::string ToText() const;
  // DATA_LOSS.
  absl::Status FromText(const std::string& text);
};

// So long after it began a transaction has ended; what it writes bears the time of its beginning.
inline constexpr absl::Duration kLongestWrite = absl::Minutes(10);

// The keys of those that a look at `now` may see and that began shortly before.
std::set<std::string> SeenOf(const std::vector<Happening>& happenings, absl::Time now);

absl::StatusOr<std::vector<ClosingLook>> ReadLooks(sql::Session& session);
absl::Status InsertLook(sql::Session& session, const ClosingLook& look);
// Whether `look` is the next one after what is stored; if not, somebody else has looked meanwhile.
absl::StatusOr<bool> AdvanceLook(sql::Session& session, const ClosingLook& look);

// Withdrawals or erasures that are under way have changed a part of what they will change.
absl::StatusOr<bool> IsCorrectionRunning(sql::Session& session);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_CLOSING_LOOK_H_
