#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/sql/database_impl.h"
#include "common/status/macros.h"

namespace heitie::sql {
namespace {

constexpr absl::Duration kConnectTime = absl::Seconds(5);

struct Migration {
  std::string id;  // "<folder's parent>/<file>", for example "resource/0001_stock.sql"
  std::string text;
};

absl::StatusOr<std::vector<Migration>> LoadMigrations(const std::vector<std::string>& folders) {
  std::vector<Migration> migrations;
  for (const std::string& folder : folders) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      if (entry.path().extension() == ".sql") files.push_back(entry.path());
    }
    if (error) return absl::NotFoundError(absl::StrCat("migrations: ", folder, ": ", error.message()));
    std::sort(files.begin(), files.end());
    const std::string owner = std::filesystem::path(folder).parent_path().filename().string();
    for (const auto& file : files) {
      std::ifstream in(file);
      std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      migrations.push_back({absl::StrCat(owner, "/", file.filename().string()), std::move(text)});
    }
  }
  return migrations;
}

// Statements end with `;` at the end of a line; lines that begin with `--` are comments.
std::vector<std::string> SplitStatements(const std::string& text) {
  std::vector<std::string> statements(1);
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("--", 0) == 0) continue;
    absl::StrAppend(&statements.back(), line, "\n");
    if (!line.empty() && line.back() == ';') statements.emplace_back();
  }
  if (statements.back().find_first_not_of(" \n\t") == std::string::npos) statements.pop_back();
  return statements;
}

bool IsOutage(const absl::Status& status) { return absl::IsUnavailable(status) || absl::IsResourceExhausted(status); }

absl::Status Apply(Connection& session, const Migration& migration) {
  std::string applied;
  RETURN_IF_ERROR(session.Query("SELECT LOWER(HEX(checksum)) = SHA2(?, 256) FROM migration WHERE id = ?",
                                Bind(migration.text, migration.id), [&](const Row& row) { applied = row.Text(0); }));
  if (applied == "1") return absl::OkStatus();
  if (!applied.empty()) return absl::FailedPreconditionError(absl::StrCat("migration ", migration.id, " changed after it was applied"));
  for (const std::string& statement : SplitStatements(migration.text)) {
    absl::Status status = session.Direct(statement);
    if (!status.ok() && !IsOutage(status))
      return absl::Status(status.code(), absl::StrCat("migration ", migration.id, ": ", CauseOf(status), " in: ", statement));
    RETURN_IF_ERROR(status);
  }
  return session
      .Execute("INSERT INTO migration (id, checksum, apply_time) VALUES (?, UNHEX(SHA2(?, 256)), UTC_TIMESTAMP(6))",
               Bind(migration.id, migration.text))
      .status();
}

}  // namespace

absl::Status Database::Migrate(const std::vector<std::string>& folders) {
  ASSIGN_OR_RETURN(const std::vector<Migration> migrations, LoadMigrations(folders));
  const std::string& schema = impl_->pool.options().schema;
  const bool plain =
      !schema.empty() && schema.size() <= 64 && schema.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
  if (!plain) return absl::InvalidArgumentError(absl::StrCat("not a schema name (a-z, 0-9, _): ", schema));

  ASSIGN_OR_RETURN(auto session, impl_->pool.Connect(absl::Now() + kConnectTime, false));
  RETURN_IF_ERROR(
      session->Direct(absl::StrCat("CREATE DATABASE IF NOT EXISTS ", schema, " DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")));
  RETURN_IF_ERROR(session->Direct(absl::StrCat("USE ", schema)));
  // A session lock, so that replicas that start together migrate one after the other; it goes with the connection. Names of locks have at
  // most 64 letters, as those of schemas, which are therefore not in them.
  bool locked = false;
  RETURN_IF_ERROR(session->Query("SELECT GET_LOCK(CONCAT('heitie_', LEFT(SHA2(?, 256), 40)), 60)", Bind(schema),
                                 [&](const Row& row) { locked = row.Int(0) == 1; }));
  if (!locked) return absl::UnavailableError("another process has been migrating for a minute");
  RETURN_IF_ERROR(
      session->Direct("CREATE TABLE IF NOT EXISTS migration (id VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY, "
                      "checksum BINARY(32) NOT NULL, apply_time DATETIME(6) NOT NULL) ENGINE=InnoDB"));
  for (const Migration& migration : migrations) RETURN_IF_ERROR(Apply(*session, migration));
  return absl::OkStatus();
}

}  // namespace heitie::sql
