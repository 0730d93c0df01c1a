// Somebody who answers for something in every service leaves: midnight passes, and nothing is open in that name any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/rpc/services.h"
#include "common/test/fixture.h"
#include "google/protobuf/util/json_util.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/preparation_item.pb.h"
#include "heitie/gateway/v1/holdings.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/handover.pb.h"
#include "heitie/personnel/v1/pending_step.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/resource/v1/custody_count.pb.h"
#include "heitie/resource/v1/item.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_measure.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "tests/contract/suite.h"

namespace heitie::contract {
namespace {

using gateway::v1::ListEmployeeHoldingsResponse;
using gateway::v1::ListOwnerlessHoldingsResponse;
using personnel::v1::Handover;
using test::HasReason;
using test::IsOk;
using ::testing::IsEmpty;

class LeavingTest : public ::testing::Test {
 protected:
  LeavingTest() {
    Do("AdoptPositionTemplate", R"({"name": "positionTemplates/operations-manager", "positionId": "manager"})");
    Do("AdoptPositionTemplate", R"({"name": "positionTemplates/operations-specialist", "positionId": "specialist"})");
    Hire("boss", "manager", "");
    Hire("li", "specialist", "employees/boss");
    for (const char* id : {"bo", "an", "wu"}) Hire(id, "specialist", "employees/li");
    Do("CreatePlanPeriod", R"({"planPeriodId": "p", "planPeriod": {"title": "p", "cadence": "CADENCE_QUARTERLY",
      "startDate": {"year": 2026, "month": 1, "day": 1}, "endDate": {"year": 2026, "month": 3, "day": 31}}})");
    Do("CreateProject", R"({"projectId": "fair", "project": {"title": "Fair", "planPeriod": "planPeriods/p", "owner": "employees/li",
      "startDate": {"year": 2026, "month": 1, "day": 1}, "endDate": {"year": 2026, "month": 3, "day": 31}, "currencyCode": "TWD"}})");
    Do("CreateTask", R"({"parent": "projects/fair", "taskId": "a", "task": {"title": "a", "owner": "employees/li"}})");
    Do("CreateTask", R"({"parent": "projects/fair", "taskId": "b", "task": {"title": "b", "owner": "employees/an"}})");
    Do("CreateScheme", R"({"parent": "projects/fair", "schemeId": "s", "scheme": {"title": "s", "strategy": "s"}})");
    Do("CreateActivity", R"({"activityId": "fair", "activity": {"title": "Fair", "project": "projects/fair",
      "scheme": "projects/fair/schemes/s", "owner": "employees/an", "startTime": "2026-02-01T00:00:00Z", "endTime": "2026-02-02T00:00:00Z",
      "staff": [{"employee": "employees/bo", "role": "host"}, {"employee": "employees/li", "role": "host"}]}})");
    Do("CreatePreparationItem", R"({"parent": "activities/fair", "preparationItemId": "poster", "preparationItem": {"title": "Poster",
      "kind": "KIND_POSTER", "owner": "employees/li", "dueTime": "2026-01-30T00:00:00Z"}})");
    Do("CreateRisk", R"({"riskId": "rain", "risk": {"category": "CATEGORY_MARKET", "subject": "projects/fair", "title": "Rain",
      "cause": "Weather", "owner": "employees/li"}})");
    Do("CreateRisk", R"({"riskId": "wind", "risk": {"category": "CATEGORY_MARKET", "subject": "projects/fair", "title": "Wind",
      "cause": "Weather", "owner": "employees/li"}})");
    Do("CloseRisk", R"({"name": "risks/wind", "reason": "No wind"})");
    Do("CreateItemCategory", R"({"itemCategoryId": "c", "itemCategory": {"displayName": "c"}})");
    Do("CreateItem", R"({"itemId": "gift", "item": {"displayName": "Gift", "category": "itemCategories/c", "unit": "piece",
      "currencyCode": "TWD", "custodian": "employees/li"}})");
    Do("CreateItem", R"({"itemId": "poster", "item": {"displayName": "Poster", "category": "itemCategories/c", "unit": "piece",
      "currencyCode": "TWD", "custodian": "employees/an"}})");
    Do("CreateGoodsReceipt", R"({"goodsReceipt": {"supplier": "s", "deliveryNote": "d", "receiveDate": {"year": 2026, "month": 1, "day": 1},
      "lines": [{"item": "items/gift", "quantity": 5, "unitCostMinor": 1}, {"item": "items/poster", "quantity": 7, "unitCostMinor": 1}]}})");
    // Li has not counted them yet.
    Do("UpdateItem", R"({"item": {"name": "items/poster", "custodian": "employees/li"}, "updateMask": "custodian"})");
    Do("CreateStaffDemand", R"({"staffDemandId": "fair", "staffDemand": {"subject": "activities/fair", "title": "Fair",
      "position": "positions/specialist", "requiredCount": 1, "owner": "employees/li", "startDate": {"year": 2026, "month": 2, "day": 1},
      "endDate": {"year": 2026, "month": 2, "day": 2}}})");
    Run();
  }

  void Hire(const std::string& id, const std::string& position, const std::string& superior) {
    Do("CreateEmployee",
       absl::StrCat(R"({"employeeId": ")", id, R"(", "employee": {"displayName": "x", "department": "operations",
      "position": "positions/)",
                    position, R"(", "hireDate": {"year": 2025, "month": 1, "day": 1}, "superior": ")", superior, R"("}})"));
  }

  absl::Status Try(const std::string& method, const std::string& json, google::protobuf::Message* answer = nullptr,
                   const std::string& who = "employees/boss") {
    const google::protobuf::MethodDescriptor* found = nullptr;
    for (const auto* each : Methods()) {
      if (each->name() == method ||
          absl::StrCat("heitie.", absl::StrReplaceAll(method, {{".", ".v1.RecordService."}})) == each->full_name())
        found = each;
    }
    if (found == nullptr) return absl::NotFoundError(method);
    const auto request = NewMessage(*found->input_type());
    const auto parsed = google::protobuf::util::JsonStringToMessage(json, request.get());
    if (!parsed.ok()) return absl::InvalidArgumentError(absl::StrCat(method, ": ", parsed.ToString(), json));
    std::string response;
    const absl::Status status =
        suite_.Ask(From(who, options::v1::ROLE_OPERATIONS_MANAGER, "operations"), *found, request->SerializeAsString(), &response);
    if (status.ok() && answer != nullptr) {
      EXPECT_TRUE(answer->ParseFromString(response));
    }
    return status;
  }
  void Do(const std::string& method, const std::string& json) { EXPECT_THAT(Try(method, json), IsOk()) << method << json; }
  template <typename T>
  T Ask(const std::string& method, const std::string& json) {
    T answer;
    EXPECT_THAT(Try(method, json, &answer), IsOk()) << method << json;
    return answer;
  }
  void Run() {
    for (int i = 0; i < 3; ++i) ASSERT_THAT(suite_.RunJobs(), IsOk());
  }
  void Terminate(const std::string& id, int day) {
    Do("TerminateEmployee",
       absl::StrCat(R"({"name": "employees/)", id, R"(", "leaveDate": {"year": 2026, "month": 1, "day": )", day, "}}"));
    Run();
  }
  // 00:00 of a day of January in the business time zone, which the suite's time must not have passed.
  void Midnight(int day) {
    const absl::Time midnight = absl::FromCivil(absl::CivilDay(2026, 1, day), service::DefaultTimeZone());
    suite_.Advance(midnight - suite_.Now());
    Run();
  }
  std::vector<std::string> Open(const std::string& id) {
    const auto held = Ask<ListEmployeeHoldingsResponse>("ListEmployeeHoldings", R"({"name": "employees/)" + id + R"(", "openOnly": true})");
    EXPECT_THAT(held.missing(), IsEmpty());
    std::vector<std::string> open;
    for (const auto& holding : held.holdings()) open.push_back(absl::StrCat(holding.resource(), " ", holding.field()));
    return open;
  }
  Handover Plan() { return Ask<Handover>("GetHandover", R"({"name": "handovers/li"})"); }

  Suite suite_;
};

