// tests/load/compare planning: five hundred tasks played ten thousand times, against vectorised NumPy of the same model.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/config/flags.h"
#include "services/planning/control/simulation.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"

namespace heitie::load {
namespace {

constexpr int kTasks = 500, kPlays = 10'000, kRounds = 5;

struct Flags {
  Results::Flags results;
  std::string python = "/usr/bin/python3", script, file;

  void Register(config::Flags& flags) {
    results.Register(flags);
    flags.Add("python", &python, "The Python that has NumPy.");
    flags.Add("script", &script, "project.py.");
    flags.Add("file", &file, "Where the tasks are written for it.");
  }
};

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

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Outcome {
  double seconds = 0, mean = 0, p50 = 0, p90 = 0;
};

Outcome Numpy(const Flags& flags, int seed) {
  const std::string command = absl::Substitute("$0 $1 $2 $3 $4", flags.python, flags.script, flags.file, kPlays, seed);
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) Die("cannot run " + command);
  Outcome outcome;
  const int read = fscanf(pipe, "%lf %lf %lf %lf", &outcome.seconds, &outcome.mean, &outcome.p50, &outcome.p90);
  if (pclose(pipe) != 0 || read != 4) Die("no figures from " + command);
  return outcome;
}

Outcome Simulate(const std::vector<planning::DrawnTask>& tasks, int seed) {
  const int threads = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 4u));
  const auto begin = Clock::now();
  const planning::Simulation simulation = planning::Simulate(tasks, 0, planning::Spread::kPert, seed, kPlays, threads);
  return {std::chrono::duration<double>(Clock::now() - begin).count(), simulation.mean, simulation.Quantile(0.5), simulation.Quantile(0.9)};
}

// Two runs of one model differ by chance only.
void Compare(const char* what, double ours, double theirs) {
  if (std::abs(ours / theirs - 1) > 0.01) Die(absl::StrCat("another ", what, ": ", ours, " and ", theirs));
}

int Measure(const Flags& flags) {
  const std::vector<planning::DrawnTask> tasks = Tasks();
  {
    std::ofstream file(flags.file);
    file.precision(17);
    for (const planning::DrawnTask& task : tasks) {
      file << task.points->low << " " << task.points->likely << " " << task.points->high << " " << task.status.planned_begin;
      for (const planning::Link& link : task.status.links) file << " " << link.predecessor;
      file << "\n";
    }
    if (!file.flush()) Die("cannot write " + flags.file);
  }
  std::vector<double> ours, theirs;
  Samples own, numpy;
  for (int round = 0; round < kRounds; ++round) {
    const Outcome theirs_now = Numpy(flags, round), ours_now = Simulate(tasks, round);
    Compare("mean", ours_now.mean, theirs_now.mean);
    Compare("P50", ours_now.p50, theirs_now.p50);
    Compare("P90", ours_now.p90, theirs_now.p90);
    ours.push_back(ours_now.seconds);
    theirs.push_back(theirs_now.seconds);
    own.Add(ours_now.seconds * 1e6);
    numpy.Add(theirs_now.seconds * 1e6);
  }
  Results results(flags.results, "plan",
                  absl::Substitute("$0 tasks, played $1 times: quantiles, criticality and rank correlation; in turns, medians of $2.",
                                   kTasks, kPlays, kRounds));
  results.AddRow("monte_carlo", "service", 1, 1 / Median(ours), own);
  results.AddRow("monte_carlo", "NumPy", 1, 1 / Median(theirs), numpy);
  results.AddRatio("monte_carlo_vs_numpy", Median(theirs) / Median(ours), "time of NumPy / of the service's simulation", AtLeast(1));
  results.Publish();
  return 0;
}

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) {
  heitie::load::Flags values;
  heitie::config::Flags flags;
  values.Register(flags);
  heitie::load::ParseOrDie(flags, argc, argv);
  return heitie::load::Measure(values);
}
