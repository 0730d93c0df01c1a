#include "services/planning/research/collection_duty.h"

#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolation;
using test::HasViolations;
using test::IsOk;
using test::Partially;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::CollectionDuty;
using v1::CollectionRound;
using v1::PlanDuty;

// The clock stands at the 1st of January 2026, 08:00 in Taipei, a Thursday.
class CollectionDutyTest : public PlanningTest {
 protected:
  absl::StatusOr<CollectionDuty> TryCreate(const std::string& more) {
    auto request = test::Proto<v1::CreateCollectionDutyRequest>(
        R"pb(collection_duty_id: "news"
             collection_duty {
               topic: "News of the industry"
               owner: "employees/li"
               deputy: "employees/wang"
               recurrence { frequency: FREQUENCY_WEEKLY weekday: MONDAY }
               start_date { year: 2026 month: 1 day: 1 }
               items_wanted: 1
             })pb");
    request.mutable_collection_duty()->MergeFrom(test::Proto<CollectionDuty>(more));
    return Call<CollectionDuty>("CreateCollectionDuty", Specialist(), request);
  }
  std::vector<std::string> Rounds() {
    std::vector<std::string> rounds;
    const auto page = Do<v1::ListCollectionRoundsResponse, v1::ListCollectionRoundsRequest>("ListCollectionRounds", Analyst(),
                                                                                            "parent: 'collectionDuties/news'");
    for (const CollectionRound& round : page.collection_rounds()) {
      rounds.push_back(absl::StrCat(record::IdOf(round.name()), " ", CollectionRound::State_Name(round.state()).substr(6)));
    }
    return rounds;
  }
  std::vector<PlanDuty> Agenda(const std::string& filter = "state = STATE_OPEN") {
    const auto page = Do<v1::ListPlanDutiesResponse, v1::ListPlanDutiesRequest>("ListPlanDuties", Analyst(),
                                                                                "order_by: 'due_date' filter: '" + filter + "'");
    return {page.plan_duties().begin(), page.plan_duties().end()};
  }
  void Pass(int days) {
    clock_.Advance(absl::Hours(24 * days));
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }
  void Published(const std::string& id) {
    Do<v1::ResearchItem, v1::CreateResearchItemRequest>(
        "CreateResearchItem", Specialist(),
        absl::StrCat("research_item_id: '", id, "' research_item { kind: KIND_TREND statement: 'Item ", id,
                     "' publisher: 'X' collect_date { year: 2026 month: 1 day: 1 } last_valid_date { year: 2026 month: 12 day: 31 } "
                     "reliability: RELIABILITY_A credibility: 1 }"));
    Do<v1::ResearchItem, v1::PublishResearchItemRequest>("PublishResearchItem", Specialist(), "name: 'researchItems/" + id + "'");
  }
  absl::StatusOr<CollectionRound> Fulfill(const std::string& round, const std::string& how) {
    return Call<CollectionRound>(
        "FulfillCollectionRound", Specialist(),
        test::Proto<v1::FulfillCollectionRoundRequest>("name: 'collectionDuties/news/collectionRounds/" + round + "' " + how));
  }
};

TEST_F(CollectionDutyTest, EachRoundIsThereOnceAlsoWhenTheServiceSlept) {
  EXPECT_THAT(TryCreate(""), IsOk());
  EXPECT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Rounds(), ElementsAre("w20260105 OPEN")) << "three working days before it is due";
  Pass(0);
  Pass(20);
  EXPECT_THAT(Rounds(), ElementsAre("w20260105 OPEN", "w20260112 OPEN", "w20260119 OPEN", "w20260126 OPEN"));
  const std::vector<PlanDuty> agenda = Agenda();
  ASSERT_EQ(agenda.size(), 4u);
  EXPECT_THAT(agenda[1], Partially(R"pb(kind: KIND_COLLECTION
                                        subject: "collectionDuties/news/collectionRounds/w20260112"
                                        owner: "employees/li"
                                        due_date { year: 2026 month: 1 day: 12 })pb"));
}

