// Values on their way into statements and out of results.
#ifndef HEITIE_COMMON_SQL_ROWS_H_
#define HEITIE_COMMON_SQL_ROWS_H_

#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>

#include "common/sql/database.h"

namespace heitie::sql {

// The current row of a result of the connector.
class ConnectorRow final : public Row {
 public:
  explicit ConnectorRow(::sql::ResultSet& result) : result_(result) {}
  bool IsNull(int column) const override { return result_.isNull(column + 1); }
  int64_t Int(int column) const override { return IsNull(column) ? 0 : result_.getInt64(column + 1); }
  double Double(int column) const override { return IsNull(column) ? 0 : static_cast<double>(result_.getDouble(column + 1)); }
  std::string Text(int column) const override { return IsNull(column) ? std::string() : result_.getString(column + 1).asStdString(); }
  absl::Time Time(int column) const override;

 private:
  ::sql::ResultSet& result_;
};

void BindValues(::sql::PreparedStatement& statement, const Values& values);

// Rows that one statement may insert from `begin` on: a power of two of them, so that few statements are ever prepared, and not too many
// bytes.
size_t RowsTogether(const std::vector<Values>& rows, size_t begin);

}  // namespace heitie::sql

#endif  // HEITIE_COMMON_SQL_ROWS_H_
