// Headers as nghttp2 wants them.
#ifndef HEITIE_COMMON_HTTP_HTTP2_FIELDS_H_
#define HEITIE_COMMON_HTTP_HTTP2_FIELDS_H_

#include <nghttp2/nghttp2.h>

#include <string>
#include <utility>
#include <vector>

#include "common/http/server.h"

namespace heitie::http {

// Name and value pairs, which nghttp2 copies.
class FieldList {
 public:
  void Add(std::string name, std::string value);
  // Without what HTTP/2 says in another way, or the server itself.
  void AddAll(const Headers& headers);
  const std::vector<nghttp2_nv>& values();

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
  std::vector<nghttp2_nv> values_;
};

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_HTTP2_FIELDS_H_
