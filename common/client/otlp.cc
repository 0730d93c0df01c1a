#include "common/client/otlp.h"

#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/observe/survive.h"
#include "common/rpc/grpc/library_log.h"
#include "common/rpc/tls_material.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/wire_format_lite.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"

namespace heitie::client {
namespace {

using google::protobuf::internal::WireFormatLite;

constexpr char kExport[] = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
constexpr size_t kBatch = 512;
constexpr std::chrono::milliseconds kGatherSpans{1000};
constexpr absl::Duration kExportPatience = absl::Seconds(5), kLastPatience = absl::Seconds(2);
constexpr absl::Duration kBetweenComplaints = absl::Minutes(1);

// A message of protobuf, field by field. The six messages of OTLP are few enough to be written like this: Debian has no package with their
// contracts. Numbers of fields as in opentelemetry-proto, trace/v1/trace.proto and common/v1/common.proto.
class WireBytes {
 public:
  WireBytes& Bytes(int field, const std::string& value) {
    google::protobuf::io::StringOutputStream out(&bytes_);
    google::protobuf::io::CodedOutputStream coded(&out);
    WireFormatLite::WriteBytes(field, value, &coded);
    return *this;
  }
  WireBytes& Message(int field, const WireBytes& value) { return Bytes(field, value.bytes_); }
  WireBytes& Number(int field, int value) {
    google::protobuf::io::StringOutputStream out(&bytes_);
    google::protobuf::io::CodedOutputStream coded(&out);
    WireFormatLite::WriteEnum(field, value, &coded);
    return *this;
  }
  WireBytes& Fixed(int field, uint64_t value) {
    google::protobuf::io::StringOutputStream out(&bytes_);
    google::protobuf::io::CodedOutputStream coded(&out);
    WireFormatLite::WriteFixed64(field, value, &coded);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// KeyValue { key = 1, value = 2 }, AnyValue { string_value = 1 }.
WireBytes Attribute(const std::string& key, const std::string& value) {
  return WireBytes().Bytes(1, key).Message(2, WireBytes().Bytes(1, value));
}

uint64_t Nanoseconds(absl::Time time) { return static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixNanos(time))); }

// Faults of the process, as which the access log counts them as well; what the caller did wrong is no error of a server.
bool IsError(const observe::Span& span) {
  if (span.code == absl::StatusCode::kOk) return false;
  if (span.kind != observe::Span::Kind::kServer) return true;
  return span.code == absl::StatusCode::kInternal || span.code == absl::StatusCode::kUnknown || span.code == absl::StatusCode::kDataLoss ||
         span.code == absl::StatusCode::kUnavailable || span.code == absl::StatusCode::kDeadlineExceeded;
}

WireBytes SpanOf(const observe::Span& span) {
  WireBytes wire;
  wire.Bytes(1, absl::HexStringToBytes(span.trace_id)).Bytes(2, absl::HexStringToBytes(span.span_id));
  if (!span.parent_id.empty()) wire.Bytes(4, absl::HexStringToBytes(span.parent_id));
  wire.Bytes(5, span.name).Number(6, static_cast<int>(span.kind)).Fixed(7, Nanoseconds(span.begin)).Fixed(8, Nanoseconds(span.end));
  for (const auto& [key, value] : span.attributes) wire.Message(9, Attribute(key, value));
  if (span.kind == observe::Span::Kind::kServer || span.kind == observe::Span::Kind::kClient) {
    wire.Message(9, WireBytes().Bytes(1, "rpc.grpc.status_code").Message(2, WireBytes().Number(3, static_cast<int>(span.code))));
  }
  // Link { trace_id = 1, span_id = 2 }.
  for (const observe::Span::Link& link : span.links) {
    wire.Message(13, WireBytes().Bytes(1, absl::HexStringToBytes(link.trace_id)).Bytes(2, absl::HexStringToBytes(link.span_id)));
  }
  // Status { code = 3 }, where 2 is an error.
  if (IsError(span)) wire.Message(15, WireBytes().Number(3, 2));
  return wire;
}

class GrpcOtlpExporter final : public OtlpExporter {
 public:
  GrpcOtlpExporter(OtlpOptions options, const std::shared_ptr<grpc::ChannelCredentials>& credentials)
      : options_(std::move(options)),
        stub_(grpc::CreateChannel(options_.endpoint, credentials)),
        thread_([this](const std::stop_token& stop) { Run(stop); }) {}
  ~GrpcOtlpExporter() override {
    thread_.request_stop();
    thread_.join();
  }

