// A request of HTTP: "POST /v1/items?a=b", headers, an empty line, a body. It goes through the gateway's judge and handler and the door;
// behind that each method answers what it is sent to if the contract's rules admit it. There is one answer to it, never INTERNAL, and
// nothing but the refusal of a stranger without a token.
#include <optional>
#include <set>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/http/lines.h"
#include "common/rpc/bytes.h"
#include "common/rpc/door.h"
#include "common/rpc/validate.h"
#include "heitie/options/v1/access.pb.h"
#include "nlohmann/json.hpp"
#include "services/gateway/api.h"
#include "tests/fuzz/routes.h"

namespace heitie::fuzz {
namespace {

constexpr char kToken[] = "good";

class OneToken final : public rpc::Authenticator {
 public:
  absl::StatusOr<rpc::Principal> Verify(const std::string& token) override {
    if (token != kToken) return status::Error(status::kUnauthenticated, {{"why", "it is not the one"}});
    rpc::Principal principal{"employees/manager", "ops", 0};
    for (const rpc::Role role : {options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_DATA_ANALYST}) principal.Grant(role);
    return principal;
  }
};

// Answers with the empty answer.
class Target final : public rpc::Forwarder {
 public:
  std::function<void()> Unary(const rpc::Call&, const std::string& method, const grpc::ByteBuffer& request,
                              std::function<void(const absl::Status&, grpc::ByteBuffer response)> done) override {
    const absl::Status status = Check(method, request);
    done(status, status.ok() ? rpc::Serialize(*New(*MethodOf(method).output_type())) : grpc::ByteBuffer());
    return [] {};
  }
  std::function<void()> ServerStream(const rpc::Call&, const std::string& method, const grpc::ByteBuffer& request,
                                     std::function<void(grpc::ByteBuffer message, std::function<void()> next)> message,
                                     std::function<void(const absl::Status&)> done) override {
    const absl::Status status = Check(method, request);
    if (status.ok()) message(rpc::Serialize(*New(*MethodOf(method).output_type())), [] {});
    done(status);
    return [] {};
  }

  // Answers each message with the empty answer.
  std::function<void()> Converse(const rpc::Call&, const std::string& method, rpc::ReadNext read,
                                 std::function<void(grpc::ByteBuffer message, std::function<void()> next)> message,
                                 std::function<void(const absl::Status&)> done) override {
    for (bool more = true; more;) {
      more = false;
      read([&](const rpc::Incoming& incoming) {
        if (!incoming->has_value()) return done(absl::OkStatus());
        const absl::Status status = Check(method, **incoming);
        if (!status.ok()) return done(status);
        message(rpc::Serialize(*New(*MethodOf(method).output_type())), [&more] { more = true; });
      });
    }
    return [] {};
  }

 private:
  static absl::Status Check(const std::string& method, const grpc::ByteBuffer& bytes) {
    const auto request = New(*MethodOf(method).input_type());
    Require(rpc::Parse(bytes, *request), "the gateway sends what can be read");
    return rpc::Validate(*request);
  }
};

class Answer final : public http::Responder {
 public:
  // `body`: what is read in lines or pieces.
  explicit Answer(std::string body) : body_(std::move(body)) {}
  void ReadLine(std::function<void(absl::StatusOr<std::optional<std::string>>)> take) override {
    std::optional<std::string> line;
    while (!line.has_value() && read_ < body_.size()) {
      read_ += lines_.Put(std::string_view(body_).substr(read_));
      if (read_ == body_.size()) lines_.End();
      line = lines_.Take();
      if (lines_.too_long()) return take(absl::OutOfRangeError("too long"));
    }
    take(std::move(line));
  }
  void Send(http::Response response) override {
    Require(!begun_, "there is one answer");
    begun_ = ended_ = true;
    head_ = std::move(response);
  }
  void StartStream(http::Response head) override {
    Require(!begun_, "there is one answer");
    begun_ = true;
    head_ = std::move(head);
  }
  void Write(std::string piece, std::function<void()> next) override {
    Require(begun_ && !ended_, "pieces are between beginning and end");
    stream_ += piece;
    if (next) next();
  }
  void ReadPiece(size_t /*held*/, std::function<void(absl::StatusOr<std::optional<std::string>>)> take) override {
    if (read_ == body_.size()) return take(std::nullopt);
    // Of different sizes, so that envelopes are cut anywhere.
    const size_t size = std::min<size_t>(1 + static_cast<uint8_t>(body_[read_]) % 7, body_.size() - read_);
    read_ += size;
    take(body_.substr(read_ - size, size));
  }
  void End(http::Headers) override {
    Require(begun_ && !ended_, "a stream ends once");
    ended_ = true;
  }
  void OnClose(std::function<void()> callback) override { on_close_ = std::move(callback); }
  void Close() {
    if (on_close_) std::exchange(on_close_, nullptr)();
  }

