// Connector/C++ as a program would use it that has nothing else to do: the measure for what the services put on top.
#include <cppconn/connection.h>
#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>

#include <map>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/load/measure.h"

namespace heitie::load {
namespace {

void BindValue(::sql::PreparedStatement& statement, unsigned index, const sql::Value& value) {
  if (std::holds_alternative<std::monostate>(value)) {
    statement.setNull(index, 0);
  } else if (const auto* i = std::get_if<int64_t>(&value)) {
    statement.setInt64(index, *i);
  } else if (const auto* d = std::get_if<double>(&value)) {
    statement.setDouble(index, *d);
  } else if (const auto* s = std::get_if<std::string>(&value)) {
    statement.setString(index, *s);
  } else {
    statement.setDateTime(index, absl::FormatTime("%Y-%m-%d %H:%M:%E6S", std::get<absl::Time>(value), absl::UTCTimeZone()));
  }
}

}  // namespace

struct RawSql::Connection {
  Connection(const std::string& socket, const std::string& schema) {
    ::sql::ConnectOptionsMap map;
    map["hostName"] = ::sql::SQLString("unix://" + socket);
    map["userName"] = ::sql::SQLString("root");
    map["password"] = ::sql::SQLString("");
    map["schema"] = ::sql::SQLString(schema);
    link.reset(get_driver_instance()->connect(map));
    control.reset(link->createStatement());
    control->execute("SET NAMES utf8mb4, time_zone = '+00:00'");
    control->execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
  }

  void Run(const Work& work) {
    if (work.size() > 1) control->execute("START TRANSACTION");
    for (const Statement& statement : work) Run(statement);
    if (work.size() > 1) control->execute("COMMIT");
  }

  void Run(const Statement& statement) {
    auto& prepared = statements[statement.sql];
    if (prepared == nullptr) prepared.reset(link->prepareStatement(statement.sql));
    for (size_t i = 0; i < statement.parameters.size(); ++i) BindValue(*prepared, static_cast<unsigned>(i + 1), statement.parameters[i]);
    if (!absl::StartsWith(statement.sql, "SELECT")) {
      prepared->executeUpdate();
      return;
    }
    const std::unique_ptr<::sql::ResultSet> rows(prepared->executeQuery());
    const unsigned columns = rows->getMetaData()->getColumnCount();
    size_t bytes = 0;
    while (rows->next()) {
      for (unsigned column = 1; column <= columns; ++column) {
        if (!rows->isNull(column)) bytes += rows->getString(column).length();
      }
    }
    if (bytes == 0) Die("no rows: " + statement.sql);
  }

  std::unique_ptr<::sql::Connection> link;  // outlives its statements
  std::unique_ptr<::sql::Statement> control;
  std::map<std::string, std::unique_ptr<::sql::PreparedStatement>> statements;
};

RawSql::RawSql(const std::string& socket, const std::string& schema, int connections) {
  try {
    for (int i = 0; i < connections; ++i) connections_.push_back(std::make_unique<Connection>(socket, schema));
  } catch (const ::sql::SQLException& e) {
    Die(absl::StrCat("cannot connect to the database: ", e.what()));
  }
}

RawSql::~RawSql() = default;

void RawSql::Do(const std::vector<Work>& works) {
  try {
    for (const Work& work : works) connections_.front()->Run(work);
  } catch (const ::sql::SQLException& e) {
    Die(absl::StrCat("MySQL ", e.getErrorCode(), ": ", e.what()));
  }
}

Samples RawSql::Loop(int threads, const Window& window, const std::function<Work()>& next) {
  std::vector<Samples> samples(threads);
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      try {
        for (auto now = Clock::now(); now < window.end;) {
          const Work work = next();
          const auto asked = Clock::now();
          connections_[i]->Run(work);
          now = Clock::now();
          samples[i].Add(window, asked, now);
        }
      } catch (const ::sql::SQLException& e) {
        Die(absl::StrCat("MySQL ", e.getErrorCode(), ": ", e.what()));
      }
    });
  }
  Samples all;
  for (int i = 0; i < threads; ++i) {
    running[i].join();
    all.Merge(samples[i]);
  }
  return all;
}

}  // namespace heitie::load
