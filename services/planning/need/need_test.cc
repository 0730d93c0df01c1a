#include "services/planning/need/need.h"

#include <random>
#include <thread>

#include "heitie/planning/v1/feedback_entry.pb.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolations;
using test::IsOk;
using test::Partially;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using v1::Need;

TEST(MergingTest, AChainHoldsAllThatLeadsToIt) {
  const MergedInto merged = {{"a", "b"}, {"b", "c"}, {"d", "c"}, {"e", ""}};
  EXPECT_THAT(ChainInto(merged, "c"), UnorderedElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(ChainInto(merged, "b"), UnorderedElementsAre("a", "b"));
  EXPECT_THAT(ChainInto(merged, "a"), UnorderedElementsAre("a"));
}

TEST(MergingTest, PriorityIsUnsetWithoutEffort) {
  EXPECT_EQ(PriorityOf(test::Proto<Need>("reach: 100 impact: 2 confidence_percent: 80 effort_days: 4")), 40);
  EXPECT_EQ(PriorityOf(test::Proto<Need>("reach: 100 impact: 2 confidence_percent: 80")), std::nullopt);
}

class NeedTest : public PlanningTest {
 protected:
  void File(const std::string& id, const std::string& title = "") {
    v1::CreateNeedRequest request;
    request.set_need_id(id);
    request.mutable_need()->set_title(title.empty() ? "Need " + id : title);
    EXPECT_THAT(Call<Need>("CreateNeed", Specialist(), request), IsOk());
  }
  Need Find(const std::string& id) { return Do<Need, v1::GetNeedRequest>("GetNeed", Analyst(), "name: 'needs/" + id + "'"); }
  rpc::Call Person(const std::string& id) { return test::By("employees/" + id, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()); }
  absl::StatusOr<Need> Vote(const std::string& id, const std::string& person) {
    return Call<Need>("VoteForNeed", Person(person), test::Proto<v1::VoteForNeedRequest>("name: 'needs/" + id + "'"));
  }
  absl::StatusOr<Need> Merge(const std::string& id, const std::string& into) {
    return Call<Need>("MergeNeed", Specialist(),
                      test::Proto<v1::MergeNeedRequest>("name: 'needs/" + id + "' into: 'needs/" + into + "' reason: 'the same'"));
  }
  absl::StatusOr<Need> Unmerge(const std::string& id) {
    return Call<Need>("UnmergeNeed", Specialist(), test::Proto<v1::UnmergeNeedRequest>("name: 'needs/" + id + "'"));
  }
  Need Confirm(const std::string& id) { return Do<Need, v1::ConfirmNeedRequest>("ConfirmNeed", Specialist(), "name: 'needs/" + id + "'"); }
  Need Plan(const std::string& id, const std::string& project) {
    return Do<Need, v1::PlanNeedRequest>("PlanNeed", Specialist(), "name: 'needs/" + id + "' project: 'projects/" + project + "'");
  }
};

TEST_F(NeedTest, OneVoteAPerson) {
  File("a");
  EXPECT_EQ(Vote("a", "li")->voter_count(), 1);
  EXPECT_EQ(Vote("a", "li")->voter_count(), 1);
  EXPECT_EQ(Vote("a", "wang")->voter_count(), 2);
  const auto taken_back = Call<Need>("WithdrawNeedVote", Person("li"), test::Proto<v1::WithdrawNeedVoteRequest>("name: 'needs/a'"));
  EXPECT_EQ(taken_back->voter_count(), 1);
  Do<Need, v1::DeclineNeedRequest>("DeclineNeed", Manager(), "name: 'needs/a' reason: 'no'");
  EXPECT_THAT(Vote("a", "zhou"), HasReason("NEED_CLOSED"));
}

TEST_F(NeedTest, OneVoteAPersonWhoeverCastsItAtOnce) {
  File("a");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([this] { EXPECT_THAT(Vote("a", "li"), IsOk()); });
  threads.clear();
  EXPECT_EQ(Find("a").voter_count(), 1);
}

TEST_F(NeedTest, MergingUnitesVotersAndUnmergingRestoresBoth) {
  for (const char* id : {"a", "b", "c"}) File(id);
  for (const char* person : {"li", "wang"}) EXPECT_THAT(Vote("a", person), IsOk());
  for (const char* person : {"wang", "zhou"}) EXPECT_THAT(Vote("b", person), IsOk());
  Do<v1::FeedbackEntry, v1::CreateFeedbackEntryRequest>(
      "CreateFeedbackEntry", Specialist(),
      "feedback_entry { channel: CHANNEL_REVIEW text: 'x' need: 'needs/a' receive_date { year: 2026 month: 1 day: 1 } }");
  EXPECT_THAT(Merge("a", "b"), IsOk());
  EXPECT_EQ(Find("b").voter_count(), 3) << "united, not added";
  EXPECT_EQ(Find("b").feedback_count(), 1);
  EXPECT_EQ(Find("a").voter_count(), 2) << "what is its own";
  EXPECT_THAT(Merge("b", "c"), IsOk());
  EXPECT_EQ(Find("a").stands_for(), "needs/c") << "chains point at the last";
  EXPECT_EQ(Find("a").merged_into(), "needs/b");
  EXPECT_EQ(Find("c").voter_count(), 3);
  EXPECT_EQ(Vote("a", "zhao")->name(), "needs/c") << "who votes for a merged one votes for the last";
  EXPECT_THAT(Merge("c", "a"), HasReason("MERGE_CIRCLE"));
  EXPECT_THAT(Merge("c", "c"), HasReason("MERGE_CIRCLE"));
  EXPECT_THAT(Unmerge("b"), IsOk());
  EXPECT_EQ(Find("b").voter_count(), 3);
  EXPECT_EQ(Find("a").stands_for(), "needs/b");
  EXPECT_EQ(Find("c").voter_count(), 1);
  EXPECT_THAT(Unmerge("a"), IsOk());
  EXPECT_THAT(Find("a"), Partially("state: STATE_NEW stands_for: 'needs/a' voter_count: 2 feedback_count: 1"));
  EXPECT_EQ(Find("b").voter_count(), 2);
  EXPECT_THAT(Unmerge("a"), HasReason("NOT_MERGED"));
}

TEST_F(NeedTest, TwoOppositeMergesAtOnceLeaveOne) {
  for (int round = 0; round < 5; ++round) {
    const std::string a = absl::StrCat("a", round), b = absl::StrCat("b", round);
    File(a);
    File(b);
    absl::Status one, other;
    {
      std::jthread first([&] { one = Merge(a, b).status(); }), second([&] { other = Merge(b, a).status(); });
    }
    EXPECT_NE(one.ok(), other.ok()) << one << " " << other;
    const Need kept = Find(one.ok() ? b : a);
    EXPECT_EQ(kept.state(), Need::STATE_NEW);
    EXPECT_EQ(Find(one.ok() ? a : b).stands_for(), kept.name());
  }
}

// Against sets of people that are kept beside it.
TEST_F(NeedTest, RandomMergesNeverLoseOrAddAVoter) {
  constexpr int kNeeds = 6, kSteps = 120;
  std::mt19937 random(7);
  std::map<int, std::set<int>> votes;
  std::map<int, int> into;  // of those that are merged
  const auto root = [&](int need) {
    while (into.count(need) > 0) need = into[need];
    return need;
  };
  for (int i = 0; i < kNeeds; ++i) File(absl::StrCat("n", i));
  for (int step = 0; step < kSteps; ++step) {
    const int need = static_cast<int>(random() % kNeeds), other = static_cast<int>(random() % kNeeds);
    const std::string id = absl::StrCat("n", need);
    switch (random() % 3) {
      case 0: {
        const int person = static_cast<int>(random() % 5);
        EXPECT_THAT(Vote(id, absl::StrCat("p", person)), IsOk());
        votes[root(need)].insert(person);
        break;
      }
      case 1: {
        const bool fits = into.count(need) == 0 && root(other) != need;
        EXPECT_EQ(Merge(id, absl::StrCat("n", other)).ok(), fits) << id << " " << other;
        if (fits) into[need] = other;
        break;
      }
      default:
        EXPECT_EQ(Unmerge(id).ok(), into.erase(need) > 0) << id;
    }
    for (int i = 0; i < kNeeds; ++i) {
      std::set<int> united;
      for (int j = 0; j < kNeeds; ++j) {
        if (into.count(i) > 0 ? i == j : root(j) == i) united.insert(votes[j].begin(), votes[j].end());
      }
      ASSERT_EQ(Find(absl::StrCat("n", i)).voter_count(), static_cast<int>(united.size())) << "step " << step << " need " << i;
    }
  }
}

TEST_F(NeedTest, AProjectDeliversItsNeedsAndTellsTheVoters) {
  CreateQuarter();
  for (const char* id : {"a", "b"}) File(id);
  EXPECT_THAT(Vote("b", "li"), IsOk());
  EXPECT_THAT(Merge("b", "a"), IsOk());
  EXPECT_EQ(Find("a").state(), Need::STATE_NEW);
  Confirm("a");
  CreateApproved("p");
  EXPECT_EQ(Plan("a", "p").state(), Need::STATE_PLANNED);
  Do<v1::Task, v1::StartTaskRequest>("StartTask", Specialist(), "name: 'projects/p/tasks/copy'");
  Do<v1::Task, v1::CompleteTaskRequest>("CompleteTask", Specialist(), "name: 'projects/p/tasks/copy'");
  Do<v1::Project, v1::CompleteProjectRequest>("CompleteProject", Manager(), "name: 'projects/p'");
  EXPECT_THAT(Find("a"), Partially("state: STATE_DELIVERED project: 'projects/p'"));
  const auto votes = Do<v1::ListNeedVotesResponse, v1::ListNeedVotesRequest>("ListNeedVotes", Analyst(), "parent: 'needs/b'");
  ASSERT_THAT(votes.need_votes(), SizeIs(1));
  EXPECT_TRUE(votes.need_votes(0).has_tell_time()) << "also who voted for what was merged into it";
}

TEST_F(NeedTest, ACancelledProjectGivesItsNeedsBack) {
  CreateQuarter();
  File("a");
  Confirm("a");
  CreateProject("p");
  Plan("a", "p");
  Do<v1::Project, v1::CancelProjectRequest>("CancelProject", Manager(), "name: 'projects/p' reason: 'no'");
  EXPECT_THAT(Find("a"), Partially("state: STATE_CONFIRMED"));
  EXPECT_EQ(Find("a").project(), "");
  EXPECT_THAT((Refused<Need, v1::PlanNeedRequest>("PlanNeed", Specialist(), "name: 'needs/a' project: 'projects/p'")),
              HasReason("PROJECT_CLOSED"));
}

TEST_F(NeedTest, SimilarOnesAreProposed) {
  File("a", "直播時顯示庫存");
  File("b", "直播時要顯示庫存");
  File("c", "退貨更快");
  const auto similar = Do<v1::FindSimilarNeedsResponse, v1::FindSimilarNeedsRequest>("FindSimilarNeeds", Analyst(), "name: 'needs/a'");
  ASSERT_EQ(similar.similar_size(), 1);
  EXPECT_THAT(similar.similar(0), Partially("need: 'needs/b' shared_percent: 62"));
  EXPECT_EQ(similar.planning_policy(), "planningPolicies/shipped");
}

TEST_F(NeedTest, WhatWasSimilarIsToldAgain) {
  File("a", "直播時顯示庫存");
  File("b", "直播時要顯示庫存");
  const auto similar = [&](const std::string& more) {
    auto answer = Do<v1::FindSimilarNeedsResponse, v1::FindSimilarNeedsRequest>("FindSimilarNeeds", Analyst(), "name: 'needs/a' " + more);
    EXPECT_GT(answer.position(), 0);
    return answer;
  };
  const v1::FindSimilarNeedsResponse before = similar("");
  ASSERT_EQ(before.similar_size(), 1);
  clock_.Advance(absl::Hours(24));
  // All of it is otherwise later: other words of both, one that is declined, one that comes.
  Do<Need, v1::UpdateNeedRequest>("UpdateNeed", Specialist(), "need { name: 'needs/b' title: '退貨更快' }");
  Do<Need, v1::UpdateNeedRequest>("UpdateNeed", Specialist(), "need { name: 'needs/a' title: '退貨更快點' }");
  File("c", "退貨更快一點");
  File("d", "退貨更快點");
  Do<Need, v1::DeclineNeedRequest>("DeclineNeed", Manager(), "name: 'needs/d' reason: 'nobody'");
  const std::string then = absl::StrCat("as_of { ", before.as_of().ShortDebugString(), " } position: ", before.position());
  EXPECT_THAT(similar(then), test::EqualsProto(before));
  const v1::FindSimilarNeedsResponse now = similar("");
  ASSERT_EQ(now.similar_size(), 2) << now.ShortDebugString();
  EXPECT_EQ(now.similar(0).need(), "needs/b");
  EXPECT_EQ(now.similar(1).need(), "needs/c");
  // What was filed later than the day does not count.
  const v1::FindSimilarNeedsResponse day = similar(absl::StrCat("as_of { ", before.as_of().ShortDebugString(), " }"));
  ASSERT_EQ(day.similar_size(), 1);
  EXPECT_EQ(day.similar(0).need(), "needs/b");
  EXPECT_THAT((Refused<v1::FindSimilarNeedsResponse, v1::FindSimilarNeedsRequest>("FindSimilarNeeds", Analyst(),
                                                                                  "name: 'needs/a' position: 1000000")),
              HasReason("INVALID_FIELDS"));
}

TEST_F(NeedTest, ANeedIsEvidenceUntilItIsDeclined) {
  CreateQuarter();
  File("a");
  CreateActionable("p");
  Cite("projects/p", "need", "need: 'needs/a' last_valid_date { year: 2026 month: 3 day: 1 }");
  Submit("p");
  Do<Need, v1::DeclineNeedRequest>("DeclineNeed", Manager(), "name: 'needs/a' reason: 'nobody'");
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(jobs_.RunDue(), IsOk());
  const auto flags =
      Do<v1::ListEvidenceFlagsResponse, v1::ListEvidenceFlagsRequest>("ListEvidenceFlags", Analyst(), "parent: 'projects/p'");
  ASSERT_EQ(flags.evidence_flags_size(), 1);
  EXPECT_EQ(flags.evidence_flags(0).cause(), v1::EVIDENCE_CAUSE_RETRACTED);
}

TEST_F(NeedTest, FeedbackIsFiledImportedAndAssigned) {
  File("a");
  const auto import = [&](const std::string& content, const std::string& more) {
    v1::ImportFeedbackEntriesRequest request;
    request.set_content("channel,text,receive_date,source\n" + content);
    request.set_dry_run(more == "dry");
    const auto answer = Call<v1::ImportFeedbackEntriesResponse>("ImportFeedbackEntries", Analyst(), request);
    EXPECT_THAT(answer, IsOk());
    return answer.value_or(v1::ImportFeedbackEntriesResponse());
  };
  const std::string good = "review,更快的退貨,2025-12-31,\nSERVICE,Slow,2026-01-01,complaint 7\n";
  EXPECT_EQ(import(good, "dry").filed(), 2);
  const auto filed = import(good, "");
  ASSERT_EQ(filed.feedback_entries_size(), 2);
  const auto bad = import("PIGEON,x,2026-01-02,\n", "");
  ASSERT_EQ(bad.defects_size(), 2);
  EXPECT_EQ(bad.defects(0).reason(), "CELL_UNREADABLE");
  EXPECT_EQ(bad.defects(1).reason(), "RECEIVED_LATER");
  const auto page = Do<v1::ListFeedbackEntriesResponse, v1::ListFeedbackEntriesRequest>("ListFeedbackEntries", Analyst(), "");
  EXPECT_EQ(page.feedback_entries_size(), 2);
  Do<v1::FeedbackEntry, v1::AssignFeedbackEntryRequest>("AssignFeedbackEntry", Specialist(),
                                                        "need: 'needs/a' name: '" + filed.feedback_entries(0) + "'");
  EXPECT_EQ(Find("a").feedback_count(), 1);
}

TEST_F(NeedTest, MembersOfOtherDepartmentsChangeTheirOwnNewNeeds) {
  v1::CreateNeedRequest request;
  request.set_need_id("a");
  request.mutable_need()->set_title("From the shop");
  EXPECT_THAT(Call<Need>("CreateNeed", Person("hsu"), request), IsOk());
  const auto change = [&](const std::string& person) {
    return Call<Need>("UpdateNeed", Person(person), test::Proto<v1::UpdateNeedRequest>("need { name: 'needs/a' reach: 5 }"));
  };
  EXPECT_THAT(change("kuo"), HasReason("NOT_YOUR_NEED"));
  EXPECT_THAT(change("hsu"), IsOk());
  Confirm("a");
  EXPECT_THAT(change("hsu"), HasReason("NOT_YOUR_NEED"));
}

}  // namespace
}  // namespace heitie::planning
