#include "tests/load/grpc_load.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <random>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/strings/str_cat.h"

namespace heitie::load {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 10s;  // for what is in flight when the window ends
constexpr int kWindowBytes = 16 << 20;

struct Stream {
  Clock::time_point due;
  int caller = 0;
  std::string body;  // length-prefixed
  size_t sent = 0;
  int code = -1;  // grpc-status
  bool get = false;
};

// The reaction to the end of a stream.
using Ended = std::function<void(const Stream&)>;

// TLS with the service's own certificates, or nothing.
class Tls {
 public:
  explicit Tls(const Endpoint& endpoint) {
    if (endpoint.tls_ca.empty()) return;
    context_ = SSL_CTX_new(TLS_client_method());
    static const unsigned char kAlpn[] = "\x02h2";
    SSL_CTX_set_alpn_protos(context_, kAlpn, sizeof(kAlpn) - 1);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    const bool read = SSL_CTX_load_verify_locations(context_, endpoint.tls_ca.c_str(), nullptr) == 1 &&
                      SSL_CTX_use_certificate_chain_file(context_, endpoint.tls_cert.c_str()) == 1 &&
                      SSL_CTX_use_PrivateKey_file(context_, endpoint.tls_key.c_str(), SSL_FILETYPE_PEM) == 1;
    if (!read) Die("certificates cannot be read: " + endpoint.tls_ca);
  }
  ~Tls() { SSL_CTX_free(context_); }
  Tls(const Tls&) = delete;
  SSL_CTX* context() const { return context_; }

 private:
  SSL_CTX* context_ = nullptr;
};

// One socket, encrypted or not, without blocking once it is connected.
class Socket {
 public:
  Socket(const Endpoint& endpoint, SSL_CTX* context) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(endpoint.port));
    if (inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr) != 1) Die("not an IPv4 address: " + endpoint.host);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      Die(absl::StrCat("cannot connect to ", endpoint.host, ":", endpoint.port));
    }
    const int yes = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (context != nullptr) {
      ssl_ = SSL_new(context);
      SSL_set_fd(ssl_, fd_);
      SSL_set_tlsext_host_name(ssl_, endpoint.server_name.c_str());
      SSL_set1_host(ssl_, endpoint.server_name.c_str());
      if (SSL_connect(ssl_) != 1) Die(absl::StrCat("no TLS with ", endpoint.server_name));
    }
    fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) | O_NONBLOCK);
  }
  ~Socket() {
    SSL_free(ssl_);
    close(fd_);
  }
  Socket(const Socket&) = delete;
  int fd() const { return fd_; }

  // Bytes read or written; 0: not now; -1: the connection has ended.
  ssize_t Read(uint8_t* to, size_t size) {
    if (ssl_ != nullptr) return Of(SSL_read(ssl_, to, static_cast<int>(size)));
    const ssize_t count = read(fd_, to, size);
    return count > 0 ? count : count < 0 && errno == EAGAIN ? 0 : -1;
  }
  ssize_t Write(const uint8_t* from, size_t size) {
    if (ssl_ != nullptr) return Of(SSL_write(ssl_, from, static_cast<int>(size)));
    const ssize_t count = send(fd_, from, size, MSG_NOSIGNAL);
    return count >= 0 ? count : errno == EAGAIN ? 0 : -1;
  }

 private:
  ssize_t Of(int count) {
    if (count > 0) return count;
    const int error = SSL_get_error(ssl_, count);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
  }

  const int fd_;
  SSL* ssl_ = nullptr;
};

nghttp2_nv Header(const std::string& name, const std::string& value) {
  const auto bytes = [](const std::string& text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data())); };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NO_COPY_NAME};
}

