#include <algorithm>
#include <limits>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "common/http/http1/connection.h"

namespace heitie::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

// Of the next requests that is taken in while one is handled: what is beyond waits in the socket, which is the flow control.
constexpr size_t kReadAhead = 4 << 10;
constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

}  // namespace

void Http1::AwaitRequest() {
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

void Http1::Read() {
  if (reading_) return;
  reading_ = true;
  transport_->Read(asio::buffer(incoming_.get(), kReadSize), [self = Self()](const error_code& error, size_t n) {
    self->reading_ = false;
    self->OnRead(error, n);
  });
}

void Http1::OnRead(const error_code& error, size_t n) {
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

bool Http1::SkipEmptyLine() {
  if (skipped_ || state_ != State::kIdle) return false;
  const std::string_view input(static_cast<const char*>(input_.data().data()), input_.size());
  if (input[0] != '\r') return false;
  if (input.size() == 1) return true;
  if (input[1] != '\n') return false;
  skipped_ = true;
  input_.consume(2);
  return input_.size() == 0;
}

Http1::Preface Http1::SeesPreface() {
  if (!fresh_ || !core_->options.http2 || transport_->is_tls()) return Preface::kNo;
  const std::string_view input(static_cast<const char*>(input_.data().data()), input_.size()), preface(kPreface);
  if (input.substr(0, preface.size()) == preface) return Preface::kYes;
  if (preface.substr(0, input.size()) == input) return Preface::kNotYet;
  fresh_ = false;
  return Preface::kNo;
}

void Http1::Parse() {
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

void Http1::AwaitMore() {
  const Options& options = core_->options;
  const auto earned = absl::Seconds(static_cast<double>(parser_->get().body().size()) / options.slowest_sender);
  Arm(std::min(options.client_timeout, head_came_ + options.client_timeout + earned - absl::Now()));
}

void Http1::AnswerRefusal() {
  if (!parser_->is_done()) {
    const auto length = parser_->content_length_remaining();
    if (!length || *length > input_.size()) return RejectWith(*std::move(refusal_));
    input_.consume(*length);
  }
  BeginExchange();
  WriteWhole(*std::move(refusal_));
}

std::optional<Refused> Http1::ParseHead() {
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

void Http1::NoteRequestLine() {
  const std::string_view input(static_cast<const char*>(input_.data().data()), input_.size());
  const std::string_view line = input.substr(0, input.find("\r\n"));
  const size_t method = line.find(' '), target = line.rfind(' ');
  if (line.size() == input.size() || method >= target) return;
  request_.method = std::string(line.substr(0, method));
  SplitTarget(std::string(line.substr(method + 1, target - method - 1)), &request_);
}

std::optional<Refused> Http1::TakeHead() {
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

void Http1::JudgeHead() {
  Verdict verdict = Judged(*core_, request_);
  refusal_ = std::move(verdict.refusal);
  caller_ = std::move(verdict.caller);
  request_.finding = std::move(verdict.finding);
  if (refusal_.has_value()) return;
  if (verdict.lines) lines_.emplace(core_->options.max_body_bytes);
  pieces_ = verdict.pieces;
}

std::optional<Refused> Http1::ParseBody() {
  error_code error;
  while (!parser_->is_done() && input_.size() > 0 && !error) input_.consume(parser_->put(input_.data(), error));
  if (!InParts() && parser_->get().body().size() > core_->options.max_body_bytes) return BodyTooLarge(core_->options.max_body_bytes);
  if (error && error != beast::http::error::need_more) return RefusalOf(error);
  // The parser takes the body as it comes; what it leaves is the beginning of a chunk's line or of the trailers.
  if (!parser_->is_done() && input_.size() > core_->options.max_header_bytes) return HeadTooLarge(core_->options.max_header_bytes);
  return std::nullopt;
}

Refused Http1::RefusalOf(const error_code& error) const {
  return error == beast::http::error::header_limit ? HeadTooLarge(core_->options.max_header_bytes) : NoHttp();
}

void Http1::Dispatch() {
  if (!seat_.MayAsk()) return Reject(Busy(kMuchUnsent));
  BeginExchange();
  if (!InParts()) request_.body = std::move(parser_->get().body());
  Handle(std::exchange(request_, {}));
}

void Http1::BeginExchange() {
  AwaitNothing(State::kHandling);
  if (place_.has_value()) core_->room.Arrive(*place_);
  keep_alive_ = keep_alive_ && !core_->lame;
  ++exchange_;
  answered_ = ending_ = false;
  ReadAhead();
}

void Http1::ReadAhead() {
  if (input_.size() < kReadAhead) Read();
}

}  // namespace heitie::http
