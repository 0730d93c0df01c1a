#include "common/http/server.h"

#include <openssl/ssl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/observe/log.h"
#include "common/status/macros.h"

namespace heitie::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Done = std::function<void(const error_code&, size_t)>;

constexpr absl::Duration kLinger = absl::Seconds(2);
constexpr size_t kReadSize = 16 << 10;
// ALPN: the one protocol, after its length.
constexpr unsigned char kAlpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

const char* ReasonPhrase(int code) {
  if (code == 499) return "Client Closed Request";  // not in any RFC, but in every log
  return beast::http::obsolete_reason(static_cast<beast::http::status>(code)).data();
}

// ---- Transport: bytes over TCP or TLS -------------------------------------------------------------------------------------------

// Handlers run on the strand that the socket was made with.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual tcp::socket& socket() = 0;
  virtual void Handshake(Done done) = 0;
  virtual void Read(asio::mutable_buffer buffer, Done done) = 0;
  virtual void Write(asio::const_buffer buffer, Done done) = 0;
  // Tells the peer that nothing more comes.
  virtual void FinishWriting(Done done) = 0;
};

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(tcp::socket socket) : socket_(std::move(socket)) {}
  tcp::socket& socket() override { return socket_; }
  void Handshake(Done done) override { done({}, 0); }
  void Read(asio::mutable_buffer buffer, Done done) override { socket_.async_read_some(asio::buffer(buffer), std::move(done)); }
  void Write(asio::const_buffer buffer, Done done) override { socket_.async_write_some(asio::buffer(buffer), std::move(done)); }
  void FinishWriting(Done done) override {
    error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    done(error, 0);
  }

 private:
  tcp::socket socket_;
};

class TlsTransport final : public Transport {
 public:
  TlsTransport(tcp::socket socket, std::shared_ptr<asio::ssl::context> context)
      : context_(std::move(context)), stream_(std::move(socket), *context_) {}
  tcp::socket& socket() override { return stream_.next_layer(); }
  void Handshake(Done done) override {
    stream_.async_handshake(asio::ssl::stream_base::server, [done = std::move(done)](const error_code& error) { done(error, 0); });
  }
  void Read(asio::mutable_buffer buffer, Done done) override { stream_.async_read_some(asio::buffer(buffer), std::move(done)); }
  void Write(asio::const_buffer buffer, Done done) override { stream_.async_write_some(asio::buffer(buffer), std::move(done)); }
  // Waits for the peer's close_notify as well; the caller's timer bounds that.
  void FinishWriting(Done done) override {
    stream_.async_shutdown([done = std::move(done)](const error_code& error) { done(error, 0); });
  }

 private:
  std::shared_ptr<asio::ssl::context> context_;
  asio::ssl::stream<tcp::socket> stream_;
};

// ---- Certificates ---------------------------------------------------------------------------------------------------------------

int SelectAlpn(SSL*, const unsigned char** out, unsigned char* out_len, const unsigned char* in, unsigned int in_len, void*) {
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_len, kAlpn, sizeof(kAlpn), in, in_len) != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

absl::StatusOr<std::shared_ptr<asio::ssl::context>> LoadTls(const std::string& cert_file, const std::string& key_file) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_alpn_select_cb(context->native_handle(), SelectAlpn, nullptr);
  error_code error;
  context->use_certificate_chain_file(cert_file, error);
  if (error) return absl::FailedPreconditionError(absl::StrCat("certificate ", cert_file, ": ", error.message()));
  context->use_private_key_file(key_file, asio::ssl::context::pem, error);
  if (error) return absl::FailedPreconditionError(absl::StrCat("key ", key_file, ": ", error.message()));
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return absl::FailedPreconditionError(absl::StrCat("key ", key_file, " does not belong to certificate ", cert_file));
  }
  return context;
}

// The certificate in force, re-read when its files change. Used by the acceptor alone, so without a lock.
class Certificate {
 public:
  absl::Status Load(const std::string& cert_file, const std::string& key_file) {
    cert_file_ = cert_file;
    key_file_ = key_file;
    stamp_ = Stamp();
    ASSIGN_OR_RETURN(context_, LoadTls(cert_file_, key_file_));
    return absl::OkStatus();
  }
  bool loaded() const { return context_ != nullptr; }
  // A pair that cannot be used (half-written, say) leaves the one before it in force.
  std::shared_ptr<asio::ssl::context> Current() {
    const std::string stamp = Stamp();
    if (stamp == stamp_) return context_;
    auto fresh = LoadTls(cert_file_, key_file_);
    if (fresh.ok()) {
      context_ = *fresh;
    } else {
      observe::Log(observe::Severity::kError, "certificate not renewed", {{"error", fresh.status().ToString()}});
    }
    stamp_ = stamp;
    return context_;
  }

