#include "services/resource/allotment/allotment.h"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using v1::Allotment;

class AllotmentTest : public ResourceTest {
 protected:
  static std::string Goods(const std::string& item, int64_t quantity) {
    return absl::StrCat("materials { item: 'items/", item, "' quantity: ", quantity, " } ");
  }
  static std::string Money(const std::string& code, const std::string& budget, int64_t amount) {
    return absl::StrCat("money { code: '", code, "' budget: 'budgets/", budget, "' amount_minor: ", amount, " } ");
  }
  v1::CreateAllotmentRequest Wish(const std::string& id, const std::string& subject, const std::string& what) {
    auto request =
        Proto<v1::CreateAllotmentRequest>(absl::StrCat("allotment_id: '", id, "' allotment { subject: '", subject, "' ", what, " }"));
    request.mutable_allotment()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()) + 3600);
    return request;
  }
  absl::StatusOr<Allotment> Take(const std::string& id, const std::string& subject, const std::string& what) {
    return Call<Allotment>("CreateAllotment", Specialist(), Wish(id, subject, what));
  }
  absl::StatusOr<Allotment> Confirm(const std::string& id) {
    return Do<Allotment, v1::ConfirmAllotmentRequest>("ConfirmAllotment", "allotments/" + id, Specialist());
  }
  absl::StatusOr<Allotment> Change(const std::string& id, const std::string& what) {
    auto request = Proto<v1::UpdateAllotmentRequest>(
        absl::StrCat("allotment { name: 'allotments/", id, "' ", what, " } update_mask { paths: 'materials' paths: 'money' }"));
    return Call<Allotment>("UpdateAllotment", Specialist(), request);
  }
  absl::StatusOr<v1::DrawAllotmentResponse> Draw(const std::string& id, const std::string& what,
                                                 const std::string& subject = "activities/fair") {
    return Call<v1::DrawAllotmentResponse>(
        "DrawAllotment", Specialist(),
        Proto<v1::DrawAllotmentRequest>(absl::StrCat("name: 'allotments/", id, "' subject: '", subject, "' ", what)));
  }
  absl::StatusOr<Allotment> Release(const std::string& id) {
    return Call<Allotment>("ReleaseAllotment", Specialist(),
                           Proto<v1::ReleaseAllotmentRequest>("name: 'allotments/" + id + "' reason: 'Off'"));
  }
  Allotment Get(const std::string& id) { return *Do<Allotment, v1::GetAllotmentRequest>("GetAllotment", "allotments/" + id, Specialist()); }
  static std::map<std::string, std::string> Violations(const absl::Status& status) {
    std::map<std::string, std::string> found;
    google::rpc::PreconditionFailure failure;
    const google::rpc::Status wire = status::ToProto(status, status::Language::kEnglish);
    for (const auto& detail : wire.details()) detail.UnpackTo(&failure);
    for (const auto& violation : failure.violations()) found[violation.subject()] = violation.type();
    return found;
  }
};

