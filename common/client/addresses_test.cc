#include "common/client/addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/client/channel.h"
#include "common/rpc/echo_testing.h"
#include "common/test/matchers.h"
#include "heitie/test/v1/echo.methods.h"

namespace heitie::client {
namespace {

using rpc::EchoRequest;
using rpc::EchoResponse;

TEST(NamedTargetTest, OnlyNamesAreAskedFor) {
  EXPECT_EQ(NamedTargetOf("dns:///heitie-risk:7100").host, "heitie-risk");
  EXPECT_EQ(NamedTargetOf("dns:///heitie-risk:7100").port, "7100");
  for (const char* fixed :
       {"127.0.0.1:1", "dns:///127.0.0.1:1", "ipv4:10.0.0.1:1,10.0.0.2:1", "unix:/tmp/x", "dns:///[::1]:1", "dns:///name"}) {
    EXPECT_EQ(NamedTargetOf(fixed).host, "") << fixed;
  }
}

// Two servers at the same port of two addresses, and a name that leads to whom a test says.
class AddressesTest : public ::testing::Test {
 protected:
  struct Server {
    rpc::DoorParts parts;
    rpc::EchoHandlers handlers;
    std::unique_ptr<rpc::Door> door;
    std::unique_ptr<rpc::GrpcListener> listener;
  };

  AddressesTest() {
    SetLookUp([this](const std::string& host) {
      EXPECT_EQ(host, "echo.example.com");
      const std::lock_guard lock(mutex_);
      return addresses_;
    });
  }
  ~AddressesTest() override {
    channel_.reset();
    SetLookUp(nullptr);
  }

  void Listen(Server& server, const std::string& name, const std::string& address) {
    server.handlers.echo = [name](const rpc::Call&, const EchoRequest&) {
      EchoResponse response;
      response.set_text(name);
      return absl::StatusOr<EchoResponse>(response);
    };
    server.door = std::make_unique<rpc::Door>(server.parts.Options());
    server.door->Serve(server.handlers.service);
    auto listener = rpc::GrpcListener::Listen(*server.door, {.address = address});
    ASSERT_TRUE(listener.ok()) << listener.status();
    server.listener = *std::move(listener);
  }
  void Lead(const std::set<std::string>& addresses) {
    const std::lock_guard lock(mutex_);
    addresses_ = addresses;
  }
  // Who has answered, or "" when nobody has.
  std::string Ask() {
    rpc::Call call;
    call.token = "manager";
    call.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    call.deadline = absl::Now() + absl::Seconds(10);
    const auto answer = channel_->Call(call, test::v1::method::Echo, rpc::Text("who"));
    return answer.ok() ? answer->text() : "";
  }
  // The machine may be busy. No address would ever be found by gRPC itself: the name is nobody's.
  bool Soon(const std::function<bool()>& so) {
    for (const absl::Time end = absl::Now() + 15 * kLookUpInterval; absl::Now() < end; absl::SleepFor(absl::Milliseconds(10))) {
      if (so()) return true;
    }
    return false;
  }

  std::mutex mutex_;
  std::set<std::string> addresses_;  // guarded by mutex_
  Server first_, second_;
  std::unique_ptr<Channel> channel_;
};

TEST_F(AddressesTest, WhereANameLeadsIsFollowedAndNobodyFails) {
  Listen(first_, "first", "127.0.0.1:0");
  const int port = first_.listener->port();
  channel_ = NewChannel({.name = "echo", .target = absl::StrCat("dns:///echo.example.com:", port)});
  EXPECT_EQ(Ask(), "") << "the name is not known yet";
  Lead({"127.0.0.1"});
  EXPECT_TRUE(Soon([&] { return Ask() == "first"; })) << "though it has been asked for in vain";
  Listen(second_, "second", absl::StrCat("127.0.0.2:", port));
  Lead({"127.0.0.1", "127.0.0.2"});
  EXPECT_TRUE(Soon([&] {
    const std::string who = Ask();
    EXPECT_NE(who, "");
    return who == "second";
  })) << "a new replica has its share";
  Lead({"127.0.0.2"});
  EXPECT_TRUE(Soon([&] {
    std::string all;
    for (int i = 0; i < 4; ++i) absl::StrAppend(&all, Ask(), " ");
    return all == "second second second second ";
  })) << "and the old one has none any more";
  Lead({});
  absl::SleepFor(2 * kLookUpInterval);
  EXPECT_EQ(Ask(), "second") << "a name that cannot be asked for stays what it was";
}

}  // namespace
}  // namespace heitie::client
