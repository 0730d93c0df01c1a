// A department for tests of careers: boss and wu manage; boss leads li, li leads bo and an. Today is 15 January 2026, and everybody was
// hired on 31 March 2025.
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_CAREER_TESTING_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_CAREER_TESTING_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/record/kind.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/appraisal.pb.h"
#include "heitie/personnel/v1/appraisal_cycle.pb.h"
#include "heitie/personnel/v1/appraisal_objection.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/headcount_plan.pb.h"
#include "heitie/personnel/v1/pending_step.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/position_template.pb.h"
#include "services/personnel/appraisal/month.h"
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
  // So many people are planned in a position of the department from 2025 on.
  void PlanHeadcount(const std::string& position, int planned) {
    v1::CreateHeadcountPlanRequest plan;
    plan.set_headcount_plan_id(position);
    plan.mutable_headcount_plan()->set_position("positions/" + position);
    plan.mutable_headcount_plan()->set_department("operations");
    ASSERT_THAT(Call<v1::HeadcountPlan>("CreateHeadcountPlan", Manager(), plan), test::IsOk());
    v1::CreateHeadcountPlanVersionRequest version;
    version.set_parent("headcountPlans/" + position);
    version.set_headcount_plan_version_id("first");
    version.mutable_headcount_plan_version()->set_reason("計劃");
    v1::PlannedHeadcount& month = *version.mutable_headcount_plan_version()->add_months();
    *month.mutable_month() = time::ToDate(absl::CivilDay(2025, 1, 1));
    month.set_planned(planned);
    ASSERT_THAT(Call<v1::HeadcountPlanVersion>("CreateHeadcountPlanVersion", Manager(), version), test::IsOk());
    v1::SubmitHeadcountPlanVersionRequest submit;
    submit.set_name(absl::StrCat("headcountPlans/", position, "/versions/first"));
    ASSERT_THAT(Call<v1::HeadcountPlanVersion>("SubmitHeadcountPlanVersion", Manager(), submit), test::IsOk());
    v1::ApproveHeadcountPlanVersionRequest approve;
    approve.set_name(submit.name());
    ASSERT_THAT(Call<v1::HeadcountPlanVersion>("ApproveHeadcountPlanVersion", AsManager("wu"), approve), test::IsOk());
  }
  // A closed sheet of a month, or of a year, in a cycle that is closed now; `fields` are those of the sheet besides.
  void CloseSheet(absl::CivilMonth month, bool year, const std::string& of, const std::string& fields, std::optional<int> adjusted,
                  v1::AppraisalCycle::State state = v1::AppraisalCycle::STATE_CLOSED) {
    ASSERT_THAT(store_.Write(Manager(),
                             [&](record::Transaction& tx) -> absl::Status {
                               const absl::CivilDay first(month);
                               const auto period = year ? v1::AppraisalCycle::PERIOD_YEAR : v1::AppraisalCycle::PERIOD_MONTH;
                               v1::AppraisalCycle cycle;
                               cycle.set_name(CycleNameOf(first, period, "operations"));
                               *cycle.mutable_month() = time::ToDate(first);
                               cycle.set_period(period);
                               cycle.set_department("operations");
                               cycle.set_policy("appraisalPolicies/default");
                               cycle.set_state(state);
                               for (auto* time : {cycle.mutable_review_due_time(), cycle.mutable_rating_due_time(),
                                                  cycle.mutable_due_time(), cycle.mutable_close_time()}) {
                                 *time = time::ToTimestamp(tx.call.now);
                               }
                               const record::Kind<v1::AppraisalCycle> cycles(store_);
                               const absl::Status there = cycles.Find(tx.sql, cycle.name()).status();
                               if (!there.ok() && !absl::IsNotFound(there)) return there;
                               if (absl::IsNotFound(there)) {
                                 if (absl::Status status = cycles.Insert(tx, cycle); !status.ok()) return status;
                               }
                               auto sheet = test::Proto<v1::Appraisal>(fields);
                               sheet.set_name(absl::StrCat(cycle.name(), "/appraisals/", of));
                               sheet.set_employee("employees/" + of);
                               *sheet.mutable_month() = cycle.month();
                               sheet.set_state(v1::Appraisal::STATE_CLOSED);
                               *sheet.mutable_due_time() = cycle.due_time();
                               const record::Kind<v1::Appraisal> sheets(store_);
                               if (absl::Status status = sheets.Insert(tx, sheet); !status.ok()) return status;
                               return adjusted ? InsertAdjustment(tx, sheet.name(), of, *adjusted) : absl::OkStatus();
                             }),
                test::IsOk());
  }
  // An approved adjustment of a sheet.
  absl::Status InsertAdjustment(record::Transaction& tx, const std::string& sheet, const std::string& of, int points) {
    v1::AppraisalAdjustment adjustment;
    adjustment.set_name(absl::StrCat(sheet, "/adjustments/", ++adjustments_));
    adjustment.set_employee("employees/" + of);
    adjustment.set_new_points(points);
    adjustment.set_state(v1::AppraisalAdjustment::STATE_APPROVED);
    *adjustment.mutable_approve_time() = time::ToTimestamp(tx.call.now);
    const record::Kind<v1::AppraisalAdjustment> adjustments(store_);
    return adjustments.Insert(tx, adjustment);
  }
  void Adjust(const std::string& sheet, const std::string& of, int points) {
    ASSERT_THAT(store_.Write(Manager(), [&](record::Transaction& tx) { return InsertAdjustment(tx, sheet, of, points); }), test::IsOk());
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

  int adjustments_ = 0;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_CAREER_TESTING_H_
