// The library is the oracle: both write the same and mean the same.
#include "common/record/plain_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/type/date.pb.h"
#include "heitie/personnel/v1/appraisal_part.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/test/v1/letter.pb.h"
#include "heitie/test/v1/note.pb.h"

namespace heitie::record {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;

std::string ByLibrary(const Message& message, bool contract_names = true) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = contract_names;
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
  return json;
}

bool FromLibrary(const std::string& json, Message* message) { return google::protobuf::util::JsonStringToMessage(json, message).ok(); }

class Random {
 public:
  explicit Random(unsigned seed) : random_(seed) {}

  int64_t Number(int64_t from, int64_t to) { return std::uniform_int_distribution<int64_t>(from, to)(random_); }

  std::string Text() {
    static const std::vector<std::string> kPieces = {"a",          "Z9 ",    "\"",         "\\",         "<b>",    "&'/",
                                                     "\n\t\r\b\f", "\x01",   "\x7f",       "運",         "\u00ad", "\u2028",
                                                     "\u200b",     "\ufeff", "\U0001F680", "\U000E0041", "\u0600", "é"};
    std::string text;
    for (int64_t i = Number(0, 6); i > 0; --i) text += kPieces[static_cast<size_t>(Number(0, static_cast<int64_t>(kPieces.size()) - 1))];
    return text;
  }
  std::string Bytes() {
    std::string bytes;
    for (int64_t i = Number(0, 9); i > 0; --i) bytes.push_back(static_cast<char>(Number(0, 255)));
    return bytes;
  }
  double Real() {
    static const std::vector<double> kSome = {
        0, -0.0, 1, 0.1, -2.5, 1e21, 1e-7, 1.0 / 3, 123456789.125, std::numeric_limits<double>::max(), 5e-324};
    return kSome[static_cast<size_t>(Number(0, static_cast<int64_t>(kSome.size()) - 1))];
  }

