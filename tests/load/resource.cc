// tests/load/compare resource: stock and money that many want at once, and much of it that few want, against the database alone; and what
// was there at a past moment among a million entries.
#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/client/method.h"
#include "common/config/flags.h"
#include "google/protobuf/text_format.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/goods_receipt.pb.h"
#include "heitie/resource/v1/item.pb.h"
#include "heitie/resource/v1/material_service.methods.h"
#include "heitie/resource/v1/money_service.methods.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock_balance.pb.h"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"
#include "tests/load/tables.h"
#include "tests/load/transaction_model.h"
#include "tests/load/way.h"

namespace heitie::load {
namespace {

using namespace std::chrono_literals;
namespace resource = heitie::resource::v1;

constexpr char kService[] = "resource";
constexpr int kInFlight = 64;
constexpr int kConnections = 4;
// Enough for every call, and few enough that sums stay exact.
constexpr int64_t kPlenty = 1'000'000'000;

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file, approver_token_file, db_socket, only;
  int resource = 0;  // port of 127.0.0.1
  int cold = 10'000, entries = 1'000'000;

  void Register(config::Flags& flags) {
    identity.Register(flags);
    results.Register(flags);
    flags.Add("token_file", &token_file, "File with the token of an operations specialist.");
    flags.Add("approver_token_file", &approver_token_file, "File with the token of an operations manager.");
    flags.Add("resource", &resource, 1, 65535, "gRPC port of the resource service.");
    flags.Add("db_socket", &db_socket, "Socket of the database.");
    flags.Add("only", &only, "What to measure; empty for all.");
    flags.Add("cold", &cold, 1, 1'000'000, "How many items and budgets few want.");
    flags.Add("entries", &entries, 1, 10'000'000, "How many entries a ledger has.");
  }
};

// Tables by the column that tells their rows apart, and those whose rows a call locks and changes.
const std::map<std::string, std::string> kKeys = {
    {"budget_entries", "`name`"},    {"budgets", "`name`"}, {"encumbrances", "`name`"}, {"event", "`id`"},
    {"idempotency", "`request_id`"}, {"job", "`name`"},     {"stocks", "`name`"},       {"reservations", "`name`"},
    {"stock_entries", "`name`"}};
const std::set<std::string> kLocked = {"budgets", "stocks"};

class Comparison {
 public:
  explicit Comparison(const Flags& flags)
      : flags_(flags),
        tables_(flags.db_socket, {kService}),
        raw_(flags.db_socket, "heitie_resource", kInFlight),
        token_(ReadToken(flags.token_file)),
        approver_token_(ReadToken(flags.approver_token_file)),
        channel_(Connect(flags.identity.To(kService, flags.resource))),
        load_(flags.identity.To(kService, flags.resource), kConnections) {}

  int Run() {
    Prepare();
    if (Measured("hot_stock")) {
      AddPair(
          "hot_stock", *stock_model_, [this] { return ReservationOf("items/hot"); }, [] { return std::string("items/raw-000000"); });
    }
    if (Measured("cold_stock")) {
      AddPair(
          "cold_stock", *stock_model_, [this] { return ReservationOf("items/" + Some("cold")); },
          [this] { return "items/" + Some("raw"); });
    }
    if (Measured("hot_budget")) {
      AddPair(
          "hot_budget", *budget_model_, [this] { return EncumbranceOf("budgets/hot"); }, [] { return std::string("budgets/raw-000000"); });
    }
    if (Measured("hot_tree")) {
      AddPair(
          "hot_tree", *tree_model_, [this] { return EncumbranceOf("budgets/tree-d"); }, [] { return std::string("budgets/rawtree-d"); });
    }
    if (Measured("cold_budget")) {
      AddPair(
          "cold_budget", *budget_model_, [this] { return EncumbranceOf("budgets/" + Some("cold")); },
          [this] { return "budgets/" + Some("raw"); });
    }
    if (Measured("as_of")) AddAsOf();
    Way::TakeTurns(ways_);
    Report();
    return 0;
  }

 private:
  bool Measured(const std::string& name) const { return flags_.only.empty() || flags_.only == name; }
  std::string Some(const std::string& prefix) const {
    static std::atomic<uint64_t> count{0};
    return absl::StrFormat("%s-%06d", prefix, 1 + count++ * 7919 % static_cast<uint64_t>(flags_.cold));
  }

