#include "services/personnel/service.h"

#include "common/event/event_log.h"

namespace heitie::personnel {

Service::Service(service::Context context)
    : rpc_("heitie.personnel.v1"),
      skills_(context.store),
      courses_(context.store, skills_.kind()),
      duties_(context.store),
      positions_(context.store, courses_.kind(), skills_.kind(), duties_.kind()),
      position_templates_(context.store, positions_.kind()),
      absence_kinds_(context.store),
      employees_(context, positions_.kind(), absence_kinds_.kind()),
      steps_(context, employees_),
      approvals_(context, employees_),
      rotas_(context, duties_.kind(), positions_.kind(), employees_),
      sessions_(context.store, courses_.kind()),
      certificates_(context.store),
      enrollments_(context.store, context.time_zone, courses_.kind(), sessions_.kind(), employees_.kind(), certificates_),
      qualifications_(context.store, employees_.kind(), positions_.kind(), certificates_.kind()),
      skill_assessments_(context.store, context.time_zone, skills_.kind(), employees_.kind(), positions_.kind(), courses_.kind(),
                         certificates_),
      calendars_(context.store),
      appraisal_policies_(context.store) {
  record::Methods methods(rpc_, context.store);
  skills_.Bind(methods);
  courses_.Bind(methods);
  duties_.Bind(methods);
  positions_.Bind(methods);
  position_templates_.Bind(methods);
  absence_kinds_.Bind(methods);
  employees_.Bind(methods);
  steps_.Bind(methods);
  rotas_.Bind(methods);
  sessions_.Bind(methods);
  certificates_.Bind(methods);
  enrollments_.Bind(methods);
  qualifications_.Bind(methods);
  skill_assessments_.Bind(methods);
  calendars_.Bind(methods);
  appraisal_policies_.Bind(methods);
  event::Bind(rpc_, context.store);
}

}  // namespace heitie::personnel
