#include "common/work/loops.h"

#include <gtest/gtest.h>

#include <future>
#include <set>

namespace heitie::work {
namespace {

// The thread on which a strand does things.
std::thread::id ThreadOf(const boost::asio::any_io_executor& strand) {
  std::promise<std::thread::id> thread;
  boost::asio::post(strand, [&] { thread.set_value(std::this_thread::get_id()); });
  return thread.get_future().get();
}

TEST(LoopsTest, WhoComesFromOutsideIsSpreadOverAllAndWhoIsOnOneStaysThere) {
  Loops loops(3, 1);
  std::set<size_t> met;
  for (int i = 0; i < 3; ++i) met.insert(loops.Nearest().index());
  EXPECT_EQ(met.size(), 3u);
  for (size_t i = 0; i < loops.size(); ++i) {
    std::promise<size_t> nearest;
    boost::asio::post(loops[i].io(), [&] { nearest.set_value(loops.Nearest().index()); });
    EXPECT_EQ(nearest.get_future().get(), i);
  }
  Loops others(2, 1);
  std::promise<bool> foreign;
  boost::asio::post(loops[2].io(), [&] { foreign.set_value(others.Nearest().index() < 2); });
  EXPECT_TRUE(foreign.get_future().get()) << "loops of others are none of these";
}

TEST(LoopsTest, ALoopOfOneThreadGoesOnWhileSomethingTakesLong) {
  Loops loops(1, 1);
  std::promise<void> end;
  loops[0].Aside([until = end.get_future().share()] { until.wait(); });
  EXPECT_EQ(ThreadOf(loops[0].NewStrand()), ThreadOf(loops[0].NewStrand()));
  end.set_value();
}

TEST(LoopsTest, WhatThrowsEndsNoThread) {
  Loops loops(1, 1);
  const std::thread::id before = ThreadOf(loops[0].NewStrand());
  boost::asio::post(loops[0].io(), [] { throw std::runtime_error("a handler's"); });
  EXPECT_EQ(ThreadOf(loops[0].NewStrand()), before);
}

TEST(LoopsTest, WhatIsLeftAtTheEndIsLetGo) {
  const auto held = std::make_shared<int>(0);
  Loops loops(2, 2);
  boost::asio::post(loops[1].io(), [held, &loops] { boost::asio::post(loops[1].io(), [held] {}); });
  loops.Stop();
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace heitie::work
