// Keeps a directory (directory.h) as personnel's events have it: a mirror of several kinds of resources in one table, `people`, which holds
// what rights follow from and nothing else, neither names of people nor reasons. One replica of a service follows the events, at least
// once, in order per resource, as every mirror does (follower.h, "followers/people"); every replica takes up what the table has got
// (Renew). The table survives restarts, so that doors know who has left while personnel is away.
#ifndef HEITIE_COMMON_PEOPLE_COPY_H_
#define HEITIE_COMMON_PEOPLE_COPY_H_

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/client/client.h"
#include "common/event/follower.h"
#include "common/job/runner.h"
#include "common/people/directory.h"
#include "common/record/store.h"

namespace heitie::people {

inline constexpr char kFollower[] = "people";
// How often a process takes up what is new. With the way of an event it has 100 ms more; both together stay far below the two seconds
// within which a change is in force at every door.
inline constexpr absl::Duration kRenewal = absl::Milliseconds(250);

// What of a resource's JSON the table keeps: a message of its kind with the facts alone, as JSON. Empty for what gives nobody rights, such
// as a draft. DATA_LOSS when it is no such resource.
absl::StatusOr<std::string> FactsOf(const std::string& name, const std::string& json);
// Adds what a row of the table says. DATA_LOSS.
absl::Status AddFacts(const std::string& name, const std::string& facts, Directory::Changes& changes);

// Thread-safe.
class Copy {
 public:
  // Registers the follower of `personnel`, reads what the table has, and tells the store who is known and how personnel is asked about
  // others. `directory` must live as long as the jobs run. Stops the process when the table cannot be read.
  Copy(record::Store& store, job::Runner& jobs, client::Client& personnel, Directory& directory);
  // Takes up what is new in the table. One read by an index when nothing is.
  absl::Status Renew();

 private:
  record::Store& store_;
  Directory& directory_;
  std::mutex mutex_;
  int64_t seq_ = 0;  // up to which everything was taken up; guarded by mutex_
};

// Personnel's way to its own events, without a network. Give its client to Copy.
class OwnEvents final : public client::Client {
 public:
  explicit OwnEvents(record::Store& store);
  ~OwnEvents() override;
  void Start(const rpc::Call& call, const std::string& method, const google::protobuf::Message& request,
             google::protobuf::Message* response, Done done) override;
  // Wakes who waits when another process has committed something since the last look. One short statement.
  absl::Status Look();

 private:
  struct Waiter;

  record::Store& store_;
  std::shared_ptr<Waiter> waiter_;
};

}  // namespace heitie::people

#endif  // HEITIE_COMMON_PEOPLE_COPY_H_