 private:
  std::string Stamp() const {
    std::string stamp;
    for (const std::string& file : {cert_file_, key_file_}) {
      struct stat info = {};
      stat(file.c_str(), &info);
      absl::StrAppend(&stamp, info.st_ino, ":", info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec, ";");
    }
    return stamp;
  }

  std::string cert_file_, key_file_, stamp_;
  std::shared_ptr<asio::ssl::context> context_;
};

// ---- Wire form of an answer -----------------------------------------------------------------------------------------------------

bool HasBody(int status) { return status != 204 && status != 304 && status >= 200; }

// CR and LF would start another field.
std::string OneLine(std::string value) {
  value.erase(std::remove_if(value.begin(), value.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }), value.end());
  return value;
}

enum class Framing { kLength, kChunked, kUntilClose, kNone };

std::string Head(const Response& response, Framing framing, size_t length, bool keep_alive) {
  std::string head = absl::StrCat("HTTP/1.1 ", response.status, " ", ReasonPhrase(response.status),
                                  "\r\nDate: ", absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::Now(), absl::UTCTimeZone()), "\r\n");
  for (const auto& [name, value] : response.headers.fields()) absl::StrAppend(&head, OneLine(name), ": ", OneLine(value), "\r\n");
  if (framing == Framing::kLength) absl::StrAppend(&head, "Content-Length: ", length, "\r\n");
  if (framing == Framing::kChunked) absl::StrAppend(&head, "Transfer-Encoding: chunked\r\n");
  if (!keep_alive) absl::StrAppend(&head, "Connection: close\r\n");
  absl::StrAppend(&head, "\r\n");
  return head;
}

// What the server itself has to say, in the shape of google.rpc.Status over HTTP (AIP-193).
Response Refusal(int code, const char* status, const char* message) {
  Response response;
  response.status = code;
  response.headers = {{"Content-Type", "application/json"}, {"X-Content-Type-Options", "nosniff"}};
  response.body = absl::StrCat(R"({"error":{"code":)", code, R"(,"status":")", status, R"(","message":")", message, R"("}})");
  return response;
}

// ---- Connection -----------------------------------------------------------------------------------------------------------------

class Connection;

// What the connections share. It outlives the server when a handler still holds a Responder.
struct Core {
  explicit Core(Options o) : options(std::move(o)) {}
  const Options options;
  Handler handler;
  std::atomic<bool> lame{false};
  asio::io_context io;

  std::mutex mutex;
  std::condition_variable none_left;
  std::unordered_set<Connection*> connections;
  bool stopped = false;
};

