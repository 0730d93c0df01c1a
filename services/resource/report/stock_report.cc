#include "services/resource/report/stock_report.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "common/record/list.h"
#include "common/record/page_token.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/resource/stock/stock_ledger.h"

namespace heitie::resource {

using ReportLine = v1::ListStockReportLinesResponse::Line;
using ReportGroup = v1::ComputeStockReportResponse::Group;
using v1::StockEntry;

const status::Reason kScopeTooLong{absl::StatusCode::kInvalidArgument, "SCOPE_TOO_LONG", "A report is about {days:count} days at most.",
                                   "報表範圍最多 {days:count} 天。"};

namespace {

constexpr int kMostReportDays = 3'660;
constexpr size_t kMostGroups = 5'000;
constexpr size_t kItemsAtOnce = 500;
constexpr int kDefaultReportPage = 50;

absl::Status CheckScope(const v1::StockReportScope& scope) {
  status::BadFields bad;
  const absl::CivilDay start = time::ToDay(scope.start_date()), end = time::ToDay(scope.end_date());
  if (end < start) {
    bad.Add("scope.end_date", status::kDatesReversed, {{"start", time::DayText(start)}, {"end", time::DayText(end)}});
  } else if (end - start > kMostReportDays) {
    bad.Add("scope.end_date", kScopeTooLong, {{"days", kMostReportDays}});
  }
  return bad.status();
}

// A filter of the scope on a column, if it says something.
void ReportFilter(const std::string& text, const char* condition, std::string& where, sql::Values& values) {
  if (text.empty()) return;
  absl::StrAppend(&where, " AND ", condition);
  values.push_back(sql::V(text));
}

void AddTo(ReportGroup& group, StockEntry::Kind kind, int64_t value) {
  switch (kind) {
    case StockEntry::KIND_RECEIPT:
      group.set_received_minor(group.received_minor() + value);
      break;
    case StockEntry::KIND_ISSUE:
      group.set_issued_minor(group.issued_minor() + value);
      break;
    case StockEntry::KIND_RETURN:
      group.set_returned_minor(group.returned_minor() + value);
      break;
    case StockEntry::KIND_LOSS:
      group.set_lost_minor(group.lost_minor() + value);
      break;
    case StockEntry::KIND_GAIN:
      group.set_gained_minor(group.gained_minor() + value);
      break;
    case StockEntry::KIND_REVALUE:
      group.set_revalued_minor(group.revalued_minor() + value);
      break;
    default:
      break;  // Others change no value.
  }
}

int64_t Magnitude(int64_t value) { return value < 0 ? -value : value; }

}  // namespace

std::string KeyOf(const ReportLine& line, v1::StockReportKey key) {
  switch (key) {
    case v1::STOCK_REPORT_KEY_SUBJECT:
      return line.subject();
    case v1::STOCK_REPORT_KEY_CATEGORY:
      return line.category();
    case v1::STOCK_REPORT_KEY_SUPPLIER:
      return line.supplier();
    case v1::STOCK_REPORT_KEY_COST_CENTER:
      return line.cost_center();
    case v1::STOCK_REPORT_KEY_MONTH:
      return absl::StrFormat("%04d-%02d", line.business_date().year(), line.business_date().month());
    case v1::STOCK_REPORT_KEY_ITEM:
      return line.item();
    case v1::STOCK_REPORT_KEY_ACCOUNT:
      return line.expense_account();
    default:
      return "";
  }
}

absl::Status StockReportSums::Add(const ReportLine& line) {
  std::vector<std::string> keys;
  for (const v1::StockReportKey key : keys_) keys.push_back(KeyOf(line, key));
  keys.push_back(line.currency_code());
  ReportGroup& group = groups_[keys];
  group.set_line_count(group.line_count() + 1);
  if (line.late()) group.set_late_count(group.late_count() + 1);
  AddTo(group, line.kind(), line.value_delta_minor());
  group.set_net_minor(group.net_minor() + line.value_delta_minor());
  group.set_variance_minor(group.variance_minor() + line.variance_minor());
  group.set_used_minor(-(group.issued_minor() + group.returned_minor()));
  // Each line is below the limit, so that no sum has passed 64 bits before it passes the limit.
  for (const int64_t sum : {group.received_minor(), group.issued_minor(), group.returned_minor(), group.lost_minor(), group.gained_minor(),
                            group.revalued_minor(), group.net_minor(), group.variance_minor()}) {
    if (Magnitude(sum) > kMaxValueMinor) {
      return status::Error(kStockLimit, {{"item", line.item()}, {"quantity", kMaxQuantity}});
    }
  }
  return absl::OkStatus();
}

v1::ComputeStockReportResponse StockReportSums::Groups(size_t most) const {
  v1::ComputeStockReportResponse response;
  for (const auto& [keys, sums] : groups_) {
    if (static_cast<size_t>(response.groups_size()) == most) {
      response.set_truncated(true);
      break;
    }
    ReportGroup& group = *response.add_groups() = sums;
    for (size_t i = 0; i + 1 < keys.size(); ++i) group.add_keys(keys[i]);
    group.set_currency_code(keys.back());
  }
  return response;
}

void StockReports::Bind(record::Methods& methods) {
  methods.Bind("ComputeStockReport", this, &StockReports::Compute);
  methods.Bind("ListStockReportLines", this, &StockReports::ListLines);
}

absl::StatusOr<StockReports::Accounts> StockReports::AccountsOf(sql::Session& session, const v1::StockReportScope& scope) const {
  std::vector<std::string> items;
  if (scope.item().empty()) {
    RETURN_IF_ERROR(session.Query("SELECT name FROM items ORDER BY name", {}, [&](const sql::Row& row) { items.push_back(row.Text(0)); }));
  } else {
    items.push_back(scope.item());
  }
  Accounts accounts;
  for (size_t begin = 0; begin < items.size(); begin += kItemsAtOnce) {
    const size_t end = std::min(begin + kItemsAtOnce, items.size());
    ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(session, {items.begin() + static_cast<std::ptrdiff_t>(begin),
                                                                     items.begin() + static_cast<std::ptrdiff_t>(end)}));
    for (const auto& [name, fact] : facts) accounts[name] = fact.rules.expense_account();
  }
  return accounts;
}

