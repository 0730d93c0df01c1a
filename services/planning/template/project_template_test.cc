#include "services/planning/template/project_template.h"

#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
using v1::ProjectTemplate;

constexpr char kFair[] = R"pb(
  title: "Fair"
  tasks { id: "stand" title: "The stand" role: "lead" }
  tasks {
    id: "build"
    title: "Build it"
    role: "builder"
    parent: "stand"
    start_offset_days: 0
    duration_days: 3
    estimate_hours: 24
    planned_cost_minor: 500
    roles { role: "lead" kind: KIND_CONSULTED }
  }
  tasks {
    id: "host"
    title: "Host"
    role: "lead"
    parent: "stand"
    start_offset_days: 3
    duration_days: 2
    estimate_hours: 16
    links { predecessor: "build" }
  }
  scheme {
    title: "Wood"
    strategy: "We build it"
    channels { title: "The fair" }
    cash_flows { cost_minor: 500 }
  }
)pb";

std::vector<std::string> Bad(const std::string& fields) {
  status::BadFields bad;
  const absl::Status checked = CheckTemplate(Proto<ProjectTemplate>(fields), bad);
  if (!bad.empty()) return Violations(bad.status());
  return checked.ok() ? std::vector<std::string>() : std::vector<std::string>{status::ReasonOf(checked)};
}

TEST(CheckTemplateTest, EveryBadFieldAtOnce) {
  EXPECT_THAT(Bad(kFair), ElementsAre());
  EXPECT_THAT(
      Bad("tasks { id: 'a' parent: 'b' links { predecessor: 'a' } } tasks { id: 'a' }"),
      ElementsAre("project_template.tasks[0].parent UNKNOWN_TEMPLATE_TASK",
                  "project_template.tasks[0].links[0].predecessor UNKNOWN_TEMPLATE_TASK", "project_template.tasks[1].id TASK_ID_TWICE"));
  EXPECT_THAT(Bad("tasks { id: 'a' links { predecessor: 'b' } } tasks { id: 'b' links { predecessor: 'a' } }"),
              ElementsAre("TEMPLATE_CYCLE"));
  EXPECT_THAT(Bad("tasks { id: 'a' parent: 'b' } tasks { id: 'b' parent: 'a' }"), ElementsAre("INVALID_FIELDS"));
}

class TemplateTest : public PlanningTest {
 protected:
  TemplateTest() { CreateQuarter(); }
  void CreateTemplate(const std::string& id, const std::string& more = "") {
    Do<ProjectTemplate, v1::CreateProjectTemplateRequest>("CreateProjectTemplate", Specialist(),
                                                          "project_template_id: '" + id + "' project_template {" + kFair + more + "}");
  }
  ProjectTemplate Publish(const std::string& id) {
    return Do<ProjectTemplate, v1::PublishProjectTemplateRequest>("PublishProjectTemplate", Manager(),
                                                                  "name: 'projectTemplates/" + id + "'");
  }
  absl::StatusOr<v1::Project> Instantiate(const std::string& id, const std::string& holders) {
    return Call<v1::Project>(
        "InstantiateProjectTemplate", Specialist(),
        Proto<v1::InstantiateProjectTemplateRequest>(
            "name: 'projectTemplates/" + id +
            "' project_id: 'fair' title: 'Spring fair' plan_period: 'planPeriods/q1' owner: 'employees/li' start_date { year: "
            "2026 month: 1 day: 3 } currency_code: 'CNY' " +
            holders));
  }
  const std::string both_ = "holders { role: 'lead' employee: 'employees/li' } holders { role: 'builder' employee: 'employees/wang' }";
};

TEST_F(TemplateTest, MakesAProjectThatCanBeSubmittedButForItsObjectives) {
  CreateTemplate("fair");
  EXPECT_THAT(Instantiate("fair", both_), HasReason("TEMPLATE_NOT_PUBLISHED"));
  Publish("fair");
  ASSERT_THAT(Instantiate("fair", both_), IsOk());
  const v1::Project project = Get("fair");
  EXPECT_EQ(project.template_(), "projectTemplates/fair");
  EXPECT_EQ(project.end_date().day(), 9) << "Friday: from Saturday the 3rd on five working days";
  const auto tasks = Do<v1::ListTasksResponse, v1::ListTasksRequest>("ListTasks", Analyst(), "parent: 'projects/fair'");
  ASSERT_EQ(tasks.tasks_size(), 3);
  EXPECT_EQ(tasks.tasks(0).owner(), "employees/wang");
  EXPECT_EQ(tasks.tasks(0).start_date().day(), 5);
  EXPECT_EQ(tasks.tasks(0).end_date().day(), 7);
  EXPECT_EQ(tasks.tasks(0).roles(0).employee(), "employees/li");
  EXPECT_EQ(tasks.tasks(1).start_date().day(), 8);
  EXPECT_EQ(tasks.tasks(2).name(), "projects/fair/tasks/stand");
  EXPECT_EQ(tasks.tasks(2).estimate_hours(), 40) << "of its parts";
  const auto check =
      Do<v1::CheckActionabilityResponse, v1::CheckActionabilityRequest>("CheckActionability", Analyst(), "name: 'projects/fair'");
  std::vector<std::string> defects;
  for (const v1::Defect& defect : check.defects()) defects.push_back(defect.reason());
  EXPECT_THAT(defects, UnorderedElementsAre("OBJECTIVES_MISSING", "EVIDENCE_MISSING"));
}

TEST_F(TemplateTest, AtOnceOrNotAtAll) {
  CreateTemplate("fair");
  Publish("fair");
  EXPECT_THAT(Violations(Instantiate("fair", "holders { role: 'x' employee: 'employees/li' }").status()),
              ElementsAre("holders TEMPLATE_ROLE_NOT_HELD", "holders TEMPLATE_ROLE_NOT_HELD"));
  // Something of it is there already: nothing of the rest comes to be.
  CreateProject("fair");
  EXPECT_THAT(Instantiate("fair", both_), HasReason("ALREADY_EXISTS"));
  EXPECT_EQ((Do<v1::ListTasksResponse, v1::ListTasksRequest>("ListTasks", Analyst(), "parent: 'projects/fair'")).tasks_size(), 0);
}

TEST_F(TemplateTest, AVersionReplacesTheOneBefore) {
  CreateTemplate("fair");
  Publish("fair");
  EXPECT_THAT((Refused<ProjectTemplate, v1::UpdateProjectTemplateRequest>("UpdateProjectTemplate", Specialist(),
                                                                          "project_template { name: 'projectTemplates/fair' title: 'F' }")),
              HasReason("TEMPLATE_PUBLISHED"));
  CreateTemplate("fair-2", "replaces: 'projectTemplates/fair'");
  EXPECT_EQ(Publish("fair-2").version(), 2);
  EXPECT_EQ((Do<ProjectTemplate, v1::GetProjectTemplateRequest>("GetProjectTemplate", Analyst(), "name: 'projectTemplates/fair'")).state(),
            ProjectTemplate::STATE_RETIRED);
  EXPECT_THAT(Instantiate("fair", both_), HasReason("TEMPLATE_NOT_PUBLISHED"));
}

}  // namespace
}  // namespace heitie::planning
