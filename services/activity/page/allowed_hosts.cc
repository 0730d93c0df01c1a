#include "services/activity/page/allowed_hosts.h"

#include <utility>
#include <vector>

#include "common/status/macros.h"
#include "services/activity/page/page_rules.h"

namespace heitie::activity {

absl::StatusOr<web::AllowList> AllowedHosts::List(sql::Session& session) const {
  ASSIGN_OR_RETURN(const std::vector<v1::AllowedHost> hosts, hosts_.Select(session, "ORDER BY name"));
  std::vector<web::Allowed> entries;
  for (const v1::AllowedHost& host : hosts) entries.push_back(ToAllowed(host));
  return web::AllowList(std::move(entries));
}

absl::Status AllowedHosts::Create(record::Transaction&, v1::AllowedHost& host) { return CheckAllowedHost(host); }

absl::Status AllowedHosts::Update(record::Transaction&, const v1::AllowedHost&, v1::AllowedHost& after) { return CheckAllowedHost(after); }

void AllowedHosts::Bind(record::Methods& methods) {
  methods.Reads(hosts_);
  methods.Creates(hosts_, this, &AllowedHosts::Create);
  methods.Updates(hosts_, this, &AllowedHosts::Update);
  methods.Deletes(hosts_);
}

}  // namespace heitie::activity
