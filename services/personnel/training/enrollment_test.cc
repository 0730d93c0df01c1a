#include "services/personnel/training/enrollment.h"

#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/enrollment.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "services/personnel/training/session.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::HasReason;
using test::HasViolation;
using test::IsOk;

v1::Course CourseWith(int pass_score) {
  v1::Course course;
  course.set_name("courses/live");
  course.set_pass_score(pass_score);
  return course;
}

TEST(OutcomeOf, ComparesTheScoreWithThePassScore) {
  EXPECT_EQ(OutcomeOf(CourseWith(60), true, 60).value(), v1::Enrollment::OUTCOME_PASSED);
  EXPECT_EQ(OutcomeOf(CourseWith(60), true, 59).value(), v1::Enrollment::OUTCOME_FAILED);
  EXPECT_EQ(OutcomeOf(CourseWith(60), false, std::nullopt).value(), v1::Enrollment::OUTCOME_ABSENT);
}

TEST(OutcomeOf, TakesAttendanceForAPassWithoutPassScore) {
  EXPECT_EQ(OutcomeOf(CourseWith(0), true, std::nullopt).value(), v1::Enrollment::OUTCOME_PASSED);
  EXPECT_EQ(OutcomeOf(CourseWith(0), true, 0).value(), v1::Enrollment::OUTCOME_PASSED);
  EXPECT_EQ(OutcomeOf(CourseWith(0), false, std::nullopt).value(), v1::Enrollment::OUTCOME_ABSENT);
}

TEST(OutcomeOf, WantsAScoreExactlyOfThoseWhoAttended) {
  EXPECT_THAT(OutcomeOf(CourseWith(60), true, std::nullopt), HasViolation("score", "SCORE_MISSING"));
  EXPECT_THAT(OutcomeOf(CourseWith(60), false, 80), HasViolation("score", "SCORE_OF_ABSENT"));
}

TEST(CheckSessionChange, KeepsSeatsThatAreTaken) {
  v1::Session before;
  v1::Session after;
  after.set_capacity(3);
  EXPECT_THAT(CheckSessionChange(before, after, {3, 0}), IsOk());
  EXPECT_THAT(CheckSessionChange(before, after, {4, 0}), HasReason("SESSION_FULL"));
}

TEST(CheckSessionChange, FixesTheDayWithTheFirstResult) {
  v1::Session before;
  before.mutable_date()->set_year(2026);
  before.mutable_date()->set_month(1);
  before.mutable_date()->set_day(5);
  v1::Session after = before;
  after.set_capacity(9);
  EXPECT_THAT(CheckSessionChange(before, after, {2, 1}), IsOk());
  after.mutable_date()->set_day(6);
  EXPECT_THAT(CheckSessionChange(before, after, {2, 0}), IsOk());
  EXPECT_THAT(CheckSessionChange(before, after, {2, 1}), HasReason("SESSION_HELD"));
}

TEST(MakeCertificate, RunsFromTheDayOfTheSession) {
  v1::Course course = CourseWith(60);
  course.set_validity_months(6);
  const v1::Certificate certificate =
      MakeCertificate(course, "employees/li-ming", "courses/live/sessions/s1/enrollments/li-ming", CivilDay(2026, 1, 5));
  EXPECT_EQ(certificate.employee(), "employees/li-ming");
  EXPECT_EQ(certificate.course(), "courses/live");
  EXPECT_EQ(time::ToDay(certificate.valid_from()), CivilDay(2026, 1, 5));
  EXPECT_EQ(time::ToDay(certificate.valid_until()), CivilDay(2026, 7, 4));
  EXPECT_EQ(certificate.state(), v1::Certificate::STATE_ISSUED);
  course.set_validity_months(0);
  EXPECT_FALSE(MakeCertificate(course, "employees/li-ming", "e", CivilDay(2026, 1, 5)).has_valid_until());
}

}  // namespace
}  // namespace heitie::personnel
