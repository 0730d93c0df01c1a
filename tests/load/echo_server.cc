// A service that only echoes, on the suite's own door, to see what a request costs before it does any work. With --targets=echo=HOST:PORT
// it is instead a gateway to such a service, made of the gateway's parts: gRPC on --grpc_listen and HTTP/JSON on --http_listen, both
// plaintext.
#include <cstdlib>

#include "common/client/channel.h"
#include "common/http/server.h"
#include "common/observe/log.h"
#include "common/rpc/door.h"
#include "common/rpc/service.h"
#include "common/service/process.h"
#include "heitie/test/v1/echo.pb.h"
#include "services/gateway/api.h"
#include "services/gateway/route.h"

namespace heitie::load {
namespace {

using namespace test::v1;

constexpr char kContract[] = "heitie.test.v1.EchoService";

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) service::Fail("cannot start", value.status());
  return *std::move(value);
}

void Bind(rpc::Service& service) {
  service.Bind("Echo", [](const rpc::Call&, const EchoRequest& request) {
    EchoResponse response;
    response.set_text(request.text());
    response.set_payload(request.payload());
    return absl::StatusOr<EchoResponse>(std::move(response));
  });
  service.Bind("GetEcho", [](const rpc::Call&, const GetEchoRequest& request) {
    GetEchoResponse response;
    response.set_text(request.text());
    return absl::StatusOr<GetEchoResponse>(std::move(response));
  });
  service.Bind("Knock", [](const rpc::Call&, const KnockRequest& request) {
    KnockResponse response;
    response.set_text(request.text());
    return absl::StatusOr<KnockResponse>(std::move(response));
  });
  service.BindStream("Tick", [](std::shared_ptr<rpc::Stream> stream) { stream->Close(absl::UnimplementedError("Tick")); });
  service.CheckComplete();
}

int Run(const config::ServiceConfig& config, const std::string& grpc_listen, const std::string& http_listen) {
  const time::SystemClock clock;
  const auto authenticator = rpc::NewJwtAuthenticator(config.jwks, config.issuer, config.audience, clock);
  const rpc::Tls tls{config.tls_ca, config.tls_cert, config.tls_key};
  const bool is_gateway = config.targets.count("echo") == 1;
  std::unique_ptr<client::Channel> channel;
  rpc::Service echo(kContract);
  rpc::Door::Options door_options;
  door_options.authenticator = authenticator.get();
  door_options.clock = &clock;
  door_options.workers = config.workers;
  door_options.queue = config.queue;
  rpc::Door door(door_options);
  if (is_gateway) {
    channel = client::NewChannel({.name = "echo", .target = config.targets.at("echo"), .tls = tls, .server_name = "heitie-echo"});
    door.Forward(kContract, *channel);
  } else {
    Bind(echo);
    door.Serve(echo);
  }

  rpc::GrpcListener::Options listener_options;
  listener_options.address = grpc_listen;
  if (!is_gateway) listener_options.tls = tls;
  const auto grpc = Must(rpc::GrpcListener::Listen(door, listener_options));
  auto bindings = Must(gateway::BindingsOf(*google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(kContract)));
  gateway::Api api(door, Must(gateway::RouteTable::Make(std::move(bindings))), gateway::Pages());
  api.SetServing(true);
  const auto http = Must(api.Listen({.address = http_listen}));
  observe::Log(observe::Severity::kInfo, "serving",
               {{"grpc_port", std::to_string(grpc->port())}, {"http_port", std::to_string(http->port())}});
  service::WaitForSignal();
  const absl::Time deadline = absl::Now() + absl::Seconds(2);
  door.Drain(deadline);
  http->Shutdown(deadline);
  grpc->Shutdown(deadline);
  return 0;
}

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) {
  std::string grpc_listen = "127.0.0.1:0", http_listen = "127.0.0.1:0";
  const auto config = heitie::service::Start("echo", argc, argv, [&](heitie::config::Flags& more) {
    more.Add("grpc_listen", &grpc_listen, "Address of gRPC.");
    more.Add("http_listen", &http_listen, "Address of HTTP/JSON.");
  });
  return heitie::load::Run(config, grpc_listen, http_listen);
}
