#include "common/record/list.h"

#include <algorithm>
#include <functional>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/record/store.h"
#include "common/seal/cipher.h"
#include "common/seal/seal.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/struct.pb.h"

namespace heitie::record {

const status::Phrase kPageTokenRule{"the next_page_token of an answer to the same query", "須為同一查詢的回應中的 next_page_token"};

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kDefaultPage = 50;
constexpr int kGreatestPage = 1000;
// Five texts of 255 characters, four bytes each, and a name fit into the 8,192 characters that contracts allow a page token.
constexpr int kMostOrderTerms = 5;
constexpr int64_t kGreatestOrderedText = 4 * 255;  // bytes

// A part of a statement with its parameters.
struct Clause {
  std::string sql;
  sql::Values values;
};

const status::Phrase kComparisons{"comparisons like state = STATE_LIVE, joined by AND", "須為以 AND 連接的比較，如 state = STATE_LIVE"};
const status::Phrase kStoredFields{"about stored fields; {field} is none", "須針對已儲存的欄位，{field} 不是"};
const status::Phrase kNoText{"free of `:` on {field}, which is no text", "不得對 {field} 用 `:`，它不是文字"};
const status::Phrase kNotFilterable{"free of {field}, which cannot be filtered", "不得含 {field}，它不可用於篩選"};
const status::Phrase kFilterSealed{"free of {field}, which is stored sealed", "不得含 {field}，它以加密方式儲存"};
const status::Phrase kLiteral{"one that compares {field} with {expected}, which {literal} is not",
                              "{field} 須與{expected}比較，{literal} 不是"};
const status::Phrase kStars{
    "one that compares {field} by = with a text whose first or last character may be *, for anything; a star itself is \\*",
    "{field} 須以 = 與文字比較，文字的第一個或最後一個字元可為 *，表示任意內容；星號本身寫作 \\*"};
const status::Phrase kWildcard{"a name whose last ids are `-`, for all of them", "須為名稱，僅最後的識別碼可為 `-`，表示全部"};
const status::Phrase kNoOr{"free of OR, except between equalities of one field, like state = STATE_LIVE OR state = STATE_PAUSED",
                           "不得含 OR，但同一欄位的相等比較除外，如 state = STATE_LIVE OR state = STATE_PAUSED"};
const status::Phrase kJoined{"comparisons joined by AND or OR", "須為以 AND 或 OR 連接的比較"};
const status::Phrase kOrderCount{"at most {max} fields", "不得超過 {max} 個欄位"};
const status::Phrase kOrderForm{"fields, each followed by nothing, asc or desc", "須為欄位，其後可接 asc 或 desc"};
const status::Phrase kOrderFields{"of {fields:list}", "須出自下列欄位：{fields:list}"};
const status::Phrase kOrderHidden{"free of {field}, which you may not read everywhere", "不得含 {field}，您不能在每筆資料中都查看它"};
const status::Phrase kOrderOffered{
    "one of {fields:list}, followed by nothing, asc or desc; by another only where the filter says which one of them",
    "須為下列欄位之一：{fields:list}，其後可接 asc 或 desc；其他欄位僅在 filter 已指定其中之一時可用"};

absl::Status Bad(const std::string& field, const status::Phrase& rule, const status::Args& args = {}) {
  status::BadFields bad;
  bad.Add(field, status::kBadValue, {{"rule", status::Say(rule, args)}});
  return bad.status();
}

const Column* FindColumn(const std::vector<Column>& columns, const std::string& name) {
  for (const Column& column : columns) {
    if (column.field->name() == name || column.field->camelcase_name() == name) return &column;
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
  // A bare word or a string in double or single quotes; false when there is none. `stars`: where the text has stars that no backslash
  // precedes.
  bool Word(std::string* word, std::vector<size_t>* stars = nullptr) {
    if (AtEnd()) return false;
    word->clear();
    quoted_ = false;
    const char quote = text_[at_];
    if (quote == '"' || quote == '\'') {
      quoted_ = true;
      for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
        const bool escaped = text_[at_] == '\\' && at_ + 1 < text_.size();
        if (escaped) ++at_;
        if (stars != nullptr && !escaped && text_[at_] == '*') stars->push_back(word->size());
        word->push_back(text_[at_]);
      }
      if (at_ == text_.size()) return false;
      ++at_;
      return true;
    }
    while (at_ < text_.size() && !absl::ascii_isspace(static_cast<unsigned char>(text_[at_])) &&
           std::string("=!<>:\"'()").find(text_[at_]) == std::string::npos) {
      if (stars != nullptr && text_[at_] == '*') stars->push_back(word->size());
      word->push_back(text_[at_++]);
    }
    return !word->empty();
  }
  // Whether the word before was a string in quotes.
  bool quoted() const { return quoted_; }
  // Empty when there is none.
  std::string NextWord() {
    std::string word;
    Word(&word);
    return word;
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
  bool quoted_ = false;
};

std::string EscapeLike(const std::string& text) { return absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"%", "\\%"}, {"_", "\\_"}}); }

