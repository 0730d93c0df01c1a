#include "common/resource/list.h"

#include <algorithm>
#include <functional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace heitie::resource {
namespace {

absl::Status Bad(const std::string& field, const std::string& rule) {
  status::BadFields bad;
  bad.Add(field, status::kBadValue, {{"rule", rule}});
  return bad.status();
}

const Column* FindColumn(const std::vector<Column>& columns, const std::string& name) {
  for (const Column& column : columns) {
    if (column.field->name() == name) return &column;
  }
  return nullptr;
}

// Words, quoted strings and operators of a filter.
class Scanner {
 public:
  explicit Scanner(const std::string& text) : text_(text) {}

  bool AtEnd() {
    while (at_ < text_.size() && absl::ascii_isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    return at_ == text_.size();
  }
  // A bare word or a string in double or single quotes; false when there is none.
  bool Word(std::string* word) {
    if (AtEnd()) return false;
    word->clear();
    const char quote = text_[at_];
    if (quote == '"' || quote == '\'') {
      for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        word->push_back(text_[at_]);
      }
      if (at_ == text_.size()) return false;
      ++at_;
      return true;
    }
    while (at_ < text_.size() && !absl::ascii_isspace(static_cast<unsigned char>(text_[at_])) &&
           std::string("=!<>:\"'()").find(text_[at_]) == std::string::npos) {
      word->push_back(text_[at_++]);
    }
    return !word->empty();
  }
  bool Operator(std::string* op) {
    if (AtEnd()) return false;
    for (const char* candidate : {"!=", "<=", ">=", "=", "<", ">", ":"}) {
      if (text_.compare(at_, std::string(candidate).size(), candidate) == 0) {
        *op = candidate;
        at_ += op->size();
        return true;
      }
    }
    return false;
  }

 private:
  const std::string& text_;
  size_t at_ = 0;
};

std::string EscapeLike(const std::string& text) { return absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"%", "\\%"}, {"_", "\\_"}}); }

std::string ValueText(const sql::Value& value) {
  if (const auto* i = std::get_if<int64_t>(&value)) return absl::StrCat(*i);
  if (const auto* d = std::get_if<double>(&value)) return absl::StrFormat("%.17g", *d);
  if (const auto* s = std::get_if<std::string>(&value)) return *s;
  if (const auto* t = std::get_if<absl::Time>(&value)) return absl::FormatTime(absl::RFC3339_full, *t, absl::UTCTimeZone());
  return "";
}

// FNV-1a: binds a token to its query; it need not withstand an attacker, who could as well ask another query.
std::string Digest(const std::string& text) {
  uint64_t hash = 14695981039346656037u;
  for (const unsigned char c : text) hash = (hash ^ c) * 1099511628211u;
  return absl::StrCat(absl::Hex(hash, absl::kZeroPad16));
}

constexpr char kSeparator = '\x1f';

}  // namespace

absl::StatusOr<Clause> ParseFilter(const std::string& filter, const std::vector<Column>& columns) {
  Clause clause;
  Scanner scanner(filter);
  std::vector<std::string> conditions;
  while (!scanner.AtEnd()) {
    std::string name, op, literal;
    if (!conditions.empty()) {
      std::string conjunction;
      if (!scanner.Word(&conjunction) || conjunction != "AND") return Bad("filter", "comparisons joined by AND");
    }
    if (!scanner.Word(&name) || !scanner.Operator(&op) || !scanner.Word(&literal))
      return Bad("filter", "comparisons like state = STATE_LIVE, joined by AND");
    const Column* column = FindColumn(columns, name);
    if (column == nullptr) return Bad("filter", absl::StrCat("about stored fields; ", name, " is none"));
    if (op == ":") {
      if (column->type != ColumnType::kText) return Bad("filter", absl::StrCat("free of `:` on ", name, ", which is no text"));
      conditions.push_back(absl::StrCat(Quoted(*column), " LIKE ?"));
      clause.values.push_back(absl::StrCat("%", EscapeLike(literal), "%"));
      continue;
    }
    absl::StatusOr<sql::Value> value = ParseLiteral(literal, *column);
    if (!value.ok()) return Bad("filter", std::string(value.status().message()));
    conditions.push_back(absl::StrCat(Quoted(*column), " ", op == "!=" ? "<>" : op, " ?"));
    clause.values.push_back(*std::move(value));
  }
  clause.sql = absl::StrJoin(conditions, " AND ");
  return clause;
}

