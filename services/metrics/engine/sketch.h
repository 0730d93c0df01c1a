// Quantiles of amounts from a few hundred counts, each within 1 % of the exact one: DDSketch (Masson, Rim, Lee: DDSketch, VLDB 2019). An
// amount is counted in the bucket of its logarithm, so that sketches of parts add up to that of the whole, in whatever order, to the bit.
// Pure functions; no database.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_SKETCH_H_
#define HEITIE_SERVICES_METRICS_ENGINE_SKETCH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace heitie::metrics {

class Sketch {
 public:
  // Of an estimate, relative to what it estimates. Between amounts of different signs it is relative to the greater one.
  static constexpr double kRelativeError = 0.01;

  // The bucket of an amount, ascending with it; 0 is that of 0.
  static int32_t BucketOf(double amount);

  void Add(int32_t bucket, int64_t count = 1);
  void Add(const Sketch& other);
  int64_t count() const { return count_; }
  // Number of buckets, of 16 bytes each.
  size_t size() const { return buckets_.size(); }
  // The quantile by linear interpolation at (n − 1)p of the amounts' estimates; undefined of none.
  std::optional<double> Quantile(double p) const;

  // Appends it to `bytes`, and takes it from their beginning. Nothing when they are not what Save wrote.
  void Save(std::string& bytes) const;
  static std::optional<Sketch> Load(const std::string& bytes, size_t& at);

  friend bool operator==(const Sketch& a, const Sketch& b) { return a.buckets_ == b.buckets_; }

 private:
  // Ascending; counts above 0.
  std::vector<std::pair<int32_t, int64_t>> buckets_;
  int64_t count_ = 0;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_SKETCH_H_
