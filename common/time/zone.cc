#include "common/time/zone.h"

#include <cstdlib>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace heitie::time {

std::string ZoneFolder() {
  const char* folder = std::getenv("TZDIR");
  return folder == nullptr || *folder == '\0' ? "/usr/share/zoneinfo" : folder;
}

// "Z Asia/Taipei 8:6 - LMT 1896 …" is a zone, "L Asia/Taipei ROC" another name of one.
std::set<std::string> ZoneNames(const std::string& folder) {
  std::set<std::string> names;
  std::ifstream list(absl::StrCat(folder, "/tzdata.zi"));
  for (std::string line; std::getline(list, line);) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() >= 2 && words[0] == "Z") names.insert(words[1]);
    if (words.size() == 3 && words[0] == "L") names.insert(words[2]);
  }
  return names;
}

std::optional<absl::TimeZone> FindZone(const std::string& name) {
  static const auto& kNames = *new const std::set<std::string>(ZoneNames(ZoneFolder()));
  absl::TimeZone zone;
  if (kNames.count(name) == 0 || !absl::LoadTimeZone(name, &zone)) return std::nullopt;
  return zone;
}

}  // namespace heitie::time