TEST_F(AllotmentTest, TakesEverythingOrNothingAndNamesAllThatIsShort) {
  HaveItem("mug", 10);
  HaveItem("pen", 5);
  HaveBudget("q1", 1000);
  HaveBudget("q2", 100);
  const auto refused =
      Take("h", "projects/spring",
           Goods("mug", 11) + Goods("pen", 5) + Money("print", "q1", 600) + Money("fee", "q1", 600) + Money("gift", "q2", 101));
  EXPECT_THAT(refused, HasReason("ALLOTMENT_SHORT"));
  EXPECT_THAT(Violations(refused.status()),
              UnorderedElementsAre(testing::Pair("items/mug", "STOCK_SHORT"), testing::Pair("budgets/q1", "BUDGET_SHORT"),
                                   testing::Pair("budgets/q2", "BUDGET_SHORT")));
  EXPECT_EQ(StockOf("items/pen").reserved(), 0);
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 1000);

  const auto held = Take("h", "projects/spring", Goods("mug", 8) + Goods("pen", 5) + Money("print", "q1", 600) + Money("gift", "q2", 100));
  ASSERT_THAT(held, IsOk());
  EXPECT_EQ(held->state(), Allotment::STATE_HELD);
  EXPECT_THAT(held->allowed_verbs(), ElementsAre("confirm", "release"));
  EXPECT_EQ(StockOf("items/mug").available(), 2);
  EXPECT_EQ(BudgetOf("budgets/q1").pre_committed_minor(), 600);
  EXPECT_EQ(ReservationOf(held->reservation())->subject(), "projects/spring");
  EXPECT_EQ(EncumbranceOf(held->money(0).encumbrance())->subject(), "projects/spring");
  const auto confirmed = Confirm("h");
  ASSERT_THAT(confirmed, IsOk());
  EXPECT_FALSE(confirmed->has_expire_time());
  EXPECT_EQ(ReservationOf(held->reservation())->state(), v1::Reservation::STATE_CONFIRMED);
  EXPECT_EQ(BudgetOf("budgets/q1").committed_minor(), 600);
  EXPECT_EQ(BudgetOf("budgets/q2").committed_minor(), 100);
  clock_.Advance(absl::Hours(2));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(Get("h").state(), Allotment::STATE_CONFIRMED);
  EXPECT_EQ(StockOf("items/mug").available(), 2);
  ExpectSound();
}

TEST_F(AllotmentTest, TellsEveryBadFieldAtOnce) {
  HaveItem("mug", 10);
  HaveBudget("q1", 1000);
  EXPECT_THAT(Take("h", "projects/spring", ""), test::HasViolations("allotment.materials NOTHING_HELD"));
  EXPECT_THAT(Take("h", "projects/spring", Goods("mug", 1) + Goods("mug", 2) + Money("a", "q1", 1) + Money("a", "q1", 1)),
              test::HasViolations("allotment.materials[1].item DUPLICATE_ITEM", "allotment.money[1].code DUPLICATE_CODE"));
  EXPECT_THAT(Take("h", "projects/spring",
                   Goods("none", 1) + "materials { item: 'items/mug' quantity: 1 location: 'locations/none' } " + Money("a", "none", 1)),
              test::HasViolations("allotment.money[0].budget UNKNOWN_BUDGET", "allotment.materials[1].location UNKNOWN_LOCATION",
                                  "allotment.materials[0].item UNKNOWN_ITEM"));
  EXPECT_EQ(StockOf("items/mug").reserved(), 0);
}

TEST_F(AllotmentTest, OnceByItsRequestId) {
  HaveItem("mug", 10);
  auto request = Wish("", "projects/spring", Goods("mug", 6));
  request.set_request_id("once");
  const auto first = Call<Allotment>("CreateAllotment", ServiceCaller(), request),
             second = Call<Allotment>("CreateAllotment", ServiceCaller(), request);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->name(), second->name());
  EXPECT_EQ(StockOf("items/mug").reserved(), 6);
}

TEST_F(AllotmentTest, WhatNobodyConfirmsIsGivenBack) {
  HaveItem("mug", 10);
  HaveBudget("q1", 1000);
  const auto held = Take("h", "projects/spring", Goods("mug", 6) + Money("a", "q1", 100));
  ASSERT_THAT(held, IsOk());
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Confirm("h"), HasReason("ALLOTMENT_EXPIRED"));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(Get("h").state(), Allotment::STATE_EXPIRED);
  EXPECT_EQ(StockOf("items/mug").reserved(), 0);
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 1000);
  EXPECT_THAT(Change("h", Goods("mug", 1)), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_EQ(Release("h")->state(), Allotment::STATE_EXPIRED);
  ExpectSound();
}

