#include "services/metrics/analysis/filter.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "services/metrics/engine/snapshot.h"

namespace heitie::metrics::analysis {

const status::Reason kBadEventFilter{absl::StatusCode::kInvalidArgument, "BAD_EVENT_FILTER", "At position {position}: {problem}.",
                                     "位置 {position}：{problem}。"};

namespace {

const status::Phrase kFilterLong{"the filter is longer than 4,000 bytes", "篩選條件超過 4,000 位元組"};
const status::Phrase kFilterDeep{"parentheses and NOT are nested more than 32 deep", "括號與 NOT 的巢狀層數超過 32 層"};
const status::Phrase kFilterMany{"there are more than 100 comparisons or 1,000 values", "比較超過 100 個或數值超過 1,000 個"};
const status::Phrase kFieldExpected{"a field, NOT or an opening parenthesis is expected", "此處應為欄位、NOT 或左括號"};
const status::Phrase kOperatorExpected{"an operator is expected (= != < <= > >= IN :*)", "此處應為運算子（= != < <= > >= IN :*）"};
const status::Phrase kLiteralExpected{"a number or a text in double quotes is expected", "此處應為數字或以雙引號括住的文字"};
const status::Phrase kListExpected{"a list in parentheses is expected", "此處應為括號內的清單"};
const status::Phrase kListEnds{"a comma or a closing parenthesis is expected", "此處應為逗號或右括號"};
const status::Phrase kNotClosed{"this parenthesis is not closed", "此括號沒有對應的右括號"};
const status::Phrase kTextNotClosed{"this text is not closed", "此文字沒有結尾的雙引號"};
const status::Phrase kJoinExpected{"AND, OR or the end is expected", "此處應為 AND、OR 或結尾"};
const status::Phrase kNumberField{"this field is a number and is compared with numbers", "此欄位為數字，只能與數字比較"};
const status::Phrase kTextField{"this field is a text and is compared with texts", "此欄位為文字，只能與文字比較"};
const status::Phrase kUnknownCharacter{"this character has no meaning here", "此字元在這裡沒有意義"};

constexpr char kMinorField[] = "@amount_minor";
constexpr char kValueField[] = "@value";

bool IsAmount(const std::string& column) { return column == kMinorField || column == kValueField; }

// The number that the whole text spells in decimal; nothing for inf, nan, hexadecimal and spaces.
std::optional<long double> Spelled(const std::string& text) {
  if (text.empty() || text.find_first_not_of("+-.0123456789eE") != std::string::npos) return std::nullopt;
  char* end = nullptr;
  const double rounded = std::strtod(text.c_str(), &end);
  if (end != text.c_str() + text.size() || !std::isfinite(rounded)) return std::nullopt;
  if (text.find_first_of(".eE") != std::string::npos) return rounded;
  return std::strtold(text.c_str(), nullptr);
}

}  // namespace

// Recursive descent. After an error it goes on with the next comparison, so that all are found.
class FilterParser {
 public:
  FilterParser(const std::string& text, const std::string& field, status::BadFields& bad) : text_(text), field_(field), bad_(bad) {
    Next();
  }

  Filter Run() {
    if (token_.kind == Token::kEnd) return std::move(filter_);
    Or(0);
    while (token_.kind != Token::kEnd && !stopped_) {
      Error(token_.at, kJoinExpected);
      Next();
      Skip();
      if (IsWord("AND") || IsWord("OR")) {
        Next();
        Or(0);
      }
    }
    return std::move(filter_);
  }

 private:
  using Op = Filter::Op;
  using Node = Filter::Node;
  struct Token {
    enum Kind { kEnd, kWord, kNumber, kText, kSymbol } kind = kEnd;
    std::string text;
    size_t at = 0;
  };

  void Error(size_t at, const status::Phrase& problem) {
    bad_.Add(field_, kBadEventFilter, {{"position", static_cast<int64_t>(at + 1)}, {"problem", problem}});
  }

  // Nothing more is read: it would only grow.
  void Stop(size_t at, const status::Phrase& problem) {
    if (!stopped_) Error(at, problem);
    stopped_ = true;
    token_ = {Token::kEnd, "", text_.size()};
  }

