// What stock cost, through the service: every total is the sum of the lines that the list gives (policy S4, S5).
#include "services/resource/report/stock_report.h"

#include <map>
#include <random>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "heitie/resource/v1/cost_center.pb.h"
#include "heitie/resource/v1/stock_issue.pb.h"
#include "heitie/resource/v1/supplier.pb.h"
#include "heitie/resource/v1/write_off.pb.h"
#include "services/resource/movement/price_difference.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using test::HasViolation;
using ReportLine = v1::ListStockReportLinesResponse::Line;
using Group = v1::ComputeStockReportResponse::Group;

class StockReportTest : public ResourceTest {
 protected:
  StockReportTest() { Go(1); }

  void Go(int day_of_may) { clock_.Set(absl::FromCivil(absl::CivilHour(2026, 5, day_of_may, 8), service::DefaultTimeZone())); }
  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const std::string& method, const std::string& request) {
    return Call<Resp>(method, Manager(), Proto<Req>(request));
  }
  static std::string Scope(const std::string& more = "") {
    return absl::StrCat("scope { start_date { year: 2026 month: 4 day: 1 } end_date { year: 2026 month: 6 day: 30 } ", more, " } ");
  }
  v1::ComputeStockReportResponse Report(const std::string& scope, const std::string& keys) {
    const auto report = Ask<v1::ComputeStockReportResponse, v1::ComputeStockReportRequest>("ComputeStockReport", absl::StrCat(scope, keys));
    EXPECT_THAT(report, IsOk());
    return report.ok() ? *report : v1::ComputeStockReportResponse();
  }
  // All of them, page by page.
  std::vector<ReportLine> Lines(const std::string& scope, int page_size = 1000) {
    std::vector<ReportLine> lines;
    std::string token;
    do {
      const auto page = Ask<v1::ListStockReportLinesResponse, v1::ListStockReportLinesRequest>(
          "ListStockReportLines", absl::StrCat(scope, "page_size: ", page_size, " page_token: '", token, "'"));
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) break;
      lines.insert(lines.end(), page->lines().begin(), page->lines().end());
      token = page->next_page_token();
    } while (!token.empty());
    return lines;
  }
  // The groups summed by hand from the lines.
  static void ExpectSumsOf(const v1::ComputeStockReportResponse& report, const std::vector<ReportLine>& lines,
                           const std::function<std::string(const ReportLine&)>& key) {
    struct Sums {
      int64_t count = 0, net = 0, variance = 0, used = 0;
    };
    std::map<std::string, Sums> sums;
    for (const ReportLine& line : lines) {
      Sums& sum = sums[key(line)];
      ++sum.count;
      sum.net += line.value_delta_minor();
      sum.variance += line.variance_minor();
      if (line.kind() == v1::StockEntry::KIND_ISSUE || line.kind() == v1::StockEntry::KIND_RETURN) sum.used -= line.value_delta_minor();
    }
    ASSERT_EQ(report.groups_size(), static_cast<int>(sums.size()));
    for (const Group& group : report.groups()) {
      const auto found = sums.find(group.keys(0));
      ASSERT_NE(found, sums.end()) << group.DebugString();
      EXPECT_EQ(group.line_count(), found->second.count);
      EXPECT_EQ(group.net_minor(), found->second.net);
      EXPECT_EQ(group.variance_minor(), found->second.variance);
      EXPECT_EQ(group.used_minor(), found->second.used);
      EXPECT_EQ(group.net_minor(), group.received_minor() + group.issued_minor() + group.returned_minor() + group.lost_minor() +
                                       group.gained_minor() + group.revalued_minor());
    }
  }
};

