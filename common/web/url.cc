#include "common/web/url.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace heitie::web {
namespace {

constexpr size_t kMostCharacters = 4000;

// What stands in a path or query as it is. A backslash is a slash to some.
bool IsPlain(char c) { return c > ' ' && c < 0x7f && std::string("\"<>\\^`{|}#").find(c) == std::string::npos; }

bool IsLabel(const std::string& label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  for (const char c : label) {
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '-' && c != '_') return false;
  }
  return true;
}

// Whether some take a host that ends in this label for an address (WHATWG, "ends in a number").
bool IsNumber(const std::string& label) {
  if (label.find_first_not_of("0123456789") == std::string::npos) return true;
  return absl::StartsWith(label, "0x") && label.find_first_not_of("0123456789abcdef", 2) == std::string::npos;
}

// The host and port of "shop.example:8443".
bool ParseAuthority(const std::string& authority, Url& url) {
  size_t end;
  std::string host;
  if (absl::StartsWith(authority, "[")) {
    end = authority.find(']');
    if (end == std::string::npos) return false;
    url.address = Address::Parse(authority.substr(1, end - 1));
    if (!url.address.has_value() || url.address->v4()) return false;
    ++end;
  } else {
    end = std::min(authority.find(':'), authority.size());
    host = absl::AsciiStrToLower(authority.substr(0, end));
    url.address = Address::Parse(host);
    if (!url.address.has_value() && !IsHostName(host)) return false;
  }
  url.host = url.address.has_value() ? url.address->Text() : host;
  if (end == authority.size()) {
    url.port = url.https ? 443 : 80;
    return true;
  }
  const std::string port = authority.substr(end + 1);
  if (authority[end] != ':' || port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos) return false;
  url.port = std::stoi(port);
  return url.port >= 1 && url.port <= 65535;
}

// "/a/./b/../c" → "/a/c" (RFC 3986, 5.2.4).
std::string WithoutDots(const std::string& path) {
  std::vector<std::string> kept;
  const std::vector<std::string> parts = absl::StrSplit(path.substr(1), '/');
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    const std::string dots = absl::StrReplaceAll(absl::AsciiStrToLower(parts[i]), {{"%2e", "."}});
    if (dots == ".." && !kept.empty()) kept.pop_back();
    if (dots != "." && dots != "..") {
      kept.push_back(parts[i]);
    } else if (last) {
      kept.push_back("");
    }
  }
  return "/" + absl::StrJoin(kept, "/");
}

std::string SchemeOf(const Url& url) { return url.https ? "https" : "http"; }

}  // namespace

bool IsHostName(const std::string& host) {
  if (host.empty() || host.size() > 253) return false;
  const std::vector<std::string> labels = absl::StrSplit(host, '.');
  for (const std::string& label : labels) {
    if (!IsLabel(label)) return false;
  }
  return !IsNumber(labels.back());
}

std::string Url::Authority() const {
  const std::string name = address.has_value() && !address->v4() ? absl::StrCat("[", host, "]") : host;
  return port == (https ? 443 : 80) ? name : absl::StrCat(name, ":", port);
}

std::string Url::Text() const { return absl::StrCat(SchemeOf(*this), "://", Authority(), target); }

std::optional<Url> ParseUrl(const std::string& text) {
  if (text.size() > kMostCharacters) return std::nullopt;
  for (const char c : text) {
    if (!IsPlain(c)) return std::nullopt;
  }
  Url url;
  const size_t colon = text.find("://");
  if (colon == std::string::npos) return std::nullopt;
  const std::string scheme = absl::AsciiStrToLower(text.substr(0, colon));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  url.https = scheme == "https";
  const size_t begin = colon + 3;
  const size_t end = std::min(text.find_first_of("/?", begin), text.size());
  if (!ParseAuthority(text.substr(begin, end - begin), url)) return std::nullopt;
  url.target = text.substr(end);
  if (url.target.empty() || url.target[0] == '?') url.target.insert(0, "/");
  return url;
}

std::optional<Url> Follow(const Url& base, const std::string& location) {
  std::string text;
  for (const char c : location.substr(0, location.find('#'))) {
    if (IsPlain(c)) {
      text += c;
    } else if (c == '\\' || (c >= 0 && c < ' ') || c == 0x7f) {
      return std::nullopt;
    } else {
      text += absl::StrFormat("%%%02X", static_cast<unsigned char>(c));
    }
  }
  // A scheme is what stands before a colon that comes before everything else that has a meaning.
  const size_t mark = text.find_first_of(":/?");
  if (mark != std::string::npos && text[mark] == ':') return ParseUrl(text);
  if (absl::StartsWith(text, "//")) return ParseUrl(absl::StrCat(SchemeOf(base), ":", text));
  const std::string own_path = base.target.substr(0, base.target.find('?'));
  std::string target;
  if (text.empty()) {
    target = base.target;
  } else if (text[0] == '?') {
    target = own_path + text;
  } else {
    const size_t question = std::min(text.find('?'), text.size());
    std::string path = text.substr(0, question);
    if (path.empty() || path[0] != '/') path = own_path.substr(0, own_path.rfind('/') + 1) + path;
    target = WithoutDots(path) + text.substr(question);
  }
  return ParseUrl(absl::StrCat(SchemeOf(base), "://", base.Authority(), target));
}

}  // namespace heitie::web
