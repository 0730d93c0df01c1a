// A connection of HTTP/1.1 (RFC 9112): one request after the other. connection.cc has the state, the time that a client has, and the end;
// requests.cc what becomes of a request until its handler has it, parts.cc bodies that are read while they come, answers.cc the way back.
#ifndef HEITIE_COMMON_HTTP_HTTP1_CONNECTION_H_
#define HEITIE_COMMON_HTTP_HTTP1_CONNECTION_H_

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/http/connection.h"
#include "common/http/http1/framing.h"
#include "common/http/lines.h"

namespace heitie::http {

// Everything but the constructor and the destructor runs on the strand.
class Http1 final : public Connection {
 public:
  Http1(std::shared_ptr<Core> core, std::unique_ptr<Transport> transport, const boost::asio::ip::address& peer)
      : core_(std::move(core)),
        transport_(std::move(transport)),
        executor_(transport_->socket().get_executor()),
        timer_(executor_),
        peer_(peer),
        seat_(*core_, this, peer) {}
  ~Http1() override { LeaveRoom(); }

  void Start() override;
  void Refuse(Refused refused) override;
  void Lame() override {}
  void Drain() override;
  void GiveWay() override;
  void GiveUpRequest() override;
  void Cut() override {
    Post([](Http1& self) { self.Close(); });
  }
  const boost::asio::ip::address& origin() const override { return seat_.origin(); }

  using TakePart = std::function<void(absl::StatusOr<std::optional<std::string>>)>;

  // The answer of exchange `id`; what comes for an exchange that is over is dropped.
  void Send(uint64_t id, Response response);
  void StartStream(uint64_t id, Response head);
  void Write(uint64_t id, std::string piece, std::function<void()> next);
  void End(uint64_t id, Headers trailers);
  void OnClose(uint64_t id, std::function<void()> callback);
  void ReadLine(uint64_t id, TakePart take);
  void ReadPiece(uint64_t id, size_t held, TakePart take);
  // The handler dropped its Responder.
  void Abandon(uint64_t id);

 private:
  enum class State { kHandshake, kIdle, kRequest, kHandling, kLinger, kClosed };
  struct Piece {
    std::string bytes;
    std::function<void()> next;
    bool last = false;
  };
  using Parser = boost::beast::http::request_parser<GatheredBody>;
  using Clock = std::chrono::steady_clock;
  static constexpr size_t kReadSize = 16 << 10;
  static constexpr Clock::time_point kNever = Clock::time_point::max();

  template <typename F>
  void Post(F work) {
    if (Stopped()) return;
    boost::asio::post(executor_, [self = Self(), work = std::move(work)]() mutable { work(*self); });
  }
  bool Stopped() const { return core_->stopped; }
  std::shared_ptr<Http1> Self() { return std::static_pointer_cast<Http1>(shared_from_this()); }

  bool Answering(uint64_t id) const { return state_ == State::kHandling && id == exchange_; }

  // ---- The time and the room that a client has

  // From now on it is the client's turn, for that time.
  void Await(State state, absl::Duration timeout);
  void AwaitNothing(State state);
  void Arm(absl::Duration timeout);
  void Disarm() { deadline_ = kNever; }

  // Sees to it that the deadline is looked at when it passes. Timers are dear and deadlines are many: one that is moved back leaves the
  // timer as it is, which then looks again.
  void Watch();
  void OnTime();
  void OnTimeout();

  // What does not arrive at once takes room, and until it has arrived may have to give it up again.
  void TakeRoom(size_t bytes);
  void LeaveRoom();

  // ---- Requests

  void Handshake();
  void AwaitRequest();

  // At most one read is outstanding. It goes on while a request is handled, for it is what tells that the client has gone; it ends
  // beside the input, of which requests are consumed in the meantime.
  void Read();
  void OnRead(const boost::system::error_code& error, size_t n);

  // What arrives while a request is handled is the next one: it waits.
  void ReadAhead();

  // One empty line before a request is nothing (RFC 9112, 2.2). True when more has to come to tell.
  bool SkipEmptyLine();

  // With its preface a client says that it speaks HTTP/2 without having asked (RFC 9113, 3.3). Over TLS it has to ask.
  enum class Preface { kNo, kNotYet, kYes };
  Preface SeesPreface();

  // This has no more to do.
  void BecomeHttp2();
  void Parse();

  // More of a body, that is, for as long as it comes fast enough.
  void AwaitMore();
  Response Explained(const Request& head, const Refused& refused) const { return http::Explained(*core_, head, refused); }

