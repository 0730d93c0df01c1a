#include "services/personnel/staff/chapter.h"

#include "services/personnel/training/catalogue.h"

namespace heitie::personnel {

StaffChapter::StaffChapter(const service::Context& context, TrainingCatalogue& catalogue)
    : duties(context.store),
      positions(context.store, catalogue.courses.kind(), catalogue.skills.kind(), duties.kind()),
      position_templates(context.store, positions.kind()),
      absence_kinds(context.store),
      employees(context, positions.kind(), absence_kinds.kind()),
      steps(context, employees),
      approvals(context, employees),
      rotas(context, duties.kind(), positions.kind(), employees),
      calendars(context.store) {}

void StaffChapter::Bind(record::Methods& methods) {
  duties.Bind(methods);
  positions.Bind(methods);
  position_templates.Bind(methods);
  absence_kinds.Bind(methods);
  employees.Bind(methods);
  steps.Bind(methods);
  rotas.Bind(methods);
  calendars.Bind(methods);
}

}  // namespace heitie::personnel
