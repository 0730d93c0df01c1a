// tests/load/compare risk: what two hundred risks cost together in a million years, against vectorised NumPy of the same model.
#include <chrono>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "services/risk/exposure/portfolio.h"
#include "tests/load/numpy.h"

namespace heitie::load {
namespace {

constexpr int kRisks = 200, kYears = 1'000'000, kRounds = 5;

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

Played Simulate(risk::Portfolio portfolio, int seed) {
  const int threads = PlayingThreads(8);
  portfolio.seed = static_cast<uint64_t>(seed);
  const auto begin = Clock::now();
  risk::PortfolioRun run(std::move(portfolio));
  run.Draw(kYears, threads);
  const risk::PortfolioFigures figures = run.Answer({950'000, 990'000}, {}, threads)[0];
  return {std::chrono::duration<double>(Clock::now() - begin).count(),
          {figures.annual_loss.value, figures.levels[1].value_at_risk.value, figures.levels[1].expected_shortfall.value}};
}

void Measure(const NumpyFlags& flags) {
  const risk::Portfolio portfolio = Risks();
  std::vector<std::string> lines;
  for (const risk::PortfolioRisk& risk : portfolio.risks) {
    const double probability = static_cast<double>(risk.untreated.probability_ppm) / 1e6;
    lines.push_back(absl::StrFormat("%.17g %.17g %.17g", probability, risk.untreated.shape.mu, risk.untreated.shape.sigma));
  }
  WriteModel(flags, lines);
  Results results(
      flags.results, "risk",
      absl::Substitute("$0 risks, $1 years: mean, values at risk, expected shortfalls, shares and curve; in turns, medians of $2.", kRisks,
                       kYears, kRounds));
  // Two runs of one model differ by a hundredth where a million years are drawn.
  Compete(
      flags, {"montecarlo", kYears, kRounds, 0.02, {"mean", "value at risk", "expected shortfall"}, 4},
      [&](int seed) { return Simulate(portfolio, seed); }, results);
  results.Publish();
}

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) { return heitie::load::RunContest(argc, argv, heitie::load::Measure); }
