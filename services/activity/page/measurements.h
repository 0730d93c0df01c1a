// What looks measured, on its way to metrics: each exactly once, whoever is killed in between (policy A2, M1). Rows are written together
// with what the look came to; a job gives them the number of a batch, delivers the batch under that number until metrics acknowledges it,
// and only then removes them.
#ifndef HEITIE_SERVICES_ACTIVITY_PAGE_MEASUREMENTS_H_
#define HEITIE_SERVICES_ACTIVITY_PAGE_MEASUREMENTS_H_

#include <string>

#include "absl/status/status.h"
#include "common/record/store.h"
#include "common/service/main.h"
#include "services/activity/page/page_rules.h"

namespace heitie::activity {

// `page_up` (1 or 0), and `page_latency_ms` where there was an answer, by the dimension `page`.
absl::Status KeepMeasurement(record::Transaction& tx, const std::string& page, const Look& look);

// Registers the job that delivers.
void DeliverMeasurements(const service::Context& context);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PAGE_MEASUREMENTS_H_
