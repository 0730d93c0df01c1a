// The books of delivery (policy M1): what became of every row that a producer delivered, by batch and by day and name. For each account
// accepted + duplicate + quarantined + discarded = delivered at every moment; the schema checks it with every change.
#ifndef HEITIE_SERVICES_METRICS_PLAN_ACCOUNTS_H_
#define HEITIE_SERVICES_METRICS_PLAN_ACCOUNTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "heitie/metrics/v1/delivery.pb.h"
#include "services/metrics/collection/batch.h"
#include "services/metrics/plan/judge.h"

namespace heitie::metrics {

enum class Fate { kAccepted, kDuplicate, kQuarantined, kDiscarded };

struct Tally {
  int64_t accepted = 0, duplicate = 0, quarantined = 0, discarded = 0;
  int64_t sum_minor = 0;  // of all but duplicates
  int64_t delivered() const { return accepted + duplicate + quarantined + discarded; }
  int64_t& Of(Fate fate);
};

// Rows that change their fate together are booked together. Costs a row for each batch, and for each day and name.
class Booking {
 public:
  // A row that has just been delivered.
  void Deliver(const Batch& batch, const Point& point, Fate fate);
  // A row that was booked before as `from`; of the amount `minor`, which goes out of the sum when it turns out to be a duplicate.
  void Move(const std::string& kind, const std::string& producer, int64_t sequence, absl::CivilDay day, const std::string& name,
            int64_t minor, Fate from, Fate to);
  // In the order of keys, so that two transactions do not wait for each other in a circle.
  absl::Status Write(sql::Session& session, absl::Time now) const;

 private:
  using DayKey = std::tuple<std::string, absl::CivilDay, std::string, std::string>;  // producer, day, kind, name
  using BatchKey = std::tuple<std::string, int64_t>;                                 // producer, sequence
  // Found by tuples of references, since a batch asks for each of its rows.
  std::map<DayKey, Tally, std::less<>> new_days_;
  std::map<DayKey, Tally> moved_days_;
  struct BatchTally {
    Tally tally;
    absl::Time last_occur_time = absl::InfinitePast();
  };
  std::map<BatchKey, BatchTally, std::less<>> new_batches_;
  std::map<BatchKey, Tally> moved_batches_;
};

// The last part of the names of what is kept of a day and a name: of accounts and control totals.
std::string DayAccountId(absl::CivilDay day, const std::string& kind, const std::string& name);
// The name of a batch's account.
std::string BatchAccountName(const std::string& producer, int64_t sequence);

// What was accepted though the plan does not say so.
struct Deviation {
  std::string kind, producer, name;
  v1::Violation::Reason reason;
  std::string field;
  auto operator<=>(const Deviation&) const = default;
};
absl::Status CountDeviations(sql::Session& session, const std::map<Deviation, int64_t>& deviations, absl::Time now);

// Rows of which a producer sees its own and everybody of the company all.
record::Rule StaffOrOwnProducer();
// Whether the caller is somebody of the company.
bool IsStaff(const rpc::Principal& caller);

// Thread-safe.
class Accounts {
 public:
  explicit Accounts(record::Store& store);
  void Bind(record::Methods& methods);

 private:
  record::Kind<v1::DeliveryAccount> days_;
  record::Kind<v1::BatchAccount> batches_;
  record::Kind<v1::PlanDeviation> deviations_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_PLAN_ACCOUNTS_H_
