#include "common/http/http2/session.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <random>

#include "absl/time/clock.h"

namespace heitie::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr size_t kBatchBytes = 64 << 10;  // of frames that are written at once
// What clients may send of bodies before the server has taken what came: of a stream, and of a connection.
constexpr int32_t kStreamWindow = 256 << 10;
constexpr int32_t kConnectionWindow = 1 << 20;
// After the server has said that it wants no more requests, those that are under way are still taken: until the client has answered a ping,
// which comes after them, or for so long.
constexpr absl::Duration kFarewell = absl::Seconds(1);
constexpr absl::Duration kReadingAway = absl::Seconds(2);
// Who is still sending its request when the answer has gone out ends it by itself, or is told to. Clients (curl 7.88) lose the answer when
// they are told at once.
constexpr absl::Duration kToNotice = absl::Milliseconds(250);
constexpr uint8_t kFarewellPing[8] = {'f', 'a', 'r', 'e', 'w', 'e', 'l', 'l'};
// Frames that bring neither a request nor some of a body, at once and a second; each request and each DATA frame sent allows for some more.
constexpr double kIdleFrames = 2000, kIdleFramesASecond = 200;
// Streams that end before their time, likewise: deadlines that pass are no attack.
constexpr double kResets = 1000, kResetsASecond = 100;
// Frames that wait for the client to read: beyond, nothing more is read of it.
constexpr size_t kFramesWaiting = 256;
constexpr size_t kMostAcks = 200;

}  // namespace

Http2::Http2(std::shared_ptr<Core> core, std::unique_ptr<Transport> transport, const asio::ip::address& peer, std::string begun)
    : core_(std::move(core)),
      transport_(std::move(transport)),
      executor_(transport_->socket().get_executor()),
      timer_(executor_),
      peer_(peer),
      seat_(*core_, this, peer),
      begun_(std::move(begun)),
      now_(absl::Now()),
      idle_frames_(kIdleFrames, kIdleFramesASecond, now_),
      resets_(kResets, kResetsASecond, now_) {}

Http2::~Http2() {
  for (const auto& [id, stream] : streams_) LeaveRoom(*stream);
  nghttp2_session_del(session_);
}

void Http2::Start() {
  Post([](Http2& self) { self.Begin(); });
}

void Http2::Lame() {
  Post([](Http2& self) { self.SayFarewell(); });
}

void Http2::GiveWay() {
  Post([](Http2& self) {
    if (self.finishing_ || self.closed_) return;
    if (self.session_ == nullptr) return self.Close();
    if (self.at_work_ > 0) {
      self.seat_.Leave(false);
      return self.SayFarewell();
    }
    for (const StreamPtr& stream : self.Streams()) {
      if (stream->state == Http2Stream::State::kBody) self.Refuse(stream, Busy(kManyConnections));
    }
    self.EndRequests();
  });
}

void Http2::Cut() {
  Post([](Http2& self) { self.Close(); });
}

void Http2::Call(const std::function<void()>& callback) {
  if (callback && !observe::Survive("a connection was lost", callback)) broken_ = true;
}

std::vector<StreamPtr> Http2::Streams() const {
  std::vector<StreamPtr> all;
  for (const auto& [id, stream] : streams_) all.push_back(stream);
  return all;
}

