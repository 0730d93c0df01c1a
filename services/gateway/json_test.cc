#include "services/gateway/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/rpc/services.h"
#include "common/test/fixture.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/type.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/protobuf/wrappers.pb.h"
#include "google/rpc/error_details.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "nlohmann/json.hpp"

namespace heitie::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using planning::v1::Project;
using ::testing::HasSubstr;

// Parses and merges; the errors as text.
std::string Merge(const std::string& text, Message* message) {
  nlohmann::json value;
  absl::Status status = ParseJson(text, &value);
  if (!status.ok()) return status.ToString();
  FieldErrors errors;
  MergeJson(value, "", message, &errors);
  return errors.empty() ? "" : std::string(errors.status().message());
}

template <typename T>
T From(const std::string& text) {
  T message;
  EXPECT_EQ(Merge(text, &message), "") << text;
  return message;
}

template <typename T>
std::string ErrorOf(const std::string& text) {
  T message;
  return Merge(text, &message);
}

// ---- Against protobuf's own implementation ----

class Filler {
 public:
  explicit Filler(uint32_t seed) : random_(seed) {}

  void Fill(Message* message, int depth) {
    if (FillSpecial(message)) return;
    for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = message->GetDescriptor()->field(i);
      if (Pick(4) == 0 || (field->message_type() != nullptr && depth == 0)) continue;
      const int count = field->is_repeated() ? Pick(4) : 1;
      for (int k = 0; k < count; ++k) Set(message, field, k, depth);
    }
  }

 private:
  int Pick(int n) { return static_cast<int>(random_() % n); }
  int64_t Number() {
    const int64_t interesting[] = {0, 1, -1, INT64_MAX, INT64_MIN, 1LL << 53, 123456789012345};
    return interesting[Pick(7)];
  }
  std::string Text() {
    const char* pieces[] = {"a", "\"", "\\", "\n", "\t", "\x01", "黑鐵", "</script>", "é", "\xF0\x9F\x8E\x89", "/", ""};
    return absl::StrCat(pieces[Pick(12)], pieces[Pick(12)], pieces[Pick(12)]);
  }

  bool FillSpecial(Message* message) {
    if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(message)) {
      time->set_seconds(static_cast<int64_t>(random_()) - 100000);
      time->set_nanos(Pick(2) * 123000000 + Pick(2) * 456000);
      return true;
    }
    if (auto* duration = dynamic_cast<google::protobuf::Duration*>(message)) {
      duration->set_seconds(Pick(1000));
      duration->set_nanos(Pick(2) * 500000000);
      return true;
    }
    if (auto* mask = dynamic_cast<google::protobuf::FieldMask*>(message)) {
      for (int i = Pick(3); i > 0; --i) mask->add_paths("plan_period.start_date");
      return true;
    }
    // A value of no kind is nothing that JSON could say.
    if (auto* object = dynamic_cast<google::protobuf::Struct*>(message)) {
      auto& fields = *object->mutable_fields();
      fields["none"].set_null_value(google::protobuf::NULL_VALUE);
      fields["number"].set_number_value(Pick(1000));
      fields["text"].set_string_value(Text());
      fields["list"].mutable_list_value()->add_values()->set_bool_value(Pick(2) == 1);
      return true;
    }
    return dynamic_cast<google::protobuf::Any*>(message) != nullptr;
  }

  void Set(Message* message, const FieldDescriptor* field, int index, int depth) {
    const auto* r = message->GetReflection();
    const bool many = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return many ? r->AddInt32(message, field, static_cast<int32_t>(Number()))
                    : r->SetInt32(message, field, static_cast<int32_t>(Number()));
      case FieldDescriptor::CPPTYPE_UINT32:
        return many ? r->AddUInt32(message, field, static_cast<uint32_t>(Number()))
                    : r->SetUInt32(message, field, static_cast<uint32_t>(Number()));
      case FieldDescriptor::CPPTYPE_INT64:
        return many ? r->AddInt64(message, field, Number()) : r->SetInt64(message, field, Number());
      case FieldDescriptor::CPPTYPE_UINT64:
        return many ? r->AddUInt64(message, field, Number()) : r->SetUInt64(message, field, Number());
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        const double values[] = {0, 0.1, -1e300, 5e-324, 1.0 / 3, std::numeric_limits<double>::infinity()};
        return many ? r->AddDouble(message, field, values[Pick(6)]) : r->SetDouble(message, field, values[Pick(6)]);
      }
      case FieldDescriptor::CPPTYPE_FLOAT:
        return many ? r->AddFloat(message, field, 0.1f) : r->SetFloat(message, field, 3.4e38f);
      case FieldDescriptor::CPPTYPE_BOOL:
        return many ? r->AddBool(message, field, Pick(2)) : r->SetBool(message, field, Pick(2));
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int number = field->enum_type()->value(Pick(field->enum_type()->value_count()))->number();
        return many ? r->AddEnumValue(message, field, number) : r->SetEnumValue(message, field, number);
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string text = field->type() == FieldDescriptor::TYPE_BYTES ? std::string("\xff\x00\xfe", Pick(4)) : Text();
        return many ? r->AddString(message, field, text) : r->SetString(message, field, text);
      }
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message* sub = many ? r->AddMessage(message, field) : r->MutableMessage(message, field);
        Fill(sub, depth - 1);
        if (field->is_map() && sub->GetDescriptor()->map_key()->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
          sub->GetReflection()->SetString(sub, sub->GetDescriptor()->map_key(), absl::StrCat("key ", index));
        }
        return;
      }
    }
  }

  std::mt19937 random_;
};

