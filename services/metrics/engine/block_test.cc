#include "services/metrics/engine/block.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <random>

#include "common/test/matchers.h"
#include "heitie/metrics/v1/row_block.pb.h"

namespace heitie::metrics {
namespace {

using heitie::test::IsOk;

// Rows as texts, for comparison as sets.
std::vector<std::string> Texts(const Block& block) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < block.size(); ++i) {
    std::string text = absl::StrCat(block.rows.users[i], "|", block.rows.times[i]);
    for (const auto& [key, column] : block.rows.columns) {
      if (column.codes[i] != 0) absl::StrAppend(&text, "|", key, "=", column.values[column.codes[i] - 1]);
    }
    if (!block.rows.amounts.empty()) {
      absl::StrAppend(&text, "|", static_cast<int>(block.rows.amounts[i]), "|", block.rows.minors[i], "|", block.rows.values[i]);
    } else {
      absl::StrAppend(&text, "|0|0|0");
    }
    absl::StrAppend(&text, "|", block.sequences[i], "|", block.positions[i], "|", block.event_ids.empty() ? "" : block.event_ids[i]);
    texts.push_back(text);
  }
  return texts;
}

std::vector<std::string> Sorted(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  return texts;
}

Block RandomBlock(std::mt19937& random, int size, int64_t sequence) {
  const auto pick = [&](int n) { return static_cast<int>(random() % n); };
  std::vector<Point> points(size);
  Ordinals ordinals;
  const bool amounts = pick(2) == 0, ids = pick(2) == 0;
  for (Point& point : points) {
    point.user = "u" + std::to_string(pick(20));
    ordinals.emplace(point.user, random());
    point.occur_time = absl::FromUnixMicros(int64_t{1767200000000000} + pick(50) * 1000000 - (pick(2) == 0 ? 0 : int64_t{1} << 50));
    if (pick(2) == 0) point.activity = "activities/a" + std::to_string(pick(3));
    if (pick(2) == 0) point.dimensions["channel"] = "c" + std::to_string(pick(3));
    if (pick(3) == 0) point.properties["channel"] = "p" + std::to_string(pick(3));
    if (!point.properties.empty()) point.dimensions.clear();
    if (pick(3) == 0) point.currency_code = "TWD";
    if (amounts && pick(2) == 0) point.value_minor = pick(1000) - 500;
    if (amounts && !point.value_minor.has_value() && pick(2) == 0) point.value = pick(1000) / 7.0;
    if (ids && pick(2) == 0) point.event_id = "e" + std::to_string(pick(1000));
  }
  std::vector<const Point*> pointers;
  for (Point& point : points) {
    point.position = static_cast<int>(pointers.size());
    pointers.push_back(&point);
  }
  return MakeBlock(pointers, "producers/p" + std::to_string(sequence % 3), sequence, ordinals);
}

bool IsOrdered(const Block& block) {
  for (size_t i = 1; i < block.size(); ++i) {
    if (std::pair(block.rows.users[i - 1], block.rows.times[i - 1]) > std::pair(block.rows.users[i], block.rows.times[i])) return false;
  }
  return true;
}

TEST(BlockTest, WhatIsStoredIsLoaded) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    const Block block = RandomBlock(random, 1 + static_cast<int>(random() % 60), round + 1);
    EXPECT_TRUE(IsOrdered(block));
    const std::vector<StoredBlock> stored = Store(block);
    ASSERT_EQ(stored.size(), 1u);
    EXPECT_EQ(stored[0].first_user, block.rows.users.front());
    EXPECT_EQ(stored[0].last_user, block.rows.users.back());
    const auto loaded = Load(stored[0], kAttributesPart | kOriginPart);
    ASSERT_THAT(loaded, IsOk());
    EXPECT_EQ(Texts(*loaded), Texts(block));
    const auto keys = Load({stored[0].first_user, stored[0].last_user, stored[0].row_count, stored[0].keys, "", ""}, 0);
    ASSERT_THAT(keys, IsOk());
    EXPECT_EQ(keys->rows.users, block.rows.users);
    EXPECT_EQ(keys->rows.times, block.rows.times);
  }
}

