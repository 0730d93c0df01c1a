// Counting in cycles (policy S4): what most of the value goes through is counted most often.
#ifndef HEITIE_SERVICES_RESOURCE_MOVEMENT_CYCLE_COUNT_H_
#define HEITIE_SERVICES_RESOURCE_MOVEMENT_CYCLE_COUNT_H_

#include <map>
#include <string>
#include <vector>

#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "common/status/status.h"
#include "heitie/resource/v1/count_cycle.pb.h"
#include "heitie/resource/v1/count_policy.pb.h"
#include "heitie/resource/v1/location.pb.h"
#include "heitie/resource/v1/stock_count.pb.h"
#include "services/resource/stock/count.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

extern const status::Reason kClassesReversed;

// What of an item was used in a year.
struct UsedItem {
  std::string item, currency;
  int64_t used_minor = 0;
};
// The classes of items by the share of the value used that those before them have, the most used first, in each currency by itself; ties by
// name. An item is of class A as long as those before it have less than `a_share_bp` of all, of class B as long as they have less than
// `b_share_bp`. What was not used is of class C. n items cost O(n log n).
std::map<std::string, v1::CountClass> ClassesOf(std::vector<UsedItem> items, int64_t a_share_bp, int64_t b_share_bp);
// What is due first, of that class A first, then by name.
void SortCycle(std::vector<v1::ComputeCountCycleResponse::Line>& lines);

absl::Status CheckCountPolicy(const v1::CountPolicy& policy);

// Thread-safe.
class CycleCounts {
 public:
  // Handles the job "open-cycle-counts".
  CycleCounts(record::Store& store, const StockCounts& counts, job::Runner& jobs);
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::ComputeCountCycleResponse> Compute(const rpc::Call& call, const v1::ComputeCountCycleRequest& request);
  absl::StatusOr<v1::ComputeCountCycleResponse> CycleOf(sql::Session& session, const std::string& location, absl::Time now) const;
  job::Outcome Run(const rpc::Call& call);
  // A sheet of what is due at a location, if no sheet of a cycle is open there.
  absl::Status OpenAt(record::Transaction& tx, const std::string& location) const;

  record::Store& store_;
  const StockCounts& counts_;
  record::Kind<v1::Location> locations_;
  record::Kind<v1::StockCount> sheets_;
  record::RuleSet<v1::CountPolicy> policies_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MOVEMENT_CYCLE_COUNT_H_
