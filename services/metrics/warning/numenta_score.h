// Scores what a detector told of series with known anomalies by the rules of the Numenta Anomaly Benchmark, standard profile (Lavin and
// Ahmad, "Evaluating Real-time Anomaly Detection Algorithms", 2015): an anomaly is a window of rows; its first alarm counts up to 1, more
// the earlier; without one it costs 1; an alarm outside of windows costs up to 0.11, less shortly after one. The first 15 % of a series, at
// most 750 rows, do not count. 0 is who tells nothing, 100 who tells each window with its first row and nothing else. For tests.
#ifndef HEITIE_SERVICES_METRICS_WARNING_NUMENTA_SCORE_H_
#define HEITIE_SERVICES_METRICS_WARNING_NUMENTA_SCORE_H_

#include <algorithm>
#include <cmath>
#include <vector>

namespace heitie::metrics {

struct AnomalyWindow {
  int first, last;  // rows
};

// Adds up over series.
class NumentaScore {
 public:
  void Add(const std::vector<bool>& alarms, const std::vector<AnomalyWindow>& windows) {
    const int rows = static_cast<int>(alarms.size());
    std::vector<double> hits(windows.size(), -kMiss);
    for (int i = std::min(static_cast<int>(0.15 * rows), 750); i < rows; ++i) {
      if (alarms[i]) Alarm(i, windows, hits);
    }
    for (const double hit : hits) raw_ += hit;
    windows_ += static_cast<double>(windows.size());
  }
  double Normalised() const { return 100 * (raw_ + kMiss * windows_) / (2 * windows_); }

 private:
  static constexpr double kMiss = 1, kFalseAlarm = 0.11;

  static double Sigmoid(double position) { return position > 3 ? -1 : 2 / (1 + std::exp(5 * position)) - 1; }

  void Alarm(int row, const std::vector<AnomalyWindow>& windows, std::vector<double>& hits) {
    const AnomalyWindow* before = nullptr;
    for (size_t w = 0; w < windows.size(); ++w) {
      const auto [first, last] = windows[w];
      if (first <= row && row <= last) {
        hits[w] = std::max(hits[w], Sigmoid(-(last - row + 1.0) / (last - first + 1.0)) / Sigmoid(-1));
        return;
      }
      if (last < row && (before == nullptr || before->last < last)) before = &windows[w];
    }
    raw_ += kFalseAlarm * (before == nullptr ? -1 : Sigmoid((row - before->last) / static_cast<double>(before->last - before->first)));
  }

  double raw_ = 0, windows_ = 0;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WARNING_NUMENTA_SCORE_H_
