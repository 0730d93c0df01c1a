// Positions, courses and calendars that were created by mistake are put away and taken back.
#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "heitie/personnel/v1/calendar.pb.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "services/personnel/service.h"

namespace heitie::personnel {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::HasSubstr;

class ArchivedTest : public test::ServiceTest<Service> {
 protected:
  ArchivedTest() : ServiceTest("personnel") {}

  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const std::string& method, const std::string& request) {
    return Call<Resp>(method, Manager(), Proto<Req>(request));
  }
  absl::StatusOr<v1::Course> HaveCourse(const std::string& id, const std::string& more = "") {
    return Ask<v1::Course, v1::CreateCourseRequest>("CreateCourse", absl::StrCat("course_id: '", id, "' course { title: 'c' ", more, " }"));
  }
  absl::StatusOr<v1::Position> HavePosition(const std::string& id, const std::string& more = "") {
    return Ask<v1::Position, v1::CreatePositionRequest>(
        "CreatePosition", absl::StrCat("position_id: '", id, "' position { title: 'p' responsibilities: 'r' ", more, " }"));
  }
  absl::StatusOr<v1::Employee> Hire(const std::string& id, const std::string& position) {
    return Ask<v1::Employee, v1::CreateEmployeeRequest>(
        "CreateEmployee", absl::StrCat("employee_id: '", id, "' employee { display_name: 'x' position: 'positions/", position,
                                       "' department: 'operations' hire_date { year: 2020 month: 1 day: 1 } }"));
  }
  absl::StatusOr<v1::Session> HaveSession(const std::string& course) {
    return Ask<v1::Session, v1::CreateSessionRequest>(
        "CreateSession", absl::StrCat("parent: 'courses/", course,
                                      "' session_id: 's' session { trainer: 't' capacity: 9 date { year: 2026 month: 2 day: 2 } }"));
  }
  absl::StatusOr<v1::Course> ArchiveCourse(const std::string& id) {
    return Ask<v1::Course, v1::ArchiveCourseRequest>("ArchiveCourse", "name: 'courses/" + id + "'");
  }
  absl::StatusOr<v1::Position> ArchivePosition(const std::string& id) {
    return Ask<v1::Position, v1::ArchivePositionRequest>("ArchivePosition", "name: 'positions/" + id + "'");
  }
  absl::StatusOr<v1::Calendar> ArchiveCalendar(const std::string& id) {
    return Ask<v1::Calendar, v1::ArchiveCalendarRequest>("ArchiveCalendar", "name: 'calendars/" + id + "'");
  }
};

TEST_F(ArchivedTest, ACourseThatNothingRefersTo) {
  ASSERT_THAT(HaveCourse("first"), IsOk());
  ASSERT_THAT(HaveCourse("second", "prerequisites: 'courses/first'"), IsOk());
  const auto held = ArchiveCourse("first");
  EXPECT_THAT(held, HasReason("STILL_REFERRED"));
  EXPECT_THAT(std::string(held.status().message()), HasSubstr("courses/second"));

  const auto gone = ArchiveCourse("second");
  ASSERT_THAT(gone, IsOk());
  EXPECT_TRUE(gone->archived());
  EXPECT_THAT(HaveCourse("third", "prerequisites: 'courses/second'"), HasViolation("course.prerequisites[0]", "UNKNOWN_COURSE"));
  EXPECT_THAT(HavePosition("host", "required_courses: 'courses/second'"), HasViolation("position.required_courses[0]", "UNKNOWN_COURSE"));
  EXPECT_THAT(HaveSession("second"), HasReason("NOT_FOUND"));
  EXPECT_THAT(HaveCourse("second"), HasReason("ALREADY_EXISTS")) << "others may still name it";
  EXPECT_THAT((Ask<v1::Course, v1::UpdateCourseRequest>("UpdateCourse", "course { name: 'courses/second' title: 'd' }")), IsOk());

  const auto back = Ask<v1::Course, v1::RestoreCourseRequest>("RestoreCourse", "name: 'courses/second'");
  ASSERT_THAT(back, IsOk());
  EXPECT_FALSE(back->archived());
  EXPECT_THAT(HaveSession("second"), IsOk());
  EXPECT_THAT(ArchiveCourse("second"), HasReason("STILL_REFERRED"));
}

