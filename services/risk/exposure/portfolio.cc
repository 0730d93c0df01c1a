#include "services/risk/exposure/portfolio.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "common/statistics/counter_random.h"

namespace heitie::risk {
namespace {

using statistics::CounterRandom;

// What the numbers of a block are for. Part of the model: a change of it draws other years.
enum class Purpose : uint64_t { kOccurrence, kCause, kMember, kThinning };

uint64_t StreamOf(int64_t block, Purpose purpose, size_t index) {
  return static_cast<uint64_t>(block) << 24 | static_cast<uint64_t>(purpose) << 20 | index;
}

double Share(int64_t ppm) { return static_cast<double>(ppm) / static_cast<double>(kMillion); }

// The years of a block in which something of probability p occurs, by jumps from one to the next: each jump takes two numbers, of which the
// second is for whoever is told of the year.
template <typename F>
void ForEachYear(CounterRandom random, double factor, int64_t size, F each) {
  double year = -1;
  while (true) {
    const double jump = random.NextUnit(), other = random.NextUnit();
    year += 1 + std::floor(std::log(jump) * factor);
    // Also of what is no number.
    if (!(year < static_cast<double>(size))) return;
    each(static_cast<size_t>(year), other);
  }
}

// What the logarithm of a uniform number is multiplied by to jump to the next occurrence: none before the end where p is 0, the next year
// where it is 1.
double JumpFactor(double p) { return p <= 0 ? -HUGE_VAL : 1 / std::log1p(-p); }

// Runs `work` for each number below `count`, in any order, by several threads.
template <typename F>
void InParallel(int64_t count, int threads, F work) {
  std::atomic<int64_t> next{0};
  const auto take = [&] {
    for (int64_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> others;
  for (int64_t i = 1; i < std::min<int64_t>(threads, count); ++i) others.emplace_back(take);
  take();
  for (std::thread& other : others) other.join();
}

Measured MeanOf(double sum, double squares, int64_t n) {
  const double count = static_cast<double>(n), mean = sum / count;
  return {mean, std::sqrt(std::max(0.0, squares / count - mean * mean) / count)};
}

Measured ShareOf(int64_t hits, int64_t n) { return MeanOf(static_cast<double>(hits), static_cast<double>(hits), n); }

// ⌈level · n⌉, from 1.
int64_t RankOf(int64_t level_ppm, int64_t n) { return std::max<int64_t>(1, (level_ppm * n + kMillion - 1) / kMillion); }

// Order statistics of losses, found in ascending order of their ranks.
class Ranks {
 public:
  explicit Ranks(std::vector<double> losses) : losses_(std::move(losses)) {}

  // The rank-th loss, from 1. Ranks do not descend.
  double At(int64_t rank) {
    const int64_t index = std::clamp<int64_t>(rank, 1, static_cast<int64_t>(losses_.size())) - 1;
    if (index >= sorted_) {
      std::nth_element(losses_.begin() + sorted_, losses_.begin() + index, losses_.end());
      sorted_ = index + 1;
    }
    return losses_[static_cast<size_t>(index)];
  }

 private:
  std::vector<double> losses_;
  int64_t sorted_ = 0;  // those before are no greater than all others, and the last of them is in its place
};

// A level at which the value at risk is looked up, with the ranks a standard deviation of the number of years below and above it.
struct LevelRanks {
  int64_t rank, below, above;
};
LevelRanks RanksOf(int64_t level_ppm, int64_t n) {
  const double level = Share(level_ppm), deviation = std::sqrt(static_cast<double>(n) * level * (1 - level));
  const int64_t rank = RankOf(level_ppm, n), apart = std::max<int64_t>(1, std::llround(deviation));
  return {rank, rank - apart, rank + apart};
}

// How often in a year something is drawn for a change.
double OftenOf(const Portfolio& portfolio, const PortfolioChange& change) {
  return Share(std::max(portfolio.risks[change.risk].untreated.probability_ppm, change.with.probability_ppm));
}

}  // namespace

bool IsPossible(const PortfolioRisk& risk, const SharedCause& cause) {
  const int64_t p = risk.untreated.probability_ppm, treated = risk.treated.probability_ppm;
  // Parts of 10¹² of all years in which the risk occurs without the cause, and in which the cause is not there.
  // Their products with a probability stay below 2⁶³.
  const int64_t without = p * kMillion - cause.q_ppm * cause.r_ppm, room = (kMillion - cause.q_ppm) * kMillion;
  if (without < 0 || without > room) return false;
  if (treated <= p) return true;
  return cause.r_ppm * treated <= kMillion * p && without * treated <= room * p;
}

double ExpectedOccurrences(const Portfolio& portfolio) {
  double sum = 0;
  for (const PortfolioRisk& risk : portfolio.risks) {
    sum += Share(std::max(risk.untreated.probability_ppm, risk.treated.probability_ppm));
  }
  for (const PortfolioChange& change : portfolio.changes) sum += OftenOf(portfolio, change);
  return sum * static_cast<double>(portfolio.years);
}

double QuickNormalQuantile(double p) {
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q *
           (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r + 45921.953931549871457) * r +
               13731.693765509461125) *
                  r +
              1971.5909503065514427) *
                 r +
             133.14166789178437745) *
                r +
            3.387132872796366608) /
           (((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r + 21213.794301586595867) * r +
               5394.1960214247511077) *
                  r +
              687.1870074920579083) *
                 r +
             42.313330701600911252) *
                r +
            1);
  }
  double r = std::sqrt(-std::log(q < 0 ? p : 1 - p));
  double z = 0;
  if (r <= 5) {
    r -= 1.6;
    z = (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r + 1.27045825245236838258) * r +
            3.64784832476320460504) *
               r +
           5.7694972214606914055) *
              r +
          4.6303378461565452959) *
             r +
         1.42343711074968357734) /
        (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r + 0.14810397642748007459) * r +
            0.68976733498510000455) *
               r +
           1.6763848301838038494) *
              r +
          2.05319162663775882187) *
             r +
         1);
  } else {
    r -= 5;
    z = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r + 0.026532189526576123093) *
                r +
            0.29656057182850489123) *
               r +
           1.7848265399172913358) *
              r +
          5.4637849111641143699) *
             r +
         6.6579046435011037772) /
        (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4) *
                r +
            0.0148753612908506148525) *
               r +
           0.13692988092273580531) *
              r +
          0.59983220655588793769) *
             r +
         1);
  }
  return q < 0 ? -z : z;
}

