// JSON Schemas of the messages, for OpenAPI. A message has up to three: what answers hold, where every field without presence is always
// there; what a request gives, which says nothing of what only the service writes; and what a PATCH gives, of which everything may be left
// out.
#ifndef HEITIE_SERVICES_GATEWAY_SCHEMAS_H_
#define HEITIE_SERVICES_GATEWAY_SCHEMAS_H_

#include <string>

#include "google/protobuf/descriptor.h"
#include "nlohmann/json.hpp"
#include "services/gateway/route.h"

namespace heitie::gateway {

using OrderedJson = nlohmann::ordered_json;

enum class SchemaUse { kAnswer, kRequest, kPatch };

// What a declaration means: as its comment says or, without one, by convention.
std::string CommentOf(const google::protobuf::Descriptor& message);
std::string CommentOf(const google::protobuf::FieldDescriptor& field);
std::string CommentOf(const google::protobuf::EnumDescriptor& type);
std::string CommentOf(const google::protobuf::EnumValueDescriptor& value);
std::string CommentOf(const google::protobuf::MethodDescriptor& method);
std::string CommentOf(const google::protobuf::ServiceDescriptor& service);

// Whether the path gives the field.
bool InPath(const google::protobuf::FieldDescriptor* field, const PathTemplate& path);
// Whether requests may hold the field: it is no output, or the version that its giver has seen.
bool IsGiven(const google::protobuf::FieldDescriptor& field);

OrderedJson ReferenceTo(const std::string& schema);

class Schemas {
 public:
  // A reference to the schema of the message, which is then among all(); of one with a JSON form of its own that form.
  OrderedJson Message(const google::protobuf::Descriptor& message, SchemaUse use);
  // The schema itself; fields in the path `without` are left out.
  OrderedJson Object(const google::protobuf::Descriptor& message, SchemaUse use, const PathTemplate* without);
  // Of a field that is given as text in a query.
  OrderedJson Query(const google::protobuf::FieldDescriptor& field);
  // By name.
  OrderedJson& all() { return schemas_; }

 private:
  OrderedJson Enum(const google::protobuf::EnumDescriptor& type);
  OrderedJson Field(const google::protobuf::FieldDescriptor& field, SchemaUse use, bool as_text);
  OrderedJson Value(const google::protobuf::FieldDescriptor& field, SchemaUse use, bool as_text);
  OrderedJson Special(const google::protobuf::Descriptor& message, SchemaUse use);

  OrderedJson schemas_ = OrderedJson::object();
};

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_SCHEMAS_H_
