// tests/load/compare core: what the suite makes of a database, against the database alone. One resource (risks, one row of 24 columns each)
// is got, listed, created, over each way in; the echo is the same way without work.
#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/config/flags.h"
#include "common/record/columns.h"
#include "common/record/json.h"
#include "common/record/store.h"
#include "google/protobuf/util/json_util.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/test/v1/echo.pb.h"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"

namespace heitie::load {
namespace {

using google::protobuf::Message;
using namespace std::chrono_literals;

constexpr int kInFlight = 64;
// A service runs two lists for each processor at a time; many more would wait, and be refused when they wait for long.
constexpr int kListsInFlight = 16;
int MostInFlight(const std::string& operation) { return operation == "list" ? kListsInFlight : kInFlight; }
constexpr int kConnections = 4;  // of the gRPC clients, each with its share of what is in flight
constexpr int kRounds = 3;       // each way in has its turn in each, so that a slow second of the machine hits all
constexpr auto kWarmUp = 100ms, kMeasured = 600ms, kProbed = 300ms;
constexpr int kRisks = 1000;
constexpr int kPage = 50;

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file;
  int risk = 0, gateway_grpc = 0, gateway_http = 0, echo = 0, echo_gateway_grpc = 0, echo_gateway_http = 0,
      nginx = 0;  // ports of 127.0.0.1
  int risk_pid = 0, gateway_pid = 0;
  std::string db_socket, db_schema, only;

  void Register(config::Flags& flags) {
    identity.Register(flags);
    results.Register(flags);
    flags.Add("token_file", &token_file, "File with the token of an operations manager.");
    flags.Add("risk", &risk, 1, 65535, "gRPC port of the risk service.");
    flags.Add("gateway_grpc", &gateway_grpc, 1, 65535, "gRPC port of the gateway.");
    flags.Add("gateway_http", &gateway_http, 1, 65535, "HTTP port of the gateway.");
    flags.Add("echo", &echo, 1, 65535, "gRPC port of the echo service.");
    flags.Add("echo_gateway_grpc", &echo_gateway_grpc, 1, 65535, "gRPC port of the echo service's gateway.");
    flags.Add("echo_gateway_http", &echo_gateway_http, 1, 65535, "Its HTTP port.");
    flags.Add("nginx", &nginx, 0, 65535, "Port of an nginx that passes gRPC on to the risk service; 0: there is none.");
    flags.Add("risk_pid", &risk_pid, 0, 1 << 22, "Process of the risk service, whose processor time is told.");
    flags.Add("gateway_pid", &gateway_pid, 0, 1 << 22, "The gateway's.");
    flags.Add("db_socket", &db_socket, "Socket of the database.");
    flags.Add("db_schema", &db_schema, "The risk service's schema.");
    flags.Add("only", &only, "The operation to measure; empty for all.");
  }
};

// ---- What is asked

risk::v1::Risk NewRisk() {
  risk::v1::Risk risk;
  risk.set_category(risk::v1::Risk::CATEGORY_MARKET);
  risk.set_subject("activities/spring-sale");
  risk.set_title("A competitor starts a sale in the same week");
  risk.set_cause("The spring holidays are the same for everybody, and last year two competitors had the week before.");
  risk.set_key_risk_indicator("Their prices of the ten best sellers fall by more than 10 % below ours.");
  risk.set_owner("employees/li-ming");
  return risk;
}

// Unique over all runs against one database.
std::string Unique() {
  static std::atomic<uint64_t> count{0};
  static const std::string run = record::NewId(absl::Now());
  return absl::StrCat(run, "-", count++);
}

std::string SomeRisk() {
  static std::atomic<uint64_t> count{0};
  return absl::StrCat("risks/load-", count++ * 7919 % kRisks);
}

std::string GetRequest() {
  risk::v1::GetRiskRequest request;
  request.set_name(SomeRisk());
  return request.SerializeAsString();
}
std::string ListRequest() {
  risk::v1::ListRisksRequest request;
  request.set_page_size(kPage);
  return request.SerializeAsString();
}
std::string CreateRequest() {
  risk::v1::CreateRiskRequest request;
  *request.mutable_risk() = NewRisk();
  request.set_request_id(Unique());
  return request.SerializeAsString();
}
std::string EchoRequest() {
  test::v1::EchoRequest request;
  request.set_text("echo");
  return request.SerializeAsString();
}

std::string JsonOf(const Message& message) {
  std::string json;
  (void)google::protobuf::util::MessageToJsonString(message, &json);
  return json;
}

// The bytes of a request with this token.
std::string Http(const std::string& token, const std::string& line, const std::string& body = "") {
  std::string request = absl::StrCat(line, " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ", token, "\r\n");
  if (!body.empty()) absl::StrAppend(&request, "Content-Type: application/json\r\nContent-Length: ", body.size(), "\r\n");
  return absl::StrCat(request, "\r\n", body);
}

// ---- The same SQL

// The statements of the risk service, with a row like its own.
class RiskSql {
 public:
  RiskSql() : columns_(record::ColumnsOf(*risk::v1::Risk::descriptor())), risk_(NewRisk()) {
    std::vector<std::string> names, marks;
    for (const auto& column : columns_) {
      names.push_back(absl::StrCat("`", column.field->name(), "`"));
      marks.emplace_back("?");
    }
    select_ = absl::StrCat("SELECT ", absl::StrJoin(names, ", "), " FROM risks ");
    insert_ = absl::StrCat("INSERT INTO risks (", absl::StrJoin(names, ", "), ") VALUES (", absl::StrJoin(marks, ", "), ")");
    risk_.set_state(risk::v1::Risk::STATE_IDENTIFIED);
    risk_.set_etag("1");
    risk_.set_creator("employees/manager");
    risk_.mutable_create_time()->set_seconds(absl::ToUnixSeconds(absl::Now()));
    *risk_.mutable_update_time() = risk_.create_time();
    for (const auto& column : columns_) row_.push_back(record::ReadField(risk_, column));
    json_ = record::ToJson(risk_);
    bytes_ = risk_.SerializeAsString();
  }

