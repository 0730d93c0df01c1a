// Random numbers by counter: the n-th one of a stream is a function of seed, stream and n, so that work which is shared among any number of
// threads, begun anew or done again gives the same bits. Philox 4×32 with 10 rounds (Salmon, Moraes, Dror, Shaw: Parallel random numbers:
// as easy as 1, 2, 3, 2011), by Debian's Random123.
#ifndef HEITIE_COMMON_STATISTICS_COUNTER_RANDOM_H_
#define HEITIE_COMMON_STATISTICS_COUNTER_RANDOM_H_

#include <Random123/philox.h>

#include <cstdint>

namespace heitie::statistics {

// What results that must be reproduced name besides their seed.
inline constexpr char kCounterGenerator[] = "philox4x32-10";

// A number of (0, 1), never 0 or 1, from 64 random bits: the middle of one of 2⁵² equal parts.
inline double UnitInterval(uint64_t bits) { return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52; }

// The numbers of one stream, of which there are 2⁶⁴ for each seed. 2⁶⁵ numbers each. Cheap to make and to copy; not thread-safe.
class CounterRandom {
 public:
  CounterRandom(uint64_t seed, uint64_t stream)
      : key_{{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)}},
        counter_{{0, 0, static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)}} {}

  // The next 64 bits.
  uint64_t Next() {
    if (odd_) {
      odd_ = false;
      return second_;
    }
    const r123::Philox4x32::ctr_type block = r123::Philox4x32()(counter_, key_);
    if (++counter_.v[0] == 0) ++counter_.v[1];
    odd_ = true;
    second_ = uint64_t{block.v[3]} << 32 | block.v[2];
    return uint64_t{block.v[1]} << 32 | block.v[0];
  }
  double NextUnit() { return UnitInterval(Next()); }

  // The numbers from the n-th on, counted from 0, come next.
  void Seek(uint64_t n) {
    counter_.v[0] = static_cast<uint32_t>(n >> 1);
    counter_.v[1] = static_cast<uint32_t>(n >> 33);
    odd_ = false;
    if (n % 2 == 1) Next();
  }

 private:
  r123::Philox4x32::key_type key_;
  r123::Philox4x32::ctr_type counter_;
  uint64_t second_ = 0;
  bool odd_ = false;
};

}  // namespace heitie::statistics

#endif  // HEITIE_COMMON_STATISTICS_COUNTER_RANDOM_H_
