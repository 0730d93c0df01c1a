#include "services/risk/register/risk_types.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "common/record/rule_set.h"
#include "common/record/unused.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"

namespace heitie::risk {

using v1::RiskType;
using v1::RiskTypeVersion;

const RiskTypeVersion* CountingAt(const std::vector<RiskTypeVersion>& versions, absl::Time at) {
  const auto begins = [](const RiskTypeVersion& version) { return std::pair(time::ToTime(version.start_time()), version.version()); };
  const RiskTypeVersion* counting = nullptr;
  for (const RiskTypeVersion& version : versions) {
    if (time::ToTime(version.start_time()) > at) continue;
    if (counting == nullptr || begins(*counting) < begins(version)) counting = &version;
  }
  return counting;
}

absl::StatusOr<std::string> RiskTypes::VersionAt(sql::Session& session, const std::string& type, absl::Time at) const {
  if (type.empty()) return "";
  ASSIGN_OR_RETURN(const std::vector<RiskTypeVersion> versions, versions_.Children(session, type));
  const RiskTypeVersion* const counting = CountingAt(versions, at);
  return counting == nullptr ? "" : counting->name();
}

absl::Status RiskTypes::KeepVersion(record::Transaction& tx, RiskType& type) const {
  if (!type.has_start_time()) *type.mutable_start_time() = time::ToTimestamp(tx.call.now);
  const absl::Time start = time::ToTime(type.start_time());
  if (start < tx.call.now) {
    status::BadFields bad;
    bad.Add("risk_type.start_time", record::kStartInThePast, {{"name", type.name()}, {"start", time::InstantText(start)}});
    return bad.status();
  }
  type.set_version(type.version() + 1);
  RiskTypeVersion version;
  version.set_name(absl::StrFormat("%s/versions/%04d", type.name(), type.version()));
  version.set_version(type.version());
  version.set_category(type.category());
  version.set_title(type.title());
  version.set_description(type.description());
  *version.mutable_start_time() = type.start_time();
  return versions_.Insert(tx, version);
}

absl::Status RiskTypes::Create(record::Transaction& tx, RiskType& type) { return KeepVersion(tx, type); }

absl::Status RiskTypes::Update(record::Transaction& tx, const RiskType& before, RiskType& after) {
  const bool same_time = google::protobuf::util::MessageDifferencer::Equals(before.start_time(), after.start_time());
  if (same_time && before.title() == after.title() && before.description() == after.description()) return absl::OkStatus();
  if (same_time) after.clear_start_time();
  return KeepVersion(tx, after);
}

absl::Status RiskTypes::Delete(record::Transaction& tx, const RiskType& type) {
  // What was said of it goes with it, unless an assessment rests on it.
  ASSIGN_OR_RETURN(const std::vector<RiskTypeVersion> versions, versions_.Children(tx.sql, type.name()));
  for (const RiskTypeVersion& version : versions) {
    RETURN_IF_ERROR(record::CheckUnused(tx, store_, version));
    RETURN_IF_ERROR(versions_.Delete(tx, version));
  }
  return record::CheckUnused(tx, store_, type);
}

void RiskTypes::Bind(record::Methods& methods) {
  methods.Reads(types_);
  methods.Creates(types_, this, &RiskTypes::Create);
  methods.Updates(types_, this, &RiskTypes::Update);
  methods.Deletes(types_, this, &RiskTypes::Delete);
  methods.Reads(versions_);
}

}  // namespace heitie::risk
