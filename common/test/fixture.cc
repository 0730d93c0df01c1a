#include "common/test/fixture.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "common/test/future.h"

namespace heitie::test {
namespace {

std::string FreshSchemaName() {
  static std::atomic<int> count{0};
  return absl::StrCat("test_", getpid(), "_", count++);
}

}  // namespace

TestDatabase::TestDatabase(const std::string& service) {
  const char* socket = std::getenv("HEITIE_TEST_DB_SOCKET");
  if (socket == nullptr) {
    ADD_FAILURE() << "HEITIE_TEST_DB_SOCKET is not set: run the tests with tests/run";
    std::abort();
  }
  sql::Options options;
  options.socket = socket;
  options.user = "root";
  options.schema = FreshSchemaName();
  options.pool_size = 8;
  database_ = std::make_unique<sql::Database>(options);
  std::vector<std::string> folders = {HEITIE_SOURCE_DIR "/common/sql/schema"};
  if (!service.empty()) folders.push_back(absl::StrCat(HEITIE_SOURCE_DIR, "/services/", service, "/schema"));
  absl::Status status = database_->Migrate(folders);
  if (status.ok() && std::getenv("HEITIE_TEST_FUTURE") != nullptr) {
    status = AddFuture(*database_);
    if (status.ok()) status = database_->Migrate(folders);  // as a process that starts
  }
  if (!status.ok()) {
    ADD_FAILURE() << status.ToString();
    std::abort();
  }
}

TestDatabase::~TestDatabase() {
  database_
      ->Read(absl::Now() + absl::Seconds(10),
             [&](sql::Session& session) { return session.Execute(absl::StrCat("DROP DATABASE ", database_->options().schema)).status(); })
      .IgnoreError();
}

rpc::Call By(const std::string& principal, std::initializer_list<rpc::Role> roles, absl::Time now) {
  rpc::Call call;
  call.principal.name = principal;
  for (rpc::Role role : roles) call.principal.Grant(role);
  call.trace_id = "0123456789abcdef0123456789abcdef";
  call.deadline = absl::Now() + absl::Seconds(30);
  call.now = now;
  return call;
}

}  // namespace heitie::test
