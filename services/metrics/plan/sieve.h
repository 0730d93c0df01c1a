// What ingestion asks of the plan: which rows of a batch are accepted, which are dead letters and which are known already (policy M1).
#ifndef HEITIE_SERVICES_METRICS_PLAN_SIEVE_H_
#define HEITIE_SERVICES_METRICS_PLAN_SIEVE_H_

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/store.h"
#include "services/metrics/collection/batch.h"
#include "services/metrics/plan/plan.h"

namespace heitie::metrics {

// A batch as the plan sees it; nothing is written yet.
struct Verdict {
  std::shared_ptr<const Plan> plan;
  // What is wrong with points, by index; those that are as they must be are left out. Indexes ascend.
  std::vector<std::pair<size_t, std::vector<Violated>>> violated;
};

// Calls `each` for the points that the plan accepts; some of them may be known already by their ids. What it leaves out must leave no
// trace, neither as a user nor as a name.
void ForAdmitted(const Batch& batch, const Verdict& verdict, absl::FunctionRef<void(const Point&)> each);

// What of a batch is to be stored.
struct Sifted {
  // The batch itself when nothing is left out, which is then not copied; else the accepted points alone, each with its position in the
  // whole.
  std::shared_ptr<const Batch> accepted;
  int quarantined = 0;
  int duplicates = 0;
  // Of users who were erased for good.
  int discarded = 0;
};

// Claims the id of an event for its row.
struct Claim {
  std::string event_name, event_id;
  std::string producer;
  int64_t sequence = 0;
  int position = 0;
  // Until when the id is remembered.
  absl::Time expire_time;
};
// The indexes of claims whose ids belong to other rows at `now`; the others own them from then on. Transactions that claim the same id
// wait for each other, and exactly one gets it. Of claims with one id among themselves the first gets it.
absl::StatusOr<std::set<size_t>> ClaimIds(sql::Session& session, const std::vector<Claim>& claims, absl::Time now);

// Gives up the ids of rows that are taken back: the same event may come again, and counts then. Claims that are others' stay.
absl::Status ReleaseIds(sql::Session& session, const std::vector<Claim>& claims);

// Thread-safe.
class Sieve {
 public:
  // Registers the job that forgets ids whose time is over.
  Sieve(record::Store& store, job::Runner& jobs, Plans& plans);

  // Judges a checked batch that was delivered at `now`, by the plan of this moment, of which every replica learns here: one query by
  // primary keys reads its number. INVALID_FIELDS with everything that is wrong when the plan refuses the batch.
  absl::StatusOr<Verdict> Judge(sql::Session& session, const Batch& batch, absl::Time now) const;
  // In the batch's transaction, once it is known that the batch is no repetition: finds the rows that are known already by their ids, and
  // writes dead letters, deviations and accounts. Rows of `barred` users are left out. The batch outlives what is returned.
  absl::StatusOr<Sifted> Settle(record::Transaction& tx, const Batch& batch, const Verdict& verdict,
                                const std::set<std::string>& barred = {}) const;

  // What is wrong with one point, as Judge would say it. Pure.
  std::vector<Violated> JudgePoint(const Plan& plan, const std::string& kind, const Point& point, absl::Time delivered,
                                   absl::Time now) const;

 private:
  absl::Status Forget(const rpc::Call& call) const;

  record::Store& store_;
  Plans& plans_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_PLAN_SIEVE_H_
