#include "services/personnel/appraisal/policy.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "services/personnel/service.h"

namespace heitie::personnel {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::Not;
using v1::AppraisalPolicy;

constexpr char kNumbers[] =
    "reason: 'why' least_group: 5 tie_rule: TIE_RULE_LOWER least_part_days: 5 least_presence: 5000 months_weight: 6000 least_months: 6 "
    "shrinkage: 4 most_adjustment: 500 least_rated_people: 3 ";
constexpr char kThreeGrades[] =
    "grades { grade: 'A' from_points: 8000 to_points: 10000 share: 3000 capped: true } "
    "grades { grade: 'B' from_points: 6000 to_points: 8000 share: 5000 } grades { grade: 'C' to_points: 6000 share: 2000 } ";

class AppraisalPolicyTest : public test::ServiceTest<Service> {
 protected:
  AppraisalPolicyTest() : ServiceTest("personnel") {}

  absl::StatusOr<AppraisalPolicy> Draft(const std::string& id, const std::string& grades) {
    return Call<AppraisalPolicy>("CreateAppraisalPolicy", Manager(),
                                 Proto<v1::CreateAppraisalPolicyRequest>(
                                     absl::StrCat("appraisal_policy_id: '", id, "' appraisal_policy { ", kNumbers, grades, " }")));
  }
  absl::StatusOr<v1::TryAppraisalPolicyResponse> Ask(const std::string& version, const std::string& people) {
    return Call<v1::TryAppraisalPolicyResponse>(
        "TryAppraisalPolicy", Manager(),
        Proto<v1::TryAppraisalPolicyRequest>(absl::StrCat("name: 'appraisalPolicies/", version, "' ", people)));
  }
};

TEST_F(AppraisalPolicyTest, TheShippedVersionFitsTogetherAndGradesTheYear) {
  const auto shipped =
      Call<AppraisalPolicy>("GetAppraisalPolicy", Analyst(), Proto<v1::GetAppraisalPolicyRequest>("name: 'appraisalPolicies/default'"));
  ASSERT_THAT(shipped, IsOk());
  EXPECT_THAT(CheckPolicy(*shipped), IsOk());
  EXPECT_EQ(shipped->state(), AppraisalPolicy::STATE_PUBLISHED);
  const auto tried = Ask("default",
                         "people { months: [8773, 8866, 8841, 8807, 8763, 8934, 8796] own_points: 9260 } "
                         "people { months: [8773, 8866, 8841, 8807, 8763] own_points: 9260 }");
  ASSERT_THAT(tried, IsOk());
  EXPECT_EQ(tried->results(0).score(), 8999);
  EXPECT_EQ(tried->results(0).grade(), "A");
  EXPECT_FALSE(tried->results(1).has_score()) << "five months are too few";
  EXPECT_EQ(tried->results(1).grade(), "");
  EXPECT_EQ(tried->seats_size(), 0) << "one graded person is exempt";
}

TEST_F(AppraisalPolicyTest, AGroupSharesTheSeats) {
  std::string people;
  for (int i = 0; i < 23; ++i)
    absl::StrAppend(&people, "people { months: [9500, 9500, 9500, 9500, 9500, 9500] own_points: ", 9500 + 10 * i, " } ");
  const auto tried = Ask("default", people);
  ASSERT_THAT(tried, IsOk());
  EXPECT_THAT(tried->seats(), ElementsAre(2, 6, 12, 2, 1));
  std::map<std::string, int> count;
  for (const v1::TriedResult& result : tried->results()) {
    ++count[result.grade()];
    EXPECT_EQ(result.score_grade(), "S");
  }
  EXPECT_EQ(count, (std::map<std::string, int>{{"S", 2}, {"A", 6}, {"B", 15}}));
  EXPECT_EQ(tried->results(22).rank(), 1);
  EXPECT_EQ(tried->results(22).grade(), "S");
}

TEST_F(AppraisalPolicyTest, EveryBadFieldIsToldAtOnce) {
  const auto refused = Draft("p",
                             "grades { grade: 'A' from_points: 8000 to_points: 9999 share: 3000 } "
                             "grades { grade: 'A' from_points: 6000 to_points: 8001 share: 5000 capped: true } "
                             "grades { grade: 'C' from_points: 6000 to_points: 6000 share: 2001 } "
                             "grades { grade: 'D' from_points: 1 to_points: 5999 capped: true }");
  EXPECT_THAT(refused, HasViolation("appraisal_policy.grades[0].to_points", "GRADES_GAP"));
  EXPECT_THAT(refused, HasViolation("appraisal_policy.grades[1].to_points", "GRADES_OVERLAP"));
  EXPECT_THAT(refused, HasViolation("appraisal_policy.grades[1].grade", "DUPLICATE_GRADE"));
  EXPECT_THAT(refused, HasViolation("appraisal_policy.grades[1].capped", "BAD_CAPS"));
  EXPECT_THAT(refused, HasViolation("appraisal_policy.grades[2].to_points", "EMPTY_GRADE"));
  EXPECT_THAT(refused, HasViolation("appraisal_policy.grades[3].to_points", "GRADES_GAP"));
  EXPECT_THAT(refused, HasViolation("appraisal_policy.grades[3].from_points", "GRADES_GAP"));
  EXPECT_THAT(refused, HasViolation("appraisal_policy.grades[3].capped", "BAD_CAPS"));
  EXPECT_THAT(refused, HasViolation("appraisal_policy.grades", "SHARES_NOT_WHOLE"));
  EXPECT_THAT(Draft("p", kThreeGrades), IsOk()) << "nothing was written";
}

TEST_F(AppraisalPolicyTest, APublishedVersionIsInForceAndNeverChanges) {
  ASSERT_THAT(Draft("next", kThreeGrades), IsOk());
  EXPECT_THAT(Ask("next", "people { months: [1, 1, 1, 1, 1, 1] }"), IsOk()) << "a draft can be tried";
  ASSERT_THAT((Call<AppraisalPolicy>("PublishAppraisalPolicy", Manager(),
                                     Proto<v1::PublishAppraisalPolicyRequest>("name: 'appraisalPolicies/next'"))),
              IsOk());
  EXPECT_THAT((Call<AppraisalPolicy>(
                  "UpdateAppraisalPolicy", Manager(),
                  Proto<v1::UpdateAppraisalPolicyRequest>("appraisal_policy { name: 'appraisalPolicies/next' least_group: 9 } update_mask "
                                                          "{ paths: 'least_group' }"))),
              HasReason("RULES_IMMUTABLE"));
  EXPECT_THAT(Ask("none", "people { months: [1] }"), HasReason("NOT_FOUND"));
}

using AppraisalPolicyDeathTest = AppraisalPolicyTest;

// The keys are what keeps two versions apart whatever happens.
TEST_F(AppraisalPolicyDeathTest, ATableWithoutItsKeysStopsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto execute = [&](const std::string& sql) {
    EXPECT_THAT(
        store_.database().Read(absl::Now() + absl::Seconds(20), [&](sql::Session& session) { return session.Execute(sql).status(); }),
        IsOk());
  };
  execute("ALTER TABLE appraisal_policies DROP KEY appraisal_policies_version");
  EXPECT_EXIT(AppraisalPolicies{store_}, ::testing::ExitedWithCode(70), "no UNIQUE KEY .version. for its versions");
  execute("ALTER TABLE appraisal_policies ADD UNIQUE KEY appraisal_policies_version (version), DROP COLUMN guard");
  EXPECT_EXIT(AppraisalPolicies{store_}, ::testing::ExitedWithCode(70), "no column guard");
}

// Whether each number of points is in exactly one grade, in the order of the grades.
bool CoversOnce(const AppraisalPolicy& policy) {
  int64_t next = kMostPoints;
  for (const v1::Grade& grade : policy.grades()) {
    bool any = false;
    for (int64_t points = kMostPoints; points >= 0; points -= 1000) {
      const bool in =
          grade.from_points() <= points && (points < grade.to_points() || (points == kMostPoints && grade.to_points() == kMostPoints));
      if (!in) continue;
      any = true;
      if (points != next) return false;
      next -= 1000;
    }
    if (!any) return false;
  }
  return next < 0;
}

TEST(AppraisalPolicyRulesTest, GradesThatCoverAllPointsOnceAreTakenAndNoOthers) {
  std::mt19937_64 random(17);
  int fit = 0;
  for (int round = 0; round < 20'000; ++round) {
    AppraisalPolicy policy = Proto<AppraisalPolicy>(kThreeGrades);
    for (v1::Grade& grade : *policy.mutable_grades()) {
      if (random() % 6 == 0) grade.set_from_points(2000 * static_cast<int32_t>(random() % 6));
      if (random() % 6 == 0) grade.set_to_points(2000 * static_cast<int32_t>(random() % 6));
    }
    const bool fits = CoversOnce(policy);
    fit += fits;
    ASSERT_EQ(CheckPolicy(policy).ok(), fits) << policy.DebugString();
  }
  EXPECT_GT(fit, 1000);
}

}  // namespace
}  // namespace heitie::personnel
