#include "services/personnel/training/qualification.h"

#include <random>

#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/qualification.pb.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Disqualification;

constexpr char kCourse[] = "courses/live";
const Span kMarch{CivilDay(2026, 3, 1), CivilDay(2026, 3, 31)};

v1::Certificate Valid(CivilDay from, std::optional<CivilDay> until, const std::string& course = kCourse) {
  v1::Certificate certificate;
  certificate.set_name("certificates/c");
  certificate.set_etag("4");
  certificate.set_course(course);
  *certificate.mutable_valid_from() = time::ToDate(from);
  if (until) *certificate.mutable_valid_until() = time::ToDate(*until);
  return certificate;
}

v1::Employee LiMingOfMarch() {
  v1::Employee employee;
  employee.set_name("employees/li-ming");
  employee.set_position("positions/specialist");
  employee.set_etag("7");
  *employee.mutable_hire_date() = time::ToDate(CivilDay(2025, 1, 10));
  return employee;
}

void ExpectExpires(const std::optional<Disqualification>& against, CivilDay last) {
  ASSERT_TRUE(against.has_value());
  EXPECT_EQ(against->reason(), Disqualification::REASON_CERTIFICATE_EXPIRES);
  EXPECT_EQ(against->course(), kCourse);
  EXPECT_EQ(time::ToDay(against->date()), last);
}

void ExpectMissing(const std::optional<Disqualification>& against) {
  ASSERT_TRUE(against.has_value());
  EXPECT_EQ(against->reason(), Disqualification::REASON_MISSING_CERTIFICATE);
  EXPECT_FALSE(against->has_date());
}

TEST(JudgeCourse, AcceptsExactCover) {
  EXPECT_FALSE(JudgeCourse(kCourse, {Valid(kMarch.first, kMarch.last)}, kMarch).has_value());
  EXPECT_FALSE(JudgeCourse(kCourse, {Valid(CivilDay(2020, 1, 1), std::nullopt)}, kMarch).has_value());
}

TEST(JudgeCourse, MissesOneDayAtTheEnd) {
  ExpectExpires(JudgeCourse(kCourse, {Valid(kMarch.first, CivilDay(2026, 3, 30))}, kMarch), CivilDay(2026, 3, 30));
}

TEST(JudgeCourse, MissesOneDayAtTheBeginning) { ExpectMissing(JudgeCourse(kCourse, {Valid(CivilDay(2026, 3, 2), std::nullopt)}, kMarch)); }

TEST(JudgeCourse, TellsMissingFromExpired) {
  ExpectMissing(JudgeCourse(kCourse, {}, kMarch));
  ExpectExpires(JudgeCourse(kCourse, {Valid(CivilDay(2025, 1, 1), CivilDay(2026, 2, 28))}, kMarch), CivilDay(2026, 2, 28));
}

TEST(JudgeCourse, JoinsARenewalWithoutGap) {
  EXPECT_FALSE(
      JudgeCourse(kCourse, {Valid(CivilDay(2026, 3, 16), std::nullopt), Valid(CivilDay(2025, 3, 16), CivilDay(2026, 3, 15))}, kMarch)
          .has_value());
  ExpectExpires(
      JudgeCourse(kCourse, {Valid(CivilDay(2026, 3, 17), std::nullopt), Valid(CivilDay(2025, 3, 16), CivilDay(2026, 3, 15))}, kMarch),
      CivilDay(2026, 3, 15));
}

TEST(JudgeCourse, IgnoresAGapBeforeTheDays) {
  EXPECT_FALSE(
      JudgeCourse(kCourse, {Valid(CivilDay(2024, 1, 1), CivilDay(2024, 6, 30)), Valid(CivilDay(2026, 2, 1), CivilDay(2026, 4, 1))}, kMarch)
          .has_value());
}

// Every day is looked at one by one, which is what "valid on every day" means.
bool CoversEachDay(const std::vector<v1::Certificate>& certificates, Span span) {
  for (CivilDay day = span.first; day <= span.last; ++day) {
    const bool covered = std::any_of(certificates.begin(), certificates.end(), [&](const v1::Certificate& c) {
      return time::ToDay(c.valid_from()) <= day && (!c.has_valid_until() || day <= time::ToDay(c.valid_until()));
    });
    if (!covered) return false;
  }
  return true;
}

