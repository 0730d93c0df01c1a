#include "services/risk/regulation/regulation_rules.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::risk {
namespace {

using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::Applicability;
using v1::ObligationCase;
using v1::Regulation;
using v1::RegulationComparison;

const absl::TimeZone kTaipeiTime = absl::FixedTimeZone(8 * 60 * 60);
const absl::Time kNewYear = absl::FromCivil(absl::CivilDay(2026, 1, 1), kTaipeiTime);

BoundSubject Sale() {
  BoundSubject subject;
  subject.name = "activities/sale";
  subject.project = "projects/spring";
  subject.open = true;
  subject.start = kNewYear;
  subject.end = kNewYear + absl::Hours(24 * 30);
  subject.kinds = {"flash-sale", "projecttypes/fair"};
  subject.channels = {"wecom groups"};
  subject.markets = {"tw", "jp"};
  return subject;
}

TEST(Binds, ByNameOrByEveryListThatSaysSomething) {
  const auto binds = [](const std::string& applicability) { return Binds(Proto<Applicability>(applicability), Sale()); };
  EXPECT_FALSE(binds(""));
  EXPECT_TRUE(binds("everything: true"));
  EXPECT_TRUE(binds("subjects: 'activities/sale'"));
  EXPECT_TRUE(binds("subjects: 'projects/spring'")) << "with a project its activities";
  EXPECT_FALSE(binds("subjects: 'projects/autumn'"));
  EXPECT_TRUE(binds("kinds: 'flash-sale' kinds: 'quiz'"));
  EXPECT_TRUE(binds("kinds: 'projectTypes/fair'"));
  EXPECT_TRUE(binds("channels: 'WeCom Groups' markets: 'TW'"));
  EXPECT_FALSE(binds("channels: 'WeCom groups' markets: 'KR'")) << "both lists";
  EXPECT_FALSE(binds("categories: 'food'")) << "nothing is known of its categories";
  EXPECT_TRUE(binds("categories: 'food' subjects: 'activities/sale'")) << "named it is bound whatever it is";
}

TEST(SubjectOf, KnowsAnActivityByItsProjectItsSchemeAndBothScopes) {
  SubjectFacts facts;
  facts.projects["projects/p"] = Proto<planning::v1::Project>(
      "name: 'projects/p' project_type: 'projectTypes/fair' state: STATE_APPROVED "
      "start_date { year: 2026 month: 1 day: 5 } end_date { year: 2026 month: 1 day: 5 }");
  facts.schemes["projects/p"] = {
      Proto<planning::v1::Scheme>("name: 'projects/p/schemes/a' state: STATE_APPROVED channels { title: 'Radio' }"),
      Proto<planning::v1::Scheme>("name: 'projects/p/schemes/b' state: STATE_SUPERSEDED channels { title: 'TV' }")};
  facts.scopes["projects/p"] = Proto<v1::SubjectScope>("markets: 'TW'");
  facts.scopes["activities/x"] = Proto<v1::SubjectScope>("markets: 'JP' categories: 'Food'");
  const BoundSubject activity =
      SubjectOf(Proto<activity::v1::Activity>(
                    "name: 'activities/x' project: 'projects/p' scheme: 'projects/p/schemes/b' kind: 'quiz' state: STATE_LIVE"),
                facts);
  EXPECT_TRUE(activity.open);
  EXPECT_THAT(activity.kinds, ElementsAre("projecttypes/fair", "quiz"));
  EXPECT_THAT(activity.channels, ElementsAre("tv"));
  EXPECT_THAT(activity.markets, ElementsAre("jp", "tw"));
  EXPECT_THAT(activity.categories, ElementsAre("food"));
  const BoundSubject project = SubjectOf(facts.projects["projects/p"], facts, kTaipeiTime);
  EXPECT_THAT(project.channels, ElementsAre("radio"));
  EXPECT_THAT(project.markets, ElementsAre("tw"));
  EXPECT_EQ(project.start, absl::FromCivil(absl::CivilDay(2026, 1, 5), kTaipeiTime));
  EXPECT_EQ(project.end - project.start, absl::Hours(24)) << "the last day is included";
}

TEST(SpanOf, RunsFromTheEffectiveDayToThatOfTheRepeal) {
  Regulation regulation = Proto<Regulation>("effective_date { year: 2026 month: 1 day: 10 }");
  EXPECT_FALSE(SpanOf(regulation, kTaipeiTime).has_value()) << "it is only proposed";
  *regulation.mutable_enact_time() = time::ToTimestamp(kNewYear);
  EXPECT_EQ(SpanOf(regulation, kTaipeiTime)->start, kNewYear + absl::Hours(24 * 9));
  EXPECT_EQ(SpanOf(regulation, kTaipeiTime)->end, absl::InfiniteFuture());
  *regulation.mutable_repeal_date() = time::ToDate(absl::CivilDay(2026, 1, 20));
  EXPECT_EQ(SpanOf(regulation, kTaipeiTime)->end, kNewYear + absl::Hours(24 * 19));
  *regulation.mutable_repeal_date() = time::ToDate(absl::CivilDay(2026, 1, 10));
  EXPECT_FALSE(SpanOf(regulation, kTaipeiTime).has_value()) << "it never was in force";
}

// Against a count of the hours that are in both.
TEST(Meets, IsThatAnHourLiesInBoth) {
  std::mt19937 random(11);
  const auto hour = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most)); };
  int met = 0;
  for (int i = 0; i < 5000; ++i) {
    Regulation regulation;
    regulation.mutable_applicability()->set_everything(true);
    BoundSubject subject = Sale();
    const int first = hour(48), last = first + 1 + hour(24), begins = hour(48), at = hour(48);
    const int ends = hour(3) == 0 ? 1000 : begins + 1 + hour(24);
    subject.start = kNewYear + absl::Hours(first);
    subject.end = kNewYear + absl::Hours(last);
    subject.open = hour(8) > 0;
    InForceSpan span{kNewYear + absl::Hours(begins)};
    if (ends < 1000) span.end = kNewYear + absl::Hours(ends);
    bool expected = false;
    // What is still open lasts until now at least.
    for (int h = first; h < std::max(last, at + 1); ++h) expected = expected || (h >= begins && h < ends);
    expected = expected && subject.open && at < ends;
    // A moment counts as its hour here; that an hour begins exactly at the moment is no hour yet.
    if (begins == at && last <= at) continue;
    EXPECT_EQ(Meets(regulation, span, subject, kNewYear + absl::Hours(at)), expected)
        << first << " " << last << " " << begins << " " << ends << " " << at;
    met += expected ? 1 : 0;
  }
  EXPECT_GT(met, 500);
}