absl::Status StockReports::Read(sql::Session& session, const v1::StockReportScope& scope, const Place& after, int most,
                                const Accounts& accounts, const std::function<absl::Status(const Line&)>& each) const {
  const absl::CivilDay start = time::ToDay(scope.start_date()), end = time::ToDay(scope.end_date());
  const bool page = most > 0;
  // Both ledgers in one form: source, item, category, currency, kind, quantity, value, variance, subject, supplier, cost centre, day, time,
  // late. Entries of earlier versions have no business date: they count when they were posted.
  sql::Values values;
  std::string entries =
      "SELECT e.name AS source, e.item, i.category, i.currency_code, e.kind, e.on_hand_delta, e.value_delta_minor, 0 AS variance, "
      "COALESCE(r.subject, '') AS subject, COALESCE(NULLIF(g.vendor, ''), l.supplier, '') AS supplier, "
      "COALESCE(r.cost_center, '') AS cost_center, e.business_date, e.create_time AS posted, e.late, NULL AS account FROM stock_entries e "
      "JOIN items i ON i.name = e.item LEFT JOIN reservations r ON r.name = e.reservation "
      "LEFT JOIN goods_receipts g ON g.name = e.goods_receipt LEFT JOIN lots l ON l.name = e.lot "
      "WHERE ((e.business_date >= ? AND e.business_date <= ?) OR "
      "(e.business_date IS NULL AND e.create_time >= ? AND e.create_time < ?)) "
      "AND (e.on_hand_delta <> 0 OR e.value_delta_minor <> 0) AND e.kind NOT IN ('KIND_MOVE_IN', 'KIND_MOVE_OUT')";
  const auto add = [&](sql::Values more) { values.insert(values.end(), more.begin(), more.end()); };
  add(sql::Bind(time::DayText(start), time::DayText(end), absl::FromCivil(start, zone_), absl::FromCivil(end + 1, zone_)));
  ReportFilter(scope.item(), "e.item = ?", entries, values);
  ReportFilter(scope.category(), "i.category = ?", entries, values);
  ReportFilter(scope.subject(), "r.subject = ?", entries, values);
  ReportFilter(scope.supplier(), "COALESCE(NULLIF(g.vendor, ''), l.supplier, '') = ?", entries, values);
  ReportFilter(scope.cost_center(), "r.cost_center = ?", entries, values);
  if (scope.has_as_known_time()) {
    entries += " AND e.create_time < ?";
    add(sql::Bind(time::ToTime(scope.as_known_time())));
  }
  std::string differences =
      "SELECT d.name, d.item, i.category, i.currency_code, '', 0, 0, d.variance_minor, '', COALESCE(g.vendor, ''), d.cost_center, "
      "d.business_date, d.create_time, FALSE, d.expense_account FROM price_differences d JOIN items i ON i.name = d.item "
      "LEFT JOIN goods_receipts g ON g.name = d.goods_receipt WHERE d.business_date >= ? AND d.business_date <= ? AND d.variance_minor <> "
      "0";
  add(sql::Bind(time::DayText(start), time::DayText(end)));
  ReportFilter(scope.item(), "d.item = ?", differences, values);
  ReportFilter(scope.category(), "i.category = ?", differences, values);
  // Nobody has used what a difference is about for something that is known.
  if (!scope.subject().empty()) differences += " AND FALSE";
  ReportFilter(scope.supplier(), "g.vendor = ?", differences, values);
  ReportFilter(scope.cost_center(), "d.cost_center = ?", differences, values);
  if (scope.has_as_known_time()) {
    differences += " AND d.create_time < ?";
    add(sql::Bind(time::ToTime(scope.as_known_time())));
  }
  std::string query = absl::StrCat("SELECT * FROM (", entries, " UNION ALL ", differences, ") x");
  if (page && !after.source.empty()) {
    query += " WHERE posted > ? OR (posted = ? AND source > ?)";
    const absl::Time time = absl::FromUnixMicros(after.micros);
    add(sql::Bind(time, time, after.source));
  }
  if (page) absl::StrAppend(&query, " ORDER BY posted, source LIMIT ", most);
  absl::Status status;
  RETURN_IF_ERROR(session.Query(query, values, [&](const sql::Row& row) {
    if (!status.ok()) return;
    Line line;
    line.set_source(row.Text(0));
    line.set_item(row.Text(1));
    line.set_category(row.Text(2));
    line.set_currency_code(row.Text(3));
    StockEntry::Kind kind = StockEntry::KIND_UNSPECIFIED;
    StockEntry::Kind_Parse(row.Text(4), &kind);
    line.set_kind(kind);
    line.set_quantity_delta(row.Int(5));
    line.set_value_delta_minor(row.Int(6));
    line.set_variance_minor(row.Int(7));
    line.set_subject(row.Text(8));
    line.set_supplier(row.Text(9));
    line.set_cost_center(row.Text(10));
    const absl::Time posted = row.Time(12);
    const auto day = row.IsNull(11) ? absl::ToCivilDay(posted, zone_) : *time::ParseDay(row.Text(11));
    *line.mutable_business_date() = time::ToDate(day);
    *line.mutable_post_time() = time::ToTimestamp(posted);
    line.set_late(row.Int(13) != 0);
    const auto account = accounts.find(line.item());
    if (!row.IsNull(14)) {
      line.set_expense_account(row.Text(14));
    } else if (account != accounts.end()) {
      line.set_expense_account(account->second);
    }
    status = each(line);
  }));
  return status;
}

