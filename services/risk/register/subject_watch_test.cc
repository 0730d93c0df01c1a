#include "services/risk/register/subject_watch.h"

#include <algorithm>
#include <map>
#include <set>

#include "google/protobuf/empty.pb.h"
#include "heitie/risk/v1/risk_proposal.pb.h"
#include "heitie/risk/v1/risk_type.pb.h"
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

TEST(IsTypical, OfItsTargetAndKind) {
  const auto typical = Proto<v1::TypicalRiskVersion>("target: TARGET_ACTIVITY kinds: 'quiz'");
  const auto drafted = [](TypicalRisk::Target target, const std::string& kind) {
    return Drafted{target, "activities/a", "employees/a", kind, absl::FromUnixSeconds(1)};
  };
  EXPECT_TRUE(IsTypical(typical, drafted(TypicalRisk::TARGET_ACTIVITY, "quiz")));
  EXPECT_FALSE(IsTypical(typical, drafted(TypicalRisk::TARGET_ACTIVITY, "")));
  EXPECT_FALSE(IsTypical(typical, drafted(TypicalRisk::TARGET_PROJECT, "quiz")));
  EXPECT_TRUE(IsTypical(Proto<v1::TypicalRiskVersion>("target: TARGET_PROJECT"), drafted(TypicalRisk::TARGET_PROJECT, "")));
}

