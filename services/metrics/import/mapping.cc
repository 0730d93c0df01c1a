#include "services/metrics/import/mapping.h"

#include <set>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/rpc/validate.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/metrics/collection/batch.h"
#include "services/metrics/import/text_rows.h"

namespace heitie::metrics {

using v1::ImportField;
using v1::ImportMapping;

const status::Reason kBadMapping{absl::StatusCode::kInvalidArgument, "BAD_MAPPING", "The mapping cannot be used: {why}.",
                                 "此對應無法使用：{why}。"};
const status::Reason kColumnMissing{absl::StatusCode::kFailedPrecondition, "FILE_COLUMN_MISSING", "The file has no column {column:list}.",
                                    "檔案沒有欄位 {column:list}。"};

namespace {

const status::Reason kRowMalformed{absl::StatusCode::kInvalidArgument, "ROW_MALFORMED", "The row is no {format}.", "此列不是 {format}。"};
const status::Reason kRowWidth{absl::StatusCode::kInvalidArgument, "ROW_WIDTH", "The row has {count} cells, the header {width}.",
                               "此列有 {count} 格，標題列有 {width} 格。"};
const status::Reason kRowTooLong{absl::StatusCode::kFailedPrecondition, "ROW_TOO_LONG",
                                 "A row is longer than {most:count} bytes; a quote may be missing.",
                                 "有一列超過 {most:count} 位元組，可能缺少引號。"};
const status::Reason kBadCell{absl::StatusCode::kInvalidArgument, "BAD_CELL", "The cell is {what}.", "此格不是{what}。"};

const status::Phrase kNoTime{"no time", "時間"};
const status::Phrase kNoAmount{"no number, or has more decimals than the scale", "符合小數位數的數字"};
const status::Phrase kNoNumber{"no number", "數字"};
const status::Phrase kColumnOrConstant{"exactly one of column and constant is set", "column 與 constant 須恰好設定一項"};
const status::Phrase kKeyOfMapOnly{"dimensions and properties have a key, other fields have none", "只有維度與屬性有鍵"};
const status::Phrase kScaleOfMinorOnly{"only value_minor has a scale", "只有 value_minor 有小數位數"};
const status::Phrase kTwice{"the field stands there twice", "此欄位重複"};
const status::Phrase kNeeded{"event name, user and time are needed, or measurement name, value and time",
                             "須有事件名稱、使用者與時間，或量測名稱、數值與時間"};
const status::Phrase kNotOfMeasurements{"measurements have no such field", "量測值沒有此欄位"};
const status::Phrase kOneAmount{"an event has one amount at most", "事件最多有一個金額"};

constexpr int kMostEvents = 1000, kMostRows = 5000;

bool OfMap(ImportField::Target target) { return target == ImportField::TARGET_DIMENSION || target == ImportField::TARGET_PROPERTY; }

RowError CellError(const std::string& field, const status::Reason& reason, const status::Args& args, const std::string& cell) {
  return {field, reason.id, status::Sentence(reason, args, status::Language::kEnglish), cell};
}

// What a measurement has of an event's fields.
bool OfMeasurements(ImportField::Target target) {
  return target == ImportField::TARGET_MEASUREMENT_NAME || target == ImportField::TARGET_OCCUR_TIME ||
         target == ImportField::TARGET_VALUE || target == ImportField::TARGET_ACTIVITY || target == ImportField::TARGET_DIMENSION;
}

bool OfMeasurementNames(const ImportMapping& mapping) {
  for (const ImportField& field : mapping.fields()) {
    if (field.target() == ImportField::TARGET_MEASUREMENT_NAME) return true;
  }
  return false;
}

// What a status says of a request with one event or measurement, as errors of its row. `list`: where it stands in the request.
void AddViolations(const absl::Status& status, const std::string& list, const std::string& name, std::vector<RowError>& errors) {
  if (status.ok()) return;
  const google::rpc::Status proto = status::ToProto(status, status::Language::kEnglish);
  bool told = false;
  for (const auto& detail : proto.details()) {
    google::rpc::BadRequest bad;
    if (!detail.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) {
      absl::string_view field = violation.field();
      if (!absl::ConsumePrefix(&field, list + "[0].")) absl::ConsumePrefix(&field, list + "[0]");
      errors.push_back({std::string(field), violation.reason(), violation.description(), ""});
      told = true;
    }
  }
  if (!told) errors.push_back({"", status::ReasonOf(status), std::string(status.message()), name});
}

std::string ColumnsMissing(const std::vector<std::string>& columns) {
  std::string all;
  for (const std::string& column : columns) absl::StrAppend(&all, all.empty() ? "" : ", ", column);
  return all;
}

}  // namespace

absl::Status CheckMapping(const ImportMapping& mapping) {
  status::BadFields bad;
  std::set<std::pair<int, std::string>> seen;
  const bool measures = OfMeasurementNames(mapping);
  bool minor = false, real = false;
  for (int i = 0; i < mapping.fields_size(); ++i) {
    const ImportField& field = mapping.fields(i);
    const std::string path = absl::StrCat("import.mapping.fields[", i, "]");
    if (field.column().empty() == field.constant().empty()) bad.Add(path + ".column", kBadMapping, {{"why", kColumnOrConstant}});
    if (OfMap(field.target()) == field.key().empty()) bad.Add(path + ".key", kBadMapping, {{"why", kKeyOfMapOnly}});
    if (field.scale() != 0 && field.target() != ImportField::TARGET_VALUE_MINOR) {
      bad.Add(path + ".scale", kBadMapping, {{"why", kScaleOfMinorOnly}});
    }
    // A key stands in one of the two maps.
    const int target = OfMap(field.target()) ? ImportField::TARGET_DIMENSION : field.target();
    if (!seen.emplace(target, field.key()).second) bad.Add(path + ".target", kBadMapping, {{"why", kTwice}});
    if (measures && !OfMeasurements(field.target())) bad.Add(path + ".target", kBadMapping, {{"why", kNotOfMeasurements}});
    minor |= field.target() == ImportField::TARGET_VALUE_MINOR;
    real |= field.target() == ImportField::TARGET_VALUE;
  }
  if (minor && real) bad.Add("import.mapping.fields", kBadMapping, {{"why", kOneAmount}});
  const std::vector<ImportField::Target> needed =
      measures ? std::vector<ImportField::Target>{ImportField::TARGET_VALUE, ImportField::TARGET_OCCUR_TIME}
               : std::vector<ImportField::Target>{ImportField::TARGET_EVENT_NAME, ImportField::TARGET_USER, ImportField::TARGET_OCCUR_TIME};
  for (const ImportField::Target target : needed) {
    if (seen.contains({target, ""})) continue;
    bad.Add("import.mapping.fields", kBadMapping, {{"why", kNeeded}});
    break;
  }
  return bad.status();
}

std::optional<int64_t> ParseScaled(absl::string_view text, int scale) {
  const bool negative = absl::ConsumePrefix(&text, "-");
  const size_t dot = text.find('.');
  const absl::string_view whole = text.substr(0, dot), decimals = dot == absl::string_view::npos ? "" : text.substr(dot + 1);
  if (whole.empty() || (dot != absl::string_view::npos && decimals.empty())) return std::nullopt;
  std::string digits(whole);
  absl::StrAppend(&digits, decimals);
  for (const char c : digits) {
    if (!absl::ascii_isdigit(c)) return std::nullopt;
  }
  // Zeros beyond the scale change nothing.
  int beyond = static_cast<int>(decimals.size()) - scale;
  for (; beyond > 0; --beyond) {
    if (digits.back() != '0') return std::nullopt;
    digits.pop_back();
  }
  digits.append(static_cast<size_t>(-beyond), '0');
  int64_t value = 0;
  if (!absl::SimpleAtoi(absl::StrCat(negative ? "-" : "", digits), &value)) return std::nullopt;
  return value;
}

std::optional<absl::Time> ParseMoment(const std::string& text, absl::TimeZone zone, absl::TimeZone business) {
  if (text.empty() || !absl::ascii_isdigit(text[0])) return std::nullopt;  // The library knows "infinite-future" and blanks as well.
  if (const std::optional<absl::CivilDay> day = time::ParseDay(text)) return absl::FromCivil(*day, business);
  absl::Time time;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) return time;
  for (const char* form : {"%Y-%m-%dT%H:%M:%E*S", "%Y-%m-%d %H:%M:%E*S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"}) {
    if (absl::ParseTime(form, text, zone, &time, nullptr)) return time;
  }
  return std::nullopt;
}

