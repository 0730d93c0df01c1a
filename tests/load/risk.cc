// tests/load/compare risk: what two hundred risks cost together in a million years, against vectorised NumPy of the same model.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/config/flags.h"
#include "services/risk/exposure/portfolio.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"

namespace heitie::load {
namespace {

constexpr int kRisks = 200, kYears = 1'000'000, kRounds = 5;

struct Flags {
  Results::Flags results;
  std::string python = "/usr/bin/python3", script, file;

  void Register(config::Flags& flags) {
    results.Register(flags);
    flags.Add("python", &python, "The Python that has NumPy.");
    flags.Add("script", &script, "portfolio.py.");
    flags.Add("file", &file, "Where the risks are written for it.");
  }
};

// Once in ten to five hundred years, evenly in the logarithm; what they cost spans a factor of 3 to 30.
risk::Portfolio Risks() {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> unit(0, 1);
  risk::Portfolio portfolio;
  portfolio.years = kYears;
  for (int i = 0; i < kRisks; ++i) {
    risk::YearlyLoss loss;
    loss.probability_ppm = std::llround(2'000 * std::pow(50, unit(random)));
    const double lower = 10'000 * std::pow(100, unit(random));
    loss.shape = risk::ShapeOf(lower, lower * 3 * std::pow(10, unit(random)));
    portfolio.risks.push_back({loss, loss});
  }
  return portfolio;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Outcome {
  double seconds = 0, mean = 0, value_at_risk = 0, shortfall = 0;
};

Outcome Numpy(const Flags& flags, int seed) {
  const std::string command = absl::Substitute("$0 $1 $2 $3 $4", flags.python, flags.script, flags.file, kYears, seed);
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) Die("cannot run " + command);
  Outcome outcome;
  const int read = fscanf(pipe, "%lf %lf %lf %lf", &outcome.seconds, &outcome.mean, &outcome.value_at_risk, &outcome.shortfall);
  if (pclose(pipe) != 0 || read != 4) Die("no figures from " + command);
  return outcome;
}

Outcome Simulate(risk::Portfolio portfolio, int seed) {
  const int threads = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 8u));
  portfolio.seed = static_cast<uint64_t>(seed);
  const auto begin = Clock::now();
  risk::PortfolioRun run(std::move(portfolio));
  run.Draw(kYears, threads);
  const risk::PortfolioFigures figures = run.Answer({950'000, 990'000}, {}, threads)[0];
  return {std::chrono::duration<double>(Clock::now() - begin).count(), figures.annual_loss.value, figures.levels[1].value_at_risk.value,
          figures.levels[1].expected_shortfall.value};
}

// Two runs of one model differ by chance only: by a hundredth where a million years are drawn.
void Compare(const char* what, double ours, double theirs) {
  if (std::abs(ours / theirs - 1) > 0.02) Die(absl::StrCat("another ", what, ": ", ours, " and ", theirs));
}

int Measure(const Flags& flags) {
  const risk::Portfolio portfolio = Risks();
  {
    std::ofstream file(flags.file);
    file.precision(17);
    for (const risk::PortfolioRisk& risk : portfolio.risks) {
      file << static_cast<double>(risk.untreated.probability_ppm) / 1e6 << " " << risk.untreated.shape.mu << " "
           << risk.untreated.shape.sigma << "\n";
    }
    if (!file.flush()) Die("cannot write " + flags.file);
  }
  std::vector<double> ours, theirs;
  Samples own, numpy;
  for (int round = 0; round < kRounds; ++round) {
    const Outcome theirs_now = Numpy(flags, round), ours_now = Simulate(portfolio, round);
    Compare("mean", ours_now.mean, theirs_now.mean);
    Compare("value at risk", ours_now.value_at_risk, theirs_now.value_at_risk);
    Compare("expected shortfall", ours_now.shortfall, theirs_now.shortfall);
    ours.push_back(ours_now.seconds);
    theirs.push_back(theirs_now.seconds);
    own.Add(ours_now.seconds * 1e6);
    numpy.Add(theirs_now.seconds * 1e6);
  }
  Results results(
      flags.results, "risk",
      absl::Substitute("$0 risks, $1 years: mean, values at risk, expected shortfalls, shares and curve; in turns, medians of $2.", kRisks,
                       kYears, kRounds));
  results.AddRow("montecarlo", "service", 1, 1 / Median(ours), own);
  results.AddRow("montecarlo", "NumPy", 1, 1 / Median(theirs), numpy);
  results.AddRatio("montecarlo_vs_numpy", Median(theirs) / Median(ours), "time of NumPy / of the service's simulation", AtLeast(4));
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
