#include "services/gateway/grpc_family.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "services/gateway/api_testing.h"
#include "services/gateway/compression.h"
#include "services/gateway/envelope.h"

namespace heitie::gateway {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kGrpc[] = "application/grpc";
constexpr char kWeb[] = "application/grpc-web+proto";
constexpr char kWebText[] = "application/grpc-web-text";

std::string GetRequest(const std::string& name) {
  planning::v1::GetProjectRequest request;
  request.set_name(name);
  return Enveloped(0, request.SerializeAsString());
}
std::string Spoken(const std::string& text) {
  test::v1::TalkRequest request;
  request.set_text(text);
  return Enveloped(0, request.SerializeAsString());
}

// An answer of either, trailers where they are.
struct Heard {
  int http = 0;
  http::Headers headers, trailers;
  std::vector<std::string> messages;
  int code() const { return trailers.Has("grpc-status") ? std::stoi(trailers.Get("grpc-status")) : -1; }
  google::rpc::Status status() const {
    google::rpc::Status status;
    std::string bytes;
    EXPECT_TRUE(absl::Base64Unescape(trailers.Get("grpc-status-details-bin"), &bytes) && status.ParseFromString(bytes));
    return status;
  }
  std::string reason() const {
    google::rpc::ErrorInfo info;
    const google::rpc::Status proto = status();
    for (const auto& detail : proto.details()) {
      if (detail.Is<google::rpc::ErrorInfo>()) detail.UnpackTo(&info);
    }
    return info.reason();
  }
};

class GrpcFamilyTest : public ApiTest {
 protected:
  Heard Call(const std::string& type, const std::string& path, const std::string& body, http::Headers headers = {},
             const std::string& token = "manager", int version = 20) {
    headers.Set("Content-Type", type);
    const bool web = type.find("-web") != std::string::npos, text = type.find("-text") != std::string::npos;
    const http::Response answer = Ask("POST", "/" + path, text ? absl::Base64Escape(body) : body, headers, token, version);
    Heard heard;
    heard.http = answer.status;
    for (const auto& [name, value] : answer.headers.fields()) {
      const bool trailer = name.rfind("trailer:", 0) == 0;
      (trailer ? heard.trailers : heard.headers).Add(trailer ? name.substr(8) : name, value);
      // Trailers-Only.
      if (!trailer && name.rfind("grpc-status", 0) == 0) heard.trailers.Add(name, value);
      if (!trailer && name == "grpc-message") heard.trailers.Add(name, value);
    }
    Base64Reader base64;
    EnvelopeReader reader(8 << 20);
    reader.Put(text ? *base64.Put(answer.body) : answer.body);
    for (auto envelope = reader.Take(); envelope.ok() && envelope->has_value(); envelope = reader.Take()) {
      if ((*envelope)->flags != Envelope::kWebTrailers) {
        EXPECT_EQ((*envelope)->flags, 0);
        EXPECT_EQ(heard.code(), web ? -1 : heard.code()) << "nothing comes behind the trailers";
        heard.messages.push_back((*envelope)->message);
        continue;
      }
      EXPECT_TRUE(web);
      for (const auto& line : absl::StrSplit((*envelope)->message, "\r\n", absl::SkipEmpty())) {
        const std::pair<std::string, std::string> halves = absl::StrSplit(line, absl::MaxSplits(": ", 1));
        heard.trailers.Add(halves.first, halves.second);
      }
    }
    EXPECT_EQ(reader.held(), 0u) << answer.body;
    return heard;
  }
  static std::string TextOf(const std::string& bytes) {
    test::v1::TalkResponse response;
    EXPECT_TRUE(response.ParseFromString(bytes));
    return response.text();
  }
};

const std::string kGetProject = absl::StrCat(kPlanning, "/GetProject");
const std::string kTalking = absl::StrCat(kTalk, "/Talk");
const std::string kCounting = absl::StrCat(kTalk, "/Count");
const std::string kWatching = absl::StrCat(kMetrics, "/WatchActivityCounters");

// ---- What all of them do

TEST_F(GrpcFamilyTest, UnaryCalls) {
  for (const char* type : {kGrpc, "application/grpc+proto", "application/grpc-web", kWeb, kWebText, "application/grpc-web-text+proto"}) {
    const Heard heard = Call(type, kGetProject, GetRequest("projects/a"), {{"traceparent", kTraceparent}, {"grpc-timeout", "5S"}});
    EXPECT_EQ(heard.http, 200);
    EXPECT_EQ(heard.headers.Get("Content-Type"), type);
    EXPECT_EQ(heard.code(), 0) << type;
    ASSERT_EQ(heard.messages.size(), 1u) << type;
    Project project;
    ASSERT_TRUE(project.ParseFromString(heard.messages[0]));
    EXPECT_EQ(project.name(), "projects/a");
    EXPECT_EQ(heard.trailers.Get("x-trace-id"), "0af7651916cd43dd8448eb211c80319c");
    EXPECT_LE(LastCall().deadline, absl::Now() + absl::Seconds(5));
  }
}

TEST_F(GrpcFamilyTest, MessagesAsJson) {
  for (const char* type : {"application/grpc+json", "application/grpc-web+json", "application/grpc-web-text+json"}) {
    const Heard heard = Call(type, kGetProject, Enveloped(0, R"({"name":"projects/a"})"));
    EXPECT_EQ(heard.code(), 0) << type;
    ASSERT_EQ(heard.messages.size(), 1u);
    EXPECT_EQ(json::parse(heard.messages[0])["name"], "projects/a");
    EXPECT_EQ(Call(type, kGetProject, Enveloped(0, R"({"nome":1})")).code(), 3);
  }
}

TEST_F(GrpcFamilyTest, ErrorsAreTrailers) {
  for (const char* type : {kGrpc, kWeb, kWebText}) {
    const Heard heard = Call(type, kGetProject, GetRequest("projects/missing"), {{"Accept-Language", "zh-TW"}});
    EXPECT_EQ(heard.http, 200);
    EXPECT_EQ(heard.code(), 5) << type;
    EXPECT_EQ(heard.reason(), "NOT_FOUND");
    EXPECT_EQ(heard.trailers.Get("grpc-message"), "projects/missing does not exist.");
    EXPECT_THAT(heard.messages, IsEmpty());
    EXPECT_EQ(heard.status().code(), 5);
    EXPECT_EQ(Call(type, kGetProject, GetRequest("projects/broken")).code(), 13);
    EXPECT_EQ(Call(type, kGetProject, GetRequest("projects/a"), {}, "").code(), 16);
    EXPECT_EQ(Call(type, kGetProject, GetRequest("projects/a"), {}, "stranger").code(), 16);
    EXPECT_EQ(Call(type, absl::StrCat(kPlanning, "/CreateProject"), Enveloped(0, ""), {}, "analyst").code(), 7);
    EXPECT_EQ(Call(type, kGetProject, GetRequest("projects/a"), {{"grpc-timeout", "0n"}}).code(), 4);
    EXPECT_EQ(Call(type, kGetProject, GetRequest("projects/a"), {{"grpc-timeout", "soon"}}).code(), 3);
  }
}

TEST_F(GrpcFamilyTest, WhatIsNotThereIsUnimplemented) {
  for (const char* type : {kGrpc, kWeb, kWebText}) {
    for (const char* path : {"heitie.planning.v1.PlanService/Nothing", "heitie.nothing.v1.Nothing/Get", "nothing"}) {
      EXPECT_EQ(Call(type, path, GetRequest("projects/a")).code(), 12) << path;
      EXPECT_EQ(Call(type, path, GetRequest("projects/a"), {}, "").code(), 16) << "who has no token learns only that";
    }
  }
}

TEST_F(GrpcFamilyTest, SeveralTokensAreNone) {
  const http::Headers two = {{"Authorization", "Bearer manager"}, {"authorization", "Bearer analyst"}};
  EXPECT_EQ(Call(kGrpc, kGetProject, GetRequest("projects/a"), two).code(), 16);
}

TEST_F(GrpcFamilyTest, OneMessageNeitherNoneNorTwo) {
  for (const char* type : {kGrpc, kWeb, kWebText}) {
    EXPECT_EQ(Call(type, kGetProject, "").code(), 12) << type;
    EXPECT_EQ(Call(type, kGetProject, GetRequest("projects/a") + GetRequest("projects/b")).code(), 12) << type;
    EXPECT_EQ(Call(type, kWatching, "").reason(), "ONE_MESSAGE_ONLY") << type;
  }
}

TEST_F(GrpcFamilyTest, BadEnvelopes) {
  for (const char* type : {kGrpc, kWeb, kWebText}) {
    EXPECT_EQ(Call(type, kGetProject, GetRequest("projects/a").substr(0, 8)).reason(), "BAD_ENVELOPE") << "cut off";
    EXPECT_EQ(Call(type, kGetProject, Enveloped(4, "x")).reason(), "BAD_ENVELOPE") << "unknown flags";
    EXPECT_EQ(Call(type, kGetProject, Enveloped(1, "x")).reason(), "BAD_ENVELOPE") << "compressed by nothing";
    const Heard large = Call(type, kGetProject, std::string("\0\x00\x40\x00\x01", 5) + "xx");
    EXPECT_EQ(large.code(), 8);
    EXPECT_EQ(large.reason(), "MESSAGE_TOO_LARGE");
    EXPECT_EQ(Call(type, kGetProject, Enveloped(0, "\xff\xff")).code(), 3) << "no message";
  }
  EXPECT_EQ(Ask("POST", "/" + kGetProject, "not base64!", {{"Content-Type", kWebText}}).status, 200);
}

TEST_F(GrpcFamilyTest, CompressedMessages) {
  planning::v1::GetProjectRequest request;
  request.set_name("projects/a" + std::string(2000, 'a'));
  const std::string compressed = Enveloped(Envelope::kCompressed, Gzip(request.SerializeAsString()));
  for (const char* type : {kGrpc, kWeb, kWebText}) {
    const Heard heard = Call(type, kGetProject, compressed, {{"grpc-encoding", "gzip"}, {"grpc-accept-encoding", "gzip"}});
    EXPECT_EQ(heard.code(), 3) << "the name is too long, which the contract says of what was inflated";
    EXPECT_EQ(heard.reason(), "INVALID_FIELDS") << type;
    EXPECT_EQ(Call(type, kGetProject, GetRequest("projects/a"), {{"grpc-encoding", "gzip"}}).code(), 0) << "a message need not be";
    EXPECT_EQ(Call(type, kGetProject, Enveloped(Envelope::kCompressed, "junk"), {{"grpc-encoding", "gzip"}}).reason(), "BAD_GZIP");
    const std::string bomb = Enveloped(Envelope::kCompressed, Gzip(std::string(4 << 20, '\0')));
    EXPECT_EQ(Call(type, kGetProject, bomb, {{"grpc-encoding", "gzip"}}).code(), 8);
    const Heard unknown = Call(type, kGetProject, GetRequest("projects/a"), {{"grpc-encoding", "snappy"}});
    EXPECT_EQ(unknown.code(), 12);
    EXPECT_EQ(unknown.headers.Get("grpc-accept-encoding"), "identity,gzip");
    EXPECT_THAT(unknown.trailers.Get("grpc-message"), HasSubstr("gzip"));
  }
}

TEST_F(GrpcFamilyTest, ServerStreams) {
  metrics::v1::WatchActivityCountersRequest request;
  for (const char* type : {kGrpc, kWeb, kWebText}) {
    request.set_activity("activities/a");
    const Heard heard = Call(type, kWatching, Enveloped(0, request.SerializeAsString()));
    EXPECT_EQ(heard.messages.size(), 3u) << type;
    EXPECT_EQ(heard.code(), 0);
    request.set_activity("activities/failing");
    const Heard failing = Call(type, kWatching, Enveloped(0, request.SerializeAsString()));
    EXPECT_EQ(failing.messages.size(), 3u);
    EXPECT_EQ(failing.code(), 14);
    EXPECT_EQ(failing.reason(), "UNAVAILABLE");
    request.set_activity("activities/forbidden");
    EXPECT_EQ(Call(type, kWatching, Enveloped(0, request.SerializeAsString())).code(), 5);
  }
}

TEST_F(GrpcFamilyTest, StreamsOfRequests) {
  for (const char* type : {kGrpc, kWeb, kWebText}) {
    const Heard talk = Call(type, kTalking, Spoken("one") + Spoken("") + Spoken("黑鐵"));
    ASSERT_EQ(talk.messages.size(), 3u) << type;
    EXPECT_EQ(TextOf(talk.messages[0]), "one");
    EXPECT_EQ(TextOf(talk.messages[2]), "黑鐵");
    EXPECT_EQ(talk.code(), 0);
    EXPECT_EQ(Call(type, kTalking, Spoken("one") + Spoken("fatal")).code(), 5);
    EXPECT_EQ(Call(type, kTalking, "").code(), 0) << "nothing said, nothing answered";
    const Heard count = Call(type, kCounting, Spoken("a") + Spoken("b"));
    ASSERT_EQ(count.messages.size(), 1u);
    test::v1::CountResponse response;
    ASSERT_TRUE(response.ParseFromString(count.messages[0]));
    EXPECT_EQ(response.count(), 2);
  }
}

// ---- Of one of them

TEST_F(GrpcFamilyTest, GrpcNeedsHttp2AndItsRelativesDoNot) {
  EXPECT_EQ(Call(kGrpc, kGetProject, GetRequest("projects/a"), {}, "manager", 11).http, 505);
  EXPECT_EQ(Call(kWeb, kGetProject, GetRequest("projects/a"), {}, "manager", 11).code(), 0);
}

TEST_F(GrpcFamilyTest, OtherCodecsAreNotServed) {
  for (const char* type : {"application/grpc+thrift", "application/grpc-web+thrift"})
    EXPECT_EQ(Call(type, kGetProject, "").http, 415) << type;
  EXPECT_EQ(Ask("POST", "/" + kGetProject, "", {{"Content-Type", "application/grpc-websocket"}}, "manager", 20).status, 415);
}

TEST_F(GrpcFamilyTest, AnErrorOfGrpcIsOneFrameOfHeaders) {
  const http::Response answer = Ask("POST", "/" + kGetProject, GetRequest("projects/missing"), {{"Content-Type", kGrpc}}, "manager", 20);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.headers.Get("grpc-status"), "5");
}