absl::StatusOr<v1::ComputeStockReportResponse> StockReports::Compute(const rpc::Call& call, const v1::ComputeStockReportRequest& request) {
  RETURN_IF_ERROR(CheckScope(request.scope()));
  std::vector<v1::StockReportKey> keys;
  for (const int key : request.keys()) keys.push_back(static_cast<v1::StockReportKey>(key));
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ComputeStockReportResponse> {
    StockReportSums sums(keys);
    Accounts accounts;
    if (std::find(keys.begin(), keys.end(), v1::STOCK_REPORT_KEY_ACCOUNT) != keys.end()) {
      ASSIGN_OR_RETURN(accounts, AccountsOf(session, request.scope()));
    }
    RETURN_IF_ERROR(Read(session, request.scope(), {}, 0, accounts, [&](const Line& line) { return sums.Add(line); }));
    return sums.Groups(kMostGroups);
  });
}

absl::StatusOr<v1::ListStockReportLinesResponse> StockReports::ListLines(const rpc::Call& call,
                                                                         const v1::ListStockReportLinesRequest& sealed) {
  ASSIGN_OR_RETURN(const v1::ListStockReportLinesRequest request, record::WithOpenToken(store_, call, sealed));
  RETURN_IF_ERROR(CheckScope(request.scope()));
  Place after;
  if (!request.page_token().empty()) {
    std::string text;
    const bool decoded = absl::WebSafeBase64Unescape(request.page_token(), &text);
    const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('\n', 1));
    if (!decoded || parts.size() != 2 || parts[1].empty() || !absl::SimpleAtoi(parts[0], &after.micros)) {
      status::BadFields bad;
      bad.Add("page_token", status::kBadValue, {{"rule", record::kPageTokenRule}});
      return bad.status();
    }
    after.source = parts[1];
  }
  const int size = request.page_size() > 0 ? request.page_size() : kDefaultReportPage;
  v1::ListStockReportLinesResponse response;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(const Accounts accounts, AccountsOf(session, request.scope()));
    RETURN_IF_ERROR(Read(session, request.scope(), after, size + 1, accounts, [&](const Line& line) {
      *response.add_lines() = line;
      return absl::OkStatus();
    }));
    if (response.lines_size() > size) {
      response.mutable_lines()->RemoveLast();
      const Line& last = response.lines(size - 1);
      const int64_t micros = absl::ToUnixMicros(time::ToTime(last.post_time()));
      response.set_next_page_token(absl::WebSafeBase64Escape(absl::StrCat(micros, "\n", last.source())));
    }
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(record::SealToken(store_, call, sealed, &response));
  return response;
}

}  // namespace heitie::resource