RowMapper::RowMapper(const ImportMapping& mapping, absl::TimeZone business)
    : mapping_(mapping),
      zone_(mapping.time_zone().empty() ? business : time::ZoneOf(mapping.time_zone())),
      business_(business),
      measures_(OfMeasurementNames(mapping)) {
  if (!mapping_.delimiter().empty()) delimiter_ = mapping_.delimiter()[0];
}

absl::StatusOr<RowMapper> RowMapper::Of(const ImportMapping& mapping, absl::string_view header, absl::TimeZone business) {
  RowMapper mapper(mapping, business);
  if (!mapper.quoted()) return mapper;
  const std::vector<std::string> names = ParseCsvRow(header, mapper.delimiter_).value_or(std::vector<std::string>());
  mapper.width_ = names.size();
  std::map<std::string, size_t> all;
  for (size_t i = 0; i < names.size(); ++i) all.emplace(names[i], i);
  std::vector<std::string> missing;
  for (const ImportField& field : mapping.fields()) {
    if (field.column().empty()) continue;
    const auto it = all.find(field.column());
    if (it == all.end()) {
      missing.push_back(field.column());
    } else {
      mapper.index_.insert(*it);
    }
  }
  if (!missing.empty()) return status::Error(kColumnMissing, {{"column", ColumnsMissing(missing)}});
  return mapper;
}

