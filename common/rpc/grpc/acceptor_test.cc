#include "common/rpc/grpc/acceptor.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "absl/time/clock.h"
#include "common/rpc/address.h"
#include "common/rpc/grpc/raw_http2_testing.h"

namespace heitie::rpc {
namespace {

// Both ends of a connection.
struct Pair {
  int client = -1, server = -1;
  sockaddr_storage peer{};
};

class ConnectionsTest : public ::testing::Test {
 protected:
  ConnectionsTest() : listener_(ListenOn("127.0.0.1:0")->front()) {}
  ~ConnectionsTest() override {
    for (const int fd : open_) close(fd);
    close(listener_);
  }
  Pair Connect(const char* from) {
    Pair pair;
    pair.client = ConnectTo(PortOf(listener_), from);
    socklen_t size = sizeof(pair.peer);
    pair.server = accept(listener_, reinterpret_cast<sockaddr*>(&pair.peer), &size);
    open_.insert({pair.client, pair.server});
    return pair;
  }
  void Close(const Pair& pair) {
    for (const int fd : {pair.client, pair.server}) {
      open_.erase(fd);
      close(fd);
    }
  }

 private:
  const int listener_;
  std::set<int> open_;
};

TEST_F(ConnectionsTest, AllAndThoseFromOneAddressAreBounded) {
  Connections connections(4, 2);
  const auto add = [&](const char* from) {
    const Pair pair = Connect(from);
    return connections.Add(pair.server, pair.peer);
  };
  EXPECT_TRUE(add("127.0.0.1"));
  EXPECT_TRUE(add("127.0.0.1"));
  EXPECT_FALSE(add("127.0.0.1")) << "its share";
  EXPECT_TRUE(add("127.0.0.2"));
  EXPECT_TRUE(add("127.0.0.3"));
  EXPECT_FALSE(add("127.0.0.4")) << "all";
}

TEST_F(ConnectionsTest, WhatWasClosedMakesRoom) {
  Connections connections(10, 2);
  const Pair first = Connect("127.0.0.1"), second = Connect("127.0.0.1");
  EXPECT_TRUE(connections.Add(first.server, first.peer));
  EXPECT_TRUE(connections.Add(second.server, second.peer));
  Close(first);
  const Pair third = Connect("127.0.0.1");  // on the descriptor of the first, or after a look
  EXPECT_TRUE(connections.Add(third.server, third.peer));
  Close(second);
  // Its descriptor is now somebody else's.
  const Pair other = Connect("127.0.0.2");
  absl::SleepFor(absl::Milliseconds(150));  // it looks at most ten times a second
  const Pair fourth = Connect("127.0.0.1");
  EXPECT_TRUE(connections.Add(fourth.server, fourth.peer));
  EXPECT_TRUE(connections.Add(other.server, other.peer));
}

TEST_F(ConnectionsTest, ANetworkOfIpv6IsOneAddress) {
  Connections connections(10, 1);
  const auto add = [&](int fd, const char* text) {
    sockaddr_storage storage{};
    auto& address = reinterpret_cast<sockaddr_in6&>(storage);
    address.sin6_family = AF_INET6;
    EXPECT_EQ(inet_pton(AF_INET6, text, &address.sin6_addr), 1);
    return connections.Add(fd, storage);
  };
  // Descriptors that are none: everything counted is found to be gone at the first look, so the first refusal is the second one's.
  EXPECT_TRUE(add(100'001, "2001:db8:0:1::1"));
  EXPECT_TRUE(add(100'002, "2001:db8:0:1::2")) << "after a look";
  EXPECT_FALSE(add(100'003, "2001:db8:0:1:ffff::")) << "the same network";
  EXPECT_TRUE(add(100'004, "2001:db8:0:2::1"));
  EXPECT_TRUE(add(100'005, "::ffff:10.0.0.1"));
  EXPECT_TRUE(add(100'006, "::ffff:10.0.0.2"));
}

}  // namespace
}  // namespace heitie::rpc
