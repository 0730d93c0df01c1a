// HTTP/2 (RFC 9113) by nghttp2. What it costs a server to follow a client's whims is bounded here: streams, handlers at work, header
// blocks, frames that carry nothing, resets, and bytes of bodies and answers that wait.
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstring>
#include <deque>
#include <optional>
#include <random>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/http/connection.h"
#include "common/http/lines.h"
#include "common/http/patience.h"
#include "common/observe/log.h"
#include "common/observe/survive.h"

namespace heitie::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

using TakeBody = std::function<void(absl::StatusOr<std::optional<std::string>>)>;

constexpr size_t kMostRead = 16 << 10;    // at once
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

const status::Phrase kOtherHost{":authority and Host differ", ":authority 與 Host 不同"};

class Http2;

// One request and its answer. Everything on the strand of its connection.
struct Stream final : Arriving, std::enable_shared_from_this<Stream> {
  Stream(std::weak_ptr<Http2> c, int32_t i) : connection(std::move(c)), id(i) {}
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
using StreamPtr = std::shared_ptr<Stream>;

// Name and value pairs as nghttp2 wants them, which copies them.
class FieldList {
 public:
  void Add(std::string name, std::string value) { fields_.emplace_back(std::move(name), OneLine(std::move(value))); }
  void AddAll(const Headers& headers) {
    for (const auto& [name, value] : headers.fields()) {
      if (!IsOfConnection(name)) Add(OneLine(name), value);
    }
  }
  const std::vector<nghttp2_nv>& values() {
    values_.clear();
    const auto bytes = [](std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); };
    for (auto& [name, value] : fields_) values_.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    return values_;
  }

 private:
  // What HTTP/2 says in another way, or the server itself.
  static bool IsOfConnection(const std::string& name) {
    for (const char* own : {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "content-length", "date"}) {
      if (absl::EqualsIgnoreCase(name, own)) return true;
    }
    return false;
  }

  std::vector<std::pair<std::string, std::string>> fields_;
  std::vector<nghttp2_nv> values_;
};

class Http2 final : public Connection {
 public:
  Http2(std::shared_ptr<Core> core, std::unique_ptr<Transport> transport, const asio::ip::address& peer, std::string begun)
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
  ~Http2() override {
    for (const auto& [id, stream] : streams_) LeaveRoom(*stream);
    nghttp2_session_del(session_);
  }

  void Start() override {
    Post([](Http2& self) { self.Begin(); });
  }
  void Refuse(Refused) override { Cut(); }
  void Lame() override {
    Post([](Http2& self) { self.SayFarewell(); });
  }
  void Drain() override { Lame(); }
  void GiveWay() override {
    Post([](Http2& self) {
      if (self.finishing_ || self.closed_) return;
      if (self.session_ == nullptr) return self.Close();
      if (self.at_work_ > 0) {
        self.seat_.Leave(false);
        return self.SayFarewell();
      }
      for (const StreamPtr& stream : self.Streams()) {
        if (stream->state == Stream::State::kBody) self.Refuse(stream, Busy(kManyConnections));
      }
      self.EndRequests();
    });
  }
  void GiveUpRequest() override {}  // streams are what arrives
  void Cut() override {
    Post([](Http2& self) { self.Close(); });
  }
  const asio::ip::address& origin() const override { return seat_.origin(); }

  void GiveUp(const StreamPtr& stream) {
    Post([stream](Http2& self) {
      if (!stream->place.has_value() || stream->answered) return;
      if (stream->state == Stream::State::kBody) return self.Refuse(stream, Busy(kMuchArriving));
      if (stream->take) self.GivePart(*stream, absl::ResourceExhaustedError("too much is arriving, and this for the longest time"));
    });
  }

