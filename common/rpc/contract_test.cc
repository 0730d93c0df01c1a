#include "common/rpc/contract.h"

#include <gtest/gtest.h>

#include "common/rpc/validate.h"
#include "google/api/annotations.pb.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/timestamp.pb.h"
#include "heitie/options/v1/storage.pb.h"

namespace heitie::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;

// A contract of risks, in the text form of its file.
constexpr char kRisks[] = R"(
  name: "heitie/risks.proto" package: "heitie.test" syntax: "proto3"
  dependency: "google/protobuf/timestamp.proto" dependency: "google/protobuf/field_mask.proto"
  message_type {
    name: "Risk"
    field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "etag" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "create_time" number: 3 type: TYPE_MESSAGE type_name: ".google.protobuf.Timestamp" label: LABEL_OPTIONAL }
    field { name: "allowed_verbs" number: 4 type: TYPE_STRING label: LABEL_REPEATED }
    field { name: "title" number: 5 type: TYPE_STRING label: LABEL_OPTIONAL
            options { [heitie.options.v1.required] { string { max_len: 200 } } } }
    field { name: "score" number: 6 type: TYPE_INT32 label: LABEL_OPTIONAL
            options { [heitie.options.v1.required] { integer { up_to: 5 } } } }
    field { name: "days" number: 7 type: TYPE_INT32 label: LABEL_OPTIONAL
            options { [heitie.options.v1.rules] { integer { up_to: 30 } } } }
    field { name: "causes" number: 8 type: TYPE_STRING label: LABEL_REPEATED
            options { [heitie.options.v1.fixed] { repeated { max_items: 10 items { string { max_len: 5 } } } } } }
    field { name: "creator" number: 9 type: TYPE_INT32 label: LABEL_OPTIONAL }
    field { name: "request_id" number: 10 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "age" number: 11 type: TYPE_INT32 label: LABEL_OPTIONAL options { [heitie.options.v1.storage]: STORAGE_COMPUTED } }
    options { [google.api.resource] { type: "test.heitie/Risk" pattern: "risks/{risk}" plural: "risks" singular: "risk" } }
  }
  message_type {
    name: "CreateRiskRequest"
    field { name: "risk" number: 1 type: TYPE_MESSAGE type_name: ".heitie.test.Risk" label: LABEL_OPTIONAL }
    field { name: "risk_id" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "other_id" number: 3 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "request_id" number: 4 type: TYPE_STRING label: LABEL_OPTIONAL }
  }
  message_type {
    name: "ListRisksRequest"
    field { name: "page_size" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL }
    field { name: "page_token" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "filter" number: 3 type: TYPE_STRING label: LABEL_OPTIONAL
            options { [heitie.options.v1.rules] { string { max_len: 20000 } } } }
    field { name: "parent" number: 4 type: TYPE_STRING label: LABEL_OPTIONAL
            options { [google.api.field_behavior]: OPTIONAL [google.api.resource_reference] { type: "*" } } }
    field { name: "etag" number: 5 type: TYPE_STRING label: LABEL_REPEATED }
  }
  message_type {
    name: "ListRisksResponse"
    field { name: "risks" number: 1 type: TYPE_MESSAGE type_name: ".heitie.test.Risk" label: LABEL_REPEATED }
    field { name: "next_page_token" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
  }
  message_type {
    name: "AssessRiskRequest"
    field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL
            options { [google.api.resource_reference] { type: "personnel.heitie/Employee" } } }
    field { name: "name_of_other" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL
            options { [google.api.resource_reference] { type: "personnel.heitie/Employee" } } }
  }
  enum_type { name: "State" value { name: "STATE_UNSPECIFIED" number: 0 } value { name: "STATE_OPEN" number: 1 } }
  service {
    name: "Risks"
    method { name: "List" input_type: ".heitie.test.ListRisksRequest" output_type: ".heitie.test.ListRisksResponse"
             options { [google.api.http] { get: "/v1/risks" } [heitie.options.v1.audience]: AUDIENCE_AUDITORS
                       [heitie.options.v1.role]: ROLE_PRODUCER [heitie.options.v1.service]: "activity" [heitie.options.v1.service]: "risk" } }
    method { name: "Check" input_type: ".heitie.test.ListRisksRequest" output_type: ".heitie.test.ListRisksResponse"
             options { [google.api.http] { post: "/v1/risks:check" } idempotency_level: NO_SIDE_EFFECTS } }
    method { name: "GetAway" input_type: ".heitie.test.ListRisksRequest" output_type: ".heitie.test.ListRisksResponse"
             options { [google.api.http] { post: "/v1/risks:getAway" } idempotency_level: IDEMPOTENT } }
  })";

