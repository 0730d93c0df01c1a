#include "tests/load/tables.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

namespace heitie::load {

Tables::Tables(const std::string& socket, const std::vector<std::string>& services) {
  for (const std::string& service : services) {
    sql::Options options;
    options.socket = socket;
    options.user = "root";
    options.schema = absl::StrCat("heitie_", service);
    options.pool_size = 2;
    databases_[service] = std::make_unique<sql::Database>(options);
  }
}

void Tables::Execute(const std::string& service, const std::string& statement, const sql::Values& values) {
  Run(service, [&](sql::Session& session) { return session.Execute(statement, values).status(); });
}

bool Tables::Finds(const std::string& service, const std::string& query, const sql::Values& values) {
  bool found = false;
  Run(service, [&](sql::Session& session) { return session.Query(query, values, [&](const sql::Row&) { found = true; }); });
  return found;
}

int64_t Tables::Number(const std::string& service, const std::string& query, const sql::Values& values) {
  const std::vector<int64_t> numbers = Numbers(service, query, values);
  return numbers.empty() ? 0 : numbers.back();
}

std::vector<int64_t> Tables::Numbers(const std::string& service, const std::string& query, const sql::Values& values) {
  std::vector<int64_t> numbers;
  Run(service, [&](sql::Session& session) {
    numbers.clear();
    return session.Query(query, values, [&](const sql::Row& row) { numbers.push_back(row.Int(0)); });
  });
  return numbers;
}

sql::Value& Tables::Row::At(const std::string& column) {
  const auto it = std::find(columns.begin(), columns.end(), column);
  if (it == columns.end()) Die("there is no column " + column);
  return values[it - columns.begin()];
}

RawSql::Statement Tables::Row::InsertInto(const std::string& table) const {
  std::vector<std::string> marks(columns.size(), "?");
  return {absl::StrCat("INSERT INTO ", table, " (", absl::StrJoin(columns, ", "), ") VALUES (", absl::StrJoin(marks, ", "), ")"), values};
}

Tables::Row Tables::Read(const std::string& service, const std::string& table, const std::string& condition, const sql::Values& values) {
  std::vector<Row> rows = ReadAll(service, table, condition + " LIMIT 1", values);
  if (rows.empty()) Die(absl::StrCat("no row of ", table, " ", condition));
  return std::move(rows.front());
}

std::vector<Tables::Row> Tables::ReadAll(const std::string& service, const std::string& table, const std::string& condition,
                                         const sql::Values& values) {
  const std::vector<std::string> columns = ColumnsOf(service, table);
  std::vector<Row> rows;
  Run(service, [&](sql::Session& session) {
    rows.clear();
    return session.Query(absl::StrCat("SELECT ", absl::StrJoin(columns, ", "), " FROM ", table, " ", condition), values,
                         [&](const sql::Row& found) {
                           Row& row = rows.emplace_back();
                           row.columns = columns;
                           for (int i = 0; i < static_cast<int>(columns.size()); ++i)
                             row.values.push_back(found.IsNull(i) ? sql::Value() : sql::Value(found.Text(i)));
                         });
  });
  return rows;
}

std::string Tables::Quote(const std::string& name) { return absl::StrCat("`", name, "`"); }

std::vector<std::string> Tables::ColumnsOf(const std::string& service, const std::string& table) {
  std::vector<std::string> columns;
  Run(service, [&](sql::Session& session) {
    columns.clear();
    return session.Query(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ? AND extra NOT LIKE '%GENERATED%' "
        "AND extra NOT LIKE '%auto_increment%' ORDER BY ordinal_position",
        sql::Bind(absl::StrCat("heitie_", service), table), [&](const sql::Row& row) { columns.push_back(Quote(row.Text(0))); });
  });
  return columns;
}

void Tables::Run(const std::string& service, const std::function<absl::Status(sql::Session&)>& work) {
  const absl::Status status = databases_.at(service)->Read(absl::Now() + absl::Minutes(1), work);
  if (!status.ok()) Die(absl::StrCat("the schema of ", service, ": ", status.ToString()));
}

}  // namespace heitie::load
