// The schemas behind the services' backs: for what is prepared, for looking without asking, and for rows as the services store them, by
// which the connector writes the same.
#ifndef HEITIE_TESTS_LOAD_TABLES_H_
#define HEITIE_TESTS_LOAD_TABLES_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/sql/database.h"
#include "tests/load/measure.h"

namespace heitie::load {

// What fails stops the program.
class Tables {
 public:
  Tables(const std::string& socket, const std::vector<std::string>& services);

  void Execute(const std::string& service, const std::string& statement, const sql::Values& values = {});
  bool Finds(const std::string& service, const std::string& query, const sql::Values& values);
  int64_t Number(const std::string& service, const std::string& query, const sql::Values& values = {});
  // The first column of all rows.
  std::vector<int64_t> Numbers(const std::string& service, const std::string& query, const sql::Values& values = {});

  // A row as it was stored, all columns but those that the server makes itself. Columns are quoted: "`name`".
  struct Row {
    std::vector<std::string> columns;
    sql::Values values;

    sql::Value& At(const std::string& column);
    void Set(const std::string& column, const sql::Value& value) { At(column) = value; }
    void Clear(const std::string& column) { At(column) = sql::Value(); }
    RawSql::Statement InsertInto(const std::string& table) const;
  };
  Row Read(const std::string& service, const std::string& table, const std::string& condition, const sql::Values& values);
  std::vector<Row> ReadAll(const std::string& service, const std::string& table, const std::string& condition, const sql::Values& values);

  static std::string Quote(const std::string& name);
  std::vector<std::string> ColumnsOf(const std::string& service, const std::string& table);

 private:
  void Run(const std::string& service, const std::function<absl::Status(sql::Session&)>& work);

  std::map<std::string, std::unique_ptr<sql::Database>> databases_;
};

}  // namespace heitie::load

#endif  // HEITIE_TESTS_LOAD_TABLES_H_