TEST(InForceAt, TheLatestWhoseTimeHasComeOfEach) {
  std::vector<v1::TypicalRiskVersion> versions;
  const auto say = [&](const std::string& name, int second) {
    versions.push_back(Proto<v1::TypicalRiskVersion>(absl::StrCat("name: 'typicalRisks/", name, "' start_time { seconds: ", second, " }")));
  };
  say("a/versions/0001", 10);
  say("a/versions/0002", 30);
  say("a/versions/0003", 20);
  say("b/versions/0001", 25);
  const auto at = [&](int second) {
    std::vector<std::string> names;
    for (const auto& version : InForceAt(versions, absl::FromUnixSeconds(second))) names.push_back(version.name().substr(13));
    return names;
  };
  EXPECT_THAT(at(9), IsEmpty()) << "nobody had said so";
  EXPECT_THAT(at(10), ElementsAre("a/versions/0001"));
  EXPECT_THAT(at(20), ElementsAre("a/versions/0003"));
  EXPECT_THAT(at(30), ElementsAre("a/versions/0003", "b/versions/0001")) << "what was said last counts";
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
                  "category: CATEGORY_TECHNOLOGY risk_type: 'riskTypes/availability' target: TARGET_ACTIVITY kinds: 'rush' "
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
  Tell("create", Sale("rush", "STATE_DRAFT"));
  last_.clear();
  Tell("create", Sale("rush", "STATE_DRAFT"));
  ASSERT_THAT(proposals(), SizeIs(1)) << "however often it is told";
  const RiskProposal crowd = proposals()[0];
  EXPECT_EQ(crowd.subject(), "activities/sale");
  EXPECT_EQ(crowd.owner(), "employees/li-ming");
  EXPECT_EQ(crowd.suggested().impact(), 4);
  // No rule of signals is about it: forty working hours from the morning of Thursday, 1 January 2026, on.
  EXPECT_EQ(time::ToTime(crowd.due_time()), absl::FromCivil(absl::CivilHour(2026, 1, 7, 18), service::DefaultTimeZone()));
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

// Of kinds that are common.
TEST_F(SubjectWatchTest, WhatIsTypicalByThePolicyComesWithTheService) {
  Tell("create", Sale("flash-sale", "STATE_DRAFT"));
  Tell("create", Proto<Project>("name: 'projects/spring' title: 'Spring' owner: 'employees/wu' state: STATE_DRAFT project_type: "
                                "'projectTypes/platform'"));
  Tell("create", Proto<Project>("name: 'projects/autumn' title: 'Autumn' owner: 'employees/wu' state: STATE_DRAFT"));
  const auto listed = Call<v1::ListRiskProposalsResponse>("ListRiskProposals", Analyst(), v1::ListRiskProposalsRequest());
  ASSERT_THAT(listed, IsOk());
  std::map<std::string, std::string> proposed;
  for (const RiskProposal& proposal : listed->risk_proposals()) proposed[proposal.typical_risk()] = proposal.subject();
  EXPECT_EQ(proposed, (std::map<std::string, std::string>{{"typicalRisks/shipped-ageing", "projects/spring"},
                                                          {"typicalRisks/shipped-bots", "activities/sale"},
                                                          {"typicalRisks/shipped-demand", "activities/sale"},
                                                          {"typicalRisks/shipped-estimates", "projects/spring"},
                                                          {"typicalRisks/shipped-overload", "activities/sale"},
                                                          {"typicalRisks/shipped-rivals", "activities/sale"}}));
  const auto all = Call<v1::ListTypicalRisksResponse>("ListTypicalRisks", Analyst(), v1::ListTypicalRisksRequest());
  ASSERT_THAT(all, IsOk());
  std::set<v1::Risk::Category> categories;
  for (const TypicalRisk& typical : all->typical_risks()) {
    categories.insert(typical.category());
    EXPECT_EQ(typical.creator(), "services/risk");
    const auto type =
        Try<v1::RiskType, v1::GetRiskTypeRequest>("GetRiskType", Analyst(), absl::StrCat("name: '", typical.risk_type(), "'"));
    ASSERT_THAT(type, IsOk());
    EXPECT_EQ(type->category(), typical.category()) << typical.name();
    const auto versions = Try<v1::ListTypicalRiskVersionsResponse, v1::ListTypicalRiskVersionsRequest>(
        "ListTypicalRiskVersions", Analyst(), absl::StrCat("parent: '", typical.name(), "'"));
    ASSERT_THAT(versions, IsOk());
    EXPECT_THAT(versions->typical_risk_versions(), SizeIs(1));
  }
  EXPECT_THAT(categories, SizeIs(3));
  // Somebody changes what ships as anything else.
  EXPECT_THAT((Try<TypicalRisk, v1::UpdateTypicalRiskRequest>(
                  "UpdateTypicalRisk", Specialist(),
                  "typical_risk { name: 'typicalRisks/shipped-floor' kinds: 'fair' kinds: 'market' } update_mask { paths: 'kinds' }")),
              IsOk());
}

// A change counts from its time on; a proposal keeps what it rested on.
TEST_F(SubjectWatchTest, WhatIsTypicalIsKeptInVersions) {
  ASSERT_THAT(
      (Try<TypicalRisk, v1::CreateTypicalRiskRequest>(
          "CreateTypicalRisk", Specialist(),
          "typical_risk_id: 'rival' typical_risk { title: 'A rival' cause: 'First' category: CATEGORY_MARKET target: TARGET_PROJECT }")),
      IsOk());
  const auto change = [&](const std::string& more, const std::string& paths) {
    return Try<TypicalRisk, v1::UpdateTypicalRiskRequest>(
        "UpdateTypicalRisk", Manager(), absl::StrCat("typical_risk { name: 'typicalRisks/rival' ", more, " } update_mask { ", paths, " }"));
  };
  EXPECT_THAT(change(absl::StrCat("cause: 'Second' start_time ", At(-absl::Hours(1))), "paths: 'cause' paths: 'start_time'"),
              HasViolation("typical_risk.start_time", "START_IN_THE_PAST"));
  const auto second = change(absl::StrCat("cause: 'Second' start_time ", At(kDay)), "paths: 'cause' paths: 'start_time'");
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->version(), 2);
  EXPECT_EQ(change("cause: 'Second'", "paths: 'cause'")->version(), 2) << "nothing else is said";
  const auto draft = [&](const std::string& id) {
    Tell("create", Proto<Project>(absl::StrCat("name: 'projects/", id, "' title: 'x' owner: 'employees/wu' state: STATE_DRAFT")));
    const auto listed = Try<v1::ListRiskProposalsResponse, v1::ListRiskProposalsRequest>(
        "ListRiskProposals", Analyst(), absl::StrCat("filter: 'subject = \"projects/", id, "\"'"));
    EXPECT_THAT(listed, IsOk());
    return listed.ok() && listed->risk_proposals_size() == 1 ? listed->risk_proposals(0) : RiskProposal();
  };
  const RiskProposal early = draft("early");
  EXPECT_EQ(early.typical_risk_version(), "typicalRisks/rival/versions/0001");
  clock_.Advance(kDay);
  const RiskProposal late = draft("late");
  EXPECT_EQ(late.typical_risk_version(), "typicalRisks/rival/versions/0002");
  const auto cause = [&](const RiskProposal& proposal) {
    const auto accepted =
        Try<RiskProposal, v1::AcceptRiskProposalRequest>("AcceptRiskProposal", Specialist(), absl::StrCat("name: '", proposal.name(), "'"));
    EXPECT_THAT(accepted, IsOk());
    return accepted.ok() ? Get(record::IdOf(accepted->risk())).cause() : "";
  };
  EXPECT_EQ(cause(early), "First") << "as was said when it was drafted";
  EXPECT_EQ(cause(late), "Second");
  const auto versions = Try<v1::ListTypicalRiskVersionsResponse, v1::ListTypicalRiskVersionsRequest>("ListTypicalRiskVersions", Analyst(),
                                                                                                     "parent: 'typicalRisks/rival'");
  ASSERT_THAT(versions, IsOk());
  ASSERT_THAT(versions->typical_risk_versions(), SizeIs(2));
  EXPECT_EQ(versions->typical_risk_versions(0).creator(), "employees/specialist");
  EXPECT_EQ(versions->typical_risk_versions(1).creator(), "employees/manager");
}

TEST_F(SubjectWatchTest, ATypicalRiskOfWhichNothingWasProposedGoesWithItsVersions) {
  ASSERT_THAT(
      (Try<TypicalRisk, v1::CreateTypicalRiskRequest>(
          "CreateTypicalRisk", Specialist(),
          "typical_risk_id: 'rival' typical_risk { title: 'A rival' cause: 'First' category: CATEGORY_MARKET target: TARGET_PROJECT }")),
      IsOk());
  EXPECT_THAT((Try<google::protobuf::Empty, v1::DeleteTypicalRiskRequest>("DeleteTypicalRisk", Specialist(), "name: 'typicalRisks/rival'")),
              IsOk());
  EXPECT_THAT((Try<v1::TypicalRiskVersion, v1::GetTypicalRiskVersionRequest>("GetTypicalRiskVersion", Analyst(),
                                                                             "name: 'typicalRisks/rival/versions/0001'")),
              HasReason("NOT_FOUND"));
}

}  // namespace
}  // namespace heitie::risk
