// Durable jobs: rows leased with FOR UPDATE SKIP LOCKED. Any number of replicas, each job once at a time. Leases, due times and back-offs
// are counted by the database's clock, whatever the processes' own clocks say. A lease is short and renewed while its handler runs: a
// handler may take long, and the job of a dead worker is another's within seconds, be it a replica or the same process started again.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/record/store.h"
#include "common/time/clock.h"

namespace heitie::job {

struct Job {
  // Unique key, for example "activities/x/launch".
  std::string name;
  std::string kind;
  // Free text for the handler, for example a resource name.
  std::string payload;
  absl::Time run_time;
  int attempt = 0;
};

// Plans a job in the caller's transaction; an existing one of the same name is moved to `run_time` and starts anew.
absl::Status Schedule(record::Transaction& tx, const Job& job);
// Removes a job; OK when there is none.
absl::Status Cancel(record::Transaction& tx, const std::string& name);

// What became of one attempt: OK removes the job, or a recurring one runs again after its interval; an error repeats it after a back-off
// (1 s doubling to 1 min); Again(t) keeps it for a run at t. What is kept may take a new payload along.
struct Outcome {
  absl::Status status;
  absl::Time again = absl::InfiniteFuture();
  std::optional<std::string> payload = std::nullopt;
  static Outcome Done() { return {absl::OkStatus()}; }
  static Outcome Failed(absl::Status s) { return {std::move(s)}; }
  static Outcome Again(absl::Time t) { return {absl::OkStatus(), t}; }
};
// `call.now` is the database's time at the lease, never before the job's run_time; `call.deadline` is half a minute away. What a job does
// may be done twice, even at the same time (its process stood still, and another took the lease), so it must do no harm when repeated.
using Handler = std::function<Outcome(const rpc::Call& call, const Job& job)>;

class Runner {
 public:
  // `service` is the principal's name of the job's calls ("services/activity"), `lease` the time after which another takes over from a
  // worker that has vanished; it is renewed five times in that time.
  Runner(record::Store& store, const time::Clock& clock, std::string service, absl::Duration lease = absl::Seconds(5));
  ~Runner();  // Stops.

  void Handle(const std::string& kind, Handler handler);
  // Handles a recurring job, one for all replicas, that exists from the first run on, with an empty payload, and is due at most `interval`
  // ahead, or its back-off: what a clock that was wrong has put farther away is due now.
  void Recur(const std::string& name, absl::Duration interval, Handler handler);
  // Polls in a thread of its own until Stop, which waits for the running job.
  void Start(absl::Duration poll = absl::Milliseconds(200));
  void Stop();
  // Runs what is due once, in this thread; the number of jobs run. For tests and for Start.
  absl::StatusOr<int> RunDue();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace heitie::job
