#include "tests/fault/office.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/strings/substitute.h"
#include "common/status/status.h"
#include "heitie/planning/v1/collection_duty.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/survey_response.pb.h"
#include "heitie/planning/v1/survey_result.pb.h"
#include "heitie/resource/v1/allotment.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "tests/e2e/world.h"

namespace heitie::fault {
namespace {

using planning::v1::Project;

constexpr int kPlans = 6;
constexpr int kApprovers = 4;
constexpr int kDecisions = 8;        // of an approver in a round
constexpr int64_t kStock = 40;       // pieces
constexpr int64_t kGoods = 15;       // of a plan: two of them fit
constexpr int64_t kFunds = 4000;     // minor units
constexpr int64_t kSpending = 1000;  // of a plan

template <typename Response>
Response Answer(const Staff& staff, const std::string& method, const std::string& request) {
  const auto response = e2e::Ask<Response>(staff.asker, staff.grpc.manager, method, request);
  EXPECT_TRUE(response.ok()) << method << ": " << response.status();
  return response.ok() ? *response : Response();
}

// The plans of a round, which share an item and a budget.
class Plans {
 public:
  Plans(const Staff& staff, const std::string& period, const std::string& id) : staff_(staff), period_(period), id_(id) {
    const e2e::Person& specialist = staff.grpc.specialist;
    const absl::CivilDay today = e2e::Today();
    specialist.Do("resource.CreateItemCategory", absl::Substitute("item_category_id: '$0' item_category { display_name: 'Gifts' }", id));
    specialist.Do("resource.CreateItem",
                  absl::Substitute("item_id: '$0' item { display_name: 'Gift' category: 'itemCategories/$0' unit: 'piece' currency_code: "
                                   "'TWD' custodian: 'employees/keeper' }",
                                   id));
    specialist.Do("resource.CreateGoodsReceipt",
                  absl::Substitute("goods_receipt { supplier: 'Printer' receive_date $0 lines { item: 'items/$1' quantity: $2 "
                                   "unit_cost_minor: 7 } }",
                                   e2e::Date(today), id, kStock));
    specialist.Do("resource.CreateBudget",
                  absl::Substitute("budget_id: '$0' budget { display_name: 'Plans' cost_center: 'operations' start_date $1 end_date $2 "
                                   "currency_code: 'TWD' requested_minor: $3 }",
                                   id, e2e::Date(today - 20), e2e::Date(today + 20), kFunds));
    staff.grpc.manager.Do("resource.ApproveBudget", absl::Substitute("name: 'budgets/$0'", id));
    specialist.Do("planning.CreateResearchItem",
                  absl::Substitute("research_item_id: '$0' research_item { kind: KIND_TREND publisher: 'Times' statement: 'People of $0 "
                                   "like gifts' collect_date $1 last_valid_date $2 reliability: RELIABILITY_B credibility: 2 }",
                                   id, e2e::Date(today), e2e::Date(today + 60)));
    specialist.Do("planning.PublishResearchItem", absl::Substitute("name: 'researchItems/$0'", id));
    for (int i = 0; i < kPlans; ++i) Draft(i);
  }

  void Work(const e2e::Team& team, Random& random) {
    for (int i = 0; i < kDecisions; ++i) {
      const int plan = static_cast<int>(random() % kPlans);
      if (random() % 3 == 0) {
        Put(team.manager, "ReviseProject", plan, " reason: 'Something else'");
        Put(team.specialist, "SubmitProject", plan, "");
      } else {
        Approve(team.manager, plan);
      }
    }
  }

