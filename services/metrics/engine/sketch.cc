#include "services/metrics/engine/sketch.h"

#include <algorithm>
#include <cmath>

namespace heitie::metrics {
namespace {

// A little narrower than promised, for what floating point loses.
constexpr double kSketchError = 0.0099;
constexpr double kGamma = (1 + kSketchError) / (1 - kSketchError);
// Above the negated least logarithm of a double, so that buckets of positive amounts are positive.
constexpr int32_t kSketchOffset = 40'000;

double MiddleOf(int32_t bucket) {
  if (bucket == 0) return 0;
  const double power = std::pow(kGamma, std::abs(bucket) - kSketchOffset);
  return std::copysign(2 * power / (kGamma + 1), bucket);
}

void PutVarint(uint64_t number, std::string& bytes) {
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>(number | 0x80);
  bytes += static_cast<char>(number);
}

std::optional<uint64_t> TakeVarint(const std::string& bytes, size_t& at) {
  uint64_t number = 0;
  for (int shift = 0; at < bytes.size() && shift < 63; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    number |= uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return number;
  }
  return std::nullopt;
}

}  // namespace

int32_t Sketch::BucketOf(double amount) {
  if (amount == 0) return 0;
  static const double width = std::log(kGamma);
  const auto bucket = static_cast<int32_t>(std::ceil(std::log(std::abs(amount)) / width)) + kSketchOffset;
  return amount < 0 ? -bucket : bucket;
}

void Sketch::Add(int32_t bucket, int64_t count) {
  count_ += count;
  const auto it = std::lower_bound(buckets_.begin(), buckets_.end(), bucket, [](const auto& one, int32_t at) { return one.first < at; });
  if (it != buckets_.end() && it->first == bucket) {
    it->second += count;
  } else {
    buckets_.insert(it, {bucket, count});
  }
}

void Sketch::Add(const Sketch& other) {
  if (other.buckets_.empty()) return;
  std::vector<std::pair<int32_t, int64_t>> merged;
  merged.reserve(buckets_.size() + other.buckets_.size());
  auto a = buckets_.begin();
  auto b = other.buckets_.begin();
  while (a != buckets_.end() || b != other.buckets_.end()) {
    if (b == other.buckets_.end() || (a != buckets_.end() && a->first < b->first)) {
      merged.push_back(*a++);
    } else if (a == buckets_.end() || b->first < a->first) {
      merged.push_back(*b++);
    } else {
      merged.emplace_back(a->first, a->second + b->second);
      ++a;
      ++b;
    }
  }
  merged.shrink_to_fit();
  buckets_ = std::move(merged);
  count_ += other.count_;
}

std::optional<double> Sketch::Quantile(double p) const {
  if (count_ == 0) return std::nullopt;
  const double place = static_cast<double>(count_ - 1) * p;
  const auto below = static_cast<int64_t>(std::floor(place));
  int64_t before = 0;
  auto at = buckets_.begin();
  while (before + at->second <= below) before += (at++)->second;
  const double low = MiddleOf(at->first);
  if (below + 1 == count_ || below + 1 < before + at->second) return low;
  return low + (MiddleOf(std::next(at)->first) - low) * (place - static_cast<double>(below));
}

void Sketch::Save(std::string& bytes) const {
  PutVarint(buckets_.size(), bytes);
  int32_t last = -2 * kSketchOffset;
  for (const auto& [bucket, count] : buckets_) {
    PutVarint(static_cast<uint64_t>(bucket - last), bytes);
    PutVarint(static_cast<uint64_t>(count), bytes);
    last = bucket;
  }
}

std::optional<Sketch> Sketch::Load(const std::string& bytes, size_t& at) {
  Sketch sketch;
  const std::optional<uint64_t> size = TakeVarint(bytes, at);
  if (!size.has_value() || *size > bytes.size()) return std::nullopt;
  int64_t last = -2 * kSketchOffset;
  for (uint64_t i = 0; i < *size; ++i) {
    const std::optional<uint64_t> step = TakeVarint(bytes, at), count = TakeVarint(bytes, at);
    if (!step.has_value() || !count.has_value() || *step == 0 || *step > 4 * kSketchOffset || *count == 0) return std::nullopt;
    last += static_cast<int64_t>(*step);
    if (last > 2 * kSketchOffset) return std::nullopt;
    sketch.buckets_.emplace_back(static_cast<int32_t>(last), static_cast<int64_t>(*count));
    if (__builtin_add_overflow(sketch.count_, static_cast<int64_t>(*count), &sketch.count_)) return std::nullopt;
  }
  return sketch;
}

}  // namespace heitie::metrics
