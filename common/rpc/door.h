// What every transport does with a request: gRPC and HTTP hand it to the same door, so there is one policy. The order is told in
// server.h. A door serves the contracts of its own process and, in the gateway, forwards the methods of other services.
#ifndef HEITIE_COMMON_RPC_DOOR_H_
#define HEITIE_COMMON_RPC_DOOR_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/call.h"
#include "common/rpc/service.h"
#include "common/time/clock.h"
#include "google/protobuf/descriptor.h"

namespace grpc {
class ByteBuffer;
}

namespace heitie::rpc {

// Verifies bearer tokens. Thread-safe.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // UNAUTHENTICATED with the cause in words (expired, unknown key, wrong audience, …).
  virtual absl::StatusOr<Principal> Verify(const std::string& token) = 0;
};

// JWTs signed with RS256 or ES256, verified with the keys of a JWKS file that is re-read when it changes. Claims: iss, aud, sub, exp, nbf,
// roles (array of role names without the prefix), department. Verified tokens are remembered until they expire.
// Stops the process when the file cannot be read at start.
std::unique_ptr<Authenticator> NewJwtAuthenticator(const std::string& jwks_file, const std::string& issuer, const std::string& audience,
                                                   const time::Clock& clock);

// PERMISSION_DENIED unless the access rule of `method` admits the principal. A method without rule admits nobody, and a service only where
// the rule names it.
absl::Status CheckAccess(const google::protobuf::MethodDescriptor& method, const Principal& principal);
// What is wrong with the access rule of `method`, in words; "" when it is complete.
std::string WhyNoRule(const google::protobuf::MethodDescriptor& method);

// What is known of callers besides their tokens: whether they have left, and which roles their posts grant (common/people). Thread-safe.
class Rights {
 public:
  virtual ~Rights() = default;
  // Judges who was authenticated before the access rule does, and may take roles away. Called with each request and each message of a
  // stream, so it waits for nothing. An error refuses it. `method` is nullptr where a transport serves itself, or there is none of that
  // name.
  virtual absl::Status Judge(const google::protobuf::MethodDescriptor* method, absl::Time now, Principal& principal) const = 0;
};

// How many requests callers may make (the gateway's limits). Thread-safe.
class Limits {
 public:
  virtual ~Limits() = default;
  // Takes one request of the caller's; RESOURCE_EXHAUSTED with RetryInfo when there is none left. Called once with each request or stream,
  // so it waits for nothing. Who calls without login is `guests/` and the client's address here, and nowhere else.
  virtual absl::Status Take(const Principal& principal) = 0;
};

// What a transport knows of a request.
struct Arrival {
  std::string token;         // without "Bearer "
  std::string peer_service;  // "activity" when the client certificate says services/activity; else empty
  std::string client;        // the address of the other end, without its port; empty: not known
  std::string traceparent;   // W3C; empty: a new trace
  absl::Time deadline = absl::InfiniteFuture();
  status::Language language = status::Language::kEnglish;
  const char* transport = "grpc";
  // When its head had come: from then on the deadline runs.
  absl::Time arrived = absl::Now();
  // Once it was judged (Door::Judge): whether it is admitted, and who calls as far as that is known.
  std::optional<absl::Status> verdict;
  Principal principal;
};

// What comes of reading a stream of requests: a message, nothing when the client has sent its last, or why the stream is to end.
using Incoming = absl::StatusOr<std::optional<grpc::ByteBuffer>>;
// Asks for the next message of a stream. `take` is called once, from any thread, or dropped when the stream has ended.
using ReadNext = std::function<void(std::function<void(Incoming)> take)>;

// Reaches the methods of another process as bytes. Thread-safe. Implemented by common/client.
class Forwarder {
 public:
  virtual ~Forwarder() = default;
  // Calls `done` once, from any thread. Returns a function that cancels.
  virtual std::function<void()> Unary(const Call& call, const std::string& method, const grpc::ByteBuffer& request,
                                      std::function<void(const absl::Status&, grpc::ByteBuffer response)> done) = 0;
  // A server stream: `message` for each message, in order, one at a time — the next is read when `message`'s `next` is called,
  // which is the flow control — then `done` once. Returns a function that cancels.
  virtual std::function<void()> ServerStream(const Call& call, const std::string& method, const grpc::ByteBuffer& request,
                                             std::function<void(grpc::ByteBuffer message, std::function<void()> next)> message,
                                             std::function<void(const absl::Status&)> done) = 0;
  // A stream of requests, with one answer or a stream of them. `read` is asked for one message at a time, when the one before has been
  // passed on. Answers come as those of a server stream.
  virtual std::function<void()> Converse(const Call& call, const std::string& method, ReadNext read,
                                         std::function<void(grpc::ByteBuffer message, std::function<void()> next)> message,
                                         std::function<void(const absl::Status&)> done) = 0;
};

