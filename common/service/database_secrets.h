// What a process needs to connect to its database and is kept in files: the password and the authority of the database's certificate. Both
// are read again when they change; a file that cannot be used leaves in force what was read before.
#ifndef HEITIE_COMMON_SERVICE_DATABASE_SECRETS_H_
#define HEITIE_COMMON_SERVICE_DATABASE_SECRETS_H_

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "common/config/service_config.h"
#include "common/rpc/tls_material.h"
#include "common/sql/database.h"

namespace heitie::service {

// Thread-safe. Outlives the databases.
class DatabaseSecrets {
 public:
  explicit DatabaseSecrets(const config::ServiceConfig& config, absl::Duration look = absl::Seconds(1));
  DatabaseSecrets(const DatabaseSecrets&) = delete;

  // Of the service's own database.
  sql::Options OptionsOf(const config::ServiceConfig& config) const;

  // The latest, and the one before it: while a password is changed the database takes the old one, the new one or both.
  std::vector<std::string> Passwords() const;

 private:
  void Look();
  void LookAtPassword();
  void LookAtAuthority();
  void Watch(const std::stop_token& stop, absl::Duration look);

  const std::string password_file_, authority_file_;
  mutable std::mutex mutex_;
  std::vector<std::string> passwords_;  // guarded by mutex_, the latest first
  std::string complaint_, authority_complaint_, authority_;
  std::optional<rpc::MemoryFile> authority_copy_;
  std::mutex watch_mutex_;
  std::condition_variable_any wake_;
  std::jthread watch_;  // last: it uses what is above
};

}  // namespace heitie::service

#endif  // HEITIE_COMMON_SERVICE_DATABASE_SECRETS_H_
