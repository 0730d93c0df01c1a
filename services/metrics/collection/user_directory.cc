#include "services/metrics/collection/user_directory.h"

#include <limits>

#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "services/metrics/collection/chunks.h"

namespace heitie::metrics {

const status::Reason kTooManyUsers{absl::StatusCode::kResourceExhausted, "TOO_MANY_USERS",
                                   "More than {limit} different users cannot be counted.", "無法統計超過 {limit} 名不同使用者。"};

namespace {

constexpr int64_t kMaxUsers = int64_t{1} << 32;  // what a 32-bit bitmap holds

absl::Status ReadOrdinals(sql::Session& session, const std::vector<std::string>& users, Ordinals& ordinals) {
  return ForChunks(users.size(), [&](size_t begin, size_t size) {
    const sql::Values values(users.begin() + begin, users.begin() + begin + size);
    return session.Query("SELECT user_id, ordinal FROM known_user WHERE user_id IN (" + sql::Placeholders(size) + ")", values,
                         [&](const sql::Row& row) { ordinals[row.Text(0)] = static_cast<uint32_t>(row.Int(1)); });
  });
}

std::vector<std::string> Missing(const std::vector<std::string>& users, const Ordinals& ordinals) {
  std::vector<std::string> missing;
  for (const std::string& user : users) {
    if (!ordinals.contains(user)) missing.push_back(user);
  }
  return missing;
}

absl::StatusOr<int64_t> LockCounter(sql::Session& session) {
  int64_t next = -1;
  RETURN_IF_ERROR(
      session.Query("SELECT next_ordinal FROM user_counter WHERE id = 1 FOR UPDATE", {}, [&](const sql::Row& row) { next = row.Int(0); }));
  if (next < 0) return absl::DataLossError("the row of user_counter is missing");
  return next;
}

absl::Status InsertUsers(sql::Session& session, const std::vector<std::string>& users, int64_t first) {
  return ForChunks(users.size(), [&](size_t begin, size_t size) {
    sql::Values values;
    for (size_t i = begin; i < begin + size; ++i) {
      values.push_back(users[i]);
      values.push_back(first + static_cast<int64_t>(i));
    }
    return session.Execute("INSERT INTO known_user (user_id, ordinal) VALUES " + sql::Placeholders(size, "(?,?)"), values).status();
  });
}

// Gives the users ordinals that nobody else gives: whoever adds users holds the counter's lock and looks again under it.
absl::Status AddUsers(sql::Session& session, const std::vector<std::string>& users, Ordinals& ordinals) {
  ASSIGN_OR_RETURN(const int64_t next, LockCounter(session));
  RETURN_IF_ERROR(ReadOrdinals(session, users, ordinals));
  const std::vector<std::string> added = Missing(users, ordinals);
  const int64_t count = static_cast<int64_t>(added.size());
  if (next + count > kMaxUsers) return status::Error(kTooManyUsers, {{"limit", kMaxUsers}});
  RETURN_IF_ERROR(InsertUsers(session, added, next));
  RETURN_IF_ERROR(session.Execute("UPDATE user_counter SET next_ordinal = ? WHERE id = 1", sql::Bind(next + count)).status());
  for (int64_t i = 0; i < count; ++i) ordinals[added[i]] = static_cast<uint32_t>(next + i);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Ordinals> OrdinalsOf(sql::Database& database, absl::Time deadline, const std::vector<std::string>& users) {
  Ordinals ordinals;
  RETURN_IF_ERROR(database.Read(deadline, [&](sql::Session& session) { return ReadOrdinals(session, users, ordinals); }));
  const std::vector<std::string> missing = Missing(users, ordinals);
  if (missing.empty()) return ordinals;
  // Kept after the commit only: a transaction that is undone gave ordinals that others get.
  Ordinals added;
  RETURN_IF_ERROR(database.Write(deadline, [&](sql::Session& session) {
    added.clear();
    return AddUsers(session, missing, added);
  }));
  ordinals.insert(added.begin(), added.end());
  return ordinals;
}

}  // namespace heitie::metrics
