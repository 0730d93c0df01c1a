#include "common/http/http2/fields.h"

#include "absl/strings/match.h"
#include "common/http/connection.h"

namespace heitie::http {
namespace {

bool IsOfConnection(const std::string& name) {
  for (const char* own : {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "content-length", "date"}) {
    if (absl::EqualsIgnoreCase(name, own)) return true;
  }
  return false;
}

}  // namespace

void FieldList::Add(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data())); };
  const std::string_view clean_name = Clean(name), clean_value = Clean(value);
  values_.push_back({bytes(clean_name), bytes(clean_value), clean_name.size(), clean_value.size(), NGHTTP2_NV_FLAG_NONE});
}

void FieldList::AddAll(const Headers& headers) {
  for (const auto& [name, value] : headers.fields()) {
    if (!IsOfConnection(name)) Add(name, value);
  }
}

std::string_view FieldList::Clean(std::string_view text) {
  return IsOneLine(text) ? text : std::string_view(cleaned_.emplace_back(OneLine(text)));
}

}  // namespace heitie::http