void Http2::Begin() {
  if (closed_) return;
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_option* option = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&option) != 0) return Close();
  nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, [](nghttp2_session*, const nghttp2_frame_hd* head, void* self) {
    return Guarded(self, [&](Http2& me) { me.OnBeginFrame(*head); });
  });
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
    return Guarded(self, [&](Http2& me) { me.OnBeginHeaders(*frame); });
  });
  nghttp2_session_callbacks_set_on_header_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_length, const uint8_t* value,
                    size_t value_length, uint8_t, void* self) {
        return Guarded(self, [&](Http2& me) {
          me.OnHeader(*frame, {reinterpret_cast<const char*>(name), name_length}, {reinterpret_cast<const char*>(value), value_length});
        });
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
    return Guarded(self, [&](Http2& me) { me.OnFrame(*frame); });
  });
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame*, int, void* self) { return Guarded(self, [&](Http2& me) { me.Spend(10); }); });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      callbacks, [](nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t length, void* self) {
        return Guarded(self, [&](Http2& me) { me.OnData(id, {reinterpret_cast<const char*>(data), length}); });
      });
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
    return Guarded(self, [&](Http2& me) { me.OnSent(*frame); });
  });
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, [](nghttp2_session*, int32_t id, uint32_t why, void* self) {
    return Guarded(self, [&](Http2& me) { me.OnStreamClose(id, why); });
  });
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_max_outbound_ack(option, kMostAcks);
  nghttp2_option_set_stream_reset_rate_limit(option, static_cast<uint64_t>(2 * kResets), static_cast<uint64_t>(2 * kResetsASecond));
  const int made = nghttp2_session_server_new2(&session_, callbacks, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  if (made != 0) return Close();
  const Options& options = core_->options;
  const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, static_cast<uint32_t>(options.max_streams)},
                                             {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
                                             {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, options.max_header_bytes}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
  idle_deadline_ = now_ + options.idle_timeout;
  if (options.max_connection_age != absl::InfiniteDuration()) {
    // A tenth more or less, so that clients that came together do not go together.
    static thread_local std::minstd_rand random{std::random_device{}()};
    age_deadline_ = now_ + options.max_connection_age * std::uniform_real_distribution<>(0.9, 1.1)(random);
  }
  Watch(std::min(idle_deadline_, age_deadline_));
  if (core_->lame) SayFarewell();
  const std::string begun = std::exchange(begun_, {});
  if (!begun.empty()) Feed(begun.data(), begun.size());
  if (!closed_) Read();
  if (!closed_) Flush();
}

void Http2::Read() {
  if (reading_ || closed_) return;
  // A client that asks without reading the answers has to wait.
  if (!finishing_ && writing_ && nghttp2_session_get_outbound_queue_size(session_) > kFramesWaiting) return;
  reading_ = true;
  transport_->Read(asio::buffer(incoming_.get(), kMostRead), [self = Self()](const error_code& error, size_t n) {
    self->reading_ = false;
    self->OnRead(error, n);
  });
}

void Http2::OnRead(const error_code& error, size_t n) {
  if (closed_) return;
  if (error) return Close();
  if (finishing_) {
    read_away_ += n;
    if (read_away_ > kConnectionWindow) return Close();
    return Read();
  }
  Feed(incoming_.get(), n);
  if (closed_) return;
  Read();
  Flush();
}

void Http2::Feed(const char* bytes, size_t size) {
  now_ = absl::Now();
  const ssize_t used = nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(bytes), size);
  if (used == NGHTTP2_ERR_FLOODED) calm_ = true;
  if (broken_ || (used < 0 && !calm_)) return Close();
  if (calm_ && !calmed_) {
    calmed_ = true;
    nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
  }
}

void Http2::OnBeginFrame(const nghttp2_frame_hd& head) {
  if (head.type == NGHTTP2_HEADERS) return idle_frames_.Earn(2);
  if (head.type != NGHTTP2_DATA || head.length == 0) Spend(1);
}

void Http2::OnFrame(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_PING && (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 &&
      std::memcmp(frame.ping.opaque_data, kFarewellPing, sizeof(kFarewellPing)) == 0) {
    return EndRequests();
  }
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return;
  if (frame.hd.type == NGHTTP2_DATA && frame.hd.length > 0 && frame.hd.length <= frame.data.padlen) Spend(1);
  const auto found = streams_.find(frame.hd.stream_id);
  if (found == streams_.end() || calm_) return;
  const StreamPtr stream = found->second;  // it may end in here
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) stream->whole = true;
  if (stream->state == Http2Stream::State::kHead) return TakeHead(stream);
  if (!stream->whole) return;
  if (stream->state == Http2Stream::State::kBody && !stream->answered) return Dispatch(stream);
  if (stream->take) NextPart(stream);
}

