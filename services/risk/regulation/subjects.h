// The activities and projects that regulations may bind, as the services that keep them tell, and what people say of their markets (policy
// R1).
#ifndef HEITIE_SERVICES_RISK_REGULATION_SUBJECTS_H_
#define HEITIE_SERVICES_RISK_REGULATION_SUBJECTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/event/mirror.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/risk/v1/obligation.pb.h"
#include "services/risk/regulation/regulation_rules.h"

namespace heitie::risk {

// Thread-safe. Reads of subjects are UNAVAILABLE, MIRROR_INCOMPLETE, until activity and planning have been heard for the first time.
class Subjects {
 public:
  explicit Subjects(const service::Context& context);
  void Bind(record::Methods& methods);

  // All that are not over.
  absl::StatusOr<std::vector<BoundSubject>> Open(sql::Session& session) const;
  // Those of the names that are activities or projects and known, over or not.
  absl::StatusOr<std::vector<BoundSubject>> Named(sql::Session& session, const std::vector<std::string>& names) const;
  // The activities of a project, in whatever state.
  absl::StatusOr<std::vector<activity::v1::Activity>> ActivitiesOf(sql::Session& session, const std::string& project) const;
  // Those of them that are not over, by name.
  absl::StatusOr<std::vector<std::string>> OpenActivitiesOf(sql::Session& session, const std::string& project) const;
  absl::StatusOr<activity::v1::Activity> FindActivity(sql::Session& session, const std::string& name) const {
    return activities_.Find(session, name);
  }
  absl::StatusOr<planning::v1::Project> FindProject(sql::Session& session, const std::string& name) const {
    return projects_.Find(session, name);
  }

 private:
  absl::Status Create(record::Transaction& tx, v1::SubjectScope& scope);

  const absl::TimeZone zone_;
  event::Mirror<activity::v1::Activity> activities_;
  event::Mirror<planning::v1::Project> projects_;
  event::Mirror<planning::v1::Scheme> schemes_;
  record::Kind<v1::SubjectScope> scopes_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGULATION_SUBJECTS_H_