  void Next() {
    if (stopped_) return;
    while (place_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[place_])) != 0) ++place_;
    token_ = {Token::kEnd, "", place_};
    if (place_ == text_.size()) return;
    const char c = text_[place_];
    if (std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_') return Take(Token::kWord, "_.", true);
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '+' || c == '.') return TakeNumber();
    if (c == '"') return TakeText();
    TakeSymbol();
  }

  void Take(Token::Kind kind, const char* more, bool letters) {
    while (place_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[place_]);
      if (!(letters ? std::isalnum(c) != 0 : std::isdigit(c) != 0) && std::string(more).find(static_cast<char>(c)) == std::string::npos)
        break;
      token_.text += text_[place_++];
    }
    token_.kind = kind;
  }

  void TakeNumber() {
    Take(Token::kNumber, "+-.eE", false);
    if (!Spelled(token_.text).has_value()) Error(token_.at, kLiteralExpected);
  }

  void TakeText() {
    token_.kind = Token::kText;
    for (++place_; place_ < text_.size(); ++place_) {
      if (text_[place_] == '"') {
        ++place_;
        return;
      }
      if (text_[place_] == '\\' && place_ + 1 < text_.size()) ++place_;
      token_.text += text_[place_];
    }
    Error(token_.at, kTextNotClosed);
  }

  void TakeSymbol() {
    token_.kind = Token::kSymbol;
    for (const char* symbol : {"!=", "<=", ">=", ":*", "=", "<", ">", "(", ")", ","}) {
      if (text_.compare(place_, std::string(symbol).size(), symbol) != 0) continue;
      token_.text = symbol;
      place_ += token_.text.size();
      return;
    }
    Error(place_, kUnknownCharacter);
    ++place_;
    // A letter of several bytes is one error.
    while (place_ < text_.size() && (static_cast<unsigned char>(text_[place_]) & 0xC0) == 0x80) ++place_;
    Next();
  }

  bool IsWord(const char* word) const { return token_.kind == Token::kWord && token_.text == word; }
  bool IsSymbol(const char* symbol) const { return token_.kind == Token::kSymbol && token_.text == symbol; }
  bool IsJoin() const { return IsWord("AND") || IsWord("OR"); }

  void Skip() {
    while (token_.kind != Token::kEnd && !IsJoin() && !IsSymbol(")")) Next();
  }

  int Add(Node node) {
    filter_.nodes_.push_back(std::move(node));
    return static_cast<int>(filter_.nodes_.size()) - 1;
  }

  int Join(Op op, const char* word, int depth, int (FilterParser::*part)(int)) {
    Node node;
    node.op = op;
    node.children.push_back((this->*part)(depth));
    while (IsWord(word)) {
      Next();
      node.children.push_back((this->*part)(depth));
    }
    return node.children.size() == 1 ? node.children.front() : Add(std::move(node));
  }
  int Or(int depth) { return Join(Op::kOr, "OR", depth, &FilterParser::And); }
  int And(int depth) { return Join(Op::kAnd, "AND", depth, &FilterParser::Unary); }

  int Unary(int depth) {
    const size_t at = token_.at;
    if (IsWord("NOT") || IsSymbol("(")) {
      const bool negated = IsWord("NOT");
      if (depth >= kMaxFilterDepth) {
        Stop(at, kFilterDeep);
        return Add({});
      }
      Next();
      if (negated) {
        Node node;
        node.op = Op::kNot;
        node.children.push_back(Unary(depth + 1));
        return Add(std::move(node));
      }
      const int inner = Or(depth + 1);
      if (IsSymbol(")")) {
        Next();
      } else if (!stopped_) {
        Error(at, kNotClosed);
      }
      return inner;
    }
    return Comparison();
  }

  int Comparison() {
    Node node;
    if (++comparisons_ > kMaxFilterComparisons) Stop(token_.at, kFilterMany);
    if (stopped_) return Add(std::move(node));
    if (token_.kind != Token::kWord || IsJoin() || IsWord("IN")) {
      Error(token_.at, kFieldExpected);
      if (token_.kind != Token::kEnd && !IsJoin() && !IsSymbol(")")) Next();
      Skip();
      return Add(std::move(node));
    }
    node.column = ColumnOf(token_.text);
    Next();
    if (!Operator(node)) {
      Error(token_.at, kOperatorExpected);
      Skip();
      return Add(std::move(node));
    }
    if (node.op == Op::kIn) {
      List(node);
    } else if (node.op != Op::kPresent) {
      Value(node);
    }
    return Add(std::move(node));
  }

  bool Operator(Node& node) {
    static constexpr std::pair<const char*, Op> kOperators[] = {{"=", Op::kEqual},      {"!=", Op::kNotEqual}, {"<", Op::kLess},
                                                                {"<=", Op::kLessEqual}, {">", Op::kGreater},   {">=", Op::kGreaterEqual},
                                                                {":*", Op::kPresent}};
    if (IsWord("IN")) {
      node.op = Op::kIn;
      Next();
      return true;
    }
    for (const auto& [symbol, op] : kOperators) {
      if (!IsSymbol(symbol)) continue;
      node.op = op;
      Next();
      return true;
    }
    return false;
  }

  void Value(Node& node) {
    if (token_.kind != Token::kNumber && token_.kind != Token::kText) {
      Error(token_.at, kLiteralExpected);
      Skip();
      return;
    }
    const bool is_number = token_.kind == Token::kNumber;
    if (IsAmount(node.column) && !is_number) Error(token_.at, kNumberField);
    if (node.column[0] == '@' && !IsAmount(node.column) && is_number) Error(token_.at, kTextField);
    if (++literals_ > kMaxFilterLiterals) return Stop(token_.at, kFilterMany);
    node.literals.push_back({is_number, is_number ? "" : token_.text, is_number ? Spelled(token_.text).value_or(0) : 0});
    Next();
  }

  void List(Node& node) {
    if (!IsSymbol("(")) {
      Error(token_.at, kListExpected);
      return Skip();
    }
    do {
      Next();
      Value(node);
    } while (IsSymbol(","));
    if (IsSymbol(")")) return Next();
    if (!stopped_) Error(token_.at, kListEnds);
    Skip();
    if (IsSymbol(")")) Next();
  }

  static std::string ColumnOf(const std::string& word) {
    if (word == "activity") return kActivityColumn;
    if (word == "producer") return kProducerColumn;
    if (word == "currency") return kCurrencyColumn;
    if (word == "amount_minor") return kMinorField;
    if (word == "value") return kValueField;
    for (const std::string prefix : {"properties.", "dimensions."}) {
      if (word.compare(0, prefix.size(), prefix) == 0) return word.substr(prefix.size());
    }
    return word;
  }

  const std::string& text_;
  const std::string& field_;
  status::BadFields& bad_;
  Filter filter_;
  Token token_;
  size_t place_ = 0;
  int comparisons_ = 0, literals_ = 0;
  bool stopped_ = false;
};

