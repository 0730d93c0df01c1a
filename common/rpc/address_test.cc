#include "common/rpc/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace heitie::rpc {
namespace {

TEST(AddressTest, OnlyThisMachineIsLoopback) {
  for (const char* address : {"127.0.0.1:9090", "127.8.8.8:1", "localhost:9090", "[::1]:9090", "unix:/run/heitie.sock"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
  for (const char* address : {"0.0.0.0:9090", "[::]:9090", ":9090", "128.0.0.1:9090", "10.0.0.1:9090", "localhost.example.org:9090",
                              "127.0.0.1.example.org:1", "[::ffff:10.0.0.1]:9090", "", "9090"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

TEST(AddressTest, SaysThatAPortIsTaken) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in self{};
  self.sin_family = AF_INET;
  self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&self), sizeof(self)), 0);
  ASSERT_EQ(listen(fd, 1), 0);
  socklen_t size = sizeof(self);
  getsockname(fd, reinterpret_cast<sockaddr*>(&self), &size);
  EXPECT_EQ(WhyNotBound(absl::StrCat("127.0.0.1:", ntohs(self.sin_port))), "Address already in use");
  close(fd);
}

}  // namespace
}  // namespace heitie::rpc
