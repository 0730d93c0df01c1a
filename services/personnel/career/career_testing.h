// A department for tests of careers: boss and wu manage; boss leads li, li leads bo and an. Today is 15 January 2026, and everybody was
// hired on 31 March 2025.
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_CAREER_TESTING_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_CAREER_TESTING_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/pending_step.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/position_template.pb.h"
#include "services/personnel/service.h"

namespace heitie::personnel {

class CareerFixture : public test::ServiceTest<Service> {
 protected:
  CareerFixture() : ServiceTest("personnel") {
    clock_.Set(absl::FromUnixSeconds(1768478400));  // 2026-01-15T12:00:00Z, the evening of that day in the business time zone
    Adopt("operations-manager", "manager");
    Adopt("operations-specialist", "specialist");
    Hire("boss", "manager", "");
    Hire("wu", "manager", "");
    Hire("li", "specialist", "boss");
    Hire("bo", "specialist", "li");
    Hire("an", "specialist", "li");
  }

  void Adopt(const std::string& of, const std::string& id) {
    v1::AdoptPositionTemplateRequest request;
    request.set_name("positionTemplates/" + of);
    request.set_position_id(id);
    ASSERT_THAT(Call<v1::Position>("AdoptPositionTemplate", Manager(), request), test::IsOk());
  }
  void Hire(const std::string& id, const std::string& position, const std::string& superior) {
    v1::CreateEmployeeRequest request;
    request.set_employee_id(id);
    request.mutable_employee()->set_display_name("李明");
    request.mutable_employee()->set_department("operations");
    request.mutable_employee()->set_position("positions/" + position);
    if (!superior.empty()) request.mutable_employee()->set_superior("employees/" + superior);
    *request.mutable_employee()->mutable_hire_date() = time::ToDate(absl::CivilDay(2025, 3, 31));
    ASSERT_THAT(Call<v1::Employee>("CreateEmployee", Manager(), request), test::IsOk());
  }
  // Somebody with the role of a specialist, or of a manager.
  rpc::Call As(const std::string& id) const { return test::By("employees/" + id, {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now()); }
  rpc::Call AsManager(const std::string& id) const {
    return test::By("employees/" + id, {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now());
  }
  // What waits for somebody: "promotions/p approve 2026-01-29 0", by due time; the day is that at whose end it is due.
  std::vector<std::string> Waiting(const std::string& id) {
    const auto response = Call<v1::FindMyStepsResponse>("FindMySteps", As(id), v1::FindMyStepsRequest());
    EXPECT_THAT(response, test::IsOk());
    std::vector<std::string> waiting;
    if (!response.ok()) return waiting;
    for (const v1::MyStep& mine : response->steps()) {
      const absl::CivilDay day = absl::ToCivilDay(time::ToTime(mine.step().due_time()) - absl::Microseconds(1), service::DefaultTimeZone());
      waiting.push_back(
          absl::StrCat(mine.step().subject(), " ", mine.step().action(), " ", time::DayText(day), " ", mine.step().escalations()));
    }
    return waiting;
  }
  // As the service's days begin: the afternoon of a day.
  void SetToday(absl::CivilDay day) { clock_.Set(absl::FromCivil(absl::CivilHour(day) + 15, service::DefaultTimeZone())); }
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_CAREER_TESTING_H_