TEST_F(AllotmentTest, GrowsAndShrinksAllOrNothing) {
  HaveItem("mug", 10);
  HaveItem("pen", 5);
  HaveItem("bag", 5);
  HaveBudget("q1", 1000);
  HaveBudget("q2", 100);
  ASSERT_THAT(Take("h", "projects/spring", Goods("mug", 6) + Goods("pen", 2) + Money("a", "q1", 500)), IsOk());
  ASSERT_THAT(Confirm("h"), IsOk());
  EXPECT_THAT(Violations(Change("h", Goods("mug", 11) + Money("a", "q1", 1001) + Money("b", "q2", 200)).status()),
              UnorderedElementsAre(testing::Pair("items/mug", "STOCK_SHORT"), testing::Pair("budgets/q1", "BUDGET_SHORT"),
                                   testing::Pair("budgets/q2", "BUDGET_SHORT")));
  EXPECT_EQ(StockOf("items/pen").reserved(), 2);
  const auto changed = Change("h", Goods("mug", 9) + Goods("bag", 1) + Money("a", "q1", 200) + Money("b", "q1", 800));
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(StockOf("items/mug").reserved(), 9);
  EXPECT_EQ(StockOf("items/pen").reserved(), 0);
  EXPECT_EQ(StockOf("items/bag").reserved(), 1);
  EXPECT_EQ(BudgetOf("budgets/q1").committed_minor(), 1000);
  EXPECT_EQ(BudgetOf("budgets/q1").pre_committed_minor(), 0);
  ExpectSound();

  // What was used is not taken back.
  ASSERT_THAT(Issue(changed->reservation(), {Of("items/mug", 4)}), IsOk());
  ASSERT_THAT(RecordActual(changed->money(0).encumbrance(), 150), IsOk());
  EXPECT_THAT(Violations(Change("h", Goods("mug", 3) + Money("a", "q1", 149)).status()),
              UnorderedElementsAre(testing::Pair("items/mug", "ALLOTMENT_USED"), testing::Pair("a", "ALLOTMENT_USED")));
  ASSERT_THAT(Change("h", Goods("mug", 4) + Money("a", "q1", 150)), IsOk());
  EXPECT_EQ(StockOf("items/mug").reserved(), 0);
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 850);
  EXPECT_THAT(Change("h", "materials { item: 'items/mug' quantity: 5 location: 'locations/shop' }" + Money("a", "q2", 160)),
              test::HasViolations("allotment.money[0].budget ALLOTMENT_FIXED", "allotment.materials[0].location ALLOTMENT_FIXED",
                                  "allotment.materials[0].location UNKNOWN_LOCATION"));
  ExpectSound();
}

TEST_F(AllotmentTest, AAllotmentOfMoneyCanTakeGoodsLater) {
  HaveItem("mug", 10);
  HaveBudget("q1", 1000);
  ASSERT_THAT(Take("h", "projects/spring", Money("a", "q1", 500)), IsOk());
  EXPECT_EQ(Get("h").reservation(), "");
  ASSERT_THAT(Confirm("h"), IsOk());
  const auto changed = Change("h", Goods("mug", 3));
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(ReservationOf(changed->reservation())->state(), v1::Reservation::STATE_CONFIRMED);
  EXPECT_THAT(changed->money(), IsEmpty());
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 1000);
  clock_.Advance(absl::Hours(3));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(StockOf("items/mug").reserved(), 3);
  ExpectSound();
}

