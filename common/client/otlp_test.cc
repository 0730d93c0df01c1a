#include "common/client/otlp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/observe/metrics.h"
#include "google/protobuf/unknown_field_set.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/grpcpp.h"

namespace heitie::client {
namespace {

using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;
using ::testing::ElementsAre;

// A message as its reader without the contract sees it.
using Fields = std::shared_ptr<UnknownFieldSet>;
Fields Read(const std::string& bytes) {
  auto set = std::make_shared<UnknownFieldSet>();
  EXPECT_TRUE(set->ParseFromString(bytes));
  return set;
}

std::vector<UnknownField> All(const Fields& set, int number) {
  std::vector<UnknownField> fields;
  for (int i = 0; i < set->field_count(); ++i) {
    if (set->field(i).number() == number) fields.push_back(set->field(i));
  }
  return fields;
}

Fields Inner(const Fields& set, int number, size_t index = 0) {
  const auto fields = All(set, number);
  EXPECT_GT(fields.size(), index) << number;
  return fields.size() > index ? Read(fields[index].length_delimited()) : std::make_shared<UnknownFieldSet>();
}

std::string TextAt(const Fields& set, int number) {
  const auto fields = All(set, number);
  return fields.empty() ? "" : fields[0].length_delimited();
}

observe::Span Example() {
  return {.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
          .span_id = "00f067aa0ba902b7",
          .parent_id = "0102030405060708",
          .name = "heitie.risk.v1.RiskService/GetRisk",
          .kind = observe::Span::Kind::kServer,
          .begin = absl::FromUnixNanos(1767225600'000000001),
          .end = absl::FromUnixNanos(1767225600'005000001),
          .code = absl::StatusCode::kUnavailable,
          .attributes = {{"rpc.system", "grpc"}},
          .links = {{"000000000000000000000000000000a1", "00000000000000b2"}}};
}

// Numbers as in opentelemetry-proto.
TEST(OtlpRequestTest, SaysWhatTheContractOfOpenTelemetrySays) {
  const OtlpOptions options{.service = "risk", .version = "1.2.3", .pod = "risk-0"};
  const Fields resource_spans = Inner(Read(OtlpRequest(options, {Example()})), 1);
  const Fields resource = Inner(resource_spans, 1);
  std::vector<std::string> about;
  for (size_t i = 0; i < All(resource, 1).size(); ++i) {
    const Fields attribute = Inner(resource, 1, i);
    about.push_back(absl::StrCat(TextAt(attribute, 1), "=", TextAt(Inner(attribute, 2), 1)));
  }
  EXPECT_THAT(about, ElementsAre("service.name=heitie-risk", "service.version=1.2.3", "k8s.pod.name=risk-0"));
  const Fields span = Inner(Inner(resource_spans, 2), 2);
  EXPECT_EQ(TextAt(span, 1), std::string("\x4b\xf9\x2f\x35\x77\xb3\x4d\xa6\xa3\xce\x92\x9d\x0e\x0e\x47\x36", 16));
  EXPECT_EQ(TextAt(span, 2), std::string("\x00\xf0\x67\xaa\x0b\xa9\x02\xb7", 8));
  EXPECT_EQ(TextAt(span, 4), std::string("\x01\x02\x03\x04\x05\x06\x07\x08", 8));
  EXPECT_EQ(TextAt(span, 5), "heitie.risk.v1.RiskService/GetRisk");
  EXPECT_EQ(All(span, 6)[0].varint(), 2u) << "server";
  EXPECT_EQ(All(span, 7)[0].fixed64(), 1767225600'000000001u);
  EXPECT_EQ(All(span, 8)[0].fixed64(), 1767225600'005000001u);
  EXPECT_EQ(TextAt(Inner(span, 13), 1), std::string(15, '\0') + "\xa1") << "the trace of a cause";
  EXPECT_EQ(TextAt(Inner(span, 13), 2), std::string(7, '\0') + "\xb2");
  EXPECT_EQ(All(Inner(span, 15), 3)[0].varint(), 2u) << "an error";
  EXPECT_EQ(All(Inner(Inner(span, 9, 1), 2), 3)[0].varint(), 14u) << "UNAVAILABLE";
}

TEST(OtlpRequestTest, WhatTheCallerDidWrongIsNoErrorOfTheServer) {
  observe::Span span = Example();
  span.code = absl::StatusCode::kNotFound;
  span.parent_id.clear();
  const Fields written = Inner(Inner(Inner(Read(OtlpRequest({.service = "risk"}, {span})), 1), 2), 2);
  EXPECT_TRUE(All(written, 15).empty());
  EXPECT_TRUE(All(written, 4).empty());
}

// A collector that takes whatever it gets.
class Collector {
 public:
  Collector() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
  }
  ~Collector() { server_->Shutdown(std::chrono::system_clock::now()); }

  int port = 0;
  std::atomic<int> spans{0};

 private:
  class Taker final : public grpc::CallbackGenericService {
   public:
    explicit Taker(Collector& collector) : collector_(collector) {}
    grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
      EXPECT_EQ(context->method(), "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
      return new Reactor(collector_);
    }

   private:
    Collector& collector_;
  };
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Reactor(Collector& collector) : collector_(collector) { StartRead(&request_); }
    void OnReadDone(bool ok) override {
      if (ok) {
        std::vector<grpc::Slice> slices;
        request_.Dump(&slices).ok();
        std::string bytes;
        for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
        collector_.spans += static_cast<int>(All(Inner(Inner(Read(bytes), 1), 2), 2).size());
        return StartWrite(&answer_);
      }
      Finish(grpc::Status::OK);
    }
    void OnWriteDone(bool) override { Finish(grpc::Status::OK); }
    void OnDone() override { delete this; }

   private:
    Collector& collector_;
    grpc::ByteBuffer request_;
    grpc::Slice nothing_;
    grpc::ByteBuffer answer_{&nothing_, 1};
  };

  Taker service_{*this};
  std::unique_ptr<grpc::Server> server_;
};

TEST(OtlpExporterTest, SendsEverythingBeforeItEnds) {
  Collector collector;
  {
    auto exporter = OtlpExporter::Make({.endpoint = absl::StrCat("127.0.0.1:", collector.port), .service = "risk"});
    ASSERT_TRUE(exporter.ok());
    for (int i = 0; i < 1000; ++i) (*exporter)->Add(Example());
  }
  EXPECT_EQ(collector.spans, 1000);
}

TEST(OtlpExporterTest, NobodyWaitsForACollectorThatIsAway) {
  auto& dropped = observe::Counter("heitie_traces_dropped_total", "");
  const uint64_t before = dropped;
  const absl::Time began = absl::Now();
  {
    auto exporter = OtlpExporter::Make({.endpoint = "127.0.0.1:1", .service = "risk"});
    ASSERT_TRUE(exporter.ok());
    for (size_t i = 0; i < 2 * kMostSpans; ++i) (*exporter)->Add(Example());
    EXPECT_LT(absl::Now() - began, absl::Seconds(5));
    EXPECT_GE(dropped - before, kMostSpans / 2) << "there is no room for all";
  }
  EXPECT_LT(absl::Now() - began, absl::Seconds(20));
}

}  // namespace
}  // namespace heitie::client
