#include "services/metrics/collection/quota.h"

#include <algorithm>

#include "absl/time/civil_time.h"
#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::metrics {

const status::Reason kQuotaExceeded{absl::StatusCode::kResourceExhausted, "QUOTA_EXCEEDED",
                                    "{producer} has used its quota; {rows:count} more rows do not fit yet.",
                                    "{producer} 已用完配額，尚無法再接收 {rows:count} 列。"};
const status::Reason kBatchAboveQuota{absl::StatusCode::kFailedPrecondition, "BATCH_ABOVE_QUOTA",
                                      "The batch of {producer} has {rows:count} rows, and its quota of a day is {most:count}.",
                                      "{producer} 的批次有 {rows:count} 列，每日配額為 {most:count} 列。"};

namespace {

constexpr int64_t kMicros = 1000000;

// How long rows take at the rate, rounded up to what a database keeps.
absl::Duration WorkTime(int64_t rows, int64_t rate) { return absl::Microseconds((rows * kMicros + rate - 1) / rate); }

// How much may wait in the bucket.
absl::Duration BurstTime(const v1::Producer& producer) {
  const int64_t burst = producer.burst_rows() > 0 ? producer.burst_rows() : producer.rows_per_second();
  return absl::Microseconds(burst * kMicros / producer.rows_per_second());
}

// When the bucket is empty, now at the earliest.
absl::Time EmptyTime(const v1::Producer& producer, absl::Time now) {
  return producer.has_quota_time() ? std::max(now, time::ToTime(producer.quota_time())) : now;
}

int64_t RowsOf(const v1::Producer& producer, absl::CivilDay day) {
  return producer.has_quota_date() && time::ToDay(producer.quota_date()) == day ? producer.quota_rows() : 0;
}

}  // namespace

absl::Status CheckQuota(const v1::Producer& producer, int64_t rows, absl::Time now, absl::TimeZone zone) {
  absl::Duration delay;
  if (producer.rows_per_second() > 0) {
    const absl::Time empty = EmptyTime(producer, now);
    const absl::Duration room = std::max(absl::ZeroDuration(), BurstTime(producer) - WorkTime(rows, producer.rows_per_second()));
    delay = std::max(delay, empty - now - room);
  }
  if (producer.rows_per_day() > 0) {
    const absl::CivilDay today = absl::ToCivilDay(now, zone);
    if (rows > producer.rows_per_day()) {
      return status::Error(kBatchAboveQuota, {{"producer", producer.name()}, {"rows", rows}, {"most", producer.rows_per_day()}});
    }
    if (RowsOf(producer, today) + rows > producer.rows_per_day()) delay = std::max(delay, absl::FromCivil(today + 1, zone) - now);
  }
  if (delay <= absl::ZeroDuration()) return absl::OkStatus();
  return status::RetryLater(kQuotaExceeded, delay, {{"producer", producer.name()}, {"rows", rows}});
}

void UseQuota(int64_t rows, absl::Time now, absl::TimeZone zone, v1::Producer& producer) {
  if (producer.rows_per_second() > 0) {
    *producer.mutable_quota_time() = time::ToTimestamp(EmptyTime(producer, now) + WorkTime(rows, producer.rows_per_second()));
  } else {
    producer.clear_quota_time();
  }
  if (producer.rows_per_day() > 0) {
    const absl::CivilDay today = absl::ToCivilDay(now, zone);
    producer.set_quota_rows(RowsOf(producer, today) + rows);
    *producer.mutable_quota_date() = time::ToDate(today);
  } else {
    producer.clear_quota_date();
    producer.clear_quota_rows();
  }
}

}  // namespace heitie::metrics
