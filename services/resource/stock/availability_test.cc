#include "services/resource/stock/availability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace heitie::resource {
namespace {

absl::CivilDay May(int day) { return absl::CivilDay(2026, 5, day); }

TEST(AvailabilityTest, TheGoldenCase) {
  const std::vector<ByDay> lots = {{May(10), 30}, {May(31), 50}, {kNoEnd, 20}}, reserved = {{May(8), 25}, {May(20), 40}};
  const auto on = [&](absl::CivilDay day) { return AvailableOn(day, May(1), lots, reserved); };
  EXPECT_EQ(on(May(5)), 35);
  EXPECT_EQ(on(May(10)), 35);
  EXPECT_EQ(on(May(15)), 30);
  EXPECT_EQ(on(May(25)), 30);
  EXPECT_EQ(on(absl::CivilDay(2026, 6, 1)), 20);
}

TEST(AvailabilityTest, WithoutExpiryItIsOnHandLessReserved) {
  const std::vector<ByDay> lots = {{kNoEnd, 100}}, reserved = {{May(1), 30}, {kNoEnd, 20}, {May(20), 1}};
  for (const absl::CivilDay day : {May(1), May(20), kNoEnd}) EXPECT_EQ(AvailableOn(day, May(5), lots, reserved), 49);
}

TEST(AvailabilityTest, WhatHasExpiredUnderAPromiseIsMissing) {
  const std::vector<ByDay> lots = {{May(10), 30}}, reserved = {{May(10), 20}};
  EXPECT_EQ(AvailableOn(May(10), May(10), lots, reserved), 10);
  EXPECT_EQ(AvailableOn(May(11), May(11), lots, reserved), -20);
  EXPECT_TRUE(AllCanBeMet(May(1), lots, reserved));
  EXPECT_FALSE(AllCanBeMet(May(11), lots, reserved));
}

// Whether every needed unit finds a usable unit of its own, by trying all ways.
bool CanBeMet(int today, const std::vector<int>& expiries, const std::vector<int>& needs) {
  std::vector<bool> used(expiries.size());
  const std::function<bool(size_t)> place = [&](size_t i) {
    if (i == needs.size()) return true;
    for (size_t j = 0; j < expiries.size(); ++j) {
      if (used[j] || expiries[j] < std::max(today, needs[i])) continue;
      used[j] = true;
      if (place(i + 1)) return true;
      used[j] = false;
    }
    return false;
  };
  return place(0);
}

struct SmallCase {
  int today;
  std::vector<int> expiries, needs;  // of single units

  static std::vector<ByDay> Days(const std::vector<int>& units) {
    std::vector<ByDay> days;
    for (const int unit : units) days.push_back({May(unit), 1});
    return days;
  }
};

SmallCase SomeCase(std::mt19937& random) {
  SmallCase made{static_cast<int>(1 + random() % 4), {}, {}};
  for (int n = static_cast<int>(random() % 7); n > 0; --n) made.expiries.push_back(static_cast<int>(1 + random() % 8));
  for (int n = static_cast<int>(random() % 5); n > 0; --n) made.needs.push_back(static_cast<int>(1 + random() % 8));
  return made;
}

TEST(AvailabilityTest, AgreesWithTryingAllWays) {
  std::mt19937 random(5);
  int met = 0, unmet = 0;
  for (int round = 0; round < 4000; ++round) {
    const SmallCase one = SomeCase(random);
    const bool can = CanBeMet(one.today, one.expiries, one.needs);
    ASSERT_EQ(AllCanBeMet(May(one.today), SmallCase::Days(one.expiries), SmallCase::Days(one.needs)), can);
    ++(can ? met : unmet);
    if (!can) continue;
    // As many more as can be added.
    const int day = static_cast<int>(1 + random() % 9);
    std::vector<int> more = one.needs;
    int64_t added = 0;
    for (more.push_back(day); CanBeMet(one.today, one.expiries, more); more.push_back(day)) ++added;
    ASSERT_EQ(AvailableOn(May(day), May(one.today), SmallCase::Days(one.expiries), SmallCase::Days(one.needs)), added);
  }
  EXPECT_GT(met, 500);
  EXPECT_GT(unmet, 500);
}

TEST(AvailabilityTest, FirstExpiringKeepsAllOthersPossible) {
  std::mt19937 random(6);
  int tried = 0;
  for (int round = 0; round < 4000; ++round) {
    SmallCase one = SomeCase(random);
    if (one.needs.empty() || !CanBeMet(one.today, one.expiries, one.needs)) continue;
    std::vector<LotOnHand> lots;
    for (size_t i = 0; i < one.expiries.size(); ++i) lots.push_back({std::to_string(i), May(one.expiries[i]), static_cast<int64_t>(i), 1});
    const int need = std::max(one.today, one.needs.back());
    const auto parts = FirstExpiring(lots, May(need), 1);
    ASSERT_EQ(parts.size(), 1u);
    ASSERT_GE(parts[0].expiry, May(need));
    one.needs.pop_back();
    one.expiries.erase(one.expiries.begin() + std::stoi(parts[0].lot));
    ASSERT_TRUE(CanBeMet(one.today, one.expiries, one.needs));
    ++tried;
  }
  EXPECT_GT(tried, 500);
}

TEST(AvailabilityTest, OfEqualDaysWhatCameFirstGoesFirst) {
  const std::vector<LotOnHand> lots = {{"c", kNoEnd, 1, 9}, {"b", May(10), 7, 5}, {"a", May(10), 8, 5}, {"d", May(3), 0, 5}};
  const auto parts = FirstExpiring(lots, May(4), 12);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].lot, "b");
  EXPECT_EQ(parts[1].lot, "a");
  EXPECT_EQ(parts[2].lot, "c");
  EXPECT_EQ(parts[2].quantity, 2);
}

}  // namespace
}  // namespace heitie::resource