  // The connection goes on when nothing of the body is still to come.
  void AnswerRefusal();

  // The parser gets the head whole: only then do the limits hold for all of it.
  std::optional<Refused> ParseHead();

  // For the log, of a head that is not read any further.
  void NoteRequestLine();
  std::optional<Refused> TakeHead();

  void JudgeHead();

  // Trailers are read, and that is all: what they say must not count as said in the head.
  std::optional<Refused> ParseBody();

  Refused RefusalOf(const boost::system::error_code& error) const;

  void Dispatch();
  void BeginExchange();

  // Gives it to the handler.
  void Handle(Request request);

  // ---- The lines or pieces of a body, while it is handled

  bool AwaitsPart() const { return state_ == State::kHandling && take_part_ != nullptr; }
  bool InParts() const { return lines_.has_value() || pieces_; }
  bool BodyHasCome() const { return !InParts() || parser_->is_done(); }

  void NextPart() { pieces_ ? NextPiece() : NextLine(); }

  // Gives the line that is awaited when it has come; else sees to it that more of it comes.
  void NextLine();
  void NextPiece();

  // False when nothing more of it is here.
  bool MoreOfBody();

  // `bytes`: of the line or message that is not whole.
  void AwaitPart(size_t bytes);
  void GivePart(absl::StatusOr<std::optional<std::string>> line);

  // Between lines a client may be silent for as long as between requests; a line comes as fast as a body.
  void ArmForPart();

  // ---- Answers

  void WriteWhole(Response response);
  void WriteStreamHead(Response head);
  void WritePiece(std::string piece, std::function<void()> next);
  void WriteEnd(const Headers& trailers);
  void Push(std::string bytes, std::function<void()> next, bool last);
  void WriteFront();

  // Each step of progress gives the client its time anew, until `deadline`.
  void WriteSome(size_t offset, absl::Time deadline);
  void FinishPiece();
  void FinishExchange();

  // ---- The end

  // The last answer: the client has not delivered its request, or not a valid one.
  void Reject(const Refused& refused) { RejectWith(Explained(std::exchange(request_, {}), refused)); }
  void RejectWith(Response response);

  // Closing with unread input would reset the connection, and the client would lose the answer: read it away until the client
  // closes, for a while and not for ever.
  void Linger();
  void LingerOn(size_t read);
  void FinishWriting();
  void Close();

  const std::shared_ptr<Core> core_;
  std::unique_ptr<Transport> transport_;  // nullptr: it is another connection's now
  const boost::asio::any_io_executor executor_;
  boost::asio::steady_timer timer_;
  Clock::time_point deadline_ = kNever;  // of what the client, or the transport, has to do next
  Clock::time_point watched_ = kNever;   // when the timer looks at that
  const boost::asio::ip::address peer_;
  Seat seat_;

  State state_ = State::kHandshake;
  bool fresh_ = true;  // nothing has come that is not HTTP/2
  bool keep_alive_ = true;
  bool reading_ = false;
  // Not initialized: the pages that no client fills cost nothing.
  const std::unique_ptr<char[]> incoming_{new char[kReadSize]};
  boost::beast::flat_buffer input_;
  size_t scanned_ = 0;   // of the input, for the end of the head
  size_t lingered_ = 0;  // bytes that were read away
  std::optional<Parser> parser_;
  Request request_;
  absl::Time head_came_;
  std::string caller_;  // as the judge says
  std::optional<Response> refusal_;
  std::optional<Room::Place> place_;
  bool skipped_ = false;  // the empty line before the request
  // Of a body that is read in lines or in pieces.
  std::optional<Lines> lines_;
  bool pieces_ = false;
  size_t line_bytes_ = 0;     // of the parser's body, that `lines_` has
  size_t held_ = 0;           // of the pieces, by the handler
  bool body_broken_ = false;  // nothing can be read after what the parser has
  absl::Time part_began_;
  TakePart take_part_;  // waits for a line or a piece

  // The exchange in progress.
  uint64_t exchange_ = 0;
  bool head_only_ = false;
  bool old_client_ = false;  // HTTP/1.0: knows no chunks
  bool answered_ = false;    // the head is on its way
  bool ending_ = false;      // the end is on its way
  Framing framing_ = Framing::kLength;
  std::deque<Piece> output_;
  std::vector<std::function<void()>> on_close_;
};

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_HTTP1_CONNECTION_H_
