// How much nonsense is taken from a client: so much at once, so much a second.
#ifndef HEITIE_COMMON_HTTP_PATIENCE_H_
#define HEITIE_COMMON_HTTP_PATIENCE_H_

#include <algorithm>

#include "absl/time/time.h"

namespace heitie::http {

// A bucket that fills by time, and by what the client does that makes sense. Not thread-safe.
class Patience {
 public:
  Patience(double most, double a_second, absl::Time now) : most_(most), a_second_(a_second), left_(most), at_(now) {}

  // False when there is none left.
  bool Spend(double cost, absl::Time now) {
    left_ = std::min(most_, left_ + a_second_ * std::max(0.0, absl::ToDoubleSeconds(now - at_)));
    at_ = now;
    if (left_ < cost) return false;
    left_ -= cost;
    return true;
  }
  void Earn(double gain) { left_ = std::min(most_, left_ + gain); }

 private:
  const double most_, a_second_;
  double left_;
  absl::Time at_;
};

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_PATIENCE_H_
