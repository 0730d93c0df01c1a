#include "services/personnel/leaving/chapter.h"

#include "services/personnel/staff/chapter.h"
#include "services/personnel/training/chapter.h"

namespace heitie::personnel {

LeavingChapter::LeavingChapter(const service::Context& context, StaffChapter& staff, TrainingChapter& training)
    : handover_policies(context.store),
      handovers(context, staff.employees, staff.positions.kind(), training.certificates, staff.steps, handover_policies),
      custody_steps(context, staff.employees, staff.steps),
      purchase_steps(context, staff.employees, staff.steps) {}

void LeavingChapter::Bind(record::Methods& methods) {
  handover_policies.Bind(methods);
  handovers.Bind(methods);
}

}  // namespace heitie::personnel