std::optional<std::map<std::string, std::string>> RowMapper::Cells(absl::string_view row, std::vector<RowError>& errors) const {
  const absl::string_view content = absl::StripTrailingAsciiWhitespace(row);
  if (content.empty()) return std::nullopt;
  const bool utf8 = IsUtf8(row);
  if (!quoted()) {
    std::optional<std::map<std::string, std::string>> members = utf8 ? ParseJsonRow(content) : std::nullopt;
    if (!members) errors.push_back(CellError("", kRowMalformed, {{"format", "NDJSON"}}, ""));
    return members;
  }
  const std::optional<std::vector<std::string>> cells = utf8 ? ParseCsvRow(row, delimiter_) : std::nullopt;
  if (!cells) {
    errors.push_back(CellError("", kRowMalformed, {{"format", "CSV"}}, ""));
    return std::nullopt;
  }
  if (cells->size() != width_) {
    errors.push_back(CellError("", kRowWidth, {{"count", cells->size()}, {"width", width_}}, ""));
    return std::nullopt;
  }
  std::map<std::string, std::string> texts;
  for (const auto& [column, index] : index_) texts.emplace(column, (*cells)[index]);
  return texts;
}

void RowMapper::Set(const ImportField& field, const std::string& text, v1::Event& event, std::vector<RowError>& errors) const {
  const std::string& column = field.column();
  switch (field.target()) {
    case ImportField::TARGET_EVENT_NAME:
    case ImportField::TARGET_MEASUREMENT_NAME:
      event.set_event_name(text);
      break;
    case ImportField::TARGET_USER:
      event.set_user(text);
      break;
    case ImportField::TARGET_OCCUR_TIME:
      if (const std::optional<absl::Time> time = ParseMoment(text, zone_, business_)) {
        *event.mutable_occur_time() = time::ToTimestamp(*time);
      } else {
        errors.push_back(CellError(column, kBadCell, {{"what", kNoTime}}, text));
      }
      break;
    case ImportField::TARGET_EVENT_ID:
      event.set_event_id(text);
      break;
    case ImportField::TARGET_ACTIVITY:
      event.set_activity(text);
      break;
    case ImportField::TARGET_CURRENCY_CODE:
      event.set_currency_code(text);
      break;
    case ImportField::TARGET_VALUE_MINOR:
      if (const std::optional<int64_t> value = ParseScaled(text, field.scale())) {
        event.set_value_minor(*value);
      } else {
        errors.push_back(CellError(column, kBadCell, {{"what", kNoAmount}}, text));
      }
      break;
    case ImportField::TARGET_VALUE: {
      double value = 0;
      const bool number = text.find_first_not_of("0123456789.+-eE") == std::string::npos && absl::SimpleAtod(text, &value);
      if (number) {
        event.set_value(value);
      } else {
        errors.push_back(CellError(column, kBadCell, {{"what", kNoNumber}}, text));
      }
      break;
    }
    case ImportField::TARGET_DIMENSION:
      (*event.mutable_dimensions())[field.key()] = text;
      break;
    default:
      (*event.mutable_properties())[field.key()] = text;
      break;
  }
}

