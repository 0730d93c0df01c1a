#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <future>
#include <thread>

#include "common/client/channel.h"
#include "common/rpc/echo_testing.h"
#include "common/rpc/transport.h"
#include "common/rpc/wire_status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"

namespace heitie::rpc {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

using Metadata = std::vector<std::pair<std::string, std::string>>;

std::string Loopback(int port) { return absl::StrCat("127.0.0.1:", port); }

// A client that is not ours: what it sends and what it gets, as it is on the wire.
class WireClient {
 public:
  explicit WireClient(const std::string& address,
                      std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials())
      : stub_(grpc::CreateChannel(address, credentials)) {}

  struct Answer {
    grpc::Status status;
    std::string bytes, trace_id;
    // Of the status.
    google::rpc::Status details;
  };

  Answer Ask(const std::string& method, const google::protobuf::Message& request,
             const Metadata& metadata = {{"authorization", "Bearer manager"}}) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
    grpc::CompletionQueue queue;
    const grpc::ByteBuffer bytes = Serialize(request);
    auto call = stub_.PrepareUnaryCall(&context, absl::StrCat("/", method), bytes, &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    Answer answer;
    call->Finish(&response, &answer.status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    answer.bytes = Text(response);
    answer.details.ParseFromString(answer.status.error_details());
    const auto trace = context.GetServerTrailingMetadata().find("x-trace-id");
    if (trace != context.GetServerTrailingMetadata().end()) answer.trace_id = std::string(trace->second.data(), trace->second.size());
    return answer;
  }

  // One conversation: sends all requests, then reads to the end.
  std::vector<std::string> Converse(const std::string& method, const std::vector<std::string>& requests, const Metadata& metadata,
                                    grpc::Status* status) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
    grpc::CompletionQueue queue;
    const auto done = [&] {
      void* tag = nullptr;
      bool ok = false;
      queue.Next(&tag, &ok);
      return ok;
    };
    auto call = stub_.PrepareCall(&context, absl::StrCat("/", method), &queue);
    call->StartCall(nullptr);
    done();
    for (const std::string& request : requests) {
      const grpc::Slice slice(request);
      call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
      done();
    }
    call->WritesDone(nullptr);
    done();
    std::vector<std::string> answers;
    for (grpc::ByteBuffer answer; call->Read(&answer, nullptr), done();) answers.push_back(Text(answer));
    call->Finish(status, nullptr);
    done();
    return answers;
  }

 private:
  static std::string Text(const grpc::ByteBuffer& bytes) {
    std::vector<grpc::Slice> slices;
    std::string text;
    if (bytes.Valid() && bytes.Dump(&slices).ok()) {
      for (const auto& slice : slices) text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    return text;
  }
  grpc::GenericStub stub_;
};

class GrpcListenerTest : public ::testing::Test {
 protected:
  void Listen() {
    door_ = std::make_unique<Door>(options_);
    door_->Serve(handlers_.service);
    auto listener = GrpcListener::Listen(*door_, listen_);
    ASSERT_TRUE(listener.ok()) << listener.status();
    listener_ = std::move(*listener);
    address_ = Loopback(listener_->port());
  }
  grpc::health::v1::HealthCheckResponse::ServingStatus Health(const std::string& service) {
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    grpc::health::v1::HealthCheckResponse response;
    const auto answer = WireClient(address_).Ask("grpc.health.v1.Health/Check", request, {});
    EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
    EXPECT_TRUE(response.ParseFromString(answer.bytes));
    return response.status();
  }

