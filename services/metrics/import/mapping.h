// How rows of a file become events or measurements (policy M1). Pure; no database.
#ifndef HEITIE_SERVICES_METRICS_IMPORT_MAPPING_H_
#define HEITIE_SERVICES_METRICS_IMPORT_MAPPING_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/import.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"

namespace heitie::metrics {

extern const status::Reason kBadMapping;     // {why}
extern const status::Reason kColumnMissing;  // {column}: the header of the file lacks it

// BAD_MAPPING, every mistake by its field.
absl::Status CheckMapping(const v1::ImportMapping& mapping);

// `text`, a decimal number such as -11.7, times 10^scale. Nothing when it is none, has more decimals, or leaves 64 bits.
std::optional<int64_t> ParseScaled(absl::string_view text, int scale);
// An instant with its offset, a time of `zone` without one (one that a clock change skips or repeats is taken with the offset before the
// change), or the start of a day of the business zone. Nothing for other texts.
std::optional<absl::Time> ParseMoment(const std::string& text, absl::TimeZone zone, absl::TimeZone business);

// What keeps a row from being an event.
struct RowError {
  std::string field;  // column, or field of the event
  std::string reason;
  std::string text;
  std::string cell;
};

// Reads rows by a mapping. Immutable.
class RowMapper {
 public:
  // `header`: the first row of CSV; not used for NDJSON. FILE_COLUMN_MISSING.
  static absl::StatusOr<RowMapper> Of(const v1::ImportMapping& mapping, absl::string_view header, absl::TimeZone business);

  bool quoted() const { return mapping_.format() == v1::ImportMapping::FORMAT_CSV; }
  // Whether rows are measurements.
  bool measures() const { return measures_; }
  // The event of a row; nothing for an empty line, or when `errors` tells why it is none. Times are judged as of `now`.
  std::optional<v1::Event> Map(absl::string_view row, absl::Time now, std::vector<RowError>& errors) const;
  // Likewise, where rows are measurements.
  std::optional<v1::Measurement> MapMeasurement(absl::string_view row, absl::Time now, std::vector<RowError>& errors) const;

 private:
  RowMapper(const v1::ImportMapping& mapping, absl::TimeZone business);
  // The texts of the row by the mapping's columns; nothing for an empty line or a row that is not well-formed.
  std::optional<std::map<std::string, std::string>> Cells(absl::string_view row, std::vector<RowError>& errors) const;
  // What the fields make of the row, before the rules of the contract; a measurement's name stands for the event's.
  std::optional<v1::Event> Read(absl::string_view row, std::vector<RowError>& errors) const;
  void Set(const v1::ImportField& field, const std::string& text, v1::Event& event, std::vector<RowError>& errors) const;

  v1::ImportMapping mapping_;
  char delimiter_ = ',';
  absl::TimeZone zone_, business_;
  bool measures_ = false;
  size_t width_ = 0;                     // columns of the header
  std::map<std::string, size_t> index_;  // of the columns that the mapping names
};

// The rows of a batch: as many as it may have, by rules that depend on nothing but the rows, so that a repetition gives the same batch.
struct Chunk {
  // One of both.
  std::vector<v1::Event> events;
  std::vector<v1::Measurement> measurements;
  size_t size() const { return events.size() + measurements.size(); }
  struct BadRow {
    int64_t row;  // from 0 within the chunk
    std::vector<RowError> errors;
  };
  std::vector<BadRow> bad;
  int64_t rows = 0;
  // Bytes that it took.
  size_t length = 0;
};
inline constexpr size_t kMostRowBytes = 1 << 20;
// Text that suffices for a chunk and the row after it.
inline constexpr size_t kChunkText = 2 * kMostRowBytes;
// `text` begins with a row and has at least kChunkText bytes, or all that is left (`last`). ROW_TOO_LONG.
absl::StatusOr<Chunk> TakeChunk(absl::string_view text, bool last, const RowMapper& mapper, absl::Time now);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_IMPORT_MAPPING_H_