class ContractTest : public ::testing::Test {
 protected:
  ContractTest() {
    google::protobuf::Timestamp::descriptor();
    google::protobuf::FieldMask::descriptor();
    google::protobuf::FileDescriptorProto file;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kRisks, &file));
    file_ = pool_.BuildFile(file);
  }
  const FieldDescriptor& Field(const std::string& message, const std::string& field) {
    return *file_->FindMessageTypeByName(message)->FindFieldByName(field);
  }
  std::string Rules(const std::string& message, const std::string& field) { return RulesOf(Field(message, field)).ShortDebugString(); }
  bool Is(google::api::FieldBehavior behavior, const std::string& message, const std::string& field) {
    return Behaves(Field(message, field), behavior);
  }

  DescriptorPool pool_{DescriptorPool::generated_pool()};
  const google::protobuf::FileDescriptor* file_ = nullptr;
};

TEST_F(ContractTest, ConventionalFieldsHaveTheirRules) {
  EXPECT_EQ(Rules("CreateRiskRequest", "request_id"), "string { max_len: 64 }");
  EXPECT_EQ(Rules("CreateRiskRequest", "risk_id"), "string { pattern: \"[a-z0-9][a-z0-9-]{0,62}\" }");
  EXPECT_EQ(Rules("CreateRiskRequest", "other_id"), "") << "no resource of that name";
  EXPECT_EQ(Rules("ListRisksRequest", "page_size"), "integer { gte: 0 lte: 1000 }");
  EXPECT_EQ(Rules("ListRisksRequest", "page_token"), "string { max_len: 8192 }");
  EXPECT_EQ(Rules("ListRisksRequest", "filter"), "string { max_len: 20000 }") << "what a field says goes before";
  EXPECT_EQ(Rules("ListRisksRequest", "etag"), "") << "a list";
  EXPECT_EQ(Rules("Risk", "request_id"), "") << "in no request";
}

TEST_F(ContractTest, ConventionalFieldsHaveTheirBehavior) {
  using google::api::IDENTIFIER, google::api::OPTIONAL, google::api::OUTPUT_ONLY, google::api::REQUIRED;
  EXPECT_TRUE(Is(IDENTIFIER, "Risk", "name"));
  for (const char* field : {"etag", "create_time", "allowed_verbs"}) EXPECT_TRUE(Is(OUTPUT_ONLY, "Risk", field)) << field;
  EXPECT_FALSE(Is(OUTPUT_ONLY, "Risk", "creator")) << "a number";
  EXPECT_TRUE(Is(OPTIONAL, "Risk", "creator"));
  EXPECT_TRUE(Is(OUTPUT_ONLY, "ListRisksResponse", "next_page_token"));
  EXPECT_TRUE(Is(REQUIRED, "AssessRiskRequest", "name"));
  EXPECT_FALSE(Is(REQUIRED, "AssessRiskRequest", "name_of_other"));
  EXPECT_FALSE(Is(REQUIRED, "ListRisksRequest", "parent")) << "what a field says goes before";
  EXPECT_TRUE(IsComputed(Field("Risk", "allowed_verbs")));
  EXPECT_TRUE(IsComputed(Field("Risk", "age")));
  EXPECT_TRUE(Is(OUTPUT_ONLY, "Risk", "age"));
  EXPECT_FALSE(IsComputed(Field("Risk", "etag")));
}