TEST_F(AllotmentTest, AnActivityDrawsOnItsProjectThoughNothingIsFree) {
  HaveItem("mug", 10);
  HaveBudget("q1", 1000);
  ASSERT_THAT(Take("h", "projects/spring", Goods("mug", 10) + Money("a", "q1", 1000)), IsOk());
  EXPECT_THAT(Draw("h", Goods("mug", 1)), HasReason("ILLEGAL_TRANSITION")) << "not before it is confirmed";
  ASSERT_THAT(Confirm("h"), IsOk());
  const auto drawn = Draw("h", "allotment_id: 'd' " + Goods("mug", 7) + "money { code: 'a' amount_minor: 400 }");
  ASSERT_THAT(drawn, IsOk());
  EXPECT_EQ(drawn->source().materials(0).quantity(), 3);
  EXPECT_EQ(drawn->source().money(0).amount_minor(), 600);
  EXPECT_EQ(drawn->allotment().name(), "allotments/d");
  EXPECT_EQ(drawn->allotment().source(), "allotments/h");
  EXPECT_EQ(drawn->allotment().state(), Allotment::STATE_CONFIRMED);
  EXPECT_EQ(ReservationOf(drawn->allotment().reservation())->subject(), "activities/fair");
  EXPECT_EQ(StockOf("items/mug").reserved(), 10);
  EXPECT_EQ(BudgetOf("budgets/q1").committed_minor(), 1000);
  ExpectSound();

  const auto refused = Draw("h", Goods("mug", 4) + "money { code: 'a' amount_minor: 601 }");
  EXPECT_THAT(refused, HasReason("ALLOTMENT_LEFT"));
  EXPECT_THAT(Violations(refused.status()),
              UnorderedElementsAre(testing::Pair("items/mug", "LEFT_OF_ALLOTMENT"), testing::Pair("a", "LEFT_OF_ALLOTMENT")));
  EXPECT_THAT(Draw("h", Goods("pen", 1) + "money { code: 'b' amount_minor: 1 }"),
              test::HasViolations("money[0].code NOT_HELD", "materials[0].item NOT_HELD"));
  ASSERT_THAT(Issue(drawn->allotment().reservation(), {Of("items/mug", 7)}), IsOk());
  ASSERT_THAT(Draw("h", Goods("mug", 3) + "money { code: 'a' amount_minor: 600 }", "activities/other"), IsOk());
  EXPECT_THAT(Get("h").materials(), IsEmpty());
  EXPECT_THAT(Get("h").money(), IsEmpty());
  ASSERT_THAT(Release("d"), IsOk());
  EXPECT_EQ(StockOf("items/mug").on_hand(), 3) << "what was issued stays so";
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 400);
  ExpectSound();
}

TEST_F(AllotmentTest, ANeedMayPassToAnEarlierDayOnly) {
  HaveItem("mug", 10);
  ASSERT_THAT(Take("h", "projects/spring", "materials { item: 'items/mug' quantity: 10 need_date { year: 2026 month: 2 day: 1 } }"),
              IsOk());
  ASSERT_THAT(Confirm("h"), IsOk());
  EXPECT_THAT(Draw("h", "materials { item: 'items/mug' quantity: 1 need_date { year: 2026 month: 2 day: 2 } }"),
              test::HasViolations("materials[0].need_date NEEDED_LATER"));
  const auto drawn = Draw("h", "materials { item: 'items/mug' quantity: 1 need_date { year: 2026 month: 1 day: 20 } }");
  ASSERT_THAT(drawn, IsOk());
  EXPECT_EQ(drawn->allotment().materials(0).need_date().day(), 20);
}

TEST_F(AllotmentTest, ReleaseGivesBackWhatWasNotUsedAndIsAnsweredTwice) {
  HaveItem("mug", 10);
  HaveBudget("q1", 1000);
  ASSERT_THAT(Take("h", "activities/fair", Goods("mug", 10) + Money("a", "q1", 1000)), IsOk());
  const auto confirmed = Confirm("h");
  ASSERT_THAT(Issue(confirmed->reservation(), {Of("items/mug", 4)}), IsOk());
  ASSERT_THAT(RecordActual(confirmed->money(0).encumbrance(), 300), IsOk());
  const auto released = Release("h");
  ASSERT_THAT(released, IsOk());
  EXPECT_EQ(released->state(), Allotment::STATE_RELEASED);
  EXPECT_EQ(released->state_reason(), "Off");
  EXPECT_EQ(StockOf("items/mug").reserved(), 0);
  EXPECT_EQ(StockOf("items/mug").on_hand(), 6);
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 700);
  EXPECT_EQ(Release("h")->etag(), released->etag());
  ExpectSound();
}