std::vector<const Descriptor*> AllMessages() {
  std::vector<const Descriptor*> messages;
  std::set<const FileDescriptor*> seen;
  std::function<void(const FileDescriptor*)> visit = [&](const FileDescriptor* file) {
    if (!seen.insert(file).second) return;
    for (int i = 0; i < file->dependency_count(); ++i) visit(file->dependency(i));
    if (file->package().rfind("heitie.", 0) != 0) return;
    for (int i = 0; i < file->message_type_count(); ++i) messages.push_back(file->message_type(i));
  };
  for (const auto* service : rpc::ServicesOf()) visit(service->file());
  return messages;
}

class EveryMessageTest : public ::testing::Test {
 protected:
  // Runs on filled instances of every message of every contract.
  void ForEach(const std::function<void(const Message&, Message*)>& check) {
    const auto messages = AllMessages();
    ASSERT_GT(messages.size(), 100u);
    uint32_t seed = 1;
    for (const Descriptor* type : messages) {
      const Message* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
      for (int i = 0; i < 20; ++i) {
        std::unique_ptr<Message> message(prototype->New()), other(prototype->New());
        Filler(seed++).Fill(message.get(), 3);
        check(*message, other.get());
        if (HasFailure()) return;
      }
    }
  }
};

TEST_F(EveryMessageTest, WhatIsWrittenHereIsReadByProtobuf) {
  ForEach([](const Message& message, Message* other) {
    const std::string json = ToJson(message);
    const auto status = google::protobuf::util::JsonStringToMessage(json, other);
    ASSERT_TRUE(status.ok()) << status.ToString() << "\n" << json;
    ASSERT_TRUE(MessageDifferencer::Equals(message, *other)) << json << "\n" << message.DebugString() << other->DebugString();
  });
}

TEST_F(EveryMessageTest, WhatProtobufWritesIsReadHere) {
  ForEach([](const Message& message, Message* other) {
    std::string json;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(message, &json).ok());
    ASSERT_EQ(Merge(json, other), "") << json;
    ASSERT_TRUE(MessageDifferencer::Equals(message, *other)) << json << "\n" << message.DebugString() << other->DebugString();
  });
}

TEST_F(EveryMessageTest, WritesTheSameMembersAsProtobuf) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  ForEach([&](const Message& message, Message*) {
    std::string theirs;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(message, &theirs, options).ok());
    ASSERT_EQ(nlohmann::json::parse(ToJson(message)), nlohmann::json::parse(theirs)) << message.DebugString();
  });
}

