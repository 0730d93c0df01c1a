#include "services/planning/scheme/scheme.h"

#include "heitie/planning/v1/baseline.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::IsOk;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::Scheme;

class SchemeTest : public PlanningTest {
 protected:
  SchemeTest() { CreateQuarter(); }

  absl::StatusOr<Scheme> Update(const std::string& id, const std::string& fields) {
    return Call<Scheme>("UpdateScheme", Specialist(),
                        test::Proto<v1::UpdateSchemeRequest>("scheme { name: 'projects/p/schemes/" + id + "' " + fields + "}"));
  }
  absl::StatusOr<Scheme> ApproveScheme(const std::string& id, const std::string& more = "") {
    return Call<Scheme>("ApproveScheme", Manager(), test::Proto<v1::ApproveSchemeRequest>("name: 'projects/p/schemes/" + id + "' " + more));
  }
  absl::StatusOr<Scheme> Discard(const std::string& id, const std::string& more = "") {
    return Call<Scheme>("DiscardScheme", Specialist(),
                        test::Proto<v1::DiscardSchemeRequest>("name: 'projects/p/schemes/" + id + "' " + more));
  }
  Scheme GetScheme(const std::string& id) {
    return Do<Scheme, v1::GetSchemeRequest>("GetScheme", Analyst(), "name: 'projects/p/schemes/" + id + "'");
  }
};

TEST_F(SchemeTest, CreateGetAndListWithFeasibility) {
  CreateProject("p");
  const Scheme scheme = CreateScheme("projects/p", "v1");
  EXPECT_EQ(scheme.version(), 1);
  EXPECT_EQ(scheme.state(), Scheme::STATE_DRAFT);
  EXPECT_THAT(scheme.allowed_verbs(), ElementsAre("approve", "discard"));
  EXPECT_EQ(scheme.feasibility().npv_minor(), 18519);  // 1,100,000 / 1.08 - 1,000,000
  ASSERT_EQ(scheme.feasibility().irr_size(), 1);
  EXPECT_NEAR(scheme.feasibility().irr(0), 0.1, 1e-9);
  EXPECT_EQ(scheme.feasibility().payback_months(), 12);
  EXPECT_EQ(scheme.feasibility().verdict(), v1::Feasibility::VERDICT_FEASIBLE);
  EXPECT_THAT(GetScheme("v1"), test::EqualsProto(scheme));
  EXPECT_EQ(CreateScheme("projects/p", "v2").version(), 2);
  const auto page =
      Do<v1::ListSchemesResponse, v1::ListSchemesRequest>("ListSchemes", Analyst(), "parent: 'projects/p' order_by: 'version desc'");
  ASSERT_EQ(page.schemes_size(), 2);
  EXPECT_EQ(page.schemes(0).version(), 2);
  EXPECT_EQ(page.schemes(1).feasibility().npv_minor(), 18519);
}

TEST_F(SchemeTest, AnItemIsDemandedOnce) {
  CreateProject("p");
  const std::string twice = "demand { items { item: 'items/a' quantity: 1 } items { item: 'items/a' quantity: 2 } }";
  EXPECT_THAT(Violations(Refused<Scheme, v1::CreateSchemeRequest>("CreateScheme", Manager(),
                                                                  "parent: 'projects/p' scheme { title: 't' " + twice + "}")),
              ElementsAre("scheme.demand.items[1].item ITEM_TWICE"));
  CreateScheme("projects/p", "v1");
  EXPECT_THAT(Violations(Update("v1", twice).status()), ElementsAre("scheme.demand.items[1].item ITEM_TWICE"));
}

TEST_F(SchemeTest, TheProjectMustExist) {
  EXPECT_THAT((Refused<Scheme, v1::CreateSchemeRequest>("CreateScheme", Manager(), "parent: 'projects/none' scheme { title: 't' }")),
              HasReason("NOT_FOUND"));
}