// One client's connection. Everything but the constructor runs on its strand.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Core> core, std::unique_ptr<Transport> transport, bool loopback)
      : core_(std::move(core)), transport_(std::move(transport)), timer_(transport_->socket().get_executor()), loopback_(loopback) {
    std::lock_guard lock(core_->mutex);
    core_->connections.insert(this);
  }
  ~Connection() {
    std::lock_guard lock(core_->mutex);
    core_->connections.erase(this);
    if (core_->connections.empty()) core_->none_left.notify_all();
  }

  void Start() {
    Post([](Connection& self) { self.Handshake(); });
  }
  // Answers one refusal and closes.
  void Refuse(Response response) {
    Post([response = std::move(response)](Connection& self) mutable { self.Reject(std::move(response)); });
  }
  // Closes as soon as nothing is in progress.
  void Drain() {
    Post([](Connection& self) {
      self.keep_alive_ = false;
      if (self.state_ == State::kIdle) self.Close();
    });
  }
  void Cut() {
    Post([](Connection& self) { self.Close(); });
  }

  // The answer of exchange `id`; what comes for an exchange that is over is dropped.
  void Send(uint64_t id, Response response) {
    Post([id, response = std::move(response)](Connection& self) mutable {
      if (self.Answering(id) && !self.answered_) self.WriteWhole(std::move(response));
    });
  }
  void StartStream(uint64_t id, Response head) {
    Post([id, head = std::move(head)](Connection& self) mutable {
      if (self.Answering(id) && !self.answered_) self.WriteStreamHead(std::move(head));
    });
  }
  void Write(uint64_t id, std::string piece, std::function<void()> next) {
    Post([id, piece = std::move(piece), next = std::move(next)](Connection& self) mutable {
      if (self.Answering(id) && self.answered_) self.WritePiece(std::move(piece), std::move(next));
    });
  }
  void End(uint64_t id) {
    Post([id](Connection& self) {
      if (self.Answering(id) && self.answered_) self.Push(self.framing_ == Framing::kChunked ? "0\r\n\r\n" : "", nullptr, true);
    });
  }
  void OnClose(uint64_t id, std::function<void()> callback) {
    {
      std::lock_guard lock(core_->mutex);
      if (core_->stopped) return callback();
    }
    Post([id, callback = std::move(callback)](Connection& self) mutable {
      if (self.Answering(id)) {
        self.on_close_.push_back(std::move(callback));
      } else if (self.state_ == State::kClosed) {
        callback();
      }
    });
  }
  // The handler dropped its Responder.
  void Abandon(uint64_t id) {
    Post([id](Connection& self) {
      if (!self.Answering(id) || self.ending_) return;
      if (self.answered_) return self.Close();
      self.WriteWhole(Refusal(500, "INTERNAL", "The request was not answered."));
    });
  }

 private:
  enum class State { kIdle, kRequest, kHandling, kLinger, kClosed };
  struct Piece {
    std::string bytes;
    std::function<void()> next;
    bool last = false;
  };
  using Parser = beast::http::request_parser<beast::http::string_body>;

  template <typename F>
  void Post(F work) {
    {
      std::lock_guard lock(core_->mutex);
      if (core_->stopped) return;
    }
    asio::post(transport_->socket().get_executor(), [self = shared_from_this(), work = std::move(work)]() mutable { work(*self); });
  }

  bool Answering(uint64_t id) const { return state_ == State::kHandling && id == exchange_; }

  void Handshake() {
    state_ = State::kRequest;
    Arm(core_->options.client_timeout);
    transport_->Handshake([self = shared_from_this()](const error_code& error, size_t) {
      if (self->state_ == State::kClosed) return;
      if (error) return self->Close();
      self->AwaitRequest();
    });
  }

  void AwaitRequest() {
    parser_.emplace();
    parser_->header_limit(core_->options.max_header_bytes);
    parser_->body_limit(core_->options.max_body_bytes);
    parser_->eager(true);
    header_seen_ = head_only_ = old_client_ = false;
    state_ = State::kIdle;
    if (!keep_alive_) return Close();
    Arm(core_->options.idle_timeout);
    if (input_.size() > 0) return Parse();
    Read();
  }

  // At most one read is outstanding. It goes on while a request is handled, for it is what tells that the client has gone.
  void Read() {
    if (reading_) return;
    reading_ = true;
    transport_->Read(input_.prepare(kReadSize), [self = shared_from_this()](const error_code& error, size_t n) {
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
    if (state_ == State::kLinger) return Read();
    input_.commit(n);
    // What arrives while a request is handled is the next request: it waits, unread bytes are the flow control.
    if (state_ != State::kHandling) Parse();
  }

  void Parse() {
    if (state_ == State::kIdle) {
      state_ = State::kRequest;
      Arm(core_->options.client_timeout);
    }
    error_code error;
    input_.consume(parser_->put(input_.data(), error));
    if (error && error != beast::http::error::need_more) return RejectInput(error);
    if (parser_->is_header_done() && !header_seen_) {
      header_seen_ = true;
      Arm(core_->options.client_timeout);
      if (!parser_->is_done()) Encourage();
    }
    if (parser_->is_done()) return Dispatch();
    // A chunked body may have been consumed in part only.
    if (!error && input_.size() > 0) return Parse();
    Read();
  }

  void RejectInput(const error_code& error) {
    if (error == beast::http::error::header_limit) {
      return Reject(Refusal(431, "INVALID_ARGUMENT", "The headers are too large."));
    }
    if (error == beast::http::error::body_limit) return Reject(Refusal(413, "INVALID_ARGUMENT", "The body is too large."));
    Reject(Refusal(400, "INVALID_ARGUMENT", "This is not an HTTP/1.1 request."));
  }

  // RFC 9110, 10.1.1: the client waits for this before it sends the body.
  void Encourage() {
    if (!absl::EqualsIgnoreCase(Field(beast::http::field::expect), "100-continue")) return;
    Push("HTTP/1.1 100 Continue\r\n\r\n", nullptr, false);
  }

  std::string Field(beast::http::field name) const {
    const beast::string_view value = parser_->get()[name];
    return std::string(value.data(), value.size());
  }

  void Dispatch() {
    Disarm();
    auto message = parser_->release();
    Request request;
    request.method = std::string(message.method_string());
    SplitTarget(std::string(message.target()), &request);
    for (const auto& field : message) request.headers.Add(std::string(field.name_string()), std::string(field.value()));
    request.body = std::move(message.body());
    request.loopback = loopback_;
    head_only_ = request.method == "HEAD";
    old_client_ = message.version() < 11;
    keep_alive_ = keep_alive_ && message.keep_alive() && !core_->lame;
    if (!old_client_ && !request.headers.Has("Host")) return Reject(Refusal(400, "INVALID_ARGUMENT", "The Host header is missing."));
    state_ = State::kHandling;
    ++exchange_;
    answered_ = ending_ = false;
    Read();
    Handle(std::move(request));
  }

  void Handle(Request request);

  static void SplitTarget(std::string target, Request* request) {
    // The absolute form, "http://host/path" (RFC 9112, 3.2.2).
    for (const char* scheme : {"http://", "https://"}) {
      if (!absl::StartsWithIgnoreCase(target, scheme)) continue;
      const size_t slash = target.find('/', std::string(scheme).size());
      target = slash == std::string::npos ? "/" : target.substr(slash);
      break;
    }
    const size_t question = target.find('?');
    request->path = target.substr(0, question);
    if (question != std::string::npos) request->query = target.substr(question + 1);
  }

  void WriteWhole(Response response) {
    keep_alive_ = keep_alive_ && !core_->lame;
    const bool has_body = HasBody(response.status);
    std::string bytes = Head(response, has_body ? Framing::kLength : Framing::kNone, response.body.size(), keep_alive_);
    if (has_body && !head_only_) bytes += response.body;
    answered_ = true;
    Push(std::move(bytes), nullptr, true);
  }

  void WriteStreamHead(Response head) {
    framing_ = old_client_ ? Framing::kUntilClose : Framing::kChunked;
    keep_alive_ = keep_alive_ && !core_->lame && !old_client_;
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

  void Push(std::string bytes, std::function<void()> next, bool last) {
    if (last) ending_ = true;
    output_.push_back({std::move(bytes), std::move(next), last});
    if (output_.size() == 1) WriteSome(0);
  }

  // Each step of progress gives the client its time anew.
  void WriteSome(size_t offset) {
    const std::string& bytes = output_.front().bytes;
    if (offset == bytes.size()) return FinishPiece();
    Arm(core_->options.client_timeout);
    transport_->Write(asio::buffer(bytes.data() + offset, bytes.size() - offset),
                      [self = shared_from_this(), offset](const error_code& error, size_t n) {
                        if (self->state_ == State::kClosed) return;
                        if (error) return self->Close();
                        self->WriteSome(offset + n);
                      });
  }

  void FinishPiece() {
    Piece piece = std::move(output_.front());
    output_.pop_front();
    if (state_ == State::kHandling) Disarm();
    if (piece.last) return FinishExchange();
    if (!output_.empty()) WriteSome(0);
    if (piece.next) piece.next();
  }

  void FinishExchange() {
    on_close_.clear();
    if (state_ == State::kLinger) return Linger();
    if (keep_alive_) return AwaitRequest();
    FinishWriting();
  }

  // The last answer: the client has not delivered its request, or not a valid one.
  void Reject(Response response) {
    keep_alive_ = false;
    state_ = State::kLinger;
    WriteWhole(std::move(response));
  }

  // Closing with unread input would reset the connection, and the client would lose the answer: read it away until the client
  // closes or for a while.
  void Linger() {
    Arm(kLinger);
    Read();
  }

  void FinishWriting() {
    state_ = State::kLinger;
    Arm(kLinger);
    transport_->FinishWriting([self = shared_from_this()](const error_code&, size_t) { self->Close(); });
  }

  void Arm(absl::Duration timeout) {
    const uint64_t generation = ++timer_generation_;
    timer_.expires_after(absl::ToChronoMilliseconds(timeout));
    timer_.async_wait([self = shared_from_this(), generation](const error_code& error) {
      if (!error && generation == self->timer_generation_) self->OnTimeout();
    });
  }
  void Disarm() {
    ++timer_generation_;
    timer_.cancel();
  }

  void OnTimeout() {
    if (state_ != State::kRequest || !parser_ || !output_.empty()) return Close();
    Reject(Refusal(408, "DEADLINE_EXCEEDED", "The request took too long to arrive."));
  }

  void Close() {
    if (state_ == State::kClosed) return;
    state_ = State::kClosed;
    Disarm();
    error_code ignored;
    transport_->socket().close(ignored);
    // These hold the handler's Responder, which holds this connection.
    for (Piece& piece : output_) piece.next = nullptr;
    for (auto& callback : std::exchange(on_close_, {})) callback();
  }

  const std::shared_ptr<Core> core_;
  const std::unique_ptr<Transport> transport_;
  asio::steady_timer timer_;
  uint64_t timer_generation_ = 0;
  const bool loopback_;

  State state_ = State::kIdle;
  bool keep_alive_ = true;
  bool reading_ = false;
  beast::flat_buffer input_;
  std::optional<Parser> parser_;
  bool header_seen_ = false;

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
  ExchangeResponder(std::shared_ptr<Connection> connection, uint64_t id) : connection_(std::move(connection)), id_(id) {}
  ~ExchangeResponder() override {
    if (!complete_) connection_->Abandon(id_);
  }
  void Send(Response response) override {
    complete_ = true;
    connection_->Send(id_, std::move(response));
  }
  void StartStream(Response head) override { connection_->StartStream(id_, std::move(head)); }
  void Write(std::string piece, std::function<void()> next) override { connection_->Write(id_, std::move(piece), std::move(next)); }
  void End() override {
    complete_ = true;
    connection_->End(id_);
  }
  void OnClose(std::function<void()> callback) override { connection_->OnClose(id_, std::move(callback)); }

 private:
  const std::shared_ptr<Connection> connection_;
  const uint64_t id_;
  std::atomic<bool> complete_{false};
};

void Connection::Handle(Request request) {
  core_->handler(std::move(request), std::make_shared<ExchangeResponder>(shared_from_this(), exchange_));
}

// ---- Server ---------------------------------------------------------------------------------------------------------------------

absl::StatusOr<tcp::endpoint> ParseAddress(asio::io_context& io, const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = -1;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat("\"", address, "\" is not an address such as 127.0.0.1:8080"));
  }
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  error_code error;
  const auto ip = asio::ip::make_address(host, error);
  if (!error) return tcp::endpoint(ip, port);
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(host, std::to_string(port), error);
  if (error || found.empty())
    return absl::InvalidArgumentError(absl::StrCat("the host of \"", address, "\" is unknown: ", error.message()));
  return found.begin()->endpoint();
}

