#include "common/service/version.h"

namespace heitie::service {

const char* Version() { return HEITIE_VERSION; }
const char* Commit() { return HEITIE_COMMIT; }

}  // namespace heitie::service
