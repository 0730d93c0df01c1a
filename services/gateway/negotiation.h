// What clients say of the forms in which they send and take bodies: media types, charsets, codings and qualities (RFC 9110, 8.3 and 12.4).
// Thread safety: pure functions.
#ifndef HEITIE_SERVICES_GATEWAY_NEGOTIATION_H_
#define HEITIE_SERVICES_GATEWAY_NEGOTIATION_H_

#include <string>
#include <utility>
#include <vector>

namespace heitie::gateway {

// A Content-Type, in lower case.
struct MediaType {
  std::string type;     // "application/json"; empty: none was given
  std::string charset;  // empty: none was given

  std::string Text() const { return charset.empty() ? type : type + "; charset=" + charset; }
};
MediaType ParseMediaType(const std::string& content_type);
// The media types that a value of Accept names, with their weights (RFC 9110, 12.5.1).
std::vector<std::pair<MediaType, double>> AcceptedOf(const std::string& accept);
// Whether the text of a body of that charset is UTF-8; without a charset it is (RFC 8259, 8.1).
bool MeansUtf8(const std::string& charset);

// Whether a value of Accept-Encoding takes gzip (RFC 9110, 12.5.3): by whichever of its names, else by `*`, with a quality above 0. An
// entry whose quality cannot be understood does not count.
bool TakesGzip(const std::string& accept_encoding);

// Whether a value of Accept names text/event-stream and does not want lines of JSON more.
bool WantsEvents(const std::string& accept);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_NEGOTIATION_H_
