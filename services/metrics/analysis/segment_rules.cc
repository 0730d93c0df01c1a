#include "services/metrics/analysis/segment_rules.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <limits>

#include "absl/strings/match.h"
#include "common/status/macros.h"

namespace heitie::metrics::analysis {

const status::Reason kBadSegmentExpression{absl::StatusCode::kInvalidArgument, "BAD_SEGMENT_EXPRESSION",
                                           "At position {position}: {problem}.", "位置 {position}：{problem}。"};
const status::Reason kUnboundedSegment{absl::StatusCode::kInvalidArgument, "UNBOUNDED_SEGMENT",
                                       "The expression only says who is not in it. Join it with a set by AND or EXCEPT.",
                                       "此運算式只說明了排除的對象，請以 AND 或 EXCEPT 與某個集合結合。"};

namespace {

const status::Phrase kSegmentLong{"the expression is longer than 2,000 bytes", "運算式超過 2,000 位元組"};
const status::Phrase kSegmentDeep{"parentheses and NOT are nested more than 32 deep", "括號與 NOT 的巢狀層數超過 32 層"};
const status::Phrase kSegmentMany{"there are more than 50 words", "名稱超過 50 個"};
const status::Phrase kWordExpected{"a condition, a segment, NOT or an opening parenthesis is expected", "此處應為條件、分群、NOT 或左括號"};
const status::Phrase kUnknownWord{"no condition of the segment has this id", "分群中沒有此代碼的條件"};
const status::Phrase kSegmentNotClosed{"this parenthesis is not closed", "此括號沒有對應的右括號"};
const status::Phrase kSegmentJoin{"AND, OR, EXCEPT or the end is expected", "此處應為 AND、OR、EXCEPT 或結尾"};

constexpr char kSegmentPrefix[] = "segments/";

}  // namespace

class SegmentParser {
 public:
  SegmentParser(const std::string& text, const std::set<std::string>& conditions, const std::string& field, status::BadFields& bad)
      : text_(text), conditions_(conditions), field_(field), bad_(bad) {
    Next();
  }

  SegmentExpression Run() {
    Or(0);
    while (!word_.empty()) {
      Error(at_, kSegmentJoin);
      Next();
      while (!word_.empty() && word_ != "AND" && word_ != "OR" && word_ != "EXCEPT") Next();
      if (word_.empty()) break;
      Next();
      Or(0);
    }
    return std::move(expression_);
  }

 private:
  using Op = SegmentExpression::Op;
  using Node = SegmentExpression::Node;

  void Error(size_t at, const status::Phrase& problem) {
    bad_.Add(field_, kBadSegmentExpression, {{"position", static_cast<int64_t>(at + 1)}, {"problem", problem}});
  }
  void Stop(const status::Phrase& problem) {
    if (!stopped_) Error(at_, problem);
    stopped_ = true;
    word_.clear();
  }

  static bool IsLetter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '/'; }

  void Next() {
    word_.clear();
    if (stopped_) return;
    while (place_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[place_])) != 0) ++place_;
    at_ = place_;
    while (place_ < text_.size() && IsLetter(text_[place_])) word_ += text_[place_++];
    if (word_.empty() && place_ < text_.size()) word_ = text_[place_++];
  }

  int Add(Op op, const std::string& word, int left = -1, int right = -1) {
    expression_.nodes_.push_back({op, word, left, right});
    return static_cast<int>(expression_.nodes_.size()) - 1;
  }

  int Or(int depth) {
    int left = And(depth);
    while (word_ == "OR") {
      Next();
      const int right = And(depth);
      left = Add(Op::kOr, "", left, right);
    }
    return left;
  }

  int And(int depth) {
    int left = Unary(depth);
    while (word_ == "AND" || word_ == "EXCEPT") {
      const Op op = word_ == "AND" ? Op::kAnd : Op::kExcept;
      Next();
      const int right = Unary(depth);
      left = Add(op, "", left, right);
    }
    return left;
  }

  int Unary(int depth) {
    const size_t at = at_;
    if (word_ == "NOT" || word_ == "(") {
      if (depth >= kMaxExpressionDepth) {
        Stop(kSegmentDeep);
        return Add(Op::kWord, "");
      }
      const bool negated = word_ == "NOT";
      Next();
      if (negated) {
        const int inner = Unary(depth + 1);
        return Add(Op::kNot, "", inner);
      }
      const int inner = Or(depth + 1);
      if (word_ == ")") {
        Next();
      } else if (!stopped_) {
        Error(at, kSegmentNotClosed);
      }
      return inner;
    }
    return Word();
  }

  int Word() {
    if (++words_ > kMaxExpressionWords) Stop(kSegmentMany);
    const bool is_word = !word_.empty() && IsLetter(word_[0]) && word_ != "AND" && word_ != "OR" && word_ != "EXCEPT";
    if (!is_word) {
      if (!stopped_) Error(at_, kWordExpected);
      if (!word_.empty() && word_ != "AND" && word_ != "OR" && word_ != "EXCEPT" && word_ != ")") Next();
      return Add(Op::kWord, "");
    }
    if (!absl::StartsWith(word_, kSegmentPrefix) && conditions_.count(word_) == 0) Error(at_, kUnknownWord);
    const int node = Add(Op::kWord, word_);
    Next();
    return node;
  }

  const std::string& text_;
  const std::set<std::string>& conditions_;
  const std::string& field_;
  status::BadFields& bad_;
  SegmentExpression expression_;
  std::string word_;
  size_t at_ = 0, place_ = 0;
  int words_ = 0;
  bool stopped_ = false;
};

