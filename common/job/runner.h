// Durable jobs: rows leased with FOR UPDATE SKIP LOCKED. Any number of replicas, each job once at a time. Leases, due times and back-offs
// are counted by the database's clock, whatever the processes' own clocks say. A lease is short and renewed while its handler runs: a
// handler may take long, and the job of a dead worker is another's within seconds, be it a replica or the same process started again.
//
// Jobs run in lanes (lane.h), each with threads of its own. A kind of job belongs to one lane, by the code and not by its row; jobs of
// kinds that a process does not know are left to those who know them.
#ifndef HEITIE_COMMON_JOB_RUNNER_H_
#define HEITIE_COMMON_JOB_RUNNER_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/job/lane.h"
#include "common/job/timetable.h"
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
// The same of many, in statements of many rows.
absl::Status ScheduleAll(record::Transaction& tx, const std::vector<Job>& jobs);
absl::Status CancelAll(record::Transaction& tx, const std::vector<std::string>& names);

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
// `call.now` is the database's time at the lease, never before the job's run_time; `call.deadline` is half a minute away, and what takes
// longer goes on in portions (Again). What a job does may be done twice, even at the same time (its process stood still, and another took
// the lease), so it must do no harm when repeated. Jobs of one kind run beside each other.
using Handler = std::function<Outcome(const rpc::Call& call, const Job& job)>;

// What the jobs of a process are doing, and how those of all replicas fare.
struct Report {
  struct OfLane {
    Lane lane;
    int running = 0, threads = 0;  // at most so many
    // How long the first due job of the lane has been due, waiting or running; 0 when none is due.
    absl::Duration oldest_due;
  };
  std::vector<OfLane> lanes;      // that have handlers
  absl::Duration oldest_unknown;  // the same of jobs of kinds that this process has no handler for
  struct Running {
    std::string job, kind;
    absl::Duration duration;
  };
  std::vector<Running> running;  // longest first
  // Jobs whose last attempt failed.
  struct Failing {
    std::string job, kind;
    int attempts = 0;   // in a row
    absl::Time next;    // the next one
    std::string error;  // of the last one
  };
  std::vector<Failing> failing;  // most attempts first, at most twenty
  struct OfKind {
    int64_t failing = 0;    // jobs, of all replicas
    uint64_t failures = 0;  // attempts, of this process since its start
  };
  std::map<std::string, OfKind> kinds;
};

class Runner {
 public:
  // `service` is the principal's name of the job's calls ("services/activity"), `lease` the time after which another takes over from a
  // worker that has vanished; it is renewed five times in that time.
  Runner(record::Store& store, const time::Clock& clock, std::string service, absl::Duration lease = absl::Seconds(5));
  ~Runner();  // Stops.

  void Handle(const std::string& kind, Handler handler, Lane lane = Lane::kDeadlines);
  // Handles a recurring job, one for all replicas. It exists from the first run on, has an empty payload, and is due at most `interval`, or
  // its back-off, from now: a job that a wrong clock has put farther away is due now.
  void Recur(const std::string& name, absl::Duration interval, Handler handler, Lane lane = Lane::kLongWork);
  // As above, by a timetable; the first run is the first one from now on. The calendar is read every second and again before a run, so a
  // day that is no longer a working day has no run. One run makes up for all missed ones. While there is no calendar, the job fails again
  // and again with the source's error, without calling its handler.
  void Recur(const std::string& name, Timetable timetable, CalendarSource calendar, Handler handler, Lane lane = Lane::kLongWork);

  // Returns a function that makes the recurring job `name` run at once, or again at once if it is running, unless it backs off. For callers
  // that learn of work before the interval is over. The function is quick and may be called from any thread, also after the runner's end.
  std::function<void()> Hastener(const std::string& name);

  // How many jobs of a lane run at a time at most, and never fewer than it has kinds. Before Start.
  void SetThreads(Lane lane, int threads);

  // Looks for what is due in a thread of its own until Stop, at least at each `poll`; the lanes' threads begin when they are needed. Stop
  // waits for the running jobs, however long they take, and gives back what was not begun.
  void Start(absl::Duration poll = absl::Milliseconds(200));
  void Stop();
  // Runs what is due once, of all lanes, in this thread; the number of jobs run. For tests.
  absl::StatusOr<int> RunDue();

  // As of the last look, for which Start must have been called; what runs, as of now.
  Report report() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace heitie::job

#endif  // HEITIE_COMMON_JOB_RUNNER_H_