// How a risk is drawn: by the scenario in which it is more probable, of whose occurrences the other one keeps some.
struct PortfolioRun::Odds {
  double factor = 0;  // of the jumps through the years without the cause
  double member = 0;  // probability in a year with the cause
  std::array<double, kScenarios> keep{};
  std::array<LossShape, kScenarios> shapes;
  std::array<LossCover, kScenarios> covers;
  bool thinned = false;
  bool one_shape = false;
  int cause = -1, limit = -1;

  Odds(const PortfolioRisk& risk, const std::vector<SharedCause>& causes)
      : shapes{risk.untreated.shape, risk.treated.shape},
        covers{risk.untreated.cover, risk.treated.cover},
        cause(risk.cause),
        limit(risk.limit) {
    const double p = Share(risk.untreated.probability_ppm), other = Share(risk.treated.probability_ppm), most = std::max(p, other);
    keep = {p / most, other / most};
    thinned = p != other;
    one_shape = shapes[0].mu == shapes[1].mu && shapes[0].sigma == shapes[1].sigma;
    double base = most;
    if (cause >= 0) {
      const SharedCause& shared = causes[static_cast<size_t>(cause)];
      const double q = Share(shared.q_ppm), r = Share(shared.r_ppm);
      member = std::min(1.0, r * most / p);
      base = std::clamp((p - q * r) / (1 - q) * most / p, 0.0, 1.0);
    }
    factor = JumpFactor(base);
  }
};

// The years of a block.
class PortfolioRun::Block {
 public:
  Block(const PortfolioRun& run, int64_t number) : Block(run, number, run.portfolio_.limits) {}
  // With other limits than the portfolio's.
  Block(const PortfolioRun& run, int64_t number, const std::vector<double>& limits)
      : run_(run), number_(number), size_(std::min(kBlock, run.portfolio_.years - number * kBlock)), causes_(run.portfolio_.causes.size()) {
    for (size_t i = 0; i < causes_.size(); ++i) {
      Cause& cause = causes_[i];
      cause.there.resize(static_cast<size_t>(size_));
      ForEachYear(Numbers(Purpose::kCause, i), JumpFactor(Share(run.portfolio_.causes[i].q_ppm)), size_, [&](size_t year, double) {
        cause.there[year] = 1;
        cause.years.push_back(year);
      });
    }
    for (const double limit : limits) left_.emplace_back(static_cast<size_t>(size_), limit);
  }

  int64_t size() const { return size_; }

