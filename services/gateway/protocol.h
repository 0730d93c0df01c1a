// How one exchange is read and answered. A protocol knows its heads, how messages lie in bodies, and how errors are told; the calls, which
// are the same for all, are Api's. Each is in a file of its own:
//
//   rest.h         google.api.http routes: JSON, lines of JSON, Server-Sent Events
//   connect.h      Connect (connectrpc.com/docs/protocol): unary by POST and GET, and streams
//   grpc_family.h  gRPC over HTTP/2, gRPC-Web in binary and in text
#ifndef HEITIE_SERVICES_GATEWAY_PROTOCOL_H_
#define HEITIE_SERVICES_GATEWAY_PROTOCOL_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/http/server.h"
#include "common/rpc/door.h"
#include "services/gateway/exchange.h"

namespace heitie::gateway {

class Protocol {
 public:
  enum class Body { kWhole, kLines, kPieces };

  explicit Protocol(Exchange& exchange) : exchange_(exchange) {}
  virtual ~Protocol() = default;
  Protocol(const Protocol&) = delete;

  // --- While the head is judged

  virtual Body body() const = 0;
  // What the head says, once the caller is admitted. The arrival has its deadline then.
  virtual absl::Status ReadHead(const http::Request& head) = 0;
  // An answer without a message.
  virtual http::Response Refusal(const absl::Status& status) const = 0;
  // Whether the answer is made of one call after another (list_export.h).
  virtual bool pages() const { return false; }
  // An answer that takes no call.
  virtual std::optional<http::Response> AtOnce() const { return std::nullopt; }

  // --- While the request is handled

  // The request, with its body where that is read whole.
  virtual void Take(http::Request /*request*/) {}
  // The next message: `take` is called with it, with nothing behind the last one, or with why there is none.
  virtual void Read(std::function<void(rpc::Incoming)> take) = 0;
  // One message of the answer; `next` when there is room for another.
  virtual void Send(const grpc::ByteBuffer& message, std::function<void()> next) = 0;
  // The end of the answer. What comes after the first end counts no more.
  virtual void Finish(const absl::Status& status) = 0;

 protected:
  Exchange& exchange_;
};

// What is wrong with the form of a request.
extern const status::Reason kUnknownCoding;     // {coding} {known}: UNIMPLEMENTED
extern const status::Reason kInflatedTooLarge;  // {most} {ratio}: RESOURCE_EXHAUSTED
extern const status::Reason kUnsupportedMedia;  // {expected}
extern const status::Reason kBadHeader;         // {header} {expected}
extern const status::Reason kWrongMethod;       // {path} {allowed:list} {method}

// As a header tells it to who asks for others.
inline constexpr char kKnownCodings[] = "gzip";

absl::Status BadHeader(const std::string& header, const status::Phrase& expected);
absl::Status Unsupported(const status::Phrase& expected);
// OK for gzip and for what is not compressed.
absl::Status CheckCoding(const std::string& coding);
bool IsGzip(const std::string& coding);
// The message of a gzip body, of at most as many bytes as a message may have.
absl::StatusOr<std::string> Inflated(const std::string& bytes);
// Why a body that comes in lines or pieces is not read any further, in the terms of the API.
absl::Status BodyError(const absl::Status& status);
// More than a message may have.
absl::Status TooLarge(size_t bytes);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_PROTOCOL_H_
