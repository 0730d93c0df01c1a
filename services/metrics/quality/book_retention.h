// For how long what tells of deliveries is kept: dead letters and accounts, by the terms of row_retention (policy M1). The books stay true:
// what goes has its sums in what stays.
#ifndef HEITIE_SERVICES_METRICS_QUALITY_BOOK_RETENTION_H_
#define HEITIE_SERVICES_METRICS_QUALITY_BOOK_RETENTION_H_

#include "absl/status/status.h"
#include "common/record/rule_set.h"
#include "common/service/main.h"
#include "heitie/metrics/v1/row_retention.pb.h"
#include "services/metrics/plan/dead_letter.h"

namespace heitie::metrics {

// Thread-safe.
class BookRetention {
 public:
  // Plans its recurring job. Both must outlive this.
  BookRetention(const service::Context& context, const record::RuleSet<v1::RowRetention>& terms, DeadLetters& dead_letters);

  // Lets go what is over; what does not fit into the deadline goes with the next run.
  absl::Status Expire(const rpc::Call& call);

 private:
  absl::Status ExpireLetters(const rpc::Call& call, int days);
  absl::Status ExpireAccounts(const rpc::Call& call, int days);

  record::Store& store_;
  const absl::TimeZone zone_;
  const record::RuleSet<v1::RowRetention>& terms_;
  DeadLetters& dead_letters_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_QUALITY_BOOK_RETENTION_H_
