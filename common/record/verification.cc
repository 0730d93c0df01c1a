#include "common/record/verification.h"

#include "absl/strings/str_cat.h"
#include "common/record/store.h"
#include "common/status/status.h"
#include "heitie/type/v1/verification.pb.h"

namespace heitie::record {
namespace {

constexpr char kVerificationType[] = "type.heitie/Verification";

}  // namespace

absl::Status NoteVerification(Store& store, const rpc::Call& call, const std::string& subject, const std::string& reason) {
  if (reason.empty()) {
    if (!call.principal.Has(options::v1::ROLE_PLATFORM_ENGINEER)) return absl::OkStatus();
    status::BadFields bad;
    bad.Add("reason", status::kRequired, {});
    return bad.status();
  }
  type::v1::Verification verification;
  verification.set_name(absl::StrCat("verifications/", NewId(call.now)));
  verification.set_subject(subject);
  verification.set_reason(reason);
  return store.Write(
      call, [&](Transaction& tx) { return tx.Record("verify", verification.name(), kVerificationType, 1, nullptr, &verification); });
}

}  // namespace heitie::record
