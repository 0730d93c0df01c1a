// A condition on events and an expression of a segment, each a line. What is accepted is judged on some rows and sets without leaving them,
// and means the same when it is read again; what is refused says where.
#include <algorithm>

#include "services/metrics/analysis/filter.h"
#include "services/metrics/analysis/segment_rules.h"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {
namespace {

using metrics::Rows;
using metrics::analysis::Filter;
using metrics::analysis::Mask;
using metrics::analysis::SegmentExpression;

constexpr size_t kRowCount = 6;

// Texts and numbers of all kinds, and rows that lack them.
const Rows& SomeRows() {
  static const Rows& rows = *[] {
    auto* made = new Rows;
    for (size_t i = 0; i < kRowCount; ++i) {
      made->users.push_back(static_cast<uint32_t>(i));
      made->times.push_back(static_cast<int64_t>(i) * 1000);
      made->amounts.push_back(static_cast<metrics::Amount>(i % 3));
      made->minors.push_back(i % 3 == 1 ? INT64_MIN + static_cast<int64_t>(i) : 0);
      made->values.push_back(i % 3 == 2 ? 0.1 * static_cast<double>(i) : 0);
    }
    for (const char* key : {"@activity", "@producer", "channel", "quantity", "value"}) {
      made->columns[key] = {{"3", "wechat", "1e400", "-0.0", "nan", ""}, {0, 1, 2, 3, 4, 6}};
    }
    return made;
  }();
  return rows;
}

void PlayCondition(const std::string& text) {
  status::BadFields bad;
  const Filter filter = Filter::Parse(text, "condition", bad);
  if (!bad.status().ok()) return RequireRefusal(bad.status(), {"condition"});
  Mask mask(kRowCount, 1);
  filter.Apply(SomeRows(), mask);
  Require(mask.size() == kRowCount && std::all_of(mask.begin(), mask.end(), [](uint8_t one) { return one <= 1; }), "a mask stays one");
  if (filter.empty() || text.size() + 20 > metrics::analysis::kMaxFilterBytes) return;
  // The opposite holds of exactly the others.
  status::BadFields of_opposite;
  const Filter opposite = Filter::Parse("NOT (" + text + ")", "condition", of_opposite);
  if (!of_opposite.status().ok()) return;  // one level too deep
  Mask others(kRowCount, 1);
  opposite.Apply(SomeRows(), others);
  for (size_t i = 0; i < kRowCount; ++i) Require(mask[i] != others[i], "NOT turns any truth");
  // Rows that are left out already stay so.
  Mask none(kRowCount, 0);
  filter.Apply(SomeRows(), none);
  Require(std::count(none.begin(), none.end(), 0) == static_cast<int>(kRowCount), "a condition brings nothing back");
}

void PlaySegment(const std::string& text) {
  status::BadFields bad;
  const SegmentExpression expression = SegmentExpression::Parse(text, {"a", "b", "c"}, "expression", bad);
  if (!bad.status().ok()) return RequireRefusal(bad.status(), {"expression"});
  std::map<std::string, Roaring> sets;
  uint32_t next = 0;
  for (const auto& words : {expression.conditions(), expression.segments()}) {
    for (const std::string& word : words) {
      Roaring& set = sets[word];
      for (uint32_t i = 0; i < 8; ++i) set.add(next + i * 3);
      next += 2;
    }
  }
  Roaring all;
  for (const auto& [word, set] : sets) all |= set;
  Require(expression.Evaluate(sets).isSubset(all), "nobody is in a segment who is in none of its sets");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto lines = heitie::fuzz::Lines(data, size, 2);
  heitie::fuzz::PlayCondition(lines[0]);
  heitie::fuzz::PlaySegment(lines[1]);
  return 0;
}
