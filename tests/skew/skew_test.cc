// The present services on a schema and rows of a version to come: what they do not know they read, keep and do not change.
//
// Beside it ctest runs the tests of services and the contracts' story on such a schema (HEITIE_TEST_FUTURE).
#include <cstdlib>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/test/fixture.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/schedule.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "heitie/risk/v1/summary.pb.h"
#include "heitie/risk/v1/treatment.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/planning/service.h"
#include "services/risk/service.h"

namespace heitie::skew {
namespace {

using test::HasReason;
using test::IsOk;
using test::Proto;

// Before the fixture's database is made.
struct Future {
  Future() { setenv("HEITIE_TEST_FUTURE", "1", 1); }
};

template <typename S>
class FutureTest : private Future, public test::ServiceTest<S> {
 protected:
  explicit FutureTest(const std::string& service) : test::ServiceTest<S>(service) {}

  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const std::string& method, const std::string& request) {
    return this->template Call<Resp>(method, this->Manager(), Proto<Req>(request));
  }
  // A change as the newer version would make it.
  void Sql(const std::string& statement, const sql::Values& values = {}) {
    EXPECT_THAT(this->database_.get().Read(absl::Now() + absl::Seconds(20),
                                           [&](sql::Session& session) { return session.Execute(statement, values).status(); }),
                IsOk())
        << statement;
  }
  std::string Stored(const std::string& query) {
    std::string text;
    EXPECT_THAT(this->database_.get().Read(
                    absl::Now() + absl::Seconds(20),
                    [&](sql::Session& session) { return session.Query(query, {}, [&](const sql::Row& row) { text = row.Text(0); }); }),
                IsOk())
        << query;
    return text;
  }
  std::vector<type::v1::Event> Events() {
    const auto answer = Ask<type::v1::ListEventsResponse, type::v1::ListEventsRequest>("ListEvents", "page_size: 1000");
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? std::vector<type::v1::Event>(answer->events().begin(), answer->events().end()) : std::vector<type::v1::Event>();
  }
  // Every name that a list gives, by pages of one.
  template <typename Resp, typename Req, typename Items>
  std::vector<std::string> Walk(const std::string& method, const std::string& query, const Items& items) {
    std::vector<std::string> names;
    std::string token;
    do {
      const auto page = Ask<Resp, Req>(method, absl::StrCat(query, " page_size: 1 page_token: '", token, "'"));
      EXPECT_THAT(page, IsOk()) << method << " " << query;
      if (!page.ok()) break;
      for (const auto& item : items(*page)) names.push_back(item.name());
      token = page->next_page_token();
    } while (!token.empty() && names.size() < 100);
    return names;
  }
  template <typename T>
  static void ExpectNewer(const absl::StatusOr<T>& answer) {
    EXPECT_THAT(answer, HasReason("NEWER_VERSION"));
    EXPECT_TRUE(absl::IsUnavailable(answer.status()));
    google::rpc::RetryInfo retry;
    bool has_retry = false;
    const google::rpc::Status wire = status::ToProto(answer.status(), status::Language::kTraditionalChinese);
    for (const auto& detail : wire.details()) has_retry |= detail.UnpackTo(&retry);
    EXPECT_TRUE(has_retry && retry.retry_delay().seconds() >= 1);
  }
};

class RiskSkewTest : public FutureTest<risk::Service> {
 protected:
  using Risk = risk::v1::Risk;
  RiskSkewTest() : FutureTest("risk") {}

