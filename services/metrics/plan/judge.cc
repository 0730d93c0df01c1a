#include "services/metrics/plan/judge.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status/die.h"
#include "common/time/day.h"
#include "services/metrics/collection/metric_definition.h"

namespace heitie::metrics {

using v1::EventSchema;
using v1::PropertySchema;
using v1::Violation;
using v1::ViolationRule;

const status::Reason kDuplicateKey{absl::StatusCode::kInvalidArgument, "DUPLICATE_KEY", "{key} stands in the list twice.",
                                   "{key} 在清單中重複。"};

namespace {

const status::Reason kUnplannedName{absl::StatusCode::kInvalidArgument, "UNPLANNED_NAME", "{name} has no active schema.",
                                    "{name} 沒有生效中的結構描述。"};
const status::Reason kPropertyMissing{absl::StatusCode::kInvalidArgument, "PROPERTY_MISSING", "The key {key} is required.",
                                      "缺少必要的鍵 {key}。"};
const status::Reason kPropertyType{absl::StatusCode::kInvalidArgument, "PROPERTY_TYPE", "{value} is no value of type {type}.",
                                   "{value} 不是 {type} 類型的值。"};
const status::Reason kPropertyNotAllowed{absl::StatusCode::kInvalidArgument, "PROPERTY_NOT_ALLOWED",
                                         "{value} is none of the values that are allowed.", "{value} 不在允許的值之中。"};
const status::Reason kPropertyOutOfRange{absl::StatusCode::kInvalidArgument, "PROPERTY_OUT_OF_RANGE",
                                         "{value} is outside of the range {range}.", "{value} 超出範圍 {range}。"};
const status::Reason kPropertyUnknown{absl::StatusCode::kInvalidArgument, "PROPERTY_UNKNOWN",
                                      "The schema does not know the key {key} here.", "結構描述在此處沒有鍵 {key}。"};
const status::Reason kWrongAmount{absl::StatusCode::kInvalidArgument, "WRONG_AMOUNT",
                                  "The amount is {amount}; the schema asks for {asked}.", "金額為 {amount}，結構描述要求 {asked}。"};
const status::Reason kWrongCurrency{absl::StatusCode::kInvalidArgument, "WRONG_CURRENCY",
                                    "The currency is {currency}; the schema asks for {asked}.",
                                    "幣別為 {currency}，結構描述要求 {asked}。"};
const status::Reason kTooLate{absl::StatusCode::kInvalidArgument, "TOO_LATE", "It occurred at {time} and is accepted until {limit} only.",
                              "發生於 {time}，最晚於 {limit} 前接受。"};
const status::Reason kEventIdMissing{absl::StatusCode::kInvalidArgument, "EVENT_ID_MISSING",
                                     "The schema knows events by their ids, and this one has none.",
                                     "結構描述以 event_id 識別事件，此事件沒有。"};
const status::Reason kPersonalData{absl::StatusCode::kInvalidArgument, "PERSONAL_DATA", "The value looks like personal data: {what}.",
                                   "此值看來是個人資料：{what}。"};
const status::Reason kKeyTaken{absl::StatusCode::kInvalidArgument, "KEY_TAKEN", "{from} cannot become {to}, which is there already.",
                               "{from} 不能改為已存在的 {to}。"};
const status::Reason kTooManyKeys{absl::StatusCode::kInvalidArgument, "TOO_MANY_KEYS", "There would be {count} keys; {most} are the most.",
                                  "鍵數將為 {count}，最多 {most} 個。"};

const status::Reason kBadSchema{absl::StatusCode::kInvalidArgument, "BAD_SCHEMA", "This does not apply: {why}.", "此項不適用：{why}。"};
const status::Reason kBadRange{absl::StatusCode::kInvalidArgument, "BAD_RANGE", "{value} does not stand here: {why}.",
                               "{value} 不可用於此：{why}。"};
const status::Reason kBadAction{absl::StatusCode::kInvalidArgument, "BAD_ACTION", "{action} does not fit {reason}.",
                                "{action} 不適用於 {reason}。"};

const status::Phrase kMeasurementsHaveValues{"measurements have a value and nothing else", "測量值只有數值"};
const status::Phrase kMeasurementsHaveNoIds{"measurements have no ids", "測量值沒有 event_id"};
const status::Phrase kMeasurementsHaveNoProperties{"measurements have dimensions only", "測量值只有維度"};
const status::Phrase kOnlyMinorIsMoney{"only amounts in minor units are money", "只有最小貨幣單位的金額才有幣別"};
const status::Phrase kNoSuchValue{"it is no value of the type", "不是此類型的值"};
const status::Phrase kNoRangeOfType{"values of the type have no order", "此類型的值沒有大小"};
const status::Phrase kReversed{"the greatest is below the smallest", "最大值小於最小值"};
const status::Phrase kLatenessRange{"it is from 0 s to ten years", "須為 0 秒至十年"};
const status::Phrase kNoAmount{"none", "無"};
const status::Phrase kNoCurrency{"none", "無"};

constexpr absl::Duration kMostLateness = absl::Hours(24 * 3653);
constexpr int kDefaultIdentityDays = 7;
constexpr size_t kExactDigits = 15;  // of a double

bool IsDecimal(const std::string& text) {
  size_t i = text[0] == '-' ? 1 : 0, digits = 0, dots = 0;
  if (i == text.size() || !absl::ascii_isdigit(text[i]) || !absl::ascii_isdigit(text.back())) return false;
  for (; i < text.size(); ++i) {
    if (text[i] == '.') {
      ++dots;
    } else if (absl::ascii_isdigit(text[i])) {
      ++digits;
    } else {
      return false;
    }
  }
  return dots <= 1 && digits <= kExactDigits;
}

bool HasOrder(PropertySchema::Type type) {
  return type == PropertySchema::TYPE_INTEGER || type == PropertySchema::TYPE_DECIMAL || type == PropertySchema::TYPE_TIMESTAMP;
}

std::string TypeName(PropertySchema::Type type) { return PropertySchema::Type_Name(type).substr(5); }

std::string Number(double value) {
  return value == std::floor(value) && std::abs(value) < 1e15 ? absl::StrCat(static_cast<int64_t>(value)) : absl::StrCat(value);
}

// As people write intervals: "[1, 10]", "[1, …".
std::string RangeText(const std::string& minimum, const std::string& maximum) {
  return absl::StrCat(minimum.empty() ? "(…" : "[" + minimum, ", ", maximum.empty() ? "…)" : maximum + "]");
}

void CheckProperty(const PropertySchema& property, const std::string& path, bool of_measurements, status::BadFields& bad) {
  if (of_measurements && property.place() == PropertySchema::PLACE_PROPERTY) {
    bad.Add(path + ".place", kBadSchema, {{"why", kMeasurementsHaveNoProperties}});
  }
  for (int i = 0; i < property.allowed_values_size(); ++i) {
    if (ParseTyped(property.type(), property.allowed_values(i))) continue;
    bad.Add(absl::StrCat(path, ".allowed_values[", i, "]"), kBadRange, {{"value", property.allowed_values(i)}, {"why", kNoSuchValue}});
  }
  std::optional<TypedValue> bounds[2];
  const std::string* texts[2] = {&property.minimum(), &property.maximum()};
  for (int i = 0; i < 2; ++i) {
    if (texts[i]->empty()) continue;
    bounds[i] = ParseTyped(property.type(), *texts[i]);
    const bool ordered = HasOrder(property.type());
    if (ordered && bounds[i]) continue;
    bad.Add(path + (i == 0 ? ".minimum" : ".maximum"), kBadRange, {{"value", *texts[i]}, {"why", ordered ? kNoSuchValue : kNoRangeOfType}});
    bounds[i].reset();
  }
  if (bounds[0] && bounds[1] && *bounds[1] < *bounds[0]) {
    bad.Add(path + ".maximum", kBadRange, {{"value", property.maximum()}, {"why", kReversed}});
  }
}

void CheckAmounts(const EventSchema& schema, bool of_measurements, status::BadFields& bad) {
  const std::string path = "event_schema.";
  if (of_measurements && schema.amount() != EventSchema::AMOUNT_UNSPECIFIED && schema.amount() != EventSchema::AMOUNT_VALUE) {
    bad.Add(path + "amount", kBadSchema, {{"why", kMeasurementsHaveValues}});
  }
  if (!schema.currency_code().empty() && schema.amount() != EventSchema::AMOUNT_MINOR) {
    bad.Add(path + "currency_code", kBadSchema, {{"why", kOnlyMinorIsMoney}});
  }
  if (schema.has_min_amount() && schema.has_max_amount() && schema.max_amount() < schema.min_amount()) {
    bad.Add(path + "max_amount", kBadRange, {{"value", Number(schema.max_amount())}, {"why", kReversed}});
  }
}

void CheckRules(const EventSchema& schema, status::BadFields& bad) {
  std::set<int> seen;
  for (int i = 0; i < schema.rules_size(); ++i) {
    const ViolationRule& rule = schema.rules(i);
    const std::string path = absl::StrCat("event_schema.rules[", i, "]"), reason = Violation::Reason_Name(rule.reason());
    if (!seen.insert(rule.reason()).second) bad.Add(path + ".reason", kDuplicateKey, {{"key", reason}});
    const bool never_observed = rule.reason() == Violation::REASON_CURRENCY || rule.reason() == Violation::REASON_PERSONAL_DATA;
    const bool no_rule = rule.reason() == Violation::REASON_UNPLANNED_NAME || rule.reason() == Violation::REASON_KEY_TAKEN ||
                         rule.reason() == Violation::REASON_TOO_MANY_KEYS;
    if (no_rule || (never_observed && rule.action() == ViolationRule::ACTION_OBSERVE)) {
      bad.Add(path + ".action", kBadAction, {{"action", ViolationRule::Action_Name(rule.action())}, {"reason", reason}});
    }
  }
}

}  // namespace

const status::Reason& SentenceOf(Violation::Reason reason) {
  switch (reason) {
    case Violation::REASON_UNPLANNED_NAME:
      return kUnplannedName;
    case Violation::REASON_PROPERTY_MISSING:
      return kPropertyMissing;
    case Violation::REASON_PROPERTY_TYPE:
      return kPropertyType;
    case Violation::REASON_PROPERTY_NOT_ALLOWED:
      return kPropertyNotAllowed;
    case Violation::REASON_PROPERTY_OUT_OF_RANGE:
      return kPropertyOutOfRange;
    case Violation::REASON_PROPERTY_UNKNOWN:
      return kPropertyUnknown;
    case Violation::REASON_AMOUNT:
      return kWrongAmount;
    case Violation::REASON_CURRENCY:
      return kWrongCurrency;
    case Violation::REASON_TOO_LATE:
      return kTooLate;
    case Violation::REASON_EVENT_ID_MISSING:
      return kEventIdMissing;
    case Violation::REASON_PERSONAL_DATA:
      return kPersonalData;
    case Violation::REASON_KEY_TAKEN:
      return kKeyTaken;
    case Violation::REASON_TOO_MANY_KEYS:
      return kTooManyKeys;
    default:
      status::Die("metrics", "no sentence for " + Violation::Reason_Name(reason));
  }
}

Violation ToViolation(const Violated& violated) {
  Violation violation;
  violation.set_reason(violated.reason);
  violation.set_field(violated.field);
  violation.set_text(status::Sentence(SentenceOf(violated.reason), violated.args, status::Language::kEnglish));
  return violation;
}

std::optional<TypedValue> ParseTyped(PropertySchema::Type type, const std::string& text) {
  if (text.empty()) return std::nullopt;
  switch (type) {
    case PropertySchema::TYPE_INTEGER: {
      int64_t value = 0;
      const bool plain = absl::ascii_isdigit(text[0]) || (text[0] == '-' && text.size() > 1 && absl::ascii_isdigit(text[1]));
      if (!plain || !absl::ascii_isdigit(text.back()) || !absl::SimpleAtoi(text, &value)) return std::nullopt;
      return TypedValue(value);
    }
    case PropertySchema::TYPE_DECIMAL: {
      double value = 0;
      if (!IsDecimal(text) || !absl::SimpleAtod(text, &value)) return std::nullopt;
      return TypedValue(value);
    }
    case PropertySchema::TYPE_BOOLEAN:
      if (text != "true" && text != "false") return std::nullopt;
      return TypedValue(text == "true");
    case PropertySchema::TYPE_TIMESTAMP: {
      absl::Time value;
      if (!absl::ParseTime(absl::RFC3339_full, text, &value, nullptr) || value == absl::InfiniteFuture() || value == absl::InfinitePast()) {
        return std::nullopt;
      }
      return TypedValue(value);
    }
    default:
      return TypedValue(text);
  }
}

absl::Status CheckSchema(const EventSchema& schema) {
  status::BadFields bad;
  const bool of_measurements = !schema.measurement_name().empty();
  if (schema.event_name().empty() != of_measurements) {
    bad.Add("event_schema.event_name", kBadMetricSource, {{"fields", "event_name, measurement_name"}});
  }
  std::set<std::string> keys;
  for (int i = 0; i < schema.properties_size(); ++i) {
    const std::string path = absl::StrCat("event_schema.properties[", i, "]");
    if (!keys.insert(schema.properties(i).key()).second) bad.Add(path + ".key", kDuplicateKey, {{"key", schema.properties(i).key()}});
    CheckProperty(schema.properties(i), path, of_measurements, bad);
  }
  CheckAmounts(schema, of_measurements, bad);
  if (of_measurements && schema.identity() == EventSchema::IDENTITY_EVENT_ID) {
    bad.Add("event_schema.identity", kBadSchema, {{"why", kMeasurementsHaveNoIds}});
  }
  const absl::Duration lateness = absl::Seconds(schema.allowed_lateness().seconds()) + absl::Nanoseconds(schema.allowed_lateness().nanos());
  if (lateness < absl::ZeroDuration() || lateness > kMostLateness) {
    bad.Add("event_schema.allowed_lateness", kBadRange, {{"value", absl::FormatDuration(lateness)}, {"why", kLatenessRange}});
  }
  CheckRules(schema, bad);
  return bad.status();
}

Judgement::Judgement(const EventSchema& schema) : schema_(schema) {
  actions_.fill(ViolationRule::ACTION_QUARANTINE);
  for (const ViolationRule& rule : schema_.rules()) {
    const bool known = rule.reason() >= 0 && rule.reason() < static_cast<int>(actions_.size());
    if (known && rule.action() != ViolationRule::ACTION_UNSPECIFIED) actions_[rule.reason()] = rule.action();
  }
  for (const PropertySchema& one : schema_.properties()) {
    Property property{one.place(), one.type(), one.required(), {}, {}, {}, RangeText(one.minimum(), one.maximum())};
    property.allowed.insert(one.allowed_values().begin(), one.allowed_values().end());
    if (!one.minimum().empty()) property.minimum = ParseTyped(one.type(), one.minimum());
    if (!one.maximum().empty()) property.maximum = ParseTyped(one.type(), one.maximum());
    properties_.emplace(one.key(), std::move(property));
  }
}

std::optional<absl::Duration> Judgement::identity() const {
  if (schema_.identity() != EventSchema::IDENTITY_EVENT_ID) return std::nullopt;
  return absl::Hours(24) * (schema_.identity_days() == 0 ? kDefaultIdentityDays : schema_.identity_days());
}

Violated Judgement::Wrong(Violation::Reason reason, std::string field, status::Args args) const {
  return {reason, ActionOf(reason), std::move(field), std::move(args)};
}

void Judgement::JudgeValue(const Property& property, const std::string& field, const std::string& value,
                           std::vector<Violated>& violated) const {
  const std::optional<TypedValue> typed = ParseTyped(property.type, value);
  if (!typed) {
    violated.push_back(Wrong(Violation::REASON_PROPERTY_TYPE, field, {{"value", value}, {"type", TypeName(property.type)}}));
    return;
  }
  if (!property.allowed.empty() && !property.allowed.contains(value)) {
    violated.push_back(Wrong(Violation::REASON_PROPERTY_NOT_ALLOWED, field, {{"value", value}}));
  }
  if ((property.minimum && *typed < *property.minimum) || (property.maximum && *property.maximum < *typed)) {
    violated.push_back(Wrong(Violation::REASON_PROPERTY_OUT_OF_RANGE, field, {{"value", value}, {"range", property.range}}));
  }
}

void Judgement::JudgeProperty(const std::string& key, const Property& property, const Point& point, std::vector<Violated>& violated) const {
  bool found = false;
  if (property.place != PropertySchema::PLACE_PROPERTY) {
    const auto it = point.dimensions.find(key);
    if (it != point.dimensions.end()) JudgeValue(property, absl::StrCat("dimensions[", key, "]"), it->second, violated), found = true;
  }
  if (property.place != PropertySchema::PLACE_DIMENSION) {
    const auto it = point.properties.find(key);
    if (it != point.properties.end()) JudgeValue(property, absl::StrCat("properties[", key, "]"), it->second, violated), found = true;
  }
  if (found || !property.required) return;
  const char* map = property.place == PropertySchema::PLACE_PROPERTY ? "properties[" : "dimensions[";
  violated.push_back(Wrong(Violation::REASON_PROPERTY_MISSING, absl::StrCat(map, key, "]"), {{"key", key}}));
}

void Judgement::JudgeUnknown(const Point& point, std::vector<Violated>& violated) const {
  const auto judge = [&](const PointKeys& map, const char* field, PropertySchema::Place other) {
    for (const auto& entry : map) {
      const auto it = properties_.find(entry.first);
      if (it != properties_.end() && it->second.place != other) continue;
      violated.push_back(Wrong(Violation::REASON_PROPERTY_UNKNOWN, absl::StrCat(field, "[", entry.first, "]"), {{"key", entry.first}}));
    }
  };
  judge(point.dimensions, "dimensions", PropertySchema::PLACE_PROPERTY);
  judge(point.properties, "properties", PropertySchema::PLACE_DIMENSION);
}

void Judgement::JudgeAmount(const Point& point, std::vector<Violated>& violated) const {
  const bool minor = point.value_minor.has_value(), real = point.value.has_value();
  const EventSchema::Amount asked = schema_.amount();
  const bool kind_fits = asked == EventSchema::AMOUNT_UNSPECIFIED || (asked == EventSchema::AMOUNT_NONE && !minor && !real) ||
                         (asked == EventSchema::AMOUNT_MINOR && minor) || (asked == EventSchema::AMOUNT_VALUE && real);
  if (!kind_fits) {
    status::Arg amount("amount", kNoAmount);
    if (minor) amount = status::Arg("amount", "value_minor");
    if (real) amount = status::Arg("amount", "value");
    violated.push_back(Wrong(Violation::REASON_AMOUNT, "amount", {amount, {"asked", EventSchema::Amount_Name(asked)}}));
  } else if (minor || real) {
    const double amount = minor ? static_cast<double>(*point.value_minor) : *point.value;
    if ((schema_.has_min_amount() && amount < schema_.min_amount()) || (schema_.has_max_amount() && amount > schema_.max_amount())) {
      const std::string range = RangeText(schema_.has_min_amount() ? Number(schema_.min_amount()) : "",
                                          schema_.has_max_amount() ? Number(schema_.max_amount()) : "");
      violated.push_back(Wrong(Violation::REASON_AMOUNT, minor ? "value_minor" : "value", {{"amount", Number(amount)}, {"asked", range}}));
    }
  }
  if (asked == EventSchema::AMOUNT_MINOR && point.currency_code != schema_.currency_code()) {
    status::Arg is("currency", kNoCurrency), should("asked", kNoCurrency);
    if (!point.currency_code.empty()) is = status::Arg("currency", point.currency_code);
    if (!schema_.currency_code().empty()) should = status::Arg("asked", schema_.currency_code());
    violated.push_back(Wrong(Violation::REASON_CURRENCY, "currency_code", {is, should}));
  }
}

void Judgement::Judge(const Point& point, std::vector<Violated>& violated) const {
  if (schema_.identity() == EventSchema::IDENTITY_EVENT_ID && point.event_id.empty()) {
    violated.push_back(Wrong(Violation::REASON_EVENT_ID_MISSING, "event_id"));
  }
  JudgeAmount(point, violated);
  for (const auto& [key, property] : properties_) JudgeProperty(key, property, point, violated);
  if (schema_.closed()) JudgeUnknown(point, violated);
}

namespace {

void JudgePersonal(const Judgement* judgement, const PersonalData& personal, const Point& point, std::vector<Violated>& violated) {
  const ViolationRule::Action action =
      judgement == nullptr ? ViolationRule::ACTION_QUARANTINE : judgement->ActionOf(Violation::REASON_PERSONAL_DATA);
  const auto look = [&](const std::string& text, const auto& field) {
    const std::string* what = personal.Find(text);
    if (what != nullptr) violated.push_back({Violation::REASON_PERSONAL_DATA, action, field(), {{"what", *what}}});
  };
  look(point.user, [] { return std::string("user"); });
  look(point.event_id, [] { return std::string("event_id"); });
  for (const auto& [key, value] : point.dimensions) look(value, [&k = key] { return absl::StrCat("dimensions[", k, "]"); });
  for (const auto& [key, value] : point.properties) look(value, [&k = key] { return absl::StrCat("properties[", k, "]"); });
}

// What else is wrong with a value that looks like personal data is told without the value. The first `count` violations say where it is.
void HideValues(size_t count, std::vector<Violated>& violated) {
  for (size_t i = count; i < violated.size(); ++i) {
    const auto here = [&](const Violated& personal) { return personal.field == violated[i].field; };
    if (std::none_of(violated.begin(), violated.begin() + static_cast<ptrdiff_t>(count), here)) continue;
    for (status::Arg& arg : violated[i].args) {
      if (arg.name == "value") arg = status::Arg("value", "…");
    }
  }
}

void JudgeLateness(const Judgement* judgement, const Point& point, absl::Time delivered, std::optional<absl::CivilDay> first_kept,
                   std::vector<Violated>& violated) {
  const ViolationRule::Action action =
      judgement == nullptr ? ViolationRule::ACTION_QUARANTINE : judgement->ActionOf(Violation::REASON_TOO_LATE);
  if (first_kept && point.day < *first_kept) {
    // What is not kept cannot be accepted, so that this is never merely observed.
    violated.push_back({Violation::REASON_TOO_LATE,
                        std::max(action, ViolationRule::ACTION_QUARANTINE),
                        "occur_time",
                        {{"time", time::DayText(point.day)}, {"limit", time::DayText(*first_kept)}}});
    return;
  }
  if (judgement == nullptr || !judgement->schema().has_allowed_lateness()) return;
  const auto& allowed = judgement->schema().allowed_lateness();
  const absl::Time limit = point.occur_time + absl::Seconds(allowed.seconds()) + absl::Nanoseconds(allowed.nanos());
  if (delivered <= limit) return;
  violated.push_back(
      {Violation::REASON_TOO_LATE,
       action,
       "occur_time",
       {{"time", absl::FormatTime(point.occur_time, absl::UTCTimeZone())}, {"limit", absl::FormatTime(limit, absl::UTCTimeZone())}}});
}

}  // namespace

std::vector<Violated> Judge(const Judgement* judgement, const PersonalData& personal, const Point& point, absl::Time delivered,
                            std::optional<absl::CivilDay> first_kept) {
  std::vector<Violated> violated;
  JudgePersonal(judgement, personal, point, violated);
  const size_t personal_ones = violated.size();
  JudgeLateness(judgement, point, delivered, first_kept, violated);
  if (judgement != nullptr) judgement->Judge(point, violated);
  HideValues(personal_ones, violated);
  return violated;
}

ViolationRule::Action SeverestOf(const std::vector<Violated>& violated) {
  ViolationRule::Action severest = ViolationRule::ACTION_OBSERVE;
  for (const Violated& one : violated) severest = std::max(severest, one.action);
  return severest;
}

}  // namespace heitie::metrics