absl::Status Open(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, const std::string& address) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error == asio::error::address_in_use) {
    return absl::FailedPreconditionError(absl::StrCat("port ", endpoint.port(), " of ", address, " is taken by another process"));
  }
  if (error) return absl::FailedPreconditionError(absl::StrCat("cannot listen on ", address, ": ", error.message()));
  return absl::OkStatus();
}

class ServerImpl final : public Server {
 public:
  ServerImpl(const Options& options, Handler handler)
      : core_(std::make_shared<Core>(options)),
        work_(asio::make_work_guard(core_->io)),
        strand_(asio::make_strand(core_->io)),
        acceptor_(strand_),
        pause_(strand_) {
    core_->handler = std::move(handler);
  }
  ~ServerImpl() override { Shutdown(absl::Now()); }

  absl::Status Start() {
    const Options& options = core_->options;
    ASSIGN_OR_RETURN(const tcp::endpoint endpoint, ParseAddress(core_->io, options.address));
    if (!options.cert_file.empty() || !options.key_file.empty()) {
      RETURN_IF_ERROR(certificate_.Load(options.cert_file, options.key_file));
    } else if (!endpoint.address().is_loopback()) {
      return absl::FailedPreconditionError(absl::StrCat(options.address, " is not loopback: a certificate and its key are needed"));
    }
    RETURN_IF_ERROR(Open(acceptor_, endpoint, options.address));
    port_ = acceptor_.local_endpoint().port();
    asio::post(strand_, [this] { Accept(); });
    for (int i = 0; i < options.threads; ++i) threads_.emplace_back([this] { core_->io.run(); });
    return absl::OkStatus();
  }

