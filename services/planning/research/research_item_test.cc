#include "services/planning/research/research_item.h"

#include <atomic>
#include <thread>

#include "google/protobuf/empty.pb.h"
#include "services/planning/plan/planning_fixture.h"
#include "services/planning/research/research_import.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolations;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::ResearchItem;

class ResearchItemTest : public PlanningTest {
 protected:
  absl::StatusOr<ResearchItem> TryFile(const std::string& id, const std::string& more, const rpc::Call& call) {
    auto request = test::Proto<v1::CreateResearchItemRequest>(R"pb(research_item {
                                                                     kind: KIND_TREND
                                                                     publisher: "Digital Times"
                                                                     collect_date { year: 2025 month: 12 day: 20 }
                                                                     last_valid_date { year: 2026 month: 3 day: 31 }
                                                                     reliability: RELIABILITY_B
                                                                     credibility: 2
                                                                   })pb");
    request.set_research_item_id(id);
    request.mutable_research_item()->MergeFrom(test::Proto<ResearchItem>(more));
    return Call<ResearchItem>("CreateResearchItem", call, request);
  }
  ResearchItem File(const std::string& id, const std::string& more) {
    const auto filed = TryFile(id, more, Specialist());
    EXPECT_THAT(filed, IsOk());
    return filed.value_or(ResearchItem());
  }
  ResearchItem Find(const std::string& id) {
    return Do<ResearchItem, v1::GetResearchItemRequest>("GetResearchItem", Analyst(), "name: 'researchItems/" + id + "'");
  }
  absl::StatusOr<ResearchItem> Publish(const std::string& id) {
    return Call<ResearchItem>("PublishResearchItem", Analyst(),
                              test::Proto<v1::PublishResearchItemRequest>("name: 'researchItems/" + id + "'"));
  }
  std::vector<std::string> Found(const std::string& request) {
    std::vector<std::string> names;
    const auto answer = Do<v1::SearchResearchItemsResponse, v1::SearchResearchItemsRequest>("SearchResearchItems", Analyst(), request);
    for (const ResearchItem& item : answer.research_items()) names.push_back(record::IdOf(item.name()));
    return names;
  }
  rpc::Call Guest(const std::string& name) { return test::By(name, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()); }
  v1::ImportResearchItemsResponse Import(const std::string& content, bool dry_run) {
    v1::ImportResearchItemsRequest request;
    request.set_content(content);
    request.set_dry_run(dry_run);
    const auto answer = Call<v1::ImportResearchItemsResponse>("ImportResearchItems", Analyst(), request);
    EXPECT_THAT(answer, IsOk());
    return answer.value_or(v1::ImportResearchItemsResponse());
  }
};

TEST_F(ResearchItemTest, ConfidenceFollowsFromTheSourceByANamedVersion) {
  const ResearchItem item = File("a", "statement: '直播帶貨成長' reliability: RELIABILITY_B credibility: 3");
  EXPECT_EQ(item.confidence(), v1::CONFIDENCE_MEDIUM);
  EXPECT_EQ(item.planning_policy(), "planningPolicies/shipped");
  EXPECT_EQ(File("b", "statement: 'x y' reliability: RELIABILITY_F credibility: 1").confidence(), v1::CONFIDENCE_LOW);
  EXPECT_EQ(item.revision(), 1);
  EXPECT_EQ(item.first_revision(), item.name());
}

TEST_F(ResearchItemTest, DaysAreInOrderAndNothingIsCollectedLater) {
  EXPECT_THAT(TryFile("a",
                      "statement: 'x y' collect_date { year: 2026 month: 1 day: 2 } publish_date { year: 2026 month: 1 day: 3 } "
                      "last_valid_date { year: 2026 month: 1 day: 1 }",
                      Specialist()),
              HasViolations("research_item.collect_date COLLECTED_LATER", "research_item.collect_date DATES_REVERSED",
                            "research_item.last_valid_date DATES_REVERSED"));
}

