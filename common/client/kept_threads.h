// Work beside the caller's thread. A thread that has done its work waits a while for the next: a new one, with its caches still to fill,
// costs as much as a quick call.
#pragma once

#include <functional>

namespace heitie::client {

// Begins the work at once, on a thread of its own; never waits for other work. It must not throw. The process does not wait for it when
// it ends. Throws std::system_error when there can be no more threads; the work is then not begun.
void RunAside(std::function<void()> work);

}  // namespace heitie::client