  RawSql::Work Get() const { return {{select_ + "WHERE name = ?", {SomeRisk()}}}; }
  RawSql::Work List() const { return {{select_ + "ORDER BY name LIMIT ?", {int64_t{kPage + 1}}}}; }
  RawSql::Work Create() const {
    const absl::Time now = absl::Now();
    const std::string id = record::NewId(now), name = "risks/" + id;
    sql::Values row = row_;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].field->name() == "name") row[i] = name;
    }
    return {{insert_, std::move(row)},
            {"INSERT INTO event (id, aggregatetype, aggregateid, revision, type, principal, method, trace_id, occur_time, before_json, "
             "payload) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
             {id, std::string("risk.heitie/Risk"), name, int64_t{1}, std::string("create"), std::string("employees/manager"),
              std::string("heitie.risk.v1.RegisterService/CreateRisk"), std::string(32, '0'), now, sql::Value(), json_}},
            {"INSERT INTO idempotency (principal, request_id, fingerprint, response, create_time) VALUES (?, ?, ?, ?, ?)",
             {std::string("employees/manager"), Unique(), std::string(32, 'f'), bytes_, now}}};
  }

 private:
  const std::vector<record::Column> columns_;
  risk::v1::Risk risk_;
  std::string select_, insert_, json_, bytes_;
  sql::Values row_;
};

// ---- The table

// One way to do an operation at one concurrency.
struct Way {
  std::string operation, way;
  int in_flight;
  std::function<Samples(int in_flight, const Window&)> run;
  Samples samples;
  std::vector<double> rates;  // a second, of each round

  // Processor time that the two processes have used for it, in seconds, and the requests for which they did, as the window's rate counts
  // them.
  double service_cpu = 0, gateway_cpu = 0, requests = 0;

