#include "common/rpc/peer.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace heitie::rpc {
namespace {

constexpr char kCommonName[] = "CN=services/";

// The end of the attribute that begins at `begin`: a separator that is not escaped.
size_t EndOfAttribute(const std::string& subject, size_t begin) {
  for (size_t i = begin; i < subject.size(); ++i) {
    if (subject[i] == '\\') {
      ++i;
    } else if (subject[i] == ',' || subject[i] == '+') {
      return i;
    }
  }
  return subject.size();
}

}  // namespace

std::string ServiceOf(const std::string& subject) {
  std::string service;
  int names = 0;
  for (size_t begin = 0; begin < subject.size();) {
    const size_t end = EndOfAttribute(subject, begin);
    const std::string attribute = subject.substr(begin, end - begin);
    if (attribute.rfind("CN=", 0) == 0) {
      ++names;
      if (attribute.rfind(kCommonName, 0) == 0) service = attribute.substr(sizeof(kCommonName) - 1);
    }
    begin = end + 1;
  }
  return names == 1 && std::all_of(service.begin(), service.end(), absl::ascii_islower) ? service : "";
}

}  // namespace heitie::rpc
