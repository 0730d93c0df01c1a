// What is not told for a time 靜音 (policy C2).
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_MUTE_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_MUTE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/notice.pb.h"
#include "heitie/planning/v1/notice_mute.pb.h"
#include "services/planning/notice/tell.h"

namespace heitie::planning {

extern const status::Reason kMuteOfNothing;
extern const status::Reason kMuteOutOfRange;  // {days}

// Why a notice is not told now, in its language: who muted it, until when and why; empty where nobody did.
absl::StatusOr<std::string> WhyMuted(sql::Session& session, const v1::Notice& notice, absl::TimeZone zone, absl::Time now);

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
