#include "services/planning/control/simulation.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <thread>
#include <utility>

#include "common/statistics/counter_random.h"

namespace heitie::planning {
namespace {

// What is on time by less than this is rounding.
constexpr double kSameDay = 1e-9;
// Plays that a thread takes at once.
constexpr int kChunk = 256;

// Calls `work` with 0 … n − 1, on so many threads.
void InParallel(int n, int threads, const std::function<void(int)>& work) {
  std::atomic<int> turn = 0;
  const auto run = [&] {
    for (int i = turn++; i < n; i = turn++) work(i);
  };
  std::vector<std::jthread> others;
  for (int i = 1; i < std::min(threads, n); ++i) others.emplace_back(run);
  run();
}

// Twice the ranks from 1, so that means of them are whole.
std::vector<int64_t> DoubledRanks(const std::vector<double>& values) {
  std::vector<std::pair<double, int>> order(values.size());
  for (size_t i = 0; i < values.size(); ++i) order[i] = {values[i], static_cast<int>(i)};
  std::sort(order.begin(), order.end());
  std::vector<int64_t> ranks(values.size());
  for (size_t begin = 0, end; begin < order.size(); begin = end) {
    for (end = begin + 1; end < order.size() && order[end].first == order[begin].first;) ++end;
    for (size_t i = begin; i < end; ++i) ranks[order[i].second] = static_cast<int64_t>(begin + 1 + end);
  }
  return ranks;
}

std::optional<double> CorrelationOf(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  const auto n = static_cast<int64_t>(a.size());
  double aa = 0, bb = 0, ab = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<double>(a[i] - n - 1), y = static_cast<double>(b[i] - n - 1);
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  if (aa == 0 || bb == 0) return std::nullopt;
  return ab / std::sqrt(aa) / std::sqrt(bb);
}

}  // namespace

std::optional<double> RankCorrelation(const std::vector<double>& a, const std::vector<double>& b) {
  return CorrelationOf(DoubledRanks(a), DoubledRanks(b));
}

double Simulation::Quantile(double p) const {
  const double place = p * static_cast<double>(finishes.size() - 1);
  const auto below = static_cast<size_t>(place);
  const double rest = place - static_cast<double>(below);
  if (below + 1 >= finishes.size()) return finishes.back();
  return finishes[below] + rest * (finishes[below + 1] - finishes[below]);
}

double Simulation::ProbabilityBy(double day) const {
  const auto by = std::upper_bound(finishes.begin(), finishes.end(), day + kSameDay) - finishes.begin();
  return static_cast<double>(by) / static_cast<double>(finishes.size());
}

Simulation Simulate(const std::vector<DrawnTask>& tasks, int64_t next, Spread spread, int64_t seed, int iterations, int threads) {
  std::vector<StatusTask> statuses;
  for (const DrawnTask& task : tasks) statuses.push_back(task.status);
  const StatusNetwork network(statuses, next);
  const size_t n = tasks.size();

  // Durations by task, then by play.
  std::vector<std::vector<double>> drawn(n);
  InParallel(static_cast<int>(n), threads, [&](int i) {
    if (!tasks[i].points || tasks[i].status.milestone || tasks[i].status.stage == StatusTask::kDone) return;
    const Quantiles quantiles(spread, *tasks[i].points);
    statistics::CounterRandom random(static_cast<uint64_t>(seed), static_cast<uint64_t>(i));
    drawn[i].resize(iterations);
    for (double& duration : drawn[i]) duration = tasks[i].share * quantiles.At(random.NextUnit());
  });

  const int chunks = (iterations + kChunk - 1) / kChunk;
  std::vector<double> finishes(iterations);
  std::vector<std::vector<int32_t>> critical(chunks), on_time(chunks);
  InParallel(chunks, threads, [&](int chunk) {
    critical[chunk].assign(n, 0);
    on_time[chunk].assign(n, 0);
    std::vector<double> durations(n, 0);
    for (size_t i = 0; i < n; ++i) durations[i] = tasks[i].status.milestone ? 0 : tasks[i].status.duration;
    StatusNetwork::Times times;
    for (int play = chunk * kChunk; play < std::min(iterations, (chunk + 1) * kChunk); ++play) {
      for (const int i : network.unfinished()) {
        if (!drawn[i].empty()) durations[i] = drawn[i][play];
      }
      network.Forward(durations, times);
      network.Backward(durations, times);
      finishes[play] = times.finish;
      for (const int i : network.unfinished()) {
        if (times.slack[i] <= kSameDay) ++critical[chunk][i];
        if (tasks[i].status.milestone && times.begin[i] <= static_cast<double>(tasks[i].planned_day) + kSameDay) ++on_time[chunk][i];
      }
    }
  });

  Simulation simulation;
  simulation.tasks.resize(n);
  for (const double finish : finishes) simulation.mean += finish;
  simulation.mean /= iterations;
  const std::vector<int64_t> ranks = DoubledRanks(finishes);
  InParallel(static_cast<int>(n), threads, [&](int i) {
    Simulation::Task& task = simulation.tasks[i];
    int64_t times_critical = 0, times_on_time = 0;
    for (int chunk = 0; chunk < chunks; ++chunk) {
      times_critical += critical[chunk][i];
      times_on_time += on_time[chunk][i];
    }
    task.criticality = static_cast<double>(times_critical) / iterations;
    task.on_time = static_cast<double>(times_on_time) / iterations;
    task.mean = tasks[i].status.milestone ? 0 : tasks[i].status.duration;
    if (drawn[i].empty()) return;
    task.mean = 0;
    for (const double duration : drawn[i]) task.mean += duration;
    task.mean /= iterations;
    task.rank_correlation = CorrelationOf(DoubledRanks(drawn[i]), ranks);
  });
  std::sort(finishes.begin(), finishes.end());
  simulation.finishes = std::move(finishes);
  return simulation;
}

}  // namespace heitie::planning
