// Follows the events of another service, so that what happens there has its consequences here. The common core of reactions (reactions.h)
// and mirrors (mirror.h).
//
// A recurring job follows the events, in one replica at a time. It reads the new events and leaves a request at the source that waits for
// more and makes the job run at once, so that an event has its consequence within 100 ms. The job's interval covers the loss of that
// request. A row of the table `follower` holds how far each follower has come.
//
// A follower that cannot digest an event sets it aside with all later events of the same resource, as a row of `follower_stuck`, and tries
// again 1 s to 1 min after it failed; the events of other resources go on, also when a consequence hangs: it has half of a turn, and what
// is stuck is tried again in the first quarter of it only. While the source or the own database is away, no resource is stuck: all
// events wait. An event that fails because something else is away (UNAVAILABLE and the like) first holds up all events as well, and is set
// aside after kPatience attempts.
#ifndef HEITIE_COMMON_EVENT_FOLLOWER_H_
#define HEITIE_COMMON_EVENT_FOLLOWER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/client/client.h"
#include "common/job/runner.h"
#include "common/record/store.h"
#include "heitie/type/v1/event.pb.h"
#include "heitie/type/v1/follower.pb.h"

namespace heitie::event {

// How long after its commit an event is seen at the latest while nothing fails.
inline constexpr absl::Duration kFollowInterval = absl::Seconds(1);
// After so many failures in a row an event is set aside whose consequence needs something that is away.
inline constexpr int kPatience = 3;
// Resources that may be stuck; then the follower waits for them.
inline constexpr size_t kMostStuck = 1000;

// The ListEvents of the service `source` that owns the resource of a contract's message: of RecordService in its package, or of
// "RiskService" of a source "risk". Stops the process when there is none.
std::string ListEventsOf(const google::protobuf::Descriptor& resource, const std::string& source);
// "risk.heitie/Risk". Stops the process when the message is no resource.
std::string SubjectTypeOf(const google::protobuf::Descriptor& resource);

// Copied into the job that it registers; this object may go.
class Follower {
 public:
  // What an event has as its consequence, outside of any transaction. It gets each event at least once and those of one resource in order,
  // so it must do no harm when it is repeated. What has not ended by the call's deadline, some seconds, has failed.
  using Consequence = std::function<absl::Status(const rpc::Call& call, const type::v1::Event& event)>;
  // The same of several events at once, in their order, of those that `joins` says may be digested so. Where it fails, which must undo all
  // of it, each is digested by itself.
  struct Portions {
    std::function<bool(const type::v1::Event& event)> joins;
    std::function<absl::Status(const rpc::Call& call, const std::vector<const type::v1::Event*>& events)> digest;
  };
  // What a mirror does, in the transaction in which its position advances: each event once. An error undoes all of it.
  struct Copy {
    std::function<absl::Status(sql::Session& session, const type::v1::Event& event)> apply;
    // The same of many events, each of another resource that is there; their order does not matter.
    std::function<absl::Status(sql::Session& session, const std::vector<type::v1::Event>& events)> put;
    // Deletes what the staged history of a rebuild (mirror_rebuild) does not hold.
    std::function<absl::Status(sql::Session& session)> retain;
  };

  struct Options {
    std::string name;    // [a-z0-9-]{1,64}, for example "risk-watch"
    std::string source;  // the service, for example "risk"
    client::Client& client;
  };

  Follower(record::Store& store, job::Runner& jobs, const Options& options, type::v1::Follower::Kind kind);

  // Before the jobs start.
  void Follow(const google::protobuf::Descriptor& resource);
  void SetConsequence(Consequence consequence);
  void SetPortions(Portions portions);
  void SetCopy(Copy copy);
  // Writes its row, if it has none; the first turn does it as well.
  absl::Status Register();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace heitie::event

#endif  // HEITIE_COMMON_EVENT_FOLLOWER_H_
