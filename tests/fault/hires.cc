#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/application.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/headcount_plan.pb.h"
#include "heitie/personnel/v1/offer.pb.h"
#include "heitie/personnel/v1/requisition.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "tests/e2e/hiring.h"
#include "tests/e2e/world.h"
#include "tests/fault/chapter.h"

namespace heitie::fault {
namespace {

using personnel::v1::MoneyStep;
using personnel::v1::Offer;
using personnel::v1::Requisition;
using resource::v1::Encumbrance;

constexpr int kDesks = 2;        // each with a position and a plan of its own
constexpr int kDeskClients = 3;  // of a desk, who want more than there is
constexpr int kPlaces = 8;
constexpr int kRequisitions = 4;  // of a client, one after the other
constexpr int64_t kHiringMoney = 1000000;

// How far a requisition was acknowledged to have come, and its offers by their last acknowledged step.
struct Course {
  int64_t seat_amount = 0;
  bool approved = false;
  int applications = 0;
  std::map<std::string, std::string> offers;
};

class Desk {
 public:
  Desk(const Staff& staff, const e2e::Team& team, const std::string& id)
      : staff_(staff), team_(team), id_(id), hiring_(team, staff.asker, id, kPlaces, kHiringMoney) {}

  // One requisition from its request to its end.
  void Work(const std::string& id, Random& random) {
    const int seats = 1 + static_cast<int>(random() % 2);
    const int64_t amount = 100 + static_cast<int64_t>(random() % 900);
    const auto requisition = hiring_.Request(seats, amount);
    if (!Well(requisition.status())) return;
    const std::string& name = requisition->name();
    Acknowledge(name, "create");
    {
      const std::lock_guard lock(mutex_);
      courses_[name].seat_amount = amount;
    }
    const absl::Status approved = hiring_.Approve(name);
    if (status::ReasonOf(approved) == "HEADCOUNT_SHORT") {
      if (Well(hiring_.Reject(name))) Acknowledge(name, "reject");
      return;
    }
    if (!Well(approved)) return;
    Acknowledge(name, "approve");
    {
      const std::lock_guard lock(mutex_);
      courses_[name].approved = true;
    }
    // One more than there are seats.
    for (int i = 0; i <= seats; ++i) HireOne(name, absl::StrCat(id_, "-", id, "-", i), random);
    if (random() % 2 == 0) return;
    const absl::Status cancelled = hiring_.Cancel(name);
    if (Reason(cancelled) == "ILLEGAL_TRANSITION") return;  // filled
    if (Well(cancelled)) Acknowledge(name, "cancel");
  }

  void Check() const {
    EXPECT_TRUE(Becomes([&] {
      const std::vector<Requisition> all = Requisitions();
      return std::none_of(all.begin(), all.end(), [](const Requisition& requisition) {
        return std::any_of(requisition.money_steps().begin(), requisition.money_steps().end(),
                           [](const MoneyStep& step) { return step.state() == MoneyStep::STATE_DUE; });
      });
    })) << "money that is never taken or given back";
    const std::vector<Requisition> all = Requisitions();
    EXPECT_EQ(all.size(), courses_.size()) << "requisitions of " << id_;
    int64_t pre_committed = 0, committed = 0;
    std::set<std::string> hired;
    for (const Requisition& requisition : all) CheckOne(requisition, &pre_committed, &committed, &hired);
    const auto budget = Must<resource::v1::Budget>("resource.GetBudget", absl::Substitute("name: '$0'", hiring_.budget()));
    EXPECT_EQ(budget.pre_committed_minor(), pre_committed);
    EXPECT_EQ(budget.committed_minor(), committed);
    EXPECT_EQ(budget.available_minor(), kHiringMoney - pre_committed - committed);

    const auto employees = Must<personnel::v1::ListEmployeesResponse>(
        "personnel.ListEmployees", absl::Substitute("filter: 'position = \"$0\"' page_size: 1000", hiring_.position()));
    std::set<std::string> employed;
    for (const auto& employee : employees.employees()) employed.insert(employee.name());
    EXPECT_EQ(employed, hired) << "each hired offer has one employee, and no employee has no offer";
    const auto headcount = Must<personnel::v1::ComputeHeadcountResponse>(
        "personnel.ComputeHeadcount", absl::Substitute("name: '$0' department: 'operations'", hiring_.position()));
    EXPECT_EQ(headcount.planned(), kPlaces);
    EXPECT_EQ(headcount.employed(), static_cast<int>(hired.size()));
    EXPECT_LE(headcount.employed() + headcount.begun() + headcount.in_progress(), kPlaces);
  }

