// What is to be known of those who are told something together: one query, however many they are (policy C2).
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_AUDIENCE_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_AUDIENCE_H_

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/people/directory.h"
#include "common/sql/database.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/planning/v1/notice_policy.pb.h"
#include "heitie/planning/v1/notice_preference.pb.h"
#include "services/planning/notice/notice_policy.h"

namespace heitie::planning {

struct Audience {
  // The version in force.
  std::shared_ptr<const v1::NoticePolicy> policy;
  // By employee. Language and unwanted wordings alone.
  std::map<std::string, v1::NoticePreference> preferences;
  // Who stands in for those who are away, where somebody does.
  std::map<std::string, std::string> stand_ins;

  // With a language also of those who have said nothing.
  v1::NoticePreference PreferenceOf(const std::string& employee) const;
};

// Who stands in for an absence of this day; empty where there is none, or nobody does who is still there.
std::string StandInOf(const personnel::v1::Employee& employee, absl::CivilDay day, const people::Directory& people, absl::Time now);

// Thread-safe. Keeps the versions that it has read: what is published never changes.
class Audiences {
 public:
  Audiences(const NoticePolicies& policies, const people::Directory& people, absl::TimeZone zone)
      : policies_(policies), people_(people), zone_(zone) {}
  Audiences(const Audiences&) = delete;

  // As of an instant; robots and the like among the `employees` have no preference.
  absl::StatusOr<Audience> Load(sql::Session& session, const std::set<std::string>& employees, absl::Time now) const;

 private:
  using Version = std::pair<std::string, absl::Time>;  // by name and publication: a restored database may publish the name again
  absl::StatusOr<std::shared_ptr<const v1::NoticePolicy>> Named(sql::Session& session, const Version& version) const;

  const NoticePolicies& policies_;
  const people::Directory& people_;
  const absl::TimeZone zone_;
  mutable std::mutex mutex_;
  mutable std::map<Version, std::shared_ptr<const v1::NoticePolicy>> known_;  // guarded by mutex_
};

// The parameters of a list in a statement: the texts, of which the last is repeated until their number is a power of two, so that the
// statements are few. Not of nothing.
sql::Values Listed(const std::set<std::string>& texts);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_AUDIENCE_H_
