#include "services/personnel/onboarding/chapter.h"

#include "services/personnel/staff/chapter.h"
#include "services/personnel/training/catalogue.h"
#include "services/personnel/training/chapter.h"

namespace heitie::personnel {

OnboardingChapter::OnboardingChapter(const service::Context& context, TrainingCatalogue& catalogue, StaffChapter& staff,
                                     TrainingChapter& training)
    : handbook(context.store),
      templates(context.store, staff.positions.kind(), catalogue.courses.kind(), staff.duties.kind(), handbook),
      onboardings(context, templates, handbook, staff.employees, staff.rotas, training.certificates, training.development_policies,
                  staff.approvals, staff.steps),
      sharing_series(context, staff.employees.kind(), training.development_policies, staff.steps) {}

void OnboardingChapter::Bind(record::Methods& methods) {
  handbook.Bind(methods);
  templates.Bind(methods);
  onboardings.Bind(methods);
  sharing_series.Bind(methods);
}

}  // namespace heitie::personnel
