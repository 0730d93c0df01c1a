#include "services/metrics/dashboard/sharing.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "heitie/options/v1/access.pb.h"

namespace heitie::metrics {

const status::Reason kBadReader{
    absl::StatusCode::kInvalidArgument, "BAD_READER",
    "It is shared with specialists, analysts, department members and platform engineers; {role} is none of them.",
    "可分享對象為運營專員、資料分析員、其他部門成員與平台工程師；{role} 不在其中。"};
const status::Reason kOwnedByAnother{absl::StatusCode::kPermissionDenied, "OWNED_BY_ANOTHER",
                                     "{name} belongs to {owner}, who changes it, as operations managers do.",
                                     "{name} 屬於 {owner}，僅其本人與運營經理可以變更。"};
const status::Reason kTooManyVersions{absl::StatusCode::kFailedPrecondition, "TOO_MANY_VERSIONS",
                                      "{name} has {limit:count} versions, and takes no more; make a new one of it.",
                                      "{name} 已有 {limit:count} 個版本，不可再增加；請另建新的。"};

namespace {

std::string RoleText(rpc::Role role) { return std::string(absl::StripPrefix(options::v1::Role_Name(role), "ROLE_")); }

// Of a set of shared roles, one bit for each.
std::string ReadershipText(uint32_t roles) {
  std::vector<std::string> texts;
  for (const rpc::Role role : SharedRoles()) {
    if ((roles >> role) & 1) texts.push_back(RoleText(role));
  }
  return absl::StrJoin(texts, " ");
}

}  // namespace

const std::vector<rpc::Role>& SharedRoles() {
  static const auto& roles = *new std::vector<rpc::Role>{options::v1::ROLE_OPERATIONS_SPECIALIST, options::v1::ROLE_DATA_ANALYST,
                                                         options::v1::ROLE_DEPARTMENT_MEMBER, options::v1::ROLE_PLATFORM_ENGINEER};
  return roles;
}

std::string ReadershipOf(const google::protobuf::RepeatedField<int>& readers, const std::string& path, status::BadFields& bad) {
  uint32_t all = 0, roles = 0;
  for (const rpc::Role role : SharedRoles()) all |= 1u << role;
  for (int i = 0; i < readers.size(); ++i) {
    const bool known = options::v1::Role_IsValid(readers[i]);
    if (known && ((all >> readers[i]) & 1)) {
      roles |= 1u << readers[i];
    } else {
      bad.Add(absl::StrCat(path, "[", i, "]"), kBadReader,
              {{"role", known ? options::v1::Role_Name(static_cast<rpc::Role>(readers[i])) : absl::StrCat(readers[i])}});
    }
  }
  return ReadershipText(roles);
}

std::vector<std::string> ReadershipsOf(const rpc::Principal& principal) {
  const std::vector<rpc::Role>& shared = SharedRoles();
  std::vector<std::string> texts;
  for (uint32_t chosen = 1; chosen < 1u << shared.size(); ++chosen) {
    uint32_t roles = 0;
    for (size_t i = 0; i < shared.size(); ++i) {
      if ((chosen >> i) & 1) roles |= 1u << shared[i];
    }
    if ((roles & principal.roles) != 0) texts.push_back(ReadershipText(roles));
  }
  return texts;
}

record::Rule SharedRows() {
  return record::Own("owner") || record::Among("readership", ReadershipsOf) || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER);
}

absl::Status CheckOwner(const rpc::Call& call, const std::string& name, const std::string& owner) {
  if (call.principal.name == owner || call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) return absl::OkStatus();
  return status::Error(kOwnedByAnother, {{"name", name}, {"owner", owner}});
}

}  // namespace heitie::metrics