TEST_F(ResearchItemTest, WhatIsPublishedNeverChangesAndACorrectionSupersedesIt) {
  File("a", "statement: 'Live shows grow by 20 %' address: 'https://example.com/a'");
  EXPECT_THAT(Publish("a"), IsOk());
  EXPECT_THAT((Refused<ResearchItem, v1::UpdateResearchItemRequest>("UpdateResearchItem", Specialist(),
                                                                    "research_item { name: 'researchItems/a' publisher: 'Other' }")),
              HasReason("RESEARCH_IMMUTABLE"));
  const ResearchItem correction =
      File("a2", "statement: 'Live shows grow by 12 %' address: 'https://example.com/a' corrects: 'researchItems/a'");
  EXPECT_EQ(correction.revision(), 2);
  EXPECT_EQ(correction.first_revision(), "researchItems/a");
  File("a3", "statement: 'Live shows grow by 13 %' corrects: 'researchItems/a'");
  EXPECT_EQ(Find("a").state(), ResearchItem::STATE_PUBLISHED) << "until the correction is published";
  EXPECT_THAT(Publish("a2"), IsOk());
  EXPECT_EQ(Find("a").state(), ResearchItem::STATE_SUPERSEDED);
  EXPECT_EQ(Find("a").superseded_by(), "researchItems/a2");
  EXPECT_THAT(Publish("a3"), HasReason("NOT_IN_FORCE")) << "another correction was first";
  EXPECT_THAT(TryFile("a4", "statement: 'Once more' corrects: 'researchItems/a'", Specialist()), HasReason("NOT_IN_FORCE"));
  const auto retracted = Do<ResearchItem, v1::RetractResearchItemRequest>("RetractResearchItem", Specialist(),
                                                                          "name: 'researchItems/a2' reason: 'Never said'");
  EXPECT_EQ(retracted.state(), ResearchItem::STATE_RETRACTED);
  EXPECT_EQ(retracted.state_reason(), "Never said");
}

TEST_F(ResearchItemTest, TheSameAddressOrTextIsReportedAndNotStored) {
  File("a", "statement: '市場趨勢，看好。' address: 'https://Example.com/a/'");
  EXPECT_THAT(TryFile("b", "statement: '市場趨勢 看好'", Specialist()), HasReason("RESEARCH_KNOWN"));
  EXPECT_THAT(TryFile("b", "statement: 'Other' address: 'https://example.com/a#top'", Specialist()), HasReason("RESEARCH_KNOWN"));
  EXPECT_THAT((Refused<ResearchItem, v1::GetResearchItemRequest>("GetResearchItem", Analyst(), "name: 'researchItems/b'")),
              HasReason("NOT_FOUND"));
  Do<google::protobuf::Empty, v1::DeleteResearchItemRequest>("DeleteResearchItem", Specialist(), "name: 'researchItems/a'");
  File("b", "statement: '市場趨勢 看好'");
  Do<ResearchItem, v1::UpdateResearchItemRequest>("UpdateResearchItem", Specialist(),
                                                  "research_item { name: 'researchItems/b' statement: '改寫的內容' }");
  File("c", "statement: '市場趨勢 看好'");
}

TEST_F(ResearchItemTest, OfManyWhoFileTheSameAtOnceOneDoes) {
  for (int round = 0; round < 3; ++round) {
    std::atomic<int> filed = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&, i] {
        const auto one =
            TryFile(absl::StrCat("r", round, "-", i), absl::StrCat("statement: 'Said by all in round ", round, "'"), Specialist());
        if (one.ok()) {
          ++filed;
        } else {
          EXPECT_THAT(one, HasReason("RESEARCH_KNOWN"));
        }
      });
    }
    threads.clear();
    EXPECT_EQ(filed, 1);
  }
}

TEST_F(ResearchItemTest, OfTwoCorrectionsAtOnceOneIsPublished) {
  File("a", "statement: 'First'");
  EXPECT_THAT(Publish("a"), IsOk());
  File("b", "statement: 'Second' corrects: 'researchItems/a'");
  File("c", "statement: 'Third' corrects: 'researchItems/a'");
  absl::Status one, other;
  {
    std::jthread first([&] { one = Publish("b").status(); }), second([&] { other = Publish("c").status(); });
  }
  EXPECT_NE(one.ok(), other.ok()) << one << " " << other;
  EXPECT_EQ(Find("a").superseded_by(), one.ok() ? "researchItems/b" : "researchItems/c");
}

TEST_F(ResearchItemTest, MembersOfOtherDepartmentsChangeTheirOwnDrafts) {
  EXPECT_THAT(TryFile("a", "statement: 'From the shop'", Guest("employees/hsu")), IsOk());
  const auto change = [&](const rpc::Call& call, const std::string& text) {
    return Call<ResearchItem>(
        "UpdateResearchItem", call,
        test::Proto<v1::UpdateResearchItemRequest>("research_item { name: 'researchItems/a' statement: '" + text + "' }"));
  };
  EXPECT_THAT(change(Guest("employees/kuo"), "Mine"), HasReason("NOT_YOUR_DRAFT"));
  EXPECT_THAT(change(Guest("employees/hsu"), "Better"), IsOk());
  EXPECT_THAT(change(Analyst(), "Best"), IsOk());
  EXPECT_THAT(Call<ResearchItem>("PublishResearchItem", Guest("employees/hsu"),
                                 test::Proto<v1::PublishResearchItemRequest>("name: 'researchItems/a'")),
              HasReason("PERMISSION_DENIED"));
}