  // Calls each(year of the block, quantile of the loss) for each occurrence of the risk.
  template <typename F>
  void ForEachOccurrence(size_t risk, const Odds& odds, F each) {
    if (odds.cause < 0) return ForEachYear(Numbers(Purpose::kOccurrence, risk), odds.factor, size_, each);
    const Cause& cause = causes_[static_cast<size_t>(odds.cause)];
    ForEachYear(Numbers(Purpose::kOccurrence, risk), odds.factor, size_, [&](size_t year, double quantile) {
      if (cause.there[year] == 0) each(year, quantile);
    });
    CounterRandom member = Numbers(Purpose::kMember, risk);
    for (const size_t year : cause.years) {
      const double chance = member.NextUnit(), quantile = member.NextUnit();
      if (chance < odds.member) each(year, quantile);
    }
  }

  // Calls each(scenario, year of the block, net loss). Years that `wanted` refuses are left out.
  template <typename Wanted, typename F>
  void ForEachLoss(size_t risk, Wanted wanted, F each) {
    const Odds& odds = run_.odds_[risk];
    CounterRandom thinning = Numbers(Purpose::kThinning, risk);
    ForEachOccurrence(risk, odds, [&](size_t year, double quantile) {
      const double chance = odds.thinned ? thinning.NextUnit() : 0;
      if (!wanted(year)) return;
      const double z = QuickNormalQuantile(quantile);
      const double loss = std::exp(odds.shapes[0].mu + odds.shapes[0].sigma * z);
      if (chance < odds.keep[0]) each(0, year, loss);
      if (!run_.treated_ || !(chance < odds.keep[1])) return;
      each(1, year, Net(odds, year, odds.one_shape ? loss : std::exp(odds.shapes[1].mu + odds.shapes[1].sigma * z)));
    });
  }

  // Calls each(loss without, loss with) for each year of a risk with these odds in which it occurs.
  template <typename F>
  void ForEachPair(size_t risk, const Odds& odds, F each) {
    CounterRandom thinning = Numbers(Purpose::kThinning, risk);
    ForEachOccurrence(risk, odds, [&](size_t, double quantile) {
      const double chance = odds.thinned ? thinning.NextUnit() : 0, z = QuickNormalQuantile(quantile);
      const auto loss = [&](int scenario) {
        const LossShape& shape = odds.shapes[static_cast<size_t>(scenario)];
        return chance < odds.keep[static_cast<size_t>(scenario)] ? std::exp(shape.mu + shape.sigma * z) : 0.0;
      };
      const double with = loss(1);
      each(loss(0), with - odds.covers[1].Recovered(with));
    });
  }

 private:
  struct Cause {
    std::vector<char> there;  // by year
    std::vector<size_t> years;
  };

  CounterRandom Numbers(Purpose purpose, size_t index) const {
    return CounterRandom(run_.portfolio_.seed, StreamOf(number_, purpose, index));
  }

  // Risks come in their order, so the first one's claims are met first.
  double Net(const Odds& odds, size_t year, double loss) {
    if (odds.covers[1].cover <= 0) return loss;
    double recovered = odds.covers[1].Recovered(loss);
    if (odds.limit >= 0) {
      double& left = left_[static_cast<size_t>(odds.limit)][year];
      recovered = std::min(recovered, left);
      left -= recovered;
    }
    return loss - recovered;
  }

  const PortfolioRun& run_;
  const int64_t number_, size_;
  std::vector<Cause> causes_;
  std::vector<std::vector<double>> left_;  // of the limits, by year
};

PortfolioRun::PortfolioRun(Portfolio portfolio) : portfolio_(std::move(portfolio)) {
  for (auto& tails : tails_) tails.resize(static_cast<size_t>((portfolio_.years + kBlock - 1) / kBlock));
  for (const PortfolioRisk& risk : portfolio_.risks) {
    const Odds odds(risk, portfolio_.causes);
    treated_ = treated_ || odds.thinned || !odds.one_shape || odds.covers[1].cover > 0;
    odds_.push_back(odds);
  }
  losses_[0].resize(static_cast<size_t>(portfolio_.years));
  if (treated_) losses_[1].resize(static_cast<size_t>(portfolio_.years));
}

PortfolioRun::~PortfolioRun() = default;