// As ParseLiteral reads it.
std::string LiteralOf(const sql::Value& value, ColumnType type) {
  if (const auto* i = std::get_if<int64_t>(&value)) return type == ColumnType::kBoolean ? (*i != 0 ? "true" : "false") : absl::StrCat(*i);
  if (const auto* d = std::get_if<double>(&value)) return absl::StrFormat("%.17g", *d);
  if (const auto* s = std::get_if<std::string>(&value)) return *s;
  if (const auto* t = std::get_if<absl::Time>(&value)) return absl::FormatTime(absl::RFC3339_full, *t, absl::UTCTimeZone());
  return "";
}

// Of the tokens of one query, so that no key seals many.
std::string TokenKey(const ListQuery& query) { return absl::HexStringToBytes(seal::Hmac(query.key, query.identity)); }

// A column of the database.
struct Stored {
  bool nullable;
  bool fills_itself;  // a row can be inserted without it: it has a default, or is computed
  bool is_long;       // a text that no page token has room for
  bool padded;        // both servers compare it as if blanks at its end were not there
};

absl::StatusOr<std::map<std::string, Stored>> StoredColumnsOf(sql::Session& session, const std::string& table) {
  std::map<std::string, Stored> columns;
  RETURN_IF_ERROR(
      session.Query("SELECT column_name, is_nullable = 'YES', COALESCE(character_maximum_length, 0), collation_name IS NOT NULL, "
                    "column_default IS NOT NULL OR extra LIKE '%GENERATED%' OR extra LIKE '%auto_increment%' FROM "
                    "information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?",
                    sql::Bind(table), [&](const sql::Row& row) {
                      columns[row.Text(0)] = {row.Int(1) != 0, row.Int(4) != 0, row.Int(2) > kGreatestOrderedText, row.Int(3) != 0};
                    }));
  return columns;
}

// The columns of each index that can deliver rows in order, as (column, name): the primary key, and what is not unique. InnoDB ends each
// with the primary key, but where that is not written down, MySQL does not think of it and intersects two keys instead.
absl::StatusOr<std::map<std::string, std::vector<std::string>>> IndexesOf(sql::Session& session, const std::string& table) {
  std::map<std::string, std::vector<std::string>> indexes;
  RETURN_IF_ERROR(
      session.Query("SELECT index_name, column_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? "
                    "AND (non_unique = 1 OR index_name = 'PRIMARY') ORDER BY index_name, seq_in_index",
                    sql::Bind(table), [&](const sql::Row& row) { indexes[row.Text(0)].push_back(row.Text(1)); }));
  return indexes;
}

struct Comparison {
  const Column* column;
  std::string op;
  std::optional<sql::Value> value;
};

