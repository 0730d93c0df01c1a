#include "services/metrics/dashboard/layout.h"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <set>

#include "common/test/fixture.h"
#include "services/metrics/analysis/fake_events.h"
#include "services/metrics/dashboard/sharing.h"

namespace heitie::metrics {
namespace {

using heitie::test::IsOk;
using heitie::test::Proto;
using heitie::test::Violations;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kPeriodOfTiles[] =
    "period { dates { start_date { year: 2025 month: 12 day: 20 } end_date { year: 2025 month: 12 day: 28 } } } ";
const absl::Time kNowOfTiles = absl::FromUnixSeconds(1767225600);

std::string FiguresOf(const std::string& event) {
  return absl::StrCat(kPeriodOfTiles, "figures { figure { events { event_name: '", event, "' } } }");
}

// Every cell of the grid is painted, one tile after the other.
TEST(LayoutTest, OverlapsAreThoseOfPaintedCells) {
  std::mt19937 random(7);
  int overlapping = 0;
  for (int round = 0; round < 2000; ++round) {
    v1::Dashboard dashboard;
    std::map<std::pair<int, int>, int> painted;
    std::vector<std::optional<int>> expected;
    const int count = 1 + static_cast<int>(random() % 6);
    for (int i = 0; i < count; ++i) {
      v1::Tile& tile = *dashboard.add_tiles();
      tile.set_column(static_cast<int>(random() % 12));
      tile.set_row(static_cast<int>(random() % 6));
      tile.set_width(1 + static_cast<int>(random() % 4));
      tile.set_height(1 + static_cast<int>(random() % 3));
      std::optional<int> first;
      for (int x = tile.column(); x < tile.column() + tile.width(); ++x) {
        for (int y = tile.row(); y < tile.row() + tile.height(); ++y) {
          const auto found = painted.find({x, y});
          if (found != painted.end() && (!first.has_value() || found->second < *first)) first = found->second;
        }
      }
      for (int x = tile.column(); x < tile.column() + tile.width(); ++x) {
        for (int y = tile.row(); y < tile.row() + tile.height(); ++y) painted.emplace(std::pair(x, y), i);
      }
      overlapping += first.has_value();
      expected.push_back(first);
    }
    // A cell keeps the first tile that was painted there, so the least of a tile's cells is the first tile that it overlaps.
    ASSERT_EQ(Overlaps(dashboard.tiles()), expected) << dashboard.ShortDebugString();
  }
  EXPECT_GT(overlapping, 1000);
}

TEST(LayoutTest, EveryErrorOfEveryTileIsTold) {
  const auto dashboard = Proto<v1::Dashboard>(absl::StrCat(
      "tiles { id: 'a' question { ", FiguresOf("a"), " } form: FORM_NUMBER width: 6 height: 2 } ",
      "tiles { id: 'a' form: FORM_LINE column: 6 width: 7 height: 2 question_version: 3 } ",
      "tiles { id: 'c' saved_question: 'savedQuestions/s' question { ", FiguresOf("a"), " } form: FORM_FUNNEL row: 1 width: 2 height: 1 } ",
      "tiles { id: 'd' question { period { } figures { figure { events { event_name: 'a' condition: 'b >' } } } } form: FORM_TABLE row: 5 "
      "width: 12 height: 1 }"));
  status::BadFields bad;
  CheckTiles(dashboard.tiles(), analysis::BusinessCalendar().zone, kNowOfTiles, "dashboard.tiles", bad);
  EXPECT_THAT(Violations(bad.status()),
              UnorderedElementsAre("dashboard.tiles[1].id BAD_TILE", "dashboard.tiles[1].question BAD_TILE",
                                   "dashboard.tiles[1].question_version BAD_TILE", "dashboard.tiles[1].width BAD_TILE",
                                   "dashboard.tiles[2].question BAD_TILE", "dashboard.tiles[2].form BAD_TILE",
                                   "dashboard.tiles[2].row BAD_TILE", "dashboard.tiles[3].question.period BAD_PERIOD",
                                   "dashboard.tiles[3].question.figures.figure.events.condition BAD_EVENT_FILTER"));
}

TEST(LayoutTest, FormsFitWhatTheyDraw) {
  using Q = v1::Question;
  using T = v1::Tile;
  const std::vector<Q::KindCase> kinds = {Q::kFigures, Q::kActiveUsers,  Q::kGrowth,     Q::kRetention,
                                          Q::kFunnel,  Q::kContribution, Q::kWhatChanged};
  const auto drawn = [&](T::Form form) {
    std::set<int> fits;
    for (const Q::KindCase kind : kinds) {
      if (IsDrawnAs(kind, form)) fits.insert(kind);
    }
    return fits;
  };
  EXPECT_THAT(drawn(T::FORM_NUMBER), UnorderedElementsAre(Q::kFigures));
  EXPECT_THAT(drawn(T::FORM_LINE), UnorderedElementsAre(Q::kFigures, Q::kActiveUsers, Q::kGrowth));
  EXPECT_THAT(drawn(T::FORM_BAR), UnorderedElementsAre(Q::kFigures, Q::kActiveUsers, Q::kGrowth, Q::kContribution));
  EXPECT_THAT(drawn(T::FORM_FUNNEL), UnorderedElementsAre(Q::kFunnel));
  EXPECT_THAT(drawn(T::FORM_COHORT), UnorderedElementsAre(Q::kRetention));
  EXPECT_EQ(drawn(T::FORM_TABLE).size(), kinds.size());
}

TEST(LayoutTest, OverridesReplaceThePeriodAndNarrowEverySelection) {
  const auto overrides = Proto<v1::DashboardOverrides>(
      "period { last { count: 7 unit: TIME_UNIT_DAY } } segments: 'segments/a' segments: 'segments/b' condition: 'city = \"台北\"'");
  const auto funnel =
      WithOverrides(Proto<v1::Question>(absl::StrCat(
                        kPeriodOfTiles,
                        "segments: 'segments/a' funnel { steps { events { event_name: 'a' } } steps { events { event_name: 'b' "
                        "condition: 'q > 1 OR q < 0' } } exclusions { events { event_name: 'c' } } window { seconds: 60 } }")),
                    overrides);
  EXPECT_EQ(funnel.period().last().count(), 7);
  EXPECT_THAT(funnel.segments(), ElementsAre("segments/a", "segments/b"));
  EXPECT_EQ(funnel.funnel().steps(0).events().condition(), "city = \"台北\"");
  EXPECT_EQ(funnel.funnel().steps(1).events().condition(), "(q > 1 OR q < 0) AND (city = \"台北\")");
  EXPECT_EQ(funnel.funnel().exclusions(0).events().condition(), "city = \"台北\"");
  const auto metric = WithOverrides(Proto<v1::Question>("figures { figure { metric: 'metricDefinitions/m' } }"), overrides);
  EXPECT_EQ(metric.figures().figure().events().condition(), "city = \"台北\"");
  const auto measured = WithOverrides(Proto<v1::Question>("figures { figure { events { measurement_name: 'ms' } } }"), overrides);
  EXPECT_THAT(measured.segments(), IsEmpty()) << "measurements have no users";
  EXPECT_EQ(WithOverrides(funnel, v1::DashboardOverrides()).ShortDebugString(), funnel.ShortDebugString());
}

TEST(SharingTest, AReadershipIsOpenToThoseWhoHoldOneOfItsRoles) {
  for (uint32_t chosen = 0; chosen < 16; ++chosen) {
    google::protobuf::RepeatedField<int> readers;
    for (size_t i = 0; i < 4; ++i) {
      if ((chosen >> i) & 1) readers.Add(SharedRoles()[i]);
    }
    status::BadFields bad;
    const std::string text = ReadershipOf(readers, "readers", bad);
    ASSERT_TRUE(bad.empty());
    for (uint32_t roles = 0; roles < 1u << 8; roles += 2) {
      rpc::Principal principal;
      principal.roles = roles;
      bool holds = false;
      for (const int reader : readers) holds |= principal.Has(static_cast<rpc::Role>(reader));
      const std::vector<std::string> open = ReadershipsOf(principal);
      ASSERT_EQ(std::count(open.begin(), open.end(), text), holds ? 1 : 0) << text << " " << roles;
    }
  }
  google::protobuf::RepeatedField<int> strangers;
  strangers.Add(options::v1::ROLE_PRODUCER);
  strangers.Add(options::v1::ROLE_DATA_ANALYST);
  status::BadFields bad;
  ReadershipOf(strangers, "dashboard.readers", bad);
  EXPECT_THAT(Violations(bad.status()), ElementsAre("dashboard.readers[0] BAD_READER"));
}

}  // namespace
}  // namespace heitie::metrics
