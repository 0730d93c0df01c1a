#include "common/exact/sum.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace heitie::exact {
namespace {

constexpr int kBits = 32;  // of a word after a carry
constexpr int64_t kBase = int64_t{1} << kBits;
constexpr int kLeast = -1074;  // exponent of the least double
constexpr int kMantissa = 53;  // bits of a double
constexpr int64_t kCarryAfter = int64_t{1} << 29;
constexpr int kMaxPlace = 128;  // beyond any sum of 2⁶³ doubles

void PutWord(uint32_t word, std::string& bytes) {
  for (int shift = 0; shift < kBits; shift += 8) bytes += static_cast<char>(word >> shift);
}

}  // namespace

int64_t& Sum::At(int place) {
  if (words_.empty()) low_ = place;
  if (place < low_) {
    words_.insert(words_.begin(), low_ - place, 0);
    low_ = place;
  }
  if (place >= low_ + static_cast<int>(words_.size())) words_.resize(place - low_ + 1, 0);
  return words_[place - low_];
}

void Sum::AddScaled(double value, int sign) {
  if (value == 0) return;
  if (value < 0) {
    value = -value;
    sign = -sign;
  }
  int exponent;
  const double fraction = std::frexp(value, &exponent);  // value = fraction · 2^exponent
  // value = mantissa · 2^(exponent − 53); the least double's exponent bounds what is lost to nothing.
  int64_t mantissa = static_cast<int64_t>(std::ldexp(fraction, kMantissa));
  int scale = exponent - kMantissa - kLeast;
  if (scale < 0) {  // a denormal: its low bits are zeros
    mantissa >>= -scale;
    scale = 0;
  }
  const int place = scale / kBits;
  const unsigned __int128 shifted = static_cast<unsigned __int128>(mantissa) << (scale % kBits);
  for (int i = 0; i < 3; ++i) {
    const int64_t digit = static_cast<int64_t>(static_cast<uint32_t>(shifted >> (kBits * i)));
    if (digit != 0) At(place + i) += sign * digit;
  }
  if (++pending_ >= kCarryAfter) Normalise();
}

void Sum::AddAll(const Sum& other, int sign) {
  Sum normal = other;
  normal.Normalise();
  for (size_t i = 0; i < normal.words_.size(); ++i) {
    if (normal.words_[i] != 0) At(normal.low_ + static_cast<int>(i)) += sign * normal.words_[i];
  }
  if (++pending_ >= kCarryAfter) Normalise();
}

int Sum::Normalise() {
  pending_ = 0;
  // Digits 0 … 2³² − 1 and a last word with the sign.
  int64_t carry = 0;
  for (int64_t& word : words_) {
    word += carry;
    carry = word >> kBits;
    word -= carry * kBase;
  }
  while (carry != 0 && carry != -1) {
    words_.push_back(carry & (kBase - 1));
    carry >>= kBits;
  }
  const bool negative = carry == -1;
  if (negative) {
    // The digits stand for a complement: the amount is what is missing to the next power.
    int64_t borrow = 1;
    for (int64_t& word : words_) {
      const int64_t digit = (kBase - 1 - word) + borrow;
      borrow = digit >> kBits;
      word = -(digit & (kBase - 1));
    }
    if (borrow != 0) words_.push_back(-borrow);
  }
  while (!words_.empty() && words_.back() == 0) words_.pop_back();
  const auto first = std::find_if(words_.begin(), words_.end(), [](int64_t word) { return word != 0; });
  low_ += static_cast<int>(first - words_.begin());
  words_.erase(words_.begin(), first);
  if (words_.empty()) low_ = 0;
  return words_.empty() ? 0 : negative ? -1 : 1;
}

bool Sum::IsZero() const {
  Sum copy = *this;
  return copy.Normalise() == 0;
}

double Sum::value() const {
  Sum copy = *this;
  const int sign = copy.Normalise();
  if (sign == 0) return 0;
  const int words = static_cast<int>(copy.words_.size());
  const auto digit = [&](int i) { return i < 0 ? uint64_t{0} : static_cast<uint64_t>(std::abs(copy.words_[i])); };
  // The highest 96 bits or more, and whether anything is below them.
  unsigned __int128 top = 0;
  for (int i = words - 1; i >= words - 3; --i) top = (top << kBits) | digit(i);
  bool rest = false;
  for (int i = words - 4; i >= 0 && !rest; --i) rest = copy.words_[i] != 0;
  int exponent = kBits * (copy.low_ + words - 3) + kLeast;  // sum = top · 2^exponent and the rest
  int length = 0;
  while (length < 128 && (top >> length) != 0) ++length;
  // Bits that a double has no room for; at least those below the least double.
  int cut = std::max(length - kMantissa, kLeast - exponent);
  if (cut > 0) {
    const unsigned __int128 half = static_cast<unsigned __int128>(1) << (cut - 1);
    const unsigned __int128 below = top & ((half << 1) - 1);
    top >>= cut;
    if (below > half || (below == half && (rest || (top & 1) != 0))) ++top;
    exponent += cut;
  }
  return sign * std::ldexp(static_cast<double>(static_cast<uint64_t>(top)), exponent);
}

std::string Sum::Save() const {
  Sum copy = *this;
  const int sign = copy.Normalise();
  if (sign == 0) return "";
  std::string bytes;
  bytes += sign < 0 ? '-' : '+';
  bytes += static_cast<char>(copy.low_);
  for (const int64_t word : copy.words_) PutWord(static_cast<uint32_t>(std::abs(word)), bytes);
  return bytes;
}

std::optional<Sum> Sum::Load(const std::string& bytes) {
  Sum sum;
  if (bytes.empty()) return sum;
  if (bytes.size() < 6 || (bytes.size() - 2) % 4 != 0 || (bytes[0] != '+' && bytes[0] != '-')) return std::nullopt;
  const size_t words = (bytes.size() - 2) / 4;
  sum.low_ = static_cast<unsigned char>(bytes[1]);
  if (sum.low_ + words > kMaxPlace) return std::nullopt;
  for (size_t i = 0; i < words; ++i) {
    int64_t word = 0;
    for (int j = 3; j >= 0; --j) word = (word << 8) | static_cast<unsigned char>(bytes[2 + 4 * i + j]);
    sum.words_.push_back(bytes[0] == '-' ? -word : word);
  }
  if (sum.words_.front() == 0 || sum.words_.back() == 0) return std::nullopt;
  return sum;
}

}  // namespace heitie::exact
