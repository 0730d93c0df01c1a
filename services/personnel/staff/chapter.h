#ifndef HEITIE_SERVICES_PERSONNEL_STAFF_CHAPTER_H_
#define HEITIE_SERVICES_PERSONNEL_STAFF_CHAPTER_H_

#include "common/service/main.h"
#include "services/personnel/staff/absence_kind.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/calendar.h"
#include "services/personnel/staff/duty.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/position.h"
#include "services/personnel/staff/position_template.h"
#include "services/personnel/staff/rota.h"
#include "services/personnel/staff/step.h"

namespace heitie::personnel {

struct TrainingCatalogue;

// Who is what on which day, who answers for what, and what waits for whom (H1, W12). Not to be moved: its concepts refer to each other.
// Thread-safe.
struct StaffChapter {
  StaffChapter(const service::Context& context, TrainingCatalogue& catalogue);
  StaffChapter(const StaffChapter&) = delete;
  StaffChapter& operator=(const StaffChapter&) = delete;

  void Bind(record::Methods& methods);

  Duties duties;
  Positions positions;
  PositionTemplates position_templates;
  AbsenceKinds absence_kinds;
  Employees employees;
  Steps steps;
  Approvals approvals;
  Rotas rotas;
  Calendars calendars;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFF_CHAPTER_H_
