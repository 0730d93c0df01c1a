#include "tests/story/player.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/status/status.h"
#include "common/text/markdown.h"
#include "common/time/zone.h"
#include "google/protobuf/descriptor_database.h"
#include "google/protobuf/util/json_util.h"

namespace heitie::story {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

const std::set<std::string> kClauses = {"each", "answer", "expect", "within", "refused", "say", "show", "title"};
const std::map<std::string, options::v1::Role> kRoles = {
    {"MANAGER", options::v1::ROLE_OPERATIONS_MANAGER}, {"SPECIALIST", options::v1::ROLE_OPERATIONS_SPECIALIST},
    {"ANALYST", options::v1::ROLE_DATA_ANALYST},       {"DEPARTMENT", options::v1::ROLE_DEPARTMENT_MEMBER},
    {"PLATFORM", options::v1::ROLE_PLATFORM_ENGINEER}, {"PRODUCER", options::v1::ROLE_PRODUCER}};

std::runtime_error Mistake(const std::string& place, const std::string& what) {
  return std::runtime_error(absl::StrCat(place, ": ", what));
}

std::string FirstWord(const std::string& text) { return text.substr(0, text.find(' ')); }
// What follows the first word.
std::string Rest(const std::string& text) {
  const size_t space = text.find(' ');
  return space == std::string::npos ? "" : std::string(absl::StripAsciiWhitespace(text.substr(space)));
}

// `text`: a line and its continuations.
Line Parse(const std::string& place, const std::string& section, const std::string& text) {
  const std::string first = FirstWord(text), rest = Rest(text);
  Line line{Line::kCall, place, section, {}, {}};
  if (first == "chapter" || first == "title" || first == "milestone") {
    line.kind = first == "chapter" ? Line::kChapter : first == "title" ? Line::kTitle : Line::kMilestone;
    line.words = {rest};
  } else if (first == "let") {
    line.kind = Line::kLet;
    line.words = {FirstWord(rest), Rest(rest)};
  } else if (first == "person") {
    line.kind = Line::kPerson;
    line.words = absl::StrSplit(rest, ' ', absl::SkipWhitespace());
    if (line.words.size() < 3 || kRoles.count(line.words[1]) == 0) throw Mistake(place, "no person: " + text);
    line.words.resize(4);
  } else {
    line.words = {first, FirstWord(rest), Rest(rest)};
    if (line.words[2].empty()) throw Mistake(place, "neither a call nor anything else: " + text);
  }
  return line;
}

void ReadFile(const std::filesystem::path& path, std::vector<Line>& lines) {
  std::ifstream in(path);
  std::string section, *open = nullptr, head, place;
  std::map<std::string, std::string> clauses;
  const auto finish = [&] {
    if (head.empty()) return;
    lines.push_back(Parse(place, section, head));
    lines.back().clauses = std::move(clauses);
    clauses.clear();
    head.clear();
    open = nullptr;
  };
  int number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (text.empty() || text[0] == '#') continue;
    if (text[0] == ' ') {
      const std::string stripped(absl::StripAsciiWhitespace(text));
      if (head.empty()) throw Mistake(absl::StrCat(path.filename().string(), ":", number), "nothing is above this");
      if (const std::string word = FirstWord(stripped); kClauses.count(word) > 0) {
        open = &clauses[word];
        *open = Rest(stripped);
      } else {
        absl::StrAppend(open, open->empty() ? "" : " ", stripped);
      }
      continue;
    }
    finish();
    if (text[0] == '[') {
      section = text.substr(1, text.size() - 2);
      continue;
    }
    head = text;
    place = absl::StrCat(path.filename().string(), ":", number);
    open = &head;
  }
  finish();
}

