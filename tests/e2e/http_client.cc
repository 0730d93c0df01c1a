#include "tests/e2e/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <stdexcept>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/rpc/status.pb.h"
#include "nlohmann/json.hpp"

namespace heitie::e2e {
namespace {

constexpr absl::Duration kMargin = absl::Milliseconds(50);

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string JsonOf(const Message& message) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = false;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) throw std::runtime_error("no JSON of a request");
  return json;
}

std::string Escaped(const std::string& text, bool keep_slashes) {
  std::string out;
  for (const unsigned char c : text) {
    if (std::isalnum(c) || std::string("-_.~").find(c) != std::string::npos || (keep_slashes && c == '/')) {
      out.push_back(static_cast<char>(c));
    } else {
      const char* const digits = "0123456789ABCDEF";
      out += {'%', digits[c >> 4], digits[c & 15]};
    }
  }
  return out;
}

// One request in the form of its binding.
struct Shape {
  std::string verb, path, body;
};

// The text of a string field by its path, for example "project.name".
std::string TextAt(const Message& message, const std::string& path) {
  const size_t dot = path.find('.');
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(path.substr(0, dot));
  if (dot == std::string::npos) return message.GetReflection()->GetString(message, field);
  return TextAt(message.GetReflection()->GetMessage(message, field), path.substr(dot + 1));
}

// "/v1/{name=projects/*}:submit" with the values of the request; the variables' first fields are noted in `used`.
std::string PathOf(const std::string& pattern, const Message& request, std::set<std::string>* used) {
  std::string path;
  for (size_t i = 0; i < pattern.size();) {
    if (pattern[i] != '{') {
      path.push_back(pattern[i++]);
      continue;
    }
    const size_t close = pattern.find('}', i);
    const std::string variable = pattern.substr(i + 1, pattern.find_first_of("=}", i) - i - 1);
    used->insert(variable.substr(0, variable.find('.')));
    path += Escaped(TextAt(request, variable), true);
    i = close + 1;
  }
  return path;
}

void AddParameter(const std::string& name, const nlohmann::json& value, std::vector<std::string>* parameters) {
  if (value.is_array()) {
    for (const auto& element : value) AddParameter(name, element, parameters);
    return;
  }
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  parameters->push_back(absl::StrCat(name, "=", Escaped(text, false)));
}

Shape ShapeOf(const google::api::HttpRule& rule, const Message& request) {
  Shape shape;
  std::set<std::string> used;
  const auto [verb, pattern] = [&]() -> std::pair<std::string, std::string> {
    if (!rule.get().empty()) return {"GET", rule.get()};
    if (!rule.post().empty()) return {"POST", rule.post()};
    if (!rule.patch().empty()) return {"PATCH", rule.patch()};
    if (!rule.delete_().empty()) return {"DELETE", rule.delete_()};
    return {"PUT", rule.put()};
  }();
  shape.verb = verb;
  shape.path = PathOf(pattern, request, &used);
  nlohmann::json json = nlohmann::json::parse(JsonOf(request));
  std::vector<std::string> parameters;
  for (int i = 0; i < request.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *request.GetDescriptor()->field(i);
    const auto value = json.find(field.json_name());
    if (value == json.end()) continue;
    if (rule.body() == field.name()) {
      shape.body = value->dump();
    } else if (used.count(field.name()) > 0) {
      json.erase(field.json_name());
    } else if (rule.body() != "*") {
      AddParameter(field.json_name(), *value, &parameters);
    }
  }
  if (rule.body() == "*") shape.body = json.dump();
  for (size_t i = 0; i < parameters.size(); ++i) absl::StrAppend(&shape.path, i == 0 ? "?" : "&", parameters[i]);
  return shape;
}

// 0 when the text names no canonical error.
int CodeNamed(const std::string& name) {
  for (int code = 1; code <= 16; ++code) {
    if (absl::StatusCodeToString(static_cast<absl::StatusCode>(code)) == name) return code;
  }
  return 0;
}

absl::Status ErrorOf(const HttpAnswer& answer) {
  const nlohmann::json json = nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  const nlohmann::json error = json.is_object() ? json.value("error", nlohmann::json()) : nlohmann::json();
  if (!error.is_object() || error.value("code", 0) != answer.status) {
    return absl::UnknownError(absl::StrCat("HTTP ", answer.status, " without its status: ", answer.body));
  }
  if (answer.status == 503 && answer.headers.count("retry-after") == 0) {
    return absl::UnknownError(absl::StrCat("HTTP 503 without Retry-After: ", answer.body));
  }
  return StatusOfError(error.dump());
}

