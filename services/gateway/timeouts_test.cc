#include "services/gateway/timeouts.h"

#include <gtest/gtest.h>

namespace heitie::gateway {
namespace {

TEST(DeadlineOfTest, UnderstandsAllThreeHeadersAndTakesTheEarliest) {
  const absl::Time now = absl::FromUnixSeconds(1000);
  EXPECT_EQ(*DeadlineOf({}, now), absl::InfiniteFuture());
  EXPECT_EQ(*DeadlineOf({{"X-Request-Timeout", "2.5"}}, now), now + absl::Milliseconds(2500));
  EXPECT_EQ(*DeadlineOf({{"X-Request-Timeout", "500ms"}}, now), now + absl::Milliseconds(500));
  EXPECT_EQ(*DeadlineOf({{"grpc-timeout", "250m"}}, now), now + absl::Milliseconds(250));
  EXPECT_EQ(*DeadlineOf({{"grpc-timeout", "1H"}, {"connect-timeout-ms", "70"}}, now), now + absl::Milliseconds(70));
}

}  // namespace
}  // namespace heitie::gateway
