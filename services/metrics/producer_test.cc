#include "services/metrics/producer.h"

#include <gmock/gmock.h>

#include "common/testing/fixture.h"
#include "common/time/instant.h"

namespace heitie::metrics {
namespace {

using heitie::testing::HasReason;
using heitie::testing::IsOk;

rpc::Principal Caller(const std::string& name, std::initializer_list<rpc::Role> roles) {
  rpc::Principal caller;
  caller.name = name;
  for (rpc::Role role : roles) caller.Grant(role);
  return caller;
}

TEST(ClaimTest, FirstProducerOwns) {
  v1::Producer producer;
  EXPECT_THAT(Claim(Caller("systems/shop", {options::v1::ROLE_PRODUCER}), producer), IsOk());
  EXPECT_EQ(producer.owner(), "systems/shop");
  EXPECT_THAT(Claim(Caller("systems/shop", {options::v1::ROLE_PRODUCER}), producer), IsOk());
  EXPECT_THAT(Claim(Caller("systems/thief", {options::v1::ROLE_PRODUCER}), producer), HasReason("PRODUCER_OWNED"));
  EXPECT_EQ(producer.owner(), "systems/shop");
}

TEST(ClaimTest, AnalystsAndServicesDeliverForAllAndOwnNothing) {
  v1::Producer producer;
  EXPECT_THAT(Claim(Caller("employees/ann", {options::v1::ROLE_DATA_ANALYST}), producer), IsOk());
  EXPECT_EQ(producer.owner(), "");
  producer.set_owner("systems/shop");
  EXPECT_THAT(Claim(Caller("employees/ann", {options::v1::ROLE_DATA_ANALYST}), producer), IsOk());
  EXPECT_THAT(Claim(Caller("services/activity", {options::v1::ROLE_SERVICE}), producer), IsOk());
  EXPECT_EQ(producer.owner(), "systems/shop");
}

TEST(AdvanceTest, CountsBatchesAndKeepsTheGreatest) {
  Point early, late;
  early.occur_time = absl::FromUnixSeconds(100);
  late.occur_time = absl::FromUnixSeconds(200);
  v1::Producer producer;
  Advance({kEventKind, "producers/shop", 5, "", {late, early}}, producer);
  Advance({kMeasurementKind, "producers/shop", 3, "", {early}}, producer);
  EXPECT_EQ(producer.last_sequence(), 5);
  EXPECT_EQ(producer.batch_count(), 2);
  EXPECT_EQ(producer.event_count(), 2);
  EXPECT_EQ(producer.measurement_count(), 1);
  EXPECT_EQ(time::ToTime(producer.last_occur_time()), late.occur_time);
}

v1::SequenceRange Range(int64_t first, int64_t last) {
  v1::SequenceRange range;
  range.set_first(first);
  range.set_last(last);
  return range;
}

TEST(DescribeTest, WatermarkEndsBeforeTheFirstGap) {
  v1::Producer producer;
  producer.set_last_sequence(10);
  producer.set_batch_count(7);
  Describe({Range(4, 5), Range(8, 8)}, producer);
  EXPECT_EQ(producer.missing_count(), 3);
  EXPECT_EQ(producer.missing_ranges_size(), 2);
  EXPECT_EQ(producer.complete_sequence(), 3);
}

TEST(DescribeTest, WithoutGapsTheWatermarkIsTheLast) {
  v1::Producer producer;
  producer.set_last_sequence(10);
  producer.set_batch_count(10);
  Describe({}, producer);
  EXPECT_EQ(producer.missing_count(), 0);
  EXPECT_EQ(producer.complete_sequence(), 10);
}

}  // namespace
}  // namespace heitie::metrics
