// Every version of what a resource says, kept as a resource below it: `dashboards/sales/versions/3`. What it says are the fields of the
// same names; owner and readership of the versions follow those of the resource, so that who may read them is decided by today's.
#ifndef HEITIE_SERVICES_METRICS_DASHBOARD_VERSIONS_H_
#define HEITIE_SERVICES_METRICS_DASHBOARD_VERSIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/record/kind.h"
#include "common/status/macros.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/metrics/dashboard/sharing.h"

namespace heitie::metrics {

inline constexpr int64_t kMostVersions = 500;

// Sets the fields of `to` that `from` has under the same name, but for name, etag and times.
void CopyCommonFields(const google::protobuf::Message& from, google::protobuf::Message& to);

template <typename T>
std::string VersionName(const T& resource, int64_t version) {
  return absl::StrCat(resource.name(), "/versions/", version);
}

// Thread-safe.
template <typename T, typename V>
class Versions {
 public:
  explicit Versions(record::Store& store) : kind_(store) { kind_.RestrictRows(SharedRows()); }

  record::Kind<V>& kind() { return kind_; }
  const record::Kind<V>& kind() const { return kind_; }

  // Numbers what a change makes of the resource: a new version where it says something else. `before` is nullptr at creation.
  // TOO_MANY_VERSIONS.
  static absl::Status Number(const rpc::Call& call, const T* before, T& after) {
    if (before != nullptr && Says(*before, after)) return absl::OkStatus();
    if (before != nullptr && before->version() >= kMostVersions) {
      return status::Error(kTooManyVersions, {{"name", before->name()}, {"limit", kMostVersions}});
    }
    after.set_version(before == nullptr ? 1 : before->version() + 1);
    after.set_editor(call.principal.name);
    return absl::OkStatus();
  }

  // Keeps the versions in step with a change of the resource, whoever made it (Kind::SetFollow).
  absl::Status Follow(record::Transaction& tx, const T* before, const T* after) const {
    if (after == nullptr) {
      ASSIGN_OR_RETURN(const std::vector<V> versions, kind_.Children(tx.sql, before->name()));
      return tx.sql.Together([&]() -> absl::Status {
        for (const V& version : versions) RETURN_IF_ERROR(kind_.Delete(tx, version));
        return absl::OkStatus();
      });
    }
    if (before != nullptr && (before->owner() != after->owner() || before->readership() != after->readership())) {
      RETURN_IF_ERROR(Share(tx, *after));
    }
    if (before != nullptr && before->version() == after->version()) return absl::OkStatus();
    V version;
    version.set_name(VersionName(*after, after->version()));
    CopyCommonFields(*after, version);
    return kind_.Insert(tx, version);
  }

 private:
  static bool Says(const T& a, const T& b) {
    V first, second;
    for (const auto& [from, to] : {std::pair{&a, &first}, std::pair{&b, &second}}) {
      CopyCommonFields(*from, *to);
      to->clear_owner();
      to->clear_readership();
      to->clear_version();
      to->clear_editor();
    }
    return google::protobuf::util::MessageDifferencer::Equals(first, second);
  }

  absl::Status Share(record::Transaction& tx, const T& resource) const {
    ASSIGN_OR_RETURN(const std::vector<V> versions, kind_.Children(tx.sql, resource.name()));
    std::vector<V> shared = versions;
    for (V& version : shared) {
      version.set_owner(resource.owner());
      version.set_readership(resource.readership());
    }
    return kind_.UpdateAll(tx, versions, shared, "share");
  }

  record::Kind<V> kind_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_DASHBOARD_VERSIONS_H_
