// tests/load/compare overload: a service that gets five times what it can do. One caller floods it, another comes now and then; how much is
// still done, how long what is accepted takes, and how quickly the rest is told to come later. Once with searches, which read the whole
// register each, and once with lists of a page, which cost hardly more than to refuse them does: a request's way through gRPC, the same for
// both, is then most of the work.
#include "absl/strings/str_cat.h"
#include "common/config/flags.h"
#include "heitie/risk/v1/risk.pb.h"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"

namespace heitie::load {
namespace {

using namespace std::chrono_literals;

constexpr int kConnections = 8;
constexpr int kInFlight = 8;
constexpr int kRisks = 20'000;
constexpr int kCreators = 64;
constexpr int kPage = 50;
constexpr double kOverload = 5;
constexpr int kTrickleEvery = 100;  // one request of the trickle after so many of the flood
constexpr auto kWarmUp = 1s, kMeasured = 4s;
constexpr int kResourceExhausted = 8;

enum Caller { kFlood, kTrickle };

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string flood_token_file, trickle_token_file;
  int risk = 0;
};

class Overload {
 public:
  explicit Overload(const Flags& flags)
      : results_(flags.results, "overload",
                 absl::StrCat("Of ", kRisks, " risks, pages of ", kPage, "; peak: closed loop of ", kInFlight,
                              "; open loops: arrivals at a rate, latency from the moment of arrival.")),
        flood_token_(ReadToken(flags.flood_token_file)),
        trickle_token_(ReadToken(flags.trickle_token_file)),
        load_(flags.identity.To("risk", flags.risk), kConnections) {}

  int Run() {
    AddRisks();
    // No risk has this indicator, and no index knows: all of them are read.
    Flood("searches", "", R"(key_risk_indicator = "none")");
    Flood("lists", "_lists", "");
    results_.Publish();
    return 0;
  }

 private:
  void Flood(const std::string& operation, const std::string& suffix, const std::string& filter) {
    const auto flood = [&] { return List(kFlood, filter); };
    const auto mixed = [&, count = 0]() mutable { return List(++count % kTrickleEvery == 0 ? kTrickle : kFlood, filter); };
    const Samples alone = GrpcLoad::AllOk(load_.Closed(1, Window::Of(kWarmUp, kMeasured), flood));
    const Samples peak = GrpcLoad::AllOk(load_.Closed(kInFlight, Window::Of(kWarmUp, kMeasured), flood));
    const double peak_rate = Rate(peak);
    const Outcomes half = load_.Open(peak_rate / 2, Window::Of(kWarmUp, kMeasured), mixed);
    const Outcomes over = load_.Open(peak_rate * kOverload, Window::Of(kWarmUp, kMeasured), mixed);
    Check(over);

    const auto add = [&](const char* way, int in_flight, const Samples& samples) {
      results_.AddRow(operation, way, in_flight, Rate(samples), samples);
    };
    const Outcome& trickle = over.at(kTrickle);
    add("one at a time", 1, alone);
    add("peak", kInFlight, peak);
    add("half of the peak, answered", 0, Answered(half));
    add("five times the peak, answered", 0, Answered(over));
    add("five times the peak, refused", 0, Refused(over));
    add("the trickle beside it, answered", 0, trickle.answered);
    const double trickled = static_cast<double>(trickle.answered.count());
    const double trickle_asked = trickled + static_cast<double>(Count(trickle.refused));
    results_.AddRatio("goodput_overload" + suffix, Rate(Answered(over)) / peak_rate, operation + " answered at five times the peak / peak",
                      AtLeast(0.9));
    results_.AddRatio("p99_overload_to_half" + suffix, Answered(over).Micros(0.99) / Answered(half).Micros(0.99),
                      "p99 of the " + operation + " answered at five times the peak / at half of it", AtMost(3));
    results_.AddRatio("trickle_answered" + suffix, trickle_asked == 0 ? 0 : trickled / trickle_asked,
                      "share of another caller's " + operation + " that is answered beside the flood");
  }

  static void Check(const Outcomes& outcomes) {
    for (const auto& [caller, outcome] : outcomes) {
      for (const auto& [code, samples] : outcome.refused) {
        if (code != kResourceExhausted) Die("refused with gRPC status " + std::to_string(code));
      }
      if (outcome.unanswered > 0) Die("some were not answered at all");
    }
  }

  GrpcRequest List(Caller caller, const std::string& filter) const {
    risk::v1::ListRisksRequest request;
    request.set_page_size(kPage);
    request.set_filter(filter);
    return {"heitie.risk.v1.RegisterService/ListRisks", request.SerializeAsString(), caller == kFlood ? flood_token_ : trickle_token_,
            caller};
  }

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
      return GrpcRequest{"heitie.risk.v1.RegisterService/CreateRisk", request.SerializeAsString(), flood_token_};
    };
    while (i < kRisks) GrpcLoad::AllOk(load_.Closed(kCreators, Window::Of(0ms, 200ms), next));
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

  Results results_;
  const std::string flood_token_, trickle_token_;
  GrpcLoad load_;
};

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) {
  heitie::load::Flags values;
  heitie::config::Flags flags;
  values.identity.Register(flags);
  values.results.Register(flags);
  flags.Add("flood_token_file", &values.flood_token_file, "File with the token of who floods, an operations manager.");
  flags.Add("trickle_token_file", &values.trickle_token_file, "File with the token of somebody else.");
  flags.Add("risk", &values.risk, 1, 65535, "gRPC port of the risk service.");
  heitie::load::ParseOrDie(flags, argc, argv);
  return heitie::load::Overload(values).Run();
}
