#include "common/client/http2/link.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstring>
#include <mutex>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/client/http2/wire.h"
#include "common/observe/log.h"
#include "common/observe/survive.h"
#include "common/rpc/bounds.h"
#include "common/rpc/bytes.h"

namespace heitie::client {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

// For one attempt with its handshakes, also on a busy machine.
constexpr absl::Duration kConnectTimeout = absl::Seconds(5);
constexpr absl::Duration kBetweenHealthCalls = absl::Seconds(1);
constexpr size_t kMostRead = 32 << 10;    // at once
constexpr int kReadsAtOnce = 8;           // before others have their turn
constexpr size_t kBatchBytes = 64 << 10;  // of frames that are written at once
// What the server may send of an answer before its consumer has taken what came, and of all.
constexpr int32_t kStreamWindow = 256 << 10, kConnectionWindow = 16 << 20;
// Times that a call which a server has refused unseen goes to a server again.
constexpr int kMostRefusals = 3;
constexpr char kHealthWatch[] = "/grpc.health.v1.Health/Watch";
constexpr char kServing[] = {0x08, 0x01};  // HealthCheckResponse with its status

grpc::Status Unavailable(const std::string& why) { return grpc::Status(grpc::StatusCode::UNAVAILABLE, why); }

class Http2Link final : public Link {
 public:
  Http2Link(work::Loop& loop, Options options, std::weak_ptr<Owner> owner)
      : loop_(loop), options_(std::move(options)), owner_(std::move(owner)), strand_(loop.NewStrand()), socket_(strand_), timer_(strand_) {}
  ~Http2Link() override { nghttp2_session_del(session_); }

  void Connect() override {
    Post([](Http2Link& self) { self.Begin(); });
  }
  void Start(CallPtr call) override { Tell({Command::kStart, std::move(call)}); }
  void Cancel(CallPtr call) override { Tell({Command::kCancel, std::move(call)}); }
  void Leave() override {
    Post([](Http2Link& self) { self.BeginToLeave(); });
  }
  void Close() override {
    Post([](Http2Link& self) { self.End("it is not wanted any more"); });
  }

 private:
  // What callers want, from whatever thread. It is done on the strand, as much as has come at once, so that it goes out in one write.
  struct Command {
    enum Kind { kStart, kCancel, kNext, kGive } kind;
    CallPtr call;
    rpc::Incoming message = std::optional<grpc::ByteBuffer>();  // of kGive
  };

  std::shared_ptr<Http2Link> Self() { return std::static_pointer_cast<Http2Link>(shared_from_this()); }

  template <typename F>
  void Post(F work) {
    asio::post(strand_, [self = Self(), work = std::move(work)] { work(*self); });
  }

  void Tell(Command command) {
    {
      const std::lock_guard lock(mutex_);
      inbox_.push_back(std::move(command));
      if (std::exchange(told_, true)) return;
    }
    Post([](Http2Link& self) { self.Listen(); });
  }

  void Listen() {
    {
      const std::lock_guard lock(mutex_);
      told_ = false;
      heard_.swap(inbox_);
    }
    for (Command& command : heard_) {
      observe::Survive("a call threw", [&] { Do(command); });
    }
    heard_.clear();
    Flush();
  }

  void Do(Command& command) {
    const CallPtr& call = command.call;
    if (command.kind == Command::kStart) return Begin(call);
    const auto found = calls_.find(call->id);
    if (found == calls_.end() || found->second != call) return;  // it has ended
    switch (command.kind) {
      case Command::kCancel:
        return Abort(call, grpc::Status::CANCELLED);
      case Command::kNext:
        if (std::exchange(call->turn, WireCall::Turn::kReading) == WireCall::Turn::kConsumer) Resume(call);
        return;
      default:
        return Give(call, std::move(command.message));
    }
  }

  void Told(const std::function<void(Owner&)>& what) {
    if (const auto owner = owner_.lock()) what(*owner);
  }

  // ---- Begin

  void Begin() {
    connect_deadline_ = absl::Now() + kConnectTimeout;
    Watch(connect_deadline_);
    socket_.async_connect(options_.address, [self = Self()](const error_code& error) {
      if (self->closed_) return;
      if (error) return self->End(error.message());
      self->OnConnected();
    });
  }