  void Add(observe::Span span) override {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMostSpans) {
      ++dropped_;
      return;
    }
    waiting_.push_back(std::move(span));
    if (waiting_.size() == kBatch) full_.notify_one();
  }

 private:
  void Run(const std::stop_token& stop) {
    while (true) {
      std::vector<observe::Span> batch;
      {
        std::unique_lock lock(mutex_);
        full_.wait_for(lock, stop, kGatherSpans, [this] { return waiting_.size() >= kBatch; });
        const size_t count = std::min(waiting_.size(), kBatch);
        batch.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.begin() + static_cast<ptrdiff_t>(count)));
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(count));
      }
      const bool ending = stop.stop_requested();
      if (ending && end_ == absl::InfiniteFuture()) end_ = absl::Now() + kLastPatience;
      if (!batch.empty()) observe::Survive("spans could not be sent", [&] { Send(batch); });
      if (ending && (batch.empty() || absl::Now() >= end_)) return;
    }
  }

  void Send(const std::vector<observe::Span>& batch) {
    const grpc::Slice slice(OtlpRequest(options_, batch));
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(std::min(end_, absl::Now() + kExportPatience)));
    grpc::CompletionQueue queue;
    const auto call = stub_.PrepareUnaryCall(&context, kExport, request, &queue);
    call->StartCall();
    grpc::ByteBuffer answer;
    grpc::Status status;
    call->Finish(&answer, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    (status.ok() ? exported_ : dropped_) += batch.size();
    if (!status.ok()) Complain(status.error_message());
  }

  void Complain(const std::string& why) {
    const absl::Time now = absl::Now();
    if (now < complained_ + kBetweenComplaints) return;
    complained_ = now;
    observe::Log(observe::Severity::kWarning, "the collector does not take spans", {{"why", why}});
  }

  const OtlpOptions options_;
  grpc::GenericStub stub_;
  std::atomic<uint64_t>& exported_ = observe::Counter("heitie_traces_exported_total", "Spans that the collector has taken.");
  std::atomic<uint64_t>& dropped_ =
      observe::Counter("heitie_traces_dropped_total", "Spans that were lost because too many waited or the collector did not take them.");
  std::mutex mutex_;
  std::condition_variable_any full_;
  std::vector<observe::Span> waiting_;  // guarded by mutex_
  // Of the thread.
  absl::Time complained_ = absl::InfinitePast(), end_ = absl::InfiniteFuture();
  std::jthread thread_;  // last: it uses what is above
};

}  // namespace

std::string OtlpRequest(const OtlpOptions& options, const std::vector<observe::Span>& spans) {
  WireBytes resource;
  resource.Message(1, Attribute("service.name", absl::StrCat("heitie-", options.service)));
  if (!options.version.empty()) resource.Message(1, Attribute("service.version", options.version));
  if (!options.pod.empty()) resource.Message(1, Attribute("k8s.pod.name", options.pod));
  WireBytes scope_spans;
  scope_spans.Message(1, WireBytes().Bytes(1, "heitie"));
  for (const observe::Span& span : spans) scope_spans.Message(2, SpanOf(span));
  return WireBytes().Message(1, WireBytes().Message(1, resource).Message(2, scope_spans)).bytes();
}

absl::StatusOr<std::unique_ptr<OtlpExporter>> OtlpExporter::Make(const OtlpOptions& options) {
  rpc::LogLibraryErrors();
  if (options.ca_file.empty()) return std::make_unique<GrpcOtlpExporter>(options, grpc::InsecureChannelCredentials());
  const absl::StatusOr<std::string> authority = rpc::ReadAuthority(options.ca_file);
  if (!authority.ok()) return authority.status();
  return std::make_unique<GrpcOtlpExporter>(options, grpc::SslCredentials({.pem_root_certs = *authority}));
}

}  // namespace heitie::client
