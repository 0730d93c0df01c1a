#include "services/planning/control/forecast.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace heitie::planning {
namespace {

bool FromFinish(const Link& link) { return link.type == LinkType::kFinishToStart || link.type == LinkType::kFinishToFinish; }
bool ToFinish(const Link& link) { return link.type == LinkType::kFinishToFinish || link.type == LinkType::kStartToFinish; }

// The unfinished tasks, each after those that it waits for.
std::vector<int> OrderOf(const std::vector<StatusTask>& tasks) {
  std::vector<std::vector<int>> after(tasks.size());
  std::vector<int> missing(tasks.size(), 0), order;
  for (size_t task = 0; task < tasks.size(); ++task) {
    if (tasks[task].stage == StatusTask::kDone) continue;
    for (const Link& link : tasks[task].links) {
      if (tasks[link.predecessor].stage == StatusTask::kDone) continue;
      after[link.predecessor].push_back(static_cast<int>(task));
      ++missing[task];
    }
    if (missing[task] == 0) order.push_back(static_cast<int>(task));
  }
  for (size_t i = 0; i < order.size(); ++i) {
    for (const int task : after[order[i]]) {
      if (--missing[task] == 0) order.push_back(task);
    }
  }
  return order;
}

}  // namespace

StatusNetwork::StatusNetwork(const std::vector<StatusTask>& tasks, int64_t next)
    : tasks_(tasks), next_(next), order_(OrderOf(tasks)), edges_(tasks.size()) {
  for (const int i : order_) {
    const StatusTask& task = tasks_[i];
    for (const Link& link : task.links) {
      const StatusTask& from = tasks_[link.predecessor];
      // What is under way waits only for what is not done.
      if (task.stage == StatusTask::kUnderWay && from.stage == StatusTask::kDone) continue;
      const bool at_end = FromFinish(link) && !from.milestone;
      Edge edge{link.predecessor, 0, static_cast<double>(link.lag), at_end, ToFinish(link) && !task.milestone};
      if (task.milestone) edge.lag -= 1;
      if (from.stage == StatusTask::kDone) {
        edge.from = -1;
        edge.after_duration = false;
        edge.day = static_cast<double>(at_end ? from.actual_end : from.actual_begin);
      } else if (from.stage == StatusTask::kUnderWay && !at_end && !from.milestone) {
        edge.from = -1;
        edge.day = static_cast<double>(from.actual_begin);
      }
      edges_[i].push_back(edge);
    }
  }
}

void StatusNetwork::Forward(const std::vector<double>& durations, Times& times) const {
  times.begin.assign(tasks_.size(), 0);
  times.end.assign(tasks_.size(), 0);
  times.finish = 0;
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i].stage != StatusTask::kDone) continue;
    times.begin[i] = static_cast<double>(tasks_[i].actual_begin);
    times.end[i] = static_cast<double>(tasks_[i].actual_end);
    times.finish = std::max(times.finish, times.end[i]);
  }
  for (const int i : order_) {
    const StatusTask& task = tasks_[i];
    double begin = static_cast<double>(std::max(next_, task.held_until));
    if (task.stage == StatusTask::kOpen) begin = std::max(begin, static_cast<double>(task.planned_begin));
    for (const Edge& edge : edges_[i]) {
      double day = edge.from < 0 ? edge.day : times.begin[edge.from];
      if (edge.after_duration) day += durations[edge.from];
      day += edge.lag;
      if (edge.before_duration) day -= durations[i];
      begin = std::max(begin, day);
    }
    times.begin[i] = begin;
    times.end[i] = begin + (task.milestone ? 1 : durations[i]);
    times.finish = std::max(times.finish, times.end[i]);
  }
}

void StatusNetwork::Backward(const std::vector<double>& durations, Times& times) const {
  times.slack.assign(tasks_.size(), 0);
  std::vector<double> latest(tasks_.size(), std::numeric_limits<double>::infinity());
  for (auto it = order_.rbegin(); it != order_.rend(); ++it) {
    const int i = *it;
    latest[i] = std::min(latest[i], times.finish - (tasks_[i].milestone ? 1 : durations[i]));
    times.slack[i] = latest[i] - times.begin[i];
    for (const Edge& edge : edges_[i]) {
      if (edge.from < 0) continue;
      double day = latest[i] - edge.lag;
      if (edge.before_duration) day += durations[i];
      if (edge.after_duration) day -= durations[edge.from];
      latest[edge.from] = std::min(latest[edge.from], day);
    }
  }
}

StatusForecast ForecastStatus(const std::vector<StatusTask>& tasks, int64_t next) {
  std::vector<double> durations;
  for (const StatusTask& task : tasks) durations.push_back(task.milestone ? 0 : std::ceil(task.duration));
  const StatusNetwork network(tasks, next);
  StatusNetwork::Times times;
  network.Forward(durations, times);
  network.Backward(durations, times);
  StatusForecast forecast;
  forecast.finish = std::llround(times.finish);
  for (size_t i = 0; i < tasks.size(); ++i) {
    const int64_t begin = tasks[i].stage == StatusTask::kUnderWay ? tasks[i].actual_begin : std::llround(times.begin[i]);
    forecast.tasks.push_back({begin, std::llround(times.end[i]), std::llround(times.slack[i])});
  }
  return forecast;
}

std::vector<std::pair<int, int>> OutOfSequence(const std::vector<StatusTask>& tasks, int64_t next) {
  std::vector<std::pair<int, int>> found;
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].stage == StatusTask::kOpen) continue;
    for (const Link& link : tasks[i].links) {
      if (ToFinish(link)) continue;
      const StatusTask& from = tasks[link.predecessor];
      // What has not come yet comes at the next day at the earliest.
      int64_t came = next;
      if (FromFinish(link) && !from.milestone) {
        if (from.stage == StatusTask::kDone) came = from.actual_end;
      } else if (from.stage != StatusTask::kOpen) {
        came = from.actual_begin;
      }
      if (came + link.lag > tasks[i].actual_begin + (tasks[i].milestone ? 1 : 0)) found.emplace_back(i, link.predecessor);
    }
  }
  return found;
}

}  // namespace heitie::planning
