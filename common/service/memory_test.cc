#include "common/service/memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

namespace heitie::service {
namespace {

#ifdef HEITIE_TCMALLOC

size_t ResidentBytes() {
  size_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

// Blocks of the size of messages, all in use at once.
void Peak(size_t bytes) {
  constexpr size_t kBlock = 100 << 10;
  std::vector<std::unique_ptr<char[]>> blocks;
  for (size_t held = 0; held < bytes; held += kBlock) {
    blocks.push_back(std::make_unique<char[]>(kBlock));
    std::memset(blocks.back().get(), 1, kBlock);
  }
}

TEST(MemoryTest, APeakIsGivenBack) {
  constexpr size_t kPeak = 512 << 20;
  const size_t before = ResidentBytes();
  Peak(kPeak);
  EXPECT_GT(ResidentBytes(), before + kPeak / 2) << "else there is nothing to give back";
  for (int i = 0; i < 12; ++i) ReleaseMemory();
  EXPECT_LT(ResidentBytes(), before + kPeak / 8);
  EXPECT_LE(UnusedMemory(), kKeptBytes + (1 << 20));
}

#endif

}  // namespace
}  // namespace heitie::service
