#include "services/personnel/appraisal/chapter.h"

#include "services/personnel/staff/chapter.h"
#include "services/personnel/training/chapter.h"

namespace heitie::personnel {

AppraisalChapter::AppraisalChapter(const service::Context& context, StaffChapter& staff, TrainingChapter& training)
    : policies(context.store),
      schemes(context.store, staff.positions.kind()),
      figure_sources(context, training.certificates, training.sessions.kind()),
      rows(context, staff.employees.teams(), schemes, policies),
      cycles(context, rows, schemes, policies, staff.absence_kinds.kind(), staff.positions.kind(), staff.employees, staff.steps,
             staff.approvals, figure_sources),
      sheets(rows, staff.employees, staff.steps),
      corrections(context, rows, staff.employees, staff.steps, staff.approvals, figure_sources) {}

void AppraisalChapter::Bind(record::Methods& methods) {
  policies.Bind(methods);
  schemes.Bind(methods);
  cycles.Bind(methods);
  sheets.Bind(methods);
  corrections.Bind(methods);
}

}  // namespace heitie::personnel
