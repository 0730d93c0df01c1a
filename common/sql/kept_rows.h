// Rows that works of one transaction have locked, kept for those that run after them in it (Database::WriteTogether): what many requests
// change is read once for all of them and written once, before the next statement that could see it or at their end. While a transaction
// holds the lock nobody else changes the row, and any other statement that changes something makes it forget all it kept.
//
// Only where a work that fails undoes all of them: works that are undone alone, and a work that is alone, read and write each row.
#ifndef HEITIE_COMMON_SQL_KEPT_ROWS_H_
#define HEITIE_COMMON_SQL_KEPT_ROWS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/sql/database.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace heitie::sql {

// Not thread-safe.
class KeptRows {
 public:
  using Row = std::shared_ptr<const google::protobuf::Message>;
  // Makes of the row as it is `stored` the row as it has become.
  using Write = std::function<absl::Status(Session&, const google::protobuf::Message& stored, const google::protobuf::Message& row)>;

  // nullptr when it is not kept. The name is one of the caller's, the same for each of its rows.
  Row Find(const std::string& name) const;
  // A row that the transaction has locked, as it is stored.
  void Keep(const std::string& name, Row row);
  // What has become of a row of a table that is kept; of several writes of one the last is done.
  void Replace(const std::string& table, const std::string& name, Row row, Write write);

  // Whether something is yet to be written.
  bool pending() const { return pending_ > 0; }
  // Whether a query could see some of it: one that does not spell the name of a table reads nothing of it.
  bool PendingFor(const std::string& query) const;
  // Writes it, in the order of the names. What could not be written stays pending.
  absl::Status WriteAll(Session& session);
  void Clear();

 private:
  struct Kept {
    Row row;
    Row stored;  // where `row` is yet to be written
    std::string table;
    Write write;
  };
  std::map<std::string, Kept> rows_;
  size_t pending_ = 0;
};

// Those of the transaction that the session is in; nullptr where nothing is kept.
KeptRows* KeptRowsOf(Session& session);

}  // namespace heitie::sql

#endif  // HEITIE_COMMON_SQL_KEPT_ROWS_H_
