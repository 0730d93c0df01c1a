#include "common/config/service_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace heitie::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class ServiceConfigTest : public ::testing::Test {
 protected:
  ServiceConfigTest() : folder_(::testing::TempDir() + "heitie_config_" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
    config_.Register(&flags_);
    config_.RegisterStore("risk", &flags_);
  }
  ~ServiceConfigTest() override { std::filesystem::remove_all(folder_); }

  absl::Status Start(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "program");
    absl::Status status =
        flags_.Parse(static_cast<int>(arguments.size()), arguments.data(), [](const char*) -> const char* { return nullptr; });
    return status.ok() ? config_.Finish() : status;
  }
  std::string Error(std::vector<const char*> arguments) {
    const absl::Status status = Start(std::move(arguments));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  }

  std::string folder_;
  Flags flags_;
  ServiceConfig config_;
};

TEST_F(ServiceConfigTest, DefaultsFollowFromTheService) {
  ASSERT_TRUE(Start({"--jwks=keys.json"}).ok());
  EXPECT_EQ(config_.db_schema, "heitie_risk");
  EXPECT_EQ(config_.db_user, "heitie_risk");
  EXPECT_EQ(config_.db_pool, 18);
  EXPECT_EQ(config_.time_zone.name(), "Asia/Taipei");
  EXPECT_TRUE(config_.targets.empty());
}

TEST_F(ServiceConfigTest, ReadsThePasswordFile) {
  const std::string file = folder_ + "/password";
  std::ofstream(file) << "s3cret \n";
  ASSERT_TRUE(Start({"--jwks=keys.json", "--db_password_file", file.c_str()}).ok());
  EXPECT_EQ(config_.db_password, "s3cret ");
}

TEST_F(ServiceConfigTest, NamesWhatIsWrong) {
  EXPECT_THAT(Error({}), HasSubstr("--jwks"));
  EXPECT_THAT(Error({"--jwks=k", "--tls_ca=x"}), HasSubstr("--tls_cert"));
}

TEST_F(ServiceConfigTest, ChecksAddresses) {
  for (const char* bad : {"", "localhost", "localhost:", "localhost:http", "localhost:65536", "localhost:999999999999", ":-1"}) {
    EXPECT_THAT(Error({"--jwks=k", "--listen", bad}), HasSubstr("--listen")) << bad;
  }
  for (const char* good : {"127.0.0.1:0", "[::1]:7100", "0.0.0.0:65535"}) EXPECT_TRUE(Start({"--jwks=k", "--listen", good}).ok()) << good;
}

TEST_F(ServiceConfigTest, ChecksTimeZoneAndSecrets) {
  for (const char* zone : {"Mars/Olympus", "/usr/share/zoneinfo/Asia/Taipei", "../zoneinfo/UTC", "localtime", "asia/taipei"}) {
    EXPECT_THAT(Error({"--jwks=k", "--time_zone", zone}), HasSubstr(zone));
  }
  const std::string empty = folder_ + "/empty";
  std::ofstream(empty) << "\n";
  EXPECT_THAT(Error({"--jwks=k", "--time_zone=UTC", "--db_password_file", empty.c_str()}), HasSubstr(empty));
  EXPECT_THAT(Error({"--jwks=k", "--db_password_file=/nonexistent/password"}), HasSubstr("/nonexistent/password"));
}

TEST(ParseTargets, ReadsServicesAndAddressLists) {
  auto targets = ParseTargets("planning=127.0.0.1:7101,risk=ipv4:10.0.0.1:1,10.0.0.2:1,resource=dns:///resource:7100");
  ASSERT_TRUE(targets.ok()) << targets.status();
  EXPECT_THAT(*targets, ElementsAre(Pair("planning", "127.0.0.1:7101"), Pair("resource", "dns:///resource:7100"),
                                    Pair("risk", "ipv4:10.0.0.1:1,10.0.0.2:1")));
}

TEST(ParseTargets, RefusesWhatIsNone) {
  for (const char* bad : {"planning", "=x", "planning=", "a=1,,b=2", "a=1,", "a=1,a=2"}) EXPECT_FALSE(ParseTargets(bad).ok()) << bad;
}

TEST_F(ServiceConfigTest, FindsMigrations) {
  std::filesystem::create_directories(folder_ + "/common/sql/schema");
  EXPECT_THAT(std::string(MigrationsRoot(folder_, "risk").status().message()), HasSubstr("services/risk/schema"));
  std::filesystem::create_directories(folder_ + "/services/risk/schema");
  EXPECT_EQ(*MigrationsRoot(folder_, "risk"), folder_);
}

}  // namespace
}  // namespace heitie::config