TEST_F(LeavingTest, NothingIsLeftWithoutAnOwner) {
  EXPECT_THAT(Open("li"), ::testing::UnorderedElementsAre(
                              "activities/fair staff[1].employee", "activities/fair/preparationItems/poster owner", "employees/an superior",
                              "employees/bo superior", "employees/wu superior", "projects/fair owner", "projects/fair/tasks/a owner",
                              "items/gift custodian", "risks/rain owner", "items/poster custodian", ::testing::StartsWith("custodyCounts/"),
                              ::testing::StartsWith("pendingSteps/"), "staffDemands/fair owner"));
  Terminate("li", 20);
  Do("UpdateHandover", R"({"handover": {"name": "handovers/li", "successions": [
    {"resourceType": "planning.heitie/Project", "successor": "employees/wu", "startDate": {"year": 2026, "month": 1, "day": 10}},
    {"resource": "activities/fair", "successor": "employees/bo"}, {"resource": "risks/rain", "successor": "employees/bo"}]},
    "updateMask": "successions"})");
  Midnight(10);
  EXPECT_EQ(Ask<planning::v1::Project>("GetProject", R"({"name": "projects/fair"})").owner(), "employees/wu");
  EXPECT_EQ(Open("li").size(), 12u);
  // Naming somebody whose last day is ahead joins the handover.
  Do("CreateTask", R"({"parent": "projects/fair", "taskId": "c", "task": {"title": "c", "owner": "employees/li"}})");
  const auto before = Ask<activity::v1::PreparationItem>("GetPreparationItem", R"({"name": "activities/fair/preparationItems/poster"})");
  Midnight(21);
  EXPECT_THAT(Open("li"), IsEmpty());
  EXPECT_EQ(Plan().state(), Handover::STATE_COMPLETED);
  // The project's owner has its tasks, the activity's its preparation, the superior the rest.
  EXPECT_EQ(Ask<planning::v1::Task>("GetTask", R"({"name": "projects/fair/tasks/a"})").owner(), "employees/wu");
  EXPECT_EQ(Ask<planning::v1::Task>("GetTask", R"({"name": "projects/fair/tasks/c"})").owner(), "employees/wu");
  const auto poster = Ask<activity::v1::PreparationItem>("GetPreparationItem", R"({"name": "activities/fair/preparationItems/poster"})");
  EXPECT_EQ(poster.owner(), "employees/an");
  EXPECT_EQ(poster.due_time().seconds(), before.due_time().seconds());
  EXPECT_EQ(Ask<resource::v1::Item>("GetItem", R"({"name": "items/gift"})").custodian(), "employees/boss");
  EXPECT_EQ(Ask<risk::v1::Risk>("GetRisk", R"({"name": "risks/rain"})").owner(), "employees/bo");
  // bo hosts already, and once.
  const auto activity = Ask<activity::v1::Activity>("GetActivity", R"({"name": "activities/fair"})");
  ASSERT_EQ(activity.staff_size(), 1);
  EXPECT_EQ(activity.staff(0).employee(), "employees/bo");
  EXPECT_EQ(Ask<risk::v1::Risk>("GetRisk", R"({"name": "risks/wind"})").owner(), "employees/li") << "a record of who it was";
  const auto items = Ask<personnel::v1::ListHandoverItemsResponse>("ListHandoverItems", R"({"parent": "handovers/li"})");
  EXPECT_EQ(items.handover_items_size(), 13);
  // What has passed to the superior is to be counted there, once for each item.
  const auto counts = Ask<resource::v1::ListCustodyCountsResponse>("ListCustodyCounts", R"({"filter": "state = STATE_OPEN"})");
  ASSERT_EQ(counts.custody_counts_size(), 2);
  for (const resource::v1::CustodyCount& count : counts.custody_counts()) {
    EXPECT_EQ(count.custodian(), "employees/boss");
    const auto steps = Ask<personnel::v1::ListPendingStepsResponse>(
        "ListPendingSteps", absl::StrCat(R"({"filter": "subject = \")", count.name(), R"(\" AND state = STATE_OPEN"})"));
    ASSERT_EQ(steps.pending_steps_size(), 1);
    EXPECT_EQ(steps.pending_steps(0).owner(), "employees/boss");
  }
  EXPECT_THAT(Ask<ListOwnerlessHoldingsResponse>("ListOwnerlessHoldings", "{}").holdings(), IsEmpty());
}