void Http2::Watch(absl::Time deadline) {
  if (deadline >= watched_ || closed_) return;
  watched_ = deadline;
  const uint64_t generation = ++generation_;
  timer_.expires_after(absl::ToChronoMicroseconds(std::max(deadline - absl::Now(), absl::ZeroDuration())));
  timer_.async_wait([self = Self(), generation](const error_code& error) {
    if (error || generation != self->generation_ || self->closed_) return;
    self->watched_ = absl::InfiniteFuture();
    self->OnTime();
  });
}

void Http2::OnTime() {
  now_ = absl::Now();
  if (now_ >= write_deadline_ || now_ >= end_deadline_) return Close();
  if (!finishing_) {
    const auto due = [&](absl::Time& deadline) {
      const bool passed = now_ >= deadline;
      if (passed) deadline = absl::InfiniteFuture();
      return passed;
    };
    if (streams_.empty() && due(idle_deadline_)) EndRequests();
    if (due(age_deadline_)) SayFarewell();
    if (due(farewell_deadline_)) EndRequests();
    for (const StreamPtr& stream : Streams()) {
      if (now_ >= stream->deadline) OnTime(stream);
      if (closed_) return;
    }
  }
  absl::Time next = std::min({write_deadline_, end_deadline_, age_deadline_, farewell_deadline_});
  if (streams_.empty()) next = std::min(next, idle_deadline_);
  for (const auto& [id, stream] : streams_) next = std::min(next, stream->deadline);
  if (finishing_) next = std::min(write_deadline_, end_deadline_);
  Watch(next);
  Flush();
}

void Http2::OnTime(const StreamPtr& stream) {
  if (stream->state == Http2Stream::State::kHead) return Close();  // nothing can come before the rest of it
  SetDeadline(*stream, absl::InfiniteFuture());
  if (stream->finished) return Reset(*stream, NGHTTP2_NO_ERROR);
  if (!stream->output.empty()) {
    // It may be that others are sent first.
    const bool waits = now_ < stream->piece_deadline && nghttp2_session_get_stream_remote_window_size(session_, stream->id) > 0;
    return waits ? SetDeadline(*stream, stream->piece_deadline) : Reset(*stream, NGHTTP2_CANCEL);
  }
  if (stream->take) return GivePart(*stream, absl::DeadlineExceededError("nothing has come for too long"));
  if (stream->state == Http2Stream::State::kBody && !stream->answered) Refuse(stream, TooSlow());
}

void Http2::OnSent(const nghttp2_frame& frame) {
  const bool data = frame.hd.type == NGHTTP2_DATA;
  if (data) idle_frames_.Earn(frame.hd.length >= 1024 ? 4 : 1);
  if ((!data && frame.hd.type != NGHTTP2_HEADERS) || (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
  Http2Stream* stream = Find(frame.hd.stream_id);
  if (stream == nullptr) return;
  stream->finished = true;
  if (!stream->whole) SetDeadline(*stream, absl::Now() + kToNotice);
}

void Http2::OnStreamClose(int32_t id, uint32_t why) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const StreamPtr stream = found->second;
  streams_.erase(found);
  if (why != NGHTTP2_NO_ERROR) calm_ = calm_ || !resets_.Spend(1, now_);
  if (const size_t unread = stream->body.size() - stream->taken; stream->in_parts() && unread > 0) {
    nghttp2_session_consume_connection(session_, unread);
  }
  Forget(*stream);
  if (streams_.empty()) {
    idle_deadline_ = absl::Now() + core_->options.idle_timeout;
    Watch(idle_deadline_);
  }
}

void Http2::Forget(Http2Stream& stream) {
  const bool handled = std::exchange(stream.state, Http2Stream::State::kClosed) == Http2Stream::State::kHandled;
  if (handled && --at_work_ == 0 && !finishing_) seat_.Wait();
  LeaveRoom(stream);
  size_t unsent = 0;
  for (const Http2Stream::Piece& piece : stream.output) unsent += piece.bytes.size();
  if (!stream.output.empty()) unsent -= stream.offset;
  seat_.SetUnsent(seat_.unsent() - unsent);
  // These hold the handler's Responder, which holds this connection.
  stream.output.clear();
  std::exchange(stream.take, nullptr) = nullptr;
  const auto on_close = std::exchange(stream.on_close, {});
  if (!handled || stream.finished) return;
  for (const auto& callback : on_close) Call(callback);
}

void Http2::FlushSoon() {
  if (flush_soon_ || writing_ || closed_) return;
  flush_soon_ = true;
  asio::post(executor_, [self = Self()] {
    self->flush_soon_ = false;
    if (!self->closed_) self->Flush();
  });
}

void Http2::Flush() {
  if (writing_ || finishing_ || session_ == nullptr) return;
  if (broken_) return Close();
  while (batch_.size() < kBatchBytes) {
    const uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0 || broken_) return Close();
    if (size == 0) break;
    batch_.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  }
  if (batch_.empty()) {
    if (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0) Finish();
    return;
  }
  writing_ = true;
  const auto allowance = absl::Seconds(static_cast<double>(batch_.size()) / core_->options.slowest_reader);
  WriteSome(0, absl::Now() + core_->options.client_timeout + allowance);
}

