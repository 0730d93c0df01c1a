#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_CHAPTER_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_CHAPTER_H_

#include "common/service/main.h"
#include "services/personnel/training/certificate.h"
#include "services/personnel/training/development_policy.h"
#include "services/personnel/training/enrollment.h"
#include "services/personnel/training/external_certificate.h"
#include "services/personnel/training/personal_plan.h"
#include "services/personnel/training/qualification.h"
#include "services/personnel/training/reminder.h"
#include "services/personnel/training/session.h"
#include "services/personnel/training/skill.h"
#include "services/personnel/training/waiting_list.h"

namespace heitie::personnel {

struct StaffChapter;
struct TrainingCatalogue;

// How people learn what is demanded of them (H3). Not to be moved: its concepts refer to each other. Thread-safe.
struct TrainingChapter {
  TrainingChapter(const service::Context& context, TrainingCatalogue& catalogue, StaffChapter& staff);
  TrainingChapter(const TrainingChapter&) = delete;
  TrainingChapter& operator=(const TrainingChapter&) = delete;

  void Bind(record::Methods& methods);

  Sessions sessions;
  Certificates certificates;
  WaitingLists waiting_lists;
  Enrollments enrollments;
  Qualifications qualifications;
  SkillAssessments skill_assessments;
  DevelopmentPolicies development_policies;
  TrainingPlans training_plans;
  ExternalCertificates external_certificates;
  Reminders reminders;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_CHAPTER_H_
