#include "services/metrics/collection/producer.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/metrics_test.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using ::testing::ElementsAre;
using ::testing::Pair;

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

TEST_F(MetricsTest, GapsAreAllowedAndVisible) {
  for (int64_t sequence : {2, 3, 7, 12}) {
    auto answer = Ingest(MakeBatch("producers/shop", sequence, {MakeEvent("purchase", "u1", clock_.Now())}));
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->last_sequence(), sequence);
  }
  auto gaps = GetProducer("producers/shop");
  ASSERT_THAT(gaps, IsOk());
  EXPECT_EQ(gaps->last_sequence(), 12);
  EXPECT_EQ(gaps->batch_count(), 4);
  EXPECT_EQ(gaps->missing_count(), 8);
  EXPECT_EQ(gaps->complete_sequence(), 0);
  std::vector<std::pair<int64_t, int64_t>> ranges;
  for (const auto& range : gaps->missing_ranges()) ranges.emplace_back(range.first(), range.last());
  EXPECT_THAT(ranges, ElementsAre(Pair(1, 1), Pair(4, 6), Pair(8, 11)));
  for (int64_t sequence : {5, 1, 9, 4, 11, 6, 8, 10}) {
    auto late = Ingest(MakeBatch("producers/shop", sequence, {MakeEvent("purchase", "u1", clock_.Now())}));
    ASSERT_THAT(late, IsOk());
    EXPECT_FALSE(late->duplicate());
    EXPECT_EQ(late->last_sequence(), 12);
  }
  auto whole = GetProducer("producers/shop");
  ASSERT_THAT(whole, IsOk());
  EXPECT_EQ(whole->missing_count(), 0);
  EXPECT_EQ(whole->missing_ranges_size(), 0);
  EXPECT_EQ(whole->complete_sequence(), 12);
  EXPECT_EQ(whole->event_count(), 12);
}

TEST_F(MetricsTest, MissingRangesEqualBruteForce) {
  std::mt19937 random(3);
  std::vector<int64_t> sequences;
  for (int64_t i = 1; i <= 60; ++i) sequences.push_back(i);
  std::shuffle(sequences.begin(), sequences.end(), random);
  std::set<int64_t> arrived;
  for (size_t i = 0; i < 30; ++i) {
    ASSERT_THAT(Ingest(MakeBatch("producers/shop", sequences[i], {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
    arrived.insert(sequences[i]);
    auto producer = GetProducer("producers/shop");
    ASSERT_THAT(producer, IsOk());
    std::set<int64_t> missing, told;
    for (int64_t s = 1; s < *arrived.rbegin(); ++s) {
      if (!arrived.contains(s)) missing.insert(s);
    }
    for (const auto& range : producer->missing_ranges()) {
      for (int64_t s = range.first(); s <= range.last(); ++s) told.insert(s);
    }
    EXPECT_EQ(told, missing);
    EXPECT_EQ(producer->missing_count(), static_cast<int64_t>(missing.size()));
    EXPECT_EQ(producer->complete_sequence(), missing.empty() ? *arrived.rbegin() : *missing.begin() - 1);
  }
}

TEST_F(MetricsTest, ProducersAreListed) {
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 3, {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
  ASSERT_THAT(Ingest(MakeBatch("producers/app", 1, {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
  auto page = Call<v1::ListProducersResponse>("ListProducers", Manager(), v1::ListProducersRequest());
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->producers_size(), 2);
  EXPECT_EQ(page->producers(0).name(), "producers/app");
  EXPECT_EQ(page->producers(1).missing_count(), 2);
  EXPECT_EQ(GetProducer("producers/none").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace heitie::metrics
