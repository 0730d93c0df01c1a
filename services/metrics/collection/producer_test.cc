#include "services/metrics/collection/producer.h"

#include <gmock/gmock.h>

#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/options/v1/access.pb.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;

rpc::Principal Caller(const std::string& name, std::initializer_list<rpc::Role> roles) {
  rpc::Principal caller;
  caller.name = name;
  for (rpc::Role role : roles) caller.Grant(role);
  return caller;
}

TEST(CheckOwnProducerTest, ProducersActForThemselves) {
  const rpc::Principal two = Caller("producers/two", {options::v1::ROLE_PRODUCER});
  EXPECT_THAT(CheckOwnProducer(two, "producers/two", {options::v1::ROLE_DATA_ANALYST}), IsOk());
  for (const char* other : {"producers/one", "producers/tw", "producers/twoo", "producers/TWO", "producers/two/", ""}) {
    const absl::Status refused = CheckOwnProducer(two, other, {options::v1::ROLE_DATA_ANALYST});
    EXPECT_THAT(refused, HasReason("PRODUCER_OWNED")) << other;
    EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  }
  EXPECT_THAT(CheckOwnProducer(Caller("employees/ann", {options::v1::ROLE_PRODUCER}), "producers/ann", {}), HasReason("PRODUCER_OWNED"));
}

TEST(CheckOwnProducerTest, OtherRolesActForAll) {
  const auto others = {options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_SERVICE};
  EXPECT_THAT(CheckOwnProducer(Caller("employees/ann", {options::v1::ROLE_DATA_ANALYST}), "producers/one", others), IsOk());
  EXPECT_THAT(CheckOwnProducer(Caller("services/activity", {options::v1::ROLE_SERVICE}), "producers/one", others), IsOk());
  // A role that lets in elsewhere does not help here.
  EXPECT_THAT(
      CheckOwnProducer(Caller("employees/li", {options::v1::ROLE_PRODUCER, options::v1::ROLE_OPERATIONS_MANAGER}), "producers/one", others),
      HasReason("PRODUCER_OWNED"));
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
