#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/rpc/door.h"
#include "common/status/status.h"
#include "heitie/options/v1/access.pb.h"

namespace heitie::rpc {
namespace {

constexpr char kServicePrefix[] = "services/";
const status::Phrase kNobody{"nobody", "無"};

// Whether the rule names the service that the principal is.
bool IsNamed(const options::v1::Access& access, const Principal& principal) {
  if (!principal.Has(options::v1::ROLE_SERVICE) || !absl::StartsWith(principal.name, kServicePrefix)) return false;
  const auto& services = access.services();
  return std::find(services.begin(), services.end(), principal.name.substr(sizeof(kServicePrefix) - 1)) != services.end();
}

bool IsServiceName(const std::string& name) { return !name.empty() && std::all_of(name.begin(), name.end(), absl::ascii_islower); }

}  // namespace

std::string WhyNoRule(const google::protobuf::MethodDescriptor& method) {
  const auto& access = method.options().GetExtension(options::v1::access);
  if (access.roles().empty() && !access.authenticated()) return "it admits nobody";
  const auto& roles = access.roles();
  const bool services = std::find(roles.begin(), roles.end(), options::v1::ROLE_SERVICE) != roles.end();
  if (services && access.services().empty()) return "it admits services and names none";
  if (!services && !access.services().empty()) return "it names services without ROLE_SERVICE";
  for (const std::string& name : access.services()) {
    if (!IsServiceName(name)) return absl::StrCat("\"", name, "\" is no name of a service");
  }
  return "";
}

absl::Status CheckAccess(const google::protobuf::MethodDescriptor& method, const Principal& principal) {
  const auto& access = method.options().GetExtension(options::v1::access);
  if (access.authenticated() && !principal.Has(options::v1::ROLE_SERVICE)) return absl::OkStatus();
  std::vector<std::string> names;
  for (int role : access.roles()) {
    const bool held = role == options::v1::ROLE_SERVICE ? IsNamed(access, principal) : principal.Has(static_cast<Role>(role));
    if (held) return absl::OkStatus();
    names.push_back(options::v1::Role_Name(static_cast<Role>(role)).substr(sizeof("ROLE_") - 1));
  }
  const status::Arg roles = names.empty() ? status::Arg("roles", kNobody) : status::Arg("roles", absl::StrJoin(names, ", "));
  return status::Error(status::kPermissionDenied, {{"method", method.name()}, roles});
}

}  // namespace heitie::rpc
