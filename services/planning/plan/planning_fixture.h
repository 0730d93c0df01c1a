// What the tests of the planning service share: a quarter, and a project that can be carried out.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_PLANNING_FIXTURE_H_
#define HEITIE_SERVICES_PLANNING_PLAN_PLANNING_FIXTURE_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/record/columns.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "heitie/personnel/v1/calendar.pb.h"
#include "heitie/planning/v1/citation.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/research_item.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/planning/plan/calendar_for_test.h"
#include "services/planning/service.h"

namespace heitie::planning {

using test::Violations;

class PlanningTest : public test::ServiceTest<Service> {
 protected:
  PlanningTest() : ServiceTest("planning") {}

  // Calls a method with a request in text form, and expects an answer.
  template <typename Resp, typename Req>
  Resp Do(const std::string& method, const rpc::Call& call, const std::string& request) {
    auto response = Call<Resp>(method, call, test::Proto<Req>(request));
    EXPECT_THAT(response, test::IsOk()) << method << " " << request;
    return response.ok() ? *response : Resp();
  }
  // Calls a method with a request in text form, and returns the refusal.
  template <typename Resp, typename Req>
  absl::Status Refused(const std::string& method, const rpc::Call& call, const std::string& request) {
    auto response = Call<Resp>(method, call, test::Proto<Req>(request));
    EXPECT_FALSE(response.ok()) << method << " " << request;
    return response.status();
  }