void Http2::WriteSome(size_t offset, absl::Time deadline) {
  if (offset == batch_.size()) return OnWritten();
  write_deadline_ = std::min(absl::Now() + core_->options.client_timeout, deadline);
  Watch(write_deadline_);
  transport_->Write(asio::buffer(batch_.data() + offset, batch_.size() - offset),
                    [self = Self(), offset, deadline](const error_code& error, size_t n) {
                      if (self->closed_) return;
                      if (error) return self->Close();
                      self->WriteSome(offset + n, deadline);
                    });
}

void Http2::OnWritten() {
  writing_ = false;
  write_deadline_ = absl::InfiniteFuture();
  seat_.SetUnsent(seat_.unsent() - std::exchange(batch_data_, 0));
  batch_.clear();
  if (streams_.empty()) batch_.shrink_to_fit();
  for (const auto& next : std::exchange(written_, {})) Call(next);
  if (closed_) return;
  Flush();
  Read();
}

void Http2::SayFarewell() {
  if (leaving_ || session_ == nullptr || finishing_) return;
  leaving_ = true;
  age_deadline_ = absl::InfiniteFuture();
  nghttp2_submit_shutdown_notice(session_);
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, kFarewellPing);
  farewell_deadline_ = absl::Now() + kFarewell;
  Watch(farewell_deadline_);
}

void Http2::EndRequests() {
  if (requests_ended_ || session_ == nullptr) return;
  leaving_ = requests_ended_ = true;
  farewell_deadline_ = age_deadline_ = absl::InfiniteFuture();
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR, nullptr, 0);
}

void Http2::Finish() {
  finishing_ = true;
  ForgetAll();
  seat_.Leave(true);
  seat_.Linger();
  end_deadline_ = absl::Now() + kReadingAway;
  Watch(end_deadline_);
  transport_->FinishWriting([self = Self()](const error_code&, size_t) {});
  Read();
}

void Http2::ForgetAll() {
  for (const auto& [id, stream] : std::exchange(streams_, {})) Forget(*stream);
}

void Http2::Close() {
  if (std::exchange(closed_, true)) return;
  ++generation_;
  timer_.cancel();
  seat_.Leave(true);
  seat_.Work();
  error_code ignored;
  transport_->socket().close(ignored);
  written_.clear();
  ForgetAll();
}

std::shared_ptr<Connection> Connection::NewHttp2(std::shared_ptr<Core> core, std::unique_ptr<Transport> transport,
                                                 const boost::asio::ip::address& peer, std::string begun) {
  return std::make_shared<Http2>(std::move(core), std::move(transport), peer, std::move(begun));
}

}  // namespace heitie::http
