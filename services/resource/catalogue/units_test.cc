#include "services/resource/catalogue/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "common/test/fixture.h"

namespace heitie::resource {
namespace {

using ::testing::HasSubstr;

v1::Item Mugs() {
  return test::Proto<v1::Item>(R"pb(name: "items/mug"
                                    unit: "piece"
                                    units { unit: "box" numerator: 12 denominator: 1 }
                                    units { unit: "half set" numerator: 3 denominator: 2 })pb");
}

TEST(UnitsTest, ABoxIsTwelve) {
  const InBase five = Convert(5, {12, 1});
  EXPECT_TRUE(five.whole);
  EXPECT_EQ(five.base, 60);
  EXPECT_EQ(AtLeast(60, {12, 1}), 5);
  EXPECT_EQ(AtLeast(61, {12, 1}), 6);
}

TEST(UnitsTest, WhatIsNotWholeHasNeighbours) {
  const InBase three = Convert(3, {3, 2});
  EXPECT_FALSE(three.whole);
  EXPECT_EQ(three.base, 4);
  EXPECT_EQ(three.below, 2);
  EXPECT_EQ(three.above, 4);
  const InBase one = Convert(1, {2, 6});  // A third, however it is written.
  EXPECT_EQ(one.below, 0);
  EXPECT_EQ(one.above, 3);
}

TEST(UnitsTest, AgreesWithCountingUp) {
  std::mt19937 random(3);
  for (int round = 0; round < 3000; ++round) {
    const Ratio ratio{1 + static_cast<int64_t>(random() % 12), 1 + static_cast<int64_t>(random() % 12)};
    const int64_t quantity = 1 + static_cast<int64_t>(random() % 60);
    const auto whole = [&](int64_t q) { return q * ratio.numerator % ratio.denominator == 0; };
    int64_t below = quantity, above = quantity, least = 0;
    while (!whole(below)) --below;
    while (!whole(above)) ++above;
    while (least * ratio.numerator < quantity * ratio.denominator) ++least;
    const InBase converted = Convert(quantity, ratio);
    ASSERT_EQ(converted.whole, whole(quantity));
    ASSERT_EQ(converted.below, below);
    ASSERT_EQ(converted.above, above);
    ASSERT_EQ(converted.base, quantity * ratio.numerator / ratio.denominator);
    ASSERT_EQ(AtLeast(quantity, ratio), least);
  }
}

TEST(UnitsTest, ARequestLearnsWhatWouldBeWhole) {
  status::BadFields bad;
  EXPECT_EQ(ToBase(Mugs(), 2, "box", "q", "u", bad), 24);
  EXPECT_EQ(ToBase(Mugs(), 2, "piece", "q", "u", bad), 2);
  EXPECT_EQ(ToBase(Mugs(), 2, "", "q", "u", bad), 2);
  EXPECT_TRUE(bad.empty());
  EXPECT_EQ(ToBase(Mugs(), 3, "half set", "q", "u", bad), 0);
  EXPECT_THAT(std::string(bad.status().message()),
              HasSubstr("3 half set are not a whole number of piece; the nearest quantities that are: 2, 4"));
  status::BadFields others;
  EXPECT_EQ(ToBase(Mugs(), 3, "pallet", "q", "u", others), 0);
  EXPECT_EQ(ToBase(Mugs(), 1'000'000'000, "box", "q", "u", others), 0);
  EXPECT_THAT(std::string(others.status().message()), HasSubstr("items/mug has no unit pallet"));
  EXPECT_THAT(std::string(others.status().message()), HasSubstr("12,000,000,000"));
}

TEST(UnitsTest, EachUnitOnce) {
  v1::Item item = Mugs();
  status::BadFields fine;
  CheckUnits(item, "item.units", fine);
  EXPECT_TRUE(fine.empty());
  item.mutable_units(1)->set_unit("piece");
  item.add_units()->set_unit("box");
  status::BadFields bad;
  CheckUnits(item, "item.units", bad);
  EXPECT_THAT(std::string(bad.status().message()), HasSubstr("item.units[1].unit"));
  EXPECT_THAT(std::string(bad.status().message()), HasSubstr("item.units[2].unit"));
}

}  // namespace
}  // namespace heitie::resource
