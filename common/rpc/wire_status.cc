#include "common/rpc/wire_status.h"

#include <algorithm>
#include <cstdint>

#include "common/text/excerpt.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace heitie::rpc {
namespace {

// The message travels a second time, percent-encoded, as grpc-message.
constexpr size_t kMessageShare = 8;
// For the violation that says how many are missing.
constexpr size_t kSlack = 64;

google::rpc::BadRequest::FieldViolation* Append(google::rpc::BadRequest& detail) { return detail.add_field_violations(); }
google::rpc::PreconditionFailure::Violation* Append(google::rpc::PreconditionFailure& detail) { return detail.add_violations(); }
auto* Violations(google::rpc::BadRequest& detail) { return detail.mutable_field_violations(); }
auto* Violations(google::rpc::PreconditionFailure& detail) { return detail.mutable_violations(); }

// Drops violations from the end until `excess` bytes are gone or one is left. The last one may speak for others, which were left out
// before.
template <typename Detail>
void Shorten(google::protobuf::Any& any, size_t excess) {
  Detail detail;
  if (!any.Is<Detail>() || !any.UnpackTo(&detail)) return;
  auto* violations = Violations(detail);
  int64_t missing = 0;
  for (size_t gone = 0; gone < excess + kSlack && violations->size() > 1;) {
    gone += violations->rbegin()->ByteSizeLong();
    missing += std::max<int64_t>(1, status::LeftOutIn(violations->rbegin()->description()));
    violations->RemoveLast();
  }
  if (missing == 0) return;
  Append(detail)->set_description(status::LeftOut(missing));
  any.set_value(detail.SerializeAsString());
}

size_t Excess(const google::rpc::Status& proto, size_t limit) {
  const size_t size = proto.ByteSizeLong();
  return size > limit ? size - limit : 0;
}

}  // namespace

void Fit(google::rpc::Status& proto, size_t limit) {
  proto.set_message(text::Excerpt(proto.message(), limit / kMessageShare));
  for (auto& any : *proto.mutable_details()) {
    if (const size_t excess = Excess(proto, limit); excess > 0) Shorten<google::rpc::BadRequest>(any, excess);
    if (const size_t excess = Excess(proto, limit); excess > 0) Shorten<google::rpc::PreconditionFailure>(any, excess);
  }
  for (const bool info : {false, true}) {
    for (int i = proto.details_size() - 1; i >= 0 && Excess(proto, limit) > 0; --i) {
      if (proto.details(i).Is<google::rpc::ErrorInfo>() == info) proto.mutable_details()->DeleteSubrange(i, 1);
    }
  }
}

grpc::Status ToGrpc(const absl::Status& status, status::Language language, size_t limit) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status proto = status::ToProto(status, language);
  Fit(proto, limit);
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), proto.message(), proto.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status proto;
  const bool detailed = !status.error_details().empty() && proto.ParseFromString(status.error_details());
  if (!detailed || proto.code() != status.error_code()) {
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  }
  return status::FromProto(proto);
}

}  // namespace heitie::rpc
