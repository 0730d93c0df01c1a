#include "services/gateway/pages.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "common/text/markdown.h"
#include "services/gateway/compression.h"
#include "services/gateway/conditional.h"
#include "services/gateway/negotiation.h"

namespace heitie::gateway {

void Pages::Add(const std::string& path, const std::string& type, std::string body) {
  Page page;
  page.type = type;
  page.etag = absl::StrCat("\"", text::Sha256Hex(body).substr(0, 32), "\"");
  if (body.size() >= kWorthCompressing) page.compressed = Gzip(body, Effort::kSmall);
  page.body = std::move(body);
  pages_[path] = std::move(page);
}

http::Response Pages::Answer(const std::string& path, const http::Headers& asked) const {
  const Page& page = pages_.at(path);
  // Each form has a tag of its own, for they differ byte by byte.
  const bool gzip = !page.compressed.empty() && TakesGzip(asked.List("Accept-Encoding"));
  const std::string etag = gzip ? absl::StrCat(page.etag.substr(0, page.etag.size() - 1), "-gzip\"") : page.etag;
  http::Response response;
  response.headers = {{"ETag", etag},
                      {"Cache-Control", "no-cache"},
                      {"Vary", "Accept-Encoding"},
                      {"X-Content-Type-Options", "nosniff"},
                      // The documentation asks nobody but this gateway for anything, and nobody shows it inside of something else.
                      {"Content-Security-Policy",
                       "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src "
                       "'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}};
  const std::optional<TagList> known = ParseTags(asked.List("If-None-Match"));
  if (known.has_value() && WeakMatch(*known, etag.substr(1, etag.size() - 2))) {
    response.status = 304;
    return response;
  }
  response.headers.Set("Content-Type", page.type);
  if (gzip) response.headers.Set("Content-Encoding", "gzip");
  response.body = gzip ? page.compressed : page.body;
  return response;
}

}  // namespace heitie::gateway
