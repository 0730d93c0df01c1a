// tests/load/compare traces: what it costs that one trace in a hundred is recorded and exported. The same service runs twice on the same
// tables, once without a collector, and both are asked in turns.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/config/flags.h"
#include "common/record/store.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/grpcpp.h"
#include "heitie/risk/v1/risk.pb.h"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"

namespace heitie::load {
namespace {

using namespace std::chrono_literals;

constexpr int kInFlight = 64, kConnections = 4;
// Many short turns: what the machine does besides hits both alike.
constexpr int kRounds = 15;
constexpr auto kWarmUp = 50ms, kMeasured = 400ms;
constexpr int kRisks = 200;

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file;
  int plain = 0, traced = 0, collector = 0;
};

// Takes spans and forgets them.
class Collector final : private grpc::CallbackGenericService {
 public:
  explicit Collector(int port) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(absl::StrCat("127.0.0.1:", port), grpc::InsecureServerCredentials());
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) Die("the collector cannot listen");
  }
  ~Collector() override { server_->Shutdown(std::chrono::system_clock::now()); }
  size_t bytes() const { return bytes_; }

 private:
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Reactor(Collector& collector) : collector_(collector) { StartRead(&request_); }

   private:
    void OnReadDone(bool ok) override {
      if (!ok) return Finish(grpc::Status::OK);
      collector_.bytes_ += request_.Length();
      StartWrite(&answer_);
    }
    void OnWriteDone(bool) override { Finish(grpc::Status::OK); }
    void OnDone() override { delete this; }

    Collector& collector_;
    grpc::ByteBuffer request_;
    grpc::Slice nothing_;
    grpc::ByteBuffer answer_{&nothing_, 1};
  };
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override { return new Reactor(*this); }

  std::atomic<size_t> bytes_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

std::string CreateRequest(const std::string& id) {
  risk::v1::CreateRiskRequest request;
  request.mutable_risk()->set_category(risk::v1::Risk::CATEGORY_MARKET);
  request.mutable_risk()->set_subject("activities/spring-sale");
  request.mutable_risk()->set_title("A competitor starts a sale in the same week");
  request.mutable_risk()->set_cause("The spring holidays are the same for everybody.");
  request.mutable_risk()->set_owner("employees/li-ming");
  request.set_risk_id(id);
  return request.SerializeAsString();
}

// One operation of one of the two processes.
struct Way {
  std::string operation, way;
  GrpcLoad& load;
  std::function<GrpcRequest()> next;
  Samples samples = {};
  std::vector<double> rates = {};

  void Measure() {
    const Samples round = GrpcLoad::AllOk(load.Closed(kInFlight, Window::Of(kWarmUp, kMeasured), next));
    rates.push_back(static_cast<double>(round.count()) / std::chrono::duration<double>(kMeasured).count());
    samples.Merge(round);
  }
  double Rate() const {
    std::vector<double> sorted = rates;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

int Run(const Flags& flags) {
  const Collector collector(flags.collector);
  const std::string token = ReadToken(flags.token_file), run = absl::StrCat("t", absl::ToUnixMillis(absl::Now()), "-");
  GrpcLoad plain(flags.identity.To("risk", flags.plain), kConnections), traced(flags.identity.To("risk", flags.traced), kConnections);
  int made = 0, asked = 0;
  const auto create = [&] {
    return GrpcRequest{"heitie.risk.v1.RegisterService/CreateRisk", CreateRequest(absl::StrCat(run, made++)), token};
  };
  while (made < kRisks) GrpcLoad::AllOk(plain.Closed(1, Window::Of(0ms, 50ms), create));
  const auto get = [&] {
    risk::v1::GetRiskRequest request;
    request.set_name(absl::StrCat("risks/", run, asked++ * 7919 % kRisks));
    return GrpcRequest{"heitie.risk.v1.RegisterService/GetRisk", request.SerializeAsString(), token};
  };
  std::vector<Way> ways = {{"get", "no collector", plain, get},
                           {"get", "one in a hundred", traced, get},
                           {"create", "no collector", plain, create},
                           {"create", "one in a hundred", traced, create}};
  for (int round = 0; round < kRounds; ++round) {
    // Who begins has its turn as well.
    for (size_t i = 0; i < ways.size(); ++i) ways[round % 2 == 0 ? i : i ^ 1].Measure();
  }
  if (collector.bytes() == 0) Die("no spans came");
  Results results(
      flags.results, "traces",
      absl::StrCat("Closed loop, ", kInFlight, " in flight, ", kRounds, " turns of each; ", collector.bytes(), " bytes of spans."));
  for (const Way& way : ways) results.AddRow(way.operation, way.way, kInFlight, way.Rate(), way.samples);
  results.AddRatio("traces_get", ways[1].Rate() / ways[0].Rate(), "gets a second with one trace in a hundred recorded / without",
                   AtLeast(0.97));
  results.AddRatio("traces_create", ways[3].Rate() / ways[2].Rate(), "the same of creates", AtLeast(0.97));
  results.Publish();
  return 0;
}

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) {
  heitie::load::Flags values;
  heitie::config::Flags flags;
  values.identity.Register(flags);
  values.results.Register(flags);
  flags.Add("token_file", &values.token_file, "File with the token of an operations manager.");
  flags.Add("plain", &values.plain, 1, 65535, "gRPC port of the risk service that records nothing.");
  flags.Add("traced", &values.traced, 1, 65535, "gRPC port of the one that records one trace in a hundred.");
  flags.Add("collector", &values.collector, 1, 65535, "Port on which spans are taken.");
  heitie::load::ParseOrDie(flags, argc, argv);
  return heitie::load::Run(values);
}
