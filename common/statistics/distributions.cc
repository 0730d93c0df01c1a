#include "common/statistics/distributions.h"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

namespace heitie::statistics {

double NormalTwoSided(double z) { return 2 * boost::math::cdf(boost::math::complement(boost::math::normal(), std::abs(z))); }

double NormalQuantile(double p) { return boost::math::quantile(boost::math::normal(), p); }

double NormalCritical(double alpha) { return boost::math::quantile(boost::math::complement(boost::math::normal(), alpha / 2)); }

double StudentTwoSided(double t, double df) {
  return 2 * boost::math::cdf(boost::math::complement(boost::math::students_t(df), std::abs(t)));
}

double StudentCritical(double alpha, double df) {
  return boost::math::quantile(boost::math::complement(boost::math::students_t(df), alpha / 2));
}

double ChiSquareTail(double x, double df) { return boost::math::cdf(boost::math::complement(boost::math::chi_squared(df), x)); }

double PoissonTail(int64_t n, double mean) {
  if (n <= 0) return 1;
  return mean == 0 ? 0 : boost::math::gamma_p(static_cast<double>(n), mean);
}

}  // namespace heitie::statistics