  template <typename Req, typename Resp>
  Resp Do(const client::Method<Req, Resp>& method, const std::string& text, bool approver = false) {
    Req request;
    if (!google::protobuf::TextFormat::ParseFromString(text, &request)) Die("no request: " + text);
    return Do(method, request, approver);
  }
  template <typename Req, typename Resp>
  Resp Do(const client::Method<Req, Resp>& method, const Req& request, bool approver = false) {
    auto response = channel_->Call(CallWith(approver ? approver_token_ : token_), method, request);
    if (!response.ok()) Die(absl::StrCat(method.path, ": ", response.status().ToString()));
    return *std::move(response);
  }

  // ---- What is there

  void Prepare() {
    Do(resource::method::CreateItemCategory, "item_category_id: 'load' item_category { display_name: 'Gifts' }");
    for (const char* id : {"hot", "raw-000000", "old"}) HaveItem(id);
    for (const char* id : {"hot", "raw-000000"}) HaveBudget(id, "");
    for (const char* tree : {"tree", "rawtree"}) {
      std::string above;
      for (const char* level : {"a", "b", "c", "d"}) {
        const std::string id = absl::StrCat(tree, "-", level);
        HaveBudget(id, above);
        above = "budgets/" + id;
      }
    }
    const auto reserve = [this](const std::string& token) {
      Do(resource::method::CreateReservation, NewReservation("items/raw-000000", token));
    };
    const auto encumber = [this](const std::string& budget) {
      return [this, budget](const std::string& token) { Do(resource::method::CreateEncumbrance, NewEncumbrance(budget, token)); };
    };
    stock_model_ = ModelOf("items/raw-000000", reserve);
    budget_model_ = ModelOf("budgets/raw-000000", encumber("budgets/raw-000000"));
    tree_model_ = ModelOf("budgets/rawtree-d", encumber("budgets/rawtree-d"));
    for (const char* prefix : {"cold", "raw"}) {
      Copy("items", "items/hot", absl::StrCat("items/", prefix, "-"), "");
      Copy("stocks", "items/hot/stock", absl::StrCat("items/", prefix, "-"), "/stock");
      Copy("budgets", "budgets/hot", absl::StrCat("budgets/", prefix, "-"), "");
    }
    if (Measured("as_of")) FillLedger();
  }

  std::unique_ptr<TransactionModel> ModelOf(const std::string& target, const std::function<void(const std::string& token)>& call) {
    const std::string token = Unique();
    return std::make_unique<TransactionModel>(tables_, kService, kKeys, kLocked, token, target, [&] { call(token); });
  }

  void HaveItem(const std::string& id) {
    Do(resource::method::CreateItem,
       absl::Substitute("item_id: '$0' item { display_name: 'Gift box' category: 'itemCategories/load' unit: 'box' currency_code: 'TWD' "
                        "custodian: 'employees/load' }",
                        id));
    Do(resource::method::CreateGoodsReceipt,
       absl::Substitute(
           "goods_receipt { supplier: 'Printer' receive_date { year: 2026 month: 1 day: 1 } lines { item: 'items/$0' quantity: "
           "$1 unit_cost_minor: 100 } }",
           id, kPlenty));
  }

  void HaveBudget(const std::string& id, const std::string& above) {
    Do(resource::method::CreateBudget,
       absl::Substitute("budget_id: '$0' budget { display_name: 'Operations' cost_center: 'operations' parent_budget: '$1' currency_code: "
                        "'TWD' requested_minor: $2 start_date { year: 2026 month: 1 day: 1 } end_date { year: 2030 month: 12 day: 31 } }",
                        id, above, kPlenty));
    Do(resource::method::ApproveBudget, absl::Substitute("name: 'budgets/$0'", id), true);
  }

