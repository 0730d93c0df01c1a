#include "services/activity/shift/shift_judgement.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/activity/shift/coverage.h"

namespace heitie::activity {
namespace {

using personnel::v1::CheckQualificationCasesRequest;
using personnel::v1::QualificationCase;

// The planned shifts that are not over, by their starts.
std::vector<const v1::Shift*> ToCome(const ShiftBook& book, absl::Time moment) {
  std::vector<const v1::Shift*> shifts;
  for (const v1::Shift& shift : book.shifts) {
    if (shift.state() == v1::Shift::STATE_PLANNED && time::ToTime(shift.end_time()) > moment) shifts.push_back(&shift);
  }
  std::sort(shifts.begin(), shifts.end(), [](const v1::Shift* a, const v1::Shift* b) {
    const absl::Time at = time::ToTime(a->start_time()), bt = time::ToTime(b->start_time());
    return at != bt ? at < bt : a->name() < b->name();
  });
  return shifts;
}

QualificationCase CaseOf(const v1::Shift& shift, const std::string& employee, absl::Time moment) {
  const LocalDays days = DaysOf(std::max(time::ToTime(shift.start_time()), moment), time::ToTime(shift.end_time()), shift.time_zone());
  QualificationCase one;
  one.set_employee(employee);
  *one.mutable_courses() = shift.courses();
  *one.mutable_start_date() = time::ToDate(days.first);
  *one.mutable_end_date() = time::ToDate(days.last);
  return one;
}

// The cases in their order, and where each stands in the question.
struct Cases {
  CheckQualificationCasesRequest question;
  std::map<std::string, int> places;

  int PlaceOf(const QualificationCase& one) {
    const auto [found, isnew] = places.emplace(one.SerializeAsString(), question.cases_size());
    if (isnew) *question.add_cases() = one;
    return found->second;
  }
};

}  // namespace

CheckQualificationCasesRequest ShiftQuestion(const ShiftBook& book, absl::Time moment) {
  Cases cases;
  for (const v1::Shift* shift : ToCome(book, moment)) {
    for (const v1::ShiftPerson& person : shift->people()) cases.PlaceOf(CaseOf(*shift, person.employee(), moment));
  }
  return cases.question;
}

v1::CheckShiftsResponse JudgeShifts(const v1::Activity& activity, const ShiftBook& book, absl::Time moment,
                                    const personnel::v1::CheckQualificationCasesResponse& answer) {
  v1::CheckShiftsResponse response;
  bool met = true;
  Cases cases;
  for (const v1::Shift* shift : ToCome(book, moment)) {
    v1::ShiftJudgement& judgement = *response.add_shifts();
    judgement.set_shift(shift->name());
    bool qualified = true;
    for (const v1::ShiftPerson& person : shift->people()) {
      const int place = cases.PlaceOf(CaseOf(*shift, person.employee(), moment));
      personnel::v1::EmployeeQualification& judged = *judgement.add_people();
      // Of whom the answer does not tell is not qualified.
      if (place < answer.cases_size()) judged = answer.cases(place);
      judged.set_employee(person.employee());
      qualified = qualified && judged.qualified();
    }
    judgement.set_qualified(qualified);
    met = met && qualified;
  }
  for (const v1::ShiftCoverage& coverage : book.coverages) {
    for (v1::CoverageGap& gap : GapsOf(coverage, activity, book.shifts, moment)) {
      v1::RoleGap& role = *response.add_gaps();
      role.set_shift_coverage(coverage.name());
      role.set_role(coverage.role());
      *role.mutable_gap() = std::move(gap);
      met = false;
    }
  }
  response.set_met(met);
  return response;
}

}  // namespace heitie::activity
