#include "common/status/die.h"

#include <cstdio>
#include <cstdlib>

namespace heitie::status {

void Die(const std::string& what, const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), why.c_str());
  std::exit(70);
}

}  // namespace heitie::status
