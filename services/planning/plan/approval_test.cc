#include "services/planning/plan/approval.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "heitie/resource/v1/allotment.pb.h"
#include "services/planning/plan/demand.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using resource::v1::Allotment;
using test::HasReason;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using v1::Project;
using v1::ProjectApproval;

// Of the resource service, which does not run here.
const status::Reason kShortOfAll{absl::StatusCode::kFailedPrecondition, "ALLOTMENT_SHORT", "short", "不足"};
const status::Reason kShortOfOne{absl::StatusCode::kFailedPrecondition, "ALL_GONE", "nothing of {what} is left", "{what} 已無剩餘"};

TEST(Demand, NamesStockPurchasesBudgetsAndPeopleInResourcesTerms) {
  const auto project = test::Proto<Project>(R"pb(
    name: "projects/p"
    owner: "employees/li"
    currency_code: "CNY"
    start_date { year: 2026 month: 1 day: 5 }
    end_date { year: 2026 month: 2 day: 27 })pb");
  const auto scheme =
      test::Proto<v1::Scheme>(R"pb(demand {
                                     items { item: "items/tote" quantity: 500 supply: SUPPLY_STOCK location: "locations/shop" }
                                     items { item: "items/pin" quantity: 20 supply: SUPPLY_PURCHASE estimate_minor: 900 }
                                     items { item: "items/any" quantity: 1 }
                                     money { code: "print" budget: "budgets/q1" amount_minor: 700 description: "Leaflets" }
                                     staff_plan: "staffPlans/spring"
                                     purchase_cost_center: "operations"
                                     budget_minor: 1000
                                   })pb");
  EXPECT_THAT(AllotmentOf(project, scheme), test::EqualsProto(R"pb(
                subject: "projects/p"
                materials {
                  item: "items/tote"
                  quantity: 500
                  location: "locations/shop"
                  need_date { year: 2026 month: 2 day: 27 }
                }
                money { code: "print" budget: "budgets/q1" amount_minor: 700 description: "Leaflets" }
                purchase {
                  cost_center: "operations"
                  requester: "employees/li"
                  need_date { year: 2026 month: 1 day: 5 }
                  lines { item: "items/pin" quantity: 20 estimate_minor: 900 currency_code: "CNY" }
                }
                staff_plan: "staffPlans/spring")pb"));
  EXPECT_FALSE(
      TakesAnything(AllotmentOf(project, test::Proto<v1::Scheme>("demand { items { item: 'items/a' quantity: 1 } budget_minor: 9 }"))));
}

struct Death {};

class ApprovalTest : public PlanningTest {
 protected:
  enum class Moment { kBefore, kAfter };

  ApprovalTest() {
    auto& client = clients_["resource"];
    const std::string service = "heitie.resource.v1.AllotmentService/";
    Play<resource::v1::CreateAllotmentRequest>(
        client, service, "CreateAllotment", [this](const auto& request) -> absl::StatusOr<Allotment> {
          if (!missing_.empty()) {
            status::Unmet unmet;
            for (const std::string& what : missing_) unmet.Add(what, kShortOfOne, {{"what", what}});
            return status::FromProto(status::ToProto(unmet.status(kShortOfAll), status::Language::kEnglish));
          }
          Allotment held = request.allotment();
          held.set_name("allotments/" + request.allotment_id());
          held.set_state(Allotment::STATE_HELD);
          return allotments_[held.name()] = held;
        });
    Play<resource::v1::ConfirmAllotmentRequest>(client, service, "ConfirmAllotment",
                                                [this](const auto& request) -> absl::StatusOr<Allotment> {
                                                  Allotment& held = allotments_.at(request.name());
                                                  if (held.state() != Allotment::STATE_HELD)
                                                    return absl::FailedPreconditionError("expired");
                                                  held.set_state(Allotment::STATE_CONFIRMED);
                                                  return held;
                                                });
    Play<resource::v1::ReleaseAllotmentRequest>(client, service, "ReleaseAllotment",
                                                [this](const auto& request) -> absl::StatusOr<Allotment> {
                                                  const auto found = allotments_.find(request.name());
                                                  if (found == allotments_.end()) return status::NotFound(request.name());
                                                  found->second.set_state(Allotment::STATE_RELEASED);
                                                  return found->second;
                                                });
  }

