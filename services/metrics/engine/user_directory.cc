#include "services/metrics/engine/user_directory.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "services/metrics/engine/chunks.h"

namespace heitie::metrics {

const status::Reason kTooManyUsers{absl::StatusCode::kResourceExhausted, "TOO_MANY_USERS",
                                   "More than {limit} different users cannot be counted.", "無法統計超過 {limit} 名不同使用者。"};

namespace {

constexpr int64_t kMaxUsers = int64_t{1} << 32;  // what a 32-bit bitmap holds
constexpr size_t kRemembered = 1 << 20;          // users, some 100 MiB with their ids

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

absl::StatusOr<int64_t> ReadErasures(sql::Session& session, bool share) {
  int64_t erasures = -1;
  RETURN_IF_ERROR(session.Query(
      share ? "SELECT erasures FROM erasure_counter WHERE id = 1 LOCK IN SHARE MODE" : "SELECT erasures FROM erasure_counter WHERE id = 1",
      {}, [&](const sql::Row& row) { erasures = row.Int(0); }));
  if (erasures < 0) return absl::DataLossError("the row of erasure_counter is missing");
  return erasures;
}

// Draws `count` numbers that nobody else draws.
absl::StatusOr<int64_t> Draw(sql::Database& database, absl::Time deadline, int64_t count) {
  int64_t next = -1;
  RETURN_IF_ERROR(database.Write(deadline, [&](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(session.Query("SELECT next_ordinal FROM user_counter WHERE id = 1 FOR UPDATE", {},
                                  [&](const sql::Row& row) { next = row.Int(0); }));
    if (next < 0) return absl::DataLossError("the row of user_counter is missing");
    if (next + count > kMaxUsers) return status::Error(kTooManyUsers, {{"limit", kMaxUsers}});
    return session.Execute("UPDATE user_counter SET next_ordinal = ? WHERE id = 1", sql::Bind(next + count)).status();
  }));
  return next;
}

// Gives the users numbers from `first` on. Who has got one meanwhile keeps it: then fewer are inserted than asked for.
absl::StatusOr<size_t> InsertUsers(sql::Session& session, const std::vector<std::string>& users, int64_t first) {
  size_t inserted = 0;
  RETURN_IF_ERROR(ForChunks(users.size(), [&](size_t begin, size_t size) -> absl::Status {
    sql::Values values;
    for (size_t i = begin; i < begin + size; ++i) {
      values.push_back(users[i]);
      values.push_back(first + static_cast<int64_t>(i));
    }
    ASSIGN_OR_RETURN(
        const int64_t rows,
        session.Execute("INSERT IGNORE INTO known_user (user_id, ordinal) VALUES " + sql::Placeholders(size, "(?,?)"), values));
    inserted += static_cast<size_t>(rows);
    return absl::OkStatus();
  }));
  return inserted;
}

// Which of the users are barred. Nearly always there is nobody, which costs one look.
absl::Status ReadBarred(sql::Session& session, const std::vector<std::string>& users, std::set<std::string>& barred) {
  bool any = false;
  RETURN_IF_ERROR(session.Query("SELECT 1 FROM barred_user LIMIT 1", {}, [&](const sql::Row&) { any = true; }));
  if (!any) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string salt, UserSalt(session));
  absl::flat_hash_map<std::string, std::string> by_digest;
  std::vector<std::string> digests;
  for (const std::string& user : users) {
    digests.push_back(UserDigest(salt, user));
    by_digest[digests.back()] = user;
  }
  return ForChunks(digests.size(), [&](size_t begin, size_t size) {
    const sql::Values values(digests.begin() + begin, digests.begin() + begin + size);
    return session.Query("SELECT user_digest FROM barred_user WHERE user_digest IN (" + sql::Placeholders(size) + ")", values,
                         [&](const sql::Row& row) { barred.insert(by_digest[row.Text(0)]); });
  });
}

}  // namespace

absl::StatusOr<std::string> UserSalt(sql::Session& session) {
  std::string salt;
  const auto read = [&] {
    return session.Query("SELECT value FROM setting WHERE name = 'user_salt'", {}, [&](const sql::Row& row) { salt = row.Text(0); });
  };
  RETURN_IF_ERROR(read());
  if (!salt.empty()) return salt;
  unsigned char random[32];
  if (RAND_bytes(random, sizeof random) != 1) return absl::InternalError("no random bytes");
  const std::string made = absl::BytesToHexString(std::string(reinterpret_cast<const char*>(random), sizeof random));
  RETURN_IF_ERROR(session.Execute("INSERT IGNORE INTO setting (name, value) VALUES ('user_salt', ?)", sql::Bind(made)).status());
  RETURN_IF_ERROR(read());
  return salt;
}

