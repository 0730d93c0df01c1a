// Which events count: a condition on one event.
//
//   channel = "wechat" AND NOT (quantity >= 3 OR amount_minor < 3000) AND city IN ("台北", "高雄") AND coupon:*
//
// Fields are activity, producer, currency (texts), amount_minor and value (numbers), and every other word: a dimension or property of that
// key. `properties.value` or `dimensions.value` names one whose key is a field's own. Compared with a number, a text counts by the number
// that it spells, else not at all; compared with a text in double quotes it counts by its bytes (in a text \" and \\ stand for themselves).
// `key:*` says that the event has the key. A comparison of what an event lacks is false, != included; NOT turns any truth. NOT binds more
// strongly than AND, AND than OR.
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_FILTER_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_FILTER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/metrics/engine/rows.h"

namespace heitie::metrics::analysis {

extern const status::Reason kBadEventFilter;  // {position} {problem}

inline constexpr size_t kMaxFilterBytes = 4000;
inline constexpr int kMaxFilterDepth = 32;
inline constexpr int kMaxFilterComparisons = 100;
inline constexpr int kMaxFilterLiterals = 1000;

// One byte a row: 1 when the row counts.
using Mask = std::vector<uint8_t>;

// Thread-safe once made.
class Filter {
 public:
  // Everything counts.
  Filter() = default;
  // Adds every error to `bad` under `field`, with its position in bytes from 1. BAD_EVENT_FILTER. Linear in the text.
  static Filter Parse(const std::string& text, const std::string& field, status::BadFields& bad);

  bool empty() const { return nodes_.empty(); }
  // The parts of rows that it reads (Snapshot::Part).
  unsigned parts() const;
  // Clears the places of rows that do not count. Judges each value of a dictionary once, and then looks up codes.
  void Apply(const Rows& rows, Mask& mask) const;

 private:
  friend class FilterParser;
  enum class Op : uint8_t { kAnd, kOr, kNot, kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kIn, kPresent };
  struct Literal {
    bool is_number = false;
    std::string text;
    // Holds every 64-bit integer and every double exactly.
    long double number = 0;
  };
  struct Node {
    Op op = Op::kAnd;
    // Of AND, OR and NOT, as indices of nodes that stand before.
    std::vector<int> children;
    // The key of the column, or "@amount_minor" or "@value".
    std::string column;
    std::vector<Literal> literals;
  };

  static bool Holds(const Node& node, const std::string& text);
  static bool Holds(const Node& node, long double number);
  static void ApplyColumn(const Node& node, const Rows& rows, Mask& mask);
  static void ApplyAmount(const Node& node, const Rows& rows, Mask& mask);

  // The last one is the whole.
  std::vector<Node> nodes_;
};

}  // namespace heitie::metrics::analysis

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_FILTER_H_
