// Levelling of a project, through the service.
#include "heitie/planning/v1/levelling.pb.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::IsOk;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ProjectLevellingTest : public PlanningTest {
 protected:
  ProjectLevellingTest() {
    CreateQuarter();
    CreateActionable("p");
  }
  v1::ProjectLevelling Propose() {
    return Do<v1::ProjectLevelling, v1::ProposeLevellingRequest>("ProposeLevelling", Analyst(), "name: 'projects/p'");
  }
  absl::StatusOr<v1::ProjectLevelling> Level(const std::string& etag) {
    v1::LevelProjectRequest request;
    request.set_name("projects/p");
    request.set_etag(etag);
    return Call<v1::ProjectLevelling>("LevelProject", Specialist(), request);
  }
  v1::CheckActionabilityResponse Check() {
    return Do<v1::CheckActionabilityResponse, v1::CheckActionabilityRequest>("CheckActionability", Analyst(), "name: 'projects/p'");
  }
};

TEST_F(ProjectLevellingTest, WhatIsProposedPassesTheTestOnceItIsDone) {
  CreateTask("projects/p", "paint");
  CreateTask("projects/p", "print", R"pb(owner: "employees/mei"
                                         dependencies { predecessor: "projects/p/tasks/paint" }
                                         start_date { year: 2026 month: 1 day: 12 }
                                         end_date { year: 2026 month: 1 day: 16 })pb");
  ASSERT_THAT(Check().defects(), SizeIs(1)) << "wang has two weeks' work in one";
  const v1::ProjectLevelling proposed = Propose();
  ASSERT_THAT(proposed.moves(), SizeIs(1)) << proposed.DebugString();
  EXPECT_EQ(proposed.moves(0).task(), "projects/p/tasks/copy") << "what print waits for has no float";
  EXPECT_THAT(proposed.moves(0).start_date(), test::EqualsProto("year: 2026 month: 1 day: 12"));
  EXPECT_THAT(proposed.moves(0).end_date(), test::EqualsProto("year: 2026 month: 1 day: 16"));
  EXPECT_TRUE(proposed.moves(0).within_float());
  EXPECT_EQ(proposed.finish_delay_days(), 0);
  EXPECT_EQ(proposed.delay_days(), 5);
  EXPECT_TRUE(proposed.exhaustive());
  EXPECT_THAT(proposed.unlevelled(), IsEmpty());
  EXPECT_EQ(Propose().etag(), proposed.etag()) << "nothing was changed";

  EXPECT_THAT(Level("1"), HasReason("STALE_ETAG"));
  const auto done = Level(proposed.etag());
  ASSERT_THAT(done, IsOk());
  EXPECT_THAT(*done, test::EqualsProto(proposed));
  EXPECT_THAT(Check().defects(), IsEmpty());
  EXPECT_THAT(Actions("projects/p/tasks/copy"), Contains("level"));
  EXPECT_THAT(Level(proposed.etag()), HasReason("STALE_ETAG"));
  EXPECT_THAT(Propose().moves(), IsEmpty());
}

TEST_F(ProjectLevellingTest, AnApprovalEndsWhereSomethingMovesAndOnlyThere) {
  Submit("p");
  Approve("p");
  ASSERT_THAT(Level(""), IsOk());
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_APPROVED);
  // Somebody else's plan takes the same days of the same person.
  CreateActionable("other");
  ASSERT_THAT(Call<v1::Project>("SubmitProject", Specialist(), test::Proto<v1::SubmitProjectRequest>("name: 'projects/other'")),
              HasReason("NOT_ACTIONABLE"));
  Do<v1::Task, v1::UpdateTaskRequest>("UpdateTask", Specialist(), "task { name: 'projects/other/tasks/copy' estimate_hours: 1 }");
  const v1::ProjectLevelling other =
      Do<v1::ProjectLevelling, v1::LevelProjectRequest>("LevelProject", Specialist(), "name: 'projects/other'");
  ASSERT_THAT(other.moves(), SizeIs(1));
  EXPECT_EQ(other.moves(0).delay_days(), 1) << "the hour fits behind the week";
  Submit("other");
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_APPROVED);
}

TEST_F(ProjectLevellingTest, WhatDoesNotFitAnywhereIsNamed) {
  Do<v1::Task, v1::UpdateTaskRequest>("UpdateTask", Specialist(), "task { name: 'projects/p/tasks/copy' estimate_hours: 41 }");
  const v1::ProjectLevelling proposed = Propose();
  ASSERT_THAT(proposed.unlevelled(), SizeIs(1));
  EXPECT_EQ(proposed.unlevelled(0).employee(), "employees/wang");
  EXPECT_EQ(proposed.unlevelled(0).hours(), 41);
  EXPECT_EQ(proposed.unlevelled(0).available_hours(), 40);
  EXPECT_THAT(proposed.unlevelled(0).tasks(), ElementsAre("projects/p/tasks/copy"));
  EXPECT_THAT(proposed.unlevelled(0).end_date(), test::EqualsProto("year: 2026 month: 1 day: 9"));
  EXPECT_THAT(proposed.moves(), IsEmpty());
}

TEST_F(ProjectLevellingTest, NobodyWorksOnDaysOfAbsence) {
  // The week for which the task is planned, and the Monday after it.
  EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                   [](sql::Session& session) {
                                     return session
                                         .Execute(
                                             "INSERT INTO mirrored_employees (name, etag, superior, department, absences) VALUES "
                                             "('employees/wang', '1', '', '', ?)",
                                             sql::Bind(R"({"absences":[{"start_date":{"year":2026,"month":1,"day":5},
                                                                 "end_date":{"year":2026,"month":1,"day":12}}]})"))
                                         .status();
                                   }),
              IsOk());
  EXPECT_THAT(Check().defects(), IsEmpty()) << "a submission does not ask";
  const v1::ProjectLevelling proposed = Propose();
  ASSERT_THAT(proposed.moves(), SizeIs(1)) << proposed.DebugString();
  EXPECT_THAT(proposed.moves(0).start_date(), test::EqualsProto("year: 2026 month: 1 day: 13"));
  EXPECT_THAT(proposed.unlevelled(), IsEmpty());
  // The whole of the project's days has no hours for more than what is left of them.
  Do<v1::Task, v1::UpdateTaskRequest>("UpdateTask", Specialist(),
                                      "task { name: 'projects/p/tasks/copy' start_date { year: 2026 month: 1 day: 5 } end_date { year: "
                                      "2026 month: 2 day: 27 } estimate_hours: 300 }");
  const v1::ProjectLevelling full = Propose();
  ASSERT_THAT(full.unlevelled(), SizeIs(1));
  EXPECT_EQ(full.unlevelled(0).hours(), 300);
  EXPECT_EQ(full.unlevelled(0).available_hours(), (40 - 6) * 8);
}

}  // namespace
}  // namespace heitie::planning