  // A published version of a calendar arrives from personnel: it is put into the copy as it is.
  void CalendarArrives(const std::string& name, const type::v1::BusinessCalendar& rules) {
    personnel::v1::CalendarVersion version;
    version.set_name(name);
    *version.mutable_rules() = rules;
    version.set_state(personnel::v1::CalendarVersion::STATE_PUBLISHED);
    *version.mutable_start_time() = time::ToTimestamp(clock_.Now());
    version.set_etag("2");
    *version.mutable_create_time() = *version.mutable_update_time() = *version.mutable_publish_time() = version.start_time();
    std::vector<std::string> columns;
    sql::Values values;
    for (const record::Column& column : record::ColumnsOf(*version.GetDescriptor())) {
      columns.push_back(record::Quoted(column));
      values.push_back(record::ReadField(version, column));
    }
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session
                                           .Execute(absl::StrCat("INSERT INTO mirrored_calendar_versions (", absl::StrJoin(columns, ", "),
                                                                 ") VALUES (",
                                                                 absl::StrJoin(std::vector<std::string>(columns.size(), "?"), ", "), ")"),
                                                    values)
                                           .status();
                                     }),
                test::IsOk());
  }

  v1::PlanPeriod CreatePeriod(const std::string& id, const std::string& period) {
    return Do<v1::PlanPeriod, v1::CreatePlanPeriodRequest>("CreatePlanPeriod", Manager(),
                                                           "plan_period_id: '" + id + "' plan_period {" + period + "}");
  }
  v1::PlanPeriod CreateQuarter() {
    return CreatePeriod("q1", R"pb(title: "2026 Q1"
                                   cadence: CADENCE_QUARTERLY
                                   start_date { year: 2026 month: 1 day: 1 }
                                   end_date { year: 2026 month: 3 day: 31 })pb");
  }

  // A project in the quarter, with an objective, without tasks or scheme; `more` in text form is merged into it.
  v1::Project CreateProject(const std::string& id, const std::string& more = "") {
    auto request = test::Proto<v1::CreateProjectRequest>(R"pb(project {
                                                                title: "Spring campaign"
                                                                plan_period: "planPeriods/q1"
                                                                owner: "employees/li"
                                                                start_date { year: 2026 month: 1 day: 5 }
                                                                end_date { year: 2026 month: 2 day: 27 }
                                                                currency_code: "CNY"
                                                                objectives {
                                                                  metric: "new_users"
                                                                  unit: "users"
                                                                  baseline: 1000
                                                                  target: 1500
                                                                  target_date { year: 2026 month: 2 day: 27 }
                                                                }
                                                              })pb");
    request.set_project_id(id);
    request.mutable_project()->MergeFrom(test::Proto<v1::Project>(more));
    return Made<v1::Project>("CreateProject", request);
  }
  // A task in the first week of January, 40 hours of one person.
  v1::Task CreateTask(const std::string& project, const std::string& id, const std::string& more = "") {
    auto request = test::Proto<v1::CreateTaskRequest>(R"pb(task {
                                                             title: "Write the copy"
                                                             owner: "employees/wang"
                                                             start_date { year: 2026 month: 1 day: 5 }
                                                             end_date { year: 2026 month: 1 day: 9 }
                                                             estimate_hours: 40
                                                           })pb");
    request.set_parent(project);
    request.set_task_id(id);
    request.mutable_task()->MergeFrom(test::Proto<v1::Task>(more));
    return Made<v1::Task>("CreateTask", request);
  }
  v1::Scheme CreateScheme(const std::string& project, const std::string& id, const std::string& more = "") {
    auto request =
        test::Proto<v1::CreateSchemeRequest>(R"pb(scheme {
                                                    title: "Groups and gifts"
                                                    strategy: "Gifts for those who bring friends"
                                                    channels { title: "WeCom groups" }
                                                    demand {
                                                      items { item: "items/tote" quantity: 500 }
                                                      budget_minor: 1000000
                                                      staff { position: "positions/specialist" headcount: 2 courses: "courses/service" }
                                                    }
                                                    cash_flows { month: 0 cost_minor: 1000000 }
                                                    cash_flows { month: 12 benefit_minor: 1100000 }
                                                    discount_rate_bp: 800
                                                  })pb");
    request.set_parent(project);
    request.set_scheme_id(id);
    request.mutable_scheme()->MergeFrom(test::Proto<v1::Scheme>(more));
    return Made<v1::Scheme>("CreateScheme", request);
  }
  // A published item, valid through March; `more` in text form is merged into it.
  v1::ResearchItem CreateResearch(const std::string& id, const std::string& more = "") {
    auto request = test::Proto<v1::CreateResearchItemRequest>(R"pb(research_item {
                                                                     kind: KIND_TREND
                                                                     publisher: "Digital Times"
                                                                     collect_date { year: 2026 month: 1 day: 1 }
                                                                     last_valid_date { year: 2026 month: 3 day: 31 }
                                                                     reliability: RELIABILITY_B
                                                                     credibility: 2
                                                                   })pb");
    request.set_research_item_id(id);
    request.mutable_research_item()->set_statement("What " + id + " says");
    request.mutable_research_item()->MergeFrom(test::Proto<v1::ResearchItem>(more));
    Made<v1::ResearchItem>("CreateResearchItem", request);
    return Do<v1::ResearchItem, v1::PublishResearchItemRequest>("PublishResearchItem", Specialist(), "name: 'researchItems/" + id + "'");
  }
  v1::Citation Cite(const std::string& project, const std::string& id, const std::string& citation) {
    auto request = test::Proto<v1::CreateCitationRequest>("citation { claim: 'It pays' " + citation + " }");
    request.set_parent(project);
    request.set_citation_id(id);
    return Made<v1::Citation>("CreateCitation", request);
  }
  // What the shipped policy wants a project to rest on.
  void GiveEvidence(const std::string& project) {
    const std::string id = record::IdOf(project);
    CreateResearch("of-" + id);
    Cite(project, "basis", "research_item: 'researchItems/of-" + id + "'");
  }
  // A draft without defects.
  v1::Project CreateActionable(const std::string& id) {
    CreateProject(id);
    CreateTask("projects/" + id, "copy");
    CreateScheme("projects/" + id, "v1");
    GiveEvidence("projects/" + id);
    return Get(id);
  }

  v1::Project Get(const std::string& id) {
    return Do<v1::Project, v1::GetProjectRequest>("GetProject", Analyst(), "name: 'projects/" + id + "'");
  }
  v1::Project Submit(const std::string& id) {
    return Do<v1::Project, v1::SubmitProjectRequest>("SubmitProject", Specialist(), "name: 'projects/" + id + "'");
  }
  v1::Project Approve(const std::string& id) {
    return Do<v1::Project, v1::ApproveProjectRequest>("ApproveProject", Manager(), "name: 'projects/" + id + "'");
  }
  v1::Project CreateApproved(const std::string& id) {
    CreateActionable(id);
    Submit(id);
    return Approve(id);
  }

  // What happened to a resource, in order.
  std::vector<std::string> Actions(const std::string& subject) {
    const auto events =
        Do<type::v1::ListEventsResponse, type::v1::ListEventsRequest>("ListEvents", Manager(), "subject: '" + subject + "'");
    std::vector<std::string> actions;
    for (const auto& event : events.events()) actions.push_back(event.action());
    return actions;
  }

 private:
  template <typename Resp, typename Req>
  Resp Made(const std::string& method, const Req& request) {
    auto response = Call<Resp>(method, Specialist(), request);
    EXPECT_THAT(response, test::IsOk()) << method << " " << request.ShortDebugString();
    return response.ok() ? *response : Resp();
  }
};

// With parts of a second instance beside the service's, which shares its rows and has a runner of its own.
class BesideTest : public PlanningTest {
 protected:
  service::Context Own() {
    return {store_,
            clock_,
            own_jobs_,
            [this](const std::string& target) -> client::Client& { return clients_[target]; },
            service::DefaultTimeZone(),
            people_};
  }

  job::Runner own_jobs_{store_, clock_, "services/planning"};
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_PLANNING_FIXTURE_H_