  void Check() const {
    // What was begun ends by itself.
    int64_t approved = 0;
    std::set<std::string> held;
    for (int i = 0; i < kPlans; ++i) {
      Project project;
      EXPECT_TRUE(Becomes([&] {
        project = Answer<Project>(staff_, "planning.GetProject", absl::Substitute("name: '$0'", NameOf(i)));
        return project.approval().empty();
      })) << NameOf(i);
      EXPECT_EQ(project.allotment().empty(), project.state() != Project::STATE_APPROVED) << project.ShortDebugString();
      approved += project.state() == Project::STATE_APPROVED ? 1 : 0;
      if (!project.allotment().empty()) held.insert(project.allotment());
      const auto trail =
          Answer<type::v1::ListEventsResponse>(staff_, "planning.ListEvents", absl::Substitute("subject: '$0' page_size: 1000", NameOf(i)));
      const auto told = std::count_if(trail.events().begin(), trail.events().end(),
                                      [](const type::v1::Event& event) { return event.action() == "approve"; });
      const auto known = approvals_.find(NameOf(i));
      EXPECT_EQ(told, known == approvals_.end() ? 0 : known->second) << NameOf(i) << " was approved as often as somebody was told";
    }
    // No part is held: what is reserved and committed is what the approved plans hold, and given back is what others held.
    EXPECT_TRUE(Becomes([&] {
      const auto stock = Answer<resource::v1::Stock>(staff_, "resource.GetStock", absl::Substitute("name: 'items/$0/stock'", id_));
      const auto budget = Answer<resource::v1::Budget>(staff_, "resource.GetBudget", absl::Substitute("name: 'budgets/$0'", id_));
      return stock.reserved() == approved * kGoods && budget.committed_minor() == approved * kSpending && budget.pre_committed_minor() == 0;
    })) << approved
        << " plans are approved";
    for (int i = 0; i < kPlans; ++i) {
      const auto page = Answer<resource::v1::ListAllotmentsResponse>(
          staff_, "resource.ListAllotments", absl::Substitute("filter: 'subject = \"$0\"' page_size: 100", NameOf(i)));
      for (const resource::v1::Allotment& allotment : page.allotments()) {
        const bool holds =
            allotment.state() == resource::v1::Allotment::STATE_HELD || allotment.state() == resource::v1::Allotment::STATE_CONFIRMED;
        EXPECT_EQ(holds, held.contains(allotment.name())) << allotment.ShortDebugString();
      }
    }
    CheckStockLedger();
    CheckBudgetLedger();
  }

 private:
  // At every prefix: what is reserved is on hand (W7), and each plan has all of its goods reserved or none.
  void CheckStockLedger() const {
    const auto page = Answer<resource::v1::ListStockEntriesResponse>(
        staff_, "resource.ListStockEntries", absl::Substitute("parent: 'items/$0' page_size: 1000 order_by: 'sequence'", id_));
    EXPECT_EQ(page.next_page_token(), "");
    int64_t on_hand = 0, reserved = 0;
    std::map<std::string, int64_t> of_plan;
    for (const resource::v1::StockEntry& entry : page.stock_entries()) {
      on_hand += entry.on_hand_delta();
      reserved += entry.reserved_delta();
      EXPECT_TRUE(0 <= reserved && reserved <= on_hand) << entry.ShortDebugString();
      if (entry.reservation().empty()) continue;
      const int64_t plans = of_plan[entry.reservation()] += entry.reserved_delta();
      EXPECT_TRUE(plans == 0 || plans == kGoods) << entry.ShortDebugString();
    }
    EXPECT_GT(of_plan.size(), 0u);
  }

  // The same of money (W8).
  void CheckBudgetLedger() const {
    const auto page = Answer<resource::v1::ListBudgetEntriesResponse>(
        staff_, "resource.ListBudgetEntries", absl::Substitute("parent: 'budgets/$0' page_size: 1000 order_by: 'sequence'", id_));
    EXPECT_EQ(page.next_page_token(), "");
    int64_t available = 0;
    std::map<std::string, int64_t> of_plan;
    for (const resource::v1::BudgetEntry& entry : page.budget_entries()) {
      const int64_t taken = entry.pre_committed_delta_minor() + entry.committed_delta_minor() + entry.actual_delta_minor();
      available += entry.approved_delta_minor() + entry.transferred_delta_minor() - taken;
      EXPECT_GE(available, 0) << entry.ShortDebugString();
      if (entry.encumbrance().empty()) continue;
      const int64_t plans = of_plan[entry.encumbrance()] += taken;
      EXPECT_TRUE(plans == 0 || plans == kSpending) << entry.ShortDebugString();
    }
    EXPECT_GT(of_plan.size(), 0u);
  }

  std::string NameOf(int i) const { return absl::StrCat("projects/", id_, "-", i); }

