// One request over HTTP/2 and its answer.
#ifndef HEITIE_COMMON_HTTP_HTTP2_STREAM_H_
#define HEITIE_COMMON_HTTP_HTTP2_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/http/connection.h"
#include "common/http/lines.h"

namespace heitie::http {

class Http2;
using TakeBody = std::function<void(absl::StatusOr<std::optional<std::string>>)>;

// Everything on the strand of its connection.
struct Http2Stream final : Arriving, std::enable_shared_from_this<Http2Stream> {
  Http2Stream(std::weak_ptr<Http2> c, int32_t i) : connection(std::move(c)), id(i) {}
  void GiveUpRequest() override;

  enum class State { kHead, kBody, kHandled, kClosed };
  struct Piece {
    std::string bytes;
    std::function<void()> next;
  };

  const std::weak_ptr<Http2> connection;
  const int32_t id;
  State state = State::kHead;
  absl::Time deadline = absl::InfiniteFuture();  // of what the client has to do next

  // The request.
  Request request;
  std::string target, authority;
  size_t head_bytes = 0;
  int fields = 0;
  std::optional<Refused> refused;  // for its head
  std::string caller;
  bool whole = false;  // the body has come
  std::string body;
  size_t taken = 0;  // of it, by the handler
  absl::Time head_came;
  std::optional<Room::Place> place;
  // Of a body that is read in lines or in pieces.
  std::optional<Lines> lines;
  bool pieces = false;
  bool part_taken = false;  // one has been
  size_t held = 0;
  absl::Time part_began;
  TakeBody take;

  // The answer.
  bool head_only = false;
  bool answered = false;  // the head is on its way
  bool ending = false;    // nothing is added any more
  bool finished = false;  // the end was sent
  std::deque<Piece> output;
  size_t offset = 0;  // of the first piece
  absl::Time piece_deadline;
  Headers trailers;
  std::vector<std::function<void()>> on_close;

  bool in_parts() const { return lines.has_value() || pieces; }
  bool unread() const { return answered && ending; }  // what still comes of the body is of no use
  size_t part_bytes() const { return pieces ? held : lines->size(); }
};
using StreamPtr = std::shared_ptr<Http2Stream>;

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_HTTP2_STREAM_H_
