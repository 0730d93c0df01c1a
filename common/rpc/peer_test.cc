#include "common/rpc/peer.h"

#include <gtest/gtest.h>

namespace heitie::rpc {
namespace {

TEST(PeerTest, TheOneCommonNameCounts) {
  EXPECT_EQ(ServiceOf("CN=services/activity"), "activity");
  EXPECT_EQ(ServiceOf("CN=services/activity,O=Heitie local"), "activity");
  EXPECT_EQ(ServiceOf("O=Heitie\\, Inc.+OU=x,CN=services/risk"), "risk");
}

TEST(PeerTest, EverythingElseIsNobody) {
  for (const char* subject : {"", "CN=", "CN=services/", "CN=activity", "CN=Services/activity", "CN=services/Activity", "CN=services/a/b",
                              "CN=services/activity.evil", "CN=services/activity ", "CN=services/activity\\00", "O=CN=services/activity",
                              "O=x\\,CN=services/activity", "CN=services/activity,CN=services/activity", "CN=services/activity,CN=somebody",
                              "CN=somebody+CN=services/activity", "cn=services/activity"}) {
    EXPECT_EQ(ServiceOf(subject), "") << subject;
  }
}

}  // namespace
}  // namespace heitie::rpc
