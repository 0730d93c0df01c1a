#include "services/gateway/exchange.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/rpc/bytes.h"
#include "common/status/macros.h"
#include "services/gateway/json.h"
#include "services/gateway/protocol.h"
#include "services/gateway/route.h"

namespace heitie::gateway {
namespace {

using google::protobuf::Message;

// RFC 6750, 3: who has shown nothing is not told that something is wrong with it.
const char* ChallengeFor(bool has_token) {
  return has_token ? "Bearer realm=\"heitie\", error=\"invalid_token\"" : "Bearer realm=\"heitie\"";
}

}  // namespace

Message* Scratch::New(const google::protobuf::Descriptor* type) {
  return google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New(&arena_);
}

http::Response Exchange::Adorned(http::Response response) const {
  http::Headers& headers = response.headers;
  headers.Set("X-Trace-Id", trace_id);
  headers.Set("X-Content-Type-Options", "nosniff");
  if (!headers.Has("Cache-Control")) headers.Set("Cache-Control", "no-store");
  if (!headers.Has("Vary")) headers.Set("Vary", "Accept-Language");
  if (response.status == 401) headers.Set("WWW-Authenticate", ChallengeFor(has_token));
  for (const auto& [name, value] : besides.fields()) {
    if (name == "Vary") {
      headers.Set("Vary", absl::StrCat(headers.Get("Vary"), ", ", value));
    } else {
      headers.Set(name, value);
    }
  }
  return response;
}

void Exchange::Record(const absl::Status& status, const char* label) const {
  observe::AccessRecord record;
  record.method = method != nullptr ? FullName(*method) : label;
  record.principal = principal;
  record.trace_id = trace_id;
  record.transport = arrival.transport;
  record.code = absl::StatusCodeToString(status.code());
  record.reason = status::ReasonOf(status);
  record.duration = absl::Now() - started;
  record.request_bytes = request_bytes;
  observe::CountRequest(record.method, status.code(), record.duration);
  observe::LogAccess(record);
}

absl::Status Exchange::Thrown() const {
  observe::LogException("a request threw", {{"method", path}, {"trace_id", trace_id}});
  return status::Error(status::kInternal, {{"trace", trace_id}});
}

absl::StatusOr<Message*> Exchange::AnswerMessage(const grpc::ByteBuffer& bytes, Scratch& scratch) const {
  Message* const message = scratch.New(method->output_type());
  if (rpc::Parse(bytes, *message)) return message;
  observe::Log(observe::Severity::kError, "an answer cannot be parsed", {{"method", path}, {"trace_id", trace_id}});
  return status::Error(status::kInternal, {{"trace", trace_id}});
}

absl::StatusOr<std::string> Exchange::AnswerJson(const grpc::ByteBuffer& bytes) const {
  Scratch scratch;
  ASSIGN_OR_RETURN(const Message* const message, AnswerMessage(bytes, scratch));
  return ToJson(*message);
}

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace heitie::gateway
