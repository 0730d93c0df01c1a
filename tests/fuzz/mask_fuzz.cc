// The name of a resource, a mask, the stored row as JSON, the wanted resource as JSON, each a line: an Update through the kind's own
// handler. It is done or refused for a cause that the caller can mend; what is written can be a row, and what no Update may change stays.
#include <map>

#include "common/record/kind.h"
#include "common/rpc/contract.h"
#include "common/rpc/service.h"
#include "common/rpc/validate.h"
#include "common/seal/seal.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "nlohmann/json.hpp"
#include "services/gateway/json.h"
#include "tests/fuzz/fake_database.h"
#include "tests/fuzz/fake_session.h"
#include "tests/fuzz/value.h"

namespace heitie::fuzz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A resource that has a standard Update.
struct Updated {
  const Descriptor* request;
  const FieldDescriptor* resource;
  std::unique_ptr<record::Collection> collection;
  rpc::Handler handler;
};

record::Store& TheStore() {
  static auto& database = *new sql::Database({});
  static auto& store = *new record::Store(database);
  return store;
}

Updated MakeUpdated(const Descriptor& request, const FieldDescriptor& field) {
  const Message* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(field.message_type());
  FakeSession session(*field.message_type());
  SetSession(session);
  auto collection = std::make_unique<record::Collection>(TheStore(), *prototype, nullptr);
  rpc::Handler handler = collection->Updater(nullptr);
  return {&request, &field, std::move(collection), std::move(handler)};
}

const Updated& UpdatedOf(const std::string& name) {
  static const auto& all = *[] {
    auto* found = new std::map<std::string, Updated>;
    for (const auto* method : Methods()) {
      const Descriptor& request = *method->input_type();
      for (int i = 0; i < request.field_count() && method->name().rfind("Update", 0) == 0; ++i) {
        const Descriptor* type = request.field(i)->message_type();
        // What is sealed takes keys out of a database.
        if (type == nullptr || !type->options().HasExtension(google::api::resource) || seal::HoldsPersonal(*type)) continue;
        found->emplace(type->name(), MakeUpdated(request, *request.field(i)));
      }
    }
    return found;
  }();
  const auto it = all.lower_bound(name);
  return it == all.end() ? all.begin()->second : it->second;
}

bool Read(const std::string& text, Message* message) {
  nlohmann::json value;
  if (!gateway::ParseJson(text, &value).ok()) return false;
  gateway::FieldErrors errors;
  gateway::MergeJson(value, "", message, &errors);
  return errors.empty();
}

std::string TextOf(const Message& message, const FieldDescriptor& field) {
  std::string text;
  const auto& r = *message.GetReflection();
  const bool set = field.is_repeated() ? r.FieldSize(message, &field) > 0 : !field.has_presence() || r.HasField(message, &field);
  if (!set) return text;
  const std::unique_ptr<Message> one(message.New());
  one->CopyFrom(message);
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    if (message.GetDescriptor()->field(i) != &field) r.ClearField(one.get(), message.GetDescriptor()->field(i));
  }
  return Canonical(*one);
}

// The store keeps the revision and the time of the change; everything else that a caller may not change is as it was.
void RequireKept(const Message& before, const Message& after) {
  for (int i = 0; i < before.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *before.GetDescriptor()->field(i);
    const bool kept = IsOutputOnly(field) || rpc::Behaves(field, google::api::IMMUTABLE) || field.name() == "name";
    if (kept && field.name() != "update_time" && field.name() != "etag") {
      RequireEqual(TextOf(after, field), TextOf(before, field), field.full_name().c_str());
    }
  }
}

void Play(const std::vector<std::string>& lines) {
  const Updated& updated = UpdatedOf(lines[0]);
  const Descriptor& type = *updated.resource->message_type();
  const auto& pattern = type.options().GetExtension(google::api::resource).pattern(0);
  std::string name;
  for (size_t i = 0; i < pattern.size(); ++i) {
    name += pattern[i];
    if (pattern[i] == '{') {
      name.back() = 'x';
      i = pattern.find('}', i);
    }
  }
  const FieldDescriptor* name_field = type.FindFieldByName("name");

  const auto stored = New(type);
  if (!Read(lines[2], stored.get())) return;
  ClearOutputOnly(*stored);
  stored->GetReflection()->SetString(stored.get(), name_field, name);
  // As a row gives it back: a field that is not set and one that is empty are the same there.
  if (!rpc::Validate(*stored).ok()) return;
  rpc::KeepMicroseconds(*stored);
  if (const FieldDescriptor* etag = type.FindFieldByName("etag")) stored->GetReflection()->SetString(stored.get(), etag, "7");

  const auto request = New(*updated.request);
  Message* wanted = request->GetReflection()->MutableMessage(request.get(), updated.resource);
  if (!Read(lines[3], wanted)) return;
  wanted->GetReflection()->SetString(wanted, name_field, name);
  auto* mask = static_cast<google::protobuf::FieldMask*>(
      request->GetReflection()->MutableMessage(request.get(), updated.request->FindFieldByName("update_mask")));
  if (!lines[1].empty()) {
    size_t at = 0;
    while (at <= lines[1].size()) {
      const size_t comma = std::min(lines[1].find(',', at), lines[1].size());
      mask->add_paths(lines[1].substr(at, comma - at));
      at = comma + 1;
    }
  }
  if (!IsUtf8(lines[1])) return;
  if (const absl::Status refused = rpc::Validate(*request); !refused.ok()) return RequireRefusal(refused);
  rpc::Normalize(*request);

  const auto after = New(type);
  int statements = 0;
  FakeSession session(type, stored.get(), [&](const std::string& sql, const sql::Values& values) {
    ++statements;
    for (const auto& value : values) RequireStorable(value, record::ColumnType::kText);
  });
  SetSession(session);
  auto exchange = std::make_shared<rpc::Exchange>();
  exchange->call.now = absl::FromUnixSeconds(1767225600);
  exchange->call.deadline = absl::InfiniteFuture();
  exchange->request = request.get();
  exchange->response = after.get();
  bool finished = false;
  absl::Status status;
  exchange->finish = [&](const absl::Status& result) {
    finished = true;
    status = result;
  };
  updated.handler.run(exchange);
  Require(finished, "an Update ends");
  if (absl::IsAborted(status)) return RequireEqual(status::ReasonOf(status), status::kStaleEtag.id, "only an etag is stale");
  if (!status.ok()) {
    Require(statements == 0, "what is refused writes nothing");
    return RequireRefusal(status);
  }
  RequireKept(*stored, *after);
  for (const auto& column : record::ColumnsOf(type)) RequireStorable(record::ReadField(*after, column), column.type);
  Require(rpc::Validate(*after).ok(), "what is stored is what the door would let in");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  heitie::fuzz::Play(heitie::fuzz::Lines(data, size, 4));
  return 0;
}