TEST_F(CollectionDutyTest, ItemsOrNothingNewFulfilARound) {
  EXPECT_THAT(TryCreate("items_wanted: 2"), IsOk());
  Pass(10);
  Published("a");
  Published("b");
  EXPECT_THAT(Fulfill("w20260105", ""), HasViolations("items ITEMS_OR_NOTHING"));
  EXPECT_THAT(Fulfill("w20260105", "items: 'researchItems/a'"), HasViolations("items TOO_FEW_ITEMS"));
  EXPECT_THAT(Fulfill("w20260105", "items: 'researchItems/a' items: 'researchItems/none'"), HasReason("NOT_FOUND"));
  const auto fulfilled = Fulfill("w20260105", "items: 'researchItems/a' items: 'researchItems/b'");
  ASSERT_THAT(fulfilled, IsOk());
  EXPECT_EQ(fulfilled->fulfiller(), "employees/specialist");
  EXPECT_THAT(Fulfill("w20260112", "items: 'researchItems/a' items: 'researchItems/b'"),
              HasViolations("items[0] ITEM_COUNTED", "items[1] ITEM_COUNTED"));
  EXPECT_THAT(Fulfill("w20260112", "nothing_new: 'All sources read, nothing'"), IsOk());
  EXPECT_THAT(Fulfill("w20260112", "nothing_new: 'Again'"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Rounds(), ElementsAre("w20260105 FULFILLED", "w20260112 FULFILLED"));
  EXPECT_THAT(Agenda(), IsEmpty());
}

TEST_F(CollectionDutyTest, WhatIsLateEscalatesByWorkingDaysAndTheDeputyGetsIt) {
  EXPECT_THAT(TryCreate(""), IsOk());
  Pass(4);  // Monday the 5th: due, not late
  EXPECT_EQ(Agenda()[0].escalation(), 0);
  Pass(1);
  EXPECT_THAT(Agenda()[0], Partially("escalation: 1 deputy: 'employees/wang' planning_policy: 'planningPolicies/shipped'"));
  Pass(1);
  EXPECT_EQ(Agenda()[0].escalation(), 1);
  Pass(1);
  EXPECT_EQ(Agenda()[0].escalation(), 2);
  EXPECT_EQ(Agenda("deputy = \"employees/wang\"").size(), 1u);
}

TEST_F(CollectionDutyTest, AnEndedDutyDropsWhatIsOpenAndANewOwnerGetsIt) {
  EXPECT_THAT(TryCreate(""), IsOk());
  Pass(0);
  Do<CollectionDuty, v1::UpdateCollectionDutyRequest>("UpdateCollectionDuty", Specialist(),
                                                      "collection_duty { name: 'collectionDuties/news' owner: 'employees/zhou' }");
  ASSERT_EQ(Agenda().size(), 1u);
  EXPECT_EQ(Agenda()[0].owner(), "employees/zhou");
  Do<CollectionDuty, v1::EndCollectionDutyRequest>("EndCollectionDuty", Specialist(), "name: 'collectionDuties/news' reason: 'Enough'");
  EXPECT_THAT(Rounds(), ElementsAre("w20260105 DROPPED"));
  EXPECT_THAT(Agenda(), IsEmpty());
  Pass(30);
  EXPECT_EQ(Rounds().size(), 1u);
  EXPECT_THAT((Refused<CollectionDuty, v1::UpdateCollectionDutyRequest>("UpdateCollectionDuty", Specialist(),
                                                                        "collection_duty { name: 'collectionDuties/news' topic: 'x' }")),
              HasReason("DUTY_ENDED"));
}

TEST_F(CollectionDutyTest, EveryBadFieldAtOnce) {
  const auto refused =
      TryCreate("deputy: 'employees/li' start_date { year: 2024 month: 1 day: 1 } recurrence { frequency: FREQUENCY_MONTHLY }");
  EXPECT_THAT(refused, HasViolation("collection_duty.recurrence.workday", "WORKDAY_MISSING"));
  EXPECT_THAT(refused, HasViolation("collection_duty.deputy", "DEPUTY_IS_OWNER"));
  EXPECT_THAT(refused, HasViolation("collection_duty.start_date", "STARTS_TOO_EARLY"));
  EXPECT_THAT(TryCreate("calendar: 'calendars/none'"), HasReason("CALENDAR_UNKNOWN"));
}

}  // namespace
}  // namespace heitie::planning
