// Looks at pages (policy A2): a job for each page, at the times of its schedule. The job only sets the look going; what came of it is
// written in one transaction with the page's state, what follows from that, and the next job. A process that dies in between has not
// looked: its job is due again soon after the page's timeout.
#ifndef HEITIE_SERVICES_ACTIVITY_PAGE_LOOKS_H_
#define HEITIE_SERVICES_ACTIVITY_PAGE_LOOKS_H_

#include <optional>
#include <string>

#include "common/job/runner.h"
#include "common/record/kind.h"
#include "common/service/main.h"
#include "common/web/client.h"
#include "heitie/activity/v1/page.pb.h"
#include "services/activity/incident/incidents.h"
#include "services/activity/page/allowed_hosts.h"
#include "services/activity/page/lookers.h"
#include "services/activity/page/page_rules.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

// How the looks at a page stand (page_watches). It changes only while the page is locked.
struct PageStanding {
  int64_t definition = 0;
  absl::Time anchor;
  std::optional<absl::Time> next;
  int looks = 0;
  std::string open_signal;
  std::optional<Look> last;  // of its certificate only the dates
};
// NOT_FOUND.
absl::StatusOr<PageStanding> StandingOf(sql::Session& session, const std::string& page);

// Plans the next look, in place of the one that was planned.
absl::Status PlanLook(record::Transaction& tx, const std::string& page, absl::Time at);
// Plans none.
absl::Status CancelLooks(record::Transaction& tx, const std::string& page);

// Thread-safe.
class PageLooks {
 public:
  // Registers the job, and what is done when an activity has come to be LIVE.
  PageLooks(const service::Context& context, Activities& activities, Incidents& incidents, record::Kind<v1::Page>& pages,
            AllowedHosts& hosts);
  ~PageLooks();

 private:
  job::Outcome Begin(const rpc::Call& call, const std::string& page);
  // Writes what a look came to, unless the page has gone, something else is asked of it since, or a later look was written before.
  absl::Status Record(const rpc::Call& call, const std::string& page, int64_t definition, const Look& look);
  absl::Status Judge(record::Transaction& tx, const v1::Activity& activity, const Look& look, v1::Page& page, PageStanding& standing);
  absl::Status Signal(record::Transaction& tx, const v1::Activity& activity, const Look& look, const v1::Page& page,
                      PageStanding& standing);
  absl::Status OnActivity(record::Transaction& tx, const v1::Activity* before, const v1::Activity* after);

  const service::Context context_;
  Activities& activities_;
  Incidents& incidents_;
  record::Kind<v1::Page>& pages_;
  AllowedHosts& hosts_;
  web::Client client_;
  Lookers lookers_;  // the last: it waits for what uses the rest
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PAGE_LOOKS_H_
