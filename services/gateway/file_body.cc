#include "services/gateway/file_body.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "services/gateway/negotiation.h"

namespace heitie::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* Single(const Descriptor& message, const char* name, FieldDescriptor::Type type) {
  const FieldDescriptor* field = message.FindFieldByName(name);
  return field != nullptr && field->type() == type && !field->is_repeated() ? field : nullptr;
}
const FieldDescriptor* DataOf(const Descriptor& message) { return Single(message, "data", FieldDescriptor::TYPE_BYTES); }
const FieldDescriptor* TypeOf(const Descriptor& message) { return Single(message, "media_type", FieldDescriptor::TYPE_STRING); }
const FieldDescriptor* ContentOf(const Descriptor& message) { return Single(message, "content", FieldDescriptor::TYPE_STRING); }

}  // namespace

const FieldDescriptor* FileFieldOf(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming() || TypeOf(*method.input_type()) == nullptr) return nullptr;
  return DataOf(*method.input_type());
}

bool GivesFile(const google::protobuf::MethodDescriptor& method) {
  const Descriptor &in = *method.input_type(), &out = *method.output_type();
  return !method.client_streaming() && !method.server_streaming() && TypeOf(in) != nullptr && TypeOf(out) != nullptr &&
         ContentOf(out) != nullptr && DataOf(out) != nullptr;
}

std::string FileTypeOf(const std::string& accept) {
  std::string wanted;
  double most = 0, json = 0;
  bool named_json = false;
  for (const auto& [media, weight] : AcceptedOf(accept)) {
    const bool file = std::find(std::begin(kFileTypes), std::end(kFileTypes), media.type) != std::end(kFileTypes);
    if (media.type == "application/json" || media.type == "*/*" || media.type == "application/*") json = std::max(json, weight);
    named_json = named_json || media.type == "application/json";
    if (!file || weight <= most) continue;
    most = weight;
    wanted = media.Text();
  }
  // Who takes anything wants the one that is named.
  return json > most || (json == most && named_json) ? "" : wanted;
}

http::Response FileResponse(const Message& answer) {
  const Descriptor& type = *answer.GetDescriptor();
  const auto& r = *answer.GetReflection();
  http::Response response;
  response.headers = {{"Content-Type", r.GetString(answer, TypeOf(type))},
                      {"Content-Disposition", "attachment"},
                      {"Vary", "Accept, Accept-Language, Accept-Encoding"}};
  const FieldDescriptor* findings = type.FindFieldByName("findings");
  if (findings != nullptr && findings->is_repeated()) response.headers.Set("X-Findings", absl::StrCat(r.FieldSize(answer, findings)));
  response.body = r.GetString(answer, DataOf(type));
  if (response.body.empty()) response.body = r.GetString(answer, ContentOf(type));
  return response;
}

}  // namespace heitie::gateway
