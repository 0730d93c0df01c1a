// A line with the format (c or n), the delimiter and the scale, then a file: rows become events as an import makes them. What is an event
// is one that the door would let in; whatever pieces the file is read in, it has the same rows; and cells that are written are read again.
#include "common/rpc/validate.h"
#include "services/metrics/collection/batch.h"
#include "services/metrics/import/mapping.h"
#include "services/metrics/import/text_rows.h"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {
namespace {

using metrics::Chunk;
using metrics::RowMapper;
using metrics::v1::ImportField;

const absl::Time kNow = absl::FromUnixSeconds(1767225600);

void Add(ImportField::Target target, const std::string& column, const std::string& key, metrics::v1::ImportMapping& mapping) {
  ImportField& field = *mapping.add_fields();
  field.set_target(target);
  field.set_column(column);
  field.set_key(key);
}

metrics::v1::ImportMapping MappingOf(const std::string& line) {
  metrics::v1::ImportMapping mapping;
  mapping.set_format(line.rfind('n', 0) == 0 ? metrics::v1::ImportMapping::FORMAT_NDJSON : metrics::v1::ImportMapping::FORMAT_CSV);
  if (line.size() > 1 && std::string(",;|\t").find(line[1]) != std::string::npos) mapping.set_delimiter(line.substr(1, 1));
  mapping.set_time_zone("America/New_York");
  Add(ImportField::TARGET_EVENT_NAME, "n", "", mapping);
  Add(ImportField::TARGET_USER, "u", "", mapping);
  Add(ImportField::TARGET_OCCUR_TIME, "t", "", mapping);
  Add(ImportField::TARGET_EVENT_ID, "i", "", mapping);
  Add(ImportField::TARGET_DIMENSION, "d", "channel", mapping);
  Add(ImportField::TARGET_PROPERTY, "p", "quantity", mapping);
  if (line.size() > 2 && line[2] == 'v') {
    Add(ImportField::TARGET_VALUE, "a", "", mapping);
  } else {
    Add(ImportField::TARGET_VALUE_MINOR, "a", "", mapping);
    mapping.mutable_fields()->rbegin()->set_scale(line.size() > 2 ? line[2] % 7 : 2);
  }
  return mapping;
}

void RequireGood(const metrics::v1::Event& event) {
  metrics::v1::IngestEventsRequest request;
  request.set_producer("producers/import");
  request.set_sequence(1);
  *request.add_events() = event;
  Require(rpc::Validate(request).ok() && metrics::CheckBatch(request, kNow).ok(), "an event of a row is one that the door lets in");
}

struct Read {
  std::string events, errors;
  int64_t rows = 0;
};

Read ReadAll(absl::string_view text, const RowMapper& mapper) {
  Read read;
  while (!text.empty()) {
    const absl::StatusOr<Chunk> chunk = metrics::TakeChunk(text, true, mapper, kNow);
    if (!chunk.ok()) break;
    Require(chunk->length > 0 && chunk->length <= text.size(), "reading goes on");
    for (const auto& event : chunk->events) {
      RequireGood(event);
      read.events += Canonical(event) + "\n";
    }
    for (const auto& bad : chunk->bad) {
      Require(!bad.errors.empty() && bad.row >= 0 && bad.row < chunk->rows, "a bad row has its errors");
      for (const auto& error : bad.errors) Require(!error.reason.empty() && !error.text.empty(), "an error says what is wrong");
    }
    read.rows += chunk->rows;
    text.remove_prefix(chunk->length);
  }
  return read;
}

// Row by row, as if each came alone.
Read ReadRows(absl::string_view text, const RowMapper& mapper) {
  Read read;
  while (!text.empty()) {
    const auto length = metrics::RowLength(text, mapper.quoted(), true);
    Require(length.has_value() && *length > 0 && *length <= text.size(), "a row has an end");
    std::vector<metrics::RowError> errors;
    const auto event = mapper.Map(text.substr(0, *length), kNow, errors);
    if (event) read.events += Canonical(*event) + "\n";
    read.rows += event.has_value() || !errors.empty();
    text.remove_prefix(*length);
  }
  return read;
}

void RequireCells(const std::string& text) {
  if (text.find('\0') != std::string::npos) return;
  const std::string cell = metrics::CsvCell(text);
  const auto cells = metrics::ParseCsvRow(cell + ",x\r\n", ',');
  Require(cells.has_value() && cells->size() == 2, "a cell that is written is one");
  Require((*cells)[0] == text || (*cells)[0] == "'" + text, "a cell that is written is read again");
  const size_t first = (*cells)[0].find_first_not_of(' ');
  Require(first == std::string::npos || std::string("=+-@\t\r\n|").find((*cells)[0][first]) == std::string::npos, "nothing is computed");
}

void Play(const std::string& line, const std::string& file) {
  const metrics::v1::ImportMapping mapping = MappingOf(line);
  Require(metrics::CheckMapping(mapping).ok(), "the mapping is one");
  const size_t mark = metrics::MarkLength(file);
  const absl::string_view text = absl::string_view(file).substr(mark);
  const bool csv = mapping.format() == metrics::v1::ImportMapping::FORMAT_CSV;
  const size_t header = csv ? metrics::RowLength(text, true, true).value_or(0) : 0;
  RequireCells(file);
  const auto mapper = RowMapper::Of(mapping, text.substr(0, header), absl::FixedTimeZone(8 * 3600));
  if (!mapper.ok()) return;
  const Read whole = ReadAll(text.substr(header), *mapper), alone = ReadRows(text.substr(header), *mapper);
  RequireEqual(whole.events, alone.events, "the rows of a file do not depend on how they are read");
  Require(whole.rows == alone.rows, "nor does their number");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto lines = heitie::fuzz::Lines(data, size, 2);
  heitie::fuzz::Play(lines[0], lines[1]);
  return 0;
}
