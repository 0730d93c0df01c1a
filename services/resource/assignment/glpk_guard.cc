#include "services/resource/assignment/glpk_guard.h"

#include <glpk.h>

#include <csetjmp>

namespace heitie::resource::assignment {
namespace {

constexpr int kMostMegabytes = 1024;

void LeaveGlpk(void* way_out) { std::longjmp(*static_cast<std::jmp_buf*>(way_out), 1); }
int SayNothing(void*, const char*) { return 1; }

}  // namespace

bool RunGlpkCalls(void (*run)(void*), void* calls) {
  std::jmp_buf way_out;
  if (setjmp(way_out) != 0) {
    glp_free_env();
    return false;
  }
  glp_error_hook(LeaveGlpk, &way_out);
  glp_term_hook(SayNothing, nullptr);
  glp_mem_limit(kMostMegabytes);
  run(calls);
  glp_error_hook(nullptr, nullptr);
  return true;
}

}  // namespace heitie::resource::assignment
