// The keys that wrap the keys of persons: a file, which lives apart from the database and its backups.
//
//   # id, then 32 bytes in 64 hex digits: printf '2026b %s\n' "$(openssl rand -hex 32)"
//   2026b 8f1c…
//   2026a 03d9…
//
// The first key wraps; the others only open what they have wrapped. To change it while processes run: add the new key at the end and wait
// until all replicas have read it (a second), move it to the beginning, wait until heitie_person_keys_of_other_master_keys is 0, remove the
// old one.
#ifndef HEITIE_COMMON_SEAL_MASTER_KEYS_H_
#define HEITIE_COMMON_SEAL_MASTER_KEYS_H_

#include <sys/stat.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace heitie::seal {

// Thread-safe.
class MasterKeys {
 public:
  struct Key {
    std::string id;     // [A-Za-z0-9._-]{1,64}
    std::string bytes;  // kKeyBytes
  };
  // INVALID_ARGUMENT with the number of the line that is wrong, or when there is no key. No message tells a key.
  static absl::StatusOr<std::vector<Key>> Parse(const std::string& text);
  // Reads the file, and again whenever it has changed, at most a second later. A change that cannot be read leaves the keys as they were
  // and is logged.
  static absl::StatusOr<std::shared_ptr<MasterKeys>> Open(const std::string& file);
  // Fixed ones.
  explicit MasterKeys(std::vector<Key> keys) : keys_(std::move(keys)) {}

  // The one that wraps.
  Key First();
  // Nothing when the file holds no such key, also after it was read once more.
  std::optional<Key> Find(const std::string& id);

 private:
  explicit MasterKeys(std::string file) : file_(std::move(file)) {}
  absl::Status Read();
  void Refresh(bool now);

  const std::string file_;  // empty: fixed
  std::mutex mutex_;
  std::vector<Key> keys_;           // guarded by mutex_, as all below; not empty
  struct stat seen_ = {};           // the file as it was read
  absl::Time next_ = absl::Time();  // look at it
};

}  // namespace heitie::seal

#endif  // HEITIE_COMMON_SEAL_MASTER_KEYS_H_
