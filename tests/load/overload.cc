// tests/load/compare overload: a service that gets five times what it can do. One caller floods it with lists, another comes now and then;
// how much is still done, how long what is accepted takes, and how quickly the rest is told to come later.
#include <cstdio>

#include "common/config/flags.h"
#include "heitie/risk/v1/risk.pb.h"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"

namespace heitie::load {
namespace {

using namespace std::chrono_literals;

constexpr int kConnections = 8;
constexpr int kInFlight = 32;
constexpr int kRisks = 200;
constexpr int kPage = 50;
constexpr double kOverload = 5;
constexpr int kTrickleEvery = 100;  // one request of the trickle after so many of the flood
constexpr auto kWarmUp = 1s, kMeasured = 4s;
constexpr int kResourceExhausted = 8;

enum Caller { kFlood, kTrickle };

struct Flags {
  Identity identity;
  std::string flood_token_file, trickle_token_file;
  int risk = 0;
};

class Overload {
 public:
  explicit Overload(const Flags& flags)
      : flood_token_(ReadToken(flags.flood_token_file)),
        trickle_token_(ReadToken(flags.trickle_token_file)),
        load_(flags.identity.To("risk", flags.risk), kConnections) {}

  int Run() {
    AddRisks();
    const auto lists = [this] { return List(kFlood); };
    Samples alone = GrpcLoad::AllOk(load_.Closed(1, Window::Of(kWarmUp, kMeasured), lists));
    Samples peak = GrpcLoad::AllOk(load_.Closed(kInFlight, Window::Of(kWarmUp, kMeasured), lists));
    const double peak_rate = Rate(peak);
    Outcomes half = load_.Open(peak_rate / 2, Window::Of(kWarmUp, kMeasured), [this] { return Mixed(); });
    Outcomes over = load_.Open(peak_rate * kOverload, Window::Of(kWarmUp, kMeasured), [this] { return Mixed(); });

    std::printf("Lists of %d; peak: closed loop of %d; open loops: arrivals at a rate, latency from the moment of arrival.\n\n", kPage,
                kInFlight);
    std::printf("%-34s %12s %10s %10s\n", "", "per second", "p50 us", "p99 us");
    Print("one at a time", alone);
    Print("peak", peak);
    Print("half of the peak, answered", Answered(half));
    Print("five times the peak, answered", Answered(over));
    Print("five times the peak, refused", Refused(over));
    Print("the trickle beside it, answered", over[kTrickle].answered);
    const double trickled = static_cast<double>(over[kTrickle].answered.count());
    const double trickle_asked = trickled + static_cast<double>(Count(over[kTrickle].refused));
    std::printf("\nratio goodput_overload %.3f\n", Rate(Answered(over)) / peak_rate);
    std::printf("ratio p99_overload_to_half %.3f\n", Answered(over).Micros(0.99) / Answered(half).Micros(0.99));
    std::printf("ratio trickle_answered %.3f\n", trickle_asked == 0 ? 0 : trickled / trickle_asked);
    for (const auto& [caller, outcome] : over) {
      for (const auto& [code, samples] : outcome.refused) {
        if (code != kResourceExhausted) Die("refused with gRPC status " + std::to_string(code));
      }
      if (outcome.unanswered > 0) Die("some were not answered at all");
    }
    return 0;
  }

 private:
  GrpcRequest List(Caller caller) const {
    risk::v1::ListRisksRequest request;
    request.set_page_size(kPage);
    return {"heitie.risk.v1.RiskService/ListRisks", request.SerializeAsString(), caller == kFlood ? flood_token_ : trickle_token_, caller};
  }
  GrpcRequest Mixed() { return List(++count_ % kTrickleEvery == 0 ? kTrickle : kFlood); }

  void AddRisks() {
    int i = 0;
    const auto next = [&] {
      risk::v1::CreateRiskRequest request;
      request.set_risk_id("overload-" + std::to_string(i++));
      request.mutable_risk()->set_category(risk::v1::Risk::CATEGORY_MARKET);
      request.mutable_risk()->set_subject("activities/spring-sale");
      request.mutable_risk()->set_title("A competitor starts a sale in the same week");
      request.mutable_risk()->set_cause("The spring holidays are the same for everybody.");
      request.mutable_risk()->set_owner("employees/li-ming");
      return GrpcRequest{"heitie.risk.v1.RiskService/CreateRisk", request.SerializeAsString(), flood_token_};
    };
    while (i < kRisks) GrpcLoad::AllOk(load_.Closed(1, Window::Of(0ms, 50ms), next));
  }

  static double Rate(const Samples& samples) {
    return static_cast<double>(samples.count()) / std::chrono::duration<double>(kMeasured).count();
  }
  static Samples Answered(const Outcomes& outcomes) {
    Samples all;
    for (const auto& [caller, outcome] : outcomes) all.Merge(outcome.answered);
    return all;
  }
  static Samples Refused(const Outcomes& outcomes) {
    Samples all;
    for (const auto& [caller, outcome] : outcomes) {
      for (const auto& [code, samples] : outcome.refused) all.Merge(samples);
    }
    return all;
  }
  static size_t Count(const std::map<int, Samples>& refused) {
    size_t count = 0;
    for (const auto& [code, samples] : refused) count += samples.count();
    return count;
  }
  static void Print(const char* what, const Samples& samples) {
    std::printf("%-34s %12.0f %10.0f %10.0f\n", what, Rate(samples), samples.Micros(0.5), samples.Micros(0.99));
  }

  const std::string flood_token_, trickle_token_;
  GrpcLoad load_;
  int count_ = 0;
};

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) {
  heitie::load::Flags values;
  heitie::config::Flags flags;
  values.identity.Register(flags);
  flags.Add("flood_token_file", &values.flood_token_file, "File with the token of who floods, an operations manager.");
  flags.Add("trickle_token_file", &values.trickle_token_file, "File with the token of somebody else.");
  flags.Add("risk", &values.risk, 1, 65535, "gRPC port of the risk service.");
  heitie::load::ParseOrDie(flags, argc, argv);
  return heitie::load::Overload(values).Run();
}
