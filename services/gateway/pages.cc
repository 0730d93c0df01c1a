#include "services/gateway/pages.h"

#include <zlib.h>

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/text/markdown.h"

namespace heitie::gateway {
namespace {

// Below this the head is most of an answer.
constexpr size_t kWorthCompressing = 1024;

// With the head of gzip; empty when it would not be shorter.
std::string Gzip(const std::string& text) {
  z_stream stream = {};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) return "";
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = text.size();
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = out.size();
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return whole && out.size() < text.size() ? out : "";
}

}  // namespace

void Pages::Add(const std::string& path, const std::string& type, std::string body) {
  Page page;
  page.type = type;
  page.etag = absl::StrCat("\"", text::Sha256Hex(body).substr(0, 32), "\"");
  if (body.size() >= kWorthCompressing) page.compressed = Gzip(body);
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
                      {"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src "
                                                  "'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}};
  if (NamesTag(asked.List("If-None-Match"), etag)) {
    response.status = 304;
    return response;
  }
  response.headers.Set("Content-Type", page.type);
  if (gzip) response.headers.Set("Content-Encoding", "gzip");
  response.body = gzip ? page.compressed : page.body;
  return response;
}

bool TakesGzip(const std::string& accept_encoding) {
  bool named = false, any = false;
  for (const auto& part : absl::StrSplit(accept_encoding, ',', absl::SkipWhitespace())) {
    const std::vector<std::string> pieces = absl::StrSplit(std::string(part), ';');
    const std::string coding = absl::AsciiStrToLower(absl::StripAsciiWhitespace(pieces[0]));
    double quality = 1;
    for (size_t i = 1; i < pieces.size(); ++i) {
      const std::string parameter(absl::StripAsciiWhitespace(pieces[i]));
      if (absl::StartsWithIgnoreCase(parameter, "q=") && !absl::SimpleAtod(parameter.substr(2), &quality)) quality = 0;
    }
    if (coding == "gzip" || coding == "x-gzip") {
      if (!(quality > 0)) return false;
      named = true;
    } else if (coding == "*") {
      any = quality > 0;
    }
  }
  return named || any;
}

bool NamesTag(const std::string& if_none_match, const std::string& etag) {
  for (const auto& part : absl::StrSplit(if_none_match, ',', absl::SkipWhitespace())) {
    std::string tag(absl::StripAsciiWhitespace(part));
    if (absl::StartsWith(tag, "W/")) tag.erase(0, 2);
    if (tag == "*" || tag == etag) return true;
  }
  return false;
}

}  // namespace heitie::gateway
