// Lists by keyset: the statement that answers a List request. The subset of AIP-160 and AIP-132, and what of it is quick, is told in
// kind.h.
#ifndef HEITIE_COMMON_RECORD_LIST_H_
#define HEITIE_COMMON_RECORD_LIST_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/record/columns.h"
#include "common/record/rows.h"
#include "common/sql/database.h"
#include "common/status/reason.h"

namespace heitie::record {

// What a page_token must be.
extern const status::Phrase kPageTokenRule;

// The table of a resource, as its contract and its schema tell.
struct Table {
  std::string name;
  // Of the rows' names, for example "projects/{project}/tasks/{task}".
  std::string pattern;
  std::vector<Column> columns;
  // The columns that can order rows: scalars that are never NULL, texts of at most 255 characters.
  std::set<std::string> sortable;
  // The columns by which an index delivers all rows in order, with names breaking ties: they may order the whole table.
  std::set<std::string> indexed;
};

// Compares contract and schema: every stored field has its column; further columns, of which a newer version may have added any, are such
// that a row can be inserted without them. FAILED_PRECONDITION.
absl::StatusOr<Table> ReadTable(sql::Session& session, const google::protobuf::Descriptor& resource);

// "SELECT `name`, `title` FROM notes ", the columns in the order of the contract.
std::string SelectOf(const Table& table);

struct OrderTerm {
  const Column* column;
  bool descending;
};

// One page: a statement that reads `page_size` rows and one more, if there is one.
struct ListQuery {
  std::string sql;
  sql::Values values;
  int page_size;
  std::vector<OrderTerm> order;
  // Caller, parent, filter and order, to which page tokens are bound.
  std::string identity;
  // With which they are sealed.
  std::string key;
  // Counts the rows of all pages, as far as kMostCounted and one more.
  std::string count_sql;
  sql::Values count_values;
};

// How far `total_size` counts.
inline constexpr int kMostCounted = 10'000;

// Who asks, and the key of the service's page tokens (Store::page_key), which all of its replicas share.
struct Asker {
  std::string caller;
  std::string key = std::string(32, '\0');
};

// INVALID_ARGUMENT that names parent, filter, order_by or page_token. `table` must outlive the query. Only of what is within `bounds`.
absl::StatusOr<ListQuery> MakeListQuery(const Table& table, const google::protobuf::Message& request, const Bounds& bounds = {},
                                        const Asker& asker = {});

// The token of the page that follows `last`. `values`: those of its row that only a newer version knows (columns.h), for the row's place is
// by what is stored.
std::string MakePageToken(const google::protobuf::Message& last, const ListQuery& query,
                          const std::map<std::string, std::string>& values = {});

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_LIST_H_
