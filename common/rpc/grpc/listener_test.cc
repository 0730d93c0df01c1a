#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zlib.h>

#include <atomic>
#include <fstream>
#include <future>
#include <thread>

#include "common/client/channel.h"
#include "common/rpc/bounds.h"
#include "common/rpc/echo_testing.h"
#include "common/rpc/grpc/raw_http2_testing.h"
#include "common/rpc/wire_status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "heitie/test/v1/echo.methods.h"

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
  const auto answer =
      client.Ask(kEcho, Text("hi"), {{"authorization", "Bearer analyst"}, {"accept-language", "en;q=0.5"}, {"accept-language", "zh-TW"}});
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

// --- Before the message ----------------------------------------------------------------------------------------------

const RawHttp2::Fields kManager = {{"authorization", "Bearer manager"}};

TEST_F(GrpcListenerTest, WhoIsRefusedIsRefusedByTheHead) {
  Listen();
  RawHttp2 client(listener_->port());
  // None of these sends a message or ends its stream.
  EXPECT_EQ(client.Status(client.Head(kEcho, {})), "16");
  EXPECT_EQ(client.Status(client.Head(kEcho, {{"authorization", "Bearer forged"}})), "16");
  EXPECT_EQ(client.Status(client.Head(kEcho, {{"authorization", "Bearer analyst"}})), "7");
  EXPECT_EQ(client.Status(client.Head(kTick, {{"authorization", "Bearer analyst"}})), "7");
  EXPECT_EQ(client.Status(client.Head("heitie.test.v1.EchoService/Nothing", kManager)), "12");
  EXPECT_EQ(client.Status(client.Head("nothing", kManager)), "12");
  EXPECT_EQ(client.Status(client.Head("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", {})), "16");
  const int stream = client.Head(kEcho, kManager);
  client.Data(stream, Framed(Text("hi").SerializeAsString()));
  EXPECT_EQ(client.Status(stream), "0") << "the connection goes on";
}

// The first of two would be a matter of taste, and a proxy before this may have another.
TEST_F(GrpcListenerTest, TwoTokensAreNone) {
  Listen();
  const Metadata tokens = {{"authorization", "Bearer manager"}, {"authorization", "Bearer manager"}};
  const auto answer = WireClient(address_).Ask(kEcho, Text("hi"), tokens);
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  grpc::Status status;
  WireClient(address_).Converse("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", {}, tokens, &status);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

// Else it would end the connection, and with it the requests of everybody who shares it.
TEST_F(GrpcListenerTest, AHeadThatIsTooLongForATokenIsAnswered) {
  Listen();
  RawHttp2 client(listener_->port());
  const int before = client.Head(kEcho, kManager);
  for (const size_t size : {kMaxTokenBytes + 1, size_t{7550}, size_t{8190}, size_t{8200}, size_t{12000}}) {
    EXPECT_EQ(client.Status(client.Head(kEcho, {{"authorization", "Bearer " + std::string(size, 'x')}})), "16") << size;
  }
  client.Data(before, Framed(Text("hi").SerializeAsString()));
  EXPECT_EQ(client.Status(before), "0");
}

std::string Deflated(size_t zeros, int format) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, format, 9, Z_DEFAULT_STRATEGY);
  const std::string plain(zeros, '\0');
  std::string packed(deflateBound(&stream, zeros), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(zeros);
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

size_t PeakKib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<size_t>(usage.ru_maxrss);
}

