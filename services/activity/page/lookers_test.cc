#include "services/activity/page/lookers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "absl/time/clock.h"

namespace heitie::activity {
namespace {

TEST(LookersTest, WhatHangsHoldsUpNobodyUntilAllHang) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::atomic<int> done = 0;
  {
    Lookers lookers(4);
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(lookers.Run([&] {
        released.wait();
        ++done;
      }));
    }
    for (int i = 0; i < 100; ++i) {
      std::promise<void> ran;
      while (!lookers.Run([&] { ran.set_value(); })) absl::SleepFor(absl::Milliseconds(1));
      ran.get_future().wait();
    }
    while (!lookers.Run([&] {
      released.wait();
      ++done;
    })) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    EXPECT_FALSE(lookers.Run([&] { ++done; })) << "all hang";
    EXPECT_EQ(done, 0);
    release.set_value();
  }
  EXPECT_EQ(done, 4) << "the end waits for them";
}

TEST(LookersTest, WhatThrowsEndsNothing) {
  Lookers lookers(1);
  ASSERT_TRUE(lookers.Run([] { throw std::runtime_error("of a look"); }));
  std::promise<void> ran;
  while (!lookers.Run([&] { ran.set_value(); })) absl::SleepFor(absl::Milliseconds(1));
  ran.get_future().wait();
}

}  // namespace
}  // namespace heitie::activity
