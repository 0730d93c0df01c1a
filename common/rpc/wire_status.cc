#include "common/rpc/wire_status.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace heitie::rpc {
namespace {

// The message travels a second time, percent-encoded, as grpc-message.
constexpr size_t kMessageShare = 8;
// For the violation that says how many are missing.
constexpr size_t kSlack = 64;

void Truncate(std::string& text, size_t limit) {
  if (text.size() <= limit) return;
  while (limit > 0 && (text[limit] & 0xC0) == 0x80) --limit;  // not inside a UTF-8 sequence
  text.resize(limit);
  text += "…";
}

void CountMissing(int missing, google::rpc::BadRequest& detail) {
  detail.add_field_violations()->set_description(absl::StrCat("… +", missing));
}
void CountMissing(int missing, google::rpc::PreconditionFailure& detail) {
  detail.add_violations()->set_description(absl::StrCat("… +", missing));
}
auto* Violations(google::rpc::BadRequest& detail) { return detail.mutable_field_violations(); }
auto* Violations(google::rpc::PreconditionFailure& detail) { return detail.mutable_violations(); }

// Drops violations from the end until `excess` bytes are gone or one is left.
template <typename Detail>
void Shorten(google::protobuf::Any& any, size_t excess) {
  Detail detail;
  if (!any.Is<Detail>() || !any.UnpackTo(&detail)) return;
  auto* violations = Violations(detail);
  int missing = 0;
  for (size_t gone = 0; gone < excess + kSlack && violations->size() > 1; ++missing) {
    gone += violations->rbegin()->ByteSizeLong();
    violations->RemoveLast();
  }
  if (missing == 0) return;
  CountMissing(missing, detail);
  any.set_value(detail.SerializeAsString());
}

size_t Excess(const google::rpc::Status& proto, size_t limit) {
  const size_t size = proto.ByteSizeLong();
  return size > limit ? size - limit : 0;
}

}  // namespace

void Fit(google::rpc::Status& proto, size_t limit) {
  Truncate(*proto.mutable_message(), limit / kMessageShare);
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