absl::StatusOr<std::vector<OrderTerm>> ParseOrder(const std::string& order_by, const std::vector<Column>& columns,
                                                  const std::vector<std::string>& sortable) {
  std::vector<OrderTerm> order;
  const std::vector<std::string> terms = absl::StrSplit(order_by, ',', absl::SkipWhitespace());
  for (const std::string& term : terms) {
    const std::vector<std::string> words = absl::StrSplit(term, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    const bool descending = words.size() == 2 && words[1] == "desc";
    if (words.size() > 2 || (words.size() == 2 && !descending && words[1] != "asc"))
      return Bad("order_by", "fields, each followed by nothing, asc or desc");
    const Column* column = FindColumn(columns, words[0]);
    const bool allowed = column != nullptr && std::find(sortable.begin(), sortable.end(), words[0]) != sortable.end();
    if (!allowed) return Bad("order_by", absl::StrCat("of ", absl::StrJoin(sortable, ", ")));
    order.push_back({column, descending});
    if (words[0] == "name") return order;
  }
  order.push_back({FindColumn(columns, "name"), false});
  return order;
}

std::string MakePageToken(const google::protobuf::Message& last, const std::vector<OrderTerm>& order, const std::string& query) {
  std::string text = Digest(query);
  for (const OrderTerm& term : order) absl::StrAppend(&text, std::string(1, kSeparator), ValueText(ReadField(last, *term.column)));
  return absl::WebSafeBase64Escape(text);
}

absl::StatusOr<Clause> ParsePageToken(const std::string& token, const std::vector<OrderTerm>& order, const std::string& query) {
  const absl::Status bad = Bad("page_token", "the next_page_token of an answer to the same query");
  std::string text;
  if (!absl::WebSafeBase64Unescape(token, &text)) return bad;
  const std::vector<std::string> parts = absl::StrSplit(text, kSeparator);
  if (parts.size() != order.size() + 1 || parts[0] != Digest(query)) return bad;
  std::vector<sql::Value> values;
  for (size_t i = 0; i < order.size(); ++i) {
    absl::StatusOr<sql::Value> value = ParseLiteral(parts[i + 1], *order[i].column);
    if (!value.ok()) return bad;
    values.push_back(*std::move(value));
  }
  // a >= ? AND (a > ? OR (a = ? AND name > ?)): the first comparison lets the index find the place.
  Clause clause;
  const auto compare = [&](size_t i, bool or_equal) {
    return absl::StrCat(Quoted(*order[i].column), order[i].descending ? " <" : " >", or_equal ? "= ?" : " ?");
  };
  if (order.size() > 1) {
    clause.sql = absl::StrCat(compare(0, true), " AND ");
    clause.values.push_back(values[0]);
  }
  std::vector<std::string> alternatives;
  for (size_t i = 0; i < order.size(); ++i) {
    std::string alternative;
    for (size_t j = 0; j < i; ++j) {
      absl::StrAppend(&alternative, Quoted(*order[j].column), " = ? AND ");
      clause.values.push_back(values[j]);
    }
    alternatives.push_back(absl::StrCat("(", alternative, compare(i, false), ")"));
    clause.values.push_back(values[i]);
  }
  absl::StrAppend(&clause.sql, "(", absl::StrJoin(alternatives, " OR "), ")");
  return clause;
}

}  // namespace heitie::resource
