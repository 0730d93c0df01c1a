// What lines of all kinds have in common: each names an item.
#ifndef HEITIE_SERVICES_RESOURCE_MATERIAL_LINES_H_
#define HEITIE_SERVICES_RESOURCE_MATERIAL_LINES_H_

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace heitie::resource {

extern const status::Reason kDuplicateItem;  // {item}
extern const status::Reason kUnknownItem;    // {item}

// `path` is the list's path in the request, for example "reservation.lines".
inline std::string LineField(const std::string& path, int index) { return absl::StrCat(path, "[", index, "].item"); }

// The items of the lines, each once, in the order in which they are locked.
template <typename Lines>
std::vector<std::string> ItemsOf(const Lines& lines) {
  std::set<std::string> items;
  for (const auto& line : lines) items.insert(line.item());
  return {items.begin(), items.end()};
}

// Reports every line whose item another line has named before.
template <typename Lines>
void CheckUnique(const Lines& lines, const std::string& path, status::BadFields& bad) {
  std::set<std::string> seen;
  for (int i = 0; i < lines.size(); ++i) {
    if (!seen.insert(lines[i].item()).second) bad.Add(LineField(path, i), kDuplicateItem, {{"item", lines[i].item()}});
  }
}

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MATERIAL_LINES_H_
