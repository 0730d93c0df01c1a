// The gateway's process: every public method of every service over gRPC and HTTP, and the composites of its own.
#include <map>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "common/client/channel.h"
#include "common/http/server.h"
#include "common/observe/log.h"
#include "common/rpc/door.h"
#include "common/rpc/services.h"
#include "common/rpc/tls.h"
#include "common/service/process.h"
#include "common/service/version.h"
#include "common/status/macros.h"
#include "common/time/clock.h"
#include "common/work/loops.h"
#include "nlohmann/json.hpp"
#include "services/gateway/api.h"
#include "services/gateway/contracts.h"
#include "services/gateway/cors.h"
#include "services/gateway/docs.h"
#include "services/gateway/openapi.h"
#include "services/gateway/rate_limits.h"
#include "services/gateway/service.h"

namespace heitie::gateway {
namespace {

constexpr char kOwn[] = "gateway";

struct PublicFlags {
  std::string grpc_listen = "127.0.0.1:9090";
  std::string http_listen = "127.0.0.1:8080";
  std::string public_cert, public_key;
  std::string rate_limits;
  std::string cors_origins;

  void Register(config::Flags& flags) {
    flags.Add("grpc_listen", &grpc_listen,
              "Public address of gRPC, host:port. Anything but loopback needs --public_cert and --public_key.");
    flags.Add("http_listen", &http_listen,
              "Public address of HTTP/JSON, host:port. Anything but loopback needs --public_cert and --public_key.");
    flags.Add("public_cert", &public_cert,
              "PEM file of the certificate, with its chain, that clients see; empty: plaintext, on loopback only.");
    flags.Add("public_key", &public_key, "PEM file of that certificate's private key.");
    flags.Add("rate_limits", &rate_limits,
              "File with the requests a second that callers may make, `role NAME RATE BURST` or `caller NAME RATE BURST` a line; empty: no "
              "limits. "
              "Re-read when it changes.");
    flags.Add(
        "cors_origins", &cors_origins,
        "Origins whose pages may call from browsers, such as https://portal.example,http://localhost:3000; `*`: every page; empty: none.");
  }

