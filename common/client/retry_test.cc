#include "common/client/retry.h"

#include <gtest/gtest.h>

#include <set>

#include "heitie/test/v1/echo.pb.h"

namespace heitie::client {
namespace {

using heitie::test::v1::EchoRequest;
using heitie::test::v1::GetEchoRequest;

TEST(RetryTest, ReadingIsIdempotent) {
  const GetEchoRequest request;
  for (const char* verb : {"Get", "List", "Check", "Query", "Summarize", "Evaluate", "Examine", "Compute"}) {
    EXPECT_TRUE(IsIdempotent(std::string("p.v1.S/") + verb + "Thing", request)) << verb;
    EXPECT_TRUE(IsIdempotent(std::string("p.v1.S/") + verb, request)) << verb;
  }
  for (const char* method :
       {"p.v1.S/CreateThing", "p.v1.S/Getaway", "p.v1.S/Listen", "p.v1.S/Checkout", "p.v1.GetService/Launch", "Launch", ""}) {
    EXPECT_FALSE(IsIdempotent(method, request)) << method;
  }
}

TEST(RetryTest, ARequestIdMakesAMutationIdempotent) {
  EchoRequest request;
  EXPECT_FALSE(IsIdempotent("p.v1.S/LaunchActivity", request));
  request.set_request_id("r1");
  EXPECT_TRUE(IsIdempotent("p.v1.S/LaunchActivity", request));
}

TEST(RetryTest, BackoffGrowsAndVaries) {
  std::set<absl::Duration> seen;
  for (int i = 0; i < 200; ++i) {
    const absl::Duration first = Backoff(2), second = Backoff(3);
    EXPECT_GE(first, absl::Milliseconds(25));
    EXPECT_LE(first, absl::Milliseconds(75));
    EXPECT_GE(second, absl::Milliseconds(50));
    EXPECT_LE(second, absl::Milliseconds(150));
    seen.insert(first);
  }
  EXPECT_GT(seen.size(), 100u);
}

TEST(RetryBudgetTest, ATenthOfTheCallsAtMost) {
  RetryBudget budget;
  int saved = 0;
  while (budget.Spend()) ++saved;
  EXPECT_EQ(saved, 10);
  int retries = 0;
  for (int call = 0; call < 1000; ++call) {
    budget.Earn();
    retries += budget.Spend();
  }
  EXPECT_EQ(retries, 100);
}

TEST(RetryBudgetTest, SavingIsLimited) {
  RetryBudget budget;
  for (int call = 0; call < 10'000; ++call) budget.Earn();
  int saved = 0;
  while (budget.Spend()) ++saved;
  EXPECT_EQ(saved, 10);
}

}  // namespace
}  // namespace heitie::client