// An instant or a day that `expression` counts from now: "now+1h", "today-14d", "month+2mo-1d", "year-3mo".
std::optional<Json> Time(std::string expression, absl::Time now) {
  const absl::TimeZone zone = time::FindZone("Asia/Taipei").value();
  const size_t end = std::min(expression.find('+'), expression.find('-'));
  const std::string base = expression.substr(0, end);
  if (base != "now" && base != "today" && base != "month" && base != "year") return std::nullopt;
  absl::CivilDay day = absl::ToCivilDay(now, zone);
  if (base == "month") day = absl::CivilDay(absl::CivilMonth(day));
  if (base == "year") day = absl::CivilDay(absl::CivilYear(day));
  for (size_t at = end; at < expression.size();) {
    const size_t next = expression.find_first_of("+-", at + 1);
    const std::string part = expression.substr(at, next == std::string::npos ? next : next - at);
    const size_t unit_at = part.find_first_not_of("+-0123456789");
    int64_t count = 0;
    if (unit_at == std::string::npos || !absl::SimpleAtoi(part.substr(0, unit_at), &count)) return std::nullopt;
    const std::string unit = part.substr(unit_at);
    if (unit == "mo") {
      day = absl::CivilDay(absl::CivilMonth(day) + count) + (day.day() - 1);
    } else if (unit == "d") {
      day += count;
      now += count * absl::Hours(24);
    } else if (base == "now" && (unit == "h" || unit == "m" || unit == "s")) {
      now += count * (unit == "h" ? absl::Hours(1) : unit == "m" ? absl::Minutes(1) : absl::Seconds(1));
    } else {
      return std::nullopt;
    }
    at = next == std::string::npos ? expression.size() : next;
  }
  if (base == "now") return Json(absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", now, absl::UTCTimeZone()));
  return Json{{"year", day.year()}, {"month", day.month()}, {"day", day.day()}};
}

// As the narration writes it.
std::string TextOf(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.size() == 3 && value.contains("year")) {
    return absl::StrFormat("%d-%02d-%02d", value["year"].get<int>(), value["month"].get<int>(), value["day"].get<int>());
  }
  return value.dump();
}

// Of every contract of the product.
const std::vector<const google::protobuf::ServiceDescriptor*>& Services() {
  static const auto& kServices = *[] {
    auto* services = new std::vector<const google::protobuf::ServiceDescriptor*>;
    std::vector<std::string> files;
    google::protobuf::DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
    for (const std::string& name : files) {
      if (!absl::StartsWith(name, "heitie/") || absl::StartsWith(name, "heitie/test/")) continue;
      const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
      for (int i = 0; i < file->service_count(); ++i) services->push_back(file->service(i));
    }
    return services;
  }();
  return kServices;
}

bool IsNothing(const Json& value) { return value.is_null() || value == "" || value == Json::array() || value == Json::object(); }

}  // namespace