  // Copies of a row, "PREFIX000001SUFFIX" and so on; what names the model names the copy.
  void Copy(const std::string& table, const std::string& model, const std::string& prefix, const std::string& suffix) {
    std::vector<std::string> columns, values;
    for (const std::string& column : tables_.ColumnsOf(kService, table)) {
      columns.push_back(column);
      if (column == "`name`") {
        values.push_back(absl::StrCat("CONCAT('", prefix, "', LPAD(seq, 6, '0'), '", suffix, "')"));
      } else if (column == "`item`") {
        values.push_back(absl::StrCat("CONCAT('", prefix, "', LPAD(seq, 6, '0'))"));
      } else {
        values.push_back(column);
      }
    }
    tables_.Execute(kService,
                    absl::StrCat("INSERT INTO ", table, " (", absl::StrJoin(columns, ", "), ") SELECT ", absl::StrJoin(values, ", "),
                                 " FROM ", table, ", seq_1_to_1000000 WHERE name = ? AND seq <= ?"),
                    sql::Bind(model, flags_.cold));
  }

  // A piece a second came, from a month ago on.
  void FillLedger() {
    const Tables::Row model = tables_.Read(kService, "stock_entries", "WHERE item = ?", sql::Bind("items/old"));
    std::vector<std::string> values;
    for (const std::string& column : model.columns) {
      const std::map<std::string, std::string> other = {{"`name`", "CONCAT('items/old/stockEntries/', LPAD(seq + 1, 12, '0'))"},
                                                        {"`sequence`", "seq + 1"},
                                                        {"`on_hand_delta`", "1"},
                                                        {"`value_delta_minor`", "100"},
                                                        {"`on_hand`", "on_hand + seq"},
                                                        {"`value_minor`", "value_minor + 100 * seq"},
                                                        {"`create_time`", "create_time + INTERVAL seq SECOND"}};
      const auto it = other.find(column);
      values.push_back(it == other.end() ? column : it->second);
    }
    tables_.Execute(kService, "UPDATE stock_entries SET create_time = NOW(6) - INTERVAL 30 DAY WHERE item = 'items/old'");
    tables_.Execute(
        kService,
        absl::StrCat("INSERT INTO stock_entries (", absl::StrJoin(model.columns, ", "), ") SELECT ", absl::StrJoin(values, ", "),
                     " FROM stock_entries, seq_1_to_10000000 WHERE item = 'items/old' AND sequence = 1 AND seq <= ?"),
        sql::Bind(flags_.entries));
    tables_.Execute(
        kService,
        "UPDATE stocks SET on_hand = on_hand + ?, available = available + ?, value_minor = value_minor + 100 * ?, entry_count = "
        "entry_count + ? WHERE item = 'items/old'",
        sql::Bind(flags_.entries, flags_.entries, flags_.entries, flags_.entries));
    tables_.Execute(kService, "ANALYZE TABLE stock_entries");
  }

  // ---- What is asked