  Risk Create(const std::string& id) {
    const auto risk = Ask<Risk, risk::v1::CreateRiskRequest>(
        "CreateRisk", absl::StrCat("risk_id: '", id, "' risk { category: CATEGORY_TECHNOLOGY subject: 'activities/spring' title: '", id,
                                   "' cause: 'visitors' owner: 'employees/li' }"));
    EXPECT_THAT(risk, IsOk());
    return risk.value_or(Risk());
  }
  absl::StatusOr<Risk> Assess(const std::string& id) {
    return Call<Risk>("AssessRisk", Analyst(),
                      Proto<risk::v1::AssessRiskRequest>(
                          absl::StrCat("name: 'risks/", id, "' rationale: 'load test' current { likelihood: 3 impact: 3 }")));
  }
  absl::StatusOr<Risk> Treat(const std::string& id, const std::string& second_owner = "employees/wu") {
    const absl::StatusOr<Risk> proposed = Call<Risk>(
        "ProposeTreatment", Analyst(),
        Proto<risk::v1::ProposeTreatmentRequest>(absl::StrCat(
            "name: 'risks/", id,
            "' treatment { reduction { measures { description: 'more servers' owner: 'employees/li' due_date { year: 2026 month: 2 "
            "day: 1 } } measures { description: 'cache' owner: '",
            second_owner, "' due_date { year: 2026 month: 2 day: 1 } } } }")));
    if (!proposed.ok()) return proposed;
    return Ask<Risk, risk::v1::TreatRiskRequest>("TreatRisk", absl::StrCat("name: 'risks/", id, "'"));
  }
  absl::StatusOr<Risk> Get(const std::string& id) {
    return Ask<Risk, risk::v1::GetRiskRequest>("GetRisk", absl::StrCat("name: 'risks/", id, "'"));
  }
  absl::StatusOr<Risk> Retitle(const std::string& id, const std::string& title) {
    return Ask<Risk, risk::v1::UpdateRiskRequest>(
        "UpdateRisk", absl::StrCat("risk { name: 'risks/", id, "' title: '", title, "' } update_mask { paths: 'title' }"));
  }
  std::vector<std::string> List(const std::string& query) {
    return Walk<risk::v1::ListRisksResponse, risk::v1::ListRisksRequest>("ListRisks", query, [](const auto& page) { return page.risks(); });
  }
};

TEST_F(RiskSkewTest, EverythingWorksBesideColumnsAndTablesToCome) {
  ASSERT_EQ(
      Stored("SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'risks' AND column_name "
             "LIKE 'future%'"),
      "10");
  Create("a");
  Create("b");
  ASSERT_THAT(Assess("a"), IsOk());
  ASSERT_THAT(Treat("a"), IsOk());
  ASSERT_THAT(Retitle("a", "changed"), IsOk());
  EXPECT_EQ(Get("a")->state(), Risk::STATE_TREATED);
  EXPECT_EQ(List("order_by: 'state desc'").size(), 2u);
  EXPECT_EQ(List("filter: 'state = STATE_TREATED'"), std::vector<std::string>{"risks/a"});
  EXPECT_THAT((Ask<Risk, risk::v1::CloseRiskRequest>("CloseRisk", "name: 'risks/b' reason: 'gone'")), IsOk());
  EXPECT_EQ(Events().size(), 7u + 3u) << "an assessment and the measures are resources as well";
  EXPECT_EQ(Stored("SELECT future_text FROM risks WHERE name = 'risks/a'"), "later");
}

TEST_F(RiskSkewTest, AStateToComeIsReadAndNotChanged) {
  for (const char* id : {"a", "b", "c", "d"}) Create(id);
  ASSERT_THAT(Assess("b"), IsOk());
  Sql("UPDATE risks SET state = 'STATE_ESCALATED' WHERE name = 'risks/b'");
  Sql("UPDATE risks SET state = 'STATE_ABSORBED', level = 'LEVEL_EXTREME' WHERE name = 'risks/d'");
  Sql("INSERT INTO event (id, aggregatetype, aggregateid, revision, type, principal, method, trace_id, occur_time, before_json, payload) "
      "VALUES ('01jjjjjjjjjjjjjjjjjjjjjjjj', 'risk.heitie/Risk', 'risks/b', 3, 'escalated', 'employees/a', "
      "'heitie.risk.v2.Risks/Escalate', "
      "'0123456789abcdef0123456789abcdef', UTC_TIMESTAMP(6), NULL, "
      "'{\"name\":\"risks/b\",\"state\":\"STATE_ESCALATED\",\"to\":{\"a\":1}}')");
  const auto read = Get("b");
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->state(), Risk::STATE_UNSPECIFIED);
  EXPECT_EQ(read->title(), "b");
  EXPECT_EQ(read->allowed_verbs_size(), 0) << "nothing can be done to it here";
  EXPECT_EQ(Get("d")->level(), risk::v1::LEVEL_UNSPECIFIED);
  const std::vector<std::string> all = {"risks/a", "risks/b", "risks/c", "risks/d"};
  EXPECT_EQ(List(""), all);
  for (const char* order : {"state", "state desc", "owner", "owner desc"}) {
    const std::vector<std::string> walked = List(absl::StrCat("order_by: '", order, "'"));
    EXPECT_EQ(std::set<std::string>(walked.begin(), walked.end()).size(), 4u) << order;
    EXPECT_EQ(walked.size(), 4u) << order;
  }
  EXPECT_EQ(List("filter: 'state = STATE_IDENTIFIED'"), (std::vector<std::string>{"risks/a", "risks/c"}));
  EXPECT_EQ(List("filter: 'subject = \"activities/spring\" AND state != STATE_IDENTIFIED'"),
            (std::vector<std::string>{"risks/b", "risks/d"}));
  EXPECT_THAT((Call<risk::v1::SummarizeRisksResponse>("SummarizeRisks", ServiceCaller(),
                                                      Proto<risk::v1::SummarizeRisksRequest>("subjects: 'activities/spring'"))),
              IsOk());

