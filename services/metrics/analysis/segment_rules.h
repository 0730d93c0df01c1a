// Segments: sets of users by what they did, put together by AND, OR, EXCEPT and NOT.
//
//   (buyers OR visitors) AND NOT refunded EXCEPT segments/staff
//
// Words are conditions of the segment, `segments/…` are other segments. AND and EXCEPT bind more strongly than OR, and from left to right;
// NOT binds most strongly. What is only a negation, "everybody who did not …", is refused: nobody knows everybody.
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_SEGMENT_RULES_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_SEGMENT_RULES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "roaring/roaring.hh"
#include "services/metrics/analysis/selection.h"

namespace heitie::metrics::analysis {

extern const status::Reason kBadSegmentExpression;  // {position} {problem}
extern const status::Reason kUnboundedSegment;

inline constexpr size_t kMaxExpressionBytes = 2000;
inline constexpr int kMaxExpressionDepth = 32;
inline constexpr int kMaxExpressionWords = 50;

// One condition, judged on single events within a window.
struct SegmentCondition {
  enum Kind : uint8_t {
    kTimes,   // at least `least` such events; with 1: did
    kDays,    // such events on at least `least` days
    kFirst,   // the first such event ever lies in the window
    kLatest,  // the latest event of the name in the window that has the property `key` has `value` there
  } kind = kTimes;
  Selection events;
  Window window;
  int64_t least = 1;
  std::string key, value;
};

// Thread-safe once made.
class SegmentExpression {
 public:
  SegmentExpression() = default;
  // Adds every error to `bad` under `field`, with its position in bytes from 1: BAD_SEGMENT_EXPRESSION, UNBOUNDED_SEGMENT.
  static SegmentExpression Parse(const std::string& text, const std::set<std::string>& conditions, const std::string& field,
                                 status::BadFields& bad);
  // The conditions and the other segments that it names.
  std::set<std::string> conditions() const;
  std::set<std::string> segments() const;
  // The set, given those of its words.
  Roaring Evaluate(const std::map<std::string, Roaring>& sets) const;

 private:
  friend class SegmentParser;
  enum class Op : uint8_t { kWord, kNot, kAnd, kExcept, kOr };
  struct Node {
    Op op = Op::kWord;
    std::string word;
    int left = -1, right = -1;
  };
  struct Set {
    Roaring users;
    bool all_others = false;
  };
  Set EvaluateNode(const std::map<std::string, Roaring>& sets, int node) const;
  bool IsBounded(int node) const;

  // The last one is the whole.
  std::vector<Node> nodes_;
};

// The users for whom the condition holds.
absl::StatusOr<Roaring> UsersOfCondition(Snapshot& snapshot, const SegmentCondition& condition, const Calendar& calendar);

// A way from a segment back to itself through the segments that each one names, its first and last name the same; empty without any.
std::vector<std::string> FindSegmentCycle(const std::map<std::string, std::set<std::string>>& named, const std::string& start);

}  // namespace heitie::metrics::analysis

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_SEGMENT_RULES_H_
