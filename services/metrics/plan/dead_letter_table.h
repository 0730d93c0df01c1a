// Dead letters as rows: how they come to be, and the events and measurements that they hold.
#ifndef HEITIE_SERVICES_METRICS_PLAN_DEAD_LETTER_TABLE_H_
#define HEITIE_SERVICES_METRICS_PLAN_DEAD_LETTER_TABLE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "heitie/metrics/v1/dead_letter.pb.h"
#include "services/metrics/collection/batch.h"
#include "services/metrics/plan/judge.h"

namespace heitie::metrics {

// A point of the batch that was delivered at `now` and has violations, in STATE_OPEN.
v1::DeadLetter MakeDeadLetter(const Batch& batch, const Point& point, const std::vector<Violated>& violated, const std::string& schema,
                              absl::Time now);
// Writes new rows, in statements of at most about 1 MiB; without events of the audit trail, which would keep what erasure removes here.
absl::Status InsertDeadLetters(sql::Session& session, const std::vector<v1::DeadLetter>& letters);
// Writes what a later judgement says.
absl::Status UpdateViolations(sql::Session& session, const v1::DeadLetter& letter);

// kEventKind or kMeasurementKind.
std::string KindOf(const v1::DeadLetter& letter);
std::string PointNameOf(const v1::DeadLetter& letter);
// The point as it was delivered, with its position.
Point PointOf(const v1::DeadLetter& letter, absl::TimeZone zone);
void SetViolations(const std::vector<Violated>& violated, v1::DeadLetter& letter);

// What a replay puts right. Appends to `violated` what keeps it from doing so.
Point Repaired(const Point& point, const v1::DeadLetterRepair& repair, std::vector<Violated>& violated);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_PLAN_DEAD_LETTER_TABLE_H_
