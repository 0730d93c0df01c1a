// The catch-all of a thread.
#pragma once

#include "common/observe/log.h"

namespace heitie::observe {

// Does a thread's work of one round. What it throws is logged under `message` and false returned: the thread goes on, and with it the
// process.
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
