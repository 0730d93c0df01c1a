#include "common/rpc/name_pattern.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace heitie::rpc {

bool IsResourceId(const std::string& id) {
  if (id.empty() || id.size() > 63 || id[0] == '-') return false;
  return id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

bool MatchesPattern(const std::string& name, const std::string& pattern) {
  const std::vector<std::string> have = absl::StrSplit(name, '/');
  const std::vector<std::string> want = absl::StrSplit(pattern, '/');
  if (have.size() != want.size()) return false;
  for (size_t i = 0; i < want.size(); ++i) {
    const bool variable = absl::StartsWith(want[i], "{");
    if (variable ? !IsResourceId(have[i]) : have[i] != want[i]) return false;
  }
  return true;
}

}  // namespace heitie::rpc