const google::api::HttpRule& RuleOf(const std::string& method) {
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  const std::vector<std::string> parts = absl::StrSplit(method, '/');
  const auto* service = pool->FindServiceByName(parts.at(0));
  const auto* found = service == nullptr ? nullptr : service->FindMethodByName(parts.at(1));
  if (found == nullptr) throw std::invalid_argument("there is no method " + method);
  return found->options().GetExtension(google::api::http);
}

// The head's lines after the first, by name in lower case.
std::map<std::string, std::string> HeadersOf(const std::string& head) {
  std::map<std::string, std::string> headers;
  const std::vector<std::string> lines = absl::StrSplit(head, "\r\n");
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t colon = lines[i].find(':');
    if (colon == std::string::npos) continue;
    headers[absl::AsciiStrToLower(lines[i].substr(0, colon))] = std::string(absl::StripAsciiWhitespace(lines[i].substr(colon + 1)));
  }
  return headers;
}

std::string HeaderOf(const HttpAnswer& answer, const std::string& name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? "" : found->second;
}

absl::Status Broken() { return absl::DataLossError("the HTTP answer breaks off"); }

}  // namespace

HttpConnection::HttpConnection(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), port_(port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  open_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
}

HttpConnection::~HttpConnection() { close(fd_); }

bool HttpConnection::Send(const std::string& bytes) {
  for (size_t sent = 0; open_ && sent < bytes.size();) {
    const ssize_t n = send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) open_ = false;
    sent += std::max<ssize_t>(n, 0);
  }
  return open_;
}

bool HttpConnection::Receive() {
  const timeval left = absl::ToTimeval(std::max(deadline_ - absl::Now(), absl::Milliseconds(1)));
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &left, sizeof(left));
  char buffer[65536];
  const ssize_t n = recv(fd_, buffer, sizeof(buffer), 0);
  if (n > 0) input_.append(buffer, n);
  open_ = open_ && n > 0;
  return n > 0;
}

absl::StatusOr<std::string> HttpConnection::Take(size_t size) {
  while (input_.size() < size) {
    if (!Receive()) return Broken();
  }
  std::string taken = input_.substr(0, size);
  input_.erase(0, size);
  return taken;
}

absl::StatusOr<std::string> HttpConnection::TakeLine() {
  size_t end;
  while ((end = input_.find("\r\n")) == std::string::npos) {
    if (!Receive()) return Broken();
  }
  ASSIGN_OR_RETURN(const std::string line, Take(end + 2));
  return line.substr(0, end);
}

absl::StatusOr<HttpAnswer> HttpConnection::ReceiveHead() {
  size_t end;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
    if (!Receive()) return input_.empty() ? absl::UnavailableError("no HTTP answer") : Broken();
  }
  ASSIGN_OR_RETURN(const std::string head, Take(end + 4));
  HttpAnswer answer;
  if (head.rfind("HTTP/1.1 ", 0) != 0 || !absl::SimpleAtoi(head.substr(9, 3), &answer.status)) return Broken();
  answer.headers = HeadersOf(head);
  return answer;
}

absl::StatusOr<HttpAnswer> HttpConnection::Open(const std::string& verb, const std::string& path, const std::string& headers,
                                                const std::string& body, absl::Time deadline) {
  deadline_ = deadline;
  reusable_ = false;
  const std::string request = absl::StrCat(verb, " ", path, " HTTP/1.1\r\nHost: 127.0.0.1:", port_, "\r\n", headers,
                                           "Content-Length: ", body.size(), "\r\n\r\n", body);
  if (!Send(request)) return absl::UnavailableError("no HTTP connection");
  return ReceiveAnswer();
}

bool HttpConnection::Begin(const std::string& verb, const std::string& path, const std::string& headers, absl::Time deadline) {
  deadline_ = deadline;
  reusable_ = false;
  return Send(absl::StrCat(verb, " ", path, " HTTP/1.1\r\nHost: 127.0.0.1:", port_, "\r\n", headers, "Transfer-Encoding: chunked\r\n\r\n"));
}

bool HttpConnection::SendPiece(const std::string& bytes) { return Send(absl::StrCat(absl::Hex(bytes.size()), "\r\n", bytes, "\r\n")); }

