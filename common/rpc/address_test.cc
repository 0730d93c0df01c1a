#include "common/rpc/address.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace heitie::rpc {
namespace {

TEST(AddressTest, OnlyThisMachineIsLoopback) {
  for (const char* address : {"127.0.0.1:9090", "127.8.8.8:1", "localhost:9090", "[::1]:9090"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
  for (const char* address : {"0.0.0.0:9090", "[::]:9090", ":9090", "128.0.0.1:9090", "10.0.0.1:9090", "localhost.example.org:9090",
                              "127.0.0.1.example.org:1", "[::ffff:10.0.0.1]:9090", "", "9090", "unix:/run/heitie.sock"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

TEST(AddressTest, SaysThatAPortIsTaken) {
  const auto first = ListenOn("127.0.0.1:0");
  ASSERT_TRUE(first.ok()) << first.status();
  const int port = PortOf(first->front());
  EXPECT_EQ(ListenOn(absl::StrCat("127.0.0.1:", port)).status().message(), "Address already in use");
  EXPECT_EQ(ListenOn(absl::StrCat("0.0.0.0:", port)).status().message(), "Address already in use");
  for (const int fd : *first) close(fd);
}

TEST(AddressTest, ANameWithSeveralAddressesHasOnePort) {
  const auto sockets = ListenOn("localhost:0");
  ASSERT_TRUE(sockets.ok()) << sockets.status();
  for (const int fd : *sockets) {
    EXPECT_EQ(PortOf(fd), PortOf(sockets->front()));
    close(fd);
  }
}

TEST(AddressTest, SaysWhatIsNoAddress) {
  for (const char* address : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "no host.invalid:1", "203.0.113.1:1"}) {
    EXPECT_EQ(ListenOn(address).status().code(), absl::StatusCode::kFailedPrecondition) << address;
  }
}

}  // namespace
}  // namespace heitie::rpc
