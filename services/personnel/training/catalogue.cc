#include "services/personnel/training/catalogue.h"

namespace heitie::personnel {

TrainingCatalogue::TrainingCatalogue(const service::Context& context) : skills(context.store), courses(context.store, skills.kind()) {}

void TrainingCatalogue::Bind(record::Methods& methods) {
  skills.Bind(methods);
  courses.Bind(methods);
}

}  // namespace heitie::personnel