TEST_F(GrpcListenerTest, WhatIsCompressedIsNotInflated) {
  constexpr size_t kInflated = 50 << 20;
  constexpr int kZlib = 15, kGzip = 15 + 16;
  const std::string gzip = Deflated(kInflated, kGzip), zlib = Deflated(kInflated, kZlib);
  ASSERT_LT(gzip.size(), 60'000u) << "else it is more than a client may send unasked";
  Listen();
  const size_t before = PeakKib();
  for (const char* token : {"", "Bearer manager"}) {
    for (const char* header : {"grpc-encoding", "content-encoding"}) {
      for (const bool flagged : {true, false}) {
        for (const auto& [encoding, message] : {std::pair("gzip", gzip), std::pair("deflate", zlib)}) {
          RawHttp2 client(listener_->port());
          RawHttp2::Fields fields = {{header, encoding}};
          if (*token != '\0') fields.emplace_back("authorization", token);
          const int stream = client.Head(kEcho, fields);
          client.Data(stream, Framed(message, flagged));
          const auto end = client.End(stream);
          ASSERT_FALSE(end.empty());
          EXPECT_NE(client.Status(stream), "0") << token << " " << header << " " << encoding;
        }
      }
    }
  }
  EXPECT_LT(PeakKib(), before + (kInflated >> 11)) << "half of what one of them would inflate to";
  RawHttp2 client(listener_->port());
  const int stream = client.Head(kEcho, {{"authorization", "Bearer manager"}, {"grpc-encoding", "gzip"}});
  client.Data(stream, Framed(Deflated(10, kGzip), true));
  EXPECT_EQ(client.Status(stream), "12");
}

TEST_F(GrpcListenerTest, AMessageThatIsAnnouncedTooLongIsNotGathered) {
  Listen();
  const size_t before = PeakKib();
  RawHttp2 client(listener_->port());
  const int stream = client.Head(kEcho, kManager);
  client.Data(stream, std::string("\0\x40\0\0\0", 5), /*end=*/false);
  client.Pour(stream, 300 << 20);
  EXPECT_FALSE(client.End(stream).empty()) << "the stream ends, the connection goes on";
  EXPECT_LT(PeakKib(), before + (32 << 10));
}

TEST_F(GrpcListenerTest, AMessageThatDoesNotComeIsNotAwaitedBeyondTheDeadline) {
  options_.default_deadline = absl::Seconds(1);
  Listen();
  RawHttp2 client(listener_->port());
  const int silent = client.Head(kEcho, kManager), halting = client.Head(kEcho, kManager);
  client.Data(halting, std::string(3, '\0'), /*end=*/false);
  EXPECT_EQ(client.Status(silent), "4");
  EXPECT_EQ(client.Status(halting), "4");
  const int stream = client.Head(kEcho, kManager);
  client.Data(stream, Framed(Text("hi").SerializeAsString()));
  EXPECT_EQ(client.Status(stream), "0");
}

// Threads take up requests side by side, so that which of them waits first is known to the server alone (waiting_test.cc): as many as are
// too many give way, and the others are answered.
TEST_F(GrpcListenerTest, WhoWaitsLongestForItsMessageGivesWay) {
  constexpr size_t kTooMany = 10;
  options_.default_deadline = absl::Minutes(5);
  Listen();
  std::vector<std::unique_ptr<RawHttp2>> clients;
  std::vector<std::pair<RawHttp2*, int>> streams;
  for (size_t i = 0; i < kMostAwaited + kTooMany; ++i) {
    if (i % (kStreamsPerConnection / 2) == 0) clients.push_back(std::make_unique<RawHttp2>(listener_->port()));
    streams.emplace_back(clients.back().get(), clients.back()->Head(kEcho, kManager));
  }
  const absl::Time patience = absl::Now() + kMessagePatience / 2;
  const auto ended = [&] {
    size_t count = 0;
    for (const auto& client : clients) count += client->CountEnded();
    return count;
  };
  while (ended() < kTooMany && absl::Now() < patience) absl::SleepFor(absl::Milliseconds(1));
  ASSERT_EQ(ended(), kTooMany);
  size_t gave_way = 0;
  for (size_t i = 0; i < streams.size(); ++i) {
    const auto [client, stream] = streams[i];
    if (client->HasEnded(stream)) {
      gave_way += client->Status(stream) == "8";
    } else if (i % 50 == 0) {
      client->Data(stream, Framed(Text("hi").SerializeAsString()));
      EXPECT_EQ(client->Status(stream), "0");
    }
  }
  EXPECT_EQ(gave_way, kTooMany);
  EXPECT_TRUE(WireClient(address_).Ask(kEcho, Text("hi")).status.ok());
}

TEST_F(GrpcListenerTest, WhatAnAuthenticatorThrowsIsAnAnswer) {
  class Throws final : public Authenticator {
    absl::StatusOr<Principal> Verify(const std::string& token) override { throw std::runtime_error(token); }
  } throws;
  options_.authenticator = &throws;
  Listen();
  const auto answer = WireClient(address_).Ask(kEcho, Text("hi"));
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(answer.status.error_message(), ::testing::Not(HasSubstr("manager")));
  grpc::Status status;
  WireClient(address_).Converse("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", {}, {{"authorization", "x"}}, &status);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
}

// --- Connections -----------------------------------------------------------------------------------------------------

class Limit {
 public:
  explicit Limit(rlim_t descriptors) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit lower{descriptors, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &lower);
  }
  ~Limit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

// Sockets that are made before the descriptors become few, and connected after.
class Flood {
 public:
  explicit Flood(int count) {
    for (int i = 0; i < count; ++i) sockets_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  }
  ~Flood() { Close(); }
  int highest() const { return sockets_.back(); }
  void Connect(int port) {
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(static_cast<uint16_t>(port));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (const int fd : sockets_) connect(fd, reinterpret_cast<const sockaddr*>(&server), sizeof(server));
  }
  // Whether the server has closed all but `most`.
  bool AllButClosed(size_t most) const {
    const absl::Time deadline = absl::Now() + kPatience;
    size_t open = sockets_.size();
    while (open > most && absl::Now() < deadline) {
      open = 0;
      for (const int fd : sockets_) {
        char byte;
        const ssize_t count = recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
        open += count > 0 || (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
      }
      absl::SleepFor(absl::Milliseconds(5));
    }
    return open <= most;
  }
  void Close() {
    for (const int fd : std::exchange(sockets_, {})) close(fd);
  }

 private:
  std::vector<int> sockets_;
};

TEST_F(GrpcListenerTest, MoreConnectionsThanDescriptorsAreClosedAndThePortGoesOn) {
  Listen();
  EXPECT_TRUE(WireClient(address_).Ask(kEcho, Text("hi")).status.ok());
  Flood flood(200);
  {
    const Limit few(static_cast<rlim_t>(flood.highest()) + 60);
    flood.Connect(listener_->port());
    EXPECT_TRUE(flood.AllButClosed(60));
  }
  flood.Close();
  EXPECT_TRUE(WireClient(address_).Ask(kEcho, Text("hi")).status.ok());
}

TEST_F(GrpcListenerTest, AcceptsAgainWhenThereAreDescriptorsAgain) {
  Listen();
  EXPECT_TRUE(WireClient(address_).Ask(kEcho, Text("hi")).status.ok());
  Flood flood(50);
  {
    const Limit none(3);  // accept fails
    flood.Connect(listener_->port());
    absl::SleepFor(absl::Milliseconds(300));
  }
  flood.Close();
  EXPECT_TRUE(WireClient(address_).Ask(kEcho, Text("hi")).status.ok());
}

TEST_F(GrpcListenerTest, ServesEveryKindOfAddress) {
  for (const char* address : {"[::1]:0", "localhost:0"}) {
    listener_.reset();
    listen_.address = address;
    Listen();
    if (listen_.address == "[::1]:0") address_ = absl::StrCat("[::1]:", listener_->port());
    EXPECT_TRUE(WireClient(address_).Ask(kEcho, Text("hi")).status.ok()) << address;
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
  HealthWatch process(address_, ""), service(address_, "heitie.test.v1.EchoService"), unknown(address_, "nobody");
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
  EXPECT_TRUE(channel->Call(OwnCall(), test::v1::method::Echo, Text("hi")).ok());
  EXPECT_EQ(caller, "services/activity");
  Call for_manager = OwnCall();
  for_manager.token = "manager";
  EXPECT_TRUE(channel->Call(for_manager, test::v1::method::Echo, Text("hi")).ok());
  EXPECT_EQ(caller, "employees/manager");
}

TEST_F(MutualTlsTest, ACertificateOpensOnlyWhatNamesItsService) {
  Listen();
  const auto status = [&](const Tls& tls) { return Channel(tls)->Call(OwnCall(), test::v1::method::Echo, Text("hi")).status(); };
  EXPECT_TRUE(status(certificates_.Of("activity")).ok());
  for (const char* service : {"gateway", "nobody", "risk"}) {
    EXPECT_EQ(status(certificates_.Of(service)).code(), absl::StatusCode::kPermissionDenied) << service;
  }
  const char* others[] = {"/CN=services\\/activity/CN=services\\/activity", "/CN=services\\/activity/CN=somebody",
                          "/CN=services\\/activity\\/x", "/CN=activity", "/O=CN=services\\/activity"};
  for (const char* subject : others) {
    EXPECT_EQ(status(certificates_.Made("other", subject, "DNS:services/activity,URI:services/activity")).code(),
              absl::StatusCode::kUnauthenticated)
        << subject;
  }
}

TEST_F(MutualTlsTest, TwoTokensAreNotMadeGoodByACertificate) {
  Listen();
  const auto text = [](const std::string& file) {
    std::ifstream in(file);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const Tls tls = certificates_.Of("activity");
  WireClient client(address_, grpc::SslCredentials({text(tls.ca_file), text(tls.key_file), text(tls.cert_file)}));
  EXPECT_TRUE(client.Ask(kEcho, Text("hi"), {}).status.ok());
  const Metadata tokens = {{"authorization", "Bearer manager"}, {"authorization", "Bearer analyst"}};
  EXPECT_EQ(client.Ask(kEcho, Text("hi"), tokens).status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(MutualTlsTest, AServerWithAnotherNameIsNotBelieved) {
  Listen();
  const auto channel = Channel(certificates_.Of("activity"), "heitie-planning");
  EXPECT_EQ(channel->Call(OwnCall(), test::v1::method::Echo, Text("hi")).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Channel(certificates_.Of("activity"), "")->Call(OwnCall(), test::v1::method::Echo, Text("hi")).ok())
      << "127.0.0.1 is in the certificate";
}

TEST_F(MutualTlsTest, ClientsNeedACertificateOfOurAuthority) {
  Listen();
  TestCertificates strangers;
  Tls forged = strangers.Of("activity");
  forged.ca_file = listen_.tls.ca_file;
  EXPECT_EQ(Channel(forged)->Call(OwnCall(), test::v1::method::Echo, Text("hi")).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(WireClient(address_).Ask(kEcho, Text("hi")).status.ok()) << "plaintext";
}

// The authority is replaced, then the certificates: new connections are made with the new ones.
TEST_F(MutualTlsTest, CertificatesAreReadAgain) {
  Listen();
  TestCertificates successors;
  const Tls server = successors.Of("risk"), client = successors.Of("activity");
  EXPECT_FALSE(Channel(client)->Call(OwnCall(), test::v1::method::Echo, Text("hi")).ok());
  std::filesystem::copy(server.key_file, listen_.tls.key_file, std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy(server.cert_file, listen_.tls.cert_file, std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy(server.ca_file, listen_.tls.ca_file, std::filesystem::copy_options::overwrite_existing);
  absl::Status status;
  const absl::Time deadline = absl::Now() + kPatience;
  do {
    absl::SleepFor(absl::Milliseconds(200));
    status = Channel(client)->Call(OwnCall(), test::v1::method::Echo, Text("hi")).status();
  } while (!status.ok() && absl::Now() < deadline);
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(MutualTlsTest, FilesThatDoNotFitAreNamedAtTheStart) {
  const Tls good = certificates_.Of("activity"), other = certificates_.Of("planning");
  const std::string empty = certificates_.Write("empty.pem", ""),
                    garbage = certificates_.Write("garbage.pem", "-----BEGIN CERTIFICATE-----\nx\n");
  const std::string half = certificates_.Half(good.cert_file);
  const Tls expired =
      certificates_.Made("expired", "/CN=services\\/activity", "DNS:localhost", "-startdate 20200101000000Z -enddate 20200102000000Z");
  const std::pair<Tls, std::string> wrong[] = {
      {{good.ca_file, good.cert_file, other.key_file}, "does not fit"},
      {{good.ca_file, good.key_file, good.key_file}, "holds no certificate"},
      {{good.ca_file, good.cert_file, good.cert_file}, "is none"},
      {{empty, good.cert_file, good.key_file}, empty},
      {{garbage, good.cert_file, good.key_file}, garbage},
      {{good.ca_file, half, good.key_file}, half},
      {{good.ca_file, expired.cert_file, expired.key_file}, "has expired"},
  };
  Door door(options_);
  for (const auto& [tls, why] : wrong) {
    const auto listener = GrpcListener::Listen(door, {.address = "127.0.0.1:0", .tls = tls});
    EXPECT_EQ(listener.status().code(), absl::StatusCode::kFailedPrecondition) << why;
    EXPECT_THAT(std::string(listener.status().message()), HasSubstr(why));
  }
}

// At both ends.
TEST_F(MutualTlsTest, APairThatDoesNotFitLeavesTheOneBefore) {
  Listen();
  const Tls mine = certificates_.Of("activity");
  const auto kept = Channel(mine);
  ASSERT_TRUE(kept->Call(OwnCall(), test::v1::method::Echo, Text("hi")).ok());
  TestCertificates strangers;
  const Tls foreign = strangers.Of("risk");
  for (const Tls& tls : {listen_.tls, mine}) {
    std::filesystem::copy(foreign.key_file, tls.key_file, std::filesystem::copy_options::overwrite_existing);
    std::ofstream(tls.ca_file) << "-----BEGIN CERT";
  }
  const absl::Time looked = absl::Now() + absl::Seconds(4);  // the files are looked at every second
  while (absl::Now() < looked) {
    const absl::Status status = Channel(mine)->Call(OwnCall(), test::v1::method::Echo, Text("hi")).status();
    ASSERT_TRUE(status.ok()) << status;
    absl::SleepFor(absl::Milliseconds(200));
  }
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