TEST_F(ArchivedTest, APositionThatNobodyHolds) {
  ASSERT_THAT(HavePosition("held"), IsOk());
  ASSERT_THAT(Hire("an", "held"), IsOk());
  EXPECT_THAT(ArchivePosition("held"), HasReason("STILL_REFERRED"));
  ASSERT_THAT(HavePosition("mistake"), IsOk());
  ASSERT_THAT(ArchivePosition("mistake"), IsOk());
  EXPECT_THAT(Hire("su", "mistake"), HasViolation("employee.position", "UNKNOWN_POSITION"));
  const auto listed = Ask<v1::ListPositionsResponse, v1::ListPositionsRequest>("ListPositions", "filter: 'archived = false'");
  ASSERT_THAT(listed, IsOk());
  ASSERT_EQ(listed->positions_size(), 1);
  EXPECT_EQ(listed->positions(0).name(), "positions/held");
  EXPECT_THAT((Ask<v1::Position, v1::RestorePositionRequest>("RestorePosition", "name: 'positions/mistake' etag: '9'")),
              HasReason("STALE_ETAG"));
  EXPECT_THAT((Ask<v1::Position, v1::RestorePositionRequest>("RestorePosition", "name: 'positions/mistake' etag: '2'")), IsOk());
  EXPECT_THAT(Hire("su", "mistake"), IsOk());
}

TEST_F(ArchivedTest, ACalendarWithWhatItSays) {
  EXPECT_THAT(ArchiveCalendar("default"), HasReason("ALWAYS_NEEDED"));
  ASSERT_THAT((Ask<v1::Calendar, v1::CreateCalendarRequest>("CreateCalendar", "calendar_id: 'night' calendar { title: 'n' }")), IsOk());
  const auto draft = [&](const std::string& id) {
    return Ask<v1::CalendarVersion, v1::CreateCalendarVersionRequest>(
        "CreateCalendarVersion",
        absl::StrCat("parent: 'calendars/night' calendar_version_id: '", id,
                     "' calendar_version { reason: 'r' rules { time_zone: 'Asia/Taipei' week { days: MONDAY windows { open: '22:00' close: "
                     "'23:00' } } } }"));
  };
  const auto publish = [&](const std::string& id) {
    return Ask<v1::CalendarVersion, v1::PublishCalendarVersionRequest>("PublishCalendarVersion",
                                                                       absl::StrCat("name: 'calendars/night/versions/", id, "'"));
  };
  ASSERT_THAT(draft("a"), IsOk());
  ASSERT_THAT(publish("a"), IsOk());
  ASSERT_THAT(draft("b"), IsOk());
  ASSERT_THAT(ArchiveCalendar("night"), IsOk());
  // What was counted by it is counted so still, and it says nothing new.
  const std::string days = "name: 'calendars/night' start_date { year: 2026 month: 1 day: 1 } end_date { year: 2026 month: 1 day: 15 }";
  const auto counted = Ask<v1::ComputeWorkingDaysResponse, v1::ComputeWorkingDaysRequest>("ComputeWorkingDays", days);
  ASSERT_THAT(counted, IsOk());
  EXPECT_EQ(counted->working_days(), 2);
  EXPECT_THAT(publish("b"), HasReason("NOT_FOUND"));
  ASSERT_THAT((Ask<v1::Calendar, v1::RestoreCalendarRequest>("RestoreCalendar", "name: 'calendars/night'")), IsOk());
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(publish("b"), IsOk());
}

}  // namespace
}  // namespace heitie::personnel
