// Who the load comes from: the flags and files that every part has.
#ifndef HEITIE_TESTS_LOAD_IDENTITY_H_
#define HEITIE_TESTS_LOAD_IDENTITY_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/client/channel.h"
#include "common/client/method.h"
#include "common/config/flags.h"
#include "google/protobuf/text_format.h"
#include "tests/load/grpc_load.h"
#include "tests/load/measure.h"

namespace heitie::load {

struct Identity {
  std::string tls_ca, tls_cert, tls_key;

  void Register(config::Flags& flags);
  // A service of the suite on a port of 127.0.0.1.
  Endpoint To(const std::string& service, int port) const;
};

// Without TLS, on 127.0.0.1.
Endpoint Plain(int port);

// For what is asked once and whose answer matters.
std::unique_ptr<client::Channel> Connect(const Endpoint& endpoint);
rpc::Call CallWith(const std::string& token);

// Calls methods one by one with requests in text form.
class Asker {
 public:
  Asker(const Endpoint& endpoint, std::string token) : channel_(Connect(endpoint)), token_(std::move(token)) {}

  // Dies when there is no answer. It may take long.
  template <typename Req, typename Resp>
  Resp Ask(const client::Method<Req, Resp>& method, const std::string& text) {
    Req request;
    if (!google::protobuf::TextFormat::ParseFromString(text, &request)) Die("no request: " + text);
    rpc::Call call = CallWith(token_);
    call.deadline = absl::Now() + kPatience;
    auto response = channel_->Call(call, method, request);
    if (!response.ok()) Die(absl::StrCat(method.path, ": ", response.status().ToString()));
    return *std::move(response);
  }
  const std::string& token() const { return token_; }

 private:
  static constexpr absl::Duration kPatience = absl::Minutes(2);

  const std::unique_ptr<client::Channel> channel_;
  const std::string token_;
};

// The token in a file; dies when there is none.
std::string ReadToken(const std::string& file);

// Parses the command line; dies of what is wrong with it.
void ParseOrDie(config::Flags& flags, int argc, char** argv);

}  // namespace heitie::load

#endif  // HEITIE_TESTS_LOAD_IDENTITY_H_