TEST(BlockTest, PartsInAnyOrderMakeTheSameBytes) {
  std::mt19937 random(5);
  for (int round = 0; round < 50; ++round) {
    std::vector<Block> parts;
    std::vector<std::string> texts;
    for (int64_t sequence = 1; sequence <= 6; ++sequence) {
      parts.push_back(RandomBlock(random, 1 + static_cast<int>(random() % 30), sequence));
      for (std::string& text : Texts(parts.back())) texts.push_back(text);
    }
    std::string first;
    for (int order = 0; order < 3; ++order) {
      Block merged;
      for (const Block& part : parts) Append(part, merged);
      Sort(merged);
      EXPECT_TRUE(IsOrdered(merged));
      EXPECT_EQ(Sorted(Texts(merged)), Sorted(texts));
      EXPECT_TRUE(Load(Store(merged)[0], kAttributesPart | kOriginPart).ok());
      std::string all;
      for (const std::string& text : Texts(merged)) absl::StrAppend(&all, text, "\n");
      if (first.empty()) first = all;
      EXPECT_EQ(all, first);
      std::shuffle(parts.begin(), parts.end(), random);
    }
  }
}

TEST(BlockTest, LargeBlocksAreCutSmall) {
  std::mt19937 random(9);
  Block large;
  for (int64_t sequence = 1; sequence <= 30; ++sequence) Append(RandomBlock(random, 5000, sequence), large);
  Sort(large);
  const std::vector<StoredBlock> stored = Store(large);
  EXPECT_GT(stored.size(), 2u);
  std::vector<std::string> texts;
  for (const StoredBlock& one : stored) {
    EXPECT_LE(std::max({one.keys.size(), one.attributes.size(), one.origin.size()}), 600u << 10);
    for (std::string& text : Texts(*Load(one, kAttributesPart | kOriginPart))) texts.push_back(std::move(text));
  }
  EXPECT_EQ(texts, Texts(large));
}

TEST(BlockTest, DamageIsDataLossAndNothingElse) {
  std::mt19937 random(2);
  const StoredBlock stored = Store(RandomBlock(random, 40, 1))[0];
  const auto expect_loss = [](const StoredBlock& damaged) {
    EXPECT_EQ(Load(damaged, kAttributesPart | kOriginPart).status().code(), absl::StatusCode::kDataLoss);
  };
  for (std::string StoredBlock::*text : {&StoredBlock::keys, &StoredBlock::attributes, &StoredBlock::origin}) {
    for (int i = 0; i < 200; ++i) {
      StoredBlock damaged = stored;
      std::string& bytes = damaged.*text;
      bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
      expect_loss(damaged);
    }
    StoredBlock damaged = stored;
    damaged.*text = "";
    expect_loss(damaged);
    // With a right digest, texts that belong to other rows.
    damaged.*text = WithDigest("");
    expect_loss(damaged);
  }
  StoredBlock other = stored;
  other.attributes = Store(RandomBlock(random, 41, 1))[0].attributes;
  expect_loss(other);
  // Users in another order, whose are nobody's, and an amount that no sum can take.
  v1::RowBlock keys;
  for (const uint32_t delta : {5u, 0u - 1u}) keys.add_user_deltas(delta);
  keys.add_time_deltas(1);
  keys.add_time_deltas(1);
  expect_loss({5, 4, 2, WithDigest(keys.SerializeAsString()), stored.attributes, stored.origin});
  EXPECT_TRUE(Load(stored, 0).ok());
  other = stored;
  ++other.last_user;
  EXPECT_FALSE(Load(other, 0).ok());
  Block one = Pick(RandomBlock(random, 40, 1), {0});
  one.rows.amounts = {Amount::kValue};
  one.rows.minors = {0};
  for (const double value : {1.0, std::numeric_limits<double>::infinity()}) {
    one.rows.values = {value};
    EXPECT_EQ(Load(Store(one)[0], kAttributesPart).ok(), value == 1.0);
  }
}

TEST(NamePropertiesTest, ADimensionAndAPropertyOfOneKeyAreOneColumn) {
  Rows rows;
  rows.users = {1, 2, 3, 4};
  rows.times = {1, 2, 3, 4};
  rows.columns["size"] = {{"a", "b"}, {1, 0, 2, 0}};
  rows.columns[".size"] = {{"c", "a"}, {0, 2, 0, 1}};
  rows.columns[".depth"] = {{"9"}, {0, 0, 0, 1}};
  NameProperties(rows);
  ASSERT_EQ(rows.columns.size(), 2u);
  std::vector<std::string> sizes;
  for (const uint32_t code : rows.columns.at("size").codes) sizes.push_back(rows.columns.at("size").values[code - 1]);
  EXPECT_THAT(sizes, ::testing::ElementsAre("a", "a", "b", "c"));
  EXPECT_EQ(rows.columns.at("depth").values, std::vector<std::string>{"9"});
}

}  // namespace
}  // namespace heitie::metrics