// ---- Output ----

TEST(ToJsonTest, ShowsZerosAndOmitsWhatHasPresence) {
  const auto json = nlohmann::json::parse(ToJson(planning::v1::Task()));
  EXPECT_EQ(json["title"], "");
  EXPECT_EQ(json["state"], "STATE_UNSPECIFIED");
  EXPECT_EQ(json["dependencies"], nlohmann::json::array());
  EXPECT_FALSE(json.contains("estimateHours"));
  EXPECT_FALSE(json.contains("createTime"));
}

TEST(ToJsonTest, AnyOfAKnownTypeIsUnpackedAndOfAnUnknownOneKept) {
  google::rpc::ErrorInfo info;
  info.set_reason("R");
  google::protobuf::Any any;
  any.PackFrom(info);
  EXPECT_THAT(ToJson(any), HasSubstr("\"reason\":\"R\""));
  any.set_type_url("type.googleapis.com/nobody.knows.This");
  any.set_value("abc");
  EXPECT_EQ(ToJson(any), R"({"@type":"type.googleapis.com/nobody.knows.This","value":"YWJj"})");
}

// ---- Input ----

TEST(MergeJsonTest, TakesBothSpellingsOfNames) {
  EXPECT_EQ(From<Project>(R"({"planPeriod":"planPeriods/a"})").plan_period(), "planPeriods/a");
  EXPECT_EQ(From<Project>(R"({"plan_period":"planPeriods/a"})").plan_period(), "planPeriods/a");
  EXPECT_THAT(ErrorOf<Project>(R"({"plan_period":"a","planPeriod":"b"})"), HasSubstr("plan_period: plan_period is given twice"));
}

TEST(MergeJsonTest, IntegersInAllTheirSpellings) {
  for (const char* text : {"12", "12.0", "1.2e1", "\"12\"", "\"1.2e1\""}) {
    EXPECT_EQ(From<planning::v1::ListTasksRequest>(absl::StrCat("{\"pageSize\":", text, "}")).page_size(), 12) << text;
  }
  const auto line = From<resource::v1::Reservation::Line>(R"({"quantity":"9223372036854775807"})");
  EXPECT_EQ(line.quantity(), INT64_MAX);
  EXPECT_EQ(From<resource::v1::Reservation::Line>(R"({"quantity":-9223372036854775808})").quantity(), INT64_MIN);
}

TEST(MergeJsonTest, RefusesNumbersThatDoNotFit) {
  for (const char* text : {"2147483648", "-2147483649", "1.5", "1e10", "\"x\"", "\"\"", "\" 1\"", "\"0x10\"", "true", "[]", "{}"}) {
    EXPECT_THAT(ErrorOf<planning::v1::ListTasksRequest>(absl::StrCat("{\"pageSize\":", text, "}")),
                HasSubstr("page_size: The value must be an integer of 32 bits"))
        << text;
  }
  for (const char* text : {"9223372036854775808", "1e19", "-1e30", "\"9223372036854775808\"", "\"1e400\""}) {
    EXPECT_THAT(ErrorOf<resource::v1::Reservation::Line>(absl::StrCat("{\"quantity\":", text, "}")), HasSubstr("quantity: ")) << text;
  }
  EXPECT_THAT(ErrorOf<google::protobuf::UInt32Value>("-1"), HasSubstr("non-negative"));
  EXPECT_THAT(ErrorOf<google::protobuf::UInt64Value>("-1"), HasSubstr("non-negative"));
  EXPECT_THAT(ErrorOf<google::protobuf::FloatValue>("1e39"), HasSubstr("single precision"));
}

