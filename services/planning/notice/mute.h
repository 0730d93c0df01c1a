// What is not told for a time 靜音 (policy C2).
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_MUTE_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_MUTE_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/notice.pb.h"
#include "heitie/planning/v1/notice_mute.pb.h"
#include "services/planning/notice/tell.h"

namespace heitie::planning {

extern const status::Reason kMuteOfNothing;
extern const status::Reason kMuteOutOfRange;  // {days}

// What is muted now for any of the recipients or for everybody, the longest first.
absl::StatusOr<std::vector<v1::NoticeMute>> MutesOf(sql::Session& session, const std::set<std::string>& recipients, absl::Time now);

// Why a notice is not told, in its language: who muted it, until when and why; empty where none of `mutes` is about it.
std::string WhyMuted(const std::vector<v1::NoticeMute>& mutes, const v1::Notice& notice, absl::TimeZone zone);

// Thread-safe.
class NoticeMutes {
 public:
  explicit NoticeMutes(const service::Context& context);
  NoticeMutes(const NoticeMutes&) = delete;
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::NoticeMute& mute);

  record::Kind<v1::NoticeMute> mutes_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_MUTE_H_
