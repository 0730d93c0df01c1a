#include "services/personnel/training/training_plan.h"

#include <algorithm>
#include <optional>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/enrollment.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "services/personnel/service.h"
#include "services/personnel/training/qualification.h"

namespace heitie::personnel {
namespace {

using test::HasReason;
using test::IsOk;
using test::Proto;

const absl::CivilDay kDayOne(2026, 3, 1);

v1::SkillLevel Level(int skill, int level) {
  v1::SkillLevel wanted;
  wanted.set_skill(absl::StrCat("skills/", skill));
  wanted.set_level(level);
  return wanted;
}

// Every subset of the courses with every choice of sessions, straight from the words.
struct Exhaustive {
  const TrainingFacts& facts;
  std::vector<std::string> names;

  explicit Exhaustive(const TrainingFacts& f) : facts(f) {
    for (const auto& [name, course] : f.courses) names.push_back(name);
  }

  bool Held(const std::string& course, absl::CivilDay day) const {
    return std::any_of(facts.certificates.begin(), facts.certificates.end(), [&](const v1::Certificate& certificate) {
      return certificate.course() == course && time::ToDay(certificate.valid_from()) <= day &&
             !(certificate.has_valid_until() && time::ToDay(certificate.valid_until()) < day);
    });
  }

  // The earliest end of a set of courses; nullopt when they cannot be taken.
  std::optional<absl::CivilDay> End(const std::vector<std::string>& chosen) const {
    std::optional<absl::CivilDay> best;
    std::map<std::string, absl::CivilDay> days;
    const std::function<void(size_t)> choose = [&](size_t i) {
      if (i < chosen.size()) {
        const auto sessions = facts.sessions.find(chosen[i]);
        if (sessions == facts.sessions.end()) return;
        for (const FreeSession& session : sessions->second) {
          days[chosen[i]] = session.day;
          choose(i + 1);
        }
        days.erase(chosen[i]);
        return;
      }
      absl::CivilDay end = absl::CivilDay::min();
      for (const auto& [name, day] : days) {
        for (const std::string& prerequisite : facts.courses.at(name).prerequisites()) {
          const auto before = days.find(prerequisite);
          if (!Held(prerequisite, day) && (before == days.end() || before->second >= day)) return;
        }
        end = std::max(end, day);
      }
      if (!best || end < *best) best = end;
    };
    choose(0);
    return best;
  }

