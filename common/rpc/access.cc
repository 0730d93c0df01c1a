#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/rpc/door.h"
#include "common/status/status.h"
#include "heitie/options/v1/access.pb.h"

namespace heitie::rpc {

absl::Status CheckAccess(const google::protobuf::MethodDescriptor& method, const Principal& principal) {
  const auto& access = method.options().GetExtension(options::v1::access);
  if (access.authenticated()) return absl::OkStatus();
  std::vector<std::string> names;
  for (int role : access.roles()) {
    if (principal.Has(static_cast<Role>(role))) return absl::OkStatus();
    names.push_back(options::v1::Role_Name(static_cast<Role>(role)).substr(sizeof("ROLE_") - 1));
  }
  return status::Error(status::kPermissionDenied,
                       {{"method", method.name()}, {"roles", names.empty() ? "nobody" : absl::StrJoin(names, ", ")}});
}

}  // namespace heitie::rpc
