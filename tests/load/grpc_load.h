// gRPC requests at a concurrency or at a rate, from one thread that speaks HTTP/2 itself (nghttp2): a full gRPC client costs as much as
// the server it measures, and both share this machine.
//
// At a rate the latency of a request counts from the moment at which it was due, not from when it could be sent: a server that stands still
// for a second then shows a second to everybody who came meanwhile ("coordinated omission", G. Tene).
#ifndef HEITIE_TESTS_LOAD_GRPC_LOAD_H_
#define HEITIE_TESTS_LOAD_GRPC_LOAD_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "tests/load/measure.h"

namespace heitie::load {

struct Endpoint {
  std::string host = "127.0.0.1";  // IPv4
  int port = 0;
  // PEM files and the name in the server's certificate; all empty for plaintext.
  std::string tls_ca, tls_cert, tls_key, server_name;
};

struct GrpcRequest {
  std::string method;  // "heitie.risk.v1.RegisterService/GetRisk"
  std::string message;
  std::string token;
  int caller = 0;  // whose figures it counts among
  // Not gRPC but GET of the path "/" + method over the same connections; 200 is OK.
  bool get = false;
};

// What became of the requests of one caller inside the window.
struct Outcome {
  Samples answered;                // OK
  std::map<int, Samples> refused;  // by gRPC status code
  size_t unanswered = 0;           // when the connection ended, or the patience
};
using Outcomes = std::map<int, Outcome>;

// Not thread-safe.
class GrpcLoad {
 public:
  // Connects when something is asked; dies when it cannot.
  GrpcLoad(const Endpoint& endpoint, int connections);
  ~GrpcLoad();

  // `in_flight` requests at every moment, spread over the connections.
  Outcomes Closed(int in_flight, const Window& window, const std::function<GrpcRequest()>& next);
  // `rate` requests a second on average, with exponential gaps as of many independent callers.
  Outcomes Open(double rate, const Window& window, const std::function<GrpcRequest()>& next);

  // Requests that have no answer yet.
  size_t open() const;

  // The same for what must not fail: the samples of all callers, or the program ends with the first status that is not OK.
  static Samples AllOk(const Outcomes& outcomes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace heitie::load

#endif  // HEITIE_TESTS_LOAD_GRPC_LOAD_H_
