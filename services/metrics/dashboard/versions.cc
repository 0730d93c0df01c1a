#include "services/metrics/dashboard/versions.h"

#include <set>

#include "common/status/die.h"

namespace heitie::metrics {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void CopyField(const Message& from, const FieldDescriptor& source, Message& to, const FieldDescriptor& field) {
  const auto& in = *from.GetReflection();
  const auto& out = *to.GetReflection();
  if (field.is_repeated() && field.message_type() != nullptr) {
    out.ClearField(&to, &field);
    for (int i = 0; i < in.FieldSize(from, &source); ++i) out.AddMessage(&to, &field)->CopyFrom(in.GetRepeatedMessage(from, &source, i));
  } else if (field.message_type() != nullptr) {
    out.ClearField(&to, &field);
    if (in.HasField(from, &source)) out.MutableMessage(&to, &field)->CopyFrom(in.GetMessage(from, &source));
  } else if (!field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    out.SetString(&to, &field, in.GetString(from, &source));
  } else if (!field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
    out.SetInt64(&to, &field, in.GetInt64(from, &source));
  } else {
    status::Die("contract", "a version cannot copy " + field.full_name());
  }
}

}  // namespace

void CopyCommonFields(const Message& from, Message& to) {
  static const auto& own = *new std::set<std::string>{"name", "etag", "create_time"};
  for (int i = 0; i < to.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *to.GetDescriptor()->field(i);
    if (own.count(field.name()) > 0) continue;
    const FieldDescriptor* source = from.GetDescriptor()->FindFieldByName(field.name());
    if (source == nullptr || source->type() != field.type() || source->message_type() != field.message_type()) {
      status::Die("contract", "a version has " + field.full_name() + " of its own");
    }
    CopyField(from, *source, to, field);
  }
}

}  // namespace heitie::metrics
