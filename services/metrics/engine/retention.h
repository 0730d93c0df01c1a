// For how long rows are kept, by rules as data, and how they go: by name and day, and with the partition of a day when no name keeps it.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_RETENTION_H_
#define HEITIE_SERVICES_METRICS_ENGINE_RETENTION_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/record/rule_set.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/row_retention.pb.h"
#include "services/metrics/engine/snapshot.h"

namespace heitie::metrics {

extern const status::Reason kDuplicateName;  // {name}

// DUPLICATE_NAME.
absl::Status CheckRetention(const v1::RowRetention& retention);
// The first day whose rows of the name are kept on `today`.
absl::CivilDay FirstKeptDay(const v1::RowRetention& retention, const std::string& name, absl::CivilDay today);

// A partition of row_block: the days before `before`, from that of the partition before it on.
struct DayPartition {
  std::string name;
  absl::CivilDay before;
};
// The statements that give each day until `last` after the newest partition one of its own, and drop those whose days nobody keeps any
// more, `keeps` being the first day that any name keeps. `partitions`: ascending, without the last one, which has no bound.
std::vector<std::string> PartitionStatements(const std::vector<DayPartition>& partitions, absl::CivilDay today, absl::CivilDay last,
                                             absl::CivilDay keeps);

// Thread-safe.
class Retention {
 public:
  // Plans its recurring jobs.
  explicit Retention(const service::Context& context);
  const record::RuleSet<v1::RowRetention>& versions() const { return versions_; }
  void Bind(record::Methods& methods) { versions_.Bind<v1::PublishRowRetentionRequest>(methods); }

  // Lets rows go whose time is over; what does not fit into the deadline goes with the next run. Rows that are not folded yet stay.
  absl::Status Expire(const rpc::Call& call);
  // Keeps the partitions as they should be.
  absl::Status Partition(const rpc::Call& call);

 private:
  absl::CivilDay Today(const rpc::Call& call) const { return absl::ToCivilDay(call.now, zone_); }

  record::Store& store_;
  const absl::TimeZone zone_;
  record::RuleSet<v1::RowRetention> versions_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_RETENTION_H_
