#include "services/personnel/training/skill.h"

#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/enrollment.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "services/personnel/service.h"

namespace heitie::personnel {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;

class SkillTest : public test::ServiceTest<Service> {
 protected:
  SkillTest() : ServiceTest("personnel") {
    Must<v1::Skill, v1::CreateSkillRequest>(
        "CreateSkill", "skill_id: 'hosting' skill { title: '主持' levels: 'with help' levels: 'alone' levels: 'teaches' }");
    Must<v1::Skill, v1::CreateSkillRequest>("CreateSkill", "skill_id: 'law' skill { title: '法規' levels: 'knows it' }");
  }

  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const std::string& method, const std::string& request) {
    return Call<Resp>(method, Manager(), Proto<Req>(request));
  }
  template <typename Resp, typename Req>
  void Must(const std::string& method, const std::string& request) {
    EXPECT_THAT((Ask<Resp, Req>(method, request)), IsOk()) << method << " " << request;
  }
  absl::StatusOr<v1::Course> AddCourse(const std::string& id, const std::string& more) {
    return Ask<v1::Course, v1::CreateCourseRequest>(
        "CreateCourse", absl::StrCat("course_id: '", id, "' course { title: 'c' validity_months: 12 ", more, " }"));
  }
  absl::StatusOr<v1::Course> Presuppose(const std::string& course, const std::string& other) {
    return Ask<v1::Course, v1::UpdateCourseRequest>("UpdateCourse",
                                                    absl::StrCat("course { name: 'courses/", course, "' prerequisites: 'courses/", other,
                                                                 "' } update_mask { paths: 'prerequisites' }"));
  }
  void AddEmployee(const std::string& id) {
    Must<v1::Employee, v1::CreateEmployeeRequest>(
        "CreateEmployee", absl::StrCat("employee_id: '", id,
                                       "' employee { display_name: 'x' position: 'positions/host' department: 'operations' "
                                       "hire_date { year: 2020 month: 1 day: 1 } }"));
  }
  void AddPosition() {
    Must<v1::Position, v1::CreatePositionRequest>(
        "CreatePosition",
        "position_id: 'host' position { title: 'host' responsibilities: 'hosts' required_skills { skill: 'skills/hosting' level: 2 } "
        "required_skills { skill: 'skills/law' level: 1 } }");
  }
  // Somebody passes the course on a day.
  void Pass(const std::string& course, const std::string& employee, int month) {
    const std::string session = absl::StrCat("courses/", course, "/sessions/m", month);
    Must<v1::Session, v1::CreateSessionRequest>(
        "CreateSession", absl::StrCat("parent: 'courses/", course, "' session_id: 'm", month,
                                      "' session { trainer: 't' capacity: 9 date { year: 2025 month: ", month, " day: 1 } }"));
    const std::string who = absl::StrCat("name: '", session, "' employee: 'employees/", employee, "' ");
    Must<v1::Enrollment, v1::EnrollEmployeeRequest>("EnrollEmployee", who);
    Must<v1::Enrollment, v1::RecordResultRequest>("RecordResult", who + "attended: true");
  }
  absl::StatusOr<v1::SkillAssessment> Attest(const std::string& employee, int level, const std::string& more = "") {
    return Ask<v1::SkillAssessment, v1::CreateSkillAssessmentRequest>(
        "CreateSkillAssessment", absl::StrCat("skill_assessment { employee: '", employee, "' skill: 'skills/hosting' level: ", level,
                                              " evidence: 'seen' valid_from { year: 2025 month: 1 day: 1 } ", more, " }"));
  }
  absl::StatusOr<v1::ComputeSkillGapResponse> Gap(const rpc::Call& call, const std::string& more = "") {
    return Call<v1::ComputeSkillGapResponse>("ComputeSkillGap", call, Proto<v1::ComputeSkillGapRequest>("name: 'employees/an' " + more));
  }
};

TEST_F(SkillTest, DemandsAreLevelsThatExist) {
  const auto refused = Ask<v1::Position, v1::CreatePositionRequest>(
      "CreatePosition",
      "position_id: 'host' position { title: 'host' responsibilities: 'hosts' required_skills { skill: 'skills/hosting' level: 4 } "
      "required_skills { skill: 'skills/none' level: 1 } required_skills { skill: 'skills/hosting' level: 1 } }");
  EXPECT_THAT(refused, HasViolation("position.required_skills[0].level", "UNKNOWN_LEVEL"));
  EXPECT_THAT(refused, HasViolation("position.required_skills[1].skill", "UNKNOWN_SKILL"));
  EXPECT_THAT(refused, HasViolation("position.required_skills[2].skill", "DUPLICATE_SKILL"));
  EXPECT_THAT(AddCourse("c", "granted_skills { skill: 'skills/law' level: 2 } prerequisites: 'courses/none'"),
              HasViolation("course.granted_skills[0].level", "UNKNOWN_LEVEL"));
  EXPECT_THAT((Ask<v1::Skill, v1::UpdateSkillRequest>(
                  "UpdateSkill", "skill { name: 'skills/hosting' levels: 'one' levels: 'two' } update_mask { paths: 'levels' }")),
              HasReason("LEVELS_REMOVED"));
}

