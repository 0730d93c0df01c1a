// A call on its way to another service and back.
#ifndef HEITIE_COMMON_CLIENT_HTTP2_CALL_H_
#define HEITIE_COMMON_CLIENT_HTTP2_CALL_H_

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/client/http2/messages.h"
#include "common/client/http2/outcome.h"
#include "common/client/in_flight.h"
#include "common/rpc/bounds.h"
#include "common/rpc/door.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/status.h"

namespace heitie::client {

class Link;

// Filled by who makes it, then given to a Balancer. From then on everything but Cancel is of who has it: the balancer while it waits for a
// connection, then the strand of a connection.
struct WireCall final : std::enable_shared_from_this<WireCall> {
  using TakeMessage = std::function<void(grpc::ByteBuffer, std::function<void()> next)>;

  // --- What is asked

  std::string path, authorization, traceparent, language;  // headers; an empty one is left out
  absl::Time deadline = absl::InfiniteFuture();
  grpc::ByteBuffer request;
  rpc::ReadNext read;  // in place of `request`: a stream of messages, of which the next is asked for when one is on its way
  // For each message of the answer, on the connection's strand; none: the answer is one message. The next one is given when `next` was
  // called, which is the flow control. It has returned when `done` is called.
  TakeMessage message;
  // Once, last. The message is that of an answer of one.
  std::function<void(const grpc::Status&, grpc::ByteBuffer)> done;
  std::optional<InFlight::Mark> mark;
  bool bound = false;  // to the connection that it is given to: it goes to no other

  // From any thread, at any time; `done` is told CANCELLED unless the call has ended.
  void Cancel();
  bool cancelled() const { return cancelled_; }

  // Who has it now; nobody while it waits for a connection.
  void SetLink(std::weak_ptr<Link> link);
  std::shared_ptr<Link> link() const;
  // Takes `done` away and calls it.
  void Finish(const grpc::Status& status);

  // --- On its connection

  enum class Turn { kReading, kConsumer };

  std::atomic<int32_t> id{-1};  // who cancels may still ask the connection that it has left
  bool sent = false;            // the server may have seen it
  bool answered = false;        // it has begun to
  int refused = 0;              // times that a server has said it has not processed it
  std::string output;
  size_t written = 0;  // of it
  bool last = false;   // nothing is put into `output` any more
  bool asked = false;  // `read` was, and has not answered
  Outcome outcome;
  MessageReader reader{rpc::kMaxWireBytes};
  Turn turn = Turn::kReading;
  std::string unread;                   // has come while it was the consumer's turn
  std::optional<grpc::ByteBuffer> one;  // the message of an answer of one
  std::optional<grpc::Status> ended;    // as the trailers say, once they have come

 private:
  std::atomic<bool> cancelled_{false};
  mutable std::mutex mutex_;
  std::weak_ptr<Link> link_;  // guarded by mutex_
};
using CallPtr = std::shared_ptr<WireCall>;

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_HTTP2_CALL_H_