TEST_F(SchemeTest, OnlyACompleteDraftIsApproved) {
  CreateProject("p");
  Do<Scheme, v1::CreateSchemeRequest>("CreateScheme", Specialist(), "parent: 'projects/p' scheme_id: 'v1' scheme { title: 't' }");
  const absl::Status status = ApproveScheme("v1").status();
  EXPECT_THAT(status, HasReason("SCHEME_NOT_READY"));
  EXPECT_THAT(Violations(status), ElementsAre("projects/p/schemes/v1 SCHEME_INCOMPLETE", "projects/p/schemes/v1 SCHEME_INCOMPLETE",
                                              "projects/p/schemes/v1 SCHEME_INCOMPLETE"));
  ASSERT_THAT(Update("v1", "strategy: 's' channels { title: 'c' } cash_flows { cost_minor: 1 }"), IsOk());
  const auto approved = ApproveScheme("v1");
  ASSERT_THAT(approved, IsOk());
  EXPECT_EQ(approved->state(), Scheme::STATE_APPROVED);
  EXPECT_EQ(approved->approver(), "employees/manager");
  EXPECT_EQ(approved->approve_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_THAT(approved->allowed_verbs(), IsEmpty());
}

TEST_F(SchemeTest, AnApprovedVersionNeverChanges) {
  CreateProject("p");
  CreateScheme("projects/p", "v1");
  ASSERT_THAT(ApproveScheme("v1"), IsOk());
  EXPECT_THAT(Update("v1", "title: 'x'"), HasReason("SCHEME_NOT_DRAFT"));
  EXPECT_THAT(ApproveScheme("v1"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Discard("v1"), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(SchemeTest, ANewApprovedVersionSupersedesTheOldAndVoidsTheProjectsApproval) {
  CreateApproved("p");
  CreateScheme("projects/p", "v2", "demand { budget_minor: 5 }");
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_APPROVED) << "a draft changes nothing that was approved";
  ASSERT_THAT(ApproveScheme("v2"), IsOk());
  EXPECT_EQ(GetScheme("v1").state(), Scheme::STATE_SUPERSEDED);
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_DRAFT);
  EXPECT_THAT(Actions("projects/p"), Contains("void_approval"));
  EXPECT_THAT(Actions("projects/p/schemes/v1"), ElementsAre("create", "approve", "supersede"));
  Submit("p");
  EXPECT_EQ(Approve("p").approved_baseline(), "projects/p/baselines/2");
  const auto baseline = Do<v1::Baseline, v1::GetBaselineRequest>("GetBaseline", Analyst(), "name: 'projects/p/baselines/2'");
  EXPECT_EQ(baseline.scheme().name(), "projects/p/schemes/v2");
}

TEST_F(SchemeTest, AChangeOfTheSubmittedDraftWithdrawsTheSubmission) {
  CreateActionable("p");
  Submit("p");
  ASSERT_THAT(Update("v1", "title: 'x'"), IsOk());
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_DRAFT);
  Submit("p");
  CreateScheme("projects/p", "v2");
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_DRAFT);
  EXPECT_THAT(Violations(Refused<v1::Project, v1::SubmitProjectRequest>("SubmitProject", Manager(), "name: 'projects/p'")),
              ElementsAre("projects/p SCHEME_AMBIGUOUS"));
  ASSERT_THAT(Discard("v2"), IsOk());
  EXPECT_EQ(GetScheme("v2").state(), Scheme::STATE_DISCARDED);
  Submit("p");
  ASSERT_THAT(Discard("v1"), IsOk());
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_DRAFT);
}

TEST_F(SchemeTest, ApprovingTheSubmittedDraftKeepsTheSubmission) {
  CreateActionable("p");
  Submit("p");
  ASSERT_THAT(ApproveScheme("v1"), IsOk());
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_SUBMITTED);
  EXPECT_EQ(Approve("p").state(), v1::Project::STATE_APPROVED);
}

TEST_F(SchemeTest, AClosedProjectsSchemesDoNotChange) {
  CreateActionable("p");
  Do<v1::Project, v1::CancelProjectRequest>("CancelProject", Manager(), "name: 'projects/p' reason: 'r'");
  EXPECT_THAT(Update("v1", "title: 'x'"), HasReason("PROJECT_CLOSED"));
  EXPECT_THAT(ApproveScheme("v1"), HasReason("PROJECT_CLOSED"));
  EXPECT_THAT(Discard("v1"), HasReason("PROJECT_CLOSED"));
}

TEST_F(SchemeTest, AStaleEtagIsRefused) {
  CreateProject("p");
  CreateScheme("projects/p", "v1");
  EXPECT_THAT(Update("v1", "title: 'x' etag: '9'"), HasReason("STALE_ETAG"));
  EXPECT_THAT(ApproveScheme("v1", "etag: '9'"), HasReason("STALE_ETAG"));
  EXPECT_THAT(Discard("v1", "etag: '9'"), HasReason("STALE_ETAG"));
}

TEST_F(SchemeTest, OnlyTheManagerApproves) {
  CreateProject("p");
  CreateScheme("projects/p", "v1");
  EXPECT_THAT(Call<Scheme>("ApproveScheme", Specialist(), test::Proto<v1::ApproveSchemeRequest>("name: 'projects/p/schemes/v1'")),
              HasReason("PERMISSION_DENIED"));
}

}  // namespace
}  // namespace heitie::planning
