// What the clients of tests/clients/run call: the test contracts behind the gateway's own doors, on a free port of this machine, which is
// written to stdout. The tokens are "manager" and "analyst". It ends with its input, so that it outlives no test.
#include <unistd.h>

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/rpc/conversation.h"
#include "common/rpc/door.h"
#include "common/rpc/service.h"
#include "common/status/status.h"
#include "common/time/clock.h"
#include "heitie/test/v1/echo.pb.h"
#include "heitie/test/v1/talk.pb.h"
#include "nlohmann/json.hpp"
#include "services/gateway/api.h"
#include "services/gateway/openapi.h"

namespace heitie::clients {
namespace {

using namespace test::v1;

class TwoTokens final : public rpc::Authenticator {
 public:
  absl::StatusOr<rpc::Principal> Verify(const std::string& token) override {
    rpc::Principal principal{absl::StrCat("employees/", token), "ops", 0};
    if (token != "manager" && token != "analyst") return absl::UnauthenticatedError("unknown token");
    principal.Grant(token == "manager" ? options::v1::ROLE_OPERATIONS_MANAGER : options::v1::ROLE_DATA_ANALYST);
    return principal;
  }
};

class Talking final : public rpc::Dialogue<TalkRequest, TalkResponse> {
 public:
  absl::StatusOr<TalkResponse> Answer(const rpc::Call&, const TalkRequest& request) override {
    TalkResponse response;
    response.set_text(request.text());
    return response;
  }
};

class Counting final : public rpc::Collector<CountRequest, CountResponse> {
 public:
  absl::Status Collect(const rpc::Call&, const CountRequest&) override {
    response_.set_count(response_.count() + 1);
    return absl::OkStatus();
  }
  absl::StatusOr<CountResponse> Finish(const rpc::Call&) override { return response_; }

 private:
  CountResponse response_;
};

// Answers with the text, or with an error of that name.
template <typename Response, typename Request>
absl::StatusOr<Response> Repeat(const Request& request) {
  if (request.text() == "missing") return status::NotFound("echoes/missing");
  if (request.text() == "busy") return status::RetryLater(status::kUnavailable, absl::Seconds(2), {{"what", "echo"}});
  Response response;
  response.set_text(request.text());
  return response;
}

int Run() {
  const time::SystemClock clock;
  TwoTokens authenticator;
  rpc::Door::Options door_options;
  door_options.authenticator = &authenticator;
  door_options.clock = &clock;
  rpc::Door door(door_options);
  rpc::Service echo("heitie.test.v1.EchoService"), talk("heitie.test.v1.TalkService");
  echo.Bind("Echo", [](const rpc::Call&, const EchoRequest& request) { return Repeat<EchoResponse>(request); });
  echo.Bind("GetEcho", [](const rpc::Call&, const GetEchoRequest& request) { return Repeat<GetEchoResponse>(request); });
  echo.Bind("Knock", [](const rpc::Call&, const KnockRequest& request) { return Repeat<KnockResponse>(request); });
  echo.BindStream("Tick", [](const std::shared_ptr<rpc::Stream>& stream) {
    const int count = static_cast<const TickRequest&>(stream->request()).count();
    TickResponse response;
    for (int i = 1; i <= count; ++i) {
      response.set_number(i);
      stream->Send(response);
    }
    stream->Close(absl::OkStatus());
  });
  talk.BindConversation("Talk", [](const rpc::Call&) -> absl::StatusOr<std::unique_ptr<Talking>> { return std::make_unique<Talking>(); });
  talk.BindConversation("Count",
                        [](const rpc::Call&) -> absl::StatusOr<std::unique_ptr<Counting>> { return std::make_unique<Counting>(); });
  door.Serve(echo);
  door.Serve(talk);
  std::vector<gateway::Binding> bindings;
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  for (const std::string& name : door.ServiceNames()) {
    services.push_back(google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name));
    const auto more = *gateway::BindingsOf(*services.back());
    bindings.insert(bindings.end(), more.begin(), more.end());
  }
  gateway::Pages pages;
  pages.Add("/openapi.json", "application/json", *gateway::GenerateOpenApi(services, nlohmann::json::object()));
  gateway::Api::Options options;
  options.cors = *gateway::Cors::Of("https://portal.example");
  gateway::Api api(door, *gateway::RouteTable::Make(std::move(bindings)), std::move(pages), std::move(options));
  const auto server = api.Listen({.address = "127.0.0.1:0"});
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.status().ToString().c_str());
    return 1;
  }
  api.SetServing(true);
  std::printf("%d\n", (*server)->port());
  std::fflush(stdout);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  api.End();
  const absl::Time deadline = absl::Now() + absl::Seconds(1);
  door.Drain(deadline);
  (*server)->Shutdown(deadline);
  return 0;
}

}  // namespace
}  // namespace heitie::clients

int main() { return heitie::clients::Run(); }
