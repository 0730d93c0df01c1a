#include "services/activity/page/page_facts.h"

#include "common/record/store.h"
#include "common/status/macros.h"

namespace heitie::activity {

absl::StatusOr<std::vector<PageFact>> PageFactsOf(sql::Session& session, const std::string& activity, absl::Time now) {
  std::vector<PageFact> facts;
  RETURN_IF_ERROR(
      session.Query("SELECT p.name, p.etag, p.state, w.look_time, w.interval_micros FROM pages p JOIN page_watches w ON w.page = p.name "
                    "WHERE p.name > ? AND p.name < ? AND p.requirement = 'REQUIREMENT_BEFORE_LAUNCH' ORDER BY p.name",
                    record::ChildRange(activity, "pages"), [&](const sql::Row& row) {
                      PageFact fact{row.Text(0), row.Text(1)};
                      const bool recent = !row.IsNull(3) && now - row.Time(3) <= 2 * absl::Microseconds(row.Int(4));
                      if (recent && row.Text(2) == "STATE_UP") fact.kind = PageFact::Kind::kUp;
                      if (recent && row.Text(2) == "STATE_DOWN") fact.kind = PageFact::Kind::kDown;
                      facts.push_back(std::move(fact));
                    }));
  return facts;
}

}  // namespace heitie::activity
