// The mapper: which columns a message has, and a row as a message and back, all by descriptor (rules of the types in kind.h).
#ifndef HEITIE_COMMON_RECORD_COLUMNS_H_
#define HEITIE_COMMON_RECORD_COLUMNS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/database.h"
#include "common/status/status.h"
#include "google/protobuf/message.h"

namespace heitie::record {

enum class ColumnType { kText, kInteger, kBoolean, kDouble, kEnum, kTimestamp, kDate, kBytes, kJson };

struct Column {
  const google::protobuf::FieldDescriptor* field;
  ColumnType type;
};

// The column's name in backticks, for a field may bear a word that SQL reserves, such as `lines`.
std::string Quoted(const Column& column);
// The stored fields of a message, in the order of the contract.
std::vector<Column> ColumnsOf(const google::protobuf::Descriptor& message);
// "goods_receipts" of a message whose resource's plural is goodsReceipts.
std::string TableOf(const google::protobuf::Descriptor& message);

// A text field by its name; empty where the message has no such field.
std::string TextOf(const google::protobuf::Message& message, const std::string& field);

sql::Value ReadField(const google::protobuf::Message& message, const Column& column);

// Puts into a row's values, one for each column, what `json`, the whole message's, says of enums and of what is stored as JSON itself, also
// where this contract does not know a value or a member. `json` must be of the message (json.h, FromJson).
void TakeUnknown(const std::string& json, const std::vector<Column>& columns, sql::Values* values);

// The values of a row that only a newer version knows.
struct Newer {
  // The name by the name of its enum's column.
  std::map<std::string, std::string> values;
  // Whether there is one in JSON.
  bool nested = false;
  bool empty() const { return values.empty() && !nested; }
};

// A value that the contract does not know becomes its enum's first one, UNSPECIFIED, and is told by `newer` unless that is null. Unknown
// members of JSON are left out. DATA_LOSS when the row holds what no version's contract can express.
absl::Status WriteField(const sql::Row& row, int index, const Column& column, google::protobuf::Message* message, Newer* newer = nullptr);

// The same of a text, bytes, an integer as a text, or JSON that is at hand.
absl::Status WriteText(const std::string& text, const Column& column, google::protobuf::Message* message, Newer* newer = nullptr);

// {name}: its row holds a value of a newer version, for example a state, whose rules this program does not know. UNAVAILABLE, not
// FAILED_PRECONDITION: nothing was done, there is nothing for the caller to change first, and while the suite is being upgraded a retry
// reaches a newer replica, where the same request succeeds.
extern const status::Reason kNewerVersion;
absl::Status NewerVersion(const std::string& name);

// Whether `text` may be the name of an enum's value in some version.
bool MayBeValue(const std::string& text);

// A literal of a filter, "STATE_LIVE" or "2026-01-01", as a value of the column; nothing when it is none.
std::optional<sql::Value> ParseLiteral(const std::string& text, const Column& column);
// What literals of the column are: "a date like 2026-01-31". Nothing when it cannot be filtered.
std::optional<status::Words> FormOfLiteral(const Column& column);

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_COLUMNS_H_