  DoorParts parts_;
  Door::Options options_ = parts_.Options();
  GrpcListener::Options listen_{.address = "127.0.0.1:0"};
  EchoHandlers handlers_;
  std::unique_ptr<Door> door_;
  std::unique_ptr<GrpcListener> listener_;
  std::string address_;
};

TEST_F(GrpcListenerTest, AnswersAndTellsTheTrace) {
  Listen();
  const auto answer = WireClient(address_).Ask(
      kEcho, Text("hi"), {{"authorization", "bearer manager"}, {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}});
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  EchoResponse response;
  ASSERT_TRUE(response.ParseFromString(answer.bytes));
  EXPECT_EQ(response.text(), "hi");
  EXPECT_EQ(answer.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST_F(GrpcListenerTest, ErrorsCarryDetailsInTheCallersLanguage) {
  Listen();
  WireClient client(address_);
  const auto answer = client.Ask(kEcho, Text("hi"), {{"authorization", "Bearer analyst"}, {"accept-language", "zh-TW"}});
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(answer.trace_id, MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(answer.details.code(), static_cast<int>(grpc::StatusCode::PERMISSION_DENIED));
  google::rpc::LocalizedMessage message;
  int localized = 0;
  for (const auto& detail : answer.details.details()) localized += detail.UnpackTo(&message);
  EXPECT_EQ(localized, 1);
  EXPECT_EQ(message.locale(), "zh-TW");
  EXPECT_EQ(client.Ask(kEcho, Text("hi"), {}).status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(client.Ask(kEcho, Text("hi"), {{"authorization", "Basic bWFuYWdlcg=="}}).status.error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(client.Ask("nothing.Here/AtAll", Text("hi")).status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(client.Ask(kEcho, Text("")).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

// A stock client refuses trailers of more than 8 KiB: it would see RESOURCE_EXHAUSTED.
TEST_F(GrpcListenerTest, ManyViolationsReachAStockClient) {
  handlers_.echo = [](const Call&, const EchoRequest&) -> absl::StatusOr<EchoResponse> {
    status::BadFields bad;
    for (int i = 0; i < 2000; ++i) bad.Add(absl::StrCat("目標[", i, "]"), status::kRequired);
    return bad.status();
  };
  Listen();
  const auto answer = WireClient(address_).Ask(kEcho, Text("hi"));
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << answer.status.error_message();
  EXPECT_GT(answer.details.details_size(), 0);
}

TEST_F(GrpcListenerTest, ARequestWithoutMessageIsMalformed) {
  Listen();
  grpc::Status status;
  EXPECT_TRUE(WireClient(address_).Converse(kEcho, {}, {{"authorization", "Bearer manager"}}, &status).empty());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(GrpcListenerTest, MessagesAreLimited) {
  Listen();
  EchoRequest request = Text("big");
  request.set_payload(std::string(kMaxMessageBytes, 'x'));
  EXPECT_EQ(WireClient(address_).Ask(kEcho, request).status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  request.set_payload(std::string(kMaxMessageBytes / 2, 'x'));
  EXPECT_TRUE(WireClient(address_).Ask(kEcho, request).status.ok());
}

TEST_F(GrpcListenerTest, StreamsArriveWholeAndEndWithTheirStatus) {
  Listen();
  grpc::Status status;
  WireClient client(address_);
  const auto answers = client.Converse(kTick, {Count(60).SerializeAsString()}, {{"authorization", "Bearer manager"}}, &status);
  EXPECT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(answers.size(), 60u);
  for (int i = 0; i < 60; ++i) {
    TickResponse message;
    ASSERT_TRUE(message.ParseFromString(answers[i]));
    EXPECT_EQ(message.number(), i + 1);
  }
  client.Converse(kTick, {Count(-1).SerializeAsString()}, {{"authorization", "Bearer manager"}}, &status);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(GrpcListenerTest, AClientThatLeavesEndsItsStream) {
  std::promise<void> ended;
  std::promise<std::shared_ptr<Stream>> kept;
  handlers_.tick = [&](std::shared_ptr<Stream> stream) {
    stream->OnEnd([&] { ended.set_value(); });
    kept.set_value(stream);
  };
  Listen();
  {
    grpc::GenericStub stub(grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer manager");
    grpc::CompletionQueue queue;
    auto call = stub.PrepareCall(&context, absl::StrCat("/", kTick), &queue);
    void* tag = nullptr;
    bool ok = false;
    call->StartCall(nullptr);
    queue.Next(&tag, &ok);
    call->WriteLast(Serialize(Count(1)), grpc::WriteOptions(), nullptr);
    queue.Next(&tag, &ok);
    auto stream = kept.get_future().get();
    context.TryCancel();
    EXPECT_EQ(ended.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
    EXPECT_FALSE(stream->Send(TickResponse()));
    grpc::Status status;
    call->Finish(&status, nullptr);
    queue.Next(&tag, &ok);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  }
}

// --- Health and reflection -------------------------------------------------------------------------------------------

TEST_F(GrpcListenerTest, HealthIsOpenAndTurnsLame) {
  Listen();
  using Response = grpc::health::v1::HealthCheckResponse;
  EXPECT_EQ(Health(""), Response::SERVING);
  EXPECT_EQ(Health(kEchoService), Response::SERVING);
  listener_->Lame();
  EXPECT_EQ(Health(""), Response::NOT_SERVING);
  EXPECT_EQ(Health(kEchoService), Response::NOT_SERVING);
  EXPECT_TRUE(WireClient(address_).Ask(kEcho, Text("hi")).status.ok()) << "who has not noticed yet is still served";
}

// One watch of the health, read answer by answer.
class HealthWatch {
 public:
  HealthWatch(const std::string& address, const std::string& service)
      : stub_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    call_ = stub_.PrepareCall(&context_, "/grpc.health.v1.Health/Watch", &queue_);
    call_->StartCall(nullptr);
    Done();
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    call_->WriteLast(Serialize(request), grpc::WriteOptions(), nullptr);
    Done();
  }
  ~HealthWatch() {
    if (call_ != nullptr) End();
  }

  grpc::health::v1::HealthCheckResponse::ServingStatus Next() {
    grpc::ByteBuffer bytes;
    call_->Read(&bytes, nullptr);
    grpc::health::v1::HealthCheckResponse response;
    EXPECT_TRUE(Done() && Parse(bytes, response));
    return response.status();
  }
  // How it ends, after what was still to be read.
  grpc::Status Rest() {
    grpc::ByteBuffer bytes;
    call_->Read(&bytes, nullptr);
    EXPECT_FALSE(Done());
    return Finish();
  }
  void End() {
    context_.TryCancel();
    Finish();
  }

 private:
  bool Done() {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    return ok;
  }
  grpc::Status Finish() {
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Done();
    call_.reset();
    return status;
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

TEST_F(GrpcListenerTest, WatchersHearOfEveryChangeAndOfTheEnd) {
  using grpc::health::v1::HealthCheckResponse;
  Listen();
  HealthWatch process(address_, ""), service(address_, "heitie.testing.v1.EchoService"), unknown(address_, "nobody");
  { HealthWatch leaves(address_, ""); }
  EXPECT_EQ(process.Next(), HealthCheckResponse::SERVING);
  EXPECT_EQ(service.Next(), HealthCheckResponse::SERVING);
  EXPECT_EQ(unknown.Next(), HealthCheckResponse::SERVICE_UNKNOWN);
  listener_->Lame();
  EXPECT_EQ(process.Next(), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(service.Next(), HealthCheckResponse::NOT_SERVING);
  listener_->Shutdown(absl::Now() + absl::Seconds(10));
  for (HealthWatch* watch : {&process, &service, &unknown}) EXPECT_EQ(watch->Rest().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(GrpcListenerTest, TheHealthOfAnUnknownServiceIsNotFound) {
  Listen();
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("nobody");
  EXPECT_EQ(WireClient(address_).Ask("grpc.health.v1.Health/Check", request, {}).status.error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(GrpcListenerTest, ReflectionListsAndDescribesWhoHasAToken) {
  Listen();
  grpc::reflection::v1::ServerReflectionRequest list, describe;
  list.set_list_services("");
  describe.set_file_containing_symbol(kEchoService);
  for (const std::string version : {"v1", "v1alpha"}) {
    const std::string method = absl::StrCat("grpc.reflection.", version, ".ServerReflection/ServerReflectionInfo");
    grpc::Status status;
    const auto answers = WireClient(address_).Converse(method, {list.SerializeAsString(), describe.SerializeAsString()},
                                                       {{"authorization", "Bearer analyst"}}, &status);
    EXPECT_TRUE(status.ok()) << status.error_message();
    ASSERT_EQ(answers.size(), 2u);
    grpc::reflection::v1::ServerReflectionResponse response;
    ASSERT_TRUE(response.ParseFromString(answers[0]));
    std::vector<std::string> names;
    for (const auto& service : response.list_services_response().service()) names.push_back(service.name());
    EXPECT_THAT(names, Contains(kEchoService));
    EXPECT_THAT(names, Contains("grpc.health.v1.Health"));
    ASSERT_TRUE(response.ParseFromString(answers[1]));
    EXPECT_GT(response.file_descriptor_response().file_descriptor_proto_size(), 3);
    EXPECT_TRUE(WireClient(address_).Converse(method, {list.SerializeAsString()}, {}, &status).empty());
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    WireClient(address_).Converse(method, {"\xff\xff"}, {{"authorization", "Bearer analyst"}}, &status);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
}

// --- Addresses and TLS -----------------------------------------------------------------------------------------------

TEST_F(GrpcListenerTest, PlaintextIsForThisMachineOnly) {
  Door door(options_);
  for (const char* address : {"0.0.0.0:0", "[::]:0"}) {
    const auto listener = GrpcListener::Listen(door, {.address = address});
    EXPECT_EQ(listener.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(listener.status().message()), HasSubstr(address));
  }
}

TEST_F(GrpcListenerTest, ATakenPortIsNamed) {
  Listen();
  Door door(options_);
  const auto second = GrpcListener::Listen(door, {.address = address_});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(absl::StrCat(address_, ": Address already in use")));
}

TEST_F(GrpcListenerTest, MissingCertificatesAreNamed) {
  Door door(options_);
  const auto listener =
      GrpcListener::Listen(door, {.address = "127.0.0.1:0", .tls = {"/nowhere/ca.pem", "/nowhere/a.pem", "/nowhere/a.key"}});
  EXPECT_EQ(listener.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(listener.status().message()), HasSubstr("/nowhere/ca.pem"));
}

class MutualTlsTest : public GrpcListenerTest {
 protected:
  MutualTlsTest() { listen_.tls = certificates_.Of("risk"); }
  Call OwnCall() {
    Call call;
    call.trace_id = "0123456789abcdef0123456789abcdef";
    call.deadline = absl::Now() + absl::Seconds(20);
    return call;
  }
  std::unique_ptr<client::Channel> Channel(const Tls& tls, const std::string& server_name = "heitie-risk") {
    return client::NewChannel({.name = "risk", .target = address_, .tls = tls, .server_name = server_name});
  }
  TestCertificates certificates_;
};

TEST_F(MutualTlsTest, TheCertificateSaysWhoCalls) {
  std::string caller;
  handlers_.echo = [&](const Call& call, const EchoRequest&) {
    caller = call.principal.name;
    return absl::StatusOr<EchoResponse>(EchoResponse());
  };
  Listen();
  const auto channel = Channel(certificates_.Of("activity"));
  EXPECT_TRUE(channel->Call<EchoResponse>(OwnCall(), kEcho, Text("hi")).ok());
  EXPECT_EQ(caller, "services/activity");
  Call for_manager = OwnCall();
  for_manager.token = "manager";
  EXPECT_TRUE(channel->Call<EchoResponse>(for_manager, kEcho, Text("hi")).ok());
  EXPECT_EQ(caller, "employees/manager");
}

TEST_F(MutualTlsTest, AServerWithAnotherNameIsNotBelieved) {
  Listen();
  const auto channel = Channel(certificates_.Of("activity"), "heitie-planning");
  EXPECT_EQ(channel->Call<EchoResponse>(OwnCall(), kEcho, Text("hi")).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Channel(certificates_.Of("activity"), "")->Call<EchoResponse>(OwnCall(), kEcho, Text("hi")).ok())
      << "127.0.0.1 is in the certificate";
}

TEST_F(MutualTlsTest, ClientsNeedACertificateOfOurAuthority) {
  Listen();
  TestCertificates strangers;
  Tls forged = strangers.Of("activity");
  forged.ca_file = listen_.tls.ca_file;
  EXPECT_EQ(Channel(forged)->Call<EchoResponse>(OwnCall(), kEcho, Text("hi")).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(WireClient(address_).Ask(kEcho, Text("hi")).status.ok()) << "plaintext";
}

TEST_F(MutualTlsTest, WhereCertificatesAreOptionalATokenSuffices) {
  listen_.require_client_certificate = false;
  Listen();
  grpc::SslCredentialsOptions ssl;
  std::ifstream file(listen_.tls.ca_file);
  ssl.pem_root_certs.assign(std::istreambuf_iterator<char>(file), {});
  WireClient client(address_, grpc::SslCredentials(ssl));
  EXPECT_TRUE(client.Ask(kEcho, Text("hi")).status.ok());
  EXPECT_EQ(client.Ask(kEcho, Text("hi"), {}).status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

// The authority is replaced, then the certificates: new connections are made with the new ones.
TEST_F(MutualTlsTest, CertificatesAreReadAgain) {
  Listen();
  TestCertificates successors;
  const Tls server = successors.Of("risk"), client = successors.Of("activity");
  EXPECT_FALSE(Channel(client)->Call<EchoResponse>(OwnCall(), kEcho, Text("hi")).ok());
  std::filesystem::copy(server.key_file, listen_.tls.key_file, std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy(server.cert_file, listen_.tls.cert_file, std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy(server.ca_file, listen_.tls.ca_file, std::filesystem::copy_options::overwrite_existing);
  absl::Status status;
  const absl::Time deadline = absl::Now() + kPatience;
  do {
    absl::SleepFor(absl::Milliseconds(200));
    status = Channel(client)->Call<EchoResponse>(OwnCall(), kEcho, Text("hi")).status();
  } while (!status.ok() && absl::Now() < deadline);
  EXPECT_TRUE(status.ok()) << status;
}

// --- The end ---------------------------------------------------------------------------------------------------------

TEST_F(GrpcListenerTest, ShutdownFailsNoRequestThatItHasTaken) {
  std::atomic<int> taken{0};
  handlers_.echo = [&](const Call&, const EchoRequest& request) {
    ++taken;
    absl::SleepFor(absl::Milliseconds(300));
    EchoResponse response;
    response.set_text(request.text());
    return absl::StatusOr<EchoResponse>(response);
  };
  Listen();
  std::vector<std::future<grpc::Status>> calls;
  calls.reserve(8);
  for (int i = 0; i < 8; ++i)
    calls.push_back(std::async(std::launch::async, [&] { return WireClient(address_).Ask(kEcho, Text("hi")).status; }));
  while (taken < 4) absl::SleepFor(absl::Milliseconds(1));  // four run, four wait for a worker
  absl::SleepFor(absl::Milliseconds(50));
  listener_->Shutdown(absl::Now() + kPatience);
  EXPECT_EQ(taken, 8);
  for (auto& call : calls) EXPECT_TRUE(call.get().ok());
  EXPECT_EQ(WireClient(address_).Ask(kEcho, Text("hi")).status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(GrpcListenerTest, ShutdownCancelsWhatStaysBeyondItsDeadline) {
  std::promise<void> started;
  std::shared_ptr<Stream> kept;
  handlers_.tick = [&](std::shared_ptr<Stream> stream) {
    kept = std::move(stream);
    started.set_value();
  };
  Listen();
  auto call = std::async(std::launch::async, [&] {
    grpc::Status status;
    WireClient(address_).Converse(kTick, {Count(1).SerializeAsString()}, {{"authorization", "Bearer manager"}}, &status);
    return status;
  });
  started.get_future().wait();
  const absl::Time before = absl::Now();
  listener_->Shutdown(before + absl::Milliseconds(100));
  EXPECT_LT(absl::Now() - before, absl::Seconds(10));
  EXPECT_FALSE(call.get().ok());
  EXPECT_FALSE(kept->Send(TickResponse()));
}

}  // namespace
}  // namespace heitie::rpc