  static resource::CreateReservationRequest NewReservation(const std::string& item, const std::string& token) {
    resource::CreateReservationRequest request;
    request.set_reservation_id(token);
    request.set_request_id(token);
    request.mutable_reservation()->set_subject("activities/load");
    request.mutable_reservation()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now()) + 86400);
    auto& line = *request.mutable_reservation()->add_lines();
    line.set_item(item);
    line.set_quantity(1);
    return request;
  }
  static resource::CreateEncumbranceRequest NewEncumbrance(const std::string& budget, const std::string& token) {
    resource::CreateEncumbranceRequest request;
    request.set_encumbrance_id(token);
    request.set_request_id(token);
    request.mutable_encumbrance()->set_budget(budget);
    request.mutable_encumbrance()->set_subject("activities/load");
    request.mutable_encumbrance()->set_amount_minor(1);
    request.mutable_encumbrance()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now()) + 86400);
    return request;
  }
  GrpcRequest ReservationOf(const std::string& item) const {
    return {"heitie.resource.v1.MaterialService/CreateReservation", NewReservation(item, Unique()).SerializeAsString(), token_};
  }
  GrpcRequest EncumbranceOf(const std::string& budget) const {
    return {"heitie.resource.v1.MoneyService/CreateEncumbrance", NewEncumbrance(budget, Unique()).SerializeAsString(), token_};
  }
  GrpcRequest PastOf(std::optional<absl::Time> known) const {
    resource::ComputePastStockRequest request;
    request.set_name("items/old");
    if (known) request.mutable_known_time()->set_seconds(absl::ToUnixSeconds(*known));
    return {"heitie.resource.v1.StockService/ComputePastStock", request.SerializeAsString(), token_};
  }

  // ---- The ways

  Way Service(const std::string& operation, const std::string& way, const std::function<GrpcRequest()>& next) {
    return {operation, way,
            kInFlight, [this, next](const Window& window) { return GrpcLoad::AllOk(load_.Closed(kInFlight, window, next)); },
            {},        {}};
  }

  // The service and the connector, which is tried at several numbers of connections: all of them wait for one lock.
  void AddPair(const std::string& operation, const TransactionModel& model, const std::function<GrpcRequest()>& next,
               const std::function<std::string()>& target) {
    const auto again = [&model, target] { return model.Again(target()); };
    int best = 1;
    size_t most = 0;
    for (const int threads : {1, 4, 16, kInFlight}) {
      const size_t count = raw_.Loop(threads, Window::Of(Way::kWarmUp, 500ms), again).count();
      if (count > most) {
        most = count;
        best = threads;
      }
    }
    best_[operation] = best;
    ways_.push_back(Service(operation, "service", next));
    for (const int threads : std::set<int>{best, kInFlight}) {
      ways_.push_back({operation,
                       "connector",
                       threads,
                       [this, threads, again](const Window& window) { return raw_.Loop(threads, window, again); },
                       {},
                       {}});
    }
  }

  void AddAsOf() {
    const absl::Time first = absl::Now() - absl::Hours(24 * 30);
    const int64_t span = std::min<int64_t>(flags_.entries, 24 * 3600 * 30);
    ways_.push_back(Service("as_of", "a past moment", [this, first, span] {
      static std::atomic<uint64_t> count{0};
      return PastOf(first + absl::Seconds(1 + static_cast<int64_t>(count++ * 104729 % span)));
    }));
    ways_.push_back(Service("as_of", "now", [this] { return PastOf(std::nullopt); }));
  }

  double Rate(const std::string& operation, const std::string& way, int in_flight) const {
    for (const Way& w : ways_) {
      if (w.operation == operation && w.way == way && w.in_flight == in_flight) return w.Rate();
    }
    Die(absl::StrCat("not measured: ", operation, " ", way));
  }

  void Report() const {
    Results results(
        flags_.results, "resource",
        absl::StrCat("Closed loop, ", std::thread::hardware_concurrency(),
                     " cores shared by clients, service and database, which flushes at every commit; connector: at its best and at "
                     "the service's concurrency; medians of three."));
    for (const Way& way : ways_) results.AddRow(way.operation, way.way, way.in_flight, way.Rate(), way.samples);
    const std::map<std::string, double> aims = {
        {"hot_stock", 1}, {"hot_budget", 1}, {"hot_tree", 1}, {"cold_stock", 0.8}, {"cold_budget", 0.8}};
    for (const auto& [operation, aim] : aims) {
      if (!Measured(operation)) continue;
      const double service = Rate(operation, "service", kInFlight);
      results.AddRatio(operation, service / Rate(operation, "connector", kInFlight),
                       absl::StrCat("rate of the service / the connector's, both at ", kInFlight, " in flight"), AtLeast(aim));
      results.AddRatio(operation + "_to_best", service / Rate(operation, "connector", best_.at(operation)),
                       absl::StrCat("rate of the service at ", kInFlight, " in flight / the connector's best"));
    }
    if (Measured("as_of")) {
      results.AddRatio("as_of", Rate("as_of", "now", kInFlight) / Rate("as_of", "a past moment", kInFlight),
                       absl::StrCat("rate of stock as it is now / of stock at a past moment among ", flags_.entries, " entries"),
                       AtMost(1.5));
    }
    results.Publish();
  }

  const Flags flags_;
  Tables tables_;
  RawSql raw_;
  const std::string token_, approver_token_;
  const std::unique_ptr<client::Channel> channel_;
  GrpcLoad load_;
  std::unique_ptr<TransactionModel> stock_model_, budget_model_, tree_model_;
  std::vector<Way> ways_;
  std::map<std::string, int> best_;
};

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) {
  heitie::load::Flags values;
  heitie::config::Flags flags;
  values.Register(flags);
  heitie::load::ParseOrDie(flags, argc, argv);
  return heitie::load::Comparison(values).Run();
}
