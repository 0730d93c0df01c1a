#include "common/statistics/moments.h"

namespace heitie::statistics {

void Moments::Add(double x) {
  ++n;
  const double delta = x - mean;
  mean += delta / static_cast<double>(n);
  squares += delta * (x - mean);
}

void Moments::Merge(const Moments& other) {
  if (other.n == 0) return;
  if (n == 0) {
    *this = other;
    return;
  }
  const double a = static_cast<double>(n), b = static_cast<double>(other.n), delta = other.mean - mean;
  squares += other.squares + delta * delta * (a * b / (a + b));
  mean += delta * (b / (a + b));
  n += other.n;
}

void PairMoments::Add(double x, double y) {
  ++n;
  const double count = static_cast<double>(n), dx = x - mean_x, dy = y - mean_y;
  mean_x += dx / count;
  mean_y += dy / count;
  xx += dx * (x - mean_x);
  yy += dy * (y - mean_y);
  xy += dx * (y - mean_y);
}

void PairMoments::Merge(const PairMoments& other) {
  if (other.n == 0) return;
  if (n == 0) {
    *this = other;
    return;
  }
  const double a = static_cast<double>(n), b = static_cast<double>(other.n), weight = a * b / (a + b);
  const double dx = other.mean_x - mean_x, dy = other.mean_y - mean_y;
  xx += other.xx + dx * dx * weight;
  yy += other.yy + dy * dy * weight;
  xy += other.xy + dx * dy * weight;
  mean_x += dx * (b / (a + b));
  mean_y += dy * (b / (a + b));
  n += other.n;
}

}  // namespace heitie::statistics