  template <typename Request>
  void Play(test::FakeClient& client, const std::string& service, const std::string& method,
            std::function<absl::StatusOr<Allotment>(const Request&)> answer) {
    client.On<Request, Allotment>(service + method,
                                  [this, method, answer](const rpc::Call& call, const Request& request) -> absl::StatusOr<Allotment> {
                                    EXPECT_EQ(call.principal.name, "services/planning");
                                    EXPECT_NE(request.request_id(), "");
                                    calls_.push_back(method);
                                    if (trouble_) {
                                      if (absl::Status status = trouble_(method, Moment::kBefore); !status.ok()) return status;
                                    }
                                    absl::StatusOr<Allotment> response;
                                    if (const auto first = answers_.find(request.request_id()); first != answers_.end()) {
                                      response = first->second;
                                    } else if (response = answer(request); response.ok()) {
                                      answers_[request.request_id()] = *response;
                                    }
                                    if (trouble_) {
                                      if (absl::Status status = trouble_(method, Moment::kAfter); !status.ok()) return status;
                                    }
                                    return response;
                                  });
  }

  void SubmitDemanding(const std::string& id) {
    CreateProject(id);
    CreateTask("projects/" + id, "copy");
    CreateScheme("projects/" + id, "v1", R"pb(demand {
                                                items { item: "items/pen" quantity: 5 supply: SUPPLY_STOCK }
                                                money { code: "print" budget: "budgets/q1" amount_minor: 700 }
                                              })pb");
    GiveEvidence("projects/" + id);
    Submit(id);
  }
  absl::StatusOr<Project> TryApprove(const std::string& id, const std::string& request_id = "") {
    v1::ApproveProjectRequest request;
    request.set_name("projects/" + id);
    request.set_request_id(request_id);
    return Call<Project>("ApproveProject", Manager(), request);
  }
  std::vector<ProjectApproval> ApprovalsOf(const std::string& id) {
    const auto response = Do<v1::ListProjectApprovalsResponse, v1::ListProjectApprovalsRequest>("ListProjectApprovals", Analyst(),
                                                                                                "parent: 'projects/" + id + "'");
    return {response.project_approvals().begin(), response.project_approvals().end()};
  }
  void RunJobs(absl::Duration after = absl::Seconds(3)) {
    clock_.Advance(after);
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }
  int Holding() const {
    int held = 0;
    for (const auto& [name, allotment] : allotments_) {
      held += allotment.state() == Allotment::STATE_HELD || allotment.state() == Allotment::STATE_CONFIRMED;
    }
    return held;
  }
  void ExpectApproved(const std::string& id) {
    const Project project = Get(id);
    EXPECT_EQ(project.state(), Project::STATE_APPROVED);
    EXPECT_EQ(project.approval(), "");
    ASSERT_NE(project.allotment(), "");
    EXPECT_EQ(allotments_.at(project.allotment()).state(), Allotment::STATE_CONFIRMED);
    EXPECT_EQ(Holding(), 1);
    const auto scheme = Do<v1::Scheme, v1::GetSchemeRequest>("GetScheme", Analyst(), "name: 'projects/" + id + "/schemes/v1'");
    EXPECT_EQ(scheme.approver(), "employees/manager") << "whoever finished it";
  }
  void ExpectSubmitted(const std::string& id) {
    const Project project = Get(id);
    EXPECT_EQ(project.state(), Project::STATE_SUBMITTED);
    EXPECT_EQ(project.approval(), "");
    EXPECT_EQ(project.allotment(), "");
    EXPECT_EQ(Holding(), 0);
  }

  std::map<std::string, Allotment> allotments_, answers_;
  std::vector<std::string> missing_, calls_;
  std::function<absl::Status(const std::string& method, Moment moment)> trouble_;
};

