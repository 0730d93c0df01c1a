// The rows of jobs and their leases. All times are the database's, or a test's where it has stopped the clock.
#ifndef HEITIE_COMMON_JOB_TABLE_H_
#define HEITIE_COMMON_JOB_TABLE_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/job/allotment.h"
#include "common/job/runner.h"
#include "common/sql/database.h"
#include "common/time/clock.h"

namespace heitie::job {

// The right to run a job. Jobs that were leased together share the token.
struct Lease {
  std::string job;
  std::string token;
  bool operator==(const Lease&) const = default;
};

struct Leased {
  Job job;
  absl::Time now;                    // at the lease
  std::optional<absl::Time> anchor;  // from where the due time was counted, of jobs with a timetable
  std::string token;
};

// Thread-safe.
class Table {
 public:
  Table(sql::Database& database, const time::Clock& clock, absl::Duration lease);

  // When the first job of each kind is or was due, waiting or running. Costs the number of kinds, not of jobs.
  struct Look {
    absl::Time now;
    std::map<std::string, absl::Time> first;
  };
  absl::StatusOr<Look> LookAround();

  // In one transaction: leases jobs of these kinds that are due, what is due first first, as many as the allotment has threads for. Jobs
  // that others have locked are passed over.
  absl::StatusOr<std::vector<Leased>> Take(const std::vector<std::string>& kinds, const Allotment& allotment);
  // Extends leases; returns those that are not ours any more. A locked row belongs to a transaction of its own handler or is being looked
  // at: nobody can lease it meanwhile, so it is left for the next time.
  absl::StatusOr<std::vector<Lease>> Renew(const std::vector<Lease>& leases);
  // Gives back what was not begun.
  absl::Status Release(const std::vector<Leased>& leased);

  // What becomes of a job that has run. Each only while the lease is ours: a job that was taken over or scheduled anew is left alone.
  // A new payload or anchor where it is given.
  struct Kept {
    std::optional<std::string> payload;
    std::optional<absl::Time> anchor;
  };
  absl::Status Remove(const Leased& leased);
  absl::Status Fail(const Leased& leased, const absl::Status& failure, const Kept& kept);
  absl::Status RunAfter(const Leased& leased, absl::Duration duration, const Kept& kept);
  absl::Status RunAt(const Leased& leased, absl::Time time, const Kept& kept);

  // The rows of recurring jobs, those of them that exist.
  struct Recurring {
    std::string name;
    absl::Time run_time;
    int attempt = 0;
    std::optional<absl::Time> anchor;
  };
  struct Recurrings {
    absl::Time now;
    std::vector<Recurring> rows;
  };
  absl::StatusOr<Recurrings> Find(const std::vector<std::string>& names);
  // Makes recurring jobs due now, except those that back off. Returns those that are running at present, for which it is too early.
  absl::StatusOr<std::set<std::string>> Hasten(const std::set<std::string>& names);
  // Creates those that are missing; those that another replica has created stay.
  absl::Status Create(const std::vector<Recurring>& jobs);
  // Moves a job if it is still due at `before`.
  absl::Status Move(const Recurring& before, const Recurring& after);

  // Jobs whose last attempt failed: how many of each kind, and those with most attempts.
  struct Failing {
    std::map<std::string, int64_t> count;
    std::vector<Report::Failing> worst;
  };
  absl::StatusOr<Failing> FindFailing(const std::vector<std::string>& kinds, int most);

 private:
  sql::Value Now() const;

  sql::Database& database_;
  const time::Clock& clock_;
  const absl::Duration lease_;
};

}  // namespace heitie::job

#endif  // HEITIE_COMMON_JOB_TABLE_H_
