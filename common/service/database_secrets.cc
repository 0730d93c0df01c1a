#include "common/service/database_secrets.h"

#include <utility>

#include "common/observe/files.h"
#include "common/observe/log.h"
#include "common/observe/survive.h"

namespace heitie::service {
namespace {

constexpr char kPasswordKind[] = "db_password", kAuthorityKind[] = "db_ca";
constexpr size_t kPasswordsKept = 2;

// Says it once, not at every look.
void Complain(const char* kind, const absl::Status& status, std::string& complaint) {
  if (complaint == status.message()) return;
  complaint = std::string(status.message());
  observe::NoteFileRefused(kind);
  observe::Log(observe::Severity::kWarning, "a file for the database cannot be used, what was read before stays in force",
               {{"file", kind}, {"why", complaint}});
}

}  // namespace

DatabaseSecrets::DatabaseSecrets(const config::ServiceConfig& config, absl::Duration look)
    : password_file_(config.db_password_file), authority_file_(config.db_tls_ca), passwords_{config.db_password} {
  if (!authority_file_.empty()) authority_copy_.emplace("");
  if (!password_file_.empty()) observe::NoteFileRead(kPasswordKind);
  Look();
  if (password_file_.empty() && authority_file_.empty()) return;
  watch_ = std::jthread([this, look](const std::stop_token& stop) { Watch(stop, look); });
}

sql::Options DatabaseSecrets::OptionsOf(const config::ServiceConfig& config) const {
  sql::Options options;
  options.socket = config.db_socket;
  options.host = config.db_host;
  options.port = config.db_port;
  options.user = config.db_user;
  options.passwords = [this] { return Passwords(); };
  options.schema = config.db_schema;
  options.pool_size = config.db_pool;
  if (authority_copy_) options.tls_ca = authority_copy_->path();
  return options;
}

std::vector<std::string> DatabaseSecrets::Passwords() const {
  const std::lock_guard lock(mutex_);
  return passwords_;
}

void DatabaseSecrets::Watch(const std::stop_token& stop, absl::Duration look) {
  std::unique_lock lock(watch_mutex_);
  while (true) {
    wake_.wait_for(lock, stop, absl::ToChronoMilliseconds(look), [] { return false; });
    if (stop.stop_requested()) return;
    observe::Survive("a look at the files for the database threw", [&] { Look(); });
  }
}

void DatabaseSecrets::Look() {
  if (!password_file_.empty()) LookAtPassword();
  if (!authority_file_.empty()) LookAtAuthority();
}

void DatabaseSecrets::LookAtPassword() {
  absl::StatusOr<std::string> password = config::ReadSecret(password_file_);
  if (!password.ok()) return Complain(kPasswordKind, password.status(), complaint_);
  if (!std::exchange(complaint_, "").empty()) observe::NoteFileFine(kPasswordKind);
  const std::lock_guard lock(mutex_);
  if (passwords_.front() == *password) return;
  passwords_.insert(passwords_.begin(), *std::move(password));
  passwords_.resize(std::min(passwords_.size(), kPasswordsKept));
  observe::NoteFileRead(kPasswordKind);
  observe::Log(observe::Severity::kInfo, "the password of the database was read again");
}

void DatabaseSecrets::LookAtAuthority() {
  absl::StatusOr<std::string> authority = rpc::ReadAuthority(authority_file_);
  if (!authority.ok()) return Complain(kAuthorityKind, authority.status(), authority_complaint_);
  if (!std::exchange(authority_complaint_, "").empty()) observe::NoteFileFine(kAuthorityKind);
  if (*authority == authority_) return;
  authority_ = *std::move(authority);
  authority_copy_->Replace(authority_);
  observe::NoteFileRead(kAuthorityKind);
}

}  // namespace heitie::service