std::optional<v1::Event> RowMapper::Read(absl::string_view row, std::vector<RowError>& errors) const {
  const std::optional<std::map<std::string, std::string>> cells = Cells(row, errors);
  if (!cells) return std::nullopt;
  v1::Event event;
  for (const ImportField& field : mapping_.fields()) {
    const auto cell = cells->find(field.column());
    const std::string& text = field.column().empty() ? field.constant() : cell == cells->end() ? std::string() : cell->second;
    if (!text.empty()) Set(field, text, event, errors);
  }
  if (!errors.empty()) return std::nullopt;
  return event;
}

std::optional<v1::Event> RowMapper::Map(absl::string_view row, absl::Time now, std::vector<RowError>& errors) const {
  std::optional<v1::Event> event = Read(row, errors);
  if (!event) return std::nullopt;
  v1::IngestEventsRequest request;
  request.set_producer("producers/import");
  request.set_sequence(1);
  *request.add_events() = *event;
  AddViolations(rpc::Validate(request), "events", event->event_name(), errors);
  if (errors.empty()) AddViolations(CheckBatch(request, now), "events", event->event_name(), errors);
  if (!errors.empty()) return std::nullopt;
  return event;
}

std::optional<v1::Measurement> RowMapper::MapMeasurement(absl::string_view row, absl::Time now, std::vector<RowError>& errors) const {
  const std::optional<v1::Event> read = Read(row, errors);
  if (!read) return std::nullopt;
  // Without a value a measurement would be one of 0.
  if (!read->has_value()) {
    errors.push_back(CellError("value", kBadCell, {{"what", kNoNumber}}, ""));
    return std::nullopt;
  }
  v1::IngestMeasurementsRequest request;
  request.set_producer("producers/import");
  request.set_sequence(1);
  v1::Measurement& measurement = *request.add_measurements();
  measurement.set_measurement_name(read->event_name());
  if (read->has_occur_time()) *measurement.mutable_occur_time() = read->occur_time();
  measurement.set_value(read->value());
  *measurement.mutable_dimensions() = read->dimensions();
  measurement.set_activity(read->activity());
  AddViolations(rpc::Validate(request), "measurements", measurement.measurement_name(), errors);
  if (errors.empty()) AddViolations(CheckBatch(request, now), "measurements", measurement.measurement_name(), errors);
  if (!errors.empty()) return std::nullopt;
  return measurement;
}

absl::StatusOr<Chunk> TakeChunk(absl::string_view text, bool last, const RowMapper& mapper, absl::Time now) {
  Chunk chunk;
  absl::flat_hash_set<std::string> ids;
  while (chunk.length < text.size() && chunk.size() < kMostEvents && chunk.rows < kMostRows && chunk.length < kMostRowBytes) {
    const absl::string_view rest = text.substr(chunk.length);
    const std::optional<size_t> length = RowLength(rest, mapper.quoted(), last);
    if (!length || *length > kMostRowBytes) return status::Error(kRowTooLong, {{"most", kMostRowBytes}});
    std::vector<RowError> errors;
    std::optional<v1::Event> event;
    std::optional<v1::Measurement> measurement;
    if (mapper.measures()) {
      measurement = mapper.MapMeasurement(rest.substr(0, *length), now, errors);
    } else {
      event = mapper.Map(rest.substr(0, *length), now, errors);
    }
    // Ids are unique within a batch: the row with the same one begins the next.
    if (event && !event->event_id().empty() && !ids.insert(event->event_id()).second) break;
    chunk.length += *length;
    // Empty lines are no rows.
    const bool counts = event || measurement || !errors.empty();
    if (measurement) chunk.measurements.push_back(*std::move(measurement));
    if (event) chunk.events.push_back(*std::move(event));
    if (!errors.empty()) chunk.bad.push_back({chunk.rows, std::move(errors)});
    chunk.rows += counts;
  }
  return chunk;
}

}  // namespace heitie::metrics
