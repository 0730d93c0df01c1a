// Headers as nghttp2 wants them.
#ifndef HEITIE_COMMON_HTTP_HTTP2_FIELDS_H_
#define HEITIE_COMMON_HTTP_HTTP2_FIELDS_H_

#include <nghttp2/nghttp2.h>

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/server.h"

namespace heitie::http {

// Name and value pairs, which nghttp2 copies. What is added has to live until then.
class FieldList {
 public:
  void Add(std::string_view name, std::string_view value);
  // Without what HTTP/2 says in another way, or the server itself.
  void AddAll(const Headers& headers);
  const std::vector<nghttp2_nv>& values() const { return values_; }

 private:
  std::string_view Clean(std::string_view text);

  std::vector<nghttp2_nv> values_;
  std::deque<std::string> cleaned_;
};

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_HTTP2_FIELDS_H_