 private:
  void HireOne(const std::string& requisition, const std::string& person, Random& random) {
    const auto application = hiring_.Apply(requisition, person);
    // The last seat was filled: it takes no more.
    if (Reason(application.status()) == "REQUISITION_NOT_OPEN") return;
    if (!Well(application.status())) return;
    Acknowledge(*application, "receive");
    {
      const std::lock_guard lock(mutex_);
      ++courses_[requisition].applications;
    }
    const bool now = random() % 3 != 0;
    const auto offer = hiring_.Offer(*application, e2e::Date(e2e::Today() + (now ? 0 : 1)));
    if (!Well(offer.status())) return;
    Stand(requisition, offer->name(), "create");
    Stand(requisition, offer->name(), "approve");
    const absl::Status extended = hiring_.Extend(offer->name());
    if (Reason(extended) == "SEATS_TAKEN") return;
    if (!Well(extended)) return;
    Stand(requisition, offer->name(), "extend");
    if (random() % 4 == 0) {
      if (Well(hiring_.Decline(offer->name()))) Stand(requisition, offer->name(), "decline");
      return;
    }
    if (!Well(hiring_.Accept(offer->name()))) return;
    Stand(requisition, offer->name(), "accept");
    if (!now) return;
    const auto hired = hiring_.Start(offer->name());
    if (!Well(hired.status())) return;
    Stand(requisition, offer->name(), "start_employment");
    Acknowledge(hired->employee(), "create");
  }

  void CheckOne(const Requisition& requisition, int64_t* pre_committed, int64_t* committed, std::set<std::string>* employees) const {
    SCOPED_TRACE(requisition.name());
    const auto found = courses_.find(requisition.name());
    ASSERT_NE(found, courses_.end()) << "nobody was told of it";
    const Course& course = found->second;
    const std::string of_it = absl::Substitute("filter: 'requisition = \"$0\"' page_size: 1000", requisition.name());
    const auto applications = Must<personnel::v1::ListApplicationsResponse>("personnel.ListApplications", of_it);
    EXPECT_EQ(applications.applications_size(), course.applications);
    const auto offers = Must<personnel::v1::ListOffersResponse>("personnel.ListOffers", of_it);
    EXPECT_EQ(offers.offers_size(), static_cast<int>(course.offers.size()));
    int extended = 0, accepted = 0, hired = 0;
    for (const Offer& offer : offers.offers()) {
      const auto known = course.offers.find(offer.name());
      const std::string last = known == course.offers.end() ? "" : known->second;
      extended += offer.state() == Offer::STATE_EXTENDED;
      accepted += offer.state() == Offer::STATE_ACCEPTED;
      if (offer.state() == Offer::STATE_HIRED) {
        ++hired;
        EXPECT_TRUE(employees->insert(offer.employee()).second) << "two offers of " << offer.employee();
      }
      EXPECT_TRUE(IsAsTold(offer, last)) << Offer::State_Name(offer.state()) << " after " << last;
    }
    EXPECT_EQ(requisition.extended_seats(), extended);
    EXPECT_EQ(requisition.accepted_seats(), accepted);
    EXPECT_EQ(requisition.hired_seats(), hired);
    EXPECT_LE(extended + accepted + hired, requisition.seats());
    EXPECT_NE(requisition.state(), Requisition::STATE_ON_HOLD);
    EXPECT_EQ(requisition.state() == Requisition::STATE_FILLED, hired == requisition.seats());

    const auto money = Must<resource::v1::ListEncumbrancesResponse>(
        "resource.ListEncumbrances", absl::Substitute("filter: 'subject = \"$0\"' page_size: 1000", requisition.name()));
    ASSERT_EQ(money.encumbrances_size(), course.approved ? 1 : 0) << "money is set aside once";
    if (!course.approved) return;
    const bool open = requisition.state() == Requisition::STATE_APPROVED;
    const Encumbrance& encumbrance = money.encumbrances(0);
    EXPECT_EQ(encumbrance.committed_minor(), (accepted + hired) * course.seat_amount);
    EXPECT_EQ(encumbrance.pre_committed_minor(), open ? (requisition.seats() - accepted - hired) * course.seat_amount : 0);
    EXPECT_EQ(encumbrance.actual_minor(), 0);
    *pre_committed += encumbrance.pre_committed_minor();
    *committed += encumbrance.committed_minor();
  }

