#include "common/config/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace heitie::config {
namespace {

using ::testing::HasSubstr;

class FlagsTest : public ::testing::Test {
 protected:
  FlagsTest() {
    flags_.Add("db_host", &host_, "The host.");
    flags_.Add("db_port", &port_, 1, 65535, "The port | a number.");
    flags_.Add("migrate", &migrate_, "Whether.");
    flags_.Add("drain_delay", &delay_, absl::Minutes(10), "How long.");
  }

  absl::Status Parse(std::vector<const char*> arguments, std::map<std::string, std::string> environment = {}) {
    arguments.insert(arguments.begin(), "program");
    return flags_.Parse(static_cast<int>(arguments.size()), arguments.data(), [&](const char* name) -> const char* {
      auto it = environment.find(name);
      return it == environment.end() ? nullptr : it->second.c_str();
    });
  }
  std::string Error(std::vector<const char*> arguments, std::map<std::string, std::string> environment = {}) {
    const absl::Status status = Parse(std::move(arguments), std::move(environment));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  }

  Flags flags_;
  std::string host_ = "localhost";
  int port_ = 3306;
  bool migrate_ = true;
  absl::Duration delay_ = absl::Seconds(5);
};

TEST_F(FlagsTest, KeepsDefaults) {
  ASSERT_TRUE(Parse({}).ok());
  EXPECT_EQ(host_, "localhost");
  EXPECT_EQ(port_, 3306);
  EXPECT_TRUE(migrate_);
  EXPECT_EQ(delay_, absl::Seconds(5));
}

TEST_F(FlagsTest, ReadsBothSpellings) {
  ASSERT_TRUE(Parse({"--db_host=a=b", "--db_port", "1", "--migrate=false", "--drain_delay=1m30s"}).ok());
  EXPECT_EQ(host_, "a=b");
  EXPECT_EQ(port_, 1);
  EXPECT_FALSE(migrate_);
  EXPECT_EQ(delay_, absl::Seconds(90));
  ASSERT_TRUE(Parse({"--migrate", "--db_host="}).ok());
  EXPECT_TRUE(migrate_);
  EXPECT_EQ(host_, "");
}

TEST_F(FlagsTest, TheCommandLineWinsOverTheEnvironment) {
  ASSERT_TRUE(Parse({"--db_port=2"}, {{"HEITIE_DB_PORT", "1"}, {"HEITIE_DB_HOST", "db"}, {"HEITIE_MIGRATE", ""}}).ok());
  EXPECT_EQ(port_, 2);
  EXPECT_EQ(host_, "db");
  EXPECT_TRUE(migrate_);
}

TEST_F(FlagsTest, NamesWhatIsWrongInOneLine) {
  EXPECT_EQ(Error({"--db_port=0"}), "--db_port: \"0\" is not a whole number from 1 to 65535");
  EXPECT_EQ(Error({"--db_port=65536"}), "--db_port: \"65536\" is not a whole number from 1 to 65535");
  EXPECT_EQ(Error({"--db_port=3306x"}), "--db_port: \"3306x\" is not a whole number from 1 to 65535");
  EXPECT_EQ(Error({}, {{"HEITIE_DB_PORT", "x"}}), "HEITIE_DB_PORT: \"x\" is not a whole number from 1 to 65535");
  EXPECT_EQ(Error({"--drain_delay=-1s"}), "--drain_delay: \"-1s\" is not a duration from 0 to 10m, for example 1m30s");
  EXPECT_EQ(Error({"--drain_delay=5"}), "--drain_delay: \"5\" is not a duration from 0 to 10m, for example 1m30s");
  EXPECT_EQ(Error({"--migrate=maybe"}), "--migrate: \"maybe\" is not true or false");
  EXPECT_EQ(Error({"--db_pont=1"}), "there is no flag --db_pont (see --help)");
  EXPECT_EQ(Error({"db_port=1"}), "\"db_port=1\" is not a flag (see --help)");
  EXPECT_EQ(Error({"--db_port"}), "--db_port needs a value");
}

TEST_F(FlagsTest, HelpIsATable) {
  ASSERT_TRUE(Parse({"--help", "--nonsense"}).ok());
  EXPECT_TRUE(flags_.help_asked());
  EXPECT_THAT(flags_.Help(), HasSubstr("| `--db_port` | `HEITIE_DB_PORT` | `3306` | The port \\| a number. |\n"));
  EXPECT_THAT(flags_.Help(), HasSubstr("| `--drain_delay` | `HEITIE_DRAIN_DELAY` | `5s` | How long. |\n"));
}

TEST_F(FlagsTest, KnowsEverythingThatIsWrong) {
  EXPECT_FALSE(Parse({"--db_port=0", "--nothing=1", "--migrate=perhaps", "--db_host=here"}, {{"HEITIE_DRAIN_DELAY", "soon"}}).ok());
  EXPECT_THAT(flags_.problems(), ::testing::ElementsAre(HasSubstr("HEITIE_DRAIN_DELAY"), HasSubstr("--db_port"), HasSubstr("--nothing"),
                                                        HasSubstr("--migrate")));
  EXPECT_EQ(host_, "here");
  EXPECT_TRUE(Parse({}).ok());
}

// Kubernetes gives a container such a variable for a service of that name.
TEST_F(FlagsTest, AVariableOfAnotherKindIsNoValue) {
  EXPECT_THAT(Error({}, {{"HEITIE_DB_PORT", "tcp://10.0.0.1:3306"}}), HasSubstr("HEITIE_DB_PORT"));
}

TEST_F(FlagsTest, AsksForTheVersion) {
  ASSERT_TRUE(Parse({"--version"}).ok());
  EXPECT_TRUE(flags_.version_asked());
}

}  // namespace
}  // namespace heitie::config
