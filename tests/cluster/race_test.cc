// Rules that rest on other rows, with writers on two nodes of a Galera cluster at once: each round lets two requests that exclude each
// other begin together, one on each node, and looks at what was committed. Run by tests/cluster/run.
#include <gtest/gtest.h>

#include <barrier>
#include <cstdlib>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/test/fixture.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/enrollment.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/goods_receipt.pb.h"
#include "heitie/resource/v1/item.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "services/metrics/service.h"
#include "services/personnel/service.h"
#include "services/planning/service.h"
#include "services/resource/service.h"
#include "services/risk/service.h"

namespace heitie {
namespace {

using test::IsOk;
using test::Proto;

constexpr int kRounds = 40;

sql::Options OnSecondNode(sql::Options options) {
  const char* socket = std::getenv("HEITIE_TEST_DB_SOCKET_2");
  if (socket == nullptr) {
    ADD_FAILURE() << "HEITIE_TEST_DB_SOCKET_2 is not set: run the test with tests/cluster/run";
    std::abort();
  }
  options.socket = socket;
  return options;
}

// A service on a node, as a process has it.
template <typename S>
struct Replica {
  Replica(sql::Database& database, const std::string& name, const time::Clock& clock)
      : store(database, test::Keys()),
        jobs(store, clock, "services/" + name),
        service(service::Context{store, clock, jobs, [this](const std::string&) -> client::Client& { return client; }}) {}

  test::FakeClient client;
  record::Store store;
  job::Runner jobs;
  S service;
};

template <typename S>
class RaceTest : public ::testing::Test {
 protected:
  explicit RaceTest(const std::string& name)
      : database_(name),
        second_(OnSecondNode(database_.get().options())),
        one_(database_.get(), name, clock_),
        two_(second_, name, clock_) {}

  rpc::Call Manager() const {
    return test::By("employees/manager",
                    {options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_OPERATIONS_SPECIALIST, options::v1::ROLE_DATA_ANALYST},
                    clock_.Now());
  }
  template <typename Resp, typename Req>
  absl::Status Ask(Replica<S>& replica, const std::string& method, const std::string& request) {
    return replica.service.rpc().template Invoke<Resp>(method, Manager(), Proto<Req>(request)).status();
  }
  template <typename Resp, typename Req>
  void Do(const std::string& method, const std::string& request) {
    EXPECT_THAT((Ask<Resp, Req>(one_, method, request)), IsOk()) << method << " " << request;
  }

  // Both at once. A request that the cluster undid too often may be told to come again; every other refusal names a reason.
  void Race(const std::function<absl::Status()>& on_one, const std::function<absl::Status()>& on_two) {
    std::barrier begin(2);
    absl::Status first, second;
    std::jthread other([&] {
      begin.arrive_and_wait();
      second = on_two();
    });
    begin.arrive_and_wait();
    first = on_one();
    other.join();
    successes_ += first.ok() + second.ok();
    for (const absl::Status& status : {first, second}) EXPECT_TRUE(status.ok() || !status::ReasonOf(status).empty()) << status;
  }

  // What both nodes answer to "SELECT COUNT(*) …".
  int64_t Count(const std::string& query) {
    std::vector<int64_t> counts;
    for (sql::Database* database : {&database_.get(), &second_}) {
      EXPECT_THAT(database->Read(absl::Now() + absl::Seconds(20),
                                 [&](sql::Session& session) {
                                   return session.Query(query, {}, [&](const sql::Row& row) { counts.push_back(row.Int(0)); });
                                 }),
                  IsOk());
    }
    EXPECT_EQ(counts.size(), 2u);
    EXPECT_EQ(counts.front(), counts.back()) << query;
    return counts.front();
  }