  void Send(const StreamPtr& stream, Response response) {
    Post([stream, response = std::move(response)](Http2& self) mutable {
      if (Answering(*stream) && !stream->answered) self.Answer(stream, std::move(response));
    });
  }
  void StartStream(const StreamPtr& stream, Response head) {
    Post([stream, head = std::move(head)](Http2& self) {
      if (!Answering(*stream) || stream->answered) return;
      self.SubmitHead(*stream, head, std::nullopt, true);
    });
  }
  void Write(const StreamPtr& stream, std::string piece, std::function<void()> next) {
    Post([stream, piece = std::move(piece), next = std::move(next)](Http2& self) mutable {
      if (!Answering(*stream) || !stream->answered || stream->ending) return;
      if (stream->head_only || piece.empty()) return self.Call(next);
      self.Push(*stream, std::move(piece), std::move(next));
    });
  }
  void End(const StreamPtr& stream, Headers trailers) {
    Post([stream, trailers = std::move(trailers)](Http2& self) mutable {
      if (!Answering(*stream) || !stream->answered || stream->ending) return;
      stream->trailers = std::move(trailers);
      self.EndAnswer(*stream);
    });
  }
  void OnClose(const StreamPtr& stream, std::function<void()> callback) {
    // The callback may come back here: not under the lock.
    if (Stopped()) return callback();
    Post([stream, callback = std::move(callback)](Http2& self) mutable {
      if (stream->finished) return;
      if (Answering(*stream)) {
        stream->on_close.push_back(std::move(callback));
      } else {
        self.Call(callback);
      }
    });
  }
  void ReadLine(const StreamPtr& stream, TakeBody take) {
    Post([stream, take = std::move(take)](Http2& self) mutable {
      if (!Answering(*stream) || stream->ending) return;
      self.LeaveRoom(*stream);  // what became of the line before is its handler's
      stream->take = std::move(take);
      if (!stream->lines.has_value()) return self.GivePart(*stream, absl::FailedPreconditionError("the body is not read in lines"));
      self.NextPart(stream);
    });
  }
  void ReadPiece(const StreamPtr& stream, size_t held, TakeBody take) {
    Post([stream, held, take = std::move(take)](Http2& self) mutable {
      if (!Answering(*stream) || stream->ending) return;
      if (held == 0) self.LeaveRoom(*stream);
      if (stream->held == 0) stream->part_began = absl::Now();
      stream->held = held;
      stream->take = std::move(take);
      if (!stream->pieces) return self.GivePart(*stream, absl::FailedPreconditionError("the body is not read in pieces"));
      self.NextPart(stream);
    });
  }
  // The handler has let go of its Responder; `complete`: after the end of the answer.
  void Abandon(const StreamPtr& stream, bool complete) {
    --handlers_;
    if (complete) return;
    Post([stream](Http2& self) {
      if (!Answering(*stream) || stream->ending) return;
      if (stream->answered) return self.Reset(*stream, NGHTTP2_INTERNAL_ERROR);
      self.Answer(stream, Explained(*self.core_, {}, NotAnswered()));
    });
  }

 private:
  template <typename F>
  void Post(F work) {
    if (Stopped()) return;
    asio::post(executor_, [self = Self(), work = std::move(work)]() mutable {
      work(*self);
      self->FlushSoon();
    });
  }
  bool Stopped() {
    std::lock_guard lock(core_->mutex);
    return core_->stopped;
  }
  std::shared_ptr<Http2> Self() { return std::static_pointer_cast<Http2>(shared_from_this()); }
  static bool Answering(const Stream& stream) { return stream.state == Stream::State::kHandled; }

  // What a handler gave: if it throws, this connection is lost and no other.
  void Call(const std::function<void()>& callback) {
    if (callback && !observe::Survive("a connection was lost", callback)) broken_ = true;
  }

  std::vector<StreamPtr> Streams() const {
    std::vector<StreamPtr> all;
    for (const auto& [id, stream] : streams_) all.push_back(stream);
    return all;
  }

  // ---- Begin