  const size_t events = Events().size();
  for (const char* id : {"b", "d"}) {
    ExpectNewer(Retitle(id, "changed"));
    ExpectNewer(Assess(id));
    ExpectNewer(Treat(id));
    ExpectNewer(Ask<Risk, risk::v1::CloseRiskRequest>("CloseRisk", absl::StrCat("name: 'risks/", id, "' reason: 'gone'")));
    ExpectNewer(Ask<Risk, risk::v1::ReopenRiskRequest>("ReopenRisk", absl::StrCat("name: 'risks/", id, "' reason: 'back'")));
  }
  EXPECT_EQ(Stored("SELECT CONCAT(state, etag, title) FROM risks WHERE name = 'risks/b'"), "STATE_ESCALATED2b");
  EXPECT_THAT(Retitle("a", "changed"), IsOk()) << "the others change as ever";
  const auto after = Events();
  ASSERT_EQ(after.size(), events + 1);
  bool told = false;
  for (const auto& event : after) told |= event.action() == "escalated" && absl::StrContains(event.after_json(), "STATE_ESCALATED");
  EXPECT_TRUE(told) << "an event of the newer version reaches its readers as it was written";
}

TEST_F(RiskSkewTest, MembersToComeOfJsonSurvive) {
  Create("a");
  ASSERT_THAT(Assess("a"), IsOk());
  ASSERT_THAT(Treat("a"), IsOk());
  const std::string plain = Stored("SELECT treatment FROM risks");
  std::string future =
      absl::StrReplaceAll(plain, {{R"("description":"more servers")", R"("cost":{"minor":"5"},"description":"more servers")"},
                                  {R"("description":"cache")", R"("cost":{"minor":"9"},"description":"cache")"},
                                  {R"({"treatment":{)", R"({"treatment":{"rigour":["a",{"b":1}],)"}});
  ASSERT_NE(plain, future);
  Sql("UPDATE risks SET treatment = ?", {future});
  EXPECT_EQ(Get("a")->treatment().reduction().measures_size(), 2);
  ASSERT_THAT(Retitle("a", "changed"), IsOk());
  EXPECT_EQ(Stored("SELECT treatment FROM risks"), future);
  // Decided anew: the first measure as before, the second one changed.
  ASSERT_THAT(Treat("a", "employees/chen"), IsOk());
  const std::string after = Stored("SELECT treatment FROM risks");
  EXPECT_TRUE(absl::StrContains(after, R"("rigour":["a",{"b":1}])")) << after;
  EXPECT_TRUE(absl::StrContains(after, R"({"cost":{"minor":"5"},"description":"more servers")")) << after;
  EXPECT_TRUE(absl::StrContains(after, R"({"cost":{"minor":"9"},"description":"cache")")) << after;
  EXPECT_EQ(Get("a")->treatment().reduction().measures(1).owner(), "employees/chen");
  // A way of treating that is not known: there is none to be read, and none is set beside it.
  Sql("UPDATE risks SET treatment = ?", {std::string(R"({"treatment":{"outsourcing":{"to":"x"}}})")});
  ASSERT_THAT(Get("a"), IsOk());
  EXPECT_EQ(Get("a")->treatment().plan_case(), risk::v1::Treatment::PLAN_NOT_SET);
  ExpectNewer(Treat("a"));
  EXPECT_EQ(Stored("SELECT treatment FROM risks"), R"({"treatment":{"outsourcing":{"to":"x"}}})");
}

