// tests/load/compare planning: five hundred tasks played ten thousand times, against vectorised NumPy of the same model.
#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "services/planning/control/simulation.h"
#include "tests/load/numpy.h"

namespace heitie::load {
namespace {

constexpr int kTasks = 500, kPlays = 10'000, kRounds = 5;

// Each waits for two of the twenty before it.
std::vector<planning::DrawnTask> Tasks() {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<planning::DrawnTask> tasks;
  for (int i = 0; i < kTasks; ++i) {
    planning::DrawnTask task;
    const double likely = 2 + 8 * unit(random);
    task.points = planning::ThreePoint{likely * (0.4 + 0.5 * unit(random)), likely, likely * (1.2 + 2 * unit(random))};
    for (int link = 0; link < std::min(i, 2); ++link) {
      const int before = i - 1 - static_cast<int>(random() % std::min(i, 20));
      task.status.links.push_back({before, planning::LinkType::kFinishToStart, 0});
    }
    task.status.planned_begin = static_cast<int64_t>(random() % 5);
    tasks.push_back(task);
  }
  return tasks;
}

Played Simulate(const std::vector<planning::DrawnTask>& tasks, int seed) {
  const int threads = PlayingThreads(4);
  const auto begin = Clock::now();
  const planning::Simulation simulation = planning::Simulate(tasks, 0, planning::Spread::kPert, seed, kPlays, threads);
  return {std::chrono::duration<double>(Clock::now() - begin).count(),
          {simulation.mean, simulation.Quantile(0.5), simulation.Quantile(0.9)}};
}

void Measure(const NumpyFlags& flags) {
  const std::vector<planning::DrawnTask> tasks = Tasks();
  std::vector<std::string> lines;
  for (const planning::DrawnTask& task : tasks) {
    std::string& line = lines.emplace_back(
        absl::StrFormat("%.17g %.17g %.17g %d", task.points->low, task.points->likely, task.points->high, task.status.planned_begin));
    for (const planning::Link& link : task.status.links) absl::StrAppend(&line, " ", link.predecessor);
  }
  WriteModel(flags, lines);
  Results results(flags.results, "plan",
                  absl::Substitute("$0 tasks, played $1 times: quantiles, criticality and rank correlation; in turns, medians of $2.",
                                   kTasks, kPlays, kRounds));
  Compete(
      flags, {"monte_carlo", kPlays, kRounds, 0.01, {"mean", "P50", "P90"}, 1}, [&](int seed) { return Simulate(tasks, seed); }, results);
  results.Publish();
}

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) { return heitie::load::RunContest(argc, argv, heitie::load::Measure); }