// That a field is set (AIP-160, `field:*`): not what it is when nobody has said anything.
Comparison Presence(const Column& column) {
  switch (column.type) {
    case ColumnType::kText:
    case ColumnType::kBytes:
      return {&column, "<>", sql::Value(std::string())};
    case ColumnType::kJson:
      return {&column, "<>", sql::Value(std::string("{}"))};
    case ColumnType::kEnum:
      return {&column, "<>", sql::Value(column.field->enum_type()->value(0)->name())};
    default:
      break;
  }
  if (column.field->has_presence()) return {&column, "IS NOT NULL", std::nullopt};
  return {&column, "<>", sql::Value(int64_t{0})};
}

// A text with stars at its ends, as LIKE has it; nothing when they are elsewhere.
std::optional<std::string> LikeOf(const std::string& text, const std::vector<size_t>& stars) {
  size_t begin = 0, end = text.size();
  for (const size_t star : stars) {
    if (star == 0) {
      begin = 1;
    } else if (star + 1 == text.size()) {
      end = star;
    } else {
      return std::nullopt;
    }
  }
  end = std::max(begin, end);
  return absl::StrCat(begin > 0 ? "%" : "", EscapeLike(text.substr(begin, end - begin)), end < text.size() ? "%" : "");
}

absl::StatusOr<Comparison> ParseComparison(Scanner& scanner, const Table& table) {
  std::string name, op, literal;
  std::vector<size_t> stars;
  if (!scanner.Word(&name) || !scanner.Operator(&op) || !scanner.Word(&literal, &stars)) {
    return Bad("filter", kComparisons);
  }
  const Column* column = FindColumn(table.columns, name);
  if (column == nullptr) return Bad("filter", kStoredFields, {{"field", name}});
  if (seal::HoldsPersonal(*column->field)) return Bad("filter", kFilterSealed, {{"field", name}});
  if (op == ":" && literal == "*" && !scanner.quoted()) return Presence(*column);
  if (op == ":") {
    if (column->type != ColumnType::kText) return Bad("filter", kNoText, {{"field", name}});
    return Comparison{column, "LIKE", absl::StrCat("%", EscapeLike(literal), "%")};
  }
  if (!stars.empty() && column->type == ColumnType::kText) {
    const std::optional<std::string> like = op == "=" ? LikeOf(literal, stars) : std::nullopt;
    if (!like) return Bad("filter", kStars, {{"field", name}});
    return Comparison{column, "LIKE", *like};
  }
  std::optional<sql::Value> value = ParseLiteral(literal, *column);
  if (!value) {
    const std::optional<status::Words> expected = FormOfLiteral(*column);
    if (!expected) return Bad("filter", kNotFilterable, {{"field", name}});
    return Bad("filter", kLiteral, {{"field", name}, {"expected", *expected}, {"literal", literal}});
  }
  return Comparison{column, op == "!=" ? "<>" : op, *std::move(value)};
}

// `state = STATE_LIVE AND title : "spring"` → "state = ? AND title LIKE ?"; `state = STATE_LIVE OR state = STATE_PAUSED` → "state IN (?,
// ?)", where OR binds more strongly than AND (AIP-160). `narrowed` becomes true where the rows are those that an index finds by texts, such
// as the names of what they belong to.
absl::StatusOr<Clause> ParseFilter(const std::string& filter, const Table& table, const Bounds& bounds, bool* narrowed) {
  Clause clause;
  Scanner scanner(filter);
  if (scanner.AtEnd()) return clause;
  std::vector<std::string> conditions;
  std::string joint;  // the word behind a comparison
  do {
    ASSIGN_OR_RETURN(const Comparison first, ParseComparison(scanner, table));
    if (first.value) clause.values.push_back(*first.value);
    std::string others;
    while ((joint = scanner.NextWord()) == "OR") {
      ASSIGN_OR_RETURN(const Comparison next, ParseComparison(scanner, table));
      if (first.op != "=" || next.op != "=" || next.column != first.column) {
        return Bad("filter", kNoOr);
      }
      clause.values.push_back(*next.value);
      others += ", ?";
    }
    conditions.push_back(others.empty() ? absl::StrCat(Quoted(*first.column), " ", first.op, first.value ? " ?" : "")
                                        : absl::StrCat(Quoted(*first.column), " IN (?", others, ")"));
    const auto bound = bounds.fields.find(first.column->field->name());
    if (bound != bounds.fields.end()) conditions.push_back(bound->second.Condition(&clause.values));
    *narrowed |= first.op == "=" && first.column->type == ColumnType::kText && table.indexed.count(first.column->field->name()) > 0;
  } while (joint == "AND");
  if (!joint.empty() || !scanner.AtEnd()) return Bad("filter", kJoined);
  clause.sql = absl::StrJoin(conditions, " AND ");
  return clause;
}

