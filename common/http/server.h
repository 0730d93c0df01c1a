// An HTTP/1.1 and HTTP/2 server on a few threads: keep-alive, limits, TLS, streams with flow control, a stop that fails no
// request.
// The server judges a request when its head has come, and does not read the body of one that it refuses. It refuses whatever can be
// understood in more than one way, so that no proxy before it sees other requests than it does (RFC 9112).
// Boost stays inside this folder, and in common/work/loops.h.
//
//   auto server = http::Server::Listen({.address = "127.0.0.1:8080"}, [](http::Request request, std::shared_ptr<http::Responder> responder)
//   {
//     responder->Send({.status = 200, .headers = {{"Content-Type", "text/plain"}}, .body = "ok\n"});
//   });
//
// Handlers run on the server's threads: they return at once and answer now or later, from any thread. One that throws is answered 500.
#ifndef HEITIE_COMMON_HTTP_SERVER_H_
#define HEITIE_COMMON_HTTP_SERVER_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace heitie::work {
class Loops;
}

namespace heitie::http {

// Header fields in their order. Names are compared without regard to case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  // The first value of that name; "" when there is none.
  const std::string& Get(const std::string& name) const;
  // All values of that name as one list (RFC 9110, 5.3).
  std::string List(const std::string& name) const;
  bool Has(const std::string& name) const;
  // Replaces every field of that name.
  void Set(const std::string& name, const std::string& value);
  void Add(const std::string& name, const std::string& value) { fields_.emplace_back(name, value); }
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  int version = 11;    // 10, 11 or 20
  std::string method;  // upper case, for example "GET"
  std::string path;    // as it came, percent-encoded, without the query
  std::string query;   // what follows '?', as it came
  Headers headers;
  std::string host;  // of an absolute target, else the Host header, as it came; empty: an HTTP/1.0 client gave none
  std::string body;
  bool loopback = false;          // the peer is on this machine
  std::string client;             // the peer's address, without its port; of IPv6 the network of 64 bits that it belongs to
  std::shared_ptr<void> finding;  // what the judge made of the head
};

struct Response {
  int status = 200;
  // Content-Length, Connection, Date and Transfer-Encoding are the server's.
  Headers headers;
  std::string body;
};

// The answer to one request: either Send, or StartStream, any number of Write, End. Thread-safe. When the last reference goes
// without an answer, the client gets 500 (or a broken stream, so that it does not take a part for the whole).
class Responder {
 public:
  virtual ~Responder() = default;
  // Over HTTP/2 an answer without a body is one HEADERS frame that ends the stream.
  virtual void Send(Response response) = 0;
  // A body of unknown length. `head.body` is ignored.
  virtual void StartStream(Response head) = 0;
  // Sends a piece at once, unbuffered. `next` is called when the operating system took it, which is the flow control; never when
  // the client has gone.
  virtual void Write(std::string piece, std::function<void()> next) = 0;
  // Trailers reach clients of HTTP/2 and of chunked HTTP/1.1; others do not get them.
  virtual void End(Headers trailers) = 0;
  void End() { End(Headers()); }
  // Called once when the client goes away before the answer is complete; at once if it has gone already.
  virtual void OnClose(std::function<void()> callback) = 0;
  // The next line of a body that is read in lines, while it comes: `take` is called once with it, without its end, or with nothing when
  // the body has ended, or with why it is not read any further: OUT_OF_RANGE for a line that is too long, INVALID_ARGUMENT for a body that
  // is not framed as its head says, DEADLINE_EXCEEDED for a client that is silent or slow, RESOURCE_EXHAUSTED when too much arrives at
  // once. Not called when the client has gone. Blank lines are skipped. Until the next line is asked for, what follows waits in the
  // client's socket.
  virtual void ReadLine(std::function<void(absl::StatusOr<std::optional<std::string>>)> take) = 0;
  // The next piece of a body that is read in pieces, as long as it came, never empty; else like ReadLine, without OUT_OF_RANGE. `held`: how
  // many bytes of the pieces before the handler still keeps, because what they belong to is not whole; they count as buffered, and while
  // there are some, the client has to go on as fast as with any body. With 0 it may take its time: over HTTP/1.1 as much as between
  // requests, over HTTP/2, where the connection says that the client lives, as much as the handler gives it, but for the first piece.
  virtual void ReadPiece(size_t held, std::function<void(absl::StatusOr<std::optional<std::string>>)> take) = 0;
};

using Handler = std::function<void(Request, std::shared_ptr<Responder>)>;

