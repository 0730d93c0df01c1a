// Lists by keyset: filter, order and page token as SQL. The subset of AIP-160 and AIP-132 is told in kind.h.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/resource/columns.h"
#include "common/sql/database.h"

namespace heitie::resource {

// A tail of a SELECT with its parameters.
struct Clause {
  std::string sql;
  sql::Values values;
};

struct OrderTerm {
  const Column* column;
  bool descending;
};

// `state = STATE_LIVE AND title : "spring"` → "state = ? AND title LIKE ?". INVALID_ARGUMENT, field "filter".
absl::StatusOr<Clause> ParseFilter(const std::string& filter, const std::vector<Column>& columns);

// `create_time desc, title`; the name is appended as tie-break. Only columns of `sortable`. INVALID_ARGUMENT, field "order_by".
absl::StatusOr<std::vector<OrderTerm>> ParseOrder(const std::string& order_by, const std::vector<Column>& columns,
                                                  const std::vector<std::string>& sortable);

// The token of the page that follows `last`. `query` binds it to parent, filter and order.
std::string MakePageToken(const google::protobuf::Message& last, const std::vector<OrderTerm>& order, const std::string& query);
// The condition that the page begins after the token's row. INVALID_ARGUMENT, field "page_token".
absl::StatusOr<Clause> ParsePageToken(const std::string& token, const std::vector<OrderTerm>& order, const std::string& query);

}  // namespace heitie::resource
