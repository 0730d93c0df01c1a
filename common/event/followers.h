// Who follows whom, for people: what ListFollowers answers, what /metrics and /debug show, and what a platform engineer may do about it.
#ifndef HEITIE_COMMON_EVENT_FOLLOWERS_H_
#define HEITIE_COMMON_EVENT_FOLLOWERS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/record/store.h"
#include "common/rpc/service.h"
#include "heitie/type/v1/follower.pb.h"

namespace heitie::event {

// The followers of the service by name, or only the one of this name ("risk-watch").
absl::StatusOr<std::vector<type::v1::Follower>> LoadFollowers(sql::Session& session, const std::string& name = "");

// Binds ListFollowers, StepOverEvent and RebuildMirror.
void BindFollowers(rpc::Service& service, record::Store& store);

// Tells that this process has a follower of this name. Rows of other followers, which an older version left in the database, raise no
// alarm.
void KnowFollower(const std::string& name);

// Registers the gauges and the table of /debug, which read the database, at most every few seconds. The store must live until the process
// ends.
void ShowFollowers(record::Store& store);

}  // namespace heitie::event

#endif  // HEITIE_COMMON_EVENT_FOLLOWERS_H_
