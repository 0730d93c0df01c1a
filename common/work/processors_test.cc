#include "common/work/processors.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace heitie::work {
namespace {

constexpr int kMachine = 64;

class ProcessorsTest : public ::testing::Test {
 protected:
  ProcessorsTest() : root_(::testing::TempDir() + "heitie_cgroup_" + std::to_string(getpid())) {
    Write("cgroup.controllers", "cpu memory");
  }
  ~ProcessorsTest() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& file, const std::string& text) {
    const std::filesystem::path path = std::filesystem::path(root_) / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text << "\n";
  }

  const std::string root_;
};

TEST_F(ProcessorsTest, WithoutQuotaTheMachineCounts) {
  EXPECT_EQ(ProcessorsOf("", root_, kMachine), kMachine);
  EXPECT_EQ(ProcessorsOf("0::/pod\n", root_, kMachine), kMachine);
  Write("pod/cpu.max", "max 100000");
  EXPECT_EQ(ProcessorsOf("0::/pod\n", root_, kMachine), kMachine);
  Write("cpu/cpu.cfs_quota_us", "-1");
  Write("cpu/cpu.cfs_period_us", "100000");
  EXPECT_EQ(ProcessorsOf("3:cpu:/\n", root_, kMachine), kMachine);
}

TEST_F(ProcessorsTest, QuotasAreRoundedUp) {
  Write("cpu.max", "150000 100000");
  EXPECT_EQ(ProcessorsOf("0::/\n", root_, kMachine), 2);
  Write("cpu.max", "25000 100000");
  EXPECT_EQ(ProcessorsOf("0::/\n", root_, kMachine), 1);
  Write("cpu.max", "12800000 100000");
  EXPECT_EQ(ProcessorsOf("0::/\n", root_, kMachine), kMachine);
}

TEST_F(ProcessorsTest, AGroupAboveMayAllowLess) {
  Write("kubepods/pod/box/cpu.max", "400000 100000");
  Write("kubepods/pod/cpu.max", "300000 100000");
  EXPECT_EQ(ProcessorsOf("0::/kubepods/pod/box\n", root_, kMachine), 3);
}

// Without a namespace of its own the process sees the machine's path, of which nothing is mounted but its own group.
TEST_F(ProcessorsTest, ThePathMayBeTheMachines) {
  Write("cpu.max", "100000 100000");
  EXPECT_EQ(ProcessorsOf("0::/kubepods.slice/pod1/cri-2\n", root_, kMachine), 1);
}

TEST_F(ProcessorsTest, TheFirstVersionHasAFolderForEachController) {
  Write("cpu,cpuacct/pod/cpu.cfs_quota_us", "200000");
  Write("cpu,cpuacct/pod/cpu.cfs_period_us", "100000");
  EXPECT_EQ(ProcessorsOf("12:memory:/pod\n4:cpu,cpuacct:/pod\n0::/\n", root_, kMachine), 2);
  EXPECT_EQ(ProcessorsOf("12:cpuset:/pod\n", root_, kMachine), kMachine);
}

TEST_F(ProcessorsTest, GarbageIsNoQuota) {
  Write("cpu.max", "lots of it");
  EXPECT_EQ(ProcessorsOf("nonsense\n0::/\n:\n", root_, kMachine), kMachine);
}

TEST(ProcessorsHere, AreAtLeastOne) { EXPECT_GE(Processors(), 1); }

}  // namespace
}  // namespace heitie::work
