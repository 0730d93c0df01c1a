// The name of a time zone. What is accepted is a name, never the path of a file.
#include <algorithm>

#include "common/time/day.h"
#include "common/time/zone.h"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {
namespace {

void Play(const std::string& name) {
  if (!time::FindZone(name)) return;
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+' || c == '/';
  });
  Require(plain && !name.empty() && name.front() != '/' && name.find("..") == std::string::npos, "a zone has a name, not a path");
  (void)time::DateOf(absl::FromUnixSeconds(1767225600), name);
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  heitie::fuzz::Play({reinterpret_cast<const char*>(data), size});
  return 0;
}
