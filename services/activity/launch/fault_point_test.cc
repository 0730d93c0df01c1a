#include "services/activity/launch/fault_point.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace heitie::activity {
namespace {

TEST(FaultPoint, KillsAtItsNameOnly) {
  setenv("HEITIE_CRASH_AT", "launch.begun", 1);
  FaultPoint("launch.go_live.done");
  EXPECT_EXIT(FaultPoint("launch.begun"), ::testing::KilledBySignal(SIGKILL), "");
  unsetenv("HEITIE_CRASH_AT");
  FaultPoint("launch.begun");
}

TEST(FaultPoint, KillsOnceWhenTold) {
  const std::string file = (std::filesystem::temp_directory_path() / ("heitie-fault-point-" + std::to_string(getpid()))).string();
  setenv("HEITIE_CRASH_AT", "launch.begun", 1);
  setenv("HEITIE_CRASH_ONCE", file.c_str(), 1);
  EXPECT_EXIT(FaultPoint("launch.begun"), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_TRUE(std::filesystem::exists(file));
  FaultPoint("launch.begun");
  std::filesystem::remove(file);
  unsetenv("HEITIE_CRASH_AT");
  unsetenv("HEITIE_CRASH_ONCE");
}

}  // namespace
}  // namespace heitie::activity
