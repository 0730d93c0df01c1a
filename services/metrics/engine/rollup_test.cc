#include "services/metrics/engine/rollup.h"

#include <gmock/gmock.h>

#include <limits>
#include <random>
#include <set>

#include "common/test/fixture.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "services/metrics/engine/bitmap_bytes.h"
#include "services/metrics/engine/block.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using v1::MetricDefinition;

const absl::CivilDay kRollUpDay(2026, 1, 1);

// A few activities and dimension values, so that cells are shared, and users in two ranges.
std::vector<Point> RandomPoints(std::mt19937& random, int count) {
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  std::vector<Point> points;
  for (int i = 0; i < count; ++i) {
    Point point;
    point.name = "purchase";
    point.day = kRollUpDay;
    point.occur_time = absl::FromUnixSeconds(1767200000 + pick(1000));
    point.user = "u" + std::to_string(pick(30));
    if (pick(3) == 0) point.activity = "activities/x" + std::to_string(pick(2));
    if (pick(2) == 0) point.dimensions["channel"] = "c" + std::to_string(pick(3));
    if (pick(2) == 0) point.dimensions["city"] = "c" + std::to_string(pick(3));
    if (pick(2) == 0) point.properties["size"] = std::to_string(pick(3));
    if (pick(3) == 0) point.value_minor = pick(2001) - 1000;
    if (!point.value_minor.has_value() && pick(2) == 0) point.value = (pick(2001) - 1000) / 7.0;
    points.push_back(point);
  }
  return points;
}

Ordinals Number(const std::vector<Point>& points) {
  Ordinals ordinals;
  for (const Point& point : points) ordinals.emplace(point.user, static_cast<uint32_t>(ordinals.size() * 300000));
  return ordinals;
}

std::map<CellKey, Cell> RollUpOf(const std::vector<Point>& points, const Ordinals& ordinals) {
  std::vector<const Point*> pointers;
  for (const Point& point : points) pointers.push_back(&point);
  return RollUp(MakeBlock(pointers, "producers/shop", 1, ordinals).rows, true);
}

bool BelongsTo(const Point& point, const Ordinals& ordinals, const CellKey& key) {
  if (ordinals.at(point.user) >> kRangeBits != key.range) return false;
  if (!key.activity.empty() && point.activity != key.activity) return false;
  if (key.dimension.empty()) return true;
  const auto it = point.dimensions.find(key.dimension);
  return it != point.dimensions.end() && it->second == key.value;
}

// The cell by looking at every point.
void ExpectCounts(const std::vector<Point>& points, const Ordinals& ordinals, const CellKey& key, const Cell& cell) {
  std::set<uint32_t> users;
  std::vector<double> values;
  int64_t count = 0, minor = 0;
  exact::Sum sum;
  for (const Point& point : points) {
    if (!BelongsTo(point, ordinals, key)) continue;
    ++count;
    minor += point.value_minor.value_or(0);
    users.insert(ordinals.at(point.user));
    if (point.value.has_value()) values.push_back(*point.value);
    sum.Add(point.value.value_or(0));
  }
  EXPECT_GT(count, 0) << "a cell of nothing";
  EXPECT_EQ(cell.count, count);
  EXPECT_TRUE(cell.sum_minor == minor);
  EXPECT_EQ(cell.users.cardinality(), users.size());
  for (const uint32_t user : users) EXPECT_TRUE(cell.users.contains(user));
  EXPECT_EQ(cell.value_count, static_cast<int64_t>(values.size()));
  EXPECT_TRUE(cell.value_sum == sum);
  EXPECT_EQ(cell.value_min, values.empty() ? std::nullopt : std::optional(*std::min_element(values.begin(), values.end())));
  EXPECT_EQ(cell.value_max, values.empty() ? std::nullopt : std::optional(*std::max_element(values.begin(), values.end())));
}

std::set<CellKey> ExpectedKeys(const std::vector<Point>& points, const Ordinals& ordinals) {
  std::set<CellKey> keys;
  for (const Point& point : points) {
    const uint32_t range = ordinals.at(point.user) >> kRangeBits;
    for (const std::string& activity : std::set<std::string>{"", point.activity}) {
      keys.insert({activity, "", "", range});
      for (const auto& [key, value] : point.dimensions) keys.insert({activity, key, value, range});
    }
  }
  return keys;
}

TEST(RollUpTest, EqualsBruteForce) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    const std::vector<Point> points = RandomPoints(random, 200);
    const Ordinals ordinals = Number(points);
    std::set<CellKey> keys;
    for (const auto& [key, cell] : RollUpOf(points, ordinals)) {
      keys.insert(key);
      ExpectCounts(points, ordinals, key, cell);
    }
    EXPECT_TRUE(keys == ExpectedKeys(points, ordinals));
  }
}

TEST(RollUpTest, PartsInAnyOrderMakeTheWhole) {
  std::mt19937 random(42);
  std::vector<Point> points = RandomPoints(random, 300);
  const Ordinals ordinals = Number(points);
  std::map<CellKey, Cell> merged;
  std::shuffle(points.begin(), points.end(), random);
  for (size_t begin = 0; begin < points.size(); begin += 70) {
    const std::vector<Point> part(points.begin() + begin, points.begin() + std::min(points.size(), begin + 70));
    for (const auto& [key, cell] : RollUpOf(part, ordinals)) merged[key].Add(cell);
  }
  EXPECT_EQ(merged.size(), ExpectedKeys(points, ordinals).size());
  for (const auto& [key, cell] : merged) ExpectCounts(points, ordinals, key, cell);
}