  void Fill(Message* message, int depth) {
    if (auto* timestamp = dynamic_cast<Timestamp*>(message)) {
      static const std::vector<int32_t> kNanos = {0, 5000000, 123000, 120000000, 999999999, 1};
      timestamp->set_seconds(Number(-62135596800, 253402300799));
      timestamp->set_nanos(kNanos[static_cast<size_t>(Number(0, 5))]);
      return;
    }
    const auto* descriptor = message->GetDescriptor();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const FieldDescriptor* field = descriptor->field(i);
      if (field->is_map() || Number(0, 2) == 0) continue;
      for (int64_t k = field->is_repeated() ? Number(0, 3) : 1; k > 0; --k) Set(message, field, depth);
    }
  }

 private:
  void Set(Message* message, const FieldDescriptor* field, int depth) {
    const auto& r = *message->GetReflection();
    const bool one = !field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32: {
        const auto value = static_cast<int32_t>(Number(INT32_MIN, INT32_MAX));
        return one ? r.SetInt32(message, field, value) : r.AddInt32(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        const int64_t value = Number(INT64_MIN, INT64_MAX);
        return one ? r.SetInt64(message, field, value) : r.AddInt64(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        return one ? r.SetBool(message, field, Number(0, 1) == 1) : r.AddBool(message, field, Number(0, 1) == 1);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return one ? r.SetDouble(message, field, Real()) : r.AddDouble(message, field, Real());
      case FieldDescriptor::CPPTYPE_ENUM: {
        const auto* value = field->enum_type()->value(static_cast<int>(Number(0, field->enum_type()->value_count() - 1)));
        return one ? r.SetEnum(message, field, value) : r.AddEnum(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string text = field->type() == FieldDescriptor::TYPE_BYTES ? Bytes() : Text();
        return one ? r.SetString(message, field, text) : r.AddString(message, field, text);
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (depth > 3) return;
        return Fill(one ? r.MutableMessage(message, field) : r.AddMessage(message, field), depth + 1);
      default:
        FAIL() << field->full_name();
    }
  }

  std::mt19937 random_;
};

// The library reads it as the integer 0, so that it is left to it, wherever it stands.
constexpr const char* kMinusZeros[] = {"-0,", "-0}", "-0]"};

template <typename T>
void CheckAgainstLibrary(unsigned seed) {
  ASSERT_TRUE(IsPlain(*T::descriptor())) << T::descriptor()->full_name();
  Random random(seed);
  for (int round = 0; round < 300; ++round) {
    T message;
    random.Fill(&message, 0);
    std::string json;
    ASSERT_TRUE(PrintPlain(message, &json)) << message.DebugString();
    ASSERT_EQ(json, ByLibrary(message));
    std::string api_json;
    ASSERT_TRUE(PrintPlain(message, &api_json, FieldNames::kApi));
    ASSERT_EQ(api_json, ByLibrary(message, false));
    T again, by_library;
    ASSERT_TRUE(FromLibrary(json, &by_library)) << json;
    if (!ParsePlain(json, &again)) {
      const bool has_minus_zero =
          std::any_of(std::begin(kMinusZeros), std::end(kMinusZeros), [&](const char* one) { return json.find(one) != std::string::npos; });
      ASSERT_TRUE(has_minus_zero) << json;
      continue;
    }
    ASSERT_EQ(again.SerializeAsString(), by_library.SerializeAsString()) << json;
    ASSERT_EQ(again.SerializeAsString(), message.SerializeAsString()) << json;
    // A text that is cut or spoiled anywhere means to both the same, or is left to the library.
    if (json.size() < 3) continue;
    std::string spoiled = json;
    const auto at = static_cast<size_t>(random.Number(0, static_cast<int64_t>(json.size()) - 1));
    if (round % 2 == 0) {
      spoiled.resize(at);
    } else {
      spoiled[at] = "{}[]\",:0e.-+ut\\ \x01"[random.Number(0, 17)];
    }
    T mine, theirs;
    if (!ParsePlain(spoiled, &mine)) continue;
    ASSERT_TRUE(FromLibrary(spoiled, &theirs)) << spoiled;
    ASSERT_EQ(mine.SerializeAsString(), theirs.SerializeAsString()) << spoiled;
  }
}

TEST(PlainJsonTest, MeansWhatTheLibraryMeans) {
  CheckAgainstLibrary<personnel::v1::AppraisalPart>(1);
  CheckAgainstLibrary<personnel::v1::Employee>(2);
  CheckAgainstLibrary<planning::v1::Project>(3);
  CheckAgainstLibrary<google::type::Date>(4);
}

TEST(PlainJsonTest, OneFieldAlone) {
  Random random(5);
  for (int round = 0; round < 50; ++round) {
    personnel::v1::AppraisalPart part;
    random.Fill(&part, 0);
    for (int i = 0; i < part.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = part.GetDescriptor()->field(i);
      personnel::v1::AppraisalPart one = part;
      for (int k = 0; k < part.GetDescriptor()->field_count(); ++k) {
        if (k != i) one.GetReflection()->ClearField(&one, part.GetDescriptor()->field(k));
      }
      std::string json;
      ASSERT_TRUE(PrintPlainField(part, *field, &json));
      // A field of proto3 that has its default is not set, whoever asks for it.
      ASSERT_EQ(json, ByLibrary(one)) << field->name();
    }
  }
}

TEST(PlainJsonTest, LeavesToTheLibraryWhatIsOutOfTheOrdinary) {
  EXPECT_FALSE(IsPlain(*test::v1::Letter::descriptor())) << "a map";
  EXPECT_FALSE(IsPlain(*Timestamp::descriptor()));
  EXPECT_FALSE(IsPlain(*google::protobuf::Duration::descriptor()));
  std::string json;
  personnel::v1::AppraisalPart part;
  part.set_score("\xff no text");
  EXPECT_FALSE(PrintPlain(part, &json));
  part.set_score("1");
  part.mutable_due_time()->set_seconds(253402300800);
  EXPECT_FALSE(PrintPlain(part, &json));
  part.clear_due_time();
  part.set_state(static_cast<personnel::v1::AppraisalPart::State>(99));
  EXPECT_FALSE(PrintPlain(part, &json)) << "an enum's value that the contract does not know";
  for (const char* text :
       {R"({"presentDays":1})", R"({"present_days":"1"})", R"({"present_days":1.0})", R"({"present_days":1,"present_days":2})",
        R"({"state":2})", R"({"state":"STATE_UNHEARD_OF"})", R"({"unheard_of":1})", R"({"summary":null})",
        R"({"due_time":"2026-02-30T00:00:00Z"})", R"({"due_time":"2026-02-03T00:00:00+08:00"})", "", "{", "[]", "{} x"}) {
    personnel::v1::AppraisalPart read;
    EXPECT_FALSE(ParsePlain(text, &read)) << text;
  }
  personnel::v1::AppraisalPart read;
  EXPECT_TRUE(FromJson(R"({"presentDays":1, "state":2})", &read));
  EXPECT_EQ(read.present_days(), 1);
  read.Clear();
  EXPECT_FALSE(FromKnownJson(R"({"unheard_of":1})", &read));
  EXPECT_TRUE(FromKnownJson(" { \"present_days\" : 1 } ", &read));
  EXPECT_EQ(read.present_days(), 1);
}

}  // namespace
}  // namespace heitie::record