TEST_F(ApprovalTest, TakesWhatTheSchemeDemandsAndApproves) {
  CreateQuarter();
  SubmitDemanding("p");
  const auto approved = TryApprove("p", "once");
  ASSERT_THAT(approved, IsOk());
  EXPECT_EQ(approved->state(), Project::STATE_APPROVED);
  ExpectApproved("p");
  EXPECT_THAT(calls_, ElementsAre("CreateAllotment", "ConfirmAllotment"));
  EXPECT_EQ(allotments_.at(approved->allotment()).subject(), "projects/p");
  EXPECT_EQ(ApprovalsOf("p")[0].approver(), "employees/manager");
  // Twice changes nothing.
  EXPECT_THAT(TryApprove("p", "once"), IsOk());
  EXPECT_THAT(TryApprove("p"), HasReason("ILLEGAL_TRANSITION"));
  RunJobs();
  EXPECT_EQ(calls_.size(), 2u);
  // What was approved is void by a change: it names no allotment any more, which resource follows.
  Do<Project, v1::ReviseProjectRequest>("ReviseProject", Specialist(), "name: 'projects/p' reason: 'Anew'");
  EXPECT_EQ(Get("p").allotment(), "");
}

TEST_F(ApprovalTest, WhatDemandsNothingIsApprovedAsEver) {
  CreateQuarter();
  EXPECT_EQ(CreateApproved("p").state(), Project::STATE_APPROVED);
  EXPECT_THAT(calls_, IsEmpty());
  EXPECT_THAT(ApprovalsOf("p"), IsEmpty());
}

TEST_F(ApprovalTest, NamesEveryShortageAndStaysSubmitted) {
  CreateQuarter();
  SubmitDemanding("p");
  missing_ = {"items/pen", "budgets/q1"};
  const auto refused = TryApprove("p", "r");
  EXPECT_THAT(refused, HasReason("DEMAND_SHORT"));
  EXPECT_THAT(Violations(refused.status()), UnorderedElementsAre("items/pen ALL_GONE", "budgets/q1 ALL_GONE"));
  ExpectSubmitted("p");
  EXPECT_THAT(calls_, ElementsAre("CreateAllotment")) << "there is nothing to give back";
  EXPECT_EQ(ApprovalsOf("p")[0].state(), ProjectApproval::STATE_FAILED);
  EXPECT_EQ(ApprovalsOf("p")[0].obstacles(0).description(), "nothing of items/pen is left");
  EXPECT_EQ(ApprovalsOf("p")[0].obstacles(0).description_zh_tw(), "items/pen 無法滿足（ALL_GONE）。");
  missing_.clear();
  EXPECT_THAT(TryApprove("p", "r"), HasReason("DEMAND_SHORT")) << "the same request learns the outcome";
  ASSERT_THAT(TryApprove("p"), IsOk());
  ExpectApproved("p");
}

// W2: the process dies at every call, before or after the other service has acted.
TEST_F(ApprovalTest, SurvivesDeathAtEveryStep) {
  CreateQuarter();
  int n = 0;
  for (const char* step : {"CreateAllotment", "ConfirmAllotment"}) {
    for (const auto moment : {Moment::kBefore, Moment::kAfter}) {
      const std::string id = absl::StrCat("d", n++);
      SubmitDemanding(id);
      trouble_ = [&](const std::string& method, Moment at) -> absl::Status {
        if (method == step && at == moment) throw Death();
        return absl::OkStatus();
      };
      EXPECT_THROW(TryApprove(id, id).IgnoreError(), Death);
      EXPECT_NE(Get(id).approval(), "");
      EXPECT_THAT(TryApprove(id), HasReason("APPROVAL_IN_PROGRESS"));
      trouble_ = nullptr;
      RunJobs();
      ExpectApproved(id);
      EXPECT_THAT(TryApprove(id, id), IsOk()) << "the same request learns the outcome";
      EXPECT_EQ(ApprovalsOf(id).size(), 1u);
      allotments_.clear();
      Do<Project, v1::CancelProjectRequest>("CancelProject", Manager(), "name: 'projects/" + id + "' reason: 'Next'");
    }
  }
}

TEST_F(ApprovalTest, AnAnswerThatIsLostIsAskedForAgain) {
  CreateQuarter();
  SubmitDemanding("p");
  trouble_ = [](const std::string& method, Moment at) {
    return method == "CreateAllotment" && at == Moment::kAfter ? absl::UnavailableError("lost") : absl::OkStatus();
  };
  EXPECT_THAT(TryApprove("p", "r"), HasReason("APPROVAL_CONTINUES"));
  trouble_ = nullptr;
  RunJobs();
  ExpectApproved("p");
  EXPECT_THAT(TryApprove("p", "r"), IsOk());
}

