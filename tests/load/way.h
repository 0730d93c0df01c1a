// One way to do an operation, in turns with the others.
#ifndef HEITIE_TESTS_LOAD_WAY_H_
#define HEITIE_TESTS_LOAD_WAY_H_

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "tests/load/measure.h"

namespace heitie::load {

struct Way {
  static constexpr int kRounds = 3;
  static constexpr std::chrono::milliseconds kWarmUp{200}, kMeasured{2000};

  std::string operation, way;
  int in_flight;
  std::function<Samples(const Window&)> run;
  Samples samples;
  std::vector<double> rates;  // a second, of each round

  static void TakeTurns(std::vector<Way>& ways) {
    for (int round = 0; round < kRounds; ++round) {
      for (Way& way : ways) way.Measure();
    }
  }
  double Rate() const {
    std::vector<double> sorted = rates;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }

 private:
  void Measure() {
    const Samples round = run(Window::Of(kWarmUp, kMeasured));
    rates.push_back(static_cast<double>(round.count()) / std::chrono::duration<double>(kMeasured).count());
    samples.Merge(round);
  }
};

}  // namespace heitie::load

#endif  // HEITIE_TESTS_LOAD_WAY_H_