TEST_F(SkillTest, TheGapFollowsCertificatesAndAssessmentsOfTheDay) {
  ASSERT_THAT(AddCourse("law", "granted_skills { skill: 'skills/law' level: 1 } granted_skills { skill: 'skills/hosting' level: 1 }"),
              IsOk());
  AddPosition();
  AddEmployee("an");
  Pass("law", "an", 3);
  auto gap = Gap(Manager(), "date { year: 2025 month: 6 day: 1 }");
  ASSERT_THAT(gap, IsOk());
  EXPECT_FALSE(gap->met());
  EXPECT_EQ(gap->skills(0).held_level(), 1);
  EXPECT_EQ(gap->skills(0).missing_levels(), 1);
  EXPECT_EQ(gap->skills(1).missing_levels(), 0);
  EXPECT_EQ(time::ToDay(gap->skills(1).valid_until()), absl::CivilDay(2026, 2, 28));
  const auto attested = Attest("employees/an", 3, "valid_until { year: 2025 month: 6 day: 1 }");
  ASSERT_THAT(attested, IsOk());
  gap = Gap(Manager(), "date { year: 2025 month: 6 day: 1 }");
  EXPECT_TRUE(gap->met());
  EXPECT_EQ(gap->skills(0).source(), attested->name());
  EXPECT_FALSE(Gap(Manager(), "date { year: 2025 month: 6 day: 2 }")->met()) << "expired is not held";
  EXPECT_EQ(Gap(Manager(), "date { year: 2026 month: 3 day: 1 }")->skills(1).held_level(), 0);
  ASSERT_THAT((Ask<v1::SkillAssessment, v1::RevokeSkillAssessmentRequest>("RevokeSkillAssessment",
                                                                          absl::StrCat("name: '", attested->name(), "' reason: 'wrong'"))),
              IsOk());
  EXPECT_FALSE(Gap(Manager(), "date { year: 2025 month: 6 day: 1 }")->met()) << "revoked counts on no day";
}

TEST_F(SkillTest, SkillsAreBetweenHerAndHerManager) {
  AddPosition();
  AddEmployee("an");
  rpc::Call herself = Analyst();
  herself.principal.name = "employees/an";
  EXPECT_THAT(Gap(Analyst()), HasReason("NOT_YOUR_SKILLS"));
  EXPECT_THAT(Gap(herself), IsOk());
  const auto attested = Attest("employees/an", 1);
  ASSERT_THAT(attested, IsOk());
  const auto get = Proto<v1::GetSkillAssessmentRequest>(absl::StrCat("name: '", attested->name(), "'"));
  EXPECT_THAT((Call<v1::SkillAssessment>("GetSkillAssessment", Analyst(), get)), HasReason("NOT_FOUND"));
  EXPECT_THAT((Call<v1::SkillAssessment>("GetSkillAssessment", herself, get)), IsOk());
  const auto list = Call<v1::ListSkillAssessmentsResponse>("ListSkillAssessments", Analyst(), v1::ListSkillAssessmentsRequest());
  ASSERT_THAT(list, IsOk());
  EXPECT_EQ(list->skill_assessments_size(), 0);
}

TEST_F(SkillTest, NobodyAttestsForHerself) {
  EXPECT_THAT(Attest(Manager().principal.name, 1), HasReason("OWN_ASSESSMENT"));
  EXPECT_THAT(Attest("employees/nobody", 1), HasReason("NOT_FOUND"));
  const auto refused = Attest("employees/nobody", 4, "valid_until { year: 2024 month: 1 day: 1 }");
  EXPECT_THAT(refused, HasViolation("skill_assessment.level", "UNKNOWN_LEVEL"));
  EXPECT_THAT(refused, HasViolation("skill_assessment.valid_until", "DATES_REVERSED"));
}

TEST_F(SkillTest, SeatsPresupposeCertificates) {
  ASSERT_THAT(AddCourse("basics", ""), IsOk());
  ASSERT_THAT(AddCourse("advanced", "prerequisites: 'courses/basics'"), IsOk());
  AddPosition();
  AddEmployee("an");
  Must<v1::Session, v1::CreateSessionRequest>(
      "CreateSession",
      "parent: 'courses/advanced' session_id: 's' session { trainer: 't' capacity: 9 date { year: 2025 month: 9 day: 1 } }");
  const std::string who = "name: 'courses/advanced/sessions/s' employee: 'employees/an'";
  EXPECT_THAT((Ask<v1::Enrollment, v1::EnrollEmployeeRequest>("EnrollEmployee", who)), HasReason("PREREQUISITE_MISSING"));
  Pass("basics", "an", 8);
  EXPECT_THAT((Ask<v1::Enrollment, v1::EnrollEmployeeRequest>("EnrollEmployee", who)), IsOk());
}

