// A department whose posts and policies tests change.
#ifndef HEITIE_SERVICES_PERSONNEL_RIGHTS_RIGHTS_TESTING_H_
#define HEITIE_SERVICES_PERSONNEL_RIGHTS_RIGHTS_TESTING_H_

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/access_policy.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/position_template.pb.h"
#include "services/personnel/service.h"

namespace heitie::personnel {

class RightsTest : public test::ServiceTest<Service> {
 protected:
  RightsTest() : ServiceTest("personnel") {
    clock_.Set(absl::FromUnixSeconds(1768478400));  // 2026-01-15T12:00:00Z, the evening of that day in the business time zone
    for (const char* id : {"manager", "specialist"}) {
      const auto adopted = Call<v1::Position>("AdoptPositionTemplate", Manager(),
                                              test::Proto<v1::AdoptPositionTemplateRequest>(
                                                  absl::StrCat("name: 'positionTemplates/operations-", id, "' position_id: '", id, "'")));
      EXPECT_THAT(adopted, test::IsOk());
    }
  }

  void Hire(const std::string& id, const std::string& position, const std::string& superior = "") {
    v1::CreateEmployeeRequest request;
    request.set_employee_id(id);
    request.mutable_employee()->set_display_name("李明");
    request.mutable_employee()->set_department("operations");
    request.mutable_employee()->set_position("positions/" + position);
    if (!superior.empty()) request.mutable_employee()->set_superior("employees/" + superior);
    *request.mutable_employee()->mutable_hire_date() = time::ToDate(absl::CivilDay(2025, 6, 1));
    ASSERT_THAT(Call<v1::Employee>("CreateEmployee", Manager(), request), test::IsOk());
  }
  // A token says manager.
  rpc::Call ManagerOf(const std::string& id) const {
    return test::By("employees/" + id, {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now());
  }
  rpc::Call SpecialistOf(const std::string& id) const {
    return test::By("employees/" + id, {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  }
  absl::Status Terminate(const std::string& id, absl::CivilDay last) {
    v1::TerminateEmployeeRequest request;
    request.set_name("employees/" + id);
    *request.mutable_leave_date() = time::ToDate(last);
    return Call<v1::Employee>("TerminateEmployee", Manager(), request).status();
  }
  absl::Status Reinstate(const std::string& id) {
    v1::ReinstateEmployeeRequest request;
    request.set_name("employees/" + id);
    return Call<v1::Employee>("ReinstateEmployee", Manager(), request).status();
  }
  absl::Status Transfer(const std::string& id, const std::string& position, absl::CivilDay day) {
    v1::TransferEmployeeRequest request;
    request.set_name("employees/" + id);
    *request.mutable_start_date() = time::ToDate(day);
    request.set_position("positions/" + position);
    request.set_department("operations");
    return Call<v1::Employee>("TransferEmployee", Manager(), request).status();
  }
  absl::Status CancelTransfer(const std::string& id, absl::CivilDay day) {
    v1::CancelTransferRequest request;
    request.set_name("employees/" + id);
    *request.mutable_start_date() = time::ToDate(day);
    return Call<v1::Employee>("CancelTransfer", Manager(), request).status();
  }
  absl::Status Update(const std::string& id, const std::string& fields, const std::string& mask) {
    return Call<v1::Employee>("UpdateEmployee", Manager(),
                              test::Proto<v1::UpdateEmployeeRequest>(
                                  absl::StrCat("employee { name: 'employees/", id, "' ", fields, " } update_mask { paths: '", mask, "' }")))
        .status();
  }
  absl::Status SetRoles(const std::string& position, const std::string& roles) {
    return Call<v1::Position>("UpdatePosition", Manager(),
                              test::Proto<v1::UpdatePositionRequest>(
                                  absl::StrCat("position { name: 'positions/", position, "' ", roles, " } update_mask { paths: 'roles' }")))
        .status();
  }
  // Drafts and publishes a version, by a token that says manager; from now or from the beginning of a day.
  absl::Status Publish(const std::string& id, const std::string& by, const std::string& mode,
                       std::optional<absl::CivilDay> day = std::nullopt, int most_days = 92) {
    v1::CreateAccessPolicyRequest draft = test::Proto<v1::CreateAccessPolicyRequest>(
        absl::StrCat("access_policy_id: '", id, "' access_policy { reason: 'r' mode: ", mode, " most_delegation_days: ", most_days, " }"));
    if (day) {
      *draft.mutable_access_policy()->mutable_start_time() = time::ToTimestamp(absl::FromCivil(*day, service::DefaultTimeZone()));
    }
    const auto drafted = Call<v1::AccessPolicy>("CreateAccessPolicy", ManagerOf(by), draft);
    if (!drafted.ok()) return drafted.status();
    return Call<v1::AccessPolicy>("PublishAccessPolicy", ManagerOf(by),
                                  test::Proto<v1::PublishAccessPolicyRequest>("name: 'accessPolicies/" + id + "'"))
        .status();
  }
  absl::Status Enforce(const std::string& id, const std::string& by, std::optional<absl::CivilDay> day = std::nullopt) {
    return Publish(id, by, "MODE_ENFORCE", day);
  }
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RIGHTS_RIGHTS_TESTING_H_
