// "GET /v1/projects/spring". A path that is found is found again, with the same values, when it is put together from what was found.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/http/server.h"
#include "tests/fuzz/routes.h"

namespace heitie::fuzz {
namespace {

using gateway::RouteTable;
using gateway::Segment;

std::string Encoded(const std::string& text, bool keep_slashes) {
  std::string encoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (keep_slashes && text.compare(i, 3, "%2F") == 0) {
      encoded += "%2F";
      i += 2;
    } else if (absl::ascii_isalnum(static_cast<unsigned char>(text[i])) || (keep_slashes && text[i] == '/')) {
      encoded += text[i];
    } else {
      absl::StrAppend(&encoded, "%", absl::Hex(static_cast<unsigned char>(text[i]), absl::kZeroPad2));
    }
  }
  return encoded;
}

std::string PathOf(const RouteTable::Match& match) {
  const auto& segments = match.binding->path.segments;
  std::string path;
  for (size_t i = 0; i < segments.size(); ++i) {
    const auto variable = std::find_if(match.values.begin(), match.values.end(), [&](const auto& v) { return v.first->first == i; });
    if (variable == match.values.end()) {
      absl::StrAppend(&path, "/", segments[i].kind == Segment::kLiteral ? segments[i].literal : "x");
    } else {
      const size_t end = variable->first->end;
      absl::StrAppend(&path, "/", Encoded(variable->second, end - i > 1 || segments[end - 1].kind == Segment::kRest));
      i = end - 1;
    }
  }
  return match.binding->path.verb.empty() ? path : absl::StrCat(path, ":", match.binding->path.verb);
}

void Play(const std::string& http_method, const std::string& path) {
  const RouteTable::Match match = Routes().Find(http_method, path);
  if (match.binding == nullptr) {
    Require(match.values.empty(), "what is not found has no values");
    Require(std::count(match.allowed.begin(), match.allowed.end(), http_method) == 0, "an allowed method is found");
    return;
  }
  Require(match.binding->http_method == http_method && match.allowed.empty(), "the route is of the method");
  for (const auto& [variable, value] : match.values) Require(!value.empty(), "no variable is empty");
  const RouteTable::Match again = Routes().Find(http_method, PathOf(match));
  Require(again.binding == match.binding, "the same route is found again");
  Require(again.values == match.values, "with the same values");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t space = std::min(text.find(' '), text.size());
  heitie::fuzz::Play(text.substr(0, space), text.substr(std::min(space + 1, text.size())));
  return 0;
}
