// The catch-all of a thread.
#ifndef HEITIE_COMMON_OBSERVE_SURVIVE_H_
#define HEITIE_COMMON_OBSERVE_SURVIVE_H_

#include "common/observe/log.h"

namespace heitie::observe {

// Runs one round of a thread's work. If it throws, logs the exception under `message` and returns false, so that the thread, and with it
// the process, goes on.
template <typename F>
bool Survive(const char* message, F work) {
  try {
    work();
    return true;
  } catch (...) {
    LogException(message);
    return false;
  }
}

}  // namespace heitie::observe

#endif  // HEITIE_COMMON_OBSERVE_SURVIVE_H_