// Risks, measures, controls, checks, reviews, indicators, rules of the law and what is proposed: one handover moves them all, and decides
// nothing anew.
TEST_F(LeavingTest, AllOfTheRiskRegisterPassesInOneHandover) {
  Do("CreateRiskMeasure", R"({"riskMeasureId": "tent", "riskMeasure": {"risk": "risks/rain", "kind": "KIND_OTHER", "description": "A tent",
    "owner": "employees/li", "dueDate": {"year": 2026, "month": 2, "day": 1}}})");
  Do("CreateRiskControl",
     R"({"riskControlId": "look", "riskControl": {"title": "Look up", "kind": "KIND_DETECTIVE", "owner": "employees/li",
    "risks": ["risks/rain"], "procedure": "Look", "intervalDays": 90}})");
  Do("CreateRiskIndicator", R"({"riskIndicatorId": "drops", "riskIndicator": {"title": "Drops", "subject": "projects/fair", "owner":
    "employees/li", "risks": ["risks/rain"], "definition": {"metric": "metricDefinitions/drops", "direction": "DIRECTION_HIGH_IS_BAD",
    "period": "PERIOD_MONTH", "amber": 8, "amberRelease": 7, "red": 9, "redRelease": 8, "enterPeriods": 1, "leavePeriods": 1,
    "allowedAgeHours": 1, "reason": "r"}}})");
  Do("AssessRisk", R"({"name": "risks/rain", "current": {"likelihood": 3, "impact": 3}, "rationale": "Clouds"})");
  Do("CreateRiskOccurrence", R"({"riskOccurrenceId": "shower", "riskOccurrence": {"occurTime": "2025-12-31T12:00:00Z", "cause": "A cloud",
    "lossMinor": 1, "currencyCode": "TWD", "shares": [{"risk": "risks/rain", "lossMinor": 1}]}})");
  Do("CreateRisk", R"({"riskId": "mist", "risk": {"category": "CATEGORY_MARKET", "subject": "projects/fair", "title": "Mist",
    "cause": "Weather", "owner": "employees/an"}})");
  Do("AssessRisk", R"({"name": "risks/mist", "current": {"likelihood": 1, "impact": 1}, "rationale": "Seldom"})");
  EXPECT_THAT(
      Try("ProposeTreatment", R"({"name": "risks/mist", "treatment": {"acceptance": {"justification": "j", "monitor": "employees/li",
    "monitoringPlan": "m", "checkDays": 30, "expireTime": "2026-02-20T00:00:00Z"}}})",
          nullptr, "employees/wu"),
      IsOk());
  Do("TreatRisk", R"({"name": "risks/mist"})");
  Do("CreateRegulation", R"({"regulationId": "tents", "regulation": {"title": "Tents", "jurisdiction": "TW", "source": "s", "text": "t",
    "owner": "employees/li", "effectiveDate": {"year": 2026, "month": 2, "day": 20}, "applicability": {"subjects": ["projects/fair"]}}})");
  Do("CreateObligation", R"({"parent": "regulations/tents", "obligationId": "ropes", "obligation": {"title": "Ropes", "requirement": "r",
    "evidenceDemand": "e", "owner": "employees/li", "dueDate": {"year": 2026, "month": 2, "day": 10}}})");
  Do("EnactRegulation", R"({"name": "regulations/tents"})");
  Do("CreateTypicalRisk",
     R"({"typicalRiskId": "crowd", "typicalRisk": {"title": "A crowd", "cause": "c", "category": "CATEGORY_OPERATIONAL",
    "target": "TARGET_PROJECT"}})");
  suite_.Advance(absl::Seconds(1));
  Do("CreateProject", R"({"projectId": "market", "project": {"title": "Market", "planPeriod": "planPeriods/p", "owner": "employees/li",
    "startDate": {"year": 2026, "month": 1, "day": 1}, "endDate": {"year": 2026, "month": 3, "day": 31}, "currencyCode": "TWD"}})");
  for (int i = 0; i < 3; ++i) EXPECT_THAT(suite_.RunJobs(absl::Minutes(1)), IsOk());
  const auto of_risk = [&] {
    std::multiset<std::string> kinds;
    for (const std::string& holding : Open("li")) {
      const std::string kind = holding.substr(0, holding.find('/'));
      for (const char* mine : {"assessmentDuties", "obligationCases", "regulations", "riskControls", "riskIndicators", "riskMeasures",
                               "riskProposals", "risks"}) {
        if (kind == mine) kinds.insert(kind + holding.substr(holding.find(' ')));
      }
    }
    return kinds;
  };
  EXPECT_THAT(of_risk(), ::testing::ElementsAre("assessmentDuties owner", "obligationCases owner", "regulations owner", "regulations owner",
                                                "riskControls owner", "riskIndicators owner", "riskMeasures owner", "riskProposals owner",
                                                "risks owner", "risks treatment.acceptance.monitor"))
      << "of the regulation itself and of what it demands";
  const auto before = Ask<risk::v1::Risk>("GetRisk", R"({"name": "risks/mist"})");
  Terminate("li", 20);
  Do("UpdateHandover", R"({"handover": {"name": "handovers/li", "successions": [{"resourceType": "risk.heitie/RiskMeasure",
    "successor": "employees/wu"}]}, "updateMask": "successions"})");
  Midnight(21);
  EXPECT_THAT(Open("li"), IsEmpty());
  EXPECT_EQ(Plan().state(), Handover::STATE_COMPLETED);
  EXPECT_THAT(Ask<ListOwnerlessHoldingsResponse>("ListOwnerlessHoldings", "{}").holdings(), IsEmpty());
  EXPECT_EQ(Ask<risk::v1::RiskMeasure>("GetRiskMeasure", R"({"name": "riskMeasures/tent"})").owner(), "employees/wu");
  const auto after = Ask<risk::v1::Risk>("GetRisk", R"({"name": "risks/mist"})");
  EXPECT_EQ(after.treatment().acceptance().monitor(), "employees/an") << "whose risk it is";
  EXPECT_EQ(after.state(), before.state());
  EXPECT_EQ(after.expire_time().seconds(), before.expire_time().seconds()) << "nothing is decided anew";
}