// `create_time desc, title`; the name is appended as tie-break, in the direction of the field before it, as an index has it.
absl::StatusOr<std::vector<OrderTerm>> ParseTerms(const std::string& order_by, const Table& table, const Bounds& bounds) {
  std::vector<OrderTerm> order;
  const std::vector<std::string> terms = absl::StrSplit(order_by, ',', absl::SkipWhitespace());
  if (terms.size() > kMostOrderTerms) return Bad("order_by", kOrderCount, {{"max", kMostOrderTerms}});
  for (const std::string& term : terms) {
    const std::vector<std::string> words = absl::StrSplit(term, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    const bool descending = words.size() == 2 && words[1] == "desc";
    if (words.size() > 2 || (words.size() == 2 && !descending && words[1] != "asc")) return Bad("order_by", kOrderForm);
    const Column* column = FindColumn(table.columns, words[0]);
    const std::string field = column == nullptr ? "" : column->field->name();
    if (table.sortable.count(field) == 0) return Bad("order_by", kOrderFields, {{"fields", absl::StrJoin(table.sortable, ", ")}});
    if (bounds.fields.count(field) > 0) return Bad("order_by", kOrderHidden, {{"field", words[0]}});
    order.push_back({column, descending});
    if (field == "name") return order;
  }
  order.push_back({FindColumn(table.columns, "name"), !order.empty() && order.back().descending});
  return order;
}

// Whether one index delivers the rows in this order.
bool IsIndexed(const std::vector<OrderTerm>& order, const Table& table) {
  return table.indexed.count(order.front().column->field->name()) > 0 && order.size() <= 2 &&
         order.front().descending == order.back().descending;
}

// What is not `narrowed` is not sorted: it comes in the order of an index or not at all.
absl::StatusOr<std::vector<OrderTerm>> ParseOrder(const std::string& order_by, const Table& table, const Bounds& bounds, bool narrowed) {
  ASSIGN_OR_RETURN(std::vector<OrderTerm> order, ParseTerms(order_by, table, bounds));
  if (narrowed || IsIndexed(order, table)) return order;
  std::vector<std::string> offered;
  std::set_intersection(table.sortable.begin(), table.sortable.end(), table.indexed.begin(), table.indexed.end(),
                        std::back_inserter(offered));
  return Bad("order_by", kOrderOffered, {{"fields", absl::StrJoin(offered, ", ")}});
}

// The condition that the page begins after the token's row, whose place is a list of texts: the fields of the order.
absl::StatusOr<Clause> ParsePageToken(const std::string& token, const ListQuery& query) {
  const absl::Status bad = Bad("page_token", kPageTokenRule);
  std::string sealed;
  google::protobuf::ListValue place;
  if (!absl::WebSafeBase64Unescape(token, &sealed)) return bad;
  const std::optional<std::string> bytes = seal::Decrypt(TokenKey(query), query.identity, sealed);
  if (!bytes || !place.ParseFromString(*bytes) || place.values_size() != static_cast<int>(query.order.size())) return bad;
  std::vector<sql::Value> values;
  for (size_t i = 0; i < query.order.size(); ++i) {
    const std::string& text = place.values(static_cast<int>(i)).string_value();
    if (query.order[i].column->type == ColumnType::kEnum && MayBeValue(text)) {
      values.emplace_back(text);  // perhaps a newer version's
      continue;
    }
    std::optional<sql::Value> value = ParseLiteral(text, *query.order[i].column);
    if (!value) return bad;
    values.push_back(*std::move(value));
  }
  // a >= ? AND (a > ? OR (a = ? AND name > ?)): the first comparison lets the index find the place.
  Clause clause;
  const auto compare = [&](size_t i, bool or_equal) {
    return absl::StrCat(Quoted(*query.order[i].column), query.order[i].descending ? " <" : " >", or_equal ? "= ?" : " ?");
  };
  if (query.order.size() > 1) {
    clause.sql = absl::StrCat(compare(0, true), " AND ");
    clause.values.push_back(values[0]);
  }
  std::vector<std::string> alternatives;
  for (size_t i = 0; i < query.order.size(); ++i) {
    std::string alternative;
    for (size_t j = 0; j < i; ++j) {
      absl::StrAppend(&alternative, Quoted(*query.order[j].column), " = ? AND ");
      clause.values.push_back(values[j]);
    }
    alternatives.push_back(absl::StrCat("(", alternative, compare(i, false), ")"));
    clause.values.push_back(values[i]);
  }
  absl::StrAppend(&clause.sql, "(", absl::StrJoin(alternatives, " OR "), ")");
  return clause;
}

// The names below a parent some of whose ids are `-`, which stands for all (AIP-159): a range of the primary key as well, for a table holds
// the names of one pattern. `narrowed`: whether there is an id at all.
absl::StatusOr<Clause> BelowMany(const std::string& parent, const std::string& collection, bool* narrowed) {
  const std::vector<std::string> parts = absl::StrSplit(parent, '/');
  std::string prefix;
  bool any = false;
  *narrowed = false;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i % 2 == 1 && parts[i] == "-") {
      any = true;
    } else if (i % 2 == 1 && any) {
      return Bad("parent", kWildcard);
    } else if (!any) {
      absl::StrAppend(&prefix, prefix.empty() ? "" : "/", parts[i]);
      *narrowed |= i % 2 == 1;
    }
  }
  if (!any) return Clause{"name > ? AND name < ?", ChildRange(parent, collection)};
  return Clause{"name > ? AND name < ?", sql::Bind(prefix + "/", prefix + "0")};
}

