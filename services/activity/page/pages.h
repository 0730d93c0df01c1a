// Pages that activities live by (policy A2): what is asked of them, how they stand, and how much of a time they were up.
#ifndef HEITIE_SERVICES_ACTIVITY_PAGE_PAGES_H_
#define HEITIE_SERVICES_ACTIVITY_PAGE_PAGES_H_

#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/activity/v1/page.pb.h"
#include "services/activity/incident/incidents.h"
#include "services/activity/page/allowed_hosts.h"
#include "services/activity/page/looks.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

extern const status::Reason kTooManyPages;  // {activity} {most}
extern const status::Reason kPageNotDue;    // {page} {activity}

// Thread-safe.
class Pages {
 public:
  Pages(const service::Context& context, Activities& activities, Incidents& incidents);
  void Bind(record::Methods& methods);

  // Makes a page of an activity, for example from a template; its name is set. INVALID_FIELDS as at creation.
  absl::Status Add(record::Transaction& tx, v1::Page& page);
  // The events of its changes are come_up, go_down, reset and warn, besides create, update and delete.
  const record::Kind<v1::Page>& kind() const { return pages_; }
  // How much of a time a page was up. Reads by itself.
  absl::StatusOr<v1::PageAvailability> Available(const rpc::Call& call, const v1::GetPageAvailabilityRequest& request);

 private:
  absl::Status Create(record::Transaction& tx, v1::Page& page);
  absl::StatusOr<const char*> Update(record::Transaction& tx, const v1::Page& before, v1::Page& after);
  absl::Status Delete(record::Transaction& tx, const v1::Page& page);
  absl::StatusOr<v1::Page> LookAt(record::Transaction& tx, const v1::LookAtPageRequest& request);

  record::Store& store_;
  Activities& activities_;
  Incidents& incidents_;
  record::Kind<v1::Page> pages_;
  AllowedHosts hosts_;
  PageLooks looks_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PAGE_PAGES_H_
