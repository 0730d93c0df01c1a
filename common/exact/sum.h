// Sums of doubles that do not depend on the order in which they are added: kept exactly, rounded once when they are read.
#ifndef HEITIE_COMMON_EXACT_SUM_H_
#define HEITIE_COMMON_EXACT_SUM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heitie::exact {

// A whole number in units of 2⁻¹⁰⁷⁴, the least double, so that adding and taking away are exact. Values of similar size need three or four
// words; adding one costs some nanoseconds.
class Sum {
 public:
  Sum() = default;

  // `value` is finite.
  void Add(double value) { AddScaled(value, 1); }
  void Subtract(double value) { AddScaled(value, -1); }
  void Add(const Sum& other) { AddAll(other, 1); }
  void Subtract(const Sum& other) { AddAll(other, -1); }

  // The double nearest to the sum, of two equally near ones the even one; ±infinity beyond the greatest. +0 of nothing.
  double value() const;
  bool IsZero() const;

  // Bytes that are equal exactly when the sums are.
  std::string Save() const;
  // None when `bytes` are not what Save wrote.
  static std::optional<Sum> Load(const std::string& bytes);

  friend bool operator==(const Sum& a, const Sum& b) { return a.Save() == b.Save(); }

 private:
  void AddScaled(double value, int sign);
  void AddAll(const Sum& other, int sign);
  int64_t& At(int place);
  // Carries, so that the words are digits in base 2³² of the sign of the sum; drops zeros at both ends. The sign: −1, 0 or 1.
  int Normalise();

  // words_[i] counts 2^(32 · (low_ + i) − 1074).
  int low_ = 0;
  std::vector<int64_t> words_;
  // Additions since the last carry: each changes a word by less than 2³².
  int64_t pending_ = 0;
};

}  // namespace heitie::exact

#endif  // HEITIE_COMMON_EXACT_SUM_H_
