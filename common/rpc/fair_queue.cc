#include "common/rpc/fair_queue.h"

#include <algorithm>
#include <utility>

namespace heitie::rpc {

size_t FairQueue::IndexOf(Priority priority) {
  switch (priority) {
    case options::v1::PRIORITY_LOW:
      return 0;
    case options::v1::PRIORITY_HIGH:
      return 2;
    default:
      return 1;
  }
}

void FairQueue::Push(std::shared_ptr<Task> task, const std::string& caller, Priority priority) {
  Level& level = levels_[IndexOf(priority)];
  auto [entry, is_new] = level.by_caller.try_emplace(caller);
  if (is_new) entry->second = level.lanes.insert(level.lanes.end(), Lane{caller, {}});
  entry->second->tasks.push_back(std::move(task));
  ++size_;
}

std::shared_ptr<Task> FairQueue::Pop() {
  turn_ = (turn_ + 1) % kLowestEvery;
  if (turn_ == 0) {
    for (Level& level : levels_) {
      if (!level.lanes.empty()) return PopFrom(level);
    }
  }
  for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
    if (!level->lanes.empty()) return PopFrom(*level);
  }
  return nullptr;
}

std::shared_ptr<Task> FairQueue::PopFrom(Level& level) {
  const auto lane = level.lanes.begin();
  std::shared_ptr<Task> task = std::move(lane->tasks.front());
  lane->tasks.pop_front();
  --size_;
  if (lane->tasks.empty()) {
    level.by_caller.erase(lane->caller);
    level.lanes.erase(lane);
  } else {
    level.lanes.splice(level.lanes.end(), level.lanes, lane);
  }
  return task;
}

std::shared_ptr<Task> FairQueue::Yield(const std::string& caller, Priority priority) {
  const size_t own = IndexOf(priority);
  for (size_t i = 0; i < own; ++i) {
    if (!levels_[i].lanes.empty()) return TakeLatest(levels_[i], Longest(levels_[i]));
  }
  Level& level = levels_[own];
  if (level.lanes.empty()) return nullptr;
  const auto longest = Longest(level);
  const auto mine = level.by_caller.find(caller);
  const size_t waiting = mine == level.by_caller.end() ? 0 : mine->second->tasks.size();
  return longest->tasks.size() > waiting + 1 ? TakeLatest(level, longest) : nullptr;
}

std::list<FairQueue::Lane>::iterator FairQueue::Longest(Level& level) {
  return std::max_element(level.lanes.begin(), level.lanes.end(),
                          [](const Lane& a, const Lane& b) { return a.tasks.size() < b.tasks.size(); });
}

std::shared_ptr<Task> FairQueue::TakeLatest(Level& level, std::list<Lane>::iterator lane) {
  std::shared_ptr<Task> task = std::move(lane->tasks.back());
  lane->tasks.pop_back();
  --size_;
  if (lane->tasks.empty()) {
    level.by_caller.erase(lane->caller);
    level.lanes.erase(lane);
  }
  return task;
}

}  // namespace heitie::rpc
