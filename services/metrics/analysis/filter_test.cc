#include "services/metrics/analysis/filter.h"

#include <gmock/gmock.h>

#include <functional>
#include <random>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/metrics/analysis/fake_events.h"
#include "services/metrics/engine/fake_snapshot.h"

namespace heitie::metrics::analysis {
namespace {

// One event with these properties.
bool Holds(const std::string& filter, const PointKeys& properties) {
  Point point = EventAt("a", "u", absl::CivilSecond(2026, 1, 1), BusinessCalendar());
  point.properties = properties;
  return Has(Events("a", filter), point);
}

std::vector<std::string> ErrorsOf(const std::string& filter) {
  status::BadFields bad;
  Filter::Parse(filter, "filter", bad);
  std::vector<std::string> errors;
  if (bad.empty()) return errors;
  const google::rpc::Status proto = status::ToProto(bad.status(), status::Language::kEnglish);
  for (const auto& detail : proto.details()) {
    google::rpc::BadRequest request;
    if (!detail.UnpackTo(&request)) continue;
    for (const auto& violation : request.field_violations()) errors.push_back(violation.description());
  }
  return errors;
}

TEST(FilterTest, TextsAndNumbers) {
  EXPECT_TRUE(Holds("", {}));
  EXPECT_TRUE(Holds(R"(city = "台北")", {{"city", "台北"}}));
  EXPECT_TRUE(Holds(R"(city = "a\"b\\")", {{"city", R"(a"b\)"}}));
  EXPECT_TRUE(Holds("n >= 3", {{"n", "10"}})) << "numbers are not compared by their digits";
  EXPECT_FALSE(Holds(R"(n >= "3")", {{"n", "10"}})) << "texts are";
  EXPECT_TRUE(Holds("n = 3", {{"n", "3.0"}}));
  EXPECT_FALSE(Holds("n = 3", {{"n", "three"}}));
  EXPECT_FALSE(Holds("n != 3", {{"n", "three"}}));
  EXPECT_FALSE(Holds("n = 9007199254740993", {{"n", "9007199254740992"}})) << "no rounding to doubles";
  EXPECT_TRUE(Holds("n = 0.1", {{"n", "0.1"}}));
  EXPECT_FALSE(Holds("n < 1", {{"n", "nan"}}));
  EXPECT_FALSE(Holds("n < 99", {{"n", "0x10"}}));
  EXPECT_TRUE(Holds(R"(n IN (1, "x", 2.5))", {{"n", "2.50"}}));
  EXPECT_TRUE(Holds(R"(n IN (1, "x", 2.5))", {{"n", "x"}}));
}

TEST(FilterTest, WhatIsMissing) {
  EXPECT_FALSE(Holds("n:*", {}));
  EXPECT_TRUE(Holds("n:*", {{"n", "1"}}));
  EXPECT_FALSE(Holds("n != 1", {}));
  EXPECT_TRUE(Holds("NOT n = 1", {}));
  EXPECT_TRUE(Holds("properties.value = 1", {{"value", "1"}}));
  EXPECT_FALSE(Holds("value = 1", {{"value", "1"}}));
}

TEST(FilterTest, Precedence) {
  const PointKeys a = {{"a", "1"}};
  EXPECT_TRUE(Holds("a = 1 OR b = 1 AND c = 1", a));
  EXPECT_FALSE(Holds("(a = 1 OR b = 1) AND c = 1", a));
  EXPECT_FALSE(Holds("NOT a = 1 AND c = 1", a));
  EXPECT_TRUE(Holds("NOT (a = 1 AND c = 1)", a));
  EXPECT_TRUE(Holds("NOT NOT a = 1", a));
}

TEST(FilterTest, EveryErrorWithItsPosition) {
  EXPECT_THAT(ErrorsOf("a = AND b ! 3 OR (c IN 4 AND \"x\""),
              ::testing::ElementsAre(::testing::HasSubstr("position 5:"), ::testing::HasSubstr("position 11:"),
                                     ::testing::HasSubstr("position 13:"), ::testing::HasSubstr("position 24:"),
                                     ::testing::HasSubstr("position 30:"), ::testing::HasSubstr("position 18:")));
  EXPECT_THAT(ErrorsOf("amount_minor = \"x\" OR activity < 5"),
              ::testing::ElementsAre(::testing::HasSubstr("position 16:"), ::testing::HasSubstr("position 34:")));
  for (const char* bad : {"a", "a =", "= 3", "a = 1 b = 2", "(a = 1", "a = 1)", "a IN ()", "a IN (1", "a IN 1", "a = \"x", "NOT", "AND",
                          "a = 1 AND", "a = 1e999", "a = -", "a = #", "()", "a = 1 OR OR b = 2"}) {
    EXPECT_FALSE(ErrorsOf(bad).empty()) << bad;
  }
}

