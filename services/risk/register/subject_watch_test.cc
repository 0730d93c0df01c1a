#include "services/risk/register/subject_watch.h"

#include <algorithm>

#include "google/protobuf/empty.pb.h"
#include "heitie/risk/v1/risk_proposal.pb.h"
#include "heitie/risk/v1/typical_risk.pb.h"
#include "services/risk/told_fixture.h"

namespace heitie::risk {
namespace {

using activity::v1::Activity;
using planning::v1::Project;
using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::AssessmentDuty;
using v1::RiskProposal;
using v1::TypicalRisk;

TEST(IsTypical, OfItsTargetAndKindFromThenOn) {
  const auto typical = Proto<TypicalRisk>("target: TARGET_ACTIVITY kinds: 'quiz' create_time { seconds: 100 }");
  const auto drafted = [](TypicalRisk::Target target, const std::string& kind, int second) {
    return Drafted{target, "activities/a", "employees/a", kind, absl::FromUnixSeconds(second)};
  };
  EXPECT_TRUE(IsTypical(typical, drafted(TypicalRisk::TARGET_ACTIVITY, "quiz", 100)));
  EXPECT_FALSE(IsTypical(typical, drafted(TypicalRisk::TARGET_ACTIVITY, "quiz", 99))) << "nobody had said so";
  EXPECT_FALSE(IsTypical(typical, drafted(TypicalRisk::TARGET_ACTIVITY, "", 100)));
  EXPECT_FALSE(IsTypical(typical, drafted(TypicalRisk::TARGET_PROJECT, "quiz", 100)));
  EXPECT_TRUE(IsTypical(Proto<TypicalRisk>("target: TARGET_PROJECT"), drafted(TypicalRisk::TARGET_PROJECT, "", 1)));
}

TEST(ChangesScope, IsOfScopeAndDatesOnly) {
  const auto activity = Proto<Activity>("title: 'a' owner: 'employees/a' state: STATE_READY start_time { seconds: 1 } kind: 'quiz'");
  const auto changes = [&](const std::string& more) {
    Activity after = activity;
    after.MergeFrom(Proto<Activity>(more));
    return ChangesScope(activity, after);
  };
  EXPECT_FALSE(changes("title: 'b' owner: 'employees/b' state: STATE_LIVE etag: '7'"));
  for (const char* more : {"start_time { seconds: 2 }", "end_time { seconds: 2 }", "kind: 'fair'", "bill_of_materials { item: 'items/a' }",
                           "budget_amount_minor: 3", "description: 'more'"}) {
    EXPECT_TRUE(changes(more)) << more;
  }
  const auto project = Proto<Project>("title: 'a' start_date { year: 2026 month: 1 day: 1 }");
  EXPECT_FALSE(ChangesScope(project, Proto<Project>("title: 'b' start_date { year: 2026 month: 1 day: 1 } state: STATE_APPROVED")));
  EXPECT_TRUE(ChangesScope(project, Proto<Project>("title: 'a' start_date { year: 2026 month: 1 day: 2 }")));
}

using SubjectWatchTest = ToldFixture;

TEST_F(SubjectWatchTest, AChangeOfScopeOrDatesAsksForAReviewOfWhatWasAssessedBefore) {
  for (const char* id : {"assessed", "new"}) ASSERT_THAT(Create(id), IsOk());
  ASSERT_THAT(Create("beside", "affected_subjects: 'projects/spring'"), IsOk());
  for (const char* id : {"assessed", "beside"}) ASSERT_THAT(Assess(id, 2, 3), IsOk());
  clock_.Advance(absl::Seconds(1));
  Tell("create", Sale());
  Activity later = Sale();
  later.set_title("Another title");
  Tell("update", later);
  EXPECT_THAT(Duties("assessed"), IsEmpty());
  later.mutable_end_time()->set_seconds(later.end_time().seconds() + 3600);
  Tell("update", later);
  EXPECT_THAT(Duties("assessed"), ElementsAre(AssessmentDuty::CAUSE_SCOPE));
  EXPECT_THAT(Duties("new"), IsEmpty()) << "nobody has assessed it at all";
  EXPECT_THAT(Duties("beside"), ElementsAre(AssessmentDuty::CAUSE_SCOPE)) << "it is on the sale as well";
  const auto project = [](int day) {
    return Proto<Project>(absl::StrCat("name: 'projects/spring' state: STATE_APPROVED start_date { year: 2026 month: 1 day: ", day, " }"));
  };
  for (const char* id : {"assessed", "beside"}) ASSERT_THAT(Assess(id, 2, 3), IsOk());
  clock_.Advance(absl::Seconds(1));
  Tell("create", project(1));
  Tell("update", project(2));
  EXPECT_THAT(Duties("assessed"), IsEmpty());
  EXPECT_THAT(Duties("beside"), ElementsAre(AssessmentDuty::CAUSE_SCOPE));
  ASSERT_THAT(Assess("beside", 2, 3), IsOk());
  // Told again, it is known.
  told_["planning"].push_back(told_["planning"].back());
  told_["planning"].back().set_position(static_cast<int64_t>(told_["planning"].size()));
  told_["planning"].back().set_revision(told_["planning"].back().position());
  Later(absl::Minutes(2));
  EXPECT_THAT(Duties("beside"), IsEmpty());
}

TEST_F(SubjectWatchTest, WhatIsTypicalIsProposedOnceWhenAnActivityOrProjectIsDrafted) {
  const auto say = [&](const std::string& id, const std::string& more) {
    return Try<TypicalRisk, v1::CreateTypicalRiskRequest>(
        "CreateTypicalRisk", Specialist(),
        absl::StrCat("typical_risk_id: '", id, "' typical_risk { title: '", id,
                     "' cause: 'Everybody comes at once' consequence: 'No sales' ", more, " }"));
  };
  ASSERT_THAT(say("crowd",
                  "category: CATEGORY_TECHNOLOGY risk_type: 'riskTypes/availability' target: TARGET_ACTIVITY kinds: 'flash-sale' "
                  "suggested { likelihood: 3 impact: 4 }"),
              IsOk());
  ASSERT_THAT(say("rival", "category: CATEGORY_MARKET target: TARGET_PROJECT"), IsOk());
  EXPECT_THAT(say("wrong", "category: CATEGORY_MARKET risk_type: 'riskTypes/availability' target: TARGET_PROJECT"),
              HasViolation("typical_risk.risk_type", "OTHER_CATEGORY"));
  const auto proposals = [&] {
    const auto listed = Call<v1::ListRiskProposalsResponse>("ListRiskProposals", Analyst(), v1::ListRiskProposalsRequest());
    EXPECT_THAT(listed, IsOk());
    return std::vector<RiskProposal>(listed->risk_proposals().begin(), listed->risk_proposals().end());
  };
  Tell("create", Sale("quiz", "STATE_DRAFT"));
  EXPECT_THAT(proposals(), IsEmpty());
  last_.clear();
  Tell("create", Sale("flash-sale", "STATE_DRAFT"));
  last_.clear();
  Tell("create", Sale("flash-sale", "STATE_DRAFT"));
  ASSERT_THAT(proposals(), SizeIs(1)) << "however often it is told";
  const RiskProposal crowd = proposals()[0];
  EXPECT_EQ(crowd.subject(), "activities/sale");
  EXPECT_EQ(crowd.owner(), "employees/li-ming");
  EXPECT_EQ(crowd.suggested().impact(), 4);
  EXPECT_TRUE(crowd.has_due_time());
  const auto accepted =
      Try<RiskProposal, v1::AcceptRiskProposalRequest>("AcceptRiskProposal", Specialist(), absl::StrCat("name: '", crowd.name(), "'"));
  ASSERT_THAT(accepted, IsOk());
  const v1::Risk risk = Get(record::IdOf(accepted->risk()));
  EXPECT_EQ(risk.cause(), "Everybody comes at once");
  EXPECT_EQ(risk.consequence(), "No sales");
  EXPECT_EQ(risk.risk_type(), "riskTypes/availability");
  Tell("create", Proto<Project>("name: 'projects/spring' title: 'Spring' owner: 'employees/wu' state: STATE_DRAFT"));
  EXPECT_THAT(proposals(), SizeIs(2));
  clock_.Advance(kDay * 10);
  Later(absl::Minutes(2));
  const auto overdue = [&](const RiskProposal& one) { return one.typical_risk() == "typicalRisks/rival" && one.overdue_days() > 0; };
  const std::vector<RiskProposal> all = proposals();
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), overdue));
  EXPECT_THAT((Try<google::protobuf::Empty, v1::DeleteTypicalRiskRequest>("DeleteTypicalRisk", Specialist(), "name: 'typicalRisks/crowd'")),
              HasReason("STILL_REFERRED"));
}

}  // namespace
}  // namespace heitie::risk
