#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_CATALOGUE_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_CATALOGUE_H_

#include "common/service/main.h"
#include "services/personnel/training/course.h"
#include "services/personnel/training/skill.h"

namespace heitie::personnel {

// What can be learned: positions demand it, so it is there before them. Not to be moved: its concepts refer to each other. Thread-safe.
struct TrainingCatalogue {
  explicit TrainingCatalogue(const service::Context& context);
  TrainingCatalogue(const TrainingCatalogue&) = delete;
  TrainingCatalogue& operator=(const TrainingCatalogue&) = delete;

  void Bind(record::Methods& methods);

  Skills skills;
  Courses courses;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_CATALOGUE_H_