TEST_F(StockReportTest, ScopesAreChecked) {
  const std::string keys = "keys: STOCK_REPORT_KEY_ITEM";
  EXPECT_THAT(
      (Ask<v1::ComputeStockReportResponse, v1::ComputeStockReportRequest>(
          "ComputeStockReport", "scope { start_date { year: 2026 month: 5 day: 2 } end_date { year: 2026 month: 5 day: 1 } }" + keys)),
      HasViolation("scope.end_date", "DATES_REVERSED"));
  EXPECT_THAT(
      (Ask<v1::ComputeStockReportResponse, v1::ComputeStockReportRequest>(
          "ComputeStockReport", "scope { start_date { year: 2006 month: 5 day: 2 } end_date { year: 2026 month: 5 day: 1 } }" + keys)),
      HasViolation("scope.end_date", "SCOPE_TOO_LONG"));
  EXPECT_THAT(
      (Ask<v1::ListStockReportLinesResponse, v1::ListStockReportLinesRequest>("ListStockReportLines", Scope() + "page_token: 'nonsense'")),
      HasViolation("page_token", "BAD_VALUE"));
}

// A year of random movements of several items: each total equals the sum of the lines that it lists, by every key and in pages of any size.
TEST_F(StockReportTest, EachTotalIsTheSumOfItsLines) {
  ASSERT_THAT((Ask<v1::Supplier, v1::CreateSupplierRequest>("CreateSupplier", "supplier_id: 'a' supplier { display_name: 'A' }")), IsOk());
  ASSERT_THAT((Ask<v1::CostCenter, v1::CreateCostCenterRequest>("CreateCostCenter",
                                                                "cost_center_id: 'ops' cost_center { display_name: 'Operations' }")),
              IsOk());
  for (const char* id : {"mug", "pen", "bag"}) HaveItem(id);
  std::mt19937 random(13);
  Stocks stocks(store_, service::DefaultTimeZone());
  PriceDifferences differences(store_);
  std::map<std::string, std::string> receipts;
  int day = 1;
  for (int step = 0; step < 90; ++step) {
    if (random() % 4 == 0 && day < 28) Go(++day);
    const std::string item = absl::StrCat("items/", std::vector<std::string>{"mug", "pen", "bag"}[random() % 3]);
    const int quantity = 1 + static_cast<int>(random() % 9);
    const int business_day = std::max(1, day - static_cast<int>(random() % 3));
    const std::string date = absl::StrCat("{ year: 2026 month: 5 day: ", business_day, " }");
    switch (random() % 4) {
      case 0: {
        const auto receipt = Ask<v1::GoodsReceipt, v1::CreateGoodsReceiptRequest>(
            "CreateGoodsReceipt",
            absl::StrCat("goods_receipt { supplier: 's' vendor: '", random() % 2 == 0 ? "suppliers/a" : "", "' receive_date ", date,
                         " lines { item: '", item, "' quantity: ", quantity * 3, " cost_minor: ", random() % 5000, " } }"));
        ASSERT_THAT(receipt, IsOk());
        receipts[item] = receipt->name();
        break;
      }
      case 1:  // Refused where less is there.
        (void)Ask<v1::IssueStockResponse, v1::IssueStockRequest>(
            "IssueStock",
            absl::StrCat("subject: 'activities/", random() % 3, "' cost_center: '", random() % 2 == 0 ? "costCenters/ops" : "",
                         "' lines { item: '", item, "' quantity: ", quantity, " } business_date ", date));
        break;
      case 2:
        (void)Ask<v1::WriteOff, v1::CreateWriteOffRequest>(
            "CreateWriteOff", absl::StrCat("write_off { cause: CAUSE_LOST reason: 'x' lines { item: '", item, "' quantity: ", quantity,
                                           " } business_date ", date, " }"));
        break;
      default:
        if (receipts.count(item) == 0) break;
        const PriceDifferences::Change change{item, receipts[item], "invoices/i", 0, static_cast<int64_t>(random() % 901) - 300, "", "x"};
        ASSERT_THAT(store_.Write(Specialist(),
                                 [&](record::Transaction& tx) -> absl::Status {
                                   status::BadFields none;
                                   ASSIGN_OR_RETURN(const Moment moment, stocks.MomentOf(tx, nullptr, "", none));
                                   ASSIGN_OR_RETURN(StockChange locked, stocks.Lock(tx, {item}, Stocks::Depth::kMove));
                                   RETURN_IF_ERROR(differences.Book(tx, change, *locked.Find(item), moment).status());
                                   return stocks.Save(tx, locked, "reprice");
                                 }),
                    IsOk());
    }
  }
  const std::vector<ReportLine> lines = Lines(Scope());
  ASSERT_GT(lines.size(), 40u);
  for (const int size : {1, 7}) EXPECT_EQ(Lines(Scope(), size).size(), lines.size());
  for (const auto& [key, name] : std::map<v1::StockReportKey, std::string>{{v1::STOCK_REPORT_KEY_SUBJECT, "SUBJECT"},
                                                                           {v1::STOCK_REPORT_KEY_CATEGORY, "CATEGORY"},
                                                                           {v1::STOCK_REPORT_KEY_SUPPLIER, "SUPPLIER"},
                                                                           {v1::STOCK_REPORT_KEY_COST_CENTER, "COST_CENTER"},
                                                                           {v1::STOCK_REPORT_KEY_MONTH, "MONTH"},
                                                                           {v1::STOCK_REPORT_KEY_ITEM, "ITEM"}}) {
    ExpectSumsOf(Report(Scope(), absl::StrCat("keys: STOCK_REPORT_KEY_", name)), lines,
                 [key = key](const ReportLine& line) { return KeyOf(line, key); });
  }
  // Of all time the net is what the stocks are worth.
  const auto all = Report(Scope(), "keys: STOCK_REPORT_KEY_MONTH");
  int64_t net = 0, worth = 0;
  for (const Group& group : all.groups()) net += group.net_minor();
  for (const char* id : {"mug", "pen", "bag"}) worth += StockOf(absl::StrCat("items/", id)).value_minor();
  EXPECT_EQ(net, worth);
  // Scopes choose lines, and never change one.
  for (const std::string scope : {"item: 'items/mug'", "subject: 'activities/1'", "supplier: 'suppliers/a'",
                                  "cost_center: 'costCenters/ops'", "category: 'itemCategories/gifts'"}) {
    const std::vector<ReportLine> some = Lines(Scope(scope));
    EXPECT_FALSE(some.empty()) << scope;
    ExpectSumsOf(Report(Scope(scope), "keys: STOCK_REPORT_KEY_ITEM"), some, [](const ReportLine& line) { return line.item(); });
  }
  int64_t late = 0;
  for (const ReportLine& line : lines) late += line.late() ? 1 : 0;
  EXPECT_GT(late, 0);
  ExpectSound();
}

