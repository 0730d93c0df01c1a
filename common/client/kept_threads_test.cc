#include "common/client/kept_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <set>
#include <thread>

namespace heitie::client {
namespace {

TEST(KeptThreads, WorksThatWaitForEachOtherRunTogether) {
  constexpr int kWorks = 50;
  for (int round = 0; round < 20; ++round) {
    std::latch all_here(kWorks), all_done(kWorks);
    for (int i = 0; i < kWorks; ++i) {
      RunAside([&] {
        all_here.arrive_and_wait();
        all_done.count_down();
      });
    }
    all_done.wait();
  }
}

TEST(KeptThreads, AThreadIsUsedAgain) {
  std::set<std::thread::id> threads;
  for (int i = 0; i < 100; ++i) {
    std::latch done(1);
    RunAside([&] {
      threads.insert(std::this_thread::get_id());
      done.count_down();
    });
    done.wait();
  }
  EXPECT_LT(threads.size(), 100u);
}

TEST(KeptThreads, NothingIsLostWhenManyAskAtTheSameTime) {
  constexpr int kCallers = 8, kWorks = 500;
  std::latch done(kCallers * kWorks);
  std::atomic<int> count{0};
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < kCallers; ++i) {
      callers.emplace_back([&] {
        for (int j = 0; j < kWorks; ++j) {
          RunAside([&] {
            ++count;
            done.count_down();
          });
        }
      });
    }
  }
  done.wait();
  EXPECT_EQ(count, kCallers * kWorks);
}

}  // namespace
}  // namespace heitie::client
