// Passwords and authorities that change while the process runs, against a real server.
#include "common/service/database_secrets.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/observe/metrics.h"
#include "common/test/fixture.h"

namespace heitie::service {
namespace {

using ::heitie::test::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DatabaseSecretsTest : public ::testing::Test {
 protected:
  DatabaseSecretsTest() {
    std::filesystem::create_directories(folder_);
    config_.db_socket = database_.get().options().socket;
    config_.db_user = absl::StrCat("heitie_s", getpid());
    config_.db_schema = database_.get().options().schema;
    config_.db_password_file = folder_ / "password";
    config_.db_password = "first";
    Write("password", "first\n");
    Sql(absl::StrCat("CREATE USER '", config_.db_user, "'@'%' IDENTIFIED BY 'first'"));
    Sql(absl::StrCat("GRANT ALL ON ", config_.db_schema, ".* TO '", config_.db_user, "'@'%'"));
  }
  ~DatabaseSecretsTest() override {
    Sql(absl::StrCat("DROP USER '", config_.db_user, "'@'%'"));
    std::filesystem::remove_all(folder_);
  }

  void Write(const std::string& file, const std::string& text) { std::ofstream(folder_ / file) << text; }
  void Sql(const std::string& statement) {
    EXPECT_THAT(
        database_.get().Read(absl::Now() + absl::Seconds(20), [&](sql::Session& session) { return session.Execute(statement).status(); }),
        IsOk());
  }
  // With a connection of its own.
  static absl::Status Connect(const sql::Options& options) {
    return sql::Database(options).Read(absl::Now() + absl::Seconds(20),
                                       [](sql::Session& session) { return session.Query("SELECT 1", {}, [](const sql::Row&) {}); });
  }
  static void AwaitLook(const std::function<bool()>& seen) {
    const absl::Time end = absl::Now() + absl::Seconds(20);
    while (!seen()) {
      ASSERT_LT(absl::Now(), end);
      absl::SleepFor(absl::Milliseconds(5));
    }
  }

  const std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) / absl::StrCat("heitie_secrets_", getpid());
  test::TestDatabase database_;
  config::ServiceConfig config_;
};

TEST_F(DatabaseSecretsTest, OldAndNewPasswordsAreGoodForAWhile) {
  const DatabaseSecrets secrets(config_, absl::Milliseconds(5));
  const sql::Options options = secrets.OptionsOf(config_);
  EXPECT_THAT(Connect(options), IsOk());
  // The file is ahead of the database.
  Write("password", "second\n");
  AwaitLook([&] { return secrets.Passwords().front() == "second"; });
  EXPECT_THAT(secrets.Passwords(), ElementsAre("second", "first"));
  EXPECT_THAT(Connect(options), IsOk()) << "the database still wants the one before";
  Sql(absl::StrCat("ALTER USER '", config_.db_user, "'@'%' IDENTIFIED BY 'second'"));
  EXPECT_THAT(Connect(options), IsOk());
}

TEST_F(DatabaseSecretsTest, ABadFileKeepsTheOldAndIsTold) {
  const DatabaseSecrets secrets(config_, absl::Milliseconds(5));
  Write("password", "");
  AwaitLook([&] { return observe::Scrape().find("heitie_file_unusable{file=\"db_password\"} 1\n") != std::string::npos; });
  EXPECT_THAT(secrets.Passwords(), ElementsAre("first"));
  EXPECT_THAT(Connect(secrets.OptionsOf(config_)), IsOk());
  Write("password", "first\n");
  AwaitLook([&] { return observe::Scrape().find("heitie_file_unusable{file=\"db_password\"} 0\n") != std::string::npos; });
}

TEST_F(DatabaseSecretsTest, TheAuthorityIsACopyThatFollowsTheFile) {
  const auto certificate = [&](const std::string& name) {
    EXPECT_EQ(std::system(absl::StrCat("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -out ",
                                       (folder_ / name).string(), " -days 2 -subj /CN=", name, " 2>/dev/null")
                              .c_str()),
              0);
    std::ifstream in(folder_ / name);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string old = certificate("old"), both = old + certificate("new");
  Write("ca.pem", old);
  config_.db_tls_ca = folder_ / "ca.pem";
  const DatabaseSecrets secrets(config_, absl::Milliseconds(5));
  const std::string copy = secrets.OptionsOf(config_).tls_ca;
  const auto content = [&] {
    std::ifstream in(copy);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  EXPECT_EQ(content(), old);
  Write("ca.pem", both);
  AwaitLook([&] { return content() == both; });
  Write("ca.pem", both.substr(0, both.size() / 2 + 100));
  AwaitLook([&] { return observe::Scrape().find("heitie_file_unusable{file=\"db_ca\"} 1\n") != std::string::npos; });
  EXPECT_EQ(content(), both);
}

}  // namespace
}  // namespace heitie::service
