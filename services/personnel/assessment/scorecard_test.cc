#include "services/personnel/assessment/scorecard.h"

#include <algorithm>
#include <random>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "heitie/type/v1/event.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/personnel/candidate/candidate_testing.h"

namespace heitie::personnel {
namespace {

using test::HasReason;
using test::HasViolations;
using test::IsOk;

class ScorecardTest : public CandidateFixture {
 protected:
  absl::StatusOr<v1::Scorecard> Amend(const rpc::Call& call, const std::string& card, const std::vector<int>& levels) {
    return Ask<v1::Scorecard, v1::AmendScorecardRequest>("AmendScorecard", call,
                                                         absl::StrCat("name: '", card, "' reason: 'a mistake' ", Ratings(levels)));
  }
  absl::StatusOr<v1::Scorecard> GetCard(const rpc::Call& call, const std::string& card) {
    return Ask<v1::Scorecard, v1::GetScorecardRequest>("GetScorecard", call, absl::StrCat("name: '", card, "'"));
  }
  absl::StatusOr<v1::Scorecard> Release(const rpc::Call& call, const std::string& card) {
    return Ask<v1::Scorecard, v1::ReleaseScorecardRequest>("ReleaseScorecard", call, absl::StrCat("name: '", card, "'"));
  }
  // Whether anything of the card reaches the caller by the methods that could tell.
  bool Told(const rpc::Call& call, const std::string& application, const std::string& card) {
    if (GetCard(call, card).ok()) return true;
    const std::vector<std::string> cards = Cards(call, application);
    if (std::find(cards.begin(), cards.end(), card) != cards.end()) return true;
    const auto events = Ask<type::v1::ListEventsResponse, type::v1::ListEventsRequest>("ListEvents", call, "page_size: 1000");
    if (events.ok() && absl::StrContains(events->ShortDebugString(), card)) return true;
    const auto steps = Ask<v1::ListPendingStepsResponse, v1::ListPendingStepsRequest>("ListPendingSteps", call, "");
    if (steps.ok() && absl::StrContains(steps->ShortDebugString(), card)) return true;
    const auto holdings =
        Ask<type::v1::ListHoldingsResponse, type::v1::ListHoldingsRequest>("ListHoldings", call, "employee: 'employees/i1'");
    return holdings.ok() && absl::StrContains(holdings->ShortDebugString(), card);
  }
};

TEST_F(ScorecardTest, TheGoldenScore) {
  const std::string application = InInterview("mei@example.com");
  const std::string one = Assign(Manager(), application, "i1")->name(), two = Assign(Manager(), application, "i2")->name(),
                    three = Assign(Manager(), application, "stranger")->name();
  ASSERT_THAT(File(Person("i1"), one, {4, 3, 0}), IsOk());
  ASSERT_THAT(File(Person("i2"), two, {5, 0, 4}), IsOk());
  EXPECT_THAT(Assessment(Person("stranger"), application), HasReason("CARD_NOT_FILED"));
  ASSERT_THAT(File(Person("stranger"), three, {3, 4, 5}), IsOk());
  for (const rpc::Call& call : {Manager(), Person("owner"), Person("i1"), Person("lead")}) {
    const auto assessment = Assessment(call, application);
    ASSERT_THAT(assessment, IsOk()) << call.principal.name;
    EXPECT_EQ(assessment->score(), 395);
  }
  EXPECT_THAT(Assessment(Analyst(), application), HasReason("NOT_FOUND"));
}

TEST_F(ScorecardTest, NobodyWhoHasNotFiledSeesOthersCards) {
  const std::string application = InInterview("mei@example.com");
  const std::string card = Assign(Manager(), application, "i1")->name(), own = Assign(Manager(), application, "i2")->name();
  const auto managers = Assign(Manager(), application, "manager");
  ASSERT_THAT(managers, IsOk());
  // The manager interviews as well, and has not filed.
  EXPECT_EQ(Cards(Manager(), application), std::vector<std::string>{managers->name()});
  EXPECT_FALSE(Told(Manager(), application, card));
  ASSERT_THAT(File(Person("i1"), card, {4, 4, 4}), IsOk());
  EXPECT_FALSE(Told(Manager(), application, card));
  EXPECT_FALSE(Told(Person("i2"), application, card));
  EXPECT_THAT(GetCard(Person("i2"), card), HasReason("NOT_FOUND"));
  EXPECT_EQ(Cards(Person("i1"), application).size(), 3u) << "who has filed sees all";
  EXPECT_EQ(Cards(Person("owner"), application).size(), 3u) << "who answers for the requisition does";
  ASSERT_THAT(File(Person("i2"), own, {3, 3, 3}), IsOk());
  EXPECT_TRUE(Told(Person("i2"), application, card));
  ASSERT_THAT(File(Manager(), managers->name(), {3, 3, 3}), IsOk());
  EXPECT_TRUE(Told(Manager(), application, card));
  EXPECT_EQ(GetCard(Manager(), card)->remarks(), "a remark");
  // Another application is another matter.
  const std::string other = InInterview("li@example.com");
  const std::string others = Assign(Manager(), other, "i2")->name();
  EXPECT_FALSE(Told(Person("i1"), other, others));
}

TEST_F(ScorecardTest, OnlyTheInterviewerFiles) {
  const std::string application = InInterview("mei@example.com"), card = Assign(Manager(), application, "i1")->name();
  EXPECT_THAT(File(Manager(), card, {3, 3, 3}), HasReason("NOT_THE_INTERVIEWER"));
  EXPECT_THAT(File(Person("i2"), card, {3, 3, 3}), HasReason("NOT_FOUND"));
  EXPECT_THAT(File(Person("i1"), card, {6, 3, 3}), HasViolations("ratings[0].level NO_SUCH_LEVEL"));
  ASSERT_THAT(File(Person("i1"), card, {3, 3, 3}), IsOk());
  EXPECT_THAT(File(Person("i1"), card, {3, 3, 3}), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Release(Manager(), card), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(ScorecardTest, AnAmendmentIsAVersionOfItsOwn) {
  const std::string application = InInterview("mei@example.com"), card = Assign(Manager(), application, "i1")->name();
  EXPECT_THAT(Amend(Person("i1"), card, {5, 5, 5}), HasReason("ILLEGAL_TRANSITION")) << "nothing was filed";
  ASSERT_THAT(File(Person("i1"), card, {3, 3, 3}), IsOk());
  EXPECT_THAT(Amend(Manager(), card, {5, 5, 5}), HasReason("NOT_THE_INTERVIEWER"));
  const auto amended = Amend(Person("i1"), card, {5, 5, 5});
  ASSERT_THAT(amended, IsOk());
  EXPECT_EQ(amended->version(), 2);
  EXPECT_EQ(amended->amend_reason(), "a mistake");
  const auto before = GetCard(Manager(), card);
  EXPECT_EQ(before->state(), v1::Scorecard::STATE_SUPERSEDED);
  EXPECT_EQ(before->ratings(0).level(), 3) << "what was filed stays";
  EXPECT_EQ(Assessment(Manager(), application)->score(), 500);
  EXPECT_EQ(Assessment(Manager(), application)->filed_cards(), 1);
  ASSERT_THAT(Move(Manager(), application, "make_offer"), IsOk());
  EXPECT_THAT(Amend(Person("i1"), amended->name(), {1, 1, 1}), HasReason("NOT_IN_INTERVIEW")) << "it was decided";
}

TEST_F(ScorecardTest, WhoIsToFileIsAtWorkAndKnowsIt) {
  const std::string application = InInterview("mei@example.com"), early = MustReceive("li@example.com");
  EXPECT_THAT(Assign(Manager(), early, "i1"), HasReason("NOT_IN_INTERVIEW"));
  EXPECT_THAT(Assign(Manager(), application, "nobody"), HasReason("NOT_FOUND"));
  EXPECT_THAT(Assign(Person("i1"), application, "i1"), HasReason("NOT_FOUND"));
  const auto card = Assign(Manager(), application, "i1");
  ASSERT_THAT(card, IsOk());
  EXPECT_THAT(Assign(Manager(), application, "i1"), HasReason("INTERVIEWER_ASSIGNED"));
  EXPECT_THAT(Assign(Person("i1"), application, "i2"), HasReason("NOT_YOUR_REQUISITION"));
  EXPECT_THAT(
      (Ask<v1::Scorecard, v1::AssignInterviewerRequest>(
          "AssignInterviewer", Manager(), absl::StrCat("name: '", application, "' interviewer: 'employees/i2' due_time { seconds: 1 }"))),
      HasViolations("due_time DUE_IN_THE_PAST"));
  const auto steps = [&] { return Ask<v1::FindMyStepsResponse, v1::FindMyStepsRequest>("FindMySteps", Person("i1"), "")->steps_size(); };
  EXPECT_EQ(steps(), 1);
  const auto held = Ask<type::v1::ListHoldingsResponse, type::v1::ListHoldingsRequest>("ListHoldings", Person("i1"),
                                                                                       "employee: 'employees/i1' open_only: true");
  EXPECT_TRUE(absl::StrContains(held->ShortDebugString(), card->name()));
  EXPECT_THAT(Release(Person("i1"), card->name()), HasReason("OWN_CARD"));
  ASSERT_THAT(Release(Manager(), card->name()), IsOk());
  EXPECT_EQ(steps(), 0);
  EXPECT_THAT(Get(Person("i1"), application), HasReason("NOT_FOUND"));
}

// A matrix: whoever interviews, in whatever order cards are assigned and filed, sees what a model of the rule says.
TEST_F(ScorecardTest, RandomFilingShowsWhatTheRuleSays) {
  std::mt19937_64 random(13);
  const std::vector<std::string> people = {"i1", "i2", "stranger", "manager", "owner"};
  const auto as = [&](const std::string& id) { return id == "manager" ? Manager() : Person(id); };
  int hidden = 0, shown = 0;
  for (int round = 0; round < 6; ++round) {
    const std::string application = InInterview(absl::StrCat("p", round, "@example.com"));
    std::map<std::string, std::string> cards;  // by interviewer
    std::set<std::string> filed;
    for (int step = 0; step < 10; ++step) {
      const std::string& who = people[random() % people.size()];
      if (cards.count(who) == 0) {
        // Whoever assigns may be blind to what comes of it and then learns the name alone.
        const auto card = Assign(Person("lead"), application, who);
        ASSERT_THAT(card, IsOk());
        cards[who] = card->name();
      } else if (filed.insert(who).second) {
        ASSERT_THAT(File(as(who), cards[who], {3, 3, 3}), IsOk());
      }
      for (const std::string& viewer : people) {
        const bool to_file = cards.count(viewer) > 0 && filed.count(viewer) == 0;
        const bool all = !to_file && (filed.count(viewer) > 0 || viewer == "manager" || viewer == "owner");
        for (const auto& [owner, card] : cards) {
          const bool expected = all || owner == viewer;
          ASSERT_EQ(GetCard(as(viewer), card).ok(), expected) << viewer << " " << owner;
          expected ? ++shown : ++hidden;
        }
        if (all || cards.count(viewer) > 0) {
          ASSERT_EQ(Cards(as(viewer), application).size(), all ? cards.size() : 1u) << viewer;
        }
      }
    }
  }
  EXPECT_GT(hidden, 100);
  EXPECT_GT(shown, 100);
}

}  // namespace
}  // namespace heitie::personnel
