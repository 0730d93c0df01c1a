// What tests are compared with: numpy and scipy of Debian's Python.
#ifndef HEITIE_COMMON_STATISTICS_PYTHON_TESTING_H_
#define HEITIE_COMMON_STATISTICS_PYTHON_TESTING_H_

#include <cstdio>
#include <string>

namespace heitie::statistics {

// What a Python program, which has no apostrophes, prints; empty when there is no such module.
inline std::string Python(const std::string& program) {
  const std::string command = "/usr/bin/python3 -c '" + program + "' 2>/dev/null";
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  std::string said;
  char portion[4096];
  while (const size_t got = std::fread(portion, 1, sizeof(portion), pipe)) said.append(portion, got);
  pclose(pipe);
  return said;
}

}  // namespace heitie::statistics

#endif  // HEITIE_COMMON_STATISTICS_PYTHON_TESTING_H_
