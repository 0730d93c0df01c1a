// What several risks cost together, by drawing many years (policy R2). Each draw is a function of the seed and its place, so the same
// portfolio gives the same bits with any number of threads and however often the work is interrupted. Plain computation without a database;
// amounts are minor units of one currency.
#ifndef HEITIE_SERVICES_RISK_EXPOSURE_PORTFOLIO_H_
#define HEITIE_SERVICES_RISK_EXPOSURE_PORTFOLIO_H_

#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "services/risk/exposure/loss.h"

namespace heitie::risk {

// Of the model; another one draws other years from the same seed.
inline constexpr char kPortfolioModel[] = "philox4x32-10/1";

// The members occur with r in a year in which the cause is there, which has the probability q, otherwise with (p − q·r) / (1 − q).
struct SharedCause {
  int64_t q_ppm = 0, r_ppm = 0;
};

struct PortfolioRisk {
  // Without and with the treatment. A treatment that changes the probability changes it in the same proportion whether a cause is there or
  // not.
  YearlyLoss untreated, treated;
  int cause = -1;  // of Portfolio::causes
  int limit = -1;  // of Portfolio::limits
};

// What a risk costs with something else than its treatment: with one measure alone.
struct PortfolioChange {
  size_t risk = 0;  // of Portfolio::risks
  YearlyLoss with;  // of which no limit takes a part
};

struct Portfolio {
  std::vector<PortfolioRisk> risks;
  std::vector<PortfolioChange> changes;
  std::vector<SharedCause> causes;
  std::vector<double> limits;  // on what is recovered in a year, of the members together
  uint64_t seed = 0;
  int64_t years = 0;
};

// Whether the probabilities of the risk, without and with its treatment, can be had by its cause.
bool IsPossible(const PortfolioRisk& risk, const SharedCause& cause);

// How many occurrences are to be expected in all years: what the work costs.
double ExpectedOccurrences(const Portfolio& portfolio);

// Φ⁻¹ (Wichura 1988, AS 241), which costs a tenth of Boost's and differs from it in the last digits; 0 < p < 1.
double QuickNormalQuantile(double p);

struct Measured {
  double value = 0, error = 0;
};

struct PortfolioFigures {
  struct Level {
    int64_t level_ppm = 0;
    Measured value_at_risk, expected_shortfall;
  };
  struct Exceedance {
    double loss = 0;
    Measured probability;
  };
  Measured annual_loss, no_loss;
  std::vector<Level> levels;      // ascending
  std::vector<Exceedance> curve;  // ascending
  std::vector<Measured> shares;   // by risk, of the expected shortfall at the highest level
};

// Without and with the treatments.
inline constexpr int kScenarios = 2;
using PortfolioAnswer = std::array<PortfolioFigures, kScenarios>;

// A simulation that is done in portions. Not thread-safe; it has threads of its own while it works.
class PortfolioRun {
 public:
  // Years are drawn in blocks of so many, each by one thread.
  static constexpr int64_t kBlock = 8192;

  explicit PortfolioRun(Portfolio portfolio);
  ~PortfolioRun();

  // Draws at least one block, and further ones until so many years are drawn in this portion.
  void Draw(int64_t years, int threads);
  int64_t years_done() const { return done_; }
  bool done() const { return done_ == portfolio_.years; }

  // Once it is done. Levels ascend. Without thresholds the curve is of what half, a quarter, a tenth, a twentieth and a hundredth of the
  // years exceed. Draws the years of the tails again, by the same numbers, where what they were made of was not kept.
  PortfolioAnswer Answer(const std::vector<int64_t>& levels_ppm, const std::vector<double>& thresholds, int threads) const;
  // By how much a year costs less with the changes from `first` to before `last`: the mean of the same years without and with it. Once it
  // is done.
  std::vector<Measured> Savings(size_t first, size_t last, int threads) const;
  size_t changes() const { return portfolio_.changes.size(); }
  // After how many further changes from `first` on about so many occurrences are drawn; one at least while there is one.
  size_t ChangesFor(size_t first, double occurrences) const;

 private:
  // Of each block the worst years are kept, one in so many, up to so many losses in all (16 bytes each).
  static constexpr int64_t kTailOf = 16, kMostPartsKept = 4'000'000;

  // A loss of a year that is kept.
  struct Part {
    uint32_t year;  // of the block
    uint16_t risk;
    double loss;
  };
  // What the worst years of a block were made of: all years that cost `from` or more. They are kept while the block is drawn, so that it
  // need not be drawn again to tell each risk's share of them.
  struct Tail {
    double from = HUGE_VAL;
    std::vector<Part> parts;  // by risk and year
  };
  struct Odds;
  class Block;

  void KeepTail(std::span<const double> losses, const std::vector<Part>& drawn, Tail& tail);

  std::vector<Measured> SharesOf(int scenario, int64_t level_ppm, double value_at_risk, int threads) const;

  Portfolio portfolio_;
  std::vector<Odds> odds_;
  // Whether a treatment changes any draw; otherwise both scenarios are the same years.
  bool treated_ = false;
  // The losses of the years drawn so far, without treatment, and with it where it differs.
  std::array<std::vector<double>, kScenarios> losses_;
  std::array<std::vector<Tail>, kScenarios> tails_;  // by block
  std::atomic<int64_t> parts_kept_{0};
  int64_t done_ = 0;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_EXPOSURE_PORTFOLIO_H_