// ---- What the ports answer themselves

TEST_F(GrpcFamilyTest, HealthIsOpen) {
  HealthCheckRequest request;
  const auto check = [&](const std::string& service) {
    request.set_service(service);
    return Call(kGrpc, "grpc.health.v1.Health/Check", Enveloped(0, request.SerializeAsString()), {}, "");
  };
  HealthCheckResponse response;
  ASSERT_TRUE(response.ParseFromString(check("").messages.at(0)));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  api_->SetServing(true);
  for (const char* service : {"", kPlanning}) {
    ASSERT_TRUE(response.ParseFromString(check(service).messages.at(0)));
    EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  }
  EXPECT_EQ(check("heitie.nothing").code(), 5);
}

TEST_F(GrpcFamilyTest, HealthIsWatchedUntilTheServerEnds) {
  api_->SetServing(true);
  auto responder = std::make_shared<FakeResponder>(Enveloped(0, ""));
  ASSERT_FALSE(Begin(responder, "POST", "/grpc.health.v1.Health/Watch", "", {{"Content-Type", kGrpc}}, "", 20));
  const std::string serving = Enveloped(0, "\x08\x01"), not_serving = Enveloped(0, "\x08\x02");
  EXPECT_EQ(responder->written(), serving);
  api_->SetServing(true);
  EXPECT_EQ(responder->written(), serving) << "nothing new";
  api_->SetServing(false);
  EXPECT_EQ(responder->written(), serving + not_serving);
  // One whose client has gone is told nothing.
  auto gone = std::make_shared<FakeResponder>(Enveloped(0, ""));
  ASSERT_FALSE(Begin(gone, "POST", "/grpc.health.v1.Health/Watch", "", {{"Content-Type", kGrpc}}, "", 20));
  gone->Close();
  api_->SetServing(true);
  EXPECT_EQ(gone->written(), not_serving);
  api_->End();
  EXPECT_EQ(responder->Wait().headers.Get("trailer:grpc-status"), "14");
}

