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

void FieldList::Add(std::string name, std::string value) { fields_.emplace_back(std::move(name), OneLine(std::move(value))); }

void FieldList::AddAll(const Headers& headers) {
  for (const auto& [name, value] : headers.fields()) {
    if (!IsOfConnection(name)) Add(OneLine(name), value);
  }
}

const std::vector<nghttp2_nv>& FieldList::values() {
  values_.clear();
  const auto bytes = [](std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); };
  for (auto& [name, value] : fields_) values_.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  return values_;
}

}  // namespace heitie::http