TEST(ToFiguresTest, SumBeyond64BitsIsRefused) {
  Cell cell, more;
  cell.sum_minor = std::numeric_limits<int64_t>::max() - 1;
  more.sum_minor = 1;
  cell.Add(more);
  EXPECT_EQ(ToFigures(cell, MetricDefinition::AGGREGATION_SUM_MINOR)->sum_minor(), std::numeric_limits<int64_t>::max());
  cell.Add(more);
  EXPECT_THAT(ToFigures(cell, MetricDefinition::AGGREGATION_COUNT), HasReason("SUM_TOO_GREAT"));
}

TEST(UsersTest, SurviveSaving) {
  std::mt19937 random(7);
  for (int size : {0, 1, 10, 5000, 100000}) {
    Roaring users;
    for (int i = 0; i < size; ++i) users.add(random());
    Roaring saved = users;
    const absl::StatusOr<Roaring> loaded = LoadUsers(SaveUsers(saved));
    ASSERT_THAT(loaded, IsOk());
    EXPECT_TRUE(*loaded == users) << size;
  }
}

TEST(UsersTest, DamagedBytesAreDataLoss) {
  Roaring users = Roaring::bitmapOf(3, 1, 70000, 4000000000u);
  const std::string bytes = SaveUsers(users);
  EXPECT_EQ(LoadUsers(bytes.substr(0, bytes.size() - 1)).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(LoadUsers("").status().code(), absl::StatusCode::kDataLoss);
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] ^= 4;
    EXPECT_EQ(LoadUsers(damaged).status().code(), absl::StatusCode::kDataLoss) << "the library alone would read many of these";
  }
  // Behind a digest that is right the library alone would write beyond its memory.
  for (const auto& [what, bitmap] : std::vector<std::pair<const char*, std::string>>{
           {"values that do not ascend", {"\x3A\x30\0\0\1\0\0\0\0\0\1\0\x10\0\0\0\5\0\5\0", 20}},
           {"a run beyond the end", {"\x3B\x30\0\0\1\0\0\xFF\xFF\1\0\1\0\xFF\xFF", 15}},
           {"a number of values that is not true", {"\x3B\x30\0\0\1\0\0\2\0\1\0\1\0\1\0", 15}},
           {"no containers where one is announced", {"\x3B\x30\0\0\1\0\0\1\0", 9}},
           {"a bitset of other values", std::string("\x3A\x30\0\0\1\0\0\0\0\0\0\x20\x10\0\0\0", 16) + std::string(8192, '\x55')}}) {
    EXPECT_FALSE(IsBitmap(bitmap)) << what;
    EXPECT_EQ(LoadUsers(WithDigest(bitmap)).status().code(), absl::StatusCode::kDataLoss) << what;
  }
  EXPECT_TRUE(IsBitmap(std::string("\x3B\x30\0\0\1\0\0\1\0\1\0\1\0\1\0", 15)));
  EXPECT_EQ(LoadUsers(WithDigest(std::string("\x3B\x30\0\0\1\0\0\1\0\1\0\1\0\1\0", 15)))->cardinality(), 2u);
}

TEST(ToFiguresTest, ValueIsWhatWasAskedFor) {
  Cell cell;
  cell.count = 5;
  cell.sum_minor = 700;
  cell.value_count = 2;
  cell.value_sum.Add(3);
  cell.value_min = 1;
  cell.value_max = 2;
  cell.users = Roaring::bitmapOf(3, 4, 5, 6);
  const std::vector<std::pair<MetricDefinition::Aggregation, double>> expected = {{MetricDefinition::AGGREGATION_UNSPECIFIED, 5},
                                                                                  {MetricDefinition::AGGREGATION_COUNT, 5},
                                                                                  {MetricDefinition::AGGREGATION_DISTINCT_USERS, 3},
                                                                                  {MetricDefinition::AGGREGATION_SUM_MINOR, 700},
                                                                                  {MetricDefinition::AGGREGATION_SUM, 3},
                                                                                  {MetricDefinition::AGGREGATION_AVERAGE, 1.5},
                                                                                  {MetricDefinition::AGGREGATION_MIN, 1},
                                                                                  {MetricDefinition::AGGREGATION_MAX, 2}};
  for (const auto& [aggregation, value] : expected) EXPECT_EQ(ToFigures(cell, aggregation)->value(), value) << aggregation;
}

TEST(ToFiguresTest, MeanAndExtremesOfNothingAreUndefined) {
  Cell cell;
  cell.count = 3;
  for (const auto aggregation :
       {MetricDefinition::AGGREGATION_AVERAGE, MetricDefinition::AGGREGATION_MIN, MetricDefinition::AGGREGATION_MAX}) {
    const v1::Figures figures = *ToFigures(cell, aggregation);
    EXPECT_FALSE(figures.has_value());
    EXPECT_FALSE(figures.has_min());
    EXPECT_FALSE(figures.has_max());
  }
  EXPECT_TRUE(ToFigures(cell, MetricDefinition::AGGREGATION_SUM)->has_value());
}

}  // namespace
}  // namespace heitie::metrics
