// HTTP/1.1 over loopback as a foreign client would speak it: raw exchanges, and the contracts' methods as JSON by google.api.http.
// JSON is written and read by protobuf's own library, so that the gateway's is checked against another one.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/client/client.h"

namespace heitie::e2e {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

// One request over a connection of its own. `headers` are whole lines, each ended by "\r\n". UNAVAILABLE when there is no answer in time.
absl::StatusOr<HttpAnswer> Exchange(int port, const std::string& verb, const std::string& path, const std::string& headers,
                                    const std::string& body, absl::Time deadline);

// Thread-safe. Errors come back as the statuses they stand for, with their details; nothing is retried.
class HttpClient : public client::Client {
 public:
  explicit HttpClient(int port) : port_(port) {}
  absl::Status Call(const rpc::Call& call, const std::string& method, const google::protobuf::Message& request,
                    google::protobuf::Message* response) override;

 private:
  const int port_;
};

}  // namespace heitie::e2e