TEST(DueDayOf, IsBeforeTheRegulationIsInForce) {
  const absl::TimeZone zone = time::ZoneOf("Asia/Taipei");
  const absl::Time effective = absl::FromCivil(absl::CivilDay(2026, 2, 1), zone);
  const auto due = [&](int month, int day) {
    return DueDayOf(Proto<v1::Obligation>(absl::StrCat("due_date { year: 2026 month: ", month, " day: ", day, " }")), effective, zone);
  };
  EXPECT_EQ(due(1, 25), absl::CivilDay(2026, 1, 25));
  EXPECT_EQ(due(1, 31), absl::CivilDay(2026, 1, 31));
  EXPECT_EQ(due(2, 1), absl::CivilDay(2026, 1, 31));
  EXPECT_EQ(due(5, 1), absl::CivilDay(2026, 1, 31));
}

TEST(IsConfirmed, CountsForTheRequirementThatItWasGivenFor) {
  const auto obligation = Proto<v1::Obligation>("requirement_version: 2");
  EXPECT_FALSE(IsConfirmed(nullptr, obligation));
  for (const auto& [text, confirmed] : std::vector<std::pair<std::string, bool>>{{"state: STATE_OPEN", false},
                                                                                 {"state: STATE_FULFILLED requirement_version: 2", false},
                                                                                 {"state: STATE_CONFIRMED requirement_version: 1", false},
                                                                                 {"state: STATE_CONFIRMED requirement_version: 2", true}}) {
    const auto one = Proto<ObligationCase>(text);
    EXPECT_EQ(IsConfirmed(&one, obligation), confirmed) << text;
  }
}

