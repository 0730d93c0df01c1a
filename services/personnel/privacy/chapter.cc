#include "services/personnel/privacy/chapter.h"

#include "services/personnel/staff/chapter.h"

namespace heitie::personnel {

PrivacyChapter::PrivacyChapter(const service::Context& context, StaffChapter& staff)
    : retention_policies(context.store), personal_files(context, retention_policies, staff.approvals, staff.steps), exports(context.store) {
  personal_files.Add(staff.employees.Subjects());
}

void PrivacyChapter::Bind(record::Methods& methods) {
  retention_policies.Bind(methods);
  personal_files.Bind(methods);
  exports.Bind(methods);
}

}  // namespace heitie::personnel
