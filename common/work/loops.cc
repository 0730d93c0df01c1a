#include "common/work/loops.h"

#include <algorithm>
#include <boost/asio/strand.hpp>

#include "common/observe/survive.h"
#include "common/work/processors.h"

namespace heitie::work {
namespace {

constexpr int kLeastAside = 2;

thread_local Loop* here = nullptr;

}  // namespace

Loop::Loop(const Loops& all, size_t index, int threads) : all_(all), index_(index), io_(threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

// What is thrown loses the connection it was thrown for, which nothing refers to any more, and no other.
void Loop::Run() {
  here = this;
  while (!observe::Survive("a connection was lost", [this] { io_.run(); })) {
  }
}

boost::asio::any_io_executor Loop::NewStrand() {
  if (threads_.size() == 1) return io_.get_executor();
  return boost::asio::make_strand(io_);
}

void Loop::End() {
  work_.reset();
  io_.stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  // What is left may hold what holds these loops.
  io_.restart();
  io_.poll();
}

Loops::Loops(int count, int threads) {
  if (threads == 1) aside_ = std::make_unique<Loop>(*this, 0, std::max(kLeastAside, Processors() / 2));
  for (int i = 0; i < count; ++i) loops_.push_back(std::make_unique<Loop>(*this, i, threads));
}

std::shared_ptr<Loops> Loops::ForEachProcessor() { return std::make_shared<Loops>(std::max(2, Processors()), 1); }

Loop& Loops::Nearest() {
  if (here != nullptr && &here->all_ == this && here != aside_.get()) return *here;
  return Next();
}

void Loops::Stop() {
  for (const auto& loop : loops_) loop->End();
  if (aside_ != nullptr) aside_->End();
}

}  // namespace heitie::work
