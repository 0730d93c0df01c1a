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

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/status/status.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/rpc/status.pb.h"
#include "nlohmann/json.hpp"

namespace heitie::e2e {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class Connection {
 public:
  explicit Connection(int port, absl::Time deadline) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval left = absl::ToTimeval(std::max(deadline - absl::Now(), absl::Milliseconds(1)));
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &left, sizeof(left));
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &left, sizeof(left));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    open_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~Connection() { close(fd_); }

  bool Send(const std::string& bytes) {
    for (size_t sent = 0; open_ && sent < bytes.size();) {
      const ssize_t n = send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) open_ = false;
      sent += std::max<ssize_t>(n, 0);
    }
    return open_;
  }

  // Everything until the server closes; false when it did not.
  bool ReceiveAll(std::string* bytes) {
    char buffer[65536];
    ssize_t n;
    while ((n = recv(fd_, buffer, sizeof(buffer), 0)) > 0) bytes->append(buffer, n);
    return n == 0;
  }

 private:
  const int fd_;
  bool open_ = false;
};

absl::StatusOr<HttpAnswer> ParseAnswer(const std::string& bytes) {
  HttpAnswer answer;
  const size_t end = bytes.find("\r\n\r\n");
  const bool whole = end != std::string::npos && bytes.rfind("HTTP/1.1 ", 0) == 0 && absl::SimpleAtoi(bytes.substr(9, 3), &answer.status);
  if (!whole) return absl::UnavailableError("broken HTTP answer");
  answer.body = bytes.substr(end + 4);
  return answer;
}

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
  google::rpc::Status status;
  const nlohmann::json json = nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  const auto error = json.is_object() ? json.find("error") : json.end();
  const int code = error == json.end() ? 0 : CodeNamed(error->value("status", ""));
  if (code == 0 || error->value("code", 0) != answer.status) {
    return absl::UnknownError(absl::StrCat("HTTP ", answer.status, " without a status: ", answer.body));
  }
  const nlohmann::json rest = {{"message", (*error)["message"]}, {"details", (*error)["details"]}};
  if (!google::protobuf::util::JsonStringToMessage(rest.dump(), &status).ok()) return absl::UnknownError(answer.body);
  status.set_code(code);
  return status::FromProto(status);
}

const google::api::HttpRule& RuleOf(const std::string& method) {
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  const std::vector<std::string> parts = absl::StrSplit(method, '/');
  const auto* service = pool->FindServiceByName(parts.at(0));
  const auto* found = service == nullptr ? nullptr : service->FindMethodByName(parts.at(1));
  if (found == nullptr) throw std::invalid_argument("there is no method " + method);
  return found->options().GetExtension(google::api::http);
}

}  // namespace

absl::StatusOr<HttpAnswer> Exchange(int port, const std::string& verb, const std::string& path, const std::string& headers,
                                    const std::string& body, absl::Time deadline) {
  Connection connection(port, deadline);
  const std::string request = absl::StrCat(verb, " ", path, " HTTP/1.1\r\nHost: 127.0.0.1:", port, "\r\nConnection: close\r\n", headers,
                                           "Content-Length: ", body.size(), "\r\n\r\n", body);
  std::string answer;
  if (!connection.Send(request) || !connection.ReceiveAll(&answer)) return absl::UnavailableError("no HTTP answer");
  return ParseAnswer(answer);
}

absl::Status HttpClient::Call(const rpc::Call& call, const std::string& method, const Message& request, Message* response) {
  const Shape shape = ShapeOf(RuleOf(method), request);
  std::string headers = shape.body.empty() ? "" : "Content-Type: application/json\r\n";
  if (!call.token.empty()) absl::StrAppend(&headers, "Authorization: Bearer ", call.token, "\r\n");
  const absl::StatusOr<HttpAnswer> answer = Exchange(port_, shape.verb, shape.path, headers, shape.body, call.deadline);
  if (!answer.ok()) return answer.status();
  if (answer->status != 200) return ErrorOf(*answer);
  const auto parsed = google::protobuf::util::JsonStringToMessage(answer->body, response);
  return parsed.ok() ? absl::OkStatus() : absl::InternalError(absl::StrCat("unreadable answer of ", method, ": ", answer->body));
}

}  // namespace heitie::e2e