TEST(FilterTest, Bounds) {
  std::string deep, many = "a = 1", values = "a IN (1";
  for (int i = 0; i < 5000 && deep.size() < 3000; ++i) deep += "(";
  EXPECT_EQ(ErrorsOf(deep).size(), 1U);
  for (int i = 0; i < kMaxFilterComparisons; ++i) many += " OR a = 1";
  EXPECT_EQ(ErrorsOf(many).size(), 1U);
  for (int i = 0; i < kMaxFilterLiterals; ++i) values += ",1";
  EXPECT_FALSE(ErrorsOf(values + ")").empty());
  EXPECT_EQ(ErrorsOf(std::string(kMaxFilterBytes + 1, ' ')).size(), 1U);
}

// Whatever bytes: no crash, and either an error or a filter that can be applied.
TEST(FilterTest, RandomTexts) {
  static constexpr const char* kPieces[] = {"a",  "value", "amount_minor", "=", "!=",   "<",     ">=", "IN", "(", ")",    ",", "AND",
                                            "OR", "NOT",   ":*",           "1", "-2.5", "\"x\"", "\"", "\\", "é", "\x01", " "};
  int good = 0;
  for (unsigned seed = 1; seed <= 20000; ++seed) {
    std::mt19937 random(seed);
    std::string text;
    for (size_t n = random() % 12; n > 0; --n) absl::StrAppend(&text, kPieces[random() % std::size(kPieces)], " ");
    status::BadFields bad;
    const Filter filter = Filter::Parse(text, "filter", bad);
    if (!bad.empty()) continue;
    ++good;
    FakeSnapshot snapshot({EventAt("a", "u", absl::CivilSecond(2026, 1, 1), BusinessCalendar())});
    ASSERT_TRUE(snapshot
                    .Scan({kEventKind, "a"}, {absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 1, 1)}, {}, filter.parts(),
                          [&](const Rows& rows) {
                            Mask mask(rows.size(), 1);
                            filter.Apply(rows, mask);
                            return absl::OkStatus();
                          })
                    .ok());
  }
  EXPECT_GT(good, 500);
}

// Random trees, judged by their own words.
TEST(FilterTest, EqualsBruteForce) {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
    const std::vector<Point> points =
        RandomEvents(random, 60, 5, {absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 1, 3)}, BusinessCalendar());
    using Judge = std::function<bool(const Point&)>;
    std::function<std::pair<std::string, Judge>(int)> make = [&](int depth) -> std::pair<std::string, Judge> {
      const int kind = depth == 0 ? pick(4) : pick(7);
      if (kind == 0) {
        const std::string value = absl::StrCat("c", pick(4));
        return {absl::StrCat("channel = \"", value, "\""), [=](const Point& p) {
                  const auto it = p.dimensions.find("channel");
                  return it != p.dimensions.end() && it->second == value;
                }};
      }
      if (kind == 1) {
        const int value = pick(5);
        return {absl::StrCat("quantity >= ", value), [=](const Point& p) {
                  const auto it = p.properties.find("quantity");
                  return it != p.properties.end() && std::stoi(it->second) >= value;
                }};
      }
      if (kind == 2) {
        const int value = pick(2001) - 1000;
        return {absl::StrCat("amount_minor < ", value),
                [=](const Point& p) { return p.value_minor.has_value() && *p.value_minor < value; }};
      }
      if (kind == 3) return {"activity:*", [](const Point& p) { return !p.activity.empty(); }};
      const auto [left, l] = make(depth - 1);
      if (kind == 4) return {"NOT (" + left + ")", [l = l](const Point& p) { return !l(p); }};
      const auto [right, r] = make(depth - 1);
      if (kind == 5) return {"(" + left + " AND " + right + ")", [l = l, r = r](const Point& p) { return l(p) && r(p); }};
      return {"(" + left + " OR " + right + ")", [l = l, r = r](const Point& p) { return l(p) || r(p); }};
    };
    const auto [text, judge] = make(4);
    const Selection selection = Events("a", text);
    int64_t expected = 0, counted = 0;
    for (const Point& p : points) expected += p.name == "a" && judge(p) ? 1 : 0;
    FakeSnapshot snapshot(points, seed);
    ASSERT_TRUE(snapshot
                    .Scan(selection.series, {absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 1, 3)}, {}, selection.parts(),
                          [&](const Rows& rows) {
                            Mask mask(rows.size(), 1);
                            Choose(selection, rows, mask);
                            for (const uint8_t one : mask) counted += one;
                            return absl::OkStatus();
                          })
                    .ok());
    ASSERT_EQ(counted, expected) << text;
  }
}

}  // namespace
}  // namespace heitie::metrics::analysis
