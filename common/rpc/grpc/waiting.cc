#include "common/rpc/grpc/waiting.h"

#include "absl/time/clock.h"
#include "common/observe/survive.h"

namespace heitie::rpc {
namespace {

// Patience is a matter of many seconds.
constexpr std::chrono::seconds kSweep{1};

}  // namespace

Waiting::Waiting(size_t most) : most_(most), sweeper_([this](const std::stop_token& stop) { Sweep(stop); }) {}

void Waiting::Add(Waiter& waiter, For what, absl::Time due) {
  Waiter* oldest = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (waiter.is_linked()) Unlink(waiter);
    waiter.what_ = what;
    waiter.due_ = due;
    ListOf(what).push_back(waiter);
    if (what == For::kMessage && messages_.size() > most_) oldest = Take(messages_, messages_.begin());
  }
  if (oldest != nullptr) oldest->GiveUp(For::kMessage, Why::kCrowded);
}

bool Waiting::Remove(Waiter& waiter, For what) {
  const std::lock_guard lock(mutex_);
  if (!waiter.is_linked() || waiter.what_ != what) return false;
  Unlink(waiter);
  return true;
}

void Waiting::Unlink(Waiter& waiter) {
  List& list = ListOf(waiter.what_);
  list.erase(list.iterator_to(waiter));
}

Waiting::Waiter* Waiting::Take(List& list, List::iterator at) {
  Waiter& waiter = *at;
  list.erase(at);
  waiter.Hold();
  return &waiter;
}

void Waiting::TakeLate(List& list, std::vector<Waiter*>& late) {
  const absl::Time now = absl::Now();
  for (auto next = list.begin(); next != list.end();) {
    const auto at = next++;
    if (at->due_ <= now) late.push_back(Take(list, at));
  }
}

void Waiting::Sweep(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wake_.wait_for(lock, stop, kSweep, [] { return false; });
    std::vector<Waiter*> messages, ends;
    TakeLate(messages_, messages);
    TakeLate(ends_, ends);
    lock.unlock();
    const auto give_up = [](Waiter* waiter, For what) {
      observe::Survive("a request could not be given up", [&] { waiter->GiveUp(what, Why::kLate); });
    };
    for (Waiter* waiter : messages) give_up(waiter, For::kMessage);
    for (Waiter* waiter : ends) give_up(waiter, For::kEnd);
    lock.lock();
  }
}

}  // namespace heitie::rpc
