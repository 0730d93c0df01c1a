// The processes of the suite, from services/services.txt.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_split.h"

namespace heitie {

inline std::vector<std::string> Services() { return absl::StrSplit(HEITIE_SERVICES, ','); }
// Those with a schema of their own.
inline std::vector<std::string> Stores() {
  std::vector<std::string> stores = Services();
  std::erase(stores, "gateway");
  return stores;
}

}  // namespace heitie
