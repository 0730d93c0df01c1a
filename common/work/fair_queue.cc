#include "common/work/fair_queue.h"

#include <algorithm>
#include <utility>

namespace heitie::work {

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

void FairQueue::Push(std::shared_ptr<Task> task, const std::string& caller, Priority priority, Time now) {
  Level& level = levels_[IndexOf(priority)];
  if (&level == &levels_[0] && lowest_ == 0) lowest_since_ = now;
  auto [entry, is_new] = level.by_caller.try_emplace(caller);
  if (is_new) entry->second = level.lanes.insert(level.lanes.end(), Lane{caller, {}});
  entry->second->tasks.push_back({std::move(task), now});
  ++size_;
  if (&level == &levels_[0]) ++lowest_;
}

FairQueue::Turn FairQueue::Pop(Time now, bool lowest_too) {
  lowest_too = lowest_too && lowest_ > 0;
  turn_ = (turn_ + 1) % kTurns;
  if (turn_ == kTurns / 2 && !levels_[1].lanes.empty()) return PopFrom(levels_[1]);
  if (turn_ != 0 || !lowest_too) {
    for (size_t i = levels_.size(); i-- > 1;) {
      if (!levels_[i].lanes.empty()) return PopFrom(levels_[i]);
    }
  }
  if (!lowest_too) return {};
  const bool overloaded = lowest_ > kModerate && now - lowest_since_ >= kStanding;
  return overloaded ? PopLatest(levels_[0], now) : PopFrom(levels_[0]);
}

FairQueue::Turn FairQueue::PopFrom(Level& level) {
  const auto lane = level.lanes.begin();
  Turn turn{std::move(lane->tasks.front().task), &level == &levels_[0], {}};
  lane->tasks.pop_front();
  level.lanes.splice(level.lanes.end(), level.lanes, lane);
  Shrink(level, lane);
  return turn;
}

FairQueue::Turn FairQueue::PopLatest(Level& level, Time now) {
  Turn turn{nullptr, true, {}};
  // Ends: a lane in which everything lapses leaves at least kModerate tasks in others.
  while (turn.task == nullptr) {
    const auto lane = level.lanes.begin();
    level.lanes.splice(level.lanes.end(), level.lanes, lane);
    size_t left = lane->tasks.size();
    while (left > 0 && lowest_ > kModerate && now - lane->tasks.front().since > kPatience) {
      turn.lapsed.push_back(std::move(lane->tasks.front().task));
      lane->tasks.pop_front();
      --left;
      Shrink(level, lane);
    }
    if (left > 0) turn.task = TakeLatest(level, lane);
  }
  return turn;
}

void FairQueue::Shrink(Level& level, std::list<Lane>::iterator lane) {
  --size_;
  if (&level == &levels_[0]) --lowest_;
  if (!lane->tasks.empty()) return;
  level.by_caller.erase(lane->caller);
  level.lanes.erase(lane);
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
  std::shared_ptr<Task> task = std::move(lane->tasks.back().task);
  lane->tasks.pop_back();
  Shrink(level, lane);
  return task;
}

}  // namespace heitie::work
