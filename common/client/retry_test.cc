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
  for (const char* method :
       {"heitie.test.v1.EchoService/GetEcho", "heitie.test.v1.EchoService/Tick", "heitie.test.v1.NoteService/ListNotes",
        "heitie.metrics.v1.AnalysisService/QueryMetric"}) {  // the last is a POST with NO_SIDE_EFFECTS
    EXPECT_TRUE(IsIdempotent(method, request)) << method;
    EXPECT_TRUE(IsIdempotent(method, request)) << method;
  }
  // What changes something, and what no contract has, whatever its verb.
  for (const char* method :
       {"heitie.test.v1.EchoService/Echo", "heitie.test.v1.NoteService/CreateNote", "p.v1.S/GetThing", "GetEcho", ""}) {
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
