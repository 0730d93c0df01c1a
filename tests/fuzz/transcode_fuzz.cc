// "PATCH /v1/items/x", a query, a body, each a line. What is accepted has the path's values in its fields and survives being written and
// read again.
#include "services/gateway/json.h"
#include "services/gateway/transcode.h"
#include "tests/fuzz/routes.h"

namespace heitie::fuzz {
namespace {

std::string ValueAt(const google::protobuf::Message* message, const std::vector<const google::protobuf::FieldDescriptor*>& path) {
  for (size_t i = 0; i + 1 < path.size(); ++i) message = &message->GetReflection()->GetMessage(*message, path[i]);
  return message->GetReflection()->GetString(*message, path.back());
}

void Play(const std::string& target, const std::string& query, const std::string& body) {
  const size_t space = std::min(target.find(' '), target.size());
  const auto match = Routes().Find(target.substr(0, space), target.substr(std::min(space + 1, target.size())));
  if (match.binding == nullptr) return;
  const auto& type = *match.binding->method->input_type();
  const auto request = New(type);
  const absl::Status status = gateway::Transcode(match, query, body, request.get());
  if (!status.ok()) return RequireRefusal(status);
  for (const auto& [variable, value] : match.values) RequireEqual(ValueAt(request.get(), variable->field), value, "the path wins");

  ClearMask(*request);
  const auto again = New(type);
  const std::string json = gateway::ToJson(*request);
  Require(gateway::ParseRequest(json, again.get()).ok(), "what is written can be read");
  RequireEqual(gateway::ToJson(*again), json, "what is written and read again is the same");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto lines = heitie::fuzz::Lines(data, size, 3);
  heitie::fuzz::Play(lines[0], lines[1], lines[2]);
  return 0;
}