  void Measure(int service_pid, int gateway_pid) {
    const Window window = Window::Of(kWarmUp, kMeasured);
    const double service_before = CpuSeconds(service_pid), gateway_before = CpuSeconds(gateway_pid);
    const Samples round = run(in_flight, window);
    service_cpu += CpuSeconds(service_pid) - service_before;
    gateway_cpu += CpuSeconds(gateway_pid) - gateway_before;
    requests += static_cast<double>(round.count()) * (kWarmUp + kMeasured) / kMeasured;
    rates.push_back(static_cast<double>(round.count()) / std::chrono::duration<double>(kMeasured).count());
    samples.Merge(round);
  }
  double Rate() const {
    std::vector<double> sorted = rates;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

class Comparison {
 public:
  explicit Comparison(const Flags& flags)
      : flags_(flags),
        raw_(flags.db_socket, flags.db_schema, kInFlight),
        token_(ReadToken(flags.token_file)),
        risk_(flags.identity.To("risk", flags.risk), kConnections),
        gateway_(Plain(flags.gateway_grpc), kConnections),
        gateway_http2_(Plain(flags.gateway_http), kConnections),
        echo_(flags.identity.To("echo", flags.echo), kConnections),
        echo_gateway_(Plain(flags.echo_gateway_grpc), kConnections),
        nginx_(flags.nginx == 0 ? nullptr : std::make_unique<GrpcLoad>(Plain(flags.nginx), kConnections)) {}

  int Run() {
    AddRisks();
    AddWays();
    for (int round = 0; round < kRounds; ++round) {
      for (Way& way : ways_) way.Measure(flags_.risk_pid, flags_.gateway_pid);
    }
    Report();
    return 0;
  }

 private:
  void AddRisks() {
    int i = 0;
    const auto next = [&] {
      risk::v1::CreateRiskRequest request;
      *request.mutable_risk() = NewRisk();
      request.set_risk_id(absl::StrCat("load-", i++));
      return GrpcRequest{"heitie.risk.v1.RegisterService/CreateRisk", request.SerializeAsString(), token_};
    };
    while (i < kRisks) GrpcLoad::AllOk(risk_.Closed(1, Window::Of(0ms, 50ms), next));
  }

  void AddWays() {
    AddRaw("get", [this] { return sql_.Get(); });
    AddSuite("get", risk_, gateway_, "heitie.risk.v1.RegisterService/GetRisk", GetRequest, flags_.gateway_http,
             [this] { return Http(token_, "GET /v1/" + SomeRisk()); });
    AddHttp2();
    AddRaw("list", [this] { return sql_.List(); });
    AddSuite("list", risk_, gateway_, "heitie.risk.v1.RegisterService/ListRisks", ListRequest, flags_.gateway_http,
             [this] { return Http(token_, absl::StrCat("GET /v1/risks?pageSize=", kPage)); });
    AddRaw("create", [this] { return sql_.Create(); });
    const std::string risk_json = JsonOf(NewRisk());
    AddSuite("create", risk_, gateway_, "heitie.risk.v1.RegisterService/CreateRisk", CreateRequest, flags_.gateway_http,
             [this, risk_json] { return Http(token_, "POST /v1/risks?requestId=" + Unique(), risk_json); });
    AddSuite("echo", echo_, echo_gateway_, "heitie.test.v1.EchoService/Echo", EchoRequest, flags_.echo_gateway_http,
             [this] { return Http(token_, "POST /v1/testing:echo", R"({"text":"echo"})"); });
  }

  // The JSON of a get once more, over the gRPC client's four connections.
  void AddHttp2() {
    if (!Measured("get")) return;
    for (const int in_flight : {1, kInFlight}) {
      ways_.push_back({"get", "gateway JSON HTTP/2", in_flight, [this](int requests, const Window& window) {
                         return GrpcLoad::AllOk(gateway_http2_.Closed(requests, window, [&] {
                           GrpcRequest request{"v1/" + SomeRisk(), "", token_};
                           request.get = true;
                           return request;
                         }));
                       }});
    }
  }

  bool Measured(const std::string& operation) const { return flags_.only.empty() || flags_.only == operation; }

  void AddRaw(const std::string& operation, const std::function<RawSql::Work()>& next) {
    if (!Measured(operation)) return;
    const auto run = [this, next](int threads, const Window& window) { return raw_.Loop(threads, window, next); };
    int best = 1;
    size_t most = 0;
    for (int threads = 1; threads <= kInFlight; threads *= 2) {
      const size_t count = run(threads, Window::Of(kWarmUp, kProbed)).count();
      if (count > most) {
        most = count;
        best = threads;
      }
    }
    for (const int threads : std::set<int>{1, best, MostInFlight(operation)}) ways_.push_back({operation, "connector", threads, run});
    best_[operation] = best;
  }

  void AddSuite(const std::string& operation, GrpcLoad& service, GrpcLoad& gateway, const std::string& method,
                const std::function<std::string()>& next, int port, const std::function<std::string()>& next_http) {
    if (!Measured(operation)) return;
    const auto over = [this, method, next](GrpcLoad& load) {
      return [this, &load, method, next](int in_flight, const Window& window) {
        return GrpcLoad::AllOk(load.Closed(in_flight, window, [&] { return GrpcRequest{method, next(), token_}; }));
      };
    };
    const auto over_http = [port, next_http](int in_flight, const Window& window) {
      return LoopHttp("127.0.0.1", port, in_flight, window, next_http);
    };
    for (const int in_flight : {1, MostInFlight(operation)}) {
      ways_.push_back({operation, "service", in_flight, over(service)});
      ways_.push_back({operation, "gateway gRPC", in_flight, over(gateway)});
      if (&service == &risk_ && nginx_ != nullptr) ways_.push_back({operation, "nginx gRPC", in_flight, over(*nginx_)});
      ways_.push_back({operation, "gateway JSON", in_flight, over_http});
    }
  }

  double Rate(const std::string& operation, const std::string& way, int in_flight) const {
    for (const Way& w : ways_) {
      if (w.operation == operation && w.way == way && w.in_flight == in_flight) return w.Rate();
    }
    Die(absl::StrCat("not measured: ", operation, " ", way));
  }

  // Indexes included, as the server estimates them.
  double ChangeBytes() const {
    sql::Database database({.socket = flags_.db_socket, .user = "root", .schema = flags_.db_schema});
    double bytes = 0;
    const absl::Status read = database.Read(absl::Now() + absl::Minutes(1), [&](sql::Session& session) -> absl::Status {
      for (const char* table : {"risks", "event", "idempotency"}) {
        const absl::Status analyzed = session.Query(absl::StrCat("ANALYZE TABLE ", table), {}, [](const sql::Row&) {});
        if (!analyzed.ok()) return analyzed;
      }
      return session.Query(
          "SELECT SUM((data_length + index_length) / GREATEST(table_rows, 1)) FROM information_schema.tables WHERE table_schema = "
          "DATABASE() AND table_name IN ('risks', 'event', 'idempotency')",
          {}, [&](const sql::Row& row) { bytes = row.Double(0); });
    });
    if (!read.ok()) Die(read.ToString());
    return bytes;
  }

  void Report() const {
    Results results(flags_.results, "core",
                    absl::StrCat("Closed loop, ", std::thread::hardware_concurrency(),
                                 " cores shared by clients, services and database, which flushes at every commit; connector: at 1, at "
                                 "its best and at the service's concurrency."));
    for (const Way& way : ways_) results.AddRow(way.operation, way.way, way.in_flight, way.Rate(), way.samples);
    for (const Way& way : ways_) {
      if (way.way != "gateway JSON" || way.operation == "echo" || way.in_flight == 1) continue;
      results.AddFigure(way.operation + "_cpu", absl::StrCat("processor time of the service for a ", way.operation, " over JSON"),
                        way.service_cpu / way.requests * 1e6, "us");
      results.AddFigure(way.operation + "_gateway_cpu", absl::StrCat("processor time of the gateway for a ", way.operation, " over JSON"),
                        way.gateway_cpu / way.requests * 1e6, "us");
    }
    if (Measured("create"))
      results.AddFigure("change_bytes", "bytes of a row with its event and its idempotency record", ChangeBytes(), "bytes");
    const std::string at = absl::StrCat(" at ", kInFlight, " in flight");
    const auto versus_connector = [&](const std::string& operation, Aim aim) {
      if (!Measured(operation)) return;
      results.AddRatio(operation, Rate(operation, "service", MostInFlight(operation)) / Rate(operation, "connector", best_.at(operation)),
                       absl::StrCat("rate of the service at ", MostInFlight(operation), " in flight / the connector's best"), aim);
    };
    versus_connector("get", AtLeast(1));
    if (Measured("create")) {
      results.AddRatio("create", Rate("create", "service", kInFlight) / Rate("create", "connector", kInFlight),
                       absl::StrCat("rate of the service / the connector's, both", at), AtLeast(1));
      results.AddRatio("create_to_best", Rate("create", "service", kInFlight) / Rate("create", "connector", best_.at("create")),
                       absl::StrCat("rate of the service", at, " / the connector's best"));
    }
    versus_connector("list", {});
    if (Measured("get")) {
      const double gateway = Rate("get", "gateway gRPC", kInFlight), service = Rate("get", "service", kInFlight);
      results.AddRatio("gateway_get", gateway / service, absl::StrCat("get: rate through the gateway / direct", at));
      if (nginx_ != nullptr) {
        results.AddRatio("gateway_vs_nginx", gateway / Rate("get", "nginx gRPC", kInFlight),
                         absl::StrCat("get: rate through the gateway / through nginx", at), AtLeast(1));
      }
      for (const char* name : {"gateway_json_get", "gateway_json"}) {
        results.AddRatio(name, Rate("get", "gateway JSON", kInFlight) / service,
                         absl::StrCat("get: rate of the gateway's JSON / direct gRPC", at), AtLeast(0.6));
      }
    }
    if (Measured("get")) {
      results.AddRatio("gateway_json_http2", Rate("get", "gateway JSON HTTP/2", kInFlight) / Rate("get", "gateway JSON", kInFlight),
                       absl::StrCat("get: rate of the gateway's JSON over HTTP/2 / over HTTP/1.1", at));
    }
    results.Publish();
  }

  const Flags flags_;
  RawSql raw_;
  const RiskSql sql_;
  const std::string token_;
  GrpcLoad risk_, gateway_, gateway_http2_, echo_, echo_gateway_;
  const std::unique_ptr<GrpcLoad> nginx_;
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