TEST(MergeJsonTest, NamesEveryBadFieldAtOnceWithItsPath) {
  const std::string error =
      ErrorOf<Project>(R"({"title":5,"startDate":{"year":"x"},"objectives":[{"title":"ok"},{"baseline":"high","nope":1}],)"
                       R"("colour":"red","state":"STATE_PURPLE"})");
  for (const char* part : {"title: ", "start_date.year: ", "objectives[1].baseline: ", "objectives[1].nope: There is no field nope",
                           "colour: ", "state: The value must be one of STATE_DRAFT, "}) {
    EXPECT_THAT(error, HasSubstr(part));
  }
  EXPECT_THAT(error, Not(HasSubstr("objectives[0]")));
}

TEST(MergeJsonTest, ErrorsSayWhatIsRight) {
  const std::string error = ErrorOf<Project>(R"({"state":"DRAFT","startDate":"31.1.2026","endDate":7,"objectives":["x"]})");
  EXPECT_THAT(error, HasSubstr("STATE_APPROVED")) << "every value";
  EXPECT_THAT(error, Not(HasSubstr("STATE_UNSPECIFIED"))) << "but the one that means none";
  EXPECT_THAT(error, HasSubstr("start_date: The value must be a date such as 2026-01-31"));
  EXPECT_THAT(error, HasSubstr("end_date: The value must be a date such as 2026-01-31, or an object with year, month, day"));
  EXPECT_THAT(error, HasSubstr("objectives[0]: The value must be an object with "));
}

TEST(MergeJsonTest, DatesAreTextsOrObjects) {
  const Project text = From<Project>(R"({"startDate":"2027-01-31"})");
  EXPECT_TRUE(MessageDifferencer::Equals(text, From<Project>(R"({"startDate":{"year":2027,"month":1,"day":31}})")));
  EXPECT_EQ(text.start_date().month(), 1);
  for (const char* bad : {"2027-02-29", "2027-1-31", "", "2027-01-31T00:00:00Z"}) {
    EXPECT_THAT(ErrorOf<Project>(absl::StrCat("{\"startDate\":\"", bad, "\"}")), HasSubstr("start_date: ")) << bad;
  }
}

TEST(MergeJsonTest, NamesEvenAMemberWithoutAName) { EXPECT_THAT(ErrorOf<Project>(R"({"":1})"), HasSubstr("\"\": There is no field")); }

TEST(MergeJsonTest, NullLeavesAFieldAlone) {
  EXPECT_TRUE(MessageDifferencer::Equals(From<Project>(R"({"title":null,"objectives":null,"startDate":null})"), Project()));
  EXPECT_THAT(ErrorOf<Project>(R"({"objectives":[null]})"), HasSubstr("objectives[0]: "));
}

TEST(MergeJsonTest, RefusesShapesThatAreNotTheFields) {
  for (const char* text : {"[]", "5", "\"x\"", "null", "true"})
    EXPECT_THAT(ErrorOf<Project>(text), HasSubstr("body: The value must be an object")) << text;
  EXPECT_THAT(ErrorOf<Project>(R"({"objectives":{}})"), HasSubstr("objectives: The value must be an array"));
  EXPECT_THAT(ErrorOf<Project>(R"({"title":["a"]})"), HasSubstr("title: The value must be a string"));
  EXPECT_THAT(ErrorOf<activity::v1::PreconditionVerdict>(R"({"arguments":[1]})"), HasSubstr("arguments: The value must be an object"));
  EXPECT_THAT(ErrorOf<activity::v1::PreconditionVerdict>(R"({"arguments":{"k":1}})"), HasSubstr("arguments[\"k\"]: "));
  EXPECT_THAT(ErrorOf<planning::v1::Task>(R"({"milestone":"true"})"), HasSubstr("milestone: The value must be true or false"));
}

