#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/rpc/contract.h"
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
  const auto& said = method.options();
  for (const int role : said.GetRepeatedExtension(options::v1::role)) {
    if (!options::v1::Role_IsValid(role) || role == options::v1::ROLE_UNSPECIFIED) return "it admits an unknown role";
    if (role == options::v1::ROLE_SERVICE) return "it admits services and names none";
  }
  const options::v1::Access access = AccessOf(method);
  if (access.roles().empty() && !access.authenticated() && !access.without_login()) return "it admits nobody";
  std::set<int> roles;
  for (const int role : access.roles()) {
    if (!roles.insert(role).second) return absl::StrCat("it admits ", options::v1::Role_Name(static_cast<Role>(role)), " twice");
  }
  std::set<std::string> services;
  for (const std::string& name : access.services()) {
    if (!IsServiceName(name)) return absl::StrCat("\"", name, "\" is no name of a service");
    if (!services.insert(name).second) return absl::StrCat("it admits the service \"", name, "\" twice");
  }
  return "";
}

absl::Status CheckAccess(const google::protobuf::MethodDescriptor& method, const Principal& principal) {
  const options::v1::Access access = AccessOf(method);
  if (access.without_login()) return absl::OkStatus();
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