  bool complete() const { return ended_; }
  const http::Response& head() const { return head_; }
  bool streamed() const { return !stream_.empty(); }

 private:
  const std::string body_;
  size_t read_ = 0;
  http::Lines lines_{400};
  http::Response head_;
  std::string stream_;
  bool begun_ = false, ended_ = false;
  std::function<void()> on_close_;
};

gateway::Api& TheApi() {
  static auto& api = *[] {
    static OneToken authenticator;
    static time::FakeClock clock{absl::FromUnixSeconds(1767225600)};
    static Target target;
    rpc::Door::Options options;
    options.authenticator = &authenticator;
    options.clock = &clock;
    options.workers = 1;
    auto* door = new rpc::Door(options);
    std::set<std::string> services;
    for (const auto* method : Methods()) services.insert(method->service()->full_name());
    for (const std::string& service : services) door->Forward(service, target);
    return new gateway::Api(*door, MakeRoutes(), gateway::Pages());
  }();
  return api;
}

http::Request Read(const std::string& text) {
  http::Request request;
  size_t at = 0;
  const auto line = [&] {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string result = text.substr(at, end - at);
    at = std::min(end + 1, text.size());
    return result;
  };
  const std::string first = line();
  const size_t space = std::min(first.find(' '), first.size()), question = std::min(first.find('?', space), first.size());
  request.method = first.substr(0, space);
  request.path = first.substr(std::min(space + 1, question), question - std::min(space + 1, question));
  if (question < first.size()) request.query = first.substr(question + 1);
  for (std::string header = line(); !header.empty(); header = line()) {
    const size_t colon = std::min(header.find(':'), header.size());
    if (colon == 0 || header.find_first_of(std::string("\r\0", 2)) != std::string::npos) continue;
    request.headers.Add(header.substr(0, colon), header.substr(std::min(colon + 1, header.size())));
  }
  request.body = text.substr(at);
  request.host = "127.0.0.1";
  request.loopback = true;
  return request;
}

void CheckHead(const http::Response& response) {
  static const std::set<int> kCodes = {200, 204, 304, 400, 401, 403, 404, 405, 409, 412, 413, 415, 429, 501, 504, 505};
  if (kCodes.count(response.status) == 0) std::fprintf(stderr, "%d %s\n", response.status, response.body.c_str());
  Require(kCodes.count(response.status) > 0, "the answer is one of these");
  for (const auto& [name, value] : response.headers.fields())
    Require(value.find_first_of("\r\n") == std::string::npos, "a header is a line");
}

// {"error": {...}}, or {"code": …} of the Connect protocol. Others tell their errors otherwise.
void CheckError(const http::Response& response) {
  const std::string& type = response.headers.Get("Content-Type");
  if (response.status < 400 || absl::StartsWith(type, "application/grpc") || absl::StartsWith(type, "application/connect+")) return;
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  Require(json.is_object() && (json.contains("error") || json.contains("code")), "an error is JSON");
  if (json.contains("error")) Require(json["error"]["code"] == response.status, "the code is in it");
}

void Play(const std::string& text) {
  http::Request request = Read(text);
  if (request.method.empty() || request.path.empty() || request.path[0] != '/') return;
  request.version = request.body.size() % 2 == 0 ? 20 : 11;
  static const std::set<std::string> kProbes = {"/healthz", "/readyz", "/livez"};
  const bool healthz = kProbes.count(request.path) > 0, known = absl::EqualsIgnoreCase(request.headers.Get("Authorization"), "Bearer good");
  http::Request head = request;
  head.body.clear();
  http::Verdict verdict = TheApi().Judge(head);
  if (verdict.refusal.has_value()) {
    if (healthz) return;
    CheckHead(*verdict.refusal);
    CheckError(*verdict.refusal);
    return;
  }
  const bool open = healthz || absl::StartsWith(request.path, "/grpc.health.v1.");
  Require(known || open || request.headers.Get("Authorization").find("good") != std::string::npos,
          "without a token one comes no further than here");
  request.finding = verdict.finding;
  std::string lines;
  if (verdict.lines || verdict.pieces) lines.swap(request.body);
  const auto answer = std::make_shared<Answer>(std::move(lines));
  const std::string request_path = request.path;
  TheApi().Handle(std::move(request), answer);
  // Who watches health waits for what is to come.
  if (request_path == "/grpc.health.v1.Health/Watch" && !answer->complete()) return answer->Close();
  Require(answer->complete(), "there is an answer");
  if (healthz) return;
  CheckHead(answer->head());
  if (answer->head().status != 200) CheckError(answer->head());
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  heitie::fuzz::Play({reinterpret_cast<const char*>(data), size});
  return 0;
}