  void OnConnected() {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    if (options_.tls == nullptr) {
      wire_ = PlainWire(socket_.native_handle());
    } else {
      auto wire = TlsWire(socket_.native_handle(), *options_.tls, options_.server_name);
      if (!wire.ok()) return End(std::string(wire.status().message()));
      wire_ = *std::move(wire);
    }
    Handshake();
  }

  void Handshake() {
    const Wire::Next next = wire_->Handshake();
    if (next == Wire::Next::kBroken) return End(wire_->Why());
    if (next == Wire::Next::kDone) return Open();
    WaitFor(next, [](Http2Link& self) { self.Handshake(); });
  }

  void WaitFor(Wire::Next next, void (*then)(Http2Link&)) {
    const auto ready = next == Wire::Next::kReadable ? tcp::socket::wait_read : tcp::socket::wait_write;
    socket_.async_wait(ready, [self = Self(), then](const error_code& error) {
      if (self->closed_) return;
      if (error) return self->End(error.message());
      then(*self);
    });
  }

  void Open() {
    if (!MakeSession()) return End("no memory for HTTP/2");
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                                               {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
                                               {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, rpc::kChannelMetadataBytes}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
    ping_due_ = absl::Now() + options_.ping_interval;
    Watch(ping_due_);
    if (options_.watch_health) {
      WatchHealth();
    } else {
      healthy_ = true;
    }
    Flush();
    if (!closed_) Read();
  }

  bool MakeSession() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_option* option = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) return false;
    if (nghttp2_option_new(&option) != 0) {
      nghttp2_session_callbacks_del(callbacks);
      return false;
    }
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_length, const uint8_t* value,
                      size_t value_length, uint8_t, void* self) {
          return Guarded(self, [&](Http2Link& me) {
            me.OnHeader(frame->hd.stream_id, {reinterpret_cast<const char*>(name), name_length},
                        {reinterpret_cast<const char*>(value), value_length});
          });
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
      return Guarded(self, [&](Http2Link& me) { me.OnFrame(*frame); });
    });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks, [](nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t length, void* self) {
          return Guarded(self, [&](Http2Link& me) { me.OnData(id, {reinterpret_cast<const char*>(data), length}); });
        });
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
      return Guarded(self, [&](Http2Link& me) { me.OnSent(*frame); });
    });
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, int, void* self) {
      return Guarded(self, [&](Http2Link& me) { me.OnNotSent(*frame); });
    });
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, [](nghttp2_session*, int32_t id, uint32_t why, void* self) {
      return Guarded(self, [&](Http2Link& me) { me.OnStreamClose(id, why); });
    });
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    const int made = nghttp2_session_client_new2(&session_, callbacks, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    return made == 0;
  }

  template <typename F>
  static int Guarded(void* self, const F& work) {
    return observe::Survive("a connection to a service was lost", [&] { work(*static_cast<Http2Link*>(self)); })
               ? 0
               : NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  // ---- Whether the server takes calls

  // A server that drains says so here before it refuses anything.
  void WatchHealth() {
    auto call = std::make_shared<WireCall>();
    call->path = kHealthWatch;
    call->bound = true;
    call->message = [weak = weak_from_this()](const grpc::ByteBuffer& message, const std::function<void()>& next) {
      grpc::Slice bytes;
      const bool serving = message.DumpToSingleSlice(&bytes).ok() && bytes.size() == sizeof(kServing) &&
                           std::memcmp(bytes.begin(), kServing, sizeof(kServing)) == 0;
      if (const auto link = weak.lock()) static_cast<Http2Link&>(*link).SetHealthy(serving);
      next();
    };
    call->done = [weak = weak_from_this()](const grpc::Status& status, const grpc::ByteBuffer&) {
      if (const auto link = weak.lock()) static_cast<Http2Link&>(*link).OnHealthEnded(status);
    };
    health_ = call;
    call->SetLink(weak_from_this());
    Begin(call);
  }

  void OnHealthEnded(const grpc::Status& status) {
    health_ = nullptr;
    if (closed_ || leaving_) return;
    const bool none = status.error_code() == grpc::StatusCode::UNIMPLEMENTED;
    SetHealthy(none);  // a server that does not tell is taken at its word
    if (none) return;
    health_due_ = absl::Now() + kBetweenHealthCalls;
    Watch(health_due_);
  }

  void SetHealthy(bool healthy) {
    if (closed_ || leaving_) return;
    healthy_ = healthy;
    TellServing();
  }

  // Not before it is known.
  void TellServing() {
    if (settled_ && healthy_.has_value()) Told([&](Owner& owner) { owner.OnServing(Self(), *healthy_); });
  }

  // ---- Calls

  void Begin(const CallPtr& call) {
    if (call->cancelled()) return call->Finish(grpc::Status::CANCELLED);
    const absl::Time now = absl::Now();
    if (now >= call->deadline) return call->Finish(TooLate());
    if (closed_ || leaving_) return Again(call);
    if (!call->read) {
      call->output = Enveloped(call->request);
      call->last = true;
    }
    const int32_t id = Submit(*call, now);
    if (id < 0) {
      // There are no more numbers for streams.
      BeginToLeave();
      return Again(call);
    }
    call->id = id;
    calls_[id] = call;
    if (call->deadline != absl::InfiniteFuture()) {
      deadlines_.emplace(call->deadline, call.get());
      Watch(call->deadline);
    }
    if (call->read) Ask(call);
  }

  static grpc::Status TooLate() { return grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded"); }

  // nghttp2 copies what it is given.
  int32_t Submit(const WireCall& call, absl::Time now) {
    static constexpr std::string_view kPost = "POST", kHttp = "http", kHttps = "https", kTrailers = "trailers", kGrpc = "application/grpc",
                                      kAgent = "heitie";
    std::string timeout;
    nghttp2_nv fields[11];
    size_t count = 0;
    const auto add = [&](std::string_view name, std::string_view value, uint8_t flags = NGHTTP2_NV_FLAG_NONE) {
      if (value.empty()) return;
      fields[count++] = {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
                         reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(), flags};
    };
    add(":method", kPost);
    add(":scheme", options_.tls == nullptr ? kHttp : kHttps);
    add(":authority", options_.authority);
    add(":path", call.path);
    add("te", kTrailers);
    add("content-type", kGrpc);
    add("user-agent", kAgent);
    // Of these each value is another: they would drive the others out of the peer's table.
    if (call.deadline != absl::InfiniteFuture()) {
      timeout = TimeoutText(absl::ToInt64Milliseconds(absl::Ceil(call.deadline - now, absl::Milliseconds(1))));
      add("grpc-timeout", timeout, NGHTTP2_NV_FLAG_NO_INDEX);
    }
    add("traceparent", call.traceparent, NGHTTP2_NV_FLAG_NO_INDEX);
    add("authorization", call.authorization);
    add("accept-language", call.language);
    nghttp2_data_provider source{};
    source.read_callback = [](nghttp2_session*, int32_t id, uint8_t* bytes, size_t size, uint32_t* flags, nghttp2_data_source*,
                              void* self) -> ssize_t { return static_cast<Http2Link*>(self)->Fill(id, bytes, size, flags); };
    return nghttp2_submit_request(session_, nullptr, fields, count, &source, nullptr);
  }

  // DATA of a call, as much as fits.
  ssize_t Fill(int32_t id, uint8_t* bytes, size_t size, uint32_t* flags) {
    const auto found = calls_.find(id);
    if (found == calls_.end()) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    WireCall& call = *found->second;
    const size_t count = std::min(size, call.output.size() - call.written);
    std::memcpy(bytes, call.output.data() + call.written, count);
    call.written += count;
    if (call.written < call.output.size()) return static_cast<ssize_t>(count);
    if (call.last) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      return static_cast<ssize_t>(count);
    }
    if (!call.asked && !call.output.empty()) to_ask_.push_back(found->second);
    return count == 0 ? NGHTTP2_ERR_DEFERRED : static_cast<ssize_t>(count);
  }

  void Ask(const CallPtr& call) {
    if (!call->read || std::exchange(call->asked, true)) return;
    const rpc::ReadNext read = call->read;  // it may end in there
    const bool asked = observe::Survive("a stream's next message threw", [&] {
      read([weak = std::weak_ptr<WireCall>(call)](rpc::Incoming message) {
        const auto live = weak.lock();
        const auto link = live == nullptr ? nullptr : live->link();
        if (link != nullptr) static_cast<Http2Link&>(*link).Tell({Command::kGive, live, std::move(message)});
      });
    });
    if (!asked) Abort(call, grpc::Status::CANCELLED);
  }

  void Give(const CallPtr& call, rpc::Incoming message) {
    if (call->last) return;
    if (!message.ok()) return Abort(call, grpc::Status::CANCELLED);
    call->asked = false;
    call->last = !message->has_value();
    call->output = call->last ? std::string() : Enveloped(**message);
    call->written = 0;
    nghttp2_session_resume_data(session_, call->id);
  }

  // Ends the call here and there.
  void Abort(const CallPtr& call, const grpc::Status& status) {
    if (!closed_) nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, call->id, NGHTTP2_CANCEL);
    Finish(call, status);
  }

  void Finish(CallPtr call, const grpc::Status& status) {
    Forget(*call);
    call->SetLink({});
    const bool large = !call->message && call->one.has_value() && call->one->Length() > work::kLong;
    if (!large) return call->Finish(status);
    loop_.Aside([call = std::move(call), status] { call->Finish(status); });
  }

  // `call` may be gone then, unless the caller holds it.
  void Forget(WireCall& call) {
    if (call.deadline != absl::InfiniteFuture()) deadlines_.erase({call.deadline, &call});
    calls_.erase(call.id);
    if (leaving_ && calls_.empty()) end_soon_ = true;
  }

  // The server has surely not begun it.
  void Again(CallPtr call) {
    call->SetLink({});
    call->id = -1;
    call->sent = call->asked = call->last = false;
    call->output.clear();
    call->written = 0;
    call->outcome = {};
    const auto owner = owner_.lock();
    // What was read of a stream is gone.
    if (owner == nullptr || call->read || call->bound) return call->Finish(Unavailable("the connection takes no more calls"));
    owner->Again(std::move(call));
  }

  // ---- What the server sends

  void Read() {
    if (closed_) return;
    Wire::Next next = Wire::Next::kDone;
    for (int i = 0; i < kReadsAtOnce; ++i) {
      size_t count = 0;
      next = wire_->Read(incoming_.get(), kMostRead, &count);
      if (next == Wire::Next::kBroken) return End(wire_->Why());
      if (next != Wire::Next::kDone) break;
      ping_deadline_ = absl::InfiniteFuture();
      const ssize_t used = nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(incoming_.get()), count);
      if (used < 0) return End(absl::StrCat("HTTP/2: ", nghttp2_strerror(static_cast<int>(used))));
    }
    Flush();
    if (closed_) return;
    // What is left may be in the buffers of TLS already, of which the socket knows nothing.
    if (next == Wire::Next::kDone) return Post([](Http2Link& self) { self.Read(); });
    WaitFor(next, [](Http2Link& self) { self.Read(); });
  }

  void OnHeader(int32_t id, std::string_view name, std::string_view value) {
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;
    found->second->answered = true;
    if (found->second->outcome.Take(name, value)) return;
    Abort(found->second, grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "the answer's headers are too large"));
  }

  void OnData(int32_t id, std::string_view bytes) {
    // One consumer that is slow must not stop the others: of each no more than its stream's window waits.
    nghttp2_session_consume_connection(session_, bytes.size());
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;
    const CallPtr call = found->second;
    if (call->turn == WireCall::Turn::kConsumer) {
      call->unread.append(bytes);
    } else {
      call->unread.append(bytes.substr(Deliver(call, bytes)));
    }
  }

  // Gives messages to the consumer, as long as it is their turn; how much of `bytes` was used.
  size_t Deliver(const CallPtr& call, std::string_view bytes) {
    size_t used = 0;
    while (call->turn == WireCall::Turn::kReading) {
      const size_t count = call->reader.Put(bytes.substr(used));
      used += count;
      if (!closed_) nghttp2_session_consume_stream(session_, call->id, count);
      if (call->reader.error() != MessageReader::Error::kNone) {
        Abort(call, NotReadable(call->reader));
        return bytes.size();
      }
      std::optional<grpc::ByteBuffer> message = call->reader.Take();
      if (!message.has_value()) break;
      if (call->message) {
        GiveMessage(call, rpc::TakenFrom(*message));
      } else if (!call->one.has_value()) {
        call->one.emplace().Swap(&*message);
      } else {
        Abort(call, grpc::Status(grpc::StatusCode::INTERNAL, "the answer has more than one message"));
        return bytes.size();
      }
    }
    return used;
  }

  static grpc::Status NotReadable(const MessageReader& reader) {
    if (reader.error() == MessageReader::Error::kCompressed) {
      return grpc::Status(grpc::StatusCode::INTERNAL, "the answer is compressed, which nobody has asked for");
    }
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                        absl::StrCat("the answer is too large: ", reader.size(), " bytes of ", rpc::kMaxWireBytes));
  }

  void GiveMessage(const CallPtr& call, grpc::ByteBuffer message) {
    call->turn = WireCall::Turn::kConsumer;
    const WireCall::TakeMessage take = call->message;  // it may end in there
    const bool taken = observe::Survive("a message of a stream threw", [&] {
      take(rpc::TakenFrom(message), [weak = std::weak_ptr<WireCall>(call)] {
        const auto live = weak.lock();
        const auto link = live == nullptr ? nullptr : live->link();
        if (link != nullptr) static_cast<Http2Link&>(*link).Tell({Command::kNext, live});
      });
    });
    if (!taken) Abort(call, grpc::Status::CANCELLED);  // the consumer will not ask for the next
  }

  // It is the call's turn to be read again.
  void Resume(const CallPtr& call) {
    std::string bytes = std::exchange(call->unread, {});
    bytes.erase(0, Deliver(call, bytes));
    const auto found = calls_.find(call->id);
    if (found == calls_.end() || found->second != call) return;
    call->unread = std::move(bytes);
    EndIfRead(call);
  }

  void OnFrame(const nghttp2_frame& frame) {
    if (frame.hd.type == NGHTTP2_SETTINGS && (frame.hd.flags & NGHTTP2_FLAG_ACK) == 0 && !std::exchange(settled_, true)) {
      connect_deadline_ = absl::InfiniteFuture();
      return TellServing();
    }
    if (frame.hd.type == NGHTTP2_GOAWAY) return BeginToLeave();
    if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return;
    if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
    const auto found = calls_.find(frame.hd.stream_id);
    if (found == calls_.end()) return;
    const CallPtr call = found->second;
    call->ended = call->outcome.Status();
    // The server wants nothing more of a request that is not whole.
    if (nghttp2_session_get_stream_local_close(session_, call->id) == 0) {
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, call->id, NGHTTP2_NO_ERROR);
    }
    EndIfRead(call);
  }

  // The consumer is told of the end when it has had everything before.
  void EndIfRead(const CallPtr& call) {
    if (!call->ended.has_value() || call->turn == WireCall::Turn::kConsumer) return;
    grpc::Status status = *call->ended;
    if (status.ok() && !call->reader.between()) status = grpc::Status(grpc::StatusCode::INTERNAL, "the answer ends within a message");
    if (status.ok() && !call->message && !call->one.has_value()) {
      status = grpc::Status(grpc::StatusCode::INTERNAL, "the answer has no message");
    }
    Finish(call, status);
  }

  void OnStreamClose(int32_t id, uint32_t why) {
    const auto found = calls_.find(id);
    if (found == calls_.end() || found->second->ended.has_value()) return;
    const CallPtr call = found->second;
    const bool unseen = why == NGHTTP2_REFUSED_STREAM && !call->answered;
    if (unseen && (leaving_ || ++call->refused < kMostRefusals)) return SendElsewhere(call);
    Finish(call, StatusOfReset(why));
  }

  void SendElsewhere(const CallPtr& call) {
    Forget(*call);
    Again(call);
  }

  void OnSent(const nghttp2_frame& frame) {
    if (frame.hd.type != NGHTTP2_HEADERS) return;
    const auto found = calls_.find(frame.hd.stream_id);
    if (found != calls_.end()) found->second->sent = true;
  }

  void OnNotSent(const nghttp2_frame& frame) {
    if (frame.hd.type != NGHTTP2_HEADERS) return;
    const auto found = calls_.find(frame.hd.stream_id);
    if (found == calls_.end()) return;
    const CallPtr call = found->second;
    SendElsewhere(call);
  }

  // ---- What the server is sent

  void Flush() {
    if (writing_ || closed_ || session_ == nullptr) return;
    while (true) {
      if (flushed_ == batch_.size() && !FillBatch()) break;
      size_t count = 0;
      const Wire::Next next = wire_->Write(batch_.data() + flushed_, batch_.size() - flushed_, &count);
      if (next == Wire::Next::kBroken) return End(wire_->Why());
      if (next != Wire::Next::kDone) {
        writing_ = true;
        return WaitFor(next, [](Http2Link& self) {
          self.writing_ = false;
          self.Flush();
        });
      }
      flushed_ += count;
    }
    if (end_soon_) return End("its calls have ended");
    // Who does not keep to the protocol was told so.
    if (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0) End("the server does not keep to HTTP/2");
  }

  // Whether there is something to write.
  bool FillBatch() {
    batch_.clear();
    flushed_ = 0;
    while (batch_.size() < kBatchBytes) {
      const uint8_t* bytes = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
      if (size < 0) {
        end_soon_ = true;
        break;
      }
      if (size == 0) {
        if (to_ask_.empty()) break;
        for (const CallPtr& call : std::exchange(to_ask_, {})) Ask(call);
        continue;
      }
      batch_.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    }
    return !batch_.empty();
  }

  // ---- Time

  // Sees to it that OnTime is called at `time` at the latest.
  void Watch(absl::Time time) {
    if (time >= watched_) return;
    watched_ = time;
    timer_.expires_after(absl::ToChronoMicroseconds(std::max(time - absl::Now(), absl::ZeroDuration())));
    timer_.async_wait([self = Self(), time](const error_code& error) {
      if (error || time != self->watched_) return;
      self->watched_ = absl::InfiniteFuture();
      self->OnTime();
    });
  }

  void OnTime() {
    const absl::Time now = absl::Now();
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      Abort(deadlines_.begin()->second->shared_from_this(), TooLate());
    }
    if (!closed_) Keep(now);
    if (!deadlines_.empty()) Watch(deadlines_.begin()->first);
    if (closed_) return;
    Watch(std::min({connect_deadline_, ping_due_, ping_deadline_, health_due_}));
    Flush();
  }

  void Keep(absl::Time now) {
    if (now >= connect_deadline_) return End("no connection in time");
    if (now >= ping_deadline_) return End("the server does not answer pings");
    if (now >= ping_due_) {
      nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
      ping_due_ = now + options_.ping_interval;
      ping_deadline_ = now + options_.ping_timeout;
    }
    if (now >= health_due_) {
      health_due_ = absl::InfiniteFuture();
      if (!leaving_) WatchHealth();
    }
  }

  // ---- The end

  void BeginToLeave() {
    if (closed_ || std::exchange(leaving_, true)) return;
    Told([&](Owner& owner) { owner.OnLeaving(Self()); });
    if (session_ == nullptr) return End("it is not wanted any more");
    if (const CallPtr health = std::exchange(health_, nullptr)) Abort(health, grpc::Status::CANCELLED);
    if (calls_.empty()) end_soon_ = true;
    Post([](Http2Link& self) { self.Flush(); });
  }

  void End(const std::string& why) {
    if (std::exchange(closed_, true)) return;
    error_code ignored;
    socket_.close(ignored);
    Told([&](Owner& owner) { owner.OnClosed(Self(), why); });
    health_ = nullptr;
    std::vector<CallPtr> calls;
    for (const auto& [id, call] : calls_) calls.push_back(call);
    for (const CallPtr& call : calls) {
      if (call->ended.has_value()) continue;  // its consumer still reads what has come
      if (call->sent) {
        Finish(call, Unavailable(why));
      } else {
        SendElsewhere(call);
      }
    }
    if (deadlines_.empty()) timer_.cancel();
  }

  work::Loop& loop_;
  const Options options_;
  const std::weak_ptr<Owner> owner_;

  std::mutex mutex_;
  std::vector<Command> inbox_;  // guarded by mutex_
  bool told_ = false;           // guarded by mutex_: Listen is on its way

  // Of the strand.
  const asio::any_io_executor strand_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  std::unique_ptr<Wire> wire_;
  nghttp2_session* session_ = nullptr;
  std::vector<Command> heard_;
  std::unordered_map<int32_t, CallPtr> calls_;
  std::set<std::pair<absl::Time, WireCall*>> deadlines_;
  CallPtr health_;
  const std::unique_ptr<char[]> incoming_{new char[kMostRead]};
  std::string batch_;            // being written
  size_t flushed_ = 0;           // of it
  std::vector<CallPtr> to_ask_;  // what they said last is on its way

  absl::Time watched_ = absl::InfiniteFuture();
  absl::Time connect_deadline_ = absl::InfiniteFuture(), ping_due_ = absl::InfiniteFuture(), ping_deadline_ = absl::InfiniteFuture(),
             health_due_ = absl::InfiniteFuture();
  bool settled_ = false;  // the server has said how it wants to be talked to
  std::optional<bool> healthy_;
  bool writing_ = false, end_soon_ = false, leaving_ = false, closed_ = false;
};

}  // namespace

LinkPtr Link::New(work::Loop& loop, Options options, std::weak_ptr<Owner> owner) {
  return std::make_shared<Http2Link>(loop, std::move(options), std::move(owner));
}

}  // namespace heitie::client
