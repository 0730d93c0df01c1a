#include "common/http/http1/connection.h"

#include <algorithm>

namespace heitie::http {
namespace {

using boost::system::error_code;

constexpr absl::Duration kLinger = absl::Seconds(2);
constexpr absl::Duration kLongest = absl::Hours(24 * 365);  // that a client is waited for

}  // namespace

void Http1::Start() {
  Post([](Http1& self) { self.Handshake(); });
}

void Http1::Refuse(Refused refused) {
  seat_.Leave(true);
  Post([refused = std::move(refused)](Http1& self) { self.Reject(refused); });
}

void Http1::Drain() {
  Post([](Http1& self) {
    self.keep_alive_ = false;
    if (self.state_ == State::kIdle || self.state_ == State::kHandshake) self.Close();
  });
}

void Http1::GiveWay() {
  Post([](Http1& self) {
    self.keep_alive_ = false;
    if (self.state_ == State::kIdle || self.state_ == State::kHandshake) return self.Close();
    if (self.state_ == State::kRequest) return self.Reject(Busy(kManyConnections));
    if (self.state_ == State::kHandling) self.seat_.Leave(false);
  });
}

void Http1::GiveUpRequest() {
  Post([](Http1& self) {
    if (!self.place_.has_value()) return;
    if (self.state_ == State::kRequest) return self.Reject(Busy(kMuchArriving));
    if (self.AwaitsPart()) self.GivePart(absl::ResourceExhaustedError("too much is arriving, and this for the longest time"));
  });
}

void Http1::Await(State state, absl::Duration timeout) {
  state_ = state;
  Arm(timeout);
  seat_.Wait();
}

void Http1::AwaitNothing(State state) {
  state_ = state;
  // What is being written keeps its time: what comes after it waits for it.
  if (state == State::kClosed || output_.empty()) Disarm();
  if (state != State::kHandling) seat_.Leave(true);
  state == State::kLinger ? seat_.Linger() : seat_.Work();
}

void Http1::Arm(absl::Duration timeout) {
  deadline_ = Clock::now() + absl::ToChronoMilliseconds(std::min(timeout, kLongest));
  Watch();
}

void Http1::Watch() {
  if (deadline_ >= watched_) return;
  watched_ = deadline_;
  timer_.expires_at(watched_);
  timer_.async_wait([weak = weak_from_this()](const error_code& error) {
    const auto held = weak.lock();
    if (!error && held != nullptr) static_cast<Http1&>(*held).OnTime();
  });
}

void Http1::OnTime() {
  if (Clock::now() < watched_) return;  // of a timer that was set anew in the meantime
  const bool passed = deadline_ <= watched_;
  watched_ = kNever;
  if (!passed) return Watch();
  deadline_ = kNever;
  OnTimeout();
}

void Http1::OnTimeout() {
  if (AwaitsPart() && output_.empty()) return GivePart(absl::DeadlineExceededError("no line has come for too long"));
  if (state_ != State::kRequest || !output_.empty()) return Close();
  Reject(TooSlow());
}

void Http1::TakeRoom(size_t bytes) {
  if (!place_.has_value()) place_ = core_->room.Enter(weak_from_this(), caller_.empty() ? origin().to_string() : caller_);
  for (const auto& slower : core_->room.Hold(*place_, bytes)) slower->GiveUpRequest();
}

void Http1::LeaveRoom() {
  if (place_.has_value()) core_->room.Leave(*std::exchange(place_, std::nullopt));
}

void Http1::Handshake() {
  if (state_ == State::kClosed) return;
  Await(State::kHandshake, core_->options.client_timeout);
  transport_->Handshake([self = Self()](const error_code& error, size_t) {
    if (self->state_ == State::kClosed) return;
    if (error) return self->Close();
    if (self->transport_->speaks_http2()) return self->BecomeHttp2();
    self->AwaitRequest();
  });
}

void Http1::BecomeHttp2() {
  state_ = State::kClosed;
  timer_.cancel();
  auto other = NewHttp2(core_, std::move(transport_), peer_, std::string(static_cast<const char*>(input_.data().data()), input_.size()));
  other->Start();
}

void Http1::RejectWith(Response response) {
  AwaitNothing(State::kLinger);
  keep_alive_ = false;
  input_ = {};
  parser_.emplace();
  request_ = {};
  LeaveRoom();
  WriteWhole(std::move(response));
}

void Http1::Linger() {
  Arm(kLinger);
  Read();
}

void Http1::LingerOn(size_t read) {
  lingered_ += read;
  if (lingered_ > core_->options.max_body_bytes + core_->options.max_header_bytes) return Close();
  Read();
}

void Http1::FinishWriting() {
  AwaitNothing(State::kLinger);
  Arm(kLinger);
  transport_->FinishWriting([self = Self()](const error_code&, size_t) { self->Close(); });
}

void Http1::Close() {
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

std::shared_ptr<Connection> Connection::New(std::shared_ptr<Core> core, std::unique_ptr<Transport> transport,
                                            const boost::asio::ip::address& peer) {
  return std::make_shared<Http1>(std::move(core), std::move(transport), peer);
}

}  // namespace heitie::http
