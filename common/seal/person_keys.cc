#include "common/seal/person_keys.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/seal/cipher.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"

namespace heitie::seal {

const status::Reason kPersonErased{absl::StatusCode::kFailedPrecondition, "PERSON_ERASED",
                                   "The personal data of {person} has been erased, and none is recorded again.",
                                   "{person} 的個人資料已刪除，不再記錄。"};
const status::Reason kMasterKeyMissing{absl::StatusCode::kUnavailable, "MASTER_KEY_MISSING",
                                       "Personal data cannot be opened at the moment; the key {key} is missing here. Try again.",
                                       "目前無法開啟個人資料，此處缺少金鑰 {key}，請再試一次。"};

namespace {

constexpr absl::Duration kUntilKey = absl::Seconds(1);
// For so long after an erasure of its own a process trusts nothing that it kept: longer than a transaction takes to commit.
constexpr absl::Duration kCaution = absl::Seconds(5);
// In a statement.
constexpr size_t kPortion = 256;
constexpr size_t kIdBytes = 16;
constexpr char kPepperId[] = "pepper";

std::string Bound(const std::string& id) { return absl::StrCat("person key\n", id); }

}  // namespace

std::string PersonKeys::Wrap(const MasterKeys::Key& master, const std::string& id, const std::string& bytes) const {
  return Encrypt(master.bytes, Bound(id), bytes);
}

absl::StatusOr<std::string> PersonKeys::Unwrap(const std::string& master_id, const std::string& id, const std::string& wrapped) {
  const std::optional<MasterKeys::Key> master = master_->Find(master_id);
  if (!master) return status::RetryLater(kMasterKeyMissing, kUntilKey, {{"key", master_id}});
  std::optional<std::string> bytes = Decrypt(master->bytes, Bound(id), wrapped);
  if (!bytes || bytes->size() != kKeyBytes)
    return absl::DataLossError(absl::StrCat("the person key ", id, " cannot be opened with the master key ", master_id));
  return *std::move(bytes);
}

absl::Status PersonKeys::Prepare(sql::Database& database, absl::Time deadline) {
  return database.Write(deadline, [&](sql::Session& session) -> absl::Status {
    std::string master, wrapped;
    bool there = false;
    RETURN_IF_ERROR(
        session.Query("SELECT pepper_master_key, pepper FROM person_key_state WHERE id = 1 FOR UPDATE", {}, [&](const sql::Row& row) {
          there = true;
          master = row.Text(0);
          wrapped = row.Text(1);
        }));
    if (!there) return absl::FailedPreconditionError("the table person_key_state has no row");
    if (!wrapped.empty()) {
      ASSIGN_OR_RETURN(pepper_, Unwrap(master, kPepperId, wrapped));
      return absl::OkStatus();
    }
    const MasterKeys::Key first = master_->First();
    pepper_ = RandomBytes(kKeyBytes);
    return session
        .Execute("UPDATE person_key_state SET pepper_master_key = ?, pepper = ? WHERE id = 1",
                 sql::Bind(first.id, Wrap(first, kPepperId, pepper_)))
        .status();
  });
}

std::string PersonKeys::Fingerprint(const std::string& purpose, const std::string& text) const {
  return Hmac(pepper_, absl::StrCat(purpose, "\n", text));
}

absl::StatusOr<PersonKey> PersonKeys::Find(sql::Session& session, const std::string& person, bool* found) {
  PersonKey key;
  std::string master, wrapped;
  *found = false;
  RETURN_IF_ERROR(
      session.Query("SELECT id, master_key, wrapped_key FROM person_keys WHERE person = ?", sql::Bind(person), [&](const sql::Row& row) {
        *found = true;
        key.id = row.Text(0);
        master = row.Text(1);
        wrapped = row.Text(2);
      }));
  if (!*found) return key;
  if (wrapped.empty()) return status::Error(kPersonErased, {{"person", person}});
  ASSIGN_OR_RETURN(key.bytes, Unwrap(master, key.id, wrapped));
  return key;
}

// Kept keys are not looked at: one of them may be of a transaction that was undone, and what it sealed could never be opened.
absl::StatusOr<PersonKey> PersonKeys::ForWriting(sql::Session& session, const std::string& person, absl::Time now) {
  bool found = false;
  ASSIGN_OR_RETURN(PersonKey key, Find(session, person, &found));
  if (found) return key;
  const MasterKeys::Key first = master_->First();
  key.id = absl::BytesToHexString(RandomBytes(kIdBytes));
  // Another transaction may make one at the same time: the first to commit counts.
  RETURN_IF_ERROR(session
                      .Execute("INSERT INTO person_keys (id, person, master_key, wrapped_key, create_time) VALUES (?, ?, ?, ?, ?) "
                               "ON DUPLICATE KEY UPDATE person = VALUES(person)",
                               sql::Bind(key.id, person, first.id, Wrap(first, key.id, RandomBytes(kKeyBytes)), now))
                      .status());
  ASSIGN_OR_RETURN(key, Find(session, person, &found));
  if (!found) return absl::InternalError("a person key was not stored");
  return key;
}

absl::StatusOr<PersonKey> PersonKeys::ForNewcomer(sql::Session& session, const std::string& person, absl::Time now) {
  const MasterKeys::Key first = master_->First();
  PersonKey key{absl::BytesToHexString(RandomBytes(kIdBytes)), RandomBytes(kKeyBytes)};
  // A later statement of the transaction may open what is sealed with it.
  RETURN_IF_ERROR(session.Append("INSERT INTO person_keys (id, person, master_key, wrapped_key, create_time)",
                                 sql::Bind(key.id, person, first.id, Wrap(first, key.id, key.bytes), now),
                                 sql::Session::ReadBy::kTransaction));
  return key;
}

namespace {

// The statement with as many parameters as the portion of people from `next` on, which it leaves behind.
std::string ForPortion(const std::string& columns, const std::string& condition, const std::set<std::string>& people,
                       std::set<std::string>::const_iterator* next, sql::Values* values) {
  values->clear();
  for (; *next != people.end() && values->size() < kPortion; ++*next) values->emplace_back(**next);
  // Powers of two keep the number of prepared statements small.
  size_t places = 1;
  while (places < values->size()) places *= 2;
  const sql::Value last = values->back();
  values->resize(places, last);
  return absl::StrCat("SELECT ", columns, " FROM person_keys WHERE person IN (", sql::Placeholders(places), ") AND ", condition);
}

}  // namespace

absl::Status PersonKeys::ForWriting(sql::Session& session, const std::set<std::string>& people, std::map<std::string, PersonKey>* keys) {
  struct Found {
    std::string person, id, master, wrapped;
  };
  sql::Values values;
  for (auto next = people.begin(); next != people.end();) {
    const std::string statement = ForPortion("person, id, master_key, wrapped_key", "wrapped_key IS NOT NULL", people, &next, &values);
    std::vector<Found> found;
    RETURN_IF_ERROR(session.Query(statement, values, [&](const sql::Row& row) {
      found.push_back({row.Text(0), row.Text(1), row.Text(2), row.Text(3)});
    }));
    for (const Found& one : found) {
      ASSIGN_OR_RETURN(std::string bytes, Unwrap(one.master, one.id, one.wrapped));
      (*keys)[one.person] = {one.id, std::move(bytes)};
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::set<std::string>> PersonKeys::Erased(sql::Session& session, const std::set<std::string>& people) {
  std::set<std::string> erased;
  sql::Values values;
  for (auto next = people.begin(); next != people.end();) {
    const std::string statement = ForPortion("person", "destroy_time IS NOT NULL", people, &next, &values);
    RETURN_IF_ERROR(session.Query(statement, values, [&](const sql::Row& row) { erased.insert(row.Text(0)); }));
  }
  return erased;
}

void PersonKeys::Keep(const std::string& id, const std::optional<std::string>& bytes) {
  if (kept_.count(id) > 0) return;
  used_.push_front(id);
  kept_[id] = {bytes, used_.begin()};
  if (kept_.size() <= most_) return;
  kept_.erase(used_.back());
  used_.pop_back();
}

void PersonKeys::FromMemory(const std::set<std::string>& ids, OpenedKeys* keys, std::vector<std::string>* missing) {
  for (const std::string& id : ids) {
    const auto it = kept_.find(id);
    if (it == kept_.end()) {
      missing->push_back(id);
      continue;
    }
    used_.splice(used_.begin(), used_, it->second.used);
    (*keys)[id] = it->second.bytes;
  }
}

absl::Status PersonKeys::Load(sql::Session& session, const std::set<std::string>& ids, OpenedKeys* keys) {
  keys->clear();
  std::set<std::string> portion;
  for (const std::string& id : ids) {
    portion.insert(id);
    if (portion.size() < kPortion) continue;
    RETURN_IF_ERROR(LoadPortion(session, portion, keys));
    portion.clear();
  }
  return portion.empty() ? absl::OkStatus() : LoadPortion(session, portion, keys);
}

absl::Status PersonKeys::Query(sql::Session& session, const std::vector<std::string>& ids, std::string* erasure, OpenedKeys* opened) {
  // Powers of two keep the number of prepared statements small.
  size_t places = ids.empty() ? 0 : 1;
  while (places < ids.size()) places *= 2;
  sql::Values values;
  for (size_t i = 0; i < places; ++i) values.emplace_back(ids[std::min(i, ids.size() - 1)]);
  const std::string statement =
      places == 0 ? std::string("SELECT erasure, NULL, NULL, NULL FROM person_key_state WHERE id = 1")
                  : absl::StrCat("SELECT s.erasure, k.id, k.master_key, k.wrapped_key FROM person_key_state s LEFT JOIN person_keys k ON ",
                                 "k.id IN (", sql::Placeholders(places), ") WHERE s.id = 1");
  struct Found {
    std::string id, master, wrapped;
  };
  std::vector<Found> found;
  bool there = false;
  RETURN_IF_ERROR(session.Query(statement, values, [&](const sql::Row& row) {
    there = true;
    *erasure = row.Text(0);
    if (!row.IsNull(1)) found.push_back({row.Text(1), row.Text(2), row.Text(3)});
  }));
  if (!there) return absl::DataLossError("the table person_key_state has no row");
  for (const Found& one : found) {
    std::optional<std::string>& bytes = (*opened)[one.id];
    if (one.wrapped.empty()) continue;
    ASSIGN_OR_RETURN(bytes, Unwrap(one.master, one.id, one.wrapped));
  }
  return absl::OkStatus();
}

// The latest erasure's id and the keys are read by one statement, so they belong together, whatever snapshot or node they come from: a key
// is kept only beside others that were read under the same id, and all are dropped when somebody reads another one. An erasure that was
// undone leaves an id that nobody reads again.
absl::Status PersonKeys::LoadPortion(sql::Session& session, const std::set<std::string>& ids, OpenedKeys* keys) {
  while (true) {
    OpenedKeys had, read;
    std::vector<std::string> missing;
    const absl::Time now = absl::Now();
    {
      const std::lock_guard lock(mutex_);
      FromMemory(ids, &had, &missing);
      if (missing.empty() && now < trusted_until_ && now >= cautious_until_) {
        keys->merge(had);
        return absl::OkStatus();
      }
    }
    std::string erasure;
    RETURN_IF_ERROR(Query(session, missing, &erasure, &read));
    const std::lock_guard lock(mutex_);
    const bool others = erasure != erasure_;
    if (others) {
      kept_.clear();
      used_.clear();
      erasure_ = erasure;
    }
    for (const auto& [id, bytes] : read) Keep(id, bytes);
    trusted_until_ = std::max(trusted_until_, now + kTrust);
    // What was in memory may have been erased since it was kept there.
    if (others && !had.empty()) continue;
    keys->merge(had);
    keys->merge(read);
    return absl::OkStatus();
  }
}

absl::StatusOr<bool> PersonKeys::Destroy(sql::Session& session, const std::string& person, absl::Time now) {
  {
    const std::lock_guard lock(mutex_);
    cautious_until_ = absl::Now() + kCaution;
  }
  const std::string id = absl::BytesToHexString(RandomBytes(kIdBytes));
  // Before the key's row: erasures wait for each other here.
  RETURN_IF_ERROR(session.Execute("UPDATE person_key_state SET erasure = ? WHERE id = 1", sql::Bind(id)).status());
  RETURN_IF_ERROR(session
                      .Execute("INSERT INTO person_keys (id, person, master_key, wrapped_key, create_time, destroy_time) VALUES (?, ?, '', "
                               "NULL, ?, NULL) ON DUPLICATE KEY UPDATE person = VALUES(person)",
                               sql::Bind(id, person, now))
                      .status());
  ASSIGN_OR_RETURN(const int64_t rows, session.Execute("UPDATE person_keys SET wrapped_key = NULL, master_key = '', destroy_time = ? WHERE "
                                                       "person = ? AND destroy_time IS NULL",
                                                       sql::Bind(now, person)));
  return rows > 0;
}

absl::StatusOr<int64_t> PersonKeys::Rewrap(sql::Session& session, int limit) {
  const MasterKeys::Key first = master_->First();
  struct Old {
    std::string id, master, wrapped;
  };
  std::vector<Old> old;
  RETURN_IF_ERROR(session.Query(
      "SELECT id, master_key, wrapped_key FROM person_keys WHERE master_key <> ? AND master_key <> '' ORDER BY master_key, id LIMIT ?",
      sql::Bind(first.id, limit), [&](const sql::Row& row) {
        old.push_back({row.Text(0), row.Text(1), row.Text(2)});
      }));
  for (const Old& one : old) {
    ASSIGN_OR_RETURN(const std::string bytes, Unwrap(one.master, one.id, one.wrapped));
    // Not one that was destroyed meanwhile.
    RETURN_IF_ERROR(session
                        .Execute("UPDATE person_keys SET master_key = ?, wrapped_key = ? WHERE id = ? AND master_key = ?",
                                 sql::Bind(first.id, Wrap(first, one.id, bytes), one.id, one.master))
                        .status());
  }
  RETURN_IF_ERROR(session
                      .Execute("UPDATE person_key_state SET pepper_master_key = ?, pepper = ? WHERE id = 1 AND pepper_master_key <> ?",
                               sql::Bind(first.id, Wrap(first, kPepperId, pepper_), first.id))
                      .status());
  return static_cast<int64_t>(old.size());
}

absl::StatusOr<int64_t> PersonKeys::CountOfOthers(sql::Session& session) {
  int64_t count = 0;
  const std::string first = master_->First().id;
  RETURN_IF_ERROR(
      session.Query("SELECT (SELECT COUNT(*) FROM person_keys WHERE master_key <> ? AND master_key <> '') + (SELECT COUNT(*) FROM "
                    "person_key_state WHERE pepper_master_key <> ?)",
                    sql::Bind(first, first), [&](const sql::Row& row) { count = row.Int(0); }));
  return count;
}

}  // namespace heitie::seal
