#include "services/gateway/rate_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "common/observe/metrics.h"
#include "common/test/matchers.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace heitie::gateway {
namespace {

using test::HasReason;
using ::testing::AllOf;
using ::testing::HasSubstr;

class SteppedClock final : public time::Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1767225600);
};

rpc::Principal Caller(const std::string& name, std::initializer_list<rpc::Role> roles) {
  rpc::Principal principal{name};
  for (const rpc::Role role : roles) principal.Grant(role);
  return principal;
}

const rpc::Principal kAnalyst = Caller("employees/an", {options::v1::ROLE_DATA_ANALYST});
const rpc::Principal kOtherAnalyst = Caller("employees/bo", {options::v1::ROLE_DATA_ANALYST});
const rpc::Principal kManager = Caller("employees/li", {options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_DATA_ANALYST});
const rpc::Principal kShop = Caller("producers/shop", {options::v1::ROLE_PRODUCER});

RateRules Rules(const std::string& text) {
  absl::StatusOr<RateRules> rules = ParseRateRules(text);
  EXPECT_TRUE(rules.ok()) << rules.status();
  return rules.ok() ? *rules : RateRules();
}

absl::Duration WaitOf(const absl::Status& status) {
  google::rpc::RetryInfo retry;
  const google::rpc::Status proto = status::ToProto(status, status::Language::kEnglish);
  const auto& details = proto.details();
  EXPECT_TRUE(std::any_of(details.begin(), details.end(), [&](const auto& detail) { return detail.UnpackTo(&retry); })) << status;
  return absl::Seconds(retry.retry_delay().seconds()) + absl::Nanoseconds(retry.retry_delay().nanos());
}

int Taken(RateLimits& limits, const rpc::Principal& caller, int wanted) {
  int taken = 0;
  for (int i = 0; i < wanted; ++i) taken += limits.Take(caller).ok();
  return taken;
}

TEST(RateRulesTest, TheCallersOwnLineGoesBeforeThoseOfItsRoles) {
  const RateRules rules =
      Rules("# rules\n\nrole DATA_ANALYST 50 100  # a second, at once\nrole PRODUCER 10 20\ncaller producers/shop 500 1000\n");
  EXPECT_EQ(rules.Of(kShop)->per_second, 500);
  EXPECT_EQ(rules.Of(kAnalyst)->burst, 100);
  EXPECT_EQ(rules.Of(kManager), std::nullopt) << "no line limits managers";
}

TEST(RateRulesTest, OfSeveralRolesTheMostCounts) {
  EXPECT_EQ(Rules("role DATA_ANALYST 50 100\nrole OPERATIONS_MANAGER 20 30\n").Of(kManager)->per_second, 50);
}

TEST(RateRulesTest, EveryWrongLineIsTold) {
  const absl::Status status =
      ParseRateRules("role DATA_ANALYST 50\nrole KING 1 1\ncaller a 0 1\ncaller a 1 1\ncaller a 2 2\nqueue a 1 1\ncaller b 1 0.5\n")
          .status();
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("line 1 "), HasSubstr("line 2 "), HasSubstr("line 3 "), HasSubstr("line 5 "),
                                                   HasSubstr("line 6 "), HasSubstr("line 7 ")));
  EXPECT_THAT(std::string(status.message()), ::testing::Not(HasSubstr("line 4 ")));
}

TEST(RateLimitsTest, RefusesTheExcessAndSaysWhenToComeBack) {
  SteppedClock clock;
  RateLimits limits(Rules("role DATA_ANALYST 10 5\n"), "", clock);
  EXPECT_EQ(Taken(limits, kAnalyst, 5), 5);
  const absl::Status refused = limits.Take(kAnalyst);
  EXPECT_THAT(refused, HasReason("TOO_MANY_REQUESTS"));
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  const absl::Duration wait = WaitOf(refused);
  EXPECT_GE(wait, absl::Milliseconds(100));
  EXPECT_LE(wait, absl::Milliseconds(110));
  clock.now += wait;
  EXPECT_TRUE(limits.Take(kAnalyst).ok()) << "who comes back when told is served";
  EXPECT_FALSE(limits.Take(kAnalyst).ok());
}

