// Rules of every form, at random: each ends at once, and comes true on days in order. tests/recurrence/run has libraries that nobody here
// wrote say when they come true.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "nlohmann/json.hpp"
#include "services/planning/meeting/rule.h"

namespace heitie::planning {
namespace {

using absl::CivilDay;

// No rule takes longer, on a machine that is busy with something else.
constexpr absl::Duration kMostPerRule = absl::Seconds(5);
constexpr size_t kMostTold = 40;
constexpr int kYears = 30;

// Any rule of the standard from DAILY to YEARLY without the parts that meetings never have, whether CheckRule takes it or not.
std::string AnyRule(std::mt19937& random, CivilDay start) {
  const auto below = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  const auto numbers = [&](int most, int negative_percent) {
    std::vector<int> all;  // also the same twice
    for (int i = 1 + below(4); i > 0; --i) all.push_back((1 + below(most)) * (below(100) < negative_percent ? -1 : 1));
    return absl::StrJoin(all, ",");
  };
  static const char* const frequencies[] = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"};
  static const char* const weekdays[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
  const int frequency = below(4);
  std::vector<std::string> parts{absl::StrCat("FREQ=", frequencies[frequency])};
  if (below(2) == 0) parts.push_back(absl::StrCat("INTERVAL=", below(10) == 0 ? 1 + below(400) : 1 + below(6)));
  if (below(4) == 0) {
    const CivilDay until = start + below(3000);
    parts.push_back(below(2) == 0 ? absl::StrCat("COUNT=", 1 + below(50))
                                  : absl::StrFormat("UNTIL=%04d%02d%02d", until.year(), until.month(), until.day()));
  }
  if (below(3) == 0) parts.push_back("BYMONTH=" + numbers(12, 0));
  if (below(3) == 0) parts.push_back("BYMONTHDAY=" + numbers(31, 30));
  if (below(2) == 0) {
    const bool numbered = frequency >= 2 && below(2) == 0;
    std::vector<std::string> days;
    for (int i = 1 + below(4); i > 0; --i) {
      const int most = frequency == 3 && below(2) == 0 ? 53 : 5;
      const std::string ordinal = numbered && below(4) > 0 ? absl::StrCat((1 + below(most)) * (below(3) == 0 ? -1 : 1)) : "";
      days.push_back(ordinal + weekdays[below(7)]);
    }
    parts.push_back("BYDAY=" + absl::StrJoin(days, ","));
  }
  if (below(frequency == 2 ? 2 : 10) == 0) parts.push_back("BYSETPOS=" + numbers(below(3) == 0 ? 31 : 4, 40));
  std::shuffle(parts.begin() + 1, parts.end(), random);
  return absl::StrJoin(parts, ";");
}

TEST(RuleOracleTest, ManyRules) {
  const char* count = std::getenv("HEITIE_RULES");
  const char* path = std::getenv("HEITIE_RULES_FILE");
  std::ofstream file;
  if (path != nullptr) file.open(path);
  const char* seed = std::getenv("HEITIE_RULES_SEED");
  std::mt19937 random(seed == nullptr ? 18 : static_cast<unsigned>(std::atoi(seed)));
  const int rules = count == nullptr ? 500 : std::atoi(count);
  int taken = 0, empty = 0;
  absl::Duration slowest;
  for (int i = 0; taken < rules && i < rules * 20; ++i) {
    const CivilDay asked = CivilDay(2000, 1, 1) + static_cast<int>(random() % (365 * 60));
    const std::string rule = AnyRule(random, asked);
    status::BadFields bad;
    CheckRule(rule, "rule", bad);
    const bool never = ::testing::Value(bad.status(), test::HasViolation("rule", kRuleWithoutInstance.id));
    if (!bad.empty() && !never) continue;
    ++taken;
    const absl::Time begin = absl::Now();
    std::optional<CivilDay> first;
    if (!never) first = FirstInstanceOf(rule, asked);
    std::vector<CivilDay> days;
    const CivilDay far(std::min<int64_t>(2199, asked.year() + kYears), 12, 31);
    if (first) days = InstancesOf(rule, *first, *first, far, kMostTold);
    const absl::Duration took = absl::Now() - begin;
    slowest = std::max(slowest, took);
    EXPECT_LT(took, kMostPerRule) << rule << " from " << time::DayText(asked);
    std::vector<std::string> texts;
    for (const CivilDay day : days) texts.push_back(time::DayText(day));
    EXPECT_TRUE(std::is_sorted(days.begin(), days.end()) && std::adjacent_find(days.begin(), days.end()) == days.end()) << rule;
    const bool begins = !first || *first > far || (!days.empty() && days.front() == *first);
    EXPECT_TRUE(begins) << rule << " from " << time::DayText(asked);
    empty += first ? 0 : 1;
    file << nlohmann::json{{"rule", rule},
                           {"asked", time::DayText(asked)},
                           {"first", first ? time::DayText(*first) : ""},
                           {"until", time::DayText(far)},
                           {"most", kMostTold},
                           {"days", texts}}
         << "\n";
  }
  EXPECT_EQ(taken, rules);
  EXPECT_GT(empty, 0);
  RecordProperty("slowest_ms", static_cast<int>(absl::ToInt64Milliseconds(slowest)));
  if (path != nullptr) std::cout << "slowest " << slowest << " empty " << empty << std::endl;
}

}  // namespace
}  // namespace heitie::planning
