#include "common/sql/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heitie::sql {
namespace {

TEST(SettingsTest, FollowTheServer) {
  EXPECT_EQ(SettingsOf({{"max_statement_time", "0.000000"}, {"wsrep_on", "OFF"}}), ", max_statement_time = 60") << "MariaDB";
  EXPECT_EQ(SettingsOf({{"max_statement_time", "0.000000"}, {"wsrep_on", "ON"}}), ", max_statement_time = 60, wsrep_sync_wait = 1")
      << "Galera";
  EXPECT_EQ(SettingsOf({{"max_execution_time", "0"}}), ", max_execution_time = 60000") << "MySQL";
}

TEST(AgeTest, ConnectionsOfOneMinuteDoNotEndTogether) {
  Common common;
  const auto begin = Connection::Clock::now();
  int ended_early = 0, ended_late = 0;
  for (int i = 0; i < 100; ++i) {
    const Connection connection(nullptr, common, absl::Minutes(30));
    EXPECT_FALSE(connection.Expired(begin + std::chrono::minutes(24), absl::Hours(2)));
    (connection.Expired(begin + std::chrono::minutes(30), absl::Hours(2)) ? ended_early : ended_late) += 1;
    EXPECT_TRUE(connection.Expired(begin + std::chrono::minutes(37), absl::Hours(2)));
    EXPECT_TRUE(connection.Expired(begin + std::chrono::minutes(2), absl::Minutes(1)));
  }
  EXPECT_GT(ended_early, 10);
  EXPECT_GT(ended_late, 10);
}

}  // namespace
}  // namespace heitie::sql
