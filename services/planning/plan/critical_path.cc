#include "services/planning/plan/critical_path.h"

#include <algorithm>
#include <deque>

namespace heitie::planning {
namespace {

struct Edge {
  int to;
  int64_t offset;  // The successor starts at least this long after the predecessor's start.
};
using Graph = std::vector<std::vector<Edge>>;

// Durations are fixed, so that every type of link is a distance between starts.
int64_t StartToStart(const Link& link, int64_t predecessor_duration, int64_t duration) {
  switch (link.type) {
    case LinkType::kFinishToStart:
      return predecessor_duration + link.lag;
    case LinkType::kStartToStart:
      return link.lag;
    case LinkType::kFinishToFinish:
      return predecessor_duration + link.lag - duration;
    case LinkType::kStartToFinish:
      return link.lag - duration;
  }
  return link.lag;
}

Graph Successors(const Network& network) {
  Graph graph(network.size());
  for (size_t task = 0; task < network.size(); ++task) {
    for (const Link& link : network[task].links) {
      const int64_t offset = StartToStart(link, network[link.predecessor].duration, network[task].duration);
      graph[link.predecessor].push_back({static_cast<int>(task), offset});
    }
  }
  return graph;
}

std::vector<int> TopologicalOrder(const Graph& graph) {
  std::vector<int> missing(graph.size(), 0), order;
  for (const auto& edges : graph) {
    for (const Edge& edge : edges) ++missing[edge.to];
  }
  for (size_t task = 0; task < graph.size(); ++task) {
    if (missing[task] == 0) order.push_back(static_cast<int>(task));
  }
  for (size_t i = 0; i < order.size(); ++i) {
    for (const Edge& edge : graph[order[i]]) {
      if (--missing[edge.to] == 0) order.push_back(edge.to);
    }
  }
  return order;
}

// A shortest path from `start` back to itself; empty when there is none.
std::vector<int> ShortestCycle(const Graph& graph, int start) {
  std::vector<int> previous(graph.size(), -1);
  std::deque<int> queue = {start};
  while (!queue.empty()) {
    const int task = queue.front();
    queue.pop_front();
    for (const Edge& edge : graph[task]) {
      if (edge.to == start) {
        std::vector<int> cycle = {task};
        while (cycle.back() != start) cycle.push_back(previous[cycle.back()]);
        std::reverse(cycle.begin(), cycle.end());
        return cycle;
      }
      if (previous[edge.to] == -1) {
        previous[edge.to] = task;
        queue.push_back(edge.to);
      }
    }
  }
  return {};
}

std::vector<bool> ReachableFrom(const Graph& graph, int start) {
  std::vector<bool> seen(graph.size(), false);
  std::vector<int> stack = {start};
  while (!stack.empty()) {
    const int task = stack.back();
    stack.pop_back();
    for (const Edge& edge : graph[task]) {
      if (!seen[edge.to]) {
        seen[edge.to] = true;
        stack.push_back(edge.to);
      }
    }
  }
  return seen;
}

Graph Reversed(const Graph& graph) {
  Graph reversed(graph.size());
  for (size_t task = 0; task < graph.size(); ++task) {
    for (const Edge& edge : graph[task]) reversed[edge.to].push_back({static_cast<int>(task), edge.offset});
  }
  return reversed;
}

}  // namespace

std::vector<std::vector<int>> FindCycles(const Network& network) {
  const Graph graph = Successors(network), reversed = Reversed(graph);
  std::vector<bool> done(network.size(), false);
  for (const int task : TopologicalOrder(graph)) done[task] = true;
  std::vector<std::vector<int>> cycles;
  for (size_t task = 0; task < network.size(); ++task) {
    if (done[task]) continue;
    std::vector<int> cycle = ShortestCycle(graph, static_cast<int>(task));
    if (cycle.empty()) continue;  // It only follows a cycle.
    const std::vector<bool> after = ReachableFrom(graph, static_cast<int>(task)), before = ReachableFrom(reversed, static_cast<int>(task));
    for (size_t other = 0; other < network.size(); ++other) done[other] = done[other] || (after[other] && before[other]);
    cycles.push_back(std::move(cycle));
  }
  return cycles;
}

NetworkTimes ComputeTimes(const Network& network, std::optional<int64_t> deadline) {
  const Graph graph = Successors(network);
  const std::vector<int> order = TopologicalOrder(graph);
  NetworkTimes times;
  times.tasks.resize(network.size());
  std::vector<int64_t> start(network.size(), 0);
  for (const int task : order) {
    for (const Edge& edge : graph[task]) start[edge.to] = std::max(start[edge.to], start[task] + edge.offset);
    times.finish = std::max(times.finish, start[task] + network[task].duration);
  }
  const int64_t latest = deadline ? std::min(*deadline, times.finish) : times.finish;
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    const int64_t duration = network[*it].duration;
    TaskTimes& task = times.tasks[*it];
    task.early_start = start[*it];
    task.early_finish = task.early_start + duration;
    task.late_start = latest - duration;
    task.free_float = times.finish - task.early_finish;
    for (const Edge& edge : graph[*it]) {
      task.late_start = std::min(task.late_start, times.tasks[edge.to].late_start - edge.offset);
      task.free_float = std::min(task.free_float, start[edge.to] - edge.offset - task.early_start);
    }
    task.late_finish = task.late_start + duration;
    task.total_float = task.late_start - task.early_start;
  }
  return times;
}

}  // namespace heitie::planning
