// Sessions: a course held on a day for so many people (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_SESSION_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_SESSION_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/session.pb.h"

namespace heitie::personnel {

extern const status::Reason kSessionFull;  // {name} {capacity} {enrolled}
extern const status::Reason kSessionHeld;  // {name}

// How many have a seat in a session, and how many of these have a result.
struct Attendance {
  int64_t enrolled = 0;
  int64_t recorded = 0;
};
absl::StatusOr<Attendance> CountAttendance(sql::Session& sql, const std::string& session);

// Each session after `today` in which `employee` has a seat or could have one.
absl::Status ForFreeSessions(sql::Session& sql, const std::string& employee, absl::CivilDay today,
                             const std::function<void(const std::string& session, absl::CivilDay day)>& each);

// Whether `after` may replace `before`. SESSION_FULL, SESSION_HELD.
absl::Status CheckSessionChange(const v1::Session& before, const v1::Session& after, const Attendance& attendance);

// Thread-safe.
class Sessions {
 public:
  Sessions(record::Store& store, const record::Kind<v1::Course>& courses);
  void Bind(record::Methods& methods);
  const record::Kind<v1::Session>& kind() const { return sessions_; }
  // What else is done when a session is changed, in that transaction; `after` is the session. Declared before the first change.
  using Consequence = std::function<absl::Status(record::Transaction&, const v1::Session& after)>;
  void FollowUpdate(Consequence consequence) { consequence_ = std::move(consequence); }

 private:
  absl::Status Create(record::Transaction& tx, v1::Session& session);
  absl::Status Update(record::Transaction& tx, const v1::Session& before, v1::Session& after);

  record::Kind<v1::Session> sessions_;
  const record::Kind<v1::Course>& courses_;
  Consequence consequence_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_SESSION_H_