TEST(LeadToTell, IsEachOfThemOnceAndTheLeastThatIsReached) {
  const std::vector<int32_t> leads = {90, 7, 30};
  const absl::Time effective = kNewYear + absl::Hours(24 * 100);
  const auto at = [&](int days_before, int32_t told) {
    return LeadToTell(leads, effective, told, effective - absl::Hours(24) * days_before);
  };
  EXPECT_EQ(at(91, 0), 0);
  EXPECT_EQ(at(90, 0), 90);
  EXPECT_EQ(at(60, 90), 0);
  EXPECT_EQ(at(30, 90), 30);
  EXPECT_EQ(at(5, 0), 7) << "what was missed is not told one after the other";
  EXPECT_EQ(at(5, 7), 0);
  EXPECT_EQ(at(0, 0), 0) << "it is in force";
  EXPECT_EQ(LeadToTell({}, effective, 0, kNewYear), 0);
  EXPECT_EQ(RankOfLead(leads, 7), 0);
  EXPECT_EQ(RankOfLead(leads, 30), 1);
  EXPECT_EQ(RankOfLead(leads, 90), 2);
}

TEST(OverdueDays, CountsFromTheEndOfTheDay) {
  const absl::CivilDay due(2026, 1, 1);
  EXPECT_EQ(OverdueDays(due, kTaipeiTime, kNewYear + absl::Hours(24) - absl::Microseconds(1)), 0);
  EXPECT_EQ(OverdueDays(due, kTaipeiTime, kNewYear + absl::Hours(24)), 1);
  EXPECT_EQ(OverdueDays(due, kTaipeiTime, kNewYear + absl::Hours(24 * 3)), 3);
}

std::string SideOf(const RegulationComparison& comparison, RegulationComparison::Line::Kind other) {
  std::vector<std::string> lines;
  for (const auto& line : comparison.lines()) {
    if (line.kind() != other) lines.push_back(line.text());
  }
  return absl::StrJoin(lines, "\n");
}

// The longest common sequence of lines, by trying every choice of those of the shorter text.
size_t LongestCommon(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  size_t best = 0;
  for (unsigned chosen = 0; chosen < 1u << a.size(); ++chosen) {
    size_t at = 0, count = 0;
    bool all = true;
    for (size_t i = 0; i < a.size() && all; ++i) {
      if ((chosen >> i & 1u) == 0) continue;
      const auto found = std::find(b.begin() + static_cast<std::ptrdiff_t>(at), b.end(), a[i]);
      all = found != b.end();
      at = static_cast<size_t>(found - b.begin()) + 1;
      ++count;
    }
    if (all) best = std::max(best, count);
  }
  return best;
}

TEST(CompareTexts, GivesBothTextsAndAsFewChangesAsThereCanBe) {
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    std::vector<std::string> a(random() % 8), b(random() % 8);
    for (std::string& line : a) line = std::string(1, static_cast<char>('a' + random() % 3));
    for (std::string& line : b) line = std::string(1, static_cast<char>('a' + random() % 3));
    const RegulationComparison comparison = CompareTexts(absl::StrJoin(a, "\n"), absl::StrJoin(b, "\n"));
    EXPECT_EQ(SideOf(comparison, RegulationComparison::Line::KIND_ADDED), absl::StrJoin(a, "\n"));
    EXPECT_EQ(SideOf(comparison, RegulationComparison::Line::KIND_REMOVED), absl::StrJoin(b, "\n"));
    const size_t common = LongestCommon(a, b);
    EXPECT_EQ(static_cast<size_t>(comparison.removed_count()), a.size() - common);
    EXPECT_EQ(static_cast<size_t>(comparison.added_count()), b.size() - common);
  }
  EXPECT_THAT(CompareTexts("", "").lines(), IsEmpty());
  EXPECT_EQ(CompareTexts("same\n", "same").lines_size(), 1) << "the end of the last line is no line";
}

}  // namespace
}  // namespace heitie::risk
