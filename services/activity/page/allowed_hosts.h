// The allow list of pages, which platform engineers keep.
#ifndef HEITIE_SERVICES_ACTIVITY_PAGE_ALLOWED_HOSTS_H_
#define HEITIE_SERVICES_ACTIVITY_PAGE_ALLOWED_HOSTS_H_

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/web/allow_list.h"
#include "heitie/activity/v1/allowed_host.pb.h"

namespace heitie::activity {

// Thread-safe.
class AllowedHosts {
 public:
  explicit AllowedHosts(record::Store& store) : hosts_(store) {}
  void Bind(record::Methods& methods);

  absl::StatusOr<web::AllowList> List(sql::Session& session) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::AllowedHost& host);
  absl::Status Update(record::Transaction& tx, const v1::AllowedHost& before, v1::AllowedHost& after);

  record::Kind<v1::AllowedHost> hosts_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PAGE_ALLOWED_HOSTS_H_
