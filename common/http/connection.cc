#include "common/http/connection.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <deque>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/http/lines.h"

namespace heitie::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr absl::Duration kLinger = absl::Seconds(2);
constexpr absl::Duration kLongest = absl::Hours(24 * 365);  // that a client is waited for
constexpr size_t kReadSize = 16 << 10;
constexpr size_t kUsualHead = 512;  // that most answers do not exceed
// Of the next requests that is taken in while one is handled: what is beyond waits in the socket, which is the flow control.
constexpr size_t kReadAhead = 4 << 10;
constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// A body as a string that takes no more room than has come, whatever was announced.
struct GatheredBody {
  using value_type = std::string;
  class reader {
   public:
    template <bool isRequest, typename Fields>
    reader(beast::http::header<isRequest, Fields>& /*head*/, value_type& body) : body_(body) {}
    void init(const boost::optional<uint64_t>& /*length*/, error_code& error) { error = {}; }
    template <typename Buffers>
    size_t put(const Buffers& buffers, error_code& error) {
      error = {};
      const size_t before = body_.size();
      for (const asio::const_buffer buffer : beast::buffers_range_ref(buffers)) {
        body_.append(static_cast<const char*>(buffer.data()), buffer.size());
      }
      return body_.size() - before;
    }
    void finish(error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

const char* ReasonPhrase(int code) {
  if (code == 499) return "Client Closed Request";  // not in any RFC, but in every log
  return beast::http::obsolete_reason(static_cast<beast::http::status>(code)).data();
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

enum class Framing { kLength, kChunked, kUntilClose, kNone };

// `length`: of the body that follows, for which there is room.
std::string Head(const Response& response, Framing framing, size_t length, bool keep_alive) {
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

const status::Phrase kLineEnds{"lines end with CR and LF", "每行須以 CR 與 LF 結束"};
const status::Phrase kFolded{"headers are not folded (RFC 9112, 5.2)", "標頭不得折行（RFC 9112，5.2）"};
const status::Phrase kNoHost{"the Host header is missing", "缺少 Host 標頭"};
const status::Phrase kNoLength{"Content-Length is one number", "Content-Length 必須是一個數字"};
const status::Phrase kOldCoding{"HTTP/1.0 has no Transfer-Encoding", "HTTP/1.0 沒有 Transfer-Encoding"};

// Lines that are understood in more than one way, or too many of them, in as much of a head as has come.
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

// Fields by which a proxy and this server could see the end of the request in different places (RFC 9112, 6.3).
template <typename Fields>
std::optional<Refused> CheckFields(const Fields& fields, bool needs_host) {
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

// Everything but the constructor and the destructor runs on the strand.
class ConnectionImpl final : public Connection {
 public:
  ConnectionImpl(std::shared_ptr<Core> core, std::unique_ptr<Transport> transport, const asio::ip::address& peer)
      : core_(std::move(core)),
        transport_(std::move(transport)),
        executor_(transport_->socket().get_executor()),
        timer_(executor_),
        peer_(peer),
        seat_(*core_, this, peer) {}
  ~ConnectionImpl() override { LeaveRoom(); }

  void Start() override {
    Post([](ConnectionImpl& self) { self.Handshake(); });
  }
  void Refuse(Refused refused) override {
    seat_.Leave(true);
    Post([refused = std::move(refused)](ConnectionImpl& self) { self.Reject(refused); });
  }
  void Lame() override {}
  void Drain() override {
    Post([](ConnectionImpl& self) {
      self.keep_alive_ = false;
      if (self.state_ == State::kIdle || self.state_ == State::kHandshake) self.Close();
    });
  }
  void GiveWay() override {
    Post([](ConnectionImpl& self) {
      self.keep_alive_ = false;
      if (self.state_ == State::kIdle || self.state_ == State::kHandshake) return self.Close();
      if (self.state_ == State::kRequest) return self.Reject(Busy(kManyConnections));
      if (self.state_ == State::kHandling) self.seat_.Leave(false);
    });
  }
  void GiveUpRequest() override {
    Post([](ConnectionImpl& self) {
      if (!self.place_.has_value()) return;
      if (self.state_ == State::kRequest) return self.Reject(Busy(kMuchArriving));
      if (self.AwaitsPart()) self.GivePart(absl::ResourceExhaustedError("too much is arriving, and this for the longest time"));
    });
  }
  void Cut() override {
    Post([](ConnectionImpl& self) { self.Close(); });
  }
  const asio::ip::address& origin() const override { return seat_.origin(); }

  using TakePart = std::function<void(absl::StatusOr<std::optional<std::string>>)>;

  // The answer of exchange `id`; what comes for an exchange that is over is dropped.
  void Send(uint64_t id, Response response) {
    Post([id, response = std::move(response)](ConnectionImpl& self) mutable {
      if (self.Answering(id) && !self.answered_) self.WriteWhole(std::move(response));
    });
  }
  void StartStream(uint64_t id, Response head) {
    Post([id, head = std::move(head)](ConnectionImpl& self) mutable {
      if (self.Answering(id) && !self.answered_) self.WriteStreamHead(std::move(head));
    });
  }
  void Write(uint64_t id, std::string piece, std::function<void()> next) {
    Post([id, piece = std::move(piece), next = std::move(next)](ConnectionImpl& self) mutable {
      if (self.Answering(id) && self.answered_) self.WritePiece(std::move(piece), std::move(next));
    });
  }
  void End(uint64_t id, Headers trailers) {
    Post([id, trailers = std::move(trailers)](ConnectionImpl& self) {
      if (self.Answering(id) && self.answered_) self.WriteEnd(trailers);
    });
  }
  void OnClose(uint64_t id, std::function<void()> callback) {
    if (Stopped()) return callback();
    Post([id, callback = std::move(callback)](ConnectionImpl& self) mutable {
      if (self.Answering(id)) {
        self.on_close_.push_back(std::move(callback));
      } else if (self.state_ == State::kClosed) {
        callback();
      }
    });
  }
  void ReadLine(uint64_t id, TakePart take) {
    Post([id, take = std::move(take)](ConnectionImpl& self) mutable {
      if (!self.Answering(id) || self.ending_) return;
      self.LeaveRoom();  // what became of the line before is its handler's
      self.take_part_ = std::move(take);
      self.NextLine();
    });
  }
  void ReadPiece(uint64_t id, size_t held, TakePart take) {
    Post([id, held, take = std::move(take)](ConnectionImpl& self) mutable {
      if (!self.Answering(id) || self.ending_) return;
      if (held == 0) self.LeaveRoom();
      if (self.held_ == 0) self.part_began_ = absl::Now();
      self.held_ = held;
      self.take_part_ = std::move(take);
      self.NextPiece();
    });
  }
  // The handler dropped its Responder.
  void Abandon(uint64_t id) {
    Post([id](ConnectionImpl& self) {
      if (!self.Answering(id) || self.ending_) return;
      if (self.answered_) return self.Close();
      self.WriteWhole(self.Explained({}, NotAnswered()));
    });
  }

 private:
  enum class State { kHandshake, kIdle, kRequest, kHandling, kLinger, kClosed };
  struct Piece {
    std::string bytes;
    std::function<void()> next;
    bool last = false;
  };
  using Parser = beast::http::request_parser<GatheredBody>;
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::time_point kNever = Clock::time_point::max();

  template <typename F>
  void Post(F work) {
    if (Stopped()) return;
    asio::post(executor_, [self = Self(), work = std::move(work)]() mutable { work(*self); });
  }
  bool Stopped() const { return core_->stopped; }
  std::shared_ptr<ConnectionImpl> Self() { return std::static_pointer_cast<ConnectionImpl>(shared_from_this()); }

  bool Answering(uint64_t id) const { return state_ == State::kHandling && id == exchange_; }

  // ---- The time and the room that a client has

  // From now on it is the client's turn, for that time.
  void Await(State state, absl::Duration timeout) {
    state_ = state;
    Arm(timeout);
    seat_.Wait();
  }
  void AwaitNothing(State state) {
    state_ = state;
    // What is being written keeps its time: what comes after it waits for it.
    if (state == State::kClosed || output_.empty()) Disarm();
    if (state != State::kHandling) seat_.Leave(true);
    state == State::kLinger ? seat_.Linger() : seat_.Work();
  }

  void Arm(absl::Duration timeout) {
    deadline_ = Clock::now() + absl::ToChronoMilliseconds(std::min(timeout, kLongest));
    Watch();
  }
  void Disarm() { deadline_ = kNever; }

  // Sees to it that the deadline is looked at when it passes. Timers are dear and deadlines are many: one that is moved back leaves the
  // timer as it is, which then looks again.
  void Watch() {
    if (deadline_ >= watched_) return;
    watched_ = deadline_;
    timer_.expires_at(watched_);
    timer_.async_wait([weak = weak_from_this()](const error_code& error) {
      const auto held = weak.lock();
      if (!error && held != nullptr) static_cast<ConnectionImpl&>(*held).OnTime();
    });
  }
  void OnTime() {
    if (Clock::now() < watched_) return;  // of a timer that was set anew in the meantime
    const bool passed = deadline_ <= watched_;
    watched_ = kNever;
    if (!passed) return Watch();
    deadline_ = kNever;
    OnTimeout();
  }

  void OnTimeout() {
    if (AwaitsPart() && output_.empty()) return GivePart(absl::DeadlineExceededError("no line has come for too long"));
    if (state_ != State::kRequest || !output_.empty()) return Close();
    Reject(TooSlow());
  }

  // What does not arrive at once takes room, and until it has arrived may have to give it up again.
  void TakeRoom(size_t bytes) {
    if (!place_.has_value()) place_ = core_->room.Enter(weak_from_this(), caller_.empty() ? origin().to_string() : caller_);
    for (const auto& slower : core_->room.Hold(*place_, bytes)) slower->GiveUpRequest();
  }
  void LeaveRoom() {
    if (place_.has_value()) core_->room.Leave(*std::exchange(place_, std::nullopt));
  }

  // ---- Requests

  void Handshake() {
    if (state_ == State::kClosed) return;
    Await(State::kHandshake, core_->options.client_timeout);
    transport_->Handshake([self = Self()](const error_code& error, size_t) {
      if (self->state_ == State::kClosed) return;
      if (error) return self->Close();
      if (self->transport_->speaks_http2()) return self->BecomeHttp2();
      self->AwaitRequest();
    });
  }

  void AwaitRequest() {
    parser_.emplace();
    parser_->header_limit(core_->options.max_header_bytes);
    parser_->body_limit(std::numeric_limits<uint64_t>::max());  // ours depends on the judge
    parser_->eager(true);
    lines_.reset();
    line_bytes_ = held_ = 0;
    pieces_ = skipped_ = false;
    body_broken_ = false;
    head_only_ = old_client_ = false;
    scanned_ = 0;
    request_ = {};
    caller_.clear();
    refusal_.reset();
    if (!keep_alive_) return Close();
    // The next request may be long in coming, or small.
    if (input_.size() == 0 && input_.capacity() > kReadSize) input_.shrink_to_fit();
    Await(State::kIdle, core_->options.idle_timeout);
    if (input_.size() > 0) return Parse();
    Read();
  }

  // At most one read is outstanding. It goes on while a request is handled, for it is what tells that the client has gone; it ends
  // beside the input, of which requests are consumed in the meantime.
  void Read() {
    if (reading_) return;
    reading_ = true;
    transport_->Read(asio::buffer(incoming_.get(), kReadSize), [self = Self()](const error_code& error, size_t n) {
      self->reading_ = false;
      self->OnRead(error, n);
    });
  }

  void OnRead(const error_code& error, size_t n) {
    if (state_ == State::kClosed) return;
    // A client may close as soon as it has the whole answer, before the writing of it is known here to be done: that alone tells
    // whether the answer went out.
    if (error && state_ == State::kHandling && ending_) return;
    if (error) return Close();
    if (state_ == State::kLinger) return LingerOn(n);
    input_.commit(asio::buffer_copy(input_.prepare(n), asio::buffer(incoming_.get(), n)));
    if (state_ != State::kHandling) return Parse();
    if (AwaitsPart()) return NextPart();
    ReadAhead();
  }

  // What arrives while a request is handled is the next one: it waits.
  void ReadAhead() {
    if (input_.size() < kReadAhead) Read();
  }

  // One empty line before a request is nothing (RFC 9112, 2.2). True when more has to come to tell.
  bool SkipEmptyLine() {
    if (skipped_ || state_ != State::kIdle) return false;
    const std::string_view input(static_cast<const char*>(input_.data().data()), input_.size());
    if (input[0] != '\r') return false;
    if (input.size() == 1) return true;
    if (input[1] != '\n') return false;
    skipped_ = true;
    input_.consume(2);
    return input_.size() == 0;
  }

  // With its preface a client says that it speaks HTTP/2 without having asked (RFC 9113, 3.3). Over TLS it has to ask.
  enum class Preface { kNo, kNotYet, kYes };
  Preface SeesPreface() {
    if (!fresh_ || !core_->options.http2 || transport_->is_tls()) return Preface::kNo;
    const std::string_view input(static_cast<const char*>(input_.data().data()), input_.size()), preface(kPreface);
    if (input.substr(0, preface.size()) == preface) return Preface::kYes;
    if (preface.substr(0, input.size()) == input) return Preface::kNotYet;
    fresh_ = false;
    return Preface::kNo;
  }

  // This has no more to do.
  void BecomeHttp2() {
    state_ = State::kClosed;
    timer_.cancel();
    auto other = NewHttp2(core_, std::move(transport_), peer_, std::string(static_cast<const char*>(input_.data().data()), input_.size()));
    other->Start();
  }

  void Parse() {
    const Preface preface = SeesPreface();
    if (preface == Preface::kYes) return BecomeHttp2();
    if (SkipEmptyLine()) return Read();
    if (state_ == State::kIdle) Await(State::kRequest, core_->options.client_timeout);
    if (preface == Preface::kNotYet) return Read();
    if (!parser_->is_header_done()) {
      if (const std::optional<Refused> refused = ParseHead()) {
        if (request_.method.empty()) NoteRequestLine();
        return Reject(*refused);
      }
    }
    if (parser_->is_header_done()) {
      if (refusal_.has_value()) return AnswerRefusal();
      if (InParts()) return Dispatch();
      if (const std::optional<Refused> refused = ParseBody()) return Reject(*refused);
      if (parser_->is_done()) return Dispatch();
      AwaitMore();
    }
    TakeRoom(input_.size() + parser_->get().body().size());
    Read();
  }

  // More of a body, that is, for as long as it comes fast enough.
  void AwaitMore() {
    const Options& options = core_->options;
    const auto earned = absl::Seconds(static_cast<double>(parser_->get().body().size()) / options.slowest_sender);
    Arm(std::min(options.client_timeout, head_came_ + options.client_timeout + earned - absl::Now()));
  }

  Response Explained(const Request& head, const Refused& refused) const { return http::Explained(*core_, head, refused); }

  // The connection goes on when nothing of the body is still to come.
  void AnswerRefusal() {
    if (!parser_->is_done()) {
      const auto length = parser_->content_length_remaining();
      if (!length || *length > input_.size()) return RejectWith(*std::move(refusal_));
      input_.consume(*length);
    }
    BeginExchange();
    WriteWhole(*std::move(refusal_));
  }

  // The parser gets the head whole: only then do the limits hold for all of it.
  std::optional<Refused> ParseHead() {
    const std::string_view input(static_cast<const char*>(input_.data().data()), input_.size());
    // What begins otherwise never becomes a request.
    if (!absl::ascii_isalpha(static_cast<unsigned char>(input[0]))) return NoHttp();
    const size_t end = input.find("\r\n\r\n", scanned_), limit = core_->options.max_header_bytes;
    if (std::min(end, input.size()) > limit) {
      return input.find("\r\n") < limit ? HeadTooLarge(limit) : TargetTooLong(limit);
    }
    if (input.find('\n', scanned_) != std::string_view::npos) {
      std::optional<Refused> refused = CheckLines(input.substr(0, std::min(end, input.size() - 2) + 2), core_->options.max_headers);
      if (refused.has_value()) return refused;
    }
    if (end == std::string_view::npos) {
      scanned_ = input.size() - std::min<size_t>(input.size(), 3);
      return std::nullopt;
    }
    error_code error;
    input_.consume(parser_->put(asio::buffer(input_.data(), end + 4), error));
    if (error) return RefusalOf(error);
    return TakeHead();
  }

  // For the log, of a head that is not read any further.
  void NoteRequestLine() {
    const std::string_view input(static_cast<const char*>(input_.data().data()), input_.size());
    const std::string_view line = input.substr(0, input.find("\r\n"));
    const size_t method = line.find(' '), target = line.rfind(' ');
    if (line.size() == input.size() || method >= target) return;
    request_.method = std::string(line.substr(0, method));
    SplitTarget(std::string(line.substr(method + 1, target - method - 1)), &request_);
  }

  std::optional<Refused> TakeHead() {
    const auto& message = parser_->get();
    old_client_ = message.version() < 11;
    request_ = Request();
    request_.version = static_cast<int>(message.version());
    request_.method = std::string(message.method_string());
    const bool path = SplitTarget(std::string(message.target()), &request_);
    if (std::optional<Refused> refused = CheckFields(message, !old_client_)) return refused;
    if (!path) return BadHttp(kNoPath);
    for (const auto& field : message) request_.headers.Add(std::string(field.name_string()), std::string(field.value()));
    if (request_.host.empty()) request_.host = request_.headers.Get("Host");
    request_.loopback = peer_.is_loopback();
    request_.client = origin().to_string();
    head_only_ = request_.method == "HEAD";
    // An HTTP/1.0 client would have to be told that the connection stays.
    keep_alive_ = keep_alive_ && parser_->keep_alive() && !old_client_;
    JudgeHead();
    if (parser_->is_done() || refusal_.has_value()) return std::nullopt;
    const boost::optional<uint64_t> announced = parser_->content_length();
    if (announced && !InParts()) {
      if (*announced > core_->options.max_body_bytes) return BodyTooLarge(core_->options.max_body_bytes);
      parser_->get().body().reserve(*announced);
    }
    head_came_ = absl::Now();
    LeaveRoom();  // the body is the caller's, not the address's
    Await(State::kRequest, core_->options.client_timeout);
    // RFC 9110, 10.1.1: the client waits for this before it sends the body; one of HTTP/1.0 does not know it.
    if (!old_client_ && absl::EqualsIgnoreCase(request_.headers.Get("Expect"), "100-continue")) {
      Push("HTTP/1.1 100 Continue\r\n\r\n", nullptr, false);
    }
    return std::nullopt;
  }

  void JudgeHead() {
    Verdict verdict = Judged(*core_, request_);
    refusal_ = std::move(verdict.refusal);
    caller_ = std::move(verdict.caller);
    request_.finding = std::move(verdict.finding);
    if (refusal_.has_value()) return;
    if (verdict.lines) lines_.emplace(core_->options.max_body_bytes);
    pieces_ = verdict.pieces;
  }

  // Trailers are read, and that is all: what they say must not count as said in the head.
  std::optional<Refused> ParseBody() {
    error_code error;
    while (!parser_->is_done() && input_.size() > 0 && !error) input_.consume(parser_->put(input_.data(), error));
    if (!InParts() && parser_->get().body().size() > core_->options.max_body_bytes) return BodyTooLarge(core_->options.max_body_bytes);
    if (error && error != beast::http::error::need_more) return RefusalOf(error);
    // The parser takes the body as it comes; what it leaves is the beginning of a chunk's line or of the trailers.
    if (!parser_->is_done() && input_.size() > core_->options.max_header_bytes) return HeadTooLarge(core_->options.max_header_bytes);
    return std::nullopt;
  }

  Refused RefusalOf(const error_code& error) const {
    return error == beast::http::error::header_limit ? HeadTooLarge(core_->options.max_header_bytes) : NoHttp();
  }

  void Dispatch() {
    if (core_->unsent > core_->options.max_unsent_bytes) return Reject(Busy(kMuchUnsent));
    BeginExchange();
    if (!InParts()) request_.body = std::move(parser_->get().body());
    Handle(std::exchange(request_, {}));
  }

  void BeginExchange() {
    AwaitNothing(State::kHandling);
    if (place_.has_value()) core_->room.Arrive(*place_);
    keep_alive_ = keep_alive_ && !core_->lame;
    ++exchange_;
    answered_ = ending_ = false;
    ReadAhead();
  }

  void Handle(Request request);

  // ---- The lines or pieces of a body, while it is handled

  bool AwaitsPart() const { return state_ == State::kHandling && take_part_ != nullptr; }
  bool InParts() const { return lines_.has_value() || pieces_; }
  bool BodyHasCome() const { return !InParts() || parser_->is_done(); }

  void NextPart() { pieces_ ? NextPiece() : NextLine(); }

  // Gives the line that is awaited when it has come; else sees to it that more of it comes.
  void NextLine() {
    if (!lines_.has_value()) return GivePart(absl::FailedPreconditionError("the body is not read in lines"));
    std::string& body = parser_->get().body();
    while (true) {
      const bool had_some = lines_->size() > 0;
      line_bytes_ += lines_->Put(std::string_view(body).substr(line_bytes_));
      if (!had_some) part_began_ = absl::Now();
      if (line_bytes_ == body.size() && parser_->is_done()) lines_->End();
      if (auto line = lines_->Take()) return GivePart(std::move(line));
      if (lines_->too_long()) return GivePart(absl::OutOfRangeError("a line is too long"));
      body.clear();
      line_bytes_ = 0;
      if (parser_->is_done()) return GivePart(std::optional<std::string>());
      if (body_broken_) return GivePart(absl::InvalidArgumentError("the body is not framed as its head says"));
      if (!MoreOfBody()) break;
    }
    AwaitPart(lines_->size());
  }

  void NextPiece() {
    if (!pieces_) return GivePart(absl::FailedPreconditionError("the body is not read in pieces"));
    std::string& body = parser_->get().body();
    do {
      if (!body.empty()) return GivePart(std::exchange(body, {}));
      if (parser_->is_done()) return GivePart(std::optional<std::string>());
      if (body_broken_) return GivePart(absl::InvalidArgumentError("the body is not framed as its head says"));
    } while (MoreOfBody());
    AwaitPart(held_);
  }

  // False when nothing more of it is here.
  bool MoreOfBody() {
    const size_t before = input_.size();
    body_broken_ = ParseBody().has_value();
    return !parser_->get().body().empty() || input_.size() != before || parser_->is_done() || body_broken_;
  }

  // `bytes`: of the line or message that is not whole.
  void AwaitPart(size_t bytes) {
    if (bytes > kReadSize) TakeRoom(bytes);
    ArmForPart();
    Read();
  }

  void GivePart(absl::StatusOr<std::optional<std::string>> line) {
    if (output_.empty()) Disarm();
    if (place_.has_value()) core_->room.Arrive(*place_);
    keep_alive_ = keep_alive_ && line.ok();
    std::exchange(take_part_, nullptr)(std::move(line));
  }

  // Between lines a client may be silent for as long as between requests; a line comes as fast as a body.
  void ArmForPart() {
    if (!output_.empty()) return;  // its client's turn is to take that
    const Options& options = core_->options;
    const size_t bytes = pieces_ ? held_ : lines_->size();
    if (bytes == 0) return Arm(options.idle_timeout);
    const auto earned = absl::Seconds(static_cast<double>(bytes) / options.slowest_sender);
    Arm(std::min(options.client_timeout, part_began_ + options.client_timeout + earned - absl::Now()));
  }

  // ---- Answers

  void WriteWhole(Response response) {
    keep_alive_ = keep_alive_ && !core_->lame && BodyHasCome();
    const bool has_body = HasBody(response.status);
    std::string bytes = Head(response, has_body ? Framing::kLength : Framing::kNone, response.body.size(), keep_alive_);
    if (has_body && !head_only_) bytes += response.body;
    answered_ = true;
    Push(std::move(bytes), nullptr, true);
  }

  void WriteStreamHead(Response head) {
    framing_ = old_client_ ? Framing::kUntilClose : Framing::kChunked;
    keep_alive_ = keep_alive_ && !core_->lame && !old_client_ && BodyHasCome();
    answered_ = true;
    Push(Head(head, framing_, 0, keep_alive_), nullptr, false);
    if (head_only_) framing_ = Framing::kNone;
  }

  void WritePiece(std::string piece, std::function<void()> next) {
    if (head_only_ || piece.empty()) {
      if (next) next();
      return;
    }
    if (framing_ == Framing::kChunked) piece = absl::StrCat(absl::Hex(piece.size()), "\r\n", piece, "\r\n");
    Push(std::move(piece), std::move(next), false);
  }

  void WriteEnd(const Headers& trailers) {
    if (framing_ != Framing::kChunked) return Push("", nullptr, true);
    std::string end = "0\r\n";
    AppendFields(trailers, &end);
    Push(end + "\r\n", nullptr, true);
  }

  void Push(std::string bytes, std::function<void()> next, bool last) {
    if (last) ending_ = true;
    seat_.SetUnsent(seat_.unsent() + bytes.size());
    output_.push_back({std::move(bytes), std::move(next), last});
    if (output_.size() == 1) WriteFront();
  }

  void WriteFront() {
    const auto allowance = absl::Seconds(static_cast<double>(output_.front().bytes.size()) / core_->options.slowest_reader);
    WriteSome(0, absl::Now() + core_->options.client_timeout + allowance);
  }

  // Each step of progress gives the client its time anew, until `deadline`.
  void WriteSome(size_t offset, absl::Time deadline) {
    const std::string& bytes = output_.front().bytes;
    if (offset == bytes.size()) return FinishPiece();
    Arm(std::min(core_->options.client_timeout, deadline - absl::Now()));
    transport_->Write(asio::buffer(bytes.data() + offset, bytes.size() - offset),
                      [self = Self(), offset, deadline](const error_code& error, size_t n) {
                        if (self->state_ == State::kClosed) return;
                        if (error) return self->Close();
                        self->WriteSome(offset + n, deadline);
                      });
  }

  void FinishPiece() {
    Piece piece = std::move(output_.front());
    output_.pop_front();
    seat_.SetUnsent(seat_.unsent() - piece.bytes.size());
    if (state_ == State::kHandling) Disarm();
    if (AwaitsPart()) ArmForPart();
    if (piece.last) return FinishExchange();
    if (!output_.empty()) WriteFront();
    if (piece.next) piece.next();
  }

  void FinishExchange() {
    on_close_.clear();
    LeaveRoom();
    // It may hold the handler's Responder, which holds this connection.
    std::exchange(take_part_, nullptr) = nullptr;
    if (!BodyHasCome()) AwaitNothing(State::kLinger);
    if (state_ == State::kLinger) return Linger();
    if (keep_alive_) return AwaitRequest();
    FinishWriting();
  }

  // ---- The end

  // The last answer: the client has not delivered its request, or not a valid one.
  void Reject(const Refused& refused) { RejectWith(Explained(std::exchange(request_, {}), refused)); }
  void RejectWith(Response response) {
    AwaitNothing(State::kLinger);
    keep_alive_ = false;
    input_ = {};
    parser_.emplace();
    request_ = {};
    LeaveRoom();
    WriteWhole(std::move(response));
  }

  // Closing with unread input would reset the connection, and the client would lose the answer: read it away until the client
  // closes, for a while and not for ever.
  void Linger() {
    Arm(kLinger);
    Read();
  }
  void LingerOn(size_t read) {
    lingered_ += read;
    if (lingered_ > core_->options.max_body_bytes + core_->options.max_header_bytes) return Close();
    Read();
  }

  void FinishWriting() {
    AwaitNothing(State::kLinger);
    Arm(kLinger);
    transport_->FinishWriting([self = Self()](const error_code&, size_t) { self->Close(); });
  }

  void Close() {
    if (state_ == State::kClosed) return;
    AwaitNothing(State::kClosed);
    LeaveRoom();
    timer_.cancel();
    error_code ignored;
    transport_->socket().close(ignored);
    // These hold the handler's Responder, which holds this connection.
    for (Piece& piece : output_) piece.next = nullptr;
    std::exchange(take_part_, nullptr) = nullptr;
    for (auto& callback : std::exchange(on_close_, {})) callback();
  }

  const std::shared_ptr<Core> core_;
  std::unique_ptr<Transport> transport_;  // nullptr: it is another connection's now
  const asio::any_io_executor executor_;
  asio::steady_timer timer_;
  Clock::time_point deadline_ = kNever;  // of what the client, or the transport, has to do next
  Clock::time_point watched_ = kNever;   // when the timer looks at that
  const asio::ip::address peer_;
  Seat seat_;

  State state_ = State::kHandshake;
  bool fresh_ = true;  // nothing has come that is not HTTP/2
  bool keep_alive_ = true;
  bool reading_ = false;
  // Not initialized: the pages that no client fills cost nothing.
  const std::unique_ptr<char[]> incoming_{new char[kReadSize]};
  beast::flat_buffer input_;
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

class ExchangeResponder final : public Responder {
 public:
  ExchangeResponder(std::shared_ptr<ConnectionImpl> connection, uint64_t id) : connection_(std::move(connection)), id_(id) {}
  ~ExchangeResponder() override {
    if (!complete_) connection_->Abandon(id_);
  }
  void Send(Response response) override {
    complete_ = true;
    connection_->Send(id_, std::move(response));
  }
  void StartStream(Response head) override { connection_->StartStream(id_, std::move(head)); }
  void Write(std::string piece, std::function<void()> next) override { connection_->Write(id_, std::move(piece), std::move(next)); }
  void End(Headers trailers) override {
    complete_ = true;
    connection_->End(id_, std::move(trailers));
  }
  void OnClose(std::function<void()> callback) override { connection_->OnClose(id_, std::move(callback)); }
  void ReadLine(std::function<void(absl::StatusOr<std::optional<std::string>>)> take) override {
    connection_->ReadLine(id_, std::move(take));
  }
  void ReadPiece(size_t held, std::function<void(absl::StatusOr<std::optional<std::string>>)> take) override {
    connection_->ReadPiece(id_, held, std::move(take));
  }

 private:
  const std::shared_ptr<ConnectionImpl> connection_;
  const uint64_t id_;
  std::atomic<bool> complete_{false};
};

void ConnectionImpl::Handle(Request request) {
  http::Handle(core_, std::move(request), std::make_shared<ExchangeResponder>(Self(), exchange_));
}

}  // namespace

std::shared_ptr<Connection> Connection::New(std::shared_ptr<Core> core, std::unique_ptr<Transport> transport,
                                            const boost::asio::ip::address& peer) {
  return std::make_shared<ConnectionImpl>(std::move(core), std::move(transport), peer);
}

}  // namespace heitie::http