// What is made of a request when its head has come.
struct Verdict {
  // The answer to a request that is refused. Neither is its body read nor 100 Continue sent; a client that is still sending it loses its
  // connection.
  std::optional<Response> refusal;
  // Whose share of `max_buffered_bytes` the body takes; empty: that of the client's address.
  std::string caller;
  std::shared_ptr<void> finding;  // for the handler
  // The handler is called without the body, which it reads line by line; a line may be as long as a body else. Over HTTP/1.1 such an
  // exchange is the last of its connection unless the body has ended before the answer begins.
  bool lines = false;
  // Likewise, but it reads the body as it comes, of which the handler keeps what it wants to keep.
  bool pieces = false;
};
// Runs on the server's threads and returns at once. The head has no body yet. One that throws refuses with 500.
using Judge = std::function<Verdict(const Request& head)>;

// How the server answers what it refuses by itself (400, 408, 413, 414, 431, 500, 501, 503): `head` is as much of the request as was
// understood, so that even method and path may be empty; `why` has a reason (refusal.h), `code` is HTTP's. Runs on the server's threads and
// returns at once.
using Explain = std::function<Response(const Request& head, const absl::Status& why, int code)>;
// Without one: google.rpc.Status as JSON (AIP-193), in the language of the head, with its reason.
Response Explained(const Request& head, const absl::Status& why, int code);

struct Options {
  // "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:443"; port 0 takes any free one.
  std::string address;
  // PEM files (the certificate with its chain). Both empty: plaintext, refused unless the address is loopback. Re-read when they change.
  std::string cert_file, key_file;
  int threads = 2;  // of its own
  // In place of these threads: where its connections live, each on one of the loops, and where handlers run. They end after the server.
  // What handlers do with large bodies is done beside them.
  std::shared_ptr<work::Loops> loops;
  // HTTP/2 as well: over TLS by ALPN, else for who begins with its preface.
  bool http2 = true;
  // Requests of a connection at the same time over HTTP/2.
  int max_streams = 128;
  // After this a connection of HTTP/2 is asked to end, so that clients spread over servers that came later.
  absl::Duration max_connection_age = absl::InfiniteDuration();
  // When there are more, those that have waited longest for their clients give way, first the new client's own if it already has a quarter
  // of all. When all are at work, new ones are answered 503. Never more than three eighths of the files that the process may have open, or
  // accepting would fail.
  int max_connections = 10'000;
  uint32_t max_header_bytes = 16 << 10;  // request line and headers; beyond: 431, or 414 when the request line alone is longer
  int max_headers = 100;                 // beyond: 431
  uint64_t max_body_bytes = 4 << 20;     // beyond: 413; of a body that is read in lines: of each
  // Bytes of requests that do not arrive at once, kept until the answer: of all callers, and of one. When there are more, the requests that
  // have been arriving for the longest time are answered 503.
  uint64_t max_buffered_bytes = 256 << 20;
  uint64_t max_buffered_of_caller = 32 << 20;
  // Bytes of answers, or pieces of streams, that wait for their clients: of all, and of one connection. When there are more, whoever has
  // not taken what there is is answered 503 before the next request is handled; others are served on, but for large answers (above 64 KiB),
  // which are replaced by a 503.
  uint64_t max_unsent_bytes = 256 << 20;
  uint64_t max_unsent_of_connection = 16 << 20;
  // The time that the client has to deliver its headers, then some of its body (beyond: 408), and to take some of an answer.
  absl::Duration client_timeout = absl::Seconds(30);
  // In bytes a second; who delivers a body more slowly is answered 408, but not before client_timeout.
  double slowest_sender = 16 << 10;
  // In bytes a second; who takes an answer, or a piece of a stream, more slowly is cut off, but not before client_timeout.
  double slowest_reader = 16 << 10;
  absl::Duration idle_timeout = absl::Seconds(75);  // of a connection between requests, and between the lines of a body
};

class Server {
 public:
  // FAILED_PRECONDITION when TLS is missing where it must not be, the files cannot be used, or the port is taken; INVALID_ARGUMENT for an
  // address that is none. Serves from the moment it returns.
  static absl::StatusOr<std::unique_ptr<Server>> Listen(const Options& options, Handler handler, Judge judge = nullptr,
                                                        Explain explain = nullptr);
  virtual ~Server() = default;  // Shuts down at once.
  virtual int port() const = 0;
  // From now on every answer asks its client to connect anew, so that the clients find another server before Shutdown.
  virtual void Lame() = 0;
  // Takes no new connection, finishes what is in progress until the deadline, then cuts it off.
  virtual void Shutdown(absl::Time deadline) = 0;
};

// A plain answer in the shape of google.rpc.Status over HTTP (AIP-193). `message` needs no escapes in JSON.
Response Refusal(int code, const char* status, const char* message);

// "%E4%BD%A0" → bytes. False when a percent sign is not followed by two hex digits. `plus_is_space`: of query strings.
bool PercentDecode(const std::string& text, bool plus_is_space, std::string* decoded);

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_SERVER_H_