// A level within the cells of a matrix.
TEST_F(RiskSkewTest, AValueToComeWithinJsonIsReadAndNotChanged) {
  std::string cells;
  for (int likelihood = 1; likelihood <= 5; ++likelihood) {
    for (int impact = 1; impact <= 5; ++impact) {
      absl::StrAppend(&cells, " cells { likelihood: ", likelihood, " impact: ", impact, " level: LEVEL_LOW }");
    }
  }
  using Matrix = risk::v1::RiskMatrix;
  ASSERT_THAT((Ask<Matrix, risk::v1::CreateRiskMatrixRequest>(
                  "CreateRiskMatrix", absl::StrCat("risk_matrix_id: 'm' risk_matrix { reason: 'all' ", cells, " }"))),
              IsOk());
  const auto describe = [&](const std::string& more, const std::string& paths) {
    return Ask<Matrix, risk::v1::UpdateRiskMatrixRequest>(
        "UpdateRiskMatrix",
        absl::StrCat("risk_matrix { name: 'riskMatrices/m' reason: 'changed' ", more, " } update_mask { paths: 'reason' ", paths, " }"));
  };
  const std::string plain = Stored("SELECT cells FROM risk_matrices WHERE name = 'riskMatrices/m'");
  Sql("UPDATE risk_matrices SET cells = ? WHERE name = 'riskMatrices/m'",
      {absl::StrReplaceAll(plain, {{R"("impact":5)", R"("colour":"red","impact":5)"}})});
  std::string changed = cells;
  changed.replace(changed.rfind("LEVEL_LOW"), 9, "LEVEL_HIGH");
  ASSERT_THAT(describe(changed, "paths: 'cells'"), IsOk());
  EXPECT_EQ(Stored("SELECT (LENGTH(cells) - LENGTH(REPLACE(cells, 'red', ''))) / 3 FROM risk_matrices WHERE name = 'riskMatrices/m'"),
            "5.0000");

  Sql("UPDATE risk_matrices SET cells = ? WHERE name = 'riskMatrices/m'",
      {absl::StrReplaceAll(plain, {{R"("impact":5,"level":"LEVEL_LOW")", R"("impact":5,"level":"LEVEL_EXTREME")"}})});
  const auto read = Ask<Matrix, risk::v1::GetRiskMatrixRequest>("GetRiskMatrix", "name: 'riskMatrices/m'");
  ASSERT_THAT(read, IsOk());
  ASSERT_EQ(read->cells_size(), 25);
  EXPECT_EQ(read->cells(4).level(), risk::v1::LEVEL_UNSPECIFIED);
  EXPECT_EQ((Walk<risk::v1::ListRiskMatricesResponse, risk::v1::ListRiskMatricesRequest>(
                 "ListRiskMatrices", "", [](const auto& page) { return page.risk_matrices(); })
                 .size()),
            2u);
  ExpectNewer(describe("", ""));
  ExpectNewer(Ask<Matrix, risk::v1::PublishRiskMatrixRequest>("PublishRiskMatrix", "name: 'riskMatrices/m'"));
}

class PlanningSkewTest : public FutureTest<planning::Service> {
 protected:
  PlanningSkewTest() : FutureTest("planning") {}

  void Prepare() {
    ASSERT_THAT((Ask<planning::v1::PlanPeriod, planning::v1::CreatePlanPeriodRequest>(
                    "CreatePlanPeriod",
                    "plan_period_id: 'q1' plan_period { title: 'Q1' cadence: CADENCE_QUARTERLY start_date { year: 2026 month: 1 day: 1 } "
                    "end_date { year: 2026 month: 3 day: 31 } "
                    "targets { metric: 'a' unit: 'u' target: 1 aggregation: AGGREGATION_SUM } targets { metric: 'b' unit: 'u' target: 1 "
                    "aggregation: AGGREGATION_SUM } }")),
                IsOk());
    ASSERT_THAT(
        (Ask<planning::v1::Project, planning::v1::CreateProjectRequest>(
            "CreateProject",
            "project_id: 'p' project { title: 'P' plan_period: 'planPeriods/q1' owner: 'employees/li' start_date { year: 2026 month: 1 "
            "day: 5 } end_date { year: 2026 month: 2 day: 27 } currency_code: 'TWD' objectives { metric: 'users' unit: 'users' "
            "baseline: 1 target: 2 target_date { year: 2026 month: 2 day: 27 } } }")),
        IsOk());
    for (const char* id : {"a", "b", "c"}) ASSERT_THAT(CreateTask(id), IsOk());
  }
  absl::StatusOr<planning::v1::Task> CreateTask(const std::string& id) {
    return Ask<planning::v1::Task, planning::v1::CreateTaskRequest>(
        "CreateTask",
        absl::StrCat("parent: 'projects/p' task_id: '", id,
                     "' task { title: 'T' owner: 'employees/li' start_date { year: 2026 month: 1 day: 5 } end_date { year: 2026 "
                     "month: 1 day: 16 } estimate_hours: 8 }"));
  }
  absl::StatusOr<google::protobuf::Empty> DeleteTask(const std::string& id) {
    return Ask<google::protobuf::Empty, planning::v1::DeleteTaskRequest>("DeleteTask", absl::StrCat("name: 'projects/p/tasks/", id, "'"));
  }
  std::vector<std::string> Tasks(const std::string& query) {
    return Walk<planning::v1::ListTasksResponse, planning::v1::ListTasksRequest>("ListTasks", "parent: 'projects/p' " + query,
                                                                                 [](const auto& page) { return page.tasks(); });
  }
};

