// What the launch gate is told of pages.
#ifndef HEITIE_SERVICES_ACTIVITY_PAGE_PAGE_FACTS_H_
#define HEITIE_SERVICES_ACTIVITY_PAGE_PAGE_FACTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/database.h"

namespace heitie::activity {

struct PageFact {
  enum class Kind {
    kUp,
    kDown,
    // Not enough looks, or the last one is older than two of its intervals.
    kUnknown,
  };
  std::string page, etag;
  Kind kind = Kind::kUnknown;
  bool operator==(const PageFact&) const = default;
};

// Those pages of an activity that must be up before its launch.
absl::StatusOr<std::vector<PageFact>> PageFactsOf(sql::Session& session, const std::string& activity, absl::Time now);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PAGE_PAGE_FACTS_H_
