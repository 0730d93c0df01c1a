#include "services/planning/plan/plan_period.h"

#include <atomic>
#include <barrier>
#include <functional>
#include <thread>

#include "google/protobuf/empty.pb.h"
#include "heitie/planning/v1/defect.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::PlanPeriod;

constexpr char kYear[] = R"pb(
  title: "2026"
  cadence: CADENCE_ANNUAL
  start_date { year: 2026 month: 1 day: 1 }
  end_date { year: 2026 month: 12 day: 31 }
  targets { metric: "new_users" unit: "users" target: 1000 })pb";
constexpr char kFirstQuarter[] = R"pb(
  title: "2026 Q1"
  cadence: CADENCE_QUARTERLY
  parent_period: "planPeriods/y"
  start_date { year: 2026 month: 1 day: 1 }
  end_date { year: 2026 month: 3 day: 31 }
  targets { metric: "new_users" unit: "users" target: 400 })pb";

class PlanPeriodTest : public PlanningTest {};

TEST_F(PlanPeriodTest, CreateGetAndList) {
  const PlanPeriod year = CreatePeriod("y", kYear);
  EXPECT_EQ(year.name(), "planPeriods/y");
  EXPECT_EQ(year.capacity_hours_per_day(), 8);
  EXPECT_EQ(year.etag(), "1");
  EXPECT_EQ(year.creator(), "employees/manager");
  EXPECT_EQ(year.targets(0).target(), 1000);
  CreatePeriod("q1", kFirstQuarter);

  const auto got = Do<PlanPeriod, v1::GetPlanPeriodRequest>("GetPlanPeriod", Analyst(), "name: 'planPeriods/y'");
  EXPECT_THAT(got, test::EqualsProto(year));
  const auto parts = Do<v1::ListPlanPeriodsResponse, v1::ListPlanPeriodsRequest>("ListPlanPeriods", Analyst(),
                                                                                 R"pb(filter: 'parent_period = "planPeriods/y"')pb");
  ASSERT_EQ(parts.plan_periods_size(), 1);
  EXPECT_EQ(parts.plan_periods(0).name(), "planPeriods/q1");
  EXPECT_THAT((Refused<PlanPeriod, v1::GetPlanPeriodRequest>("GetPlanPeriod", Analyst(), "name: 'planPeriods/none'")),
              HasReason("NOT_FOUND"));
}

TEST_F(PlanPeriodTest, KeepsCalendarAndCapacity) {
  CalendarArrives("calendars/branch/versions/1", RulesForTest());
  const PlanPeriod period = CreatePeriod("y", std::string(kYear) + R"pb(
    capacity_hours_per_day: 7 calendar: "calendars/branch")pb");
  const auto got = Do<PlanPeriod, v1::GetPlanPeriodRequest>("GetPlanPeriod", Analyst(), "name: 'planPeriods/y'");
  EXPECT_THAT(got, test::EqualsProto(period));
  EXPECT_EQ(got.capacity_hours_per_day(), 7);
  EXPECT_EQ(got.calendar(), "calendars/branch");
  const auto changed = Do<PlanPeriod, v1::UpdatePlanPeriodRequest>(
      "UpdatePlanPeriod", Manager(), "plan_period { name: 'planPeriods/y' } update_mask { paths: 'calendar' }");
  EXPECT_EQ(changed.calendar(), "calendars/default") << "of periods that name none";
}

TEST_F(PlanPeriodTest, ACalendarThatHasNotArrivedIsToBeAskedForAgain) {
  const std::string request = "plan_period_id: 'y' plan_period { calendar: 'calendars/branch' " + std::string(kYear) + "}";
  const absl::Status status = Refused<PlanPeriod, v1::CreatePlanPeriodRequest>("CreatePlanPeriod", Manager(), request);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(status, HasReason("CALENDAR_UNKNOWN"));
  const google::rpc::Status wire = status::ToProto(status, status::Language::kEnglish);
  EXPECT_TRUE(
      std::any_of(wire.details().begin(), wire.details().end(), [](const auto& d) { return d.template Is<google::rpc::RetryInfo>(); }));
  CalendarArrives("calendars/branch/versions/1", RulesForTest());
  Do<PlanPeriod, v1::CreatePlanPeriodRequest>("CreatePlanPeriod", Manager(), request);
  EXPECT_THAT((Refused<PlanPeriod, v1::UpdatePlanPeriodRequest>("UpdatePlanPeriod", Manager(),
                                                                "plan_period { name: 'planPeriods/y' calendar: 'calendars/none' }")),
              HasReason("CALENDAR_UNKNOWN"));
  EXPECT_THAT((Refused<PlanPeriod, v1::UpdatePlanPeriodRequest>("UpdatePlanPeriod", Manager(),
                                                                "plan_period { name: 'planPeriods/y' calendar: 'employees/none' }")),
              test::HasViolation("plan_period.calendar", "BAD_VALUE"));
}

