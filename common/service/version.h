// What was built.
#ifndef HEITIE_COMMON_SERVICE_VERSION_H_
#define HEITIE_COMMON_SERVICE_VERSION_H_

namespace heitie::service {

// -DHEITIE_VERSION and -DHEITIE_COMMIT of the build; "dev" and "unknown" when it was given none.
const char* Version();
const char* Commit();

}  // namespace heitie::service

#endif  // HEITIE_COMMON_SERVICE_VERSION_H_
