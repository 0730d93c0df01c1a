#include "services/metrics/plan/judge.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "heitie/metrics/v1/event_schema.pb.h"

namespace heitie::metrics {
namespace {

using heitie::test::IsOk;
using heitie::test::Proto;
using heitie::test::Violations;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const absl::Time kDelivered = absl::FromUnixSeconds(1767225600);  // 2026-01-01T00:00:00Z

Point JudgedPoint() {
  Point point;
  point.name = "purchase";
  point.user = "u1";
  point.occur_time = kDelivered - absl::Hours(1);
  point.day = absl::ToCivilDay(point.occur_time, absl::UTCTimeZone());
  return point;
}

// "properties[n] REASON_PROPERTY_TYPE" of each violation.
std::vector<std::string> WrongIn(const std::string& schema, const Point& point, std::optional<absl::CivilDay> first_kept = std::nullopt) {
  const Judgement judgement(Proto<v1::EventSchema>("event_name: 'purchase' " + schema));
  std::vector<std::string> wrong;
  for (const Violated& one : Judge(&judgement, PersonalData(), point, kDelivered, first_kept)) {
    wrong.push_back(absl::StrCat(one.field, " ", v1::Violation::Reason_Name(one.reason)));
  }
  return wrong;
}

TEST(ParseTypedTest, TellsValuesOfATypeFromOthers) {
  const auto is = [](v1::PropertySchema::Type type, const std::string& text) { return ParseTyped(type, text).has_value(); };
  for (const char* text : {"0", "-12", "9223372036854775807", "-9223372036854775808", "007"}) {
    EXPECT_TRUE(is(v1::PropertySchema::TYPE_INTEGER, text)) << text;
  }
  for (const char* text : {"", "-", "1.0", "+1", " 1", "1 ", "9223372036854775808", "1e3", "0x1"}) {
    EXPECT_FALSE(is(v1::PropertySchema::TYPE_INTEGER, text)) << text;
  }
  for (const char* text : {"0", "-1.50", "123456789012345", "0.00001"}) EXPECT_TRUE(is(v1::PropertySchema::TYPE_DECIMAL, text)) << text;
  for (const char* text : {"", ".", "-", "1.", ".5", "1.2.3", "1e3", "1234567890123456", "nan", "--1", "1,5"}) {
    EXPECT_FALSE(is(v1::PropertySchema::TYPE_DECIMAL, text)) << text;
  }
  for (const char* text : {"true", "false"}) EXPECT_TRUE(is(v1::PropertySchema::TYPE_BOOLEAN, text)) << text;
  for (const char* text : {"True", "1", "yes"}) EXPECT_FALSE(is(v1::PropertySchema::TYPE_BOOLEAN, text)) << text;
  EXPECT_TRUE(is(v1::PropertySchema::TYPE_TIMESTAMP, "2026-01-31T08:00:00.25+08:00"));
  for (const char* text : {"2026-01-31", "2026-01-31 08:00:00", "infinite-future", "2026-02-30T00:00:00Z"}) {
    EXPECT_FALSE(is(v1::PropertySchema::TYPE_TIMESTAMP, text)) << text;
  }
  EXPECT_TRUE(is(v1::PropertySchema::TYPE_STRING, "anything"));
}

TEST(JudgeTest, RequiredTypedAllowedAndInRange) {
  const std::string schema =
      "properties { key: 'channel' place: PLACE_DIMENSION required: true allowed_values: ['wechat', 'web'] } "
      "properties { key: 'quantity' place: PLACE_PROPERTY type: TYPE_INTEGER required: true minimum: '1' maximum: '10' } "
      "properties { key: 'rate' type: TYPE_DECIMAL minimum: '0.30' }";
  Point point = JudgedPoint();
  EXPECT_THAT(WrongIn(schema, point),
              ElementsAre("dimensions[channel] REASON_PROPERTY_MISSING", "properties[quantity] REASON_PROPERTY_MISSING"));
  point.dimensions["channel"] = "web";
  point.properties["quantity"] = "10";
  point.properties["rate"] = "0.3";
  EXPECT_THAT(WrongIn(schema, point), IsEmpty());
  point.dimensions["channel"] = "mail";
  point.properties["quantity"] = "11";
  point.properties["rate"] = "0.29";
  EXPECT_THAT(WrongIn(schema, point),
              ElementsAre("dimensions[channel] REASON_PROPERTY_NOT_ALLOWED", "properties[quantity] REASON_PROPERTY_OUT_OF_RANGE",
                          "properties[rate] REASON_PROPERTY_OUT_OF_RANGE"));
  point.properties["quantity"] = "ten";
  point.properties.erase("rate");
  point.dimensions["rate"] = "x";  // Of a key without a place both maps are looked at.
  EXPECT_THAT(WrongIn(schema, point), ElementsAre("dimensions[channel] REASON_PROPERTY_NOT_ALLOWED",
                                                  "properties[quantity] REASON_PROPERTY_TYPE", "dimensions[rate] REASON_PROPERTY_TYPE"));
}

TEST(JudgeTest, InstantsAreComparedAsInstants) {
  const std::string schema = "properties { key: 'due' type: TYPE_TIMESTAMP minimum: '2026-01-01T00:00:00Z' }";
  Point point = JudgedPoint();
  point.properties["due"] = "2026-01-01T08:00:00+08:00";
  EXPECT_THAT(WrongIn(schema, point), IsEmpty());
  point.properties["due"] = "2026-01-01T07:59:59+08:00";
  EXPECT_THAT(WrongIn(schema, point), ElementsAre("properties[due] REASON_PROPERTY_OUT_OF_RANGE"));
}

TEST(JudgeTest, ClosedSchemasKnowTheirKeysOnlyInTheirPlaces) {
  const std::string schema = "closed: true properties { key: 'channel' place: PLACE_DIMENSION } properties { key: 'any' }";
  Point point = JudgedPoint();
  point.dimensions = {{"channel", "web"}, {"any", "1"}, {"other", "1"}};
  EXPECT_THAT(WrongIn(schema, point), ElementsAre("dimensions[other] REASON_PROPERTY_UNKNOWN"));
  point.dimensions = {};
  point.properties = {{"channel", "web"}, {"any", "1"}};
  EXPECT_THAT(WrongIn(schema, point), ElementsAre("properties[channel] REASON_PROPERTY_UNKNOWN"));
  EXPECT_THAT(WrongIn("properties { key: 'channel' place: PLACE_DIMENSION }", point), IsEmpty()) << "an open schema knows other keys";
}

TEST(JudgeTest, AmountsAndCurrencies) {
  const std::string money = "amount: AMOUNT_MINOR currency_code: 'TWD' min_amount: 0 max_amount: 100";
  Point point = JudgedPoint();
  EXPECT_THAT(WrongIn(money, point), ElementsAre("amount REASON_AMOUNT", "currency_code REASON_CURRENCY"));
  point.value_minor = 100;
  point.currency_code = "TWD";
  EXPECT_THAT(WrongIn(money, point), IsEmpty());
  point.value_minor = 101;
  EXPECT_THAT(WrongIn(money, point), ElementsAre("value_minor REASON_AMOUNT"));
  point.value_minor = 0;
  point.currency_code = "USD";
  EXPECT_THAT(WrongIn(money, point), ElementsAre("currency_code REASON_CURRENCY"));
  EXPECT_THAT(WrongIn("amount: AMOUNT_MINOR", point), ElementsAre("currency_code REASON_CURRENCY")) << "it is no money";
  EXPECT_THAT(WrongIn("amount: AMOUNT_NONE", point), ElementsAre("amount REASON_AMOUNT"));
  EXPECT_THAT(WrongIn("amount: AMOUNT_VALUE", point), ElementsAre("amount REASON_AMOUNT"));
  EXPECT_THAT(WrongIn("", point), IsEmpty());
  point.value_minor.reset();
  point.value = 0.5;
  EXPECT_THAT(WrongIn("amount: AMOUNT_VALUE min_amount: 0.5", point), IsEmpty());
  EXPECT_THAT(WrongIn("min_amount: 0.51", point), ElementsAre("value REASON_AMOUNT"));
}

TEST(JudgeTest, LatenessIsExactToTheInstant) {
  Point point = JudgedPoint();
  EXPECT_THAT(WrongIn("allowed_lateness { seconds: 3600 }", point), IsEmpty());
  point.occur_time -= absl::Microseconds(1);
  EXPECT_THAT(WrongIn("allowed_lateness { seconds: 3600 }", point), ElementsAre("occur_time REASON_TOO_LATE"));
  EXPECT_THAT(WrongIn("", point), IsEmpty());
  EXPECT_THAT(WrongIn("allowed_lateness { }", point), ElementsAre("occur_time REASON_TOO_LATE"));
}

TEST(JudgeTest, WhatIsNotKeptIsTooLateWhateverTheSchema) {
  const Point point = JudgedPoint();
  EXPECT_THAT(WrongIn("", point, point.day), IsEmpty());
  EXPECT_THAT(WrongIn("", point, point.day + 1), ElementsAre("occur_time REASON_TOO_LATE"));
  const Judgement observing(Proto<v1::EventSchema>("event_name: 'purchase' rules { reason: REASON_TOO_LATE action: ACTION_OBSERVE }"));
  EXPECT_EQ(SeverestOf(Judge(&observing, PersonalData(), point, kDelivered, point.day + 1)), v1::ViolationRule::ACTION_QUARANTINE);
  EXPECT_EQ(SeverestOf(Judge(nullptr, PersonalData(), point, kDelivered, point.day + 1)), v1::ViolationRule::ACTION_QUARANTINE);
}

TEST(JudgeTest, PersonalDataIsFoundEverywhereAndNeverTold) {
  const auto personal = PersonalData::Compile(Proto<v1::PersonalDataPolicy>(R"pb(patterns { title: "mail" pattern: "[a-z]+@[a-z]+" })pb"));
  ASSERT_THAT(personal, IsOk());
  Point point = JudgedPoint();
  point.user = "li@example";
  point.event_id = "li@example";
  point.dimensions["channel"] = "li@example";
  point.properties["note"] = "write to li@example";
  const std::vector<Violated> violated = Judge(nullptr, **personal, point, kDelivered);
  std::vector<std::string> fields;
  for (const Violated& one : violated) {
    fields.push_back(one.field);
    EXPECT_EQ(ToViolation(one).text(), "The value looks like personal data: mail.");
  }
  EXPECT_THAT(fields, ElementsAre("user", "event_id", "dimensions[channel]", "properties[note]"));
  EXPECT_EQ(SeverestOf(violated), v1::ViolationRule::ACTION_QUARANTINE);
}

TEST(JudgeTest, AValueThatLooksPersonalIsToldByNoOtherViolationEither) {
  const auto personal = PersonalData::Compile(Proto<v1::PersonalDataPolicy>(R"pb(patterns { title: "mail" pattern: "[a-z]+@[a-z]+" })pb"));
  ASSERT_THAT(personal, IsOk());
  const Judgement judgement(Proto<v1::EventSchema>(
      "event_name: 'purchase' properties { key: 'a' type: TYPE_INTEGER } properties { key: 'b' type: TYPE_INTEGER }"));
  Point point = JudgedPoint();
  point.properties = {{"a", "li@example"}, {"b", "many"}};
  const std::vector<Violated> violated = Judge(&judgement, **personal, point, kDelivered);
  ASSERT_EQ(violated.size(), 3u);
  EXPECT_EQ(ToViolation(violated[1]).text(), "… is no value of type INTEGER.");
  EXPECT_EQ(ToViolation(violated[2]).text(), "many is no value of type INTEGER.");
}

TEST(JudgeTest, RulesSayWhatViolationsLeadTo) {
  const Judgement judgement(Proto<v1::EventSchema>(R"pb(event_name: "purchase"
                                                        closed: true
                                                        identity: IDENTITY_EVENT_ID
                                                        rules { reason: REASON_PROPERTY_UNKNOWN action: ACTION_OBSERVE }
                                                        rules { reason: REASON_EVENT_ID_MISSING action: ACTION_REFUSE })pb"));
  Point point = JudgedPoint();
  point.event_id = "e1";
  point.properties["x"] = "1";
  EXPECT_EQ(SeverestOf(Judge(&judgement, PersonalData(), point, kDelivered)), v1::ViolationRule::ACTION_OBSERVE);
  point.event_id.clear();
  EXPECT_EQ(SeverestOf(Judge(&judgement, PersonalData(), point, kDelivered)), v1::ViolationRule::ACTION_REFUSE);
  EXPECT_EQ(SeverestOf({}), v1::ViolationRule::ACTION_OBSERVE);
  EXPECT_EQ(judgement.identity(), absl::Hours(7 * 24));
}

TEST(JudgeTest, EveryReasonHasASentence) {
  for (int i = 1; i < v1::Violation::Reason_ARRAYSIZE; ++i) {
    EXPECT_FALSE(std::string(SentenceOf(static_cast<v1::Violation::Reason>(i)).id).empty());
  }
}

TEST(CheckSchemaTest, EveryMistakeIsNamedAtOnce) {
  const auto schema = Proto<v1::EventSchema>(R"pb(
    event_name: "purchase"
    measurement_name: "ms"
    properties { key: "a" place: PLACE_PROPERTY }
    properties { key: "a" type: TYPE_INTEGER allowed_values: "x" minimum: "5" maximum: "4" }
    properties { key: "b" minimum: "a" }
    properties { key: "c" type: TYPE_DECIMAL maximum: "much" }
    currency_code: "TWD"
    min_amount: 2
    max_amount: 1
    allowed_lateness { seconds: -1 }
    identity: IDENTITY_EVENT_ID
    rules { reason: REASON_CURRENCY action: ACTION_OBSERVE }
    rules { reason: REASON_CURRENCY action: ACTION_REFUSE }
    rules { reason: REASON_UNPLANNED_NAME action: ACTION_REFUSE })pb");
  EXPECT_THAT(Violations(CheckSchema(schema)),
              UnorderedElementsAre("event_schema.event_name BAD_METRIC_SOURCE", "event_schema.properties[0].place BAD_SCHEMA",
                                   "event_schema.properties[1].key DUPLICATE_KEY", "event_schema.properties[1].allowed_values[0] BAD_RANGE",
                                   "event_schema.properties[1].maximum BAD_RANGE", "event_schema.properties[2].minimum BAD_RANGE",
                                   "event_schema.properties[3].maximum BAD_RANGE", "event_schema.currency_code BAD_SCHEMA",
                                   "event_schema.max_amount BAD_RANGE", "event_schema.allowed_lateness BAD_RANGE",
                                   "event_schema.identity BAD_SCHEMA", "event_schema.rules[0].action BAD_ACTION",
                                   "event_schema.rules[1].reason DUPLICATE_KEY", "event_schema.rules[2].action BAD_ACTION"));
}

}  // namespace
}  // namespace heitie::metrics