TEST_F(PlanningSkewTest, ChildrenOfWhatIsKnownChangeAndAreDeleted) {
  Prepare();
  ASSERT_THAT((Ask<planning::v1::Task, planning::v1::UpdateTaskRequest>(
                  "UpdateTask", "task { name: 'projects/p/tasks/a' title: 'changed' } update_mask { paths: 'title' }")),
              IsOk());
  EXPECT_THAT(DeleteTask("a"), IsOk());
  EXPECT_EQ(Tasks("order_by: 'state'"), (std::vector<std::string>{"projects/p/tasks/b", "projects/p/tasks/c"}));
  EXPECT_EQ(Events().size(), 7u);
  // What the newer version keeps of a period survives in each of its targets.
  Sql("UPDATE plan_periods SET targets = ?",
      {std::string(R"({"targets":[{"metric":"a","unit":"u","target":1,"aggregation":"AGGREGATION_SUM","name":"first"},)"
                   R"({"metric":"b","unit":"u","target":1,"aggregation":"AGGREGATION_SUM","name":"second"}]})")});
  ASSERT_THAT((Ask<planning::v1::PlanPeriod, planning::v1::UpdatePlanPeriodRequest>(
                  "UpdatePlanPeriod",
                  "plan_period { name: 'planPeriods/q1' targets { metric: 'a' unit: 'u' target: 1 aggregation: AGGREGATION_SUM } "
                  "targets { metric: 'c' unit: 'u' target: 1 aggregation: AGGREGATION_SUM } "
                  "targets { metric: 'b' unit: 'u' target: 1 aggregation: AGGREGATION_SUM } } update_mask { paths: 'targets' }")),
              IsOk());
  EXPECT_EQ(Stored("SELECT targets FROM plan_periods"),
            R"({"targets":[{"aggregation":"AGGREGATION_SUM","metric":"a","name":"first","target":1,"unit":"u"},)"
            R"({"aggregation":"AGGREGATION_SUM","metric":"c","target":1,"unit":"u"},)"
            R"({"aggregation":"AGGREGATION_SUM","metric":"b","name":"second","target":1,"unit":"u"}]})");
}

TEST_F(PlanningSkewTest, WhatIsUnknownOfAChildOrItsParentIsNotChanged) {
  Prepare();
  Sql("UPDATE tasks SET state = 'STATE_BLOCKED' WHERE name = 'projects/p/tasks/b'");
  EXPECT_EQ(Tasks(""), (std::vector<std::string>{"projects/p/tasks/a", "projects/p/tasks/b", "projects/p/tasks/c"}));
  EXPECT_EQ(Tasks("order_by: 'state desc'").size(), 3u);
  EXPECT_THAT((Ask<planning::v1::Schedule, planning::v1::GetScheduleRequest>("GetSchedule", "project: 'projects/p'")), IsOk());
  ExpectNewer(DeleteTask("b"));
  EXPECT_EQ(Stored("SELECT state FROM tasks WHERE name = 'projects/p/tasks/b'"), "STATE_BLOCKED");
  EXPECT_THAT(DeleteTask("c"), IsOk());

  Sql("UPDATE projects SET state = 'STATE_PAUSED'");
  const auto project = Ask<planning::v1::Project, planning::v1::GetProjectRequest>("GetProject", "name: 'projects/p'");
  ASSERT_THAT(project, IsOk());
  EXPECT_EQ(project->state(), planning::v1::Project::STATE_UNSPECIFIED);
  ExpectNewer(CreateTask("d"));
  ExpectNewer(DeleteTask("a"));
  ExpectNewer(Ask<planning::v1::Project, planning::v1::SubmitProjectRequest>("SubmitProject", "name: 'projects/p'"));
  EXPECT_EQ((Walk<planning::v1::ListProjectsResponse, planning::v1::ListProjectsRequest>("ListProjects", "filter: 'state != STATE_DRAFT'",
                                                                                         [](const auto& page) { return page.projects(); })),
            std::vector<std::string>{"projects/p"});
}

}  // namespace
}  // namespace heitie::skew
