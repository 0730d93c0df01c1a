// The personnel service: its contract on its own schema.
#ifndef HEITIE_SERVICES_PERSONNEL_SERVICE_H_
#define HEITIE_SERVICES_PERSONNEL_SERVICE_H_

#include "common/rpc/service.h"
#include "common/service/main.h"
#include "services/personnel/appraisal/policy.h"
#include "services/personnel/staff/absence_kind.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/calendar.h"
#include "services/personnel/staff/duty.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/position.h"
#include "services/personnel/staff/position_template.h"
#include "services/personnel/staff/rota.h"
#include "services/personnel/staff/step.h"
#include "services/personnel/training/certificate.h"
#include "services/personnel/training/course.h"
#include "services/personnel/training/enrollment.h"
#include "services/personnel/training/qualification.h"
#include "services/personnel/training/session.h"
#include "services/personnel/training/skill.h"

namespace heitie::personnel {

// Thread-safe.
class Service {
 public:
  explicit Service(service::Context context);
  rpc::Service& rpc() { return rpc_; }

 private:
  rpc::Service rpc_;
  Skills skills_;
  Courses courses_;
  Duties duties_;
  Positions positions_;
  PositionTemplates position_templates_;
  AbsenceKinds absence_kinds_;
  Employees employees_;
  Steps steps_;
  Approvals approvals_;
  Rotas rotas_;
  Sessions sessions_;
  Certificates certificates_;
  Enrollments enrollments_;
  Qualifications qualifications_;
  SkillAssessments skill_assessments_;
  Calendars calendars_;
  AppraisalPolicies appraisal_policies_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_SERVICE_H_