// One HTTP/2 connection and its streams.
class Connection {
 public:
  Connection(const Endpoint& endpoint, SSL_CTX* context, const Ended& ended)
      : socket_(endpoint, context), ended_(ended), scheme_(context == nullptr ? "http" : "https"), authority_(AuthorityOf(endpoint)) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &Connection::OnHeader);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Connection::OnClose);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindowBytes}, {NGHTTP2_SETTINGS_ENABLE_PUSH, 0}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, 2);
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindowBytes);
  }
  ~Connection() { nghttp2_session_del(session_); }
  Connection(const Connection&) = delete;

  int fd() const { return socket_.fd(); }
  bool broken() const { return broken_; }
  bool wants_to_write() const { return !broken_ && out_at_ < out_.size(); }
  size_t open() const { return streams_.size(); }

  void Ask(const GrpcRequest& request, Clock::time_point due) {
    auto stream = std::make_unique<Stream>();
    stream->due = due;
    stream->caller = request.caller;
    stream->get = request.get;
    const uint32_t size = htonl(static_cast<uint32_t>(request.message.size()));
    stream->body.assign(1, '\0').append(reinterpret_cast<const char*>(&size), 4).append(request.message);
    static const std::string kMethod = ":method", kPost = "POST", kGet = "GET", kScheme = ":scheme", kPath = ":path",
                             kAuthority = ":authority", kType = "content-type", kGrpc = "application/grpc", kTe = "te",
                             kTrailers = "trailers", kAuthorization = "authorization";
    const std::string path = "/" + request.method, bearer = "Bearer " + request.token;
    std::vector<nghttp2_nv> headers = {Header(kMethod, request.get ? kGet : kPost), Header(kScheme, scheme_), Header(kPath, path),
                                       Header(kAuthority, authority_)};
    if (!request.get) headers.insert(headers.end(), {Header(kType, kGrpc), Header(kTe, kTrailers)});
    if (!request.token.empty()) headers.push_back(Header(kAuthorization, bearer));
    nghttp2_data_provider data{};
    data.source.ptr = stream.get();
    data.read_callback = &Connection::OnBody;
    const int32_t id =
        nghttp2_submit_request(session_, nullptr, headers.data(), headers.size(), request.get ? nullptr : &data, stream.get());
    if (id < 0) Die(absl::StrCat("HTTP/2: ", nghttp2_strerror(id)));
    streams_[id] = std::move(stream);
  }

  void Receive() {
    uint8_t buffer[64 << 10];
    for (ssize_t size; !broken_ && (size = socket_.Read(buffer, sizeof(buffer))) != 0;) {
      if (size < 0 || nghttp2_session_mem_recv(session_, buffer, static_cast<size_t>(size)) < 0) Break();
    }
  }

  void Send() {
    while (!broken_) {
      if (out_at_ == out_.size()) {
        out_.clear();
        out_at_ = 0;
        const uint8_t* bytes = nullptr;
        for (ssize_t size; out_.size() < (64 << 10) && (size = nghttp2_session_mem_send(session_, &bytes)) > 0;) {
          out_.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
        }
        if (out_.empty()) return;
      }
      const ssize_t sent = socket_.Write(reinterpret_cast<const uint8_t*>(out_.data()) + out_at_, out_.size() - out_at_);
      if (sent < 0) return Break();
      if (sent == 0) return;
      out_at_ += static_cast<size_t>(sent);
    }
  }

 private:
  static std::string AuthorityOf(const Endpoint& endpoint) {
    return endpoint.server_name.empty() ? absl::StrCat(endpoint.host, ":", endpoint.port) : endpoint.server_name;
  }

  static ssize_t OnBody(nghttp2_session*, int32_t, uint8_t* to, size_t size, uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& stream = *static_cast<Stream*>(source->ptr);
    const size_t count = std::min(size, stream.body.size() - stream.sent);
    std::memcpy(to, stream.body.data() + stream.sent, count);
    stream.sent += count;
    if (stream.sent == stream.body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }

  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name, size_t name_size, const uint8_t* value,
                      size_t value_size, uint8_t, void*) {
    auto* stream = static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, frame->hd.stream_id));
    if (stream == nullptr) return 0;
    const std::string_view field(reinterpret_cast<const char*>(name), name_size);
    if (field != (stream->get ? ":status" : "grpc-status")) return 0;
    const int code = std::atoi(std::string(reinterpret_cast<const char*>(value), value_size).c_str());
    stream->code = stream->get && code == 200 ? 0 : code;
    return 0;
  }

  static int OnClose(nghttp2_session*, int32_t id, uint32_t, void* self) {
    auto& streams = static_cast<Connection*>(self)->streams_;
    const auto it = streams.find(id);
    if (it == streams.end()) return 0;
    const std::unique_ptr<Stream> stream = std::move(it->second);
    streams.erase(it);
    static_cast<Connection*>(self)->ended_(*stream);
    return 0;
  }

  void Break() {
    broken_ = true;
    for (const auto& [id, stream] : std::exchange(streams_, {})) ended_(*stream);
  }

  Socket socket_;
  const Ended& ended_;
  const std::string scheme_, authority_;
  nghttp2_session* session_ = nullptr;
  std::unordered_map<int32_t, std::unique_ptr<Stream>> streams_;
  std::string out_;
  size_t out_at_ = 0;
  bool broken_ = false;
};

}  // namespace

struct GrpcLoad::Impl {
  Impl(const Endpoint& e, int count) : endpoint(e), tls(e), poll(epoll_create1(EPOLL_CLOEXEC)), connections(count), watched(count) {}
  ~Impl() { close(poll); }

  size_t open() const {
    size_t open = 0;
    for (const auto& connection : connections) open += connection == nullptr ? 0 : connection->open();
    return open;
  }

