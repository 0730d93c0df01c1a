#include "services/personnel/leaving/chapter.h"

#include "services/personnel/staff/chapter.h"
#include "services/personnel/training/chapter.h"

namespace heitie::personnel {

LeavingChapter::LeavingChapter(const service::Context& context, StaffChapter& staff, TrainingChapter& training)
    : handovers(context, staff.employees, staff.positions.kind(), training.certificates, staff.steps) {}

void LeavingChapter::Bind(record::Methods& methods) { handovers.Bind(methods); }

}  // namespace heitie::personnel