TEST(RateLimitsTest, EachAddressWithoutLoginHasABucketOfItsOwn) {
  SteppedClock clock;
  const rpc::Principal here = Caller("guests/10.0.0.1", {}), there = Caller("guests/10.0.0.2", {});
  RateLimits shipped(RateRules(), "", clock);
  EXPECT_EQ(Taken(shipped, here, 50), 40) << "also where no file limits anybody";
  RateLimits limits(Rules("guest 2 3\n"), "", clock);
  EXPECT_EQ(Taken(limits, here, 5), 3);
  EXPECT_EQ(Taken(limits, there, 5), 3);
  EXPECT_THAT(std::string(limits.Take(here).message()), ::testing::Not(HasSubstr("10.0.0.1")));
  clock.now += absl::Seconds(1);
  EXPECT_EQ(Taken(limits, here, 5), 2);
  EXPECT_FALSE(ParseRateRules("guest 0 3\n").ok());
}

TEST(RateLimitsTest, OneCallersExcessDoesNotTouchAnother) {
  SteppedClock clock;
  RateLimits limits(Rules("role DATA_ANALYST 10 5\n"), "", clock);
  EXPECT_EQ(Taken(limits, kAnalyst, 1000), 5);
  EXPECT_EQ(Taken(limits, kOtherAnalyst, 5), 5);
  EXPECT_EQ(Taken(limits, kManager, 1000), 1000) << "not limited";
}

TEST(RateLimitsTest, ASecondBringsAsManyAsTheRateAndAPauseNoMoreThanTheBurst) {
  SteppedClock clock;
  RateLimits limits(Rules("role DATA_ANALYST 10 20\n"), "", clock);
  Taken(limits, kAnalyst, 1000);
  clock.now += absl::Seconds(1);
  EXPECT_EQ(Taken(limits, kAnalyst, 1000), 10);
  clock.now += absl::Hours(1);
  EXPECT_EQ(Taken(limits, kAnalyst, 1000), 20);
  clock.now -= absl::Hours(2);
  EXPECT_EQ(Taken(limits, kAnalyst, 1000), 0) << "a clock that is set back gives nothing";
}

TEST(RateLimitsTest, TheFileIsReadAgainAndABadOneKeepsTheOld) {
  const std::string file = ::testing::TempDir() + "heitie_rates_" + std::to_string(getpid());
  std::ofstream(file) << "role DATA_ANALYST 10 5\n";
  SteppedClock clock;
  RateLimits limits(Rules("role DATA_ANALYST 10 5\n"), file, clock);
  EXPECT_EQ(Taken(limits, kAnalyst, 100), 5);
  std::ofstream(file) << "role DATA_ANALYST many 5\n";
  clock.now += absl::Seconds(10);
  EXPECT_EQ(Taken(limits, kAnalyst, 100), 5) << "the rules before";
  EXPECT_THAT(observe::Scrape(), HasSubstr("heitie_file_unusable{file=\"rate_limits\"} 1\n"));
  std::ofstream(file) << "role DATA_ANALYST 100 50\n";
  clock.now += absl::Seconds(10);
  EXPECT_EQ(Taken(limits, kAnalyst, 100), 50);
  EXPECT_THAT(observe::Scrape(), HasSubstr("heitie_file_unusable{file=\"rate_limits\"} 0\n"));
  std::remove(file.c_str());
  clock.now += absl::Seconds(10);
  EXPECT_EQ(Taken(limits, kAnalyst, 100), 50) << "a file that is gone takes no limit away";
}

}  // namespace
}  // namespace heitie::gateway
