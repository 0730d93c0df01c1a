// How people want to be told things (policy C2).
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_PREFERENCE_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_PREFERENCE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/status/reason.h"
#include "heitie/planning/v1/notice_preference.pb.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kAlwaysQuiet;

// What somebody has said; what counts for everybody where nothing was said.
absl::StatusOr<v1::NoticePreference> PreferenceOf(sql::Session& session, const record::Kind<v1::NoticePreference>& preferences,
                                                  const std::string& employee);

// Thread-safe.
class NoticePreferences {
 public:
  NoticePreferences(Tables& tables, record::Kind<v1::NoticePreference>& preferences);
  NoticePreferences(const NoticePreferences&) = delete;
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::NoticePreference& preference);
  absl::Status Update(record::Transaction& tx, const v1::NoticePreference& before, v1::NoticePreference& after);

  Tables& tables_;
  record::Kind<v1::NoticePreference>& preferences_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_PREFERENCE_H_