TEST_F(ResearchItemTest, SearchFindsChineseAndEnglish) {
  File("a", "statement: '短影音市場趨勢' collect_date { year: 2025 month: 12 day: 1 }");
  File("b", "statement: 'Short video market, 趨勢 unclear'");
  File("c", "statement: '市面 and more' kind: KIND_REGULATION");
  EXPECT_THAT(Publish("a"), IsOk());
  EXPECT_THAT(Publish("b"), IsOk());
  EXPECT_THAT(Found("query: '趨勢'"), ElementsAre("b", "a")) << "the one collected last first";
  EXPECT_THAT(Found("query: '市場趨勢'"), ElementsAre("a"));
  EXPECT_THAT(Found("query: 'MARKET video'"), ElementsAre("b"));
  EXPECT_THAT(Found("query: 'mark'"), IsEmpty()) << "words are whole";
  EXPECT_THAT(Found("query: 'digital times'"), ElementsAre("b", "a")) << "the publisher is searched, too; drafts are not shown";
  EXPECT_THAT(Found("query: 'digital' all_states: true kind: KIND_REGULATION"), ElementsAre("c"));
  EXPECT_THAT(Found("query: '趨勢' limit: 1"), ElementsAre("b"));
  EXPECT_THAT((Refused<v1::SearchResearchItemsResponse, v1::SearchResearchItemsRequest>("SearchResearchItems", Analyst(), "query: '市'")),
              HasViolations("query QUERY_TOO_SHORT"));
}

constexpr char kTitles[] = "kind,statement,publisher,address,collect_date,last_valid_date,reliability,credibility\n";

TEST_F(ResearchItemTest, AFileIsFiledOnceAndTellsWhatIsKnown) {
  File("known", "statement: 'Known already'");
  const std::string content = absl::StrCat(kTitles, "TREND,Known already,X,,2025-12-01,2026-06-30,A,1\n",
                                           "competitor,對手降價,Y,https://example.com/y,2025-12-01,2026-06-30,b,2\n",
                                           "TREND,對手 降價,Z,,2025-12-01,2026-06-30,C,3\n");
  const auto tried = Import(content, true);
  EXPECT_EQ(tried.filed(), 1);
  EXPECT_THAT(Found("query: '對手' all_states: true"), IsEmpty()) << "a dry run files nothing";
  const auto answer = Import(content, false);
  EXPECT_EQ(answer.filed(), 1);
  ASSERT_EQ(answer.rows_size(), 3);
  EXPECT_EQ(answer.rows(0).research_item(), "researchItems/known");
  EXPECT_TRUE(answer.rows(0).known());
  EXPECT_FALSE(answer.rows(1).known());
  EXPECT_TRUE(answer.rows(2).known()) << "the row before says the same";
  const ResearchItem filed = Find(record::IdOf(answer.rows(1).research_item()));
  EXPECT_EQ(filed.kind(), ResearchItem::KIND_COMPETITOR);
  EXPECT_EQ(filed.reliability(), v1::RELIABILITY_B);
  EXPECT_EQ(filed.creator(), "employees/analyst");
  EXPECT_EQ(Import(content, false).filed(), 0);
}

TEST_F(ResearchItemTest, AFileWithADefectIsNotTaken) {
  const auto answer =
      Import(absl::StrCat(kTitles, "TREND,Good,X,,2025-12-01,2026-06-30,A,1\n", "RUMOUR,Bad,X,,2025-13-01,2026-06-30,G,7\n",
                          "TREND,,X,,2025-12-01,2025-11-30,A,1\n", "TREND,Later,X,,2026-02-01,2026-03-01,A,1,more\n", "TREND,\"open"),
             false);
  std::vector<std::string> defects;
  for (const auto& defect : answer.defects()) defects.push_back(absl::StrCat(defect.line(), ":", defect.column(), " ", defect.reason()));
  EXPECT_THAT(defects, ElementsAre("3:1 CELL_UNREADABLE", "3:15 BAD_DATE", "3:37 CELL_UNREADABLE", "3:39 CELL_UNREADABLE", "4:1 CELL_EMPTY",
                                   "5:42 CELL_TOO_MANY", "6:7 OPEN_QUOTE"));
  EXPECT_EQ(answer.filed(), 0);
  EXPECT_THAT(Found("query: 'good' all_states: true"), IsEmpty());
  v1::ImportResearchItemsRequest request;
  request.set_content("kind,kind,colour\nTREND,TREND,red\n");
  const auto refused = Call<v1::ImportResearchItemsResponse>("ImportResearchItems", Analyst(), request);
  EXPECT_THAT(refused, test::HasViolation("content", "COLUMN_TWICE"));
  EXPECT_THAT(refused, test::HasViolation("content", "COLUMN_UNKNOWN"));
  EXPECT_THAT(refused, test::HasViolation("content", "COLUMN_MISSING"));
}

}  // namespace
}  // namespace heitie::planning