void PortfolioRun::Draw(int64_t years, int threads) {
  const int64_t first = done_ / kBlock, blocks = (portfolio_.years + kBlock - 1) / kBlock;
  const int64_t last = std::min(blocks, first + std::max<int64_t>(1, years / kBlock));
  InParallel(last - first, threads, [&](int64_t i) {
    const int64_t number = first + i;
    Block block(*this, number);
    double* const to[kScenarios] = {losses_[0].data() + number * kBlock, treated_ ? losses_[1].data() + number * kBlock : nullptr};
    static thread_local std::vector<Part> drawn[kScenarios];
    for (auto& parts : drawn) parts.clear();
    for (size_t risk = 0; risk < odds_.size(); ++risk) {
      block.ForEachLoss(
          risk, [](size_t) { return true; },
          [&](int scenario, size_t year, double loss) {
            to[scenario][year] += loss;
            drawn[scenario].push_back({static_cast<uint32_t>(year), static_cast<uint16_t>(risk), loss});
          });
    }
    for (int scenario = 0; scenario < (treated_ ? kScenarios : 1); ++scenario) {
      Tail& tail = tails_[static_cast<size_t>(scenario)][static_cast<size_t>(number)];
      KeepTail({to[scenario], static_cast<size_t>(block.size())}, drawn[scenario], tail);
    }
  });
  done_ = std::min(portfolio_.years, last * kBlock);
}

void PortfolioRun::KeepTail(std::span<const double> losses, const std::vector<Part>& drawn, Tail& tail) {
  if (parts_kept_ >= kMostPartsKept) return;
  std::vector<double> sorted(losses.begin(), losses.end());
  const auto from = sorted.end() - static_cast<std::ptrdiff_t>(sorted.size() / kTailOf) - 1;
  std::nth_element(sorted.begin(), from, sorted.end());
  for (const Part& part : drawn) {
    if (losses[part.year] >= *from) tail.parts.push_back(part);
  }
  tail.parts.shrink_to_fit();
  tail.from = *from;
  parts_kept_ += static_cast<int64_t>(tail.parts.size());
}

std::vector<Measured> PortfolioRun::SharesOf(int scenario, int64_t level_ppm, double value_at_risk, int threads) const {
  const std::vector<double>& losses = losses_[static_cast<size_t>(scenario)];
  const int64_t n = portfolio_.years;
  int64_t worse = 0, equal = 0;
  for (const double loss : losses) {
    worse += loss > value_at_risk;
    equal += loss == value_at_risk;
  }
  // What of the tail is filled by years that cost exactly the value at risk, of which any may be the last one.
  const double beyond = Share(kMillion - level_ppm), rest = beyond - static_cast<double>(worse) / static_cast<double>(n);
  const double of_equal = equal == 0 ? 0 : rest * static_cast<double>(n) / static_cast<double>(equal);
  const auto weight = [&](double loss) { return loss > value_at_risk ? 1 : loss == value_at_risk && loss > 0 ? of_equal : 0; };
  struct Sums {
    double sum = 0, squares = 0;
  };
  const int64_t blocks = (n + kBlock - 1) / kBlock;
  std::vector<std::vector<Sums>> parts(static_cast<size_t>(blocks));
  InParallel(blocks, threads, [&](int64_t number) {
    const double* const of_block = losses.data() + number * kBlock;
    Block block(*this, number);
    const bool any = std::any_of(of_block, of_block + block.size(), [&](double loss) { return weight(loss) != 0; });
    if (!any) return;
    std::vector<Sums>& sums = parts[static_cast<size_t>(number)];
    sums.resize(odds_.size());
    const auto add = [&](size_t risk, size_t year, double loss) {
      const double part = loss * weight(of_block[year]);
      sums[risk].sum += part;
      sums[risk].squares += part * part;
    };
    const Tail& tail = tails_[static_cast<size_t>(scenario)][static_cast<size_t>(number)];
    if (tail.from <= value_at_risk) {
      for (const Part& part : tail.parts) {
        if (weight(of_block[part.year]) != 0) add(part.risk, part.year, part.loss);
      }
      return;
    }
    for (size_t risk = 0; risk < odds_.size(); ++risk) {
      block.ForEachLoss(
          risk, [&](size_t year) { return weight(of_block[year]) != 0; },
          [&](int which, size_t year, double loss) {
            if (which == scenario) add(risk, year, loss);
          });
    }
  });
  std::vector<Measured> shares;
  for (size_t risk = 0; risk < odds_.size(); ++risk) {
    Sums all;
    for (const std::vector<Sums>& sums : parts) {
      if (sums.empty()) continue;
      all.sum += sums[risk].sum;
      all.squares += sums[risk].squares;
    }
    const Measured mean = MeanOf(all.sum, all.squares, n);
    shares.push_back({mean.value / beyond, mean.error / beyond});
  }
  return shares;
}

