// What stock cost, and for what (policy S4, S5): sums of ledger lines, and the lines.
#ifndef HEITIE_SERVICES_RESOURCE_REPORT_STOCK_REPORT_H_
#define HEITIE_SERVICES_RESOURCE_REPORT_STOCK_REPORT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/stock_report.pb.h"
#include "services/resource/material/item.h"

namespace heitie::resource {

extern const status::Reason kScopeTooLong;  // {days}

// The value of a key in a line; empty where it has none.
std::string KeyOf(const v1::ListStockReportLinesResponse::Line& line, v1::StockReportKey key);

// Puts lines together. Every sum is exact: a group that would pass what an answer can tell is refused by `Add`.
class StockReportSums {
 public:
  explicit StockReportSums(std::vector<v1::StockReportKey> keys) : keys_(std::move(keys)) {}
  absl::Status Add(const v1::ListStockReportLinesResponse::Line& line);
  // In the order of their keys, at most `most`.
  v1::ComputeStockReportResponse Groups(size_t most) const;

 private:
  const std::vector<v1::StockReportKey> keys_;
  std::map<std::vector<std::string>, v1::ComputeStockReportResponse::Group> groups_;  // by keys and currency
};

// Thread-safe.
class StockReports {
 public:
  StockReports(record::Store& store, const Items& items, absl::TimeZone zone) : store_(store), items_(items), zone_(zone) {}
  void Bind(record::Methods& methods);

 private:
  using Line = v1::ListStockReportLinesResponse::Line;
  // Where a page begins: after the line of this moment and name.
  struct Place {
    int64_t micros = 0;
    std::string source;
  };

  absl::StatusOr<v1::ComputeStockReportResponse> Compute(const rpc::Call& call, const v1::ComputeStockReportRequest& request);
  absl::StatusOr<v1::ListStockReportLinesResponse> ListLines(const rpc::Call& call, const v1::ListStockReportLinesRequest& request);
  // The accounts that the rules of items name, by item.
  using Accounts = std::map<std::string, std::string>;
  absl::StatusOr<Accounts> AccountsOf(sql::Session& session, const v1::StockReportScope& scope) const;
  // All lines of the scope in the order of posting after a place, at most `most`; 0: all, in any order.
  absl::Status Read(sql::Session& session, const v1::StockReportScope& scope, const Place& after, int most, const Accounts& accounts,
                    const std::function<absl::Status(const Line&)>& each) const;

  record::Store& store_;
  const Items& items_;
  const absl::TimeZone zone_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_REPORT_STOCK_REPORT_H_