absl::StatusOr<HttpAnswer> HttpConnection::Await() { return ReceiveAnswer(); }

absl::StatusOr<HttpAnswer> HttpConnection::ReceiveAnswer() {
  ASSIGN_OR_RETURN(HttpAnswer answer, ReceiveHead());
  if (HeaderOf(answer, "transfer-encoding") == "chunked") return answer;
  size_t length = 0;
  if (!absl::SimpleAtoi(HeaderOf(answer, "content-length"), &length)) return Broken();
  ASSIGN_OR_RETURN(answer.body, Take(length));
  reusable_ = HeaderOf(answer, "connection") != "close";
  return answer;
}

absl::StatusOr<std::optional<std::string>> HttpConnection::NextPiece() {
  ASSIGN_OR_RETURN(const std::string line, TakeLine());
  size_t size = 0;
  if (!absl::SimpleHexAtoi(line, &size)) return Broken();
  ASSIGN_OR_RETURN(const std::string chunk, Take(size + 2));
  if (chunk.substr(size) != "\r\n") return Broken();
  if (size == 0) return std::optional<std::string>();
  return std::optional<std::string>(chunk.substr(0, size));
}

absl::StatusOr<HttpAnswer> HttpConnection::Exchange(const std::string& verb, const std::string& path, const std::string& headers,
                                                    const std::string& body, absl::Time deadline) {
  ASSIGN_OR_RETURN(HttpAnswer answer, Open(verb, path, headers, body, deadline));
  if (HeaderOf(answer, "transfer-encoding") != "chunked") return answer;
  for (;;) {
    ASSIGN_OR_RETURN(const std::optional<std::string> piece, NextPiece());
    if (!piece.has_value()) return answer;
    answer.body += *piece;
  }
}

absl::StatusOr<HttpAnswer> Exchange(int port, const std::string& verb, const std::string& path, const std::string& headers,
                                    const std::string& body, absl::Time deadline) {
  return HttpConnection(port).Exchange(verb, path, "Connection: close\r\n" + headers, body, deadline);
}

absl::Status StatusOfError(const std::string& json) {
  const nlohmann::json error = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  const int code = error.is_object() ? CodeNamed(error.value("status", "")) : 0;
  if (code == 0) return absl::UnknownError("not a status: " + json);
  const nlohmann::json rest = {{"message", error.value("message", "")}, {"details", error.value("details", nlohmann::json::array())}};
  google::rpc::Status status;
  if (!google::protobuf::util::JsonStringToMessage(rest.dump(), &status).ok()) return absl::UnknownError("not a status: " + json);
  status.set_code(code);
  return status::FromProto(status);
}

std::unique_ptr<HttpConnection> HttpClient::TakeConnection() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (idle_.empty()) return std::make_unique<HttpConnection>(port_);
  std::unique_ptr<HttpConnection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void HttpClient::KeepConnection(std::unique_ptr<HttpConnection> connection) {
  if (!connection->reusable()) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  idle_.push_back(std::move(connection));
}

absl::Status HttpClient::Ask(const rpc::Call& call, const std::string& method, const Message& request, Message* response) {
  const Shape shape = ShapeOf(RuleOf(method), request);
  std::string headers = keep_ ? "" : "Connection: close\r\n";
  if (!shape.body.empty()) absl::StrAppend(&headers, "Content-Type: application/json\r\n");
  if (!call.token.empty()) absl::StrAppend(&headers, "Authorization: Bearer ", call.token, "\r\n");
  // A little less than we wait, so that the answer comes to tell why there is none.
  const absl::Duration left = call.deadline - absl::Now();
  absl::StrAppend(&headers, "X-Request-Timeout: ", absl::FormatDuration(left - std::min(kMargin, left / 10)), "\r\n");
  std::unique_ptr<HttpConnection> connection = TakeConnection();
  const absl::StatusOr<HttpAnswer> answer = connection->Exchange(shape.verb, shape.path, headers, shape.body, call.deadline);
  KeepConnection(std::move(connection));
  if (!answer.ok()) return answer.status();
  if (answer->status != 200) return ErrorOf(*answer);
  const auto parsed = google::protobuf::util::JsonStringToMessage(answer->body, response);
  return parsed.ok() ? absl::OkStatus() : absl::InternalError(absl::StrCat("unreadable answer of ", method, ": ", answer->body));
}

}  // namespace heitie::e2e