PortfolioAnswer PortfolioRun::Answer(const std::vector<int64_t>& levels_ppm, const std::vector<double>& thresholds, int threads) const {
  const int64_t n = portfolio_.years;
  PortfolioAnswer answer;
  const int scenarios = treated_ ? kScenarios : 1;
  InParallel(scenarios, threads, [&](int64_t scenario) {
    const std::vector<double>& losses = losses_[static_cast<size_t>(scenario)];
    PortfolioFigures& figures = answer[static_cast<size_t>(scenario)];
    double sum = 0, squares = 0;
    int64_t none = 0;
    for (const double loss : losses) {
      sum += loss;
      squares += loss * loss;
      none += loss == 0;
    }
    figures.annual_loss = MeanOf(sum, squares, n);
    figures.no_loss = ShareOf(none, n);

    static constexpr int64_t kCurve[] = {500'000, 750'000, 900'000, 950'000, 990'000};
    std::map<int64_t, double> at;
    for (const int64_t level : levels_ppm) {
      const LevelRanks ranks = RanksOf(level, n);
      for (const int64_t rank : {ranks.rank, ranks.below, ranks.above}) at[rank] = 0;
    }
    for (const int64_t level : kCurve) at[RankOf(level, n)] = 0;
    Ranks ranks(losses);
    for (auto& [rank, loss] : at) loss = ranks.At(rank);

    for (const int64_t level : levels_ppm) {
      const LevelRanks places = RanksOf(level, n);
      const double value_at_risk = at[places.rank], beyond = Share(kMillion - level);
      double more = 0, more_squares = 0;
      for (const double loss : losses) {
        if (loss <= value_at_risk) continue;
        more += loss - value_at_risk;
        more_squares += (loss - value_at_risk) * (loss - value_at_risk);
      }
      const Measured excess = MeanOf(more, more_squares, n);
      figures.levels.push_back({level,
                                {value_at_risk, (at[places.above] - at[places.below]) / 2},
                                {value_at_risk + excess.value / beyond, excess.error / beyond}});
    }
    std::set<double> curve(thresholds.begin(), thresholds.end());
    if (curve.empty()) {
      for (const int64_t level : kCurve) curve.insert(at[RankOf(level, n)]);
    }
    for (const double threshold : curve) {
      const int64_t worse = std::count_if(losses.begin(), losses.end(), [&](double loss) { return loss > threshold; });
      figures.curve.push_back({threshold, ShareOf(worse, n)});
    }
  });
  for (int scenario = 0; scenario < scenarios && !levels_ppm.empty(); ++scenario) {
    PortfolioFigures& figures = answer[static_cast<size_t>(scenario)];
    figures.shares = SharesOf(scenario, levels_ppm.back(), figures.levels.back().value_at_risk.value, threads);
  }
  if (!treated_) answer[1] = answer[0];
  return answer;
}

std::vector<Measured> PortfolioRun::Savings(size_t first, size_t last, int threads) const {
  struct Sums {
    double sum = 0, squares = 0;
  };
  if (first == last) return {};
  const int64_t n = portfolio_.years, blocks = (n + kBlock - 1) / kBlock;
  const std::vector<PortfolioChange> changes(portfolio_.changes.begin() + static_cast<std::ptrdiff_t>(first),
                                             portfolio_.changes.begin() + static_cast<std::ptrdiff_t>(last));
  std::vector<Odds> odds;
  for (const PortfolioChange& change : changes) {
    const PortfolioRisk& risk = portfolio_.risks[change.risk];
    odds.emplace_back(PortfolioRisk{risk.untreated, change.with, risk.cause, -1}, portfolio_.causes);
  }
  std::vector<std::vector<Sums>> parts(static_cast<size_t>(blocks), std::vector<Sums>(odds.size()));
  InParallel(blocks, threads, [&](int64_t number) {
    Block block(*this, number, {});
    for (size_t i = 0; i < odds.size(); ++i) {
      Sums& sums = parts[static_cast<size_t>(number)][i];
      // A risk occurs once a year at most, so each pair is a year.
      block.ForEachPair(changes[i].risk, odds[i], [&](double without, double with) {
        sums.sum += without - with;
        sums.squares += (without - with) * (without - with);
      });
    }
  });
  std::vector<Measured> savings;
  for (size_t i = 0; i < odds.size(); ++i) {
    Sums all;
    // In their order, so that the bits are the same with any number of threads.
    for (const std::vector<Sums>& sums : parts) {
      all.sum += sums[i].sum;
      all.squares += sums[i].squares;
    }
    savings.push_back(MeanOf(all.sum, all.squares, n));
  }
  return savings;
}

size_t PortfolioRun::ChangesFor(size_t first, double occurrences) const {
  size_t last = first;
  for (double drawn = 0; last < changes() && (last == first || drawn < occurrences); ++last) {
    drawn += OftenOf(portfolio_, portfolio_.changes[last]) * static_cast<double>(portfolio_.years);
  }
  return last - first;
}

}  // namespace heitie::risk
