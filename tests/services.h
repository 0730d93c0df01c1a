// The processes of the suite, from services/services.txt.
#ifndef HEITIE_TESTS_SERVICES_H_
#define HEITIE_TESTS_SERVICES_H_

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

#endif  // HEITIE_TESTS_SERVICES_H_
