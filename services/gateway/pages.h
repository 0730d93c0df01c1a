// What the gateway serves to everybody, without a token: the contract and its documentation. Pages stay as they are while the process runs;
// each has an ETag of its bytes and is compressed once, so that a stranger who asks for it again and again costs nothing but its bytes.
#ifndef HEITIE_SERVICES_GATEWAY_PAGES_H_
#define HEITIE_SERVICES_GATEWAY_PAGES_H_

#include <map>
#include <string>

#include "common/http/server.h"

namespace heitie::gateway {

// Thread-safe once all pages are there.
class Pages {
 public:
  // `path` without a query, `type` as Content-Type says it.
  void Add(const std::string& path, const std::string& type, std::string body);
  bool Has(const std::string& path) const { return pages_.count(path) == 1; }
  // The answer to a GET of one that is there: 200, or 304 when If-None-Match names what it is; compressed by gzip for those who take that.
  http::Response Answer(const std::string& path, const http::Headers& asked) const;

 private:
  struct Page {
    std::string type, etag, body;
    std::string compressed;  // empty: not worth it
  };
  std::map<std::string, Page> pages_;
};

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_PAGES_H_
