#include "services/metrics/warning/episode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace heitie::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::Time Minute(int minute) { return absl::FromUnixSeconds(1767225600) + absl::Minutes(minute); }

// "x" breaches, "." does not, "?" is not known; one interval a minute.
std::vector<JudgedInterval> Intervals(const std::string& text, int from = 0) {
  std::vector<JudgedInterval> intervals;
  for (size_t i = 0; i < text.size(); ++i) {
    const int at = from + static_cast<int>(i);
    const Breach breach = text[i] == 'x' ? Breach::kYes : text[i] == '.' ? Breach::kNo : Breach::kUnknown;
    intervals.push_back({Minute(at), Minute(at + 1), breach, static_cast<double>(at)});
  }
  return intervals;
}

std::vector<Episode> Find(OpeningRule rule, const std::string& text) {
  EpisodeFinder finder(rule);
  return EpisodesOf(finder, Intervals(text));
}

// "first-last" or "first-last|minute it was over", in minutes.
std::vector<std::string> Shown(OpeningRule rule, const std::string& text) {
  std::vector<std::string> shown;
  for (const Episode& episode : Find(rule, text)) {
    const auto minutes = [](absl::Time time) { return std::to_string(absl::ToInt64Minutes(time - Minute(0))); };
    shown.push_back(minutes(episode.first) + "-" + minutes(episode.last) + (episode.cleared ? "|" + minutes(*episode.cleared) : ""));
  }
  return shown;
}

TEST(EpisodeTest, OpensAndCloses) {
  EXPECT_THAT(Shown({1, 1, 1}, "..x.x"), ElementsAre("2-2|4", "4-4"));
  EXPECT_THAT(Shown({1, 1, 2}, "..x.x..x"), ElementsAre("2-4|7", "7-7"));
  EXPECT_THAT(Shown({2, 3, 2}, "x..x.x.."), ElementsAre("3-5|8"));
  EXPECT_THAT(Shown({3, 3, 1}, "xx.xxx."), ElementsAre("3-5|7"));
  EXPECT_THAT(Shown({2, 2, 1}, "x.x.x."), IsEmpty());
}

TEST(EpisodeTest, WhatIsMissingNeitherOpensNorCloses) {
  EXPECT_THAT(Shown({1, 1, 1}, "???"), IsEmpty());
  EXPECT_THAT(Shown({1, 1, 2}, "x?????"), ElementsAre("0-0"));
  EXPECT_THAT(Shown({1, 1, 2}, "x.?.."), ElementsAre("0-0|4"));
  EXPECT_THAT(Shown({2, 3, 1}, "x??x"), IsEmpty()) << "it takes its place among the last three";
  EXPECT_THAT(Shown({2, 3, 1}, "x?x"), ElementsAre("0-2"));
}

TEST(EpisodeTest, TellsTheIntervalThatOpenedIt) {
  const std::vector<Episode> episodes = Find({2, 3, 1}, ".x.x");
  ASSERT_EQ(episodes.size(), 1u);
  EXPECT_EQ(episodes[0].first, Minute(1));
  EXPECT_EQ(episodes[0].opened, Minute(4));
  EXPECT_EQ(episodes[0].figure, 3);
  EXPECT_EQ(episodes[0].breaches, 2);
}

// The definition, word by word, from the intervals alone.
std::vector<std::pair<int, int>> ByDefinition(OpeningRule rule, const std::string& text) {
  std::vector<std::pair<int, int>> episodes;
  int begin = 0;
  while (begin < static_cast<int>(text.size())) {
    int open = -1, first = -1;
    for (int i = begin; i < static_cast<int>(text.size()) && open < 0; ++i) {
      int breaches = 0, earliest = -1;
      for (int j = std::max(begin, i - rule.window + 1); j <= i; ++j) {
        if (text[j] != 'x') continue;
        ++breaches;
        if (earliest < 0) earliest = j;
      }
      if (text[i] == 'x' && breaches >= rule.breaches) {
        open = i;
        first = earliest;
      }
    }
    if (open < 0) break;
    int last = open, clear = 0, end = -1;
    for (int i = open + 1; i < static_cast<int>(text.size()) && end < 0; ++i) {
      if (text[i] == 'x') {
        last = i;
        clear = 0;
      }
      if (text[i] == '.' && ++clear == rule.clear) end = i;
    }
    episodes.emplace_back(first, last);
    if (end < 0) break;
    begin = end + 1;
  }
  return episodes;
}

TEST(EpisodeTest, AsDefinedOnRandomVerdictsAlsoWhenSavedBetween) {
  std::mt19937 random(1);
  int found = 0;
  for (int round = 0; round < 3000; ++round) {
    OpeningRule rule;
    rule.window = 1 + static_cast<int>(random() % 5);
    rule.breaches = 1 + static_cast<int>(random() % rule.window);
    rule.clear = 1 + static_cast<int>(random() % 3);
    std::string text;
    for (size_t i = 0; i < 5 + random() % 30; ++i) text += "xx..?"[random() % 5];
    std::vector<std::pair<int, int>> episodes;
    const auto add = [&](const Episode& episode) {
      episodes.emplace_back(absl::ToInt64Minutes(episode.first - Minute(0)), absl::ToInt64Minutes(episode.last - Minute(0)));
    };
    EpisodeFinder finder(rule);
    for (const JudgedInterval& interval : Intervals(text)) {
      if (const auto over = finder.Take(interval)) add(*over);
      const auto loaded = EpisodeFinder::Load(rule, finder.Save());
      ASSERT_TRUE(loaded.ok());
      finder = *loaded;
    }
    if (finder.open()) add(*finder.open());
    EXPECT_EQ(episodes, ByDefinition(rule, text)) << text << " " << rule.breaches << " of " << rule.window << ", clear " << rule.clear;
    found += static_cast<int>(episodes.size());
  }
  EXPECT_GT(found, 3000);
}