// Personnel's image may have a newer database of time zones.
TEST_F(PlanPeriodTest, ACalendarInAZoneThatIsNotInstalledIsUnknown) {
  type::v1::BusinessCalendar rules = RulesForTest();
  rules.set_time_zone("Asia/Atlantis");
  CalendarArrives("calendars/branch/versions/1", rules);
  const std::string request = "plan_period_id: 'y' plan_period { calendar: 'calendars/branch' " + std::string(kYear) + "}";
  EXPECT_THAT((Refused<PlanPeriod, v1::CreatePlanPeriodRequest>("CreatePlanPeriod", Manager(), request)), HasReason("CALENDAR_UNKNOWN"));
}

// Both schemas come with it, and the copy is as what it is a copy of.
TEST_F(PlanPeriodTest, TheShippedCalendarIsPersonnels) {
  test::TestDatabase personnel("personnel");
  std::vector<std::string> rows[2];
  sql::Database* databases[] = {&database_.get(), &personnel.get()};
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(databases[i]->Read(absl::Now() + absl::Seconds(20),
                                   [&](sql::Session& session) {
                                     return session.Query(
                                         "SELECT name, rules, reason, state, start_time, version, publisher, publish_time, etag, "
                                         "create_time, update_time, creator FROM " +
                                             std::string(i == 0 ? "mirrored_" : "") + "calendar_versions",
                                         {}, [&](const sql::Row& row) {
                                           for (int column = 0; column < 12; ++column) rows[i].push_back(row.Text(column));
                                         });
                                   }),
                test::IsOk());
  }
  EXPECT_EQ(rows[0].size(), 12u);
  EXPECT_EQ(rows[0], rows[1]);
}

TEST_F(PlanPeriodTest, EveryBadFieldIsNamed) {
  const absl::Status status =
      Refused<PlanPeriod, v1::CreatePlanPeriodRequest>("CreatePlanPeriod", Manager(), R"pb(plan_period {
                                                                                             title: "2026"
                                                                                             cadence: CADENCE_ANNUAL
                                                                                             start_date { year: 2026 month: 1 day: 1 }
                                                                                             end_date { year: 2026 month: 12 day: 30 }
                                                                                             targets { metric: "m" unit: "u" }
                                                                                             targets { metric: "m" unit: "u" }
                                                                                           })pb");
  EXPECT_THAT(status, HasReason("INVALID_FIELDS"));
  EXPECT_THAT(Violations(status), ElementsAre("plan_period.end_date PERIOD_LENGTH", "plan_period.targets[1].metric TARGET_TWICE"));
  EXPECT_THAT(Violations(Refused<PlanPeriod, v1::CreatePlanPeriodRequest>("CreatePlanPeriod", Manager(),
                                                                          R"pb(plan_period {
                                                                                 title: "odd"
                                                                                 cadence: CADENCE_MONTHLY
                                                                                 start_date { year: 2026 month: 1 day: 31 }
                                                                                 end_date { year: 2026 month: 2 day: 28 }
                                                                               })pb")),
              ElementsAre("plan_period.start_date PERIOD_START_DAY"));
}

TEST_F(PlanPeriodTest, AChildFitsItsParentAndItsSiblings) {
  CreatePeriod("y", kYear);
  CreatePeriod("q1", kFirstQuarter);
  const absl::Status status = Refused<PlanPeriod, v1::CreatePlanPeriodRequest>("CreatePlanPeriod", Manager(), R"pb(
    plan_period_id: "z"
    plan_period {
      title: "z"
      cadence: CADENCE_ANNUAL
      parent_period: "planPeriods/y"
      start_date { year: 2026 month: 3 day: 1 }
      end_date { year: 2027 month: 2 day: 28 }
    })pb");
  EXPECT_THAT(status, HasReason("PERIOD_MISFIT"));
  EXPECT_THAT(Violations(status),
              ElementsAre("planPeriods/z PERIOD_CADENCE", "planPeriods/z PERIOD_OUTSIDE_PARENT", "planPeriods/z PERIODS_OVERLAP"));
  EXPECT_THAT(
      (Refused<PlanPeriod, v1::CreatePlanPeriodRequest>("CreatePlanPeriod", Manager(), R"pb(plan_period {
                                                                                              title: "m"
                                                                                              cadence: CADENCE_MONTHLY
                                                                                              parent_period: "planPeriods/none"
                                                                                              start_date { year: 2026 month: 1 day: 1 }
                                                                                              end_date { year: 2026 month: 1 day: 31 }
                                                                                            })pb")),
      HasReason("NOT_FOUND"));
}