TEST_F(StockReportTest, AsKnownAtAMomentAndByBusinessDate) {
  HaveItem("mug", 10);  // 1,000, for the first of January.
  Go(20);
  ASSERT_THAT((Ask<v1::WriteOff, v1::CreateWriteOffRequest>(
                  "CreateWriteOff",
                  "write_off { cause: CAUSE_LOST reason: 'x' lines { item: 'items/mug' quantity: 2 } business_date { year: 2026 month: 5 "
                  "day: 10 } }")),
              IsOk());
  const std::string to_may_15 = "scope { start_date { year: 2026 month: 1 day: 1 } end_date { year: 2026 month: 5 day: 15 } ";
  const std::string month = "} keys: STOCK_REPORT_KEY_MONTH";
  auto report = Report(to_may_15, month);
  ASSERT_EQ(report.groups_size(), 2);
  EXPECT_EQ(report.groups(1).keys(0), "2026-05");
  EXPECT_EQ(report.groups(1).lost_minor(), -200);
  EXPECT_EQ(report.groups(1).late_count(), 1);
  report = Report(absl::StrCat(to_may_15, "as_known_time { seconds: ", absl::ToUnixSeconds(clock_.Now() - absl::Hours(48)), " }"), month);
  EXPECT_EQ(report.groups_size(), 1);
}

TEST(StockReportSumsTest, RefusesWhatNobodyCanAddUp) {
  StockReportSums sums({v1::STOCK_REPORT_KEY_ITEM});
  ReportLine line;
  line.set_item("items/mug");
  line.set_kind(v1::StockEntry::KIND_RECEIPT);
  line.set_value_delta_minor(9'000'000'000'000'000);
  ASSERT_THAT(sums.Add(line), IsOk());
  EXPECT_THAT(sums.Add(line), HasReason("STOCK_LIMIT"));
}

}  // namespace
}  // namespace heitie::resource
