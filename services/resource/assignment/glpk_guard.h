// GLPK ends the process where it finds a fault in its own computation, runs out of its memory, or is called wrongly. A plan that it cannot
// compute is no reason to stop a service.
#ifndef HEITIE_SERVICES_RESOURCE_ASSIGNMENT_GLPK_GUARD_H_
#define HEITIE_SERVICES_RESOURCE_ASSIGNMENT_GLPK_GUARD_H_

namespace heitie::resource::assignment {

// Internal: see RunGlpk.
bool RunGlpkCalls(void (*run)(void*), void* calls);

// Runs calls of GLPK. False: it gave up; then the environment of this thread, with every problem in it, is freed, and nothing of it may be
// used any more. `calls` is left by a jump, so it has no object in it that needs its destructor; what it refers to may be any.
template <typename F>
bool RunGlpk(F calls) {
  return RunGlpkCalls([](void* f) { (*static_cast<F*>(f))(); }, &calls);
}

}  // namespace heitie::resource::assignment

#endif  // HEITIE_SERVICES_RESOURCE_ASSIGNMENT_GLPK_GUARD_H_