// Runs the functions at the same moment, each in a thread of its own.
void AtOnce(const std::vector<std::function<void()>>& functions) {
  std::barrier start(static_cast<std::ptrdiff_t>(functions.size()));
  std::vector<std::thread> threads;
  for (const auto& function : functions) {
    threads.emplace_back([&start, &function] {
      start.arrive_and_wait();
      function();
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(PlanPeriodTest, OfOverlappingChildrenCreatedAtOnceOneIsKept) {
  for (int year = 2026; year < 2046; ++year) {
    const std::string first_day =
        "start_date { year: " + std::to_string(year) + " month: 1 day: 1 } end_date { year: " + std::to_string(year);
    const std::string name =
        CreatePeriod("y" + std::to_string(year), "title: 'y' cadence: CADENCE_ANNUAL " + first_day + " month: 12 day: 31 }").name();
    const auto request = test::Proto<v1::CreatePlanPeriodRequest>("plan_period { title: 'q' cadence: CADENCE_QUARTERLY parent_period: '" +
                                                                  name + "' " + first_day + " month: 3 day: 31 } }");
    std::atomic<int> created{0}, misfit{0};
    const auto create = [&] {
      const auto period = Call<PlanPeriod>("CreatePlanPeriod", Manager(), request);
      created += period.ok();
      misfit += status::ReasonOf(period.status()) == "PERIOD_MISFIT";
    };
    AtOnce({create, create, create, create});
    ASSERT_EQ(created, 1) << year;
    ASSERT_EQ(misfit, 3) << year;
  }
}

TEST_F(PlanPeriodTest, APeriodIsNotDeletedUnderAProjectThatIsBeingCreated) {
  for (int round = 0; round < 20; ++round) {
    CreateQuarter();
    auto create = test::Proto<v1::CreateProjectRequest>(R"pb(project {
                                                               title: "p"
                                                               plan_period: "planPeriods/q1"
                                                               owner: "employees/li"
                                                               start_date { year: 2026 month: 1 day: 5 }
                                                               end_date { year: 2026 month: 1 day: 6 }
                                                               currency_code: "CNY"
                                                             })pb");
    v1::DeletePlanPeriodRequest remove;
    remove.set_name("planPeriods/q1");
    std::string created, deleted;
    AtOnce({[&] { created = status::ReasonOf(Call<v1::Project>("CreateProject", Manager(), create).status()); },
            [&] { deleted = status::ReasonOf(Call<google::protobuf::Empty>("DeletePlanPeriod", Manager(), remove).status()); }});
    if (deleted.empty()) {
      ASSERT_EQ(created, "NOT_FOUND") << round;
      continue;
    }
    ASSERT_EQ(deleted, "PERIOD_IN_USE") << round;
    ASSERT_EQ(created, "") << round;
    ASSERT_THAT(store_.Read(Manager(), [](sql::Session& session) { return session.Execute("DELETE FROM projects").status(); }), IsOk());
    ASSERT_THAT(Call<google::protobuf::Empty>("DeletePlanPeriod", Manager(), remove), IsOk());
  }
}

TEST_F(PlanPeriodTest, UpdateKeepsTheRules) {
  CreatePeriod("y", kYear);
  CreatePeriod("q1", kFirstQuarter);
  const auto update = [&](const std::string& request) {
    return Call<PlanPeriod>("UpdatePlanPeriod", Manager(), test::Proto<v1::UpdatePlanPeriodRequest>(request));
  };
  const auto renamed = update("plan_period { name: 'planPeriods/q1' title: 'First' etag: '1' } update_mask { paths: 'title' }");
  ASSERT_THAT(renamed, IsOk());
  EXPECT_EQ(renamed->title(), "First");
  EXPECT_EQ(renamed->etag(), "2");
  EXPECT_EQ(renamed->targets_size(), 1);
  EXPECT_THAT(update("plan_period { name: 'planPeriods/q1' title: 'Late' etag: '1' } update_mask { paths: 'title' }"),
              HasReason("STALE_ETAG"));
  EXPECT_THAT(Violations(update(R"pb(plan_period {
                                       name: "planPeriods/q1"
                                       start_date { year: 2026 month: 11 day: 1 }
                                       end_date { year: 2027 month: 1 day: 31 }
                                     })pb")
                             .status()),
              ElementsAre("planPeriods/q1 PERIOD_OUTSIDE_PARENT"));
  const absl::Status moved_away = update(R"pb(plan_period {
                                                name: "planPeriods/y"
                                                start_date { year: 2026 month: 2 day: 1 }
                                                end_date { year: 2027 month: 1 day: 31 }
                                              })pb")
                                      .status();
  EXPECT_THAT(moved_away, HasReason("PERIOD_MISFIT"));
  EXPECT_THAT(Violations(moved_away), ElementsAre("planPeriods/q1 PERIOD_OUTSIDE_PARENT"));
}

TEST_F(PlanPeriodTest, DeleteOnlyWhatNothingUses) {
  CreatePeriod("y", kYear);
  CreatePeriod("q1", kFirstQuarter);
  const auto remove = [&](const std::string& name) {
    v1::DeletePlanPeriodRequest request;
    request.set_name(name);
    return Call<google::protobuf::Empty>("DeletePlanPeriod", Manager(), request);
  };
  EXPECT_THAT(remove("planPeriods/y"), HasReason("PERIOD_IN_USE"));
  CreateProject("p");
  EXPECT_THAT(remove("planPeriods/q1"), HasReason("PERIOD_IN_USE"));
  CreatePeriod("free", kYear);
  EXPECT_THAT(remove("planPeriods/free"), IsOk());
  EXPECT_THAT(remove("planPeriods/free"), HasReason("NOT_FOUND"));
}

TEST_F(PlanPeriodTest, CheckNamesTheDefectsOfTheWholeCascade) {
  CreatePeriod("y", kYear);
  CreatePeriod("q1", kFirstQuarter);
  const auto check = [&](const rpc::Call& call) {
    const auto response = Do<v1::CheckPlanPeriodResponse, v1::CheckPlanPeriodRequest>("CheckPlanPeriod", call, "name: 'planPeriods/q1'");
    std::vector<std::string> defects;
    for (const v1::Defect& defect : response.defects())
      defects.push_back(defect.subject() + " " + defect.reason() + " " + defect.description());
    return defects;
  };
  EXPECT_THAT(check(Analyst()), IsEmpty());
  Do<PlanPeriod, v1::UpdatePlanPeriodRequest>("UpdatePlanPeriod", Specialist(),
                                              R"pb(plan_period {
                                                     name: "planPeriods/q1"
                                                     targets { metric: "new_users" unit: "users" target: 1001 }
                                                   })pb");
  rpc::Call call = Analyst();
  call.language = status::Language::kSimplifiedChinese;
  EXPECT_THAT(check(call), ElementsAre("planPeriods/y TARGET_EXCEEDED 下级期间 new_users 的目标合计 1001，超过本期目标 1000。"));
}

