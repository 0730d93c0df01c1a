// A method's name, then the bytes of its request as they come over gRPC. What the door lets through can be written in every form that the
// suite has for it; what it refuses names its fields.
#include "common/record/json.h"
#include "common/rpc/bytes.h"
#include "common/rpc/validate.h"
#include "google/api/resource.pb.h"
#include "services/gateway/json.h"
#include "services/gateway/transcode.h"
#include "tests/fuzz/value.h"

namespace heitie::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Every resource in the request can be a row.
void CheckRows(const Message& message) {
  std::vector<const FieldDescriptor*> set;
  const auto& r = *message.GetReflection();
  r.ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    if (field->message_type() == nullptr || field->is_repeated() || !field->message_type()->options().HasExtension(google::api::resource))
      continue;
    const Message& resource = r.GetMessage(message, field);
    for (const auto& column : record::ColumnsOf(*resource.GetDescriptor())) {
      RequireStorable(record::ReadField(resource, column), column.type);
    }
  }
}

void Play(const google::protobuf::Descriptor& type, const std::string& bytes) {
  const auto request = New(type);
  const grpc::Slice slice(bytes);
  if (!rpc::Parse(grpc::ByteBuffer(&slice, 1), *request)) return;
  const absl::Status status = rpc::Validate(*request);
  if (!status.ok()) return RequireRefusal(status);
  rpc::Normalize(*request);
  ClearOutputOnly(*request);

  Require(rpc::Validate(*request).ok(), "what was let in can come again");
  const auto again = New(type);
  Require(rpc::Parse(rpc::Serialize(*request), *again), "what is written can be read");
  RequireEqual(Canonical(*again), Canonical(*request), "what is written and read again is the same");

  ClearMask(*request);
  again->Clear();
  const std::string json = gateway::ToJson(*request);
  Require(gateway::ParseRequest(json, again.get()).ok(), "its JSON can be read");
  RequireEqual(gateway::ToJson(*again), json, "its JSON stays the same");

  again->Clear();
  const std::string stored = record::ToJson(*request);
  Require(record::FromJson(stored, again.get()), "what is stored can be read");
  RequireEqual(record::ToJson(*again), stored, "what is stored stays the same");
  // What a mask enters is whole only in the result of an Update: mask_fuzz looks at that.
  if (type.FindFieldByName("update_mask") == nullptr) CheckRows(*request);
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto lines = heitie::fuzz::Lines(data, size, 2);
  heitie::fuzz::Play(*heitie::fuzz::MethodOf(lines[0]).input_type(), lines[1]);
  return 0;
}
