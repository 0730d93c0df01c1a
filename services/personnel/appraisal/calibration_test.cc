#include "services/personnel/appraisal/calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "services/personnel/appraisal/score.h"

namespace heitie::personnel {
namespace {

using exact::Fraction;

std::vector<Rated> Team(const std::string& rater, const std::vector<std::pair<int, int>>& people) {
  std::vector<Rated> team;
  for (const auto& [rated, measured] : people) team.push_back({rater, rated, Fraction(measured)});
  return team;
}

std::vector<Rated> ThreeRaters() {
  std::vector<Rated> all = Team("A", {{9400, 8600}, {9200, 8500}, {9600, 8700}, {9000, 8400}});
  for (const auto& team : {Team("B", {{7800, 8500}, {8000, 8600}, {7700, 8300}}), Team("C", {{8500, 8400}, {9900, 8000}})}) {
    all.insert(all.end(), team.begin(), team.end());
  }
  return all;
}

TEST(CalibrationTest, LenientAndStrictRatersMeet) {
  const auto proposals = Calibrate(ThreeRaters(), {});
  EXPECT_EQ(proposals.at("A").adjustment, -203);
  EXPECT_EQ(proposals.at("B").adjustment, 419);
  EXPECT_EQ(proposals.at("C").adjustment, 0);
  EXPECT_EQ(proposals.at("C").why, Proposal::Why::kTooFewPeople);
  EXPECT_EQ(proposals.at("A").mean, 750);
  EXPECT_EQ(proposals.at("A").overall, Fraction(3100, 9));
  EXPECT_EQ(exact::Round((Adjusted(9400, -203) + 8600) / 2), 8899) << "half rated, half measured";
}

TEST(CalibrationTest, OneRaterHasNobodyToBeComparedWith) {
  const auto proposals = Calibrate(Team("A", {{9400, 8600}, {9200, 8500}, {9600, 8700}}), {});
  EXPECT_EQ(proposals.at("A").why, Proposal::Why::kOneRater);
  EXPECT_EQ(proposals.at("A").adjustment, 0);
  EXPECT_TRUE(Calibrate({}, {}).empty());
}

TEST(CalibrationTest, WhoHasNoMeasuredPointsIsNoControl) {
  std::vector<Rated> people = ThreeRaters();
  people.push_back({"A", 100, std::nullopt});
  people.push_back({"D", 100, std::nullopt});
  const auto proposals = Calibrate(people, {});
  EXPECT_EQ(proposals.at("A").adjustment, -203) << "but gets the adjustment all the same";
  EXPECT_EQ(proposals.at("D").why, Proposal::Why::kTooFewPeople);
  EXPECT_EQ(proposals.at("D").people, 0);
}

TEST(CalibrationTest, WithoutAnyFigureRatingsAreCompared) {
  std::vector<Rated> people = ThreeRaters();
  for (Rated& person : people) person.measured.reset();
  const auto proposals = Calibrate(people, {});
  // A: 9300, all: 79,100 / 9.
  EXPECT_EQ(proposals.at("A").adjustment, -exact::Round((Fraction(9300) - Fraction(79'100, 9)) / 2));
}

TEST(CalibrationTest, AdjustmentsAreBounded) {
  const std::vector<Rated> people = [] {
    std::vector<Rated> all = Team("A", {{10'000, 0}, {10'000, 0}, {10'000, 0}, {10'000, 0}});
    const std::vector<Rated> strict = Team("B", {{0, 10'000}, {0, 10'000}, {0, 10'000}, {0, 10'000}});
    all.insert(all.end(), strict.begin(), strict.end());
    return all;
  }();
  EXPECT_EQ(Calibrate(people, {}).at("A").adjustment, -500);
  EXPECT_EQ(Calibrate(people, {}).at("B").adjustment, 500);
  EXPECT_EQ(Adjusted(9800, 500), 10'000);
  EXPECT_EQ(Adjusted(200, -500), 0);
}

// Against integers over a common denominator, whatever the order of the people.
TEST(CalibrationTest, AgreesWithWholeNumbers) {
  std::mt19937_64 random(9);
  for (int round = 0; round < 3000; ++round) {
    std::vector<Rated> people;
    std::map<std::string, std::pair<int64_t, int64_t>> teams;  // sum and number of differences
    int64_t sum = 0, count = 0;
    for (size_t i = 0, n = 2 + random() % 20; i < n; ++i) {
      const std::string rater(1, static_cast<char>('a' + random() % 4));
      const int64_t rated = static_cast<int64_t>(random() % 10'001), measured = static_cast<int64_t>(random() % 10'001);
      people.push_back({rater, rated, Fraction(measured)});
      teams[rater].first += rated - measured;
      ++teams[rater].second;
      sum += rated - measured;
      ++count;
    }
    std::shuffle(people.begin(), people.end(), random);
    const auto proposals = Calibrate(people, {});
    for (const auto& [rater, team] : teams) {
      const auto [own, n] = team;
      // n/(n+4) · (own/n - sum/count) = (own·count - n·sum) / ((n+4)·count)
      const int64_t top = own * count - n * sum, bottom = (n + 4) * count;
      const int64_t rounded = (2 * std::abs(top) + bottom) / (2 * bottom) * (top < 0 ? -1 : 1);
      const int64_t expected = n < 3 || teams.size() < 2 ? 0 : std::clamp<int64_t>(-rounded, -500, 500);
      ASSERT_EQ(proposals.at(rater).adjustment, expected);
    }
  }
}

}  // namespace
}  // namespace heitie::personnel