TEST(JudgeCourse, AgreesWithLookingAtEachDay) {
  std::mt19937 random(20260301);
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  int covered = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<v1::Certificate> certificates;
    for (int i = pick(0, 4); i > 0; --i) {
      const CivilDay from = CivilDay(2026, 2, 20) + pick(0, 30);
      certificates.push_back(Valid(from, pick(0, 20) == 0 ? std::nullopt : std::optional<CivilDay>(from + pick(0, 20))));
    }
    const CivilDay first = CivilDay(2026, 3, 1) + pick(0, 5);
    const Span span{first, first + pick(0, 12)};
    const bool expected = CoversEachDay(certificates, span);
    covered += expected;
    ASSERT_EQ(!JudgeCourse(kCourse, certificates, span).has_value(), expected) << "round " << round;
  }
  EXPECT_GT(covered, 1000);
  EXPECT_LT(covered, 19000);
}

TEST(JudgeEmployee, QualifiesAndNamesItsFacts) {
  const auto judgement = JudgeEmployee(LiMingOfMarch(), {kCourse},
                                       {Valid(kMarch.first, kMarch.last), Valid(kMarch.first, kMarch.last, "courses/other")}, kMarch);
  EXPECT_TRUE(judgement.qualified());
  EXPECT_THAT(judgement.disqualifications(), IsEmpty());
  ASSERT_THAT(judgement.facts(), SizeIs(2));
  EXPECT_EQ(judgement.facts(0).subject(), "employees/li-ming");
  EXPECT_EQ(judgement.facts(0).version(), "7");
  EXPECT_EQ(judgement.facts(1).subject(), "certificates/c");
  EXPECT_EQ(judgement.facts(1).version(), "4");
  EXPECT_EQ(judgement.facts(1).statement(), "courses/live valid from 2026-03-01 until 2026-03-31");
}

TEST(JudgeEmployee, NamesEverythingThatStandsAgainstIt) {
  v1::Employee employee = LiMingOfMarch();
  *employee.mutable_leave_date() = time::ToDate(CivilDay(2026, 3, 20));
  const auto judgement = JudgeEmployee(employee, {kCourse, "courses/other"}, {Valid(kMarch.first, CivilDay(2026, 3, 30))}, kMarch);
  EXPECT_FALSE(judgement.qualified());
  ASSERT_THAT(judgement.disqualifications(), SizeIs(3));
  EXPECT_EQ(judgement.disqualifications(0).reason(), Disqualification::REASON_NOT_ACTIVE);
  EXPECT_EQ(time::ToDay(judgement.disqualifications(0).date()), CivilDay(2026, 3, 21));
  EXPECT_EQ(judgement.disqualifications(1).reason(), Disqualification::REASON_CERTIFICATE_EXPIRES);
  EXPECT_EQ(judgement.disqualifications(2).reason(), Disqualification::REASON_MISSING_CERTIFICATE);
  EXPECT_EQ(judgement.disqualifications(2).course(), "courses/other");
}

v1::CheckQualificationResponse Concluded(int qualified, int unqualified, int min_count) {
  v1::CheckQualificationResponse response;
  for (int i = 0; i < qualified + unqualified; ++i) response.add_employees()->set_qualified(i < qualified);
  v1::QualificationRequirement requirement;
  requirement.set_min_count(min_count);
  Conclude(requirement, response);
  return response;
}

TEST(Conclude, WantsAllOrTheCount) {
  EXPECT_TRUE(Concluded(2, 0, 0).qualified());
  EXPECT_FALSE(Concluded(2, 1, 0).qualified());
  EXPECT_EQ(Concluded(2, 1, 0).required_count(), 3);
  EXPECT_TRUE(Concluded(2, 1, 2).qualified());
  EXPECT_EQ(Concluded(2, 1, 2).qualified_count(), 2);
  EXPECT_FALSE(Concluded(2, 0, 3).qualified());
}

TEST(JudgeUnknown, IsUnqualified) {
  const auto judgement = JudgeUnknown("employees/nobody");
  EXPECT_FALSE(judgement.qualified());
  ASSERT_THAT(judgement.disqualifications(), SizeIs(1));
  EXPECT_EQ(judgement.disqualifications(0).reason(), Disqualification::REASON_UNKNOWN_EMPLOYEE);
}

}  // namespace
}  // namespace heitie::personnel