  std::optional<std::pair<std::vector<std::string>, absl::CivilDay>> Best(const std::vector<v1::SkillLevel>& gap) const {
    std::optional<std::tuple<size_t, absl::CivilDay, std::vector<std::string>>> best;
    for (size_t bits = 0; bits < size_t{1} << names.size(); ++bits) {
      std::vector<std::string> chosen;
      for (size_t i = 0; i < names.size(); ++i) {
        if (bits >> i & 1) chosen.push_back(names[i]);
      }
      const bool closes = std::all_of(gap.begin(), gap.end(), [&](const v1::SkillLevel& wanted) {
        return std::any_of(chosen.begin(), chosen.end(), [&](const std::string& name) {
          const auto& granted = facts.courses.at(name).granted_skills();
          return std::any_of(granted.begin(), granted.end(),
                             [&](const v1::SkillLevel& g) { return g.skill() == wanted.skill() && g.level() >= wanted.level(); });
        });
      });
      if (!closes) continue;
      const std::optional<absl::CivilDay> end = End(chosen);
      if (!end) continue;
      const auto plan = std::make_tuple(chosen.size(), *end, chosen);
      if (!best || plan < *best) best = plan;
    }
    if (!best) return std::nullopt;
    return std::make_pair(std::get<2>(*best), std::get<1>(*best));
  }
};

TEST(TrainingPlanTest, IsTheBestOfAllPlans) {
  std::mt19937_64 random(23);
  int planned = 0, chained = 0, open = 0;
  for (int round = 0; round < 3000; ++round) {
    TrainingFacts facts;
    for (int c = 0; c < 6; ++c) {
      const std::string name = absl::StrCat("courses/", c);
      v1::Course& course = facts.courses[name];
      course.set_name(name);
      for (int skill = 0; skill < 3; ++skill) {
        if (random() % 3 == 0) *course.add_granted_skills() = Level(skill, 1 + static_cast<int>(random() % 2));
      }
      for (int other = 0; other < c; ++other) {
        if (random() % 4 == 0) course.add_prerequisites(absl::StrCat("courses/", other));
      }
      for (size_t i = 0, n = random() % 3; i < n; ++i)
        facts.sessions[name].push_back({absl::StrCat(name, "/sessions/", i), kDayOne + static_cast<int>(random() % 8)});
      if (random() % 4 == 0) {
        v1::Certificate& certificate = facts.certificates.emplace_back();
        certificate.set_course(name);
        *certificate.mutable_valid_from() = time::ToDate(kDayOne - 10);
        if (random() % 2 == 0) *certificate.mutable_valid_until() = time::ToDate(kDayOne + static_cast<int>(random() % 8));
      }
    }
    std::vector<v1::SkillLevel> gap;
    for (int skill = 0; skill < 3; ++skill) {
      if (random() % 3 != 0) gap.push_back(Level(skill, 1 + static_cast<int>(random() % 2)));
    }
    const Exhaustive all(facts);
    std::vector<v1::SkillLevel> closable;
    std::vector<std::string> still_open;
    for (const v1::SkillLevel& wanted : gap) {
      if (all.Best({wanted})) {
        closable.push_back(wanted);
      } else {
        still_open.push_back(wanted.skill());
      }
    }
    const auto best = all.Best(closable);
    ASSERT_TRUE(best.has_value()) << "what can be closed alone can be closed together";
    const TrainingProposal proposal = ProposeTraining(gap, facts);
    std::vector<std::string> names, left;
    absl::CivilDay end = absl::CivilDay::min();
    for (const PlannedCourse& course : proposal.courses) {
      names.push_back(course.course);
      end = std::max(end, course.day);
    }
    std::sort(names.begin(), names.end());
    for (const OpenSkill& skill : proposal.open) left.push_back(skill.skill);
    ASSERT_EQ(names, best->first) << "round " << round;
    ASSERT_EQ(end, best->second) << "round " << round;
    ASSERT_EQ(left, still_open) << "round " << round;
    planned += !names.empty();
    chained += names.size() > closable.size();
    open += !left.empty();
  }
  EXPECT_GT(planned, 500);
  EXPECT_GT(chained, 50) << "plans with courses that are presupposed";
  EXPECT_GT(open, 500);
}

class ProposeTrainingTest : public test::ServiceTest<Service> {
 protected:
  ProposeTrainingTest() : ServiceTest("personnel") {
    Must<v1::Skill, v1::CreateSkillRequest>("CreateSkill",
                                            "skill_id: 'law' skill { title: '法規' levels: 'knows it' levels: 'explains it' }");
    Must<v1::Skill, v1::CreateSkillRequest>("CreateSkill", "skill_id: 'sign' skill { title: '手語' levels: 'knows it' }");
    Must<v1::Course, v1::CreateCourseRequest>("CreateCourse", "course_id: 'basics' course { title: 'b' }");
    Must<v1::Course, v1::CreateCourseRequest>(
        "CreateCourse",
        "course_id: 'law' course { title: 'l' prerequisites: 'courses/basics' granted_skills { skill: 'skills/law' level: 2 } }");
    Must<v1::Position, v1::CreatePositionRequest>(
        "CreatePosition",
        "position_id: 'host' position { title: 'host' responsibilities: 'hosts' required_skills { skill: 'skills/law' level: 1 } "
        "required_skills { skill: 'skills/sign' level: 1 } }");
    for (const char* id : {"an", "bo"}) {
      Must<v1::Employee, v1::CreateEmployeeRequest>(
          "CreateEmployee", absl::StrCat("employee_id: '", id,
                                         "' employee { display_name: 'x' position: 'positions/host' department: 'operations' "
                                         "hire_date { year: 2020 month: 1 day: 1 } }"));
    }
  }