TEST_F(GrpcFamilyTest, ReflectionIsForWhoHasAToken) {
  grpc::reflection::v1::ServerReflectionRequest list, file;
  list.set_list_services("");
  file.set_file_containing_symbol(kPlanning);
  for (const char* version : {"v1", "v1alpha"}) {
    const std::string path = absl::StrCat("grpc.reflection.", version, ".ServerReflection/ServerReflectionInfo");
    for (const char* type : {kGrpc, kWeb, kWebText}) {
      EXPECT_EQ(Call(type, path, Enveloped(0, list.SerializeAsString()), {}, "").code(), 16);
      const Heard heard = Call(type, path, Enveloped(0, list.SerializeAsString()) + Enveloped(0, file.SerializeAsString()), {}, "analyst");
      EXPECT_EQ(heard.code(), 0);
      ASSERT_EQ(heard.messages.size(), 2u);
      grpc::reflection::v1::ServerReflectionResponse response;
      ASSERT_TRUE(response.ParseFromString(heard.messages[0]));
      std::vector<std::string> names;
      for (const auto& service : response.list_services_response().service()) names.push_back(service.name());
      EXPECT_THAT(names, ::testing::IsSupersetOf({std::string(kPlanning), std::string("grpc.reflection.v1.ServerReflection")}));
      ASSERT_TRUE(response.ParseFromString(heard.messages[1]));
      EXPECT_GT(response.file_descriptor_response().file_descriptor_proto_size(), 1);
    }
  }
}

}  // namespace
}  // namespace heitie::gateway
