// Templates of projects 項目範本, in versions: a project is made from one at once or not at all (P2).
#ifndef HEITIE_SERVICES_PLANNING_TEMPLATE_PROJECT_TEMPLATE_H_
#define HEITIE_SERVICES_PLANNING_TEMPLATE_PROJECT_TEMPLATE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "common/time/business_calendar.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/project_template.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kTaskIdTwice;           // A field; {id}
extern const status::Reason kUnknownTemplateTask;   // A field; {id}
extern const status::Reason kTemplateCycle;         // {count}
extern const status::Reason kTemplatePublished;     // {name}
extern const status::Reason kTemplateNotPublished;  // {name}
extern const status::Reason kRoleNotHeld;           // A field; {role}

const record::StateMachine& ProjectTemplateMachine();

// What is made of a template.
struct MadeProject {
  v1::Project project;
  std::vector<v1::Task> tasks;  // each after its parent
  std::vector<v1::Scheme> schemes;
};

// Of a sound template whose roles are held by `holders`.
MadeProject Make(const v1::ProjectTemplate& project_template, const v1::InstantiateProjectTemplateRequest& request,
                 const std::map<std::string, std::string>& holders, const time::BusinessCalendar& calendar);

// The template by itself: bad fields below "project_template.". The status is of tasks that wait for each other.
absl::Status CheckTemplate(const v1::ProjectTemplate& project_template, status::BadFields& bad);

// Thread-safe.
class ProjectTemplates {
 public:
  explicit ProjectTemplates(Tables& tables) : tables_(tables) {}
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::ProjectTemplate& project_template);
  absl::Status Update(record::Transaction& tx, const v1::ProjectTemplate& before, v1::ProjectTemplate& after);
  absl::StatusOr<v1::ProjectTemplate> Publish(record::Transaction& tx, const v1::PublishProjectTemplateRequest& request);
  absl::StatusOr<v1::ProjectTemplate> Retire(record::Transaction& tx, const v1::RetireProjectTemplateRequest& request);
  absl::StatusOr<v1::Project> Instantiate(record::Transaction& tx, const v1::InstantiateProjectTemplateRequest& request);

  absl::Status Check(record::Transaction& tx, const v1::ProjectTemplate& project_template) const;

  Tables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_TEMPLATE_PROJECT_TEMPLATE_H_