SegmentExpression SegmentExpression::Parse(const std::string& text, const std::set<std::string>& conditions, const std::string& field,
                                           status::BadFields& bad) {
  if (text.size() > kMaxExpressionBytes) {
    bad.Add(field, kBadSegmentExpression, {{"position", static_cast<int64_t>(kMaxExpressionBytes + 1)}, {"problem", kSegmentLong}});
    return {};
  }
  SegmentExpression expression = SegmentParser(text, conditions, field, bad).Run();
  if (!expression.IsBounded(static_cast<int>(expression.nodes_.size()) - 1)) bad.Add(field, kUnboundedSegment);
  return expression;
}

std::set<std::string> SegmentExpression::conditions() const {
  std::set<std::string> words;
  for (const Node& node : nodes_) {
    if (node.op == Op::kWord && !absl::StartsWith(node.word, kSegmentPrefix)) words.insert(node.word);
  }
  return words;
}

std::set<std::string> SegmentExpression::segments() const {
  std::set<std::string> words;
  for (const Node& node : nodes_) {
    if (node.op == Op::kWord && absl::StartsWith(node.word, kSegmentPrefix)) words.insert(node.word);
  }
  return words;
}

bool SegmentExpression::IsBounded(int index) const {
  const Node& node = nodes_[static_cast<size_t>(index)];
  switch (node.op) {
    case Op::kWord:
      return true;
    case Op::kNot:
      return !IsBounded(node.left);
    case Op::kAnd:
      return IsBounded(node.left) || IsBounded(node.right);
    case Op::kExcept:
      return IsBounded(node.left) || !IsBounded(node.right);
    case Op::kOr:
      return IsBounded(node.left) && IsBounded(node.right);
  }
  return true;
}

SegmentExpression::Set SegmentExpression::EvaluateNode(const std::map<std::string, Roaring>& sets, int index) const {
  const Node& node = nodes_[static_cast<size_t>(index)];
  if (node.op == Op::kWord) {
    const auto it = sets.find(node.word);
    return {it == sets.end() ? Roaring() : it->second, false};
  }
  Set left = EvaluateNode(sets, node.left);
  if (node.op == Op::kNot) return {std::move(left.users), !left.all_others};
  Set right = EvaluateNode(sets, node.right);
  // A EXCEPT B is A AND NOT B; A OR B is NOT (NOT A AND NOT B).
  const bool is_or = node.op == Op::kOr;
  if (is_or) left.all_others = !left.all_others;
  if (is_or || node.op == Op::kExcept) right.all_others = !right.all_others;
  Set both;
  both.all_others = left.all_others && right.all_others;
  if (both.all_others) {
    both.users = left.users | right.users;
  } else if (left.all_others) {
    both.users = right.users - left.users;
  } else if (right.all_others) {
    both.users = left.users - right.users;
  } else {
    both.users = left.users & right.users;
  }
  if (is_or) both.all_others = !both.all_others;
  return both;
}

Roaring SegmentExpression::Evaluate(const std::map<std::string, Roaring>& sets) const {
  return EvaluateNode(sets, static_cast<int>(nodes_.size()) - 1).users;
}

