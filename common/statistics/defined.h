// A figure, or why there is none. What cannot be computed is never a number that looks like an answer, such as p = 1.
#ifndef HEITIE_COMMON_STATISTICS_DEFINED_H_
#define HEITIE_COMMON_STATISTICS_DEFINED_H_

#include <optional>
#include <utility>

namespace heitie::statistics {

// Why a figure is undefined.
enum class Cause {
  kNoData,           // an arm, group or period has no observation
  kTooFew,           // too few observations to estimate a variance, or fewer than the model has terms
  kNoVariance,       // nothing varies, so nothing tells how far the figure may be off
  kZeroDenominator,  // the figure divides by zero: a mean, a base or an expected count
  kNoCovariate,      // what an adjustment rests on does not vary
  kCollinear,        // terms of the model cannot be told apart in these data
  kOutOfRange,       // the figure is greater than a number can hold
};

template <typename T>
class Defined {
 public:
  Defined(T value) : value_(std::move(value)) {}  // NOLINT: a figure is what one is asked for.
  Defined(Cause cause) : cause_(cause) {}         // NOLINT

  explicit operator bool() const { return value_.has_value(); }
  const T& operator*() const { return *value_; }
  const T* operator->() const { return &*value_; }
  // Only where there is no value.
  Cause cause() const { return cause_; }

 private:
  std::optional<T> value_;
  Cause cause_ = Cause::kNoData;
};

}  // namespace heitie::statistics

#endif  // HEITIE_COMMON_STATISTICS_DEFINED_H_