  int port() const override { return port_; }
  void Lame() override { core_->lame = true; }

  void Shutdown(absl::Time deadline) override {
    if (threads_.empty()) return;
    Lame();
    StopAccepting();
    ForEach([](Connection& connection) { connection.Drain(); });
    if (!WaitForNone(deadline)) {
      ForEach([](Connection& connection) { connection.Cut(); });
      WaitForNone(absl::Now() + absl::Seconds(1));  // for handlers to let go of their Responders
    }
    {
      std::lock_guard lock(core_->mutex);
      core_->stopped = true;
    }
    work_.reset();
    core_->io.stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    // What was posted before `stopped` holds connections, which hold the io_context: let it go.
    core_->io.restart();
    core_->io.poll();
  }

 private:
  void StopAccepting() {
    std::mutex mutex;
    std::condition_variable closed;
    bool done = false;
    asio::post(strand_, [&] {
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
      std::lock_guard lock(mutex);
      done = true;
      closed.notify_all();
    });
    std::unique_lock lock(mutex);
    closed.wait(lock, [&] { return done; });
  }

  void ForEach(const std::function<void(Connection&)>& each) {
    std::vector<std::shared_ptr<Connection>> connections;
    {
      std::lock_guard lock(core_->mutex);
      for (Connection* connection : core_->connections) {
        if (auto held = connection->weak_from_this().lock()) connections.push_back(std::move(held));
      }
    }
    for (const auto& connection : connections) each(*connection);
  }

