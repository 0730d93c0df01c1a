#include "common/test/future.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/macros.h"

namespace heitie::test {
namespace {

constexpr char kColumns[] =
    " ADD COLUMN future_null BLOB NULL FIRST, ADD COLUMN future_text VARBINARY(64) NOT NULL DEFAULT 'later' FIRST, ADD COLUMN "
    "future_number "
    "BIGINT NOT NULL DEFAULT 7, ADD COLUMN future_ratio DOUBLE NOT NULL DEFAULT 0.5, ADD COLUMN future_flag BOOLEAN NOT NULL DEFAULT TRUE, "
    "ADD COLUMN future_time DATETIME(6) NOT NULL DEFAULT '2030-01-01', ADD COLUMN future_now DATETIME(6) NOT NULL DEFAULT "
    "CURRENT_TIMESTAMP(6), ADD COLUMN future_day DATE NULL, ADD COLUMN future_json LONGTEXT NULL, ADD COLUMN future_computed BIGINT "
    "GENERATED "
    "ALWAYS AS (future_number + 1) STORED, ADD KEY future_numbers (future_number)";

}  // namespace

absl::Status AddFuture(sql::Database& database) {
  return database.Read(absl::Now() + absl::Seconds(60), [](sql::Session& session) -> absl::Status {
    std::vector<std::string> tables;
    RETURN_IF_ERROR(
        session.Query("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' "
                      "ORDER BY table_name",
                      {}, [&](const sql::Row& row) { tables.push_back(row.Text(0)); }));
    for (const std::string& table : tables) RETURN_IF_ERROR(session.Execute(absl::StrCat("ALTER TABLE `", table, "`", kColumns)).status());
    RETURN_IF_ERROR(session.Execute("CREATE TABLE future_things (name VARBINARY(190) NOT NULL PRIMARY KEY) ENGINE=InnoDB").status());
    return session
        .Execute(
            "INSERT INTO migration (id, checksum, apply_time) VALUES ('future/9999_future.sql', UNHEX(SHA2('', 256)), UTC_TIMESTAMP(6))")
        .status();
  });
}

}  // namespace heitie::test