  time::FakeClock clock_{absl::FromUnixSeconds(1767225600)};  // 2026-01-01T00:00:00Z
  test::TestDatabase database_;
  sql::Database second_;
  Replica<S> one_, two_;
  int successes_ = 0;
};

class PersonnelRace : public RaceTest<personnel::Service> {
 protected:
  PersonnelRace() : RaceTest("personnel") {
    using namespace personnel::v1;
    Do<Position, CreatePositionRequest>("CreatePosition", "position { title: 'Host' responsibilities: 'hosts' } position_id: 'host'");
    for (const char* id : {"one", "two"}) {
      Do<Employee, CreateEmployeeRequest>(
          "CreateEmployee",
          absl::Substitute("employee { display_name: 'Li' position: 'positions/host' department: 'operations' hire_date { "
                           "year: 2025 month: 1 day: 1 } } employee_id: '$0'",
                           id));
    }
    Do<Course, CreateCourseRequest>("CreateCourse", "course { title: 'Safety' } course_id: 'safety'");
  }
  // Its name.
  std::string CreateSession(int i, int capacity) {
    Do<personnel::v1::Session, personnel::v1::CreateSessionRequest>(
        "CreateSession",
        absl::Substitute("parent: 'courses/safety' session_id: 's$0' session { date { year: 2026 month: 2 day: 1 } trainer: "
                         "'T' capacity: $1 }",
                         i, capacity));
    return absl::StrCat("courses/safety/sessions/s", i);
  }
  absl::Status Enroll(Replica<personnel::Service>& replica, const std::string& session, const char* id) {
    return Ask<personnel::v1::Enrollment, personnel::v1::EnrollEmployeeRequest>(
        replica, "EnrollEmployee", absl::Substitute("name: '$0' employee: 'employees/$1'", session, id));
  }
  int64_t Overbooked() {
    return Count(
        "SELECT COUNT(*) FROM sessions s WHERE capacity < (SELECT COUNT(*) FROM enrollments e WHERE e.name LIKE CONCAT(s.name, '/%'))");
  }
};

TEST_F(PersonnelRace, ASeatIsTakenOnce) {
  for (int i = 0; i < kRounds; ++i) {
    const std::string session = CreateSession(i, 1);
    Race([&] { return Enroll(one_, session, "one"); }, [&] { return Enroll(two_, session, "two"); });
  }
  EXPECT_EQ(Overbooked(), 0) << "of " << kRounds;
  EXPECT_EQ(successes_, kRounds);
}

TEST_F(PersonnelRace, SeatsThatAreTakenAreNotTakenAway) {
  using namespace personnel::v1;
  for (int i = 0; i < kRounds; ++i) {
    const std::string session = CreateSession(i, 2);
    ASSERT_THAT(Enroll(one_, session, "one"), IsOk());
    Race([&] { return Enroll(one_, session, "two"); },
         [&] {
           return Ask<Session, UpdateSessionRequest>(two_, "UpdateSession",
                                                     absl::Substitute("session { name: '$0' capacity: 1 }", session));
         });
  }
  EXPECT_EQ(Overbooked(), 0) << "of " << kRounds;
  EXPECT_EQ(successes_, kRounds);
}

TEST_F(PersonnelRace, ARequestIsDoneOnce) {
  using namespace personnel::v1;
  for (int i = 0; i < kRounds; ++i) {
    const auto create = [&](Replica<personnel::Service>& replica) {
      return Ask<Course, CreateCourseRequest>(replica, "CreateCourse", absl::Substitute("course { title: 'Once' } request_id: 'r$0'", i));
    };
    Race([&] { return create(one_); }, [&] { return create(two_); });
  }
  EXPECT_EQ(Count("SELECT COUNT(*) FROM courses WHERE title = 'Once'"), kRounds);
  EXPECT_EQ(successes_, 2 * kRounds) << "the second gets the first answer";
}

class PlanningRace : public RaceTest<planning::Service> {
 protected:
  PlanningRace() : RaceTest("planning") {}
  void CreateYear(int i) {
    Do<planning::v1::PlanPeriod, planning::v1::CreatePlanPeriodRequest>(
        "CreatePlanPeriod",
        absl::Substitute("plan_period { title: 'Year' cadence: CADENCE_ANNUAL start_date { year: 2026 month: 1 day: 1 } "
                         "end_date { year: 2026 month: 12 day: 31 } } plan_period_id: 'y$0'",
                         i));
  }
};

TEST_F(PlanningRace, PartsOfAPeriodDoNotOverlap) {
  using namespace planning::v1;
  int overlapping = 0;
  for (int i = 0; i < kRounds; ++i) {
    CreateYear(i);
    const auto create = [&](Replica<planning::Service>& replica, int month) {
      return Ask<PlanPeriod, CreatePlanPeriodRequest>(
          replica, "CreatePlanPeriod",
          absl::Substitute(
              "plan_period { title: 'Quarter' parent_period: 'planPeriods/y$0' cadence: CADENCE_QUARTERLY start_date { year: 2026 "
              "month: $1 day: 1 } end_date { year: 2026 month: $2 day: $3 } }",
              i, month, month + 2, month == 1 ? 31 : 30));
    };
    Race([&] { return create(one_, 1); }, [&] { return create(two_, 2); });
    overlapping += Count(absl::Substitute("SELECT COUNT(*) FROM plan_periods WHERE parent_period = 'planPeriods/y$0'", i)) > 1;
  }
  EXPECT_EQ(overlapping, 0) << "of " << kRounds;
  EXPECT_EQ(successes_, kRounds);
}

TEST_F(PlanningRace, AProjectIsInAPeriodThatExists) {
  using namespace planning::v1;
  for (int i = 0; i < kRounds; ++i) {
    CreateYear(i);
    Race(
        [&] {
          return Ask<Project, CreateProjectRequest>(
              one_, "CreateProject",
              absl::Substitute(
                  "project { title: 'Spring' plan_period: 'planPeriods/y$0' owner: 'employees/li' start_date { year: 2026 month: 1 "
                  "day: 1 } end_date { year: 2026 month: 2 day: 27 } currency_code: 'TWD' }",
                  i));
        },
        [&] {
          return Ask<google::protobuf::Empty, DeletePlanPeriodRequest>(two_, "DeletePlanPeriod",
                                                                       absl::Substitute("name: 'planPeriods/y$0'", i));
        });
  }
  EXPECT_EQ(Count("SELECT COUNT(*) FROM projects WHERE plan_period NOT IN (SELECT name FROM plan_periods)"), 0) << "of " << kRounds;
  EXPECT_EQ(successes_, kRounds);
}

TEST_F(PlanningRace, ATaskDependsOnTasksThatExist) {
  using namespace planning::v1;
  CreateYear(0);
  Do<Project, CreateProjectRequest>("CreateProject",
                                    "project { title: 'Spring' plan_period: 'planPeriods/y0' owner: 'employees/li' start_date { "
                                    "year: 2026 month: 1 day: 1 } end_date { year: 2026 month: 2 day: 27 } currency_code: "
                                    "'TWD' } project_id: 'p'");
  const auto create = [&](Replica<planning::Service>& replica, const std::string& id, const std::string& more) {
    return Ask<Task, CreateTaskRequest>(replica, "CreateTask",
                                        absl::Substitute("parent: 'projects/p' task_id: '$0' task { title: 'T' $1 }", id, more));
  };
  for (int i = 0; i < kRounds; ++i) {
    ASSERT_THAT(create(one_, absl::StrCat("before-", i), ""), IsOk());
    Race(
        [&] {
          return create(one_, absl::StrCat("after-", i), absl::Substitute("dependencies { predecessor: 'projects/p/tasks/before-$0' }", i));
        },
        [&] {
          return Ask<google::protobuf::Empty, DeleteTaskRequest>(two_, "DeleteTask",
                                                                 absl::Substitute("name: 'projects/p/tasks/before-$0'", i));
        });
  }
  EXPECT_EQ(
      Count(
          "SELECT COUNT(*) FROM tasks t WHERE name LIKE '%/after-%' AND REPLACE(name, 'after', 'before') NOT IN (SELECT name FROM tasks)"),
      0)
      << "of " << kRounds;
  EXPECT_EQ(successes_, kRounds);
}

class ResourceRace : public RaceTest<resource::Service> {
 protected:
  ResourceRace() : RaceTest("resource") {}
};

TEST_F(ResourceRace, TheLastPieceIsReservedOnce) {
  using namespace resource::v1;
  Do<ItemCategory, CreateItemCategoryRequest>("CreateItemCategory", "item_category { display_name: 'Gifts' } item_category_id: 'gifts'");
  for (int i = 0; i < kRounds; ++i) {
    Do<Item, CreateItemRequest>("CreateItem", absl::Substitute("item { display_name: 'Gift' category: 'itemCategories/gifts' unit: 'piece' "
                                                               "currency_code: 'TWD' custodian: 'employees/li' } item_id: 'i$0'",
                                                               i));
    Do<GoodsReceipt, CreateGoodsReceiptRequest>(
        "CreateGoodsReceipt", absl::Substitute("goods_receipt { supplier: 'S' receive_date { year: 2026 month: 1 day: 1 } lines { item: "
                                               "'items/i$0' quantity: 1 unit_cost_minor: 1 } }",
                                               i));
    const auto reserve = [&](Replica<resource::Service>& replica) {
      return Ask<Reservation, CreateReservationRequest>(
          replica, "CreateReservation",
          absl::Substitute(
              "reservation { subject: 'activities/a' lines { item: 'items/i$0' quantity: 1 } expire_time { seconds: 1767400000 } }", i));
    };
    Race([&] { return reserve(one_); }, [&] { return reserve(two_); });
  }
  EXPECT_EQ(successes_, kRounds);
}

TEST_F(ResourceRace, MoneyIsTakenOnceAndFromNoClosedBudget) {
  using namespace resource::v1;
  for (int i = 0; i < kRounds; ++i) {
    Do<Budget, CreateBudgetRequest>("CreateBudget",
                                    absl::Substitute("budget { display_name: 'B' cost_center: 'c' start_date { year: 2026 month: 1 day: 1 "
                                                     "} end_date { year: 2026 month: 12 day: 31 } currency_code: 'TWD' "
                                                     "requested_minor: 1 } budget_id: 'b$0'",
                                                     i));
    // By somebody else than who drafted it.
    const rpc::Call approver = test::By("employees/approver", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now());
    EXPECT_THAT(one_.service.rpc().Invoke<Budget>("ApproveBudget", approver,
                                                  Proto<ApproveBudgetRequest>(absl::Substitute("name: 'budgets/b$0'", i))),
                IsOk());
    const auto take = [&](Replica<resource::Service>& replica) {
      return Ask<Encumbrance, CreateEncumbranceRequest>(
          replica, "CreateEncumbrance",
          absl::Substitute(
              "encumbrance { budget: 'budgets/b$0' subject: 'activities/a' amount_minor: 1 expire_time { seconds: 1767400000 } }", i));
    };
    const auto close = [&] { return Ask<Budget, CloseBudgetRequest>(two_, "CloseBudget", absl::Substitute("name: 'budgets/b$0'", i)); };
    if (i % 2 == 0) {
      Race([&] { return take(one_); }, [&] { return take(two_); });
    } else {
      Race([&] { return take(one_); }, close);
    }
  }
  EXPECT_EQ(Count("SELECT COUNT(*) FROM budgets WHERE state = 'STATE_CLOSED' AND pre_committed_minor > 0"), 0);
  EXPECT_EQ(successes_, kRounds);
}

class MetricsRace : public RaceTest<metrics::Service> {
 protected:
  MetricsRace() : RaceTest("metrics") {}
};

TEST_F(MetricsRace, EveryEventIsCountedOnceAndEveryUserHasOneOrdinal) {
  using namespace metrics::v1;
  for (int i = 0; i < kRounds; ++i) {
    const auto ingest = [&](Replica<metrics::Service>& replica, const char* producer, const char* user) {
      return Ask<IngestEventsResponse, IngestEventsRequest>(
          replica, "IngestEvents",
          absl::Substitute(
              "producer: 'producers/$0' sequence: $1 events { event_name: 'participate' user: 'both-$1' activity: 'activities/a' "
              "occur_time { seconds: 1767225600 } } events { event_name: 'participate' user: '$2-$1' activity: 'activities/a' "
              "occur_time { seconds: 1767225600 } }",
              producer, i + 1, user));
    };
    Race([&] { return ingest(one_, "shop", "one"); }, [&] { return ingest(two_, "app", "two"); });
  }
  EXPECT_EQ(successes_, 2 * kRounds);
  EXPECT_EQ(
      Count("SELECT CAST(SUM(row_count) AS SIGNED) FROM (SELECT row_count FROM fresh_block UNION ALL SELECT row_count FROM row_block) b"),
      4 * kRounds);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM known_user"), 3 * kRounds);
  for (Replica<metrics::Service>* replica : {&one_, &two_}) {
    const auto counters = replica->service.rpc().Invoke<ActivityCounters>("GetActivityCounters", Manager(),
                                                                          Proto<GetActivityCountersRequest>("activity: 'activities/a'"));
    ASSERT_THAT(counters, IsOk());
    EXPECT_EQ(counters->participants(), 3 * kRounds);
  }
}

class RiskRace : public RaceTest<risk::Service> {
 protected:
  RiskRace() : RaceTest("risk") {}
};

TEST_F(RiskRace, VersionsOfTheMatrixFollowEachOther) {
  using namespace risk::v1;
  std::string cells;
  for (int likelihood = 1; likelihood <= 5; ++likelihood) {
    for (int impact = 1; impact <= 5; ++impact) {
      absl::SubstituteAndAppend(&cells, "cells { likelihood: $0 impact: $1 level: $2 } ", likelihood, impact,
                                likelihood * impact >= 15  ? "LEVEL_HIGH"
                                : likelihood * impact >= 6 ? "LEVEL_MEDIUM"
                                                           : "LEVEL_LOW");
    }
  }
  for (int i = 0; i < kRounds; ++i) {
    for (const char* id : {"one", "two"}) {
      Do<RiskMatrix, CreateRiskMatrixRequest>("CreateRiskMatrix",
                                              absl::Substitute("risk_matrix { reason: 'd' $0 } risk_matrix_id: '$1-$2'", cells, id, i));
    }
    const auto publish = [&](Replica<risk::Service>& replica, const char* id) {
      return Ask<RiskMatrix, PublishRiskMatrixRequest>(replica, "PublishRiskMatrix", absl::Substitute("name: 'riskMatrices/$0-$1'", id, i));
    };
    Race([&] { return publish(one_, "one"); }, [&] { return publish(two_, "two"); });
    EXPECT_EQ(Count("SELECT COUNT(DISTINCT start_time) FROM risk_matrices WHERE state = 'STATE_PUBLISHED'"), 2 * i + 3);
    EXPECT_EQ(Count("SELECT MAX(version) FROM risk_matrices"), 2 * i + 3);
  }
  EXPECT_EQ(successes_, 2 * kRounds) << "one after the other";
}

}  // namespace
}  // namespace heitie
