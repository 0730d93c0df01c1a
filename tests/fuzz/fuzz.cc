#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/rpc/contract.h"
#include "common/rpc/services.h"
#include "common/status/status.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/stubs/common.h"
#include "google/protobuf/stubs/logging.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace heitie::fuzz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// Of the suite and of tests.
constexpr const char* kScopes[] = {"", "heitie.test.v1"};

// Of strings that are no UTF-8, protobuf writes a line each; Require sees to what matters of it.
[[maybe_unused]] google::protobuf::LogHandler* const kLogHandler = google::protobuf::SetLogHandler(nullptr);

void CheckViolations(const google::rpc::BadRequest& bad, const std::vector<const char*>& fields) {
  Require(bad.field_violations_size() > 0, "a refusal of fields names some");
  for (const auto& violation : bad.field_violations()) {
    // The last one may count the rest.
    if (status::LeftOutIn(violation.description()) > 0 && &violation == &*bad.field_violations().rbegin()) continue;
    Require(!violation.field().empty(), "a violation names its field");
    Require(!violation.reason().empty(), "a violation has a reason");
    Require(!violation.description().empty(), "a violation has a sentence");
    const bool expected =
        fields.empty() || std::any_of(fields.begin(), fields.end(), [&](const char* f) { return violation.field() == f; });
    Require(expected, "only these fields can be to blame");
  }
}

}  // namespace

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

void RequireEqual(const std::string& one, const std::string& other, const char* what) {
  if (one == other) return;
  std::fprintf(stderr, "one:   %s\nother: %s\n", one.c_str(), other.c_str());
  Require(false, what);
}

void RequireRefusal(const absl::Status& status, std::initializer_list<const char*> fields) {
  if (status.code() != absl::StatusCode::kInvalidArgument) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    Require(false, "bad input is INVALID_ARGUMENT");
  }
  Require(!status::ReasonOf(status).empty(), "a refusal has a reason");
  bool of_fields = false;
  int languages = 0;
  status.ForEachPayload([&](auto url, const absl::Cord& payload) {
    const std::string type(url.data(), url.size());
    const std::string bytes(payload);
    if (type.find("google.rpc.BadRequest") != std::string::npos) {
      of_fields = true;
      google::rpc::BadRequest bad;
      Require(bad.ParseFromString(bytes), "details can be parsed, UTF-8 included");
      CheckViolations(bad, fields);
    } else if (type.find("google.rpc.LocalizedMessage") != std::string::npos) {
      ++languages;
      google::rpc::LocalizedMessage message;
      Require(message.ParseFromString(bytes) && !message.message().empty(), "there is a sentence, in UTF-8");
    }
  });
  Require(languages == 3, "there is a sentence in every language");
  Require(of_fields || fields.size() == 0, "the refusal names a field");
}

std::vector<std::string> Lines(const uint8_t* data, size_t size, size_t count) {
  std::vector<std::string> lines(count);
  const char *at = reinterpret_cast<const char*>(data), *const end = at + size;
  for (size_t i = 0; i < count && at < end; ++i) {
    const char* stop = i + 1 < count ? static_cast<const char*>(std::memchr(at, '\n', end - at)) : end;
    if (stop == nullptr) stop = end;
    lines[i].assign(at, stop);
    at = stop + 1;
  }
  return lines;
}

bool IsUtf8(const std::string& text) {
  return google::protobuf::internal::IsStructurallyValidUTF8(text.data(), static_cast<int>(text.size()));
}

const std::vector<const MethodDescriptor*>& Methods() {
  static const auto& methods = *[] {
    auto* found = new std::vector<const MethodDescriptor*>;
    for (const char* scope : kScopes) {
      for (const auto* service : rpc::ServicesOf(scope)) {
        for (int i = 0; i < service->method_count(); ++i) found->push_back(service->method(i));
      }
    }
    return found;
  }();
  return methods;
}

const std::vector<const Descriptor*>& Resources() {
  static const auto& resources = *[] {
    auto* found = new std::vector<const Descriptor*>;
    std::vector<const google::protobuf::FileDescriptor*> files;
    for (const MethodDescriptor* method : Methods()) {
      const Descriptor* answer = method->output_type();
      if (answer->options().HasExtension(google::api::resource) && std::find(found->begin(), found->end(), answer) == found->end()) {
        found->push_back(answer);
      }
    }
    return found;
  }();
  return resources;
}

const MethodDescriptor& MethodOf(const std::string& text) {
  static const auto& by_name = *[] {
    auto* names = new std::map<std::string, const MethodDescriptor*>;
    for (const MethodDescriptor* method : Methods()) {
      names->emplace(method->name(), method);
      names->emplace(absl::StrCat(method->service()->full_name(), "/", method->name()), method);
    }
    return names;
  }();
  const auto it = by_name.find(text);
  if (it != by_name.end()) return *it->second;
  uint32_t hash = 2166136261;
  for (const unsigned char c : text) hash = (hash ^ c) * 16777619;
  return *Methods()[hash % Methods().size()];
}

std::unique_ptr<Message> New(const Descriptor& type) {
  return std::unique_ptr<Message>(google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

std::string Canonical(const Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

bool IsOutputOnly(const google::protobuf::FieldDescriptor& field) { return rpc::Behaves(field, google::api::OUTPUT_ONLY); }

void ClearOutputOnly(Message& message) {
  std::vector<const google::protobuf::FieldDescriptor*> set;
  const auto& r = *message.GetReflection();
  r.ListFields(message, &set);
  for (const auto* field : set) {
    if (IsOutputOnly(*field)) {
      r.ClearField(&message, field);
    } else if (field->message_type() != nullptr && field->is_repeated()) {
      for (int i = 0; i < r.FieldSize(message, field); ++i) ClearOutputOnly(*r.MutableRepeatedMessage(&message, field, i));
    } else if (field->message_type() != nullptr) {
      ClearOutputOnly(*r.MutableMessage(&message, field));
    }
  }
}

void ClearMask(Message& request) {
  const auto* mask = request.GetDescriptor()->FindFieldByName("update_mask");
  if (mask != nullptr) request.GetReflection()->ClearField(&request, mask);
}

}  // namespace heitie::fuzz
