// Dead letters: what was delivered and not accepted, until it is replayed or discarded (policy M1).
#ifndef HEITIE_SERVICES_METRICS_PLAN_DEAD_LETTER_H_
#define HEITIE_SERVICES_METRICS_PLAN_DEAD_LETTER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "heitie/metrics/v1/dead_letter.pb.h"
#include "services/metrics/plan/intake.h"
#include "services/metrics/plan/plan.h"
#include "services/metrics/plan/sieve.h"

namespace heitie::metrics {

// Thread-safe.
class DeadLetters {
 public:
  // `intake` is called by replays only, and may come to be later than this.
  DeadLetters(record::Store& store, Plans& plans, const Sieve& sieve, Intake& intake, absl::TimeZone zone);
  void Bind(record::Methods& methods);

  // Discards what is open of a user who is erased, so that no replay takes it in any more.
  absl::Status DiscardOf(record::Transaction& tx, const std::string& user);
  // Removes what has ended of the user; what is open has come since.
  absl::Status ForgetUser(record::Transaction& tx, const std::string& user);
  // Discards what is open of batches that are withdrawn.
  absl::Status Withdraw(record::Transaction& tx, const std::string& producer, int64_t first_sequence, int64_t last_sequence,
                        const std::string& reason);
  // Discards those that have waited since before `before`, at most `most` of them; how many.
  absl::StatusOr<int> DiscardWaiting(record::Transaction& tx, absl::Time before, const std::string& reason, int most);

 private:
  // A dead letter that is judged again.
  struct Retrial {
    v1::DeadLetter letter;
    Point point;  // as repaired
    std::vector<Violated> violated;
    bool heals() const { return SeverestOf(violated) == v1::ViolationRule::ACTION_OBSERVE; }
  };
  struct Retrials {
    std::vector<Retrial> all;
    std::shared_ptr<const Plan> plan;
    std::string next_after;
  };

  absl::StatusOr<v1::SummarizeDeadLettersResponse> Summarize(const rpc::Call& call, const v1::SummarizeDeadLettersRequest& request);
  absl::StatusOr<v1::ReplayDeadLettersResponse> Replay(const rpc::Call& call, const v1::ReplayDeadLettersRequest& request);
  absl::StatusOr<v1::DiscardDeadLettersResponse> Discard(record::Transaction& tx, const v1::DiscardDeadLettersRequest& request);

  absl::StatusOr<Retrials> Retry(const rpc::Call& call, sql::Session& session, const v1::ReplayDeadLettersRequest& request) const;
  absl::Status DiscardAll(record::Transaction& tx, const std::vector<v1::DeadLetter>& letters, const std::string& reason) const;
  // Writes what became of them. What somebody else settled meanwhile is left out; `added` gets the batches whose points were stored.
  absl::Status Settle(record::Transaction& tx, const v1::ReplayDeadLettersRequest& request, const Retrials& retrials,
                      const Intake::Add& add, v1::ReplayDeadLettersResponse& response, std::vector<Batch>& added) const;

  record::Store& store_;
  Plans& plans_;
  const Sieve& sieve_;
  Intake& intake_;
  const absl::TimeZone zone_;
  record::Kind<v1::DeadLetter> letters_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_PLAN_DEAD_LETTER_H_
