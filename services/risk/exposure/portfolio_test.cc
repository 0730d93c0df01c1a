#include "services/risk/exposure/portfolio.h"

#include <cmath>
#include <numeric>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/statistics/distributions.h"
#include "common/test/fixture.h"

namespace heitie::risk {
namespace {

PortfolioRisk Untreatable(int64_t probability_ppm, double lower, double upper, int cause = -1) {
  const YearlyLoss loss{probability_ppm, ShapeOf(lower, upper), {}};
  return {loss, loss, cause, -1};
}

PortfolioAnswer Simulate(const Portfolio& portfolio, int threads = 2, const std::vector<int64_t>& levels = {950'000, 990'000},
                         const std::vector<double>& thresholds = {}) {
  PortfolioRun run(portfolio);
  while (!run.done()) run.Draw(portfolio.years, threads);
  return run.Answer(levels, thresholds, threads);
}

void ExpectWithin(const Measured& measured, double expected, const std::string& what) {
  EXPECT_LE(std::abs(measured.value - expected), 5 * measured.error)
      << what << ": " << measured.value << " ± " << measured.error << ", expected " << expected;
}

TEST(PortfolioTest, QuickQuantileEqualsBoosts) {
  for (int i = -300; i <= 300; ++i) {
    const double p = i < 0 ? std::exp(i / 10.0) : i == 0 ? 0.5 : i / 301.0;
    EXPECT_NEAR(QuickNormalQuantile(p), statistics::NormalQuantile(p), 2e-14 * (1 + std::abs(statistics::NormalQuantile(p)))) << p;
  }
}

TEST(PortfolioTest, GoldenChanceOfNoLoss) {
  Portfolio portfolio;
  portfolio.risks = {Untreatable(300'000, 1, 2), Untreatable(200'000, 1, 2), Untreatable(100'000, 1, 2)};
  portfolio.years = 1'000'000;
  ExpectWithin(Simulate(portfolio)[0].no_loss, 0.504, "independent");
  portfolio.causes = {{100'000, 1'000'000}};
  portfolio.risks[0].cause = portfolio.risks[1].cause = 0;
  const PortfolioFigures together = Simulate(portfolio)[0];
  ExpectWithin(together.no_loss, 0.56, "with a common cause");
  const double mean = MeanLoss(ShapeOf(1, 2));
  ExpectWithin(together.annual_loss, 0.6 * mean, "the annual loss stays");
}

TEST(PortfolioTest, OneRiskEqualsItsClosedForm) {
  Portfolio portfolio;
  PortfolioRisk risk;
  risk.untreated = {100'000, ShapeOf(100'000, 1'000'000), {}};
  risk.treated = {60'000, ShapeOf(80'000, 900'000), {200'000, 600'000}};
  portfolio.risks = {risk};
  portfolio.years = 2'000'000;
  portfolio.seed = 11;
  const std::vector<double> thresholds = {0, 100'000, 199'999, 500'000};
  const PortfolioAnswer answer = Simulate(portfolio, 2, {970'000, 990'000, 998'000}, thresholds);
  for (int scenario = 0; scenario < kScenarios; ++scenario) {
    const YearlyLoss& loss = scenario == 0 ? risk.untreated : risk.treated;
    const PortfolioFigures& figures = answer[static_cast<size_t>(scenario)];
    ExpectWithin(figures.annual_loss, MeanYearlyLoss(loss), "annual loss");
    ExpectWithin(figures.no_loss, 1 - static_cast<double>(loss.probability_ppm) / 1e6, "no loss");
    for (const PortfolioFigures::Level& level : figures.levels) {
      const double expected = ValueAtRisk(loss, level.level_ppm);
      // While the instrument pays, many years cost exactly the deductible, and the error is 0.
      EXPECT_NEAR(level.value_at_risk.value, expected, 5 * level.value_at_risk.error + 1e-6 * expected) << level.level_ppm;
      ExpectWithin(level.expected_shortfall, ExpectedShortfall(loss, level.level_ppm), "shortfall");
    }
    ASSERT_EQ(figures.curve.size(), thresholds.size());
    for (const PortfolioFigures::Exceedance& point : figures.curve)
      ExpectWithin(point.probability, ExceedanceOf(loss, point.loss), "curve");
    ASSERT_EQ(figures.shares.size(), 1u);
    EXPECT_NEAR(figures.shares[0].value / figures.levels.back().expected_shortfall.value, 1, 1e-9) << "all of it";
  }
}

bool SameBits(const PortfolioAnswer& a, const PortfolioAnswer& b) {
  const auto same = [](const Measured& x, const Measured& y) { return x.value == y.value && x.error == y.error; };
  for (int s = 0; s < kScenarios; ++s) {
    const PortfolioFigures &x = a[static_cast<size_t>(s)], &y = b[static_cast<size_t>(s)];
    if (!same(x.annual_loss, y.annual_loss) || !same(x.no_loss, y.no_loss)) return false;
    if (x.levels.size() != y.levels.size() || x.curve.size() != y.curve.size() || x.shares.size() != y.shares.size()) return false;
    for (size_t i = 0; i < x.levels.size(); ++i) {
      if (!same(x.levels[i].value_at_risk, y.levels[i].value_at_risk)) return false;
      if (!same(x.levels[i].expected_shortfall, y.levels[i].expected_shortfall)) return false;
    }
    for (size_t i = 0; i < x.curve.size(); ++i) {
      if (x.curve[i].loss != y.curve[i].loss || !same(x.curve[i].probability, y.curve[i].probability)) return false;
    }
    for (size_t i = 0; i < x.shares.size(); ++i) {
      if (!same(x.shares[i], y.shares[i])) return false;
    }
  }
  return true;
}

// Some risks with everything: causes, treatments, instruments, a limit.
Portfolio Anything(uint64_t seed, int64_t years) {
  std::mt19937_64 random(seed);
  Portfolio portfolio;
  portfolio.seed = seed;
  portfolio.years = years;
  portfolio.causes = {{50'000, 900'000}, {200'000, 250'000}};
  portfolio.limits = {400'000, 1e6};
  for (int i = 0; i < 12; ++i) {
    PortfolioRisk risk =
        Untreatable(60'000 + static_cast<int64_t>(random() % 300'000), 10'000, 20'000 + static_cast<double>(random() % 900'000));
    if (i % 3 == 1) risk.treated.probability_ppm /= 2;
    if (i % 4 == 1) risk.treated.shape = ShapeOf(5'000, 40'000);
    if (i % 2 == 0) risk.treated.cover = {20'000, 100'000};
    risk.cause = i % 5 < 2 ? i % 5 : -1;
    risk.limit = i % 6 == 0 ? 0 : i % 6 == 2 ? 1 : -1;
    EXPECT_TRUE(risk.cause < 0 || IsPossible(risk, portfolio.causes[static_cast<size_t>(risk.cause)]));
    portfolio.risks.push_back(risk);
  }
  return portfolio;
}

TEST(PortfolioTest, SameBitsWithAnyNumberOfThreadsAndPortions) {
  for (const int64_t years : {10'000, 100'001}) {
    const Portfolio portfolio = Anything(5, years);
    const PortfolioAnswer alone = Simulate(portfolio, 1);
    EXPECT_TRUE(SameBits(alone, Simulate(portfolio, 8)));
    PortfolioRun portions(portfolio);
    int64_t before = -1;
    while (!portions.done()) {
      portions.Draw(20'000, 3);
      EXPECT_GT(portions.years_done(), before);
      before = portions.years_done();
    }
    EXPECT_TRUE(SameBits(alone, portions.Answer({950'000, 990'000}, {}, 8)));
    Portfolio other = portfolio;
    ++other.seed;
    EXPECT_FALSE(SameBits(alone, Simulate(other, 1)));
  }
}

TEST(PortfolioTest, SharesAddUpToTheShortfall) {
  for (const uint64_t seed : {1, 2, 3}) {
    const PortfolioAnswer answer = Simulate(Anything(seed, 60'000));
    for (const PortfolioFigures& figures : answer) {
      double sum = 0;
      for (const Measured& share : figures.shares) sum += share.value;
      EXPECT_NEAR(sum / figures.levels.back().expected_shortfall.value, 1, 1e-9);
    }
    EXPECT_LT(answer[1].annual_loss.value, answer[0].annual_loss.value);
  }
}

// A loss whose size is nearly certain, so that the years of a portfolio can be enumerated.
PortfolioRisk Certain(int64_t probability_ppm, double amount, int cause = -1) {
  return Untreatable(probability_ppm, amount * (1 - 1e-9), amount * (1 + 1e-9), cause);
}

TEST(PortfolioTest, EqualsTheEnumerationOfSmallPortfolios) {
  Portfolio portfolio;
  portfolio.years = 1'000'000;
  portfolio.seed = 77;
  portfolio.causes = {{150'000, 700'000}};
  portfolio.limits = {900};
  const double amounts[] = {1'000, 700, 400, 90};
  const int64_t chances[] = {200'000, 120'000, 500'000, 1'000'000};
  for (int i = 0; i < 4; ++i) portfolio.risks.push_back(Certain(chances[i], amounts[i], i < 2 ? 0 : -1));
  for (const size_t i : {0, 1}) {
    portfolio.risks[i].treated.cover = {100, 700};
    portfolio.risks[i].limit = 0;
  }
  std::map<double, double> with, without;  // probability by loss, which is rounded
  for (int cause = 0; cause < 2; ++cause) {
    for (int set = 0; set < 16; ++set) {
      double p = cause == 1 ? 0.15 : 0.85, gross = 0, paid = 0;
      for (int i = 0; i < 4; ++i) {
        const double own = static_cast<double>(chances[i]) / 1e6;
        const double chance = i >= 2 ? own : cause == 1 ? 0.7 : (own - 0.15 * 0.7) / 0.85;
        const bool occurs = (set >> i & 1) != 0;
        p *= occurs ? chance : 1 - chance;
        if (!occurs) continue;
        gross += amounts[i];
        if (i < 2) paid += std::min(std::max(amounts[i] - 100, 0.0), 700.0);
      }
      without[gross] += p;
      with[gross - std::min(paid, 900.0)] += p;
    }
  }
  const std::vector<double> thresholds = {100, 450, 800, 1'150, 1'600, 2'150};
  const PortfolioAnswer answer = Simulate(portfolio, 2, {950'000}, thresholds);
  for (int s = 0; s < kScenarios; ++s) {
    const auto& exact = s == 0 ? without : with;
    const PortfolioFigures& figures = answer[static_cast<size_t>(s)];
    double mean = 0, shortfall = 0, left = 0.05;
    for (const auto& [loss, p] : exact) mean += loss * p;
    for (auto year = exact.rbegin(); year != exact.rend() && left > 0; ++year) {
      shortfall += year->first * std::min(left, year->second) / 0.05;
      left -= year->second;
    }
    ExpectWithin(figures.annual_loss, mean, "mean");
    ExpectWithin(figures.levels[0].expected_shortfall, shortfall, "shortfall");
    for (const PortfolioFigures::Exceedance& point : figures.curve) {
      double p = 0;
      for (const auto& [loss, chance] : exact) p += loss > point.loss ? chance : 0;
      ExpectWithin(point.probability, p, "curve");
    }
  }
}

TEST(PortfolioTest, ValueAtRiskIsTheRankthLoss) {
  Portfolio portfolio = Anything(9, 20'000);
  const std::vector<int64_t> levels = {500'000, 501'237, 999'000};
  PortfolioRun run(portfolio);
  run.Draw(portfolio.years, 1);
  const PortfolioAnswer answer = run.Answer(levels, {}, 1);
  for (const PortfolioFigures::Level& level : answer[0].levels) {
    const int64_t rank = (level.level_ppm * 20'000 + 999'999) / 1'000'000;
    PortfolioAnswer around = run.Answer({500'000}, {level.value_at_risk.value, std::nextafter(level.value_at_risk.value, 0)}, 1);
    // So many years are worse, and one more is not better.
    const std::vector<PortfolioFigures::Exceedance>& curve = around[0].curve;
    EXPECT_EQ(std::llround(curve[1].probability.value * 20'000), 20'000 - rank) << level.level_ppm;
    EXPECT_EQ(std::llround(curve[0].probability.value * 20'000), 20'000 - rank + 1) << level.level_ppm;
  }
}

// Without and with a measure by the same draws: the difference is that of the closed forms, with an error below that of two runs.
TEST(PortfolioTest, AMeasureSavesWhatItsClosedFormSays) {
  Portfolio portfolio = Anything(4, 400'000);
  for (size_t i = 0; i < portfolio.risks.size(); ++i) {
    YearlyLoss with = portfolio.risks[i].untreated;
    if (i % 2 == 0) with.probability_ppm /= 3;
    if (i % 3 == 0) with.shape = ShapeOf(2'000, 30'000);
    if (i % 4 == 3) with.cover = {10'000, 50'000};
    portfolio.changes.push_back({i, with});
  }
  PortfolioRun run(portfolio);
  while (!run.done()) run.Draw(portfolio.years, 2);
  const size_t all = run.changes();
  const std::vector<Measured> savings = run.Savings(0, all, 2), alone = run.Savings(0, all, 1);
  std::vector<Measured> many;
  while (many.size() < all) {
    const size_t count = run.ChangesFor(many.size(), 50'000);
    ASSERT_GT(count, 0u);
    for (const Measured& one : run.Savings(many.size(), many.size() + count, 8)) many.push_back(one);
  }
  EXPECT_EQ(run.ChangesFor(all, 1), 0u);
  ASSERT_EQ(savings.size(), portfolio.changes.size());
  for (size_t i = 0; i < savings.size(); ++i) {
    const YearlyLoss &without = portfolio.risks[i].untreated, &with = portfolio.changes[i].with;
    ExpectWithin(savings[i], MeanYearlyLoss(without) - MeanYearlyLoss(with), absl::StrCat("measure ", i));
    EXPECT_EQ(savings[i].value, alone[i].value);
    EXPECT_EQ(savings[i].value, many[i].value) << "in whatever portions";
    EXPECT_EQ(savings[i].error, many[i].error);
  }
  EXPECT_EQ(savings[1].value, 0) << "it changes nothing";
  EXPECT_EQ(savings[1].error, 0) << "and the same years show it exactly";
}

TEST(PortfolioTest, AMeasureThatIsTheWholeTreatmentSavesWhatTheTreatmentDoes) {
  Portfolio portfolio;
  PortfolioRisk risk;
  risk.untreated = {100'000, ShapeOf(100'000, 1'000'000), {}};
  risk.treated = {40'000, ShapeOf(80'000, 900'000), {}};
  portfolio.risks = {risk};
  portfolio.changes = {{0, risk.treated}};
  portfolio.years = 200'000;
  portfolio.seed = 3;
  PortfolioRun run(portfolio);
  while (!run.done()) run.Draw(portfolio.years, 2);
  const PortfolioAnswer answer = run.Answer({950'000}, {}, 2);
  const Measured saving = run.Savings(0, 1, 2).at(0);
  EXPECT_NEAR(saving.value / (answer[0].annual_loss.value - answer[1].annual_loss.value), 1, 1e-9) << "the same draws";
  EXPECT_LT(saving.error, std::hypot(answer[0].annual_loss.error, answer[1].annual_loss.error)) << "two runs would be worse";
}

TEST(PortfolioTest, CausesAreJudgedExactly) {
  const auto possible = [](int64_t p, int64_t treated, int64_t q, int64_t r) {
    PortfolioRisk risk = Untreatable(p, 1, 2);
    risk.treated.probability_ppm = treated;
    return IsPossible(risk, {q, r});
  };
  EXPECT_TRUE(possible(60'000, 60'000, 200'000, 300'000)) << "never without the cause";
  EXPECT_FALSE(possible(59'999, 59'999, 200'000, 300'000));
  EXPECT_TRUE(possible(860'000, 860'000, 200'000, 300'000)) << "always without it";
  EXPECT_FALSE(possible(860'001, 860'001, 200'000, 300'000));
  EXPECT_TRUE(possible(300'000, 1, 100'000, 1'000'000)) << "a treatment takes its part of both";
  EXPECT_FALSE(possible(300'000, 300'001, 100'000, 1'000'000)) << "nothing is more than certain";
  EXPECT_TRUE(possible(1'000'000, 1'000'000, 100'000, 1'000'000));
}

}  // namespace
}  // namespace heitie::risk