  bool WaitForNone(absl::Time deadline) {
    std::unique_lock lock(core_->mutex);
    const auto until =
        std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(std::max(deadline - absl::Now(), absl::ZeroDuration()));
    return core_->none_left.wait_until(lock, until, [this] { return core_->connections.empty(); });
  }

  void Accept() {
    acceptor_.async_accept(asio::make_strand(core_->io), [this](const error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
      if (error) return PauseAccepting(error);
      Welcome(std::move(socket));
      Accept();
    });
  }

  // Out of file descriptors, mostly: at once again would be a busy loop.
  void PauseAccepting(const error_code& error) {
    observe::Log(observe::Severity::kWarning, "accept failed", {{"error", error.message()}});
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([this](const error_code& stopped) {
      if (!stopped && acceptor_.is_open()) Accept();
    });
  }

  void Welcome(tcp::socket socket) {
    error_code error;
    socket.set_option(tcp::no_delay(true), error);
    const tcp::endpoint peer = socket.remote_endpoint(error);
    if (error) return;  // gone already
    size_t count = 0;
    {
      std::lock_guard lock(core_->mutex);
      count = core_->connections.size();
    }
    const bool full = count >= static_cast<size_t>(core_->options.max_connections);
    if (full && certificate_.loaded()) return;  // a handshake is what cannot be afforded
    std::unique_ptr<Transport> transport;
    if (certificate_.loaded()) {
      transport = std::make_unique<TlsTransport>(std::move(socket), certificate_.Current());
    } else {
      transport = std::make_unique<PlainTransport>(std::move(socket));
    }
    auto connection = std::make_shared<Connection>(core_, std::move(transport), peer.address().is_loopback());
    if (!full) return connection->Start();
    Response busy = Refusal(503, "UNAVAILABLE", "Too many connections.");
    busy.headers.Add("Retry-After", "1");
    connection->Refuse(std::move(busy));
  }

  std::shared_ptr<Core> core_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::strand<asio::io_context::executor_type> strand_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  Certificate certificate_;
  int port_ = 0;
  std::vector<std::thread> threads_;
};

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

const std::string& Headers::Get(const std::string& name) const {
  static const std::string kEmpty;
  for (const auto& [field, value] : fields_) {
    if (absl::EqualsIgnoreCase(field, name)) return value;
  }
  return kEmpty;
}

bool Headers::Has(const std::string& name) const {
  return std::any_of(fields_.begin(), fields_.end(), [&](const auto& field) { return absl::EqualsIgnoreCase(field.first, name); });
}

void Headers::Set(const std::string& name, const std::string& value) {
  fields_.erase(
      std::remove_if(fields_.begin(), fields_.end(), [&](const auto& field) { return absl::EqualsIgnoreCase(field.first, name); }),
      fields_.end());
  Add(name, value);
}

absl::StatusOr<std::unique_ptr<Server>> Server::Listen(const Options& options, Handler handler) {
  auto server = std::make_unique<ServerImpl>(options, std::move(handler));
  RETURN_IF_ERROR(server->Start());
  return std::unique_ptr<Server>(std::move(server));
}

bool PercentDecode(const std::string& text, bool plus_is_space, std::string* decoded) {
  decoded->clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded->push_back(' ');
    } else if (text[i] != '%') {
      decoded->push_back(text[i]);
    } else {
      if (i + 2 >= text.size()) return false;
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      decoded->push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return true;
}

}  // namespace heitie::http