const std::vector<Line>& Lines() {
  static const auto& kLines = *[] {
    std::vector<std::filesystem::path> files;
    // What two releases can do is what the older one can.
    const char* const other = std::getenv("HEITIE_SKEW_ROOT");
    const std::string root = other != nullptr ? other : HEITIE_SOURCE_DIR;
    for (const auto& entry : std::filesystem::directory_iterator(root + "/tests/story")) {
      if (entry.path().extension() == ".story") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    auto* lines = new std::vector<Line>;
    for (const auto& file : files) ReadFile(file, *lines);
    return lines;
  }();
  return kLines;
}

const MethodDescriptor& MethodNamed(const std::string& name) {
  const size_t dot = name.find('.');
  const std::string package = dot == std::string::npos ? "heitie." : absl::StrCat("heitie.", name.substr(0, dot), ".");
  const std::string last = dot == std::string::npos ? name : name.substr(dot + 1);
  const MethodDescriptor* found = nullptr;
  for (const auto* service : Services()) {
    const MethodDescriptor* method = service->FindMethodByName(last);
    if (method == nullptr || !absl::StartsWith(method->full_name(), package)) continue;
    if (found != nullptr) throw std::runtime_error(absl::StrCat(name, " is a method of several services: name the service before it"));
    found = method;
  }
  if (found == nullptr) throw std::runtime_error(absl::StrCat("there is no method ", name));
  return *found;
}

bool Has(const Json& actual, const Json& expected) {
  if (expected == "*") return !IsNothing(actual);
  if (expected.is_object()) {
    if (!actual.is_object()) return false;
    for (const auto& [name, value] : expected.items()) {
      const auto it = actual.find(name);
      if (it == actual.end() ? !IsNothing(value) : !Has(*it, value)) return false;
    }
    return true;
  }
  if (expected.is_array()) {
    if (!actual.is_array() || actual.size() != expected.size()) return false;
    for (size_t i = 0; i < expected.size(); ++i) {
      if (!Has(actual[i], expected[i])) return false;
    }
    return true;
  }
  // JSON writes int64 as text.
  if (expected.is_number() && actual.is_string()) return actual == expected.dump();
  if (expected.is_string() && actual.is_number()) return expected == actual.dump();
  return actual == expected;
}

Player::Player(Call call, const std::string& run, absl::Time now) : call_(std::move(call)), now_(now) { Give("run", run); }

void Player::Give(const std::string& name, Json value) {
  values_[name] = std::move(value);
  given_.insert(name);
}

bool Player::Knows(const std::string& milestone) {
  const std::vector<Line>& lines = Lines();
  return std::any_of(lines.begin(), lines.end(),
                     [&](const Line& line) { return line.kind == Line::kMilestone && line.words[0] == milestone; });
}

void Player::Play(const std::string& after, const std::string& until) {
  bool playing = after.empty();
  for (const Line& line : Lines()) {
    if (line.kind == Line::kMilestone) {
      if (line.words[0] == until) {
        if (!playing) throw Mistake(line.place, absl::StrCat(until, " comes before ", after));
        return;
      }
      if (const auto then = at_.find(line.words[0]); playing && then != at_.end()) then->second();
      playing |= line.words[0] == after;
    } else if (playing && skipped_.count(line.section) == 0) {
      try {
        Perform(line);
      } catch (const std::exception& e) {
        throw Mistake(line.place, e.what());
      }
    }
  }
  if (!until.empty() || !playing) throw std::runtime_error(absl::StrCat("the story has no milestone ", playing ? until : after));
}

std::vector<Sketch> Player::SketchAll() {
  std::vector<Sketch> sketches;
  for (const Line& line : Lines()) {
    try {
      if (line.kind != Line::kCall) {
        Perform(line);
        continue;
      }
      TakeFirst(line);
      const Json sent = Outline(Json::parse(line.words[2]));
      const MethodDescriptor& method = MethodNamed(line.words[1]);
      std::unique_ptr<Message> request(google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
      if (!google::protobuf::util::JsonStringToMessage(sent.dump(), request.get()).ok()) continue;
      sketches.push_back({people_.at(line.words[0]), &method, std::move(request)});
    } catch (const std::exception&) {  // It stands on an answer as a whole.
    }
  }
  return sketches;
}

// The names of a line's clause `each` get their first values.
void Player::TakeFirst(const Line& line) {
  const auto each = line.clauses.find("each");
  if (each == line.clauses.end()) return;
  const std::vector<std::string> names = absl::StrSplit(FirstWord(each->second), ',');
  const std::vector<std::string> values = absl::StrSplit(FirstWord(Rest(each->second)), ',');
  for (size_t i = 0; i < names.size() && i < values.size(); ++i) {
    const Json value = ValueOf(values[i]);
    values_[names[i]] = value.is_array() && !value.empty() ? value[0] : value;
  }
}

// Expand, but members and elements that cannot be expanded are left out.
Json Player::Outline(const Json& value) const {
  Json outline = value.is_array() ? Json::array() : Json::object();
  if (!value.is_structured()) return Expand(value);
  for (const auto& [key, member] : value.items()) {
    try {
      const bool many = member.is_object() && member.contains("$each");
      Json expanded = many ? Expand(Json::array({member})) : Outline(member);
      if (many) {
        outline.insert(outline.end(), expanded.begin(), expanded.end());
      } else if (value.is_array()) {
        outline.push_back(std::move(expanded));
      } else {
        outline[key] = std::move(expanded);
      }
    } catch (const std::exception&) {
    }
  }
  return outline;
}

const Json& Player::Value(const std::string& name) const {
  static const Json kNone;
  const auto it = values_.find(name);
  return it == values_.end() ? kNone : it->second;
}

void Player::Perform(const Line& line) {
  switch (line.kind) {
    case Line::kLet:
      if (given_.count(line.words[0]) == 0) values_[line.words[0]] = ValueOf(line.words[1]);
      return;
    case Line::kPerson: {
      if (people_.count(line.words[0]) > 0) return;
      Json& resource = values_[line.words[0]];
      if (resource.is_null()) resource = ExpandText(line.words[2]);
      people_[line.words[0]] = {line.words[0], kRoles.at(line.words[1]), TextOf(resource), line.words[3]};
      return;
    }
    case Line::kTitle:
      (void)ExpandText(line.words[0]);  // the narration must be able to
      return;
    case Line::kCall:
      return PerformCalls(line);
    case Line::kChapter:
    case Line::kMilestone:
      return;
  }
}

void Player::PerformCalls(const Line& line) {
  const auto each = line.clauses.find("each");
  if (each == line.clauses.end()) return PerformCall(line);
  const std::vector<std::string> names = absl::StrSplit(FirstWord(each->second), ',');
  for (const auto& turn : absl::StrSplit(Rest(each->second), ' ', absl::SkipEmpty())) {
    const std::vector<std::string> values = absl::StrSplit(turn, ',');
    if (const Json list = names.size() == 1 ? ValueOf(std::string(turn)) : Json(); list.is_array()) {
      for (const Json& value : list) {
        values_[names[0]] = value;
        PerformCall(line);
      }
      continue;
    }
    if (values.size() != names.size()) throw std::runtime_error(absl::StrCat("not a value for each name: ", turn));
    for (size_t i = 0; i < names.size(); ++i) values_[names[i]] = ValueOf(values[i]);
    PerformCall(line);
  }
}

void Player::PerformCall(const Line& line) {
  const auto person = people_.find(line.words[0]);
  if (person == people_.end()) throw std::runtime_error("there is no person " + line.words[0]);
  const MethodDescriptor& method = MethodNamed(line.words[1]);
  const Json sent = ValueOf(line.words[2]);
  auto* const factory = google::protobuf::MessageFactory::generated_factory();
  const std::unique_ptr<Message> request(factory->GetPrototype(method.input_type())->New()),
      answer(factory->GetPrototype(method.output_type())->New());
  const auto parsed = google::protobuf::util::JsonStringToMessage(sent.dump(), request.get());
  if (!parsed.ok()) throw std::runtime_error(absl::StrCat("no request of ", method.name(), ": ", parsed.ToString(), "\n", sent.dump(2)));
  const auto clause = [&](const char* name) {
    const auto it = line.clauses.find(name);
    return it == line.clauses.end() ? std::string() : it->second;
  };
  const auto json_of = [](const Message& message) {
    std::string text;
    google::protobuf::util::JsonPrintOptions options;
    options.always_print_primitive_fields = true;
    if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) throw std::runtime_error("the answer has no JSON form");
    return Json::parse(text);
  };
  const std::string refusal = clause("refused"), expectation = clause("expect");
  const Json expected = expectation.empty() ? Json() : ValueOf(expectation);
  int seconds = 0;
  if (const std::string within = clause("within"); !within.empty() && !absl::SimpleAtoi(within, &seconds)) {
    throw std::runtime_error("no seconds: " + within);
  }
  absl::Status status;
  for (const absl::Time end = absl::Now() + absl::Seconds(seconds);; absl::SleepFor(absl::Milliseconds(50))) {
    status = call_(person->second, method, *request, answer.get());
    const bool as_told = refusal.empty() ? status.ok() && (expected.is_null() || Has(json_of(*answer), expected))
                                         : !status.ok() && status::ReasonOf(status) == refusal;
    if (as_told || absl::Now() >= end) break;
  }
  if (!refusal.empty()) {
    if (status.ok()) throw std::runtime_error(absl::StrCat("was to be refused with ", refusal, ", but succeeded"));
    if (status::ReasonOf(status) != refusal) {
      throw std::runtime_error(absl::StrCat("was to be refused with ", refusal, ", but was with ", status.ToString()));
    }
  } else {
    if (!status.ok()) throw std::runtime_error(absl::StrCat(status.ToString(), "\n", request->DebugString()));
    const Json actual = json_of(*answer);
    if (!expected.is_null() && !Has(actual, expected)) {
      throw std::runtime_error(absl::StrCat("expected ", expected.dump(), ", but got ", actual.dump()));
    }
    if (const std::string name = clause("answer"); !name.empty()) values_[name] = actual;
  }
  (void)ExpandText(clause("say"));  // the narration must be able to
}

Json Player::Expand(const Json& value) const {
  if (value.is_string()) return ExpandText(value.get<std::string>());
  if (value.is_object()) {
    Json object = Json::object();
    for (const auto& [key, member] : value.items()) object[key] = Expand(member);
    return object;
  }
  if (!value.is_array()) return value;
  Json array = Json::array();
  for (const Json& element : value) {
    if (!element.is_object() || !element.contains("$each")) {
      array.push_back(Expand(element));
      continue;
    }
    const std::string range = element["$each"].get<std::string>();
    const std::vector<std::string> bounds = absl::StrSplit(range, absl::ByAnyChar("./"), absl::SkipEmpty());
    int from = 0, below = 0, step = 1;
    const bool good = bounds.size() >= 2 && absl::SimpleAtoi(bounds[0], &from) && absl::SimpleAtoi(bounds[1], &below) &&
                      (bounds.size() == 2 || absl::SimpleAtoi(bounds[2], &step)) && step > 0;
    if (!good) throw std::runtime_error("no range: " + range);
    Json pattern = element;
    pattern.erase("$each");
    Player each = *this;
    for (int i = from; i < below; i += step) {
      each.values_["i"] = i;
      array.push_back(each.Expand(pattern));
    }
  }
  return array;
}

// A text with its placeholders; the value itself when there is nothing around it.
Json Player::ExpandText(const std::string& text) const {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = text.find("${", at);
    if (begin == std::string::npos) {
      absl::StrAppend(&result, text.substr(at));
      break;
    }
    const size_t end = text.find('}', begin);
    if (end == std::string::npos) throw std::runtime_error("a placeholder has no end: " + text);
    Json value = Evaluate(text.substr(begin + 2, end - begin - 2));
    if (begin == 0 && end + 1 == text.size()) return value;
    absl::StrAppend(&result, text.substr(at, begin - at), TextOf(value));
    at = end + 1;
  }
  return result;
}