TEST_F(LeavingTest, WhoHasLeftIsNotNamedAnywhere) {
  Terminate("li", 5);
  Midnight(6);
  EXPECT_THAT(Try("CreateTask", R"({"parent": "projects/fair", "taskId": "d", "task": {"title": "d", "owner": "employees/li"}})"),
              HasReason("OWNER_LEFT"));
  EXPECT_THAT(Try("UpdateItem", R"({"item": {"name": "items/gift", "custodian": "employees/li"}, "updateMask": "custodian"})"),
              HasReason("OWNER_LEFT"));
  EXPECT_THAT(Try("UpdateActivity", R"({"activity": {"name": "activities/fair", "owner": "employees/li"}, "updateMask": "owner"})"),
              HasReason("OWNER_LEFT"));
  EXPECT_THAT(Try("risk.HandOver", R"({"resource": "risks/rain", "field": "owner", "employee": "employees/boss",
                                       "successor": "employees/li", "reason": "x"})"),
              HasReason("OWNER_LEFT"));
  // What nobody named is handed over instead: a closed risk comes back.
  Do("ReopenRisk", R"({"name": "risks/wind", "reason": "Clouds"})");
  Run();
  EXPECT_EQ(Ask<risk::v1::Risk>("GetRisk", R"({"name": "risks/wind"})").owner(), "employees/boss");
  EXPECT_THAT(Ask<ListOwnerlessHoldingsResponse>("ListOwnerlessHoldings", "{}").holdings(), IsEmpty());
}

}  // namespace
}  // namespace heitie::contract