  void Draft(int i) const {
    const e2e::Person& specialist = staff_.grpc.specialist;
    const std::string dates = absl::Substitute("start_date $0 end_date $1", e2e::Date(e2e::Today()), e2e::Date(e2e::Today() + 14));
    specialist.Do(
        "planning.CreateProject",
        absl::Substitute("project_id: '$0-$1' project { title: 'Plan' plan_period: '$4' owner: 'employees/keeper' $2 "
                         "currency_code: 'TWD' objectives { metric: 'guests' unit: 'users' baseline: 0 target: 9 target_date $3 } }",
                         id_, i, dates, e2e::Date(e2e::Today() + 14), period_));
    specialist.Do("planning.CreateTask",
                  absl::Substitute("parent: '$0' task_id: 'play' task { title: 'Play' owner: 'employees/$1-$2' estimate_hours: 4 $3 }",
                                   NameOf(i), id_, i, dates));
    specialist.Do("planning.CreateScheme",
                  absl::Substitute("parent: '$0' scheme_id: 'main' scheme { title: 'Gifts' strategy: 'A gift for each' channels { title: "
                                   "'Shop' } demand { items { item: 'items/$1' quantity: $2 supply: SUPPLY_STOCK } money { code: 'print' "
                                   "budget: 'budgets/$1' amount_minor: $3 } } cash_flows { cost_minor: 5 benefit_minor: 9 } }",
                                   NameOf(i), id_, kGoods, kSpending));
    specialist.Do("planning.CreateCitation",
                  absl::Substitute("parent: '$0' citation_id: 'gifts' citation { research_item: 'researchItems/$1' claim: 'They come' }",
                                   NameOf(i), id_));
    specialist.Do("planning.SubmitProject", absl::Substitute("name: '$0'", NameOf(i)));
  }

  // Of several who approve one plan at once one is told that it is done.
  void Approve(const e2e::Person& who, int plan) {
    const auto approved = e2e::Ask<Project>(staff_.asker, who, "planning.ApproveProject", absl::Substitute("name: '$0'", NameOf(plan)));
    ExpectOneOf({"ILLEGAL_TRANSITION", "DEMAND_SHORT", "APPROVAL_IN_PROGRESS", "PROJECT_CHANGED"}, approved.status());
    if (!approved.ok()) return;
    // What was revised meanwhile does not say any more which approval it was.
    if (!approved->allotment().empty()) staff_.acknowledged->Note("planning", ApprovalOf(*approved), "approve");
    const std::lock_guard lock(mutex_);
    ++approvals_[NameOf(plan)];
  }

  void Put(const e2e::Person& who, const std::string& method, int plan, const std::string& more) const {
    ExpectOneOf({"ILLEGAL_TRANSITION"},
                e2e::Put(staff_.asker, who, "planning." + method, absl::Substitute("name: '$0'$1", NameOf(plan), more)));
  }

  static void ExpectOneOf(const std::set<std::string>& reasons, const absl::Status& status) {
    EXPECT_TRUE(status.ok() || reasons.contains(status::ReasonOf(status))) << status;
  }

  // The id of what it holds is that of the approval.
  static std::string ApprovalOf(const Project& project) {
    return absl::StrCat(project.name(), "/approvals/", absl::StripPrefix(project.allotment(), "allotments/plan-"));
  }

  const Staff& staff_;
  const std::string period_, id_;
  std::mutex mutex_;
  std::map<std::string, int> approvals_;  // that somebody was told of
};

class ApprovalsChapter final : public Chapter {
 public:
  explicit ApprovalsChapter(const Staff& staff) : staff_(staff), period_("planPeriods/plans-" + staff.run) {
    const absl::CivilMonth month(e2e::Today());
    staff.grpc.specialist.Do(
        "planning.CreatePlanPeriod",
        absl::Substitute("plan_period_id: 'plans-$0' plan_period { title: 'Now' cadence: CADENCE_QUARTERLY start_date $1 end_date $2 }",
                         staff.run, e2e::Date(absl::CivilDay(month - 1)), e2e::Date(absl::CivilDay(month + 2) - 1)));
  }

  void Prepare(int round, Random&) override {
    plans_ = std::make_unique<Plans>(staff_, period_, absl::StrCat("plans-", staff_.run, "-", round));
  }
  std::vector<std::function<void(Random&)>> Clients() override {
    std::vector<std::function<void(Random&)>> clients;
    for (int i = 0; i < kApprovers; ++i) {
      clients.emplace_back([this, i](Random& random) { plans_->Work(i % 2 == 0 ? staff_.grpc : staff_.http, random); });
    }
    return clients;
  }
  void Check() override { plans_->Check(); }

 private:
  const Staff& staff_;
  const std::string period_;
  std::unique_ptr<Plans> plans_;
};

constexpr int kProducers = 3;
constexpr int kDeliveries = 12;    // of a producer in a round
constexpr int kUsersOfBatch = 10;  // of a batch
constexpr int kUsers = 200;        // among whom they choose
constexpr int64_t kQuota = 60;     // of answers that count

class InquirersChapter final : public Chapter {
 public:
  explicit InquirersChapter(const Staff& staff) : staff_(staff) {}

