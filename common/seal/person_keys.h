// The keys that personal data is sealed with, one for each person, in the table person_keys of each schema that seals; wrapped by the
// master keys. Destroying a person's key erases what was sealed with it, wherever that lies, backups made before excepted.
#ifndef HEITIE_COMMON_SEAL_PERSON_KEYS_H_
#define HEITIE_COMMON_SEAL_PERSON_KEYS_H_

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/seal/master_keys.h"
#include "common/sql/database.h"
#include "common/status/status.h"

namespace heitie::seal {

// {person}. Nothing personal is written about somebody who was erased.
extern const status::Reason kPersonErased;
// {key}: the master key's id. UNAVAILABLE: it may stand in the file in a moment, or at another replica.
extern const status::Reason kMasterKeyMissing;

struct PersonKey {
  std::string id;
  std::string bytes;
};

// Keys by id; nothing for one that was destroyed.
using OpenedKeys = std::map<std::string, std::optional<std::string>>;

// Thread-safe.
class PersonKeys {
 public:
  // Opened keys that are kept in memory, those used last.
  static constexpr size_t kKept = 10000;
  // For so long a kept key is used before it is made sure that nobody was erased since: so long a replica may show what another one has
  // erased, and no longer.
  static constexpr absl::Duration kTrust = absl::Milliseconds(500);

  explicit PersonKeys(std::shared_ptr<MasterKeys> master, size_t kept = kKept) : master_(std::move(master)), most_(kept) {}

  // Makes what there is to be made once, and checks that the tables are there and can be opened with the file. Before everything else.
  absl::Status Prepare(sql::Database& database, absl::Time deadline);

  // The person's key, made in this transaction if there is none. PERSON_ERASED, MASTER_KEY_MISSING.
  absl::StatusOr<PersonKey> ForWriting(sql::Session& session, const std::string& person, absl::Time now);
  // Makes the key of somebody whose name was made just now, so that nobody can have made one: it costs no query, and is inserted together
  // with what else is.
  absl::StatusOr<PersonKey> ForNewcomer(sql::Session& session, const std::string& person, absl::Time now);
  // Adds the keys of those of the people who have one, some hundreds by a query. MASTER_KEY_MISSING.
  absl::Status ForWriting(sql::Session& session, const std::set<std::string>& people, std::map<std::string, PersonKey>* keys);
  // Those of the people whose keys were destroyed.
  absl::StatusOr<std::set<std::string>> Erased(sql::Session& session, const std::set<std::string>& people);
  // Those of all `ids` that there are: from memory, if they were found a moment ago and nobody was erased since, else by one query.
  // MASTER_KEY_MISSING.
  absl::Status Load(sql::Session& session, const std::set<std::string>& ids, OpenedKeys* keys);
  // Destroys the person's key in this transaction, for good: a person without one gets none later either. False when it was done before.
  // Blocks other erasures until the transaction's end.
  absl::StatusOr<bool> Destroy(sql::Session& session, const std::string& person, absl::Time now);

  // Wraps at most `limit` keys anew that another master key than the first one has wrapped; how many it were. 0: none is left.
  absl::StatusOr<int64_t> Rewrap(sql::Session& session, int limit);
  // How many those are.
  absl::StatusOr<int64_t> CountOfOthers(sql::Session& session);

  // HMAC-SHA-256 of a text that must be found again without being stored, such as a telephone number in normal form, in 64 hex digits. Its
  // key is random, lies wrapped in the database and stays the same when master keys change. `purpose` keeps texts of different kinds apart.
  std::string Fingerprint(const std::string& purpose, const std::string& text) const;

 private:
  struct Kept {
    std::optional<std::string> bytes;
    std::list<std::string>::iterator used;
  };
  std::string Wrap(const MasterKeys::Key& master, const std::string& id, const std::string& bytes) const;
  absl::StatusOr<std::string> Unwrap(const std::string& master_id, const std::string& id, const std::string& wrapped);
  absl::StatusOr<PersonKey> Find(sql::Session& session, const std::string& person, bool* found);
  absl::Status LoadPortion(sql::Session& session, const std::set<std::string>& ids, OpenedKeys* keys);
  // The keys, and the latest erasure when they were read.
  absl::Status Query(sql::Session& session, const std::vector<std::string>& ids, std::string* erasure, OpenedKeys* opened);
  // Under the lock.
  void Keep(const std::string& id, const std::optional<std::string>& bytes);
  void FromMemory(const std::set<std::string>& ids, OpenedKeys* keys, std::vector<std::string>* missing);

  const std::shared_ptr<MasterKeys> master_;
  const size_t most_;
  std::string pepper_;  // set by Prepare
  std::mutex mutex_;
  // Guarded by mutex_, as all below. What is kept was in the table when this was the latest erasure.
  std::string erasure_;
  std::map<std::string, Kept> kept_;
  std::list<std::string> used_;  // the latest first
  absl::Time trusted_until_ = absl::InfinitePast();
  absl::Time cautious_until_ = absl::InfinitePast();
};

}  // namespace heitie::seal

#endif  // HEITIE_COMMON_SEAL_PERSON_KEYS_H_