  // Connects anew what the server has closed because nothing was asked for a while.
  void Connect() {
    ended = [](const Stream&) {};
    for (size_t i = 0; i < connections.size(); ++i) {
      if (connections[i] != nullptr) connections[i]->Receive();
      if (connections[i] != nullptr && !connections[i]->broken()) continue;
      connections[i] = std::make_unique<Connection>(endpoint, tls.context(), ended);
      epoll_event event{};
      event.events = watched[i] = EPOLLIN;
      event.data.ptr = connections[i].get();
      epoll_ctl(poll, EPOLL_CTL_ADD, connections[i]->fd(), &event);
    }
  }

  // On the connection that has the fewest, so that a closed loop keeps them even.
  void Ask(const GrpcRequest& request, Clock::time_point due) {
    Connection* least = nullptr;
    for (const auto& connection : connections) {
      if (!connection->broken() && (least == nullptr || connection->open() < least->open())) least = connection.get();
    }
    if (least == nullptr) Die("every connection broke");
    least->Ask(request, due);
  }

  // Sends and receives; waits until there is something to do or `until`.
  void Turn(Clock::time_point until) {
    for (size_t i = 0; i < connections.size(); ++i) {
      connections[i]->Send();
      const uint32_t wanted = connections[i]->wants_to_write() ? EPOLLIN | EPOLLOUT : EPOLLIN;
      if (wanted == watched[i]) continue;
      watched[i] = wanted;
      epoll_event event{};
      event.events = wanted;
      event.data.ptr = connections[i].get();
      epoll_ctl(poll, EPOLL_CTL_MOD, connections[i]->fd(), &event);
    }
    const auto left = until - Clock::now();
    timespec timeout{};
    if (left > 0ns) {
      timeout.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
      timeout.tv_nsec = (left % 1s).count();
    }
    epoll_event events[64];
    const int count = epoll_pwait2(poll, events, 64, &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events[i].data.ptr);
      if (connection.broken()) {
        epoll_ctl(poll, EPOLL_CTL_DEL, connection.fd(), nullptr);
      } else {
        connection.Receive();
      }
    }
  }

  void Note(const Stream& stream, const Window& window, Outcomes& outcomes) const {
    Outcome& outcome = outcomes[stream.caller];
    if (stream.code == 0) {
      outcome.answered.Add(window, stream.due, Clock::now());
    } else if (stream.code > 0) {
      outcome.refused[stream.code].Add(window, stream.due, Clock::now());
    } else {
      ++outcome.unanswered;
    }
  }

  const Endpoint endpoint;
  Tls tls;
  Ended ended;
  const int poll;
  std::vector<std::unique_ptr<Connection>> connections;
  std::vector<uint32_t> watched;
};

GrpcLoad::GrpcLoad(const Endpoint& endpoint, int connections) : impl_(std::make_unique<Impl>(endpoint, connections)) {}
GrpcLoad::~GrpcLoad() {
  impl_->ended = [](const Stream&) {};
}

size_t GrpcLoad::open() const { return impl_->open(); }

Outcomes GrpcLoad::Closed(int in_flight, const Window& window, const std::function<GrpcRequest()>& next) {
  Outcomes outcomes;
  impl_->Connect();
  // A stream's end is noted inside the HTTP/2 session; the next request begins outside of it.
  int free = in_flight;
  impl_->ended = [&](const Stream& stream) {
    impl_->Note(stream, window, outcomes);
    ++free;
  };
  const auto give_up = window.end + kPatience;
  while (true) {
    const auto now = Clock::now();
    for (; now < window.end && free > 0; --free) impl_->Ask(next(), Clock::now());
    if (now >= window.end && (impl_->open() == 0 || now > give_up)) break;
    impl_->Turn(give_up);
  }
  return outcomes;
}

Outcomes GrpcLoad::Open(double rate, const Window& window, const std::function<GrpcRequest()>& next) {
  Outcomes outcomes;
  impl_->Connect();
  impl_->ended = [&](const Stream& stream) { impl_->Note(stream, window, outcomes); };
  std::mt19937_64 random(1);  // the same arrivals in every run
  std::exponential_distribution<double> gap(rate);
  const auto give_up = window.end + kPatience;
  auto due = Clock::now();
  while (true) {
    const auto now = Clock::now();
    while (due <= now && due < window.end) {
      impl_->Ask(next(), due);
      due += std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(gap(random)));
    }
    if (now >= window.end && (impl_->open() == 0 || now > give_up)) break;
    impl_->Turn(due < window.end ? due : give_up);
  }
  return outcomes;
}

Samples GrpcLoad::AllOk(const Outcomes& outcomes) {
  Samples all;
  for (const auto& [caller, outcome] : outcomes) {
    if (!outcome.refused.empty()) Die(absl::StrCat("gRPC status ", outcome.refused.begin()->first));
    if (outcome.unanswered > 0) Die("a request was not answered");
    all.Merge(outcome.answered);
  }
  return all;
}

}  // namespace heitie::load