  void Begin() {
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

  template <typename F>
  static int Guarded(void* self, const F& work) {
    auto& me = *static_cast<Http2*>(self);
    if (observe::Survive("a connection was lost", [&] { work(me); })) return 0;
    me.broken_ = true;
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  // ---- What the client sends

  void Read() {
    if (reading_ || closed_) return;
    // A client that asks without reading the answers has to wait.
    if (!finishing_ && writing_ && nghttp2_session_get_outbound_queue_size(session_) > kFramesWaiting) return;
    reading_ = true;
    transport_->Read(asio::buffer(incoming_.get(), kMostRead), [self = Self()](const error_code& error, size_t n) {
      self->reading_ = false;
      self->OnRead(error, n);
    });
  }

  void OnRead(const error_code& error, size_t n) {
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

  void Feed(const char* bytes, size_t size) {
    now_ = absl::Now();
    const ssize_t used = nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(bytes), size);
    if (used == NGHTTP2_ERR_FLOODED) calm_ = true;
    if (broken_ || (used < 0 && !calm_)) return Close();
    if (calm_ && !calmed_) {
      calmed_ = true;
      nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
    }
  }

  void Spend(double cost) { calm_ = calm_ || !idle_frames_.Spend(cost, now_); }

  void OnBeginFrame(const nghttp2_frame_hd& head) {
    if (head.type == NGHTTP2_HEADERS) return idle_frames_.Earn(2);
    if (head.type != NGHTTP2_DATA || head.length == 0) Spend(1);
  }

  Stream* Find(int32_t id) {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : found->second.get();
  }

  void OnBeginHeaders(const nghttp2_frame& frame) {
    block_bytes_ = 0;
    if (frame.headers.cat != NGHTTP2_HCAT_REQUEST || calm_) return;
    auto stream = std::make_shared<Stream>(std::weak_ptr<Http2>(Self()), frame.hd.stream_id);
    stream->head_came = now_;
    streams_.emplace(frame.hd.stream_id, stream);
    SetDeadline(*stream, now_ + core_->options.client_timeout);
  }

  void OnHeader(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
    const Options& options = core_->options;
    const size_t bytes = name.size() + value.size() + 32;  // RFC 9113, 6.5.2
    block_bytes_ += bytes;
    calm_ = calm_ || block_bytes_ > size_t{4} * options.max_header_bytes;
    Stream* stream = Find(frame.hd.stream_id);
    // Of trailers nothing is kept: what they say must not count as said in the head.
    if (calm_ || stream == nullptr || stream->state != Stream::State::kHead || stream->refused.has_value()) return;
    stream->head_bytes += bytes;
    if (stream->head_bytes > options.max_header_bytes) {
      stream->refused = name == ":path" ? TargetTooLong(options.max_header_bytes) : HeadTooLarge(options.max_header_bytes);
    } else if (name == ":method") {
      stream->request.method = std::string(value);
    } else if (name == ":path") {
      stream->target = std::string(value);
    } else if (name == ":authority") {
      stream->authority = std::string(value);
    } else if (!name.empty() && name[0] != ':') {
      if (++stream->fields > options.max_headers) stream->refused = TooManyHeaders(options.max_headers);
      stream->request.headers.Add(std::string(name), std::string(value));
    }
  }

  void OnFrame(const nghttp2_frame& frame) {
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
    if (stream->state == Stream::State::kHead) return TakeHead(stream);
    if (!stream->whole) return;
    if (stream->state == Stream::State::kBody && !stream->answered) return Dispatch(stream);
    if (stream->take) NextPart(stream);
  }

  void TakeHead(const StreamPtr& stream) {
    const Options& options = core_->options;
    // Those whose clients have gone are still at work. Nothing has been done of this one: it may be asked for again.
    if (handlers_ >= 2 * options.max_streams) return Reset(*stream, NGHTTP2_REFUSED_STREAM);
    Request& request = stream->request;
    request.version = 20;
    request.loopback = peer_.is_loopback();
    request.client = origin().to_string();
    stream->head_only = request.method == "HEAD";
    stream->state = Stream::State::kBody;
    if (const std::optional<Refused> refused = CheckHead(*stream)) return Refuse(stream, *refused);
    Verdict verdict = Judged(*core_, request);
    if (verdict.refusal.has_value()) return Answer(stream, *std::move(verdict.refusal));
    stream->caller = std::move(verdict.caller);
    request.finding = std::move(verdict.finding);
    if (verdict.lines) stream->lines.emplace(options.max_body_bytes);
    stream->pieces = verdict.pieces;
    if (stream->whole || stream->in_parts()) return Dispatch(stream);
    uint64_t announced = 0;
    if (absl::SimpleAtoi(request.headers.Get("content-length"), &announced)) {
      if (announced > options.max_body_bytes) return Refuse(stream, BodyTooLarge(options.max_body_bytes));
      stream->body.reserve(announced);
    }
    Renew(*stream);
    if (absl::EqualsIgnoreCase(request.headers.Get("expect"), "100-continue")) {
      FieldList fields;
      fields.Add(":status", "100");
      nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream->id, nullptr, fields.values().data(), fields.values().size(), nullptr);
    }
  }

  std::optional<Refused> CheckHead(Stream& stream) {
    Request& request = stream.request;
    const bool plain = std::all_of(stream.target.begin(), stream.target.end(), [](char c) { return c != ' ' && c != '\x7f'; });
    const bool path = plain && !stream.target.empty() && SplitTarget(stream.target, &request);
    if (stream.refused.has_value()) return stream.refused;
    if (stream.target.empty()) return NoTunnel();
    if (!path) return BadHttp(kNoPath);
    const std::string& host = request.headers.Get("host");
    if (!stream.authority.empty() && !host.empty() && !absl::EqualsIgnoreCase(stream.authority, host)) return BadHttp(kOtherHost);
    request.host = stream.authority.empty() ? host : stream.authority;
    return std::nullopt;
  }

  void OnData(int32_t id, std::string_view bytes) {
    const auto found = streams_.find(id);
    if (found == streams_.end() || found->second->unread() || calm_) {
      // Only what the stream may send before the end of it has come to the client.
      nghttp2_session_consume_connection(session_, bytes.size());
      return;
    }
    const StreamPtr stream = found->second;
    stream->body.append(bytes);
    if (!stream->in_parts()) {
      nghttp2_session_consume(session_, id, bytes.size());
      if (stream->body.size() > core_->options.max_body_bytes) return Refuse(stream, BodyTooLarge(core_->options.max_body_bytes));
      Renew(*stream);
      TakeRoom(stream, stream->body.size());
    } else if (stream->take) {
      NextPart(stream);
    }
  }

  void Dispatch(const StreamPtr& stream) {
    if (core_->unsent > core_->options.max_unsent_bytes) return Refuse(stream, Busy(kMuchUnsent));
    if (stream->place.has_value()) core_->room.Arrive(*stream->place);
    stream->state = Stream::State::kHandled;
    SetDeadline(*stream, absl::InfiniteFuture());
    if (at_work_++ == 0) seat_.Work();
    if (!stream->in_parts()) stream->request.body = std::exchange(stream->body, {});
    Handle(stream);
  }
  void Handle(const StreamPtr& stream);

  // ---- The lines or pieces of a body, while it is handled

  void NextPart(const StreamPtr& stream) {
    stream->lines.has_value() ? NextLine(*stream) : NextPiece(*stream);
    if (!stream->take) return;
    if (const size_t bytes = stream->part_bytes(); bytes > kMostRead) TakeRoom(stream, bytes);
    Renew(*stream);
  }

  void NextLine(Stream& stream) {
    Lines& lines = *stream.lines;
    if (lines.size() == 0) stream.part_began = absl::Now();
    const size_t used = lines.Put(std::string_view(stream.body).substr(stream.taken));
    stream.taken += used;
    nghttp2_session_consume(session_, stream.id, used);
    const bool all = stream.taken == stream.body.size();
    if (all && stream.whole) lines.End();
    if (all) {
      stream.body.clear();
      stream.taken = 0;
    }
    if (auto line = lines.Take()) return GivePart(stream, std::move(line));
    if (lines.too_long()) return GivePart(stream, absl::OutOfRangeError("a line is too long"));
    if (all && stream.whole) GivePart(stream, std::optional<std::string>());
  }

  void NextPiece(Stream& stream) {
    if (!stream.body.empty()) {
      nghttp2_session_consume(session_, stream.id, stream.body.size());
      return GivePart(stream, std::exchange(stream.body, {}));
    }
    if (stream.whole) GivePart(stream, std::optional<std::string>());
  }

  void GivePart(Stream& stream, absl::StatusOr<std::optional<std::string>> part) {
    if (stream.place.has_value()) core_->room.Arrive(*stream.place);
    stream.part_taken = true;
    const TakeBody take = std::exchange(stream.take, nullptr);
    Renew(stream);
    Call([&] { take(std::move(part)); });
  }

  // ---- The time and the room that a client has

  void TakeRoom(const StreamPtr& stream, size_t bytes) {
    if (!stream->place.has_value()) {
      stream->place = core_->room.Enter(std::weak_ptr<Arriving>(stream), stream->caller.empty() ? origin().to_string() : stream->caller);
    }
    for (const auto& slower : core_->room.Hold(*stream->place, bytes)) slower->GiveUpRequest();
  }
  void LeaveRoom(Stream& stream) {
    if (stream.place.has_value()) core_->room.Leave(*std::exchange(stream.place, std::nullopt));
  }

  void SetDeadline(Stream& stream, absl::Time deadline) {
    stream.deadline = deadline;
    Watch(deadline);
  }

  // Something has come of the client, or goes to it: until when it has to go on.
  void Renew(Stream& stream) {
    const Options& options = core_->options;
    const absl::Time now = absl::Now();
    const auto in_time = [&](absl::Time began, size_t bytes) {
      return std::min(now + options.client_timeout, began + options.client_timeout + absl::Seconds(bytes / options.slowest_sender));
    };
    absl::Time deadline = absl::InfiniteFuture();
    if (!stream.output.empty()) {
      deadline = std::min(now + options.client_timeout, stream.piece_deadline);
    } else if (stream.state == Stream::State::kBody && !stream.answered) {
      deadline = in_time(stream.head_came, stream.body.size());
    } else if (stream.take && stream.part_bytes() > 0) {
      deadline = in_time(stream.part_began, stream.part_bytes());
    } else if (stream.take && stream.lines.has_value()) {
      deadline = now + options.idle_timeout;
    } else if (stream.take && !stream.part_taken) {
      deadline = now + options.client_timeout;
    }
    SetDeadline(stream, deadline);
  }

  // Sees to it that OnTime is called at `deadline` at the latest.
  void Watch(absl::Time deadline) {
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

  void OnTime() {
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

  void OnTime(const StreamPtr& stream) {
    if (stream->state == Stream::State::kHead) return Close();  // nothing can come before the rest of it
    SetDeadline(*stream, absl::InfiniteFuture());
    if (stream->finished) return Reset(*stream, NGHTTP2_NO_ERROR);
    if (!stream->output.empty()) {
      // It may be that others are sent first.
      const bool waits = now_ < stream->piece_deadline && nghttp2_session_get_stream_remote_window_size(session_, stream->id) > 0;
      return waits ? SetDeadline(*stream, stream->piece_deadline) : Reset(*stream, NGHTTP2_CANCEL);
    }
    if (stream->take) return GivePart(*stream, absl::DeadlineExceededError("nothing has come for too long"));
    if (stream->state == Stream::State::kBody && !stream->answered) Refuse(stream, TooSlow());
  }

  // ---- Answers

  void Refuse(const StreamPtr& stream, const Refused& refused) { Answer(stream, Explained(*core_, stream->request, refused)); }

  // The whole of it.
  void Answer(const StreamPtr& stream, Response response) {
    if (stream->answered || stream->state == Stream::State::kClosed) return;
    LeaveRoomUnlessHandled(*stream);
    const bool body = HasBody(response.status) && !stream->head_only && !response.body.empty();
    std::optional<size_t> length;
    if (HasBody(response.status) && !response.body.empty()) length = response.body.size();
    stream->ending = true;
    SubmitHead(*stream, response, length, body);
    if (body) Push(*stream, std::move(response.body), nullptr);
  }

  void LeaveRoomUnlessHandled(Stream& stream) {
    if (stream.state == Stream::State::kHandled) return;
    LeaveRoom(stream);
    stream.body = {};
  }

  void SubmitHead(Stream& stream, const Response& response, std::optional<size_t> length, bool body) {
    stream.answered = true;
    FieldList fields;
    fields.Add(":status", absl::StrCat(response.status));
    fields.Add("date", HttpDate());
    fields.AddAll(response.headers);
    if (length.has_value()) fields.Add("content-length", absl::StrCat(*length));
    nghttp2_data_provider source{};
    source.source.ptr = &stream;
    source.read_callback = [](nghttp2_session*, int32_t id, uint8_t* bytes, size_t size, uint32_t* flags, nghttp2_data_source*,
                              void* self) -> ssize_t {
      ssize_t count = 0;
      const int result = Guarded(self, [&](Http2& me) { count = me.Fill(id, bytes, size, flags); });
      return result != 0 ? NGHTTP2_ERR_CALLBACK_FAILURE : count;
    };
    const auto& values = fields.values();
    if (nghttp2_submit_response(session_, stream.id, values.data(), values.size(), body ? &source : nullptr) != 0) {
      Reset(stream, NGHTTP2_INTERNAL_ERROR);
    }
  }

  void Push(Stream& stream, std::string piece, std::function<void()> next) {
    seat_.SetUnsent(seat_.unsent() + piece.size());
    stream.output.push_back({std::move(piece), std::move(next)});
    if (stream.output.size() == 1) BeginPiece(stream);
    nghttp2_session_resume_data(session_, stream.id);
  }

  void BeginPiece(Stream& stream) {
    const Options& options = core_->options;
    stream.offset = 0;
    stream.piece_deadline = absl::Now() + options.client_timeout +
                            absl::Seconds(static_cast<double>(stream.output.front().bytes.size()) / options.slowest_reader);
    Renew(stream);
  }

  void EndAnswer(Stream& stream) {
    stream.ending = true;
    std::exchange(stream.take, nullptr) = nullptr;
    nghttp2_session_resume_data(session_, stream.id);
  }

  // DATA of the stream, as much as fits.
  ssize_t Fill(int32_t id, uint8_t* bytes, size_t size, uint32_t* flags) {
    Stream* stream = Find(id);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    size_t filled = 0;
    while (filled < size && !stream->output.empty()) {
      Stream::Piece& piece = stream->output.front();
      const size_t count = std::min(size - filled, piece.bytes.size() - stream->offset);
      std::memcpy(bytes + filled, piece.bytes.data() + stream->offset, count);
      filled += count;
      stream->offset += count;
      if (stream->offset < piece.bytes.size()) break;
      if (piece.next) written_.push_back(std::move(piece.next));
      stream->output.pop_front();
      if (!stream->output.empty()) BeginPiece(*stream);
    }
    batch_data_ += filled;
    if (filled > 0) Renew(*stream);
    if (!stream->output.empty()) return static_cast<ssize_t>(filled);
    if (!stream->ending) return filled == 0 ? NGHTTP2_ERR_DEFERRED : static_cast<ssize_t>(filled);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!stream->trailers.fields().empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      FieldList fields;
      fields.AddAll(stream->trailers);
      nghttp2_submit_trailer(session_, id, fields.values().data(), fields.values().size());
    }
    return static_cast<ssize_t>(filled);
  }

  void Reset(Stream& stream, uint32_t why) { nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, why); }

  void OnSent(const nghttp2_frame& frame) {
    const bool data = frame.hd.type == NGHTTP2_DATA;
    if (data) idle_frames_.Earn(frame.hd.length >= 1024 ? 4 : 1);
    if ((!data && frame.hd.type != NGHTTP2_HEADERS) || (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
    Stream* stream = Find(frame.hd.stream_id);
    if (stream == nullptr) return;
    stream->finished = true;
    if (!stream->whole) SetDeadline(*stream, absl::Now() + kToNotice);
  }

  void OnStreamClose(int32_t id, uint32_t why) {
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

  void Forget(Stream& stream) {
    const bool handled = std::exchange(stream.state, Stream::State::kClosed) == Stream::State::kHandled;
    if (handled && --at_work_ == 0 && !finishing_) seat_.Wait();
    LeaveRoom(stream);
    size_t unsent = 0;
    for (const Stream::Piece& piece : stream.output) unsent += piece.bytes.size();
    if (!stream.output.empty()) unsent -= stream.offset;
    seat_.SetUnsent(seat_.unsent() - unsent);
    // These hold the handler's Responder, which holds this connection.
    stream.output.clear();
    std::exchange(stream.take, nullptr) = nullptr;
    const auto on_close = std::exchange(stream.on_close, {});
    if (!handled || stream.finished) return;
    for (const auto& callback : on_close) Call(callback);
  }

  // ---- Frames to the client

  // After what is to be done before, so that it all goes at once.
  void FlushSoon() {
    if (flush_soon_ || writing_ || closed_) return;
    flush_soon_ = true;
    asio::post(executor_, [self = Self()] {
      self->flush_soon_ = false;
      if (!self->closed_) self->Flush();
    });
  }

  void Flush() {
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

  void WriteSome(size_t offset, absl::Time deadline) {
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

  void OnWritten() {
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

  // ---- The end

  // No request is lost that the client sends before it hears of this.
  void SayFarewell() {
    if (leaving_ || session_ == nullptr || finishing_) return;
    leaving_ = true;
    age_deadline_ = absl::InfiniteFuture();
    nghttp2_submit_shutdown_notice(session_);
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, kFarewellPing);
    farewell_deadline_ = absl::Now() + kFarewell;
    Watch(farewell_deadline_);
  }

  void EndRequests() {
    if (requests_ended_ || session_ == nullptr) return;
    leaving_ = requests_ended_ = true;
    farewell_deadline_ = age_deadline_ = absl::InfiniteFuture();
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR, nullptr, 0);
  }

  // Closing with unread input would reset the connection, and the client would lose what was said last: read it away, for a while.
  void Finish() {
    finishing_ = true;
    ForgetAll();
    seat_.Leave(true);
    seat_.Linger();
    end_deadline_ = absl::Now() + kReadingAway;
    Watch(end_deadline_);
    transport_->FinishWriting([self = Self()](const error_code&, size_t) {});
    Read();
  }

  void ForgetAll() {
    for (const auto& [id, stream] : std::exchange(streams_, {})) Forget(*stream);
  }

  void Close() {
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

  const std::shared_ptr<Core> core_;
  const std::unique_ptr<Transport> transport_;
  const asio::any_io_executor executor_;
  asio::steady_timer timer_;
  const asio::ip::address peer_;
  Seat seat_;
  std::string begun_;
  nghttp2_session* session_ = nullptr;
  std::unordered_map<int32_t, StreamPtr> streams_;
  int at_work_ = 0;               // streams that are handled
  std::atomic<int> handlers_{0};  // that have not let go of their Responders

  absl::Time now_;  // when the last bytes came
  const std::unique_ptr<char[]> incoming_{new char[kMostRead]};
  bool reading_ = false;
  size_t block_bytes_ = 0;  // of the headers that are coming
  Patience idle_frames_, resets_;
  bool calm_ = false, calmed_ = false;  // the client does not behave, and was told so
  bool broken_ = false;

  bool writing_ = false, flush_soon_ = false;
  std::string batch_;                           // being written
  size_t batch_data_ = 0;                       // of it, of answers
  std::vector<std::function<void()>> written_;  // to be called when it is

  uint64_t generation_ = 0;
  absl::Time watched_ = absl::InfiniteFuture();
  absl::Time idle_deadline_ = absl::InfiniteFuture(), age_deadline_ = absl::InfiniteFuture(), farewell_deadline_ = absl::InfiniteFuture(),
             write_deadline_ = absl::InfiniteFuture(), end_deadline_ = absl::InfiniteFuture();
  bool leaving_ = false, requests_ended_ = false, finishing_ = false, closed_ = false;
  size_t read_away_ = 0;
};

class StreamResponder final : public Responder {
 public:
  StreamResponder(std::shared_ptr<Http2> connection, StreamPtr stream) : connection_(std::move(connection)), stream_(std::move(stream)) {}
  ~StreamResponder() override { connection_->Abandon(stream_, complete_); }
  void Send(Response response) override {
    complete_ = true;
    connection_->Send(stream_, std::move(response));
  }
  void StartStream(Response head) override { connection_->StartStream(stream_, std::move(head)); }
  void Write(std::string piece, std::function<void()> next) override { connection_->Write(stream_, std::move(piece), std::move(next)); }
  void End(Headers trailers) override {
    complete_ = true;
    connection_->End(stream_, std::move(trailers));
  }
  void OnClose(std::function<void()> callback) override { connection_->OnClose(stream_, std::move(callback)); }
  void ReadLine(TakeBody take) override { connection_->ReadLine(stream_, std::move(take)); }
  void ReadPiece(size_t held, TakeBody take) override { connection_->ReadPiece(stream_, held, std::move(take)); }

 private:
  const std::shared_ptr<Http2> connection_;
  const StreamPtr stream_;
  std::atomic<bool> complete_{false};
};

void Http2::Handle(const StreamPtr& stream) {
  ++handlers_;
  auto responder = std::make_shared<StreamResponder>(Self(), stream);
  try {
    core_->handler(std::exchange(stream->request, {}), std::move(responder));
  } catch (...) {
    observe::LogException("a request could not be handled");  // the responder, which nobody holds any more, answers 500
  }
}

void Stream::GiveUpRequest() {
  if (const auto owner = connection.lock()) owner->GiveUp(shared_from_this());
}

}  // namespace

std::shared_ptr<Connection> Connection::NewHttp2(std::shared_ptr<Core> core, std::unique_ptr<Transport> transport,
                                                 const boost::asio::ip::address& peer, std::string begun) {
  return std::make_shared<Http2>(std::move(core), std::move(transport), peer, std::move(begun));
}

}  // namespace heitie::http