  template <typename Resp, typename Req>
  void Must(const std::string& method, const std::string& request) {
    EXPECT_THAT((Call<Resp>(method, Manager(), Proto<Req>(request))), IsOk()) << method << " " << request;
  }
  // A session so many days from now.
  std::string Hold(const std::string& course, const std::string& id, int days, int capacity = 5) {
    const absl::CivilDay day = absl::ToCivilDay(clock_.Now(), absl::UTCTimeZone()) + days;
    Must<v1::Session, v1::CreateSessionRequest>(
        "CreateSession", absl::StrCat("parent: 'courses/", course, "' session_id: '", id, "' session { trainer: 't' capacity: ", capacity,
                                      " date { year: ", day.year(), " month: ", day.month(), " day: ", day.day(), " } }"));
    return absl::StrCat("courses/", course, "/sessions/", id);
  }
  v1::ProposeTrainingResponse Propose() {
    const auto proposed =
        Call<v1::ProposeTrainingResponse>("ProposeTraining", Manager(), Proto<v1::ProposeTrainingRequest>("name: 'employees/an'"));
    EXPECT_THAT(proposed, IsOk());
    return proposed.ok() ? *proposed : v1::ProposeTrainingResponse();
  }
};

TEST_F(ProposeTrainingTest, NamesSessionsWithASeatOnDaysAtWorkAndWhatStaysOpen) {
  v1::ProposeTrainingResponse proposed = Propose();
  ASSERT_EQ(proposed.open_demands_size(), 2);
  EXPECT_EQ(proposed.open_demands(0).cause(), v1::OpenDemand::CAUSE_NO_SESSION);
  EXPECT_EQ(proposed.open_demands(1).cause(), v1::OpenDemand::CAUSE_NO_COURSE);
  const std::string full = Hold("basics", "full", 10, 1), away = Hold("basics", "away", 11), good = Hold("basics", "good", 12);
  const std::string early = Hold("law", "early", 12), late = Hold("law", "late", 13);
  Must<v1::Enrollment, v1::EnrollEmployeeRequest>("EnrollEmployee", absl::StrCat("name: '", full, "' employee: 'employees/bo'"));
  const absl::CivilDay absent = absl::ToCivilDay(clock_.Now(), absl::UTCTimeZone()) + 11;
  const std::string date = absl::StrCat("{ year: ", absent.year(), " month: ", absent.month(), " day: ", absent.day(), " }");
  Must<v1::Employee, v1::RecordAbsenceRequest>("RecordAbsence",
                                               absl::StrCat("name: 'employees/an' absence { start_date ", date, " end_date ", date, " }"));
  proposed = Propose();
  ASSERT_EQ(proposed.courses_size(), 2);
  EXPECT_EQ(proposed.courses(0).session(), good);
  EXPECT_EQ(proposed.courses(1).session(), late) << "the day after what it presupposes";
  ASSERT_EQ(proposed.open_demands_size(), 1);
  EXPECT_EQ(proposed.open_demands(0).demand().skill(), "skills/sign");
  Must<v1::Enrollment, v1::CancelEnrollmentRequest>("CancelEnrollment", absl::StrCat("name: '", full, "/enrollments/bo'"));
  proposed = Propose();
  ASSERT_EQ(proposed.courses_size(), 2);
  EXPECT_EQ(proposed.courses(0).session(), full) << "a seat is free again";
  EXPECT_EQ(proposed.courses(1).session(), early);
}

TEST_F(ProposeTrainingTest, IsBetweenHerAndWhoLeadsHer) {
  const auto request = Proto<v1::ProposeTrainingRequest>("name: 'employees/an'");
  EXPECT_THAT((Call<v1::ProposeTrainingResponse>("ProposeTraining", Analyst(), request)), HasReason("NOT_YOUR_SKILLS"));
  rpc::Call herself = Analyst();
  herself.principal.name = "employees/an";
  EXPECT_THAT((Call<v1::ProposeTrainingResponse>("ProposeTraining", herself, request)), IsOk());
  Must<v1::Employee, v1::UpdateEmployeeRequest>(
      "UpdateEmployee", "employee { name: 'employees/an' superior: 'employees/bo' } update_mask { paths: 'superior' }");
  rpc::Call superior = Analyst();
  superior.principal.name = "employees/bo";
  EXPECT_THAT((Call<v1::ProposeTrainingResponse>("ProposeTraining", superior, request)), IsOk());
}

}  // namespace
}  // namespace heitie::personnel
