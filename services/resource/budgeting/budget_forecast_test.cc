#include "services/resource/budgeting/budget_forecast.h"

#include "absl/strings/substitute.h"
#include "heitie/type/v1/event.pb.h"
#include "services/resource/budgeting/budgeting_testing.h"

namespace heitie::resource {
namespace {

class BudgetForecastTest : public BudgetingTest {
 protected:
  BudgetForecastTest() {
    for (const std::string source : {"activity", "personnel"}) {
      const std::string method =
          source == "activity" ? "heitie.activity.v1.RecordService/ListEvents" : "heitie.personnel.v1.RecordService/ListEvents";
      clients_[source].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
          method,
          [this, source](const rpc::Call&, const type::v1::ListEventsRequest& request) -> absl::StatusOr<type::v1::ListEventsResponse> {
            type::v1::ListEventsResponse response;
            const std::vector<type::v1::Event>& events = events_[source];
            for (const type::v1::Event& event : events) {
              if (event.position() > request.after_position()) *response.add_events() = event;
            }
            response.set_last_position(static_cast<int64_t>(events.size()));
            return response;
          });
    }
  }

  void Plan(const std::string& id, const std::string& budget, int64_t amount, const std::string& state,
            const std::string& encumbrance = "") {
    type::v1::Event& event = events_["activity"].emplace_back();
    event.set_position(static_cast<int64_t>(events_["activity"].size()));
    event.set_subject("activities/" + id);
    event.set_subject_type("activity.heitie/Activity");
    event.set_action("create");
    event.set_revision(1);
    event.set_after_json(absl::Substitute(
        R"({"name": "activities/$0", "budget": "$1", "budgetAmountMinor": "$2", "state": "$3", "encumbrance": "$4", "etag": "1"})", id,
        budget, amount, state, encumbrance));
  }

  std::map<std::string, std::vector<type::v1::Event>> events_;
};

TEST_F(BudgetForecastTest, SeesTheEndByPlanAndByRunRate) {
  HaveTree();
  Plan("autumn", "budgets/leaf", 40, "STATE_PREPARING");
  Plan("winter", "budgets/top", 30, "STATE_DRAFT");
  Plan("launched", "budgets/leaf", 100, "STATE_READY", "encumbrances/e9");
  Plan("live", "budgets/leaf", 100, "STATE_LIVE");
  Plan("elsewhere", "budgets/other", 7, "STATE_DRAFT");
  ASSERT_THAT(PreCommit("e1", "budgets/leaf", 300), IsOk());
  ASSERT_THAT(Commit("encumbrances/e1", 200), IsOk());
  v1::ForecastBudgetRequest request;
  request.set_name("budgets/top");
  for (int i = 0; i < 3; ++i) ASSERT_THAT(jobs_.RunDue(), IsOk());
  const auto first = Call<v1::ForecastBudgetResponse>("ForecastBudget", Analyst(), request);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->limit_minor(), 1000);
  EXPECT_EQ(first->consumed_minor(), 300);
  ASSERT_EQ(first->planned_size(), 2);
  EXPECT_EQ(first->planned(0).activity(), "activities/autumn");
  EXPECT_EQ(first->planned_minor(), 70);
  EXPECT_EQ(first->by_plan_minor(), 370);
  EXPECT_FALSE(first->has_by_run_rate_minor());
  EXPECT_EQ(first->working_days(), 64);  // January to March 2026, Monday to Friday
  EXPECT_EQ(first->calendar_versions_size(), 1);

  ASSERT_THAT(RecordActual("encumbrances/e1", 110), IsOk());
  GoTo(absl::CivilDay(2026, 2, 1));
  const auto later = Call<v1::ForecastBudgetResponse>("ForecastBudget", Analyst(), request);
  ASSERT_THAT(later, IsOk());
  EXPECT_EQ(later->elapsed_working_days(), 22);
  EXPECT_EQ(later->by_run_rate_minor(), 320);
  GoTo(absl::CivilDay(2027, 2, 1));
  EXPECT_EQ(Call<v1::ForecastBudgetResponse>("ForecastBudget", Analyst(), request)->by_run_rate_minor(), 110);
  request.set_name("budgets/none");
  EXPECT_THAT(Call<v1::ForecastBudgetResponse>("ForecastBudget", Analyst(), request), HasReason("NOT_FOUND"));
}

TEST_F(BudgetForecastTest, AnActivityCountsOnce) {
  int64_t of_project = 50;
  EXPECT_EQ(NotYetHeld(40, 10, of_project), 0);
  EXPECT_EQ(of_project, 20);
  EXPECT_EQ(NotYetHeld(40, 0, of_project), 20);
  EXPECT_EQ(of_project, 0);
  EXPECT_EQ(NotYetHeld(10, 30, of_project), 0);

  HaveTree();
  Plan("autumn", "budgets/leaf", 100, "STATE_PREPARING");
  auto held = Wanted("e1", "budgets/leaf", 60);
  held.mutable_encumbrance()->set_subject("activities/autumn");
  ASSERT_THAT(Call<v1::Encumbrance>("CreateEncumbrance", Specialist(), held), IsOk());
  for (int i = 0; i < 3; ++i) ASSERT_THAT(jobs_.RunDue(), IsOk());
  v1::ForecastBudgetRequest request;
  request.set_name("budgets/top");
  const auto forecast = Call<v1::ForecastBudgetResponse>("ForecastBudget", Analyst(), request);
  ASSERT_THAT(forecast, IsOk());
  EXPECT_EQ(forecast->planned_minor(), 40);
  EXPECT_EQ(forecast->by_plan_minor(), 100);
  const v1::Budget leaf = *Do<v1::Budget, v1::GetBudgetRequest>("GetBudget", "budgets/leaf", Analyst());
  EXPECT_LE(leaf.payable_minor(), leaf.available_minor());
}

}  // namespace
}  // namespace heitie::resource