// Each part with its length, so that no two queries read the same.
std::string IdentityOf(const std::vector<std::string>& parts) {
  std::string identity;
  for (const std::string& part : parts) absl::StrAppend(&identity, part.size(), ":", part, ";");
  return identity;
}

int PageSizeOf(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("page_size");
  const int size = field == nullptr ? 0 : request.GetReflection()->GetInt32(request, field);
  return size <= 0 ? kDefaultPage : std::min(size, kGreatestPage);
}

}  // namespace

absl::StatusOr<Table> ReadTable(sql::Session& session, const Descriptor& resource) {
  Table table{TableOf(resource), resource.options().GetExtension(google::api::resource).pattern(0), ColumnsOf(resource), {}, {}};
  ASSIGN_OR_RETURN(auto stored, StoredColumnsOf(session, table.name));
  if (stored.empty()) return absl::FailedPreconditionError(absl::StrCat("there is no table ", table.name, " for ", resource.full_name()));
  std::vector<std::string> problems;
  for (const Column& column : table.columns) {
    const auto it = stored.find(column.field->name());
    if (it == stored.end()) {
      problems.push_back(absl::StrCat("table ", table.name, " lacks the column ", column.field->name(), " of ", resource.full_name()));
      continue;
    }
    if (it->second.padded && (column.type == ColumnType::kText || column.type == ColumnType::kEnum)) {
      problems.push_back(
          absl::StrCat("column ", column.field->name(), " of ", table.name, " is a text; VARBINARY or BLOB compares exactly"));
    }
    const bool scalar = column.type != ColumnType::kJson && column.type != ColumnType::kBytes && !seal::HoldsPersonal(*column.field);
    if (scalar && !it->second.nullable && !it->second.is_long) table.sortable.insert(it->first);
    stored.erase(it);
  }
  for (const auto& [name, column] : stored) {
    if (column.nullable || column.fills_itself) continue;
    problems.push_back(absl::StrCat("column ", name, " of ", table.name, " is no field of ", resource.full_name(),
                                    " and cannot be left out: it is NOT NULL and has no default"));
  }
  if (!problems.empty()) return absl::FailedPreconditionError(absl::StrJoin(problems, "; "));
  ASSIGN_OR_RETURN(const auto indexes, IndexesOf(session, table.name));
  for (const auto& [index, columns] : indexes) {
    if (columns.back() == "name" && columns.size() <= 2) table.indexed.insert(columns[0]);
  }
  return table;
}