  void Prepare(int round, Random&) override {
    id_ = absl::StrCat("asked-", staff_.run, "-", round);
    answered_.clear();
    const e2e::Person& specialist = staff_.grpc.specialist;
    specialist.Do("planning.CreateSurvey",
                  absl::Substitute("survey_id: '$0' survey { title: 'Gifts' owner: 'employees/keeper' producers: 'producers/shop' "
                                   "questions { question_id: 'buys' text: 'Would you?' kind: KIND_SINGLE_CHOICE required: true options { "
                                   "option_id: 'yes' text: 'Yes' } options { option_id: 'no' text: 'No' } } quotas { quota_id: 'all' "
                                   "limit: $1 } }",
                                   id_, kQuota));
    specialist.Do("planning.PublishSurvey", absl::Substitute("name: 'surveys/$0'", id_));
    specialist.Do("planning.OpenSurvey", absl::Substitute("name: 'surveys/$0'", id_));
    const absl::CivilMonth month(e2e::Today());
    specialist.Do(
        "planning.CreateCollectionDuty",
        absl::Substitute(
            "collection_duty_id: '$0' collection_duty { topic: 'News' owner: 'employees/keeper' deputy: 'employees/deputy' recurrence { "
            "frequency: FREQUENCY_MONTHLY workday: -1 } start_date $1 items_wanted: 1 }",
            id_, e2e::Date(absl::CivilDay(month - kMonths))));
  }

  std::vector<std::function<void(Random&)>> Clients() override {
    std::vector<std::function<void(Random&)>> clients;
    for (int i = 0; i < kProducers; ++i) {
      clients.emplace_back([this, i](Random& random) { Deliver(i % 2 == 0 ? staff_.grpc : staff_.http, random); });
    }
    return clients;
  }

  void Check() override {
    // Everybody who was delivered has answered once, and the quota is full and no fuller. Figures of an open survey are seconds old.
    const auto users = static_cast<int64_t>(answered_.size());
    planning::v1::SurveyTally tally;
    EXPECT_TRUE(Becomes([&] {
      tally = Answer<planning::v1::SurveyTally>(staff_, "planning.TallySurvey", absl::Substitute("name: 'surveys/$0'", id_));
      return tally.counted() + tally.screened_out() == users && tally.counted() == std::min(users, kQuota);
    })) << tally.counted()
        << " and " << tally.screened_out() << " of " << users;
    // A round for each month that is over, whatever died.
    const std::string before = absl::FormatCivilTime(absl::CivilDay(absl::CivilMonth(e2e::Today())));
    EXPECT_TRUE(Becomes([&] {
      const auto rounds = Answer<planning::v1::ListCollectionRoundsResponse>(
          staff_, "planning.ListCollectionRounds",
          absl::Substitute("parent: 'collectionDuties/$0' filter: 'due_date < \"$1\"' page_size: 100", id_, before));
      return rounds.collection_rounds_size() == kMonths;
    }));
  }

 private:
  static constexpr int kMonths = 3;

  void Deliver(const e2e::Team& team, Random& random) {
    for (int i = 0; i < kDeliveries; ++i) {
      std::string rows;
      std::set<std::string> users;
      while (users.size() < kUsersOfBatch) users.insert(absl::StrCat("user-", random() % kUsers));
      for (const std::string& user : users) {
        absl::StrAppend(&rows, " rows { user: '", user, "' answers { question: 'buys' options: '", random() % 2 == 0 ? "yes" : "no",
                        "' } }");
      }
      const auto outcome = e2e::Ask<planning::v1::IngestSurveyResponsesResponse>(
          staff_.asker, team.producer, "planning.IngestSurveyResponses", absl::Substitute("name: 'surveys/$0' version: 1$1", id_, rows));
      EXPECT_TRUE(outcome.ok()) << outcome.status();
      if (!outcome.ok()) return;
      for (const auto& row : outcome->outcomes()) EXPECT_EQ(row.defects_size(), 0) << row.ShortDebugString();
      const std::lock_guard lock(mutex_);
      answered_.insert(users.begin(), users.end());
    }
  }

  const Staff& staff_;
  std::string id_;
  std::mutex mutex_;
  std::set<std::string> answered_;  // of whom a producer was told that the answer is there
};

}  // namespace

std::unique_ptr<Chapter> Approvals(const Staff& staff) { return std::make_unique<ApprovalsChapter>(staff); }
std::unique_ptr<Chapter> Inquirers(const Staff& staff) { return std::make_unique<InquirersChapter>(staff); }

}  // namespace heitie::fault
