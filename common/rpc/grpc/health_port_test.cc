#include "common/rpc/grpc/health_port.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/rpc/bytes.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"

namespace heitie::rpc {
namespace {

using Probed = grpc::health::v1::HealthCheckResponse;

class HealthPortTest : public ::testing::Test {
 protected:
  HealthPortTest() {
    auto port = HealthPort::Listen("0.0.0.0:0");  // beyond loopback, without TLS
    EXPECT_TRUE(port.ok()) << port.status();
    port_ = *std::move(port);
  }

  grpc::Status Ask(const std::string& method, const std::string& service, Probed::ServingStatus* serving = nullptr) {
    grpc::GenericStub stub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", port_->port()), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    grpc::CompletionQueue queue;
    auto call = stub.PrepareUnaryCall(&context, method, Serialize(request), &queue);
    call->StartCall();
    grpc::ByteBuffer bytes;
    grpc::Status status;
    call->Finish(&bytes, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    Probed response;
    if (status.ok() && serving != nullptr) {
      EXPECT_TRUE(Parse(bytes, response));
      *serving = response.status();
    }
    return status;
  }
  bool Serves(const std::string& service) {
    Probed::ServingStatus serving = Probed::UNKNOWN;
    const grpc::Status status = Ask("/grpc.health.v1.Health/Check", service, &serving);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return serving == Probed::SERVING;
  }

  std::unique_ptr<HealthPort> port_;
};

TEST_F(HealthPortTest, TellsLifeStartAndReadinessApart) {
  EXPECT_TRUE(Serves("liveness"));
  EXPECT_FALSE(Serves("startup"));
  EXPECT_FALSE(Serves("readiness"));
  EXPECT_FALSE(Serves(""));
  port_->SetStarted();
  port_->SetReady(true);
  for (const char* service : {"liveness", "startup", "readiness", ""}) EXPECT_TRUE(Serves(service)) << service;
  port_->SetReady(false);
  EXPECT_TRUE(Serves("liveness")) << "who drains lives";
  EXPECT_TRUE(Serves("startup"));
  EXPECT_FALSE(Serves("readiness"));
  EXPECT_FALSE(Serves(""));
}

// A caller without a token and without a certificate who finds the port.
TEST_F(HealthPortTest, ServesNothingElse) {
  for (const char* method : {"/heitie.planning.v1.PlanService/ListProjects", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                             "/grpc.health.v1.Health/List", "/"}) {
    EXPECT_EQ(Ask(method, "").error_code(), grpc::StatusCode::UNIMPLEMENTED) << method;
  }
  EXPECT_EQ(Ask("/grpc.health.v1.Health/Check", "heitie.planning.v1.PlanService").error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(HealthPortTest, ATakenPortIsSaid) {
  const absl::Status second = HealthPort::Listen(absl::StrCat("0.0.0.0:", port_->port())).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace heitie::rpc
