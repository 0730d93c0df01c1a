#include "common/record/loader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace heitie::record {
namespace {

std::shared_ptr<rpc::Exchange> Get(std::function<void(const absl::Status&)> finish) {
  auto exchange = std::make_shared<rpc::Exchange>();
  exchange->finish = std::move(finish);
  return exchange;
}

TEST(LoaderTest, GetsThatWaitShareAQuery) {
  std::promise<void> gate;
  std::shared_future<void> open = gate.get_future().share();
  std::atomic<int> running{0}, answered{0};
  std::atomic<size_t> greatest{0};
  work::Workers readers(4, 16);
  Loader loader(readers, [&](const auto& batch) {
    ++running;
    open.wait();
    greatest = std::max(greatest.load(), batch.size());
    return std::vector<absl::Status>(batch.size());
  });
  const auto answer = [&](const absl::Status& status) { answered += status.ok(); };
  for (int i = 0; i < 2; ++i) {
    loader.Add(Get(answer));
    while (running <= i) std::this_thread::yield();
  }
  for (int i = 0; i < 20; ++i) loader.Add(Get(answer));
  EXPECT_EQ(running, 2);
  gate.set_value();
  while (answered < 22) std::this_thread::yield();
  EXPECT_EQ(greatest, 20u);
}

TEST(LoaderTest, AFloodedTableLeavesReadersToOthers) {
  std::atomic<bool> stop{false};
  std::atomic<int> in_flight{0};
  work::Workers readers(2, 16);
  const auto load = [](const auto& batch) { return std::vector<absl::Status>(batch.size()); };
  Loader flooded(readers, load), other(readers, load);
  std::function<void()> add = [&] {
    ++in_flight;
    flooded.Add(Get([&](const absl::Status&) {
      if (!stop) add();
      --in_flight;
    }));
  };
  for (int i = 0; i < 16; ++i) add();
  std::promise<absl::Status> answer;
  other.Add(Get([&](const absl::Status& status) { answer.set_value(status); }));
  std::future<absl::Status> answered = answer.get_future();
  EXPECT_EQ(answered.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  stop = true;
  EXPECT_TRUE(answered.get().ok());
  while (in_flight > 0) std::this_thread::yield();
}

}  // namespace
}  // namespace heitie::record