Json Player::Evaluate(const std::string& expression) const {
  const size_t colon = expression.find(':');
  const std::string path = expression.substr(0, colon);
  constexpr char kPresent[] = "present";
  const bool present = absl::StartsWith(path, kPresent);
  const std::optional<Json> time = present ? Time(absl::StrCat("now", path.substr(sizeof kPresent - 1)), clock_()) : Time(path, now_);
  Json value = time ? *time : Lookup(path);
  if (colon == std::string::npos) return value;
  const std::string form = expression.substr(colon + 1);
  if (form == "id") {
    const std::string name = TextOf(value);
    return name.substr(name.rfind('/') + 1);
  }
  if (form == "sha256") return text::Sha256Hex(TextOf(value));
  if (form == "base64") return absl::Base64Escape(TextOf(value));
  if (form == "month") return TextOf(value).substr(0, 7);
  if (form == "instant") {
    absl::CivilDay day;
    if (!absl::ParseCivilTime(TextOf(value), &day)) throw std::runtime_error("no day: " + expression);
    return absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", absl::FromCivil(day, time::FindZone("Asia/Taipei").value()), absl::UTCTimeZone());
  }
  // Forms of the narration.
  static const auto& kForms = *new std::set<std::string>{"title", "money", "words", "day", "short"};
  if (kForms.count(form) == 0) throw std::runtime_error("there is no form " + form);
  return value;
}

Json Player::Lookup(const std::string& path) const {
  const std::vector<std::string> parts = absl::StrSplit(path, '.');
  const auto it = values_.find(parts[0]);
  if (it == values_.end()) throw std::runtime_error(absl::StrCat("there is no ", parts[0], " yet"));
  Json value = it->second;
  for (size_t i = 1; i < parts.size(); ++i) {
    size_t index = 0;
    if (value.is_object() && value.contains(parts[i])) {
      value = Json(value[parts[i]]);
    } else if (value.is_array() && absl::SimpleAtoi(parts[i], &index) && index < value.size()) {
      value = Json(value[index]);
    } else {
      throw std::runtime_error(absl::StrCat("no ", path, " in ", it->second.dump()));
    }
  }
  return value;
}

Json Player::ValueOf(const std::string& text) const {
  if (text.empty() || !(text[0] == '{' || text[0] == '[' || text[0] == '"' || absl::ascii_isdigit(text[0]))) return ExpandText(text);
  const Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) throw std::runtime_error("no JSON: " + text);
  return Expand(value);
}

}  // namespace heitie::story