TEST(MergeJsonTest, WellKnownTypes) {
  EXPECT_EQ(From<google::protobuf::Timestamp>("\"2026-01-31T09:30:00.5+08:00\"").seconds(), 1769823000);
  EXPECT_EQ(From<google::protobuf::Duration>("\"1.5s\"").nanos(), 500000000);
  EXPECT_EQ(From<google::protobuf::FieldMask>("\"planPeriod,start_date.year\"").paths(0), "plan_period");
  EXPECT_EQ(From<google::protobuf::FieldMask>("\"planPeriod,start_date.year\"").paths(1), "start_date.year");
  EXPECT_EQ(From<google::protobuf::FieldMask>("\"hireDate.month\"").paths(0), "hire_date.month");
  EXPECT_EQ(From<google::protobuf::FieldMask>("\"*\"").paths(0), "*");
  EXPECT_EQ(From<google::protobuf::FieldMask>("\"\"").paths_size(), 0);
  EXPECT_EQ(From<google::protobuf::BytesValue>("\"-_8=\"").value(), "\xfb\xff");
  EXPECT_EQ(From<google::protobuf::Struct>(R"({"a":[1,null]})").fields().at("a").list_value().values_size(), 2);
  for (const char* text : {"\"2026-13-01T00:00:00Z\"", "\"yesterday\"", "0", "\"\"", "\"10000-01-01T00:00:00Z\""}) {
    EXPECT_THAT(ErrorOf<google::protobuf::Timestamp>(text), HasSubstr("The value must be")) << text;
  }
  for (const char* text : {"\"a b\"", "\"a,\"", "\",\"", "\"*a\"", "\"**\"", "\"a.*\"", "\" *\"", "\"a/b\""})
    EXPECT_THAT(ErrorOf<google::protobuf::FieldMask>(text), HasSubstr("field paths")) << text;
  EXPECT_THAT(ErrorOf<google::protobuf::BytesValue>("\"!\""), HasSubstr("base64"));
}

TEST(MergeJsonTest, RefusesTwoMembersOfAOneof) {
  google::protobuf::Field type;  // no oneof: the control
  EXPECT_EQ(Merge(R"({"name":"a","number":1})", &type), "");
  EXPECT_THAT(ErrorOf<options::v1::FieldRules>(R"({"string":{},"bytes":{}})"), HasSubstr("is given twice"));
}

TEST(MergeJsonTest, BoundsTheAnswerToAFloodOfErrors) {
  std::string text = "{\"x\":1";
  for (int i = 0; i < 10000; ++i) absl::StrAppend(&text, ",\"unknown", i, "\":1");
  EXPECT_LT(ErrorOf<Project>(text + "}").size(), 20000u);
  EXPECT_THAT(ErrorOf<Project>(text + "}"), HasSubstr("10001 field(s)"));
  EXPECT_LT(ErrorOf<Project>(absl::StrCat("{\"", std::string(1000000, 'x'), "\":1}")).size(), 1000u);
}

// ---- Hostile texts ----

TEST(ParseJsonTest, RefusesWhatIsNotJson) {
  for (const std::string& text :
       {std::string("{"), std::string("{\"a\":1}x"), std::string("{'a':1}"), std::string("{\"a\":1,}"), std::string("{\"a\":01}"),
        std::string("{\"a\":NaN}"), std::string("{\"a\":1e999}"), std::string("\"\xff\""), std::string("\"\xed\xa0\x80\""),
        std::string("\"\\ud800\""), std::string("\"\x01\""), std::string("{\"a\"}"), std::string("tru"), std::string("\0", 1),
        std::string("/* */{}"), std::string("\xef\xbb\xbf")}) {
    nlohmann::json value;
    EXPECT_THAT(ParseJson(text, &value), test::HasReason("MALFORMED_JSON")) << text;
  }
}

TEST(ParseJsonTest, RefusesDuplicateKeys) {
  nlohmann::json value;
  EXPECT_THAT(ParseJson(R"({"a":{"b":1,"b":2}})", &value), test::HasReason("GIVEN_TWICE"));
  EXPECT_THAT(ParseJson(R"({"a":{"b":1},"c":{"b":2}})", &value), test::IsOk());
}