  // Whether a state may follow from the last step that somebody was told is done.
  static bool IsAsTold(const Offer& offer, const std::string& last) {
    const bool withdrawn = offer.state() == Offer::STATE_WITHDRAWN;  // its requisition ended
    if (last == "approve") return withdrawn || offer.state() == Offer::STATE_APPROVED;
    if (last == "decline") return offer.state() == Offer::STATE_DECLINED;
    // At midnight who has accepted for that day begins by themself.
    if (last == "accept") return offer.state() == Offer::STATE_ACCEPTED || offer.state() == Offer::STATE_HIRED;
    return last == "start_employment" && offer.state() == Offer::STATE_HIRED;
  }

  std::vector<Requisition> Requisitions() const {
    const auto page = Must<personnel::v1::ListRequisitionsResponse>(
        "personnel.ListRequisitions", absl::Substitute("filter: 'position = \"$0\"' page_size: 1000", hiring_.position()));
    return {page.requisitions().begin(), page.requisitions().end()};
  }

  template <typename Response>
  Response Must(const std::string& method, const std::string& request) const {
    const auto response = e2e::Ask<Response>(staff_.asker, team_.manager, method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *response : Response();
  }
  static std::string Reason(const absl::Status& status) { return status::ReasonOf(status); }
  bool Well(const absl::Status& status) const {
    EXPECT_TRUE(status.ok()) << id_ << ": " << status;
    return status.ok();
  }
  void Acknowledge(const std::string& subject, const std::string& action) { staff_.acknowledged->Note("personnel", subject, action); }
  void Stand(const std::string& requisition, const std::string& offer, const std::string& action) {
    Acknowledge(offer, action);
    const std::lock_guard lock(mutex_);
    courses_[requisition].offers[offer] = action;
  }

  const Staff& staff_;
  const e2e::Team& team_;
  const std::string id_;
  const e2e::Hiring hiring_;
  std::mutex mutex_;
  std::map<std::string, Course> courses_;  // guarded by mutex_ while clients work
};

class HiresChapter final : public Chapter {
 public:
  explicit HiresChapter(const Staff& staff) : staff_(staff) {}

  void Prepare(int round, Random&) override {
    desks_.clear();
    for (int i = 0; i < kDesks; ++i) {
      desks_.push_back(
          std::make_unique<Desk>(staff_, i % 2 == 0 ? staff_.grpc : staff_.http, absl::StrCat("desk-", staff_.run, "-", round, "-", i)));
    }
  }
  std::vector<std::function<void(Random&)>> Clients() override {
    std::vector<std::function<void(Random&)>> clients;
    for (const auto& desk : desks_) {
      for (int i = 0; i < kDeskClients; ++i)
        clients.emplace_back([desk = desk.get(), i](Random& random) {
          for (int k = 0; k < kRequisitions; ++k) desk->Work(absl::StrCat(i, "-", k), random);
        });
    }
    return clients;
  }
  void Check() override {
    for (const auto& desk : desks_) desk->Check();
  }

 private:
  const Staff& staff_;
  std::vector<std::unique_ptr<Desk>> desks_;
};

}  // namespace

std::unique_ptr<Chapter> Hires(const Staff& staff) { return std::make_unique<HiresChapter>(staff); }

}  // namespace heitie::fault