TEST_F(ApprovalTest, ALongOutageBurnsNoRequestId) {
  CreateQuarter();
  SubmitDemanding("p");
  trouble_ = [](const std::string& method, Moment at) {
    return method == "ConfirmAllotment" && at == Moment::kBefore ? absl::UnavailableError("down") : absl::OkStatus();
  };
  EXPECT_THAT(TryApprove("p", "r"), HasReason("APPROVAL_CONTINUES"));
  RunJobs(kApprovalValidity);
  ExpectSubmitted("p");
  EXPECT_THAT(TryApprove("p", "r"), HasReason("APPROVAL_GIVEN_UP"));
  trouble_ = nullptr;
  EXPECT_THAT(TryApprove("p", "r"), IsOk()) << "it begins anew";
  ExpectApproved("p");
}

// The plan changes while its approval is under way: all of it is given back, and what is approved is never another plan.
TEST_F(ApprovalTest, APlanThatChangesMeanwhileIsNotApproved) {
  CreateQuarter();
  SubmitDemanding("p");
  trouble_ = [this](const std::string& method, Moment at) {
    if (method != "ConfirmAllotment" || at != Moment::kAfter) return absl::OkStatus();
    CreateTask("projects/p", "more", "owner: 'employees/zhao'");
    EXPECT_EQ(Get("p").state(), Project::STATE_DRAFT);
    Submit("p");
    return absl::OkStatus();
  };
  const auto refused = TryApprove("p");
  EXPECT_THAT(refused, HasReason("DEMAND_SHORT"));
  EXPECT_EQ(ApprovalsOf("p")[0].obstacles(0).reason(), "PROJECT_CHANGED");
  ExpectSubmitted("p");
  EXPECT_THAT(calls_, ElementsAre("CreateAllotment", "ConfirmAllotment", "ReleaseAllotment"));
  trouble_ = nullptr;
  ASSERT_THAT(TryApprove("p"), IsOk());
  ExpectApproved("p");
}

TEST_F(ApprovalTest, GivingBackIsRepeatedUntilItSucceeds) {
  CreateQuarter();
  SubmitDemanding("p");
  trouble_ = [](const std::string& method, Moment at) -> absl::Status {
    if (method == "ConfirmAllotment" && at == Moment::kBefore) return absl::FailedPreconditionError("expired");
    return method == "ReleaseAllotment" ? absl::UnavailableError("down") : absl::OkStatus();
  };
  EXPECT_THAT(TryApprove("p"), HasReason("APPROVAL_CONTINUES"));
  RunJobs(absl::Minutes(10));
  EXPECT_EQ(ApprovalsOf("p")[0].state(), ProjectApproval::STATE_GIVING_BACK);
  trouble_ = nullptr;
  RunJobs(absl::Minutes(2));
  ExpectSubmitted("p");
}

TEST_F(ApprovalTest, DemandsAreChecked) {
  CreateQuarter();
  CreateProject("p");
  v1::CreateSchemeRequest request =
      test::Proto<v1::CreateSchemeRequest>(R"pb(parent: "projects/p"
                                                scheme_id: "v1"
                                                scheme {
                                                  title: "Both"
                                                  demand {
                                                    items { item: "items/pen" quantity: 5 supply: SUPPLY_PURCHASE }
                                                    money { code: "a" budget: "budgets/q1" amount_minor: 1 }
                                                    money { code: "a" budget: "budgets/q2" amount_minor: 1 }
                                                  }
                                                })pb");
  EXPECT_THAT(Call<v1::Scheme>("CreateScheme", Specialist(), request),
              test::HasViolations("scheme.demand.items[0].estimate_minor PURCHASE_ESTIMATE",
                                  "scheme.demand.purchase_cost_center PURCHASE_COST_CENTER", "scheme.demand.money[1].code CODE_TWICE"));
}

}  // namespace
}  // namespace heitie::planning