namespace {

bool CountReaches(const SegmentCondition& condition, const Moment* begin, const Moment* end, const Calendar& calendar) {
  if (condition.kind == SegmentCondition::kTimes) return end - begin >= condition.least;
  int64_t days = 0;
  int64_t day_end = std::numeric_limits<int64_t>::min();
  for (const Moment* m = begin; m != end; ++m) {
    if (m->time < day_end) continue;
    ++days;
    day_end = MicrosOf(StartOf(DayOf(absl::FromUnixMicros(m->time), calendar) + 1, calendar));
  }
  return days >= condition.least;
}

// The value of several at the same time is the smallest.
bool LatestIs(const std::string& value, const Histories& histories, const Moment* begin, const Moment* end) {
  const std::string* latest = nullptr;
  for (const Moment* m = end; m != begin; --m) {
    const Moment& moment = *(m - 1);
    if (latest != nullptr && moment.time != m->time) break;
    if (moment.tag == 0) continue;
    const std::string& here = histories.tags[moment.tag - 1];
    if (latest == nullptr || here < *latest) latest = &here;
  }
  return latest != nullptr && *latest == value;
}

// By daily figures: who did something on at least so many whole days.
absl::StatusOr<Roaring> UsersOfDays(Snapshot& snapshot, const SegmentCondition& condition, const Days& days, const Calendar& calendar) {
  Roaring users;
  const int64_t held = std::min<int64_t>(condition.least, days.last - days.first + 2) + 2;
  RETURN_IF_ERROR(ForEachCellSlice(snapshot, CellQueriesOf({condition.events}, days), held, [&](Users slice) -> absl::Status {
    // at[n]: those of at least n + 1 days so far.
    std::vector<Roaring> at(static_cast<size_t>(std::min<int64_t>(condition.least, days.last - days.first + 2)));
    RETURN_IF_ERROR(snapshot.Cells({condition.events.series, condition.events.activity, "", days, slice},
                                   [&](absl::CivilDay, const std::string&, const Cell& cell) {
                                     for (size_t n = at.size(); n-- > 1;) at[n] |= at[n - 1] & cell.users;
                                     at[0] |= cell.users;
                                     return absl::OkStatus();
                                   }));
    users |= at.back();
    return absl::OkStatus();
  }));
  return users;
}

constexpr int64_t kMostDaySets = 60;  // sets that UsersOfDays holds

bool OnDaysAlone(const SegmentCondition& condition) {
  if (!condition.events.filter.empty() || condition.least > kMostDaySets) return false;
  return condition.kind == SegmentCondition::kDays || (condition.kind == SegmentCondition::kTimes && condition.least == 1);
}

absl::StatusOr<Window> ReadWindow(Snapshot& snapshot, const SegmentCondition& condition, const Calendar& calendar) {
  if (condition.kind != SegmentCondition::kFirst) return condition.window;
  ASSIGN_OR_RETURN(const std::optional<Days> extent, ExtentOf(snapshot, {condition.events}));
  Window window = condition.window;
  if (extent.has_value()) window.start = std::min(window.start, StartOf(extent->first, calendar));
  return window;
}

}  // namespace

absl::StatusOr<Roaring> UsersOfCondition(Snapshot& snapshot, const SegmentCondition& condition, const Calendar& calendar) {
  Roaring users;
  if (condition.window.end <= condition.window.start) return users;
  const std::optional<Days> days = WholeDays(condition.window, calendar);
  if (days.has_value() && OnDaysAlone(condition)) return UsersOfDays(snapshot, condition, *days, calendar);
  HistoryQuery query;
  query.selections = {condition.events};
  ASSIGN_OR_RETURN(query.window, ReadWindow(snapshot, condition, calendar));
  if (condition.kind == SegmentCondition::kLatest) query.tag = condition.key;
  const int64_t start = MicrosOf(condition.window.start);
  RETURN_IF_ERROR(
      ForEachSlice(snapshot, query.selections, DaysOf(query.window, calendar), SliceRows(snapshot), [&](Users slice) -> absl::Status {
        query.users = slice;
        ASSIGN_OR_RETURN(const Histories histories, ReadHistories(snapshot, query, calendar));
        ForEachUser(histories.moments, [&](const Moment* begin, const Moment* end) {
          const bool holds = condition.kind == SegmentCondition::kFirst    ? begin->time >= start
                             : condition.kind == SegmentCondition::kLatest ? LatestIs(condition.value, histories, begin, end)
                                                                           : CountReaches(condition, begin, end, calendar);
          if (holds) users.add(begin->user);
        });
        return absl::OkStatus();
      }));
  return users;
}

std::vector<std::string> FindSegmentCycle(const std::map<std::string, std::set<std::string>>& named, const std::string& start) {
  std::vector<std::string> way;
  std::set<std::string> seen;
  const std::function<bool(const std::string&)> visit = [&](const std::string& segment) {
    way.push_back(segment);
    if (way.size() > 1 && segment == start) return true;
    const auto it = named.find(segment);
    if (it != named.end() && seen.insert(segment).second) {
      for (const std::string& next : it->second) {
        if (visit(next)) return true;
      }
    }
    way.pop_back();
    return false;
  };
  visit(start);
  return way;
}

}  // namespace heitie::metrics::analysis
