#include "common/http/http1/framing.h"

#include <algorithm>
#include <boost/beast/http/status.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/http/connection.h"

namespace heitie::http {
namespace {

namespace beast = boost::beast;

constexpr size_t kUsualHead = 512;  // that most answers do not exceed

const status::Phrase kLineEnds{"lines end with CR and LF", "每行須以 CR 與 LF 結束"};
const status::Phrase kFolded{"headers are not folded (RFC 9112, 5.2)", "標頭不得折行（RFC 9112，5.2）"};
const status::Phrase kNoHost{"the Host header is missing", "缺少 Host 標頭"};
const status::Phrase kNoLength{"Content-Length is one number", "Content-Length 必須是一個數字"};
const status::Phrase kOldCoding{"HTTP/1.0 has no Transfer-Encoding", "HTTP/1.0 沒有 Transfer-Encoding"};

const char* ReasonPhrase(int code) {
  if (code == 499) return "Client Closed Request";  // not in any RFC, but in every log
  return beast::http::obsolete_reason(static_cast<beast::http::status>(code)).data();
}

}  // namespace

std::optional<Refused> CheckLines(std::string_view head, int max_headers) {
  int lines = 0;
  for (size_t at = 0; at < head.size(); ++at) {
    if (head[at] != '\r' && head[at] != '\n') continue;
    if (at + 1 == head.size() && head[at] == '\r') break;
    if (head.substr(at, 2) != "\r\n") return BadHttp(kLineEnds);
    ++lines;
    const std::string_view next = head.substr(++at + 1, 1);
    if (next == " " || next == "\t") return BadHttp(kFolded);
  }
  if (lines > max_headers + 1) return TooManyHeaders(max_headers);
  return std::nullopt;
}

std::optional<Refused> CheckFields(const beast::http::fields& fields, bool needs_host) {
  using beast::http::field;
  const size_t hosts = fields.count(field::host), lengths = fields.count(field::content_length);
  if (hosts > 1 || (needs_host && hosts == 0)) return BadHttp(hosts == 0 ? kNoHost : kSeveralHosts);
  const beast::string_view length = fields[field::content_length];
  if (lengths > 1 || !std::all_of(length.begin(), length.end(), [](unsigned char c) { return absl::ascii_isdigit(c); })) {
    return BadHttp(kNoLength);
  }
  if (fields.count(field::transfer_encoding) == 0) return std::nullopt;
  const beast::string_view encoding = fields[field::transfer_encoding];
  if (!needs_host) return BadHttp(kOldCoding);
  if (!absl::EqualsIgnoreCase(absl::string_view(encoding.data(), encoding.size()), "chunked")) {
    return UnknownCoding();
  }
  return std::nullopt;
}

void AppendFields(const Headers& headers, std::string* lines) {
  for (const auto& [name, value] : headers.fields()) {
    if (IsOneLine(name) && IsOneLine(value)) {
      absl::StrAppend(lines, name, ": ", value, "\r\n");
    } else {
      absl::StrAppend(lines, OneLine(name), ": ", OneLine(value), "\r\n");
    }
  }
}

std::string AnswerHead(const Response& response, Framing framing, size_t length, bool keep_alive) {
  std::string head;
  head.reserve(kUsualHead + length);
  absl::StrAppend(&head, "HTTP/1.1 ", response.status, " ", ReasonPhrase(response.status), "\r\nDate: ", HttpDate(), "\r\n");
  AppendFields(response.headers, &head);
  if (framing == Framing::kLength) absl::StrAppend(&head, "Content-Length: ", length, "\r\n");
  if (framing == Framing::kChunked) absl::StrAppend(&head, "Transfer-Encoding: chunked\r\n");
  if (!keep_alive) absl::StrAppend(&head, "Connection: close\r\n");
  absl::StrAppend(&head, "\r\n");
  return head;
}

}  // namespace heitie::http