// Whatever ends a project or an activity, what it took is free again, and what it used stays used.
TEST_F(AllotmentTest, WhatIsOverHoldsNothing) {
  std::vector<type::v1::Event> activities, projects;
  const auto follow = [&](const std::string& service, std::vector<type::v1::Event>& events) {
    clients_[service].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
        absl::StrCat("heitie.", service, ".v1.RecordService/ListEvents"),
        [&events](const rpc::Call&, const type::v1::ListEventsRequest& request) {
          type::v1::ListEventsResponse response;
          for (const type::v1::Event& event : events) {
            if (event.position() > request.after_position()) *response.add_events() = event;
          }
          response.set_last_position(std::max<int64_t>(request.after_position(), static_cast<int64_t>(events.size())));
          return response;
        });
  };
  follow("activity", activities);
  follow("planning", projects);
  const auto tell = [](std::vector<type::v1::Event>& events, const std::string& type, const std::string& subject, const std::string& json) {
    type::v1::Event& event = events.emplace_back();
    event.set_position(static_cast<int64_t>(events.size()));
    event.set_revision(static_cast<int64_t>(events.size()));
    event.set_subject_type(type);
    event.set_subject(subject);
    event.set_action("update");
    event.set_after_json(json);
  };
  HaveItem("mug", 10);
  HaveBudget("q1", 1000);
  ASSERT_THAT(Take("p", "projects/spring", Goods("mug", 10) + Money("a", "q1", 1000)), IsOk());
  ASSERT_THAT(Confirm("p"), IsOk());
  const auto drawn = Draw("p", "allotment_id: 'd' " + Goods("mug", 4) + "money { code: 'a' amount_minor: 400 }");
  ASSERT_THAT(drawn, IsOk());
  ASSERT_THAT(Issue(drawn->allotment().reservation(), {Of("items/mug", 1)}), IsOk());
  tell(activities, "activity.heitie/Activity", "activities/fair", R"({"name": "activities/fair", "state": "STATE_LIVE"})");
  tell(activities, "activity.heitie/Activity", "activities/fair", R"({"name": "activities/fair", "state": "STATE_CANCELLED"})");
  const auto settle = [&] {
    for (int i = 0; i < 3; ++i) {
      clock_.Advance(absl::Seconds(2));
      ASSERT_THAT(jobs_.RunDue(), IsOk());
    }
  };
  settle();
  EXPECT_EQ(Get("d").state(), Allotment::STATE_RELEASED);
  EXPECT_EQ(Get("p").state(), Allotment::STATE_CONFIRMED);
  EXPECT_EQ(StockOf("items/mug").on_hand(), 9);
  EXPECT_EQ(StockOf("items/mug").reserved(), 6);
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 400);
  tell(projects, "planning.heitie/Project", "projects/spring", R"({"name": "projects/spring", "state": "STATE_COMPLETED"})");
  settle();
  EXPECT_EQ(Get("p").state(), Allotment::STATE_RELEASED);
  EXPECT_EQ(Get("p").state_reason(), "projects/spring is over.");
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 1000);
  ExpectSound();
}

