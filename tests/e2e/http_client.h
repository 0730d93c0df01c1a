// HTTP/1.1 over loopback as a foreign client would speak it: raw exchanges, streams, and the contracts' methods as JSON by
// google.api.http. JSON is written and read by protobuf's own library, so that the gateway's is checked against another one.
#ifndef HEITIE_TESTS_E2E_HTTP_CLIENT_H_
#define HEITIE_TESTS_E2E_HTTP_CLIENT_H_

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/client/client.h"

namespace heitie::e2e {

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // by name in lower case
  std::string body;
};

// Thread-compatible.
class HttpConnection {
 public:
  explicit HttpConnection(int port);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;

  // One request and its answer. `headers` are whole lines, each ended by "\r\n". UNAVAILABLE when nothing of an answer comes in time,
  // DATA_LOSS when it breaks off.
  absl::StatusOr<HttpAnswer> Exchange(const std::string& verb, const std::string& path, const std::string& headers, const std::string& body,
                                      absl::Time deadline);
  // The same for an answer that is streamed (chunked): without its body, of which NextPiece returns one chunk after the other and nothing
  // at the end. An answer that is not streamed is whole.
  absl::StatusOr<HttpAnswer> Open(const std::string& verb, const std::string& path, const std::string& headers, const std::string& body,
                                  absl::Time deadline);
  absl::StatusOr<std::optional<std::string>> NextPiece();
  // The same for a request whose body is sent in pieces with SendPiece, while the answer comes; its head comes by Await. False when the
  // connection has broken.
  bool Begin(const std::string& verb, const std::string& path, const std::string& headers, absl::Time deadline);
  // "" is the end of the body.
  bool SendPiece(const std::string& bytes);
  absl::StatusOr<HttpAnswer> Await();

  // Whether both sides leave it open for the next request.
  bool reusable() const { return reusable_; }

 private:
  bool Send(const std::string& bytes);
  bool Receive();
  absl::StatusOr<HttpAnswer> ReceiveHead();
  absl::StatusOr<HttpAnswer> ReceiveAnswer();
  absl::StatusOr<std::string> Take(size_t size);
  absl::StatusOr<std::string> TakeLine();

  const int fd_;
  const int port_;
  bool open_ = false;
  bool reusable_ = false;
  absl::Time deadline_;
  std::string input_;  // received, not taken yet
};

// One request over a connection of its own.
absl::StatusOr<HttpAnswer> Exchange(int port, const std::string& verb, const std::string& path, const std::string& headers,
                                    const std::string& body, absl::Time deadline);

// The status that the value of "error" in an answer, or in a stream's last line, stands for, with its details.
absl::Status StatusOfError(const std::string& json);

// Thread-safe. Errors come back as the statuses they stand for, with their details; nothing is retried. A 503 that does not say when to
// come back is UNKNOWN.
class HttpClient : public client::Client {
 public:
  // `keep`: connections are used again, as most clients do.
  explicit HttpClient(int port, bool keep = false) : port_(port), keep_(keep) {}
  void Start(const rpc::Call& call, const std::string& method, const google::protobuf::Message& request,
             google::protobuf::Message* response, Done done) override {
    done(Ask(call, method, request, response));
  }

 private:
  absl::Status Ask(const rpc::Call& call, const std::string& method, const google::protobuf::Message& request,
                   google::protobuf::Message* response);
  std::unique_ptr<HttpConnection> TakeConnection();
  void KeepConnection(std::unique_ptr<HttpConnection> connection);

  const int port_;
  const bool keep_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<HttpConnection>> idle_;  // guarded by mutex_
};

}  // namespace heitie::e2e

#endif  // HEITIE_TESTS_E2E_HTTP_CLIENT_H_