TEST(ParseJsonTest, BoundsTheDepth) {
  const auto nested = [](int depth) { return absl::StrCat(std::string(depth, '['), std::string(depth, ']')); };
  nlohmann::json value;
  EXPECT_THAT(ParseJson(nested(kMaxJsonDepth), &value), test::IsOk());
  EXPECT_THAT(ParseJson(nested(kMaxJsonDepth + 1), &value), test::HasReason("JSON_TOO_DEEP"));
  EXPECT_THAT(ParseJson(std::string(4 << 20, '['), &value), test::HasReason("JSON_TOO_DEEP"));
  std::string objects;
  for (int i = 0; i < 1000000; ++i) objects += "{\"a\":";
  EXPECT_THAT(ParseJson(objects, &value), test::HasReason("JSON_TOO_DEEP"));
}

// Parsed, two megabytes of empty objects would be two hundred.
TEST(ParseJsonTest, BoundsTheNumberOfValues) {
  const auto array = [](int values) {
    std::string text = "[{}";
    for (int i = 2; i < values; ++i) text += ",{}";
    return text + "]";
  };
  nlohmann::json value;
  EXPECT_THAT(ParseJson(array(kMaxJsonValues), &value), test::IsOk());
  EXPECT_THAT(ParseJson(array(kMaxJsonValues + 1), &value), test::HasReason("JSON_TOO_LARGE"));
  EXPECT_THAT(ParseJson(array(1'400'000), &value), test::HasReason("JSON_TOO_LARGE"));
}

// protobuf's own functions stop the process on some of them.
TEST(MergeJsonTest, TimesAndDurationsOfNobodyAreBadFields) {
  for (const char* text : {R"({"expireTime":"9999-12-31T23:59:59-00:01"})", R"({"expireTime":"0001-01-01T00:00:00+08:00"})"}) {
    nlohmann::json value;
    ASSERT_THAT(ParseJson(text, &value), test::IsOk());
    resource::v1::Encumbrance encumbrance;
    FieldErrors errors;
    MergeJson(value, "encumbrance", &encumbrance, &errors);
    EXPECT_THAT(errors.status(), test::HasReason("INVALID_FIELDS")) << text;
    EXPECT_THAT(std::string(status::ToProto(errors.status(), status::Language::kEnglish).ShortDebugString()),
                ::testing::HasSubstr("encumbrance.expire_time"));
  }
  google::protobuf::Duration duration;
  FieldErrors errors;
  MergeJson(nlohmann::json("315576000001s"), "d", &duration, &errors);
  EXPECT_FALSE(errors.empty());
}

// What another process answers may be anything.
TEST(ToJsonTest, SurvivesTimesThatNobodyCanTell) {
  google::protobuf::Timestamp timestamp;
  google::protobuf::Duration duration;
  for (int64_t seconds : {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    timestamp.set_seconds(seconds);
    timestamp.set_nanos(-1);
    duration.set_seconds(seconds);
    duration.set_nanos(1);
    EXPECT_FALSE(ToJson(timestamp).empty());
    EXPECT_FALSE(ToJson(duration).empty());
  }
}

TEST(IsUtf8Test, KnowsWhatProtobufTakes) {
  for (const char* good : {"", "a", "é", "黑鐵", "\xF0\x9F\x8E\x89", "\xF4\x8F\xBF\xBF"}) EXPECT_TRUE(IsUtf8(good)) << good;
  for (const char* bad :
       {"\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF", "a\xE9\xBB"}) {
    EXPECT_FALSE(IsUtf8(bad)) << bad;
  }
}

TEST(ExcerptTest, CutsBetweenCharacters) {
  const std::string excerpt =
      Excerpt(absl::StrCat("x", std::string(), "黑鐵黑鐵黑鐵黑鐵黑鐵黑鐵黑鐵黑鐵黑鐵黑鐵黑鐵黑鐵黑鐵黑鐵黑鐵黑鐵黑鐵黑鐵黑鐵黑鐵"));
  EXPECT_TRUE(IsUtf8(excerpt));
  EXPECT_LT(excerpt.size(), 110u);
  EXPECT_EQ(Excerpt("\xff"), "(not UTF-8)");
}

}  // namespace
}  // namespace heitie::gateway
