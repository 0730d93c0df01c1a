#include "services/metrics/plan/dead_letter_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/record/columns.h"
#include "common/record/store.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/metrics/engine/chunks.h"

namespace heitie::metrics {

using v1::DeadLetter;
using v1::Violation;

namespace {

// Of rows, each of which holds an event of some KiB and its violations.
constexpr size_t kLettersTogether = 64;
// As the contract allows in an event.
constexpr size_t kMostDimensions = 8, kMostProperties = 32;

const std::vector<record::Column>& LetterColumns() {
  static const auto& columns = *new std::vector<record::Column>(record::ColumnsOf(*DeadLetter::descriptor()));
  return columns;
}

std::string InsertHead() {
  std::string head = "INSERT INTO dead_letters (user_id";
  for (const record::Column& column : LetterColumns()) absl::StrAppend(&head, ", ", record::Quoted(column));
  return head + ") VALUES ";
}

const record::Column& LetterColumn(const std::string& name) {
  return *std::find_if(LetterColumns().begin(), LetterColumns().end(), [&](const auto& column) { return column.field->name() == name; });
}

Violated LetterViolation(Violation::Reason reason, std::string field, status::Args args) {
  return {reason, v1::ViolationRule::ACTION_QUARANTINE, std::move(field), std::move(args)};
}

// Renames the keys of one map all at once, so that two may change places.
void Rename(const google::protobuf::Map<std::string, std::string>& renamed, const char* field, const Point& point, PointKeys& map,
            std::vector<Violated>& violated) {
  PointKeys result;
  for (const auto& [key, value] : map) {
    const auto to = renamed.find(key);
    if (to == renamed.end()) result.emplace(key, value);
  }
  for (const auto& [key, value] : map) {
    const auto to = renamed.find(key);
    if (to == renamed.end()) continue;
    const bool elsewhere =
        (point.dimensions.contains(to->second) || point.properties.contains(to->second)) && !renamed.contains(to->second);
    if (elsewhere || !result.emplace(to->second, value).second) {
      violated.push_back(
          LetterViolation(Violation::REASON_KEY_TAKEN, absl::StrCat(field, "[", key, "]"), {{"from", key}, {"to", to->second}}));
    }
  }
  map = std::move(result);
}

void SetConstants(const google::protobuf::Map<std::string, std::string>& constants, PointKeys& map, PointKeys& other) {
  for (const auto& [key, value] : constants) {
    map[key] = value;
    other.erase(key);
  }
}

void CheckCount(const PointKeys& map, const char* field, size_t most, std::vector<Violated>& violated) {
  if (map.size() <= most) return;
  violated.push_back(LetterViolation(Violation::REASON_TOO_MANY_KEYS, field, {{"count", map.size()}, {"most", most}}));
}

}  // namespace

DeadLetter MakeDeadLetter(const Batch& batch, const Point& point, const std::vector<Violated>& violated, const std::string& schema,
                          absl::Time now) {
  DeadLetter letter;
  letter.set_name("deadLetters/" + record::NewId(now));
  letter.set_producer(batch.producer);
  letter.set_sequence(batch.sequence);
  letter.set_position(point.position);
  if (batch.kind == kEventKind) {
    letter.set_event_name(point.name);
    *letter.mutable_event() = ToEvent(point);
  } else {
    letter.set_measurement_name(point.name);
    *letter.mutable_measurement() = ToMeasurement(point);
  }
  *letter.mutable_date() = time::ToDate(point.day);
  SetViolations(violated, letter);
  letter.set_event_schema(schema);
  letter.set_state(DeadLetter::STATE_OPEN);
  *letter.mutable_deliver_time() = time::ToTimestamp(now);
  return letter;
}

absl::Status InsertDeadLetters(sql::Session& session, const std::vector<DeadLetter>& letters) {
  const std::string head = InsertHead();
  return ForChunks(
      letters.size(),
      [&](size_t begin, size_t size) {
        sql::Values values;
        for (size_t i = begin; i < begin + size; ++i) {
          values.emplace_back(letters[i].event().user());
          for (const record::Column& column : LetterColumns()) values.push_back(record::ReadField(letters[i], column));
        }
        const std::string row = absl::StrCat("(", sql::Placeholders(LetterColumns().size() + 1), ")");
        return session.Execute(head + sql::Placeholders(size, row), values).status();
      },
      kLettersTogether);
}

absl::Status UpdateViolations(sql::Session& session, const DeadLetter& letter) {
  sql::Values values;
  for (const char* column : {"reason", "violations", "event_schema", "name"})
    values.push_back(record::ReadField(letter, LetterColumn(column)));
  return session.Execute("UPDATE dead_letters SET reason = ?, violations = ?, event_schema = ? WHERE name = ?", values).status();
}

std::string KindOf(const DeadLetter& letter) { return letter.measurement_name().empty() ? kEventKind : kMeasurementKind; }

std::string PointNameOf(const DeadLetter& letter) {
  return letter.measurement_name().empty() ? letter.event_name() : letter.measurement_name();
}

Point PointOf(const DeadLetter& letter, absl::TimeZone zone) {
  Point point = letter.measurement_name().empty() ? ToPoint(letter.event(), zone) : ToPoint(letter.measurement(), zone);
  point.position = letter.position();
  return point;
}

void SetViolations(const std::vector<Violated>& violated, DeadLetter& letter) {
  letter.clear_violations();
  for (const Violated& one : violated) *letter.add_violations() = ToViolation(one);
  letter.set_reason(violated.empty() ? Violation::REASON_UNSPECIFIED : violated.front().reason);
}

Point Repaired(const Point& point, const v1::DeadLetterRepair& repair, std::vector<Violated>& violated) {
  Point result = point;
  Rename(repair.renamed_keys(), "dimensions", point, result.dimensions, violated);
  Rename(repair.renamed_keys(), "properties", point, result.properties, violated);
  SetConstants(repair.dimensions(), result.dimensions, result.properties);
  SetConstants(repair.properties(), result.properties, result.dimensions);
  for (const auto& entry : result.dimensions) {
    if (!result.properties.contains(entry.first)) continue;
    violated.push_back(LetterViolation(Violation::REASON_KEY_TAKEN, absl::StrCat("properties[", entry.first, "]"),
                                       {{"from", entry.first}, {"to", entry.first}}));
  }
  CheckCount(result.dimensions, "dimensions", kMostDimensions, violated);
  CheckCount(result.properties, "properties", kMostProperties, violated);
  if (!repair.point_name().empty()) result.name = repair.point_name();
  if (!repair.activity().empty()) result.activity = repair.activity();
  if (!repair.currency_code().empty()) result.currency_code = repair.currency_code();
  return result;
}

}  // namespace heitie::metrics