Filter Filter::Parse(const std::string& text, const std::string& field, status::BadFields& bad) {
  if (text.size() > kMaxFilterBytes) {
    bad.Add(field, kBadEventFilter, {{"position", static_cast<int64_t>(kMaxFilterBytes + 1)}, {"problem", kFilterLong}});
    return {};
  }
  return FilterParser(text, field, bad).Run();
}

unsigned Filter::parts() const {
  unsigned parts = 0;
  for (const Node& node : nodes_) {
    if (!node.column.empty()) parts |= IsAmount(node.column) ? Snapshot::kAmounts : Snapshot::kColumns;
  }
  return parts;
}

namespace {

template <typename Op, typename T>
bool Compares(Op op, const T& a, const T& b) {
  switch (op) {
    case Op::kNotEqual:
      return a != b;
    case Op::kLess:
      return a < b;
    case Op::kLessEqual:
      return a <= b;
    case Op::kGreater:
      return a > b;
    case Op::kGreaterEqual:
      return a >= b;
    default:
      return a == b;
  }
}

}  // namespace

bool Filter::Holds(const Node& node, const std::string& text) {
  if (node.op == Op::kPresent) return true;
  const std::optional<long double> number = Spelled(text);
  return std::any_of(node.literals.begin(), node.literals.end(), [&](const Literal& literal) {
    if (literal.is_number) return number.has_value() && Compares(node.op, *number, literal.number);
    return Compares(node.op, text, literal.text);
  });
}

bool Filter::Holds(const Node& node, long double number) {
  if (node.op == Op::kPresent) return true;
  return std::any_of(node.literals.begin(), node.literals.end(),
                     [&](const Literal& literal) { return Compares(node.op, number, literal.number); });
}

void Filter::ApplyColumn(const Node& node, const Rows& rows, Mask& mask) {
  const auto it = rows.columns.find(node.column);
  if (it == rows.columns.end()) return std::fill(mask.begin(), mask.end(), 0);
  const Column& column = it->second;
  Mask holds(column.values.size() + 1, 0);
  for (size_t i = 0; i < column.values.size(); ++i) holds[i + 1] = Holds(node, column.values[i]) ? 1 : 0;
  for (size_t i = 0; i < mask.size(); ++i) mask[i] = holds[column.codes[i]];
}

void Filter::ApplyAmount(const Node& node, const Rows& rows, Mask& mask) {
  const bool minor = node.column == kMinorField;
  const Amount wanted = minor ? Amount::kMinor : Amount::kValue;
  for (size_t i = 0; i < mask.size(); ++i) {
    mask[i] = rows.amounts[i] == wanted && Holds(node, minor ? static_cast<long double>(rows.minors[i]) : rows.values[i]) ? 1 : 0;
  }
}

void Filter::Apply(const Rows& rows, Mask& mask) const {
  if (nodes_.empty()) return;
  // Nodes stand behind their children, each of which has one parent.
  std::vector<Mask> masks(nodes_.size());
  for (size_t n = 0; n < nodes_.size(); ++n) {
    const Node& node = nodes_[n];
    if (!node.children.empty()) {
      masks[n] = std::move(masks[static_cast<size_t>(node.children[0])]);
      for (size_t c = 1; c < node.children.size(); ++c) {
        Mask& other = masks[static_cast<size_t>(node.children[c])];
        for (size_t i = 0; i < rows.size(); ++i) masks[n][i] = node.op == Op::kAnd ? masks[n][i] & other[i] : masks[n][i] | other[i];
        Mask().swap(other);
      }
      if (node.op == Op::kNot) {
        for (uint8_t& one : masks[n]) one ^= 1;
      }
      continue;
    }
    masks[n].resize(rows.size());
    if (IsAmount(node.column)) {
      ApplyAmount(node, rows, masks[n]);
    } else {
      ApplyColumn(node, rows, masks[n]);
    }
  }
  for (size_t i = 0; i < rows.size(); ++i) mask[i] &= masks.back()[i];
}

}  // namespace heitie::metrics::analysis
