#include "common/record/json.h"

#include <memory>

#include "common/record/plain_json.h"
#include "google/protobuf/util/json_util.h"

namespace heitie::record {

std::string ToJson(const google::protobuf::Message& message) {
  std::string json;
  if (PrintPlain(message, &json)) return json;
  json.clear();
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  return json;
}

namespace {

bool Parse(const std::string& json, bool ignore_unknown, google::protobuf::Message* message) {
  const std::unique_ptr<google::protobuf::Message> read(message->New());
  if (ParsePlain(json, read.get())) {
    message->GetReflection()->Swap(message, read.get());
    return true;
  }
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = ignore_unknown;
  return google::protobuf::util::JsonStringToMessage(json, message, options).ok();
}

}  // namespace

bool FromJson(const std::string& json, google::protobuf::Message* message) { return Parse(json, true, message); }
bool FromKnownJson(const std::string& json, google::protobuf::Message* message) { return Parse(json, false, message); }

}  // namespace heitie::record