TEST_F(PlanPeriodTest, OnlyManagersAndSpecialistsPlan) {
  auto request = test::Proto<v1::CreatePlanPeriodRequest>("plan_period {" + std::string(kYear) + "}");
  EXPECT_THAT(Call<PlanPeriod>("CreatePlanPeriod", Analyst(), request), HasReason("PERMISSION_DENIED"));
  CreatePeriod("y", kYear);
  v1::DeletePlanPeriodRequest remove;
  remove.set_name("planPeriods/y");
  EXPECT_THAT(Call<google::protobuf::Empty>("DeletePlanPeriod", Specialist(), remove), HasReason("PERMISSION_DENIED"));
}

// On several nodes of a cluster only a changed row shows a conflict (Kind::Guard).
TEST_F(PlanPeriodTest, WhatRestsOnAPeriodChangesItsRow) {
  CreatePeriod("y", kYear);
  EXPECT_EQ(GuardOf("plan_periods", "planPeriods/y"), 0);
  CreatePeriod("q1", kFirstQuarter);
  EXPECT_EQ(GuardOf("plan_periods", "planPeriods/y"), 1) << "a part of it was created";
  Do<PlanPeriod, v1::UpdatePlanPeriodRequest>("UpdatePlanPeriod", Specialist(), "plan_period { name: 'planPeriods/q1' title: 'first' }");
  EXPECT_EQ(GuardOf("plan_periods", "planPeriods/y"), 2) << "a part of it was changed";
  CreateProject("p");
  EXPECT_EQ(GuardOf("plan_periods", "planPeriods/q1"), 1) << "a project was put into it";
  Do<v1::Project, v1::UpdateProjectRequest>("UpdateProject", Specialist(), "project { name: 'projects/p' plan_period: 'planPeriods/y' }");
  EXPECT_EQ(GuardOf("plan_periods", "planPeriods/y"), 3) << "a project was moved into it";
}

}  // namespace
}  // namespace heitie::planning
