// What a process that starts before its database, or with the wrong password, learns from Migrate.
#include "common/sql/errors.h"
#include "common/sql/own_server_testing.h"

namespace heitie::sql {
namespace {

const std::vector<std::string> kFolders = {HEITIE_SOURCE_DIR "/common/sql/schema"};

TEST(StartTest, AServerThatIsNotThereYetIsAnOutage) {
  Options options;
  options.user = "root";
  options.schema = "own";
  options.socket = "/tmp/heitie_no_server.sock";
  const absl::Status no_socket = Database(options).Migrate(kFolders);
  EXPECT_TRUE(absl::IsUnavailable(no_socket) && IsOf(no_socket, ErrorKind::kLost)) << no_socket;
  options.socket.clear();
  options.port = 1;
  const absl::Status refused = Database(options).Migrate(kFolders);
  EXPECT_TRUE(absl::IsUnavailable(refused) && IsOf(refused, ErrorKind::kLost)) << refused;
}

TEST(StartTest, AServerAtItsLimitIsAnOutageAndAWrongPasswordIsNot) {
  OwnServer server("--max-connections=10");
  server.Do("CREATE USER app@localhost IDENTIFIED BY 'right'");
  server.Do("GRANT ALL ON own.* TO app@localhost");
  Options options = server.options("app");
  options.password = "wrong";
  EXPECT_TRUE(IsOf(Database(options).Migrate(kFolders), ErrorKind::kRefused));
  options.password = "right";
  options.schema = "somebody_elses";
  EXPECT_TRUE(IsOf(Database(options).Migrate(kFolders), ErrorKind::kRefused));
  options.schema = "own";
  Options root = server.options();
  root.schema = "mysql";
  root.pool_size = 11;
  Database crowd(root);
  const std::function<absl::Status(int)> nested = [&](int left) {
    return crowd.Read(absl::Now() + absl::Seconds(20), [&](Session&) { return left > 1 ? nested(left - 1) : absl::OkStatus(); });
  };
  // Root has one connection more than the others.
  EXPECT_THAT(nested(10), test::IsOk());
  const absl::Status crowded = Database(options).Migrate(kFolders);
  EXPECT_TRUE(IsOf(crowded, ErrorKind::kLimit)) << crowded;
}

}  // namespace
}  // namespace heitie::sql