std::string SelectOf(const Table& table) {
  return absl::StrCat(
      "SELECT ", absl::StrJoin(table.columns, ", ", [](std::string* out, const Column& column) { absl::StrAppend(out, Quoted(column)); }),
      " FROM ", table.name, " ");
}

absl::StatusOr<ListQuery> MakeListQuery(const Table& table, const Message& request, const Bounds& bounds, const Asker& asker) {
  const std::string parent = TextOf(request, "parent"), filter = TextOf(request, "filter"), order_by = TextOf(request, "order_by");
  const std::string token = TextOf(request, "page_token");
  ListQuery query;
  query.page_size = PageSizeOf(request);
  query.identity = IdentityOf({asker.caller, table.name, parent, filter, order_by});
  query.key = asker.key;
  std::vector<std::string> conditions;
  const auto add = [&](Clause clause) {
    if (clause.sql.empty()) return;
    conditions.push_back(std::move(clause.sql));
    query.values.insert(query.values.end(), clause.values.begin(), clause.values.end());
  };
  bool narrowed = false;
  if (!parent.empty()) {
    ASSIGN_OR_RETURN(Clause below, BelowMany(parent, CollectionOf(table.pattern), &narrowed));
    add(std::move(below));
  }
  ASSIGN_OR_RETURN(Clause filtered, ParseFilter(filter, table, bounds, &narrowed));
  add(std::move(filtered));
  if (!bounds.rows.everything()) {
    Clause visible;
    visible.sql = bounds.rows.Condition(&visible.values);
    add(std::move(visible));
  }
  query.count_sql = absl::StrCat("SELECT COUNT(*) FROM (SELECT 1 FROM ", table.name, conditions.empty() ? "" : " WHERE ",
                                 absl::StrJoin(conditions, " AND "), " LIMIT ?) AS counted");
  query.count_values = query.values;
  query.count_values.push_back(static_cast<int64_t>(kMostCounted) + 1);
  ASSIGN_OR_RETURN(query.order, ParseOrder(order_by, table, bounds, narrowed));
  if (!token.empty()) {
    ASSIGN_OR_RETURN(Clause after, ParsePageToken(token, query));
    add(std::move(after));
  }
  const std::string order = absl::StrJoin(query.order, ", ", [](std::string* out, const OrderTerm& term) {
    absl::StrAppend(out, Quoted(*term.column), term.descending ? " DESC" : "");
  });
  query.sql = absl::StrCat(SelectOf(table), conditions.empty() ? "" : "WHERE ", absl::StrJoin(conditions, " AND "), " ORDER BY ", order,
                           " LIMIT ?");
  query.values.push_back(static_cast<int64_t>(query.page_size) + 1);
  return query;
}

std::string MakePageToken(const Message& last, const ListQuery& query, const std::map<std::string, std::string>& values) {
  google::protobuf::ListValue place;
  for (const OrderTerm& term : query.order) {
    const auto newer = values.find(term.column->field->name());
    place.add_values()->set_string_value(newer != values.end() ? newer->second
                                                               : LiteralOf(ReadField(last, *term.column), term.column->type));
  }
  return absl::WebSafeBase64Escape(seal::Encrypt(TokenKey(query), query.identity, place.SerializeAsString()));
}

}  // namespace heitie::record