// Thread-safe after set-up.
class Door {
 public:
  struct Options {
    Authenticator* authenticator = nullptr;
    const time::Clock* clock = nullptr;
    const Rights* rights = nullptr;                       // nullptr: the token alone decides
    Limits* limits = nullptr;                             // nullptr: as many as there are workers for
    int workers = 16;                                     // threads that run blocking handlers
    int queue = 256;                                      // requests that wait for one; more are RESOURCE_EXHAUSTED at once
    absl::Duration default_deadline = absl::Seconds(10);  // of a request that came without one, and of each message of a stream of them
    absl::Duration max_deadline = absl::Seconds(60);
    absl::Duration max_stream = absl::Hours(1);  // a stream's; also its default
    bool trust_peer_services = true;             // grant ROLE_SERVICE to peer_service
  };
  explicit Door(Options options);
  ~Door();  // Drains, however long that takes.

  void Serve(Service& service);
  // Methods of `service` (full name) are forwarded after authentication and access rule; their target validates them.
  void Forward(const std::string& service, Forwarder& target);

  // Judges a request by its head, before any byte of its message is read: the drain state, the token, the method's existence, the access
  // rule. The verdict and the capped deadline stay in `arrival`, so that the functions below do not judge again; what is refused is handed
  // to them without a message, to be answered, counted and logged like everything else.
  absl::Status Judge(Arrival& arrival, const std::string& method) const;

  // One unary request. `done` is called once, from any thread, with a status in the terms of common/status. Returns a function that
  // cancels: the outcome is then of no interest to the caller.
  std::function<void()> Unary(const Arrival& arrival, const std::string& method, grpc::ByteBuffer request,
                              std::function<void(const absl::Status&, grpc::ByteBuffer response, const Call& call)> done);
  // One server stream: `send` for each message with the flow control of Forwarder, then `done` once.
  std::function<void()> ServerStream(const Arrival& arrival, const std::string& method, grpc::ByteBuffer request,
                                     std::function<void(grpc::ByteBuffer message, std::function<void()> next)> send,
                                     std::function<void(const absl::Status&, const Call& call)> done);
  // One stream of requests, with one answer or a stream of them: access is judged once, validation and admission for each message. The next
  // message is read when the answer to the one before was taken. What cannot be read as a message, or is too large, ends the stream. `read`
  // is not called any more when `done` is.
  std::function<void()> Converse(const Arrival& arrival, const std::string& method, ReadNext read,
                                 std::function<void(grpc::ByteBuffer message, std::function<void()> next)> send,
                                 std::function<void(const absl::Status&, const Call& call)> done);

  // Who calls, by token or, without one, by client certificate: for what a transport serves itself (reflection).
  absl::StatusOr<Principal> Authenticate(const Arrival& arrival) const;
  // The method of a path "package.Service/Method"; nullptr when neither served nor forwarded.
  const google::protobuf::MethodDescriptor* Find(const std::string& method) const;
  // Full names of the services served and forwarded, for reflection.
  std::vector<std::string> ServiceNames() const;
  // New requests get UNAVAILABLE, and so do the open streams, which would go on for as long as they may: their clients come again
  // elsewhere. A stream of requests has the message in hand answered before. Unary requests in progress go on. Returns when none is left or
  // at the deadline.
  void Drain(absl::Time deadline);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// TLS material by file; all three set: mutual TLS. Re-read when the files change.
struct Tls {
  std::string ca_file, cert_file, key_file;
  absl::Duration reread = absl::Seconds(10);  // whole seconds, at least one
};

// A gRPC server in front of a door: methods of whatever name, health (open), reflection (v1 and v1alpha, with a token).
class GrpcListener {
 public:
  struct Options {
    std::string address;  // "127.0.0.1:9090"
    Tls tls;              // every client needs a certificate; empty: plaintext, refused unless the address is loopback
    absl::Duration max_connection_age = absl::Minutes(5);
  };
  // Fails with a clear status when the port is taken, TLS is missing where it must not be, or its files do not fit together.
  static absl::StatusOr<std::unique_ptr<GrpcListener>> Listen(Door& door, const Options& options);
  virtual ~GrpcListener() = default;
  virtual int port() const = 0;
  // Health becomes NOT_SERVING.
  virtual void Lame() = 0;
  // Finishes what is in progress until the deadline, then cancels.
  virtual void Shutdown(absl::Time deadline) = 0;
};

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_DOOR_H_