TEST_F(SkillTest, NoCoursePresupposesItself) {
  for (const char* id : {"a", "b", "c"}) ASSERT_THAT(AddCourse(id, ""), IsOk());
  EXPECT_THAT(Presuppose("a", "a"), HasViolation("course.prerequisites", "COURSE_CIRCLE"));
  ASSERT_THAT(Presuppose("a", "b"), IsOk());
  ASSERT_THAT(Presuppose("b", "c"), IsOk());
  EXPECT_THAT(Presuppose("c", "a"), HasViolation("course.prerequisites", "COURSE_CIRCLE"));
  EXPECT_THAT(Presuppose("c", "none"), HasViolation("course.prerequisites[0]", "UNKNOWN_COURSE"));
}

// Each change alone closes no circle, all together would; in each round at least one is refused.
TEST_F(SkillTest, NoCircleComesFromChangesAtOnce) {
  for (int round = 0; round < 20; ++round) {
    const auto id = [&](int i) { return absl::StrCat("r", round, "-", i % 3); };
    for (int i = 0; i < 3; ++i) ASSERT_THAT(AddCourse(id(i), ""), IsOk());
    std::atomic<int> done = 0;
    {
      std::vector<std::jthread> racers;
      for (int i = 0; i < 3; ++i) {
        racers.emplace_back([&, i] {
          const auto changed = Presuppose(id(i), id(i + 1));
          if (changed.ok()) ++done;
          if (!changed.ok()) {
            EXPECT_THAT(changed, HasViolation("course.prerequisites", "COURSE_CIRCLE"));
          }
        });
      }
    }
    ASSERT_LE(done, 2);
    ASSERT_GE(done, 1);
  }
}

// Against a search of every proof for every level.
TEST(HeldOnTest, IsTheGreatestLevelThatLastsLongest) {
  std::mt19937_64 random(3);
  const absl::CivilDay first(2026, 1, 1);
  const auto dates = [&](auto& proof) {
    const absl::CivilDay from = first + static_cast<int>(random() % 20);
    *proof.mutable_valid_from() = time::ToDate(from);
    if (random() % 4 != 0) *proof.mutable_valid_until() = time::ToDate(from + static_cast<int>(random() % 20));
  };
  for (int round = 0; round < 3000; ++round) {
    SkillFacts facts;
    for (int c = 0; c < 3; ++c) {
      v1::Course& course = facts.courses[absl::StrCat("courses/", c)];
      for (int s = 0; s < 2; ++s) {
        if (random() % 2 == 0) continue;
        v1::SkillLevel& granted = *course.add_granted_skills();
        granted.set_skill(absl::StrCat("skills/", s));
        granted.set_level(1 + static_cast<int32_t>(random() % 3));
      }
    }
    for (size_t i = 0, n = random() % 5; i < n; ++i) {
      v1::Certificate& certificate = facts.certificates.emplace_back();
      certificate.set_name(absl::StrCat("certificates/", i));
      certificate.set_course(absl::StrCat("courses/", random() % 4));
      dates(certificate);
    }
    for (size_t i = 0, n = random() % 4; i < n; ++i) {
      v1::SkillAssessment& assessment = facts.assessments.emplace_back();
      assessment.set_name(absl::StrCat("skillAssessments/", i));
      assessment.set_skill(absl::StrCat("skills/", random() % 2));
      assessment.set_level(1 + static_cast<int32_t>(random() % 3));
      dates(assessment);
    }
    const absl::CivilDay day = first + static_cast<int>(random() % 30);
    const auto holds = [&](const auto& proof) {
      return !(day < time::ToDay(proof.valid_from())) && !(proof.has_valid_until() && time::ToDay(proof.valid_until()) < day);
    };
    const auto last = [](const auto& proof) {
      return proof.has_valid_until() ? time::ToDay(proof.valid_until()) : absl::CivilDay(9999, 1, 1);
    };
    int level = 0;
    absl::CivilDay until(1, 1, 1);
    const auto see = [&](int of_proof, absl::CivilDay end) {
      if (of_proof > level) until = end;
      if (of_proof == level) until = std::max(until, end);
      level = std::max(level, of_proof);
    };
    for (const v1::Certificate& certificate : facts.certificates) {
      if (!holds(certificate) || facts.courses.count(certificate.course()) == 0) continue;
      for (const v1::SkillLevel& granted : facts.courses.at(certificate.course()).granted_skills()) {
        if (granted.skill() == "skills/0") see(granted.level(), last(certificate));
      }
    }
    for (const v1::SkillAssessment& assessment : facts.assessments) {
      if (holds(assessment) && assessment.skill() == "skills/0") see(assessment.level(), last(assessment));
    }
    const HeldSkill held = HeldOn("skills/0", day, facts);
    ASSERT_EQ(held.level, level);
    if (level > 0) {
      ASSERT_EQ(held.until.value_or(absl::CivilDay(9999, 1, 1)), until);
    }
  }
}

}  // namespace
}  // namespace heitie::personnel