std::string UserDigest(const std::string& salt, const std::string& user) {
  const std::string text = absl::StrCat(salt, "|", user);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString(std::string(reinterpret_cast<const char*>(digest), size));
}

std::vector<std::string> UserDirectory::Recall(const std::vector<std::string>& users, Answer& answer) {
  const std::lock_guard lock(mutex_);
  answer.erasures = erasures_;
  std::vector<std::string> unknown;
  for (const std::string& user : users) {
    const auto it = known_.find(user);
    if (it == known_.end()) {
      unknown.push_back(user);
    } else {
      answer.ordinals.insert(*it);
    }
  }
  return unknown;
}

void UserDirectory::Remember(const Answer& answer) {
  const std::lock_guard lock(mutex_);
  if (answer.erasures != erasures_ || known_.size() + answer.ordinals.size() > kRemembered) known_.clear();
  erasures_ = answer.erasures;
  known_.insert(answer.ordinals.begin(), answer.ordinals.end());
}

void UserDirectory::Forget() {
  const std::lock_guard lock(mutex_);
  known_.clear();
  erasures_ = -1;
}

absl::StatusOr<UserDirectory::Answer> UserDirectory::OrdinalsOf(absl::Time deadline, const std::vector<std::string>& users) {
  Answer answer;
  std::vector<std::string> unknown = Recall(users, answer);
  if (unknown.empty() && answer.erasures >= 0) return answer;
  // The number of erasures is read first: what is read after it is at least as new.
  Answer read;
  RETURN_IF_ERROR(database_.Read(deadline, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(read.erasures, ReadErasures(session, false));
    if (read.erasures != answer.erasures) {
      answer.ordinals.clear();
      unknown = users;
    }
    return ReadOrdinals(session, unknown, read.ordinals);
  }));
  std::vector<std::string> added = Missing(unknown, read.ordinals);
  if (!added.empty()) {
    RETURN_IF_ERROR(database_.Read(deadline, [&](sql::Session& session) { return ReadBarred(session, added, read.barred); }));
    std::erase_if(added, [&](const std::string& user) { return read.barred.contains(user); });
  }
  if (!added.empty()) {
    // Those who add the same users wait for each other in this order and not in a circle.
    std::sort(added.begin(), added.end());
    ASSIGN_OR_RETURN(const int64_t first, Draw(database_, deadline, static_cast<int64_t>(added.size())));
    // Whoever is erased for good meanwhile must not come back by this.
    bool current = false;
    size_t inserted = 0;
    RETURN_IF_ERROR(database_.Write(deadline, [&](sql::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(current, IsCurrent(session, read));
      if (!current) return absl::OkStatus();
      ASSIGN_OR_RETURN(inserted, InsertUsers(session, added, first));
      return absl::OkStatus();
    }));
    if (!current) {
      Forget();
      return OrdinalsOf(deadline, users);
    }
    if (inserted == added.size()) {
      for (size_t i = 0; i < added.size(); ++i) read.ordinals[added[i]] = static_cast<uint32_t>(first + static_cast<int64_t>(i));
    } else {
      RETURN_IF_ERROR(database_.Read(deadline, [&](sql::Session& session) { return ReadOrdinals(session, added, read.ordinals); }));
    }
  }
  Remember(read);
  read.ordinals.insert(answer.ordinals.begin(), answer.ordinals.end());
  if (read.ordinals.size() + read.barred.size() != users.size())
    return absl::UnavailableError("users were erased while they were looked up");
  return read;
}

absl::StatusOr<std::set<std::string>> UserDirectory::BarredOf(absl::Time deadline, const std::vector<std::string>& users) {
  std::set<std::string> barred;
  RETURN_IF_ERROR(database_.Read(deadline, [&](sql::Session& session) { return ReadBarred(session, users, barred); }));
  return barred;
}

absl::StatusOr<bool> UserDirectory::IsCurrent(sql::Session& session, const Answer& answer) {
  if (answer.erasures < 0) return true;
  ASSIGN_OR_RETURN(const int64_t erasures, ReadErasures(session, true));
  return erasures == answer.erasures;
}

}  // namespace heitie::metrics