TEST_F(ContractTest, BehaviorAndRulesInOneOption) {
  EXPECT_EQ(Rules("Risk", "title"), "string { min_len: 1 max_len: 200 }");
  EXPECT_EQ(Rules("Risk", "score"), "integer { gte: 1 lte: 5 }");
  EXPECT_EQ(Rules("Risk", "days"), "integer { gte: 0 lte: 30 }");
  EXPECT_EQ(Rules("Risk", "causes"), "repeated { min_items: 1 max_items: 10 items { string { max_len: 5 } } }");
  for (const char* field : {"title", "score", "causes"}) EXPECT_TRUE(Is(google::api::REQUIRED, "Risk", field)) << field;
  EXPECT_FALSE(Is(google::api::REQUIRED, "Risk", "days"));
  EXPECT_TRUE(Is(google::api::IMMUTABLE, "Risk", "causes"));
  EXPECT_FALSE(Is(google::api::IMMUTABLE, "Risk", "title"));
  EXPECT_FALSE(MayChange(Field("Risk", "causes")));
  EXPECT_TRUE(MayChange(Field("Risk", "title")));
}

TEST_F(ContractTest, TwoSpellingsStopTheProcess) {
  const char* const kBroken[] = {
      "[heitie.options.v1.required] { } [google.api.field_behavior]: REQUIRED",
      "[heitie.options.v1.required] { } [heitie.options.v1.rules] { string { max_len: 1 } }",
      "[heitie.options.v1.required] { } [heitie.options.v1.fixed] { }",
      "[heitie.options.v1.rules] { integer { up_to: 5 gte: 1 } }",
  };
  for (const char* options : kBroken) {
    google::protobuf::FileDescriptorProto file;
    file.set_name("broken.proto");
    auto& message = *file.add_message_type();
    message.set_name("Broken");
    auto& field = *message.add_field();
    field.set_name("field");
    field.set_number(1);
    field.set_type(google::protobuf::FieldDescriptorProto::TYPE_STRING);
    field.set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(options, field.mutable_options()));
    DescriptorPool pool(DescriptorPool::generated_pool());
    EXPECT_EXIT(CheckRules(*pool.BuildFile(file)->message_type(0)), ::testing::ExitedWithCode(70), "Broken.field") << options;
  }
}

TEST_F(ContractTest, ConventionalFieldsHaveComments) {
  EXPECT_EQ(ConventionalComment(Field("Risk", "name")), "`risks/{risk}`.");
  EXPECT_EQ(ConventionalComment(Field("AssessRiskRequest", "name")), "`employees/{employee}`.");
  EXPECT_EQ(ConventionalComment(Field("ListRisksResponse", "risks")), "The risks.");
  EXPECT_EQ(ConventionalComment(Field("CreateRiskRequest", "risk")), "The risk.");
  EXPECT_EQ(ConventionalComment(Field("Risk", "create_time")), "When it was created.");
  for (const char* field : {"title", "request_id", "creator"}) EXPECT_EQ(ConventionalComment(Field("Risk", field)), "") << field;
  EXPECT_EQ(ConventionalComment(Field("ListRisksRequest", "filter")), "") << "it needs an example";
  EXPECT_EQ(ConventionalComment(*file_->FindMessageTypeByName("ListRisksRequest")), "Request for a page of risks.");
  EXPECT_EQ(ConventionalComment(*file_->FindMessageTypeByName("ListRisksResponse")), "A page of risks.");
  EXPECT_EQ(ConventionalComment(*file_->FindMessageTypeByName("CreateRiskRequest")), "") << "what it is for";
  EXPECT_EQ(ConventionalComment(*file_->enum_type(0)->value(0)), "Never used.");
  EXPECT_EQ(ConventionalComment(*file_->enum_type(0)->value(1)), "");
}

TEST_F(ContractTest, AccessIsTheAudienceWithRolesAndServices) {
  const auto& service = *file_->service(0);
  EXPECT_EQ(
      AccessOf(*service.method(0)).ShortDebugString(),
      "roles: ROLE_OPERATIONS_MANAGER roles: ROLE_DATA_ANALYST roles: ROLE_PLATFORM_ENGINEER roles: ROLE_PRODUCER roles: ROLE_SERVICE "
      "services: \"activity\" services: \"risk\"");
  EXPECT_EQ(AccessOf(*service.method(1)).ShortDebugString(), "");
}

TEST_F(ContractTest, ReadingIsAGetOrSaidToBe) {
  const auto& service = *file_->service(0);
  EXPECT_TRUE(OnlyReads(*service.method(0)));
  EXPECT_TRUE(OnlyReads(*service.method(1)));
  EXPECT_FALSE(OnlyReads(*service.method(2))) << "IDEMPOTENT is not free of effects, and a verb is only a word";
}

}  // namespace
}  // namespace heitie::rpc
