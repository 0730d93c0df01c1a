#include "services/risk/register/risk_types.h"

#include "google/protobuf/empty.pb.h"
#include "services/risk/risk_fixture.h"

namespace heitie::risk {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using v1::RiskType;
using v1::RiskTypeVersion;

TEST(CountingAt, TheLatestWhoseTimeHasComeAndOfTheSameTimeThatSaidLast) {
  std::vector<RiskTypeVersion> versions;
  for (const int second : {10, 50, 30, 30}) {
    versions.push_back(Proto<RiskTypeVersion>(absl::StrCat("version: ", versions.size() + 1, " start_time { seconds: ", second, " }")));
  }
  const auto counting = [&](int second) {
    const RiskTypeVersion* const version = CountingAt(versions, absl::FromUnixSeconds(second));
    return version == nullptr ? 0 : version->version();
  };
  EXPECT_EQ(counting(9), 0);
  EXPECT_EQ(counting(10), 1);
  EXPECT_EQ(counting(29), 1);
  EXPECT_EQ(counting(30), 4);
  EXPECT_EQ(counting(49), 4);
  EXPECT_EQ(counting(50), 2);
}

using RiskTypesTest = RiskFixture;

TEST_F(RiskTypesTest, KindsAreKeptInVersionsAndAnAssessmentKeepsTheOneThatCounted) {
  const auto change = [&](const std::string& title, const std::string& start = "") {
    return Try<RiskType, v1::UpdateRiskTypeRequest>(
        "UpdateRiskType", Manager(),
        absl::StrCat("risk_type { name: 'riskTypes/leak' title: '", title, "' ", start.empty() ? "" : "start_time " + start,
                     " } update_mask { paths: 'title' ", start.empty() ? "" : "paths: 'start_time'", " }"));
  };
  const auto created = Try<RiskType, v1::CreateRiskTypeRequest>(
      "CreateRiskType", Manager(), "risk_type_id: 'leak' risk_type { category: CATEGORY_TECHNOLOGY title: 'Leak' }");
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->version(), 1);
  ASSERT_THAT(Create("r", "risk_type: 'riskTypes/leak'"), IsOk());
  const auto rests_on = [&] {
    const auto assessed = Assess("r", 2, 3);
    EXPECT_THAT(assessed, IsOk());
    const auto found =
        Try<v1::Assessment, v1::GetAssessmentRequest>("GetAssessment", Analyst(), absl::StrCat("name: '", assessed->assessment(), "'"));
    EXPECT_THAT(found, IsOk());
    return found.value_or(v1::Assessment()).risk_type_version();
  };
  EXPECT_EQ(rests_on(), "riskTypes/leak/versions/0001");
  EXPECT_EQ(change("Leak")->version(), 1) << "nothing else is said";
  EXPECT_THAT(change("Data leak", At(-absl::Hours(1))), HasViolation("risk_type.start_time", "START_IN_THE_PAST"));
  ASSERT_THAT(change("Data leak", At(absl::Hours(48))), IsOk());
  EXPECT_EQ(rests_on(), "riskTypes/leak/versions/0001") << "it counts the day after tomorrow";
  clock_.Advance(absl::Hours(48));
  EXPECT_EQ(rests_on(), "riskTypes/leak/versions/0002");
  const auto versions =
      Try<v1::ListRiskTypeVersionsResponse, v1::ListRiskTypeVersionsRequest>("ListRiskTypeVersions", Analyst(), "parent: 'riskTypes/leak'");
  ASSERT_THAT(versions, IsOk());
  ASSERT_EQ(versions->risk_type_versions_size(), 2);
  EXPECT_EQ(versions->risk_type_versions(0).title(), "Leak");
  EXPECT_EQ(versions->risk_type_versions(1).creator(), "employees/manager");
  EXPECT_THAT((Try<google::protobuf::Empty, v1::DeleteRiskTypeRequest>("DeleteRiskType", Manager(), "name: 'riskTypes/leak'")),
              HasReason("STILL_REFERRED"));
}

TEST_F(RiskTypesTest, WhatComesWithTheServiceCountsFromTheBeginningAndAMistakeGoes) {
  const auto shipped =
      Try<RiskTypeVersion, v1::GetRiskTypeVersionRequest>("GetRiskTypeVersion", Analyst(), "name: 'riskTypes/data-leak/versions/0001'");
  ASSERT_THAT(shipped, IsOk());
  EXPECT_EQ(shipped->category(), v1::Risk::CATEGORY_TECHNOLOGY);
  ASSERT_THAT((Try<RiskType, v1::CreateRiskTypeRequest>("CreateRiskType", Manager(),
                                                        "risk_type_id: 'mistake' risk_type { category: CATEGORY_MARKET title: 'x' }")),
              IsOk());
  ASSERT_THAT((Try<google::protobuf::Empty, v1::DeleteRiskTypeRequest>("DeleteRiskType", Manager(), "name: 'riskTypes/mistake'")), IsOk());
  EXPECT_THAT(
      (Try<RiskTypeVersion, v1::GetRiskTypeVersionRequest>("GetRiskTypeVersion", Analyst(), "name: 'riskTypes/mistake/versions/0001'")),
      HasReason("NOT_FOUND"));
}

}  // namespace
}  // namespace heitie::risk
