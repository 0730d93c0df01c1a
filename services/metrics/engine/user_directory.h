// Ordinals of users: 0, 1, 2, … about in the order in which users appear, the positions in the bitmaps of users. None is given twice.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_USER_DIRECTORY_H_
#define HEITIE_SERVICES_METRICS_ENGINE_USER_DIRECTORY_H_

#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "common/status/status.h"
#include "services/metrics/engine/block.h"

namespace heitie::metrics {

extern const status::Reason kTooManyUsers;  // {limit}

// Thread-safe. Remembers what it has read of the directory, so that users who come again cost no statement.
class UserDirectory {
 public:
  explicit UserDirectory(sql::Database& database) : database_(database) {}

  // Ordinals and the number of erasures that the directory had seen when they were read.
  struct Answer {
    Ordinals ordinals;
    // Those whose events are not taken in, since they were erased for good.
    std::set<std::string> barred;
    int64_t erasures = -1;  // nobody was looked up
  };
  // The ordinals of `users` (each once), given now to those who have none and are not barred. It commits by itself: an ordinal that is
  // given and then not used harms nothing, and those who add users wait for each other only while they draw their numbers.
  absl::StatusOr<Answer> OrdinalsOf(absl::Time deadline, const std::vector<std::string>& users);

  // Which of the users are barred.
  absl::StatusOr<std::set<std::string>> BarredOf(absl::Time deadline, const std::vector<std::string>& users);

  // In the transaction that stores rows by these ordinals, or rows without one of users who were looked up: whether a user was erased
  // since, so that ordinals may be nobody's any more and somebody may be barred. Until the transaction ends, nobody is erased.
  static absl::StatusOr<bool> IsCurrent(sql::Session& session, const Answer& answer);
  // Forgets what was read before; of those who find that it is not current.
  void Forget();

 private:
  std::vector<std::string> Recall(const std::vector<std::string>& users, Answer& answer);
  void Remember(const Answer& answer);

  sql::Database& database_;
  std::mutex mutex_;
  Ordinals known_;
  int64_t erasures_ = -1;  // of what is known; -1: nothing is
};

// The salt of this installation, made at the first use, and the digest of a user's id by it: what erasures know users by.
absl::StatusOr<std::string> UserSalt(sql::Session& session);
std::string UserDigest(const std::string& salt, const std::string& user);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_USER_DIRECTORY_H_