  // Of what --check and every start look at.
  absl::Status Problem() const {
    if (public_cert.empty() != public_key.empty()) return absl::InvalidArgumentError("--public_cert and --public_key must be set together");
    if (!public_cert.empty()) RETURN_IF_ERROR(rpc::CheckFiles({public_cert, public_cert, public_key}));
    RETURN_IF_ERROR(Cors::Of(cors_origins).status());
    return rate_limits.empty() ? absl::OkStatus() : ReadRateRules(rate_limits).status();
  }
};

using Channels = std::map<std::string, std::unique_ptr<client::Channel>>;

// To each process that has a contract but this one.
Channels Connect(const config::ServiceConfig& config, const std::shared_ptr<work::Loops>& loops) {
  Channels channels;
  for (const auto* service : rpc::ServicesOf()) {
    const std::string process = rpc::ProcessOf(*service);
    if (process == kOwn || channels.count(process) == 1) continue;
    const auto address = config.targets.find(process);
    if (address == config.targets.end()) {
      service::Fail("a target is missing", absl::InvalidArgumentError(absl::StrCat("--targets must name ", process)));
    }
    client::ChannelOptions options;
    options.name = process;
    options.target = address->second;
    options.tls = {config.tls_ca, config.tls_cert, config.tls_key};
    if (!config.tls_ca.empty()) options.server_name = absl::StrCat("heitie-", process);
    options.loops = loops;
    channels[process] = client::NewChannel(options);
  }
  return channels;
}

std::vector<const google::protobuf::ServiceDescriptor*> Services(const google::protobuf::DescriptorPool& pool,
                                                                 const std::vector<std::string>& names) {
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  for (const std::string& name : names) {
    const auto* service = pool.FindServiceByName(name);
    if (service == nullptr) service::Fail("a contract is missing", absl::NotFoundError(name));
    services.push_back(service);
  }
  return services;
}

RouteTable Routes(const std::vector<const google::protobuf::ServiceDescriptor*>& services) {
  std::vector<Binding> all;
  for (const auto* service : services) {
    auto bindings = BindingsOf(*service);
    if (!bindings.ok()) service::Fail("a contract's HTTP annotation is wrong", bindings.status());
    all.insert(all.end(), bindings->begin(), bindings->end());
  }
  auto routes = RouteTable::Make(std::move(all));
  if (!routes.ok()) service::Fail("routes are ambiguous", routes.status());
  return *std::move(routes);
}

Pages PagesOf(const std::vector<std::string>& names) {
  const nlohmann::json told = ToldByTheBuild();
  auto document = GenerateOpenApi(Services(CommentedContracts(), names), told);
  if (!document.ok()) service::Fail("no OpenAPI document", document.status());
  Pages pages;
  pages.Add("/openapi.json", "application/json", *std::move(document));
  AddDocs(told, pages);
  pages.Add("/version", "application/json",
            absl::StrCat(R"({"name":"heitie-gateway","version":")", service::Version(), R"(","commit":")", service::Commit(), R"("})"));
  return pages;
}

rpc::Door::Options DoorOptions(const config::ServiceConfig& config, rpc::Authenticator& authenticator, rpc::Limits& limits,
                               const time::Clock& clock) {
  rpc::Door::Options options;
  options.authenticator = &authenticator;
  options.limits = &limits;
  options.clock = &clock;
  options.workers = config.workers;
  options.queue = config.queue;
  options.trust_peer_services = false;  // whoever comes from outside is a person or a producer with a token
  return options;
}

std::unique_ptr<RateLimits> LimitsOf(const PublicFlags& flags, const time::Clock& clock) {
  absl::StatusOr<RateRules> rules = flags.rate_limits.empty() ? RateRules() : ReadRateRules(flags.rate_limits);
  if (!rules.ok()) service::Fail("no limits of rates", rules.status());
  return std::make_unique<RateLimits>(*std::move(rules), flags.rate_limits, clock);
}

// Every port takes every protocol: the two are there for networks that let through only one of them.
std::unique_ptr<http::Server> Listen(Api& api, const std::string& address, const config::ServiceConfig& config, const PublicFlags& flags,
                                     const std::shared_ptr<work::Loops>& loops) {
  http::Options options = {.address = address, .cert_file = flags.public_cert, .key_file = flags.public_key};
  options.max_connection_age = config.connection_age;
  options.loops = loops;
  auto server = api.Listen(options);
  if (!server.ok()) service::Fail("cannot listen", server.status());
  return *std::move(server);
}

int Run(const config::ServiceConfig& config, const PublicFlags& flags) {
  const time::SystemClock clock;
  const auto authenticator = rpc::NewJwtAuthenticator(config.jwks, config.issuer, config.audience, clock);
  // Clients and services are on the same: a request is passed on by the thread that has read it.
  const auto loops = work::Loops::ForEachProcessor();
  const absl::Cleanup end_loops = [&] { loops->Stop(); };
  const Channels channels = Connect(config, loops);
  Service own([&](const std::string& name) -> client::Client& { return *channels.at(name); });
  own.rpc().CheckComplete();
  const auto limits = LimitsOf(flags, clock);
  rpc::Door door(DoorOptions(config, *authenticator, *limits, clock));
  door.Serve(own.rpc());
  for (const auto* service : rpc::ServicesOf()) {
    const std::string process = rpc::ProcessOf(*service);
    if (process != kOwn) door.Forward(service->full_name(), *channels.at(process));
  }
  Api::Options options;
  options.cors = *Cors::Of(flags.cors_origins);  // which Problem has looked at
  Api api(door, Routes(Services(*google::protobuf::DescriptorPool::generated_pool(), door.ServiceNames())), PagesOf(door.ServiceNames()),
          std::move(options));

  const auto grpc = Listen(api, flags.grpc_listen, config, flags, loops);
  const auto http = Listen(api, flags.http_listen, config, flags, loops);
  auto admin = service::Admin::Listen(config, "gateway");
  if (!admin.ok()) service::Fail("cannot listen for operators", admin.status());
  (*admin)->Watch(flags.grpc_listen, grpc->port());
  (*admin)->Watch(flags.http_listen, http->port());
  api.SetServing(true);
  observe::Log(observe::Severity::kInfo, "serving",
               {{"grpc_port", std::to_string(grpc->port())},
                {"http_port", std::to_string(http->port())},
                {"admin_port", std::to_string((*admin)->port())}});
  const auto lame = [&] {
    api.SetServing(false);
    grpc->Lame();
    http->Lame();
  };
  const auto stop = [&](absl::Time deadline) {
    door.Drain(deadline);
    api.End();
    http->Shutdown(deadline);
    grpc->Shutdown(deadline);
  };
  service::ServeUntilSignal(**admin, config.drain_delay, lame, stop);
  return 0;
}

}  // namespace
}  // namespace heitie::gateway

int main(int argc, char** argv) {
  heitie::gateway::PublicFlags flags;
  const auto config = heitie::service::Start(
      "gateway", argc, argv, [&](heitie::config::Flags& more) { flags.Register(more); }, [&] { return flags.Problem(); });
  return heitie::gateway::Run(config, flags);
}
