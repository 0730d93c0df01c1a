#include "services/metrics/service.h"

#include <gmock/gmock.h>

#include "services/metrics/collection/business_day.h"
#include "services/metrics/metrics_test.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;

TEST_F(MetricsTest, FirstStartFixesTheTimeZone) {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  EXPECT_THAT(KeepTimeZone(database_.get(), deadline, service::DefaultTimeZone()), IsOk());
  EXPECT_THAT(KeepTimeZone(database_.get(), deadline, absl::UTCTimeZone()), HasReason("TIME_ZONE_CHANGED"));
}

}  // namespace
}  // namespace heitie::metrics
