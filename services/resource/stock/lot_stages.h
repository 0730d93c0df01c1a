// Lots that are about to expire and that have expired (policy S4): once each, by the clock, and the terms for it as a rule set.
#ifndef HEITIE_SERVICES_RESOURCE_STOCK_LOT_STAGES_H_
#define HEITIE_SERVICES_RESOURCE_STOCK_LOT_STAGES_H_

#include <optional>

#include "absl/time/civil_time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "heitie/resource/v1/lot.pb.h"
#include "heitie/resource/v1/stock_policy.pb.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

// Where a lot with a last day of use stands on a day, and when to look again; nothing after it has expired.
struct StageOn {
  v1::Lot::Stage stage = v1::Lot::STAGE_FINE;
  std::optional<absl::CivilDay> next;
};
StageOn StageOf(absl::CivilDay expiry, absl::CivilDay today, int expiring_days);

// Thread-safe.
class LotStages {
 public:
  // Handles the jobs of kind "lot-stage".
  LotStages(record::Store& store, const Stocks& stocks, job::Runner& jobs);
  void Bind(record::Methods& methods);
  // Looks at a new lot when that is due.
  absl::Status Follow(record::Transaction& tx, const v1::Lot& lot) const;

 private:
  absl::Status Look(record::Transaction& tx, const std::string& name) const;
  absl::Status LookOn(record::Transaction& tx, const std::string& lot, absl::CivilDay day) const;

  record::Store& store_;
  const Stocks& stocks_;
  record::Kind<v1::Lot> lots_;
  record::RuleSet<v1::StockPolicy> policies_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_STOCK_LOT_STAGES_H_