// Many take from one stock and one budget: never more than there is, and nothing is half taken.
TEST_F(AllotmentTest, ManyTakeAtTheSameTime) {
  HaveItem("mug", 50);
  HaveBudget("q1", 5000);
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      for (int i = 0; i < 12; ++i) {
        const std::string id = absl::StrCat("h", t, "-", i);
        const auto held = Take(id, "projects/spring", Goods("mug", 1 + random() % 3) + Money("a", "q1", 50 + random() % 200));
        if (!held.ok()) {
          EXPECT_THAT(held, HasReason("ALLOTMENT_SHORT"));
          continue;
        }
        ++taken;
        if (random() % 2 == 0) {
          EXPECT_THAT(Confirm(id), IsOk());
          const auto drawn = Draw(id, Goods("mug", 1) + "money { code: 'a' amount_minor: 20 }");
          EXPECT_THAT(drawn, IsOk());
        }
        if (random() % 3 == 0) {
          EXPECT_THAT(Release(id), IsOk());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(taken, 10);
  int64_t goods = 0, money = 0;
  const auto all = Call<v1::ListAllotmentsResponse>("ListAllotments", Specialist(), Proto<v1::ListAllotmentsRequest>("page_size: 1000"));
  ASSERT_THAT(all, IsOk());
  for (const Allotment& allotment : all->allotments()) {
    if (allotment.state() == Allotment::STATE_RELEASED) continue;
    for (const auto& need : allotment.materials()) goods += need.quantity();
    for (const auto& need : allotment.money()) money += need.amount_minor();
  }
  EXPECT_EQ(StockOf("items/mug").reserved(), goods);
  const v1::Budget budget = BudgetOf("budgets/q1");
  EXPECT_EQ(budget.pre_committed_minor() + budget.committed_minor(), money);
  ExpectSound();
}

TEST_F(AllotmentTest, DrawsOnWhatTheProjectHoldsAndTakesTheRestInOneRequest) {
  HaveItem("mug", 10);
  HaveBudget("q1", 1000);
  ASSERT_THAT(Take("plan", "projects/spring", Goods("mug", 8) + Money("print", "q1", 600)), IsOk());
  ASSERT_THAT(Confirm("plan"), IsOk());
  const std::string on_plan = "draw_on: 'projects/spring' ";
  // Two are free beside the eight.
  const auto refused = Take("fair", "activities/fair", on_plan + Goods("mug", 11) + Money("cost", "q1", 1001));
  EXPECT_THAT(refused, HasReason("ALLOTMENT_SHORT"));
  EXPECT_THAT(Violations(refused.status()),
              UnorderedElementsAre(testing::Pair("items/mug", "STOCK_SHORT"), testing::Pair("budgets/q1", "BUDGET_SHORT")));
  EXPECT_EQ(Get("plan").materials(0).quantity(), 8) << "nothing was drawn";

  const auto held = Take("fair", "activities/fair", on_plan + Goods("mug", 9) + Money("cost", "q1", 700));
  ASSERT_THAT(held, IsOk());
  EXPECT_EQ(held->draws_size(), 2);
  EXPECT_EQ(Get("plan").materials_size(), 0);
  EXPECT_EQ(Get("plan").money_size(), 0);
  EXPECT_EQ(StockOf("items/mug").available(), 1) << "each counts once";
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 300);
  ExpectSound();
  // Given up before it was confirmed: the plan holds it again, the rest is free.
  ASSERT_THAT(Release("fair"), IsOk());
  EXPECT_EQ(Get("plan").materials(0).quantity(), 8);
  EXPECT_EQ(Get("plan").money(0).amount_minor(), 600);
  EXPECT_EQ(StockOf("items/mug").available(), 2);
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 400);
  EXPECT_EQ(BudgetOf("budgets/q1").committed_minor(), 600);
  ExpectSound();
  // The same by expiry, of a part.
  ASSERT_THAT(Take("fair-2", "activities/fair", on_plan + Goods("mug", 3) + Money("cost", "q1", 100)), IsOk());
  EXPECT_EQ(Get("plan").materials(0).quantity(), 5);
  clock_.Advance(absl::Hours(2));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(Get("fair-2").state(), Allotment::STATE_EXPIRED);
  EXPECT_EQ(Get("plan").materials(0).quantity(), 8);
  EXPECT_EQ(Get("plan").money(0).amount_minor(), 600);
  // What is confirmed is the activity's, and is free after it.
  ASSERT_THAT(Take("fair-3", "activities/fair", on_plan + Goods("mug", 3) + Money("cost", "q1", 100)), IsOk());
  ASSERT_THAT(Confirm("fair-3"), IsOk());
  ASSERT_THAT(Release("fair-3"), IsOk());
  EXPECT_EQ(Get("plan").materials(0).quantity(), 5);
  EXPECT_EQ(StockOf("items/mug").available(), 5);
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 500);
  ExpectSound();
}

TEST_F(AllotmentTest, TheDayOfNeedMovesIfWhatExpiresAllowsIt) {
  HaveItem("mug", 10);
  ASSERT_THAT(Take("h", "activities/fair", "materials { item: 'items/mug' quantity: 8 need_date { year: 2026 month: 2 day: 1 } } "),
              IsOk());
  ASSERT_THAT(Confirm("h"), IsOk());
  const auto moved = Change("h", "materials { item: 'items/mug' quantity: 9 need_date { year: 2026 month: 2 day: 3 } } ");
  ASSERT_THAT(moved, IsOk());
  const auto reservation = ReservationOf(moved->reservation());
  EXPECT_EQ(reservation->lines(0).need_date().day(), 3);
  EXPECT_EQ(reservation->lines(0).quantity() - reservation->lines(0).released_quantity(), 9);
  EXPECT_EQ(StockOf("items/mug").available(), 1);
  ExpectSound();
}

}  // namespace
}  // namespace heitie::resource
