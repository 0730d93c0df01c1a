#include "services/personnel/training/chapter.h"

#include "services/personnel/staff/chapter.h"
#include "services/personnel/training/catalogue.h"

namespace heitie::personnel {

TrainingChapter::TrainingChapter(const service::Context& context, TrainingCatalogue& catalogue, StaffChapter& staff)
    : sessions(context.store, catalogue.courses.kind()),
      certificates(context.store),
      waiting_lists(context),
      enrollments(context.store, context.time_zone, catalogue.courses.kind(), sessions, staff.employees.kind(), certificates,
                  waiting_lists),
      qualifications(context.store, staff.employees.kind(), staff.positions.kind(), certificates.kind()),
      skill_assessments(context.store, context.time_zone, catalogue.skills.kind(), staff.employees.kind(), staff.positions.kind(),
                        catalogue.courses.kind(), certificates),
      development_policies(context, staff.calendars.published()),
      training_plans(context, development_policies, skill_assessments, staff.employees.kind(), staff.positions.kind(), certificates,
                     staff.employees.teams(), staff.approvals, staff.steps),
      external_certificates(context, development_policies, catalogue.courses.kind(), staff.employees.kind(), certificates,
                            staff.employees.teams(), staff.approvals, staff.steps),
      reminders(context, development_policies, staff.employees.kind(), certificates, staff.steps) {}

void TrainingChapter::Bind(record::Methods& methods) {
  sessions.Bind(methods);
  certificates.Bind(methods);
  waiting_lists.Bind(methods);
  enrollments.Bind(methods);
  qualifications.Bind(methods);
  skill_assessments.Bind(methods);
  development_policies.Bind(methods);
  training_plans.Bind(methods);
  external_certificates.Bind(methods);
}

}  // namespace heitie::personnel