TEST(EpisodeTest, OtherBytesAreNoState) {
  EpisodeFinder finder({2, 3, 1});
  for (const JudgedInterval& interval : Intervals(".x.x")) finder.Take(interval);
  const std::string state = finder.Save();
  EXPECT_TRUE(EpisodeFinder::Load({2, 3, 1}, state).ok());
  EXPECT_FALSE(EpisodeFinder::Load({2, 3, 1}, state + "x").ok());
  for (size_t size = 0; size < state.size(); ++size) EXPECT_FALSE(EpisodeFinder::Load({2, 3, 1}, state.substr(0, size)).ok());
}

// ---- Alerts that follow.

// What deciding leads to.
class KeptAlerts {
 public:
  // Returns the decisions, of which none remains.
  std::vector<AlertDecision::Kind> Follow(const std::vector<Episode>& episodes) {
    std::vector<AlertDecision::Kind> kinds;
    for (const AlertDecision& decision : Reconcile(episodes, kept_)) {
      kinds.push_back(decision.kind);
      Do(decision);
    }
    EXPECT_THAT(Reconcile(episodes, kept_), IsEmpty()) << "deciding twice decides nothing";
    return kinds;
  }
  void ResolveByHand(size_t which) { kept_[which].open = false; }
  const std::vector<KeptEpisode>& kept() const { return kept_; }

 private:
  void Do(const AlertDecision& decision) {
    if (decision.kind == AlertDecision::Kind::kOpen) {
      kept_.push_back({std::to_string(kept_.size()), decision.episode.first, decision.episode.last, true, false});
      if (decision.episode.cleared) kept_.back().open = false;
      return;
    }
    KeptEpisode& alert = kept_[std::stoi(decision.name)];
    alert.open = decision.kind == AlertDecision::Kind::kRecur;
    alert.restated = decision.kind == AlertDecision::Kind::kRestate;
    if (decision.kind != AlertDecision::Kind::kRestate) alert.last = decision.episode.last;
  }

  std::vector<KeptEpisode> kept_;
};

TEST(ReconcileTest, OneEpisodeIsOneAlert) {
  using Kind = AlertDecision::Kind;
  KeptAlerts alerts;
  EXPECT_THAT(alerts.Follow(Find({1, 1, 1}, "..")), IsEmpty());
  EXPECT_THAT(alerts.Follow(Find({1, 1, 1}, "..x")), ElementsAre(Kind::kOpen));
  EXPECT_THAT(alerts.Follow(Find({1, 1, 1}, "..xxx")), IsEmpty());
  EXPECT_THAT(alerts.Follow(Find({1, 1, 1}, "..xxx.")), ElementsAre(Kind::kClear));
  EXPECT_THAT(alerts.Follow(Find({1, 1, 1}, "..xxx..x")), ElementsAre(Kind::kOpen));
  EXPECT_EQ(alerts.kept().size(), 2u);
}

TEST(ReconcileTest, RestatementsResolveAndBringBack) {
  using Kind = AlertDecision::Kind;
  KeptAlerts alerts;
  EXPECT_THAT(alerts.Follow(Find({1, 1, 2}, "..x")), ElementsAre(Kind::kOpen));
  EXPECT_THAT(alerts.Follow(Find({1, 1, 2}, "....")), ElementsAre(Kind::kRestate));
  EXPECT_THAT(alerts.Follow(Find({1, 1, 2}, "..x.")), ElementsAre(Kind::kRecur));
  EXPECT_THAT(alerts.Follow(Find({1, 1, 2}, ".xx.")), IsEmpty()) << "its beginning has moved";
  EXPECT_THAT(alerts.Follow(Find({1, 1, 2}, ".xx..")), ElementsAre(Kind::kClear));
  EXPECT_EQ(alerts.kept().size(), 1u);
}

TEST(ReconcileTest, WhatSomebodyResolvedStaysSo) {
  using Kind = AlertDecision::Kind;
  KeptAlerts alerts;
  EXPECT_THAT(alerts.Follow(Find({1, 1, 1}, "x")), ElementsAre(Kind::kOpen));
  alerts.ResolveByHand(0);
  EXPECT_THAT(alerts.Follow(Find({1, 1, 1}, "xx")), IsEmpty());
  EXPECT_THAT(alerts.Follow(Find({1, 1, 1}, "xx.")), IsEmpty());
  EXPECT_THAT(alerts.Follow(Find({1, 1, 1}, "..x")), ElementsAre(Kind::kOpen)) << "another episode";
}

TEST(ReconcileTest, EpisodesAndOpenAlertsAgreeWhateverIsRestated) {
  std::mt19937 random(2);
  for (int round = 0; round < 500; ++round) {
    KeptAlerts alerts;
    std::string text(12, '.');
    for (int step = 0; step < 10; ++step) {
      text[random() % text.size()] = "x.?"[random() % 3];
      const std::vector<Episode> episodes = Find({1, 1, 1}, text);
      alerts.Follow(episodes);
      const auto open = std::count_if(alerts.kept().begin(), alerts.kept().end(), [](const KeptEpisode& a) { return a.open; });
      const auto going_on = std::count_if(episodes.begin(), episodes.end(), [](const Episode& e) { return !e.cleared; });
      EXPECT_LE(open, going_on) << text;
    }
  }
}

}  // namespace
}  // namespace heitie::metrics
